/** The real disk as a power cut leaves it: what was written to a file and not synced is gone, though the file has its name. */
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import type { Disk, DiskFile } from '../../src/ports.ts';
import { realDisk } from '../../src/system/disk.ts';

export interface ForgetfulDisk extends Disk {
  /** The power is cut. Returns how many files lost their content. */
  lose(): number;
}

export function forgetfulDisk(): ForgetfulDisk {
  /** Held open, so that they are found under whatever name they have by then. */
  const unsynced = new Set<number>();
  const watched = (file: DiskFile, handle: number): DiskFile => ({
    stat: () => file.stat(),
    read: (buffer, position) => file.read(buffer, position),
    async write(data, position) {
      unsynced.add(handle);
      await file.write(data, position);
    },
    truncate: (size) => file.truncate(size),
    chmod: (mode) => file.chmod(mode),
    chown: (uid, gid) => file.chown(uid, gid),
    async sync() {
      await file.sync();
      unsynced.delete(handle);
    },
    async close() {
      await file.close();
      if (!unsynced.has(handle)) closeSync(handle);
    },
  });
  return {
    ...realDisk,
    async open(path, mode) {
      const file = await realDisk.open(path, mode);
      return mode === 'read' ? file : watched(file, openSync(path, 'r+'));
    },
    lose() {
      const lost = unsynced.size;
      for (const handle of unsynced) {
        ftruncateSync(handle, 0);
        closeSync(handle);
      }
      unsynced.clear();
      return lost;
    },
  };
}
