/** The same work by what people would use instead, where it is installed: rclone bisync over SFTP on loopback, unison, find and cp. */
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measured } from './measured.ts';
import type { Took } from './measured.ts';

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

export interface Rclone {
  /** One pass between `folder` and the server, the first with `first`. */
  pass(folder: string, options?: { readonly first?: boolean }): Promise<Took>;
  stop(): void;
}

export async function startRclone(place: string): Promise<Rclone> {
  const served = join(place, 'rclone-served');
  mkdirSync(join(served, 'x'), { recursive: true });
  const port = await freePort();
  const server = spawn(
    'rclone',
    ['serve', 'sftp', served, '--addr', `127.0.0.1:${port}`, '--user', 'u', '--pass', 'p'],
    { stdio: 'ignore' },
  );
  const config = join(place, 'rclone.conf');
  writeFileSync(config, '');
  const env = { RCLONE_CONFIG: config };
  const more = [`port=${port}`, 'user=u', 'pass=p', 'shell_type=none', 'md5sum_command=none', 'sha1sum_command=none'];
  spawnSync('rclone', ['config', 'create', 'h', 'sftp', 'host=127.0.0.1', ...more], {
    env: { ...process.env, ...env },
  });
  for (let tries = 0; spawnSync('rclone', ['lsd', 'h:'], { env: { ...process.env, ...env } }).status !== 0; tries++) {
    if (tries > 20) throw new Error('rclone does not serve');
  }
  return {
    pass: (folder, { first = false } = {}) =>
      measured(
        [
          'rclone',
          'bisync',
          folder,
          'h:x',
          '--workdir',
          `${folder}-rclone`,
          '--size-only',
          '--transfers',
          '8',
          '--checkers',
          '8',
        ].concat(first ? ['--resync'] : ['--force']),
        { scratch: place, env },
      ),
    stop: () => server.kill('SIGKILL'),
  };
}

/** One pass of unison between two folders of this computer. */
export function unison(place: string, one: string, other: string): Promise<Took> {
  mkdirSync(other, { recursive: true });
  return measured(['unison', one, other, '-batch', '-auto', '-silent', '-ui', 'text'], {
    scratch: place,
    env: { UNISON: join(place, 'unison') },
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
