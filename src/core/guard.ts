/**
 * The brake on removals. Removals made or due within the last hour, in one direction, wait for a person when they are more than a
 * share of the entries there were, or more than a number. Everything else goes on. Moves, ignore rules and conflict
 * copies are not removals.
 */
import type { EntryKind, EntryNumber, Side } from './entry.ts';
import type { Operation, OperationNumber, OperationOf } from './operation.ts';
import type { Plan } from './order.ts';
import type { RelPath } from './path.ts';

/** Fewer than this many removals never wait, whatever their share: a small folder is emptied by hand now and then. */
const ALWAYS_ALLOWED = 10;

export interface Brakes {
  /** Share of the entries, 0 to 100. */
  readonly percent: number;
  readonly count: number;
  /** Entries of base, without the root, as they are now. */
  readonly entries: number;
  /** Removals done within the last hour. */
  readonly lately: Readonly<Record<Side, number>>;
  /** Whether a person has agreed to the removal of just this version. */
  readonly isApproved: (removal: Removal) => boolean;
}

/** One entry that would go. */
export interface Removal {
  readonly side: Side;
  readonly entry: EntryNumber;
  readonly entryKind: EntryKind;
  readonly path: RelPath;
  /** What exactly would go: a later version is another removal. */
  readonly fingerprint: string;
}

export interface Guarded {
  readonly plan: Plan;
  readonly held: readonly Removal[];
}

/** Takes removals that must wait out of the plan, with whatever waits for them. */
export function applyBrakes(plan: Plan, brakes: Brakes): Guarded {
  const held: Removal[] = [];
  const out = new Set<OperationNumber>();
  for (const side of ['local', 'remote'] as const) {
    const removals = plan.operations.filter(
      (op): op is OperationOf<'trash'> => op.kind === 'trash' && op.side === side,
    );
    const listed = removals.map((op) => ({ op, removals: removalsOf(op) }));
    const due = listed.reduce((sum, { removals: some }) => sum + some.length, 0) + brakes.lately[side];
    const before = brakes.entries + brakes.lately[side];
    const isTooMany = due > brakes.count || (due >= ALWAYS_ALLOWED && due * 100 > brakes.percent * before);
    if (!isTooMany) continue;
    for (const { op, removals: some } of listed) {
      if (some.every((removal) => brakes.isApproved(removal))) continue;
      out.add(op.number);
      for (const removal of some) held.push(removal);
    }
  }
  if (out.size === 0) return { plan, held };
  const operations: Operation[] = [];
  for (const op of plan.operations) {
    if (op.after.some((other) => out.has(other))) out.add(op.number);
    if (!out.has(op.number)) operations.push(op);
  }
  return { plan: { ...plan, operations }, held };
}

/** Everything that one removal takes away, the folder itself and what it covers. */
export function removalsOf(op: OperationOf<'trash'>): Removal[] {
  const own: Removal = {
    side: op.side,
    entry: op.entry,
    entryKind: op.entryKind,
    path: op.path,
    fingerprint: fingerprintOf(op.side === 'local' ? op.local : op.remote),
  };
  return [
    own,
    ...op.covers.map(({ entry, kind, path, expect }) => ({
      side: op.side,
      entry,
      entryKind: kind,
      path,
      fingerprint: fingerprintOf(expect),
    })),
  ];
}

function fingerprintOf(
  expect: { readonly id: string } | { readonly stamp: string; readonly md5: string | null },
): string {
  return 'id' in expect ? expect.id : (expect.md5 ?? expect.stamp);
}
