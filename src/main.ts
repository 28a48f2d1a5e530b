#!/usr/bin/env node
/**
 * The program: from arguments to a command, from its outcome to an exit status. The only file that meets the process.
 * What must hold: everything printed has left before the process ends; the first SIGINT or SIGTERM asks the command to
 * come to an end, which it does within ten seconds, and the second one ends it at once.
 */
import { createRequire } from 'node:module';
import { homedir, hostname, tmpdir, constants } from 'node:os';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { complaintOf, isAnswered, isUsageError, usageComplaint } from './cli/complaint.ts';
import type { Work } from './cli/command-parts.ts';
import { buildProgram } from './cli/program.ts';
import { makeStyle, type Screen, type Shell } from './cli/shell.ts';
import { meaningOf, SyncError } from './errors.ts';
import { keepHeapSmall } from './system/heap.ts';

/** How long a stop may take before the program ends without waiting any longer. */
const longestStopMs = 9_500;

keepHeapSmall();
const stopping = new AbortController();
const secrets: string[] = [];
/** What the program ends with where a stop takes too long. */
let lateStatus: number = meaningOf('stopped').exit;

const shell: Shell = {
  print: (text) => process.stdout.write(`${text}\n`),
  tell: (text) => process.stderr.write(`${text}\n`),
  keepSecret: (values) => secrets.push(...values),
  ask: isatty(0) && isatty(2) ? ask : null,
  input: readInput,
  out: screenOf(process.stdout),
  err: screenOf(process.stderr),
  env: process.env,
  home: homedir(),
  computer: hostname(),
  system: `${process.platform} ${process.arch}, Node ${process.version}`,
  pid: process.pid,
  program: [process.execPath, fileURLToPath(import.meta.url)],
  cwd: process.cwd(),
  temporary: tmpdir(),
  signal: stopping.signal,
  endsWell: () => (lateStatus = 0),
  onHangUp(listener) {
    process.on('SIGHUP', listener);
    return () => process.off('SIGHUP', listener);
  },
};

/** Why something that was printed came nowhere, where that was not the reader's wish. */
let unwritten: NodeJS.ErrnoException | null = null;
// The reader went away, as `head` does once it has seen enough, or its disk is full: the work goes on, unheard.
process.stdout.on('error', noteUnwritten);
process.stderr.on('error', () => undefined);
process.on('SIGINT', stopOn);
process.on('SIGTERM', stopOn);
process.on('uncaughtException', (error) => void giveUp(error));
process.on('unhandledRejection', (error) => void giveUp(error));

try {
  await endWith(await run(process.argv.slice(2)));
} catch (error) {
  await giveUp(error);
}

async function readInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts).toString('utf8');
}

/** On stderr, so that stdout holds results only. */
async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question, { signal: stopping.signal });
  } catch (cause) {
    throw new SyncError('stopped', { cause });
  } finally {
    terminal.close();
  }
}

async function run(words: readonly string[]): Promise<number> {
  let work: Work | undefined;
  const program = buildProgram(versionOf(), (chosen) => (work = chosen));
  try {
    await program.parseAsync(words, { from: 'user' });
    return (await work?.(shell)) ?? 0;
  } catch (error) {
    if (isAnswered(error)) return 0;
    if (isUsageError(error)) {
      shell.tell(usageComplaint(error, program));
      return meaningOf('usage/wrong').exit;
    }
    if (!(error instanceof SyncError) || error.code === 'bug') throw error;
    shell.tell(complaintOf(error));
    return meaningOf(error.code).exit;
  }
}

function stopOn(signal: NodeJS.Signals): void {
  if (stopping.signal.aborted) process.exit(128 + constants.signals[signal]);
  stopping.abort(new SyncError('stopped'));
  void endInTime();
}

async function endInTime(): Promise<void> {
  const { realClock } = await import('./system/clock.ts');
  await realClock.sleep(longestStopMs);
  shell.tell('yetisync: the stop took too long, so nothing more was waited for; the next pass looks and decides anew');
  process.exit(lateStatus);
}

/** An unknown failure: all that is known of it goes to the log, so that it can be mended. */
async function giveUp(error: unknown): Promise<void> {
  const { createLog } = await import('./log.ts');
  createLog({ level: 'error', secrets }).error('unexpected failure', { error });
  shell.tell('yetisync: an unexpected failure inside yetisync; the line above says where. Please report it.');
  await endWith(meaningOf('bug').exit);
}

/** A connection or a timer that is still open must not keep a finished program alive. */
async function endWith(status: number): Promise<void> {
  process.exitCode = status;
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  if (unwritten !== null && status === 0) {
    shell.tell(`yetisync: what it had to say could not be written (${unwritten.code ?? unwritten.message})`);
    process.exitCode = 1; // whoever reads an empty file must not take it for the answer
  }
  process.exit();
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) =>
    stream.write('', (error) => {
      if (error && stream === process.stdout) noteUnwritten(error);
      resolve();
    }),
  );
}

function noteUnwritten(error: NodeJS.ErrnoException): void {
  const isOfTheFirst = error.code === 'ERR_STREAM_DESTROYED';
  if (error.code !== 'EPIPE' && !isOfTheFirst) unwritten = error;
}

function screenOf(stream: NodeJS.WriteStream & { readonly fd: number }): Screen {
  const isTerminal = isatty(stream.fd);
  const { NO_COLOR, TERM } = process.env;
  const hasColours = isTerminal && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
  const canvas = {
    get columns() {
      return stream.columns ?? 0;
    },
    get rows() {
      return stream.rows ?? 0;
    },
    write: (text: string) => stream.write(text),
  };
  return {
    isTerminal,
    columns: Math.max(40, stream.columns ?? 80),
    style: makeStyle(hasColours),
    canvas: isTerminal && TERM !== 'dumb' ? canvas : null,
  };
}

function versionOf(): string {
  const found: unknown = createRequire(import.meta.url)('../package.json');
  return typeof found === 'object' && found !== null && 'version' in found ? String(found.version) : 'unknown';
}
