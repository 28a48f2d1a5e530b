/**
 * Histories of the whole engine: persons on some computers and on the host's page, and passes in between, as a list of small steps. What a step
 * means depends on what is there when its turn comes, so that a history from which steps were taken out is a history still.
 */
import { IGNORE_FILE } from '../../src/core/ignore.ts';
import { hasCode } from '../../src/errors.ts';
import type { Habit } from '../../src/host/habits.ts';
import { EMPTY } from './ledger.ts';
import { Deeds, pick } from './deeds.ts';
import type { Deed } from './deeds.ts';
import type { Spelling } from './memory-disk.ts';
import { seededRandom } from './seeded-random.ts';
import { differences } from './snapshot.ts';
import { Watching } from './watching.ts';
import { BrokenInvariant, inWorld, SLOW } from './world.ts';
import type { World } from './world.ts';

export type Step =
  | Deed
  | { readonly pass: number }
  /** In the middle of a pass, before its n-th call, somebody does something, or another computer makes a whole pass. */
  | { readonly during: number; readonly call: number; readonly deed: Deed | { readonly pass: number } }
  /** The same, and the pass hears of what happens on its disk, as the daemon's do. */
  | { readonly during: number; readonly call: number; readonly deed: Deed; readonly isNews: true }
  /** A pass that is killed before or after its n-th call. */
  | { readonly killed: number; readonly call: number; readonly after: boolean }
  /** A pass whose n-th call is done and never answered. */
  | { readonly lost: number; readonly call: number }
  /** A pass that is stopped before its n-th call, as by Ctrl-C. */
  | { readonly stopped: number; readonly call: number }
  /** A pass from whose n-th transfer on the host refuses all. */
  | { readonly refused: number; readonly call: number }
  /** All computers pass side by side; the number says who begins, and how long each call takes. */
  | { readonly together: number }
  /** A pass that looks at some folders only; the bits choose. */
  | { readonly looking: number; readonly here: number; readonly there: number }
  /** A computer's own rule to ignore a name comes or goes. */
  | { readonly rule: number; readonly name: number }
  /** The same in the ignore file that all share, by whoever is at work. */
  | { readonly ignoreFile: number; readonly name: number }
  | { readonly settle: true };

export interface History {
  readonly computers: number;
  readonly withWeb: boolean;
  readonly habits: readonly Habit[];
  /** The pool from which names are drawn; a few, so that they meet. */
  readonly names: readonly string[];
  /** What computers have at first, and what they know of each other. */
  readonly start: 'settled' | 'apart' | 'same';
  readonly tree: readonly Deed[];
  readonly steps: readonly Step[];
  readonly inodes: 'reused' | 'new';
  readonly births: boolean;
  /** At the end a computer is set up anew. */
  readonly withFresh: boolean;
  /** How the disk of the last computer spells names; `exact` for all others. */
  readonly spelling?: Spelling;
  /** So many new items are decided together. */
  readonly portion: number;
  /** Deciding takes time, and transfers end in the middle of it. */
  readonly isSlow: boolean;
}

const COMPUTERS = ['A', 'B', 'C'];
/** By what steps that are no deeds are told apart. */
const kinds = [
  'pass',
  'settle',
  'isNews',
  'during',
  'killed',
  'lost',
  'stopped',
  'refused',
  'together',
  'looking',
  'rule',
  'ignoreFile',
] as const;

const TRANSFERS: ReadonlySet<string> = new Set(['file/upload', 'file/copy', 'download']);
const LONGEST_CALL_MS = 60;

/** How often what was done: deeds that came to something, and steps. */
export type Tally = ReadonlyMap<string, number>;

/** Plays it and checks every invariant; rejects with the first that is broken. */
export async function playEngineHistory(history: History, seed: string): Promise<Tally> {
  const last = COMPUTERS[history.computers - 1]!;
  return inWorld(
    {
      seed,
      habits: history.habits,
      computers: COMPUTERS.slice(0, history.computers),
      mostRounds: 16,
      portion: history.portion,
      ...(history.isSlow ? { slow: SLOW } : {}),
      // who looks at some folders only may send into one that went to the host's trash, which no host prevents
      // hosts make folders in folders that somebody has just trashed
      isConcurrent: history.steps.some((step) => 'looking' in step || 'during' in step || 'together' in step),
      config: { holdRemovals: { percent: 100, count: 1_000_000 }, settleMs: 0 },
      ...(history.spelling === undefined ? {} : { spelling: { [last]: history.spelling } }),
      memory: { neverReusesInodes: history.inodes === 'new', withoutBirthTimes: !history.births },
    },
    async (world) => {
      const play = new Play(world, history);
      for (const deed of history.tree) {
        if (history.start !== 'same') await play.deed(history.start === 'settled' ? { ...deed, who: 0 } : deed);
        else await play.everywhere(deed);
      }
      if (history.start === 'settled') await play.settle();
      for (const step of history.steps) await play.step(step);
      if (play.hasEmptyFiles()) {
        await play.settle();
        await play.fillEmptyFiles();
      }
      await play.settle({ withFresh: history.withFresh });
      return play.tally;
    },
  );
}

class Play {
  readonly #world: World;
  readonly #deeds: Deeds;
  readonly #names: readonly string[];
  readonly #withWeb: boolean;
  /** Who did something since all agreed. */
  #busy = new Set<string>();
  #isMeddled = true;
  /** Their first passes look everywhere, as the daemon's. */
  readonly #started = new Set<string>();
  readonly #rules = new Map<string, ReadonlySet<string>>();
  /** What was removed under a rule comes back without it, and what was edited on two sides is kept twice. */
  #hadRules = false;
  #wasCutShort = false;
  readonly tally = new Map<string, number>();
  /** Passes and writes up to the last time that all agreed. */
  #before = { passes: 0, writes: 0 };

  constructor(world: World, history: History) {
    this.#world = world;
    this.#names = history.names;
    this.#withWeb = history.withWeb;
    const computers = world.computers.map(({ name }) => name);
    this.#deeds = new Deeds(world, history.names, history.withWeb ? [...computers, 'web'] : computers);
  }

  async step(step: Step): Promise<void> {
    const names = this.#world.computers.map(({ name }) => name);
    const name = (nth: number): string => pick(names, nth)!;
    if ('act' in step) {
      await this.deed(step);
      return;
    }
    this.#count(kinds.find((kind) => kind in step)!);
    if ('settle' in step) return this.settle();
    if ('pass' in step) return this.#good(name(step.pass));
    if ('looking' in step) return this.#look(name(step.looking), step);
    if ('rule' in step) {
      this.#turn(name(step.rule), step.name);
      return;
    }
    if ('ignoreFile' in step) return this.#turnInFile(step.ignoreFile, step.name);
    if ('stopped' in step) return this.#stop(name(step.stopped), step.call);
    if ('killed' in step) {
      this.#isMeddled = this.#wasCutShort = true;
      await this.#world.pass(name(step.killed), {
        onCall: (_call, number) => (number === step.call + 1 ? (step.after ? 'kill after' : 'kill before') : null),
      });
      return;
    }
    if ('lost' in step) {
      this.#isMeddled = this.#wasCutShort = true;
      await this.#world.pass(name(step.lost), {
        onCall: (_call, number) => (number === step.call + 1 ? 'lost' : null),
      });
      return;
    }
    if ('refused' in step) {
      this.#isMeddled = true;
      let transfers = 0;
      await this.#world.pass(name(step.refused), {
        onCall: ({ endpoint }) => (TRANSFERS.has(endpoint) && ++transfers > step.call ? 'refused' : null),
      });
      return;
    }
    if ('together' in step) return this.#together(step.together);
    const { during, call, deed } = step;
    const own = name(during);
    const news = new Watching();
    await this.#world.goodPass(own, {
      onCall: async (_call, number) => {
        if (number !== call + 1) return null;
        if (!('act' in deed)) {
          if (name(deed.pass) !== own) await this.#good(name(deed.pass));
        } else if ((await this.deed(deed)) === own) news.come();
        return null;
      },
      ...('isNews' in step ? { news } : {}),
    });
    // somebody else's moved onto a name while it was given: between the look and the call nothing tells
    if ('act' in deed && this.#hasTwinsNow()) this.#deeds.noteTwins();
    this.#started.add(own);
  }

  async #together(nth: number): Promise<void> {
    const { computers, clock } = this.#world;
    const names = computers.map(({ name }) => name);
    const random = seededRandom(`together ${nth}`);
    const first = nth % names.length;
    await this.#world.passBeside([...names.slice(first), ...names.slice(0, first)], {
      onCall: async () => {
        await clock.sleep(random.int(LONGEST_CALL_MS));
        return null;
      },
    });
    if (this.#hasTwinsNow()) this.#deeds.noteTwins();
    for (const name of names) this.#started.add(name);
  }

  #count(what: string): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1);
  }

  async #good(name: string): Promise<void> {
    await this.#world.goodPass(name);
    this.#started.add(name);
  }

  async #look(name: string, { here, there }: { readonly here: number; readonly there: number }): Promise<void> {
    if (!this.#started.has(name)) return this.#good(name);
    this.#isMeddled = true; // a move of which one end was seen is a removal for now
    const some = <T>(all: readonly T[], bits: number): T[] => all.filter((_, nth) => ((bits >> (nth % 10)) & 1) === 1);
    await this.#world.goodPass(name, {
      look: (folders) => ({
        local: some(folders.here, here).map((folder) => ({ folder, deep: (here & 1) === 1 })),
        remote: some(folders.there, there),
        problems: [],
      }),
    });
  }

  async #stop(name: string, call: number): Promise<void> {
    this.#isMeddled = this.#wasCutShort = true;
    const controller = new AbortController();
    const { error } = await this.#world.pass(name, {
      signal: controller.signal,
      onCall: (_call, number) => {
        if (number === call + 1) controller.abort();
        return null;
      },
    });
    if (error !== null && !hasCode(error, 'stopped')) throw error;
  }

  #turn(computer: string, nth: number): void {
    this.#isMeddled = true;
    const rules = new Set(this.#rules.get(computer));
    const name = pick(this.#names, nth)!;
    if (!rules.delete(name)) rules.add(name);
    this.#setRules(computer, rules);
  }

  async #turnInFile(who: number, nth: number): Promise<void> {
    const { computers } = this.#world;
    const person = this.#world.person(
      pick([...computers.map(({ name }) => name), ...(this.#withWeb ? ['web'] : [])], who)!,
    );
    const name = pick(this.#names, nth)!;
    if (['folder', 'special'].includes(person.shape().get(IGNORE_FILE) ?? '')) return;
    const rules = new Set(await this.#rulesIn(person.name));
    if (!rules.delete(name)) rules.add(name);
    this.#isMeddled = this.#hadRules = true;
    await person.write(IGNORE_FILE, [`# ${this.#deeds.content()}`, ...rules].join('\n'));
  }

  async #rulesIn(name: string): Promise<readonly string[]> {
    const { web, host } = this.#world;
    if (!this.#world.person(name).has(IGNORE_FILE)) return [];
    const content =
      name === 'web'
        ? await host.admin.content(web.mustFind(IGNORE_FILE).id)
        : this.#world.computer(name).read(IGNORE_FILE);
    return Buffer.from(content).toString('utf8').split('\n').slice(1);
  }

  #setRules(name: string, rules: ReadonlySet<string>): void {
    this.#rules.set(name, rules);
    if (rules.size > 0) this.#hadRules = true;
    this.#started.delete(name); // a daemon that read its config again begins anew
    const computer = this.#world.computer(name);
    computer.config = { ...computer.config, ignore: [...rules] };
    this.#world.note(`${name}: ignores ${JSON.stringify([...rules])}`);
  }

  /** Beside a folder that stayed on the host for what a rule ignores in it something of its name was made. */
  #hasTwinsNow(): boolean {
    return [...this.#world.web.shape().keys()].some((path) => / #\d+$/.test(path));
  }

  /** A folder that went elsewhere stayed for a link that stood in it: once that is gone it is one like any other, as after rules. */
  #wasBlocked(): boolean {
    return this.#world.passes.some(({ result }) =>
      result?.problems.some(({ code }) => code === 'local/special-in-place'),
    );
  }

  /** Links and rules go before all must be alike. Returns whether the file of rules went, too. */
  async #clear(): Promise<boolean> {
    for (const { name } of this.#world.computers) {
      const person = this.#world.person(name);
      for (const [path, kind] of person.shape()) if (kind === 'special') await person.remove(path);
    }
    const hasFile = [...this.#world.computers.map(({ name }) => name), 'web'].some((name) =>
      this.#world.person(name).has(IGNORE_FILE),
    );
    if (!hasFile && ![...this.#rules.values()].some(({ size }) => size > 0)) return false;
    await this.#world.settle();
    const keeper = hasFile
      ? this.#world.computers.find(({ name }) => this.#world.person(name).has(IGNORE_FILE))
      : undefined;
    if (keeper !== undefined) await this.#world.person(keeper.name).remove(IGNORE_FILE);
    for (const name of this.#rules.keys()) this.#setRules(name, new Set());
    return keeper !== undefined;
  }

  /** All agree. What one person alone did since they last did must be just what all have. */
  async settle({ withFresh = false } = {}): Promise<void> {
    const world = this.#world;
    const isFileGone = await this.#clear();
    const [only, ...others] = this.#busy;
    const wanted =
      only !== undefined && others.length === 0 && !this.#isMeddled ? new Map(world.person(only).shape()) : null;
    if (isFileGone) wanted?.delete(IGNORE_FILE);
    const empty = this.#emptyFiles();
    await world.finish(() => {
      for (const path of this.#emptyFiles()) empty.add(path);
      // one of them may keep the name under which it was shown once the other is renamed
      if (this.#hadRules && this.#hasTwinsNow()) this.#deeds.noteTwins();
      return {
        ...(this.#deeds.hasTwins ? { twins: true } : {}),
        ...(this.#hadRules || this.#wasBlocked() ? { union: true } : {}),
        ...(this.#wasCutShort ? { spoilt: true } : {}),
        ...(withFresh ? {} : { withoutFresh: true }),
        ...(empty.size === 0 ? {} : { withoutFresh: true, apart: (path) => this.#isApart(path, empty), exit: 'any' }),
      };
    });
    if (wanted !== null && !this.#deeds.hasTwins && empty.size === 0) {
      const lines = differences(wanted, world.web.shape(), ['wanted', 'found']);
      if (lines.length > 0) throw new BrokenInvariant(`I24 (what ${only} alone did comes out so)`, lines);
      const calls = world.passes.slice(this.#before.passes).flatMap((pass) => pass.calls);
      const uploads = calls.filter(({ endpoint }) => endpoint === 'file/upload').length;
      const writes = only === 'web' ? 0 : this.#writes() - this.#before.writes;
      if (uploads > writes)
        throw new BrokenInvariant('I20 (only what is new travels)', [`${uploads} uploads of ${writes} contents`]);
    }
    this.#before = { passes: world.passes.length, writes: this.#writes() };
    this.#busy = new Set();
    this.#isMeddled = false;
  }

  /**
   * An empty file cannot travel, and what has its name on the host is shown under another one here. One that was emptied keeps its old name there,
   * or has the one that somebody else gave it.
   */
  #isApart(path: string, empty: ReadonlySet<string>): boolean {
    // beside twins one cannot tell which it is: all is compared once the files that are empty have got content
    if (this.#deeds.hasTwins || this.#deeds.wasLeft(path)) return true;
    return [...empty]
      .flatMap((one) => [...this.#world.ledger.placesOf(one)])
      .some((one) => path === one || path.startsWith(`${one}/`) || path.startsWith(`${one} (`));
  }

  #writes(): number {
    return [...this.#world.ledger.written.values()].reduce((sum, times) => sum + times, 0);
  }

  #emptyFiles(): Set<string> {
    const all = this.#world.computers.flatMap((computer) => [...computer.shape()]);
    return new Set(all.flatMap(([path, md5]) => (md5 === EMPTY ? [path] : [])));
  }

  hasEmptyFiles(): boolean {
    return this.#emptyFiles().size > 0;
  }

  /** What was emptied here and stayed as it was on the host gets its next version: by whichever name it goes now. */
  #goOnAt(path: string): void {
    const { web, ledger } = this.#world;
    const host = [...web.shape()];
    const there = host.find(([at]) => at === path)?.[1];
    if (there !== undefined && host.filter(([, md5]) => md5 === there).length === 1) ledger.superseded.add(there);
  }

  /** What cannot travel gets content, so that at the end all must be equal. */
  async fillEmptyFiles(): Promise<void> {
    for (const { name } of this.#world.computers) {
      const person = this.#world.person(name);
      for (const [path, md5] of person.shape()) {
        if (md5 !== EMPTY) continue;
        this.#goOnAt(path);
        await person.write(path, this.#deeds.content());
      }
    }
  }

  /** The same file or folder on each computer, without a pass. */
  everywhere(deed: Deed): Promise<void> {
    return this.#deeds.everywhere(deed);
  }

  /** Returns who did it; `null`: there was nothing to do it to. */
  async deed(deed: Deed): Promise<string | null> {
    const who = await this.#deeds.deed(deed);
    if (who === null) return null;
    this.#busy.add(who);
    this.#count(deed.act);
    return who;
  }
}
