/** A disk, the real one if left out, with a bound: so many bytes may still be written to it, and what is removed makes room again. */
import type { Disk, DiskFile } from '../../src/ports.ts';
import { realDisk } from '../../src/system/disk.ts';

export interface SmallDisk extends Disk {
  /** Bytes that are free; may be set. */
  free: number;
}

/** Counts what is written through it. */
export function smallDisk(free: number, under: Disk = realDisk): SmallDisk {
  const full = (call: string): Error => Object.assign(new Error(`ENOSPC: no space left, ${call}`), { code: 'ENOSPC' });
  const take = (bytes: number, call: string): void => {
    if (bytes > disk.free) throw full(call);
    disk.free -= bytes;
  };
  const counted = (file: DiskFile): DiskFile => ({
    stat: () => file.stat(),
    read: (buffer, position) => file.read(buffer, position),
    async write(data, position) {
      const { size } = await file.stat();
      const room = Math.min(data.length, Math.max(0, size - position) + disk.free);
      // like the real one: what fits is written before it says no
      await file.write(data.subarray(0, room), position);
      take(Math.max(0, position + room - size), 'write');
      if (room < data.length) throw full('write');
    },
    async truncate(size) {
      disk.free += Math.max(0, (await file.stat()).size - size);
      await file.truncate(size);
    },
    chmod: (mode) => file.chmod(mode),
    chown: (uid, gid) => file.chown(uid, gid),
    sync: () => file.sync(),
    close: () => file.close(),
  });
  const disk: SmallDisk = {
    ...under,
    free,
    async open(path, mode) {
      if (mode === 'create' && disk.free === 0) throw full('open');
      const file = await under.open(path, mode);
      return mode === 'read' ? file : counted(file);
    },
    async writeFileAtomic(path, data, mode) {
      if (disk.free < data.length) throw full('write');
      await under.writeFileAtomic(path, data, mode);
    },
    async unlink(path) {
      const { size, nlink } = await under.lstat(path);
      await under.unlink(path);
      if (nlink === 1n) disk.free += size;
    },
    freeBytes: () => Promise.resolve(disk.free),
  };
  return disk;
}
