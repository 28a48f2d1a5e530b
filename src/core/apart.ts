/**
 * A plan that is made while transfers of an earlier one are under way: what has anything to do with those waits until they are over. What must
 * hold: nothing that is begun meanwhile touches the file that travels, on either side, the folders it lies in, or the name it is to have.
 */
import type { EntryNumber, NodeNumber, RemoteId } from './entry.ts';
import { foldedName } from './names.ts';
import type { Act, Operation, OperationNumber, Place } from './operation.ts';
import type { Plan } from './order.ts';
import type { TreeView } from './tree.ts';

/** The plan without what touches `underWay`, and without what waits for that. */
export function apartFrom(plan: Plan, underWay: readonly Operation[], view: TreeView): Plan {
  if (underWay.length === 0) return plan;
  const taken = new Taken(view);
  for (const op of underWay) taken.add(op);
  const out = new Set<OperationNumber>();
  const operations: Operation[] = [];
  for (const op of plan.operations) {
    if (taken.has(op) || op.after.some((other) => out.has(other))) out.add(op.number);
    else operations.push(op);
  }
  return { ...plan, operations };
}

/** What operations under way are about, with all folders above it as each of the three trees has them. */
class Taken {
  readonly #view: TreeView;
  readonly #entries = new Set<EntryNumber>();
  readonly #nodes = new Set<NodeNumber>();
  readonly #ids = new Set<RemoteId>();
  readonly #names = new Set<string>();

  constructor(view: TreeView) {
    this.#view = view;
  }

  add(op: Operation): void {
    this.#addEntry(op.entry);
    for (const node of nodesOf(op)) this.#addNode(node);
    for (const id of idsOf(op)) this.#addId(id);
    if (!('to' in op)) return;
    this.#addEntry(op.to.parent);
    for (const name of namesOf(op.to)) this.#names.add(name);
  }

  has(op: Operation): boolean {
    return (
      this.#entries.has(op.entry) ||
      nodesOf(op).some((node) => this.#nodes.has(node)) ||
      idsOf(op).some((id) => this.#ids.has(id)) ||
      ('to' in op && namesOf(op.to).some((name) => this.#names.has(name)))
    );
  }

  #addEntry(from: EntryNumber): void {
    const view = this.#view;
    for (let at: EntryNumber | null = from; at !== null && !this.#entries.has(at);) {
      this.#entries.add(at);
      this.#addNode(view.localOf(at)?.node ?? null);
      this.#addId(view.remoteOf(at)?.id ?? null);
      at = view.base(at)?.parent ?? null;
    }
  }

  #addNode(from: NodeNumber | null): void {
    for (let at = from; at !== null && !this.#nodes.has(at);) {
      this.#nodes.add(at);
      const row = this.#view.local(at);
      if (row?.entry !== null && row?.entry !== undefined) this.#addEntry(row.entry);
      at = row?.parent ?? null;
    }
  }

  #addId(from: RemoteId | null): void {
    for (let at = from; at !== null && !this.#ids.has(at);) {
      this.#ids.add(at);
      const row = this.#view.remote(at);
      if (row?.entry !== null && row?.entry !== undefined) this.#addEntry(row.entry);
      at = row?.parent ?? null;
    }
  }
}

/** Every item on the disk that the act is about, where it stands. */
function nodesOf(act: Act): readonly NodeNumber[] {
  return [
    ...('local' in act ? [act.local.node] : []),
    ...('node' in act ? [act.node] : []),
    ...(act.kind === 'download' && act.over !== null ? [act.over.node] : []),
    ...(act.kind === 'trash' ? act.covers.flatMap((it) => (it.side === 'local' ? [it.expect.node] : [])) : []),
  ];
}

/** Every item on the host that the act is about. */
function idsOf(act: Act): readonly RemoteId[] {
  return [
    ...('remote' in act ? [typeof act.remote === 'string' ? act.remote : act.remote.id] : []),
    ...(act.kind === 'upload' && act.replaces !== null ? [act.replaces.id] : []),
    ...(act.kind === 'mergeTwin' ? [act.from.id, act.into.id] : []),
    ...(act.kind === 'trash' ? act.covers.flatMap((it) => (it.side === 'remote' ? [it.expect.id] : [])) : []),
  ];
}

/** Names are taken as hosts compare them. */
function namesOf({ parent, localName, remoteName }: Place): readonly string[] {
  return [`${parent}/${foldedName(localName)}`, `${parent}/${foldedName(remoteName)}`];
}
