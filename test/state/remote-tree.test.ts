import { describe, expect, it } from 'vitest';
import { ACCOUNT_ROOT, ROOT_ENTRY } from '../../src/core/entry.ts';
import { entry, fileItem, folderItem, id, md5, remote, remoteRow, rootId } from './rows.ts';
import { agree, list, newIds, newState, open } from './trees.ts';

describe('what a listing shows', () => {
  it('is new when base does not know it', () => {
    const state = newState();
    list(state, rootId, [folderItem('d20', rootId, 'folder'), fileItem('f20', rootId, 'file')]);
    expect([...state.view.newRemote()]).toMatchObject([
      { id: 'd20', kind: 'folder', parent: rootId, size: 0, firstSeenMs: 7 },
      { id: 'f20', kind: 'file', name: 'file', size: 4, md5: null },
    ]);
  });

  it('keeps the content when an item moves, and counts anew since when it has been there', () => {
    const state = newState();
    list(state, rootId, [folderItem('d20', rootId), fileItem('f30', rootId, 'file')]);
    state.learnRemote(id('f30'), md5('file'));
    const moment = state.remoteTree.moment();
    const file = fileItem('f30', 'd20', 'named anew', 'file');
    state.remoteTree.apply(
      { folder: id('d20'), folders: [], files: [file], unclear: [], complete: true },
      { moment, nowMs: 99, ignored: new Set() },
    );
    expect(state.view.remote(id('f30'))).toMatchObject({
      parent: 'd20',
      name: 'named anew',
      firstSeenMs: 99,
      md5: md5('file'),
    });
  });

  it('is linked to the entry whose id it has', () => {
    const state = newState();
    agree(state, 2, 'f20', 'file');
    list(state, rootId, []);
    expect(open(state)).toEqual([2]);
    list(state, rootId, [fileItem('f20', rootId, 'file')]);
    expect(open(state)).toEqual([]);
    expect(newIds(state)).toEqual([]);
  });

  it('is told apart by id where two have one name', () => {
    const state = newState();
    list(state, rootId, [fileItem('f20', rootId, 'twin'), fileItem('f21', rootId, 'twin')]);
    expect(state.view.remoteAt(rootId, remote('twin')).map((row) => row.id)).toEqual(['f20', 'f21']);
  });

  it('is passed over when the listed folder has no row', () => {
    const state = newState();
    list(state, 'd99', [fileItem('f20', 'd99', 'file')]);
    expect(state.view.remote(id('f20'))).toBeNull();
  });

  it('never makes the folder of the pair its own child, nor any folder', () => {
    const state = newState();
    list(state, rootId, [folderItem(rootId, rootId), folderItem('d20', rootId)]);
    list(state, 'd20', [folderItem(rootId, 'd20'), folderItem('d20', 'd20')]);
    expect(state.view.remoteOf(ROOT_ENTRY)).toMatchObject({ id: rootId, parent: null });
    expect(state.view.remote(id('d20'))?.parent).toBe(rootId);
  });

  it('is left out when it is ignored', () => {
    const state = newState();
    list(state, rootId, [fileItem('f20', rootId, 'file')], { ignored: ['f20'] });
    expect(state.view.remote(id('f20'))).toBeNull();
  });

  it('has no ring where folders stand in each other on the host: the one is missing, until it is shown elsewhere', () => {
    const state = newState();
    list(state, rootId, [folderItem('d20', rootId), folderItem('d30', rootId)]);
    list(state, 'd20', [folderItem('d30', 'd20')]);
    list(state, 'd30', [folderItem('d20', 'd30'), fileItem('f40', 'd30', 'file')]);
    const isMissing = (): boolean => state.view.remote(id('d30'))?.absentSince !== null;
    expect([isMissing(), state.view.remote(id('d20'))?.parent]).toEqual([true, 'd30']);
    list(state, 'd20', [folderItem('d30', 'd20')]); // told again: it does not begin to turn
    expect([isMissing(), state.view.remote(id('d20'))?.parent]).toEqual([true, 'd30']);
    expect(newIds(state)).toEqual([]);
    list(state, rootId, [folderItem('d30', rootId)]);
    expect([isMissing(), state.view.remote(id('d30'))?.parent]).toEqual([false, rootId]);
    expect(newIds(state)).toEqual(['d20', 'd30', 'f40']);
  });

  it('lets go of a ring that a full sweep has not found', () => {
    const state = newState();
    list(state, rootId, [folderItem('d20', rootId), folderItem('d30', rootId)]);
    list(state, 'd20', [folderItem('d30', 'd20')]);
    list(state, 'd30', [folderItem('d20', 'd30'), fileItem('f40', 'd30', 'file')]);
    const number = state.remoteTree.beginSweep();
    list(state, rootId, []);
    Array.from(state.remoteTree.endSweepInSteps(number));
    for (const gone of ['d20', 'd30', 'f40']) expect(state.view.remote(id(gone))).toBeNull();
  });

  it('has no ring after a move of its own into what a listing showed below the moved folder meanwhile', () => {
    const state = newState();
    list(state, rootId, [folderItem('d20', rootId), folderItem('d30', rootId)]);
    list(state, 'd20', [folderItem('d30', 'd20')]);
    const row = state.view.remote(id('d20'));
    if (row === null) throw new Error('no row');
    state.record({ changes: [{ put: 'remote', row: { ...row, parent: id('d30') } }] });
    expect(state.view.remote(id('d30'))).toMatchObject({ parent: rootId, absentSince: 0 });
    expect(state.view.remote(id('d20'))).toMatchObject({ parent: 'd30', absentSince: null });
  });
});

describe('what a listing does not show', () => {
  it('is gone at once if it is a file', () => {
    const state = newState();
    agree(state, 2, 'f20', 'file');
    list(state, rootId, []);
    expect(state.view.remote(id('f20'))).toBeNull();
    expect(open(state)).toEqual([2]);
  });

  it('stays when it may be an item that came without an id', () => {
    const state = newState();
    agree(state, 2, 'f20', 'file');
    agree(state, 3, 'd30', 'folder');
    list(state, rootId, [], { complete: false });
    expect(open(state)).toEqual([]);
    expect(state.view.remoteOf(ROOT_ENTRY)?.unlisted).toBe(true);
    list(state, rootId, [folderItem('d30', rootId, 'folder'), fileItem('f20', rootId, 'file')]);
    expect(state.view.remoteOf(ROOT_ENTRY)?.unlisted).toBe(false);
  });

  it('stays as it is when it was there without a usable name', () => {
    const state = newState();
    agree(state, 2, 'f20', 'file');
    agree(state, 3, 'd30', 'folder');
    list(state, rootId, [], { unclear: [id('f20'), id('d30')] });
    expect(open(state)).toEqual([]);
  });

  it('is unknown if it is a folder, until its own listing has come', () => {
    const state = newState();
    list(state, rootId, [folderItem('d20', rootId, 'folder')]);
    expect(state.view.remote(id('d20'))?.unlisted).toBe(true);
    list(state, id('d20'), []);
    expect(state.view.remote(id('d20'))?.unlisted).toBe(false);
  });

  it('is absent if it is a folder, and gone with all below only when a whole sweep missed it', () => {
    const state = newState();
    agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'file', 2);
    const first = state.remoteTree.beginSweep();
    list(state, rootId, []);
    Array.from(state.remoteTree.endSweepInSteps(first));
    expect(state.view.remote(id('d20'))?.absentSince).toBe(first);
    expect(state.view.remoteChildren(rootId)).toEqual([]);
    expect(state.view.remoteAt(rootId, remote('folder'))).toEqual([]);
    expect(open(state)).toEqual([2]);
    const second = state.remoteTree.beginSweep();
    list(state, rootId, []);
    expect(state.view.remote(id('d20'))?.absentSince).toBe(first);
    Array.from(state.remoteTree.endSweepInSteps(second));
    expect(state.view.remote(id('f30'))).toBeNull();
    expect(open(state)).toEqual([2, 3]);
    expect(state.view.sweeps).toEqual({ begun: 2, completed: 2 });
  });

  it('goes in pieces, from below: whatever is left has the folder that it is in', () => {
    const state = newState();
    const folders = ['d20', 'd21', 'd22', 'd23'];
    list(state, rootId, [folderItem('d20', rootId)]);
    for (const [at, folder] of folders.entries()) {
      const files = Array.from({ length: 150 }, (_, nth) => fileItem(`f${at + 1}${nth + 1000}`, folder, `n${nth}`));
      list(state, folder, [...files, ...(at === 3 ? [] : [folderItem(folders[at + 1]!, folder)])]);
    }
    list(state, rootId, []);
    const sweep = state.remoteTree.beginSweep();
    list(state, rootId, []);
    const left: number[] = [];
    for (const _ of state.remoteTree.endSweepInSteps(sweep)) {
      const rows = folders.map((folder) => [folder, state.remoteTree.children(id(folder)).length] as const);
      for (const [folder, children] of rows) if (children > 0) expect(state.remoteTree.node(id(folder))).not.toBeNull();
      left.push(rows.reduce((sum, [, children]) => sum + children, 0));
      expect(state.view.sweeps.completed).toBe(0);
    }
    expect(left).toEqual([353, 103, 0]);
    expect(folders.map((folder) => state.remoteTree.node(id(folder)))).toEqual([null, null, null, null]);
    expect(state.view.sweeps.completed).toBe(sweep);
  });

  it('is present again when it turns up, there or elsewhere, with all below it', () => {
    const state = newState();
    agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'file', 2);
    agree(state, 4, 'd40', 'other');
    list(state, rootId, [folderItem('d40', rootId, 'other')]);
    expect(open(state)).toEqual([2]);
    list(state, 'd40', [folderItem('d20', 'd40', 'folder')]);
    expect(state.view.remote(id('d20'))).toMatchObject({ parent: 'd40', absentSince: null });
    expect(state.view.remoteChildren(id('d20')).map((row) => row.id)).toEqual(['f30']);
    list(state, rootId, [folderItem('d40', rootId, 'other'), folderItem('d20', rootId, 'folder')]);
    expect(open(state)).toEqual([]);
  });

  it('leaves what is new below an absent folder out of the view', () => {
    const state = newState();
    list(state, rootId, [folderItem('d20', rootId)]);
    list(state, 'd20', [fileItem('f30', 'd20', 'file')]);
    list(state, rootId, []);
    expect(newIds(state)).toEqual([]);
    list(state, rootId, [folderItem('d20', rootId)]);
    expect(newIds(state)).toEqual(['d20', 'f30']);
  });

  it('says nothing of what is below a folder that could not be listed', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'file', 2);
    state.remoteTree.unlisted(folder.id);
    expect(state.view.remote(folder.id)?.unlisted).toBe(true);
    expect(open(state)).toEqual([]);
  });
});

describe('a listing that was asked for before something was recorded', () => {
  it('does not take back a row that was put', () => {
    const state = newState();
    const moment = state.remoteTree.moment();
    agree(state, 2, 'f20', 'file');
    list(state, rootId, [], { moment });
    expect(open(state)).toEqual([]);
    list(state, rootId, []);
    expect(open(state)).toEqual([2]);
  });

  it('does not take back a rename or a move', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'file');
    const moment = state.remoteTree.moment();
    state.record({
      changes: [{ put: 'remote', row: remoteRow('f30', 'other', { parent: folder.id, entry: entry(3) }) }],
    });
    list(state, rootId, [folderItem('d20', rootId, 'folder'), fileItem('f30', rootId, 'file')], { moment });
    expect(state.view.remote(id('f30'))).toMatchObject({ parent: 'd20', name: 'other' });
  });

  it('does not bring back what was dropped, nor what was below it', () => {
    const state = newState();
    const folder = agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'file', 2);
    const moment = state.remoteTree.moment();
    state.record({ changes: [{ drop: 'remote', id: folder.id }] });
    list(state, rootId, [folderItem('d20', rootId, 'folder'), fileItem('f30', rootId, 'file')], { moment });
    expect(state.view.remote(folder.id)).toBeNull();
    expect(state.view.remote(id('f30'))).toBeNull();
    list(state, rootId, [folderItem('d20', rootId, 'folder')]);
    expect(state.view.remote(folder.id)).not.toBeNull();
  });

  it('does not mark a folder absent that was made after it', () => {
    const state = newState();
    const moment = state.remoteTree.moment();
    agree(state, 2, 'd20', 'folder');
    list(state, rootId, [], { moment });
    expect(state.view.remote(id('d20'))?.absentSince).toBeNull();
  });
});

describe('ids that this computer trashed', () => {
  it('are ghosts when a host lists the folder all the same at the top of the account', () => {
    const state = newState();
    state.setRemoteRoot(ACCOUNT_ROOT);
    state.rememberTrashed([id('d20'), id('d21')]);
    expect(state.wasTrashedHere(id('d20'))).toBe(true);
    list(state, ACCOUNT_ROOT, [folderItem('d20', ACCOUNT_ROOT)]);
    list(state, 'd20', [folderItem('d21', 'd20')]);
    expect(newIds(state)).toEqual([]);
    expect(state.view.remote(id('d20'))).not.toBeNull();
  });

  it('were restored when the folder is listed anywhere else', () => {
    const state = newState();
    state.rememberTrashed([id('d20'), id('d21')]);
    list(state, rootId, [folderItem('d20', rootId)]);
    list(state, 'd20', [folderItem('d21', 'd20')]);
    expect(newIds(state)).toEqual(['d20', 'd21']);
  });

  it('were restored when a file is below the folder', () => {
    const state = newState();
    state.setRemoteRoot(ACCOUNT_ROOT);
    state.rememberTrashed([id('d20'), id('d21'), id('f30')]);
    list(state, ACCOUNT_ROOT, [folderItem('d20', ACCOUNT_ROOT)]);
    list(state, 'd20', [folderItem('d21', 'd20')]);
    list(state, 'd21', [fileItem('f30', 'd21', 'file')]);
    expect(newIds(state)).toEqual(['d20', 'd21', 'f30']);
  });

  it('are work when it is a file that is listed again: listings hold active files only', () => {
    const state = newState();
    state.rememberTrashed([id('f30')]);
    list(state, rootId, [fileItem('f30', rootId, 'file')]);
    expect(newIds(state)).toEqual(['f30']);
  });
});

describe('another folder on the host for the pair', () => {
  it('takes over what was below the old one', () => {
    const state = newState();
    agree(state, 2, 'f20', 'file');
    state.setRemoteRoot(id('d3'));
    expect(state.view.base(ROOT_ENTRY)?.remoteId).toBe('d3');
    expect(state.view.remote(rootId)).toBeNull();
    expect(open(state)).toEqual([]);
    list(state, 'd3', [fileItem('f20', 'd3', 'file')]);
    expect(open(state)).toEqual([]);
  });

  it('may be one that was below the old one', () => {
    const state = newState();
    agree(state, 2, 'd20', 'folder');
    agree(state, 3, 'f30', 'file', 2);
    state.setRemoteRoot(id('d20'));
    expect(state.view.base(entry(2))).toBeNull();
    expect(state.verifyOpenIndex()).toEqual([]);
    expect(open(state)).toEqual([3]);
  });
});

describe('an id that is another file’s by now, on a host that was put back to an older state', () => {
  const told = (name: string, shortUrl: string | null, text = name) => ({
    ...fileItem('f20', rootId, name, text),
    shortUrl,
  });
  const renewed = expect.objectContaining({ code: 'remote/renewed' }) as unknown;

  it('ends the look, and nothing of the listing is taken over', () => {
    const state = newState();
    agree(state, 2, 'f20', 'file');
    list(state, rootId, [told('file', 'abc')]);
    expect(() => list(state, rootId, [fileItem('f21', rootId, 'new'), told('file', 'xyz')])).toThrow(renewed);
    expect(newIds(state)).toEqual([]);
    expect(state.view.remote(id('f20'))).toMatchObject({ name: 'file', md5: md5('file') });
  });

  it('is told in another folder too, and after it was missing for a while', () => {
    const state = newState();
    agree(state, 2, 'f20', 'file');
    list(state, rootId, [folderItem('d20', rootId), told('file', 'abc')]);
    expect(() => list(state, 'd20', [{ ...told('other', 'xyz'), parent: id('d20') }])).toThrow(renewed);
    list(state, rootId, [folderItem('d20', rootId)]);
    expect(() => list(state, rootId, [told('file', 'xyz')])).toThrow(renewed);
    list(state, rootId, [told('file', 'abc')]);
    expect(newIds(state)).toEqual([]);
  });

  it('is not suspected where the host does not always tell', () => {
    const state = newState();
    agree(state, 2, 'f20', 'file');
    for (const shortUrl of [null, 'abc', null, 'abc']) list(state, rootId, [told('file', shortUrl)]);
    expect(() => list(state, rootId, [told('file', 'xyz')])).toThrow(renewed);
  });

  it('is a new file where base knows nothing of it any more', () => {
    const state = newState();
    list(state, rootId, [told('file', 'abc')]);
    list(state, rootId, []);
    list(state, rootId, [told('other', 'xyz')]);
    expect(newIds(state)).toEqual(['f20']);
  });
});
