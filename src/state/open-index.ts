/**
 * The index of disagreement: `base.open` is 1 for exactly those entries on which the three trees do not agree, so that
 * a pass costs in step with what changed and not with the size of the tree.
 *
 * `open` is a pure function of an entry's base, local and remote row and of what the parents of the latter two are
 * linked to. Whoever writes one of these touches the entry; `write` brings the flags up to date in the same transaction.
 */
import type { EntryNumber } from '../core/entry.ts';
import type { Database, Statement } from './database.ts';
import { inPages } from './in-pages.ts';

const joined = `
  FROM base b
    LEFT JOIN local l ON l.entry = b.entry
    LEFT JOIN local lp ON lp.node = l.parent
    LEFT JOIN remote r ON r.entry = b.entry
    LEFT JOIN remote rp ON rp.id = r.parent`;

const standsInPlace = `
  l.kind = b.kind AND r.kind = b.kind
    AND r.id = b.remote_id AND r.absent_since IS NULL
    AND lp.entry = b.parent AND l.name = b.local_name
    AND rp.entry = b.parent AND r.name = b.remote_name`;

const judged = `
  SELECT b.entry AS entry, b.open AS stored,
    CASE
      WHEN b.parent IS NULL THEN 0
      WHEN ${standsInPlace}
        AND (b.kind = 'folder' OR (l.md5 = b.md5 AND l.trouble IS NULL AND r.size = b.size))
      THEN 0
      ELSE 1
    END AS open
  ${joined}`;

/** What an editor put in a file's place is another file on the disk: then the one that stood there may turn up elsewhere. */
const inPlace = `
  SELECT b.entry, coalesce(${standsInPlace} AND l.identity = b.identity, 0) ${joined}
  WHERE b.open = 1 AND b.entry > ? ORDER BY b.entry LIMIT ?`;

interface Judged {
  readonly entry: EntryNumber;
  readonly stored: 0 | 1;
  readonly open: 0 | 1;
}

/** An entry whose flag is not what its rows say. There must never be one. */
export interface OpenDifference {
  readonly entry: EntryNumber;
  readonly stored: boolean;
  readonly open: boolean;
}

export class OpenIndex {
  readonly #database: Database;
  readonly #touched = new Set<EntryNumber>();
  readonly #judge: Statement<Judged>;
  readonly #judgeAll: Statement<Judged>;
  readonly #set: Statement<never>;
  readonly #inPlace: Statement<readonly [EntryNumber, 0 | 1]>;

  constructor(database: Database) {
    this.#database = database;
    this.#judge = database.prepare(`${judged} WHERE b.entry = ?`);
    this.#judgeAll = database.prepare(`SELECT * FROM (${judged}) WHERE stored <> open`);
    this.#set = database.prepare('UPDATE base SET open = ? WHERE entry = ?');
    this.#inPlace = database.prepareTuples(inPlace);
  }

  /** As `TreeView.openInPlace`. */
  *inPlace(): Generator<boolean> {
    const rows = inPages(
      0,
      (entry, most) => this.#inPlace.all(entry, most),
      ([entry]): number => entry,
    );
    for (const [, isInPlace] of rows) yield isInPlace === 1;
  }

  /** The entry's flag may be wrong from now on. */
  touch(entry: EntryNumber | null): void {
    if (entry !== null) this.#touched.add(entry);
  }

  /** One transaction, at the end of which all flags are right. */
  write<T>(work: () => T): T {
    try {
      return this.#database.transaction(() => {
        const result = work();
        this.#settle();
        return result;
      });
    } finally {
      this.#touched.clear();
    }
  }

  /** Recomputes everything and returns where the stored flags differ. Costs in step with the size of the tree. */
  differences(): readonly OpenDifference[] {
    return this.#judgeAll.all().map(({ entry, stored, open }) => ({ entry, stored: stored === 1, open: open === 1 }));
  }

  #settle(): void {
    for (const entry of this.#touched) {
      const found = this.#judge.get(entry);
      if (found !== undefined && found.stored !== found.open) this.#set.run(found.open, entry);
    }
  }
}
