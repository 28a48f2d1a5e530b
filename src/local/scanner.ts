/**
 * Looks at the disk and writes down what differs from what the state has. Folder by folder, differences only: where nothing
 * changed nothing is written. What could not be read is never reported as gone, nor anything below it.
 */
import { ROOT_NODE } from '../core/entry.ts';
import type { Identity, LocalKind, LocalTrouble, NodeNumber } from '../core/entry.ts';
import { PARKED_PREFIX } from '../core/ignore.ts';
import type { IgnoreRules } from '../core/ignore.ts';
import { isWithin, joinPath, parentOf, ROOT } from '../core/path.ts';
import type { LocalName, RelPath } from '../core/path.ts';
import { canHideChanges } from '../core/racy.ts';
import { SyncError } from '../errors.ts';
import type { Clock, Disk, DiskStat, FolderDifference, LocalFiles, LocalTree } from '../ports.ts';
import { isMissing } from './disk-errors.ts';
import { differenceOf, noDifference } from './folder-difference.ts';
import type { ReadDifference } from './folder-difference.ts';
import { childrenIn, marksIn } from './known-children.ts';
import { readFolder } from './folder-reading.ts';
import type { FolderReading } from './folder-reading.ts';
import { takeIgnoreFile } from './ignore-files.ts';
import { isSamePlace, sameFile, seenOf } from './seen.ts';
import { Slices } from './slices.ts';

export interface ScanStart {
  readonly folder: RelPath;
  /** With all below it. New folders are looked into anyway. */
  readonly deep: boolean;
}

export interface ScanProgress {
  readonly folders: number;
  readonly entries: number;
  readonly hashedFiles: number;
  readonly hashedBytes: number;
}

export interface FolderTrouble {
  readonly trouble: LocalTrouble;
  /** What in particular is wrong, for the person; not kept in the state. */
  readonly detail: string | null;
}

export interface ScanResult extends ScanProgress {
  /** Folders in which something differed. */
  readonly changedFolders: number;
  /** Folders that are not known, with why. */
  readonly troubles: readonly ({ readonly path: RelPath } & FolderTrouble)[];
  /** Folders where somebody was at work: the state keeps what it had of them; they must be looked at again, with all below. */
  readonly unsettled: readonly RelPath[];
}

export interface ScanOptions {
  /** The pair's own folder on the disk, links resolved. */
  readonly root: string;
  /** Who that folder was when its marker was read. */
  readonly identity?: Identity;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly tree: LocalTree;
  readonly files: Pick<LocalFiles, 'hash'>;
  /** With the ignore files that the state has; those that the scan meets are put in. */
  readonly rules: IgnoreRules;
  /** The whole tree if left out. */
  readonly from?: readonly ScanStart[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
  /** Of each folder that is about to be read: who watches it from then on misses nothing that the reading does not show. */
  readonly beforeReading?: (folder: RelPath) => void;
  /** Whether a known folder below one that is read need not be read too; by default none need be. */
  readonly mayPass?: (folder: RelPath) => boolean;
}

/** Rejects with `stopped`, or with `local/root-missing` when the root is not there or is exchanged meanwhile. */
export async function scan(options: ScanOptions): Promise<ScanResult> {
  return new Scan(options).run(options.from ?? [{ folder: ROOT, deep: true }]);
}

interface Visit {
  readonly path: RelPath;
  readonly node: NodeNumber;
  readonly deep: boolean;
}

/** How often a folder is read until two readings of its names agree. */
const readings = 3;
/** How often folders that changed behind the scan's back are looked at again. */
const secondLooks = 2;
/** Rows that one transaction writes; more would hold everything else up. */
const rowsAtOnce = 1_000;
/** The same of rows that are forgotten. */
const goneAtOnce = 500;

interface Visited {
  readonly node: NodeNumber;
  /** As it was before the names were read. */
  readonly mtimeNs: bigint;
  /** It was so lately that names may have moved since behind the same time. */
  readonly mayHideMoves: boolean;
}

class Scan {
  readonly #options: ScanOptions;
  readonly #slices: Slices;
  readonly #root: DiskStat;
  readonly #waiting: Visit[] = [];
  /** When the names in each visited folder last changed. */
  readonly #visited = new Map<RelPath, Visited>();
  readonly #troubles = new Map<RelPath, FolderTrouble>();
  readonly #unsettled = new Set<RelPath>();
  readonly #changed = new Set<RelPath>();
  /** Folders whose ignore file appeared, changed or went: what lies below must be looked at with new eyes. */
  readonly #newRules = new Set<RelPath>();
  #removals = false;
  #progress: ScanProgress = { folders: 0, entries: 0, hashedFiles: 0, hashedBytes: 0 };

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#slices = new Slices(options.clock, options.signal);
    this.#root = rootStat(options);
    const { root, identity } = options;
    if (identity !== undefined && !isSamePlace(seenOf(this.#root).identity, identity))
      throw new SyncError('local/root-missing', { path: root, detail: 'it was exchanged' });
  }

  async run(from: readonly ScanStart[]): Promise<ScanResult> {
    for (const start of withoutCovered(from)) {
      this.#slices.check();
      const visit = this.#nearestKnown(start);
      if (visit !== null) await this.#visitFrom(visit);
    }
    for (let look = 0; look < secondLooks && (this.#removals || this.#unsettled.size > 0); look++)
      await this.#lookAgainWhereNamesMoved();
    return {
      ...this.#progress,
      changedFolders: this.#changed.size,
      troubles: [...this.#troubles].map(([path, trouble]) => ({ path, ...trouble })),
      unsettled: [...this.#unsettled],
    };
  }

  /** The folder itself or, where the state or the disk has no such folder, the nearest above that both have. */
  #nearestKnown({ folder, deep }: ScanStart): Visit | null {
    let at: Visit = { path: ROOT, node: ROOT_NODE, deep };
    for (const name of folder === ROOT ? [] : (folder.split('/') as LocalName[])) {
      const path = joinPath(at.path, name);
      if (isParkedAt(at.path, name) || this.#options.rules.test(path, 'folder').ignored) return null;
      const known = this.#options.tree.at(at.node, name);
      if (known?.kind !== 'folder' || !this.#isFolder(path)) return { ...at, deep: false };
      at = { path, node: known.node, deep };
    }
    return at;
  }

  /** Component by component: a start below a link would be a start outside. */
  #isFolder(path: RelPath): boolean {
    try {
      const { type, dev } = this.#options.disk.lstatSync(this.#absolute(path));
      return type === 'folder' && dev === this.#root.dev;
    } catch {
      return false; // why, the look at the folder above tells
    }
  }

  async #visitFrom(visit: Visit): Promise<void> {
    this.#waiting.push(visit);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      this.#slices.check();
      if (this.#slices.over) await this.#slices.rest();
      await this.#visit(next);
      this.#options.onProgress?.(this.#progress);
    }
  }

  async #visit(visit: Visit): Promise<void> {
    this.#options.beforeReading?.(visit.path);
    for (let reading = 0; reading < readings; reading++) {
      const read = await this.#read(visit);
      if (read.kind === 'trouble') {
        this.#hold(visit, read);
        return;
      }
      if (read.kind === 'moving') continue;
      const difference = await this.#difference(visit, read);
      const sure = difference.gone.length === 0 || (await this.#namesStandStill(visit, read.names));
      if (!sure && reading < readings - 1) continue;
      return this.#take(visit, read, sure ? difference : { ...difference, gone: [], unsettled: true });
    }
    this.#mustBeSameRoot();
    this.#unsettled.add(visit.path);
  }

  #read({ path, node }: Visit): Promise<FolderReading> {
    const { disk, clock, rules } = this.#options;
    return readFolder(
      { path, absolute: this.#absolute(path) },
      {
        disk,
        clock,
        rules,
        slices: this.#slices,
        device: this.#root.dev,
        takeIgnoreFile: (stat) => this.#takeIgnoreFile({ path, node }, stat),
      },
    );
  }

  async #takeIgnoreFile({ path, node }: Pick<Visit, 'path' | 'node'>, stat: DiskStat | null): Promise<string | null> {
    const { tree } = this.#options;
    const trouble = tree.node(node)?.trouble ?? null;
    const took = await takeIgnoreFile({ path, node, trouble }, stat, this.#options);
    if (took === 'changed') this.#newRules.add(path);
    return typeof took === 'string' ? null : took.unreadable;
  }

  async #difference({ path, node }: Visit, read: Extract<FolderReading, { kind: 'read' }>): Promise<ReadDifference> {
    const { disk, clock, files, rules, signal } = this.#options;
    const marks = await marksIn(node, this.#options.tree, this.#slices);
    const none = marks === null ? null : noDifference(read, marks);
    if (none !== null) return none;
    const known = await childrenIn(node, this.#options.tree, this.#slices);
    const onHashed = (bytes: number) => this.#count({ hashedFiles: 1, hashedBytes: bytes });
    const place = { path, absolute: this.#absolute(path) };
    return differenceOf(place, read, known, { disk, clock, files, rules, slices: this.#slices, signal, onHashed });
  }

  /**
   * A name that is changed while a folder is being read can be missing under both names (POSIX promises nothing). So a
   * removal counts only when a second reading shows exactly the same names.
   */
  async #namesStandStill({ path }: Visit, names: readonly string[]): Promise<boolean> {
    try {
      const again = new Set(await this.#options.disk.readdir(this.#absolute(path)));
      return again.size === new Set(names).size && names.every((name) => again.has(name));
    } catch {
      return false; // the next reading tells why
    }
  }

  /** Nothing of the folder is known now; what the state has of it stays. */
  #hold({ path, node }: Visit, { trouble, detail }: FolderTrouble): void {
    this.#mustBeSameRoot();
    this.#troubles.set(path, { trouble, detail });
    this.#count({ folders: 1 });
    if (this.#options.tree.node(node)?.trouble === trouble) return;
    this.#changed.add(path);
    this.#options.tree.apply(node, { put: [], gone: [], ignored: [], trouble, isFree: false });
  }

  async #take(
    visit: Visit,
    read: Extract<FolderReading, { kind: 'read' }>,
    { unsettled, ...difference }: ReadDifference,
  ): Promise<void> {
    this.#mustBeSameRoot();
    this.#troubles.delete(visit.path);
    if (unsettled) this.#unsettled.add(visit.path);
    else this.#unsettled.delete(visit.path);
    this.#count({ folders: 1, entries: read.children.size });
    const { mtimeNs } = read.stat;
    const mayHideMoves = canHideChanges(Number(mtimeNs) / 1e6, read.atMs);
    this.#visited.set(visit.path, { node: visit.node, mtimeNs, mayHideMoves });
    // Nobody has looked below for as long as there was trouble.
    const unseen = (this.#options.tree.node(visit.node)?.trouble ?? null) !== null;
    const allBelow = visit.deep || unseen || this.#newRules.has(visit.path);
    const numbers = await this.#apply(visit, difference);

    for (const child of read.children.values()) {
      // below a folder that stands aside the rules are those of its own place, where it is looked into again
      if (child.kind !== 'folder' || isParkedAt(visit.path, child.name)) continue;
      const isNew = numbers.get(child.name);
      const node = isNew ?? this.#options.tree.at(visit.node, child.name)?.node;
      const path = joinPath(visit.path, child.name);
      const deep = allBelow || isNew !== undefined || this.#options.mayPass?.(path) === false;
      if (node !== undefined && deep) this.#waiting.push({ path, node, deep });
    }
  }

  /** What goes, goes first and at once: a new row can have the name of an old one. */
  async #apply({ path, node }: Visit, difference: FolderDifference): Promise<ReadonlyMap<LocalName, NodeNumber>> {
    const { tree } = this.#options;
    const { put, gone, ignored, trouble, isFree } = difference;
    if (gone.length > 0) this.#removals = true;
    const known = tree.node(node);
    const cleared = known?.trouble !== trouble || (isFree && known.released);
    if (put.length + gone.length + ignored.length === 0 && !cleared) return new Map();
    this.#changed.add(path);
    const last = await this.#forget(node, difference);

    const numbers = new Map<LocalName, NodeNumber>();
    // folders first: one that was renamed is known by what goes beside it
    const rows = put.length <= rowsAtOnce ? put : [...put.filter(isFolder), ...put.filter((one) => !isFolder(one))];
    for (let from = 0; from === 0 || from < rows.length; from += rowsAtOnce) {
      if (from > 0) await this.#slices.rest();
      const some = rows.slice(from, from + rowsAtOnce);
      const first = from === 0 ? { gone: last, ignored } : { gone: [], ignored: [] };
      for (const [name, number] of tree.apply(node, { put: some, trouble, isFree, ...first }))
        numbers.set(name, number);
    }
    return numbers;
  }

  /** What is gone, piece by piece and from below; answers what is left for the end. A folder that turns up beside it under another name keeps all that is in it. */
  async #forget(folder: NodeNumber, { put, gone, trouble }: FolderDifference): Promise<readonly NodeNumber[]> {
    const { tree } = this.#options;
    const arrived = new Set(put.filter(isFolder).map(({ identity }) => identity));
    const renamed: NodeNumber[] = [];
    let waiting: NodeNumber[] = [];
    for (const node of gone) {
      const row = tree.node(node);
      const here = row?.kind === 'folder' && row.parent === folder;
      if (here && arrived.has(row.identity)) {
        renamed.push(node);
        continue;
      }
      if (here) for (const _ of tree.emptyInSteps(node)) if (this.#slices.late) await this.#slices.rest();
      waiting.push(node);
      if (waiting.length < goneAtOnce) continue;
      tree.apply(folder, { put: [], gone: waiting, ignored: [], trouble, isFree: false });
      waiting = [];
      await this.#slices.rest();
    }
    return [...waiting, ...renamed];
  }

  /**
   * What moved from a folder that was still to be read into one that had been read looks gone. So when anything is
   * gone, or a folder was not there any more when it was to be read, the folders whose names have moved since are read again; what arrived
   * there then stands beside what went.
   */
  async #lookAgainWhereNamesMoved(): Promise<void> {
    this.#removals = false;
    for (const [path, { node, mtimeNs, mayHideMoves }] of [...this.#visited]) {
      if (this.#slices.over) await this.#slices.rest();
      if (this.#options.tree.node(node) !== null && (mayHideMoves || this.#namesMoved(path, mtimeNs))) {
        await this.#visitFrom({ path, node, deep: false });
      }
    }
  }

  #namesMoved(path: RelPath, mtimeNs: bigint): boolean {
    try {
      const stat = this.#options.disk.lstatSync(this.#absolute(path));
      return stat.type === 'folder' && stat.mtimeNs !== mtimeNs;
    } catch {
      this.#unsettled.add(parentOf(path));
      return false;
    }
  }

  /** A disk that is unmounted during a scan leaves an empty folder behind: that is no removal of everything. */
  #mustBeSameRoot(): void {
    if (!sameFile(rootStat(this.#options), this.#root))
      throw new SyncError('local/root-missing', { path: this.#options.root });
  }

  #absolute(path: RelPath): string {
    return path === ROOT ? this.#options.root : `${this.#options.root}/${path}`;
  }

  #count(more: Partial<ScanProgress>): void {
    const { folders, entries, hashedFiles, hashedBytes } = this.#progress;
    this.#progress = {
      folders: folders + (more.folders ?? 0),
      entries: entries + (more.entries ?? 0),
      hashedFiles: hashedFiles + (more.hashedFiles ?? 0),
      hashedBytes: hashedBytes + (more.hashedBytes ?? 0),
    };
  }
}

function rootStat({ disk, root }: ScanOptions): DiskStat {
  try {
    const stat = disk.lstatSync(root);
    if (stat.type === 'folder') return stat;
  } catch (error) {
    if (!isMissing(error)) throw new SyncError('local/root-missing', { path: root, cause: error });
  }
  throw new SyncError('local/root-missing', { path: root });
}

function isFolder({ kind }: { readonly kind: LocalKind }): boolean {
  return kind === 'folder';
}

function isParkedAt(folder: RelPath, name: LocalName): boolean {
  return folder === ROOT && name.startsWith(PARKED_PREFIX);
}

/** Starts that another one visits anyway are left out; the highest first. */
function withoutCovered(from: readonly ScanStart[]): readonly ScanStart[] {
  const deep = from.filter((start) => start.deep);
  const covered = ({ folder }: ScanStart) =>
    deep.some((other) => other.folder !== folder && isWithin(folder, other.folder));
  const left = new Map<RelPath, ScanStart>();
  for (const start of from) {
    if (!covered(start) && left.get(start.folder)?.deep !== true) left.set(start.folder, start);
  }
  return [...left.values()].sort((one, other) => one.folder.length - other.folder.length);
}
