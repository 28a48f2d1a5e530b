import { spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeOutput } from '../../src/cli/output-file.ts';
import { commandLine } from './running.ts';

function place(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'yetisync-output-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return (name) => join(folder, name);
}

it('is written where a link leads, and the link stays', async () => {
  const at = place();
  writeFileSync(at('kept'), 'old');
  symlinkSync('kept', at('link'));
  await writeOutput(at('link'), 'link', 'new');
  expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
  expect(readFileSync(at('kept'), 'utf8')).toBe('new');
});

it('never takes the place of anything but a file', async () => {
  const at = place();
  const server = createServer().listen(at('socket'));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  await expect(writeOutput(at('socket'), 'socket', 'new')).rejects.toMatchObject({
    code: 'usage/wrong',
    message: expect.stringContaining('socket cannot be written: it is no file') as string,
  });
  expect(lstatSync(at('socket')).isSocket()).toBe(true);
});

it('a command whose words come nowhere says so and does not end with 0', () => {
  const full = spawnSync(`${commandLine('--help')} > /dev/full`, { shell: true, encoding: 'utf8' });
  expect(full).toMatchObject({ status: 1, stderr: 'yetisync: what it had to say could not be written (ENOSPC)\n' });
  const read = spawnSync(`${commandLine('--help')} | head -1`, { shell: true, encoding: 'utf8' });
  expect(read).toMatchObject({ stdout: expect.stringMatching(/^Usage: /) as string, stderr: '' });
});
