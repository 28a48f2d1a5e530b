/**
 * After a crash, once the disk was scanned: a file that a pass had just put in its place, or given a second name, and that somebody
 * renamed before the next pass began. The intent has its identity, and the scan shows where it is now; without this the person's
 * rename would read as a new file beside one that was removed. What the scan does not show is forgotten, and planned anew.
 */
import { hasBirthTime } from '../core/entry.ts';
import type { Identity, LocalEntry } from '../core/entry.ts';
import type { Steps } from '../core/steps.ts';
import { localPath } from '../core/tree.ts';
import type { TreeView } from '../core/tree.ts';
import type { Change, Intent, IntentNumber } from '../ports.ts';
import { inSlices } from './in-slices.ts';
import type { Slicing } from './in-slices.ts';
import { arrivedBase, contentNow, takeOldName } from './recover.ts';
import type { Recovery } from './recover.ts';
import { baseWithoutFile } from './rows.ts';
import { orLeftOpen } from './settling.ts';

/** Settles what `recoverLocal` left open. Call after the scan. What is wrong with one alone leaves it open; rejects with what stops a pass. */
export async function recoverRenamed(recovery: Recovery & Slicing): Promise<void> {
  const { state } = recovery;
  const open = state
    .intents()
    .flatMap(({ number, intent }) =>
      intent.kind === 'arrival' || intent.kind === 'localMove' ? [{ number, intent }] : [],
    );
  if (open.length === 0) return;
  const wanted = new Set(open.map(({ intent }) => intent.identity));
  const newFiles = await inSlices(state.view, () => newFilesOf(wanted, state.view), recovery);
  for (const { number, intent } of open) {
    const own = intent.kind === 'localMove' ? intent.node : null;
    const [row, another] = (newFiles.get(intent.identity) ?? []).filter(({ node }) => node !== own);
    if (row === undefined || another !== undefined) state.endIntent(number);
    else
      await orLeftOpen(
        () =>
          intent.kind === 'arrival'
            ? recoverArrival(number, intent, row, recovery)
            : recoverMove(number, intent, row, recovery),
        recovery.log,
      );
  }
}

/** Files of these identities that are new where they are, also those that took the name of another. An inode alone tells nobody. */
function* newFilesOf(
  wanted: ReadonlySet<Identity>,
  view: TreeView,
): Steps<ReadonlyMap<Identity, readonly LocalEntry[]>> {
  const found = new Map<Identity, LocalEntry[]>();
  const add = (row: LocalEntry): void => {
    if (row.kind !== 'file' || !wanted.has(row.identity) || !hasBirthTime(row.identity)) return;
    found.set(row.identity, [...(found.get(row.identity) ?? []), row]);
  };
  for (const row of view.newLocal()) {
    yield;
    add(row);
  }
  for (const base of view.openEntries()) {
    yield;
    const row = view.localOf(base.entry);
    if (row !== null && row.identity !== base.identity) add(row);
  }
  return found;
}

/** It is as if the pass had ended well before the person renamed the file. */
async function recoverArrival(
  number: IntentNumber,
  intent: Extract<Intent, { kind: 'arrival' }>,
  row: LocalEntry,
  { state, files, log }: Recovery,
): Promise<void> {
  const { view } = state;
  const path = localPath(view, row.node);
  const md5 = await contentNow(path, row.stamp, files);
  const namesake = view.baseAt(intent.parent, intent.localName);
  const other = view.baseOfRemote(intent.remote);
  const isTaken = [namesake, other].some((base) => base !== null && base.entry !== intent.entry);
  if (isTaken || view.base(intent.parent) === null) {
    state.endIntent(number);
    return;
  }
  const remote = view.remote(intent.remote);
  const inItsPlace = view.localOf(intent.entry); // another file that has its name by now
  const changes: Change[] = [
    ...(inItsPlace === null ? [] : [{ put: 'local', row: { ...inItsPlace, entry: null } } as const]),
    { put: 'local', row: { ...row, md5, entry: intent.entry } },
    ...(remote === null ? [] : [{ put: 'remote', row: { ...remote, entry: intent.entry } } as const]),
    arrivedBase(intent),
  ];
  state.record({ changes, endIntent: number });
  log.info('download of an earlier run was renamed here', { path });
}

/** The file has two names: the one that the pass would have taken away, or that it gave, goes; the one that the person gave stays. */
async function recoverMove(
  number: IntentNumber,
  intent: Extract<Intent, { kind: 'localMove' }>,
  row: LocalEntry,
  { state, files, log }: Recovery,
): Promise<void> {
  const { view } = state;
  const known = view.local(intent.node);
  if (known === null || known.identity !== intent.identity || known.kind !== 'file') {
    state.endIntent(number); // it has the one name: a move like any other
    return;
  }
  const [from, to] = [localPath(view, known.node), localPath(view, row.node)];
  const seen = await takeOldName(from, to, known, files);
  if (seen === null) {
    state.endIntent(number);
    return;
  }
  const { node, parent, name } = row;
  const entry = intent.conflict ? null : known.entry;
  const base = intent.conflict ? baseWithoutFile(view, intent.entry) : [];
  state.record({
    changes: [
      { drop: 'local', node },
      { put: 'local', row: { ...known, ...seen, racy: true, parent, name, entry } },
      ...base,
    ],
    endIntent: number,
  });
  log.info('second name of an earlier run was taken away', { from, to });
}
