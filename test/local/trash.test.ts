import nodeFs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRelPath } from '../../src/core/path.ts';
import { listTrash, purgeTrash, restoreFromTrash, sweepIncoming } from '../../src/local/trash.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { at, filesBelow, pairFolder } from './pair-folder.ts';
import type { PairFolder } from './pair-folder.ts';

const dayMs = 24 * 3_600_000;

function keeperOf(pair: PairFolder) {
  return { disk: pair.disk, root: pair.root, random: seededRandom('keeper'), now: () => pair.clock.now() };
}

async function trash(pair: PairFolder, path: string, content: string): Promise<string> {
  pair.write(path, content);
  const { stamp } = (await pair.files.look(at(path)))!;
  return (await pair.files.trash(at(path), stamp, 'removed on the host')).trashPath;
}

describe('the local trash', () => {
  it('lists what is in it, the oldest first, equal names apart', async () => {
    const pair = pairFolder();
    const first = await trash(pair, 'd/f', 'one');
    pair.clock.jumpWall(dayMs);
    const second = await trash(pair, 'd/f', 'second');
    expect(await listTrash(keeperOf(pair))).toEqual([
      { trashPath: first, from: 'd/f', atMs: pair.clock.now() - dayMs, why: 'removed on the host', size: 3 },
      { trashPath: second, from: 'd/f', atMs: pair.clock.now(), why: 'removed on the host', size: 6 },
    ]);
  });

  it('is empty where nothing was ever removed', async () => {
    const pair = pairFolder();
    expect(await listTrash(keeperOf(pair))).toEqual([]);
    expect(await purgeTrash(keeperOf(pair), 0)).toBe(0);
    expect(nodeFs.existsSync(pair.absolute('.yetisync'))).toBe(false);
  });

  it('gives a file back to where it was, with the folders that are missing by now', async () => {
    const pair = pairFolder();
    const trashPath = await trash(pair, 'd/e/f', 'one');
    nodeFs.rmSync(pair.absolute('d'), { recursive: true });
    const { path, seen } = await restoreFromTrash(keeperOf(pair), at(trashPath));
    expect(path).toBe('d/e/f');
    expect(pair.read('d/e/f')).toBe('one');
    expect(seen).toEqual(await pair.files.look(at('d/e/f')));
    expect(filesBelow(pair.absolute('.yetisync'))).toEqual([]);
    await expect(restoreFromTrash(keeperOf(pair), at(trashPath))).rejects.toMatchObject({ code: 'local/missing' });
  });

  it('gives a file back under another name, and never over anything', async () => {
    const pair = pairFolder();
    const trashPath = at(await trash(pair, 'f', 'one'));
    pair.write('f', 'two');
    await expect(restoreFromTrash(keeperOf(pair), trashPath)).rejects.toMatchObject({ code: 'local/occupied' });
    expect(pair.read(trashPath)).toBe('one');
    await restoreFromTrash(keeperOf(pair), trashPath, at('g'));
    expect([pair.read('f'), pair.read('g')]).toEqual(['two', 'one']);
  });

  it.each(['f', '.yetisync/marker.json', '.yetisync/trash/x', '.yetisync/trash/2026-01-01/zz/f'])(
    'gives nothing back that is not in it: %s',
    async (path) => {
      const pair = pairFolder();
      await expect(restoreFromTrash(keeperOf(pair), parseRelPath(path))).rejects.toMatchObject({
        code: 'usage/wrong',
      });
    },
  );

  it('S445: lets go for good only of what it has kept long enough', async () => {
    const pair = pairFolder();
    await trash(pair, 'f', 'old');
    pair.clock.jumpWall(31 * dayMs);
    const kept = await trash(pair, 'g', 'new');
    expect(await purgeTrash(keeperOf(pair), 30 * dayMs)).toBe(1);
    expect((await listTrash(keeperOf(pair))).map(({ trashPath }) => trashPath)).toEqual([kept]);
    expect(nodeFs.readdirSync(pair.absolute('.yetisync/trash'))).toHaveLength(1);
  });

  it('leaves alone what somebody else put there', async () => {
    const pair = pairFolder();
    const trashPath = await trash(pair, 'f', 'old');
    pair.write('.yetisync/trash/notes.txt', 'mine');
    pair.write(`${trashPath.slice(0, trashPath.lastIndexOf('/', trashPath.lastIndexOf('/') - 1))}/notes.txt`, 'mine');
    nodeFs.symlinkSync('/etc', pair.absolute('.yetisync/trash/2020-01-01'));
    pair.clock.jumpWall(31 * dayMs);
    expect(await purgeTrash(keeperOf(pair), 30 * dayMs)).toBe(1);
    nodeFs.unlinkSync(pair.absolute('.yetisync/trash/2020-01-01'));
    expect(pair.trashed()).toEqual(['mine', 'mine']);
  });

  it('still knows a file, its name and its day when the note of it was lost', async () => {
    const pair = pairFolder();
    const trashPath = await trash(pair, 'd/f', 'one');
    nodeFs.truncateSync(pair.absolute(trashPath.replace(/\/f$/, '.json')));
    const day = trashPath.split('/')[2]!;
    expect(await listTrash(keeperOf(pair))).toMatchObject([{ trashPath, from: 'f', atMs: Date.parse(day) }]);
    const { path } = await restoreFromTrash(keeperOf(pair), at(trashPath));
    expect(path).toBe('f');
  });
});

describe('what a kill left in the incoming folder', () => {
  it('is kept while it can be gone on with, and goes when it is old', async () => {
    const pair = pairFolder();
    pair.write('.yetisync/incoming/f1-10', 'part');
    await sweepIncoming(keeperOf(pair), dayMs);
    expect(nodeFs.readdirSync(pair.absolute('.yetisync/incoming'))).toEqual(['f1-10']);
    pair.clock.jumpWall(2 * dayMs);
    await sweepIncoming(keeperOf(pair), dayMs);
    expect(nodeFs.readdirSync(pair.absolute('.yetisync/incoming'))).toEqual([]);
  });

  it('goes to the trash when it is the last of a file of the person', async () => {
    const pair = pairFolder();
    pair.write('.yetisync/incoming/taken-0a1b', 'last of it');
    pair.write('g', 'elsewhere too');
    nodeFs.linkSync(pair.absolute('g'), pair.absolute('.yetisync/incoming/taken-0a1c'));
    await sweepIncoming(keeperOf(pair), dayMs);
    expect(pair.trashed()).toEqual(['last of it']);
    expect(pair.read('g')).toBe('elsewhere too');
    expect(nodeFs.readdirSync(pair.absolute('.yetisync/incoming'))).toEqual([]);
  });
});
