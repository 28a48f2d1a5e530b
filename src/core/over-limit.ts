/** What the account's package does not allow, told before the host is asked for it. */
import { SyncError } from '../errors.ts';
import type { Operation, OperationNumber, Problem } from './operation.ts';
import type { Plan } from './order.ts';
import type { Limits } from './postponed.ts';

type Allowed = Pick<Limits, 'canUpload' | 'maxUploadSize' | 'maxDownloadSize'>;

/** Why the account may not do it; `null`: it may, as far as its package tells. */
export function overLimit(op: Operation, allowed: Allowed): SyncError | null {
  const { path } = op;
  if (op.kind === 'upload') {
    if (!allowed.canUpload) return new SyncError('remote/upload-forbidden', { path });
    return tooLarge(path, op.size, allowed.maxUploadSize);
  }
  return op.kind === 'download' ? tooLarge(path, op.remote.size, allowed.maxDownloadSize) : null;
}

function tooLarge(path: Operation['path'], size: number, most: number | null): SyncError | null {
  if (most === null || size <= most) return null;
  return new SyncError('remote/too-large', { path, detail: `${size} bytes, ${most} allowed` });
}

/** The plan without what the account may not do, and without what waits for that. */
export function withinLimits(
  plan: Plan,
  allowed: Allowed,
): { readonly plan: Plan; readonly problems: readonly Problem[] } {
  const out = new Set<OperationNumber>();
  const problems: Problem[] = [];
  const operations = plan.operations.filter((op) => {
    const error = overLimit(op, allowed);
    if (error !== null) problems.push({ path: op.path, code: error.code, detail: error.detail ?? null });
    if (error === null && !op.after.some((other) => out.has(other))) return true;
    out.add(op.number);
    return false;
  });
  return { plan: out.size === 0 ? plan : { ...plan, operations }, problems };
}
