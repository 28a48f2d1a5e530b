/**
 * Removals. What a person removed on one side goes to the trash on the other, and only that: directly before, the side that lost it is
 * asked again whether it is really gone, and the side that is to lose it whether it is still just what both sides agreed on.
 */
import type { EntryNumber, NodeNumber, RemoteId } from '../core/entry.ts';
import { ROOT_ENTRY } from '../core/entry.ts';
import { IGNORE_FILE } from '../core/ignore.ts';
import type { Covered, LocalExpectation, OperationOf } from '../core/operation.ts';
import type { RelPath } from '../core/path.ts';
import { localNameFor } from '../core/names.ts';
import { isLocalName, joinPath, nameOf, parentOf } from '../core/path.ts';
import { basePath, localPath } from '../core/tree.ts';
import { hasCode } from '../errors.ts';
import type { Change, RemoteListing } from '../ports.ts';
import type { Hands, OperationResult } from './hands.ts';
import { DONE, stale } from './hands.ts';
import { settleLocal } from './recover.ts';
import { historyLine } from './rows.ts';
import { findAlive } from './still-there.ts';

export async function trash(op: OperationOf<'trash'>, hands: Hands): Promise<OperationResult> {
  if (op.side === 'local') return trashHere(op, hands);
  return op.entryKind === 'file' ? trashFileThere(op, hands) : trashFolderThere(op, hands);
}

// ------------------------------------------------------------------------------------------------ on this computer

async function trashHere(op: Extract<OperationOf<'trash'>, { side: 'local' }>, hands: Hands): Promise<OperationResult> {
  const { state } = hands;
  const { view } = state;
  const alive = await findAlive(op, hands);
  if (alive !== null) return stale('it is still there on the host, elsewhere', { remote: [alive] });

  const files = [...localOnes(op.covers.filter((it) => it.kind === 'file'))];
  const folders = [...localOnes(op.covers.filter((it) => it.kind === 'folder'))].reverse(); // deepest first
  const rules = new Map<NodeNumber, LocalCovered>();
  let count = 0;
  for (const it of files) {
    const row = view.local(it.expect.node);
    if (row?.name === IGNORE_FILE && row.parent !== null) {
      rules.set(row.parent, it); // goes with its folder, or stays in it with what it keeps out
      continue;
    }
    const result = await trashFileHere(op, it.entry, it.expect, hands);
    if (result !== null) return result;
    count++;
  }
  if (op.entryKind === 'file') {
    const result = await trashFileHere(op, op.entry, op.local, hands);
    return result ?? DONE;
  }
  for (const { entry, expect } of [...folders, { entry: op.entry, expect: op.local }]) {
    const row = view.local(expect.node);
    if (row === null) continue;
    const path = localPath(view, row.node);
    const rule = rules.get(row.node);
    try {
      if (rule !== undefined && (await hands.files.names(path)).length === 1) {
        const result = await trashFileHere(op, rule.entry, rule.expect, hands);
        if (result !== null) return result;
        count++;
      }
      await hands.files.removeFolder(path);
      state.record({
        changes: [
          { drop: 'local', node: row.node },
          { drop: 'base', entry },
        ],
      });
      count++;
    } catch (error) {
      if (hasCode(error, 'local/missing')) return stale('it is no longer there', { local: [parentOf(path)] });
      if (!hasCode(error, 'local/not-empty')) throw error;
      if (!(await holdsOnlyLeftovers(path, hands))) return stale('something new is in it', { local: [path] });
      state.record({
        changes: [
          ...release(row.node, entry, hands),
          ...(rule === undefined ? [] : release(rule.expect.node, rule.entry, hands)),
        ],
      });
    }
  }
  state.record({ changes: [], history: historyLine(op, hands.clock.now(), { id: op.gone, count }) });
  return DONE;
}

/** It stays here without the other side: the folder of what is ignored, and the rules that say so. */
function release(node: NodeNumber, entry: EntryNumber, { state }: Pick<Hands, 'state'>): readonly Change[] {
  const row = state.view.local(node);
  if (row === null) return [];
  return [
    { put: 'local', row: { ...row, entry: null, released: true } },
    { drop: 'base', entry },
  ];
}

async function trashFileHere(
  op: Extract<OperationOf<'trash'>, { side: 'local' }>,
  entry: OperationOf<'trash'>['entry'],
  expect: LocalExpectation,
  hands: Hands,
): Promise<OperationResult | null> {
  const { state, files, clock } = hands;
  const { view } = state;
  const row = view.local(expect.node);
  if (row === null || row.stamp !== expect.stamp) return stale('it is no longer as it was seen');
  const path = localPath(view, row.node);
  const begun = { kind: 'localTrash', entry, node: row.node, from: path, identity: row.identity } as const;
  const intent = state.beginIntent(begun, false);
  try {
    const { trashPath } = await files.trash(path, expect.stamp, op.reason);
    const isWhole = op.entryKind === 'file';
    state.record({
      changes: [
        { drop: 'local', node: row.node },
        { drop: 'base', entry },
      ],
      endIntent: intent,
      ...(isWhole ? { history: historyLine(op, clock.now(), { id: op.gone, md5: row.md5, trash: trashPath }) } : {}),
    });
    return null;
  } catch (error) {
    if (hasCode(error, 'local/changed', 'local/missing')) {
      state.endIntent(intent);
      return stale('it is no longer as it was seen', { local: [parentOf(path)] });
    }
    // It may be in the trash by now, and the disk refused what comes after that.
    await settleLocal(intent, begun, { ...hands, nowMs: clock.now() });
    throw error;
  }
}

/** Whether only things that yetisync leaves alone are in the folder: ignored ones with the rules for them, links and special files. */
async function holdsOnlyLeftovers(path: RelPath, { files, isIgnored }: Hands): Promise<boolean> {
  for (const name of await files.names(path)) {
    if (!isLocalName(name)) return false;
    if (name === IGNORE_FILE) continue;
    const at = joinPath(path, name);
    const seen = await files.look(at);
    if (seen === null || seen.kind === 'special') continue;
    if (!isIgnored(at, seen.kind)) {
      // a folder that itself was kept for leftovers
      if (seen.kind === 'folder' && (await holdsOnlyLeftovers(at, { files, isIgnored } as Hands))) continue;
      return false;
    }
  }
  return true;
}

// ------------------------------------------------------------------------------------------------ on the host

async function trashFileThere(
  op: Extract<OperationOf<'trash'>, { side: 'remote' }>,
  hands: Hands,
): Promise<OperationResult> {
  const { state, remote, looks, clock, signal } = hands;
  const back = await findBackHere([{ entry: op.entry }], hands);
  if (back !== null) return stale('it is here again', { local: [back] });
  const { id, parent, name, size } = op.remote;
  const look = await looks.before(parent);
  const there = look.files.find((file) => file.id === id);
  if (there === undefined || there.name !== name || there.size !== size)
    return stale('it is no longer as it was seen on the host', { remote: [parent] });
  state.rememberTrashed([id]);
  await remote.trashFile(id, { signal });
  looks.changed(id, parent, null);
  state.record({
    changes: [
      { drop: 'remote', id },
      { drop: 'base', entry: op.entry },
    ],
    history: historyLine(op, clock.now(), { id, name, size }),
  });
  return DONE;
}

/**
 * RACE: between the last listings and the call, which takes whatever has the id, somebody may rename the folder, move it elsewhere or put something
 * into it. Worst case: that is in the host's trash with the rest, and in the local one of computers that had it; what a yetisync had just
 * sent or moved into it, that one brings back.
 */
async function trashFolderThere(
  op: Extract<OperationOf<'trash'>, { side: 'remote' }>,
  hands: Hands,
): Promise<OperationResult> {
  const { state, remote, looks, clock, signal } = hands;
  const covered = op.covers.flatMap((it) => (it.side === 'remote' ? [it] : []));
  const back = await findBackHere([{ entry: op.entry }, ...covered], hands);
  if (back !== null) return stale('something of it is here again', { local: [back] });

  const isAsSeen = async (): Promise<boolean> => {
    const { folders } = await looks.before(op.remote.parent);
    return folders.find((folder) => folder.id === op.remote.id)?.name === op.remote.name;
  };
  const moved = stale('it is no longer where it was seen on the host', { remote: [op.remote.parent] });
  if (!(await isAsSeen())) return moved;
  // The whole sub-tree, deepest first: nothing goes that was not looked at just now and agreed on before.
  const expected = new Map(covered.map((it) => [it.expect.id, it]));
  const entryOf = (folder: RemoteId) => (folder === op.remote.id ? op.entry : (expected.get(folder)?.entry ?? null));
  const kept = new Set<RemoteId>();
  const all = [
    ...covered
      .filter((it) => it.kind === 'folder')
      .map((it) => it.expect.id)
      .reverse(),
    op.remote.id,
  ];
  for (const folder of all) {
    const look = await looks.now(folder);
    const state = surveyFolder(look, folder, { expected, entry: entryOf(folder) }, hands);
    if (state === 'changed') return stale('something in it is not as it was seen on the host', { remote: [folder] });
    if (state === 'leftovers') for (const id of chainUp(folder, op.remote.id, hands)) kept.add(id);
  }
  if (!(await isAsSeen())) return moved; // what is in it may have taken minutes to list
  if (kept.size > 0) return trashAroundLeftovers(op, covered, kept, hands);

  state.rememberTrashed([op.remote.id, ...covered.map((it) => it.expect.id)]);
  await remote.trashFolder(op.remote.id, { signal });
  looks.changed(op.remote.id, op.remote.parent, null);
  await recordGone(covered, hands);
  state.record({
    changes: [
      { drop: 'remote', id: op.remote.id },
      { drop: 'base', entry: op.entry },
    ],
    history: historyLine(op, clock.now(), { id: op.remote.id, count: covered.length + 1 }),
  });
  return DONE;
}

/** Rows that one transaction forgets, while nothing else runs. */
const goneAtOnce = 100;

/**
 * What went with its folder, deepest first and in pieces: a folder may hold a hundred thousand files. It is gone on both sides by now. Where
 * this ends before its time, the next pass finds the rest to be so.
 */
async function recordGone(covered: readonly RemoteCovered[], { state, clock }: Hands): Promise<void> {
  const gone = [...covered].reverse();
  for (let from = 0; from < gone.length; from += goneAtOnce) {
    const some = gone.slice(from, from + goneAtOnce);
    state.record({
      changes: some.flatMap(({ entry, expect }) => [
        { drop: 'remote', id: expect.id },
        { drop: 'base', entry },
      ]),
    });
    await clock.sleep(0);
  }
}

type RemoteCovered = Extract<Covered, { side: 'remote' }>;

/** `entry`: what the folder is to this pair; one that was made anew on the host has no link to it yet. */
function surveyFolder(
  look: RemoteListing,
  folder: RemoteId,
  { expected, entry }: { readonly expected: ReadonlyMap<RemoteId, RemoteCovered>; readonly entry: EntryNumber | null },
  { state, isIgnored }: Hands,
): 'clean' | 'leftovers' | 'changed' {
  if (!look.complete || look.unclear.length > 0) return 'changed';
  const above = entry === null ? null : basePath(state.view, entry);
  let result: 'clean' | 'leftovers' = 'clean';
  for (const { kind, id, name, ...item } of [...look.files, ...look.folders]) {
    const known = expected.get(id)?.expect;
    if (known === undefined) {
      const local = localNameFor(name);
      if (above === null || local === null || !isIgnored(joinPath(above, local), kind)) return 'changed';
      result = 'leftovers';
    } else if (known.parent !== folder || known.name !== name || ('size' in item && item.size !== known.size)) {
      return 'changed';
    }
  }
  return result;
}

/** Ignored things are in it: what both sides agreed on goes one by one, folders that hold the rest stay, let go of. */
async function trashAroundLeftovers(
  op: Extract<OperationOf<'trash'>, { side: 'remote' }>,
  covered: readonly RemoteCovered[],
  kept: ReadonlySet<RemoteId>,
  { state, remote, clock, signal }: Hands,
): Promise<OperationResult> {
  let count = 0;
  for (const { entry, kind, expect } of [...covered].reverse()) {
    if (kept.has(expect.id)) continue;
    state.rememberTrashed([expect.id]);
    await (kind === 'file' ? remote.trashFile(expect.id, { signal }) : remote.trashFolder(expect.id, { signal }));
    state.record({
      changes: [
        { drop: 'remote', id: expect.id },
        { drop: 'base', entry },
      ],
    });
    count++;
  }
  for (const { entry, id } of [
    ...covered.map((it) => ({ entry: it.entry, id: it.expect.id })).reverse(),
    { entry: op.entry, id: op.remote.id },
  ]) {
    const row = state.view.remote(id);
    if (!kept.has(id) || row === null) continue;
    state.record({
      changes: [
        { put: 'remote', row: { ...row, entry: null, released: true } },
        { drop: 'base', entry },
      ],
    });
  }
  state.record({ changes: [], history: historyLine(op, clock.now(), { id: op.remote.id, count }) });
  return DONE;
}

/** What was removed here must still be gone from its place. Returns the folder in which something is again. */
async function findBackHere(
  entries: readonly { readonly entry: OperationOf<'trash'>['entry'] }[],
  { state, files }: Hands,
): Promise<RelPath | null> {
  const { view } = state;
  for (const { entry } of entries) {
    const base = view.base(entry);
    if (base === null || view.localOf(entry) !== null) return base === null ? null : parentOf(basePath(view, entry));
    const path = basePath(view, entry);
    const seen = await files.look(path);
    // Something else of that name is no obstacle: the state knows it, and it is not this entry.
    const isBack = seen !== null && seen.kind === base.kind && !isKnownHere(path, view);
    // some disks find a file under other spellings of its name, such as one that is ignored
    if (isBack && (await files.names(parentOf(path))).includes(nameOf(path))) return parentOf(path);
    if (seen === null && base.kind === 'folder') return null; // nothing can stand below a folder that is gone
  }
  return null;
}

function isKnownHere(path: RelPath, view: Hands['state']['view']): boolean {
  let at = view.localOf(ROOT_ENTRY);
  for (const name of path.split('/')) at = at === null || !isLocalName(name) ? null : view.localAt(at.node, name);
  return at !== null;
}

type LocalCovered = Extract<Covered, { side: 'local' }>;

function* localOnes(covers: readonly Covered[]): Generator<LocalCovered> {
  for (const it of covers) if (it.side === 'local') yield it;
}

function* chainUp(from: RemoteId, top: RemoteId, { state }: Hands): Generator<RemoteId> {
  for (let at: RemoteId | null = from; at !== null; at = state.view.remote(at)?.parent ?? null) {
    yield at;
    if (at === top) return;
  }
}
