/**
 * What takes a run back: which of its entries can be what they were before it, and what is to be done in the person's folder for that.
 * The next pass carries it over to the host, like anything that a person does. What must hold: nothing that was changed since, on
 * either side, is touched; what was removed or replaced comes back only where its very content is known to be kept.
 *
 * | before the run | after it | to take it back |
 * | --- | --- | --- |
 * | nothing | a file | it goes to the trash |
 * | nothing | a folder | it goes, once it is empty |
 * | a file | nothing | it is put back, with the content that it had |
 * | a folder | nothing | it is made again |
 * | elsewhere, or under another name | here | it moves back |
 * | another content | this one | this one goes to the trash, the other is put back |
 */
import { ROOT_ENTRY } from './entry.ts';
import type { BaseEntry, EntryNumber, LocalEntry, NodeNumber } from './entry.ts';
import { readConflictMark } from './conflict.ts';
import { PARKED_PREFIX } from './ignore.ts';
import { isWithin, joinPath, parentOf, ROOT } from './path.ts';
import type { LocalName, RelPath } from './path.ts';
import { Sketch } from './sketch.ts';
import type { Spot } from './sketch.ts';
import type { TreeView } from './tree.ts';

/** An entry as base had it at some time. */
export type Former = Pick<BaseEntry, 'kind' | 'localName' | 'remoteId' | 'size' | 'md5'> & {
  readonly parent: EntryNumber;
};

/** An entry with which a run did something. `null`: it was not there then. */
export interface Changed {
  readonly entry: EntryNumber;
  readonly before: Former | null;
  readonly after: Former | null;
}

/** A content that a file had. */
export type Content = Pick<BaseEntry, 'size' | 'remoteId'> & { readonly md5: NonNullable<BaseEntry['md5']> };

/** One act in the person's folder, in an order in which each can be done. `node`: what it is about, where that is there already. */
export type UndoAct =
  | { readonly kind: 'trash'; readonly path: RelPath; readonly node: NodeNumber }
  | { readonly kind: 'removeFolder'; readonly path: RelPath }
  | {
      readonly kind: 'move';
      readonly path: RelPath;
      readonly to: RelPath;
      readonly node: NodeNumber;
      /** It only steps aside; another move brings it to its place. */
      readonly aside: boolean;
    }
  | { readonly kind: 'makeFolder'; readonly path: RelPath }
  | { readonly kind: 'restore'; readonly path: RelPath; readonly content: Content }
  | { readonly kind: 'replace'; readonly path: RelPath; readonly node: NodeNumber; readonly content: Content };

export interface UndoPlan {
  readonly acts: readonly UndoAct[];
  /** What stays as it is, with why. */
  readonly refused: readonly { readonly path: RelPath; readonly why: string }[];
}

export interface UndoInput {
  /** Both sides as they are now. */
  readonly view: TreeView;
  /** All that the run did something with. */
  readonly changes: readonly Changed[];
  /** As base had the entry when the run began. */
  readonly formerly: (entry: EntryNumber) => Former | null;
  /** Files of which the run kept two versions. */
  readonly conflicts: ReadonlySet<RelPath>;
  /** Only what was or is here or below. */
  readonly within: RelPath;
  /** Whether a content is kept on this computer. */
  readonly hasContent: (content: Content) => boolean;
}

type Want =
  | { readonly kind: 'gone'; readonly spot: Spot; readonly path: RelPath }
  | { readonly kind: 'replace'; readonly spot: Spot; readonly path: RelPath; readonly content: Content }
  | { readonly kind: 'move'; readonly spot: Spot; readonly path: RelPath; readonly to: Target }
  | {
      readonly kind: 'put';
      readonly entry: EntryNumber;
      readonly path: RelPath;
      readonly to: Target;
      /** `null`: a folder. */
      readonly content: Content | null;
    };

interface Target {
  readonly parent: EntryNumber;
  readonly name: LocalName;
}

/** Decides and orders. Of what cannot be done each is told once. */
export function planUndo(input: UndoInput): UndoPlan {
  const barred = new Set<EntryNumber | NodeNumber>();
  for (;;) {
    const undoing = new Undoing(input, barred);
    const plan = undoing.plan();
    if (undoing.stranded === null) return plan;
    barred.add(undoing.stranded); // it would have stepped aside for nothing
  }
}

class Undoing {
  readonly #input: UndoInput;
  readonly #barred: ReadonlySet<EntryNumber | NodeNumber>;
  readonly #sketch: Sketch;
  readonly #changes: ReadonlyMap<EntryNumber, Changed>;
  readonly #acts: UndoAct[] = [];
  readonly #refused = new Map<RelPath, string>();
  readonly #puts = new Map<EntryNumber, Spot | null>();
  readonly #current = new Map<EntryNumber, BaseEntry | null>();
  #wants: Want[] = [];
  /** Something that stepped aside, and whose place is not free after all. */
  stranded: NodeNumber | null = null;

  constructor(input: UndoInput, barred: ReadonlySet<EntryNumber | NodeNumber>) {
    this.#input = input;
    this.#barred = barred;
    this.#sketch = new Sketch(input.view);
    this.#changes = new Map(input.changes.map((change) => [change.entry, change]));
  }

  plan(): UndoPlan {
    for (const change of this.#input.changes) this.#decide(change);
    const contents: Extract<Want, { kind: 'replace' }>[] = [];
    const pending: Want[] = [];
    for (const want of this.#wants) {
      if (want.kind === 'replace') contents.push(want);
      else if (want.kind === 'gone' && want.spot.kind === 'file') this.#trash(want);
      else pending.push(want);
    }
    this.#wants = pending;
    this.#arrange();
    for (const { spot, content } of contents)
      if (spot.node !== null)
        this.#acts.push({ kind: 'replace', path: this.#sketch.path(spot), node: spot.node, content });
    return { acts: this.#acts, refused: [...this.#refused].map(([path, why]) => ({ path, why })) };
  }

  // ------------------------------------------------------------------------------------------ deciding

  #decide(change: Changed): void {
    const { before, after, entry } = change;
    if (before === null && after === null) return;
    const paths = [
      ...(before === null ? [] : [this.#pathOf(before, 'then')]),
      ...(after === null ? [] : [this.#pathOf(after, 'now')]),
    ];
    const path = paths.at(-1) ?? ROOT;
    if (!paths.some((one) => isWithin(one, this.#input.within))) return;
    if (this.#isConflict(change, path)) {
      this.#refuse(path, 'two versions were kept: `yetisync conflicts keep` decides');
    } else if (after === null) {
      if (before !== null) this.#putBack(entry, before, path);
    } else {
      this.#takeBack(before, after, entry, path);
    }
  }

  #isConflict({ before, after }: Changed, path: RelPath): boolean {
    const { conflicts } = this.#input;
    if (conflicts.has(path)) return true;
    if (before !== null || after?.kind !== 'file' || readConflictMark(after.localName) === null) return false;
    return [...conflicts].some((one) => parentOf(one) === parentOf(path));
  }

  #putBack(entry: EntryNumber, before: Former, path: RelPath): void {
    const to = { parent: before.parent, name: before.localName };
    if (before.kind === 'folder') {
      this.#want({ kind: 'put', entry, path, to, content: null });
      return;
    }
    const content = this.#contentOf(before, path);
    if (content !== null) this.#want({ kind: 'put', entry, path, to, content });
  }

  #takeBack(before: Former | null, after: Former, entry: EntryNumber, path: RelPath): void {
    const { view } = this.#input;
    const now = this.#currentOf(entry, after);
    const local = now === null ? null : view.localOf(now.entry);
    const spot = local === null ? null : this.#sketch.of(local.node);
    if (now === null || local === null || spot === null) {
      this.#refuse(path, 'it is no longer there');
      return;
    }
    if (view.remoteOf(now.entry) === null) {
      this.#refuse(path, 'it was changed or removed on the host since');
      return;
    }
    const moves = before !== null && (before.parent !== after.parent || before.localName !== after.localName);
    const isEdited = before !== null && after.kind === 'file' && before.md5 !== after.md5;
    if (!moves && !isEdited && before !== null) return;
    const contentSince = after.kind === 'file' ? this.#contentSince(after, now, local) : null;
    const placeSince = this.#placeSince(after, now, local);
    if (before === null) {
      const since = contentSince ?? placeSince;
      if (since === null) this.#want({ kind: 'gone', spot, path });
      else this.#refuse(path, since);
      return;
    }
    if (isEdited) {
      const content = contentSince === null ? this.#contentOf(before, path) : null;
      if (contentSince !== null) this.#refuse(path, contentSince);
      else if (content !== null) this.#want({ kind: 'replace', spot, path, content });
    }
    if (moves) {
      if (placeSince !== null) this.#refuse(path, placeSince);
      else this.#want({ kind: 'move', spot, path, to: { parent: before.parent, name: before.localName } });
    }
  }

  /** What happened to the content since the run, on either side; `null`: nothing. */
  #contentSince(after: Former, now: BaseEntry, local: LocalEntry): string | null {
    const remote = this.#input.view.remoteOf(now.entry);
    if (now.md5 !== after.md5 || local.md5 !== now.md5) return 'it was changed since';
    return remote?.id === now.remoteId ? null : 'it was changed on the host since';
  }

  #placeSince(after: Former, now: BaseEntry, local: LocalEntry): string | null {
    const { view } = this.#input;
    const remote = view.remoteOf(now.entry);
    const here = local.parent === null ? null : view.local(local.parent);
    const there = remote === null || remote.parent === null ? null : view.remote(remote.parent);
    const isAsAgreed =
      here?.entry === now.parent &&
      local.name === now.localName &&
      there?.entry === now.parent &&
      remote?.name === now.remoteName;
    const isAsLeft = now.parent === this.#entryNow(after.parent) && now.localName === after.localName;
    return isAsAgreed && isAsLeft ? null : 'it was moved or renamed since';
  }

  /** The content, if it is kept; else says so. */
  #contentOf({ md5, size, remoteId }: Former, path: RelPath): Content | null {
    const content = md5 === null ? null : { md5, size, remoteId };
    if (content !== null && this.#input.hasContent(content)) return content;
    this.#refuse(
      path,
      `its former content is not kept here: it is in the host's trash (file ${remoteId.slice(1)}), to be restored on the host's web page`,
    );
    return null;
  }

  // ------------------------------------------------------------------------------------------ finding

  /** The entry as base has it now; one that came back since as another entry, with that content in that place, is it too. */
  #currentOf(entry: EntryNumber, image: Former | null): BaseEntry | null {
    const known = this.#current.get(entry);
    if (known !== undefined) return known;
    const { view } = this.#input;
    let found = view.base(entry);
    if (found === null && image !== null) {
      const parent = this.#entryNow(image.parent);
      const there = parent === null ? null : view.baseAt(parent, image.localName);
      if (there !== null && there.kind === image.kind && there.md5 === image.md5) found = there;
    }
    this.#current.set(entry, found);
    return found;
  }

  /** The number that a folder of then has now. */
  #entryNow(entry: EntryNumber): EntryNumber | null {
    if (entry === ROOT_ENTRY) return entry;
    const image = this.#changes.get(entry)?.after ?? this.#input.formerly(entry);
    return this.#currentOf(entry, image)?.entry ?? null;
  }

  /** For the person: where it is now, or was then. */
  #pathOf({ parent, localName }: Former, when: 'then' | 'now'): RelPath {
    const names: LocalName[] = [localName];
    const seen = new Set<EntryNumber>();
    for (let at = parent; at !== ROOT_ENTRY && !seen.has(at);) {
      seen.add(at);
      const now = when === 'now' ? this.#input.view.base(at) : null;
      const row = now ?? this.#input.formerly(at);
      if (row === null || row.parent === null) break;
      names.unshift(row.localName);
      at = row.parent;
    }
    return names.reduce<RelPath>(joinPath, ROOT);
  }

  /** `null`: it is not there yet. `'never'`: nor will it be. */
  #folderOf(entry: EntryNumber): Spot | null | 'never' {
    if (entry === ROOT_ENTRY) return this.#sketch.root;
    const put = this.#puts.get(entry);
    if (put !== undefined) return put;
    const now = this.#entryNow(entry);
    if (now !== null) {
      const local = this.#input.view.localOf(now);
      const spot = local === null ? null : this.#sketch.of(local.node);
      return spot ?? 'never';
    }
    // it went later than the run: it is made again, if only for what was in it
    const image = this.#input.formerly(entry);
    if (image === null || image.kind !== 'folder') return 'never';
    const to = { parent: image.parent, name: image.localName };
    this.#want({ kind: 'put', entry, path: this.#pathOf(image, 'then'), to, content: null });
    return null;
  }

  // ------------------------------------------------------------------------------------------ arranging

  /** Does what can be done, again and again; where names are exchanged, something steps aside first. */
  #arrange(): void {
    const aside = new Set<Spot>();
    for (;;) {
      const before = this.#wants;
      this.#wants = [];
      let isMoving = false;
      for (const want of before) {
        if (this.#tried(want)) isMoving = true;
        else this.#wants.push(want);
      }
      if (isMoving) continue;
      if (this.#wants.length === 0 || !this.#stepAside(aside)) break;
    }
    for (const want of this.#wants) {
      if (want.kind === 'move' && aside.has(want.spot)) this.stranded = want.spot.node;
      this.#refuse(want.path, want.kind === 'gone' ? 'something is in it: it stays' : 'something else has its place');
    }
  }

  /** True where it is settled: done, or told. */
  #tried(want: Want): boolean {
    switch (want.kind) {
      case 'gone':
        if (!this.#sketch.isEmpty(want.spot)) return false;
        this.#acts.push({ kind: 'removeFolder', path: this.#sketch.path(want.spot) });
        this.#sketch.remove(want.spot);
        return true;
      case 'move':
        return this.#triedMove(want);
      case 'put':
        return this.#triedPut(want);
      case 'replace':
        return true; // content comes last, wherever the file is then
    }
  }

  #triedMove({ spot, path, to }: Extract<Want, { kind: 'move' }>): boolean {
    const folder = this.#folderOf(to.parent);
    if (spot.node === null || this.#barred.has(spot.node)) {
      this.#refuse(path, 'something else has its place');
      return true;
    }
    if (folder === 'never') {
      this.#refuse(path, 'the folder where it was is not there any more');
      return true;
    }
    if (folder === null || this.#sketch.isWithin(folder, spot)) return false;
    const holder = this.#sketch.at(folder, to.name);
    if (holder === spot) return true;
    if (holder !== null) return false;
    this.#move(spot, folder, to.name, false);
    return true;
  }

  #triedPut({ entry, path, to, content }: Extract<Want, { kind: 'put' }>): boolean {
    const folder = this.#folderOf(to.parent);
    if (folder === 'never') {
      this.#refuse(path, 'the folder where it was is not there any more');
      return true;
    }
    if (folder === null) return false;
    const holder = this.#sketch.at(folder, to.name);
    if (holder !== null) {
      if (content === null && holder.kind === 'folder') {
        this.#puts.set(entry, holder); // there is one again
        return true;
      }
      const row = holder.node === null ? null : this.#input.view.local(holder.node);
      return content !== null && row?.md5 === content.md5; // so is the file
    }
    const spot = this.#sketch.make(folder, to.name, content === null ? 'folder' : 'file');
    const at = this.#sketch.path(spot);
    if (content === null) {
      this.#puts.set(entry, spot);
      this.#acts.push({ kind: 'makeFolder', path: at });
    } else {
      this.#acts.push({ kind: 'restore', path: at, content });
    }
    return true;
  }

  /** One that is to move anyway, and that is in the way of another. */
  #stepAside(aside: Set<Spot>): boolean {
    for (const want of this.#wants) {
      if (want.kind !== 'move' || aside.has(want.spot) || want.spot.node === null) continue;
      if (!this.#wants.some((other) => this.#isInTheWay(want.spot, other))) continue;
      aside.add(want.spot);
      this.#move(want.spot, this.#sketch.root, `${PARKED_PREFIX}${want.spot.node}` as LocalName, true);
      return true;
    }
    return false;
  }

  #isInTheWay(spot: Spot, other: Want): boolean {
    if (other.kind === 'gone') return spot !== other.spot && this.#sketch.isWithin(spot, other.spot);
    if (other.kind === 'replace') return false;
    if (other.kind === 'move' && other.spot === spot) return false;
    const folder = this.#folderOf(other.to.parent);
    if (folder === null || folder === 'never') return false;
    return this.#sketch.at(folder, other.to.name) === spot;
  }

  #move(spot: Spot, folder: Spot, name: LocalName, aside: boolean): void {
    if (spot.node === null) return;
    const path = this.#sketch.path(spot);
    this.#sketch.move(spot, folder, name);
    this.#acts.push({ kind: 'move', path, to: this.#sketch.path(spot), node: spot.node, aside });
  }

  #trash({ spot }: Extract<Want, { kind: 'gone' }>): void {
    if (spot.node === null) return;
    this.#acts.push({ kind: 'trash', path: this.#sketch.path(spot), node: spot.node });
    this.#sketch.remove(spot);
  }

  #want(want: Want): void {
    if (want.kind === 'put') {
      if (this.#puts.has(want.entry)) return;
      if (want.content === null) this.#puts.set(want.entry, null);
    }
    this.#wants.push(want);
  }

  #refuse(path: RelPath, why: string): void {
    if (!this.#refused.has(path)) this.#refused.set(path, why);
  }
}
