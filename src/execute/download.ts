/**
 * Remote content comes to the disk. It grows out of sight, is checked whole, and takes its place in one step without
 * overwriting anything: a name that is taken by then is left alone, and a file that it replaces is kept in the trash.
 */
import type { OperationOf } from '../core/operation.ts';
import { overLimit } from '../core/over-limit.ts';
import { joinPath, parentOf } from '../core/path.ts';
import { localPath } from '../core/tree.ts';
import { hasCode, SyncError } from '../errors.ts';
import type { Arrival } from '../ports.ts';
import type { Hands, OperationResult } from './hands.ts';
import { DONE, failed, stale } from './hands.ts';
import { fetchContent } from './contents.ts';
import { takenForAnother } from './one-name.ts';
import { arrivedBase, settleLocal } from './recover.ts';
import { historyLine, localRow } from './rows.ts';

/**
 * Fetches the file and puts it in its place.
 *
 * RACE: until it is recorded, some 15 ms later, a scan that goes on behind may look at its folder. What that found written over it stays as it was
 * found; worst case, a file that somebody took away again in between counts as here until it is looked for the next time, and goes then.
 */
export async function download(op: OperationOf<'download'>, hands: Hands): Promise<OperationResult> {
  const { state, files, clock, downloads, journal } = hands;
  const { view } = state;
  const folder = view.localOf(op.to.parent);
  if (folder === null) return stale('its folder is not here');
  let path = joinPath(localPath(view, folder.node), op.to.localName);
  const here = await files.look(path);
  if (op.over === null ? here !== null : here?.stamp !== op.over.stamp) {
    const taken = op.over === null ? await takenForAnother(folder.node, op.to.localName, hands) : null;
    if (taken !== null) return failed(taken);
    return stale('what stands here is not what was seen', { local: [parentOf(path)] });
  }
  const base = view.base(op.entry);
  if (base !== null && base.remoteId !== op.remote.id) {
    // a new id where a known one was is a new version only if the old one is really gone
    const old = await hands.remote.fileInfo(base.remoteId, { signal: hands.signal });
    const home = old?.status === 'active' && old.parent !== null ? view.remote(old.parent) : null;
    const isAlive = home !== null && old !== null && !hands.absences.isOutOfSight(old, base);
    if (isAlive) return stale('its former version turned up elsewhere', { remote: [home.id] });
  }
  const over = overLimit(op, hands.limits);
  if (over !== null) return failed(over);

  if (op.remote.size >= hands.room.unfetchedBytes) return failed(usedUp());
  const arrival = await downloads.use(() => bring(op, hands), op.remote.size);
  if ('kind' in arrival) return arrival;
  // Out of the slot: others may download while this one waits for the disk, and one sync of a folder serves several.
  let content;
  try {
    content = await arrival.finish();
  } catch (error) {
    await arrival.abandon(isWorthKeeping(error));
    throw error;
  }
  const known = view.remote(op.remote.id);
  if (content.size !== op.remote.size || (known !== null && known.md5 !== null && known.md5 !== content.md5)) {
    await arrival.abandon(false);
    // Read here twice, and not the same: nobody but the host knows which it is, so the next try goes by neither.
    if (view.baseOfRemote(op.remote.id) === null) state.learnRemote(op.remote.id, null);
    return failed(new SyncError('remote/download-mismatch', { path: op.path }));
  }
  // the folder may have been moved while the bytes came
  if (view.local(folder.node) === null) {
    await arrival.abandon(true);
    return stale('its folder is no longer here', { local: [parentOf(path)] });
  }
  path = joinPath(localPath(view, folder.node), op.to.localName);
  const begun = {
    kind: 'arrival',
    entry: op.entry,
    remote: op.remote.id,
    path,
    parent: op.to.parent,
    localName: op.to.localName,
    remoteName: op.to.remoteName,
    size: content.size,
    md5: content.md5,
    identity: content.seen.identity,
    changedAtMs: content.seen.changedAtMs,
  } as const;
  const intent = await journal.begin(begun);
  if (view.local(folder.node) === null || joinPath(localPath(view, folder.node), op.to.localName) !== path) {
    await arrival.abandon(true);
    state.endIntent(intent);
    return stale('its folder is no longer where it was', { local: [parentOf(path)] });
  }
  let placed;
  try {
    placed = await arrival.place(path, op.over);
  } catch (error) {
    // the bytes are good: whatever stands in the way now, they need not travel again
    await arrival.abandon(isWorthKeeping(error));
    if (hasCode(error, 'local/changed', 'local/occupied', 'local/missing')) {
      state.endIntent(intent);
      const taken = await takenForAnother(folder.node, op.to.localName, hands);
      return taken === null ? stale('something else came here meanwhile', { local: [parentOf(path)] }) : failed(taken);
    }
    // It may stand in its place by now, and the disk refused what comes after that.
    await settleLocal(intent, begun, { ...hands, nowMs: clock.now() });
    throw error;
  }
  await hands.journal.record(() => {
    const remote = view.remote(op.remote.id);
    const found = view.localAt(folder.node, op.to.localName);
    const isOurs = found?.kind === 'file' && (found.entry === null || found.entry === op.entry);
    const isNewer = isOurs && found.stamp !== placed.seen.stamp && found.stamp !== op.over?.stamp;
    return {
      changes: [
        isNewer
          ? { put: 'local', row: { ...found, entry: op.entry } }
          : localRow({
              node: op.over?.node ?? null,
              parent: folder.node,
              name: op.to.localName,
              seen: placed.seen,
              md5: content.md5,
              entry: op.entry,
            }),
        ...(remote === null ? [] : [{ put: 'remote', row: { ...remote, md5: content.md5, entry: op.entry } } as const]),
        arrivedBase({ ...begun, identity: placed.seen.identity }),
      ],
      endIntent: intent,
      history: historyLine(op, clock.now(), {
        id: op.remote.id,
        md5: content.md5,
        size: content.size,
        oldMd5: op.over?.md5 ?? null,
        trash: placed.trashed?.trashPath ?? null,
      }),
    };
  });
  return DONE;
}

/** Brings the bytes into an arrival that is out of sight as yet. */
async function bring(op: OperationOf<'download'>, hands: Hands): Promise<Arrival | OperationResult> {
  const { files, onProgress } = hands;
  const arrival = await files.receive(op.remote.id, op.remote.size);
  let offset = arrival.offset;
  const sink = {
    offset: () => offset,
    restart: async () => {
      await arrival.restart();
      offset = 0;
    },
    write: async (data: Uint8Array) => {
      await arrival.write(data);
      offset += data.length;
    },
  };
  try {
    await fetchContent(op.remote, sink, hands, (bytes) => onProgress({ kind: 'bytes', operation: op, bytes }));
  } catch (error) {
    await arrival.abandon(isWorthKeeping(error));
    if (hasCode(error, 'remote/download-limit'))
      hands.room.unfetchedBytes = Math.min(hands.room.unfetchedBytes, op.remote.size);
    if (hasCode(error, 'remote/refused', 'remote/not-found')) {
      const now = await hands.remote.fileInfo(op.remote.id, { signal: hands.signal });
      if (now?.status !== 'active') return stale('it is gone on the host', { remote: [op.remote.parent] });
    }
    throw error;
  }
  return arrival;
}

/** What is as large as a file that was over the day's limit is so too: it is not asked for. */
function usedUp(): SyncError {
  return new SyncError('remote/download-limit', { retryAfterMs: 3_600_000 });
}

/** Whether the next attempt can use what came so far. On a full disk it would be what fills it, also for everything else. */
function isWorthKeeping(error: unknown): boolean {
  return !hasCode(error, 'remote/download-mismatch', 'local/disk-full');
}

/** Reads both files to learn whether they are equal. Nothing is stored but the two MD5s: the next round decides. */
export async function compare(op: OperationOf<'compare'>, hands: Hands): Promise<OperationResult> {
  const { state, files, downloads, newHasher, signal, onProgress } = hands;
  const path = localPath(state.view, op.local.node);
  let mine = op.local.md5;
  if (mine === null) {
    try {
      mine = await files.hash(path, op.local.stamp, signal);
    } catch (error) {
      if (hasCode(error, 'local/changed', 'local/missing'))
        return stale('it changed while it was read', { local: [parentOf(path)] });
      throw error;
    }
    state.learnLocal(op.local.node, op.local.stamp, mine);
  }
  const isUnread = (state.view.remote(op.remote.id)?.md5 ?? null) === null;
  if (isUnread) {
    await downloads.use(async () => {
      let hasher = newHasher();
      let offset = 0;
      const sink = {
        offset: () => offset,
        restart: () => {
          hasher = newHasher();
          offset = 0;
          return Promise.resolve();
        },
        write: (data: Uint8Array) => {
          hasher.update(data);
          offset += data.length;
          return Promise.resolve();
        },
      };
      await fetchContent(op.remote, sink, hands, (bytes) => onProgress({ kind: 'bytes', operation: op, bytes }));
      state.learnRemote(op.remote.id, hasher.digest());
    }, op.size);
  }
  return DONE;
}
