/**
 * Takes what moved on the disk for what it is, in the state: `core/moves.ts` says which; here it is linked, and read where only content tells.
 * What was moved and meets its like is forgotten, by `core/met-anew.ts`.
 */
import type { NodeNumber } from '../core/entry.ts';
import { findMetAnew } from '../core/met-anew.ts';
import { findMoves } from '../core/moves.ts';
import { localPath } from '../core/tree.ts';
import type { TreeView } from '../core/tree.ts';
import { SyncError } from '../errors.ts';
import type { Clock, LocalFiles, PairState } from '../ports.ts';
import { inSlices, Resting } from './in-slices.ts';

/** Entries that one transaction forgets. */
const FORGOTTEN_AT_ONCE = 250;

interface Recognising {
  readonly state: PairState;
  /** The state's, or a part of it. */
  readonly view: TreeView;
  readonly files: Pick<LocalFiles, 'hash'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Local items that are known entries in another place or under another name are linked to them; where need be, files are read for it. */
export async function recogniseMoves({ state, view, files, clock, signal }: Recognising): Promise<void> {
  const unreadable = new Set<NodeNumber>();
  for (;;) {
    const { pairs, toRead } = await inSlices(view, () => findMoves(view), { clock, signal });
    const resting = new Resting({ clock, signal });
    for (const { node, entry } of pairs) {
      // what was recorded meanwhile may say otherwise: then they are looked for anew
      if (resting.isDue && (await resting.sawChange(state.view))) break;
      const before = state.view.localOf(entry);
      const links = [{ node, entry }, ...(before === null ? [] : [{ node: before.node, entry: null }])].reverse();
      // first what was taken for it: something else has its place by now, and is new there
      for (const link of links)
        for (const _ of state.linkInSteps(link.node, link.entry))
          if (resting.isDue) await resting.sawChange(state.view);
    }
    const unread = toRead.filter((row) => !unreadable.has(row.node));
    if (pairs.length === 0 && unread.length === 0) return forgetMetAnew({ state, view, clock, signal });
    for (const { node, stamp } of unread) {
      try {
        state.learnLocal(node, stamp, await files.hash(localPath(state.view, node), stamp, signal));
      } catch (error) {
        if (!(error instanceof SyncError) || error.disposition === 'halt') throw error;
        unreadable.add(node); // it cannot prove anything; as something new it will say itself what is wrong
      }
    }
  }
}

async function forgetMetAnew({ state, view, clock, signal }: Omit<Recognising, 'files'>): Promise<void> {
  const met = await inSlices(view, () => findMetAnew(view), { clock, signal });
  for (let from = 0; from < met.length; from += FORGOTTEN_AT_ONCE) {
    if (from > 0) await clock.sleep(0, signal);
    const some = met.slice(from, from + FORGOTTEN_AT_ONCE);
    state.record({ isNote: true, changes: some.map((entry) => ({ drop: 'base', entry })) });
  }
}
