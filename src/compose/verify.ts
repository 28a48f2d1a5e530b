/**
 * Whether both sides of a pair hold the same: by what is known (the disk as it looks now and the host's listings, against what both sides
 * agreed on), or by reading every byte on both. What is not alike is named; nothing is changed on either side.
 */
import { ROOT_ENTRY } from '../core/entry.ts';
import type { EntryKind, EntryNumber, LocalEntry, Md5, RemoteEntry, Side } from '../core/entry.ts';
import type { Removal } from '../core/guard.ts';
import type { Operation, OperationOf, Problem } from '../core/operation.ts';
import { hasEffect } from '../core/operation.ts';
import type { RelPath } from '../core/path.ts';
import { basePath, localPath } from '../core/tree.ts';
import type { TreeView } from '../core/tree.ts';
import { previewCycle } from '../cycle.ts';
import type { CycleContext, CycleResult } from '../cycle.ts';
import { meaningOf, SyncError } from '../errors.ts';
import { contentOf } from '../execute/contents.ts';
import { makeSlots } from '../execute/slots.ts';

/** What is not alike on both sides, or not known to be. */
export type Difference =
  /** The next pass would do this. */
  | { readonly kind: 'open'; readonly operation: Operation }
  /** Both sides have a file of one size and no common past: nobody has read them yet. */
  | { readonly kind: 'unread'; readonly path: RelPath; readonly size: number }
  /** Read whole, the content of `side` is not what both sides agreed on, though nothing showed a change. */
  | { readonly kind: 'content'; readonly path: RelPath; readonly side: Side; readonly md5: Md5; readonly agreed: Md5 };

export interface Verified {
  /** What stands alike on both sides. */
  readonly files: number;
  readonly folders: number;
  /** Of these files, in bytes. */
  readonly bytes: number;
  /** Bytes that were read for it, of both sides. */
  readonly readBytes: number;
  readonly differences: readonly Difference[];
  readonly held: readonly Removal[];
  readonly problems: readonly Problem[];
  readonly waiting: CycleResult['waiting'];
}

export interface VerifyOptions {
  /** Reads every byte on both sides. */
  readonly isThorough: boolean;
  /** `ofBytes`: how much there is to read in all. */
  readonly onRead: (readBytes: number, ofBytes: number) => void;
}

/** The state is written to: give the context a copy. Rejects with what stops the pair as a whole. */
export async function verify(context: CycleContext, { isThorough, onRead }: VerifyOptions): Promise<Verified> {
  const { view } = context.state;
  const { plan, held, decisions, problems } = await previewCycle(context);
  const pairs = [
    ...agreedPairs(view),
    ...plan.operations.flatMap((op) => (op.kind === 'link' ? pairOfLink(op, view) : [])),
  ];
  const compared = plan.operations.flatMap((op) => (op.kind === 'compare' ? pairToCompare(op, view) : []));
  const open = plan.operations.filter(hasEffect).map((operation): Difference => ({ kind: 'open', operation }));
  const unread = compared.map(({ path, size }): Difference => ({ kind: 'unread', path, size }));
  const totals = totalsOf(pairs);
  if (!isThorough)
    return { ...totals, readBytes: 0, differences: [...open, ...unread], held, problems, waiting: decisions.waiting };

  const files = [...pairs.filter(({ kind }) => kind === 'file'), ...compared];
  const read = await readAll(files, context, onRead);
  const wrong = new Set(read.differences.map((it) => ('path' in it ? it.path : null)));
  const unfit = new Set(read.problems.map(({ path }) => path));
  const alike = [...pairs, ...compared].filter(({ path }) => !wrong.has(path) && !unfit.has(path));
  return {
    ...totalsOf(alike),
    readBytes: read.bytes,
    differences: [...open, ...read.differences],
    held,
    problems: [...problems, ...read.problems],
    waiting: decisions.waiting,
  };
}

/** Both sides of one entry. */
interface Both {
  readonly kind: EntryKind;
  readonly path: RelPath;
  /** In bytes; 0 for a folder. */
  readonly size: number;
  readonly local: LocalEntry | null;
  readonly remote: RemoteEntry | null;
  /** `null`: never read on both sides. */
  readonly agreed: Md5 | null;
}

/** Everything on which the three trees agree, without the pair's own folder. */
function* agreedPairs(view: TreeView): Generator<Both> {
  const open = new Set<EntryNumber>(Array.from(view.openEntries(), ({ entry }) => entry));
  const waiting: EntryNumber[] = [ROOT_ENTRY];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const base of view.baseChildren(folder)) {
      if (base.kind === 'folder') waiting.push(base.entry);
      if (open.has(base.entry)) continue;
      const { entry, kind, size, md5: agreed } = base;
      const [local, remote] = [view.localOf(entry), view.remoteOf(entry)];
      yield { kind, path: basePath(view, entry), size, local, remote, agreed };
    }
  }
}

/** New on both sides and known to be equal: only base does not say so yet. */
function pairOfLink(op: OperationOf<'link'>, view: TreeView): Both[] {
  const { entryKind: kind, path, size, node, md5: agreed } = op;
  return [{ kind, path, size, local: view.local(node), remote: view.remote(op.remote), agreed }];
}

function pairToCompare(op: OperationOf<'compare'>, view: TreeView): Both[] {
  const local = view.local(op.local.node);
  const path = local === null ? op.path : localPath(view, local.node);
  return [{ kind: 'file', path, size: op.size, local, remote: view.remote(op.remote.id), agreed: null }];
}

function totalsOf(pairs: readonly Both[]): Pick<Verified, 'files' | 'folders' | 'bytes'> {
  const files = pairs.filter(({ kind }) => kind === 'file');
  return {
    files: files.length,
    folders: pairs.length - files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
  };
}

interface ReadAll {
  readonly bytes: number;
  readonly differences: readonly Difference[];
  readonly problems: readonly Problem[];
}

async function readAll(
  pairs: readonly Both[],
  context: CycleContext,
  onRead: VerifyOptions['onRead'],
): Promise<ReadAll> {
  const { remote, signal, settings } = context;
  const limits = await remote.limits({ signal });
  const slots = makeSlots(Math.min(settings.downloads, limits.parallelDownloads ?? Infinity));
  const ofBytes = 2 * pairs.reduce((sum, { size }) => sum + size, 0);
  const differences: Difference[] = [];
  const problems: Problem[] = [];
  let bytes = 0;
  const note = (more: number): void => onRead((bytes += more), ofBytes);
  const readOne = async (pair: Both): Promise<void> => {
    try {
      if (limits.maxDownloadSize !== null && pair.size > limits.maxDownloadSize)
        throw new SyncError('remote/too-large', { path: pair.path, detail: `${pair.size} bytes` });
      differences.push(...(await differencesOf(pair, context, note)));
    } catch (error) {
      if (!(error instanceof SyncError) || error.disposition === 'halt') throw error;
      problems.push({ path: pair.path, code: error.code, detail: error.detail ?? null });
    }
  };
  await Promise.all(pairs.map((pair) => slots.use(() => readOne(pair))));
  return { bytes, differences, problems };
}

async function differencesOf(
  { path, size, local, remote: there, agreed }: Both,
  { files, remote, newHasher, signal }: CycleContext,
  note: (bytes: number) => void,
): Promise<readonly Difference[]> {
  if (local === null || there === null) return []; // in base alone: the plan says so
  const mine = await files.hash(path, local.stamp, signal);
  note(size);
  const theirs = await contentOf({ id: there.id, name: there.name, size }, { remote, newHasher, signal });
  note(size);
  const wanted = agreed ?? mine;
  const found = [
    ['local', mine],
    ['remote', theirs],
  ] as const;
  return found.flatMap(([side, md5]) =>
    md5 === wanted ? [] : [{ kind: 'content', path, side, md5, agreed: wanted } as const],
  );
}

/** 0: both sides are equal, but for what the host cannot hold at all; 3: removals wait for a person; else 1. */
export function exitOfVerified({ differences, held, problems, waiting }: Verified): 0 | 1 | 3 {
  if (held.length > 0) return 3;
  const isApart = differences.length + waiting.length > 0 || problems.some(({ code }) => meaningOf(code).exit !== 0);
  return isApart ? 1 : 0;
}
