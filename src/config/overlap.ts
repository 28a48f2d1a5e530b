/**
 * Which folder pairs get in each other's way. Two pairs that share a file would undo each other's work, and a state
 * inside a synced folder would be synced while it is written.
 */
import { dirname, join, basename } from 'node:path';
import type { Disk } from '../ports.ts';
import type { Pair } from './config.ts';

/** One line for each overlap, in the words of the config file. */
export async function overlaps(
  pairs: readonly Pair[],
  stateDir: string,
  disk: Pick<Disk, 'realpath'>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const real = await Promise.all(pairs.map(({ local }) => realPlace(local, disk)));
  const realState = await realPlace(stateDir, disk);

  for (const [index, pair] of pairs.entries()) {
    const place = real[index] ?? pair.local;
    if (isWithin(realState, place)) {
      problems.push(`stateDir: ${stateDir} lies inside the synced folder ${pair.local}: put it elsewhere`);
    }
    for (const [before, other] of pairs.slice(0, index).entries()) {
      const otherPlace = real[before] ?? other.local;
      if (isWithin(place, otherPlace) || isWithin(otherPlace, place)) {
        problems.push(`folders[${index}].local: ${pair.local} and folders[${before}].local ${other.local} overlap`);
      }
      // Most hosts take names that differ in case only for the same.
      const [remote, otherRemote] = [pair.remote.toLowerCase(), other.remote.toLowerCase()];
      if (isWithin(remote, otherRemote) || isWithin(otherRemote, remote)) {
        problems.push(`folders[${index}].remote: ${pair.remote} and folders[${before}].remote ${other.remote} overlap`);
      }
    }
  }
  return problems;
}

/** Whether `path` is `folder` or lies below it; both without a slash at the end. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** `path` with the links of its existing part resolved: a link must not hide that two folders are one. */
async function realPlace(path: string, disk: Pick<Disk, 'realpath'>): Promise<string> {
  try {
    return await disk.realpath(path);
  } catch {
    // Not there yet, or not to be seen: its parent decides. What is wrong with the folder itself, the sync finds out.
    const parent = dirname(path);
    return parent === path ? path : join(await realPlace(parent, disk), basename(path));
  }
}
