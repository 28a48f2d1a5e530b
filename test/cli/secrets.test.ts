/** Keys, tokens and the addresses of downloads reach nobody: no output, no log at its most talkative, no file that yetisync keeps. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { countCallsTo } from './counting-proxy.ts';
import { makeHome, run, startHost, writeConfig } from './running.ts';

it('S362: are in nothing that is printed, logged or kept', async () => {
  const home = makeHome();
  const host = await startHost(home);
  const proxy = await countCallsTo(host.url);
  const more = { log: { level: 'trace' } };
  const laptop = writeConfig(home, 'laptop', { url: proxy.url, more });
  const desktop = writeConfig(home, 'desktop', { url: proxy.url, more });
  writeFileSync(join(home, 'laptop/notes.txt'), 'hello');
  writeFileSync(join(home, 'laptop/gone.txt'), 'gone');

  let printed = '';
  const seen = new Set<string>();
  const yetisync = async (config: string, ...words: readonly string[]): Promise<void> => {
    const running = run(home, [...words, '--config', config]);
    const watching = setInterval(() => processes().forEach((line) => seen.add(line)), 50);
    const { stdout, stderr } = await running;
    clearInterval(watching);
    printed += stdout + stderr;
  };
  await yetisync(laptop, '--once', '--json');
  await yetisync(desktop, '--once');
  rmSync(join(home, 'laptop/gone.txt'));
  writeFileSync(join(home, 'desktop/notes.txt'), 'hello again');
  await yetisync(desktop, '--once');
  await yetisync(laptop, '--once', '--dry-run');
  await yetisync(laptop, 'check', '--json');
  await yetisync(laptop, 'verify', '--download', '--json');
  await yetisync(laptop, 'explain', join(home, 'laptop/notes.txt'), '--json');
  await yetisync(laptop, 'history', '--json');
  // and where things go wrong
  await host.running.stop();
  await yetisync(laptop, '--once', '--json');

  const keys = ['key1', 'key2'].map((name) => readFileSync(join(home, `host/keys/user1.${name}`), 'utf8').trim());
  const secrets = [...keys, ...proxy.secrets];
  expect(keys.every((key) => key.length === 64)).toBe(true);
  expect([...proxy.secrets].some((secret) => secret.startsWith('http'))).toBe(true);
  expect([...proxy.secrets].filter((secret) => !secret.startsWith('http')).length).toBeGreaterThan(3);
  const kept = ['laptop', 'desktop', 'laptop-state', 'desktop-state', 'tmp'].flatMap((folder) =>
    readdirSync(join(home, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')),
  );
  expect(kept.some((text) => text.startsWith('SQLite format 3'))).toBe(true);
  expect([...seen].some((line) => line.includes('--once'))).toBe(true);
  for (const secret of secrets) {
    expect([...seen].some((line) => line.includes(secret))).toBe(false);
    expect(printed.includes(secret)).toBe(false);
    expect(kept.some((text) => text.includes(secret))).toBe(false);
  }
}, 120_000);

/** As `ps` shows them to everybody. */
function processes(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return ''; // it ended meanwhile
      }
    });
}
