/**
 * Opens what is kept for one folder pair: one SQLite file. What must hold: after a crash at any moment the file opens
 * and every table agrees with every other; a file that is damaged, newer or another pair's is refused, never mended.
 */
import { ROOT_ENTRY, ROOT_NODE } from '../core/entry.ts';
import type { BaseEntry, EntryNumber, Identity, LocalSeen, NodeNumber, RemoteId } from '../core/entry.ts';
import type { Problem } from '../core/operation.ts';
import type { LocalName, RemoteName } from '../core/path.ts';
import { localPath } from '../core/tree.ts';
import { SyncError } from '../errors.ts';
import type { Clock, PairState, Random } from '../ports.ts';
import { BaseRows } from './base-rows.ts';
import { Counters } from './counters.ts';
import { fill } from './copy.ts';
import { isDatabaseFile, openDatabase } from './database.ts';
import type { Database } from './database.ts';
import { FactRows } from './facts.ts';
import { FormerRows } from './former.ts';
import { HistoryRows } from './history.ts';
import { IntentRows } from './intents.ts';
import { LocalRows } from './local-rows.ts';
import { StoredLocalTree } from './local-tree.ts';
import { migrate, steps } from './migrations.ts';
import type { Origin } from './migrations.ts';
import { Moments } from './moments.ts';
import { OpenIndex } from './open-index.ts';
import type { OpenDifference } from './open-index.ts';
import { recordInto } from './record.ts';
import { RemoteRows } from './remote-rows.ts';
import { StoredRemoteTree } from './remote-tree.ts';
import { StoredView } from './tree-view.ts';
import { HeldRows, ProblemRows, TrashedRows } from './waiting.ts';

export interface StateOptions {
  /** The file; its folder must exist. `:memory:` for a state that ends with the process. */
  readonly path: string;
  /** Whose state it is: a file that was made for another pair is refused. */
  readonly pair: string;
  readonly random: Random;
  readonly clock: Clock;
  /** With the path `:memory:`: the state begins as a copy of this file, if there is one, which is left as it is. For a look ahead. */
  readonly copyOf?: string;
  /** The file was found to be whole a moment ago (`sound-beside.ts`). RACE: damage done since is found by whoever reads it, as damage done later is. */
  readonly isFoundSound?: boolean;
}

/** A pair's state as its owner holds it. The rooms get it as `PairState`. */
export interface OpenState extends PairState {
  /**
   * What was found: `missing`, no file; `empty`, a file with nothing in it (its making was cut off, or it was emptied);
   * `kept`, a state. A state that is missing or empty beside a marker that knows one is a lost state.
   */
  readonly origin: Origin;
  /** Whether the two roots are known: false until `initialise` was called once in the life of this file. */
  readonly initialised: boolean;
  /** Puts the roots of the three trees. */
  initialise(roots: { readonly remoteRoot: RemoteId; readonly rootSeen: LocalSeen }): void;
  /**
   * Base is forgotten, and with it what was held, begun and postponed: the next pass is a first sync, a union. What the trees show
   * and the MD5s of ids that are known stay: contents need not be fetched again to be compared.
   */
  beginAnew(): void;
  /** `linkInSteps`, all at once. */
  link(node: NodeNumber, entry: EntryNumber | null): void;
  /** The pair's folder on the host is another one now; what was below the old one is taken to be below it. */
  setRemoteRoot(id: RemoteId): void;
  /** Entries that have another name on the host than here: what it cannot keep as it is, and twins. Reads every row. */
  withOtherNames(): readonly BaseEntry[];
  /** Folders here that could not be read, or whose ignore rules could not: what is below them is left as it is. */
  troubledFolders(): readonly Problem[];
  /** Recomputes every flag of the index of disagreement; returns those that are wrong. Slow: for checks. */
  verifyOpenIndex(): readonly OpenDifference[];
  /** Compares the rows that are kept in memory with those of the database; names those that differ, of which there must never be one. For checks. */
  misremembered(): readonly string[];
  /** Brings what is in the write-ahead file over into the database. */
  checkpoint(): void;
  close(): void;
}

/**
 * Opens the state, or makes it. Throws `state/corrupt` (set it aside and begin anew), `state/newer`,
 * `state/unwritable` or `state/locked`.
 */
export function openState(options: StateOptions): OpenState {
  const { path, copyOf, isFoundSound = false } = options;
  const { database, found } = openDatabase(path);
  try {
    const copied = copyOf !== undefined && isDatabaseFile(copyOf);
    if (copied) fill(database, copyOf);
    if (!isFoundSound) requireSound(database);
    const origin = migrate(database, { found: found || copied, steps });
    forgetStatistics(database);
    return database.transaction(() => assemble(database, origin, options));
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Writes into damaged pages succeed, so damage is looked for before the first one. */
function requireSound(database: Database): void {
  const answer = database.pragma('quick_check(1)');
  if (answer !== 'ok') throw new SyncError('state/corrupt', { path: database.path, detail: String(answer) });
}

/**
 * Statistics say how large tables were when they were taken. Of a state that was small then they have the engine read whole tables
 * row by row once it is large, for every file again; without any it goes by the indexes, which is right for all that is asked here.
 */
function forgetStatistics(database: Database): void {
  const kept = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'").get();
  if (kept !== undefined) database.exec('DROP TABLE sqlite_stat1; ANALYZE sqlite_schema');
}

function requireOwner(database: Database, facts: FactRows, pair: string): void {
  const owner = facts.get('pair');
  if (owner === null) facts.set('pair', pair);
  else if (owner !== pair) {
    throw new SyncError('state/corrupt', { path: database.path, detail: `it belongs to another pair, ${owner}` });
  }
}

function assemble(database: Database, origin: Origin, { pair, random, clock }: StateOptions): OpenState {
  const facts = new FactRows(database);
  requireOwner(database, facts, pair);
  // The key under which refused credentials are remembered is made with the state and is never another.
  if (facts.get('hashKey') === null) facts.set('hashKey', random.hex(32));

  const counters = new Counters(database);
  const index = new OpenIndex(database);
  const moments = new Moments(counters);
  const local = new LocalRows(database, index);
  const remote = new RemoteRows(database, index);
  const base = new BaseRows(database, { index, counters, local, remote });
  const rows = { base, local, remote };
  const trashed = new TrashedRows(database, clock);
  const problems = new ProblemRows(database);
  const held = new HeldRows(database);
  const intents = new IntentRows(database, counters);
  const history = new HistoryRows(database);
  const former = new FormerRows(database, base);
  const localTree = new StoredLocalTree(database, rows, index);
  const remoteTree = new StoredRemoteTree(rows, { index, counters, moments });
  return {
    origin,
    view: new StoredView(rows, {
      counters,
      wasTrashedHere: (id) => trashed.has(id),
      unfinished: () => intents.answers(),
      revision: () => database.changes,
      openInPlace: () => index.inPlace(),
    }),
    localTree,
    remoteTree,
    facts,
    record: (outcome) => index.write(() => recordInto({ rows, moments, intents, history, former, counters }, outcome)),
    atOnce: (work) => index.write(work),
    link: (node, entry) => localTree.link(node, entry),
    linkInSteps: (node, entry) => localTree.linkInSteps(node, entry),
    learnRemote: (id, md5) => remote.learn(id, md5),
    fileOnHost: (size, md5, isLeaving) => base.fileOnHost(size, md5, isLeaving),
    learnLocal: (node, stamp, md5) => index.write(() => local.learn(node, stamp, md5)),
    beginIntent: (intent, durable) => intents.begin(intent, durable),
    noteIntent: (number, intent) => intents.note(number, intent),
    endIntent: (number) => intents.end(number),
    intents: () => intents.all(),
    rememberTrashed: (ids) => trashed.remember(ids),
    wasTrashedHere: (id) => trashed.has(id),
    problems: () => problems.all(),
    setProblems: (list) => problems.replace(list),
    heldRemovals: () => held.all(),
    setHeldRemovals: (list) => held.replace(list),
    removalsSince: (sinceMs, side) => history.removalsSince(sinceMs, side),
    countEntries: () => base.count(),
    beginRun: (startedMs) => history.beginRun(startedMs),
    endRun: (run, endedMs, exit, counts) => history.endRun(run, endedMs, exit, counts),
    lastRuns: (count) => history.lastRuns(count),
    history: (query) => history.lines(query),
    changedBy: (run) => former.changedBy(run),
    formerly: (entry, run) => former.before(entry, run),
    forgetFormer: (beforeMs) => former.prune(beforeMs),

    get initialised() {
      return base.get(ROOT_ENTRY) !== null;
    },
    initialise: ({ remoteRoot, rootSeen }) =>
      index.write(() => {
        if (base.get(ROOT_ENTRY) !== null) throw new SyncError('bug', { detail: 'the state has its roots already' });
        base.put({ ...rootBase, remoteId: remoteRoot, identity: rootSeen.identity });
        local.insert({ ...rootLocal, ...rootSeen });
        remote.put(rootRemote(remoteRoot, clock.now()), 0);
      }),
    beginAnew: () =>
      index.write(() => {
        database.exec(forgetBase);
        remote.noteWrite();
      }),
    setRemoteRoot: (id) => index.write(() => changeRoot({ base, remote }, id, clock.now())),
    withOtherNames: () => base.withOtherNames(),
    troubledFolders: () =>
      local
        .troubledFolders()
        .flatMap(({ node, trouble: code }) =>
          code === null ? [] : [{ path: localPath({ local: (at) => local.get(at) }, node), code, detail: null }],
        ),
    verifyOpenIndex: () => index.differences(),
    misremembered: () => [...base.misremembered(), ...local.misremembered(), ...remote.misremembered()],
    checkpoint: () => {
      database.pragma('wal_checkpoint(TRUNCATE)');
    },
    close: () => database.close(),
  };
}

const forgetBase = `
DELETE FROM base WHERE parent IS NOT NULL;
UPDATE local SET entry = NULL WHERE parent IS NOT NULL;
UPDATE remote SET entry = NULL WHERE entry <> ${ROOT_ENTRY};
DELETE FROM intent;
DELETE FROM held;
DELETE FROM problem;
DELETE FROM former;
`;

const noName = { local: '' as LocalName, remote: '' as RemoteName };

const rootBase = {
  entry: ROOT_ENTRY,
  parent: null,
  kind: 'folder',
  localName: noName.local,
  remoteName: noName.remote,
  size: 0,
  md5: null,
  identity: '' as Identity,
  stamp: '',
  putSweep: 0,
  movedSweep: 0,
} as const;

const rootLocal = {
  node: ROOT_NODE,
  parent: null,
  name: noName.local,
  md5: null,
  racy: false,
  entry: ROOT_ENTRY,
  trouble: null,
  released: false,
} as const;

function rootRemote(id: RemoteId, nowMs: number) {
  const flags = { absentSince: null, unlisted: false, released: false } as const;
  return {
    ...flags,
    id,
    parent: null,
    kind: 'folder',
    name: noName.remote,
    size: 0,
    md5: null,
    entry: ROOT_ENTRY,
    firstSeenMs: nowMs,
  } as const;
}

function changeRoot({ base, remote }: { base: BaseRows; remote: RemoteRows }, id: RemoteId, nowMs: number): void {
  const before = remote.ofEntry(ROOT_ENTRY);
  if (before === null) throw new SyncError('bug', { detail: 'the state has no roots yet' });
  if (before.id === id) return;
  // The folder that becomes the root may have been a row below the old one, with an entry of its own.
  const rival = base.ofRemote(id);
  if (rival !== null) base.drop(rival.entry);
  remote.dropRoot(before);
  remote.put(rootRemote(id, nowMs), 0);
  remote.reparent(before.id, id);
  base.setRemote(ROOT_ENTRY, id);
}
