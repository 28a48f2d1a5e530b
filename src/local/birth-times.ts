/**
 * Whether a disk tells when a file was born. Some systems answer ctime instead, and identities built on that would change
 * with each write. One file cannot tell: a new one really has equal times. So a folder of our own is changed until its
 * ctime has moved: a birth time that moved with it is none.
 */
import type { Clock, Disk, DiskFile, DiskStat } from '../ports.ts';

/** Longer than a tick of the kernel's clock, so that the next change gets a new ctime. */
const tickMs = 20;
const tries = 5;

/** `disk` itself, or one that says 0 for every birth time. `folder` must exist and be ours to write in. */
export async function withTrueBirthTimes(disk: Disk, clock: Clock, folder: string): Promise<Disk> {
  return (await tellsBirthTimes(disk, clock, folder)) ? disk : withoutBirthTimes(disk);
}

async function tellsBirthTimes(disk: Disk, clock: Clock, folder: string): Promise<boolean> {
  const probe = `${folder}/birth-time-probe`;
  for (let attempt = 0; attempt < tries; attempt++) {
    const stat = await disk.lstat(folder);
    if (stat.birthtimeNs === 0n) return false;
    if (stat.birthtimeNs !== stat.ctimeNs) return true;
    await clock.sleep(tickMs);
    await disk.mkdir(probe);
    await disk.rmdir(probe);
  }
  return false;
}

function withoutBirthTimes(disk: Disk): Disk {
  const bare = (stat: DiskStat): DiskStat => ({ ...stat, birthtimeNs: 0n });
  const bareFile = (file: DiskFile): DiskFile => ({
    stat: async () => bare(await file.stat()),
    read: (buffer, position) => file.read(buffer, position),
    write: (data, position) => file.write(data, position),
    truncate: (size) => file.truncate(size),
    chmod: (mode) => file.chmod(mode),
    chown: (uid, gid) => file.chown(uid, gid),
    sync: () => file.sync(),
    close: () => file.close(),
  });
  return {
    ...disk,
    lstat: async (path) => bare(await disk.lstat(path)),
    lstatSync: (path) => bare(disk.lstatSync(path)),
    open: async (path, mode) => bareFile(await disk.open(path, mode)),
  };
}
