/** What must be true once all rest: of folders on several computers, of the host, and of what people wrote. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { md5Of } from '../support/snapshot.ts';
import type { Shape } from '../support/snapshot.ts';

/** Content that somebody wrote and did not replace or remove since. */
export interface Written {
  readonly who: string;
  readonly path: string;
  readonly content: string;
}

/** MD5s of all that the host keeps, its trash too, and by path what is active below `/Cloud`. The host must not be running. */
export function readHost(folder: string): { readonly kept: ReadonlySet<string>; readonly active: Shape } {
  const database = new Database(join(folder, 'host.db'), { readonly: true });
  try {
    const folders = database.prepare(`SELECT id, parent_id, name FROM folders WHERE status = 'active'`).all() as {
      id: number;
      parent_id: number;
      name: string;
    }[];
    const files = database.prepare(`SELECT folder_id, name, md5, status FROM files`).all() as {
      folder_id: number;
      name: string;
      md5: string;
      status: string;
    }[];
    const byId = new Map(folders.map((row) => [row.id, row]));
    const pathOf = (id: number): string | null => {
      const row = byId.get(id);
      if (row === undefined) return null;
      if (row.name === 'Cloud' && !byId.has(row.parent_id)) return '';
      const above = pathOf(row.parent_id);
      return above === null ? null : `${above}${row.name}/`;
    };
    const active = new Map<string, string>();
    const put = (path: string, what: string): void => {
      let free = path;
      for (let nth = 2; active.has(free); nth++) free = `${path} #${nth}`;
      active.set(free, what);
    };
    for (const { id } of folders) {
      const path = pathOf(id);
      if (path !== null && path !== '') put(path.slice(0, -1), 'folder');
    }
    for (const { folder_id, name, md5, status } of files) {
      const above = status === 'active' ? pathOf(folder_id) : null;
      if (above !== null) put(above + name, md5);
    }
    for (const path of [...active.keys()]) if (path.startsWith('yetisync-staging')) active.delete(path);
    return { kept: new Set(files.map(({ md5 }) => md5)), active };
  } finally {
    database.close();
  }
}

/** MD5s of all files below a folder, such as a trash. */
export function contentsBelow(folder: string): ReadonlySet<string> {
  const found = new Set<string>();
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) found.add(md5Of(readFileSync(join(entry.parentPath, entry.name))));
  return found;
}

/** One line for each content that is kept nowhere. */
export function lostOf(written: readonly Written[], kept: ReadonlySet<string>): string[] {
  return written
    .filter(({ content }) => !kept.has(md5Of(content)))
    .map(({ who, path, content }) => `lost: ${who} wrote ${JSON.stringify(content)} to ${path}`);
}

/** Copies of conflicts that never were, and files that are there twice: of files that only one person ever touches. */
export function needlessIn(shape: Shape): string[] {
  return [...shape.keys()]
    .filter((path) => /\/(?:A|B|web)\d+(?: \(conflict|[^/]* \(\d+\))/.test(path))
    .map((path) => `needless: ${path}`);
}
