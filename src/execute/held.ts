/** Removals that wait for a person: which of a plan do, by what was removed lately and agreed to; and since when. */
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

/** The plan without what must wait for a person. */
export function brake(plan: Plan, { state, clock, settings, wish }: Braking): ReturnType<typeof applyBrakes> {
  const since = clock.now() - HOUR_MS;
  const approved = new Set(state.heldRemovals().flatMap((it) => (it.approved ? [removalKey(it)] : [])));
  return applyBrakes(plan, {
    ...settings.holdRemovals,
    entries: state.countEntries(),
    lately: { local: state.removalsSince(since, 'local'), remote: state.removalsSince(since, 'remote') },
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
