/**
 * Three trees without what they say of a person: names, contents and who a file is stand as pseudonyms, the same for the same; the
 * decisions that follow from them are the same. Numbers of entries, sizes and times stay, ids of the host keep their order.
 */
import { ACCOUNT_ROOT, ROOT_ENTRY, ROOT_NODE } from './entry.ts';
import type {
  BaseEntry,
  EntryNumber,
  Identity,
  LocalEntry,
  Md5,
  NodeNumber,
  RemoteEntry,
  RemoteId,
  Stamp,
} from './entry.ts';
import { byId } from './item.ts';
import type { LocalName, RemoteName } from './path.ts';
import type { PlannedStep } from './planned-step.ts';
import { Pseudonyms } from './pseudonyms.ts';
import type { TreeView } from './tree.ts';

export interface Trees {
  readonly base: readonly BaseEntry[];
  readonly local: readonly LocalEntry[];
  readonly remote: readonly RemoteEntry[];
  readonly firstFreeEntry: number;
  readonly sweeps: TreeView['sweeps'];
}

/** All rows that the view shows. In the order of their numbers. */
export function readTrees(view: TreeView): Trees {
  const base: BaseEntry[] = [];
  const local: LocalEntry[] = [];
  const remote = new Map<RemoteId, RemoteEntry>();
  const walkBase: EntryNumber[] = [ROOT_ENTRY];
  for (let at = walkBase.pop(); at !== undefined; at = walkBase.pop()) {
    const row = view.base(at);
    if (row !== null) base.push(row);
    for (const child of view.baseChildren(at)) walkBase.push(child.entry);
  }
  const walkLocal: NodeNumber[] = [ROOT_NODE];
  for (let at = walkLocal.pop(); at !== undefined; at = walkLocal.pop()) {
    const row = view.local(at);
    if (row !== null) local.push(row);
    for (const child of view.localChildren(at)) walkLocal.push(child.node);
  }
  // what is absent and not confirmed hangs on its entry alone
  const known = base.flatMap(({ entry }) => view.remoteOf(entry) ?? []);
  const walkRemote: RemoteEntry[] = [...known, ...view.newRemote()];
  for (let row = walkRemote.pop(); row !== undefined; row = walkRemote.pop()) {
    if (remote.has(row.id)) continue;
    remote.set(row.id, row);
    walkRemote.push(...view.remoteChildren(row.id));
  }
  return {
    base: base.sort((one, other) => one.entry - other.entry),
    local: local.sort((one, other) => one.node - other.node),
    remote: [...remote.values()].sort(byId),
    firstFreeEntry: view.firstFreeEntry,
    sweeps: view.sweeps,
  };
}

/** One set of pseudonyms for all that is told of a pair. */
export class Anonymous {
  readonly names = new Pseudonyms();
  readonly #contents = new Map<string, Md5>();
  readonly #stamps = new Map<string, string>();
  readonly #identities = new Map<string, string>();
  readonly #ids = new Map<RemoteId, RemoteId>();

  /** The ids that there are, so that they keep their order. */
  constructor(trees: Trees) {
    const all = [
      ...trees.base.map(({ remoteId }) => remoteId),
      ...trees.remote.flatMap(({ id, parent }) => [id, parent ?? id]),
    ];
    const sorted = [...new Set(all)]
      .filter((id) => id !== ACCOUNT_ROOT)
      .sort((one, other) => byId({ id: one } as RemoteEntry, { id: other } as RemoteEntry));
    sorted.forEach((id) => this.id(id));
  }

  trees({ base, local, remote, firstFreeEntry, sweeps }: Trees): Trees {
    return {
      base: base.map((row) => ({
        ...row,
        localName: this.#local(row.localName),
        remoteName: this.#remote(row.remoteName),
        remoteId: this.id(row.remoteId),
        md5: this.content(row.md5),
        identity: this.#identity(row.identity),
        stamp: this.stamp(row.stamp),
      })),
      local: local.map((row) => ({
        ...row,
        name: this.#local(row.name),
        md5: this.content(row.md5),
        identity: this.#identity(row.identity),
        stamp: this.stamp(row.stamp) as Stamp,
      })),
      remote: remote.map((row) => ({
        ...row,
        id: this.id(row.id),
        parent: row.parent === null ? null : this.id(row.parent),
        name: this.#remote(row.name),
        md5: this.content(row.md5),
      })),
      firstFreeEntry,
      sweeps,
    };
  }

  step(step: PlannedStep): PlannedStep {
    const { here, there, newName } = step;
    return {
      ...step,
      path: this.names.path(step.path),
      newName: newName === null ? null : this.#remote(newName as RemoteName),
      here:
        here === null
          ? null
          : {
              ...here,
              path: this.names.path(here.path),
              identity: this.#identity(here.identity as Identity),
              stamp: this.stamp(here.stamp as Stamp),
              md5: this.content(here.md5),
            },
      there:
        there === null
          ? null
          : {
              ...there,
              id: this.id(there.id),
              parent: this.id(there.parent),
              name: this.#remote(there.name as RemoteName),
            },
      covers: step.covers.map(({ path, version }) => ({ path: this.names.path(path), version: this.version(version) })),
    };
  }

  content(md5: Md5 | null): Md5 | null {
    if (md5 === null) return null;
    const known = this.#contents.get(md5) ?? ((this.#contents.size + 1).toString(16).padStart(32, '0') as Md5);
    this.#contents.set(md5, known);
    return known;
  }

  id(id: RemoteId): RemoteId {
    if (id === ACCOUNT_ROOT) return id;
    const known = this.#ids.get(id) ?? (`${id.slice(0, 1)}${this.#ids.size + 1}` as RemoteId);
    this.#ids.set(id, known);
    return known;
  }

  stamp(stamp: Stamp | ''): Stamp | '' {
    if (stamp === '') return '';
    return numbered(this.#stamps, stamp, 's') as Stamp;
  }

  /** An id, a content or a stamp. */
  version(version: string): string {
    if (/^[fd]\d+$/.test(version)) return this.id(version as RemoteId);
    const isContent = this.#contents.has(version) || /^[0-9a-f]{32}$/.test(version);
    return isContent ? (this.content(version as Md5) ?? '') : this.stamp(version as Stamp);
  }

  /** Whether a birth time is known stays to be seen. */
  #identity(identity: Identity): Identity {
    if (identity === '') return identity;
    return `${numbered(this.#identities, identity, 'i')}${identity.endsWith('-') ? '-' : ''}` as Identity;
  }

  #local(name: LocalName): LocalName {
    return name === '' ? name : this.names.local(name);
  }

  #remote(name: RemoteName): RemoteName {
    return name === '' ? name : this.names.remote(name);
  }
}

function numbered(known: Map<string, string>, value: string, letter: string): string {
  const given = known.get(value) ?? `${letter}${known.size + 1}`;
  known.set(value, given);
  return given;
}
