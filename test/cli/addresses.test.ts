/** A web address comes into the folder by way of the host, and what is there has an address. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { call } from './in-process.ts';
import { allFacts, makeHome, startHost, writeConfig } from './running.ts';

/** A site with one tune, and an answer that never ends. */
async function elsewhere(): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const found = incoming.url === '/songs/tune.mp3';
    outgoing.writeHead(found ? 200 : incoming.url === '/slow' ? 200 : 404, { 'Content-Type': 'audio/mpeg' });
    if (incoming.url === '/slow') outgoing.write('la');
    else outgoing.end(found ? 'la la la' : 'not here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('an address is fetched by the host, into a folder or under a name, and failures are told', async () => {
  const home = makeHome();
  const { url } = await startHost(home);
  const config = writeConfig(home, 'laptop', { url });
  const folder = join(home, 'laptop');
  const yetisync = (...words: readonly string[]) => call(home, [...words, '--config', config]);
  const site = await elsewhere();
  expect((await yetisync('import', `${site}/songs/tune.mp3`)).stderr).toContain('make a first pass');
  mkdirSync(join(folder, 'Music'));
  writeFileSync(join(folder, 'Music/notes.txt'), 'a tune');
  await yetisync('--once');

  expect(await yetisync('import', `${site}/songs/tune.mp3`)).toMatchObject({
    status: 0,
    stdout: 'tune.mp3 (8 B) is on the host; the next pass brings it here\n',
    stderr: '',
  });
  const named = await yetisync('import', `${site}/songs/tune.mp3`, '--to', 'Music/song.mp3', '--json');
  expect(allFacts(named.stdout)).toEqual([{ event: 'imported', pair: 'laptop', path: 'Music/song.mp3', size: 8 }]);
  expect((await yetisync('import', `${site}/songs/tune.mp3`, '--to', 'Music')).stdout).toContain('Music/tune.mp3');
  expect(await yetisync('--once')).toMatchObject({ status: 0 });
  for (const path of ['tune.mp3', 'Music/song.mp3', 'Music/tune.mp3'])
    expect(readFileSync(join(folder, path), 'utf8')).toBe('la la la');

  const refused = async (...words: readonly string[]) => {
    const { status, stderr } = await yetisync('import', ...words);
    expect(status).toBeGreaterThan(0);
    return stderr;
  };
  expect(await refused(`${site}/nothing`)).toContain('could not fetch the address');
  expect(await refused(`${site}/songs/tune.mp3`, '--to', 'Music/song.mp3')).toContain('not overwritten');
  expect(await refused(`${site}/songs/tune.mp3`, '--to', 'Films/song.mp3')).toContain('no folder Films on the host');
  expect(await refused('ftp://example.org/tune')).toContain('no web address');
  expect(await refused(`${site}/slow`, '--timeout', '1ms')).toContain('the host is still fetching');
  expect(await refused(`${site}/slow`, '--timeout', 'soon')).toContain('--timeout must be a duration');

  const link = await yetisync('link', 'Music/notes.txt');
  expect(link).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('until the next edit of the file') as string,
  });
  expect(link.stdout).toMatch(/^http:\/\/\S+\n$/);
  expect((await yetisync('link', 'Music')).stderr).toMatch(/lasts, also when .* the folder is private there/);
  expect(allFacts((await yetisync('link', 'Music', '--json')).stdout)).toMatchObject([
    { kind: 'folder', path: 'Music' },
  ]);
  writeFileSync(join(folder, 'unsent.txt'), 'x');
  expect(await yetisync('link', 'unsent.txt')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('was it synced yet?') as string,
  });
});
