/**
 * The log: one JSON object a line. A message is constant and lower-case, the facts are fields. What must hold: no
 * secret, token or download address gets into a line, however deep it lies and also inside a longer text; and no line
 * is lost when the program ends or is killed, so every line is written before the call returns.
 */
import { pino } from 'pino';
import { SyncError } from './errors.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

export const logLevels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug', 'trace'];

export type Facts = Readonly<Record<string, unknown>>;

/** What the rooms see of the log. An error goes into the field `error`. */
export interface Log {
  error(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  info(message: string, facts?: Facts): void;
  debug(message: string, facts?: Facts): void;
  trace(message: string, facts?: Facts): void;
  /** A log whose lines all carry these facts too. */
  child(facts: Facts): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Wall-clock milliseconds for the field `time`; leave it out where the reader stamps lines itself, as journald does. */
  readonly now?: () => number;
  /** Values that must not appear in any line, such as the credentials in use. */
  readonly secrets?: readonly string[];
  /** Where lines go; stderr if left out. */
  readonly stream?: { write(line: string): void };
}

export function createLog({ level, now, secrets = [], stream }: LogOptions): Log {
  const scrub = scrubber(secrets);
  const root = pino(
    {
      level,
      base: null,
      timestamp: now === undefined ? false : () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream ?? stderr(),
  );
  return over(root, scrub);
}

/** Says nothing; for tests and for parts that are run without a log. */
export const silentLog: Log = {
  error: ignore,
  warn: ignore,
  info: ignore,
  debug: ignore,
  trace: ignore,
  child: () => silentLog,
};

function ignore(): void {
  // silent by design
}

function over(target: pino.Logger, scrub: (value: unknown) => unknown): Log {
  const line = (level: LogLevel) => (message: string, facts?: Facts) => {
    // The facts are only walked for a line that will be written.
    if (!target.isLevelEnabled(level)) return;
    target[level](facts === undefined ? {} : (scrub(facts) as object), message);
  };
  return {
    error: line('error'),
    warn: line('warn'),
    info: line('info'),
    debug: line('debug'),
    trace: line('trace'),
    child: (facts) => over(target.child(scrub(facts) as pino.Bindings), scrub),
  };
}

function stderr(): { write(line: string): void } {
  // sync: with buffering, all lines since the last flush are lost when the process exits or is killed
  const destination = pino.destination({ dest: 2, sync: true });
  // A reader of stderr that went away must not take the sync down with it: there is nobody left to tell.
  destination.on('error', ignore);
  return destination;
}

// ---------------------------------------------------------------------------------------------- redaction

const redacted = '[redacted]';

/** Field names whose value is never shown, in lower case without `_` and `-`. */
const secretFields = new Set([
  'accesstoken',
  'apikey',
  'authorization',
  'cookie',
  'downloadurl',
  'key1',
  'key2',
  'password',
  'proxyauthorization',
  'secret',
  'setcookie',
  'token',
  'username',
]);

/** The same inside a text: form bodies, query strings and JSON that found their way into an error message. */
const secretInText =
  /((?:access[_-]?token|download[_-]?(?:url|token)|key1|key2|password|username|authorization)["']?\s*[=:]\s*["']?(?:(?:bearer|basic)\s+)?)[^"'&\s,;}]+/gi;

/** Deeper than any fact is; guards against rings. */
const deepest = 8;

/** Makes the function that turns facts into what may be written. */
function scrubber(secrets: readonly string[]): (value: unknown) => unknown {
  // A very short value would blank half the line; no credential is that short.
  const known = secrets.filter((secret) => secret.length >= 4);

  const scrubText = (text: string): string => {
    let out = text.replace(secretInText, `$1${redacted}`);
    for (const secret of known) out = out.replaceAll(secret, redacted);
    return out;
  };

  const scrubError = (error: Error, depth: number): Facts => ({
    type: error.name,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    message: scrubText(error.message),
    ...(error instanceof SyncError && error.path !== undefined ? { path: scrubText(error.path) } : {}),
    // An error of the table says all by its code. Anything else is a surprise: the stack tells where it came from.
    ...(error instanceof SyncError && error.code !== 'bug' ? {} : { stack: scrubText(error.stack ?? '') }),
    ...(error.cause === undefined ? {} : { cause: scrub(error.cause, depth + 1) }),
  });

  const scrub = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return scrubText(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value !== 'object' || value === null) return value;
    if (depth > deepest) return '[too deep]';
    if (value instanceof Error) return scrubError(value, depth);
    if (value instanceof Date) return value.toISOString();
    if (value instanceof URL) return scrubText(value.href);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Map) return scrub([...value], depth);
    if (value instanceof Set) return scrub([...value], depth);
    if (Array.isArray(value)) return value.map((one) => scrub(one, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([field, one]) => [field, isSecretField(field) ? redacted : scrub(one, depth + 1)]),
    );
  };

  return (value) => scrub(value, 0);
}

function isSecretField(field: string): boolean {
  return secretFields.has(field.toLowerCase().replaceAll(/[_-]/g, ''));
}
