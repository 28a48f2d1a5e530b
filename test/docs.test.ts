/**
 * What README.md tells a person to type. Each command line in it is either run here, against the bundled host and in a home of its
 * own, or stands among the exceptions with the reason why it is not.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildProgram } from '../src/cli/program.ts';
import { makeHome, run, startHost } from './cli/running.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** Lines of the fenced blocks of shell, without comments. */
const typed = [...readme.matchAll(/^ *```(?:sh|console)\n([^]*?)^ *```$/gm)]
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => line.replace(/\s+#\s.*$/, '').trim())
  .filter((line) => line !== '');

/** Not run here, and why. */
const exceptions: Readonly<Record<string, string>> = {
  'npm ci && npm run demo': 'installs packages; the demo itself is run by test/cli/demo.test.ts',
  'npm ci && npm run build && npm install -g .': 'installs into the system',
  'yetisync service install': 'needs a running systemd; the unit it writes: test/systemd.test.ts',
  yetisync: 'runs until it is stopped: test/cli/daemon.test.ts',
  'yetisync host --data ~/yetihost': 'runs until it is stopped; the same command on a free port serves the others here',
  'yetisync init': 'asks a person; test/cli/init.test.ts answers',
};

it('every command line that it shows for yetisync works, in the order in which it shows them', async () => {
  const home = makeHome();
  const { url } = await startHost(home);
  mkdirSync(join(home, 'Cloud'));
  mkdirSync(join(home, '.config/yetisync'), { recursive: true });
  writeFileSync(join(home, 'Cloud/notes.txt'), 'hello\n');
  const credentials = { key1File: join(home, 'host/keys/user1.key1'), key2File: join(home, 'host/keys/user1.key2') };
  // The smallest config, with what the README itself shows of it.
  const shown = JSON.parse(/```json\n([^]*?)```/.exec(readme)?.[1] ?? '') as Record<string, unknown>;
  writeFileSync(join(home, '.config/yetisync/config.json'), JSON.stringify({ ...shown, host: url, credentials }), {
    mode: 0o600,
  });
  const ours = typed.filter((line) => line.startsWith('yetisync') && !Object.hasOwn(exceptions, line));
  expect(ours).toContain('yetisync --once');
  expect(ours).toContain('yetisync check');
  for (const line of ours) {
    const { status, stdout, stderr } = await run(home, line.split(' ').slice(1));
    expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' });
    expect(stdout).not.toBe('');
  }
});

it('every other command line is an exception with a reason, and no exception is left over', () => {
  expect(typed.filter((line) => !line.startsWith('yetisync') && !Object.hasOwn(exceptions, line))).toEqual([]);
  expect(Object.keys(exceptions).filter((line) => !typed.includes(line))).toEqual([]);
});

it('the table of commands names each command that there is, and none that is not', () => {
  const table = /## Commands\n([^]*?)\n\n`--help`/.exec(readme)?.[1] ?? '';
  const named = [...table.matchAll(/^\|.*\|/gm)]
    .flatMap(([row]) => [...row.matchAll(/`yetisync (\w+)/g)].map(([, name]) => name))
    .sort();
  const program = buildProgram('0', () => undefined);
  const shown = program.createHelp().visibleCommands(program);
  expect([...new Set(named)]).toEqual(shown.map((command) => command.name()).sort());
});

it('links to parts of itself and to files that exist', () => {
  const anchors = new Set(
    [...readme.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
  for (const [, target = ''] of readme.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith('#')) expect(anchors).toContain(target.slice(1));
    else if (!target.includes('://'))
      expect(() => readFileSync(new URL(`../${target}`, import.meta.url))).not.toThrow();
  }
});
