/** What the state has of a folder's children, read in pages: a folder may have very many. */
import type { NodeNumber } from '../core/entry.ts';
import type { LocalName } from '../core/path.ts';
import type { KnownChild, LocalTree } from '../ports.ts';
import type { Slices } from './slices.ts';

/** Rows that are read without a rest. */
const PAGE = 1_000;

export async function childrenIn(
  folder: NodeNumber,
  tree: Pick<LocalTree, 'childrenAfter'>,
  slices: Slices,
): Promise<ReadonlyMap<LocalName, KnownChild>> {
  const known = new Map<LocalName, KnownChild>();
  for await (const page of pages((after) => tree.childrenAfter(folder, after, PAGE), slices))
    for (const child of page) known.set(child.name, child);
  return known;
}

/** The marks of all children; `null`: some have none. */
export async function marksIn(
  folder: NodeNumber,
  tree: Pick<LocalTree, 'marksAfter'>,
  slices: Slices,
): Promise<ReadonlyMap<LocalName, string> | null> {
  const marks = new Map<LocalName, string>();
  for await (const page of pages((after) => tree.marksAfter(folder, after, PAGE), slices)) {
    for (const { name, mark } of page) {
      if (mark === null) return null;
      marks.set(name, mark);
    }
  }
  return marks;
}

/** RACE: what is recorded between two pages may be missing in them. Then it is found as if new, and read once more than need be. */
async function* pages<Row extends { readonly name: LocalName }>(
  read: (after: LocalName | '') => readonly Row[],
  slices: Slices,
): AsyncGenerator<readonly Row[]> {
  for (let after: LocalName | '' = ''; ;) {
    const page = read(after);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.name;
    await slices.rest();
  }
}
