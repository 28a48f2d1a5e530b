/**
 * On some disks two names are one: those that differ in case only, or in how an accent is written. What the host has under a second such name
 * cannot stand there; it is held back and listed, not tried again in each round.
 */
import type { NodeNumber } from '../core/entry.ts';
import { joinPath } from '../core/path.ts';
import type { LocalName } from '../core/path.ts';
import { localPath } from '../core/tree.ts';
import { hasCode, SyncError } from '../errors.ts';
import type { Hands } from './hands.ts';

/** Whether the disk finds a child of another, alike name under `name`. Then the problem to tell; else `null`. Rejects as `look` does. */
export async function takenForAnother(
  parent: NodeNumber,
  name: LocalName,
  { state: { view }, files }: Pick<Hands, 'state' | 'files'>,
): Promise<SyncError | null> {
  const path = joinPath(localPath(view, parent), name);
  const alike = view.localChildren(parent).filter((row) => row.name !== name && folded(row.name) === folded(name));
  if (alike.length === 0) return null;
  let seen;
  try {
    seen = await files.look(path);
  } catch (error) {
    if (!hasCode(error, 'local/missing', 'local/changed')) throw error;
    return null; // somebody is at work there: the next round looks again
  }
  const other = alike.find(({ identity }) => identity === seen?.identity);
  if (other === undefined) return null;
  return new SyncError('name/unsupported', {
    path,
    detail: `the disk takes it for the same name as ${JSON.stringify(other.name)}`,
  });
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
