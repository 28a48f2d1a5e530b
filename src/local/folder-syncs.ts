/**
 * One sync of a folder serves all who wait for one. What must hold: a sync that had begun before a name was given promises
 * nothing of that name, so whoever comes while one runs waits for the next, and nobody is told before it has ended well.
 */
import type { Disk } from '../ports.ts';

interface Syncs {
  running: Promise<void>;
  next: Promise<void> | null;
}

const underWay = new WeakMap<Disk, Map<string, Syncs>>();

/** Returns once all names that `folder` has by now are on the disk. `folder`, a path on the disk, must lead there until then. */
export async function syncShared(disk: Disk, folder: string): Promise<void> {
  const { dev, ino } = await disk.lstat(`${folder}/.`);
  const key = `${dev}:${ino}`;
  let known = underWay.get(disk);
  if (known === undefined) underWay.set(disk, (known = new Map<string, Syncs>()));
  const all = known;
  const syncs = all.get(key);
  if (syncs !== undefined) {
    syncs.next ??= syncs.running.then(
      () => begin(),
      () => begin(), // that one failed those who waited for it, not us
    );
    return syncs.next;
  }
  return begin();

  function begin(): Promise<void> {
    const own: Syncs = { running: disk.syncFolder(folder), next: null };
    all.set(key, own);
    const end = () => {
      if (own.next === null && all.get(key) === own) all.delete(key);
    };
    own.running.then(end, end);
    return own.running;
  }
}
