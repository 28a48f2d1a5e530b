/** The invariants, as far as a program can see them from outside. Each check throws the first that is broken, with what it saw. */
import { buildIgnoreRules, IGNORE_FILE } from '../../src/core/ignore.ts';
import { ROOT } from '../../src/core/path.ts';
import type { RelPath } from '../../src/core/path.ts';
import { meaningOf } from '../../src/errors.ts';
import type { Computer, Pass } from './computer.ts';
import { EMPTY, isCopyName, withParents } from './ledger.ts';
import { keptName, receivedName } from '../../src/host/names.ts';
import { differences, shapeOf } from './snapshot.ts';
import type { Shape, Snapshot } from './snapshot.ts';
import { shownAs } from './web.ts';
import type { HostItem } from './web.ts';
import { BrokenInvariant } from './world.ts';
import type { Allowance, World } from './world.ts';

function must(invariant: string, lines: readonly string[]): void {
  if (lines.length > 0) throw new BrokenInvariant(invariant, lines);
}

// ---------------------------------------------------------------------------------------------- after every pass

export interface HostBefore {
  readonly shape: Shape;
  readonly items: readonly HostItem[];
}

/**
 * `hostBefore`: what the host had, if nobody else was at work; null: that cannot be said. `isDeceived`: the host left folders out of
 * its listings again and again, so that empty ones may be taken away here until they are listed.
 */
export function checkPass(world: World, pass: Pass, hostBefore: HostBefore | null, isDeceived = false): void {
  checkNothingDestroyed(world);
  checkLocalBytesAreSafe(world, pass, hostBefore === null);
  checkNoPartialFile(world, pass);
  if (hostBefore !== null) checkNoGuess(world, pass, hostBefore, isDeceived);
}

/** I2: every id that was ever seen is there, active or in the trash, with its content. */
function checkNothingDestroyed({ host, keys, ledger }: World): void {
  const now = new Map(
    host.admin.tree(keys.accountId).flatMap((item) => (item.kind === 'file' ? [[item.id, item.md5] as const] : [])),
  );
  const lost = [...ledger.ids]
    .filter(([id, md5]) => now.get(id) !== md5)
    .map(([id, md5]) => `file ${id} with ${md5.slice(0, 8)}`);
  for (const [id, md5] of now) ledger.ids.set(id, md5);
  must('I2 (nothing uploaded is destroyed)', lost);
}

/** I3: what was in the folder before the pass is still there, or on the host, or in a trash. */
function checkLocalBytesAreSafe(world: World, pass: Pass, isMeddled: boolean): void {
  const after = new Set([...pass.after.values()].map(({ md5 }) => md5));
  const missing = [...pass.before].filter(
    ([, { kind, md5 }]) => kind === 'file' && md5 !== EMPTY && md5 !== 'unreadable' && !after.has(md5),
  );
  if (missing.length === 0) return;
  const onHost = new Set(world.ledger.ids.values());
  const trashed = world.computer(pass.computer).trashed();
  must(
    'I3 (no local bytes are destroyed)',
    missing
      .filter(([, { md5 }]) => !onHost.has(md5) && !trashed.has(md5))
      // where persons were at work meanwhile: what they themselves did away with
      .filter(([, { md5 }]) => !(isMeddled && world.ledger.superseded.has(md5)))
      .map(([path, { md5 }]) => `${path} with ${md5.slice(0, 8)}`),
  );
}

/** I5: every file is some content that a person wrote, on every side. */
function checkNoPartialFile({ ledger, web }: World, pass: Pass): void {
  const isKnown = (md5: string): boolean => md5 === EMPTY || md5 === 'unreadable' || ledger.written.has(md5);
  const here = [...pass.after]
    .filter(([, { kind, md5 }]) => kind === 'file' && !isKnown(md5))
    .map(([path]) => `${pass.computer}: ${path}`);
  const there = [...web.shape()]
    .filter(([, md5]) => md5 !== 'folder' && !isKnown(md5))
    .map(([path]) => `host: ${path}`);
  must('I5 (no partial file is visible)', [...here, ...there]);
}

/**
 * I4, as far as the two ends of a pass tell: what was alike on both sides is not removed from one of them, and what a pass takes away here
 * is not there still.
 */
function checkNoGuess(world: World, pass: Pass, hostBefore: HostBefore, isDeceived: boolean): void {
  const { web } = world;
  const hostAfter = web.shape();
  const hasLinkInPlace = pass.result?.problems.some(({ code }) => code === 'local/special-in-place') === true;
  const emptied = new Set<string>(
    pass.result?.problems.flatMap(({ code, path }) => (code === 'local/emptied' ? [path] : [])),
  );
  const mayStandFor = hasLinkInPlace || emptied.size > 0;
  const trashed = mayStandFor ? world.computer(pass.computer).trashed() : new Set<string>();
  const lines: string[] = [];
  // Where the host has a name twice, which of the two a path means is open: then it has to be here in some place.
  const names = web.items().map(({ path }) => path);
  const idsThere = new Set(web.items().map(({ kind, id }) => `${kind} ${id}`));
  const twins = new Set(names.filter((path, at) => names.indexOf(path) !== at));
  const contentsHere = new Set([...pass.after.values()].map(({ md5 }) => md5));
  const namesHere = new Set([...pass.after.keys()].map(lastOf));
  const nodesHere = new Set([...pass.after.values()].map(({ ino }) => ino));
  for (const [path, { kind, md5, ino }] of pass.before) {
    const value = kind === 'file' ? md5 : kind;
    const [was, is] = [hostBefore.shape.get(path), hostAfter.get(path)];
    const here = pass.after.get(path);
    const isAtPath = here !== undefined && (here.kind === 'file' ? here.md5 : here.kind) === value;
    const isOfTwins = withParents(path).some((at) => twins.has(at));
    const isHere = isAtPath || (isOfTwins && (kind === 'file' ? contentsHere.has(md5) : namesHere.has(lastOf(path))));
    // what another thing of that name sets aside is not removed
    const isAside = kind === 'file' && contentsHere.has(md5) && nodesHere.has(ino);
    // replaced there by an equal one that cannot come, because a link stands where that one is here, or that one was emptied here
    const isBlocked = kind === 'file' && (hasLinkInPlace || emptied.has(path)) && trashed.has(md5);
    const isEmpty = kind === 'folder' && ![...pass.before.keys()].some((other) => other.startsWith(`${path}/`));
    if (was === value && is === value && !isHere && !isAside && !isBlocked && !(isDeceived && isEmpty))
      lines.push(`${path} was removed here, though it is on the host`);
    // moved there, as where the folder that it is in here cannot have its new name there yet
    const isElsewhere = (): boolean =>
      hostBefore.items.some((item) => shownAs(item.path) === path && idsThere.has(`${item.kind} ${item.id}`));
    if (was === value && is === undefined && isHere && !isElsewhere())
      lines.push(`${path} was removed on the host, though it is here`);
  }
  must('I4 (nothing is removed on a guess)', lines);
}

/** I22: what is ignored here is where it was, on both sides, as long as nobody else was at work; and nothing more is ignored here. */
export function checkIgnored(world: World, pass: Pass, hostBefore: readonly HostItem[] | null, isWhole: boolean): void {
  const computer = world.computer(pass.computer);
  const config = computer.config.ignore ?? [];
  // Where it changed in the pass, some of that went by the rules before and some by those after; a pass that looks here and there may not see it.
  const isSteady = isWhole && pass.before.get(IGNORE_FILE)?.md5 === pass.after.get(IGNORE_FILE)?.md5;
  const text = isSteady && pass.after.get(IGNORE_FILE)?.kind === 'file' ? computer.read(IGNORE_FILE) : null;
  if ((config.length === 0 && text === null) || hostBefore === null) return;
  const files = text === null ? [] : [{ folder: ROOT, text: Buffer.from(text).toString('utf8') }];
  const { rules } = buildIgnoreRules({ config, files });
  const isIgnored = (path: string, kind: string): boolean =>
    rules.test(path as RelPath, kind === 'folder' ? 'folder' : 'file').ignored;
  const ignoredIn = (shots: Snapshot): Map<string, string> =>
    new Map(
      [...shots].flatMap(([path, { kind, ino, md5 }]) =>
        isIgnored(path, kind) ? [[`${kind} ${ino} ${md5}`, path] as const] : [],
      ),
    );
  const [before, after] = [ignoredIn(pass.before), ignoredIn(pass.after)];
  const gone = (one: Map<string, string>, other: Map<string, string>): string[] =>
    [...one].flatMap(([key, path]) => (other.has(key) ? [] : [path]));
  const there = new Map(world.web.items().map((item) => [`${item.kind} ${item.id}`, item.name]));
  must('I22 (what is ignored is not touched)', [
    ...gone(before, after).map((path) => `${path} was touched here`),
    ...gone(after, before).map((path) => `${path} came here`),
    ...hostBefore
      .filter((item) => isIgnored(shownAs(item.path), item.kind) && there.get(`${item.kind} ${item.id}`) !== item.name)
      .map(({ path }) => `${path} was touched on the host`),
  ]);
}

// ---------------------------------------------------------------------------------------------- once settled

export function checkSettled(
  world: World,
  last: readonly Pass[],
  allowance: Allowance,
  fresh: Computer | null = null,
): void {
  const apart = allowance.apart ?? ((): boolean => false);
  const without = (shape: Shape): Shape => new Map([...shape].filter(([path]) => !apart(path)));
  const host = without(world.web.shape());
  const sides = [...world.computers, ...(fresh === null ? [] : [fresh])].map(
    (computer) => [computer.name, without(computer.shape())] as const,
  );

  for (const [name, tree] of sides) {
    must(
      `I13 (${name} and the host agree)`,
      differences(shown(tree, allowance), shown(host, allowance), [name, 'host']),
    );
  }
  // what the host has twice is shown under names of yetisync's own: the same on all computers
  const [[first, shownFirst] = ['', new Map<string, string>()]] = sides;
  for (const [name, tree] of sides.slice(1))
    must(`I13 (${name} and ${first} agree)`, differences(tree, shownFirst, [name, first]));
  const active = counts(world.web.shape());
  const trees = [...world.computers, ...(fresh === null ? [] : [fresh])].map(
    (computer) => [computer.name, counts(computer.shape())] as const,
  );
  for (const md5 of world.ledger.alive()) {
    const missing = [['host', active] as const, ...trees].filter(([, tree]) => !tree.has(md5)).map(([name]) => name);
    // what is held back somewhere is safe where it is
    if (allowance.apart !== undefined && missing.length <= trees.length) continue;
    must(
      'I1 (nothing unseen is lost)',
      missing.map((where) => `${md5.slice(0, 8)} is missing: ${where}`),
    );
  }
  if (allowance.union !== true) checkNothingBack(world, active, allowance);
  if (allowance.twins !== true) {
    must(
      'I17 (no names but those that somebody gave)',
      [...host.keys()].map(lastOf).filter((name) => {
        const given = allowance.numbers === true ? name.replace(/ \(\d+\)(?=\.|$)/, '') : name;
        const isSpoilt = allowance.spoilt === true && isSpoiltName(name, world);
        return !world.ledger.names.has(given) && !world.ledger.names.has(name) && !isCopyName(name) && !isSpoilt;
      }),
    );
  }
  const copies = world.copies();
  // what a person called so, by moving a copy or copying one, was not made by us
  const own = allowance.copies === undefined ? copies.filter((path) => !world.ledger.names.has(lastOf(path))) : copies;
  const most = allowance.copies ?? world.ledger.mostCopies();
  if (allowance.union !== true)
    must('I19 (no needless conflict copies)', own.length > most ? [`${own.length}, not ${most}`, ...copies] : []);
  if (allowance.copies !== undefined)
    must(
      'I18 (conflicts keep both)',
      copies.length < allowance.copies ? [`${copies.length} copies, not ${allowance.copies}`] : [],
    );
  must('nothing is left in the staging folder', world.web.staged());
  for (const computer of world.computers)
    must(`no unfinished download is left (${computer.name})`, computer.unfinished());
  checkExits(last, allowance);
}

/** Whether the host makes this of a name that somebody gave, in one way or the other. */
function isSpoiltName(name: string, { ledger, habits }: World): boolean {
  const ways = new Set(habits);
  return [...ledger.names].some((given) => [keptName(given, ways), receivedName(given, ways)].includes(name));
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function checkNothingBack(
  world: World,
  active: ReadonlyMap<string, number>,
  { apart, twins, numbers }: Allowance,
): void {
  must(
    'I16 (no resurrection)',
    [...world.ledger.goneForGood].filter(
      (path) =>
        world.web.shape().has(path) &&
        !world.ledger.mayBeAt(path) &&
        // what a twin is shown as, it is called on the host once it is edited
        !(twins === true && / \(\d+\)(\.[^.]*)?$/.test(path)),
    ),
  );
  // where an empty file took the place of one that was moved, the host keeps that one's last version, and has it where it went too
  if (apart !== undefined) return;
  const setAside = numbers === true ? setAsideAgain(world.web.shape()) : new Map<string, number>();
  must(
    'I17 (no duplicates)',
    [...active]
      .filter(([md5, count]) => md5 !== 'folder' && count > world.ledger.mostOf(md5) + (setAside.get(md5) ?? 0))
      .map(([md5, count]) => `${count} times ${md5.slice(0, 8)}`),
  );
}

/**
 * How often each content was set aside by more than one computer: one of them was stopped before it heard that its upload had come, and
 * another one had given that the name of a copy by then.
 */
function setAsideAgain(shape: Shape): ReadonlyMap<string, number> {
  const by = new Map<string, Set<string>>();
  for (const [path, md5] of shape) {
    const mark = / \(conflict \S+ \S+ (\S+?)( \d+)?\)/.exec(lastOf(path))?.[1];
    if (mark !== undefined) by.set(md5, (by.get(md5) ?? new Set()).add(mark));
  }
  return new Map([...by].map(([md5, computers]) => [md5, computers.size - 1]));
}

/** Twins are shown here under names of yetisync's own: then only contents are compared. */
function shown(shape: Shape, { twins }: Allowance): Shape {
  if (twins !== true) return shape;
  return new Map([...counts(shape)].map(([md5, count]) => [md5, String(count)]));
}

/** I28: in sync, and says so; held back, and says so. */
function checkExits(last: readonly Pass[], { exit = 0 }: Allowance): void {
  for (const { computer, exit: was, result } of last) {
    const expected = exit === 'any' ? was : typeof exit === 'number' ? exit : (exit[computer] ?? 0);
    const problems = (result?.problems ?? []).map(({ path, code }) => `${code} ${path === ROOT ? '(root)' : path}`);
    must(`I28 (honest exit status of ${computer})`, was === expected ? [] : [`${was}, not ${expected}`, ...problems]);
    const isClean = (result?.problems ?? []).every(({ code }) => meaningOf(code).exit === 0);
    must(`I28 (0 only without problems, ${computer})`, was === 0 && !isClean ? problems : []);
  }
}

/** I15: an idle pass signs in, lists each folder once, and touches nothing. What the account may do is asked before the first step. */
export function checkIdlePass(world: World, pass: Pass): void {
  must('I15 (an idle pass touches nothing)', pass.touched);
  const folders = world.web.items().filter(({ kind }) => kind === 'folder').length + 1;
  const ancestors = world.remote.split('/').filter((name) => name !== '').length;
  const expected: Record<string, number> = {
    authorize: 1,
    'folder/listing': folders + ancestors,
    disable_access_token: 1,
  };
  const found: Record<string, number> = {};
  for (const { endpoint } of pass.calls) found[endpoint] = (found[endpoint] ?? 0) + 1;
  const lines = [...new Set([...Object.keys(expected), ...Object.keys(found)])]
    .filter((endpoint) => !isAllowed(endpoint, found[endpoint] ?? 0, expected[endpoint] ?? 0, world))
    .map((endpoint) => `${endpoint}: ${found[endpoint] ?? 0} calls, not ${expected[endpoint] ?? 0}`);
  must('I15 (an idle pass only lists)', lines);
}

function isAllowed(endpoint: string, count: number, expected: number, { habits, remote, computers }: World): boolean {
  if (count === expected) return true;
  // What was held back for a limit of the account is tried again.
  if (endpoint === 'account/package') return count <= 1;
  // What is ignored is not listed, and the root of a host with ghosts may list some more.
  if (endpoint === 'folder/listing') {
    if (computers.some((computer) => computer.exclude.length > 0 || (computer.config.ignore?.length ?? 0) > 0))
      return count <= expected;
    if (habits.includes('ghosts') && remote === '/') return count >= expected;
  }
  return false;
}

function counts(shape: Shape): Map<string, number> {
  const found = new Map<string, number>();
  for (const value of shape.values()) if (value !== 'folder') found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}

export { shapeOf };
