/** Polls of a real state: which answers are compared with what is known, and which are known to say nothing new. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { RemoteId } from '../../src/core/entry.ts';
import type { RemoteListing, RemoteTree } from '../../src/ports.ts';
import { sweep, Unchanged } from '../../src/remote/listing.ts';
import type { SweepOptions } from '../../src/remote/listing.ts';
import { fileItem, folderItem, id, md5, rootId } from '../state/rows.ts';
import { agree, list, newState } from '../state/trees.ts';
import { FakeClock } from '../support/fake-clock.ts';

let state: ReturnType<typeof newState>;
let rules: number;
let ignored: ReadonlySet<RemoteId>;
let unchanged: Unchanged;
let answer: RemoteListing;

beforeEach(async () => {
  state = newState();
  rules = 0;
  ignored = new Set();
  unchanged = new Unchanged(() => state.remoteTree.revision + rules);
  answer = {
    folder: rootId,
    folders: [folderItem('d20', rootId, 'folder')],
    files: [fileItem('f20', rootId, 'file')],
    unclear: [],
    complete: true,
  };
  await poll();
  expect(await poll()).toBe(true);
});

/** Whether what is known was read for it. */
async function poll(): Promise<boolean> {
  const { remoteTree } = state;
  let isRead = false;
  const tree = new Proxy<RemoteTree>(remoteTree, {
    get(target, key) {
      if (key === 'shownChildren') isRead = true;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
  await look({ tree, folders: [rootId] });
  return isRead;
}

/** Without `folders`: a whole sweep. */
async function look(changes: Partial<SweepOptions> = {}): Promise<void> {
  await sweep({
    remote: {
      list: (asked) =>
        Promise.resolve(asked === rootId ? answer : { ...answer, folder: asked, folders: [], files: [] }),
    },
    tree: state.remoteTree,
    root: rootId,
    ignoredIn: () => ignored,
    parallel: 1,
    clock: new FakeClock(),
    unchanged,
    ...changes,
  });
}

describe('an answer that said nothing new', () => {
  it('is not compared again', async () => {
    expect(await poll()).toBe(false);
    expect(await poll()).toBe(false);
  });

  it.each<[string, Partial<RemoteListing>]>([
    ['another name', { files: [fileItem('f20', rootId, 'other')] }],
    ['another size', { files: [{ ...fileItem('f20', rootId, 'file'), size: 5 }] }],
    ['another id', { files: [fileItem('f21', rootId, 'file')] }],
    ['a file more', { files: [fileItem('f20', rootId, 'file'), fileItem('f21', rootId, 'x')] }],
    ['a file less', { files: [] }],
    ['a folder less', { folders: [] }],
    ['an item that is not clear', { unclear: [id('f30')] }],
    ['an item without an id', { complete: false }],
  ])('is compared with %s', async (_, other) => {
    answer = { ...answer, ...other };
    expect(await poll()).toBe(true);
  });

  it.each<[string, () => void]>([
    ['something was listed', () => list(state, 'd20', [fileItem('f40', 'd20', 'new')])],
    ['something was agreed on', () => agree(state, 7, 'f20', 'file')],
    ['a content was learnt', () => state.learnRemote(id('f20'), md5('file'))],
    ['a folder could not be listed', () => state.remoteTree.unlisted(id('d20'))],
    ['all was forgotten', () => state.beginAnew()],
    ['the rules changed', () => (rules += 1)],
  ])('is compared once %s', async (_, happens) => {
    happens();
    expect(await poll()).toBe(true);
  });

  it('is not compared after a whole sweep either, which looks as well', async () => {
    state = newState();
    answer = { ...answer, folders: [folderItem('d20', rootId, 'folder')] };
    unchanged = new Unchanged(() => state.remoteTree.revision);
    await look();
    await look();
    expect(await poll()).toBe(false);
    Array.from(state.remoteTree.endSweepInSteps(state.remoteTree.beginSweep()));
    expect(await poll()).toBe(false);
  });

  it('is compared each time where something in it is ignored, or is to be listed itself', async () => {
    ignored = new Set([id('f20')]);
    rules++;
    await poll();
    expect(await poll()).toBe(true);
    ignored = new Set();
    state.remoteTree.unlisted(id('d20'));
    await poll();
    state.remoteTree.unlisted(id('d20'));
    expect(await poll()).toBe(true);
  });
});
