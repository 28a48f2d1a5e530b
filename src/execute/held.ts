/** Removals that wait for a person: which of a plan do, by what was removed lately and agreed to; and since when. */
import type { Side } from '../core/entry.ts';
import { applyBrakes } from '../core/guard.ts';
import type { Removal } from '../core/guard.ts';
import type { Plan } from '../core/order.ts';
import type { Clock, PairState } from '../ports.ts';

const HOUR_MS = 3_600_000;

interface Braking {
  readonly state: PairState;
  readonly clock: Clock;
  readonly settings: { readonly holdRemovals: { readonly percent: number; readonly count: number } };
  /** What a person agreed to for this very pass. */
  readonly wish?: { readonly agrees: (removal: Removal) => boolean };
}

/** How many items went to the trash of each side within the hour that counts, moves and such not among them. */
export function removedLately(state: Pick<PairState, 'removalsSince'>, nowMs: number): Readonly<Record<Side, number>> {
  const since = nowMs - HOUR_MS;
  return { local: state.removalsSince(since, 'local'), remote: state.removalsSince(since, 'remote') };
}

/** The plan without what must wait for a person. */
export function brake(plan: Plan, { state, clock, settings, wish }: Braking): ReturnType<typeof applyBrakes> {
  const approved = new Set(state.heldRemovals().flatMap((it) => (it.approved ? [removalKey(it)] : [])));
  return applyBrakes(plan, {
    ...settings.holdRemovals,
    entries: state.countEntries(),
    lately: removedLately(state, clock.now()),
    isApproved: (removal) => approved.has(removalKey(removal)) || wish?.agrees(removal) === true,
  });
}

/** Keeps who waits since when; an approval stays only for what still waits just so. */
export function keepHeld(held: readonly Removal[], { state, clock }: Pick<Braking, 'state' | 'clock'>): void {
  const known = new Map(state.heldRemovals().map((it) => [removalKey(it), it]));
  state.setHeldRemovals(
    held.map((removal) => {
      const before = known.get(removalKey(removal));
      return { ...removal, approved: before?.approved ?? false, sinceMs: before?.sinceMs ?? clock.now() };
    }),
  );
}

function removalKey({
  side,
  entry,
  fingerprint,
}: {
  readonly side: string;
  readonly entry: number;
  readonly fingerprint: string;
}): string {
  return `${side} ${entry} ${fingerprint}`;
}
