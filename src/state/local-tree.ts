/** The local tree as a scan reads and writes it: one folder, one transaction. Also the links that follow from names. */
import { hasBirthTime, ROOT_ENTRY, ROOT_NODE } from '../core/entry.ts';
import type { EntryNumber, Identity, LocalEntry, Md5, NodeNumber, Stamp } from '../core/entry.ts';
import { SyncError } from '../errors.ts';
import { localPath } from '../core/tree.ts';
import type { LocalName } from '../core/path.ts';
import type { FolderDifference, KnownChild, KnownMark, LocalFinding, LocalTree } from '../ports.ts';
import type { Database, Statement } from './database.ts';
import { letGoOfNode } from './let-go.ts';
import type { Rows } from './let-go.ts';
import type { OpenIndex } from './open-index.ts';

/** Rows that one transaction links: some 30 ms in which nothing else runs. */
const linkedAtOnce = 250;
/** Rows that one transaction forgets: about as long. */
const forgottenAtOnce = 500;

interface LinkedFolder {
  readonly node: NodeNumber;
  readonly entry: EntryNumber;
}

export class StoredLocalTree implements LocalTree {
  readonly #rows: Rows;
  readonly #index: OpenIndex;
  readonly #ignoreFiles: Statement<{ node: NodeNumber; text: string }>;
  readonly #putIgnoreFile: Statement<never>;
  readonly #ignoreFileStamp: Statement<{ stamp: Stamp | null }>;
  readonly #dropIgnoreFile: Statement<never>;

  constructor(database: Database, rows: Rows, index: OpenIndex) {
    this.#rows = rows;
    this.#index = index;
    this.#ignoreFiles = database.prepare('SELECT node, text FROM ignore_file ORDER BY node');
    this.#putIgnoreFile = database.prepare(
      'INSERT INTO ignore_file VALUES (?, ?, ?) ON CONFLICT (node) DO UPDATE SET text = excluded.text, stamp = excluded.stamp',
    );
    this.#ignoreFileStamp = database.prepare('SELECT stamp FROM ignore_file WHERE node = ?');
    this.#dropIgnoreFile = database.prepare('DELETE FROM ignore_file WHERE node = ?');
  }

  children(folder: NodeNumber): readonly KnownChild[] {
    return this.#rows.local.known(folder);
  }

  childrenAfter(folder: NodeNumber, name: LocalName | '', most: number): readonly KnownChild[] {
    return this.#rows.local.known(folder, name, most);
  }

  marksAfter(folder: NodeNumber, name: LocalName | '', most: number): readonly KnownMark[] {
    return this.#rows.local.marks(folder, name, most);
  }

  node(node: NodeNumber): LocalEntry | null {
    return this.#rows.local.get(node);
  }

  at(parent: NodeNumber, name: LocalName): LocalEntry | null {
    return this.#rows.local.at(parent, name);
  }

  /** A folder that lost its own row since the scan read it is passed over: its parent's next look finds it anew. */
  apply(folder: NodeNumber, difference: FolderDifference): ReadonlyMap<LocalName, NodeNumber> {
    return this.#index.write(() => {
      const numbers = new Map<LocalName, NodeNumber>();
      const row = this.#rows.local.get(folder);
      if (row === null) return numbers;
      this.#rows.local.setTrouble(row, difference.trouble);
      const renamed = this.#renamedIn(row, difference);
      const kept = new Set([...renamed.values()].map(({ node }) => node));
      for (const node of this.#childrenOf(row, difference.gone)) if (!kept.has(node)) this.#rows.local.drop(node);
      for (const node of this.#childrenOf(row, difference.ignored)) letGoOfNode(this.#rows, node);
      // Letting go of a child cannot take the folder's own link, so `row` still tells it. First what left its name: something else may have it now.
      for (const node of kept) this.#rows.local.detach(node);
      for (const [finding, before] of renamed) this.#rename(row, before, finding, numbers);
      for (const finding of difference.put) {
        if (renamed.has(finding)) continue;
        const isMovedOn = finding.node !== null && kept.has(finding.node);
        this.#put(row, isMovedOn ? { ...finding, node: null } : finding, numbers);
      }
      if (row.released && difference.isFree) this.#takeBack(row.node);
      return numbers;
    });
  }

  /** Deepest first: no row is left without its parent, wherever this ends. */
  *emptyInSteps(folder: NodeNumber): Generator<undefined, void, undefined> {
    for (;;) {
      const some = this.#rows.local.some(folder, forgottenAtOnce);
      if (some.length === 0) return;
      for (const { node, kind } of some) if (kind === 'folder') yield* this.emptyInSteps(node);
      this.#index.write(() => some.forEach(({ node }) => this.#rows.local.drop(node)));
      yield;
    }
  }

  /** A released folder that nothing is left alone in is one like any other again, with its rules, and compared as if it were new. */
  #takeBack(node: NodeNumber): void {
    const row = this.#rows.local.get(node);
    const children = this.#rows.local.children(node).filter((child) => child.released);
    if (row === null || children.some(({ kind }) => kind === 'folder')) return;
    for (const one of [row, ...children]) this.#rows.local.update(one, { ...one, released: false });
  }

  ignoreFiles(): ReturnType<LocalTree['ignoreFiles']> {
    const view = { local: (node: NodeNumber) => this.node(node) };
    return this.#ignoreFiles.all().map(({ node, text }) => ({ folder: localPath(view, node), text }));
  }

  ignoreFileStamp(folder: NodeNumber): Stamp | null {
    return this.#ignoreFileStamp.get(folder)?.stamp ?? null;
  }

  setIgnoreFile(folder: NodeNumber, file: { readonly text: string; readonly stamp: Stamp | null } | null): void {
    if (file === null) this.#dropIgnoreFile.run(folder);
    else if (this.node(folder) !== null) this.#putIgnoreFile.run(folder, file.text, file.stamp);
  }

  /**
   * A node is recognised as an entry. Of a folder, what stands below it under the names that base has is recognised with
   * it (path first), so that a moved folder costs one call whether its children were scanned before or after.
   */
  link(node: NodeNumber, entry: EntryNumber | null): void {
    this.#index.write(() => {
      for (const _ of this.linkInSteps(node, entry));
    });
  }

  /**
   * The same in short transactions, with a rest at each `yield`: the folder first, then what is below. Ended before its time it leaves some of
   * that linked to nothing, as new here and gone from its place; then it is found by what each file is.
   */
  *linkInSteps(node: NodeNumber, entry: EntryNumber | null): Generator<undefined, void, undefined> {
    const waiting = [this.#index.write(() => this.#linkOne(node, entry))];
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      if (folder === null) continue;
      const { entry: parent } = folder;
      const children = this.#rows.local.children(folder.node).filter((child) => child.entry === null);
      for (let from = 0; from < children.length; from += linkedAtOnce) {
        yield;
        const some = children.slice(from, from + linkedAtOnce);
        waiting.push(...this.#index.write(() => some.map((child) => this.#linkChild(parent, child.node))));
      }
    }
  }

  /** Returns the folder that was linked to an entry, if it is one. */
  #linkOne(node: NodeNumber, entry: EntryNumber | null): LinkedFolder | null {
    const row = this.#rows.local.get(node);
    if (row === null) return null;
    if ((node === ROOT_NODE) !== (entry === ROOT_ENTRY)) throw new SyncError('bug', { detail: 'a second root' });
    // A link to what base does not have would hide the row: neither new nor open.
    const known = entry === null ? null : this.#rows.base.get(entry);
    this.#rows.local.setEntry(node, known?.entry ?? null);
    this.#learnFromBase(row, known?.entry ?? null);
    return known !== null && row.kind === 'folder' ? { node, entry: known.entry } : null;
  }

  /** Read anew: something may have been recorded since its folder was. */
  #linkChild(parent: EntryNumber, node: NodeNumber): LinkedFolder | null {
    const child = this.#rows.local.get(node);
    if (child === null || child.entry !== null || child.parent === null) return null;
    if (this.#rows.local.get(child.parent)?.entry !== parent) return null;
    const found = this.#entryFor(parent, child);
    if (found === null) return null;
    this.#rows.local.setEntry(child.node, found);
    this.#learnFromBase(child, found);
    return child.kind === 'folder' ? { node, entry: found } : null;
  }

  /** A file whose stamp is the one with which base knows its content need not be read: only its folder was moved. */
  #knownContent(entry: EntryNumber | null, { stamp }: Pick<LocalEntry, 'stamp'>): Md5 | null {
    const base = entry === null ? null : this.#rows.base.get(entry);
    return base !== null && base.stamp === stamp ? base.md5 : null;
  }

  #learnFromBase(row: LocalEntry, entry: EntryNumber | null): void {
    const md5 = row.md5 === null ? this.#knownContent(entry, row) : null;
    if (md5 !== null) this.#rows.local.learn(row.node, row.stamp, md5);
  }

  /**
   * Folders that have another name now: what leaves a name and what comes to one is the same by its identity, birth time included, also where
   * several exchange their names. Such a row keeps its number, and so all that is below it its rows and links, however much that is. The scan
   * looks into it as into any new folder. Left to `core/moves.ts` is where base knows the new name of something that is away, and where ignore
   * files came along, whose rules hold by path.
   */
  #renamedIn(folder: LocalEntry, { put, gone }: FolderDifference): ReadonlyMap<LocalFinding, LocalEntry> {
    const found = new Map<LocalFinding, LocalEntry>();
    const arrived = put.filter((one) => one.kind === 'folder' && hasBirthTime(one.identity) && !this.#isKnownAs(one));
    if (arrived.length === 0) return found;
    const left = new Map<Identity, LocalEntry>();
    const displaced = arrived.flatMap(({ node }) => node ?? []);
    for (const node of this.#childrenOf(folder, [...gone, ...displaced])) {
      const row = this.#rows.local.get(node);
      if (row?.kind !== 'folder' || row.entry === null || row.released || !hasBirthTime(row.identity)) continue;
      left.set(row.identity, row);
    }
    const leaving = new Set([...gone, ...displaced]);
    for (const finding of arrived) {
      const row = left.get(finding.identity);
      if (row === undefined || this.#hasIgnoreFile(row) || !this.#isFree(folder, finding.name, leaving)) continue;
      left.delete(finding.identity);
      found.set(finding, row);
    }
    return found;
  }

  #isKnownAs({ node, identity }: LocalFinding): boolean {
    return node !== null && this.#rows.local.get(node)?.identity === identity;
  }

  /** Whether nothing has the name, or will have it once these have left. */
  #isFree(folder: LocalEntry, name: LocalName, leaving: ReadonlySet<NodeNumber>): boolean {
    const occupant = this.#rows.local.at(folder.node, name);
    if (occupant !== null && !leaving.has(occupant.node)) return false;
    const known = folder.entry === null ? null : this.#rows.base.at(folder.entry, name);
    const holder = known === null ? null : this.#rows.local.ofEntry(known.entry);
    return known === null || (holder !== null && leaving.has(holder.node));
  }

  #rename(folder: LocalEntry, before: LocalEntry, finding: LocalFinding, numbers: Map<LocalName, NodeNumber>): void {
    const { entry, released, node } = before;
    // what had the name and turned up nowhere else is gone
    const occupant = this.#rows.local.at(folder.node, finding.name);
    if (occupant !== null) this.#rows.local.drop(occupant.node);
    this.#rows.local.update(before, { parent: folder.node, entry, released, ...finding, node });
    numbers.set(finding.name, node);
  }

  /** In the folder itself or anywhere below it. */
  #hasIgnoreFile(folder: LocalEntry): boolean {
    return this.#ignoreFiles.all().some(({ node }) => {
      let at: NodeNumber | null = node;
      while (at !== null && at !== folder.node) at = this.#rows.local.get(at)?.parent ?? null;
      return at !== null;
    });
  }

  #put(folder: LocalEntry, finding: LocalFinding, numbers: Map<LocalName, NodeNumber>): void {
    const seen = this.#seen(folder, finding);
    if (seen === 'elsewhere') return;
    if (seen !== null && seen.kind === finding.kind) {
      this.#rows.local.update(seen, { parent: folder.node, entry: seen.entry, released: seen.released, ...finding });
      if (seen.entry !== null && finding.md5 !== null && !finding.racy) {
        this.#rows.base.vouch(seen.entry, finding, finding.md5);
      }
      return;
    }
    // Another kind of thing under the name: what was below the old one is gone with it.
    if (seen !== null) this.#rows.local.drop(seen.node);
    const entry = folder.entry === null ? null : this.#entryFor(folder.entry, finding);
    const md5 = finding.md5 ?? this.#knownContent(entry, finding);
    const draft = { parent: folder.node, entry, released: false, ...finding, md5, node: null };
    numbers.set(finding.name, this.#rows.local.insert(draft));
  }

  /** The row that a finding is about. `elsewhere`: it left the folder since the scan read it, so the finding is out of date. */
  #seen(folder: LocalEntry, finding: LocalFinding): LocalEntry | 'elsewhere' | null {
    const there = this.#rows.local.at(folder.node, finding.name);
    if (finding.node === null || there?.node === finding.node) return there;
    return 'elsewhere';
  }

  /** Path first: the entry that base has under that name, if nothing else is recognised as it. */
  #entryFor(parent: EntryNumber, found: Pick<LocalEntry, 'name' | 'kind'>): EntryNumber | null {
    const base = this.#rows.base.at(parent, found.name);
    if (base === null || base.kind !== found.kind) return null;
    return this.#rows.local.ofEntry(base.entry) === null ? base.entry : null;
  }

  #childrenOf(folder: LocalEntry, nodes: readonly NodeNumber[]): readonly NodeNumber[] {
    return nodes.filter((node) => this.#rows.local.get(node)?.parent === folder.node);
  }
}
