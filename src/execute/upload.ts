/**
 * Local content goes to the host. A new file with a plain name goes straight to its place. Everything else goes through the staging
 * folder under a name of its own, and one call publishes it; then the version it replaces is trashed. So the path is never empty
 * and never half for others, and what a lost answer leaves behind is found by its name.
 *
 * The upload counts only when a listing of its folder shows it, or the host says of the file itself that it is there.
 */
import type { LocalEntry, RemoteId } from '../core/entry.ts';
import { isElder, presentRemote } from '../core/item.ts';
import { isPlainName } from '../core/names.ts';
import { overLimit } from '../core/over-limit.ts';
import type { OperationOf } from '../core/operation.ts';
import type { RemoteName } from '../core/path.ts';
import { parentOf } from '../core/path.ts';
import { canHideChanges } from '../core/racy.ts';
import { localPath } from '../core/tree.ts';
import { SyncError } from '../errors.ts';
import type { RemoteFile } from '../ports.ts';
import type { Hands, OperationResult, Performed } from './hands.ts';
import { copyOrSend } from './copying.ts';
import { fileIn, filesNamed } from './listing-index.ts';
import { answered } from './lost-answer.ts';
import { giveName, holderOf } from './naming.ts';
import { DONE, failed, stale } from './hands.ts';
import { baseRow, historyLine, provenStamp, remoteRow } from './rows.ts';
import { send, trashOwn, withoutRoom } from './send.ts';
import type { Sent } from './sent.ts';

/** Sends the file, publishes it, and trashes what it replaces. */
export async function upload(op: OperationOf<'upload'>, hands: Hands): Promise<Performed> {
  const { looks, sending } = hands;
  let isAwaited = true; // announced by the run: whoever shares the closing look waits for this one
  const isDecided = sending.looksForCopy(op.size);
  try {
    const begun = await begin(op, hands, isDecided);
    if (!('sent' in begun)) return begun;
    const { sent, folder, name, isRacy } = begun;
    isAwaited = false;
    // the host may keep the name only spelled out: that is its name from now on
    return { later: confirm({ ...op, to: { ...op.to, remoteName: name } }, { isRacy, ...sent }, folder, hands) };
  } finally {
    isDecided();
    if (isAwaited) looks.withdraw(op.to.parent);
  }
}

async function begin(
  op: OperationOf<'upload'>,
  hands: Hands,
  isDecided: () => void,
): Promise<OperationResult | { sent: Sent; folder: RemoteId; name: RemoteName; isRacy: boolean }> {
  const { state, limits } = hands;
  const { view } = state;
  const row = view.local(op.local.node);
  const folder = presentRemote(view, op.to.parent);
  if (row === null || row.stamp !== op.local.stamp) return stale('the file is no longer as it was seen');
  if (folder === null) return stale('its folder is not on the host');
  const path = localPath(view, row.node);
  const over = overLimit(op, limits);
  if (over !== null) return failed(over);
  if (op.size >= hands.room.refusedBytes) return failed(withoutRoom(op, hands));
  if (!(await hasSettled(row, path, hands)))
    return stale('the file is still being written', { local: [parentOf(path)] });
  const isRacy = canHideChanges(row.changedAtMs, hands.clock.now());

  const isDirect =
    op.replaces === null && isPlainName(op.to.remoteName) && !hands.namesThere.hasLike(folder.id, op.to.remoteName);
  if (isDirect) hands.namesThere.isSent(folder.id, op.to.remoteName);
  const sent =
    (await adopt(op, folder.id, hands)) ??
    (await copyOrSend(op, path, hands, {
      isDecided,
      send: (read) =>
        hands.uploads.use(
          async () => send(op, { path, folder: isDirect ? folder.id : await hands.staging(), isDirect, read }, hands),
          op.size,
        ),
    }));
  isDecided();
  if ('kind' in sent) return sent;
  // others may be about to copy what this one replaces
  if (op.replaces !== null) await hands.sending.areCopied(op.replaces.size);
  const published = await publish(op, sent, folder.id, hands);
  return typeof published === 'string' ? { sent, folder: folder.id, name: published, isRacy } : published;
}

/** Waits until the file has stood still; false if it did not. A change time in the future counts as now: clocks jump. */
async function hasSettled(row: LocalEntry, path: ReturnType<typeof localPath>, hands: Hands): Promise<boolean> {
  const { files, clock, settleMs, signal } = hands;
  // When it changed is part of the stamp: a file that was touched since does not have it, which who opens it to read finds out.
  const age = clock.now() - row.changedAtMs;
  if (age >= settleMs) return true;
  await clock.sleep(age < 0 ? settleMs : settleMs - age, signal);
  return (await files.look(path))?.stamp === row.stamp;
}

/** The very same version was sent before, by a run that did not come to its end: it is used, not sent again. */
async function adopt(op: OperationOf<'upload'>, folder: RemoteId, hands: Hands): Promise<Sent | null> {
  const { leftStaged, looks, state } = hands;
  for (const { number, intent } of leftStaged) {
    if (intent.kind !== 'upload' || intent.answer === null || intent.stagedName === null) continue;
    if (intent.node !== op.local.node || intent.stamp !== op.local.stamp) continue;
    const { answer, md5, stagedName } = intent;
    const staged = (await looks.before(await hands.staging())).files.find((file) => file.id === answer);
    // published it may be by now, and a listing that does not show it
    const there = staged ?? (await byItsOwnWord(answer, { folder, name: op.to.remoteName }, hands));
    if (there?.size !== op.size) continue;
    // what it replaces, and where it goes, may have been seen otherwise when it was sent: after a crash the intent is all that tells
    state.noteIntent(number, { ...intent, entry: op.entry, to: op.to, replaces: op.replaces });
    return {
      answer: { id: answer, name: stagedName as RemoteName },
      md5,
      intent: number,
      isStaged: true,
    };
  }
  return null;
}

/** The file, if the host itself says that it stands there under this name. */
async function byItsOwnWord(
  id: RemoteId,
  { folder, name }: { readonly folder: RemoteId; readonly name: RemoteName },
  hands: Hands,
): Promise<RemoteFile | undefined> {
  const there = await whereItIs(id, hands);
  return there?.parent === folder && there.name === name ? there : undefined;
}

/** The file, if the host itself says that it stands in some folder of the pair. */
async function whereItIs(id: RemoteId, { remote, state, signal }: Hands): Promise<RemoteFile | undefined> {
  const info = await remote.fileInfo(id, { signal });
  return info?.status === 'active' && info.parent !== null && state.view.remote(info.parent) !== null
    ? info
    : undefined;
}

/**
 * Gives what was sent its name and place, and trashes the version before. Returns the name that it has there.
 *
 * RACE: somebody may move another file onto the name between the look and the call, and hosts ask nobody whether a name is free. Worst case:
 * the host has two of one name, and both are shown here, the second as `name (2)`, until a person renames one.
 */
async function publish(
  op: OperationOf<'upload'>,
  sent: Sent,
  folder: RemoteId,
  hands: Hands,
): Promise<OperationResult | RemoteName> {
  const { remote, looks, state, signal } = hands;
  const wanted = op.to.remoteName;
  if (!sent.isStaged && sent.answer.name === wanted) return wanted;

  // a name that the host gave instead of the one sent says that somebody was here a moment ago: only a look from now on shows it
  const look = sent.isStaged ? await looks.before(folder) : await looks.now(folder);
  const old = op.replaces;
  // a version that takes its predecessor's own name takes it from nobody, also where the host has a twin beside it
  const keepsName = old?.parent === folder && old.name === wanted;
  const holder = keepsName
    ? undefined
    : holderOf(look, wanted, [sent.answer.id, ...(old === null ? [] : [old.id])], hands);
  const home = old === null || old.parent === folder ? look : await looks.before(old.parent);
  const isAsSeen = old === null || home.files.some((file) => file.id === old.id && file.name === old.name);
  if (holder !== undefined || !isAsSeen) {
    // Somebody was here first. What was sent stays staged for the next round where it can; a stray copy beside it must not.
    if (!sent.isStaged) {
      await trashOwn(sent.answer.id, hands);
      state.endIntent(sent.intent);
    }
    return stale(
      holder === undefined ? 'its former version on the host changed' : 'something else has its name on the host',
      { remote: [folder] },
    );
  }
  const { id } = sent.answer;
  const { item: file, name } = await giveName(wanted, (name) =>
    answered(
      () => remote.editFile(id, { name, parent: folder }, { signal }),
      () => remote.fileInfo(id, { signal }),
      (seen) => seen.name === name && seen.parent === folder,
    ),
  );
  if (file.status === 'trash' || file.parent !== folder) {
    return stale('the host did not put it into its folder', { remote: [folder] });
  }
  if (name === null) {
    await trashOwn(sent.answer.id, hands);
    state.endIntent(sent.intent);
    return failed(
      new SyncError('name/unsupported', { path: op.path, detail: `the host makes ${JSON.stringify(file.name)} of it` }),
    );
  }
  if (old !== null) {
    state.rememberTrashed([old.id]);
    try {
      await answered(
        () => remote.trashFile(old.id, { signal }),
        async () => ((await remote.fileInfo(old.id, { signal }))?.status === 'active' ? null : undefined),
        () => true,
      );
    } catch (error) {
      // Two versions must not stand side by side: refused, the new one goes back to where it waited, and the next try takes it up there.
      if (error instanceof SyncError && error.disposition === 'skip')
        await remote.editFile(id, { name: sent.answer.name, parent: await hands.staging() }, { signal });
      throw error;
    }
    looks.changed(old.id, old.parent, null);
  }
  return name;
}

/**
 * Waits for the look that serves the folder's batch, and records what it shows. What has its place by the host's answer and another one by that look
 * was moved by somebody in between: base learns where it was put, and the next round follows the move.
 */
async function confirm(
  op: OperationOf<'upload'>,
  sent: Sent & { readonly isRacy: boolean },
  folder: RemoteId,
  hands: Hands,
): Promise<OperationResult> {
  const { state, looks, clock } = hands;
  const { view } = state;
  const listing = await looks.after(op.to.parent, folder);
  const { id } = sent.answer;
  const there = fileIn(listing, id) ?? (await whereItIs(id, hands));
  if (there === undefined) {
    return stale('neither a listing of its folder nor the host itself shows it there', { remote: [folder] });
  }
  if (fileIn(listing, id) === undefined) hands.absences.isThere(there);
  const isAsPut = there.parent === folder && there.name === op.to.remoteName;
  const rival = filesNamed(listing, there.name).find(
    (file) => isElder(file.id, there.id) && view.baseOfRemote(file.id) === null,
  );
  if (isAsPut && rival !== undefined) {
    // Both were new at once. The elder keeps the name; the next round meets it as the host's version of what is here.
    await trashOwn(there.id, hands);
    state.endIntent(sent.intent);
    return stale('another computer sent a file of this name at the same moment', { remote: [folder] });
  }
  await hands.journal.record(() => {
    const row = view.local(op.local.node);
    const isAsSent = row?.stamp === op.local.stamp;
    // The disk may have moved on: then base still learns what the host has, and the difference is the person's next change.
    const local =
      row === null
        ? []
        : [
            {
              put: 'local',
              row: { ...row, entry: op.entry, ...(isAsSent ? { md5: sent.md5, racy: sent.isRacy } : {}) },
            } as const,
          ];
    return {
      changes: [
        ...(op.replaces === null ? [] : [{ drop: 'remote', id: op.replaces.id } as const]),
        ...local,
        remoteRow({
          id: sent.answer.id,
          parent: there.parent ?? folder,
          kind: 'file',
          name: there.name,
          size: op.size,
          md5: sent.md5,
          entry: op.entry,
          nowMs: clock.now(),
        }),
        baseRow({
          entry: op.entry,
          kind: 'file',
          remoteId: sent.answer.id,
          size: op.size,
          md5: sent.md5,
          identity: row?.identity ?? view.base(op.entry)?.identity ?? ('' as never),
          stamp: row !== null && isAsSent ? provenStamp({ ...row, racy: sent.isRacy }) : '',
          putSweep: view.sweeps.begun,
          movedSweep: 0,
          parent: op.to.parent,
          localName: op.to.localName,
          remoteName: op.to.remoteName,
        }),
      ],
      endIntent: sent.intent,
      history: historyLine(op, clock.now(), {
        id: sent.answer.id,
        oldId: op.replaces?.id ?? null,
        md5: sent.md5,
        size: op.size,
        ...(sent.copyOf === undefined ? {} : { copyOf: sent.copyOf }),
      }),
    };
  });
  return DONE;
}
