/**
 * The disk port over `node:fs`, or over anything of that shape. What must hold: no call follows a link at the last
 * component, and none waits for somebody to write into a pipe.
 */
import nodeFs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Disk, DiskFile, DiskStat, Random } from '../ports.ts';
import { holdFolder, holdsFolders } from './held-folder.ts';
import { realRandom } from './random.ts';

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

  const openFile = async (path: string, mode: keyof typeof flags): Promise<FileHandle> => {
    const handle = await fs.promises.open(path, flags[mode]);
    try {
      mustBeFile(await handle.stat({ bigint: true }), path);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  };

  const syncFolder = async (path: string): Promise<void> => {
    const handle = await fs.promises.open(path, O_RDONLY | (O_DIRECTORY ?? 0));
    try {
      await handle.sync();
    } catch (error) {
      // Some network file systems have no such call for folders; there is no better promise to be had from them.
      if (!isOneOf(error, 'EINVAL', 'ENOTSUP')) throw error;
    } finally {
      await handle.close();
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

  return {
    lstat: async (path) => toStat(await fs.promises.lstat(path, { bigint: true })),
    lstatSync: (path) => toStat(fs.lstatSync(path, { bigint: true })),
    readdir: (path) => fs.promises.readdir(path),
    async readFile(path) {
      const handle = await openFile(path, 'read');
      try {
        return await handle.readFile();
      } finally {
        await handle.close();
      }
    },
    readFileSync(path) {
      const descriptor = fs.openSync(path, flags.read);
      try {
        mustBeFile(fs.fstatSync(descriptor, { bigint: true }), path);
        return fs.readFileSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
    },
    open: async (path, mode) => toFile(await openFile(path, mode)),
    writeFileAtomic,
    mkdir: (path) => fs.promises.mkdir(path),
    async mkdirAll(path, mode) {
      await fs.promises.mkdir(path, { recursive: true, ...(mode === undefined ? {} : { mode }) });
    },
    link: (from, to) => fs.promises.link(from, to),
    rename: (from, to) => fs.promises.rename(from, to),
    renameSync: (from, to) => fs.renameSync(from, to),
    unlink: (path) => fs.promises.unlink(path),
    rmdir: (path) => fs.promises.rmdir(path),
    syncFolder,
    ...(holdsFolders(fs) ? { holdFolder } : {}),
    realpath: (path) => fs.promises.realpath(path),
    async freeBytes(path) {
      const { bavail, bsize } = await fs.promises.statfs(path, { bigint: true });
      return Number(bavail * bsize);
    },
  };
}

export const realDisk: Disk = diskOver(nodeFs);

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

function toFile(handle: FileHandle): DiskFile {
  return {
    stat: async () => toStat(await handle.stat({ bigint: true })),
    async read(buffer, position) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      return bytesRead;
    },
    async write(data, position) {
      let done = 0;
      // One call may write less than it was given, on a disk that is filling up for one.
      while (done < data.length) {
        const { bytesWritten } = await handle.write(data, done, data.length - done, position + done);
        done += bytesWritten;
      }
    },
    truncate: (size) => handle.truncate(size),
    chmod: (mode) => handle.chmod(mode),
    chown: (uid, gid) => handle.chown(uid, gid),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

/** Pipes and devices can be opened like files, but reading one may never end. */
function mustBeFile(stat: BigIntStats, path: string): void {
  if (stat.isFile()) return;
  const code = stat.isDirectory() ? 'EISDIR' : 'EINVAL';
  throw Object.assign(new Error(`${code}: not a regular file, open '${path}'`), { code, syscall: 'open', path });
}

function isOneOf(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
