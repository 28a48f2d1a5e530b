/**
 * Persons at work on paper, on both sides, and what of their contents nobody gave up. A content is given up when someone who
 * saw it replaces or removes it; what the other side did meanwhile is not seen, and so not given up.
 */
import type { NodeNumber, RemoteId } from '../../src/core/entry.ts';
import { ROOT_NODE } from '../../src/core/entry.ts';
import { applyBrakes } from '../../src/core/guard.ts';
import type { Operation } from '../../src/core/operation.ts';
import { makePlan } from '../../src/core/plan.ts';
import { Portions } from '../../src/core/portions.ts';
import { reconcile } from '../../src/core/reconcile.ts';
import { atOnce } from '../../src/core/steps.ts';
import { PaperWorld } from './paper-world.ts';

export interface Choice {
  readonly side: 'local' | 'remote';
  readonly act:
    'create' | 'mkdir' | 'edit' | 'remove' | 'move' | 'copy' | 'kind' | 'swap' | 'twin' | 'merge' | 'invert';
  readonly a: number;
  readonly b: number;
  readonly name: number;
}

const names = ['a', 'b', 'c', 'A', 'a (2)'];

/** Rounds of persons' acts; `between` brings the sides together after each. Returns what must still be held. */
export function playHistory(
  rounds: readonly (readonly Choice[])[],
  recognises: boolean,
  between: (world: PaperWorld) => void,
): { world: PaperWorld; alive: Set<string> } {
  const world = new PaperWorld();
  const alive = new Set<string>();
  let counter = 0;
  for (const round of rounds) {
    for (const choice of round) {
      const content = `c${counter++}`;
      if (choice.side === 'local') actHere(world, choice, content, alive, recognises);
      else actThere(world, choice, content, alive);
    }
    between(world);
  }
  return { world, alive };
}

/**
 * Plans and carries out until nothing is left to do. Operations that could run side by side run in an order that `shuffle` chooses, within what
 * they wait for. `tamper` puts a fault into the plan, to see that it is found. `portion`: so many new items are decided together; rounds with
 * a portion are not counted.
 */
export function settle(
  world: PaperWorld,
  {
    shuffle = 0,
    portion = 1000,
    tamper = (operations) => operations,
  }: { shuffle?: number; portion?: number; tamper?: (operations: readonly Operation[]) => readonly Operation[] } = {},
): { rounds: number; problems: string[] } {
  const portions = new Portions(portion);
  for (let round = 1; ; round++) {
    const part = atOnce(portions.next(world));
    const view = part?.view ?? world;
    const decisions = reconcile(view, { nowMs: 0, conflictMade: 'then there', nextVersionWaitMs: 600_000 });
    const { plan } = applyBrakes(makePlan(decisions, view), {
      percent: 100,
      count: 1e9,
      entries: 1e9,
      lately: { local: 0, remote: 0 },
      isApproved: () => true,
    });
    if (part === null && (plan.operations.length === 0 || round > 12)) {
      const left = plan.operations.map((op) => `left: ${op.kind} ${op.path}`);
      const problems = decisions.problems.map(({ code, path }) => `${code} ${path}`);
      return {
        rounds: round,
        problems: [...left, ...problems, ...decisions.waiting.map(({ why, path }) => `${path}: ${why}`)],
      };
    }
    for (const op of inSomeOrder(tamper(plan.operations), shuffle + round)) world.apply(op);
    if (part === null) continue;
    portions.pass();
    round--;
  }
}

function actHere(
  world: PaperWorld,
  { act, a, b, name }: Choice,
  content: string,
  alive: Set<string>,
  recognises: boolean,
): void {
  const all = [...world.locals.values()].filter((row) => row.parent !== null);
  const files = all.filter((row) => row.kind === 'file');
  const folders = [ROOT_NODE, ...all.filter((row) => row.kind === 'folder').map((row) => row.node)];
  const into = folders[b % folders.length] ?? ROOT_NODE;
  const called = names[name % names.length] ?? 'a';
  const giveUp = (node: NodeNumber): void => {
    for (const row of [node, ...world.belowHere(node)].flatMap((it) => world.local(it) ?? [])) {
      const held = world.contentHere(row);
      if (held !== null) alive.delete(held);
    }
  };
  const any = all[a % Math.max(1, all.length)];
  const file = files[a % Math.max(1, files.length)];
  switch (act) {
    case 'create':
      if (world.localAt(into, called as never) !== null) return;
      world.makeHere(into, called, 'file', content);
      alive.add(content);
      return;
    case 'mkdir':
      if (world.localAt(into, called as never) === null) world.makeHere(into, called, 'folder');
      return;
    case 'edit':
      if (file === undefined) return;
      giveUp(file.node);
      world.editHere(file.node, content);
      alive.add(content);
      return;
    case 'remove':
      if (any === undefined) return;
      giveUp(any.node);
      world.removeHere(any.node);
      return;
    case 'move':
      if (any === undefined || any.node === into || world.belowHere(any.node).includes(into)) return;
      if (world.localAt(into, called as never) !== null) return;
      world.moveHere(any.node, into, called, recognises);
      return;
    case 'twin':
      return; // no disk has two of one name
    case 'copy': {
      const held = file === undefined ? null : world.contentHere(file);
      if (held === null || world.localAt(into, called as never) !== null) return;
      world.makeHere(into, called, 'file', held);
      alive.delete(held); // each side may give up another of the two: from here on it proves nothing
      return;
    }
    case 'kind':
      if (file === undefined || file.parent === null) return;
      giveUp(file.node);
      world.removeHere(file.node);
      world.makeHere(world.makeHere(file.parent, file.name, 'folder'), called, 'file', content);
      alive.add(content);
      return;
    case 'swap': {
      const other = all[b % Math.max(1, all.length)];
      if (
        any === undefined ||
        other === undefined ||
        any.node === other.node ||
        any.parent === null ||
        other.parent === null
      )
        return;
      if (world.belowHere(any.node).includes(other.node) || world.belowHere(other.node).includes(any.node)) return;
      if (!recognises) return; // without identities a swap is two edits, which give both contents up
      world.moveHere(any.node, any.parent, 'swapping', true);
      world.moveHere(other.node, any.parent, any.name, true);
      world.moveHere(any.node, other.parent, other.name, true);
      return;
    }
    case 'merge': {
      // a folder's things go into another one, which takes its name once it is gone
      const from = folders[1 + (a % Math.max(1, folders.length - 1))];
      const row = from === undefined ? null : world.local(from);
      if (!recognises || from === undefined || row === null || row.parent === null) return;
      if (from === into || into === ROOT_NODE) return;
      if (world.belowHere(from).includes(into) || world.belowHere(into).includes(from)) return;
      for (const child of world.localChildren(from))
        if (world.localAt(into, child.name) === null) world.moveHere(child.node, into, child.name, true);
      giveUp(from);
      world.removeHere(from);
      world.moveHere(into, row.parent, row.name, true);
      return;
    }
    case 'invert': {
      // what was inside is outside
      if (!recognises || any?.kind !== 'folder' || any.parent === null) return;
      const above = world.local(any.parent);
      if (above === null || above.parent === null) return;
      if (world.localAt(above.parent, called as never) !== null || world.localAt(any.node, above.name) !== null) return;
      world.moveHere(any.node, above.parent, called, true);
      world.moveHere(above.node, any.node, above.name, true);
      return;
    }
  }
}

function actThere(world: PaperWorld, { act, a, b, name }: Choice, content: string, alive: Set<string>): void {
  const root = 'd1' as RemoteId;
  const all = [...world.remotes.values()].filter((row) => row.id !== root);
  const files = all.filter((row) => row.kind === 'file');
  const folders = [root, ...all.filter((row) => row.kind === 'folder').map((row) => row.id)];
  const into = folders[b % folders.length] ?? root;
  const called = names[name % names.length] ?? 'a';
  const isFree = world.remoteAt(into, called as never).length === 0;
  const giveUp = (id: RemoteId): void => {
    for (const row of [id, ...world.belowThere(id)].flatMap((it) => world.remote(it) ?? [])) {
      const held = world.contentThere(row);
      if (held !== null) alive.delete(held);
    }
  };
  const any = all[a % Math.max(1, all.length)];
  const file = files[a % Math.max(1, files.length)];
  switch (act) {
    case 'create':
      if (!isFree) return;
      world.makeThere(into, called, 'file', content);
      alive.add(content);
      return;
    case 'mkdir':
      if (isFree) world.makeThere(into, called, 'folder');
      return;
    case 'edit':
      if (file === undefined) return;
      giveUp(file.id);
      world.editThere(file.id, content);
      alive.add(content);
      return;
    case 'remove':
      if (any === undefined) return;
      giveUp(any.id);
      world.removeThere(any.id);
      return;
    case 'move':
      if (any === undefined || any.id === into || world.belowThere(any.id).includes(into) || !isFree) return;
      world.moveThere(any.id, into, called);
      return;
    case 'twin':
      // the host asks nobody whether a name is free
      if (any !== undefined && a % 2 === 0) {
        if (any.id !== into && !world.belowThere(any.id).includes(into)) world.moveThere(any.id, into, called);
      } else {
        world.makeThere(into, called, 'file', content);
        alive.add(content);
      }
      return;
    case 'copy': {
      const held = file === undefined ? null : world.contentThere(file);
      if (held === null || !isFree) return;
      world.makeThere(into, called, 'file', held);
      alive.delete(held);
      return;
    }
    case 'kind':
      if (file === undefined || file.parent === null) return;
      giveUp(file.id);
      world.removeThere(file.id);
      world.makeThere(world.makeThere(file.parent, file.name, 'folder'), called, 'file', content);
      alive.add(content);
      return;
    case 'swap': {
      const other = all[b % Math.max(1, all.length)];
      if (
        any === undefined ||
        other === undefined ||
        any.id === other.id ||
        any.parent === null ||
        other.parent === null
      )
        return;
      if (world.belowThere(any.id).includes(other.id) || world.belowThere(other.id).includes(any.id)) return;
      world.moveThere(any.id, other.parent, other.name);
      world.moveThere(other.id, any.parent, any.name);
      return;
    }
    case 'merge': {
      const from = folders[1 + (a % Math.max(1, folders.length - 1))];
      const row = from === undefined ? null : world.remote(from);
      if (from === undefined || row === null || row.parent === null || from === into || into === root) return;
      if (world.belowThere(from).includes(into) || world.belowThere(into).includes(from)) return;
      for (const child of world.remoteChildren(from))
        if (world.remoteAt(into, child.name).length === 0) world.moveThere(child.id, into, child.name);
      giveUp(from);
      world.removeThere(from);
      world.moveThere(into, row.parent, row.name);
      return;
    }
    case 'invert': {
      if (any?.kind !== 'folder' || any.parent === null || any.parent === root) return;
      const above = world.remote(any.parent);
      if (above === null || above.parent === null) return;
      if (world.remoteAt(above.parent, called as never).length > 0 || world.remoteAt(any.id, above.name).length > 0)
        return;
      world.moveThere(any.id, above.parent, called);
      world.moveThere(above.id, any.id, above.name);
      return;
    }
  }
}

/** One of the orders in which operations that wait for each other can run; which one depends on `seed`. */
function inSomeOrder(operations: readonly Operation[], seed: number): Operation[] {
  const waiting = new Map(operations.map((op) => [op.number, op]));
  const order: Operation[] = [];
  let state = seed + 1;
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter((op) => op.after.every((other) => !waiting.has(other)));
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const next = ready[state % Math.max(1, ready.length)];
    if (next === undefined) throw new Error('operations wait for each other in a ring');
    waiting.delete(next.number);
    order.push(next);
  }
  return order;
}
