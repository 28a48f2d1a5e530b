/** The person's folder, as the rest of yetisync works on it: reads, arrivals, moves and removals over one disk. */
import type { Identity } from '../core/entry.ts';
import type { Clock, Disk, Hasher, LocalFiles, Random } from '../ports.ts';
import { dropLeftovers, receive } from './arrival.ts';
import type { Claim } from './arrival.ts';
import { MoveTurns } from './move-turns.ts';
import { makeFolder, moveEntry } from './moving.ts';
import { hashFile, look, namesIn, openToRead } from './reading.ts';
import { removeEmptyFolder, trashFile } from './removal.ts';

export interface LocalFilesOptions {
  /** The pair's own folder on the disk, links resolved. */
  readonly root: string;
  /** Who that folder was when its marker was read: nothing is done in another one in its place. Left out: not looked at. */
  readonly identity?: Identity;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly createHasher: () => Hasher;
  /** No download may leave less on the disk, in bytes. */
  readonly reserveDiskBytes: number;
}

export function createLocalFiles({ clock, ...rest }: LocalFilesOptions): LocalFiles {
  const at = { ...rest, now: () => clock.now(), claims: new Set<Claim>() };
  const turns = new MoveTurns();
  return {
    look: (path) => look(at, path),
    hash: (path, stamp, signal) => hashFile(at, path, stamp, signal),
    read: (path, stamp) => openToRead(at, path, stamp),
    receive: (id, size) => receive(at, id, size),
    dropLeftovers: (isWanted) => dropLeftovers(at, isWanted),
    createFolder: (path) => makeFolder(at, path),
    move(from, to, expect) {
      const move = () => moveEntry(at, from, to, expect);
      return expect.kind === 'folder' ? turns.folder(move) : turns.file(move);
    },
    trash: (path, stamp, why) => trashFile(at, path, stamp, why),
    removeFolder: (path) => removeEmptyFolder(at, path),
    names: (path) => namesIn(at, path),
  };
}
