/** `yetisync import` and `yetisync link`: what a person asks the host for by hand, about web addresses. */
import { openEngine } from '../compose.ts';
import type { PairEngine } from '../compose.ts';
import type { ImportProgress } from '../compose/addresses.ts';
import type { Config } from '../config/config.ts';
import { parseDuration } from '../config/values.ts';
import { ROOT } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import { hasCode, SyncError } from '../errors.ts';
import { realDisk } from '../system/disk.ts';
import { durationText, nameText, pathText, sizeText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { wrongUse } from './complaint.ts';
import { findPaths } from './find-path.ts';
import { engineWorld, openConfig, openLog } from './open-config.ts';
import type { Shell } from './shell.ts';

export interface AddressWords extends Where {
  readonly to?: string;
  readonly timeout?: string;
}

const usualWaitMs = 30 * 60_000;
/** How often it is told that the host is still at it. */
const tellEveryMs = 10_000;

/** 0 once the file is on the host; else as the failure has it. */
export async function importAddress(url: string, words: AddressWords, shell: Shell): Promise<number> {
  const { json = false, to } = words;
  requireAddress(url);
  const waitMs = words.timeout === undefined ? usualWaitMs : waitOf(words.timeout);
  const config = await openConfig(words.config, shell);
  let toldMs = 0;
  const onProgress = ({ sinceMs, size }: ImportProgress): void => {
    if (json || sinceMs - toldMs < tellEveryMs) return;
    toldMs = sinceMs;
    const amount = size === null || size === 0 ? '' : ` of ${sizeText(size)}`;
    shell.tell(shell.err.style.dim(`the host is fetching${amount}, for ${durationText(sinceMs)} so far`));
  };
  return withPair(to, { config, command: 'yetisync import', shell }, async (pair, path) => {
    const { path: at, size } = await pair.importUrl({ url, to: path, waitMs, onProgress });
    if (json) shell.print(JSON.stringify({ event: 'imported', pair: pair.pair.name, path: at, size }));
    else shell.print(`${nameText(at)} (${sizeText(size)}) is on the host; the next pass brings it here`);
    return 0;
  });
}

/** Prints the address alone, so that it can be piped; what there is to know about it goes to stderr. */
export async function printLink(path: string, words: AddressWords, shell: Shell): Promise<number> {
  const config = await openConfig(words.config, shell);
  return withPair(path, { config, command: 'yetisync link', shell }, async (pair, at) => {
    const { url, kind, visibility } = await pair.linkTo(at);
    if (words.json === true) {
      shell.print(JSON.stringify({ event: 'link', pair: pair.pair.name, path: at, kind, url, visibility }));
      return 0;
    }
    shell.print(nameText(url));
    const lasts =
      kind === 'folder'
        ? 'lasts, also when the folder is renamed or moved'
        : 'lasts until the next edit of the file, which gets a new address; renames and moves keep it';
    const guarded =
      visibility === 'private' && kind === 'folder'
        ? '; the folder is private there: only the account itself gets in'
        : '';
    shell.tell(shell.err.style.dim(`${pathText(at)}: this address ${lasts}${guarded}`));
    return 0;
  });
}

async function withPair(
  path: string | undefined,
  { config, command, shell }: { readonly config: Config; readonly command: string; readonly shell: Shell },
  act: (pair: PairEngine, path: RelPath) => Promise<number>,
): Promise<number> {
  const places =
    path === undefined
      ? config.pairs.map((pair) => ({ pair, path: ROOT }))
      : await findPaths(path, config, shell, realDisk);
  const [place, ...more] = places;
  if (place === undefined || more.length > 0)
    throw wrongUse('there are several folder pairs: give the path as it stands here, in the folder that you mean');
  const engine = await openEngine({
    config,
    log: openLog(config, shell),
    ...engineWorld(shell, command),
    isLook: true,
  });
  try {
    const pair = engine.pairs.find((one) => one.pair === place.pair);
    if (pair === undefined) throw new SyncError('bug', { detail: 'no such pair' });
    return await act(pair, place.path);
  } finally {
    await engine.close();
  }
}

function requireAddress(url: string): void {
  const isWeb = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (!isWeb) throw wrongUse(`${url} is no web address: it must begin with https:// or http://`);
}

function waitOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!hasCode(error, 'config/invalid')) throw error;
    throw wrongUse('--timeout must be a duration such as 90s or 2h');
  }
}
