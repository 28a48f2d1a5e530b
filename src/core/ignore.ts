/**
 * Which paths are none of yetisync's business. Rules are written as in `.gitignore` and lie in layers: what everybody
 * wants to be ignored, above it the config's patterns, above those the ignore files of the tree, deeper ones last. The last
 * rule that matches decides, so a `!` takes something back in; below an ignored folder nothing is looked at. What
 * belongs to yetisync itself is decided before any rule and cannot be taken back in.
 *
 * A rule that means nothing is a problem that is returned: it never quietly ignores nothing.
 */
import ignore from 'ignore';
import type { Ignore } from 'ignore';
import type { EntryKind } from './entry.ts';
import { localNameFor } from './names.ts';
import { isWithin, nameOf, parentOf, ROOT } from './path.ts';
import type { RelPath, RemoteName } from './path.ts';

export const IGNORE_FILE = '.yetisyncignore';
/** yetisync's own folder at the top of a pair. */
export const OWN_FOLDER = '.yetisync';
/**
 * A file or folder of the person's that stands aside at the top for a moment, while names are exchanged. No rule can hide it: a run
 * that ended in that moment would leave it there for ever.
 */
export const PARKED_PREFIX = '.yetisync-parked-';
/** Where new versions stand on the host until they are published. */
export const STAGING_FOLDER = 'yetisync-staging';

/**
 * Debris of systems and editors: made by programs, of use only where and while they run. Nothing a person could have
 * named a file of theirs: what is missed silently is worse than what is uploaded needlessly.
 */
export const builtInPatterns: readonly string[] = [
  // macOS
  '.DS_Store',
  '._*',
  '.AppleDouble/',
  '.LSOverride',
  '.Spotlight-V100/',
  '.TemporaryItems/',
  '.Trashes/',
  '.fseventsd/',
  '.apdisk',
  'Icon[\r]',
  // Windows
  '[Tt]humbs.db',
  '[Ee]hthumbs.db',
  '[Dd]esktop.ini',
  '$RECYCLE.BIN/',
  'System Volume Information/',
  // Linux
  '.Trash-[0-9]*/',
  '.fuse_hidden*',
  '.nfs[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]*',
  '/lost+found/',
  // office programs' locks
  '~$*',
  '.~lock.*#',
  // editors: swap files, locks, what a save leaves for a moment, the version before
  '.*.sw[g-p]',
  '.#*',
  '\\#*#',
  '.*.kate-swp',
  '.goutputstream-*',
  '.gedit-save-*',
  '*~',
  // downloads of browsers under way
  '*.crdownload',
];

/** Where a rule stands. */
export type IgnoreSource = 'built-in' | 'config' | 'exclude' | RelPath;

export interface IgnoreRule {
  readonly pattern: string;
  /** The path of an ignore file, or one of the layers beneath them. */
  readonly source: IgnoreSource;
  /** Counted from 1; in the config the place in the list. `null`: built in. */
  readonly line: number | null;
}

export type IgnoreVerdict =
  | { readonly ignored: true; readonly rule: IgnoreRule }
  /** `takenBackIn`: a rule with `!` matched last. */
  | { readonly ignored: false; readonly takenBackIn: boolean };

export interface IgnoreProblem {
  readonly rule: IgnoreRule;
  readonly detail: string;
}

export interface IgnoreRules {
  /** Whether `path` is ignored, by itself or because it lies in an ignored folder. The root never is. */
  test(path: RelPath, kind: EntryKind): IgnoreVerdict;
  /** Moves with each change. */
  readonly revision: number;
  /** The text of the ignore file in `folder`; `null`: there is none. */
  fileIn(folder: RelPath): string | null;
  /** Puts, replaces or (`null`) takes away the ignore file of one folder. With problems, nothing was changed. */
  setFile(folder: RelPath, text: string | null): readonly IgnoreProblem[];
}

export interface IgnoreLayers {
  /** Folders of the host that this computer leaves out, `Videos/old`: what stands here in their place is let alone too. No rule takes it back in. */
  readonly excluded?: readonly string[];
  readonly config: readonly string[];
  readonly files: readonly { readonly folder: RelPath; readonly text: string }[];
}

/** Rules that are wrong are left out and told of; what stands in such a file holds for nobody until it is mended. */
export function buildIgnoreRules({ excluded = [], config, files }: IgnoreLayers): {
  readonly rules: IgnoreRules;
  readonly problems: readonly IgnoreProblem[];
} {
  const beneath = [
    ...builtInPatterns.map((pattern): IgnoreRule => ({ pattern, source: 'built-in', line: null })),
    ...config.map((pattern, at): IgnoreRule => ({ pattern, source: 'config', line: at + 1 })),
  ].filter(({ pattern }) => isRule(pattern));
  const problems: IgnoreProblem[] = [];
  const sound = beneath.filter((rule) => {
    // A test tries each of ours once, instead of each pass all of them.
    const found = rule.source === 'built-in' ? [] : problemsOf(rule);
    problems.push(...found);
    return found.length === 0;
  });
  const rules = new LayeredRules(sound, excluded.map(shownHere));
  for (const { folder, text } of files) problems.push(...rules.setFile(folder, text));
  return { rules, problems };
}

const unmatched: IgnoreVerdict = { ignored: false, takenBackIn: false };
const takenBackIn: IgnoreVerdict = { ignored: false, takenBackIn: true };

interface IgnoreFile {
  readonly text: string;
  readonly rules: readonly IgnoreRule[];
}

/** The package keeps every path it was ever asked about; after this many it is made anew (which costs microseconds). */
const pathsKept = 4_096;

class Matcher {
  readonly #rules: readonly IgnoreRule[];
  #compiled: Ignore;
  #asked = 0;

  constructor(rules: readonly IgnoreRule[]) {
    this.#rules = rules;
    // Case decides, as on the disks and on the host; the package's own default is otherwise.
    this.#compiled = ignore({ ignorecase: false });
    this.#compiled.add(rules.map((rule, at) => ({ pattern: fromRoot(rule), mark: String(at) })));
  }

  test(path: RelPath, kind: EntryKind): IgnoreVerdict {
    if (++this.#asked % pathsKept === 0) this.#compiled = ignore({ ignorecase: false }).add(this.#compiled);
    const { ignored, unignored, rule } = this.#compiled.test(kind === 'folder' ? `${path}/` : path);
    if (!ignored) return unignored ? takenBackIn : unmatched;
    const found = this.#rules[Number(rule?.mark)];
    return found === undefined ? unmatched : { ignored, rule: found };
  }
}

class LayeredRules implements IgnoreRules {
  readonly #beneath: readonly IgnoreRule[];
  readonly #files = new Map<RelPath, IgnoreFile>();
  /** By the deepest folder with an ignore file that has a say; one for all folders below it. */
  readonly #matchers = new Map<RelPath, Matcher>();
  /** Paths are asked for folder by folder. */
  #last: { readonly folder: RelPath; readonly matcher: Matcher } | null = null;

  readonly #excluded: readonly string[];
  #revision = 0;

  constructor(beneath: readonly IgnoreRule[], excluded: readonly string[]) {
    this.#beneath = beneath;
    this.#excluded = excluded;
  }

  test(path: RelPath, kind: EntryKind): IgnoreVerdict {
    if (path === ROOT) return unmatched;
    const folder = this.#excluded.find((one) => isWithin(path, one as RelPath));
    if (folder !== undefined) return { ignored: true, rule: { pattern: `/${folder}`, source: 'exclude', line: null } };
    return ownOf(path) ?? this.#matcherFor(parentOf(path)).test(path, kind);
  }

  get revision(): number {
    return this.#revision;
  }

  fileIn(folder: RelPath): string | null {
    return this.#files.get(folder)?.text ?? null;
  }

  setFile(folder: RelPath, text: string | null): readonly IgnoreProblem[] {
    if (text === this.fileIn(folder)) return [];
    const rules = text === null ? [] : rulesIn(folder, text);
    const problems = rules.flatMap(problemsOf);
    if (problems.length > 0) return problems;
    if (text === null) this.#files.delete(folder);
    else this.#files.set(folder, { text, rules });
    for (const at of this.#matchers.keys()) if (isWithin(at, folder)) this.#matchers.delete(at);
    this.#last = null;
    this.#revision++;
    return [];
  }

  #matcherFor(folder: RelPath): Matcher {
    if (this.#last?.folder === folder) return this.#last.matcher;
    let deepest = folder;
    while (deepest !== ROOT && !this.#files.has(deepest)) deepest = parentOf(deepest);
    let matcher = this.#matchers.get(deepest);
    if (matcher === undefined) {
      matcher = new Matcher([...this.#beneath, ...this.#rulesDownTo(deepest)]);
      this.#matchers.set(deepest, matcher);
    }
    this.#last = { folder, matcher };
    return matcher;
  }

  #rulesDownTo(folder: RelPath): IgnoreRule[] {
    const own = this.#files.get(folder)?.rules ?? [];
    return folder === ROOT ? [...own] : [...this.#rulesDownTo(parentOf(folder)), ...own];
  }
}

/** As a folder of the host is called here. */
function shownHere(folder: string): string {
  return folder
    .split('/')
    .map((name) => localNameFor(name as RemoteName) ?? name)
    .join('/');
}

/** Whatever the case: on many disks `.YetiSync` is the same folder. */
function ownOf(path: RelPath): IgnoreVerdict | null {
  const slash = path.indexOf('/');
  const top = (slash < 0 ? path : path.slice(0, slash)).toLowerCase();
  if (top.startsWith(PARKED_PREFIX)) return { ignored: false, takenBackIn: false };
  if (top !== OWN_FOLDER && top !== STAGING_FOLDER) return null;
  return { ignored: true, rule: { pattern: `/${top}/`, source: 'built-in', line: null } };
}

function rulesIn(folder: RelPath, text: string): IgnoreRule[] {
  const source = (folder === ROOT ? IGNORE_FILE : `${folder}/${IGNORE_FILE}`) as RelPath;
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((pattern, at) => ({ pattern, source, line: at + 1 }))
    .filter(({ pattern }) => isRule(pattern));
}

/** Neither blank nor a comment. */
function isRule(line: string): boolean {
  return line.trim() !== '' && !line.startsWith('#');
}

/** Why a rule of the config means nothing, in a few words; `null`: it is sound, or blank, or a comment. */
export function faultOfRule(pattern: string): string | null {
  if (!isRule(pattern)) return null;
  return problemsOf({ pattern, source: 'config', line: null })[0]?.detail ?? null;
}

/** What the package would drop, never match or fail on, it is silent about. */
function problemsOf(rule: IgnoreRule): IgnoreProblem[] {
  const detail = faultOf(rule.pattern) ?? faultOfCompiling(rule);
  return detail === null ? [] : [{ rule, detail }];
}

function faultOf(pattern: string): string | null {
  // eslint-disable-next-line no-control-regex -- a file with these is no text: half written, or something else altogether
  if (/[\0-\x08\x0e-\x1f\uFFFD]/.test(pattern)) return 'not text';
  const { body } = partsOf(pattern);
  if (body === '' || body === '/') return 'nothing to match';
  if (endsInSingleBackslash(body)) return 'ends in a single \\';
  if (body.split('/').some((part) => part === '.' || part === '..')) return 'paths must not hold . or ..';
  return hasOpenBracket(body) ? '[ without ]' : null;
}

function faultOfCompiling(rule: IgnoreRule): string | null {
  try {
    // The package compiles a rule when it is first needed.
    ignore({ ignorecase: false })
      .add({ pattern: fromRoot(rule) })
      .test('a/b');
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A `]` directly behind `[` or `[!` stands for itself. */
function hasOpenBracket(body: string): boolean {
  const bare = body.replace(/\\./g, '_');
  for (let open = bare.indexOf('['); open >= 0;) {
    const first = /[!^]/.test(bare[open + 1] ?? '') ? open + 2 : open + 1;
    const close = bare.indexOf(']', first + 1);
    if (close < 0) return true;
    open = bare.indexOf('[', close);
  }
  return false;
}

function partsOf(pattern: string): { readonly negative: boolean; readonly body: string } {
  const negative = pattern.startsWith('!');
  return { negative, body: withoutTrailingSpaces(negative ? pattern.slice(1) : pattern) };
}

/** They do not count, unless escaped. */
function withoutTrailingSpaces(body: string): string {
  let end = body.length;
  while (body[end - 1] === ' ' && !endsInSingleBackslash(body.slice(0, end - 1))) end--;
  return body.slice(0, end);
}

function endsInSingleBackslash(body: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*\\$/.test(body);
}

/**
 * The same rule as if it stood in the root's ignore file. One set of rules for the whole chain is what lets a deeper
 * file take back in what a higher one ignores; the package knows nothing of layers.
 */
function fromRoot({ pattern, source }: IgnoreRule): string {
  if (source === 'built-in' || source === 'config' || source === 'exclude') return pattern;
  const folder = parentOf(source);
  if (folder === ROOT || nameOf(source) !== IGNORE_FILE) return pattern;
  const { negative, body } = partsOf(pattern);
  const anchored = body.slice(0, -1).includes('/');
  const base = folder.replace(/[\\*?[\]]/g, '\\$&');
  return `${negative ? '!' : ''}/${base}/${anchored ? body.replace(/^\//, '') : `**/${body}`}`;
}
