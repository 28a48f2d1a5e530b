/**
 * What stands in the staging folder and nobody claims: sent by a computer that never came back, or stored by the host long after the line had
 * broken and whoever sent it had looked for it. Looked for once a day; what was seen there for a week goes to the host's trash.
 */
import type { RemoteId } from '../core/entry.ts';
import { SyncError } from '../errors.ts';
import type { PairState, RemoteFile } from '../ports.ts';
import { contentOf } from './contents.ts';
import { trashOwn } from './send.ts';
import type { RemoteRecovery } from './recover-uploads.ts';

const DAY_MS = 24 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;
/** As `send.ts` names them. What a person may have put there is not touched: a copy has the name of what was copied, and is told by its content. */
const stagedName = /^yetisync-.+-[0-9a-f]+-\d+(\.[A-Za-z0-9]{1,10})?$/;

/** Once a day the listing of the pair's folder and of each staging folder in it, and a call for each file that goes. What fails is done another day; rejects only with what stops a pass. */
export async function dropAbandoned(recovery: RemoteRecovery & { readonly nowMs: number }): Promise<void> {
  const { state, nowMs, staged, log } = recovery;
  const known = lastLook(state);
  const remember = (look: LastLook): void =>
    state.facts.set('staged', JSON.stringify({ lookedMs: look.lookedMs, since: [...look.since] }));
  if (known === null || known.lookedMs > nowMs) remember({ lookedMs: nowMs, since: known?.since ?? new Map() });
  if (known === null || nowMs - known.lookedMs < DAY_MS) return;
  remember({ ...known, lookedMs: nowMs });
  try {
    const files = await staged();
    const claimed = claimedIn(state);
    const still = new Map<RemoteId, number>();
    for (const file of files) {
      const { id, name } = file;
      if (claimed.has(id) || claimed.has(name)) continue;
      const seenMs = Math.min(known.since.get(id) ?? nowMs, nowMs);
      if (nowMs - seenMs < WEEK_MS) still.set(id, seenMs);
      else if (stagedName.test(name) || (await isElsewhere(file, recovery))) {
        log.info('a version that was never published goes to the trash of the host', { name });
        await trashOwn(id, recovery);
      }
    }
    remember({ lookedMs: nowMs, since: still });
  } catch (error) {
    // nothing of the person waits for this: a day later is as good
    if (!(error instanceof SyncError) || error.disposition === 'halt') throw error;
  }
}

/** Whether the host has this content as a file of the pair, too. */
async function isElsewhere(file: RemoteFile, recovery: RemoteRecovery): Promise<boolean> {
  const { state } = recovery;
  if (state.fileOnHost(file.size, null) === null) return false;
  return state.fileOnHost(file.size, await contentOf(file, recovery)) !== null;
}

/** Ids, and names of what has none yet. */
function claimedIn(state: PairState): ReadonlySet<string> {
  return new Set(
    state
      .intents()
      .flatMap(({ intent }) => (intent.kind === 'upload' ? [intent.answer ?? [], intent.stagedName ?? []].flat() : [])),
  );
}

interface LastLook {
  readonly lookedMs: number;
  /** Since when each was seen there, day by day. */
  readonly since: ReadonlyMap<RemoteId, number>;
}

/** What is not understood counts as never looked: then a week begins anew. */
function lastLook(state: PairState): LastLook | null {
  const kept: unknown = JSON.parse(state.facts.get('staged') ?? 'null');
  if (typeof kept !== 'object' || kept === null || !('lookedMs' in kept) || !('since' in kept)) return null;
  const { lookedMs, since } = kept;
  const isSighting = (it: unknown): it is [RemoteId, number] =>
    Array.isArray(it) && typeof it[0] === 'string' && typeof it[1] === 'number';
  if (typeof lookedMs !== 'number' || !Array.isArray(since)) return null;
  return { lookedMs, since: new Map(since.filter(isSighting)) };
}
