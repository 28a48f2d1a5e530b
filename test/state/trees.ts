/** A state to put rows into, and what is asked of it most. */
import { onTestFinished } from 'vitest';
import type { EntryNumber, NodeNumber, RemoteId } from '../../src/core/entry.ts';
import type { RemoteFile, RemoteFolder, RemoteListing } from '../../src/ports.ts';
import { openState } from '../../src/state/open-state.ts';
import type { OpenState } from '../../src/state/open-state.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { baseRow, entry, id, listing, localRow, remoteRow, rootId, seen } from './rows.ts';

export function openAt(file: string, pair = 'pair'): OpenState {
  return openState({ path: file, pair, clock: new FakeClock(), random: seededRandom(file) });
}

/** A state in memory whose roots are known, closed when the test ends. */
export function newState(): OpenState {
  const state = openAt(':memory:');
  onTestFinished(() => state.close());
  state.initialise({ remoteRoot: rootId, rootSeen: seen('folder', 'root') });
  return state;
}

/** Takes a listing over that was asked for just now. */
export function list(
  state: OpenState,
  folder: string,
  items: readonly (RemoteFile | RemoteFolder)[],
  changes: Partial<RemoteListing> & { readonly moment?: number; readonly ignored?: readonly string[] } = {},
): void {
  const { moment = state.remoteTree.moment(), ignored = [], ...rest } = changes;
  state.remoteTree.apply(listing(folder, items, rest), { moment, nowMs: 7, ignored: new Set(ignored.map(id)) });
}

export interface Placed {
  readonly entry: EntryNumber;
  readonly node: NodeNumber;
  readonly id: RemoteId;
}

/** Records an entry on which all three trees agree; `under` is the entry of its folder. */
export function agree(state: OpenState, number: number, of: string, name: string, under = 1): Placed {
  const parentNode = state.view.localOf(entry(under))!.node;
  const parentId = state.view.remoteOf(entry(under))!.id;
  const kind = of.startsWith('f') ? 'file' : 'folder';
  state.record({
    changes: [
      { put: 'base', row: baseRow(number, of, name, { parent: entry(under) }) },
      { put: 'local', row: localRow(kind, name, { parent: parentNode, entry: entry(number) }) },
      { put: 'remote', row: remoteRow(of, name, { parent: parentId, entry: entry(number) }) },
    ],
  });
  return { entry: entry(number), node: state.view.localOf(entry(number))!.node, id: id(of) };
}

/** The numbers of the entries on which the trees do not agree. */
export function open(state: OpenState): number[] {
  return [...state.view.openEntries()].map((row) => row.entry);
}

export function newIds(state: OpenState): string[] {
  return [...state.view.newRemote()].map((row) => row.id);
}

export function newNames(state: OpenState): string[] {
  return [...state.view.newLocal()].map((row) => row.name);
}
