/**
 * Every pair of deeds on one small tree, one on each side, and what must come of it: the outcome table of two changes that meet, as a
 * program of its own. It knows nodes, not paths: what a person does to a node is compared with what the other did to it.
 */

/** `null`: a folder. */
interface Node {
  readonly parent: string;
  readonly name: string;
  readonly content: string | null;
}

type Tree = Map<string, Node>;

/** What one person does, by paths. */
export interface Act {
  readonly do: 'make' | 'edit' | 'remove' | 'move';
  readonly path: string;
  /** Of `move`, where to; of `make` and `edit`, the content (null: a folder). */
  readonly to?: string;
  readonly content?: string | null;
}

/** Deeds on a file, a folder, the folder above them, and what is in it. `*` stands for the person, so that contents differ. */
export const deeds: Readonly<Record<string, readonly Act[]>> = {
  'edits f': [{ do: 'edit', path: 'p/f', content: 'f by *' }],
  'removes f': [{ do: 'remove', path: 'p/f' }],
  'renames f to n': [{ do: 'move', path: 'p/f', to: 'p/n' }],
  'renames f to m': [{ do: 'move', path: 'p/f', to: 'p/m' }],
  'moves f to q': [{ do: 'move', path: 'p/f', to: 'q/f' }],
  'moves f to q as n and edits it': [
    { do: 'move', path: 'p/f', to: 'q/n' },
    { do: 'edit', path: 'q/n', content: 'moved f by *' },
  ],
  'makes a folder of f': [
    { do: 'remove', path: 'p/f' },
    { do: 'make', path: 'p/f', content: null },
    { do: 'make', path: 'p/f/k', content: 'k by *' },
  ],
  'removes d': [{ do: 'remove', path: 'p/d' }],
  'renames d to n': [{ do: 'move', path: 'p/d', to: 'p/n' }],
  'renames d to m': [{ do: 'move', path: 'p/d', to: 'p/m' }],
  'moves d to q': [{ do: 'move', path: 'p/d', to: 'q/d' }],
  'makes a file of d': [
    { do: 'remove', path: 'p/d' },
    { do: 'make', path: 'p/d', content: 'd by *' },
  ],
  'removes p': [{ do: 'remove', path: 'p' }],
  'renames p': [{ do: 'move', path: 'p', to: 'p2' }],
  'moves p to q': [{ do: 'move', path: 'p', to: 'q/p' }],
  'makes a file of p': [
    { do: 'remove', path: 'p' },
    { do: 'make', path: 'p', content: 'p by *' },
  ],
  'edits c': [{ do: 'edit', path: 'p/d/c', content: 'c by *' }],
  'removes c': [{ do: 'remove', path: 'p/d/c' }],
  'renames c': [{ do: 'move', path: 'p/d/c', to: 'p/d/n' }],
  'moves c to q': [{ do: 'move', path: 'p/d/c', to: 'q/c' }],
  'makes a folder of c': [
    { do: 'remove', path: 'p/d/c' },
    { do: 'make', path: 'p/d/c', content: null },
    { do: 'make', path: 'p/d/c/k', content: 'k by *' },
  ],
  'makes the file n': [{ do: 'make', path: 'p/n', content: 'n by *' }],
  'makes the file n that both make': [{ do: 'make', path: 'p/n', content: 'the same n' }],
  'makes the folder n': [
    { do: 'make', path: 'p/n', content: null },
    { do: 'make', path: 'p/n/k', content: 'k by *' },
  ],
  'makes a file in d': [{ do: 'make', path: 'p/d/n', content: 'n by *' }],
  'makes a file f in q': [{ do: 'make', path: 'q/f', content: 'q/f by *' }],
  'removes q': [{ do: 'remove', path: 'q' }],
};

/** What all have at first. */
export const start: readonly Act[] = [
  { do: 'make', path: 'p', content: null },
  { do: 'make', path: 'p/f', content: 'f' },
  { do: 'make', path: 'p/d', content: null },
  { do: 'make', path: 'p/d/c', content: 'c' },
  { do: 'make', path: 'q', content: null },
];

/** A deed with the person's own contents. */
export function deedOf(name: string, person: string): readonly Act[] {
  return (deeds[name] ?? []).map((act) => ({
    ...act,
    ...(typeof act.content === 'string' ? { content: act.content.replace('*', person) } : {}),
  }));
}

/** Paths and contents, sorted; a conflict copy has ` (conflict)` behind its name. Null is a folder. */
export type Outcome = Readonly<Record<string, string | null>>;

/** What must come of `one`'s and `host`'s deeds, where the latter's reached the host first. */
export function outcomeOf(one: readonly Act[], host: readonly Act[]): Outcome {
  const base = play(new Map(), start, 'base');
  const there = play(new Map(base), host, 'host');
  // a new version has a new id: in another place nobody can tell that it is one
  for (const [id, was] of base) {
    const is = there.get(id);
    if (is === undefined || is.content === was.content || (is.parent === was.parent && is.name === was.name)) continue;
    there.delete(id);
    there.set(`host anew ${id}`, is);
  }
  return listed(merge(base, play(new Map(base), one, 'one'), there));
}

function play(tree: Tree, acts: readonly Act[], person: string): Tree {
  for (const { do: what, path, to, content } of acts) {
    const id = idAt(tree, path);
    if (what === 'make') {
      tree.set(`${person} ${path}${tree.has(`${person} ${path}`) ? ' again' : ''}`, {
        ...placeAt(tree, path),
        content: content ?? null,
      });
    } else if (id === null) throw new Error(`nothing at ${path}`);
    else if (what === 'edit') tree.set(id, { ...nodeOf(tree, id), content: content ?? null });
    else if (what === 'move') tree.set(id, { ...nodeOf(tree, id), ...placeAt(tree, to ?? '') });
    else for (const gone of [id, ...below(tree, id)]) tree.delete(gone);
  }
  return tree;
}

function merge(base: Tree, one: Tree, host: Tree): Tree {
  const merged: Tree = new Map();
  const copies: [string, Node][] = [];
  const isMoved = (side: Tree, id: string): boolean => {
    const [was, is] = [base.get(id), side.get(id)];
    return was !== undefined && is !== undefined && (was.parent !== is.parent || was.name !== is.name);
  };
  /** It went with a folder that the other side moved. */
  const wentAlong = (gone: Tree, there: Tree, id: string): boolean => {
    for (let at = base.get(id)?.parent ?? ''; at !== '' && !gone.has(at); at = base.get(at)?.parent ?? '')
      if (isMoved(there, at)) return true;
    return false;
  };
  for (const [id, was] of base) {
    const [mine, theirs] = [one.get(id), host.get(id)];
    if (mine === undefined && theirs === undefined) continue;
    if (mine === undefined || theirs === undefined) {
      const [there, gone] = mine === undefined ? [host, one] : [one, host];
      const node = nodeOf(there, id);
      if (node.content !== was.content || isMoved(there, id) || wentAlong(gone, there, id)) merged.set(id, node);
      continue;
    }
    const place = isMoved(host, id) ? theirs : mine;
    const isEditedHere = mine.content !== was.content;
    merged.set(id, {
      ...place,
      content: theirs.content === was.content ? mine.content : theirs.content,
    });
    if (isEditedHere && theirs.content !== was.content && mine.content !== theirs.content)
      copies.push([`copy of ${id}`, { ...mine, name: `${mine.name} (conflict)` }]);
  }
  for (const [id, node] of [...host, ...one]) if (!base.has(id)) merged.set(id, node);
  for (const [id, node] of copies) merged.set(id, node);
  keepParents(merged, base, one, host);
  settleNames(merged, base, host);
  return merged;
}

/** A folder that something stands in is kept. */
function keepParents(merged: Tree, base: Tree, one: Tree, host: Tree): void {
  for (let isDone = false; !isDone;) {
    isDone = true;
    for (const { parent } of [...merged.values()]) {
      if (parent === '' || merged.has(parent)) continue;
      merged.set(parent, host.get(parent) ?? one.get(parent) ?? nodeOf(base, parent));
      isDone = false;
    }
  }
}

/**
 * Folders of one name that are new are one. Else a folder has a name before a file, then what is on the host has it. A folder that was renamed
 * is not dissolved in another one: it is kept beside it.
 */
function settleNames(merged: Tree, base: Tree, host: Tree): void {
  for (let isDone = false; !isDone;) {
    isDone = true;
    for (const [id, node] of [...merged]) {
      const rival = [...merged].find(
        ([other, it]) => other !== id && it.parent === node.parent && it.name === node.name,
      );
      if (rival === undefined || !merged.has(id) || !merged.has(rival[0])) continue;
      const [otherId, other] = rival;
      isDone = false;
      const areFolders = node.content === null && other.content === null;
      if (areFolders && !base.has(id) && !base.has(otherId)) {
        merged.delete(otherId);
        for (const [child, it] of [...merged]) if (it.parent === otherId) merged.set(child, { ...it, parent: id });
      } else if (!areFolders && node.content === other.content) merged.delete(otherId);
      else {
        const isOnHost = host.get(otherId)?.name === other.name;
        const loses = areFolders ? isOnHost : node.content !== null && (other.content === null || isOnHost);
        const [loser, it] = loses ? [id, node] : rival;
        merged.set(loser, { ...it, name: `${it.name} (conflict)` });
      }
    }
  }
}

function listed(tree: Tree): Outcome {
  const pathOf = (id: string): string => {
    const { parent, name } = nodeOf(tree, id);
    return parent === '' ? name : `${pathOf(parent)}/${name}`;
  };
  return Object.fromEntries([...tree].map(([id, { content }]) => [pathOf(id), content] as const).sort());
}

function idAt(tree: Tree, path: string): string | null {
  let at = '';
  for (const name of path.split('/')) {
    const found = [...tree].find(([, node]) => node.parent === at && node.name === name);
    if (found === undefined) return null;
    [at] = found;
  }
  return at;
}

function placeAt(tree: Tree, path: string): { parent: string; name: string } {
  const cut = path.lastIndexOf('/');
  return { parent: cut < 0 ? '' : (idAt(tree, path.slice(0, cut)) ?? ''), name: path.slice(cut + 1) };
}

function below(tree: Tree, id: string): string[] {
  return [...tree].filter(([, { parent }]) => parent === id).flatMap(([child]) => [child, ...below(tree, child)]);
}

function nodeOf(tree: Tree, id: string): Node {
  const node = tree.get(id);
  if (node === undefined) throw new Error(`no node ${id}`);
  return node;
}
