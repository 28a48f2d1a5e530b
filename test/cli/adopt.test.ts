/** `yetisync adopt` and `forget`, as a person meets them: a folder that is not the one it was stops its pair until they say that it is meant. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHost } from '../../src/host/host.ts';
import type { Host } from '../../src/host/host.ts';
import { takeLock } from '../../src/state/lock.ts';
import { realClock } from '../../src/system/clock.ts';
import { realDisk } from '../../src/system/disk.ts';
import { realRandom } from '../../src/system/random.ts';
import { call } from './in-process.ts';
import type { CallOptions } from './in-process.ts';
import { allFacts, makeHome, writeConfig } from './running.ts';

const names = ['a.txt', 'b.txt', 'c.txt'];

let host: Host;
let server: Awaited<ReturnType<Host['listen']>>;

beforeAll(async () => {
  host = await openHost({
    storage: { kind: 'memory' },
    habits: ['documented'],
    clock: realClock,
    random: realRandom,
    checkAfterEachCall: false,
  });
  server = await host.listen({ address: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await server.close();
  await host.close();
});

/** Three files in sync, and a second computer that sees what is on the host. */
async function laptop() {
  const home = makeHome();
  const { key1, key2 } = host.admin.addAccount();
  const parts = { url: server.url, credentials: { key1, key2 } };
  const config = writeConfig(home, 'laptop', parts);
  const other = writeConfig(home, 'desktop', parts);
  const folder = join(home, 'laptop');
  for (const name of names) writeFileSync(join(folder, name), `content of ${name}`);
  const yetisync = (words: readonly string[], options: CallOptions = {}) =>
    call(home, [...words, '--config', config], options);
  const filesIn = (path: string) =>
    readdirSync(path)
      .filter((name) => name !== '.yetisync')
      .sort();
  expect(await yetisync(['--once'])).toMatchObject({ status: 0 });
  return {
    home,
    folder,
    config,
    parts,
    yetisync,
    here: () => filesIn(folder),
    async there() {
      expect(await call(home, ['--once', '--config', other])).toMatchObject({ status: 0 });
      return filesIn(join(home, 'desktop'));
    },
  };
}

type Laptop = Awaited<ReturnType<typeof laptop>>;

const marker = ({ folder }: Laptop): string => join(folder, '.yetisync/marker.json');

describe('a folder that is not the one that was synced', () => {
  const spoilt: readonly (readonly [string, string, (at: Laptop) => void])[] = [
    ['no-marker', 'has no marker', (at) => rmSync(marker(at))],
    [
      'no-marker',
      'is its disk mounted?',
      (at) => {
        renameSync(at.folder, `${at.folder}-away`);
        mkdirSync(at.folder);
      },
    ],
    ['damaged', 'cannot be read', (at) => writeFileSync(marker(at), '{')],
    [
      'foreign',
      "another pair's marker",
      (at) => writeFileSync(marker(at), readFileSync(marker(at), 'utf8').replace(/"pair": "\w+"/, '"pair": "other"')),
    ],
  ];

  it('is named with what in it cannot be written, where that is only what yetisync keeps there', async () => {
    const { yetisync, folder } = await laptop();
    rmSync(join(folder, '.yetisync/lock.db.holder'), { force: true });
    mkdirSync(join(folder, '.yetisync/lock.db.holder/x'), { recursive: true });
    const { status, stdout } = await yetisync(['--once']);
    expect(stdout).toContain('.yetisync: cannot be written');
    expect(status).toBe(1);
  });

  it.each(spoilt)(
    'stops its pair, is shown, and is adopted when a person says so: %s, %s',
    async (kind, why, spoil) => {
      const at = await laptop();
      const { yetisync, here, there } = at;
      spoil(at);
      const stopped = await yetisync(['--once']);
      expect(stopped).toMatchObject({ status: 3 });
      expect(stopped.stdout).toContain('run `yetisync adopt` if it is meant, where the daemon runs after stopping it');

      const noOne = await yetisync(['adopt']);
      expect(noOne).toMatchObject({ status: 2, stderr: expect.stringContaining('--yes') as string });
      const refused = await yetisync(['adopt'], { shell: { ask: () => Promise.resolve('n') } });
      expect(refused).toMatchObject({ status: 1, stdout: expect.stringContaining(why) as string });
      expect(await yetisync(['--once'])).toMatchObject({ status: 3 });

      const agreed = await yetisync(['adopt'], { shell: { ask: () => Promise.resolve('y') } });
      expect(agreed).toMatchObject({ status: 0, stderr: '' });
      expect(agreed.stdout).toContain('adopted: the next pass compares both sides and removes nothing');
      expect(await yetisync(['--once'])).toMatchObject({ status: 0 });
      expect([here(), await there()]).toEqual([names, names]);
      const again = await yetisync(['adopt', '--json', '--yes']);
      expect(allFacts(again.stdout)).toMatchObject([{ event: 'own' }]);
      expect(kind).toBeTruthy();
    },
  );

  it('put back from a backup is shown as one, and loses nothing of what came since', async () => {
    const at = await laptop();
    const { folder, yetisync, here, there } = at;
    cpSync(folder, `${folder}-backup`, { recursive: true, preserveTimestamps: true });
    writeFileSync(join(folder, 'a.txt'), 'newer');
    rmSync(join(folder, 'b.txt'));
    writeFileSync(join(folder, 'd.txt'), 'new');
    expect(await yetisync(['--once'])).toMatchObject({ status: 0 });
    rmSync(folder, { recursive: true });
    renameSync(`${folder}-backup`, folder);

    const adopted = await yetisync(['adopt', '--yes', '--json']);
    expect(adopted).toMatchObject({ status: 0, stderr: '' });
    expect(allFacts(adopted.stdout).at(-1)).toMatchObject({ event: 'adopted', why: 'copy', folder });
    expect(await yetisync(['--once'])).toMatchObject({ status: 0 });
    const all = [...names, 'd.txt'];
    expect(here().filter((name) => !name.includes('(conflict'))).toEqual(all);
    expect(here()).toHaveLength(5);
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('newer');
    expect(await there()).toEqual(here());
  });

  it('moved on the same disk is the same folder, and a copy in its place is taken by itself', async () => {
    const { home, folder, parts, there } = await laptop();
    renameSync(folder, join(home, 'moved'));
    const config = writeConfig(home, 'laptop', {
      ...parts,
      folders: [{ local: join(home, 'moved'), remote: '/Cloud' }],
    });
    const yetisync = (...words: readonly string[]) => call(home, [...words, '--config', config]);
    expect((await yetisync('adopt', '--yes')).stdout).toContain('nothing to adopt');
    expect((await yetisync('--once')).stdout).toContain('nothing to do');
    cpSync(join(home, 'moved'), join(home, 'copied'), { recursive: true });
    rmSync(join(home, 'moved'), { recursive: true });
    renameSync(join(home, 'copied'), join(home, 'moved'));
    rmSync(join(home, 'moved/b.txt'));
    expect(await yetisync('--once')).toMatchObject({ status: 0 });
    expect([readdirSync(join(home, 'moved')).filter((name) => name !== '.yetisync'), await there()]).toEqual([
      names,
      names,
    ]);
  });

  it('is not adopted where there is none, nor in the place of a pair that nobody named', async () => {
    const { folder, yetisync } = await laptop();
    renameSync(folder, `${folder}-away`);
    expect(await yetisync(['adopt', '--yes'])).toMatchObject({ status: 3 });
    expect(existsSync(folder)).toBe(false);
    expect(await yetisync(['adopt', 'nothing'])).toMatchObject({ status: 2 });
  });
});

describe('what is known of a pair', () => {
  it('is dropped without touching a file; the next pass is a first sync', async () => {
    const at = await laptop();
    const { home, folder, yetisync, here, there } = at;
    rmSync(join(folder, 'b.txt'));
    writeFileSync(join(folder, 'a.txt'), 'newer');
    expect(await yetisync(['--once'])).toMatchObject({ status: 0 });
    const trashed = readdirSync(join(folder, '.yetisync'));
    expect(await yetisync(['forget'])).toMatchObject({ status: 2 });
    expect(await yetisync(['forget'], { shell: { ask: () => Promise.resolve('') } })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('2 entries in step') as string,
    });
    expect((await yetisync(['forget', '--yes', '--json'])).stdout).toContain('"hadState":true,"hadMarker":true');
    expect(readdirSync(join(folder, '.yetisync'))).toEqual(trashed.filter((name) => name !== 'marker.json'));
    expect(readdirSync(join(home, 'laptop-state')).filter((name) => !name.startsWith('lock'))).toEqual([]);
    expect((await yetisync(['forget', '--yes'])).stdout).toContain('nothing was known of');
    expect((await yetisync(['history'])).stdout).not.toContain('a.txt');

    expect((await yetisync(['--once'])).stdout).toContain('nothing to do');
    expect([here(), await there()]).toEqual([
      ['a.txt', 'c.txt'],
      ['a.txt', 'c.txt'],
    ]);
  });

  it('stays while another process is at work', async () => {
    const { home, yetisync } = await laptop();
    const holder = { pid: 4711, command: 'yetisync' };
    const lock = await takeLock(join(home, 'laptop-state/lock.db'), holder, realDisk);
    try {
      for (const words of [
        ['forget', '--yes'],
        ['adopt', '--yes'],
      ])
        expect(await yetisync(words)).toMatchObject({ status: 1, stderr: expect.stringContaining('4711') as string });
    } finally {
      lock.release();
    }
  });
});
