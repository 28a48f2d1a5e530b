/** `yetisync trash`: what yetisync removed or replaced in the synced folders; brought back, or gone for good. */
import { chooseFrom, emptyTrash, lookIntoTrash, restore } from '../compose/trash.ts';
import type { PairTrash } from '../compose/trash.ts';
import type { Config } from '../config/config.ts';
import { parseDuration } from '../config/values.ts';
import { isWithin } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import { hasCode, meaningOf, SyncError } from '../errors.ts';
import { realDisk } from '../system/disk.ts';
import { countText, momentText, nameText, numberText, sizeText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { complaintOf, wrongUse } from './complaint.ts';
import { findPaths } from './find-path.ts';
import { openConfig } from './open-config.ts';
import { worstOf } from './run-outcome.ts';
import { agrees } from './agreement.ts';
import type { Shell } from './shell.ts';

export interface TrashWords extends Where {
  readonly path?: string;
  readonly limit?: string;
  readonly to?: string;
  readonly olderThan?: string;
  readonly yes?: boolean;
}

const usualLimit = 50;

export async function showTrash(
  { config: file, json = false, path, limit }: TrashWords,
  shell: Shell,
): Promise<number> {
  const config = await openConfig(file, shell);
  const most = limit === undefined ? usualLimit : Number(limit);
  if (!Number.isSafeInteger(most) || most < 1) throw wrongUse('--limit must be a whole number from 1 on');
  let count = 0;
  for (const { trash, within } of await trashes(config, path, shell)) {
    const { pair } = trash;
    const entries = within === null ? trash.entries : trash.entries.filter(({ from }) => isWithin(from, within));
    if (entries.length === 0) continue;
    count += entries.length;
    if (json) {
      for (const entry of entries) shell.print(JSON.stringify({ pair: pair.name, ...entry }));
      continue;
    }
    const size = entries.reduce((sum, entry) => sum + entry.size, 0);
    shell.print(
      shell.out.style.bold(`${nameText(pair.local)}: ${countText(entries.length, 'file')}, ${sizeText(size)}`),
    );
    for (const { from, atMs, why, size: bytes } of entries.slice(0, most))
      shell.print(`  ${momentText(atMs)}  ${sizeText(bytes).padStart(7)}  ${nameText(from)}  ${nameText(why)}`);
    if (entries.length > most)
      shell.print(`  … and ${numberText(entries.length - most)} more: \`--limit ${entries.length}\` shows all`);
  }
  if (json) return 0;
  shell.print(count === 0 ? 'the trash is empty' : 'To bring back: yetisync trash restore PATH');
  return 0;
}

export async function restoreTrash(path: string, words: TrashWords, shell: Shell): Promise<number> {
  const { config: file, json = false, to } = words;
  const config = await openConfig(file, shell);
  const target = to === undefined ? null : await findPaths(to, config, shell, realDisk);
  const exits: number[] = [];
  let found = 0;
  for (const { trash, within } of await trashes(config, path, shell)) {
    const { pair, entries } = trash;
    const chosen = chooseFrom(entries, within ?? ('' as RelPath));
    if (chosen.length === 0) continue;
    found += chosen.length;
    const place = target?.find((one) => one.pair === pair)?.path ?? null;
    if (target !== null && (place === null || chosen.length > 1))
      throw wrongUse('--to takes one file, to a place in the same synced folder');
    for (const { entry, path: at, error } of await restore({ pair }, chosen, place)) {
      exits.push(error === null ? 0 : meaningOf(error.code).exit);
      const facts = { pair: pair.name, from: entry.from, path: at, trashPath: entry.trashPath };
      if (json) shell.print(JSON.stringify({ ...facts, restored: error === null, code: error?.code ?? null }));
      else if (error === null) shell.print(`restored ${nameText(at)}, as it was before ${momentText(entry.atMs)}`);
      else shell.tell(refusalText(at, error));
    }
  }
  if (found === 0) throw wrongUse(`the trash holds nothing of ${path}: \`yetisync trash\` lists what there is`);
  if (!json && exits.includes(0)) shell.print('The next pass takes it to the host.');
  return worstOf(exits);
}

function refusalText(path: RelPath, error: SyncError): string {
  if (!hasCode(error, 'local/occupied')) return complaintOf(error);
  return `yetisync: ${nameText(path)}: something is there by now; to restore it beside that: yetisync trash restore ${nameText(path)} --to OTHER-NAME`;
}

export async function emptyAll(
  { config: file, json = false, olderThan, yes }: TrashWords,
  shell: Shell,
): Promise<number> {
  const config = await openConfig(file, shell);
  const ageMs = olderThan === undefined ? 0 : ageOf(olderThan);
  const looked = (await trashes(config, undefined, shell)).map(({ trash }) => trash);
  const goes = ({ entries, seenMs }: PairTrash) => entries.filter(({ atMs }) => atMs <= seenMs - ageMs);
  const all = looked.flatMap(goes);
  const size = all.reduce((sum, entry) => sum + entry.size, 0);
  const amount = `${countText(all.length, 'file')}, ${sizeText(size)}`;
  if (
    all.length > 0 &&
    yes !== true &&
    !(await agrees(`${amount}: end them for good? They cannot be brought back.`, shell))
  )
    return 1;
  for (const one of looked) {
    const ended = await emptyTrash({ pair: one.pair }, one.seenMs, ageMs);
    if (json) shell.print(JSON.stringify({ pair: one.pair.name, ended }));
  }
  if (!json) shell.print(all.length === 0 ? 'there was nothing to end' : `${amount} gone for good`);
  return 0;
}

function ageOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!hasCode(error, 'config/invalid')) throw error;
    throw wrongUse('--older-than must be a duration such as 12h or 7d');
  }
}

interface Chosen {
  readonly trash: PairTrash;
  readonly within: RelPath | null;
}

/** A folder that is not there is told of; the others are shown all the same. */
async function trashes(config: Config, path: string | undefined, shell: Shell): Promise<readonly Chosen[]> {
  const places =
    path === undefined
      ? config.pairs.map((pair) => ({ pair, path: null }))
      : await findPaths(path, config, shell, realDisk);
  const found: Chosen[] = [];
  for (const { pair, path: within } of places) {
    try {
      found.push({ trash: await lookIntoTrash({ pair }), within });
    } catch (error) {
      if (!(error instanceof SyncError) || error.code === 'bug') throw error;
      shell.tell(complaintOf(error));
    }
  }
  return found;
}
