/**
 * What stands in the staging folder and nobody claims: sent by a computer that never came back, or stored by the host long after the line had
 * broken and whoever sent it had looked for it. Looked for once a day; what was seen there for a week goes to the host's trash.
 */
import type { RemoteId } from '../core/entry.ts';
import { SyncError } from '../errors.ts';
import type { PairState } from '../ports.ts';
import { trashOwn } from './send.ts';
import type { RemoteRecovery } from './recover-uploads.ts';

const DAY_MS = 24 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;
/** As `send.ts` names them. What else a person may have put there is not touched. */
const stagedName = /^yetisync-.+-[0-9a-f]+-\d+(\.[A-Za-z0-9]{1,10})?$/;

/** Two calls a day, and one for each file that goes. What fails is done another day; rejects only with what stops a pass. */
export async function dropAbandoned(recovery: RemoteRecovery & { readonly nowMs: number }): Promise<void> {
  const { state, nowMs, staging, remote, signal, log } = recovery;
  const lookedMs = Number(state.facts.get('stagedLookMs') ?? Number.NaN);
  if (Number.isNaN(lookedMs) || lookedMs > nowMs) state.facts.set('stagedLookMs', String(nowMs));
  if (!(nowMs - lookedMs >= DAY_MS)) return;
  state.facts.set('stagedLookMs', String(nowMs));
  try {
    const folder = await staging();
    const files = folder === null ? [] : (await remote.list(folder, { signal })).files;
    const claimed = claimedIn(state);
    const since = sightings(state);
    const still = new Map<RemoteId, number>();
    for (const { id, name } of files) {
      if (!stagedName.test(name) || claimed.has(id) || claimed.has(name)) continue;
      const seenMs = Math.min(since.get(id) ?? nowMs, nowMs);
      if (nowMs - seenMs < WEEK_MS) still.set(id, seenMs);
      else {
        log.info('a version that was never published goes to the trash of the host', { name });
        await trashOwn(id, recovery);
      }
    }
    state.facts.set('staged', still.size === 0 ? null : JSON.stringify([...still]));
  } catch (error) {
    if (!(error instanceof SyncError) || error.disposition !== 'skip') throw error;
  }
}

/** Ids, and names of what has none yet. */
function claimedIn(state: PairState): ReadonlySet<string> {
  return new Set(
    state
      .intents()
      .flatMap(({ intent }) => (intent.kind === 'upload' ? [intent.answer ?? [], intent.stagedName ?? []].flat() : [])),
  );
}

/** Since when each was seen there, day by day. */
function sightings(state: PairState): ReadonlyMap<RemoteId, number> {
  const known: unknown = JSON.parse(state.facts.get('staged') ?? '[]');
  const isSighting = (it: unknown): it is [RemoteId, number] =>
    Array.isArray(it) && typeof it[0] === 'string' && typeof it[1] === 'number';
  return new Map(Array.isArray(known) ? known.filter(isSighting) : []);
}
