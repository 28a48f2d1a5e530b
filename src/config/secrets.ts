/**
 * Where the credentials come from: the environment, then the config file and the files that it names, then systemd's
 * credentials. Never the command line, which every user of the computer can read. What must hold: no value gets into
 * a problem or a warning.
 */
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { hasCode, SyncError } from '../errors.ts';
import type { Disk } from '../ports.ts';
import type { Credentials, Env } from './config.ts';
import { expandHome } from './places.ts';
import type { CredentialKeys } from './schema.ts';

export interface SecretPlaces {
  /** The section `credentials` of the config file. */
  readonly keys: CredentialKeys;
  /** Relative `*File` keys start at this file's folder. */
  readonly configPath: string;
  readonly env: Env;
  readonly home: string;
  readonly disk: Pick<Disk, 'lstat' | 'readFile' | 'realpath'>;
}

export interface FoundSecrets {
  /** Absent where there are problems. */
  readonly credentials?: Credentials;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

type Part = 'key1' | 'key2' | 'username' | 'password';
type Found = Partial<Record<Part, string>>;

const parts: readonly Part[] = ['key1', 'key2', 'username', 'password'];
const keyLength = 64;
const howTo = 'give `key1` and `key2`, or `username` and `password`';

export async function findCredentials(places: SecretPlaces): Promise<FoundSecrets> {
  const problems: string[] = [];
  const warnings: string[] = [];
  const report = { problem: (line: string) => problems.push(line), warning: (line: string) => warnings.push(line) };

  // Each source fills what the ones before it left open; the first that has anything decides which kind it is.
  const sources = [
    fromEnvironment(places.env),
    await fromConfig(places, report),
    await fromSystemd(places, (line) => problems.push(line)),
  ];
  if (problems.length > 0) return { problems, warnings };

  const first = sources.find((source) => Object.keys(source).length > 0);
  if (first === undefined) return { problems: [`credentials: are missing: ${howTo}`], warnings };
  if (hasKeys(first) && hasPassword(first))
    return { problems: [`credentials: both kinds at once: ${howTo}`], warnings };

  const found = sources.reduceRight<Found>((filled, source) => ({ ...filled, ...source }), {});
  const credentials = hasKeys(first) ? asKeys(found) : asPassword(found);
  return typeof credentials === 'string' ? { problems: [credentials], warnings } : { credentials, problems, warnings };
}

function fromEnvironment(env: Env): Found {
  return collect((part) => env[`YETISYNC_${part.toUpperCase()}`]?.trim());
}

interface Report {
  problem(line: string): void;
  warning(line: string): void;
}

async function fromConfig({ keys, configPath, home, disk }: SecretPlaces, report: Report): Promise<Found> {
  const found: Found = collect((part) => keys[part]);
  if (found.key1 !== undefined || found.key2 !== undefined || found.password !== undefined) {
    await warnIfOpen(configPath, disk, report);
  }
  for (const part of parts) {
    const named = keys[`${part}File`];
    if (named === undefined) continue;
    if (found[part] !== undefined) {
      report.problem(`credentials.${part}File: \`${part}\` is given too: keep one of them`);
      continue;
    }
    const path = resolve(dirname(configPath), expandHome(named, home));
    try {
      found[part] = await readSecret(path, disk);
      await warnIfOpen(path, disk, report);
    } catch (error) {
      report.problem(`credentials.${part}File: ${path}: ${reasonOf(error)}`);
    }
  }
  return found;
}

async function fromSystemd({ env, disk }: SecretPlaces, problem: (line: string) => void): Promise<Found> {
  const folder = env['CREDENTIALS_DIRECTORY'];
  if (folder === undefined || !isAbsolute(folder)) return {};
  const found: Found = {};
  for (const part of parts) {
    const path = join(folder, part);
    try {
      found[part] = await readSecret(path, disk);
    } catch (error) {
      // A unit sets only the credentials it needs.
      if (!isMissing(error)) problem(`credentials: ${path}: ${reasonOf(error)}`);
    }
  }
  return found;
}

async function readSecret(path: string, disk: SecretPlaces['disk']): Promise<string> {
  // Secrets are often links to where a secret store keeps them.
  const bytes = await disk.readFile(await disk.realpath(path));
  const text = Buffer.from(bytes).toString('utf8').trim();
  if (text === '') throw new SyncError('config/invalid', { detail: 'is empty' });
  return text;
}

async function warnIfOpen(path: string, disk: SecretPlaces['disk'], report: Report): Promise<void> {
  const { mode } = await disk.lstat(await disk.realpath(path));
  if ((mode & 0o044) !== 0)
    report.warning(`${path} holds secrets and can be read by others: run \`chmod 600 ${path}\``);
}

function asKeys({ key1, key2 }: Found): Credentials | string {
  if (key1 === undefined || key2 === undefined)
    return `credentials.${key1 === undefined ? 'key1' : 'key2'}: is missing: ${howTo}`;
  // A host counts a wrong key as a failed sign-in, and locks the account after a few.
  for (const [name, key] of Object.entries({ key1, key2 })) {
    if (key.length !== keyLength) return `credentials.${name}: must be a key of ${keyLength} characters`;
  }
  return { kind: 'keys', key1, key2 };
}

function asPassword({ username, password }: Found): Credentials | string {
  if (username === undefined || password === undefined) {
    return `credentials.${username === undefined ? 'username' : 'password'}: is missing: ${howTo}`;
  }
  return { kind: 'password', username, password };
}

function hasKeys(found: Found): boolean {
  return found.key1 !== undefined || found.key2 !== undefined;
}

function hasPassword(found: Found): boolean {
  return found.username !== undefined || found.password !== undefined;
}

function collect(valueOf: (part: Part) => string | undefined): Found {
  const found: Found = {};
  for (const part of parts) {
    const value = valueOf(part);
    if (value !== undefined && value !== '') found[part] = value;
  }
  return found;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Why a file could not be read, without what is in it. */
function reasonOf(error: unknown): string {
  if (hasCode(error, 'config/invalid')) return error.detail ?? 'is not valid';
  if (isMissing(error)) return 'there is no such file';
  return `cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`;
}
