/** SQLite hands out a text of its own for each row; of the few that there are one each is enough, for a million rows in memory. */
const KINDS = ['file', 'folder', 'special'] as const;

export function kindOf<Kind extends (typeof KINDS)[number]>(read: Kind): Kind {
  for (const kind of KINDS) if (kind === read) return kind as Kind;
  return read;
}
