import { describe, expect, it } from 'vitest';
import { ROOT_NODE } from '../../src/core/entry.ts';
import { difference, entry, found, id, folderItem, fileItem, local, node, rootId } from './rows.ts';
import { agree, list, newIds, newNames, newState, open } from './trees.ts';

describe('what a scan finds', () => {
  it('gives new names numbers of their own', () => {
    const state = newState();
    const numbers = state.localTree.apply(
      ROOT_NODE,
      difference({ put: [found('file', 'one'), found('folder', 'two')] }),
    );
    expect([...numbers.keys()]).toEqual(['one', 'two']);
    expect(state.localTree.children(ROOT_NODE)).toMatchObject([
      { node: numbers.get(local('one')), name: 'one', kind: 'file', entry: null, baseMd5: null },
      { node: numbers.get(local('two')), name: 'two', kind: 'folder', entry: null, changedAtMs: 1_700_000_000_000.5 },
    ]);
    expect(newNames(state)).toEqual(['one', 'two']);
  });

  it('never gives out a number a second time', () => {
    const state = newState();
    const first = state.localTree.apply(ROOT_NODE, difference({ put: [found('file', 'one')] })).get(local('one'))!;
    state.localTree.apply(ROOT_NODE, difference({ gone: [first] }));
    const second = state.localTree.apply(ROOT_NODE, difference({ put: [found('file', 'one')] })).get(local('one'))!;
    expect(second).toBeGreaterThan(first);
  });

  it('recognises a name that base has in that folder', () => {
    const state = newState();
    const file = agree(state, 2, 'f20', 'file');
    state.localTree.apply(ROOT_NODE, difference({ gone: [file.node] }));
    expect(open(state)).toEqual([2]);
    state.localTree.apply(ROOT_NODE, difference({ put: [found('file', 'file')] }));
    expect(open(state)).toEqual([]);
    expect(newNames(state)).toEqual([]);
  });

  it('does not recognise another kind of thing under the name', () => {
    const state = newState();
    const file = agree(state, 2, 'f20', 'file');
    state.localTree.apply(ROOT_NODE, difference({ gone: [file.node], put: [found('special', 'file')] }));
    expect(open(state)).toEqual([2]);
    expect(newNames(state)).toEqual(['file']);
  });

  it('does not recognise a name whose entry stands elsewhere', () => {
    const state = newState();
    const one = agree(state, 2, 'f20', 'one');
    const moved = state.localTree.apply(
      ROOT_NODE,
      difference({ gone: [one.node], put: [found('file', 'moved', 'one')] }),
    );
    state.link(moved.get(local('moved'))!, entry(2));
    state.localTree.apply(ROOT_NODE, difference({ put: [found('file', 'one', 'another')] }));
    expect(newNames(state)).toEqual(['one']);
    expect(state.view.localOf(entry(2))?.name).toBe('moved');
  });

  it('forgets what was below a folder that is gone', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    const inner = agree(state, 3, 'd30', 'inner', 2);
    agree(state, 4, 'f40', 'file', 3);
    state.localTree.apply(ROOT_NODE, difference({ gone: [folder.node] }));
    expect(open(state)).toEqual([2, 3, 4]);
    expect(state.view.local(inner.node)).toBeNull();
  });

  it('forgets what was below one in pieces, and never a folder before what is in it', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    const inner = agree(state, 3, 'd30', 'inner', 2);
    const file = agree(state, 4, 'f40', 'file', 3);
    const steps = state.localTree.emptyInSteps(folder.node)[Symbol.iterator]();
    steps.next();
    expect(state.view.local(file.node)).toBeNull();
    expect(state.view.local(inner.node)).not.toBeNull();
    while (steps.next().done !== true);
    expect(state.localTree.children(folder.node)).toEqual([]);
    expect(open(state)).toEqual([3, 4]);
  });

  it('keeps what was below a folder that has another name now, with number and links', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    const inner = agree(state, 3, 'f30', 'inner', 2);
    const numbers = state.localTree.apply(
      ROOT_NODE,
      difference({ gone: [folder.node], put: [found('folder', 'renamed', 'folder')] }),
    );
    expect([...numbers]).toEqual([['renamed', folder.node]]);
    expect(open(state)).toEqual([2]);
    expect(newNames(state)).toEqual([]);
    expect(state.view.localOf(entry(2))).toMatchObject({ node: folder.node, name: 'renamed' });
    expect(state.view.localOf(entry(3))).toMatchObject({ node: inner.node, parent: folder.node, name: 'inner' });
  });

  it('knows a renamed folder also where a file has its name now', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    const inner = agree(state, 3, 'd30', 'inner', 2);
    const file = agree(state, 4, 'f40', 'file');
    state.localTree.apply(
      ROOT_NODE,
      difference({
        gone: [folder.node, file.node],
        put: [found('file', 'folder', 'file'), found('folder', 'renamed', 'folder')],
      }),
    );
    expect(state.view.localOf(entry(2))).toMatchObject({ node: folder.node, name: 'renamed' });
    expect(state.view.localOf(entry(3))).toMatchObject({ node: inner.node, parent: folder.node, name: 'inner' });
    expect(newNames(state)).toEqual(['folder']);
  });

  it.each([
    ['it is another folder', (_: ReturnType<typeof newState>) => undefined, 'another'],
    [
      'base knows that name',
      (state: ReturnType<typeof newState>) => {
        const known = agree(state, 9, 'd90', 'renamed');
        state.localTree.apply(ROOT_NODE, difference({ gone: [known.node] }));
      },
      'folder',
    ],
    [
      'rules of its own came along',
      (state: ReturnType<typeof newState>) => {
        state.localTree.setIgnoreFile(state.view.localOf(entry(3))!.node, { text: '*.tmp', stamp: null });
      },
      'folder',
    ],
  ])('takes a folder with another name for a new one where %s', (_, prepare, content) => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'd30', 'inner', 2);
    prepare(state);
    const numbers = state.localTree.apply(
      ROOT_NODE,
      difference({ gone: [folder.node], put: [found('folder', 'renamed', content)] }),
    );
    expect(numbers.get(local('renamed'))).not.toBe(folder.node);
    expect(state.view.localOf(entry(2))).toBeNull();
    expect(state.view.localOf(entry(3))).toBeNull();
  });

  it('keeps the link and the mark of a released folder when it is seen again', () => {
    const state = newState();
    const numbers = state.localTree.apply(ROOT_NODE, difference({ put: [found('folder', 'kept')] }));
    const of = numbers.get(local('kept'))!;
    const row = state.view.local(of)!;
    state.record({ changes: [{ put: 'local', row: { ...row, released: true } }] });
    state.localTree.apply(ROOT_NODE, difference({ put: [found('folder', 'kept', 'touched', { node: of })] }));
    expect(state.view.local(of)).toMatchObject({ released: true, stamp: 'stamp touched' });
  });

  it('marks a folder that could not be read whole, and clears the mark', () => {
    const state = newState();
    state.localTree.apply(ROOT_NODE, difference({ trouble: 'local/no-handles' }));
    expect(state.view.local(ROOT_NODE)?.trouble).toBe('local/no-handles');
    state.localTree.apply(ROOT_NODE, difference({}));
    expect(state.view.local(ROOT_NODE)?.trouble).toBeNull();
  });

  it('passes over findings about nodes that left the folder since it was read', () => {
    const state = newState();
    const file = agree(state, 2, 'f20', 'file');
    const folder = agree(state, 3, 'd30', 'folder');
    state.localTree.apply(
      folder.node,
      difference({ gone: [file.node], put: [found('file', 'file', 'x', { node: file.node })] }),
    );
    expect(open(state)).toEqual([]);
    expect(state.view.localChildren(folder.node)).toEqual([]);
  });

  it('passes over a folder that has no row any more', () => {
    const state = newState();
    expect(state.localTree.apply(node(99), difference({ put: [found('file', 'file')] })).size).toBe(0);
    expect(newNames(state)).toEqual([]);
  });

  it('survives a name with half a character in it', () => {
    const state = newState();
    state.localTree.apply(ROOT_NODE, difference({ put: [found('file', 'half \ud83d')] }));
    expect(newNames(state)).toHaveLength(1);
  });
});

describe('a moved folder', () => {
  it('keeps its rows: one link recognises all that stands below it under known names', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'd30', 'inner', 2);
    agree(state, 4, 'f40', 'file', 3);
    const moved = state.localTree
      .apply(ROOT_NODE, difference({ gone: [folder.node], put: [found('folder', 'moved')] }))
      .get(local('moved'))!;
    const inner = state.localTree
      .apply(moved, difference({ put: [found('folder', 'inner'), found('file', 'more')] }))
      .get(local('inner'))!;
    state.localTree.apply(inner, difference({ put: [found('file', 'file')] }));
    expect(open(state)).toEqual([2, 3, 4]);
    state.link(moved, entry(2));
    expect(open(state)).toEqual([2]);
    expect(newNames(state)).toEqual(['more']);
  });

  it('brings many along in pieces; what was not come to is new here and gone from its place', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    const numbers = Array.from({ length: 600 }, (_, at) => at + 3);
    for (const number of numbers) agree(state, number, `f${number}0`, `file ${number}`, 2);
    const moved = state.localTree
      .apply(ROOT_NODE, difference({ gone: [folder.node], put: [found('folder', 'moved')] }))
      .get(local('moved'))!;
    state.localTree.apply(moved, difference({ put: numbers.map((number) => found('file', `file ${number}`)) }));
    const steps = state.linkInSteps(moved, entry(2))[Symbol.iterator]();
    for (let step = 0; step < 3; step++) expect(steps.next().done).toBe(false);
    expect(newNames(state)).toHaveLength(100);
    expect(open(state)).toHaveLength(101);
    expect(state.verifyOpenIndex()).toEqual([]);
    expect(steps.next().done).toBe(true);
    expect(newNames(state)).toEqual([]);
    expect(open(state)).toEqual([2]);
  });

  it('recognises children that are scanned only after it was', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'file', 2);
    const moved = state.localTree
      .apply(ROOT_NODE, difference({ gone: [folder.node], put: [found('folder', 'moved')] }))
      .get(local('moved'))!;
    state.link(moved, entry(2));
    expect(open(state)).toEqual([2, 3]);
    state.localTree.apply(moved, difference({ put: [found('file', 'file')] }));
    expect(open(state)).toEqual([2]);
  });

  it('is no longer recognised when it is unlinked, and what is below it is out of place', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'file', 2);
    state.link(folder.node, null);
    expect(open(state)).toEqual([2, 3]);
    expect(newNames(state)).toEqual(['folder']);
  });

  it('cannot be linked to an entry that base does not have', () => {
    const state = newState();
    const of = state.localTree.apply(ROOT_NODE, difference({ put: [found('folder', 'one')] })).get(local('one'))!;
    state.link(of, entry(77));
    expect(newNames(state)).toEqual(['one']);
  });
});

describe('what becomes ignored', () => {
  it('is let go of in all three trees with all below it', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'd30', 'inner', 2);
    agree(state, 4, 'f40', 'file', 3);
    agree(state, 5, 'f50', 'other');
    state.localTree.apply(ROOT_NODE, difference({ ignored: [folder.node] }));
    expect(state.countEntries()).toBe(1);
    expect(open(state)).toEqual([]);
    expect(newNames(state)).toEqual([]);
    expect(newIds(state)).toEqual([]);
    expect(state.view.remote(id('f40'))).toBeNull();
  });

  it('is let go of on the local side too when the host side says it first', () => {
    const state = newState();
    agree(state, 2, 'd20', 'folder');
    const file = agree(state, 3, 'f30', 'file', 2);
    list(state, rootId, [folderItem('d20', rootId, 'folder')], { ignored: ['d20'] });
    expect(state.countEntries()).toBe(0);
    expect(state.view.local(file.node)).toBeNull();
    expect(state.view.remote(id('d20'))).toBeNull();
  });

  it('leaves as new what the host had moved out of it', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'file', 2);
    list(state, rootId, [folderItem('d20', rootId, 'folder'), fileItem('f30', rootId, 'file')]);
    state.localTree.apply(ROOT_NODE, difference({ ignored: [folder.node] }));
    expect(state.countEntries()).toBe(0);
    expect(newIds(state)).toEqual(['f30']);
  });

  it('takes an entry that was moved into it along, so that nothing looks removed', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    const file = agree(state, 3, 'f30', 'file');
    state.record({ changes: [{ put: 'local', row: { ...state.view.local(file.node)!, parent: folder.node } }] });
    state.localTree.apply(ROOT_NODE, difference({ ignored: [folder.node] }));
    expect(state.countEntries()).toBe(0);
    expect(open(state)).toEqual([]);
    expect(newIds(state)).toEqual(['f30']);
  });

  it('is let go of without a trace when it was new', () => {
    const state = newState();
    const of = state.localTree.apply(ROOT_NODE, difference({ put: [found('file', 'one')] })).get(local('one'))!;
    state.localTree.apply(ROOT_NODE, difference({ ignored: [of] }));
    expect(newNames(state)).toEqual([]);
  });
});

describe('ignore files', () => {
  it('are told with the folder they stand in, wherever that was moved', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    const other = agree(state, 3, 'd30', 'other');
    state.localTree.setIgnoreFile(ROOT_NODE, { text: '*.iso', stamp: null });
    state.localTree.setIgnoreFile(folder.node, { text: '*.tmp', stamp: null });
    expect(state.localTree.ignoreFiles()).toEqual([
      { folder: '', text: '*.iso' },
      { folder: 'folder', text: '*.tmp' },
    ]);
    state.record({ changes: [{ put: 'local', row: { ...state.view.local(folder.node)!, parent: other.node } }] });
    state.localTree.setIgnoreFile(ROOT_NODE, null);
    expect(state.localTree.ignoreFiles()).toEqual([{ folder: 'other/folder', text: '*.tmp' }]);
  });

  it('are forgotten with their folder', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    state.localTree.setIgnoreFile(folder.node, { text: '*.tmp', stamp: null });
    state.localTree.apply(ROOT_NODE, difference({ gone: [folder.node] }));
    expect(state.localTree.ignoreFiles()).toEqual([]);
  });
});
