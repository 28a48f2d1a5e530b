/**
 * The config file's schema: which keys there are, and what each may hold. Every complaint is a line of its own that
 * begins with the key's path and says what would be right; all of them are found in one reading.
 */
import * as z from 'zod';
import { hasCode } from '../errors.ts';
import { parseHostAddress } from './address.ts';
import { keyPath, nearest } from './problems.ts';
import {
  parseDuration,
  parseDurationFrom,
  parseExclude,
  parseLocalPath,
  parseRemotePath,
  parseRule,
  parseSize,
  parseTimetable,
} from './values.ts';

// ---------------------------------------------------------------------------------------------- building blocks

/** The message of a leaf: what it must be, or that it is missing. */
function expecting(what: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) =>
      input === undefined ? `is missing: it must be ${what}` : `must be ${what}`,
  };
}

/** An object that knows its keys: any other is an error that names the nearest. */
function object<S extends z.ZodRawShape>(shape: S) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') return unknownKeys(issue.path ?? [], issue.keys, keys);
      return expecting(`an object with ${keys.map((key) => `"${key}"`).join(', ')}`).error(issue);
    },
  });
}

function unknownKeys(path: readonly PropertyKey[], unknown: readonly string[], known: readonly string[]): string {
  return unknown
    .map((key) => {
      const near = nearest(key, known);
      const hint = near === undefined ? '' : `, did you mean "${near}"?`;
      return `${keyPath([...path, key])}: unknown key${hint} (known here: ${known.join(', ')})`;
    })
    .join('\n');
}

/** A value that one of the parse functions reads. */
function parsed<T>(parse: (input: unknown) => T) {
  return z.unknown().transform((input, context): T => {
    try {
      return parse(input);
    } catch (error) {
      if (!hasCode(error, 'config/invalid')) throw error;
      const detail = error.detail ?? 'is not valid';
      context.addIssue({ code: 'custom', message: input === undefined ? `is missing: it ${detail}` : detail });
      return z.NEVER;
    }
  });
}

function wholeNumber(least: number, most: number) {
  const what = expecting(`a whole number from ${least} to ${most}`);
  return z.int(what).min(least, what).max(most, what);
}

function list<T extends z.ZodType>(of: T, what: string) {
  return z.array(of, expecting(what));
}

const words = z.string(expecting('a text')).min(1, expecting('a text that is not empty'));
const yesOrNo = z.boolean(expecting('true or false'));
const key = z.string(expecting('a key of 64 characters')).trim().length(64, expecting('a key of 64 characters'));
const duration = parsed(parseDuration);
/** The contract with the host: it is never polled more often. */
const pollDuration = parsed(parseDurationFrom(5_000, '5s'));

// ---------------------------------------------------------------------------------------------- the file

const credentials = object({
  key1: key.optional(),
  key2: key.optional(),
  username: words.optional(),
  password: words.optional(),
  key1File: words.optional(),
  key2File: words.optional(),
  usernameFile: words.optional(),
  passwordFile: words.optional(),
});

const folder = object({
  local: parsed(parseLocalPath),
  remote: parsed(parseRemotePath),
  exclude: list(parsed(parseExclude), 'a list of folders such as ["/Videos"]').optional(),
});

const logLevel = ['error', 'warn', 'info', 'debug', 'trace'] as const;

const file = object({
  host: parsed(parseHostAddress),
  /** May be left out where the environment or systemd holds all of it. */
  credentials: credentials.optional(),
  folders: list(folder, 'a list of folder pairs').min(1, expecting('a list of at least one folder pair')),
  stateDir: parsed(parseLocalPath).optional(),
  poll: object({ interval: pollDuration.optional(), fullSweep: pollDuration.optional() }).optional(),
  settle: duration.optional(),
  limits: object({
    requestsPerSecond: z.number(expecting('a number, or 0 for no limit')).min(0, expecting('0 or more')).optional(),
    uploads: wholeNumber(1, 64).optional(),
    downloads: wholeNumber(1, 64).optional(),
    uploadRate: parsed(parseTimetable).optional(),
    downloadRate: parsed(parseTimetable).optional(),
  }).optional(),
  holdRemovals: object({
    percent: z
      .number(expecting('a number from 0 to 100'))
      .min(0, expecting('a number from 0 to 100'))
      .max(100, expecting('a number from 0 to 100'))
      .optional(),
    count: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  }).optional(),
  ignore: list(parsed(parseRule), 'a list of rules such as ["*.iso"]').optional(),
  trash: object({ keep: duration.optional() }).optional(),
  reserveDisk: parsed(parseSize).optional(),
  onStale: object({ after: duration, command: words }).optional(),
  metrics: object({ port: wholeNumber(1, 65_535) }).optional(),
  notify: yesOrNo.optional(),
  allowInsecure: yesOrNo.optional(),
  log: object({
    level: z.enum(logLevel, expecting(`one of ${logLevel.map((one) => `"${one}"`).join(', ')}`)).optional(),
  }).optional(),
});

export type FileConfig = z.output<typeof file>;
export type CredentialKeys = z.output<typeof credentials>;

export interface Reading {
  /** The sections that are right; all of them when `problems` is empty. */
  readonly sections: Partial<FileConfig>;
  /** One line each: `poll.interval: must be at least "5s"`. */
  readonly problems: readonly string[];
}

/** Checks what `JSON.parse` gave. Never throws, never quotes a value, which may be a secret; but a rule of `ignore` that is none. */
export function readFileConfig(json: unknown): Reading {
  const whole = file.safeParse(json);
  if (whole.success) return { sections: whole.data, problems: [] };
  return { sections: rightSections(json), problems: whole.error.issues.flatMap(toLines) };
}

/** What can still be judged when something else is wrong, so that one reading finds all there is to mend. */
function rightSections(json: unknown): Partial<FileConfig> {
  if (typeof json !== 'object' || json === null) return {};
  const values: Readonly<Record<string, unknown>> = { ...json };
  const right = Object.entries(file.shape).flatMap(([name, schema]) => {
    const section = schema.safeParse(values[name]);
    return section.success ? [[name, section.data] as const] : [];
  });
  return Object.fromEntries(right);
}

function toLines({ code, path, message }: z.core.$ZodIssue): string[] {
  if (code === 'unrecognized_keys') return message.split('\n');
  return [path.length === 0 ? `the config ${message}` : `${keyPath(path)}: ${message}`];
}
