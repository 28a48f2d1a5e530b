import { describe, expect, test } from 'vitest';
import { applyBrakes } from '../../src/core/guard.ts';
import type { Brakes, Removal } from '../../src/core/guard.ts';
import type { EntryNumber, RemoteId } from '../../src/core/entry.ts';
import type { Operation, OperationNumber } from '../../src/core/operation.ts';
import type { RelPath, RemoteName } from '../../src/core/path.ts';

function removal(at: number): Operation {
  const id = `f${at}` as RemoteId;
  return {
    kind: 'trash',
    side: 'remote',
    entryKind: 'file',
    remote: { id, parent: 'd1' as RemoteId, name: `n${at}` as RemoteName, size: 1 },
    covers: [],
    number: at as OperationNumber,
    after: [],
    entry: at as EntryNumber,
    path: `n${at}` as RelPath,
    reason: 'removed here',
  };
}

const plan = (count: number): { operations: Operation[]; waiting: [] } => ({
  operations: Array.from({ length: count }, (_, at) => removal(at)),
  waiting: [],
});
const brakes = (change: Partial<Brakes> = {}): Brakes => ({
  percent: 50,
  count: 1000,
  entries: 100,
  lately: { local: 0, remote: 0 },
  isApproved: () => false,
  ...change,
});

describe('the brake on removals', () => {
  test('lets fewer than ten through, whatever their share', () => {
    expect(applyBrakes(plan(9), brakes({ entries: 9 })).held).toHaveLength(0);
  });

  test('holds all of them above the share', () => {
    const { plan: rest, held } = applyBrakes(plan(51), brakes());
    expect(held).toHaveLength(51);
    expect(rest.operations).toHaveLength(0);
  });

  test('lets just the share through', () => {
    expect(applyBrakes(plan(50), brakes()).held).toHaveLength(0);
  });

  test('holds above the number, whatever the share', () => {
    expect(applyBrakes(plan(11), brakes({ count: 10, entries: 1_000_000 })).held).toHaveLength(11);
  });

  test('counts what went within the last hour: slices add up', () => {
    expect(applyBrakes(plan(10), brakes({ entries: 60, lately: { local: 0, remote: 40 } })).held).toHaveLength(0);
    expect(applyBrakes(plan(11), brakes({ entries: 60, lately: { local: 0, remote: 40 } })).held).toHaveLength(11);
  });

  test('counts each direction by itself', () => {
    expect(applyBrakes(plan(20), brakes({ lately: { local: 90, remote: 0 } })).held).toHaveLength(0);
  });

  test('holds what waits for a held removal, and nothing else', () => {
    const { operations } = plan(60);
    const upload = { ...removal(60), kind: 'forget', after: [3 as OperationNumber] } as unknown as Operation;
    const other = { ...removal(61), kind: 'forget', after: [] } as unknown as Operation;
    const { plan: rest } = applyBrakes({ operations: [...operations, upload, other], waiting: [] }, brakes());
    expect(rest.operations).toEqual([other]);
  });

  test('lets through just what a person approved', () => {
    const isApproved = ({ fingerprint }: Removal): boolean => fingerprint === 'f7';
    const { plan: rest, held } = applyBrakes(plan(60), brakes({ isApproved }));
    expect(rest.operations.map(({ path }) => path)).toEqual(['n7']);
    expect(held).toHaveLength(59);
  });
});
