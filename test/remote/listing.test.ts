/** Walking the host's folders into the remote tree, and finding a folder by its path. */
import { describe, expect, it } from 'vitest';
import { ACCOUNT_ROOT } from '../../src/core/entry.ts';
import type { RemoteEntry, RemoteId } from '../../src/core/entry.ts';
import type { RemoteName } from '../../src/core/path.ts';
import type { ShownChild } from '../../src/core/remote-items.ts';
import { SyncError } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { Remote, RemoteFile, RemoteFolder, RemoteListing, RemoteTree } from '../../src/ports.ts';
import { findFolder, makeFolder } from '../../src/remote/folder-path.ts';
import { sweep } from '../../src/remote/listing.ts';
import type { SweepOptions } from '../../src/remote/listing.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { failure } from './scripted-transport.ts';

const d = (number: number) => `d${number}` as RemoteId;
const f = (number: number) => `f${number}` as RemoteId;
const named = (name: string) => name as RemoteName;
const folder = (id: RemoteId, name: string, parent = ACCOUNT_ROOT): RemoteFolder => ({
  kind: 'folder',
  id,
  parent,
  name: named(name),
  summary: '',
  visibility: 'private',
});
const file = (id: RemoteId, name: string, parent: RemoteId): RemoteFile => ({
  kind: 'file',
  id,
  parent,
  name: named(name),
  size: 1,
  status: 'active',
  shortUrl: null,
});
const listing = (
  id: RemoteId,
  folders: readonly RemoteFolder[] = [],
  files: readonly RemoteFile[] = [],
): RemoteListing => ({
  folder: id,
  folders,
  files,
  unclear: [],
  complete: true,
});

/** A host of which each folder's listing is written out; what is not written out is empty. */
function hostOf(listings: readonly RemoteListing[]) {
  const byId = new Map(listings.map((one) => [one.folder, one]));
  const failing = new Map<RemoteId, ErrorCode>();
  const calls: RemoteId[] = [];
  let running = 0;
  const seen = { most: 0 };
  const remote: Pick<Remote, 'list'> = {
    async list(id) {
      calls.push(id);
      seen.most = Math.max(seen.most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      const code = failing.get(id);
      if (code !== undefined) throw new SyncError(code);
      return byId.get(id) ?? listing(id);
    },
  };
  return { remote, calls, failing, seen };
}

/** As much of a remote tree as a sweep can tell from another: what it was told, in order. */
function treeOf(known: readonly RemoteId[] = []) {
  const nodes = new Set<RemoteId>([d(1), ...known]);
  const listed = new Set<RemoteId>();
  const events: string[] = [];
  const applied: RemoteListing[] = [];
  let moment = 0;
  const tree: RemoteTree = {
    folders: () => [],
    children: () => [],
    shownChildren: () => (known.length === 0 ? [] : [{ absentSince: null } as ShownChild]),
    node: (id) => (nodes.has(id) ? ({ id, unlisted: !listed.has(id) } as RemoteEntry) : null),
    moment: () => moment,
    get revision() {
      return moment;
    },
    beginSweep: () => {
      events.push('begin');
      return 1;
    },
    apply: (one, { moment: at, ignored }) => {
      moment++;
      events.push(`apply ${one.folder}@${at}${ignored.size > 0 ? ` without ${[...ignored].join(',')}` : ''}`);
      applied.push(one);
      if (one.complete) listed.add(one.folder);
      for (const { id } of [...one.folders, ...one.files]) if (!ignored.has(id)) nodes.add(id);
    },
    unlisted: (id) => void events.push(`unlisted ${id}`),
    endSweepInSteps: (sweepNumber) => {
      events.push(`end ${sweepNumber}`);
      return [];
    },
  };
  return { tree, events, applied };
}

const run = (
  host: { remote: Pick<Remote, 'list'> },
  { tree }: { tree: RemoteTree },
  options: Partial<SweepOptions> = {},
) =>
  sweep({
    remote: host.remote,
    tree,
    root: d(1),
    ignoredIn: () => new Set(),
    parallel: 4,
    clock: new FakeClock(),
    ...options,
  });

describe('a sweep', () => {
  const small = () =>
    hostOf([
      listing(d(1), [folder(d(2), 'a'), folder(d(3), 'b')], [file(f(1), 'x', d(1))]),
      listing(d(2), [folder(d(4), 'c', d(2))]),
      listing(d(4), [], [file(f(2), 'y', d(4))]),
    ]);

  it('lists each folder below the pair once, takes each over and says that it saw all', async () => {
    const host = small();
    const seen = treeOf([d(2), d(3), d(4)]);
    expect(await run(host, seen)).toEqual({ folders: 4, files: 2, failed: [], full: true });
    expect([...host.calls].sort()).toEqual([d(1), d(2), d(3), d(4)]);
    expect(seen.events[0]).toBe('begin');
    expect(seen.events.at(-1)).toBe('end 1');
    expect(seen.events.filter((event) => event.startsWith('apply'))).toHaveLength(4);
  });

  it('takes the moment before it asks, so that what is recorded meanwhile is newer', async () => {
    const seen = treeOf([d(2), d(3), d(4)]);
    await run(small(), seen);
    // Both were asked for together, before either was applied.
    expect(seen.events).toContain('apply d2@1');
    expect(seen.events).toContain('apply d3@1');
  });

  it('asks for no more than so many at once', async () => {
    const many = Array.from({ length: 50 }, (_, index) => folder(d(index + 2), `n${index}`));
    const host = hostOf([listing(d(1), many)]);
    await run(host, treeOf(), { parallel: 3 });
    expect(host.seen.most).toBe(3);
  });

  it('leaves out what is skipped, with all below it', async () => {
    const host = small();
    const seen = treeOf([d(2), d(3), d(4)]);
    const ignoredIn: SweepOptions['ignoredIn'] = ({ folder, folders, files }) =>
      new Set([
        ...folders.filter(({ name }) => folder === d(1) && name === 'a').map(({ id }) => id),
        ...files.filter(({ name }) => name === 'x').map(({ id }) => id),
      ]);
    expect(await run(host, seen, { ignoredIn })).toEqual({ folders: 2, files: 0, failed: [], full: true });
    expect(host.calls).not.toContain(d(2));
    expect(seen.events).toContain('apply d1@0 without d2,f1');
  });

  it('goes on past a folder that fails, and does not claim to have seen all', async () => {
    const host = small();
    host.failing.set(d(2), 'remote/server-error');
    const seen = treeOf([d(2), d(3), d(4)]);
    expect(await run(host, seen)).toMatchObject({
      folders: 2,
      failed: [{ folder: d(2), code: 'remote/server-error' }],
      full: false,
    });
    expect(seen.events).toContain('unlisted d2');
    expect(seen.events).not.toContain('end 1');
  });

  it('fails when the pair’s own folder does', async () => {
    const host = small();
    host.failing.set(d(1), 'remote/server-error');
    const seen = treeOf();
    expect(await failure(run(host, seen))).toMatchObject({ code: 'remote/server-error' });
    expect(seen.events).toEqual(['begin']);
  });

  it.each<ErrorCode>(['stopped', 'remote/sign-in-refused', 'remote/other-account', 'remote/put-out'])(
    'ends at once on %s',
    async (code) => {
      const host = small();
      host.failing.set(d(3), code);
      expect(await failure(run(host, treeOf(), { parallel: 1 }))).toMatchObject({ code });
    },
  );

  it('ends when the host is out of reach instead of waiting for each folder', async () => {
    const many = Array.from({ length: 200 }, (_, index) => folder(d(index + 2), `n${index}`));
    const host = hostOf([listing(d(1), many)]);
    for (const { id } of many) host.failing.set(id, 'remote/timeout');
    expect(await failure(run(host, treeOf()))).toMatchObject({ code: 'remote/timeout' });
    expect(host.calls.length).toBeLessThan(12);
  });

  it('does not claim to have seen all when an item came without an id, or a folder without a name', async () => {
    for (const odd of [{ complete: false }, { unclear: [d(9)] }]) {
      const host = hostOf([{ ...listing(d(1), [], [file(f(1), 'x', d(1))]), ...odd }]);
      expect((await run(host, treeOf())).full).toBe(false);
    }
    const host = hostOf([{ ...listing(d(1)), unclear: [f(9)] }]);
    expect((await run(host, treeOf())).full).toBe(true);
  });

  it('believes an answer that shows nothing only where nothing was known', async () => {
    const silent = { ...listing(d(1)), complete: false };
    const empty = treeOf();
    expect((await run(hostOf([silent]), empty)).full).toBe(true);
    expect(empty.applied[0]).toMatchObject({ complete: true });
    const full = treeOf([d(2)]);
    expect((await run(hostOf([silent]), full)).full).toBe(false);
    expect(full.applied[0]).toMatchObject({ complete: false });
  });

  it('does not run for ever where folders contain each other or themselves', async () => {
    const host = hostOf([
      listing(d(1), [folder(d(2), 'a'), folder(d(1), 'self')]),
      listing(d(2), [folder(d(3), 'b', d(2))]),
      listing(d(3), [folder(d(2), 'a', d(3)), folder(d(1), 'up', d(3))]),
    ]);
    expect(await run(host, treeOf())).toMatchObject({ folders: 3, full: true });
  });

  it('manages 300 levels and 20,000 children', async () => {
    const deep = Array.from({ length: 300 }, (_, index) =>
      listing(d(index + 1), [folder(d(index + 2), `level ${index}`, d(index + 1))]),
    );
    expect(await run(hostOf(deep), treeOf())).toMatchObject({ folders: 301, full: true });
    const wide = Array.from({ length: 20_000 }, (_, index) => folder(d(index + 2), `n${index}`));
    const files = Array.from({ length: 20_000 }, (_, index) => file(f(index + 1), `n${index}`, d(1)));
    expect(await run(hostOf([listing(d(1), wide, files)]), treeOf(), { parallel: 64 })).toMatchObject({
      folders: 20_001,
      files: 20_000,
    });
  });

  it('of some folders lists these and what is new in them, and is no full one', async () => {
    const host = small();
    const seen = treeOf([d(2), d(3)]);
    expect(await run(host, seen, { folders: [d(2), d(3)] })).toMatchObject({ folders: 3, full: false });
    expect(host.calls).toEqual([d(2), d(3), d(4)]);
    expect(seen.events).not.toContain('begin');
    expect(seen.events).not.toContain('end 1');
  });

  describe('of what the tree has', () => {
    const row = (item: RemoteFolder | RemoteFile, more: Partial<ShownChild> = {}): ShownChild => ({
      size: 1,
      absentSince: null,
      unlisted: false,
      shortUrl: null,
      ...item,
      ...more,
    });
    const [a, b] = [folder(d(2), 'a', d(1)), { ...file(f(1), 'x', d(1)), shortUrl: 'abc' }];
    const same = listing(d(1), [a], [b]);

    it.each<[string, RemoteListing, readonly ShownChild[], Partial<RemoteEntry>, number]>([
      ['writes nothing where it says the same', same, [row(a), row(b)], {}, 0],
      [
        'writes nothing of an item that cannot be read',
        { ...same, files: [], unclear: [f(1)] },
        [row(a), row(b)],
        {},
        0,
      ],
      ['writes nothing where what is absent is so still', listing(d(1)), [row(a, { absentSince: 1 })], {}, 0],
      ['writes down what is new', same, [row(a)], {}, 1],
      ['writes down what is gone', listing(d(1), [a]), [row(a), row(b)], {}, 1],
      ['writes down another name', same, [row(a, { name: named('b') }), row(b)], {}, 1],
      ['writes down another size', same, [row(a), row(b, { size: 2 })], {}, 1],
      ['writes nothing of a short address that is new', same, [row(a), row(b, { shortUrl: null })], {}, 0],
      [
        'writes nothing of a short address left out',
        listing(d(1), [a], [file(f(1), 'x', d(1))]),
        [row(a), row(b)],
        {},
        0,
      ],
      ['hands on another file with all of a known one', same, [row(a), row(b, { shortUrl: 'xyz' })], {}, 1],
      ['writes down what is back', same, [row(a, { absentSince: 1 }), row(b)], {}, 1],
      [
        'writes down one thing in the place of another',
        listing(d(1), [a], [file(f(2), 'x', d(1))]),
        [row(a), row(b)],
        {},
        1,
      ],
      ['writes down that it was cut', { ...same, complete: false }, [row(a), row(b)], {}, 1],
      ['writes down that it is listed at last', same, [row(a), row(b)], { unlisted: true }, 1],
    ])('%s', async (_, shown, known, own, writes) => {
      const { tree, applied } = treeOf([d(2)]);
      const stored = {
        ...tree,
        shownChildren: (id: RemoteId) => (id === d(1) ? known : []),
        node: (id: RemoteId) => ({ id, unlisted: false, ...(id === d(1) ? own : {}) }) as RemoteEntry,
      };
      const news: boolean[] = [];
      const onListing = (_: RemoteListing, isNews: boolean) => void news.push(isNews);
      await run(hostOf([shown]), { tree: stored }, { folders: [d(1)], onListing });
      expect(applied).toHaveLength(writes);
      expect(news).toEqual([writes === 1 && shown.complete && own.unlisted !== true]);
    });
  });

  it('tells how far it is', async () => {
    const progress: number[] = [];
    await run(small(), treeOf(), { onProgress: ({ listed }) => progress.push(listed) });
    expect(progress).toEqual([1, 2, 3, 4]);
  });
});

describe('a path on the host', () => {
  const host = () =>
    hostOf([
      listing(ACCOUNT_ROOT, [folder(d(30), 'Cloud'), folder(d(4), 'Cloud'), folder(d(2), 'cloud')]),
      listing(d(4), [folder(d(5), 'caf\u00e9', d(4))]),
    ]);

  it('leads to the folder of the lowest id among those of one name', async () => {
    expect(await findFolder(host().remote, ['Cloud'])).toEqual({ kind: 'found', id: d(4) });
  });

  it('leads to the root when it is empty', async () => {
    expect(await findFolder(host().remote, [])).toEqual({ kind: 'found', id: ACCOUNT_ROOT });
  });

  it('finds an accented name in either of its spellings', async () => {
    expect(await findFolder(host().remote, ['Cloud', 'cafe\u0301'])).toEqual({ kind: 'found', id: d(5) });
  });

  it('says which part is missing', async () => {
    expect(await findFolder(host().remote, ['Cloud', 'x', 'y'])).toEqual({
      kind: 'missing',
      within: d(4),
      missing: ['x', 'y'],
    });
  });

  it('is not called missing where something in the way cannot be read', async () => {
    const unclear = hostOf([{ ...listing(ACCOUNT_ROOT), unclear: [d(8)] }]);
    expect(await failure(findFolder(unclear.remote, ['Cloud']))).toMatchObject({
      code: 'remote/bad-answer',
      path: 'Cloud',
    });
    const without = hostOf([{ ...listing(ACCOUNT_ROOT, [folder(d(3), 'x')]), complete: false }]);
    expect(await failure(findFolder(without.remote, ['Cloud']))).toMatchObject({ code: 'remote/bad-answer' });
  });

  /** A host that makes folders; `answer` decides what the maker hears of it. */
  const making = (answer: (made: RemoteFolder) => RemoteFolder) => {
    const folders = [folder(d(7), 'other')];
    let next = 20;
    const remote: Pick<Remote, 'list' | 'createFolder'> = {
      list: async (id) =>
        listing(
          id,
          folders.filter(({ parent }) => parent === id),
        ),
      createFolder: async (parent, name) => {
        const made = folder(d(next++), name, parent);
        folders.push(made);
        return answer(made);
      },
    };
    return { remote, folders };
  };

  it('is made where it is missing, level by level', async () => {
    const { remote, folders } = making((made) => made);
    expect(await makeFolder(remote, ['Cloud', 'a'])).toBe(d(21));
    expect(await makeFolder(remote, ['Cloud', 'a'])).toBe(d(21));
    expect(folders.slice(1).map(({ name, parent }) => [name, parent])).toEqual([
      ['Cloud', ACCOUNT_ROOT],
      ['a', d(20)],
    ]);
  });

  it('is made once when the answer gets lost, and in the lowest id when two made it at once', async () => {
    const lost = making(() => {
      throw new SyncError('remote/timeout');
    });
    expect(await makeFolder(lost.remote, ['Cloud'])).toBe(d(20));
    const raced = making((made) => {
      raced.folders.push(folder(d(11), 'Cloud'));
      return made;
    });
    expect(await makeFolder(raced.remote, ['Cloud'])).toBe(d(11));
  });

  it('that the host refuses to make stays missing', async () => {
    const { remote } = making(() => {
      throw new SyncError('remote/refused');
    });
    expect(await failure(makeFolder(remote, ['Cloud']))).toMatchObject({ code: 'remote/refused' });
  });
});
