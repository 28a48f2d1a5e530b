import { describe, expect, it } from 'vitest';
import { ROOT_NODE } from '../../src/core/entry.ts';
import type { Identity } from '../../src/core/entry.ts';
import type { Intent, IntentNumber } from '../../src/ports.ts';
import {
  baseRow,
  difference,
  entry,
  found,
  id,
  local,
  localRow,
  md5,
  node,
  path,
  remote,
  remoteRow,
  rootId,
  stamp,
} from './rows.ts';
import { agree, newNames, newState, open } from './trees.ts';

const upload: Intent = {
  kind: 'upload',
  entry: entry(7),
  node: node(3),
  stamp: stamp('s'),
  identity: '1:2:3' as Identity,
  size: 3,
  md5: md5('x'),
  sentTo: rootId,
  to: { parent: entry(1), localName: local('file'), remoteName: remote('file') },
  replaces: { id: id('f20'), parent: rootId, name: remote('file'), size: 2 },
  stagedName: 'yetisync-x-1-20.txt',
  answer: null,
};

describe('a finished operation', () => {
  it('enters whole or not at all', () => {
    const state = newState();
    const intent = state.beginIntent(upload, false);
    const second = { put: 'base', row: baseRow(3, 'f30', 'root', { parent: null }) } as const;
    const first = { put: 'base', row: baseRow(2, 'f20', 'file') } as const;
    expect(() => state.record({ changes: [first, second], endIntent: intent })).toThrow('half the root');
    expect(state.view.base(entry(2))).toBeNull();
    expect(state.intents()).toHaveLength(1);
    state.record({ changes: [first], endIntent: intent });
    expect(state.view.base(entry(2))).toMatchObject({ localName: 'file', md5: md5('file'), parent: 1 });
    expect(state.intents()).toEqual([]);
  });

  it('enters together with others: all of each, or nothing of any', () => {
    const state = newState();
    const intents = [2, 3].map((number) => state.beginIntent({ ...upload, entry: entry(number) }, false));
    const good = { put: 'base', row: baseRow(2, 'f20', 'file') } as const;
    const bad = { put: 'base', row: baseRow(3, 'f30', 'root', { parent: null }) } as const;
    const other = { put: 'base', row: baseRow(3, 'f30', 'other') } as const;
    const free = state.view.firstFreeEntry;
    expect(() =>
      state.atOnce(() => {
        state.record({ changes: [{ put: 'base', row: baseRow(9, 'f90', 'new') }], endIntent: intents[0]! });
        state.record({ changes: [bad], endIntent: intents[1]! });
      }),
    ).toThrow('half the root');
    expect(state.view.base(entry(9))).toBeNull();
    expect(state.view.firstFreeEntry).toBe(free);
    expect(state.intents()).toHaveLength(2);
    state.atOnce(() => {
      state.record({ changes: [good], endIntent: intents[0]! });
      state.record({ changes: [other], endIntent: intents[1]! });
    });
    expect(state.view.base(entry(2))).toMatchObject({ localName: 'file' });
    expect(state.view.base(entry(3))).toMatchObject({ localName: 'other' });
    expect(state.intents()).toEqual([]);
    expect(state.verifyOpenIndex()).toEqual([]);
  });

  it('keeps a folder and what is below it when a new row finds it already there', () => {
    const state = newState();
    const of = state.localTree.apply(ROOT_NODE, difference({ put: [found('folder', 'folder')] })).get(local('folder'))!;
    state.localTree.apply(of, difference({ put: [found('file', 'file')] }));
    agree(state, 2, 'd20', 'folder');
    expect(state.view.localOf(entry(2))?.node).toBe(of);
    expect(newNames(state)).toEqual(['file']);
  });

  it('replaces what stands at the name, with all below it', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'inner', 2);
    const file = agree(state, 4, 'f40', 'file');
    state.record({ changes: [{ put: 'local', row: { ...state.view.local(file.node)!, name: local('folder') } }] });
    expect(state.view.localAt(ROOT_NODE, local('folder'))?.node).toBe(file.node);
    expect(state.view.local(folder.node)).toBeNull();
    expect(open(state)).toEqual([2, 3, 4]);
  });

  it('lets two entries swap their names one after the other', () => {
    const state = newState();
    const one = agree(state, 2, 'f20', 'one');
    const two = agree(state, 3, 'f30', 'two');
    const put = (number: number, from: typeof one, name: string, content: string) => ({
      changes: [
        { put: 'base', row: baseRow(number, from.id, name, { md5: md5(content), size: 3 }) },
        { put: 'local', row: localRow('file', name, { node: from.node, entry: from.entry, md5: md5(content) }) },
        { put: 'remote', row: remoteRow(from.id, name, { entry: from.entry }) },
      ] as const,
    });
    state.record({ changes: [{ put: 'local', row: localRow('file', 'aside', { node: two.node, entry: two.entry }) }] });
    state.record(put(2, one, 'two', 'one'));
    expect(open(state)).toEqual([3]);
    expect(state.view.baseAt(entry(1), local('two'))?.entry).toBe(2);
    expect(state.view.base(entry(3))?.localName).toBe('two');
    state.record(put(3, two, 'one', 'two'));
    expect(open(state)).toEqual([]);
    expect(state.view.baseAt(entry(1), local('one'))?.entry).toBe(3);
  });

  it('leaves one id to one entry: the other becomes new', () => {
    const state = newState();
    agree(state, 2, 'f20', 'one');
    state.record({ changes: [{ put: 'base', row: baseRow(3, 'f20', 'two') }] });
    expect(state.view.base(entry(2))).toBeNull();
    expect(newNames(state)).toEqual(['one']);
    expect(state.view.remoteOf(entry(3))?.id).toBe('f20');
  });

  it('makes new what was linked to an entry that is dropped', () => {
    const state = newState();
    agree(state, 2, 'f20', 'one');
    state.record({ changes: [{ drop: 'base', entry: entry(2) }] });
    expect(newNames(state)).toEqual(['one']);
    expect([...state.view.newRemote()].map((row) => row.id)).toEqual(['f20']);
  });

  it('stores no row below a folder that is gone by now', () => {
    const state = newState();
    state.record({
      changes: [
        { put: 'base', row: baseRow(2, 'f20', 'file') },
        { put: 'local', row: localRow('file', 'file', { parent: node(50), entry: entry(2) }) },
        { put: 'remote', row: remoteRow('f20', 'file', { parent: id('d50'), entry: entry(2) }) },
      ],
    });
    expect(state.view.localOf(entry(2))).toBeNull();
    expect(state.view.remoteOf(entry(2))).toBeNull();
    expect(open(state)).toEqual([2]);
  });

  it('never puts a folder below itself', () => {
    const state = newState();
    const outer = agree(state, 2, 'd20', 'outer');
    const inner = agree(state, 3, 'd30', 'inner', 2);
    state.record({ changes: [{ put: 'local', row: { ...state.view.local(outer.node)!, parent: inner.node } }] });
    expect(state.view.local(outer.node)?.parent).toBe(ROOT_NODE);
  });

  it('can bring a folder up to the place of the one that held it', () => {
    const state = newState();
    const outer = agree(state, 2, 'd20', 'same');
    const inner = agree(state, 3, 'd30', 'same', 2);
    agree(state, 4, 'f40', 'file', 3);
    state.record({ changes: [{ put: 'local', row: { ...state.view.local(inner.node)!, parent: ROOT_NODE } }] });
    expect(state.view.local(outer.node)).toBeNull();
    expect(state.view.localChildren(inner.node).map((row) => row.name)).toEqual(['file']);
  });
});

describe('beginning anew', () => {
  it('forgets what was agreed, and nothing that is seen or known', () => {
    const state = newState();
    agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'file', 2);
    state.beginIntent(upload, false);
    state.beginAnew();
    expect(state.countEntries()).toBe(0);
    expect(open(state)).toEqual([]);
    expect(newNames(state)).toEqual(['folder', 'file']);
    expect([...state.view.newRemote()].map((row) => [row.id, row.md5])).toEqual([
      ['d20', null],
      ['f30', md5('file')],
    ]);
    expect(state.intents()).toEqual([]);
    expect(state.view.firstFreeEntry).toBe(8);
    expect(state.verifyOpenIndex()).toEqual([]);
  });
});

describe('numbers of entries', () => {
  it('are never free again once base or an intent had them', () => {
    const state = newState();
    expect(state.view.firstFreeEntry).toBe(2);
    agree(state, 9, 'f20', 'one');
    state.record({ changes: [{ drop: 'base', entry: entry(9) }] });
    expect(state.view.firstFreeEntry).toBe(10);
    state.endIntent(state.beginIntent({ ...upload, entry: entry(20) }, false));
    expect(state.view.firstFreeEntry).toBe(21);
  });

  it('are counted without the root', () => {
    const state = newState();
    expect(state.countEntries()).toBe(0);
    agree(state, 2, 'f20', 'one');
    expect(state.countEntries()).toBe(1);
  });
});

describe('intents', () => {
  const all: readonly Intent[] = [
    upload,
    { ...upload, stagedName: null, replaces: null, answer: id('f21') },
    {
      kind: 'arrival',
      entry: entry(8),
      remote: id('f30'),
      path: path('folder/file'),
      parent: entry(2),
      localName: local('file'),
      remoteName: remote('file'),
      size: 0,
      md5: md5('y'),
      identity: found('file', 'x').identity,
      changedAtMs: 17.5,
    },
    {
      kind: 'localMove',
      entry: entry(8),
      node: node(2),
      from: path('a'),
      to: path('b/c'),
      identity: found('file', 'x').identity,
      conflict: true,
    },
    { kind: 'localTrash', entry: entry(8), node: node(2), from: path('a'), identity: found('file', 'x').identity },
  ];

  it('come back as they were written, in their order, until they end', () => {
    const state = newState();
    const numbers = all.map((intent, at) => state.beginIntent(intent, at % 2 === 0));
    expect(state.intents()).toEqual(all.map((intent, at) => ({ number: numbers[at], intent })));
    const answered: Intent = { ...upload, answer: id('f99') };
    state.noteIntent(numbers[0]!, answered);
    for (const number of numbers.slice(1)) state.endIntent(number);
    expect(state.intents()).toEqual([{ number: numbers[0], intent: answered }]);
  });

  it('never get the number of an earlier one', () => {
    const state = newState();
    const first = state.beginIntent(upload, true);
    state.endIntent(first);
    expect(state.beginIntent(upload, true)).toBeGreaterThan(first);
  });

  it('that were not as written are damage, not guessed at', () => {
    const state = newState();
    const broken: readonly unknown[] = [
      { ...upload, kind: 'else' },
      { ...upload, more: 1 },
      { ...upload, parent: '17' },
      { ...all[3], to: '../x' },
    ];
    for (const intent of broken) {
      const number: IntentNumber = state.beginIntent(intent as Intent, false);
      expect(() => state.intents()).toThrow(expect.objectContaining({ code: 'state/corrupt' }));
      state.endIntent(number);
    }
    expect(state.intents()).toEqual([]);
  });
});
