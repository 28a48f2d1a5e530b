/**
 * A step of a plan in words that outlive the look that made it: paths, ids, names, sizes and contents instead of the numbers of one
 * state. So a plan can be kept in a file, read by a person, and be compared with what is to be done later.
 */
import type { EntryKind, Md5, RemoteId, Side } from './entry.ts';
import { removalsOf } from './guard.ts';
import { kindOfId } from './entry.ts';
import type { ActKind, LocalExpectation, Operation, RemoteExpectation } from './operation.ts';
import { localPath } from './tree.ts';
import type { TreeView } from './tree.ts';

/** What the plan saw on the disk. */
export interface SeenHere {
  readonly path: string;
  readonly kind: EntryKind;
  /** Device, inode and birth time: who it is. */
  readonly identity: string;
  /** Size and times: as long as they are the same nobody touched it. Of a folder they say only that something happened in it. */
  readonly stamp: string;
  readonly md5: Md5 | null;
  readonly size: number;
}

/** What the plan saw on the host. */
export interface SeenThere {
  readonly id: RemoteId;
  readonly kind: EntryKind;
  readonly parent: RemoteId;
  readonly name: string;
  readonly size: number;
}

export interface PlannedStep {
  readonly do: ActKind;
  readonly side: Side | null;
  readonly path: string;
  readonly reason: string;
  /** In bytes, of what travels or is read. */
  readonly size: number;
  /** The brake holds it back: a person must agree to it apart. */
  readonly held: boolean;
  /** It comes of a step before it, and is to be done once that is: the copy of a conflict travels too. */
  readonly follows: boolean;
  /** The name it gets on the host, or as a conflict copy; `null`: it keeps its own. */
  readonly newName: string | null;
  readonly here: SeenHere | null;
  readonly there: SeenThere | null;
  /** What goes with a folder, and in which version. */
  readonly covers: readonly { readonly path: string; readonly version: string }[];
}

/** Describes one operation as `view`, for which it was planned, shows what it is about. */
export function describeStep(op: Operation, view: TreeView, held = false): PlannedStep {
  return {
    do: op.kind,
    side: 'side' in op ? op.side : null,
    path: op.path,
    reason: op.reason,
    size: sizeOf(op),
    held,
    follows: false,
    newName: newNameOf(op),
    here: seenHere(op, view),
    there: seenThere(op, view),
    covers: coveredBy(op),
  };
}

/** What of the step is not as `planned` says, in a person's words; `null`: all is. For steps of one kind, side and path. */
export function differenceOf(planned: PlannedStep, now: PlannedStep): string | null {
  if (planned.follows) return sameFollower(planned, now) ? null : 'it is another file by now';
  if (!sameHere(planned.here, now.here)) return 'it was changed here since';
  if (!sameThere(planned.there, now.there)) return 'it was changed on the host since';
  if (planned.newName !== now.newName) return 'it would get another name now';
  if (JSON.stringify(planned.covers) !== JSON.stringify(now.covers)) return 'what is in the folder changed since';
  return null;
}

/** By this a step is found again. */
export function stepKey({ do: kind, side, path }: Pick<PlannedStep, 'do' | 'side' | 'path'>): string {
  return `${kind}\n${side ?? ''}\n${path}`;
}

function newNameOf(op: Operation): string | null {
  if (op.kind === 'conflictCopy') return op.side === 'local' ? op.localName : op.remoteName;
  return 'to' in op ? op.to.remoteName : null;
}

function sizeOf(op: Operation): number {
  if (op.kind === 'upload' || op.kind === 'compare' || op.kind === 'link') return op.size;
  return op.kind === 'download' ? op.remote.size : 0;
}

/** In the order of their paths: two looks need not list a folder alike. */
function coveredBy(op: Operation): PlannedStep['covers'] {
  if (op.kind !== 'trash') return [];
  const [, ...covered] = removalsOf(op);
  return covered
    .map(({ path, fingerprint }) => ({ path, version: fingerprint }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

function expectedHere(op: Operation): Pick<LocalExpectation, 'node'> | null {
  switch (op.kind) {
    case 'download':
      return op.over;
    case 'createFolder':
      return op.side === 'remote' ? op : null;
    case 'link':
      return op;
    default:
      return 'local' in op ? op.local : null;
  }
}

function seenHere(op: Operation, view: TreeView): SeenHere | null {
  const expected = expectedHere(op);
  const row = expected === null ? null : view.local(expected.node);
  if (row === null || row.kind === 'special') return null;
  const { kind, identity, md5, size } = row;
  return { path: localPath(view, row.node), kind, identity, stamp: row.stamp, md5, size: kind === 'file' ? size : 0 };
}

function seenThere(op: Operation, view: TreeView): SeenThere | null {
  const seen = ({ id, parent, name, size }: RemoteExpectation): SeenThere => {
    const kind = kindOfId(id);
    return { id, kind, parent, name, size: kind === 'file' ? size : 0 };
  };
  switch (op.kind) {
    case 'upload':
      return op.replaces === null ? null : seen(op.replaces);
    case 'mergeTwin':
      return seen(op.from);
    case 'createFolder':
    case 'link': {
      const id = 'remote' in op ? op.remote : null;
      const row = id === null ? null : view.remote(id);
      return row === null ? null : seen({ ...row, parent: row.parent ?? row.id });
    }
    default:
      return 'remote' in op ? seen(op.remote) : null;
  }
}

/** Content counts where both looks know it; else that nobody touched the file. */
function sameHere(one: SeenHere | null, other: SeenHere | null): boolean {
  if (one === null || other === null) return one === other;
  if (one.path !== other.path || one.kind !== other.kind || one.size !== other.size) return false;
  if (one.kind === 'folder') return one.identity === other.identity;
  return one.stamp === other.stamp || (one.md5 !== null && one.md5 === other.md5);
}

function sameThere(one: SeenThere | null, other: SeenThere | null): boolean {
  if (one === null || other === null) return one === other;
  return one.id === other.id && one.parent === other.parent && one.name === other.name && one.size === other.size;
}

/** It has just been given its name, which shows in its times: who it is and how long must do. */
function sameFollower(one: PlannedStep, other: PlannedStep): boolean {
  if (one.size !== other.size) return false;
  if (one.here !== null) return one.here.identity === other.here?.identity;
  return one.there?.id === other.there?.id;
}
