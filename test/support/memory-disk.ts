/**
 * A disk in memory: memfs behind what a disk has and memfs lacks. Inodes that were freed are given out again, as ext4 does; times move by the
 * clock of the world, to the nanosecond; a rename obeys the rules of POSIX; names are at most 255 bytes long. On wish names that
 * differ by case only are one (as on macOS and Windows), or names are kept decomposed (as on older macOS).
 *
 * Every call is done at once: whatever happens, happens in the order in which it was asked for, so that a history replays.
 */
import type { BigIntStats } from 'node:fs';
import { basename, dirname, join } from 'node:path/posix';
import { createFsFromVolume, Volume } from 'memfs';
import type { Clock, Disk, DiskFile, DiskStat } from '../../src/ports.ts';
import type { NodeFs } from '../../src/system/disk.ts';

/** `exact`: as Linux. `caseless`: `a` and `A` are one, and keep the spelling they were made with. `decomposed`: `é` becomes two characters. */
export type Spelling = 'exact' | 'caseless' | 'decomposed';

export interface MemoryDiskOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly spelling?: Spelling;
  /** Freed inodes stay free. */
  readonly neverReusesInodes?: boolean;
  /** Nothing tells when a file was born. */
  readonly withoutBirthTimes?: boolean;
}

export interface MemoryDisk {
  readonly disk: Disk;
  /** What persons do, each at once. */
  lstat(path: string): DiskStat;
  readdir(path: string): string[];
  read(path: string): Uint8Array;
  /** Keeps the inode of what is there. */
  write(path: string, content: Uint8Array): void;
  mkdir(path: string): void;
  rename(from: string, to: string): void;
  /** A file, or a folder with all in it. */
  remove(path: string): void;
  /** Sets the time of the last change of the content, in nanoseconds. */
  touch(path: string, mtimeNs: bigint): void;
  chmod(path: string, mode: number): void;
  /** A link to `target`, which need not be there. */
  symlink(path: string, target: string): void;
}

interface Times {
  ino: bigint;
  birthNs: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
}

export function memoryDisk({
  clock,
  spelling = 'exact',
  neverReusesInodes = false,
  withoutBirthTimes = false,
}: MemoryDiskOptions): MemoryDisk {
  const fs = createFsFromVolume(new Volume()) as unknown as NodeFs;
  /** By the inodes of memfs. */
  const known = new Map<bigint, Times>();
  const freed: bigint[] = [];
  let inodes = 1n;
  let lastNs = 0n;

  const nowNs = (): bigint => {
    const byClock = BigInt(Math.floor(clock.now())) * 1_000_000n;
    lastNs = byClock > lastNs ? byClock : lastNs + 1_000n;
    return lastNs;
  };
  const foldedName = (name: string): string => (spelling === 'caseless' ? name.toLowerCase() : name.normalize('NFD'));
  /** The path by the names that are there. */
  const spelled = (path: string): string => {
    if (spelling === 'exact' || path === '/') return path;
    const folder = spelled(dirname(path));
    const name = spelling === 'decomposed' ? basename(path).normalize('NFD') : basename(path);
    try {
      const folded = foldedName(name);
      return join(folder, fs.readdirSync(folder).find((one) => foldedName(one) === folded) ?? name);
    } catch {
      return join(folder, name); // what is wrong with the folder, the call itself says
    }
  };
  /** Where something new goes: the name as it is asked for. */
  const placed = (path: string): string => {
    const name = spelling === 'decomposed' ? basename(path).normalize('NFD') : basename(path);
    if (Buffer.byteLength(name) > 255) throw failed('ENAMETOOLONG', path);
    return join(spelled(dirname(path)), name);
  };

  const look = (path: string): BigIntStats => fs.lstatSync(path, { bigint: true });
  const lookIfThere = (path: string): BigIntStats | null => {
    try {
      return look(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  };
  const timesOf = ({ ino }: BigIntStats): Times => known.get(ino) ?? born(ino);
  const born = (ino: bigint): Times => {
    const atNs = nowNs();
    const reused = neverReusesInodes ? undefined : freed.pop();
    const times = { ino: reused ?? ++inodes, birthNs: atNs, mtimeNs: atNs, ctimeNs: atNs };
    known.set(ino, times);
    return times;
  };
  const changed = (stat: BigIntStats): void => {
    const times = timesOf(stat);
    times.ctimeNs = times.mtimeNs = nowNs();
  };
  const moved = (stat: BigIntStats): void => {
    timesOf(stat).ctimeNs = nowNs();
  };
  const gone = (stat: BigIntStats): void => {
    const times = known.get(stat.ino);
    if (times === undefined) return;
    known.delete(stat.ino);
    freed.push(times.ino);
  };
  const folderChanged = (path: string): void => changed(look(dirname(path)));

  const toStat = (stat: BigIntStats): DiskStat => {
    const { ino, birthNs, mtimeNs, ctimeNs } = timesOf(stat);
    return {
      type: stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'other',
      dev: 1n,
      ino,
      nlink: stat.nlink,
      mode: Number(stat.mode) & 0o7777,
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      size: Number(stat.size),
      mtimeNs,
      ctimeNs,
      birthtimeNs: withoutBirthTimes ? 0n : birthNs,
    };
  };

  const lstat = (path: string): DiskStat => toStat(look(spelled(path)));
  const makeFolder = (path: string, mode?: number): void => {
    const at = placed(path);
    if (lookIfThere(spelled(path)) !== null) throw failed('EEXIST', path);
    fs.mkdirSync(at, ...(mode === undefined ? [] : [mode]));
    born(look(at).ino);
    folderChanged(at);
  };
  const makeFolders = (path: string, mode?: number): void => {
    if (lookIfThere(spelled(path)) !== null) return;
    makeFolders(dirname(path), mode);
    makeFolder(path, mode);
  };
  const create = (path: string): number => {
    const at = placed(path);
    if (lookIfThere(spelled(path)) !== null) throw failed('EEXIST', path);
    const descriptor = fs.openSync(at, 'wx+');
    born(look(at).ino);
    folderChanged(at);
    return descriptor;
  };
  const existing = (path: string, mode: 'r' | 'r+'): number => {
    const at = spelled(path);
    const stat = look(at);
    if (stat.isDirectory()) throw failed('EISDIR', path);
    if (!stat.isFile()) throw failed(stat.isSymbolicLink() ? 'ELOOP' : 'EINVAL', path);
    return fs.openSync(at, mode);
  };
  const unlink = (path: string): void => {
    const at = spelled(path);
    const stat = look(at);
    if (stat.isDirectory()) throw failed('EISDIR', path);
    fs.unlinkSync(at);
    if (stat.nlink === 1n) gone(stat);
    else moved(stat);
    folderChanged(at);
  };
  const removeFolder = (path: string): void => {
    const at = spelled(path);
    const stat = look(at);
    fs.rmdirSync(at);
    gone(stat);
    folderChanged(at);
  };
  /** memfs renames what a link leads to. */
  const moveLink = (source: string, target: string, stat: BigIntStats): void => {
    const times = timesOf(stat);
    const leadsTo = fs.readlinkSync(source);
    fs.unlinkSync(source);
    fs.symlinkSync(leadsTo, target);
    known.delete(stat.ino);
    known.set(look(target).ino, times);
  };
  const rename = (from: string, to: string): void => {
    const [source, target] = [spelled(from), placed(to)];
    const stat = look(source);
    const inTheWay = spelled(to);
    const over = lookIfThere(inTheWay);
    // two names of one file, or one name: nothing happens; another spelling of its own name is another thing
    if (source === target || (over?.ino === stat.ino && inTheWay !== source)) return;
    if (stat.isDirectory() && target.startsWith(`${source}/`)) throw failed('EINVAL', from);
    if (over !== null && over.ino !== stat.ino) {
      if (over.isDirectory() && !stat.isDirectory()) throw failed('EISDIR', to);
      if (!over.isDirectory() && stat.isDirectory()) throw failed('ENOTDIR', to);
      // memfs itself would count what is overwritten twice
      if (over.isDirectory()) removeFolder(inTheWay);
      else unlink(inTheWay);
    }
    if (stat.isSymbolicLink()) moveLink(source, target, stat);
    else fs.renameSync(source, target);
    moved(look(target));
    folderChanged(source);
    folderChanged(target);
  };
  const write = (path: string, content: Uint8Array): void => {
    const at = spelled(path);
    const descriptor = lookIfThere(at) === null ? create(path) : existing(path, 'r+');
    try {
      fs.ftruncateSync(descriptor, 0);
      fs.writeSync(descriptor, content, 0, content.length, 0);
      changed(fs.fstatSync(descriptor, { bigint: true }));
    } finally {
      fs.closeSync(descriptor);
    }
  };
  const remove = (path: string): void => {
    if (lstat(path).type !== 'folder') {
      unlink(path);
      return;
    }
    for (const name of fs.readdirSync(spelled(path))) remove(join(path, name));
    removeFolder(path);
  };
  const read = (path: string): Uint8Array => {
    const descriptor = existing(path, 'r');
    try {
      return fs.readFileSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  };
  const readdir = (path: string): string[] => fs.readdirSync(spelled(path));

  const openFile = (descriptor: number): DiskFile => {
    let isOpen = true;
    const use = async <T>(act: () => T): Promise<T> => {
      if (!isOpen) throw failed('EBADF', 'a closed file');
      return act();
    };
    const stat = (): BigIntStats => fs.fstatSync(descriptor, { bigint: true });
    return {
      stat: () => use(() => toStat(stat())),
      read: (buffer, position) => use(() => fs.readSync(descriptor, buffer, 0, buffer.length, position)),
      write: (data, position) =>
        use(() => {
          fs.writeSync(descriptor, data, 0, data.length, position);
          changed(stat());
        }),
      truncate: (size) =>
        use(() => {
          fs.ftruncateSync(descriptor, size);
          changed(stat());
        }),
      chmod: (mode) =>
        use(() => {
          fs.fchmodSync(descriptor, mode);
          moved(stat());
        }),
      chown: () => use(() => moved(stat())),
      sync: () => use(() => undefined),
      async close() {
        if (isOpen) fs.closeSync(descriptor);
        isOpen = false;
      },
    };
  };

  return {
    lstat,
    readdir,
    read,
    write,
    mkdir: (path) => makeFolder(path),
    rename,
    remove,
    touch(path, mtimeNs) {
      const times = timesOf(look(spelled(path)));
      times.mtimeNs = mtimeNs;
      times.ctimeNs = nowNs();
    },
    chmod(path, mode) {
      fs.chmodSync(spelled(path), mode);
      moved(look(spelled(path)));
    },
    symlink(path, target) {
      const at = placed(path);
      if (lookIfThere(spelled(path)) !== null) throw failed('EEXIST', path);
      fs.symlinkSync(target, at);
      born(look(at).ino);
      folderChanged(at);
    },
    disk: {
      lstat: async (path) => lstat(path),
      lstatSync: lstat,
      readdir: async (path) => readdir(path),
      readFile: async (path) => read(path),
      readFileSync: read,
      open: async (path, mode) =>
        openFile(mode === 'create' ? create(path) : existing(path, mode === 'read' ? 'r' : 'r+')),
      async writeFileAtomic(path, data) {
        const temporary = join(dirname(path), `.${basename(path)}.tmp`);
        write(temporary, Buffer.from(data));
        rename(temporary, path);
      },
      mkdir: async (path) => makeFolder(path),
      mkdirAll: async (path, mode) => makeFolders(path, mode),
      async link(from, to) {
        const source = spelled(from);
        const stat = look(source);
        if (stat.isDirectory()) throw failed('EPERM', from);
        if (lookIfThere(spelled(to)) !== null) throw failed('EEXIST', to);
        const target = placed(to);
        fs.linkSync(source, target);
        moved(stat);
        folderChanged(target);
      },
      rename: async (from, to) => rename(from, to),
      renameSync: rename,
      unlink: async (path) => unlink(path),
      rmdir: async (path) => removeFolder(path),
      syncFolder: async () => undefined,
      realpath: async (path) => {
        look(spelled(path));
        return spelled(path);
      },
      freeBytes: async () => 1e12,
    },
  };
}

function failed(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: '${path}'`), { code, path });
}
