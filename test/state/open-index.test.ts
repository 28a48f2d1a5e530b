/** The index of disagreement against what it means, said a second time and in another way. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markOf, ROOT_ENTRY, ROOT_NODE } from '../../src/core/entry.ts';
import type { BaseEntry, LocalEntry } from '../../src/core/entry.ts';
import { hasCode } from '../../src/errors.ts';
import type { Change, LocalFinding } from '../../src/ports.ts';
import type { OpenState } from '../../src/state/open-state.ts';
import {
  baseRow,
  difference,
  entry,
  fileItem,
  folderItem,
  found,
  id,
  local,
  localRow,
  md5,
  node,
  remoteRow,
  rootId,
  seen,
} from './rows.ts';
import { agree, list, newState, open, openAt } from './trees.ts';

describe('the index of disagreement', () => {
  it('has nothing open when all three trees agree', () => {
    const state = newState();
    agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'file', 2);
    expect(open(state)).toEqual([]);
    expect([...state.view.newLocal()]).toEqual([]);
    expect([...state.view.newRemote()]).toEqual([]);
  });

  it('opens a file whose content changed locally, and closes it when the content is back', () => {
    const state = newState();
    const file = agree(state, 2, 'f20', 'file');
    state.localTree.apply(ROOT_NODE, difference({ put: [found('file', 'file', 'other', { node: file.node })] }));
    expect(open(state)).toEqual([2]);
    state.localTree.apply(ROOT_NODE, difference({ put: [found('file', 'file', 'file', { node: file.node })] }));
    expect(open(state)).toEqual([]);
  });

  it('opens a file that was touched and closes it when the same content was read', () => {
    const state = newState();
    const file = agree(state, 2, 'f20', 'file');
    const touched = found('file', 'file', 'file', { node: file.node, md5: null, stamp: seen('file', 'later').stamp });
    state.localTree.apply(ROOT_NODE, difference({ put: [touched] }));
    expect(open(state)).toEqual([2]);
    state.learnLocal(file.node, seen('file', 'another').stamp, md5('file'));
    expect(open(state)).toEqual([2]);
    state.learnLocal(file.node, touched.stamp, md5('file'));
    expect(open(state)).toEqual([]);
  });

  it('opens a file that cannot be read, and not a folder that cannot', () => {
    const state = newState();
    const file = agree(state, 2, 'f20', 'file');
    const folder = agree(state, 3, 'd30', 'folder');
    const trouble = 'local/unreadable';
    state.localTree.apply(
      ROOT_NODE,
      difference({ put: [found('file', 'file', 'file', { node: file.node, trouble })] }),
    );
    state.localTree.apply(folder.node, difference({ trouble }));
    expect(open(state)).toEqual([2]);
    expect(state.view.local(folder.node)?.trouble).toBe(trouble);
  });

  it('opens what lies in a folder that is recognised as another entry', () => {
    const state = newState();
    const one = agree(state, 2, 'd20', 'one');
    agree(state, 3, 'd30', 'two');
    agree(state, 4, 'f40', 'file', 2);
    state.link(one.node, entry(3));
    expect(open(state)).toEqual([2, 3, 4]);
    state.link(one.node, entry(2));
    expect(open(state)).toEqual([3]);
  });

  it('opens an entry that was renamed or moved on the host', () => {
    const state = newState();
    agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'one');
    agree(state, 4, 'f40', 'two');
    list(state, rootId, [folderItem('d20', rootId, 'folder'), fileItem('f30', rootId, 'uno')]);
    list(state, 'd20', [fileItem('f40', 'd20', 'two')]);
    expect(open(state)).toEqual([3, 4]);
  });

  it('equals its recomputation after any sequence of scans, listings, records and links', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const state = openAt(':memory:');
        try {
          state.initialise({ remoteRoot: rootId, rootSeen: seen('folder', 'root') });
          plant(state);
          for (const one of steps) {
            tolerantly(() => one.run(state));
            expectRight(state);
          }
        } finally {
          state.close();
        }
      }),
      { numRuns: 300 },
    );
  });
});

const entries = [2, 3, 4, 5, 6, 7, 8];
const names = ['a', 'b', 'c', 'd'];
const ids = ['d20', 'd30', 'd40', 'f20', 'f30', 'f40', 'f50'];
const folderIds = [rootId, 'd20', 'd30', 'd40'];

interface Step {
  readonly label: string;
  run(state: OpenState): void;
  /** Shown by fast-check when it fails. */
  toString(): string;
}

const stepOf = <T>(
  label: string,
  values: fc.Arbitrary<T>,
  run: (state: OpenState, value: T) => void,
): fc.Arbitrary<Step> =>
  values.map((value) => ({
    label,
    run: (state) => run(state, value),
    toString: () => `${label} ${JSON.stringify(value)}`,
  }));

const anEntry = fc.constantFrom(...entries);
const aName = fc.constantFrom(...names);
const anId = fc.constantFrom(...ids);
const aNode = fc.integer({ min: 1, max: 14 });
const aKind = fc.constantFrom('file', 'folder', 'special');
const aText = fc.constantFrom('a', 'b', 'long');

const step: fc.Arbitrary<Step> = fc.oneof(
  stepOf('scan', fc.record({ folder: aNode, name: aName, kind: aKind, text: aText, bad: fc.boolean() }), scan),
  stepOf(
    'gone',
    fc.record({ folder: aNode, child: fc.nat(3), ignored: fc.boolean() }),
    (state, { folder, child, ignored }) => {
      const gone = state.localTree.children(node(folder))[child];
      if (gone === undefined) return;
      state.localTree.apply(node(folder), difference(ignored ? { ignored: [gone.node] } : { gone: [gone.node] }));
    },
  ),
  stepOf(
    'listing',
    fc.record({
      folder: fc.constantFrom(...folderIds),
      items: fc.array(fc.record({ of: anId, name: aName, text: aText }), { maxLength: 4 }),
      complete: fc.boolean(),
      ignored: fc.subarray(ids, { maxLength: 1 }),
      age: fc.nat(2),
    }),
    (state, { folder, items, complete, ignored, age }) => {
      const found = items.map(({ of, name, text }) =>
        of.startsWith('d') ? folderItem(of, folder, name) : fileItem(of, folder, name, text),
      );
      list(state, folder, found, { complete, ignored, moment: state.remoteTree.moment() - age });
    },
  ),
  stepOf('sweep', fc.nat(2), (state, late) => {
    Array.from(state.remoteTree.endSweepInSteps(state.remoteTree.beginSweep() - late));
  }),
  stepOf('link', fc.record({ of: aNode, to: fc.option(anEntry) }), (state, { of, to }) => {
    state.link(node(of), to === null ? null : entry(to));
  }),
  stepOf(
    'change of one field',
    fc.record({
      of: fc.oneof(aNode, anId),
      change: fc.oneof(
        fc.record({ entry: fc.option(anEntry.map(entry)) }),
        fc.record({ name: aName }),
        fc.record({ parent: fc.constantFrom(2, 3, 4) }),
      ),
    }),
    changeOne,
  ),
  stepOf('learn', fc.record({ of: aNode, text: aText }), (state, { of, text }) => {
    const row = state.view.local(node(of));
    if (row !== null) state.learnLocal(row.node, row.stamp, md5(text));
  }),
  stepOf('root', fc.constantFrom(...folderIds), (state, to) => state.setRemoteRoot(id(to))),
  stepOf(
    'agree',
    fc.record({ number: anEntry, of: anId, name: aName, under: fc.constantFrom(1, ...entries) }),
    (state, all) => {
      const { number, of, name, under } = all;
      const folder = state.view.localOf(entry(under));
      if (folder?.kind !== 'folder' || state.view.remoteOf(entry(under)) === null || under === number) return;
      const { view } = state;
      const parent = { node: folder.node, id: view.remoteOf(entry(under))!.id };
      const kind = of.startsWith('f') ? 'file' : 'folder';
      state.record({
        changes: [
          { put: 'base', row: baseRow(number, of, name, { parent: entry(under) }) },
          { put: 'local', row: localRow(kind, name, { parent: parent.node, entry: entry(number) }) },
          { put: 'remote', row: remoteRow(of, name, { parent: parent.id, entry: entry(number) }) },
        ],
      });
    },
  ),
  stepOf(
    'record',
    fc.array(
      fc.oneof(
        fc.record({
          put: fc.constant('base'),
          number: anEntry,
          of: anId,
          name: aName,
          under: fc.constantFrom(1, ...entries),
        }),
        fc.record({ drop: fc.constant('base'), number: anEntry }),
        fc.record({
          put: fc.constant('local'),
          of: fc.option(aNode),
          name: aName,
          under: aNode,
          kind: aKind,
          to: fc.option(anEntry),
        }),
        fc.record({ drop: fc.constant('local'), of: aNode }),
        fc.record({
          put: fc.constant('remote'),
          id: anId,
          name: aName,
          in: fc.constantFrom(...folderIds),
          to: fc.option(anEntry),
        }),
        fc.record({ drop: fc.constant('remote'), id: anId }),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    (state, changes) => state.record({ changes: changes.map(changeOf) }),
  ),
);

/** Folders in folders, on which all trees agree: most of what can go wrong needs some of them. */
function plant(state: OpenState): void {
  agree(state, 2, 'd20', 'a');
  agree(state, 3, 'd30', 'b', 2);
  agree(state, 4, 'f20', 'c', 3);
  agree(state, 5, 'f30', 'd', 2);
  agree(state, 6, 'd40', 'd');
}

function changeOne(
  { record, view }: OpenState,
  { of, change }: { of: number | string; change: Partial<Record<'entry' | 'name' | 'parent', unknown>> },
): void {
  if (typeof of === 'string') {
    const row = view.remote(id(of));
    const parent = 'parent' in change ? { parent: id(folderIds[Number(change.parent) - 1]!) } : {};
    if (row !== null) record({ changes: [{ put: 'remote', row: Object.assign({}, row, change, parent) }] });
    return;
  }
  const row = view.local(node(of));
  if (row !== null) record({ changes: [{ put: 'local', row: Object.assign({}, row, change) }] });
}

/** What cannot be recorded is refused whole: the state must be right after it all the same. */
function tolerantly(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!hasCode(error, 'bug')) throw error;
  }
}

function scan(
  state: OpenState,
  { folder, name, kind, text, bad }: { folder: number; name: string; kind: string; text: string; bad: boolean },
): void {
  const parent = state.view.local(node(folder));
  if (parent?.kind !== 'folder') return;
  const before = state.localTree.at(parent.node, local(name));
  const sort = kind as LocalFinding['kind'];
  const again = before?.kind === sort ? before.node : null;
  const finding = found(sort, name, text, { node: again, trouble: bad ? 'local/io' : null });
  const gone = before !== null && again === null ? [before.node] : [];
  state.localTree.apply(parent.node, difference({ put: [finding], gone }));
}

function changeOf(from: Record<string, unknown>): Change {
  const link = from['to'] === null ? null : entry(Number(from['to']));
  const name = String(from['name']);
  if (from['put'] === 'base') {
    return {
      put: 'base',
      row: baseRow(Number(from['number']), String(from['of']), name, { parent: entry(Number(from['under'])) }),
    };
  }
  if (from['drop'] === 'base') return { drop: 'base', entry: entry(Number(from['number'])) };
  if (from['put'] === 'local') {
    const kind = from['kind'] as LocalFinding['kind'];
    const number = from['of'] === null || from['of'] === 1 ? {} : { node: node(Number(from['of'])) };
    return { put: 'local', row: localRow(kind, name, { parent: node(Number(from['under'])), entry: link, ...number }) };
  }
  if (from['drop'] === 'local') return { drop: 'local', node: node(Number(from['of'])) };
  if (from['put'] === 'remote') {
    return { put: 'remote', row: remoteRow(String(from['id']), name, { parent: id(String(from['in'])), entry: link }) };
  }
  return { drop: 'remote', id: id(String(from['id'])) };
}

function expectRight(state: OpenState): void {
  const { view } = state;
  expect(state.verifyOpenIndex()).toEqual([]);
  expect(state.misremembered()).toEqual([]);
  const all = [1, ...entries].flatMap((number) => view.base(entry(number)) ?? []);
  const opened = all.filter((row) => !agrees(state, row));
  expect(open(state)).toEqual(opened.map((row) => row.entry));
  expect([...view.openInPlace()]).toEqual(
    opened.map((row) => standsInPlace(state, row) && view.localOf(row.entry)?.identity === row.identity),
  );
  // Every row is new, or linked to an entry that base has and that knows it; none is without its parent.
  for (let number = 1; number < 40; number += 1) {
    const row = view.local(node(number));
    if (row === null) continue;
    if (row.entry !== null) expect(view.localOf(view.base(row.entry)!.entry)).toEqual(row);
    if (row.parent !== null) expect(view.localAt(row.parent, row.name)).toEqual(row);
    if (row.parent !== null) expect(view.local(row.parent)).not.toBeNull();
    expect([...view.newLocal()].some((one) => one.node === row.node)).toBe(row.entry === null);
    expect(state.localTree.marksAfter(row.node, '', 1000)).toEqual(
      state.localTree.children(row.node).map((child) => ({ name: child.name, mark: markKept(child) })),
    );
  }
  for (const of of [rootId, ...ids]) {
    const row = view.remote(id(of));
    if (row === null) continue;
    if (row.entry !== null) expect(view.remoteOf(view.base(row.entry)!.entry)).toEqual(row);
    if (row.parent !== null) expect(view.remote(row.parent)).not.toBeNull();
  }
  expect(view.base(ROOT_ENTRY)?.remoteId).toBe(view.remoteOf(ROOT_ENTRY)?.id);
  expect(view.localOf(ROOT_ENTRY)?.node).toBe(ROOT_NODE);
}

/** Only what a look need not ask anything else about has one. */
function markKept(child: LocalEntry): string | null {
  if (child.racy || child.kind === 'special') return null;
  return child.kind === 'folder' || (child.md5 !== null && child.trouble === null) ? markOf(child) : null;
}

/** The meaning of "agrees", in words of the view. */
function agrees(state: OpenState, base: BaseEntry): boolean {
  if (base.parent === null) return true;
  if (!standsInPlace(state, base)) return false;
  if (base.kind === 'folder') return true;
  const [here, there] = [state.view.localOf(base.entry), state.view.remoteOf(base.entry)];
  return here?.md5 === base.md5 && base.md5 !== null && here.trouble === null && there?.size === base.size;
}

function standsInPlace({ view }: OpenState, base: BaseEntry): boolean {
  const here = view.localOf(base.entry);
  const there = view.remoteOf(base.entry);
  if (here === null || there === null || here.parent === null || there.parent === null) return false;
  if (there.id !== base.remoteId || there.absentSince !== null) return false;
  if (here.kind !== base.kind || there.kind !== base.kind) return false;
  if (here.name !== base.localName || there.name !== base.remoteName) return false;
  return view.local(here.parent)?.entry === base.parent && view.remote(there.parent)?.entry === base.parent;
}
