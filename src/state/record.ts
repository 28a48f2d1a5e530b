/**
 * A finished operation enters the state: its rows, the end of its intent and its line of history. The caller makes it
 * one transaction, of one outcome or of several. What must hold: afterwards every local and remote row is new or linked to an entry that base has.
 */
import { assertNever, SyncError } from '../errors.ts';
import { ROOT_ENTRY, ROOT_NODE } from '../core/entry.ts';
import type { EntryNumber, NodeNumber, RemoteEntry, RemoteId } from '../core/entry.ts';
import type { Change, Outcome } from '../ports.ts';
import type { Counters } from './counters.ts';
import type { FormerRows } from './former.ts';
import type { HistoryRows } from './history.ts';
import type { IntentRows } from './intents.ts';
import type { Rows } from './let-go.ts';
import type { Moments } from './moments.ts';
import { keepOutOfRing } from './remote-ring.ts';

export interface RecordInto {
  readonly rows: Rows;
  readonly moments: Moments;
  readonly intents: IntentRows;
  readonly history: HistoryRows;
  readonly former: FormerRows;
  readonly counters: Counters;
}

export function recordInto(into: RecordInto, outcome: Outcome): void {
  const { rows, moments, intents, history, former } = into;
  const moment = moments.next();
  const written: Written[] = [];
  for (const change of outcome.changes) {
    if (outcome.isNote !== true && 'put' in change && change.put === 'base') former.keep(history.run, change.row.entry);
    if (outcome.isNote !== true && 'drop' in change && change.drop === 'base') former.keep(history.run, change.entry);
    const node = apply(into, change, moment);
    if (!('put' in change)) continue;
    if (change.put === 'local' && node !== null) written.push({ side: 'local', node, entry: change.row.entry });
    else if (change.put === 'remote') written.push({ side: 'remote', id: change.row.id, entry: change.row.entry });
  }
  unlinkStrays(rows, written, certainEntry(outcome.changes));
  if (outcome.endIntent !== undefined) intents.end(outcome.endIntent);
  if (outcome.history !== undefined) history.add(outcome.history);
}

/** Returns the node of a local row that was put. */
function apply({ rows, moments, counters }: RecordInto, change: Change, moment: number): NodeNumber | null {
  requireOneRoot(rows, change);
  if ('drop' in change) {
    if (change.drop === 'base') {
      if (change.entry !== ROOT_ENTRY) rows.base.drop(change.entry);
    } else if (change.drop === 'local') rows.local.drop(change.node);
    else if (change.drop === 'remote') {
      moments.dropped([change.id, ...rows.remote.drop(change.id)]);
    } else assertNever(change);
    return null;
  }
  switch (change.put) {
    case 'base':
      rows.base.put(change.row);
      return null;
    case 'local':
      return rows.local.put(change.row);
    case 'remote':
      putRemote(rows, counters, change.row, moment);
      return null;
    default:
      return assertNever(change);
  }
}

/**
 * A sweep may have dropped the folder while the operation was under way. A row that cannot be reached from the pair's
 * folder would be neither present nor gone; without it the entry is open, and looked up by its id.
 */
function putRemote(rows: Rows, counters: Counters, row: RemoteEntry, moment: number): void {
  const { id, kind, parent } = row;
  if (parent !== null && rows.remote.get(parent) === null) {
    rows.remote.drop(id);
    return;
  }
  const before = kind === 'file' || parent === null ? null : rows.remote.get(id);
  const isPlaced =
    before === null || parent === null || before.parent === parent || keepOutOfRing(id, parent, rows, counters);
  rows.remote.put(isPlaced ? row : { ...row, parent: before.parent, absentSince: before.absentSince }, moment);
}

/**
 * In each tree one row is the root, and none but it is without a parent or linked to the root's entry. To record anything
 * else would take the ground from under all other rows; the whole outcome is refused.
 */
function requireOneRoot(rows: Rows, change: Change): void {
  if ('drop' in change) return;
  const marks = rootMarks(rows, change);
  if (marks.every((mark) => mark === marks[0])) return;
  throw new SyncError('bug', { detail: `a row of ${change.put} that is half the root` });
}

/** What each say of the row whether it is the root. */
function rootMarks(rows: Rows, change: Extract<Change, { put: string }>): readonly boolean[] {
  const { row } = change;
  const topmost = row.parent === null;
  const { rootId } = rows.base;
  switch (change.put) {
    case 'base':
      return [topmost, change.row.entry === ROOT_ENTRY, change.row.remoteId === rootId];
    case 'local':
      return [topmost, change.row.node === ROOT_NODE, change.row.entry === ROOT_ENTRY];
    case 'remote':
      return [topmost, change.row.id === rootId, change.row.entry === ROOT_ENTRY];
    default:
      return assertNever(change);
  }
}

/** A row that was put, with the entry that it was to be linked to. */
type Written = { readonly entry: EntryNumber | null } & (
  { readonly side: 'local'; readonly node: NodeNumber } | { readonly side: 'remote'; readonly id: RemoteId }
);

/** The entry that was put last and that nothing dropped since: base has it, without asking. */
function certainEntry(changes: readonly Change[]): EntryNumber | null {
  const last = changes.filter((change) => ('put' in change ? change.put === 'base' : change.drop === 'base')).at(-1);
  return last !== undefined && 'put' in last && last.put === 'base' ? last.row.entry : null;
}

/** A row that is linked to an entry that base does not have would be seen by nobody: neither new nor open. */
function unlinkStrays(rows: Rows, written: readonly Written[], certain: EntryNumber | null): void {
  for (const row of written) {
    // It has this entry or, where another row took that, none.
    if (row.entry !== null && row.entry === certain) continue;
    const entry = (row.side === 'local' ? rows.local.get(row.node) : rows.remote.get(row.id))?.entry ?? null;
    if (entry === null || rows.base.get(entry) !== null) continue;
    if (row.side === 'local') rows.local.setEntry(row.node, null);
    else rows.remote.setEntry(row.id, null);
  }
}
