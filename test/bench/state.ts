/**
 * What the state costs with 100,000 files and folders in 5,000 folders: `npx tsx test/bench/state.ts [folders]`.
 * Prints wall-clock and CPU milliseconds of each step, on a real file in the temporary folder.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT_NODE } from '../../src/core/entry.ts';
import type { Change } from '../../src/ports.ts';
import { openState } from '../../src/state/open-state.ts';
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
  remoteRow,
  rootId,
  seen,
} from '../state/rows.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';

const folders = Number(process.argv[2] ?? 5000);
const filesEach = 19;
const place = mkdtempSync(join(tmpdir(), 'yetisync-bench-'));
const path = join(place, 'state.db');
const open = () => openState({ path, pair: 'pair', clock: new FakeClock(), random: seededRandom(1) });

function measure<T>(name: string, work: () => T): T {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = work();
  const { user, system } = process.cpuUsage(cpu);
  console.log(`${name.padEnd(60)} ${ms(performance.now() - start)} wall ${ms((user + system) / 1000)} CPU`);
  return result;
}
const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`.padStart(10);
const count = (from: number, of: number) => Array.from({ length: of }, (_, at) => from + at);

let state = open();
state.initialise({ remoteRoot: rootId, rootSeen: seen('folder', 'root') });
const names = count(0, folders).map((at) => `folder ${at}`);
const total = folders * (filesEach + 1);

const nodes = measure(`scan: ${total} new rows, a transaction a folder`, () => {
  const numbers = state.localTree.apply(ROOT_NODE, difference({ put: names.map((name) => found('folder', name)) }));
  for (const node of numbers.values()) {
    state.localTree.apply(node, difference({ put: count(0, filesEach).map((at) => found('file', `file ${at}`)) }));
  }
  return [...numbers.values()];
});

const ask = () => ({ moment: state.remoteTree.moment(), nowMs: 1, ignored: new Set<never>() });
const folderId = (at: number) => `d${at + 100}`;
const fileId = (at: number, file: number) => `f${(at + 1) * 100 + file}`;
const listings = [
  listing(
    rootId,
    names.map((name, at) => folderItem(folderId(at), rootId, name)),
  ),
  ...names.map((_, at) =>
    listing(
      folderId(at),
      count(0, filesEach).map((file) => fileItem(fileId(at, file), folderId(at), `file ${file}`)),
    ),
  ),
];
measure(`sweep: ${total} new ids, a transaction a folder`, () =>
  listings.forEach((one) => state.remoteTree.apply(one, ask())),
);
measure(`view.newLocal() and view.newRemote() with ${total} each`, () => [
  ...state.view.newLocal(),
  ...state.view.newRemote(),
]);

measure(`record: ${total} links, a transaction each`, () => {
  let next = 2;
  for (const [at, name] of names.entries()) {
    const folder = next++;
    link(baseRow(folder, folderId(at), name), {
      kind: 'folder',
      name,
      node: nodes[at]!,
      parent: ROOT_NODE,
      inside: rootId,
    });
    for (const child of state.localTree.children(nodes[at]!)) {
      const file = Number(child.name.slice(5));
      const row = baseRow(next++, fileId(at, file), child.name, { parent: entry(folder) });
      link(row, { kind: 'file', name: child.name, node: child.node, parent: nodes[at]!, inside: folderId(at) });
    }
  }
});
measure('view.openEntries(), newLocal() and newRemote() in sync', () => {
  const left = [state.view.openEntries(), state.view.newLocal(), state.view.newRemote()].map(
    (rows) => [...rows].length,
  );
  if (left.some((length) => length > 0)) throw new Error(`not in sync: ${left.join(', ')}`);
});

measure('checkpoint and close', () => {
  state.checkpoint();
  state.close();
});
console.log(`file: ${(statSync(path).size / 1e6).toFixed(1)} MB`);
state = measure('open, with quick_check', open);
for (const again of ['cold', 'warm']) {
  measure(`scan of the unchanged, ${again}: children() of every folder`, () => {
    const rows = [ROOT_NODE, ...nodes].map((node) => state.localTree.children(node).length);
    if (rows.reduce((sum, one) => sum + one) !== total) throw new Error('rows are missing');
  });
}
measure('sweep of the unchanged', () => listings.forEach((one) => state.remoteTree.apply(one, ask())));
measure('countEntries()', () => state.countEntries());
measure('verifyOpenIndex()', () => state.verifyOpenIndex());
const of = { kind: 'localTrash', entry: entry(2), node: ROOT_NODE, identity: seen('file', 'x').identity } as const;
measure('1,000 intents, not durable', () =>
  count(0, 1000).forEach(() => state.beginIntent({ ...of, from: '' as never }, false)),
);
measure('100 intents, durable', () =>
  count(0, 100).forEach(() => state.beginIntent({ ...of, from: '' as never }, true)),
);
measure('beginAnew()', () => state.beginAnew());
state.close();
rmSync(place, { recursive: true });

interface Standing {
  readonly kind: 'file' | 'folder';
  readonly name: string;
  readonly node: (typeof nodes)[number];
  readonly parent: (typeof nodes)[number];
  readonly inside: string;
}

function link(base: ReturnType<typeof baseRow>, { kind, name, node, parent, inside }: Standing): void {
  const changes: Change[] = [
    { put: 'base', row: base },
    { put: 'local', row: localRow(kind, name, { node, parent, entry: base.entry }) },
    { put: 'remote', row: remoteRow(base.remoteId, name, { parent: id(inside), entry: base.entry }) },
  ];
  state.record({ changes });
}
