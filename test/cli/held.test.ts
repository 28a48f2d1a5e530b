/** `yetisync held`, as a person meets it: many removals at once wait, everything else goes on, and the person decides. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { call } from './in-process.ts';
import type { Called } from './in-process.ts';
import { allFacts, makeHome, startHost, writeConfig } from './running.ts';
import { WebPage } from './web-page.ts';

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${String(from + at).padStart(2, '0')}.txt`);
const all = numbers(1, 30);
const most = numbers(1, 22);
const rest = numbers(23, 30);

interface Laptop {
  readonly folder: string;
  readonly web: WebPage;
  readonly host: { readonly data: string };
  yetisync(...words: readonly string[]): Promise<Called>;
  onHost(): Promise<string[]>;
  here(): string[];
}

/** Thirty files in `Old`, in sync. */
async function laptop(): Promise<Laptop> {
  const home = makeHome();
  const host = await startHost(home);
  const config = writeConfig(home, 'laptop', { url: host.url });
  const folder = join(home, 'laptop/Old');
  mkdirSync(folder);
  for (const name of all) writeFileSync(join(folder, name), `content of ${name}`);
  const yetisync = (...words: readonly string[]) => call(home, [...words, '--config', config]);
  expect(await yetisync('--once')).toMatchObject({ status: 0 });
  const web = await WebPage.open(host);
  return {
    folder,
    web,
    host,
    yetisync,
    onHost: async () => (await web.list('Cloud/Old')).files.map(({ name }) => name).sort(),
    here: () => readdirSync(folder).sort(),
  };
}

it('removals made here wait; one that is refused comes back, the others that are agreed to go to the trash of the host', async () => {
  const { folder, yetisync, onHost, here, host } = await laptop();
  for (const name of most) rmSync(join(folder, name));
  writeFileSync(join(folder, 'new.txt'), 'new');
  const first = await yetisync('--once');
  expect(first).toMatchObject({ status: 3, stderr: '' });
  expect(first.stdout).toContain('22 removals on the host held back');
  expect(first.stdout).toContain('… and 17 more');
  expect(first.stdout).toContain('`yetisync held`');
  expect(first.stdout).toContain('1 file uploaded');
  expect(await onHost()).toEqual([...all, 'new.txt'].sort());
  const status = await yetisync('status');
  expect(status.status).toBe(0);
  expect(status.stdout).toContain('22 removals on the host held back');

  const shown = await yetisync('held');
  expect(shown).toMatchObject({ status: 0, stderr: '' });
  expect(shown.stdout).toContain("22 items removed here, waiting to go to the host's trash:\n    Old/  22 items");
  expect(shown.stdout).toContain('yetisync held approve [PATH]');
  const facts = allFacts((await yetisync('held', '--json')).stdout);
  expect(facts.map(({ path }) => path).sort()).toEqual(most.map((name) => `Old/${name}`));
  expect(facts[0]).toMatchObject({ side: 'remote', kind: 'file', approved: false });

  expect(await yetisync('held', 'reject', 'Old/07.txt')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('1 removal refused') as string,
  });
  expect(await yetisync('held', 'reject', 'Old/nothing.txt')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(
      'no removal is held at Old/nothing.txt: `yetisync held` lists those that are',
    ) as string,
  });
  expect(await yetisync('--once')).toMatchObject({ status: 3 });
  expect(here()).toEqual(['07.txt', ...rest, 'new.txt']);
  expect(readFileSync(join(folder, '07.txt'), 'utf8')).toBe('content of 07.txt');

  expect((await yetisync('held', 'approve')).stdout).toContain('21 removals agreed to');
  expect(await yetisync('--once')).toMatchObject({ status: 0 });
  expect(await onHost()).toEqual(['07.txt', ...rest, 'new.txt']);
  expect(await trashOf(host.data)).toEqual(most.filter((name) => name !== '07.txt'));
  expect((await yetisync('held')).stdout).toBe('no removals are held\n');
  rmSync(join(folder, 'new.txt'));
  expect(await yetisync('--once')).toMatchObject({ status: 3 });
  expect((await yetisync('held')).stdout).toContain(
    '(with the 21 items that went within the last hour, unusually many)',
  );
  expect((await yetisync('held', 'approve')).stdout).toContain('1 removal agreed to');
  expect(await yetisync('--once')).toMatchObject({ status: 0 });
  expect((await yetisync('--once')).stdout).toContain('nothing to do');
});

it('removals made on the host wait; one that is refused comes back there, the others go to the trash here', async () => {
  const { folder, web, yetisync, onHost, here } = await laptop();
  await web.trash('Cloud/Old', most);
  writeFileSync(join(folder, 'new.txt'), 'new');
  expect(await yetisync('--once')).toMatchObject({ status: 3 });
  expect(here()).toEqual([...all, 'new.txt'].sort());
  expect((await yetisync('held')).stdout).toContain('22 items removed on the host, waiting to go to the trash here');

  expect((await yetisync('held', 'reject', 'Old/07.txt')).stdout).toContain('1 removal refused');
  expect((await yetisync('held', 'approve', 'Old')).stdout).toContain('21 removals agreed to');
  expect(await yetisync('--once')).toMatchObject({ status: 0 });
  expect(here()).toEqual(['07.txt', ...rest, 'new.txt']);
  expect(await onHost()).toEqual(['07.txt', ...rest, 'new.txt']);
  const kept = readdirSync(join(folder, '../.yetisync/trash'), { recursive: true, encoding: 'utf8' });
  expect(kept.filter((path) => path.endsWith('.txt'))).toHaveLength(21);
  expect((await yetisync('--once')).stdout).toContain('nothing to do');
});

it('of a folder that was removed whole one file can be refused: it comes back, with the folder', async () => {
  const { folder, yetisync, onHost, here } = await laptop();
  rmSync(folder, { recursive: true });
  expect(await yetisync('--once')).toMatchObject({ status: 3 });
  const paths = allFacts((await yetisync('held', '--json')).stdout).map(({ path }) => path);
  expect(paths.sort()).toEqual(['Old', ...all.map((name) => `Old/${name}`)]);
  expect((await yetisync('held', 'reject', 'Old/07.txt')).stdout).toContain('1 removal refused');
  expect((await yetisync('held', 'approve')).stdout).toContain('30 removals agreed to');
  expect(await yetisync('--once')).toMatchObject({ status: 0 });
  expect(here()).toEqual(['07.txt']);
  expect(await onHost()).toEqual(['07.txt']);
  expect((await yetisync('--once')).stdout).toContain('nothing to do');
});

it('who agrees, agrees to the versions that were shown: a file that was changed on the host since comes back', async () => {
  const { folder, web, yetisync, onHost, here } = await laptop();
  for (const name of most) rmSync(join(folder, name));
  expect(await yetisync('--once')).toMatchObject({ status: 3 });
  expect((await yetisync('held', 'approve')).stdout).toContain('22 removals agreed to');
  await web.replace('Cloud/Old', '05.txt', 'a new version');
  expect(await yetisync('--once')).toMatchObject({ status: 0 });
  expect(await onHost()).toEqual(['05.txt', ...rest]);
  expect(here()).toEqual(['05.txt', ...rest]);
  expect(readFileSync(join(folder, '05.txt'), 'utf8')).toBe('a new version');
  expect(existsSync(join(folder, '06.txt'))).toBe(false);
});

/** Names in the host's trash. */
async function trashOf(data: string): Promise<string[]> {
  const { stdout } = await call(makeHome(), ['host', 'trash', 'list', '--data', data, '--account', 'user1']);
  return [...stdout.matchAll(/\d\d\.txt/g)].map(([name]) => name).sort();
}
