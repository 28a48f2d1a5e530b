/** What a person looks through and decides: conflicts, the trash, the history. Played by two computers that edit one file at once. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { call } from './in-process.ts';
import { allFacts, makeHome, startHost, writeConfig } from './running.ts';

async function twoComputers() {
  const home = makeHome();
  const { url } = await startHost(home);
  const computer = (name: string) => {
    const config = writeConfig(home, name, { url });
    const folder = join(home, name);
    return {
      folder,
      yetisync: (...words: readonly string[]) =>
        call(home, [...words, '--config', config], { shell: { computer: name } }),
      write: (path: string, text: string) => writeFileSync(join(folder, path), text),
      read: (path: string) => readFileSync(join(folder, path), 'utf8'),
      files: () =>
        readdirSync(folder)
          .filter((file) => !file.startsWith('.'))
          .sort(),
    };
  };
  return { laptop: computer('laptop'), desktop: computer('desktop') };
}

type Computer = Awaited<ReturnType<typeof twoComputers>>['laptop'];

async function passes(...computers: readonly Computer[]): Promise<void> {
  for (const one of computers) expect(await one.yetisync('--once')).toMatchObject({ status: 0 });
}

/** Both have edited `notes.txt`; the laptop's is the conflict copy. */
async function inConflict() {
  const both = await twoComputers();
  const { laptop, desktop } = both;
  laptop.write('notes.txt', 'beans\npeas\n');
  await passes(laptop, desktop);
  desktop.write('notes.txt', 'beans\npeas\ncorn\n');
  laptop.write('notes.txt', 'beans\nleeks\n');
  await passes(desktop, laptop, desktop);
  const [copy = ''] = laptop.files().filter((name) => name.includes('(conflict'));
  return { ...both, copy };
}

describe('conflicts', () => {
  it('are listed with computer, time and sizes, and shown as a difference of two texts, on each computer', async () => {
    const { laptop, desktop, copy } = await inConflict();
    for (const one of [laptop, desktop]) {
      const { stdout, status } = await one.yetisync('conflicts');
      expect(status).toBe(0);
      expect(stdout).toContain('1 conflict\n  notes.txt\n    theirs  16 B, changed here');
      expect(stdout).toMatch(/ {4}mine {4}12 B, of laptop, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/);
      expect(stdout).toContain(copy);
    }
    const diff = (await desktop.yetisync('conflicts', 'diff', 'notes.txt')).stdout;
    expect(diff).toContain(' beans\n-peas\n-corn\n+leeks\n');
    expect(allFacts((await laptop.yetisync('conflicts', '--json')).stdout)).toMatchObject([
      { path: 'notes.txt', copy, computer: 'laptop', size: 16, copySize: 12 },
    ]);
  });

  it('end with mine: the copy takes the plain name on all sides, and the other version is in the trash', async () => {
    const { laptop, desktop, copy } = await inConflict();
    const kept = await laptop.yetisync('conflicts', 'keep', 'mine', copy);
    expect(kept).toMatchObject({ status: 0, stderr: '' });
    expect(kept.stdout).toContain('kept mine as notes.txt; the other version is in the trash');
    expect((await laptop.yetisync('conflicts')).stdout).toBe('no conflicts\n');
    const { stdout } = await laptop.yetisync('--once');
    expect(stdout).toContain("1 item moved or renamed on the host\n  1 item moved to the host's trash\n");
    expect(stdout).not.toContain('uploaded');
    await passes(desktop);
    for (const one of [laptop, desktop]) {
      expect(one.files()).toEqual(['notes.txt']);
      expect(one.read('notes.txt')).toBe('beans\nleeks\n');
    }
    expect((await laptop.yetisync('trash', '--path', 'notes.txt')).stdout).toContain('the conflict copy was kept');
    expect((await laptop.yetisync('--once')).stdout).toContain('nothing to do');
  });

  it('end with theirs: the copy goes to the trash on all sides', async () => {
    const { laptop, desktop } = await inConflict();
    expect(await desktop.yetisync('conflicts', 'keep', 'theirs', '--all')).toMatchObject({ status: 0, stderr: '' });
    await passes(desktop, laptop);
    for (const one of [laptop, desktop]) {
      expect(one.files()).toEqual(['notes.txt']);
      expect(one.read('notes.txt')).toBe('beans\npeas\ncorn\n');
    }
  });

  it('end with both: the copy becomes an ordinary file with the name of its computer', async () => {
    const { laptop, desktop } = await inConflict();
    expect(await laptop.yetisync('conflicts', 'keep', 'both', 'notes.txt')).toMatchObject({ status: 0, stderr: '' });
    await passes(laptop, desktop);
    for (const one of [laptop, desktop]) {
      expect(one.files()).toEqual([expect.stringMatching(/^notes \(laptop \d{4}-\d\d-\d\d\)\.txt$/), 'notes.txt']);
      expect((await one.yetisync('conflicts')).stdout).toBe('no conflicts\n');
    }
  });

  it('are not decided by a word that says nothing, for a file that has none, or while the other version is gone', async () => {
    const { laptop, copy } = await inConflict();
    expect((await laptop.yetisync('conflicts', 'keep', 'ours', 'notes.txt')).stderr).toContain('mine, theirs or both');
    expect((await laptop.yetisync('conflicts', 'keep', 'mine')).stderr).toContain('--all');
    expect(await laptop.yetisync('conflicts', 'keep', 'mine', 'other.txt')).toMatchObject({ status: 2 });
    rmSync(join(laptop.folder, 'notes.txt'));
    expect(await laptop.yetisync('conflicts', 'keep', 'theirs', copy)).toMatchObject({ status: 1 });
    expect(laptop.files()).toEqual([copy]);
  });
});

describe('the trash', () => {
  it('gives back what was removed elsewhere, a file or a folder, and does not overwrite', async () => {
    const { laptop, desktop } = await twoComputers();
    mkdirSync(join(laptop.folder, 'Plans'));
    laptop.write('Plans/garden.txt', 'beans');
    laptop.write('Plans/house.txt', 'roof');
    laptop.write('notes.txt', 'hello');
    // What this computer sent within its last two looks would be work that beats the removal of its folder.
    await passes(laptop, desktop, laptop, laptop);
    rmSync(join(desktop.folder, 'Plans'), { recursive: true });
    rmSync(join(desktop.folder, 'notes.txt'));
    await passes(desktop, laptop);
    const { stdout } = await laptop.yetisync('trash');
    expect(stdout).toContain('3 files, 14 B');
    expect(stdout).toMatch(/5 B {2}Plans\/garden\.txt {2}removed on the host, unchanged here/);

    const folder = await laptop.yetisync('trash', 'restore', 'Plans');
    expect(folder).toMatchObject({ status: 0, stderr: '' });
    expect(folder.stdout).toContain('restored Plans/garden.txt');
    laptop.write('notes.txt', 'something else');
    const taken = await laptop.yetisync('trash', 'restore', 'notes.txt');
    expect(taken.status).toBe(1);
    expect(taken.stderr).toContain('--to');
    expect(await laptop.yetisync('trash', 'restore', 'notes.txt', '--to', 'old.txt')).toMatchObject({ status: 0 });
    expect(laptop.read('old.txt')).toBe('hello');
    expect(laptop.read('notes.txt')).toBe('something else');
    expect((await laptop.yetisync('trash')).stdout).toBe('the trash is empty\n');
    expect(await laptop.yetisync('trash', 'restore', 'notes.txt')).toMatchObject({ status: 2 });
    await passes(laptop, desktop);
    expect(desktop.read('Plans/house.txt')).toBe('roof');
    expect(desktop.files()).toEqual(['Plans', 'notes.txt', 'old.txt']);
  });

  it('ends nothing unasked, and nothing younger than was said', async () => {
    const { laptop, desktop } = await twoComputers();
    laptop.write('notes.txt', 'hello');
    await passes(laptop, desktop);
    rmSync(join(desktop.folder, 'notes.txt'));
    await passes(desktop, laptop);
    expect(await laptop.yetisync('trash', 'empty')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('1 file, 5 B: end them for good?') as string,
    });
    expect((await laptop.yetisync('trash', 'empty', '--older-than', '1d', '--yes')).stdout).toContain('nothing to end');
    expect((await laptop.yetisync('trash')).stdout).toContain('notes.txt');
    expect((await laptop.yetisync('trash', 'empty', '--yes')).stdout).toBe('1 file, 5 B gone for good\n');
    expect((await laptop.yetisync('trash')).stdout).toBe('the trash is empty\n');
  });
});

it('the history of a file goes on through its renames and its versions, whichever of its names is asked for', async () => {
  const { laptop, desktop } = await twoComputers();
  mkdirSync(join(laptop.folder, 'Plans'));
  laptop.write('Plans/garden.txt', 'beans');
  laptop.write('other.txt', 'hello');
  await passes(laptop, desktop);
  renameSync(join(laptop.folder, 'Plans/garden.txt'), join(laptop.folder, 'yard.txt'));
  await passes(laptop, desktop);
  laptop.write('yard.txt', 'beans and peas');
  await passes(laptop, desktop);
  const all = ['upload yard.txt', 'move yard.txt', 'upload Plans/garden.txt'];
  for (const name of ['yard.txt', 'Plans/garden.txt']) {
    const { stdout } = await laptop.yetisync('history', '--json', '--path', name);
    expect(allFacts(stdout).map(({ kind, path }) => `${String(kind)} ${String(path)}`)).toEqual(all);
  }
  expect((await laptop.yetisync('history')).stdout).toContain('moved on the host Plans/garden.txt to yard.txt: ');
  mkdirSync(join(laptop.folder, 'Old'));
  laptop.write('Old/list.txt', 'peas');
  await passes(laptop);
  renameSync(join(laptop.folder, 'Old'), join(laptop.folder, 'New'));
  await passes(laptop);
  const along = await laptop.yetisync('history', '--path', 'New/list.txt');
  expect(along.stdout).toContain('uploaded Old/list.txt');
  expect((await desktop.yetisync('history')).stdout).toContain('moved here Plans/garden.txt to yard.txt: ');
});

it('the history tells each step with its reason, by path, kind, time and run', async () => {
  const { laptop, desktop } = await twoComputers();
  mkdirSync(join(laptop.folder, 'Plans'));
  laptop.write('Plans/garden.txt', 'beans');
  laptop.write('notes.txt', 'hello');
  expect((await laptop.yetisync('history')).stdout).toBe('nothing of that kind was done\n');
  await passes(laptop, desktop);
  rmSync(join(laptop.folder, 'notes.txt'));
  await passes(laptop);
  const lines = (await laptop.yetisync('history')).stdout.trim().split('\n');
  expect(lines[0]).toMatch(/run 2 {2}moved to the host's trash notes\.txt.*: removed here/);
  expect(lines).toHaveLength(4);
  const only = async (...words: readonly string[]) =>
    allFacts((await laptop.yetisync('history', '--json', ...words)).stdout).map(({ kind, path }) => [kind, path]);
  expect(await only('--path', 'Plans')).toEqual(
    expect.arrayContaining([
      ['upload', 'Plans/garden.txt'],
      ['createFolder', 'Plans'],
    ]),
  );
  expect(await only('--kind', 'trash')).toEqual([['trash', 'notes.txt']]);
  expect(await only('--run', '2')).toEqual([['trash', 'notes.txt']]);
  expect(await only('--since', '2999-01-01')).toEqual([]);
  expect(await only('--since', '1h', '--limit', '1')).toHaveLength(1);
  expect((await laptop.yetisync('history', '--runs')).stdout).toMatch(
    /run 2 {2}in sync after .*: 1 item moved to the host's trash\n.*run 1 {2}in sync after .*2 files uploaded/,
  );
  expect((await laptop.yetisync('history', '--kind', 'uplod')).stderr).toContain('did you mean upload?');
});
