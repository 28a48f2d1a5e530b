/** The local tree of the state, kept in maps: what a scan reads and writes, without a database. */
import { markOf, ROOT_NODE } from '../../src/core/entry.ts';
import type { LocalEntry, Md5, NodeNumber, Stamp } from '../../src/core/entry.ts';
import { joinPath, ROOT } from '../../src/core/path.ts';
import type { LocalName, RelPath } from '../../src/core/path.ts';
import type { FolderDifference, KnownChild, KnownMark, LocalTree } from '../../src/ports.ts';

export interface AppliedDifference {
  readonly path: RelPath;
  readonly difference: FolderDifference;
}

interface IgnoreFile {
  readonly text: string;
  readonly stamp: Stamp | null;
}

export class MapLocalTree implements LocalTree {
  readonly #nodes = new Map<NodeNumber, LocalEntry>();
  readonly #children = new Map<NodeNumber, Map<LocalName, NodeNumber>>();
  readonly #base = new Map<NodeNumber, { readonly size: number; readonly md5: Md5 }>();
  readonly #ignoreFiles = new Map<NodeNumber, IgnoreFile>();
  #next = 2;
  /** All that was written, in order. */
  readonly applied: AppliedDifference[] = [];

  constructor() {
    this.#nodes.set(ROOT_NODE, {
      node: ROOT_NODE,
      parent: null,
      name: '' as LocalName,
      kind: 'folder',
      size: 0,
      identity: '' as LocalEntry['identity'],
      stamp: '' as LocalEntry['stamp'],
      changedAtMs: 0,
      md5: null,
      racy: false,
      entry: null,
      trouble: null,
      released: false,
    });
  }

  children(folder: NodeNumber): readonly KnownChild[] {
    return [...(this.#children.get(folder) ?? [])].map(([, node]) => {
      const base = this.#base.get(node);
      return { ...this.#nodes.get(node)!, baseSize: base?.size ?? null, baseMd5: base?.md5 ?? null };
    });
  }

  childrenAfter(folder: NodeNumber, name: string, most: number): readonly KnownChild[] {
    const after = this.children(folder).filter((child) => child.name > name);
    return after.sort((one, other) => (one.name < other.name ? -1 : 1)).slice(0, most);
  }

  marksAfter(folder: NodeNumber, name: string, most: number): readonly KnownMark[] {
    return this.childrenAfter(folder, name, most).map((child) => {
      const isRead = child.kind === 'folder' || (child.kind === 'file' && child.md5 !== null && child.trouble === null);
      return { name: child.name, mark: isRead && !child.racy ? markOf(child) : null };
    });
  }

  /** Whoever forgets the folder itself forgets that too. */
  emptyInSteps(): Iterable<undefined> {
    return [];
  }

  node(node: NodeNumber): LocalEntry | null {
    return this.#nodes.get(node) ?? null;
  }

  at(parent: NodeNumber, name: LocalName): LocalEntry | null {
    const node = this.#children.get(parent)?.get(name);
    return node === undefined ? null : this.node(node);
  }

  apply(folder: NodeNumber, difference: FolderDifference): ReadonlyMap<LocalName, NodeNumber> {
    const parent = this.#nodes.get(folder)!;
    this.applied.push({ path: this.pathOf(folder), difference });
    this.#nodes.set(folder, { ...parent, trouble: difference.trouble });
    for (const node of [...difference.gone, ...difference.ignored]) this.#drop(node);
    const numbers = new Map<LocalName, NodeNumber>();
    for (const { node: known, ...finding } of difference.put) {
      const node = known ?? (this.#next++ as NodeNumber);
      if (known === null) numbers.set(finding.name, node);
      const before = this.#nodes.get(node);
      const { entry, released } = before ?? { entry: null, released: false };
      this.#nodes.set(node, { ...finding, node, parent: folder, entry, released });
      const names = this.#children.get(folder) ?? new Map<LocalName, NodeNumber>();
      this.#children.set(folder, names);
      const holder = names.get(finding.name);
      if (holder !== undefined && holder !== node) throw new Error(`two nodes named ${finding.name}`);
      names.set(finding.name, node);
    }
    return numbers;
  }

  ignoreFiles(): readonly { readonly folder: RelPath; readonly text: string }[] {
    return [...this.#ignoreFiles].map(([node, { text }]) => ({ folder: this.pathOf(node), text }));
  }

  ignoreFileStamp(folder: NodeNumber): Stamp | null {
    return this.#ignoreFiles.get(folder)?.stamp ?? null;
  }

  setIgnoreFile(folder: NodeNumber, file: IgnoreFile | null): void {
    if (file === null) this.#ignoreFiles.delete(folder);
    else this.#ignoreFiles.set(folder, file);
  }

  /** The entry at `path`; throws where there is none. */
  find(path: string): LocalEntry {
    const found = this.seek(path);
    if (found === null) throw new Error(`nothing at ${path}`);
    return found;
  }

  seek(path: string): LocalEntry | null {
    let at = this.node(ROOT_NODE);
    for (const name of path === '' ? [] : path.split('/')) at = at && this.at(at.node, name as LocalName);
    return at;
  }

  pathOf(node: NodeNumber): RelPath {
    const { parent, name } = this.#nodes.get(node)!;
    return parent === null ? ROOT : joinPath(this.pathOf(parent), name);
  }

  /** Every path, sorted. */
  paths(): string[] {
    return [...this.#nodes.keys()]
      .map((node) => this.pathOf(node) as string)
      .filter((path) => path !== '')
      .sort();
  }

  /** As if both sides had agreed on what stands at `path`. */
  agree(path: string, md5: string): void {
    const { node, size } = this.find(path);
    this.#base.set(node, { size, md5: md5 as Md5 });
    this.#nodes.set(node, { ...this.#nodes.get(node)!, md5: md5 as Md5 });
  }

  #drop(node: NodeNumber): void {
    for (const child of this.#children.get(node)?.values() ?? []) this.#drop(child);
    const entry = this.#nodes.get(node);
    if (entry?.parent !== undefined && entry.parent !== null) this.#children.get(entry.parent)?.delete(entry.name);
    this.#nodes.delete(node);
    this.#children.delete(node);
    this.#ignoreFiles.delete(node);
  }
}
