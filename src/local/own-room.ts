/**
 * Room on the disk for yetisync's own small records: marker, state, notes of what went to the trash. Where even that is used up nothing
 * could be decided or freed any more, so downloads stay away from it, and unfinished ones make way.
 */
import { localError } from './disk-errors.ts';
import { own } from './own-folder.ts';
import type { Keeper } from './own-folder.ts';
import { sweepIncoming } from './trash.ts';

/** Left free whatever the config's reserve is, in bytes. */
export const ownRoomBytes = 4 * 1024 * 1024;

/** Gives up unfinished downloads on a disk without room. Only while none is under way. Rejects with `local/…`. */
export async function makeOwnRoom(at: Keeper): Promise<void> {
  try {
    if ((await at.disk.freeBytes(at.root)) < ownRoomBytes) await sweepIncoming(at, -Infinity);
  } catch (error) {
    throw localError(error, own.incoming, 'write');
  }
}
