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

/** In the environment of whoever gave them to yetisync that way; no business of other programs. */
const secrets = /^YETISYNC_(KEY1|KEY2|USERNAME|PASSWORD)$/;

/** Never rejects. The keys that yetisync itself may have from its environment do not go to the other program. */
export function runProgram(file: string, args: readonly string[], { env, longestMs }: ChildOptions): Promise<ChildEnd> {
  return new Promise((resolve) => {
    const ended = new AbortController();
    let output = '';
    const given = Object.fromEntries(Object.entries(env).filter(([name]) => !secrets.test(name)));
    const child = spawn(file, [...args], { env: given, stdio: ['ignore', 'pipe', 'pipe'] });
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
