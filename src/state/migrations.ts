/**
 * The shape of the state database, as the steps that lead to it. Step n leads from `user_version` n to n + 1. What must
 * hold: a step that was ever released is never changed, only followed by another; before a step the file is copied.
 */
import { SyncError } from '../errors.ts';
import { copyTo } from './copy.ts';
import { openDatabase } from './database.ts';
import type { Database } from './database.ts';

/**
 * Unique indexes are where "no two rows claim one path or one entry" is kept. `base.open` is the index of disagreement
 * (open-index.ts). `base.displaced`, 0 or the entry's own number, marks a place that another entry has taken since: the
 * row is outdated until its own operation is recorded, and must not stand in the other's way (two entries that swap names
 * are recorded one by one).
 */
const first = `
CREATE TABLE base (
  entry INTEGER PRIMARY KEY,
  parent INTEGER,
  kind TEXT NOT NULL CHECK (kind IN ('file', 'folder')),
  local_name TEXT NOT NULL,
  remote_name TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  size INTEGER NOT NULL,
  md5 TEXT,
  identity TEXT NOT NULL,
  stamp TEXT NOT NULL,
  put_sweep INTEGER NOT NULL,
  open INTEGER NOT NULL CHECK (open IN (0, 1)),
  displaced INTEGER NOT NULL CHECK (displaced IN (0, entry))
) STRICT;
CREATE UNIQUE INDEX base_remote ON base (remote_id);
CREATE UNIQUE INDEX base_place ON base (parent, local_name, displaced);
CREATE INDEX base_open ON base (entry) WHERE open = 1;

CREATE TABLE local (
  node INTEGER PRIMARY KEY AUTOINCREMENT,
  parent INTEGER,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('file', 'folder', 'special')),
  size INTEGER NOT NULL,
  identity TEXT NOT NULL,
  stamp TEXT NOT NULL,
  changed_at REAL NOT NULL,
  md5 TEXT,
  racy INTEGER NOT NULL CHECK (racy IN (0, 1)),
  entry INTEGER,
  trouble TEXT,
  released INTEGER NOT NULL CHECK (released IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX local_place ON local (parent, name);
CREATE UNIQUE INDEX local_entry ON local (entry) WHERE entry IS NOT NULL;
CREATE INDEX local_new ON local (node) WHERE entry IS NULL;

CREATE TABLE remote (
  id TEXT PRIMARY KEY,
  parent TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('file', 'folder')),
  name TEXT NOT NULL,
  size INTEGER NOT NULL,
  md5 TEXT,
  entry INTEGER,
  first_seen REAL NOT NULL,
  absent_since INTEGER,
  unlisted INTEGER NOT NULL CHECK (unlisted IN (0, 1)),
  released INTEGER NOT NULL CHECK (released IN (0, 1)),
  written INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX remote_place ON remote (parent, name);
CREATE UNIQUE INDEX remote_entry ON remote (entry) WHERE entry IS NOT NULL;
CREATE INDEX remote_new ON remote (id) WHERE entry IS NULL;
CREATE INDEX remote_absent ON remote (absent_since) WHERE absent_since IS NOT NULL;

CREATE TABLE ignore_file (node INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE trashed (id TEXT PRIMARY KEY, at REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE intent (number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL) STRICT;

CREATE TABLE problem (
  number INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  code TEXT NOT NULL,
  detail TEXT,
  fingerprint TEXT NOT NULL,
  since REAL NOT NULL,
  tries INTEGER NOT NULL,
  next_try REAL NOT NULL
) STRICT;

CREATE TABLE held (
  number INTEGER PRIMARY KEY,
  side TEXT NOT NULL CHECK (side IN ('local', 'remote')),
  path TEXT NOT NULL,
  entry INTEGER NOT NULL,
  entry_kind TEXT NOT NULL CHECK (entry_kind IN ('file', 'folder')),
  fingerprint TEXT NOT NULL,
  approved INTEGER NOT NULL CHECK (approved IN (0, 1)),
  since REAL NOT NULL
) STRICT;

CREATE TABLE run (
  run INTEGER PRIMARY KEY AUTOINCREMENT,
  started REAL NOT NULL,
  ended REAL,
  exit INTEGER,
  counts TEXT NOT NULL
) STRICT;

CREATE TABLE history (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL,
  at REAL NOT NULL,
  kind TEXT NOT NULL,
  side TEXT CHECK (side IN ('local', 'remote')),
  path TEXT NOT NULL,
  reason TEXT NOT NULL,
  facts TEXT NOT NULL,
  removals INTEGER NOT NULL
) STRICT;
CREATE INDEX history_run ON history (run);
CREATE INDEX history_path ON history (path);
CREATE INDEX history_removals ON history (side, at) WHERE removals > 0;

CREATE TABLE fact (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('openings', 0), ('firstFreeEntry', 2), ('sweepBegun', 0), ('sweepCompleted', 0);
`;

/** Few entries have two names, and each pass asks for them. */
const namedApart = `
CREATE INDEX base_named_apart ON base (entry) WHERE local_name <> remote_name;
`;

/** What the host has already is copied there: a file is first looked for by its size, then by its content. */
const content = `
CREATE INDEX base_content ON base (size, md5) WHERE kind = 'file';
`;

/** What base said of an entry before a run changed it (former.ts); without a kind: there was no such entry. */
const former = `
CREATE TABLE former (
  run INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  kind TEXT CHECK (kind IN ('file', 'folder')),
  parent INTEGER,
  local_name TEXT,
  remote_id TEXT,
  size INTEGER,
  md5 TEXT,
  PRIMARY KEY (run, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_entry ON former (entry, run);
`;

/**
 * By which a file of the host is known for itself: hosts that are put back to an older state hand ids out again. Of what listings no longer show
 * it is kept for as long as base knows the id.
 */
const shortUrls = `
ALTER TABLE remote ADD COLUMN short_url TEXT;
CREATE TABLE vanished (id TEXT PRIMARY KEY, short_url TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Few rows are in trouble, and each status asks for them. */
const troubles = `
CREATE INDEX local_trouble ON local (node) WHERE trouble IS NOT NULL;
`;

/** By what it is known that an ignore file is still the one that was read: its row may be of a version that nobody read as rules. */
const rulesRead = `
ALTER TABLE ignore_file ADD COLUMN stamp TEXT;
`;

/** What was moved a moment ago, or is still to follow its folder, does not go with a folder that somebody removes meanwhile. */
const moved = `
ALTER TABLE base ADD COLUMN moved_sweep INTEGER NOT NULL DEFAULT 0;
`;

export const steps: readonly string[] = [first, namedApart, content, former, shortUrls, troubles, rulesRead, moved];

/** What was there before: no file, a file without anything in it (its making was cut off, or it was emptied), or a state. */
export type Origin = 'missing' | 'empty' | 'kept';

/**
 * Brings the database to the shape of the last step. Throws `state/newer` if it is beyond that, `state/corrupt` if it
 * does not have the shape that its version says.
 */
export function migrate(
  database: Database,
  options: { readonly found: boolean; readonly steps: readonly string[] },
): Origin {
  const version = Number(database.pragma('user_version'));
  if (version > options.steps.length) {
    const detail = `version ${String(version)}, this yetisync knows ${String(options.steps.length)}`;
    throw new SyncError('state/newer', { path: database.path, detail });
  }
  const shape = shapeOf(database);
  if (version < 0 || (version === 0 && shape.size > 0)) {
    throw new SyncError('state/corrupt', { path: database.path, detail: 'not a state database of yetisync' });
  }
  // Looked at before anything is changed: a step would stumble over the missing table, or hide that it was missing.
  requireShape(database, shape, options.steps.slice(0, version));
  for (const [index, step] of options.steps.entries()) {
    if (index < version) continue;
    if (index > 0 && version > 0) backUp(database, index + 1);
    database.transaction(() => {
      database.exec(step);
      database.pragma(`user_version = ${String(index + 1)}`);
    });
  }
  if (!options.found) return 'missing';
  return version === 0 ? 'empty' : 'kept';
}

type Shape = ReadonlyMap<string, string | null>;

function shapeOf(database: Database): Shape {
  const rows = database
    .prepare<{ name: string; sql: string | null }>('SELECT name, sql FROM sqlite_schema ORDER BY name')
    .all();
  return new Map(rows.map(({ name, sql }) => [name, sql]));
}

/** The steps themselves, run on nothing, say what must be there: no second list to keep in step with them. */
function requireShape(database: Database, shape: Shape, passed: readonly string[]): void {
  for (const [name, sql] of shapeAfter(passed)) {
    if (shape.get(name) === sql) continue;
    const detail = shape.has(name) ? `${name} is not as it was made` : `${name} is missing`;
    throw new SyncError('state/corrupt', { path: database.path, detail });
  }
}

/** By the text of the steps: a process that opens many states runs them on nothing once. */
const knownShapes = new Map<string, Shape>();

function shapeAfter(passed: readonly string[]): Shape {
  const text = passed.join('');
  const known = knownShapes.get(text);
  if (known !== undefined) return known;
  const { database: model } = openDatabase(':memory:');
  try {
    for (const step of passed) model.exec(step);
    const shape = shapeOf(model);
    knownShapes.set(text, shape);
    return shape;
  } finally {
    model.close();
  }
}

function backUp(database: Database, towards: number): void {
  if (database.path === ':memory:') return;
  const target = `${database.path}.before-v${String(towards)}`;
  try {
    copyTo(target, database.path);
  } catch (cause) {
    // Whatever is wrong with the copy, a state that is well must not be taken for a damaged one because of it.
    throw new SyncError('state/unwritable', {
      path: target,
      detail: 'no copy could be made before the upgrade',
      cause,
    });
  }
}
