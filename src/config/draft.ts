/** A config that is being made: its text, and what it comes to, checked as if it were read from its file. */
import { SyncError } from '../errors.ts';
import type { Disk } from '../ports.ts';
import type { Env } from './config.ts';
import { loadConfig } from './load.ts';
import type { LoadedConfig } from './load.ts';

/** Values, or the names of files that hold them. */
export type DraftCredentials =
  | { readonly key1: string; readonly key2: string }
  | { readonly key1File: string; readonly key2File: string }
  | { readonly username: string; readonly password: string }
  | { readonly username: string; readonly passwordFile: string };

export interface Draft {
  readonly host: string;
  readonly credentials: DraftCredentials;
  readonly local: string;
  readonly remote: string;
}

/** Only what must be said: what has a default is left out, so that a later default holds. */
export function draftText({ host, credentials, local, remote }: Draft): string {
  return `${JSON.stringify({ host, credentials, folders: [{ local, remote }] }, null, 2)}\n`;
}

/** Throws `config/invalid`, as `loadConfig` does. Nothing is written. */
export function checkDraft(
  draft: Draft,
  { path, env, home, disk }: { readonly path: string; readonly env: Env; readonly home: string; readonly disk: Disk },
): Promise<LoadedConfig> {
  const bytes = Buffer.from(draftText(draft));
  return loadConfig({
    path,
    // What the draft says counts, whatever the environment says too.
    env: withoutSecrets(env),
    home,
    disk: {
      lstat: async (place) =>
        place === path ? { ...(await disk.lstat(home)), type: 'file', mode: 0o600 } : disk.lstat(place),
      readFile: async (place) => (place === path ? bytes : disk.readFile(place)),
      realpath: async (place) => (place === path ? path : disk.realpath(place)),
    },
  });
}

function withoutSecrets(env: Env): Env {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^YETISYNC_(KEY[12]|USERNAME|PASSWORD)$/.test(name)),
  );
}

/** Makes the file, readable by its owner alone. Throws `config/invalid` if there is one by now. */
export async function writeDraft(draft: Draft, path: string, disk: Disk): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (folder !== '') await disk.mkdirAll(folder, 0o700);
  // RACE: a file that comes up within this millisecond is replaced. Two people would have to set up one account at once.
  if (await isThere(path, disk))
    throw new SyncError('config/invalid', { path, detail: 'came up meanwhile: it is left as it is' });
  await disk.writeFileAtomic(path, draftText(draft), 0o600);
}

export async function isThere(path: string, disk: Pick<Disk, 'lstat'>): Promise<boolean> {
  try {
    await disk.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
