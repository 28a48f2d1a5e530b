/** What stands below the pair's folder on either side of a paper world, for comparison. */
import { ROOT_NODE } from '../../src/core/entry.ts';
import type { NodeNumber, RemoteId } from '../../src/core/entry.ts';
import type { PaperWorld } from './paper-world.ts';

export interface Listed {
  readonly path: string;
  /** `null`: a folder. */
  readonly content: string | null;
}

export function listHere(world: PaperWorld): Listed[] {
  const walk = (node: NodeNumber, path: string): Listed[] =>
    world.localChildren(node).flatMap((row) => {
      const at = `${path}/${row.name}`;
      return [{ path: at, content: world.contentHere(row) }, ...walk(row.node, at)];
    });
  return walk(ROOT_NODE, '').sort(byPath);
}

/** What the host has twice under one name is listed under the names that base gives it. */
export function listThere(world: PaperWorld): Listed[] {
  const walk = (id: RemoteId, path: string): Listed[] =>
    world.remoteChildren(id).flatMap((row) => {
      const name = row.entry === null ? row.name : (world.base(row.entry)?.localName ?? row.name);
      const at = `${path}/${name}`;
      return [{ path: at, content: world.contentThere(row) }, ...walk(row.id, at)];
    });
  return walk('d1' as RemoteId, '').sort(byPath);
}

function byPath(a: Listed, b: Listed): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
