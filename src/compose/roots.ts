/**
 * The two roots of a pair, before anything is looked at or done: is the folder on the disk this pair's, is the folder on the host there, and is
 * it the same account? What is not as it should be stops the pair: an unmounted disk must not empty the host.
 */
import { ACCOUNT_ROOT, ROOT_ENTRY } from '../core/entry.ts';
import type { Identity, LocalSeen, RemoteId } from '../core/entry.ts';
import type { Pair } from '../config/config.ts';
import { SyncError } from '../errors.ts';
import { findRoot, judgeRoot, writeMarker } from '../local/marker.ts';
import type { RootExpected, RootVerdict } from '../local/marker.ts';
import { isErrno, localError } from '../local/disk-errors.ts';
import { seenOf } from '../local/seen.ts';
import type { Log } from '../log.ts';
import type { Clock, Disk, Random, Remote } from '../ports.ts';
import { findFolder, makeFolder } from '../remote/folder-path.ts';
import type { OpenState } from '../state/open-state.ts';

export interface RootsOptions {
  readonly pair: Pair;
  /** What marker and state call this pair. */
  readonly pairId: string;
  /** `pair.local` with all links resolved. */
  readonly root: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly state: OpenState;
  readonly remote: Remote;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** `~/Cloud` with all links resolved; throws `local/root-missing`, or `local/root-unreadable` where a folder above keeps us out. */
export async function resolveRoot(local: string, disk: Disk): Promise<string> {
  try {
    return await disk.realpath(local);
  } catch (cause) {
    const code = isErrno(cause, 'EACCES', 'EPERM') ? 'local/root-unreadable' : 'local/root-missing';
    throw new SyncError(code, { path: local, cause });
  }
}

/**
 * Makes sure that both roots are this pair's, and sets them up at the first sync. Rejects with `local/root-…`, `remote/folder-missing` or
 * `remote/other-account`; then nothing was done on either side.
 */
export async function prepareRoots(options: RootsOptions): Promise<void> {
  const { state, remote, signal } = options;
  const isNew = !state.initialised;
  const found = await requireLocalRoot(options, isNew);
  const { id: account } = await remote.account({ signal });
  const known = state.facts.get('accountId');
  if (known !== null && known !== account) throw new SyncError('remote/other-account');
  if (isNew) {
    const remoteRoot = await makeFolder(remote, namesOf(options.pair), { signal });
    state.initialise({ remoteRoot, rootSeen: await seenRoot(options) });
  } else {
    await requireRemoteRoot(options);
  }
  state.facts.set('accountId', account);
  if (found === null) await setMarker(options, options.clock.now());
  else rememberPlace(options, found.pass, found.identity);
}

/**
 * Between two passes: are both roots still this pair's? The host is only asked where `asksHost`. Rejects as `prepareRoots` does. `anew`: the folder
 * on the disk is a copy by now, and everything must begin anew with `prepareRoots`.
 */
export async function recheckRoots(options: RootsOptions, asksHost: boolean): Promise<'same' | 'anew'> {
  const { pair, pairId, state, remote, signal } = options;
  const known = knownRoot(state);
  const verdict = judgeRoot(await findRoot(options), { pair: pairId, known });
  const trouble = rootTrouble(verdict, pair, known !== null);
  if (trouble !== null) throw trouble;
  if (verdict.kind === 'copy') return 'anew';
  if (!asksHost) return 'same';
  const { id: account } = await remote.account({ signal });
  if (state.facts.get('accountId') !== account) throw new SyncError('remote/other-account');
  await requireRemoteRoot(options);
  return 'same';
}

/** The roots as a dry run needs them: nothing is made. `null`: the host's folder is not there yet. */
export async function inspectRoots(options: RootsOptions): Promise<RemoteId | null> {
  await requireLocalRoot(options, !options.state.initialised);
  return inspectRemoteRoot(options);
}

/** The same for a folder that is to be taken for this pair's: the state, which must be a copy, begins anew. */
export async function inspectAdopted(options: RootsOptions): Promise<RemoteId | null> {
  if (options.state.initialised) options.state.beginAnew();
  return inspectRemoteRoot(options);
}

async function inspectRemoteRoot(options: RootsOptions): Promise<RemoteId | null> {
  const { state, remote, pair, signal } = options;
  const isNew = !state.initialised;
  const known = state.facts.get('accountId');
  const { id: account } = await remote.account({ signal });
  if (known !== null && known !== account) throw new SyncError('remote/other-account');
  if (!isNew) {
    await requireRemoteRoot(options);
    return state.view.remoteOf(ROOT_ENTRY)?.id ?? null;
  }
  const there = await findFolder(remote, namesOf(pair), { signal });
  return there.kind === 'found' ? there.id : null;
}

/** A pass is about to change something: it gets a name of its own, in state and marker. A copy of either is recognised by it. */
export async function markPass(options: RootsOptions): Promise<void> {
  const found = await findRoot(options);
  if (found.kind !== 'marked')
    throw new SyncError('local/root-foreign', { path: options.pair.local, detail: 'its marker is gone' });
  await setMarker(options, found.marker.createdMs);
}

/** What to do about the folder on the disk, if it is to be this pair's whatever marker it has. Throws where there is no folder. */
export async function judgeAdoption(options: RootsOptions): Promise<RootVerdict> {
  const verdict = judgeRoot(await findRoot(options), { pair: options.pairId, known: knownRoot(options.state) });
  const isFolder = verdict.kind === 'no-marker' || verdict.kind === 'foreign' || verdict.kind === 'damaged';
  const trouble = isFolder ? null : rootTrouble(verdict, options.pair, true);
  if (trouble !== null) throw trouble;
  return verdict;
}

/** From now on the folder on the disk is this pair's; the next pass is a first sync. Killed halfway, it is still to be adopted. */
export async function adoptRoot(options: RootsOptions): Promise<void> {
  if (options.state.initialised) options.state.beginAnew();
  await setMarker(options, options.clock.now());
}

/** `null`: there is no marker yet, and may be one. */
async function requireLocalRoot(
  options: RootsOptions,
  isNew: boolean,
): Promise<{ pass: string; identity: string } | null> {
  const { pair, pairId, state, log } = options;
  const found = await findRoot(options);
  const known = knownRoot(state);
  const verdict = judgeRoot(found, { pair: pairId, known });
  const trouble = rootTrouble(verdict, pair, known !== null);
  if (trouble !== null) throw trouble;
  if (verdict.kind === 'copy') {
    log.warn('local folder is a copy or was restored: first-sync rules, nothing is removed', { why: verdict.why });
    if (!isNew) state.beginAnew();
  }
  return found.kind === 'marked' ? { pass: found.marker.pass, identity: found.identity } : null;
}

/** Why the pair must not go on; `null`: it may. `isKnown`: its state was in step with a folder that had a marker. */
export function rootTrouble(verdict: RootVerdict, { local: path }: Pair, isKnown: boolean): SyncError | null {
  const missing = (detail: string): SyncError => new SyncError('local/root-missing', { path, detail });
  const foreign = (detail: string): SyncError => new SyncError('local/root-foreign', { path, detail });
  switch (verdict.kind) {
    case 'missing-folder':
      return missing('there is nothing');
    case 'not-a-folder':
      return missing('it is not a folder');
    case 'unreadable':
      return new SyncError('local/root-unreadable', { path, detail: verdict.detail });
    case 'foreign':
      return foreign('its marker is that of another pair');
    case 'damaged':
      return foreign('its marker is damaged');
    case 'no-marker':
      return isKnown ? foreign(verdict.empty ? 'it is empty: is its disk mounted?' : 'its marker is missing') : null;
    case 'copy':
    case 'ok':
      return null;
  }
}

/** What the state knows of the folder on the disk; `null`: it never was in step with one. */
export function knownRoot(state: OpenState): RootExpected['known'] {
  const [pass, next] = [state.facts.get('pass'), state.facts.get('nextPass')];
  const identity = state.facts.get('rootIdentity');
  if (!state.initialised || pass === null || identity === null) return null;
  return { passes: next === null ? [pass] : [pass, next], identity: identity as Identity };
}

/** One listing per folder above the pair's own. A folder of that path with another id is not the pair's. */
export async function requireRemoteRoot({
  pair,
  state,
  remote,
  signal,
}: Pick<RootsOptions, 'pair' | 'state' | 'remote' | 'signal'>): Promise<void> {
  const own = state.view.remoteOf(ROOT_ENTRY)?.id;
  if (own === undefined) throw new SyncError('bug', { detail: 'the state has no root' });
  if (own === ACCOUNT_ROOT) return;
  const names = namesOf(pair);
  const above = await findFolder(remote, names.slice(0, -1), { signal });
  const there = above.kind === 'found' ? await remote.list(above.id, { signal }) : null;
  if (there === null || !there.folders.some((folder) => folder.id === own))
    throw new SyncError('remote/folder-missing', { path: pair.remote });
}

/** The state knows the new name before the marker has it. */
async function setMarker(options: RootsOptions, createdMs: number): Promise<void> {
  const pass = options.random.hex(8);
  options.state.facts.set('nextPass', pass);
  await writeMarker(options, { pair: options.pairId, pass, createdMs });
  rememberPlace(options, pass, (await seenRoot(options)).identity);
}

/** Who the folder on the disk is at this moment. Throws what the disk says, in our words. */
export async function seenRoot({ disk, root, pair }: RootsOptions): Promise<LocalSeen> {
  try {
    return seenOf(await disk.lstat(root));
  } catch (error) {
    throw localError(error, pair.local, 'read');
  }
}

function rememberPlace({ state }: RootsOptions, pass: string, identity: string): void {
  state.facts.set('pass', pass);
  state.facts.set('nextPass', null);
  state.facts.set('rootIdentity', identity);
}

/** The path of the pair's folder on the host, by names. */
export function namesOf(pair: Pair): string[] {
  return pair.remote.split('/').filter((name) => name !== '');
}
