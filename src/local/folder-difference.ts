/**
 * What a look at one folder changes in the state: the folder as it was read against the folder as it is known. Reads
 * contents only where nothing cheaper can tell: of files that have a base, stand at its size and may have been touched.
 */
import { markOf } from '../core/entry.ts';
import type { EntryKind, LocalKind, LocalTrouble, Md5 } from '../core/entry.ts';
import type { IgnoreRules } from '../core/ignore.ts';
import { joinPath } from '../core/path.ts';
import type { LocalName, RelPath } from '../core/path.ts';
import { hasCode } from '../errors.ts';
import type { Clock, Disk, FolderDifference, KnownChild, LocalFiles, LocalFinding } from '../ports.ts';
import { isMissing } from './disk-errors.ts';
import { troubleOf } from './folder-reading.ts';
import type { FolderPlace, FolderReading, ReadChild } from './folder-reading.ts';
import { isRacy, seenOf } from './seen.ts';
import type { Slices } from './slices.ts';

export interface DifferenceOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly files: Pick<LocalFiles, 'hash'>;
  readonly rules: IgnoreRules;
  readonly slices: Slices;
  readonly signal: AbortSignal | undefined;
  readonly onHashed: (bytes: number) => void;
}

export interface ReadDifference extends FolderDifference {
  /** Somebody was writing to some of the files: the state keeps what it had of them until they are looked at again. */
  readonly unsettled: boolean;
}

type Reading = Extract<FolderReading, { kind: 'read' }>;

/** Rejects with `stopped`, and on bugs, only. */
export async function differenceOf(
  place: FolderPlace,
  reading: Reading,
  known: ReadonlyMap<LocalName, KnownChild>,
  options: DifferenceOptions,
): Promise<ReadDifference> {
  const put: LocalFinding[] = [];
  const gone: KnownChild['node'][] = [];
  const ignored: KnownChild['node'][] = [];
  let unsettled = false;

  for (const child of reading.children.values()) {
    if (options.slices.over) await options.slices.rest();
    const before = known.get(child.name);
    const same = before?.kind === child.kind ? before : undefined;
    if (same !== undefined && isAsKnown(child, same)) continue;
    const content = await contentOf(child, same, place, options);
    if (content === 'changing') {
      unsettled = true;
      continue;
    }
    if (before !== undefined && same === undefined) gone.push(before.node);
    const finding = findingOf(content, same);
    if (same === undefined || differs(finding, same)) put.push(finding);
  }

  for (const before of known.values()) {
    if (reading.children.has(before.name)) continue;
    // Also when it is not there: what happens under a rule is not a removal.
    const { ignored: hidden } = options.rules.test(joinPath(place.path, before.name), ruleKind(before.kind));
    (hidden ? ignored : gone).push(before.node);
  }
  return { put, gone, ignored, trouble: null, isFree: isFreeOf(reading), unsettled };
}

/**
 * What `differenceOf` comes to where each child has the mark that it is known by, as it is with nearly all folders, nearly always; `null`: some
 * have not. What has trouble, or a stamp that says nothing, has no mark: of that more is to be asked.
 */
export function noDifference(reading: Reading, marks: ReadonlyMap<LocalName, string>): ReadDifference | null {
  const { children } = reading;
  if (children.size !== marks.size) return null;
  for (const child of children.values()) if (marks.get(child.name) !== markOf(child)) return null;
  return { put: [], gone: [], ignored: [], trouble: null, isFree: isFreeOf(reading), unsettled: false };
}

/** Whether nothing in the folder is left alone. */
function isFreeOf({ children, names }: Reading): boolean {
  return names.length === children.size && ![...children.values()].some(isLeftAlone);
}

function isLeftAlone({ kind }: ReadChild): boolean {
  return kind === 'special';
}

/** Nothing to read and nothing to write: so it is with nearly all of them, nearly always. */
function isAsKnown(child: ReadChild, known: KnownChild): boolean {
  if (child.stamp !== known.stamp || child.identity !== known.identity || known.racy) return false;
  if (child.kind === 'folder') return true;
  return child.trouble === known.trouble && (known.md5 !== null || known.baseSize !== child.size);
}

/** What a child turned out to hold. */
interface Content {
  readonly child: ReadChild;
  readonly md5: Md5 | null;
  readonly racy: boolean;
  readonly trouble: LocalTrouble | null;
}

async function contentOf(
  child: ReadChild,
  known: KnownChild | undefined,
  place: FolderPlace,
  options: DifferenceOptions,
): Promise<Content | 'changing'> {
  // A folder's trouble is what the look into it finds, not what the look at it from above does.
  if (child.kind === 'folder') return { child, md5: null, racy: false, trouble: known?.trouble ?? null };
  if (child.kind === 'special' || known === undefined) return { child, md5: null, racy: false, trouble: child.trouble };

  const untouched = known.stamp === child.stamp && !known.racy;
  // Either way nothing has to be read: without a base nobody asks yet, and another size than base's is another content.
  if (known.baseSize !== child.size) return { child, md5: untouched ? known.md5 : null, racy: false, trouble: null };
  if (untouched && known.md5 !== null) return { child, md5: known.md5, racy: false, trouble: null };
  return hashed(child, place, options);
}

/** How often a file may change under the reader before it is left for the next look. */
const attempts = 3;

async function hashed(first: ReadChild, place: FolderPlace, options: DifferenceOptions): Promise<Content | 'changing'> {
  const { disk, clock, files, signal, onHashed } = options;
  const path: RelPath = joinPath(place.path, first.name);
  let child = first;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const startedMs = clock.now();
    try {
      const md5 = await files.hash(path, child.stamp, signal);
      onHashed(child.size);
      return { child, md5, racy: child.stat !== null && isRacy(child.stat, startedMs), trouble: null };
    } catch (error) {
      if (!hasCode(error, 'local/changed', 'local/missing', 'local/special')) {
        return { child, md5: null, racy: false, trouble: troubleOf(error, path) };
      }
    }
    const again = lookAgain(child, place, disk);
    if (again === null) return 'changing';
    child = again;
  }
  return 'changing';
}

/** `null`: no file is there just now, or its size moved: whoever writes is not done. */
function lookAgain(child: ReadChild, place: FolderPlace, disk: Disk): ReadChild | null {
  try {
    const stat = disk.lstatSync(`${place.absolute}/${child.name}`);
    const seen = seenOf(stat);
    return seen.kind === 'file' && seen.size === child.size ? { ...child, ...seen, stat } : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function findingOf({ child, md5, racy, trouble }: Content, known: KnownChild | undefined): LocalFinding {
  const { name, kind, size, identity, stamp, changedAtMs } = child;
  return { node: known?.node ?? null, name, kind, size, identity, stamp, changedAtMs, md5, racy, trouble };
}

function differs(finding: LocalFinding, known: KnownChild): boolean {
  return (
    finding.stamp !== known.stamp ||
    finding.identity !== known.identity ||
    finding.size !== known.size ||
    finding.md5 !== known.md5 ||
    finding.racy !== known.racy ||
    finding.trouble !== known.trouble
  );
}

function ruleKind(kind: LocalKind): EntryKind {
  return kind === 'folder' ? 'folder' : 'file';
}
