/**
 * Writes into the state at the given path without end, and prints the number of finished operations after each one, as
 * soon as it is recorded. Made to be killed.
 */
import { writeSync } from 'node:fs';
import { ROOT_NODE } from '../../src/core/entry.ts';
import type { HistoryLine } from '../../src/ports.ts';
import { openState } from '../../src/state/open-state.ts';
import type { OpenState } from '../../src/state/open-state.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';
import {
  baseRow,
  difference,
  entry,
  fileItem,
  folderItem,
  found,
  id,
  listing,
  localRow,
  path,
  remoteRow,
  rootId,
  seen,
} from './rows.ts';

const chance = seededRandom(process.argv[3]!);
const state = openState({ path: process.argv[2]!, pair: 'pair', clock: new FakeClock(), random: chance });
if (!state.initialised) state.initialise({ remoteRoot: rootId, rootSeen: seen('folder', 'root') });

const history: HistoryLine = {
  atMs: 1,
  kind: 'upload',
  side: 'remote',
  path: path('x'),
  reason: 'new locally',
  facts: {},
};
for (let done = state.history({ limit: 1_000_000 }).length + 1; ; done += 1) {
  disturb(state);
  finish(state, done);
  writeSync(1, `${done}\n`);
}

/** Something that a scan or a sweep would find. */
function disturb({ localTree, remoteTree }: OpenState): void {
  const children = localTree.children(ROOT_NODE);
  const gone = children.length > 60 ? children.slice(0, 30).map((row) => row.node) : [];
  const put = [1, 2, 3].map(() => found('file', `n${chance.int(1_000_000)}`));
  localTree.apply(ROOT_NODE, difference({ put, gone }));
  const of = `d${chance.int(30) + 100}`;
  const items = [folderItem(of, rootId), fileItem(`f${chance.int(1000) + 5000}`, rootId)];
  const options = { moment: remoteTree.moment(), nowMs: 7, ignored: new Set<never>() };
  remoteTree.apply(listing(rootId, items), options);
  if (chance.chance(0.2)) Array.from(remoteTree.endSweepInSteps(remoteTree.beginSweep()));
}

/** One operation from its intent to its record. */
function finish({ beginIntent, record, view }: OpenState, done: number): void {
  const number = view.firstFreeEntry;
  const intent = beginIntent(
    {
      kind: 'localTrash',
      entry: entry(number),
      node: ROOT_NODE,
      from: path('x'),
      identity: seen('file', 'x').identity,
    },
    chance.chance(0.1),
  );
  const row = baseRow(number, `f${number}`, `file ${number}`);
  record({
    changes: [
      { put: 'base', row },
      { put: 'local', row: localRow('file', row.localName, { entry: row.entry }) },
      { put: 'remote', row: remoteRow(row.remoteId, row.remoteName, { entry: row.entry }) },
      ...(number > 20 ? [{ drop: 'remote', id: id(`f${number - 10}`) } as const] : []),
      ...(number > 40 ? [{ drop: 'base', entry: entry(number - 30) } as const] : []),
    ],
    endIntent: intent,
    history: { ...history, atMs: done },
  });
}
