/** Keeps the rules, and the state's copy of them, in step with the ignore files that a scan meets. */
import type { LocalTrouble, NodeNumber, Stamp } from '../core/entry.ts';
import { IGNORE_FILE } from '../core/ignore.ts';
import type { IgnoreRules } from '../core/ignore.ts';
import type { RelPath } from '../core/path.ts';
import { SyncError } from '../errors.ts';
import type { Clock, Disk, DiskStat, LocalTree } from '../ports.ts';
import { errnoOf } from './disk-errors.ts';
import { inFolder } from './places.ts';
import { isRacy, seenOf } from './seen.ts';

/** Far more than rules that a person wrote; a scan holds them all in memory. */
const longestFile = 256 * 1024;

export interface IgnoreFilePlace {
  readonly path: RelPath;
  readonly node: NodeNumber;
  /** What the state has of the ignore file, if it has it, and of the folder itself. */
  readonly stamp: Stamp | null;
  readonly trouble: LocalTrouble | null;
}

export interface IgnoreFileOptions {
  readonly root: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly rules: IgnoreRules;
  readonly tree: LocalTree;
}

/** `unreadable`: why; where a line is to blame, which. */
export type IgnoreFileTaken = 'same' | 'changed' | { readonly unreadable: string };

/**
 * `unreadable`: there is one, but what it says is not known. Then nothing of the folder may be decided: rules that
 * cannot be read must not come out as "ignore nothing".
 */
export async function takeIgnoreFile(
  { path, node, stamp, trouble }: IgnoreFilePlace,
  stat: DiskStat | null,
  { root, disk, clock, rules, tree }: IgnoreFileOptions,
): Promise<IgnoreFileTaken> {
  const have = rules.fileIn(path);
  const put = (text: string | null): IgnoreFileTaken => {
    if (text === have) return 'same';
    const [wrong] = rules.setFile(path, text);
    if (wrong !== undefined) return { unreadable: `line ${wrong.rule.line}: ${wrong.detail}` };
    tree.setIgnoreFile(node, text);
    return 'changed';
  };

  // A folder of that name is a folder, as git has it. A link could lead anywhere; it is not followed, but it is not nothing.
  if (stat === null || stat.type === 'folder') return put(null);
  if (stat.type !== 'file') return { unreadable: 'it is a link or special file' };
  if (stat.size > longestFile) return { unreadable: 'it is longer than 256 KiB' };
  const unchanged = have !== null && trouble !== 'ignore/unreadable' && stamp === seenOf(stat).stamp;
  if (unchanged && !isRacy(stat, clock.now())) return 'same';
  try {
    const bytes = await inFolder({ root, disk }, path, (folder) => disk.readFile(`${folder}/${IGNORE_FILE}`));
    return put(new TextDecoder().decode(bytes));
  } catch (error) {
    const code = error instanceof SyncError ? error.code : errnoOf(error);
    if (code === null) throw error;
    return { unreadable: code };
  }
}
