/**
 * Three trees on paper: what the core sees through `TreeView`, what persons do to either side, and what an operation does when it
 * is carried out as planned. No disk, no host, no time: the core alone is under test.
 */
import { inOrder, paperBase } from './paper-rows.ts';
import { ACCOUNT_ROOT, ROOT_ENTRY, ROOT_NODE } from '../../src/core/entry.ts';
import type {
  BaseEntry,
  EntryKind,
  EntryNumber,
  Identity,
  LocalEntry,
  Md5,
  NodeNumber,
  RemoteEntry,
  RemoteId,
  Stamp,
} from '../../src/core/entry.ts';
import { PARKED_PREFIX } from '../../src/core/ignore.ts';
import type { Operation, Place } from '../../src/core/operation.ts';
import type { LocalName, RemoteName } from '../../src/core/path.ts';
import type { TreeView } from '../../src/core/tree.ts';
import { baseAfterMove } from '../../src/execute/rows.ts';

const pairFolder = 'd1' as RemoteId;

export class PaperWorld implements TreeView {
  readonly bases = new Map<EntryNumber, BaseEntry>();
  readonly locals = new Map<NodeNumber, LocalEntry>();
  readonly remotes = new Map<RemoteId, RemoteEntry>();
  sweeps = { begun: 1, completed: 1 };
  firstFreeEntry = 2;
  /** Nobody rests while deciding on paper. */
  revision = 0;
  /** Contents that went to a trash, either side's. */
  readonly trashed = new Set<string>();
  #nextNode = 2;
  #nextId = 2;
  #nextStamp = 1;

  constructor() {
    this.bases.set(ROOT_ENTRY, paperBase({ entry: ROOT_ENTRY, parent: null, kind: 'folder', remoteId: pairFolder }));
    this.locals.set(ROOT_NODE, this.#localRow({ node: ROOT_NODE, parent: null, kind: 'folder', entry: ROOT_ENTRY }));
    this.remotes.set(
      pairFolder,
      this.#remoteRow({ id: pairFolder, parent: ACCOUNT_ROOT, kind: 'folder', entry: ROOT_ENTRY }),
    );
  }

  /** A computer that begins anew beside this one: it sees the same host, and nothing else. */
  anew(): PaperWorld {
    const fresh = new PaperWorld();
    for (const row of this.remotes.values()) {
      if (row.id === pairFolder) continue;
      fresh.remotes.set(row.id, { ...row, md5: null, entry: null });
      const content = this.contentThere(row);
      if (content !== null) fresh.#contentsThere.set(row.id, content);
    }
    return fresh;
  }

  // -------------------------------------------------------------------------------------------- the view

  isLeftOut = (): boolean => false;

  base = (entry: EntryNumber): BaseEntry | null => this.bases.get(entry) ?? null;
  baseChildren = (parent: EntryNumber): BaseEntry[] => [...this.bases.values()].filter((row) => row.parent === parent);
  /** Of several that had the place one after the other, the one that came last. */
  baseAt = (parent: EntryNumber, name: LocalName): BaseEntry | null =>
    this.baseChildren(parent).findLast((row) => row.localName === name) ?? null;
  baseOfRemote = (id: RemoteId): BaseEntry | null =>
    [...this.bases.values()].find((row) => row.remoteId === id) ?? null;
  local = (node: NodeNumber): LocalEntry | null => this.locals.get(node) ?? null;
  localOf = (entry: EntryNumber): LocalEntry | null =>
    [...this.locals.values()].find((row) => row.entry === entry) ?? null;
  localChildren = (parent: NodeNumber): LocalEntry[] =>
    [...this.locals.values()].filter((row) => row.parent === parent);
  localAt = (parent: NodeNumber, name: LocalName): LocalEntry | null =>
    this.localChildren(parent).find((row) => row.name === name) ?? null;
  remote = (id: RemoteId): RemoteEntry | null => this.remotes.get(id) ?? null;
  remoteOf = (entry: EntryNumber): RemoteEntry | null =>
    [...this.remotes.values()].find((row) => row.entry === entry) ?? null;
  remoteChildren = (parent: RemoteId): RemoteEntry[] =>
    [...this.remotes.values()].filter((row) => row.parent === parent && row.absentSince === null);
  remoteAt = (parent: RemoteId, name: RemoteName): RemoteEntry[] =>
    this.remoteChildren(parent).filter((row) => row.name === name);
  newLocal = (): LocalEntry[] => inOrder(this.locals, (row) => row.entry === null);
  newRemote = (): RemoteEntry[] => inOrder(this.remotes, (row) => row.entry === null);
  newAmong = (rows: Iterable<RemoteEntry>): RemoteEntry[] =>
    [...rows].filter((row) => row.entry === null && row.absentSince === null);
  namedApart = (): BaseEntry[] =>
    [...this.bases.values()].filter((row) => (row.localName as string) !== (row.remoteName as string));
  openEntries = (): BaseEntry[] => inOrder(this.bases, (row) => !this.#agrees(row));
  openInPlace = (): boolean[] =>
    this.openEntries().map((base) => this.#isInPlace(base) && this.localOf(base.entry)?.identity === base.identity);

  #agrees(base: BaseEntry): boolean {
    if (base.parent === null) return true;
    return this.#isInPlace(base) && (base.kind === 'folder' || this.localOf(base.entry)?.md5 === base.md5);
  }

  #isInPlace(base: BaseEntry): boolean {
    const local = this.localOf(base.entry);
    const remote = this.remoteOf(base.entry);
    if (local === null || remote === null || remote.id !== base.remoteId || remote.absentSince !== null) return false;
    const parentHere = local.parent === null ? null : this.local(local.parent)?.entry;
    const parentThere = remote.parent === null ? null : this.remote(remote.parent)?.entry;
    return (
      parentHere === base.parent &&
      parentThere === base.parent &&
      local.name === base.localName &&
      remote.name === base.remoteName
    );
  }

  // -------------------------------------------------------------------------------------------- persons, on this computer

  makeHere(parent: NodeNumber, name: string, kind: EntryKind, content: string | null = null): NodeNumber {
    const node = this.#nextNode++ as NodeNumber;
    // as the state does: what comes back under a known name, of the same kind, is that entry
    const above = this.local(parent)?.entry ?? null;
    const known = above === null ? null : this.baseAt(above, name as LocalName);
    const entry = known !== null && known.kind === kind && this.localOf(known.entry) === null ? known.entry : null;
    const md5 = kind === 'file' && entry !== null ? (content as Md5) : null;
    this.locals.set(
      node,
      this.#localRow({ node, parent, name: name as LocalName, kind, size: 16, md5, entry, content }),
    );
    return node;
  }

  editHere(node: NodeNumber, content: string): void {
    const row = this.local(node);
    if (row === null) throw new Error('nothing to edit');
    const md5 = row.entry === null ? null : (content as Md5);
    this.locals.set(node, this.#localRow({ ...row, md5, content }));
  }

  /** `isRecognised`: the move was found by identity, else it looks like a removal and something new. */
  moveHere(node: NodeNumber, parent: NodeNumber, name: string, isRecognised: boolean): void {
    const row = this.local(node);
    if (row === null) throw new Error('nothing to move');
    if (isRecognised) {
      this.locals.set(node, { ...row, parent, name: name as LocalName });
      return;
    }
    const below = this.localChildren(node);
    this.locals.delete(node);
    const made = this.makeHere(parent, name, row.kind === 'folder' ? 'folder' : 'file', this.contentHere(row));
    for (const child of below) this.moveHere(child.node, made, child.name, false);
  }

  removeHere(node: NodeNumber): void {
    for (const child of this.localChildren(node)) this.removeHere(child.node);
    this.locals.delete(node);
  }

  // -------------------------------------------------------------------------------------------- persons, on the host

  makeThere(parent: RemoteId, name: string, kind: EntryKind, content: string | null = null): RemoteId {
    const id = `${kind === 'folder' ? 'd' : 'f'}${this.#nextId++}` as RemoteId;
    this.remotes.set(
      id,
      this.#remoteRow({ id, parent, name: name as RemoteName, kind, size: kind === 'file' ? 16 : 0, content }),
    );
    return id;
  }

  editThere(id: RemoteId, content: string): void {
    const row = this.remote(id);
    if (row === null || row.parent === null) throw new Error('nothing to edit');
    this.removeThere(id);
    this.makeThere(row.parent, row.name, 'file', content);
  }

  moveThere(id: RemoteId, parent: RemoteId, name: string): void {
    const row = this.remote(id);
    if (row === null) throw new Error('nothing to move');
    this.remotes.set(id, { ...row, parent, name: name as RemoteName });
  }

  removeThere(id: RemoteId): void {
    for (const child of this.remoteChildren(id)) this.removeThere(child.id);
    const row = this.remote(id);
    if (row !== null) this.trashed.add(this.contentThere(row) ?? '');
    this.remotes.delete(id);
  }

  // -------------------------------------------------------------------------------------------- operations

  /** Does what the operation says, or throws when it cannot be done as planned. */
  apply(op: Operation): void {
    switch (op.kind) {
      case 'link': {
        this.#linkLocal(op.node, op.entry);
        this.#linkRemote(op.remote, op.entry);
        const local = must(this.local(op.node), op);
        const remote = must(this.remote(op.remote), op);
        if (op.entryKind === 'file' && this.contentHere(local) !== this.contentThere(remote))
          throw new Error(`linked unequal contents at ${op.path}`);
        this.#putBase(op.entry, op.to, op.entryKind, op.remote, op.md5);
        break;
      }
      case 'forget':
        this.bases.delete(op.entry);
        this.#unlink(op.entry);
        break;
      case 'createFolder':
        if (op.side === 'local') {
          const node = this.#freeHere(op.to, op);
          this.locals.set(
            node,
            this.#localRow({
              node,
              parent: this.#nodeOf(op.to.parent, op),
              name: op.to.localName,
              kind: 'folder',
              entry: op.entry,
            }),
          );
          this.#linkRemote(op.remote, op.entry);
          this.#putBase(op.entry, op.to, 'folder', op.remote, null);
        } else {
          const id = this.makeThere(this.#idOf(op.to.parent, op), op.to.remoteName, 'folder');
          this.#linkRemote(id, op.entry);
          this.#linkLocal(op.node, op.entry);
          this.#putBase(op.entry, op.to, 'folder', id, null);
        }
        break;
      case 'upload': {
        const local = must(this.local(op.local.node), op);
        if (op.replaces !== null) {
          this.trashed.add(this.contentThere(must(this.remote(op.replaces.id), op)) ?? '');
          this.remotes.delete(op.replaces.id);
        }
        const content = this.contentHere(local);
        const id = this.makeThere(this.#idOf(op.to.parent, op), op.to.remoteName, 'file', content);
        this.remotes.set(id, { ...must(this.remote(id), op), md5: content as Md5 });
        this.#linkRemote(id, op.entry);
        this.#linkLocal(local.node, op.entry);
        this.locals.set(local.node, { ...must(this.local(local.node), op), md5: content as Md5 });
        this.#putBase(op.entry, op.to, 'file', id, content as Md5);
        break;
      }
      case 'download': {
        const remote = must(this.remote(op.remote.id), op);
        if (op.over !== null) this.trashed.add(this.contentHere(must(this.local(op.over.node), op)) ?? '');
        if (op.over !== null) this.locals.delete(op.over.node);
        const node = this.#freeHere(op.to, op);
        const content = this.contentThere(remote);
        this.locals.set(
          node,
          this.#localRow({
            node,
            parent: this.#nodeOf(op.to.parent, op),
            name: op.to.localName,
            kind: 'file',
            size: 16,
            md5: content as Md5,
            content,
          }),
        );
        this.#linkLocal(node, op.entry);
        this.#linkRemote(remote.id, op.entry);
        this.remotes.set(remote.id, { ...must(this.remote(remote.id), op), md5: content as Md5 });
        this.#putBase(op.entry, op.to, 'file', remote.id, content as Md5);
        break;
      }
      case 'move':
        if (op.side === 'local') {
          const row = must(this.local(op.local.node), op);
          const parent = this.#nodeOf(op.to.parent, op);
          this.#mustBeFree(parent, op.to.localName, row.node, op);
          if (this.#isBelowHere(parent, row.node)) throw new Error(`a folder would stand below itself: ${op.path}`);
          this.locals.set(row.node, { ...row, parent, name: op.to.localName });
        } else {
          const parent = this.#idOf(op.to.parent, op);
          if (this.#isBelowThere(parent, op.remote.id))
            throw new Error(`a folder would stand below itself on the host: ${op.path}`);
          this.moveThere(op.remote.id, parent, op.to.remoteName);
        }
        this.#agreeOnPlace(op);
        break;
      case 'park': {
        const row = must(this.local(op.local.node), op);
        this.locals.set(row.node, { ...row, parent: ROOT_NODE, name: `${PARKED_PREFIX}${row.node}` as LocalName });
        break;
      }
      case 'conflictCopy':
        if (op.side === 'local') {
          const row = must(this.local(op.local.node), op);
          if (row.parent === null) throw new Error('the root cannot be a conflict copy');
          this.#mustBeFree(row.parent, op.localName, row.node, op);
          this.locals.set(row.node, { ...row, name: op.localName, entry: null });
        } else {
          const row = must(this.remote(op.remote.id), op);
          this.remotes.set(row.id, { ...row, name: op.remoteName, entry: null });
        }
        break;
      case 'mergeTwin':
        throw new Error('no two computers meet on paper');
      case 'trash':
        this.#trash(op);
        break;
      case 'compare': {
        const local = must(this.local(op.local.node), op);
        const remote = must(this.remote(op.remote.id), op);
        this.locals.set(local.node, { ...local, md5: this.contentHere(local) as Md5 });
        this.remotes.set(remote.id, { ...remote, md5: this.contentThere(remote) as Md5 });
        break;
      }
    }
    this.firstFreeEntry = Math.max(this.firstFreeEntry, op.entry + 1);
  }

  #trash(op: Extract<Operation, { kind: 'trash' }>): void {
    const covered = new Set<string>();
    for (const it of op.covers) covered.add(it.side === 'local' ? String(it.expect.node) : it.expect.id);
    if (op.side === 'local') {
      const gone = [op.local.node, ...this.belowHere(op.local.node)];
      for (const node of gone.slice(1))
        if (!covered.has(String(node))) throw new Error(`trash would take more than it covers: ${op.path}`);
      for (const node of gone) {
        this.trashed.add(this.contentHere(must(this.local(node), op)) ?? '');
        this.locals.delete(node);
      }
    } else {
      const gone = [op.remote.id, ...this.belowThere(op.remote.id)];
      for (const id of gone.slice(1))
        if (!covered.has(id)) throw new Error(`trash would take more than it covers on the host: ${op.path}`);
      for (const id of gone) {
        const row = must(this.remote(id), op);
        this.trashed.add(this.contentThere(row) ?? '');
        this.remotes.delete(id);
      }
    }
    for (const entry of [op.entry, ...op.covers.map((it) => it.entry)]) this.bases.delete(entry);
  }

  #putBase(entry: EntryNumber, to: Place, kind: EntryKind, remoteId: RemoteId, md5: Md5 | null): void {
    this.#setBase(paperBase({ entry, ...to, kind, remoteId, md5, size: kind === 'file' ? 16 : 0 }));
  }

  /** What is put down last stands last. */
  #setBase(row: BaseEntry): void {
    this.bases.delete(row.entry);
    this.bases.set(row.entry, row);
  }

  /** As the engine does it: after a move on one side base follows if the other side is there too, whether or not the versions are linked. */
  #agreeOnPlace({ entry, to, side }: Extract<Operation, { kind: 'move' }>): void {
    for (const change of baseAfterMove(this, entry, to, side))
      if ('put' in change && change.put === 'base') this.#setBase(change.row);
  }

  #linkLocal(node: NodeNumber, entry: EntryNumber): void {
    for (const row of this.locals.values()) if (row.entry === entry) this.locals.set(row.node, { ...row, entry: null });
    const row = this.local(node);
    if (row !== null) this.locals.set(node, { ...row, entry });
  }

  #linkRemote(id: RemoteId, entry: EntryNumber): void {
    for (const row of this.remotes.values()) if (row.entry === entry) this.remotes.set(row.id, { ...row, entry: null });
    const row = this.remote(id);
    if (row !== null) this.remotes.set(id, { ...row, entry });
  }

  #unlink(entry: EntryNumber): void {
    for (const row of this.locals.values()) if (row.entry === entry) this.locals.set(row.node, { ...row, entry: null });
    for (const row of this.remotes.values()) if (row.entry === entry) this.remotes.set(row.id, { ...row, entry: null });
  }

  #freeHere(to: Place, op: Operation): NodeNumber {
    this.#mustBeFree(this.#nodeOf(to.parent, op), to.localName, null, op);
    return this.#nextNode++ as NodeNumber;
  }

  #mustBeFree(parent: NodeNumber, name: LocalName, except: NodeNumber | null, op: Operation): void {
    const holder = this.localAt(parent, name);
    if (holder !== null && holder.node !== except) throw new Error(`${op.kind} to a name that is taken: ${op.path}`);
  }

  #nodeOf(entry: EntryNumber, op: Operation): NodeNumber {
    return must(this.localOf(entry), op).node;
  }

  #idOf(entry: EntryNumber, op: Operation): RemoteId {
    return must(this.remoteOf(entry), op).id;
  }

  belowHere(node: NodeNumber): NodeNumber[] {
    return this.localChildren(node).flatMap((row) => [row.node, ...this.belowHere(row.node)]);
  }

  belowThere(id: RemoteId): RemoteId[] {
    return this.remoteChildren(id).flatMap((row) => [row.id, ...this.belowThere(row.id)]);
  }

  #isBelowHere(node: NodeNumber, above: NodeNumber): boolean {
    return node === above || this.belowHere(above).includes(node);
  }

  #isBelowThere(id: RemoteId, above: RemoteId): boolean {
    return id === above || this.belowThere(above).includes(id);
  }

  #localRow(
    row: Partial<LocalEntry> & Pick<LocalEntry, 'node' | 'parent' | 'kind'> & { content?: string | null },
  ): LocalEntry {
    const { content, ...rest } = row;
    const held = content ?? (row as { stamp?: string }).stamp?.split(':')[1];
    const stamp = `${this.#nextStamp++}${held === undefined ? '' : `:${held}`}`;
    const made: LocalEntry = {
      name: '' as LocalName,
      size: 0,
      identity: '' as Identity,
      changedAtMs: 0,
      md5: null,
      racy: false,
      entry: null,
      trouble: null,
      released: false,
      ...rest,
      stamp: stamp as Stamp,
    };
    return made;
  }

  #remoteRow(
    row: Partial<RemoteEntry> & Pick<RemoteEntry, 'id' | 'parent' | 'kind'> & { content?: string | null },
  ): RemoteEntry {
    const { content, ...rest } = row;
    if (content !== undefined && content !== null) this.#contentsThere.set(row.id, content);
    return {
      name: '' as RemoteName,
      size: 0,
      md5: null,
      entry: null,
      firstSeenMs: -1e9,
      absentSince: null,
      unlisted: false,
      released: false,
      ...rest,
    };
  }

  readonly #contentsThere = new Map<RemoteId, string>();

  contentHere = (row: LocalEntry): string | null => row.stamp.split(':')[1] ?? null;
  contentThere = (row: RemoteEntry): string | null => this.#contentsThere.get(row.id) ?? null;
}

function must<T>(value: T | null, op: Operation): T {
  if (value === null) throw new Error(`${op.kind} of something that is not there: ${op.path}`);
  return value;
}
