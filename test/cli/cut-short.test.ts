/** A pass that does not get to its end: stopped by a signal, or left alone by the host. It ends soon, and the next one makes all well. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { countCallsTo } from './counting-proxy.ts';
import { facts, makeHome, run, Running, startHost, writeConfig } from './running.ts';
import { WebPage } from './web-page.ts';

function manyFiles(folder: string, count: number): readonly string[] {
  const names = Array.from({ length: count }, (_, at) => `${String(at).padStart(3, '0')}.txt`);
  mkdirSync(folder, { recursive: true });
  for (const name of names) writeFileSync(join(folder, name), `content of ${name}`);
  return names;
}

/** Nothing twice, nothing missing, nothing left over. */
async function expectAllOnce(web: WebPage, names: readonly string[]): Promise<void> {
  expect((await web.list('Cloud/Many')).files.map(({ name }) => name).sort()).toEqual(names);
  expect((await web.list('Cloud/yetisync-staging')).files).toEqual([]);
  expect((await web.list('')).files).toEqual([]);
}

/** Milliseconds until the program has ended. */
async function timed(running: Running): Promise<{ readonly ms: number; readonly status: number | null }> {
  const start = performance.now();
  const { status } = await running.ended;
  return { ms: performance.now() - start, status };
}

it.each([
  ['at the first upload', 1, 80],
  ['in the middle', 120, 300],
])(
  'SIGTERM %s ends a pass of many small uploads within ten seconds, and the next one ends in sync',
  async (_, uploads, count) => {
    const home = makeHome();
    const host = await startHost(home);
    const proxy = await countCallsTo(host.url);
    const config = writeConfig(home, 'laptop', { url: proxy.url });
    const names = manyFiles(join(home, 'laptop/Many'), count);
    const running = new Running(home, ['--once', '--config', config]);
    await Promise.race([proxy.reached('file/upload', uploads), running.ended]);
    running.child.kill('SIGTERM');
    const { ms, status } = await timed(running);
    expect(running.stdout).toContain('stopped on request');
    expect(running.stderr).not.toContain('took too long');
    expect(status).toBe(1);
    expect(ms).toBeLessThan(10_000);
    expect(proxy.count('file/upload')).toBeLessThan(count);

    expect(await run(home, ['--once', '--config', config])).toMatchObject({ status: 0, stderr: '' });
    await expectAllOnce(await WebPage.open(host), names);
    expect((await run(home, ['--once', '--config', config])).stdout).toContain('nothing to do');
  },
);

it('new versions, which pass through the staging folder, leave nothing in it either', async () => {
  const home = makeHome();
  const host = await startHost(home);
  const proxy = await countCallsTo(host.url);
  const config = writeConfig(home, 'laptop', { url: proxy.url });
  const folder = join(home, 'laptop/Many');
  const names = manyFiles(folder, 80);
  expect(await run(home, ['--once', '--config', config])).toMatchObject({ status: 0 });
  for (const name of names) writeFileSync(join(folder, name), `new content of ${name}`);
  const running = new Running(home, ['--once', '--config', config]);
  await Promise.race([proxy.reached('file/upload', 80 + 30), running.ended]);
  running.child.kill('SIGTERM');
  const { ms, status } = await timed(running);
  expect(status).toBe(1);
  expect(ms).toBeLessThan(10_000);

  expect(await run(home, ['--once', '--config', config])).toMatchObject({ status: 0, stderr: '' });
  await expectAllOnce(await WebPage.open(host), names);
});

it('a host that is killed in the middle of a pass ends it with 1 before long, and the next one ends in sync', async () => {
  const home = makeHome();
  const host = await startHost(home);
  const proxy = await countCallsTo(host.url);
  const config = writeConfig(home, 'laptop', { url: proxy.url });
  const names = manyFiles(join(home, 'laptop/Many'), 120);
  const running = new Running(home, ['--once', '--config', config]);
  await Promise.race([proxy.reached('file/upload', 40), running.ended]);
  host.running.child.kill('SIGKILL');
  const { ms, status } = await timed(running);
  expect(status).toBe(1);
  expect(ms).toBeLessThan(30_000);

  const again = await startHost(home);
  proxy.leadTo(again.url);
  expect(facts(again.running.stdout)).toMatchObject({ event: 'listening' });
  expect(await run(home, ['--once', '--config', config])).toMatchObject({ status: 0, stderr: '' });
  await expectAllOnce(await WebPage.open(again), names);
});
