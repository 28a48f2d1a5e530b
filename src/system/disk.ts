/**
 * The disk port over `node:fs`, or over anything of that shape. What must hold: no call follows a link at the last
 * component, and none waits for somebody to write into a pipe.
 *
 * Looks, names, opening and closing, and up to 64 KiB of content are done at once: handing a call to one of Node's threads and back
 * costs ten times what such a call takes. What waits for the disk itself (`fsync`) or takes long goes to the threads. On a
 * network disk that hangs the program hangs with it, as it would a few calls later, once all four threads are taken.
 */
import nodeFs from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { BigIntStats } from 'node:fs';
import type { Disk, DiskFile, DiskStat, Random } from '../ports.ts';
import { holdFolder, holdsFolders } from './held-folder.ts';
import { realRandom } from './random.ts';
import { othersFirst } from './turns.ts';

export type NodeFs = typeof nodeFs;

/** `random` names the temporary files of `writeFileAtomic`. */
export function diskOver(fs: NodeFs, random: Random = realRandom): Disk {
  const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_DIRECTORY } = fs.constants;
  // Opening a pipe that nobody writes to would hold one of Node's four disk threads for ever. Absent on Windows.
  const careful = (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);
  const flags = {
    read: O_RDONLY | careful,
    resume: O_RDWR | careful,
    create: O_RDWR | O_CREAT | O_EXCL | careful,
  };

  const openNow = (path: string, mode: keyof typeof flags): number => {
    const descriptor = fs.openSync(path, flags[mode]);
    try {
      mustBeFile(fs.fstatSync(descriptor, { bigint: true }), path);
      return descriptor;
    } catch (error) {
      fs.closeSync(descriptor);
      throw error;
    }
  };

  /** While other files are being synced this one call may have to wait for the disk. */
  const create = (path: string): Promise<number> =>
    called<number>((done) => fs.open(path, flags.create, (error, descriptor) => done(error, descriptor)));

  const syncFolder = async (path: string): Promise<void> => {
    const folder = fs.openSync(path, O_RDONLY | (O_DIRECTORY ?? 0));
    try {
      await called((done) => fs.fsync(folder, done));
    } catch (error) {
      // Some network file systems have no such call for folders; there is no better promise to be had from them.
      if (!isOneOf(error, 'EINVAL', 'ENOTSUP')) throw error;
    } finally {
      fs.closeSync(folder);
    }
  };

  const readNow = (path: string): Uint8Array => {
    const descriptor = openNow(path, 'read');
    try {
      return fs.readFileSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  };

  const writeFileAtomic = async (path: string, data: string, mode: number): Promise<void> => {
    const folder = dirname(path);
    const temporary = join(folder, `.${basename(path)}.${random.hex(6)}.tmp`);
    const handle = await fs.promises.open(temporary, flags.create, mode);
    try {
      try {
        // The umask may have taken bits away, or the file system added some.
        await handle.chmod(mode);
        await handle.writeFile(data);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await fs.promises.rename(temporary, path);
    } catch (error) {
      await fs.promises.unlink(temporary).catch(() => undefined); // the first error tells more
      throw error;
    }
    await syncFolder(folder);
  };

  /** One by one: Node's own way goes round for ever where a folder is there and nothing can be made in it (below `/proc`). */
  const makeFolders = (path: string, mode: number | undefined): void => {
    const make = () => fs.mkdirSync(path, mode === undefined ? {} : { mode });
    const above = dirname(path);
    try {
      try {
        make();
      } catch (error) {
        if (!isOneOf(error, 'ENOENT') || above === path) throw error;
        makeFolders(above, mode);
        make();
      }
    } catch (error) {
      // Made in between by another process; or it cannot be told from here, as on a disk that may not be written: there it is, all the same.
      if (!fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
    }
  };

  return {
    async lstat(path) {
      await othersFirst();
      const stat = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
      if (stat === undefined) throw nothingThere(path);
      return toStat(stat);
    },
    lstatSync: (path) => toStat(fs.lstatSync(path, { bigint: true })),
    async readdir(path) {
      await othersFirst();
      // Folders of many thousand names take long; how many there are, the size tells well enough on all common file systems.
      const isLong = fs.lstatSync(path).size > longFolderBytes;
      return isLong ? fs.promises.readdir(path) : fs.readdirSync(path);
    },
    async readFile(path) {
      await othersFirst();
      return readNow(path);
    },
    readFileSync: readNow,
    async open(path, mode) {
      await othersFirst();
      return new OpenFile(fs, mode === 'create' ? await create(path) : openNow(path, mode));
    },
    writeFileAtomic,
    mkdir: (path) => now(() => fs.mkdirSync(path)),
    async mkdirAll(path, mode) {
      await othersFirst();
      makeFolders(path, mode);
    },
    link: (from, to) => now(() => fs.linkSync(from, to)),
    rename: (from, to) => now(() => fs.renameSync(from, to)),
    renameSync: (from, to) => fs.renameSync(from, to),
    unlink: (path) => now(() => fs.unlinkSync(path)),
    rmdir: (path) => now(() => fs.rmdirSync(path)),
    syncFolder,
    ...(holdsFolders(fs) ? { holdFolder } : {}),
    realpath: (path) => fs.promises.realpath(path),
    async freeBytes(path) {
      const { bavail, bsize } = fs.statfsSync(path, { bigint: true });
      return Number(bavail * bsize);
    },
  };
}

export const realDisk: Disk = diskOver(nodeFs);

/** Whether this user may make files in a folder, by the system's word: nothing is written to find out. */
export function mayWrite(folder: string): boolean {
  try {
    nodeFs.accessSync(folder, nodeFs.constants.W_OK | nodeFs.constants.X_OK);
    return true;
  } catch {
    return false; // whatever the reason, it cannot be written
  }
}

function toStat(stat: BigIntStats): DiskStat {
  return {
    type: stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'other',
    dev: stat.dev,
    ino: stat.ino,
    nlink: stat.nlink,
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    size: Number(stat.size),
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    birthtimeNs: stat.birthtimeNs,
  };
}

/** Some 3,000 names, on ext4. */
const longFolderBytes = 128 * 1024;

async function now(act: () => void): Promise<void> {
  await othersFirst();
  act();
}

/** So many bytes come or go at once, without a thread: most files are smaller than that. */
const atOnceBytes = 64 * 1024;

class OpenFile implements DiskFile {
  readonly #fs: NodeFs;
  readonly #descriptor: number;
  #isOpen = true;
  /** Calls that have not ended. */
  #busy = 0;
  #whenIdle: (() => void) | null = null;

  constructor(fs: NodeFs, descriptor: number) {
    this.#fs = fs;
    this.#descriptor = descriptor;
  }

  stat(): Promise<DiskStat> {
    return this.#use((descriptor) => toStat(this.#fs.fstatSync(descriptor, { bigint: true })));
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    const { length } = buffer;
    return this.#use((descriptor) =>
      length <= atOnceBytes
        ? this.#fs.readSync(descriptor, buffer, 0, length, position)
        : called<number>((done) => this.#fs.read(descriptor, buffer, 0, length, position, done)),
    );
  }

  write(data: Uint8Array, position: number): Promise<void> {
    return this.#use(async (descriptor) => {
      // One call may write less than it was given, on a disk that is filling up for one.
      for (let at = 0; at < data.length;) {
        const left = data.length - at;
        at +=
          left <= atOnceBytes
            ? this.#fs.writeSync(descriptor, data, at, left, position + at)
            : await called<number>((done) => this.#fs.write(descriptor, data, at, left, position + at, done));
      }
    });
  }

  truncate(size: number): Promise<void> {
    return this.#use((descriptor) => this.#fs.ftruncateSync(descriptor, size));
  }

  chmod(mode: number): Promise<void> {
    return this.#use((descriptor) => this.#fs.fchmodSync(descriptor, mode));
  }

  chown(uid: number, gid: number): Promise<void> {
    return this.#use((descriptor) => this.#fs.fchownSync(descriptor, uid, gid));
  }

  sync(): Promise<void> {
    return this.#use((descriptor) => called((done) => this.#fs.fsync(descriptor, done)));
  }

  /** Not before all calls are done with it: the number would be another file's by the time they get to it. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#busy > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    this.#fs.closeSync(this.#descriptor);
  }

  async #use<T>(act: (descriptor: number) => T | Promise<T>): Promise<T> {
    if (!this.#isOpen) throw Object.assign(new Error('EBADF: the file was closed'), { code: 'EBADF' });
    this.#busy++;
    try {
      await othersFirst();
      return await act(this.#descriptor);
    } finally {
      if (--this.#busy === 0) this.#whenIdle?.();
    }
  }
}

/** A call of Node's that answers by calling back. */
function called<T = undefined>(start: (done: (error: Error | null, result?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error === null || error === undefined) resolve(result as T);
      else reject(error);
    });
  });
}

/** Pipes and devices can be opened like files, but reading one may never end. */
function mustBeFile(stat: BigIntStats, path: string): void {
  if (stat.isFile()) return;
  const code = stat.isDirectory() ? 'EISDIR' : 'EINVAL';
  throw Object.assign(new Error(`${code}: not a regular file, open '${path}'`), { code, syscall: 'open', path });
}

/** As Node says it, without the calls that led here: to write those down takes longer than to look, and often nothing is there as it should be. */
function nothingThere(path: string): NodeJS.ErrnoException {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const error = new Error(`ENOENT: no such file or directory, lstat '${path}'`);
    return Object.assign(error, { code: 'ENOENT', errno: -constants.errno.ENOENT, syscall: 'lstat', path });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function isOneOf(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
