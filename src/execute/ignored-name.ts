/**
 * What the host has several times under one name is shown here under a second one, alike on all computers. Rules are each computer's own: one of
 * them may ignore just that name. Then the item is left alone and listed: put there it would not be seen again, and be fetched in each pass.
 */
import { isShownOtherwise } from '../core/item.ts';
import type { Operation } from '../core/operation.ts';
import { SyncError } from '../errors.ts';
import type { Hands } from './hands.ts';

/** The problem to tell if the operation would put something here under a name of yetisync's that a rule ignores; else `null`. */
export function ignoredName(op: Operation, { isIgnored }: Pick<Hands, 'isIgnored'>): SyncError | null {
  const isForHere =
    op.kind === 'download' || ((op.kind === 'createFolder' || op.kind === 'move') && op.side === 'local');
  if (!isForHere || !isShownOtherwise(op.to)) return null;
  const kind = op.kind === 'move' ? op.entryKind : op.kind === 'download' ? 'file' : 'folder';
  return isIgnored(op.path, kind) ? new SyncError('name/ignored-here', { path: op.path }) : null;
}
