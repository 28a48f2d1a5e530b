/**
 * What `yetisync check` looks at, one thing after the other, each told as it was found: judging it and putting it into words is the
 * caller's. What must hold: nothing is changed on either side, and the host is asked to sign in once, even where it refused these
 * credentials before. The place to remember a refusal is open before that, for a refused sign-in must never be tried twice unawares.
 */
import type { Pair } from '../config/config.ts';
import { ACCOUNT_ROOT, ROOT_ENTRY } from '../core/entry.ts';
import type { RemoteId } from '../core/entry.ts';
import { STAGING_FOLDER } from '../core/ignore.ts';
import { meaningOf, SyncError } from '../errors.ts';
import { findRoot, judgeRoot } from '../local/marker.ts';
import type { RootVerdict } from '../local/marker.ts';
import { ownRoomBytes } from '../local/own-room.ts';
import type { AccountLimits, Clock, Disk, Random, Remote, Transport } from '../ports.ts';
import { findFolder } from '../remote/folder-path.ts';
import type { Lender } from '../remote/session.ts';
import { takeLock } from '../state/lock.ts';
import type { Lock } from '../state/lock.ts';
import { openState } from '../state/open-state.ts';
import type { OpenState } from '../state/open-state.ts';
import { mayWrite, realDisk } from '../system/disk.ts';
import { realClock } from '../system/clock.ts';
import { realRandom } from '../system/random.ts';
import { lenderOf } from './control.ts';
import type { EngineOptions } from './pair-world.ts';
import { openHost } from './open-host.ts';
import { refusedSignIn } from './refused-sign-in.ts';
import { knownRoot, namesOf, requireRemoteRoot, resolveRoot, rootTrouble } from './roots.ts';
import { isThere, lockFileOf, makeStateDir, pairIdOf, stateFileOf } from './state-files.ts';

/** One thing that was looked at. `error`: why it is not as it should be; the other fields then say less, or nothing. */
export type Look =
  | { readonly about: 'lock'; readonly path: string; readonly isLent: boolean; readonly error: SyncError | null }
  | {
      readonly about: 'state';
      readonly pair: Pair;
      readonly isKnown: boolean;
      readonly lastSuccessMs: number | null;
      readonly held: number;
      /** Items that the last pass could not bring into step, other than those. */
      readonly troubled: number;
      readonly error: SyncError | null;
    }
  | {
      readonly about: 'local folder';
      readonly pair: Pair;
      readonly verdict: RootVerdict['kind'] | null;
      readonly canWrite: boolean;
      readonly error: SyncError | null;
    }
  | { readonly about: 'disk space'; readonly pair: Pair; readonly freeBytes: number; readonly reserveBytes: number }
  | { readonly about: 'sign-in'; readonly account: string | null; readonly error: SyncError | null }
  | { readonly about: 'limits'; readonly limits: AccountLimits | null; readonly error: SyncError | null }
  /** `aheadMs`: how far this computer's clock is ahead of the host's. */
  | { readonly about: 'clock'; readonly aheadMs: number }
  | {
      readonly about: 'remote folder';
      readonly pair: Pair;
      /** `new`: the first pass makes it. */
      readonly found: 'there' | 'new' | null;
      readonly error: SyncError | null;
    }
  | {
      readonly about: 'staging folder';
      readonly pair: Pair;
      /** Uploads that wait in it for their name; `null`: there is no such folder yet. */
      readonly waiting: number | null;
      readonly error: SyncError | null;
    };

export interface CheckOptions extends Pick<EngineOptions, 'config' | 'env' | 'log' | 'process' | 'signal'> {
  readonly onLook: (look: Look) => void;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly disk?: Disk;
  readonly transport?: Transport;
}

type World = CheckOptions & Required<Pick<CheckOptions, 'clock' | 'random' | 'disk'>>;

/** Tells each look in turn. Rejects with `stopped`, and with what is a bug. */
export async function check(given: CheckOptions): Promise<void> {
  const options: World = { clock: realClock, random: realRandom, disk: realDisk, ...given };
  const { config, onLook } = options;
  const path = lockFileOf(config);
  const locked = await attempt(() => lockFor(options));
  // Where the daemon has the lock, its sign-in serves: one of our own would end it on many hosts.
  const lent = locked.error?.code === 'state/locked' ? await attempt(() => lenderOf(config)) : null;
  const lender = lent?.value ?? null;
  onLook({ about: 'lock', path, isLent: lender !== null, error: lender === null ? locked.error : null });
  const states = new Map<Pair, OpenState>();
  try {
    for (const pair of config.pairs) {
      const opened = await attempt(() => stateFor(pair, options, locked.value !== null));
      if (opened.value !== null) states.set(pair, opened.value);
      onLook(lookAtState(pair, opened.value, opened.error));
    }
    for (const pair of config.pairs) await lookHere(pair, states.get(pair) ?? null, options);
    // Without the lock another one's token would end; without a state a refusal would be forgotten.
    const maySignIn = locked.value !== null && states.size > 0;
    if (maySignIn || lender !== null) await lookThere(states, options, lender);
  } finally {
    for (const state of states.values()) state.close();
    locked.value?.release();
  }
}

// ---------------------------------------------------------------------------------------------- this computer

async function lockFor({ config, disk, process }: World): Promise<Lock> {
  await makeStateDir(config.stateDir, disk);
  return takeLock(lockFileOf(config), process, disk);
}

/** With the lock the state itself, made where there is none: it is what remembers a refusal. Else a copy of what there is. */
async function stateFor(pair: Pair, { config, disk, clock, random }: World, isOurs: boolean): Promise<OpenState> {
  const path = stateFileOf(pair, config);
  const options = { pair: pairIdOf(pair, config), clock, random };
  if (!isOurs) {
    const kept = await isThere(path, disk);
    return openState({ ...options, path: ':memory:', ...(kept ? { copyOf: path } : {}) });
  }
  await makeStateDir(path.slice(0, path.lastIndexOf('/')), disk);
  return openState({ ...options, path });
}

function lookAtState(pair: Pair, state: OpenState | null, error: SyncError | null): Look {
  const last = state?.facts.get('lastSuccessMs') ?? null;
  return {
    about: 'state',
    pair,
    isKnown: state?.initialised ?? false,
    lastSuccessMs: last === null ? null : Number(last),
    held: state?.heldRemovals().length ?? 0,
    troubled: state === null ? 0 : troubledIn(state),
    error,
  };
}

function troubledIn(state: OpenState): number {
  const known = [...state.problems(), ...state.troubledFolders()];
  return new Set(known.filter(({ code }) => meaningOf(code).exit !== 0).map(({ path }) => path)).size;
}

async function lookHere(pair: Pair, state: OpenState | null, { config, disk, onLook }: World): Promise<void> {
  const resolved = await attempt(() => resolveRoot(pair.local, disk));
  if (resolved.value === null) {
    onLook({ about: 'local folder', pair, verdict: null, canWrite: false, error: resolved.error });
    return;
  }
  const root = resolved.value;
  const known = state === null ? null : knownRoot(state);
  const verdict = judgeRoot(await findRoot({ root, disk }), { pair: pairIdOf(pair, config), known });
  const error = rootTrouble(verdict, pair, known !== null);
  onLook({ about: 'local folder', pair, verdict: verdict.kind, canWrite: mayWrite(root), error });
  if (error !== null) return;
  const freeBytes = await disk.freeBytes(root);
  onLook({ about: 'disk space', pair, freeBytes, reserveBytes: Math.max(config.reserveDiskBytes, ownRoomBytes) });
}

// ---------------------------------------------------------------------------------------------- the host

async function lookThere(states: ReadonlyMap<Pair, OpenState>, options: World, lender: Lender | null): Promise<void> {
  const { config, clock, onLook, signal } = options;
  const memory = refusedSignIn(config.credentials, { open: () => states.values() });
  let aheadMs: number | null = null;
  const host = openHost({
    ...options,
    transport: options.transport,
    lender: lender ?? undefined,
    refused: { ...memory, wasRefused: () => false },
    around: (transport) => async (request) => {
      const response = await transport(request);
      aheadMs = aheadOf(response.headers['date'], clock.now()) ?? aheadMs;
      return response;
    },
  });
  try {
    const { remote } = host;
    const signedIn = await attempt(() => remote.account({ signal }));
    onLook({ about: 'sign-in', account: signedIn.value?.id ?? null, error: signedIn.error });
    if (aheadMs !== null) onLook({ about: 'clock', aheadMs });
    if (signedIn.value === null) return;
    const limits = await attempt(() => remote.limits({ signal }));
    onLook({ about: 'limits', limits: limits.value, error: limits.error });
    for (const [pair, state] of states) await lookAtFolder(pair, state, { remote, signal, onLook, ...signedIn.value });
  } finally {
    await host.close();
  }
}

interface Account extends Pick<World, 'signal' | 'onLook'> {
  readonly remote: Remote;
  readonly id: string;
}

async function lookAtFolder(pair: Pair, state: OpenState, { remote, id, signal, onLook }: Account): Promise<void> {
  const found = await attempt(async () => {
    const before = state.facts.get('accountId');
    if (before !== null && before !== id) throw new SyncError('remote/other-account');
    return { folder: await folderOf(pair, state, remote, signal) };
  });
  const folder = found.value?.folder ?? null;
  const words = found.value === null ? null : folder === null ? 'new' : 'there';
  onLook({ about: 'remote folder', pair, found: words, error: found.error });
  if (folder === null) return;
  const waiting = await attempt(async () => ({ files: await stagedIn(folder, remote, signal) }));
  onLook({ about: 'staging folder', pair, waiting: waiting.value?.files ?? null, error: waiting.error });
}

async function folderOf(pair: Pair, state: OpenState, remote: Remote, signal: AbortSignal): Promise<RemoteId | null> {
  if (state.initialised) {
    await requireRemoteRoot({ pair, state, remote, signal });
    return state.view.remoteOf(ROOT_ENTRY)?.id ?? ACCOUNT_ROOT;
  }
  const there = await findFolder(remote, namesOf(pair), { signal });
  return there.kind === 'found' ? there.id : null;
}

/** Two computers may have made one each at the same time. */
async function stagedIn(folder: RemoteId, remote: Remote, signal: AbortSignal): Promise<number | null> {
  const { folders } = await remote.list(folder, { signal });
  const own = folders.filter(({ name }) => (name as string) === STAGING_FOLDER);
  let files = 0;
  for (const { id } of own) files += (await remote.list(id, { signal })).files.length;
  return own.length === 0 ? null : files;
}

/** The header is whole seconds, cut off. `null`: the host does not tell. */
function aheadOf(date: string | undefined, nowMs: number): number | null {
  const theirs = date === undefined ? NaN : Date.parse(date);
  return Number.isNaN(theirs) ? null : nowMs - (theirs + 500);
}

// ---------------------------------------------------------------------------------------------- one look

type Answer<T> = { readonly value: T; readonly error: null } | { readonly value: null; readonly error: SyncError };

/** What fails is a finding, not the end of the check. */
async function attempt<T>(look: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await look(), error: null };
  } catch (error) {
    if (!(error instanceof SyncError) || error.code === 'bug' || error.code === 'stopped') throw error;
    return { value: null, error };
  }
}
