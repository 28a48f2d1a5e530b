/** The commands without a process of their own: as `main.ts` runs them, in a fraction of the time. Signals and streams are for `running.ts`. */
import { join } from 'node:path';
import type { Work } from '../../src/cli/command-parts.ts';
import { complaintOf, isUsageError, usageComplaint } from '../../src/cli/complaint.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { makeStyle } from '../../src/cli/shell.ts';
import type { Screen, Shell } from '../../src/cli/shell.ts';
import { meaningOf, SyncError } from '../../src/errors.ts';

export interface Called {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly shell?: Partial<Shell>;
}

/** Answers as the program would: with what was printed and the exit status. */
export async function call(home: string, words: readonly string[], options: CallOptions = {}): Promise<Called> {
  const said = { stdout: '', stderr: '' };
  const shell: Shell = {
    print: (text) => (said.stdout += `${text}\n`),
    tell: (text) => (said.stderr += `${text}\n`),
    keepSecret: () => undefined,
    ask: null,
    input: () => Promise.resolve(''),
    out: quietScreen,
    err: quietScreen,
    env: { HOME: home, ...options.env },
    home,
    cwd: options.cwd ?? home,
    computer: 'tester',
    pid: process.pid,
    temporary: join(home, 'tmp'),
    program: ['node', 'yetisync'],
    system: 'test',
    endsWell: () => undefined,
    onHangUp: () => () => undefined,
    signal: new AbortController().signal,
    ...options.shell,
  };
  let work: Work | undefined;
  const program = buildProgram('0', (chosen) => (work = chosen));
  try {
    await program.parseAsync([...words], { from: 'user' });
    return { status: (await work?.(shell)) ?? 0, ...said };
  } catch (error) {
    if (isUsageError(error)) {
      shell.tell(usageComplaint(error, program));
      return { status: meaningOf('usage/wrong').exit, ...said };
    }
    if (!(error instanceof SyncError) || error.code === 'bug') throw error;
    shell.tell(complaintOf(error));
    return { status: meaningOf(error.code).exit, ...said };
  }
}

const quietScreen: Screen = { isTerminal: false, columns: 80, style: makeStyle(false), canvas: null };
