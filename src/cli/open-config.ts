/** What every command that syncs begins with: the config, its warnings, the secrets to keep, and a log for the run. */
import type { EngineOptions } from '../compose/pair-world.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Log, LogLevel } from '../log.ts';
import { createLog } from '../log.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { nameText } from './amounts.ts';
import type { Shell } from './shell.ts';

/** Rejects with `config/invalid`. */
export async function openConfig(path: string | undefined, shell: Shell): Promise<Config> {
  const { config, warnings } = await readConfig(path, shell);
  for (const warning of warnings) shell.tell(`yetisync: ${nameText(warning)}`);
  return config;
}

/** The same for who tells the warnings in its own way. */
export async function readConfig(path: string | undefined, shell: Shell): Promise<LoadedConfig> {
  const loaded = await loadConfig({ path, env: shell.env, home: shell.home, disk: realDisk });
  shell.keepSecret(secretsOf(loaded.config));
  return loaded;
}

/**
 * The log of a command that a person waits for. What was done is printed by the command itself, so only warnings are
 * added, unless the config asks for more than usual.
 */
export function openLog(config: Config, shell: Shell): Log {
  return logOf(config, config.logLevel === 'info' ? 'warn' : config.logLevel, shell);
}

/** The log of the daemon, which is all that it says. */
export function openDaemonLog(config: Config, shell: Shell): Log {
  return logOf(config, config.logLevel, shell);
}

function logOf(config: Config, level: LogLevel, shell: Shell): Log {
  const isJournal = shell.env['JOURNAL_STREAM'] !== undefined;
  // journald stamps lines itself, and takes their weight from their beginning
  const now = isJournal ? {} : { now: () => realClock.now() };
  const write = shell.err.isTerminal ? plainLine : isJournal ? weightedLine : null;
  const stream = write === null ? {} : { stream: { write: (line: string) => shell.tell(write(line)) } };
  return createLog({ level, secrets: secretsOf(config), ...now, ...stream });
}

const weights: Readonly<Record<string, number>> = { error: 3, warn: 4, info: 6 };

/** As `sd-daemon(3)` has it: `<4>{"level":"warn",…}`. */
function weightedLine(line: string): string {
  const level = /^\{"level":"(\w+)"/.exec(line)?.[1] ?? '';
  return `<${weights[level] ?? 7}>${line.trimEnd()}`;
}

/** A line of the log for who sits at a terminal: `warning: state was damaged (aside /x/y)`. */
function plainLine(line: string): string {
  const { level, msg, time: _time, ...facts } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const shown = Object.entries(facts).map(([name, value]) => `${name} ${factText(value)}`);
  const more = shown.length === 0 ? '' : ` (${shown.join(', ')})`;
  return nameText(`${level === 'warn' ? 'warning' : String(level)}: ${String(msg)}${more}`);
}

/** Of an error its message: where in the program it arose helps nobody at a terminal. */
function factText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string')
    return value.message;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What an engine takes from the process. `command` is what a second process is told about who is at work. */
export function engineWorld(
  { env, computer, pid, signal }: Shell,
  command: string,
): Pick<EngineOptions, 'env' | 'computer' | 'process' | 'signal'> {
  return { env, computer, process: { pid, command }, signal };
}

function secretsOf({ credentials }: Config): readonly string[] {
  return credentials.kind === 'keys' ? [credentials.key1, credentials.key2] : [credentials.password];
}
