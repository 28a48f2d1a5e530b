/**
 * What one `lstat` tells about an entry, in the words of the state: which kind it is, who it is (identity) and whether
 * anybody can have touched it (stamp). Scans, reads and our own acts all look through this one window, so that what one
 * of them wrote down can be compared with what another sees.
 */
import type { Identity, LocalSeen, Stamp } from '../core/entry.ts';
import { canHideChanges } from '../core/racy.ts';
import type { DiskStat } from '../ports.ts';

/** What `stat` shows. */
export function seenOf(stat: DiskStat): LocalSeen {
  const kind = stat.type === 'file' || stat.type === 'folder' ? stat.type : 'special';
  return {
    kind,
    size: kind === 'file' ? stat.size : 0,
    identity: identityOf(stat),
    // A folder's times and size move with each child that comes or goes; who it is does not.
    stamp: (kind === 'file' ? `${stat.ino}/${stat.size}/${stat.mtimeNs}/${stat.ctimeNs}` : `${stat.ino}`) as Stamp,
    changedAtMs: Number(stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs) / 1e6,
  };
}

/**
 * The third part is `-` where the file system keeps no birth time. A birth time that equals ctime is taken as it is:
 * every file looks so until its first change, and an identity that changes at the first rename would find no move. Systems
 * that answer ctime *instead* of a birth time are found out once, by `birth-times.ts`, not here, file by file.
 */
function identityOf(stat: DiskStat): Identity {
  if (stat.ino === 0n) return '' as Identity;
  return `${stat.dev}:${stat.ino}:${stat.birthtimeNs === 0n ? '-' : stat.birthtimeNs}` as Identity;
}

/**
 * Whether content that was read from `startedMs` on (wall clock) can have been changed afterwards without a trace. It is mtime's
 * business only where ctime shows it: a person may set any mtime.
 */
export function isRacy(stat: DiskStat, startedMs: number): boolean {
  return canHideChanges(Number(stat.ctimeNs) / 1e6, startedMs);
}

/** Whether both stats show one file whose content nobody touched. ctime is left out: linking and renaming move it. */
export function sameContentAs(one: DiskStat, other: DiskStat): boolean {
  return sameFile(one, other) && one.size === other.size && one.mtimeNs === other.mtimeNs;
}

/** Whether both stand on one device under one inode; birth times do not count, for they may be known to one look only. */
export function isSamePlace(one: Identity, other: Identity): boolean {
  const place = (identity: Identity): string => identity.slice(0, identity.lastIndexOf(':'));
  return place(one) === place(other);
}

/** Whether both stats are of one inode, now. */
export function sameFile(one: DiskStat, other: DiskStat): boolean {
  return one.dev === other.dev && one.ino === other.ino && one.type === other.type;
}
