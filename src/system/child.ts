/** Other programs, started for what only they can do. None is waited for longer than it takes, and a missing one is no failure. */
import { spawn } from 'node:child_process';
import { realClock } from './clock.ts';

export interface ChildEnd {
  /** `null`: it could not be started, was killed, or took too long. */
  readonly status: number | null;
  /** What it said, on both streams; the beginning of it. */
  readonly output: string;
}

export interface ChildOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly longestMs: number;
}

const mostOutput = 64 * 1024;

/** Never rejects. */
export function runProgram(file: string, args: readonly string[], { env, longestMs }: ChildOptions): Promise<ChildEnd> {
  return new Promise((resolve) => {
    const ended = new AbortController();
    let output = '';
    const child = spawn(file, [...args], { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const hear = (part: Buffer): void => {
      if (output.length < mostOutput) output += part.toString('utf8');
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const end = (status: number | null): void => {
      ended.abort();
      resolve({ status, output });
    };
    child.on('error', () => end(null)); // there is no such program
    child.on('close', (status) => end(status));
    realClock.sleep(longestMs, ended.signal).then(
      () => child.kill('SIGKILL'),
      () => undefined, // it ended by itself
    );
  });
}
