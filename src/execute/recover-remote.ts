/**
 * After a crash, or a lost answer: what did the host make of the calls that were under way? What is found done becomes base, as both
 * sides had it at that moment: where the person, or somebody on the host, went on since, that is their change and the next plan sees
 * it as one. What is not found done is forgotten, and planned anew; what could not be looked at stays open.
 */
import { isNamedAlike } from '../core/names.ts';
import { isUnlisted } from '../core/unknown.ts';
import type { Intent, IntentNumber } from '../ports.ts';
import { recoverUpload } from './recover-uploads.ts';
import type { RemoteRecovery } from './recover-uploads.ts';
import { baseRow, folderBase } from './rows.ts';
import { orLeftOpen } from './settling.ts';

/** Settles what the host was asked to do, by what its listings show. Call after they were taken in. Rejects with what stops a pass. */
export async function recoverRemote(recovery: RemoteRecovery): Promise<void> {
  for (const { number, intent } of recovery.state.intents()) {
    switch (intent.kind) {
      case 'upload':
        await orLeftOpen(() => recoverUpload(number, intent, recovery), recovery.log);
        break;
      case 'remoteFolder':
        recoverFolder(number, intent, recovery);
        break;
      case 'remoteMove':
        recoverMove(number, intent, recovery);
        break;
      case 'arrival':
      case 'localFolder':
      case 'localMove':
      case 'localTrash':
      case 'copy':
        break; // settled before
    }
  }
}

/** A folder of the name that nobody knew before is the one that was asked for: two that were made at once come together anyway. */
function recoverFolder(
  number: IntentNumber,
  { entry, sentTo, to, identity }: Extract<Intent, { kind: 'remoteFolder' }>,
  { state, log }: RemoteRecovery,
): void {
  const { view } = state;
  if (isUnlisted(sentTo, view)) return;
  const made = view
    .remoteChildren(sentTo)
    .find(
      (row) =>
        row.kind === 'folder' &&
        row.entry === null &&
        isNamedAlike(row.name, to.remoteName) &&
        !state.wasTrashedHere(row.id),
    );
  const isKnown = view.base(entry) !== null || view.baseAt(to.parent, to.localName) !== null;
  if (made === undefined || isKnown || view.base(to.parent) === null) {
    state.endIntent(number);
    return;
  }
  const parent = view.localOf(to.parent);
  const local = parent === null ? null : view.localAt(parent.node, to.localName);
  const isHere = local !== null && local.kind === 'folder' && local.entry === null && local.identity === identity;
  state.record({
    changes: [
      ...(isHere ? [{ put: 'local', row: { ...local, entry } } as const] : []),
      { put: 'remote', row: { ...made, entry } },
      folderBase({
        entry,
        to: { ...to, remoteName: made.name },
        remoteId: made.id,
        identity,
        putSweep: view.sweeps.begun,
      }),
    ],
    endIntent: number,
  });
  log.info('folder of an earlier run was already on the host', { name: to.remoteName });
}

function recoverMove(
  number: IntentNumber,
  { entry, id, to }: Extract<Intent, { kind: 'remoteMove' }>,
  { state, log }: RemoteRecovery,
): void {
  const { view } = state;
  const there = view.remote(id);
  const base = view.base(entry);
  const folder = view.remoteOf(to.parent);
  if (folder !== null && isUnlisted(folder.id, view)) return;
  const isInPlace = there !== null && isNamedAlike(there.name, to.remoteName) && there.parent === (folder?.id ?? null);
  if (isInPlace && there.entry === null && base !== null && view.remoteOf(entry) === null) {
    // the next version of what base has: what base says of it follows when it has come
    state.record({ changes: [{ put: 'remote', row: { ...there, entry } }], endIntent: number });
    return;
  }
  const namesake = view.baseAt(to.parent, to.localName);
  if (
    !isInPlace ||
    there.entry !== entry ||
    base === null ||
    base.parent === null ||
    (namesake !== null && namesake.entry !== entry)
  ) {
    state.endIntent(number);
    return;
  }
  state.record({
    changes: [baseRow({ ...base, ...to, remoteName: there.name, movedSweep: view.sweeps.begun })],
    endIntent: number,
  });
  log.info('move of an earlier run was already done on the host', { name: to.remoteName });
}
