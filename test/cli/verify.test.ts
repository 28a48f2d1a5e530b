/** `yetisync verify`, as a person meets it: what is equal, what is not, and what shows only when every byte is read. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { call } from './in-process.ts';
import { allFacts, makeHome, startHost, writeConfig } from './running.ts';

it('says that both sides are equal, names what is not, and finds by reading what went bad on the host', async () => {
  const home = makeHome();
  const host = await startHost(home);
  const config = writeConfig(home, 'laptop', { url: host.url });
  const yetisync = (...words: readonly string[]) => call(home, [...words, '--config', config]);
  const photo = Buffer.alloc(300_000, 'photo ');
  mkdirSync(join(home, 'laptop/Photos'));
  writeFileSync(join(home, 'laptop/Photos/beach.jpg'), photo);
  writeFileSync(join(home, 'laptop/notes.txt'), 'hello');

  const before = await yetisync('verify');
  expect(before).toMatchObject({ status: 1, stderr: '' });
  expect(before.stdout).toContain('notes.txt\n      new here; next: upload notes.txt');
  expect(before.stdout).toContain('not equal; 3 differences');
  expect(await yetisync('--once')).toMatchObject({ status: 0 });

  const known = await yetisync('verify');
  expect(known).toMatchObject({ status: 0, stderr: '' });
  expect(known.stdout).toContain('equal: 2 files (300 kB) and 1 folder, by what is known');
  const read = await yetisync('verify', '--download', '--json');
  expect(read).toMatchObject({ status: 0, stderr: '' });
  expect(allFacts(read.stdout)).toMatchObject([
    { event: 'verified', isEqual: true, files: 2, folders: 1, bytes: 300_005, readBytes: 600_010 },
    { event: 'summary', exit: 0 },
  ]);

  // a bit that falls over on the host's disk
  const md5 = createHash('md5').update(photo).digest('hex');
  const kept = join(host.data, 'contents', md5.slice(0, 2), md5);
  const bytes = readFileSync(kept);
  bytes[1_000] = 0;
  writeFileSync(kept, bytes);
  expect(await yetisync('verify')).toMatchObject({ status: 0 });
  const bad = await yetisync('verify', '--download');
  expect(bad).toMatchObject({ status: 1, stderr: '' });
  expect(bad.stdout).toContain('Photos/beach.jpg\n      its content on the host is another than both sides agreed on');
  expect(bad.stdout).toContain('not equal; 1 difference\n  alike: 1 file (5 B) and 1 folder');
  expect(readFileSync(join(home, 'laptop/Photos/beach.jpg'))).toEqual(photo);
});

it('ends with 1 where the host is out of reach, and with 3 where the folder is gone', async () => {
  const home = makeHome();
  const host = await startHost(home);
  const config = writeConfig(home, 'laptop', { url: host.url });
  writeFileSync(join(home, 'laptop/notes.txt'), 'hello');
  expect(await call(home, ['--once', '--config', config])).toMatchObject({ status: 0 });
  await host.running.stop();
  const out = await call(home, ['verify', '--config', config]);
  expect(out.status).toBe(1);
  expect(out.stdout).toContain('the host cannot be reached');
  rmSync(join(home, 'laptop'), { recursive: true });
  const gone = await call(home, ['verify', '--config', config]);
  expect(gone.status).toBe(3);
  expect(gone.stdout).toContain('the local folder is missing');
});
