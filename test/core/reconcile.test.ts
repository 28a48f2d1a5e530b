/** The decision table, a test a row: what each side shows against base, and what the first plan does about it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ROOT_NODE } from '../../src/core/entry.ts';
import type { LocalEntry, NodeNumber, RemoteId } from '../../src/core/entry.ts';
import { makePlan } from '../../src/core/plan.ts';
import { reconcile } from '../../src/core/reconcile.ts';
import { listHere, listThere } from '../support/paper-listing.ts';
import { settle } from '../support/paper-history.ts';
import { PaperWorld } from '../support/paper-world.ts';

const root = 'd1' as RemoteId;
const policy = { nowMs: 0, conflictMade: '2026-11-22 14-03-05 laptop', nextVersionWaitMs: 600_000 };

let world: PaperWorld;
let here: NodeNumber;
let there: RemoteId;

/** What the plan does, one line an operation. */
function planned(): string[] {
  const decisions = reconcile(world, policy);
  const lines = makePlan(decisions, world).operations.map((op) => {
    const side = 'side' in op ? ` ${op.side}` : '';
    const to = 'to' in op ? ` -> ${op.to.localName}` : '';
    return `${op.kind}${side} ${op.path}${to}`;
  });
  return [
    ...lines,
    ...decisions.problems.map(({ code, path }) => `${code} ${path}`),
    ...decisions.waiting.map(({ path, why }) => `${path} waits: ${why}`),
  ];
}

function rowHere(node: NodeNumber): LocalEntry {
  const row = world.local(node);
  if (row === null) throw new Error('no such node');
  return row;
}

beforeEach(() => {
  world = new PaperWorld();
  here = world.makeHere(ROOT_NODE, 'f', 'file', 'old');
  settle(world);
  there = world.remoteAt(root, 'f' as never)[0]?.id as RemoteId;
});

describe('a file that both sides agreed on', () => {
  test('is left alone where nothing changed', () => {
    expect(planned()).toEqual([]);
  });

  test('unchanged here and changed on the host is downloaded', () => {
    world.editThere(there, 'new');
    expect(planned()).toEqual(['download f -> f']);
  });

  test('unchanged here and gone on the host goes to the local trash', () => {
    world.removeThere(there);
    expect(planned()).toEqual(['trash local f']);
  });

  test('unchanged here and moved on the host is moved here', () => {
    world.moveThere(there, root, 'g');
    expect(planned()).toEqual(['move local g -> g']);
  });

  test('changed here and unchanged on the host is uploaded', () => {
    world.editHere(here, 'new');
    expect(planned()).toEqual(['upload f -> f']);
  });

  test('changed to the same content on both sides is only recorded', () => {
    world.editHere(here, 'new');
    world.editThere(there, 'new');
    expect(planned()).toEqual(['compare f']);
    for (const op of makePlan(reconcile(world, policy), world).operations) world.apply(op);
    expect(planned()).toEqual(['link f -> f']);
  });

  test('changed to different contents of different sizes is a conflict at once: the host keeps the name', () => {
    world.editHere(here, 'mine');
    world.editThere(there, 'theirs');
    world.locals.set(here, { ...rowHere(here), size: 99 });
    expect(planned()).toEqual(['conflictCopy local f', 'download f -> f']);
  });

  test('changed to different contents of one size is read first, then a conflict', () => {
    world.editHere(here, 'mine');
    world.editThere(there, 'theirs');
    expect(planned()).toEqual(['compare f']);
    settle(world);
    expect(listHere(world)).toEqual([
      { path: '/f', content: 'theirs' },
      { path: '/f (conflict then there)', content: 'mine' },
    ]);
    expect(listThere(world)).toEqual(listHere(world));
  });

  test('changed here and gone on the host is uploaded anew: work beats removal', () => {
    world.editHere(here, 'new');
    world.removeThere(there);
    expect(planned()).toEqual(['upload f -> f']);
  });

  test('changed here and moved on the host is moved here and uploaded', () => {
    world.editHere(here, 'new');
    world.moveThere(there, root, 'g');
    expect(planned()).toEqual(['move local g -> g', 'upload g -> g']);
  });

  test('gone here and unchanged on the host goes to its trash', () => {
    world.removeHere(here);
    expect(planned()).toEqual(['trash remote f']);
  });

  test('gone here and changed on the host is downloaded: work beats removal', () => {
    world.removeHere(here);
    world.editThere(there, 'new');
    expect(planned()).toEqual(['download f -> f']);
  });

  test('gone here and moved on the host stays, at its new place: a move is work', () => {
    world.removeHere(here);
    world.moveThere(there, root, 'g');
    expect(planned()).toEqual(['download g -> g']);
  });

  test('gone on both sides is forgotten', () => {
    world.removeHere(here);
    world.removeThere(there);
    expect(planned()).toEqual(['forget f']);
  });

  test('moved here and unchanged on the host is moved there', () => {
    world.moveHere(here, ROOT_NODE, 'g', true);
    expect(planned()).toEqual(['move remote g -> g']);
  });

  test('moved here and changed on the host gets both: the new name and the new content', () => {
    world.moveHere(here, ROOT_NODE, 'g', true);
    world.editThere(there, 'new');
    expect(planned()).toEqual(['move remote g -> g', 'download g -> g']);
    settle(world);
    expect(listThere(world)).toEqual([{ path: '/g', content: 'new' }]);
  });

  test('moved here and gone on the host is uploaded anew at its new place', () => {
    world.moveHere(here, ROOT_NODE, 'g', true);
    world.removeThere(there);
    expect(planned()).toEqual(['upload g -> g']);
  });

  test('moved to the same place on both sides is only recorded', () => {
    world.moveHere(here, ROOT_NODE, 'g', true);
    world.moveThere(there, root, 'g');
    expect(planned()).toEqual(['link g -> g']);
  });

  test("moved to different places gets the host's, everywhere, without a copy", () => {
    world.moveHere(here, ROOT_NODE, 'mine', true);
    world.moveThere(there, root, 'theirs');
    expect(planned()).toEqual(['move local theirs -> theirs']);
  });

  test('emptied here is held back while the host has its last content', () => {
    world.editHere(here, '');
    world.locals.set(here, { ...rowHere(here), size: 0 });
    expect(planned()).toEqual(['local/emptied f']);
  });

  test('that could not be read is held back, not taken for changed', () => {
    world.locals.set(here, { ...rowHere(here), md5: null, trouble: 'local/unreadable' });
    expect(planned()).toEqual(['local/unreadable f']);
  });

  test('with an unknown id beside it under its name waits: that may be its next version on the way', () => {
    world.makeThere(root, 'f', 'file', 'next');
    const [, next] = world.remoteAt(root, 'f' as never);
    if (next !== undefined) world.remotes.set(next.id, { ...next, firstSeenMs: 0 });
    world.editHere(here, 'mine');
    expect(planned()).toEqual([
      'f waits: a second file of this name came up on the host: it may be the next version on its way',
      'f waits: a second file of this name came up on the host: it may be the next version on its way',
    ]);
  });

  test('waits so too where the host keeps the name of one of them spelled out', () => {
    world = new PaperWorld();
    here = world.makeHere(ROOT_NODE, "f'", 'file', 'old');
    settle(world);
    world.makeThere(root, '~ys~f%27', 'file', 'next');
    const [next] = world.remoteAt(root, '~ys~f%27' as never);
    if (next !== undefined) world.remotes.set(next.id, { ...next, firstSeenMs: 0 });
    world.editHere(here, 'mine');
    expect(planned()).toEqual([
      "f' waits: a second file of this name came up on the host: it may be the next version on its way",
      "f' waits: a second file of this name came up on the host: it may be the next version on its way",
    ]);
  });
});

describe('something new', () => {
  test('here is uploaded, folders before what is in them', () => {
    const folder = world.makeHere(ROOT_NODE, 'd', 'folder');
    world.makeHere(folder, 'x', 'file', 'x');
    expect(planned()).toEqual(['createFolder remote d -> d', 'upload d/x -> x']);
  });

  test('on the host is downloaded, folders before what is in them', () => {
    world.makeThere(world.makeThere(root, 'd', 'folder'), 'x', 'file', 'x');
    expect(planned()).toEqual(['createFolder local d -> d', 'download d/x -> x']);
  });

  test('on both sides under one name is read where the sizes are equal', () => {
    world.makeHere(ROOT_NODE, 'n', 'file', 'mine');
    world.makeThere(root, 'n', 'file', 'theirs');
    expect(planned()).toEqual(['compare n']);
  });

  test('folders of one name merge without a copy', () => {
    world.makeHere(world.makeHere(ROOT_NODE, 'd', 'folder'), 'mine', 'file', 'm');
    world.makeThere(world.makeThere(root, 'd', 'folder'), 'theirs', 'file', 't');
    expect(planned()).toEqual(['link d -> d', 'upload d/mine -> mine', 'download d/theirs -> theirs']);
  });

  test('a file here against a folder on the host: the file becomes the copy', () => {
    world.makeHere(ROOT_NODE, 'n', 'file', 'mine');
    world.makeThere(root, 'n', 'folder');
    settle(world);
    expect(listHere(world).map(({ path }) => path)).toEqual(['/f', '/n', '/n (conflict then there)']);
    expect(listThere(world)).toEqual(listHere(world));
  });

  test('a folder here against a file on the host: the file becomes the copy', () => {
    world.makeHere(world.makeHere(ROOT_NODE, 'n', 'folder'), 'x', 'file', 'x');
    world.makeThere(root, 'n', 'file', 'theirs');
    settle(world);
    expect(listHere(world).map(({ path }) => path)).toEqual(['/f', '/n', '/n (conflict then there)', '/n/x']);
    expect(listThere(world)).toEqual(listHere(world));
  });

  test('empty files stay here and are listed', () => {
    const empty = world.makeHere(ROOT_NODE, 'empty', 'file', '');
    world.locals.set(empty, { ...rowHere(empty), size: 0 });
    expect(planned()).toEqual(['remote/empty-file empty']);
  });

  test('several of one name on the host are shown under distinct names, by the order of their ids, and are not touched there', () => {
    world.makeThere(root, 'n.txt', 'file', 'one');
    world.makeThere(root, 'n.txt', 'file', 'two');
    expect(planned()).toEqual(['download n.txt -> n.txt', 'download n (2).txt -> n (2).txt']);
    settle(world);
    expect(planned()).toEqual([]);
  });

  test('below a link nothing is done: what stood there is held back', () => {
    const folder = world.makeHere(ROOT_NODE, 'd', 'folder');
    world.makeHere(folder, 'x', 'file', 'x');
    settle(world);
    world.removeHere(folder);
    const link = world.makeHere(ROOT_NODE, 'd', 'file', 'link');
    world.locals.set(link, { ...rowHere(link), kind: 'special', trouble: 'local/special', entry: null });
    expect(planned()).toEqual(['local/special-in-place d']);
  });
});

describe('a folder', () => {
  let folder: NodeNumber;
  let folderThere: RemoteId;
  beforeEach(() => {
    folder = world.makeHere(ROOT_NODE, 'd', 'folder');
    world.makeHere(folder, 'x', 'file', 'x');
    world.makeHere(folder, 'y', 'file', 'y');
    settle(world);
    folderThere = world.remoteAt(root, 'd' as never)[0]?.id as RemoteId;
  });

  test('removed here with all in it is one removal on the host', () => {
    world.removeHere(folder);
    expect(planned()).toEqual(['trash remote d']);
  });

  test('removed on the host with all in it is one removal here', () => {
    world.removeThere(folderThere);
    expect(planned()).toEqual(['trash local d']);
  });

  test('removed on the host stays where something new was put into it here, with just that', () => {
    world.removeThere(folderThere);
    world.makeHere(folder, 'new', 'file', 'new');
    settle(world);
    expect(listHere(world).map(({ path }) => path)).toEqual(['/d', '/d/new', '/f']);
    expect(listThere(world)).toEqual(listHere(world));
  });

  test('removed here stays where something in it was edited on the host, with just that', () => {
    world.removeHere(folder);
    const [x] = world.remoteAt(folderThere, 'x' as never);
    if (x !== undefined) world.editThere(x.id, 'edited');
    settle(world);
    expect(listHere(world)).toEqual([
      { path: '/d', content: null },
      { path: '/d/x', content: 'edited' },
      { path: '/f', content: 'old' },
    ]);
    expect(listThere(world)).toEqual(listHere(world));
  });

  test('missing from its listing waits for a second sweep, with all below it', () => {
    const row = world.remote(folderThere);
    if (row !== null) world.remotes.set(folderThere, { ...row, absentSince: 1 });
    expect(reconcile(world, policy).needsSweep).toBe(true);
    expect(planned()).toEqual(['d waits: missing on the host: a second full sweep must tell whether it was moved']);
  });

  test('that could not be listed takes what is below it out of the decision', () => {
    const row = world.remote(folderThere);
    if (row !== null) world.remotes.set(folderThere, { ...row, unlisted: true });
    const x = world.localAt(folder, 'x' as never);
    if (x !== null) world.editHere(x.node, 'edited');
    expect(planned()).toEqual(['d/x waits: its folder on the host could not be listed']);
  });

  test('below one that could not be listed takes up nothing: it may be in the trash', () => {
    world.makeHere(folder, 'deep', 'folder');
    settle(world);
    const deep = world.localAt(folder, 'deep' as never)!.node;
    world.remotes.set(folderThere, { ...world.remote(folderThere)!, unlisted: true });
    const file = world.localAt(ROOT_NODE, 'f' as never)!.node;
    world.makeHere(deep, 'new', 'file', 'new');
    world.makeHere(deep, 'made', 'folder');
    world.moveHere(file, deep, 'f', true);
    const why = 'waits: its folder on the host could not be listed';
    expect(planned().sort()).toEqual([`d/deep/f ${why}`, `d/deep/made ${why}`, `d/deep/new ${why}`]);
  });

  test('renamed here with an edit in it is one move and one upload', () => {
    world.moveHere(folder, ROOT_NODE, 'e', true);
    const x = world.localAt(folder, 'x' as never);
    if (x !== null) world.editHere(x.node, 'edited');
    expect(planned()).toEqual(['move remote e -> e', 'upload e/x -> x']);
  });

  test('moved into another here, while the host has that one moved into it, stands as on the host', () => {
    const other = world.makeHere(ROOT_NODE, 'o', 'folder');
    settle(world);
    const otherThere = world.remoteAt(root, 'o' as never)[0]?.id as RemoteId;
    world.moveHere(folder, other, 'd', true);
    world.moveThere(otherThere, folderThere, 'o');
    settle(world);
    expect(listHere(world).map(({ path }) => path)).toEqual(['/d', '/d/o', '/d/x', '/d/y', '/f']);
    expect(listThere(world)).toEqual(listHere(world));
  });
});

describe('names that are exchanged', () => {
  test('are exchanged on the disk by parking one of them, without a byte', () => {
    const g = world.makeHere(ROOT_NODE, 'g', 'file', 'other');
    settle(world);
    const gThere = world.remoteAt(root, 'g' as never)[0]?.id as RemoteId;
    world.moveThere(there, root, 'g');
    world.moveThere(gThere, root, 'f');
    const kinds = makePlan(reconcile(world, policy), world).operations.map(({ kind }) => kind);
    expect(kinds).toEqual(['park', 'move', 'move']);
    settle(world);
    expect(rowHere(g).name).toBe('f');
    expect(rowHere(here).name).toBe('g');
  });

  test('are exchanged on the host without a third name: it allows two items of one name', () => {
    const g = world.makeHere(ROOT_NODE, 'g', 'file', 'other');
    settle(world);
    world.moveHere(here, ROOT_NODE, 'aside', true);
    world.moveHere(g, ROOT_NODE, 'f', true);
    world.moveHere(here, ROOT_NODE, 'g', true);
    expect(planned().sort()).toEqual(['move remote f -> f', 'move remote g -> g']);
  });
});

describe('a file in a folder that was removed on the host', () => {
  let folder: NodeNumber;
  beforeEach(() => {
    folder = world.makeHere(ROOT_NODE, 'd', 'folder');
    const x = world.makeHere(folder, 'x', 'file', 'x');
    settle(world);
    const base = world.base(rowHere(x).entry ?? (0 as never));
    if (base !== null) world.bases.set(base.entry, { ...base, putSweep: 5 });
    world.removeThere(world.remoteAt(root, 'd' as never)[0]?.id as RemoteId);
  });

  test('is sent anew if this computer had put it there a moment before: who removed the folder cannot have seen it', () => {
    world.sweeps = { begun: 7, completed: 7 };
    expect(planned()).toEqual(['createFolder remote d -> d', 'upload d/x -> x']);
  });

  test('goes with the folder once it was there for longer', () => {
    world.sweeps = { begun: 8, completed: 8 };
    expect(planned()).toEqual(['trash local d']);
  });
});

describe('S109: an edit on both sides where all names for a conflict copy are taken', () => {
  test('is held back: the version here stays in its place, and nothing is overwritten', () => {
    for (let nth = 1; nth <= 1000; nth++) {
      const mark = nth === 1 ? policy.conflictMade : `${policy.conflictMade} ${nth}`;
      world.makeThere(root, `f (conflict ${mark})`, 'file', `taken ${nth}`);
    }
    world.editHere(here, 'mine');
    world.editThere(there, 'theirs');
    world.locals.set(here, { ...rowHere(here), size: 4, md5: 'mine' as never });
    const lines = planned().filter((line) => !line.includes('(conflict'));
    expect(lines).toEqual(['name/unsupported f']);
  });
});

test('what is new here meets the lowest of several that are new on the host under its name, by the numbers of their ids', () => {
  const ids = Array.from({ length: 12 }, () => world.makeThere(root, 'twin', 'file', 'same'));
  const lowest = 6;
  for (const id of ids.slice(0, lowest)) world.removeThere(id);
  const node = world.makeHere(ROOT_NODE, 'twin', 'file', 'mine');
  expect([...ids.slice(lowest)].sort()[0]).not.toBe(ids[lowest]); // by their text another one comes first
  const { items } = reconcile(world, policy);
  expect(items.all.find(({ local }) => local?.node === node)?.remote?.id).toBe(ids[lowest]);
  expect(items.all.filter(({ remote, base }) => base === null && remote !== null).length).toBe(ids.length - lowest);
});
