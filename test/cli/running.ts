/** The program as a child process, as a person runs it: its own home, its own temporary folder, nothing of the tester's. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const project = fileURLToPath(new URL('../../', import.meta.url));
/** The built program where the build is fresh, as in `npm test`; else the source through tsx, which starts more slowly. */
const program = isBuilt()
  ? [join(project, 'dist/main.js')]
  : ['--import', import.meta.resolve('tsx'), join(project, 'src/main.ts')];

function isBuilt(): boolean {
  const built = statSync(join(project, 'dist/main.js'), { throwIfNoEntry: false });
  if (built === undefined) return false;
  const sources = readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' });
  return sources.every((name) => statSync(join(project, 'src', name)).mtimeMs < built.mtimeMs);
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home that is gone after the test. */
export function makeHome(): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'yetisync-cli-')));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, 'tmp'));
  return home;
}

/** What a shell would be given to run it. */
export function commandLine(...words: readonly string[]): string {
  return [process.execPath, ...program, ...words].map((word) => `'${word}'`).join(' ');
}

export class Running {
  readonly child: ChildProcessWithoutNullStreams;
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  #heard: () => void = () => undefined;

  constructor(home: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [...program, ...words], {
      cwd: home,
      env: { PATH: process.env['PATH'], HOME: home, TMPDIR: join(home, 'tmp'), ...env },
    });
    this.child.stdout.on('data', (part: Buffer) => this.#hear('stdout', part));
    this.child.stderr.on('data', (part: Buffer) => this.#hear('stderr', part));
    this.ended = new Promise((resolve) => {
      this.child.on('close', (status, signal) => resolve({ status, signal, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  /** The first line of stdout. */
  async firstLine(): Promise<string> {
    while (!this.stdout.includes('\n')) await Promise.race([this.#next(), this.#endedEarly()]);
    return this.stdout.slice(0, this.stdout.indexOf('\n'));
  }

  async stop(): Promise<Ended> {
    this.child.kill('SIGTERM');
    return this.ended;
  }

  #next(): Promise<void> {
    return new Promise((resolve) => (this.#heard = resolve));
  }

  async #endedEarly(): Promise<never> {
    const { status, stderr } = await this.ended;
    throw new Error(`ended with ${String(status)} before it said anything: ${stderr}`);
  }

  #hear(stream: 'stdout' | 'stderr', part: Buffer): void {
    this[stream] += part.toString('utf8');
    this.#heard();
  }
}

export function run(home: string, words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> {
  const running = new Running(home, words, env);
  running.child.stdin.end();
  return running.ended;
}

export interface RunningHost {
  readonly url: string;
  readonly data: string;
  readonly running: Running;
}

/** `yetisync host` on a free port, stopped after the test. */
export async function startHost(home: string, ...more: readonly string[]): Promise<RunningHost> {
  const data = join(home, 'host');
  const running = new Running(home, ['host', '--data', data, '--port', '0', '--json', ...more]);
  onTestFinished(async () => {
    await running.stop();
  });
  return { url: String(facts(await running.firstLine())['url']), data, running };
}

export interface ConfigParts {
  readonly url: string;
  readonly credentials?: Readonly<Record<string, string>>;
  readonly folders?: readonly { readonly local: string; readonly remote: string }[];
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Writes the config of one computer, its folders too, and returns the config's path. */
export function writeConfig(home: string, name: string, { url, credentials, folders, more }: ConfigParts): string {
  const pairs = folders ?? [{ local: join(home, name), remote: '/Cloud' }];
  for (const { local } of pairs) mkdirSync(local, { recursive: true });
  const path = join(home, `${name}.json`);
  const keys = { key1File: join(home, 'host/keys/user1.key1'), key2File: join(home, 'host/keys/user1.key2') };
  const config = {
    host: url,
    credentials: credentials ?? keys,
    folders: pairs,
    stateDir: join(home, `${name}-state`),
    settle: '0s',
    limits: { requestsPerSecond: 0 },
    reserveDisk: '0',
    ...more,
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

export type Facts = Readonly<Record<string, unknown>>;

/** One line of `--json`. */
export function facts(line: string): Facts {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`no object: ${line}`);
  return Object.fromEntries(Object.entries(value));
}

export function allFacts(text: string): readonly Facts[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(facts);
}
