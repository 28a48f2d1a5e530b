/** How much an account holds, against `max_storage_bytes`. Trash does not count: it can be emptied only by hand. */
import type { Account } from './accounts.ts';
import { integer, type Database } from './database.ts';
import { exceeds } from './limits.ts';
import { Refusal } from './refusal.ts';

/** Throws a refusal where `size` more bytes would not fit. */
export function refuseOverQuota(database: Database, account: Account, size: number): void {
  const limit = account.limits.max_storage_bytes;
  if (limit <= 0) return;
  const row = database.get('SELECT used_bytes FROM accounts WHERE id = ?', account.id);
  const used = row === undefined ? 0 : integer(row, 'used_bytes');
  if (exceeds(used + size, limit))
    throw new Refusal('You do not have enough space on your account to store this file.');
}
