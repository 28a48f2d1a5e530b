/**
 * From the config file, the environment and the defaults to one checked `Config`. Whatever is wrong is found in one
 * reading and thrown as one `config/invalid`, a line for each problem. What must hold: no value of the file is quoted
 * in an error, since it may be a secret; only a rule of `ignore` is, by which it is found.
 */
import { basename } from 'node:path';
import { SyncError } from '../errors.ts';
import type { Disk } from '../ports.ts';
import type { Config, Env, Limits, Pair } from './config.ts';
import { defaults } from './defaults.ts';
import { isWithin, overlaps } from './overlap.ts';
import { configPath, localPath, runtimePath, statePath } from './places.ts';
import { readFileConfig, type FileConfig } from './schema.ts';
import { findCredentials } from './secrets.ts';

export interface LoadOptions {
  /** What `--config` says. */
  readonly path?: string | undefined;
  readonly env: Env;
  /** The user's home folder, absolute. */
  readonly home: string;
  readonly disk: Pick<Disk, 'lstat' | 'readFile' | 'realpath'>;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read. */
  readonly path: string;
  /** What a person should mend but need not; one sentence each. */
  readonly warnings: readonly string[];
}

/** Throws `config/invalid` with the file as its path and every problem as a line of its detail. */
export async function loadConfig({ path: option, env, home, disk }: LoadOptions): Promise<LoadedConfig> {
  const path = configPath(option, env, home);
  const { sections, problems: ofFile } = readFileConfig(parseJson(await readText(path, disk), path));
  const problems = [...ofFile];
  const warnings: string[] = [];

  if (sections.host?.insecure === true && sections.allowInsecure !== true) {
    problems.push('host: plain http shows keys and files to the network: use https, or set `allowInsecure` to true');
  }

  const secretsAreReadable = sections.credentials !== undefined || !mentions(ofFile, 'credentials');
  const secrets = secretsAreReadable
    ? await findCredentials({ keys: sections.credentials ?? {}, configPath: path, env, home, disk })
    : undefined;
  problems.push(...(secrets?.problems ?? []));
  warnings.push(...(secrets?.warnings ?? []));

  const pairs = toPairs(sections.folders ?? [], home);
  const stateDir = statePath(sections.stateDir, env, home);
  problems.push(...(await overlaps(pairs, stateDir, disk)));
  const around = pairs.find(({ local }) => isWithin(path, local));
  if (around !== undefined)
    warnings.push(`${path} lies inside the synced folder ${around.local}: it travels to the host`);

  const { host } = sections;
  const credentials = secrets?.credentials;
  if (problems.length > 0 || host === undefined || credentials === undefined) {
    throw new SyncError('config/invalid', { path, detail: problems.join('\n') });
  }
  const config: Config = {
    ...settings(sections),
    host: { base: host.base, identity: host.identity },
    credentials,
    pairs,
    stateDir,
    runtimeDir: runtimePath(env),
  };
  return { config, path, warnings };
}

/** Everything that has a default. */
function settings(file: Partial<FileConfig>): typeof defaults {
  return {
    poll: {
      intervalMs: file.poll?.interval ?? defaults.poll.intervalMs,
      fullSweepMs: file.poll?.fullSweep ?? defaults.poll.fullSweepMs,
    },
    settleMs: file.settle ?? defaults.settleMs,
    limits: toLimits(file.limits),
    holdRemovals: {
      percent: file.holdRemovals?.percent ?? defaults.holdRemovals.percent,
      count: file.holdRemovals?.count ?? defaults.holdRemovals.count,
    },
    ignore: file.ignore ?? defaults.ignore,
    trashKeepMs: file.trash?.keep ?? defaults.trashKeepMs,
    reserveDiskBytes: file.reserveDisk ?? defaults.reserveDiskBytes,
    onStale:
      file.onStale === undefined ? defaults.onStale : { afterMs: file.onStale.after, command: file.onStale.command },
    metrics: file.metrics ?? defaults.metrics,
    notify: file.notify ?? defaults.notify,
    allowInsecure: file.allowInsecure ?? defaults.allowInsecure,
    logLevel: file.log?.level ?? defaults.logLevel,
  };
}

function toLimits(limits: FileConfig['limits']): Limits {
  return {
    requestsPerSecond: limits?.requestsPerSecond ?? defaults.limits.requestsPerSecond,
    uploads: limits?.uploads ?? defaults.limits.uploads,
    downloads: limits?.downloads ?? defaults.limits.downloads,
    uploadRate: limits?.uploadRate ?? defaults.limits.uploadRate,
    downloadRate: limits?.downloadRate ?? defaults.limits.downloadRate,
  };
}

function toPairs(folders: FileConfig['folders'], home: string): Pair[] {
  const placed = folders.map(({ local, remote, exclude = [] }) => ({ local: localPath(local, home), remote, exclude }));
  // The name does not hang on the order in the file: where two folders end alike, both go by their whole path.
  const short = (local: string) => basename(local) || local;
  return placed.map((pair) => {
    const alike = placed.filter(({ local }) => short(local) === short(pair.local));
    return { name: alike.length === 1 ? short(pair.local) : pair.local, ...pair };
  });
}

function mentions(problems: readonly string[], key: string): boolean {
  return problems.some((line) => line.startsWith(`${key}:`) || line.startsWith(`${key}.`));
}

// ---------------------------------------------------------------------------------------------- reading the file

async function readText(path: string, disk: LoadOptions['disk']): Promise<string> {
  try {
    // The file itself may be a link, as those who keep their settings in a repository have it.
    return Buffer.from(await disk.readFile(await disk.realpath(path))).toString('utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    const detail =
      code === 'ENOENT' ? 'there is no such file: run `yetisync init` to make one' : `cannot be read: ${code}`;
    throw new SyncError('config/invalid', { path, detail, cause });
  }
}

function parseJson(text: string, path: string): unknown {
  const json = text.replace(/^\ufeff/, '');
  try {
    return JSON.parse(json);
  } catch (error) {
    // Neither Node's message nor the error itself is passed on: both quote the file, secrets and all.
    const line = lineOf(error instanceof Error ? error.message : '', json);
    const where = line === undefined ? '' : ` (line ${line})`;
    throw new SyncError('config/invalid', {
      path,
      detail: `is not JSON${where}: look for a comma or quote too many or too few`,
    });
  }
}

/** The line that `JSON.parse` stumbled over; its message tells the position, or some of the text around it. */
function lineOf(message: string, json: string): number | undefined {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return lineAt(json, Number(position));
  if (message.includes('end of JSON')) return lineAt(json, json.length);
  const [, token = '', cut, snippet = ''] = aroundToken.exec(message) ?? [];
  const start = snippet.length < 5 ? -1 : json.indexOf(snippet);
  if (start < 0 || json.includes(snippet, start + 1)) return undefined;
  return lineAt(json, start + (cut === undefined ? snippet.indexOf(token) : 10));
}

/** `Unexpected token 'x', ..."ten before, ten after"... is not valid JSON`; the dots only where the text was cut. */
const aroundToken = /^Unexpected token '?([^]*?)'?, (\.\.\.)?"([^]*)"(?:\.\.\.)? is not valid JSON$/;

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
