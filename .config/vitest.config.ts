import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Half of the time of a scenario goes into waiting for a disk to sync; where there is a disk in memory with room, that is used. */
function quickTemporaryFolder(): string {
  const memory = '/dev/shm';
  try {
    accessSync(memory, constants.W_OK);
    const { bavail, bsize } = statfsSync(memory);
    if (process.env['TMPDIR'] === undefined && bavail * bsize > 2 * 1024 ** 3) return memory;
  } catch {
    // there is none
  }
  return tmpdir();
}

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // No test changes what others see of the process; to load the program anew for each file took a fifth of the run.
    isolate: false,
    // Half of the tests wait for child processes: a core left to them alone, as is usual, would stand idle.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    env: { TMPDIR: quickTemporaryFolder() },
  },
});
