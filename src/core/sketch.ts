/** The person's folder as it would be after some moves, drawn over the local tree, which stays as it is. Only what is looked at is read. */
import { ROOT_NODE } from './entry.ts';
import type { LocalKind, NodeNumber } from './entry.ts';
import { joinPath, ROOT } from './path.ts';
import type { LocalName, RelPath } from './path.ts';
import type { TreeView } from './tree.ts';

export interface Spot {
  /** `null`: it would be made. */
  readonly node: NodeNumber | null;
  readonly kind: LocalKind;
  readonly parent: Spot | null;
  readonly name: LocalName;
}

interface Drawn extends Spot {
  parent: Drawn | null;
  name: LocalName;
  /** `null`: not read yet. */
  children: Map<LocalName, Drawn> | null;
}

export class Sketch {
  readonly #view: TreeView;
  readonly #byNode = new Map<NodeNumber, Drawn>();
  readonly #drawn = new WeakMap<Spot, Drawn>();
  readonly root: Spot;

  constructor(view: TreeView) {
    this.#view = view;
    this.root = this.#draw({ node: ROOT_NODE, kind: 'folder', parent: null, name: '' as LocalName, children: null });
  }

  /** `null`: the tree does not have it, or it would be gone by now. */
  of(node: NodeNumber): Spot | null {
    const known = this.#byNode.get(node);
    if (known !== undefined) return known;
    const row = this.#view.local(node);
    const parent = row?.parent ?? null;
    const above = parent === null ? null : this.of(parent);
    if (above === null) return null;
    this.#children(above);
    return this.#byNode.get(node) ?? null;
  }

  at(folder: Spot, name: LocalName): Spot | null {
    return this.#children(folder).get(name) ?? null;
  }

  isEmpty(folder: Spot): boolean {
    return this.#children(folder).size === 0;
  }

  path(spot: Spot): RelPath {
    const names: LocalName[] = [];
    for (let at: Spot | null = spot; at !== null && at.parent !== null; at = at.parent) names.unshift(at.name);
    return names.reduce<RelPath>(joinPath, ROOT);
  }

  /** Whether `spot` is `above`, or lies below it. */
  isWithin(spot: Spot, above: Spot): boolean {
    for (let at: Spot | null = spot; at !== null; at = at.parent) if (at === above) return true;
    return false;
  }

  make(folder: Spot, name: LocalName, kind: LocalKind): Spot {
    const made = this.#draw({ node: null, kind, parent: this.#own(folder), name, children: new Map() });
    this.#children(folder).set(name, made);
    return made;
  }

  move(spot: Spot, folder: Spot, name: LocalName): void {
    const own = this.#own(spot);
    this.remove(spot);
    own.parent = this.#own(folder);
    own.name = name;
    this.#children(folder).set(name, own);
  }

  remove(spot: Spot): void {
    if (spot.parent !== null) this.#children(spot.parent).delete(spot.name);
  }

  #children(folder: Spot): Map<LocalName, Drawn> {
    const own = this.#own(folder);
    if (own.children !== null) return own.children;
    const children = new Map<LocalName, Drawn>();
    own.children = children;
    for (const { node, kind, name } of own.node === null ? [] : this.#view.localChildren(own.node))
      children.set(name, this.#draw({ node, kind, parent: own, name, children: null }));
    return children;
  }

  #draw(drawn: Drawn): Drawn {
    this.#drawn.set(drawn, drawn);
    if (drawn.node !== null) this.#byNode.set(drawn.node, drawn);
    return drawn;
  }

  #own(spot: Spot): Drawn {
    const own = this.#drawn.get(spot);
    if (own === undefined) throw new TypeError('a spot of another sketch');
    return own;
  }
}
