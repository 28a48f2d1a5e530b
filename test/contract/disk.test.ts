/**
 * The disk port keeps its contract over the real file system and over memfs, so that what the fast tests find on memfs
 * holds on a disk. Where memfs is known to differ, the table below says how; a memfs that is mended fails here too.
 */
import { execFileSync } from 'node:child_process';
import nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFsFromVolume, Volume } from 'memfs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Disk } from '../../src/ports.ts';
import { diskOver, type NodeFs } from '../../src/system/disk.ts';

interface Subject {
  readonly fs: NodeFs;
  readonly root: () => string;
  readonly remove: (root: string) => void;
  /** What a call answers where memfs and POSIX differ. */
  readonly unlinkOfFolder: string;
  readonly renameOverFullFolder: string;
  readonly renameFileOverFolder: string;
  readonly renameFolderOverFile: string;
  readonly renameBelowItself: string;
  readonly nameOf256Bytes: string;
  readonly renameTouchesCtime: boolean;
}

const real: Subject = {
  fs: nodeFs,
  root: () => nodeFs.realpathSync(nodeFs.mkdtempSync(join(tmpdir(), 'yetisync-disk-'))),
  remove: (root) => nodeFs.rmSync(root, { recursive: true }),
  unlinkOfFolder: process.platform === 'linux' ? 'EISDIR' : 'EPERM',
  renameOverFullFolder: 'ENOTEMPTY',
  renameFileOverFolder: 'EISDIR',
  renameFolderOverFile: 'ENOTDIR',
  renameBelowItself: 'EINVAL',
  nameOf256Bytes: 'ENAMETOOLONG',
  renameTouchesCtime: true,
};

const memory: Subject = {
  fs: createFsFromVolume(new Volume()) as unknown as NodeFs,
  root: () => {
    memory.fs.mkdirSync('/pair');
    return '/pair';
  },
  remove: (root) => memory.fs.rmSync(root, { recursive: true }),
  unlinkOfFolder: 'EPERM',
  renameOverFullFolder: 'done',
  renameFileOverFolder: 'done',
  renameFolderOverFile: 'done',
  renameBelowItself: 'done',
  nameOf256Bytes: 'done',
  renameTouchesCtime: false,
};

describe.each([
  ['the real disk', real],
  ['memfs', memory],
])('%s', (_name, subject) => {
  const disk: Disk = diskOver(subject.fs);
  let root: string;
  const at = (...parts: string[]) => join(root, ...parts);
  const put = (path: string, text: string) => subject.fs.writeFileSync(path, text);
  const text = async (path: string) => Buffer.from(await disk.readFile(path)).toString();

  beforeEach(() => {
    root = subject.root();
  });
  afterEach(() => {
    subject.remove(root);
  });

  describe('looking', () => {
    it('tells files, folders and links apart without following the link', async () => {
      put(at('file'), 'abc');
      await disk.mkdir(at('folder'));
      subject.fs.symlinkSync(at('folder'), at('link'));
      const types = await Promise.all(
        ['file', 'folder', 'link'].map(async (name) => (await disk.lstat(at(name))).type),
      );
      expect(types).toEqual(['file', 'folder', 'link']);
    });

    it('gives size, links and permission bits as plain numbers, identity and times as whole ones', async () => {
      put(at('file'), 'abc');
      subject.fs.chmodSync(at('file'), 0o640);
      await disk.link(at('file'), at('second'));
      const stat = await disk.lstat(at('file'));
      expect({ size: stat.size, nlink: stat.nlink, mode: stat.mode }).toEqual({ size: 3, nlink: 2n, mode: 0o640 });
      expect([typeof stat.dev, typeof stat.ino]).toEqual(['bigint', 'bigint']);
      expect(stat.mtimeNs > 1_600_000_000_000_000_000n).toBe(true);
      expect(disk.lstatSync(at('second'))).toEqual(await disk.lstat(at('second')));
    });

    it('lists the names in a folder', async () => {
      put(at('b'), '');
      put(at('ä'), '');
      expect((await disk.readdir(root)).sort()).toEqual(['b', 'ä']);
    });

    it('says ENOENT of what is not there', async () => {
      const missing = at('missing');
      expect(await code(disk.lstat(missing))).toBe('ENOENT');
      expect(await code(Promise.resolve().then(() => disk.lstatSync(missing)))).toBe('ENOENT');
      expect(await code(disk.readdir(missing))).toBe('ENOENT');
      expect(await code(disk.readFile(missing))).toBe('ENOENT');
      expect(await code(disk.open(missing, 'read'))).toBe('ENOENT');
      expect(await code(disk.open(missing, 'resume'))).toBe('ENOENT');
      expect(await code(disk.unlink(missing))).toBe('ENOENT');
      expect(await code(disk.rmdir(missing))).toBe('ENOENT');
      expect(await code(disk.rename(missing, at('to')))).toBe('ENOENT');
      expect(await code(disk.link(missing, at('to')))).toBe('ENOENT');
      expect(await code(disk.realpath(missing))).toBe('ENOENT');
    });

    it('resolves the links of a path', async () => {
      await disk.mkdir(at('folder'));
      subject.fs.symlinkSync(at('folder'), at('link'));
      expect(await disk.realpath(at('link'))).toBe(at('folder'));
    });

    it('knows how many bytes are free', async () => {
      expect(await disk.freeBytes(root)).toBeGreaterThanOrEqual(0);
    });
  });

  describe('files', () => {
    it('reads a small file whole', async () => {
      put(at('file'), 'abc');
      expect(await text(at('file'))).toBe('abc');
      expect(Buffer.from(disk.readFileSync(at('file'))).toString()).toBe('abc');
    });

    it('never opens through a link at the last component', async () => {
      put(at('file'), 'abc');
      subject.fs.symlinkSync(at('file'), at('link'));
      expect(await code(disk.open(at('link'), 'read'))).toBe('ELOOP');
      expect(await code(disk.open(at('link'), 'resume'))).toBe('ELOOP');
      expect(await code(disk.open(at('link'), 'create'))).toBe('EEXIST');
      expect(await code(disk.readFile(at('link')))).toBe('ELOOP');
      expect(await code(Promise.resolve().then(() => disk.readFileSync(at('link'))))).toBe('ELOOP');
    });

    it('creates a file only where nothing is, a dangling link included', async () => {
      put(at('file'), 'abc');
      subject.fs.symlinkSync(at('nowhere'), at('dangling'));
      expect(await code(disk.open(at('file'), 'create'))).toBe('EEXIST');
      expect(await code(disk.open(at('dangling'), 'create'))).toBe('EEXIST');
      expect(await text(at('file'))).toBe('abc');
      expect((await disk.readdir(root)).sort()).toEqual(['dangling', 'file']);
    });

    it('does not open a folder as a file', async () => {
      await disk.mkdir(at('folder'));
      expect(await code(disk.open(at('folder'), 'read'))).toBe('EISDIR');
      expect(await code(disk.readFile(at('folder')))).toBe('EISDIR');
      expect(await code(Promise.resolve().then(() => disk.readFileSync(at('folder'))))).toBe('EISDIR');
    });

    it('writes and reads at positions, and says 0 at the end', async () => {
      const file = await disk.open(at('file'), 'create');
      await file.write(Buffer.from('world'), 6);
      await file.write(Buffer.from('hello '), 0);
      const buffer = new Uint8Array(64);
      expect(await file.read(buffer, 4)).toBe(7);
      expect(Buffer.from(buffer.subarray(0, 7)).toString()).toBe('o world');
      expect(await file.read(buffer, 11)).toBe(0);
      await file.truncate(5);
      await file.sync();
      expect((await file.stat()).size).toBe(5);
      await file.close();
      expect(await text(at('file'))).toBe('hello');
    });

    it('resumes an existing file and reads back what is there', async () => {
      put(at('file'), 'half ');
      const file = await disk.open(at('file'), 'resume');
      const buffer = new Uint8Array(8);
      expect(await file.read(buffer, 0)).toBe(5);
      await file.write(Buffer.from('done'), 5);
      await file.close();
      expect(await text(at('file'))).toBe('half done');
    });

    it('tells of an open file that it was replaced by name', async () => {
      put(at('file'), 'one');
      const file = await disk.open(at('file'), 'read');
      put(at('next'), 'two');
      await disk.rename(at('next'), at('file'));
      expect((await file.stat()).ino).not.toBe((await disk.lstat(at('file'))).ino);
      await file.close();
    });

    it('changes the permission bits of an open file', async () => {
      const file = await disk.open(at('file'), 'create');
      await file.chmod(0o600);
      await file.close();
      expect((await disk.lstat(at('file'))).mode).toBe(0o600);
    });

    it('replaces a small file in one step, with the permission bits asked for and no debris', async () => {
      await disk.writeFileAtomic(at('file'), 'one', 0o600);
      const { ino } = await disk.lstat(at('file'));
      await disk.writeFileAtomic(at('file'), 'two', 0o666);
      const after = await disk.lstat(at('file'));
      expect(await text(at('file'))).toBe('two');
      expect(after.ino).not.toBe(ino);
      expect(after.mode).toBe(0o666);
      expect(await disk.readdir(root)).toEqual(['file']);
    });

    it('replaces a link itself and leaves alone what it points to', async () => {
      put(at('target'), 'precious');
      subject.fs.symlinkSync(at('target'), at('link'));
      await disk.writeFileAtomic(at('link'), 'ours', 0o600);
      expect(await text(at('target'))).toBe('precious');
      expect((await disk.lstat(at('link'))).type).toBe('file');
    });

    it('leaves the old content and no debris where a replacement fails', async () => {
      put(at('file'), 'old');
      const failing = { ...subject.fs.promises, rename: () => Promise.reject(new Error('no')) };
      const broken = diskOver({ ...subject.fs, promises: failing });
      await expect(broken.writeFileAtomic(at('file'), 'new', 0o600)).rejects.toThrow('no');
      expect(await text(at('file'))).toBe('old');
      expect(await disk.readdir(root)).toEqual(['file']);
    });
  });

  describe('folders', () => {
    it('makes a folder only where nothing is', async () => {
      await disk.mkdir(at('folder'));
      expect(await code(disk.mkdir(at('folder')))).toBe('EEXIST');
      expect(await code(disk.mkdir(at('none', 'below')))).toBe('ENOENT');
    });

    it('makes missing parents too, and does not mind a folder that is there', async () => {
      await disk.mkdirAll(at('a', 'b', 'c'), 0o700);
      await disk.mkdirAll(at('a', 'b', 'c'));
      expect((await disk.lstat(at('a', 'b', 'c'))).type).toBe('folder');
      expect((await disk.lstat(at('a', 'b', 'c'))).mode & 0o077).toBe(0);
    });

    it('makes no folder below what is none', async () => {
      put(at('file'), '');
      expect(await code(disk.mkdirAll(at('file')))).toBe('EEXIST');
      expect(await code(disk.mkdirAll(at('file', 'below', 'it')))).toBe('ENOTDIR');
    });

    it('gives up where a folder is there and none can be made in it', async () => {
      const nowhere = () => {
        throw Object.assign(new Error('ENOENT: no such file or directory'), { code: 'ENOENT' });
      };
      const broken = diskOver({ ...subject.fs, mkdirSync: nowhere });
      expect(await code(broken.mkdirAll(at('below')))).toBe('ENOENT');
    });

    it('removes only an empty folder', async () => {
      await disk.mkdirAll(at('folder', 'below'));
      expect(await code(disk.rmdir(at('folder')))).toBe('ENOTEMPTY');
      await disk.rmdir(at('folder', 'below'));
      await disk.rmdir(at('folder'));
      expect(await disk.readdir(root)).toEqual([]);
    });

    it('brings the entries of a folder to the disk', async () => {
      put(at('file'), '');
      await disk.syncFolder(root);
      expect(await code(disk.syncFolder(at('missing')))).toBe('ENOENT');
    });
  });

  describe('names', () => {
    it('gives a file a second name only where nothing is', async () => {
      put(at('file'), 'abc');
      put(at('taken'), 'other');
      expect(await code(disk.link(at('file'), at('taken')))).toBe('EEXIST');
      await disk.link(at('file'), at('second'));
      await disk.unlink(at('file'));
      expect(await text(at('second'))).toBe('abc');
      expect(await text(at('taken'))).toBe('other');
    });

    it('keeps the identity of what is renamed, and of all below it', async () => {
      await disk.mkdir(at('folder'));
      put(at('folder', 'file'), 'abc');
      const before = [await disk.lstat(at('folder')), await disk.lstat(at('folder', 'file'))];
      await disk.rename(at('folder'), at('moved'));
      const after = [await disk.lstat(at('moved')), await disk.lstat(at('moved', 'file'))];
      expect(after.map(({ ino }) => ino)).toEqual(before.map(({ ino }) => ino));
      expect(after[1]?.mtimeNs).toBe(before[1]?.mtimeNs);
    });

    it('renames over an existing file', async () => {
      put(at('from'), 'new');
      put(at('to'), 'old');
      await disk.rename(at('from'), at('to'));
      expect(await text(at('to'))).toBe('new');
      disk.renameSync(at('to'), at('at once'));
      expect(await disk.readdir(root)).toEqual(['at once']);
    });

    it('unlinks a link, not what it points to', async () => {
      put(at('file'), 'abc');
      subject.fs.symlinkSync(at('file'), at('link'));
      await disk.unlink(at('link'));
      expect(await text(at('file'))).toBe('abc');
    });
  });

  describe('where memfs is known to differ', () => {
    it('does not unlink a folder, under a code of its own', async () => {
      await disk.mkdir(at('folder'));
      expect(await code(disk.unlink(at('folder')))).toBe(subject.unlinkOfFolder);
      expect((await disk.lstat(at('folder'))).type).toBe('folder');
    });

    it('refuses renames that would bury a folder or turn it into its own child, as far as it knows how to', async () => {
      await disk.mkdirAll(at('full', 'below'));
      await disk.mkdir(at('other'));
      expect(await code(disk.rename(at('other'), at('full')))).toBe(subject.renameOverFullFolder);
      await disk.mkdirAll(at('folder', 'below'));
      put(at('file'), 'abc');
      expect(await code(disk.rename(at('file'), at('folder')))).toBe(subject.renameFileOverFolder);
      put(at('plain'), 'abc');
      await disk.mkdirAll(at('another', 'below'));
      expect(await code(disk.rename(at('another'), at('plain')))).toBe(subject.renameFolderOverFile);
      await disk.mkdirAll(at('ring', 'below'));
      expect(await code(disk.rename(at('ring'), at('ring', 'below', 'self')))).toBe(subject.renameBelowItself);
    });

    it('limits a name to 255 bytes, if it limits names', async () => {
      const file = disk.open(at('x'.repeat(256)), 'create').then((open) => open.close());
      expect(await code(file)).toBe(subject.nameOf256Bytes);
    });

    it('marks a renamed file by its ctime, if it does', async () => {
      put(at('file'), 'abc');
      const before = await disk.lstat(at('file'));
      await tick();
      await disk.rename(at('file'), at('moved'));
      const touched = (await disk.lstat(at('moved'))).ctimeNs !== before.ctimeNs;
      expect(touched).toBe(subject.renameTouchesCtime);
    });
  });
});

describe('what only a real disk has', () => {
  let root: string;
  const disk = diskOver(nodeFs);
  beforeEach(() => {
    root = real.root();
  });
  afterEach(() => {
    real.remove(root);
  });

  it('does not hang on a pipe that nobody writes to', async () => {
    const pipe = join(root, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect((await disk.lstat(pipe)).type).toBe('other');
    expect(await code(disk.readFile(pipe))).toBe('EINVAL');
    expect(await code(disk.open(pipe, 'read'))).toBe('EINVAL');
    expect(await code(disk.open(pipe, 'resume'))).toBe('EINVAL');
    expect(await code(Promise.resolve().then(() => disk.readFileSync(pipe)))).toBe('EINVAL');
  });

  it('holds a folder open, whatever is renamed or put in its place meanwhile', async () => {
    const hold = disk.holdFolder;
    if (hold === undefined) return; // a system without /proc
    await disk.mkdir(join(root, 'folder'));
    const held = await hold(join(root, 'folder'));
    await disk.rename(join(root, 'folder'), join(root, 'moved'));
    await disk.mkdir(join(root, 'folder'));
    await disk.writeFileAtomic(join(held.path, 'file'), 'abc', 0o600);
    expect(await disk.readdir(join(root, 'moved'))).toEqual(['file']);
    expect(await disk.readdir(join(root, 'folder'))).toEqual([]);
    await held.close();
    await held.close();
  });

  it('holds no folder open through a link', async () => {
    const hold = disk.holdFolder;
    if (hold === undefined) return; // a system without /proc
    await disk.mkdir(join(root, 'folder'));
    nodeFs.symlinkSync(join(root, 'folder'), join(root, 'link'));
    expect(['ELOOP', 'ENOTDIR']).toContain(await code(hold(join(root, 'link'))));
  });

  it('tells where a held folder really stands', async () => {
    const hold = disk.holdFolder;
    if (hold === undefined) return; // a system without /proc
    await disk.mkdirAll(join(root, 'above', 'folder'));
    nodeFs.symlinkSync(join(root, 'above'), join(root, 'link'));
    const held = await hold(join(root, 'link', 'folder'));
    expect(held.standsAt()).toBe(join(root, 'above', 'folder'));
    await disk.rename(join(root, 'above'), join(root, 'moved'));
    expect(held.standsAt()).toBe(join(root, 'moved', 'folder'));
    await disk.rmdir(join(root, 'moved', 'folder'));
    expect(held.standsAt()).not.toBe(join(root, 'moved', 'folder'));
    await held.close();
  });

  it('closes a file only when the threads are done with it, and uses it no more', async () => {
    nodeFs.writeFileSync(join(root, 'file'), Buffer.alloc(1024 * 1024, 'a'));
    const file = await disk.open(join(root, 'file'), 'read');
    const buffer = new Uint8Array(1024 * 1024);
    const reading = file.read(buffer, 0);
    await Promise.all([file.close(), file.close()]);
    expect(await reading).toBe(buffer.length);
    expect(await code(file.read(buffer, 0))).toBe('EBADF');
    await file.close();
  });

  it('lets timers and sockets have their turn between many small calls', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    for (const end = performance.now() + 200; performance.now() < end;) await disk.lstat(root);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });

  it('shows a name that is not UTF-8 with a replacement character', async () => {
    nodeFs.writeFileSync(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff])]), '');
    expect(await disk.readdir(root)).toEqual(['bad-\ufffd']);
  });

  it('leaves no descriptor open, whatever fails', async () => {
    if (process.platform !== 'linux') return; // no other system lists them in /proc
    const open = () => nodeFs.readdirSync('/proc/self/fd').length;
    const file = join(root, 'file');
    nodeFs.writeFileSync(file, 'abc');
    await disk.readFile(file);
    const before = open();
    await disk.readFile(file);
    disk.readFileSync(file);
    await code(disk.readFile(root));
    await code(Promise.resolve().then(() => disk.readFileSync(root)));
    await disk.writeFileAtomic(file, 'two', 0o600);
    await disk.syncFolder(root);
    expect(open()).toBe(before);
  });
});

async function code(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

/** Busy until the clock of the file system has moved on (it moves in steps of up to 10 ms). */
async function tick(): Promise<void> {
  const until = performance.now() + 12;
  while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
}
