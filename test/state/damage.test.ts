import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { openState } from '../../src/state/open-state.ts';
import { migrate, steps } from '../../src/state/migrations.ts';
import { isFoundSound } from '../../src/state/sound-beside.ts';
import { setAside } from '../../src/state/set-aside.ts';
import { realDisk } from '../../src/system/disk.ts';
import { inThread } from '../../src/system/thread.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { newFolder } from './folder.ts';
import { entry, rootId, seen } from './rows.ts';
import { agree, openAt } from './trees.ts';

const failure = (code: string) => expect.objectContaining({ code }) as Error;

/** A closed state with a hundred entries, all in its one file. */
function kept(): string {
  const path = join(newFolder(), 'state.db');
  const state = openAt(path);
  state.initialise({ remoteRoot: rootId, rootSeen: seen('folder', 'root') });
  for (let number = 2; number < 102; number += 1) agree(state, number, `f${number}0`, `file ${number}`);
  state.checkpoint();
  state.close();
  return path;
}

/** Does something to the file that only SQLite can. */
function meddle(path: string, sql: string): void {
  const { database } = openDatabase(path);
  database.exec(sql);
  database.close();
}

describe('a state that is looked through beside other work', () => {
  const beside = { disk: realDisk, inThread, largeBytes: 0 };

  it('is found whole where it is, also with its last changes in the file beside it', async () => {
    const path = kept();
    expect(await isFoundSound(path, beside)).toBe(true);
    const state = openAt(path);
    agree(state, 200, 'f2000', 'file 200');
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    expect(await isFoundSound(path, beside)).toBe(true);
    state.close();
    const opened = openState({
      path,
      pair: 'pair',
      random: seededRandom('x'),
      clock: new FakeClock(),
      isFoundSound: true,
    });
    expect(opened.countEntries()).toBe(101);
    opened.close();
  });

  it('is not where it is damaged, is none, or is small: who opens it looks itself', async () => {
    const path = kept();
    expect(await isFoundSound(path, { ...beside, largeBytes: 1e7 })).toBe(false);
    expect(await isFoundSound(join(newFolder(), 'none.db'), beside)).toBe(false);
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(statSync(path).size - 8192, 0x5a), 0, null, 8192);
    closeSync(file);
    expect(await isFoundSound(path, beside)).toBe(false);
    expect(() => openAt(path)).toThrow(failure('state/corrupt'));
  });

  it('keeps nobody waiting', async () => {
    const path = kept();
    let turns = 0;
    const count = (): void => {
      turns++;
      if (turns < 1_000_000) immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    await isFoundSound(path, beside);
    clearImmediate(immediate);
    expect(turns).toBeGreaterThan(10);
  });
});

describe('a state that was kept', () => {
  it('has everything when it is opened again', () => {
    const path = kept();
    const state = openAt(path);
    expect(state.origin).toBe('kept');
    expect(state.initialised).toBe(true);
    expect(state.countEntries()).toBe(100);
    expect(state.view.base(entry(2))).toMatchObject({ localName: 'file 2', remoteId: 'f20' });
    expect(state.view.firstFreeEntry).toBe(102);
    state.close();
  });

  it('is read by its indexes however small it was when it was closed', () => {
    const path = join(newFolder(), 'state.db');
    const small = openAt(path);
    small.initialise({ remoteRoot: rootId, rootSeen: seen('folder', 'root') });
    small.close();
    const ways = (): readonly string[] => {
      const { database } = openDatabase(path);
      const asked = 'SELECT * FROM base WHERE parent = 1 AND local_name = 1';
      const rows = database.prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${asked}`).all();
      database.close();
      return rows.map(({ detail }) => detail);
    };
    expect(ways()).toEqual([expect.stringContaining('INDEX base_place (parent=? AND local_name=?)')]);
    meddle(path, 'ANALYZE');
    expect(ways()).toEqual([expect.stringContaining('SCAN base')]);
    openAt(path).close();
    expect(ways()).toEqual([expect.stringContaining('INDEX base_place (parent=? AND local_name=?)')]);
  });

  it('goes on from later moments, so that its rows still give way to listings', () => {
    const path = kept();
    const first = openAt(path);
    const before = first.remoteTree.moment();
    first.close();
    const second = openAt(path);
    expect(second.remoteTree.moment()).toBeGreaterThan(before);
    second.close();
  });

  it('is told from one that is missing and from one that is empty', () => {
    const path = join(newFolder(), 'state.db');
    const missing = openAt(path);
    expect(missing.origin).toBe('missing');
    missing.close();
    truncateSync(path);
    const empty = openAt(path);
    expect(empty.origin).toBe('empty');
    expect(empty.initialised).toBe(false);
    empty.close();
  });

  it('begins anew when only its write-ahead file is left', () => {
    const path = kept();
    const state = openAt(path);
    agree(state, 200, 'f2000', 'late');
    const left = readFileSync(`${path}-wal`);
    state.close();
    rmSync(path);
    writeFileSync(`${path}-wal`, left);
    const anew = openAt(path);
    expect(anew.origin).toBe('missing');
    expect(anew.countEntries()).toBe(0);
    anew.close();
  });

  it('is not opened for another pair', () => {
    const path = kept();
    expect(() => openAt(path, 'another')).toThrow(failure('state/corrupt'));
  });
});

describe('a copy for a look ahead', () => {
  const look = (copyOf: string) =>
    openState({ path: ':memory:', pair: 'pair', clock: new FakeClock(), random: seededRandom(1), copyOf });

  it('begins as what is kept, takes nothing from it and gives nothing to it', () => {
    const path = kept();
    const working = openAt(path);
    agree(working, 200, 'f2000', 'late');
    const ahead = look(path);
    expect(ahead.origin).toBe('kept');
    expect(ahead.countEntries()).toBe(101);
    expect(ahead.verifyOpenIndex()).toEqual([]);
    agree(ahead, 201, 'f2010', 'only ahead');
    agree(working, 202, 'f2020', 'meanwhile');
    ahead.close();
    expect(working.countEntries()).toBe(102);
    expect(working.view.base(entry(201))).toBeNull();
    working.close();
  });

  it('begins empty when nothing is kept, and makes no file', () => {
    const folder = newFolder();
    const ahead = look(join(folder, 'state.db'));
    expect(ahead.origin).toBe('missing');
    ahead.close();
    expect(readdirSync(folder)).toEqual([]);
    const nowhere = look(join(folder, 'nowhere', 'state.db'));
    expect(nowhere.origin).toBe('missing');
    nowhere.close();
  });

  it('is refused when what is kept is damaged', () => {
    const path = kept();
    truncateSync(path, 3 * 4096);
    expect(() => look(path)).toThrow(failure('state/corrupt'));
  });
});

describe('a damaged state', () => {
  it('is refused when the file is something else', () => {
    const path = join(newFolder(), 'state.db');
    writeFileSync(path, 'Dear diary, today nothing was synced. '.repeat(200));
    expect(() => openAt(path)).toThrow(failure('state/corrupt'));
  });

  it('is refused when the end of the file is missing', () => {
    const path = kept();
    const { size } = statSync(path);
    for (const part of [0.9, 0.5, 0.1]) {
      truncateSync(path, Math.floor((size * part) / 4096) * 4096 + 100);
      expect(() => openAt(path)).toThrow(failure('state/corrupt'));
    }
  });

  it('is refused whichever page is overwritten', () => {
    const path = kept();
    const whole = readFileSync(path);
    for (let page = 0; page < whole.length / 4096; page += 1) {
      writeFileSync(path, whole);
      const file = openSync(path, 'r+');
      writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, page * 4096);
      closeSync(file);
      expect(() => openAt(path), `page ${page}`).toThrow(failure('state/corrupt'));
    }
  });

  it('is refused when a table or an index is missing or is not as it was made', () => {
    for (const sql of ['DROP TABLE intent', 'DROP INDEX base_open', 'ALTER TABLE fact ADD COLUMN more TEXT']) {
      const path = kept();
      meddle(path, sql);
      expect(() => openAt(path), sql).toThrow(failure('state/corrupt'));
    }
  });

  it('is refused when it is the database of another program', () => {
    const path = join(newFolder(), 'state.db');
    meddle(path, 'CREATE TABLE diary (day TEXT)');
    expect(() => openAt(path)).toThrow(failure('state/corrupt'));
  });

  it('is refused when an intent in it cannot be read', () => {
    const path = kept();
    meddle(path, `INSERT INTO intent (body) VALUES ('{ half')`);
    const state = openAt(path);
    expect(() => state.intents()).toThrow(failure('state/corrupt'));
    state.close();
  });

  it('is set aside whole, and a new one begins in its place', async () => {
    const path = kept();
    writeFileSync(path, 'no database');
    writeFileSync(`${path}-wal`, 'its write-ahead file');
    expect(() => openAt(path)).toThrow(failure('state/corrupt'));
    const aside = await setAside(path, { disk: realDisk, clock: new FakeClock() });
    expect(aside).toBe(`${path}.damaged-2026-01-01T00-00-00-000Z`);
    expect(readFileSync(aside, 'utf8')).toBe('no database');
    expect(existsSync(path)).toBe(false);
    const anew = openAt(path);
    expect(anew.origin).toBe('missing');
    anew.close();
  });
});

describe('a state that cannot be used', () => {
  it('is newer than this program', () => {
    const path = kept();
    meddle(path, `PRAGMA user_version = ${steps.length + 1}`);
    expect(() => openAt(path)).toThrow(failure('state/newer'));
  });

  it('lies in a folder that does not exist, or is one', () => {
    const folder = newFolder();
    expect(() => openAt(join(folder, 'nowhere', 'state.db'))).toThrow(failure('state/unwritable'));
    expect(() => openAt(folder)).toThrow(failure('state/unwritable'));
  });

  it('says so when the disk is full or read-only, and keeps what it had', () => {
    const path = kept();
    const { database } = openDatabase(path);
    const fill = () =>
      database.transaction(() => {
        for (let at = 0; at < 100; at += 1) database.exec(`INSERT INTO fact VALUES ('${at}', '${'x'.repeat(4000)}')`);
      });
    const pages = Number(database.pragma('page_count'));
    database.pragma(`max_page_count = ${pages + 2}`);
    expect(fill).toThrow(failure('state/unwritable'));
    database.pragma('query_only = ON');
    expect(fill).toThrow(failure('state/unwritable'));
    database.close();
    const state = openAt(path);
    expect(state.countEntries()).toBe(100);
    state.close();
  });
});

describe('S290: a state of an earlier version', () => {
  const more = [...steps, 'CREATE TABLE more (x INTEGER) STRICT; INSERT INTO more VALUES (1);'];

  function upgrade(path: string, to: readonly string[]): void {
    const { database, found } = openDatabase(path);
    try {
      migrate(database, { found, steps: to });
    } finally {
      database.close();
    }
  }

  it('is copied before it is brought up to date', () => {
    const path = kept();
    upgrade(path, more);
    expect(() => openAt(path)).toThrow(failure('state/newer'));
    const copy = openAt(`${path}.before-v${steps.length + 1}`);
    expect(copy.countEntries()).toBe(100);
    expect(copy.view.firstFreeEntry).toBe(102);
    expect(copy.verifyOpenIndex()).toEqual([]);
    copy.close();
    upgrade(path, more);
  });

  it('gives out no number twice in the copy either', () => {
    const path = kept();
    const state = openAt(path);
    const last = state.beginRun(1);
    state.close();
    meddle(path, 'DELETE FROM run');
    upgrade(path, more);
    const copy = openAt(`${path}.before-v${steps.length + 1}`);
    expect(copy.beginRun(2)).toBeGreaterThan(last);
    copy.close();
  });

  it('replaces the copy of an earlier attempt', () => {
    const path = kept();
    const old = openAt(`${path}.before-v${steps.length + 1}`);
    old.initialise({ remoteRoot: rootId, rootSeen: seen('folder', 'root') });
    old.close();
    upgrade(path, more);
    const copy = openAt(`${path}.before-v${steps.length + 1}`);
    expect(copy.countEntries()).toBe(100);
    copy.close();
  });

  it('stays as it was when it cannot be copied or a step fails', () => {
    const path = kept();
    expect(() => upgrade(path, [...steps, 'CREATE TABLE more (x); nonsense'])).toThrow();
    rmSync(`${path}.before-v${steps.length + 1}`);
    mkdirSync(`${path}.before-v${steps.length + 1}`);
    expect(() => upgrade(path, more)).toThrow(failure('state/unwritable'));
    const state = openAt(path);
    expect(state.countEntries()).toBe(100);
    state.close();
  });

  it('leaves no other file behind', () => {
    const path = kept();
    upgrade(path, more);
    expect(readdirSync(join(path, '..')).sort()).toEqual(['state.db', `state.db.before-v${steps.length + 1}`]);
  });
});
