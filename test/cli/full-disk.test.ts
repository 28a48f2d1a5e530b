/** A disk that is full to the last byte, with the synced folder and the state on it: a small one, mounted for the test alone. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { commandLine, makeHome, run, startHost, writeConfig } from './running.ts';

const mayMount = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0;

it('S214, S286: that a cut download filled is freed by the next pass; that others filled is said, and nothing is removed on the host', async ({
  skip,
}) => {
  skip(!mayMount, 'to mount a small disk needs root');
  const home = makeHome();
  const host = await startHost(home);
  const big = writeConfig(home, 'big', { url: host.url });
  writeFileSync(join(home, 'big/a'), Buffer.alloc(3_000_000, 'a'));
  writeFileSync(join(home, 'big/b'), 'b');
  expect(await run(home, ['--once', '--config', big])).toMatchObject({ status: 0 });

  const disk = join(home, 'disk');
  mkdirSync(disk);
  const folders = [{ local: join(disk, 'Cloud'), remote: '/Cloud' }];
  const small = writeConfig(home, 'small', { url: host.url, folders, more: { stateDir: join(disk, 'state') } });
  const pass = `${commandLine('--once', '--config', small)} || echo "status $?"`;
  const fill = (file: string): string => `cat /dev/zero > ${join(disk, file)} 2> /dev/null`;
  const script = [
    `mount -t tmpfs -o size=16m none '${disk}'`,
    `mkdir '${join(disk, 'Cloud')}'`,
    pass,
    'echo "-- filled by others"',
    fill('others'),
    pass,
    `rm '${join(disk, 'others')}' && echo "-- filled by a cut download"`,
    fill('Cloud/.yetisync/incoming/f999-900000000'),
    pass,
    `ls '${join(disk, 'Cloud')}'`,
  ].join('\n');
  const { stdout } = await promisify(execFile)('unshare', ['-m', 'sh', '-c', script], {
    env: { PATH: process.env['PATH'], HOME: home },
  });
  const [first, others, cut] = stdout.split(/^-- .*\n/m);
  expect(first).toContain('2 files downloaded');
  expect(others).toContain('the disk is full');
  expect(others).toContain('status 1');
  expect(cut).toContain('in sync after');
  expect(cut).toMatch(/\na\nb\n$/);
  expect(await run(home, ['verify', '--config', big])).toMatchObject({ status: 0 });
});
