import { createLocalFiles } from '../../src/local/files.ts';
import { createHasher } from '../../src/system/hasher.ts';
import { seededRandom } from '../support/seeded-random.ts';
import nodeFs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Identity, LocalSeen, RemoteId, Stamp } from '../../src/core/entry.ts';
import type { RelPath } from '../../src/core/path.ts';
import type { Arrival, DiskFile, LocalFiles } from '../../src/ports.ts';
import { md5Of as md5OfBytes } from '../support/snapshot.ts';
import { fails } from '../support/faulty-disk.ts';
import { at, filesBelow, md5Of, pairFolder, temporaryFolder } from './pair-folder.ts';
import type { PairFolder } from './pair-folder.ts';

const id = 'f7' as RemoteId;
const bytes = (text: string) => new TextEncoder().encode(text);

async function seen(files: LocalFiles, path: string): Promise<LocalSeen> {
  const found = await files.look(at(path));
  if (found === null) throw new Error(`nothing at ${path}`);
  return found;
}

const begun: Arrival[] = [];

afterEach(async () => {
  for (const arrival of begun.splice(0)) await arrival.abandon(true);
});

async function arrived(pair: PairFolder, content: string): Promise<Arrival> {
  const arrival = await pair.files.receive(id, content.length);
  begun.push(arrival);
  await arrival.write(bytes(content));
  await arrival.finish();
  return arrival;
}

const stampOf = async (pair: PairFolder, path: string) => (await seen(pair.files, path)).stamp;

const modeOf = (pair: PairFolder, path: string) => nodeFs.lstatSync(pair.absolute(path)).mode & 0o777;

/** As editors save. */
function saveOver(path: string, content: string): void {
  nodeFs.writeFileSync(`${path}.new`, content);
  nodeFs.renameSync(`${path}.new`, path);
}

/** All that stands in `.yetisync/incoming`. */
const incoming = (pair: PairFolder) =>
  nodeFs.existsSync(pair.absolute('.yetisync/incoming')) ? nodeFs.readdirSync(pair.absolute('.yetisync/incoming')) : [];

describe.each([
  ['with folders held open', { withoutHolding: false }],
  ['where folders cannot be held open', { withoutHolding: true }],
])('%s', (_name, options) => {
  it('goes through no link on the way to a place', async () => {
    const pair = pairFolder(options);
    const outside = temporaryFolder();
    nodeFs.writeFileSync(`${outside}/f`, 'theirs');
    nodeFs.symlinkSync(outside, pair.absolute('link'));
    nodeFs.mkdirSync(pair.absolute('d'));
    pair.write('mine', 'mine');
    const stamp = await stampOf(pair, 'mine');
    const identity = (await seen(pair.files, 'mine')).identity;
    const arrival = await arrived(pair, 'evil');
    const refused = { code: 'local/special' };
    await expect(arrival.place(at('link/new'), null)).rejects.toMatchObject(refused);
    await expect(pair.files.createFolder(at('link/d'))).rejects.toMatchObject(refused);
    await expect(pair.files.look(at('link/f'))).rejects.toMatchObject(refused);
    await expect(pair.files.hash(at('link/f'), stamp)).rejects.toMatchObject(refused);
    await expect(pair.files.trash(at('link/f'), stamp, 'test')).rejects.toMatchObject(refused);
    await expect(pair.files.removeFolder(at('link/d'))).rejects.toMatchObject(refused);
    await expect(pair.files.names(at('link'))).rejects.toMatchObject(refused);
    await expect(pair.files.move(at('mine'), at('link/mine'), { kind: 'file', stamp, identity })).rejects.toMatchObject(
      refused,
    );
    expect(nodeFs.readdirSync(outside)).toEqual(['f']);
    expect(pair.read('mine')).toBe('mine');
  });

  it('never reaches into the folder of yetisync itself, however it is spelled', async () => {
    const pair = pairFolder(options);
    const refused = { code: 'name/unsupported' };
    for (const path of ['.yetisync', '.yetisync/x', '.YetiSync/marker.json']) {
      await expect(pair.files.createFolder(at(path))).rejects.toMatchObject(refused);
    }
    await expect(pair.files.removeFolder(at(''))).rejects.toMatchObject(refused);
  });

  it('tells nothing, a file, a folder and a link apart', async () => {
    const pair = pairFolder(options);
    pair.write('d/f', 'one');
    nodeFs.symlinkSync('f', pair.absolute('d/l'));
    expect(await pair.files.look(at('nothing/at/all'))).toBeNull();
    expect(await pair.files.look(at('d/f/below'))).toBeNull();
    expect(await pair.files.look(at('d/f'))).toMatchObject({ kind: 'file', size: 3 });
    expect(await pair.files.look(at('d'))).toMatchObject({ kind: 'folder' });
    expect(await pair.files.look(at(''))).toMatchObject({ kind: 'folder' });
    expect(await pair.files.look(at('d/l'))).toMatchObject({ kind: 'special' });
    expect(await pair.files.names(at('d'))).toHaveLength(2);
  });
});

describe('reading', () => {
  it('gives the content in order and the MD5 of what was read', async () => {
    const pair = pairFolder();
    const content = 'yeti '.repeat(700_000);
    pair.write('f', content);
    const read = await pair.files.read(at('f'), await stampOf(pair, 'f'));
    const parts: Uint8Array[] = [];
    for await (const part of read.content) parts.push(part);
    expect(read.size).toBe(content.length);
    expect(Buffer.concat(parts).toString()).toBe(content);
    expect(await read.finish()).toBe(md5Of(content));
    await read.close();
    await read.close();
  });

  it('refuses a file that is not the one that was meant', async () => {
    const pair = pairFolder();
    pair.write('f', 'one');
    const stamp = await stampOf(pair, 'f');
    pair.write('f', 'two!');
    await expect(pair.files.read(at('f'), stamp)).rejects.toMatchObject({ code: 'local/changed' });
    await expect(pair.files.hash(at('f'), stamp)).rejects.toMatchObject({ code: 'local/changed' });
    nodeFs.rmSync(pair.absolute('f'));
    await expect(pair.files.hash(at('f'), stamp)).rejects.toMatchObject({ code: 'local/missing' });
  });

  it.each<[string, (path: string) => void]>([
    ['appended to', (path) => nodeFs.appendFileSync(path, 'more')],
    ['truncated', (path) => nodeFs.truncateSync(path, 10)],
    ['replaced', (path) => saveOver(path, 'new')],
    ['renamed', (path) => nodeFs.renameSync(path, `${path}.renamed`)],
    ['touched', (path) => nodeFs.utimesSync(path, 1, 1)],
  ])('notices that a file was %s while it was read', async (_how, change) => {
    const pair = pairFolder();
    pair.write('f', 'x'.repeat(3 * 1024 * 1024));
    const read = await pair.files.read(at('f'), await stampOf(pair, 'f'));
    let first = true;
    const all = async () => {
      for await (const part of read.content) {
        expect(part.length).toBeGreaterThan(0);
        if (first) change(pair.absolute('f'));
        first = false;
      }
      await read.finish();
    };
    await expect(all()).rejects.toMatchObject({ code: 'local/changed' });
    await read.close();
  });

  it('stops hashing when it is told to', async () => {
    const pair = pairFolder();
    pair.write('f', 'x');
    await expect(pair.files.hash(at('f'), await stampOf(pair, 'f'), AbortSignal.abort())).rejects.toMatchObject({
      code: 'stopped',
    });
  });
});

describe('an arrival', () => {
  it('is out of sight until it is whole, and then stands in its place with the default mode', async () => {
    const pair = pairFolder();
    const arrival = await pair.files.receive(id, 6);
    await arrival.write(bytes('abc'));
    expect(pair.names()).toEqual([]);
    await arrival.write(bytes('def'));
    const finished = await arrival.finish();
    expect(finished).toMatchObject({ md5: md5Of('abcdef'), size: 6 });
    const { seen: placed, trashed } = await arrival.place(at('f'), null);
    expect(pair.read('f')).toBe('abcdef');
    expect(placed).toEqual(await seen(pair.files, 'f'));
    expect(placed.identity).toBe(finished.seen.identity);
    expect(trashed).toBeNull();
    expect(incoming(pair)).toEqual([]);
    pair.write('as-any-file', '');
    expect(modeOf(pair, 'f')).toBe(modeOf(pair, 'as-any-file'));
    expect(nodeFs.lstatSync(pair.absolute('.yetisync')).mode & 0o777).toBe(0o700);
  });

  it('goes on where an earlier attempt was cut, with the MD5 of the whole', async () => {
    const pair = pairFolder();
    const first = await pair.files.receive(id, 6);
    await first.write(bytes('abc'));
    await first.abandon(true);
    const second = await pair.files.receive(id, 6);
    expect(second.offset).toBe(3);
    await second.write(bytes('def'));
    expect(await second.finish()).toMatchObject({ md5: md5Of('abcdef') });
    await second.place(at('f'), null);
    expect(pair.read('f')).toBe('abcdef');
  });

  it('begins anew when the host does, and leaves nothing when it is given up', async () => {
    const pair = pairFolder();
    const first = await pair.files.receive(id, 6);
    await first.write(bytes('xyz'));
    await first.restart();
    expect(first.offset).toBe(0);
    await first.write(bytes('abcdef'));
    expect(await first.finish()).toMatchObject({ md5: md5Of('abcdef'), size: 6 });
    await first.abandon(false);
    expect(incoming(pair)).toEqual([]);
  });

  describe('of much', () => {
    const piece = (seed: number): Uint8Array => new Uint8Array(60_000).fill(seed);
    const pieces = Array.from({ length: 50 }, (_, seed) => piece(seed));
    const whole = Buffer.concat(pieces);

    /** Over the pair's disk, with another `write` or `sync` for what is received. */
    const over = (pair: PairFolder, change: (file: DiskFile) => Partial<DiskFile>): LocalFiles =>
      createLocalFiles({
        root: pair.root,
        disk: {
          ...pair.disk,
          async open(path, mode) {
            const file = await pair.disk.open(path, mode);
            const parts: DiskFile = {
              stat: () => file.stat(),
              read: (buffer, position) => file.read(buffer, position),
              write: (data, position) => file.write(data, position),
              truncate: (size) => file.truncate(size),
              chmod: (bits) => file.chmod(bits),
              chown: (uid, gid) => file.chown(uid, gid),
              sync: () => file.sync(),
              close: () => file.close(),
            };
            return mode === 'read' ? file : { ...parts, ...change(file) };
          },
        },
        clock: pair.clock,
        random: seededRandom(1),
        createHasher,
        reserveDiskBytes: 0,
      });

    it('is written while more comes, in larger pieces, and is whole at the end', async () => {
      const pair = pairFolder();
      const written: number[] = [];
      let isBusy = false;
      const files = over(pair, (file) => ({
        async write(data, position) {
          expect(isBusy).toBe(false);
          isBusy = true;
          await new Promise((resolve) => setImmediate(resolve));
          await file.write(data, position);
          written.push(data.length);
          isBusy = false;
        },
      }));
      const arrival = await files.receive(id, whole.length);
      for (const one of pieces) await arrival.write(one);
      expect(await arrival.finish()).toMatchObject({ md5: md5OfBytes(whole), size: whole.length });
      await arrival.place(at('f'), null);
      expect(nodeFs.readFileSync(pair.absolute('f')).equals(whole)).toBe(true);
      expect(written.length).toBeLessThan(10);
    });

    it('that is kept for another attempt is kept as far as it came', async () => {
      const pair = pairFolder();
      const first = await pair.files.receive(id, whole.length);
      for (const one of pieces.slice(0, 33)) await first.write(one);
      await first.abandon(true);
      const second = await pair.files.receive(id, whole.length);
      expect(second.offset).toBe(33 * 60_000);
      for (const one of pieces.slice(33)) await second.write(one);
      expect(await second.finish()).toMatchObject({ md5: md5OfBytes(whole) });
    });

    it('that comes slowly is on the disk soon: who is killed has little to fetch again', async () => {
      const pair = pairFolder();
      const arrival = await pair.files.receive(id, 6);
      await arrival.write(bytes('ab'));
      await pair.clock.advance(2_000);
      await arrival.write(bytes('c'));
      await expect.poll(() => nodeFs.statSync(pair.absolute(`.yetisync/incoming/${id}-6`)).size).toBe(3);
      await arrival.abandon(true);
    });

    it('fails where the disk refuses a piece of it, though that is heard of later', async () => {
      const pair = pairFolder();
      let writes = 0;
      const files = over(pair, (file) => ({
        async write(data, position) {
          if (++writes === 2) throw Object.assign(new Error('ENOSPC: injected'), { code: 'ENOSPC' });
          await file.write(data, position);
        },
      }));
      const arrival = await files.receive(id, whole.length);
      const all = async (): Promise<void> => {
        for (const one of pieces) await arrival.write(one);
        await arrival.finish();
      };
      await expect(all()).rejects.toMatchObject({ code: 'local/disk-full' });
      await arrival.abandon(false);
      expect(writes).toBe(2);
      expect(incoming(pair)).toEqual([]);
    });

    it('is not taken for kept when the disk said once that it could not keep something', async () => {
      const pair = pairFolder();
      let syncs = 0;
      const files = over(pair, (file) => ({
        async sync() {
          // as Linux does: it is told once
          if (++syncs === 1) throw Object.assign(new Error('EIO: injected'), { code: 'EIO' });
          await file.sync();
        },
      }));
      const size = 70 * 1024 * 1024;
      const arrival = await files.receive(id, size);
      for (let at = 0; at < 70; at++) await arrival.write(new Uint8Array(1024 * 1024));
      await expect(arrival.finish()).rejects.toMatchObject({ code: 'local/io' });
      expect(syncs).toBeGreaterThan(0);
      await arrival.abandon(false);
    });
  });

  it('never writes on into a file that had arrived already when yetisync was killed', async () => {
    const pair = pairFolder();
    await (await arrived(pair, 'abcdef')).abandon(true);
    nodeFs.linkSync(pair.absolute(`.yetisync/incoming/${id}-6`), pair.absolute('f'));
    const again = await pair.files.receive(id, 6);
    expect(again.offset).toBe(0);
    await again.write(bytes('123456'));
    await again.abandon(true);
    expect(pair.read('f')).toBe('abcdef');
  });

  it('does not overwrite what appeared in its place', async () => {
    const pair = pairFolder();
    const arrival = await arrived(pair, 'theirs');
    pair.write('f', 'mine');
    await expect(arrival.place(at('f'), null)).rejects.toMatchObject({ code: 'local/occupied' });
    expect(pair.read('f')).toBe('mine');
    await arrival.abandon(true);
    expect(incoming(pair)).toEqual([`${id}-6`]);
  });

  it('leaves the reserve of the disk alone, and asks only for what is still to come', async () => {
    const pair = pairFolder({ reserveDiskBytes: 10_000_000 });
    const first = await pair.files.receive(id, 600);
    await first.write(new Uint8Array(400));
    await first.abandon(true);
    const tight = { ...pair.disk, freeBytes: async () => 10_000_300 };
    const files = createLocalFiles({
      root: pair.root,
      disk: tight,
      clock: pair.clock,
      random: seededRandom(1),
      createHasher,
      reserveDiskBytes: 10_000_000,
    });
    await expect(files.receive('f8' as RemoteId, 600)).rejects.toMatchObject({
      code: 'local/disk-full',
      detail: 'what `reserveDisk` keeps free would be used up',
    });
    await (await files.receive(id, 600)).abandon(true);
  });

  it('leaves some room for its own records where no reserve is asked for', async () => {
    const pair = pairFolder({ reserveDiskBytes: 0 });
    const files = createLocalFiles({
      root: pair.root,
      disk: { ...pair.disk, freeBytes: async () => 4_194_304 + 599 },
      clock: pair.clock,
      random: seededRandom(1),
      createHasher,
      reserveDiskBytes: 0,
    });
    await expect(files.receive(id, 600)).rejects.toMatchObject({
      code: 'local/disk-full',
      detail: 'the last 4 MiB of a disk are left free, whatever `reserveDisk` is',
    });
    await (await files.receive(id, 599)).abandon(false);
  });

  it('says that the disk is full when it fills up on the way', async () => {
    const pair = pairFolder();
    const arrival = await arrived(pair, 'abc');
    pair.disk.on({ call: 'link', act: fails('ENOSPC') });
    await expect(arrival.place(at('f'), null)).rejects.toMatchObject({ code: 'local/disk-full', path: 'f' });
    expect(pair.names()).toEqual([]);
  });
});

describe('an arrival over a file', () => {
  it('keeps what stood there in the trash, and its mode', async () => {
    const pair = pairFolder();
    pair.write('d/f', 'old');
    nodeFs.chmodSync(pair.absolute('d/f'), 0o751);
    const stamp = await stampOf(pair, 'd/f');
    const arrival = await arrived(pair, 'newer');
    const { seen: placed, trashed } = await arrival.place(at('d/f'), { stamp, md5: null });
    expect(pair.read('d/f')).toBe('newer');
    expect(pair.read(trashed!.trashPath)).toBe('old');
    expect(trashed!.trashPath).toMatch(/^\.yetisync\/trash\/\d{4}-\d\d-\d\d\/[0-9a-f]{16}\/f$/);
    expect(nodeFs.lstatSync(pair.absolute('d/f')).mode & 0o777).toBe(0o751);
    expect(placed).toEqual(await seen(pair.files, 'd/f'));
    expect(incoming(pair)).toEqual([]);
  });

  it('does nothing when another content stands there than was planned for', async () => {
    const pair = pairFolder();
    pair.write('f', 'old');
    const stamp = await stampOf(pair, 'f');
    const arrival = await arrived(pair, 'newer');
    pair.write('f', 'mine');
    await expect(arrival.place(at('f'), { stamp, md5: null })).rejects.toMatchObject({ code: 'local/changed' });
    nodeFs.rmSync(pair.absolute('f'));
    await expect(arrival.place(at('f'), { stamp, md5: null })).rejects.toMatchObject({ code: 'local/changed' });
    expect(pair.names()).toEqual([]);
    expect(pair.trashed()).toEqual([]);
  });

  const changes: [string, (path: string) => void][] = [
    ['written to', (path) => nodeFs.writeFileSync(path, 'mine!')],
    ['replaced', (path) => saveOver(path, 'mine!')],
  ];
  it.each(changes)('loses nothing when the file is %s at any call on the way', async (_how, change) => {
    for (let after = 0; ; after++) {
      const pair = pairFolder();
      pair.write('f', 'old');
      const stamp = await stampOf(pair, 'f');
      const arrival = await arrived(pair, 'newer');
      let placing = true;
      let struck = '';
      pair.disk.on({
        after,
        times: 1,
        act: (call, ...paths) => {
          if (!placing) return;
          // The one named window: between the last look and the rename directly after it.
          if (call === 'renameSync') return;
          struck = `${call} ${paths.join(' ')}`;
          change(pair.absolute('f'));
        },
      });
      await arrival.place(at('f'), { stamp, md5: null }).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'local/changed' });
      });
      placing = false;
      const kept = filesBelow(pair.root).map((path) => nodeFs.readFileSync(path, 'utf8'));
      if (struck === '' && after > 60) break;
      if (struck !== '') expect(kept, `${after}: ${struck}`).toContain('mine!');
      // The path is never without content, and never holds a mixture.
      expect(['old', 'newer', 'mine!']).toContain(pair.read('f'));
    }
  });

  it('puts back what was written into the file while it was exchanged', async () => {
    const pair = pairFolder();
    pair.write('f', 'old');
    const stamp = await stampOf(pair, 'f');
    const arrival = await arrived(pair, 'newer');
    const writer = nodeFs.openSync(pair.absolute('f'), 'r+');
    pair.disk.on({ call: 'renameSync', times: 1, act: () => nodeFs.writeSync(writer, 'mine!') });
    await expect(arrival.place(at('f'), { stamp, md5: null })).rejects.toMatchObject({ code: 'local/changed' });
    nodeFs.closeSync(writer);
    expect(pair.read('f')).toBe('mine!');
    expect(pair.trashed()).toEqual([]);
  });

  it('keeps the owner where that is allowed', async () => {
    const pair = pairFolder();
    pair.write('f', 'old');
    const { uid, gid } = nodeFs.lstatSync(pair.absolute('f'));
    const [owner, group] = uid === 0 ? [1234, 1234] : [uid, gid];
    nodeFs.chownSync(pair.absolute('f'), owner, group);
    nodeFs.chmodSync(pair.absolute('f'), 0o4755);
    await (await arrived(pair, 'newer')).place(at('f'), { stamp: await stampOf(pair, 'f'), md5: null });
    expect(nodeFs.lstatSync(pair.absolute('f'))).toMatchObject({ uid: owner, gid: group });
    expect(nodeFs.lstatSync(pair.absolute('f')).mode & 0o7777).toBe(0o4755);
  });

  it('works on disks without hard links', async () => {
    const pair = pairFolder();
    pair.disk.on({ call: 'link', act: fails('EPERM') });
    await (await arrived(pair, 'first')).place(at('f'), null);
    const over = { stamp: await stampOf(pair, 'f'), md5: null };
    const { trashed } = await (await arrived(pair, 'second')).place(at('f'), over);
    expect(pair.read('f')).toBe('second');
    expect(pair.read(trashed!.trashPath)).toBe('first');
    await expect((await arrived(pair, 'third')).place(at('f'), null)).rejects.toMatchObject({ code: 'local/occupied' });
  });
});

describe('a move', () => {
  const expectOf = async (pair: PairFolder, path: string) => {
    const { kind, stamp, identity } = await seen(pair.files, path);
    return { kind: kind as 'file' | 'folder', stamp, identity };
  };

  it('brings files and folders to another name or folder, content untouched', async () => {
    const pair = pairFolder();
    pair.write('a/f', 'one');
    pair.write('b/g', 'two');
    const moved = await pair.files.move(at('a/f'), at('b/h'), await expectOf(pair, 'a/f'));
    expect(moved).toEqual(await seen(pair.files, 'b/h'));
    await pair.files.move(at('b'), at('a/c'), await expectOf(pair, 'b'));
    expect(pair.names()).toEqual(['a']);
    expect([pair.read('a/c/g'), pair.read('a/c/h')]).toEqual(['two', 'one']);
    expect(incoming(pair)).toEqual([]);
  });

  it('changes the case of a name', async () => {
    const pair = pairFolder();
    pair.write('a', 'one');
    await pair.files.move(at('a'), at('A'), await expectOf(pair, 'a'));
    expect(pair.names()).toEqual(['A']);
  });

  it('changes the case of a name also where case does not count', async () => {
    const pair = pairFolder();
    pair.write('a', 'one');
    const expected = await expectOf(pair, 'a');
    // As such a disk has it: the file answers to both names, and is listed under one.
    const lstat = pair.disk.lstat.bind(pair.disk);
    Object.assign(pair.disk, { lstat: (path: string) => lstat(path.replace(/\/A$/, '/a')) });
    const renamed: string[] = [];
    Object.assign(pair.disk, {
      rename: async (from: string, to: string) => {
        renamed.push(`${from.slice(-2)} ${to.slice(-2)}`);
      },
    });
    await pair.files.move(at('a'), at('A'), expected);
    expect(renamed).toEqual(['/a /A']);
  });

  it('takes no second hard link for another spelling', async () => {
    const pair = pairFolder();
    pair.write('a', 'one');
    nodeFs.linkSync(pair.absolute('a'), pair.absolute('A'));
    await expect(pair.files.move(at('a'), at('A'), await expectOf(pair, 'a'))).rejects.toMatchObject({
      code: 'local/occupied',
    });
    expect(pair.names()).toEqual(['A', 'a']);
  });

  it('never overwrites: not a file, not a folder, not an empty one', async () => {
    const pair = pairFolder();
    pair.write('f', 'one');
    pair.write('g', 'two');
    nodeFs.mkdirSync(pair.absolute('d'));
    nodeFs.mkdirSync(pair.absolute('e'));
    const occupied = { code: 'local/occupied' };
    await expect(pair.files.move(at('f'), at('g'), await expectOf(pair, 'f'))).rejects.toMatchObject(occupied);
    await expect(pair.files.move(at('f'), at('d'), await expectOf(pair, 'f'))).rejects.toMatchObject(occupied);
    await expect(pair.files.move(at('d'), at('e'), await expectOf(pair, 'd'))).rejects.toMatchObject(occupied);
    await expect(pair.files.move(at('d'), at('g'), await expectOf(pair, 'd'))).rejects.toMatchObject(occupied);
    expect(pair.names()).toEqual(['d', 'e', 'f', 'g']);
    expect([pair.read('f'), pair.read('g')]).toEqual(['one', 'two']);
  });

  it('refuses what is not what was meant', async () => {
    const pair = pairFolder();
    pair.write('f', 'one');
    nodeFs.mkdirSync(pair.absolute('d'));
    const file = await expectOf(pair, 'f');
    const folder = await expectOf(pair, 'd');
    pair.write('f', 'changed');
    const changed = { code: 'local/changed' };
    await expect(pair.files.move(at('f'), at('g'), file)).rejects.toMatchObject(changed);
    await expect(pair.files.move(at('d'), at('g'), { ...folder, identity: '1:2:3' as Identity })).rejects.toMatchObject(
      changed,
    );
    await expect(pair.files.move(at('f'), at('g'), folder)).rejects.toMatchObject(changed);
    await expect(pair.files.move(at('x'), at('g'), file)).rejects.toMatchObject({ code: 'local/missing' });
    expect(pair.names()).toEqual(['d', 'f']);
  });

  it('moves a folder whose children changed since', async () => {
    const pair = pairFolder();
    pair.write('d/f', 'one');
    const expected = await expectOf(pair, 'd');
    pair.write('d/g', 'two');
    await pair.files.move(at('d'), at('e'), expected);
    expect(pair.names('e')).toEqual(['f', 'g']);
  });

  it.each<[string, (path: string) => void]>([
    ['written to', (path) => nodeFs.writeFileSync(path, 'mine!')],
    ['replaced', (path) => saveOver(path, 'mine!')],
  ])('loses nothing when the file is %s at any call on the way', async (_how, change) => {
    for (let after = 0; ; after++) {
      const pair = pairFolder();
      pair.write('f', 'old');
      const expected = await expectOf(pair, 'f');
      let struck = '';
      const off = pair.disk.on({
        after,
        times: 1,
        act: (call, ...paths) => {
          struck = `${call} ${paths.join(' ')}`;
          if (nodeFs.existsSync(pair.absolute('f'))) change(pair.absolute('f'));
          else struck = 'too late';
        },
      });
      await pair.files.move(at('f'), at('g'), expected).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'local/changed' });
      });
      off();
      if (struck === '') break;
      const kept = filesBelow(pair.root).map((path) => nodeFs.readFileSync(path, 'utf8'));
      if (struck !== 'too late') expect(kept, `${after}: ${struck}`).toContain('mine!');
    }
  });

  it('works on disks without hard links, still without overwriting', async () => {
    const pair = pairFolder();
    pair.write('f', 'one');
    pair.write('g', 'two');
    pair.disk.on({ call: 'link', act: fails('ENOTSUP') });
    await expect(pair.files.move(at('f'), at('g'), await expectOf(pair, 'f'))).rejects.toMatchObject({
      code: 'local/occupied',
    });
    await pair.files.move(at('f'), at('h'), await expectOf(pair, 'f'));
    expect(pair.names()).toEqual(['g', 'h']);
  });

  it('makes folders, and says when the name is taken or too long', async () => {
    const pair = pairFolder();
    expect(await pair.files.createFolder(at('d'))).toEqual(await seen(pair.files, 'd'));
    await expect(pair.files.createFolder(at('d'))).rejects.toMatchObject({ code: 'local/occupied' });
    await expect(pair.files.createFolder(at('no/d'))).rejects.toMatchObject({ code: 'local/missing' });
    await expect(pair.files.createFolder('x'.repeat(300) as RelPath)).rejects.toMatchObject({
      code: 'local/name-too-long',
    });
  });
});

describe('a removal', () => {
  it('is a move to the trash, with a note of where it was, when and why', async () => {
    const pair = pairFolder();
    pair.write('d/f', 'one');
    const { trashPath } = await pair.files.trash(at('d/f'), await stampOf(pair, 'd/f'), 'removed on the host');
    expect(pair.names('d')).toEqual([]);
    expect(pair.read(trashPath)).toBe('one');
    const manifest: unknown = JSON.parse(pair.read(trashPath.replace(/\/f$/, '.json')));
    expect(manifest).toEqual({ from: 'd/f', atMs: pair.clock.now(), why: 'removed on the host' });
    await pair.files.removeFolder(at('d'));
    expect(pair.names()).toEqual([]);
  });

  it('takes nothing but the file that was meant', async () => {
    const pair = pairFolder();
    pair.write('f', 'one');
    const stamp = await stampOf(pair, 'f');
    pair.write('f', 'changed');
    await expect(pair.files.trash(at('f'), stamp, 'test')).rejects.toMatchObject({ code: 'local/changed' });
    await expect(pair.files.trash(at('g'), stamp, 'test')).rejects.toMatchObject({ code: 'local/missing' });
    nodeFs.mkdirSync(pair.absolute('d'));
    await expect(pair.files.trash(at('d'), '1' as Stamp, 'test')).rejects.toMatchObject({ code: 'local/changed' });
    expect(pair.read('f')).toBe('changed');
    expect(pair.trashed()).toEqual([]);
  });

  it.each<[string, (path: string) => void]>([
    ['written to', (path) => nodeFs.writeFileSync(path, 'mine!')],
    ['replaced', (path) => saveOver(path, 'mine!')],
  ])('gives the name back to a file that was %s on the way', async (_how, change) => {
    const pair = pairFolder();
    pair.write('f', 'old');
    const stamp = await stampOf(pair, 'f');
    pair.disk.on({ call: 'renameSync', times: 1, act: () => change(pair.absolute('f')) });
    await expect(pair.files.trash(at('f'), stamp, 'test')).rejects.toMatchObject({ code: 'local/changed' });
    expect(pair.read('f')).toBe('mine!');
    expect(filesBelow(pair.absolute('.yetisync'))).toEqual([]);
  });

  it('keeps what it took by mistake when its name is taken again at once', async () => {
    const pair = pairFolder();
    pair.write('f', 'old');
    const stamp = await stampOf(pair, 'f');
    pair.disk.on({ call: 'renameSync', times: 1, act: () => pair.write('f', 'newer') });
    pair.disk.on({ call: 'link', times: 1, act: () => pair.write('f', 'newest') });
    await expect(pair.files.trash(at('f'), stamp, 'test')).rejects.toMatchObject({ code: 'local/changed' });
    expect(pair.read('f')).toBe('newest');
    expect(pair.trashed()).toEqual(['newer']);
  });

  it('copies, and checks the copy, where the trash lies on another disk', async () => {
    const pair = pairFolder();
    pair.write('f', 'one');
    const stamp = await stampOf(pair, 'f');
    const off = pair.disk.on({ call: 'renameSync', act: fails('EXDEV') });
    const { trashPath } = await pair.files.trash(at('f'), stamp, 'test');
    expect(pair.names()).toEqual([]);
    expect(pair.read(trashPath)).toBe('one');

    pair.write('g', 'two');
    pair.disk.on({ call: 'unlink', path: /\/g$/, times: 1, act: fails('EIO') });
    await expect(pair.files.trash(at('g'), await stampOf(pair, 'g'), 'test')).rejects.toMatchObject({
      code: 'local/io',
    });
    expect(pair.read('g')).toBe('two');
    expect(pair.trashed()).toEqual(['one']);
    off();
  });

  it('of a folder is refused while anything is in it', async () => {
    const pair = pairFolder();
    pair.write('d/hidden', 'x');
    await expect(pair.files.removeFolder(at('d'))).rejects.toMatchObject({ code: 'local/not-empty' });
    await expect(pair.files.removeFolder(at('d/hidden'))).rejects.toMatchObject({ code: 'local/missing' });
    expect(pair.read('d/hidden')).toBe('x');
  });
});
