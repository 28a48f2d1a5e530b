import { accessSync, constants, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const project = fileURLToPath(new URL('..', import.meta.url));

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

/** Those that put other modules in the place of the program's: they need it loaded anew, and nobody may see what they loaded. */
function testsWithMocks(): string[] {
  const names = readdirSync(`${project}test`, { recursive: true, encoding: 'utf8' });
  const tests = names.map((name) => `test/${name}`).filter((path) => path.endsWith('.test.ts'));
  return tests.filter((path) => readFileSync(project + path, 'utf8').includes('vi.mock('));
}

const alone = testsWithMocks();

export default defineConfig({
  test: {
    root: project,
    pool: 'forks',
    // Half of the tests wait for child processes: a core left to them alone, as is usual, would stand idle.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    env: { TMPDIR: quickTemporaryFolder() },
    projects: [
      {
        extends: true,
        // No test here changes what others see of the process; to load the program anew for each file took a fifth of the run.
        test: { name: 'together', include: ['test/**/*.test.ts'], exclude: alone, isolate: false },
      },
      { extends: true, test: { name: 'alone', include: alone, isolate: true } },
    ],
  },
});
