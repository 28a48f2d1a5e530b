/** Keeps the rules, and the state's copy of them, in step with the ignore files that a scan meets. */
import type { LocalTrouble, NodeNumber } from '../core/entry.ts';
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
  /** What the state has of the folder itself. */
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
  { path, node, trouble }: IgnoreFilePlace,
  stat: DiskStat | null,
  { root, disk, clock, rules, tree }: IgnoreFileOptions,
): Promise<IgnoreFileTaken> {
  const have = rules.fileIn(path);
  // A folder of that name is a folder, as git has it. A link could lead anywhere; it is not followed, but it is not nothing.
  if (stat === null || stat.type === 'folder') {
    if (have === null) return 'same';
    rules.setFile(path, null);
    tree.setIgnoreFile(node, null);
    return 'changed';
  }
  if (stat.type !== 'file') return { unreadable: 'it is a link or special file' };
  if (stat.size > longestFile) return { unreadable: 'it is longer than 256 KiB' };
  const { stamp } = seenOf(stat);
  const stampRead = tree.ignoreFileStamp(node);
  // Not by the file's row: a version that came from elsewhere has one before anybody read its rules.
  if (have !== null && trouble !== 'ignore/unreadable' && stamp === stampRead) return 'same';
  const readMs = clock.now();
  try {
    const bytes = await inFolder({ root, disk }, path, (folder) => disk.readFile(`${folder}/${IGNORE_FILE}`));
    const text = new TextDecoder().decode(bytes);
    const [wrong] = rules.setFile(path, text);
    if (wrong !== undefined) return { unreadable: `line ${wrong.rule.line}: ${wrong.detail}` };
    const read = { text, stamp: isRacy(stat, readMs) ? null : stamp };
    if (text !== have || read.stamp !== stampRead) tree.setIgnoreFile(node, read);
    return text === have ? 'same' : 'changed';
  } catch (error) {
    const code = error instanceof SyncError ? error.code : errnoOf(error);
    if (code === null) throw error;
    return { unreadable: code };
  }
}
