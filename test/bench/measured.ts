/** What a program took: wall and CPU time, peak memory, with its start. Read by GNU time (Debian's package `time`), for any program alike. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Took {
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMiB: number;
  readonly status: number;
  readonly stdout: string;
}

/** Runs `words`; an end with another status than one of `fine` is an error that says what it printed. */
export function measured(
  words: readonly string[],
  {
    scratch,
    env = {},
    fine = [0],
  }: { scratch: string; env?: Readonly<Record<string, string>>; fine?: readonly number[] },
): Promise<Took> {
  const report = join(scratch, 'took');
  return new Promise((resolve, reject) => {
    const child = spawn('/usr/bin/time', ['-f', '%e %U %S %M', '-o', report, ...words], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (part: Buffer) => (stdout += part.toString('utf8')));
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString('utf8')));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === null || !fine.includes(status)) {
        reject(new Error(`${words.join(' ')} ended with ${String(status)}: ${`${stdout}\n${stderr}`.slice(-800)}`));
        return;
      }
      const line = readFileSync(report, 'utf8').trim().split('\n').at(-1) ?? '';
      const [wallS = 0, user = 0, system = 0, peakKiB = 0] = line.split(' ').map(Number);
      resolve({ wallS, cpuS: user + system, peakMiB: peakKiB / 1024, status, stdout });
    });
  });
}

/** Small files, no two alike, ten folders in each folder. */
export function plant(
  root: string,
  { files, folders, bytes }: { files: number; folders: number; bytes: number },
): void {
  const path = (at: number): string => (at === 0 ? root : join(path(Math.floor(at / 10)), `d${at % 10}`));
  for (let at = 0; at < folders; at++) mkdirSync(path(at), { recursive: true });
  for (let at = 0; at < files; at++) {
    writeFileSync(join(path(at % folders), `f${at}.dat`), Buffer.alloc(bytes, `file ${at} `));
  }
}
