/**
 * What the pages of `yetisync help` tell a person to type: each command line of ours is run, in the order in which it stands, in a folder that
 * has what the page speaks of. Whatever is not run stands among the exceptions with the reason.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { call } from './cli/in-process.ts';
import { makeHome, startHost, writeConfig } from './cli/running.ts';

const folder = new URL('../src/docs/', import.meta.url);
const pages = readdirSync(folder).map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));

const linesOf = (text: string): string[] =>
  [...text.matchAll(/^```sh\n([^]*?)^```$/gm)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.replace(/\s+#\s.*$/, '').trim())
    .filter((line) => line !== '');

/** Not run here, and why. */
const exceptions: Readonly<Record<string, string>> = {
  yetisync: 'runs until it is stopped; test/cli/daemon.test.ts does',
  'mkdir -p ~/.config/systemd/user': 'part of the installation of the units, which test/systemd.test.ts verifies',
  'cp "$(npm root -g)"/yetisync/systemd/yetisync-once.* ~/.config/systemd/user/':
    'needs the package to be installed globally',
  'systemctl --user daemon-reload': 'needs a running systemd',
  'systemctl --user enable --now yetisync-once.timer': 'needs a running systemd',
  'loginctl enable-linger': 'needs a running systemd',
  'yetisync service install': 'needs a running systemd; the unit it writes: test/systemd.test.ts',
  'journalctl --user -u yetisync': 'needs a running systemd',
  'sudo cp "$(npm root -g)"/yetisync/systemd/yetisync@.service /etc/systemd/system/':
    'needs the package to be installed globally',
  'sudo systemctl enable --now yetisync@backup': 'needs a running systemd',
  'yetisync held reject Photos': 'needs a removal that is held there; test/cli/held.test.ts does',
  'npm uninstall -g yetisync': 'changes the system',
  'rm -r ~/.config/yetisync ~/.local/state/yetisync': 'not a command of ours',
  'rm -r ~/Cloud/.yetisync': 'not a command of ours',
};

/** A computer on which there is something to see: a conflict, something in the trash, and a file of each name the pages use. */
async function livedIn() {
  const home = makeHome();
  const { url } = await startHost(home);
  const laptop = writeConfig(home, 'laptop', { url });
  const desktop = writeConfig(home, 'desktop', { url });
  const pass = async (config: string) =>
    expect(await call(home, ['--once', '--config', config])).toMatchObject({ status: 0 });
  const write = (path: string, text: string) => writeFileSync(join(home, path), text);
  mkdirSync(join(home, 'laptop/Photos'));
  write('laptop/Photos/beach.jpg', 'beach');
  write('laptop/notes.txt', 'hello\n');
  for (const config of [laptop, desktop]) await pass(config);
  rmSync(join(home, 'desktop/Photos/beach.jpg'));
  write('desktop/notes.txt', 'hello from the desktop\n');
  write('laptop/notes.txt', 'hello from the laptop\n');
  for (const config of [desktop, laptop]) await pass(config);
  return { home, laptop };
}

describe('the pages of help', () => {
  it('show only commands that work, in the order in which they show them', async () => {
    for (const { name, text } of pages) {
      const ours = linesOf(text).filter((line) => line.startsWith('yetisync') && !Object.hasOwn(exceptions, line));
      if (ours.length === 0) continue;
      const { home, laptop } = await livedIn();
      for (const line of ours) {
        const words = line.split(' ').map((word) => word.replaceAll("'", ''));
        const { status, stdout, stderr } = await call(home, [...words.slice(1), '--config', laptop]);
        expect({ name, line, status, stderr }).toEqual({ name, line, status: 0, stderr: '' });
        expect(stdout).not.toBe('');
      }
    }
  });

  it('give a reason for each line that is not run, and no reason is left over', () => {
    const others = pages
      .flatMap(({ text }) => linesOf(text))
      .filter((line) => !line.startsWith('yetisync') || Object.hasOwn(exceptions, line));
    expect(others.filter((line) => !Object.hasOwn(exceptions, line))).toEqual([]);
    expect(Object.keys(exceptions).filter((line) => !others.includes(line))).toEqual([]);
  });

  it('lead to pages that exist, and each has a title', () => {
    for (const { name, text } of pages) {
      expect({ name, title: /^# \S/.test(text) }).toEqual({ name, title: true });
      for (const [, target] of text.matchAll(/\]\(([^)]+)\)/g))
        expect(pages.map((page) => page.name)).toContain(target);
    }
  });
});
