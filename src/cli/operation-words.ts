/** What an operation is in a person's words, how many bytes it carries, and how it looks as JSON. */
import type { Side } from '../core/entry.ts';
import type { Operation } from '../core/operation.ts';
import { hasEffect } from '../core/operation.ts';
import { assertNever } from '../errors.ts';
import type { DoneKind } from '../ports.ts';
import { countText, nameText, pathText } from './amounts.ts';

/** What happened, by the keys of `CycleResult.counts`, in the order in which a person wants to read it. */
export const doneWords: readonly (readonly [key: string, one: string, many: string])[] = [
  ['upload', 'file uploaded', 'files uploaded'],
  ['download', 'file downloaded', 'files downloaded'],
  ['createFolder remote', 'folder made on the host', 'folders made on the host'],
  ['createFolder local', 'folder made here', 'folders made here'],
  ['move remote', 'item moved or renamed on the host', 'items moved or renamed on the host'],
  ['move local', 'item moved or renamed here', 'items moved or renamed here'],
  ['mergeTwin', 'twin merged on the host', 'twins merged on the host'],
  ['trash remote', "item moved to the host's trash", "items moved to the host's trash"],
  ['trash local', 'item moved to the trash here', 'items moved to the trash here'],
];

/** `3 files uploaded`, for each kind that was done at all. */
export function doneCounts(counts: Readonly<Record<string, number>>): string[] {
  return doneWords.flatMap(([key, one, many]) => {
    const count = counts[key] ?? 0;
    return count === 0 ? [] : [countText(count, one, many)];
  });
}

/** A step in general: an operation, or one of a plan that is kept in a file. */
export interface Doing {
  readonly kind: Operation['kind'];
  readonly side: Side | null;
  /** Of a transfer: whether a version that is there gives way to it. */
  readonly isNewVersion: boolean;
  /** Of a move, where it is told: the place before. */
  readonly from?: string | undefined;
}

/** The verb of a plan: what is going to be done. */
export function verbOf({ kind, side, isNewVersion, from }: Doing): string {
  const where = side === 'local' ? 'here' : 'on the host';
  switch (kind) {
    case 'upload':
    case 'download':
      return isNewVersion ? `${kind} new version of` : kind;
    case 'createFolder':
      return `make folder ${where}`;
    case 'move':
      return `move ${where}${from === undefined ? ',' : ` ${from}`} to`;
    case 'park':
      return 'put aside for a moment';
    case 'conflictCopy':
      return `keep as a conflict copy ${where}`;
    case 'trash':
      return side === 'local' ? 'move to the trash here' : "move to the host's trash";
    case 'mergeTwin':
      return 'merge with its twin on the host';
    case 'compare':
      return 'compare';
    case 'link':
      return 'note as equal';
    case 'forget':
      return 'forget';
    default:
      return assertNever(kind);
  }
}

/** What was done, in the past: a line of history. */
export function happenedOf(kind: DoneKind, side: Side | null): string {
  const where = side === 'local' ? 'here' : 'on the host';
  switch (kind) {
    case 'upload':
      return 'uploaded';
    case 'download':
      return 'downloaded';
    case 'createFolder':
      return `folder made ${where}`;
    case 'move':
      return `moved ${where}`;
    case 'park':
      return 'put aside for a moment';
    case 'conflictCopy':
      return `kept as a conflict copy ${where}`;
    case 'trash':
      return side === 'local' ? 'moved to the trash here' : "moved to the host's trash";
    case 'mergeTwin':
      return 'merged with its twin on the host';
    case 'compare':
      return 'compared';
    case 'link':
      return 'noted as equal';
    case 'forget':
      return 'forgotten';
    case 'restore':
      return 'put back';
    default:
      return assertNever(kind);
  }
}

/** The name under which a conflict copy is kept; `null` for all else: the path of a move is already where it goes. */
export function newNameOf(operation: Operation): string | null {
  if (operation.kind !== 'conflictCopy') return null;
  return operation.side === 'local' ? operation.localName : operation.remoteName;
}

/** Bytes that go over the line for it. */
export function bytesOf(operation: Operation): number {
  switch (operation.kind) {
    case 'upload':
    case 'compare':
      return operation.size;
    case 'download':
      return operation.remote.size;
    default:
      return 0;
  }
}

/** Whether a person is to hear of it: what changes a side, and reading that takes time. */
export function isWorthTelling(operation: Operation): boolean {
  return hasEffect(operation) || operation.kind === 'compare';
}

/** `upload photos/a.jpg`, `move here, to done.txt`. */
export function sentenceOf(operation: Operation): string {
  const name = newNameOf(operation);
  const { kind } = operation;
  const isNewVersion =
    (kind === 'upload' && operation.replaces !== null) || (kind === 'download' && operation.over !== null);
  const verb = verbOf({ kind, side: 'side' in operation ? operation.side : null, isNewVersion });
  return `${verb} ${pathText(operation.path)}${name === null ? '' : ` → ${nameText(name)}`}`;
}

/** The facts of an operation, for JSON. */
export function factsOf(operation: Operation): Readonly<Record<string, unknown>> {
  const name = newNameOf(operation);
  const size = bytesOf(operation);
  return {
    kind: operation.kind,
    ...('side' in operation ? { side: operation.side } : {}),
    path: operation.path,
    ...(name === null ? {} : { newName: name }),
    ...(operation.kind === 'trash' ? { covers: operation.covers.length } : {}),
    ...(size === 0 ? {} : { size }),
    reason: operation.reason,
  };
}
