/** The units of `systemd/`: what the program's contract asks of them, and, where systemd is installed, systemd's own word. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { unitWith } from '../src/cli/unit-text.ts';

const folder = fileURLToPath(new URL('../systemd/', import.meta.url));
const names = ['yetisync-once.service', 'yetisync-once.timer', 'yetisync.service'] as const;
const server = 'yetisync@.service';
const textOf = (name: (typeof names)[number] | typeof server) => readFileSync(join(folder, name), 'utf8');

/** `Service/Type` to its value; a key that stands twice is refused, for none of ours may. */
function settingsOf(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const heading = /^\[(\w+)\]$/.exec(line)?.[1];
    if (heading !== undefined) {
      section = heading;
      continue;
    }
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) throw new Error(`not a line of a unit: ${line}`);
    const name = `${section}/${key}`;
    // lists that may go on
    if (name === 'Service/LoadCredential' || (name === 'Service/SystemCallFilter' && value.startsWith('~'))) continue;
    if (settings.has(name)) throw new Error(`${name} stands twice`);
    settings.set(name, value);
  }
  return settings;
}

it('the service makes one pass, however long it takes, and fails for what a person must see', () => {
  const settings = settingsOf(textOf('yetisync-once.service'));
  expect(settings.get('Service/Type')).toBe('oneshot');
  expect(settings.get('Service/ExecStart')).toBe('yetisync --once');
  expect(settings.get('Service/TimeoutStartSec')).toBe('infinity');
  // Of the exit statuses only "running again may help" is well: the timer runs it again.
  expect(settings.get('Service/SuccessExitStatus')).toBe('1');
  // The program ends itself within ten seconds; systemd must not be quicker.
  expect(Number(settings.get('Service/TimeoutStopSec'))).toBeGreaterThan(10);
  // V8 writes the code that it runs; and a state of the unit's own would part it from the one at the terminal.
  expect([...settings.keys()]).not.toContain('Service/MemoryDenyWriteExecute');
  expect([...settings.keys()]).not.toContain('Service/StateDirectory');
});

it('the timer makes up for missed passes, and computers do not all come at once', () => {
  const settings = settingsOf(textOf('yetisync-once.timer'));
  expect(settings.get('Timer/OnCalendar')).toBe('*:0/15');
  expect(settings.get('Timer/Persistent')).toBe('true');
  expect(settings.get('Timer/RandomizedDelaySec')).toBe('2min');
  expect(settings.get('Install/WantedBy')).toBe('timers.target');
});

it.each(['yetisync.service', server] as const)(
  '%s keeps the daemon running, but for what only a person can mend',
  (name) => {
    const settings = settingsOf(textOf(name));
    expect(settings.get('Service/Type')).toBe('notify');
    expect(settings.get('Service/NotifyAccess')).toBe('all');
    expect(settings.get('Service/Restart')).toBe('on-failure');
    expect(settings.get('Service/RestartSec')).toBe('30s');
    expect(settings.get('Service/RestartPreventExitStatus')).toBe('2 3');
    expect(settings.get('Unit/StartLimitIntervalSec')).toBe('0');
    expect(settings.get('Service/ExecReload')).toBe('kill -HUP $MAINPID');
    expect(Number(settings.get('Service/TimeoutStopSec'))).toBeGreaterThan(10);
    for (const key of ['MemoryDenyWriteExecute', 'PrivateUsers']) expect(settings.has(`Service/${key}`)).toBe(false);
  },
);

it('the server unit keeps state and socket where the program looks, and the keys out of the config', () => {
  const settings = settingsOf(textOf(server));
  expect(settings.get('Service/StateDirectory')).toBe('yetisync/%i');
  expect(settings.get('Service/RuntimeDirectory')).toBe('yetisync/%i');
  expect(textOf(server)).toMatch(/^LoadCredential=key1:.*\nLoadCredential=key2:/m);
});

it('the unit that is written for a person has the whole command line, however it is spelt', () => {
  const words = ['/opt/my node/bin/node', '/home/ann/50%/main.js', '--config', '/home/ann/"x"/$c.json'];
  const text = unitWith(textOf('yetisync.service'), words, { PATH: '/opt/my node/bin:/usr/bin' });
  expect(text).toContain('\nEnvironment="PATH=/opt/my node/bin:/usr/bin"\n');
  expect(text).toContain(
    '\nExecStart="/opt/my node/bin/node" "/home/ann/50%%/main.js" "--config" "/home/ann/\\"x\\"/$$c.json"\n',
  );
});

it.each(['yetisync-once.service', 'yetisync.service', server] as const)(
  'each line of %s that takes something from the program says why in a comment above it',
  (name) => {
    const lines = textOf(name).split('\n');
    const hardening =
      /^(NoNewPrivileges|Restrict(?!Prevent)\w+|SystemCall\w+|Lock\w+|Protect\w+|Private\w+|ProcSubset|CapabilityBoundingSet|AmbientCapabilities|RemoveIPC|UMask)=/;
    const bare = lines.filter((line, at) => hardening.test(line) && lines[at - 1]?.startsWith('# ') !== true);
    expect(lines.filter((line) => hardening.test(line)).length).toBeGreaterThan(5);
    expect(bare).toEqual([]);
  },
);

it('names no place that is not below the home of whoever uses it', () => {
  for (const name of [...names, server] as const) expect(textOf(name)).not.toMatch(/\/home\/|\/root\/|~\//);
});

it('systemd finds the server unit well hardened, where it is installed', () => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) return; // as below
  const base = mkdtempSync(join(tmpdir(), 'yetisync-units-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const program = join(base, 'yetisync');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  const write = (text: string): void =>
    writeFileSync(join(base, server), text.replace(/^ExecStart=yetisync/m, `ExecStart=${program}`));
  const say = (command: string): string =>
    execFileSync('sh', ['-c', `${command} 2>&1 || echo "status $?"`], {
      cwd: base,
      env: { PATH: process.env['PATH'], HOME: base },
      encoding: 'utf8',
    });
  const security = `systemd-analyze security --offline=yes --threshold=20 ${server}`;
  write(textOf(server));
  expect(say('systemd-analyze verify yetisync@backup.service')).toBe('');
  expect(say(security)).not.toContain('status ');
  // And it would have said something.
  write(textOf(server).replace(/^(Protect|Restrict|Private)\w+=.*$/gm, ''));
  expect(say(security)).toContain('status ');
});

it('systemd has nothing to say against them, where it is installed', () => {
  // Without systemd (a container, macOS) the lines above are all that can be checked.
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) return;
  const base = mkdtempSync(join(tmpdir(), 'yetisync-units-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const program = join(base, 'yetisync');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  mkdirSync(join(base, 'run'), { mode: 0o700 });
  for (const name of names)
    writeFileSync(join(base, name), textOf(name).replace(/^ExecStart=yetisync/m, `ExecStart=${program}`));
  const verify = (): string =>
    execFileSync('sh', ['-c', `systemd-analyze verify --user ${names.join(' ')} 2>&1 || echo "status $?"`], {
      cwd: base,
      env: { PATH: process.env['PATH'], HOME: base, XDG_RUNTIME_DIR: join(base, 'run') },
      encoding: 'utf8',
    });
  expect(verify()).toBe('');
  // And it would have said something.
  writeFileSync(join(base, names[0]), textOf(names[0]).replace('RestrictRealtime=yes', 'RestrictRealtme=yes'));
  expect(verify()).toContain('RestrictRealtme');
});
