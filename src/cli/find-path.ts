/** Which file of which pair a person means by a path, as they type it or as a report shows it. */
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Config, Pair } from '../config/config.ts';
import { expandHome } from '../config/places.ts';
import { parseRelPath } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import type { Disk } from '../ports.ts';
import { wrongUse } from './complaint.ts';
import type { Shell } from './shell.ts';

export interface PlacedPath {
  readonly pair: Pair;
  readonly path: RelPath;
}

/**
 * A path that leads into a synced folder, from where the person stands, means just that file. Any other relative one is
 * taken as the reports show it, from the top of a folder: of each pair, where there are several. Rejects with `usage/wrong`.
 */
export async function findPaths(
  text: string,
  config: Config,
  { cwd, home }: Pick<Shell, 'cwd' | 'home'>,
  disk: Pick<Disk, 'realpath'>,
): Promise<readonly PlacedPath[]> {
  const typed = expandHome(text, home);
  const place = resolve(cwd, typed);
  for (const pair of config.pairs) {
    for (const root of [pair.local, await disk.realpath(pair.local).catch(() => pair.local)]) {
      const inside = relative(root, place);
      if (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside))
        return [{ pair, path: parseRelPath(inside) }];
    }
  }
  if (isAbsolute(typed)) {
    const folders = config.pairs.map(({ local }) => local).join(', ');
    throw wrongUse(`${text} is in none of the synced folders (${folders})`);
  }
  return config.pairs.map((pair) => ({ pair, path: parseRelPath(text) }));
}

/** As a person finds it again: absolute. */
export function placeOf({ pair, path }: PlacedPath): string {
  return join(pair.local, path);
}

/** The pair that a person means by its name or its local folder; all if `text` is left out. Rejects with `usage/wrong`. */
export function findPairs(
  text: string | undefined,
  config: Config,
  { cwd, home }: Pick<Shell, 'cwd' | 'home'>,
): readonly Pair[] {
  if (text === undefined) return config.pairs;
  const place = resolve(cwd, expandHome(text, home));
  const found = config.pairs.filter(({ name, local }) => name === text || local === place);
  if (found.length > 0) return found;
  throw wrongUse(`no folder pair ${text}: there is ${config.pairs.map(({ name }) => name).join(', ')}`);
}
