/**
 * A download on its way to the person: first into `.yetisync/incoming/`, out of sight, where a cut one waits for the rest; then
 * into its place in one step. What stood there goes to the trash first; what turns out newer than was planned stays.
 */
import type { LocalSeen, Md5, RemoteId, Stamp } from '../core/entry.ts';
import type { RelPath } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { Arrival, DiskFile, DiskStat, Hasher, TrashedFile } from '../ports.ts';
import { syncShared } from './folder-syncs.ts';
import { cannotLink, isErrno, localError } from './disk-errors.ts';
import { mustBe, placeFile, renameToFree, statOf, statOfSync } from './names-on-disk.ts';
import { inOwnFolder, own } from './own-folder.ts';
import type { Keeper } from './own-folder.ts';
import { ownRoomBytes } from './own-room.ts';
import { atPlace } from './places.ts';
import type { Reading } from './reading.ts';
import { takeInto } from './removal.ts';
import { sameContentAs, sameFile, seenOf } from './seen.ts';
import { dropSlot, inSlot, makeSlot, trashPathOf } from './trash-slot.ts';

export interface Receiving extends Keeper, Reading {
  /** No download may leave less, in bytes. */
  readonly reserveDiskBytes: number;
  /** What the downloads that are under way will still write. */
  readonly claims: Set<Claim>;
}

export interface Claim {
  /** Bytes that are not on the disk as yet. */
  open: number;
}

const chunkBytes = 1024 * 1024;
/** So much comes together before it is written, by a thread, while more comes. A file that is smaller is written when it is whole. In bytes. */
const gatheredBytes = 512 * 1024;
/** What comes slowly is not kept waiting longer than so many milliseconds: a program that is killed has to fetch it again. */
const gatheredMs = 1_000;
/** After each so many bytes the disk is told to begin with what it has to keep: at the end all of it would have to be waited for. */
const syncedBytes = 64 * 1024 * 1024;
const whyReplaced = 'replaced by a newer version from the host';

/** Begins the download of `id`, or takes up what an earlier attempt left. */
export async function receive(at: Receiving, id: RemoteId, size: number): Promise<Arrival> {
  const name = `${id}-${size}`;
  const shown = `${own.incoming}/${name}`;
  try {
    return await inOwnFolder(at, own.incoming, async (folder) => {
      const place = `${folder}/${name}`;
      const left = await leftover(at, place, size);
      const claim = { open: size - (left?.size ?? 0) };
      if (claim.open > 0) requireRoom(at, await at.disk.freeBytes(folder), claim.open, shown);
      at.claims.add(claim);
      try {
        const file = await at.disk.open(place, left === null ? 'create' : 'resume');
        const arrival = new Incoming(at, file, { name, size, claim });
        try {
          if (left !== null) await arrival.takeUp();
          return arrival;
        } catch (error) {
          await file.close();
          throw error;
        }
      } catch (error) {
        at.claims.delete(claim);
        throw error;
      }
    });
  } catch (error) {
    throw localError(error, shown, 'write');
  }
}

/** Others are on their way too: what they will still write is not free. Rejects with `local/disk-full`. */
function requireRoom({ claims, reserveDiskBytes }: Receiving, free: number, needed: number, shown: string): void {
  const claimed = [...claims].reduce((sum, { open }) => sum + open, 0);
  const left = free - claimed - needed;
  if (left >= Math.max(reserveDiskBytes, ownRoomBytes)) return;
  const detail =
    left >= reserveDiskBytes
      ? 'the last 4 MiB of a disk are left free, whatever `reserveDisk` is'
      : 'what `reserveDisk` keeps free would be used up';
  throw new SyncError('local/disk-full', { path: shown, detail });
}

/**
 * Downloads that a killed run left, of ids that `isWanted` does not want, and second names of those that arrived. Nothing else in the
 * folder is touched: names that are being taken away stand there too, and are a person's.
 */
export async function dropLeftovers(at: Receiving, isWanted: (id: RemoteId) => boolean): Promise<void> {
  try {
    await inOwnFolder(at, own.incoming, async (folder) => {
      for (const name of await at.disk.readdir(folder)) {
        const id = /^(f\d+)-\d+$/.exec(name)?.[1];
        if (id === undefined) continue;
        const { nlink } = await at.disk.lstat(`${folder}/${name}`);
        if (nlink > 1n || !isWanted(id as RemoteId)) await at.disk.unlink(`${folder}/${name}`);
      }
    });
  } catch (error) {
    throw localError(error, own.incoming, 'write');
  }
}

/** What is there to go on with; anything else in its place is taken away. */
async function leftover({ disk }: Receiving, place: string, size: number): Promise<DiskStat | null> {
  const stat = await statOf(disk, place);
  if (stat === null) return null;
  // With a second name it has arrived already, and is the person's: writing to it would write to their file.
  if (stat.type === 'file' && stat.nlink === 1n && stat.size <= size) return stat;
  await disk.unlink(place);
  return null;
}

class Incoming implements Arrival {
  readonly #at: Receiving;
  readonly #file: DiskFile;
  readonly #name: string;
  /** In bytes, once it is whole. */
  readonly #whole: number;
  readonly #claim: Claim;
  #hasher: Hasher;
  /** Of what came: the last of it waits in memory, or is being written. */
  #size = 0;
  #gathered: Uint8Array[] = [];
  #written = 0;
  #writtenAtMs: number;
  #writing: Promise<void> = Promise.resolve();
  #synced = 0;
  #syncing: Promise<void> = Promise.resolve();
  #isSyncing = false;
  #closed = false;
  /** What was synced to the disk: nothing else may be placed. */
  #finished: DiskStat | null = null;

  constructor(
    at: Receiving,
    file: DiskFile,
    { name, size, claim }: { readonly name: string; readonly size: number; readonly claim: Claim },
  ) {
    this.#at = at;
    this.#file = file;
    this.#name = name;
    this.#whole = size;
    this.#claim = claim;
    this.#hasher = at.createHasher();
    this.#writtenAtMs = at.now();
  }

  get offset(): number {
    return this.#size;
  }

  /** Reads what is there, for the MD5 of the whole. */
  async takeUp(): Promise<void> {
    const buffer = new Uint8Array(chunkBytes);
    for (let count = -1; count !== 0; this.#size += count) {
      count = await this.#file.read(buffer, this.#size);
      this.#hasher.update(buffer.subarray(0, count));
    }
    this.#written = this.#size;
    this.#synced = this.#size;
  }

  restart(): Promise<void> {
    return this.#told(async () => {
      this.#gathered = [];
      await this.#writing;
      await this.#file.truncate(0);
      this.#hasher = this.#at.createHasher();
      [this.#size, this.#written, this.#synced] = [0, 0, 0];
      this.#syncing = Promise.resolve(); // of what is thrown away
      this.#claim.open = this.#whole;
    });
  }

  write(data: Uint8Array): Promise<void> {
    return this.#told(async () => {
      this.#hasher.update(data);
      this.#gathered.push(data);
      this.#size += data.length;
      const isSlow = this.#at.now() - this.#writtenAtMs > gatheredMs;
      if (this.#size - this.#written < gatheredBytes && !isSlow) return;
      this.#writtenAtMs = this.#at.now();
      await this.#writing; // of the time before: never more than two such pieces are held
      this.#writing = this.#writeGathered();
      this.#writing.catch(() => undefined); // the next to wait for it has the error
    });
  }

  async #writeGathered(): Promise<void> {
    const from = this.#written;
    const [first = new Uint8Array(0), ...rest] = this.#gathered;
    const data = rest.length === 0 ? first : Buffer.concat([first, ...rest]);
    this.#gathered = [];
    this.#written += data.length;
    await this.#file.write(data, from);
    this.#claim.open = Math.max(0, this.#whole - this.#written);
    if (this.#isSyncing || this.#written - this.#synced < syncedBytes) return;
    this.#synced = this.#written;
    this.#isSyncing = true;
    this.#syncing = this.#syncWhatIsThere(this.#syncing);
    this.#syncing.catch(() => undefined); // whoever finishes the file has the error
  }

  /** A disk tells once that it could not keep something: an earlier failure stays one. */
  async #syncWhatIsThere(before: Promise<void>): Promise<void> {
    try {
      await before;
      await this.#file.sync();
    } finally {
      this.#isSyncing = false;
    }
  }

  /** All that came is in the file. */
  async #drain(): Promise<void> {
    await this.#writing;
    if (this.#gathered.length > 0) await this.#writeGathered();
  }

  finish(): Promise<{ readonly md5: Md5; readonly size: number; readonly seen: LocalSeen }> {
    return this.#told(async () => {
      await this.#drain();
      await this.#syncing;
      await this.#file.sync();
      const stat = await this.#file.stat();
      if (stat.size !== this.#size) throw new SyncError('local/io', { path: this.#shown, detail: 'its size is wrong' });
      this.#finished = stat;
      return { md5: this.#hasher.digest(), size: this.#size, seen: seenOf(stat) };
    });
  }

  async place(
    to: RelPath,
    over: { readonly stamp: Stamp; readonly md5: Md5 | null; readonly why?: string } | null,
  ): Promise<{ readonly seen: LocalSeen; readonly trashed: TrashedFile | null }> {
    const { disk } = this.#at;
    try {
      return await inOwnFolder(this.#at, own.incoming, (folder) =>
        atPlace(this.#at, to, async (place) => {
          const from = `${folder}/${this.#name}`;
          mustBe(this.#finished !== null && sameFile(await disk.lstat(from), this.#finished), this.#shown);
          const trashed =
            over === null ? await this.#placeNew(from, place) : await this.#placeOver(from, to, place, over);
          // Base will say that it is there: it must be, also after a power cut, or its absence would read as a removal.
          await syncShared(disk, place.slice(0, place.lastIndexOf('/')));
          const seen = seenOf(await disk.lstat(place));
          await this.#close();
          return { seen, trashed };
        }),
      );
    } catch (error) {
      throw localError(error, to, 'write');
    }
  }

  async abandon(keep: boolean): Promise<void> {
    if (keep) await this.#drain().catch(() => undefined); // then there is less to go on with
    await this.#close();
    if (keep) return;
    await inOwnFolder(this.#at, own.incoming, async (folder) => {
      await this.#at.disk.unlink(`${folder}/${this.#name}`).catch((error: unknown) => {
        if (!isErrno(error, 'ENOENT')) throw localError(error, this.#shown, 'write'); // gone is what was wanted
      });
    });
  }

  async #placeNew(from: string, place: string): Promise<null> {
    await placeFile(this.#at.disk, from, place);
    return null;
  }

  async #placeOver(
    from: string,
    to: RelPath,
    place: string,
    { stamp, why = whyReplaced }: { readonly stamp: Stamp; readonly why?: string },
  ): Promise<TrashedFile> {
    const { disk } = this.#at;
    const before = await statOf(disk, place);
    if (before === null) throw new SyncError('local/changed', { path: to, detail: 'it is gone' });
    mustBe(before.type === 'file' && seenOf(before).stamp === stamp, to);
    await this.#dressAs(before);

    const slot = await makeSlot(this.#at, to, why);
    try {
      await inSlot(this.#at, slot, (kept) => this.#exchange({ from, to, place, kept, before }));
    } catch (error) {
      await dropSlot(this.#at, slot).catch(() => undefined); // not empty: it holds what could not be put back
      throw error;
    }
    return { trashPath: trashPathOf(slot) };
  }

  /**
   * RACE: another program can put a newer file over the name between our last look and our rename, some 10 µs later; that
   * file would be lost. Node has no call that exchanges two names. To move the old one aside first would close the gap and
   * open another: for as long, and for ever if we are killed, the path would be empty, which reads as a removal.
   */
  async #exchange({ from, to, place, kept, before }: Exchange): Promise<void> {
    const { disk } = this.#at;
    try {
      await disk.link(place, kept);
    } catch (error) {
      if (!cannotLink(error)) throw error;
      // Without hard links the old one can only step aside. Empty for a moment, the path loses nothing: gone here and newer on
      // the host is downloaded.
      await takeInto(this.#at, to, place, before, kept);
      renameToFree(disk, from, place);
      return;
    }
    try {
      mustBe(sameContentAs(await disk.lstat(kept), before), to);
      const now = statOfSync(disk, place);
      mustBe(now !== null && sameContentAs(now, before), to);
      disk.renameSync(from, place);
    } catch (error) {
      await disk.unlink(kept);
      throw error;
    }
    if (sameContentAs(await disk.lstat(kept), before)) return;
    await this.#takeBack({ from, to, place, kept, before });
  }

  /** Somebody wrote into the file while it was exchanged: what they wrote stands in the trash, and belongs in its place. */
  async #takeBack({ from, to, place, kept }: Exchange): Promise<never> {
    const { disk } = this.#at;
    await disk.link(place, from);
    const now = statOfSync(disk, place);
    if (now === null || this.#finished === null || !sameFile(now, this.#finished)) {
      throw new SyncError('local/changed', { path: to, detail: 'its newer content is in the trash' });
    }
    disk.renameSync(kept, place);
    throw new SyncError('local/changed', { path: to });
  }

  /** Mode and, where we may, owner of what stood there. Owner first: giving a file away clears bits of its mode. */
  async #dressAs(before: DiskStat): Promise<void> {
    const { uid, gid } = await this.#file.stat();
    if (uid !== before.uid || gid !== before.gid) {
      await this.#file.chown(before.uid, before.gid).catch((error: unknown) => {
        if (!isErrno(error, 'EPERM', 'EINVAL', 'ENOTSUP')) throw error; // only root may; others own what they replace
      });
    }
    await this.#file.chmod(before.mode);
  }

  get #shown(): string {
    return `${own.incoming}/${this.#name}`;
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#at.claims.delete(this.#claim);
    await this.#file.close();
  }

  async #told<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw localError(error, this.#shown, 'write');
    }
  }
}

interface Exchange {
  /** On the disk: the download, its place, and where the trash keeps what stood there. */
  readonly from: string;
  readonly place: string;
  readonly kept: string;
  readonly to: RelPath;
  readonly before: DiskStat;
}
