/**
 * A world to try yetisync in: one bundled host in memory, some computers with real folders, the host's web page, and a book of what the
 * persons did. After every pass, and when all have settled, it is checked against the invariants; the first that is broken ends the
 * test with the seed and all that was done.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import type { Transport } from '../../src/ports.ts';
import { openHost } from '../../src/host/host.ts';
import type { AccountKeys } from '../../src/host/accounts.ts';
import type { CallHook } from '../../src/host/dispatch.ts';
import type { Habit } from '../../src/host/habits.ts';
import type { Host } from '../../src/host/host.ts';
import { Computer } from './computer.ts';
import type { Pass, PassOptions } from './computer.ts';
import { FakeClock } from './fake-clock.ts';
import { memoryGround, realGround } from './ground.ts';
import type { Ground } from './ground.ts';
import { checkIdlePass, checkIgnored, checkPass, checkSettled } from './invariants.ts';
import { isCopyName, Ledger } from './ledger.ts';
import type { MemoryDiskOptions, Spelling } from './memory-disk.ts';
import { Person } from './person.ts';
import { seededRandom } from './seeded-random.ts';
import { slowLine } from './traffic.ts';
import { Web } from './web.ts';

export interface WorldOptions {
  readonly seed?: string;
  readonly habits?: readonly Habit[];
  /** Their names; `A` and `B` if left out. */
  readonly computers?: readonly string[];
  /** The pair's folder on the host. */
  readonly remote?: string;
  readonly config?: Partial<Config>;
  /** Computers pass side by side: one may upload into what another is trashing, which no host prevents. */
  readonly isConcurrent?: boolean;
  /** So many new items are decided together; very many if left out. */
  readonly portion?: number;
  readonly slow?: Slowness;
  /** Rounds until all must have settled; 12 if left out. */
  readonly mostRounds?: number;
  /** Disks and states in memory: a pass takes a few milliseconds. Left out: real folders. */
  readonly memory?: Omit<MemoryDiskOptions, 'clock' | 'spelling'>;
  /** How the disks in memory of some computers spell names; `exact` for the others. */
  readonly spelling?: Readonly<Record<string, Spelling>>;
}

/** Deciding and transferring take their time, so that transfers end in the middle of what goes on beside them. */
export interface Slowness {
  /** See `FakeClockOptions.tickMs`. */
  readonly tickMs: number;
  /** Up to so many milliseconds an upload or a download takes. */
  readonly transferMs: number;
  /** A transfer of so many bytes and more holds nothing else up. */
  readonly largeFrom: number;
}
/** Each time that it is asked for, more time has passed than a slice of a decision takes. */
export const SLOW: Slowness = { tickMs: 11, transferMs: 200, largeFrom: 48 };

/** What a settled world may show beside equal trees. */
export interface Allowance {
  /** Paths that some sides do not have, or not alike: held back, ignored, or of a kind that does not travel. */
  readonly apart?: (path: string) => boolean;
  /** Exit status that the last passes must have; 0 if left out. */
  readonly exit?: number | 'any' | Readonly<Record<string, number>>;
  /** Conflict copies, exactly; at most what the ledger allows if left out. */
  readonly copies?: number;
  /** No computer is set up anew to see whether it gets the same. */
  readonly withoutFresh?: boolean;
  /** Names may exist that no person made: twins are shown under names of yetisync's own. */
  readonly twins?: boolean;
  /** Some of what somebody named may have a number behind its name: a computer that was killed had made a folder where another made a file. */
  readonly numbers?: boolean;
  /** A program was stopped between two names: things may have the host's own version of a name that somebody gave. */
  readonly spoilt?: boolean;
  /** A state was lost, or rules came and went: what was removed may be back, under its old name too, and what was changed on both sides is kept twice. */
  readonly union?: boolean;
}

export class BrokenInvariant extends Error {
  constructor(invariant: string, lines: readonly string[]) {
    super(`${invariant} is broken:\n  ${lines.slice(0, 15).join('\n  ')}`);
    this.name = 'BrokenInvariant';
  }
}

const PLAIN_BYTES = 40;

export class World {
  readonly seed: string;
  readonly clock: FakeClock;
  readonly host: Host;
  readonly keys: AccountKeys;
  readonly habits: readonly Habit[];
  readonly remote: string;
  readonly computers: Computer[] = [];
  readonly web: Web;
  readonly ledger = new Ledger();
  readonly steps: string[] = [];
  /** All passes so far. */
  readonly passes: Pass[] = [];
  /** Set by a test to meddle with the host's calls. */
  readonly hook: { before?: CallHook['before']; after?: CallHook['after'] };
  /** Null where all is in memory. */
  readonly #base: string | null;
  readonly #grounds: Ground[] = [];
  readonly #options: WorldOptions;
  readonly #persons = new Map<string, Person>();
  #fresh = 0;

  private constructor(host: Host, keys: AccountKeys, hook: World['hook'], clock: FakeClock, options: WorldOptions) {
    this.host = host;
    this.keys = keys;
    this.hook = hook;
    this.clock = clock;
    this.#options = options;
    this.seed = options.seed ?? 'world';
    this.habits = options.habits ?? ['documented'];
    this.remote = options.remote ?? '/Cloud';
    this.#base = options.memory === undefined ? mkdtempSync(join(tmpdir(), 'yetisync-world-')) : null;
    this.web = new Web(host, keys, this.remote);
    this.#persons.set('web', new Person(this.web, this.ledger, (step) => this.note(step)));
    for (const name of options.computers ?? ['A', 'B']) this.addComputer(name);
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const clock = new FakeClock({
      auto: true,
      isAllInMemory: options.memory !== undefined,
      ...(options.slow && { tickMs: options.slow.tickMs }),
    });
    const hook: World['hook'] = {};
    const host = await openHost({
      storage: { kind: 'memory' },
      habits: options.habits ?? ['documented'],
      clock,
      random: seededRandom(`${options.seed ?? 'world'}/host`),
      timeZone: 'UTC',
      checkAfterEachCall: options.isConcurrent !== true,
      keepCallLog: true,
      onCall: {
        before: (call) => hook.before?.(call),
        after: (call, answer) => hook.after?.(call, answer),
      },
    });
    return new World(host, host.admin.addAccount(), hook, clock, options);
  }

  async close(): Promise<void> {
    await this.host.close();
    for (const ground of this.#grounds) ground.close();
    if (this.#base !== null) rmSync(this.#base, { recursive: true, force: true });
  }

  note(step: string): void {
    this.steps.push(step);
  }

  /** As long as `plain`, so that a size seldom tells; where large transfers are something else a third are large. */
  sized(plain: string, nth: number): string {
    const { slow } = this.#options;
    return plain.padEnd(slow !== undefined && nth % 3 === 2 ? slow.largeFrom : PLAIN_BYTES, '.');
  }

  // ------------------------------------------------------------------------------------------ who is there

  addComputer(name: string): Computer {
    const ground =
      this.#base === null
        ? memoryGround({
            ...this.#options.memory,
            clock: this.clock,
            spelling: this.#options.spelling?.[name] ?? 'exact',
          })
        : realGround(this.#base, name);
    this.#grounds.push(ground);
    const { slow } = this.#options;
    const toHost: Transport = (request) => this.host.transport(request);
    const computer = new Computer({
      name,
      ground,
      base: this.#base ?? '/',
      keys: this.keys,
      remote: this.remote,
      transport:
        slow === undefined
          ? toHost
          : slowLine(toHost, slow.transferMs, this.clock, seededRandom(`${this.seed}/${name}/slow`)),
      clock: this.clock,
      seed: this.seed,
      ...(this.#options.config === undefined ? {} : { config: this.#options.config }),
      ...(this.#options.portion === undefined ? {} : { portion: this.#options.portion }),
      ...(slow && { largeFrom: slow.largeFrom }),
    });
    this.computers.push(computer);
    this.#persons.set(name, new Person(computer, this.ledger, (step) => this.note(step)));
    return computer;
  }

  computer(name: string): Computer {
    const found = this.computers.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no computer ${name}`);
    return found;
  }

  /** Somebody at computer `A` or `B`, or `web`. */
  person(name: string): Person {
    const found = this.#persons.get(name);
    if (found === undefined) throw new Error(`nobody is at ${name}`);
    return found;
  }

  // ------------------------------------------------------------------------------------------ what happens

  /** One pass, checked. A failure of the pass as a whole is in its result. */
  async pass(name: string, options: PassOptions = {}): Promise<Pass> {
    const before = this.web.items();
    const hostBefore = this.web.shape();
    const pass = await this.computer(name).pass(options);
    this.passes.push(pass);
    this.note(`${name}: pass ${summaryOf(pass)}`);
    const isAlone = options.isAlone ?? (options.onCall === undefined && options.onDisk === undefined);
    // two listings that both leave an empty folder out: nothing is left to ask for it (`absences.ts`)
    const isDeceived = (options.liesTold?.() ?? 0) >= 2;
    checkPass(this, pass, isAlone ? { shape: hostBefore, items: before } : null, isDeceived);
    checkIgnored(this, pass, isAlone ? before : null, options.look === undefined);
    this.ledger.began(name);
    if (pass.exit === 0 && isAlone && options.look === undefined) this.ledger.passed(name);
    return pass;
  }

  /** Passes of two or more computers side by side. */
  passTogether(...names: readonly string[]): Promise<readonly Pass[]> {
    return this.passBeside(names, {});
  }

  /** The same, all with these options. */
  async passBeside(names: readonly string[], options: PassOptions): Promise<readonly Pass[]> {
    const passes = await Promise.all(names.map((name) => this.computer(name).pass(options)));
    for (const pass of passes) {
      this.passes.push(pass);
      this.note(`${pass.computer}: pass beside others ${summaryOf(pass)}`);
      checkPass(this, pass, null);
    }
    return passes;
  }

  /** A pass that must come to its end. */
  async goodPass(name: string, options: PassOptions = {}): Promise<Pass> {
    const pass = await this.pass(name, options);
    if (pass.error !== null) throw pass.error;
    return pass;
  }

  /** Passes of all until two rounds in a row change nothing (I14); returns the last round. Fails where that does not come. */
  async settle({
    order = this.computers.map(({ name }) => name),
  }: { readonly order?: readonly string[] } = {}): Promise<readonly Pass[]> {
    const most = this.#options.mostRounds ?? 12;
    for (let round = 1, quiet = 0; ; round++) {
      const passes: Pass[] = [];
      for (const name of order) passes.push(await this.pass(name));
      for (const { error } of passes) if (error !== null) throw error;
      const isQuiet = passes.every((pass) => pass.changingCalls.length === 0 && pass.touched.length === 0);
      const mustWait = passes.some(
        ({ result }) =>
          result !== null &&
          (result.waiting.length > 0 ||
            result.problems.some(({ code }) => code.startsWith('remote/') && code !== 'remote/empty-file')),
      );
      quiet = isQuiet && !(mustWait && quiet === 0 && round <= 2) ? quiet + 1 : 0;
      if (quiet >= 2) return passes;
      if (round >= most) throw new BrokenInvariant('I14 (it settles)', [`still at work after ${round} rounds`]);
      // what waits for a second look, or to be tried again, gets its time
      if (isQuiet || mustWait) await this.clock.advance(11 * 60_000);
    }
  }

  /** The end of every scenario: all settle, all are equal, nothing is lost, a computer set up anew gets the same, idle passes only look. `allowed` may look at what has settled. */
  async finish(allowed: Allowance | (() => Allowance) = {}): Promise<readonly Pass[]> {
    let last = await this.settle();
    // what a host stored only after its computer had looked for it is found there day by day, and goes after a week
    for (let day = 0; day < 9 && this.web.staged().length > 0; day++) {
      await this.clock.advance(24 * 3_600_000);
      last = await this.settle();
    }
    const allowance = typeof allowed === 'function' ? allowed() : allowed;
    checkSettled(this, last, allowance);
    for (const pass of last) checkIdlePass(this, pass);
    if (allowance.withoutFresh !== true) {
      const fresh = this.addComputer(`fresh${++this.#fresh}`);
      const first = await this.goodPass(fresh.name);
      if (first.changingCalls.length > 0)
        throw new BrokenInvariant(
          'I13 (a fresh computer only reads)',
          first.changingCalls.map(({ endpoint }) => endpoint),
        );
      const second = await this.goodPass(fresh.name);
      this.computers.splice(this.computers.indexOf(fresh), 1);
      checkSettled(this, [...last, second], allowance, fresh);
      checkIdlePass(this, second);
    }
    // where they are not alike, what met there may still have to come apart
    if (allowance.apart === undefined) this.ledger.settled(this.web.shape(), this.copies().length);
    return last;
  }

  // ------------------------------------------------------------------------------------------ what there is

  /** Paths of conflict copies on the host. */
  copies(): string[] {
    return [...this.web.shape().keys()].filter((path) => isCopyName(path.slice(path.lastIndexOf('/') + 1)));
  }

  contentOf(computer: string, path: string): string | undefined {
    return this.computer(computer).shape().get(path);
  }
}

/** Runs `play` in a world of its own; a failure tells the seed and what was done. */
export async function inWorld<T>(options: WorldOptions, play: (world: World) => Promise<T>): Promise<T> {
  const world = await World.open(options);
  try {
    return await play(world);
  } catch (error) {
    const story = world.steps.slice(-60).map((step) => `  ${step}`);
    const host = [...world.web.shape()]
      .map(([path, value]) => `  ${JSON.stringify(path)} ${value.slice(0, 8)}`)
      .slice(0, 40);
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(
      [
        `seed ${world.seed}, habits ${world.habits.join(' + ')}, remote ${world.remote}`,
        text,
        'what was done:',
        ...story,
        'on the host:',
        ...host,
      ].join('\n'),
      { cause: error },
    );
  } finally {
    await world.close();
  }
}

function summaryOf(pass: Pass): string {
  const { exit, result, error, changingCalls } = pass;
  const counts = Object.entries(result?.counts ?? {}).map(([kind, count]) => `${count} ${kind}`);
  const problems = (result?.problems ?? [])
    .slice(0, 4)
    .map(({ path, code, detail }) => `${code} ${JSON.stringify(path)}${detail === null ? '' : ` (${detail})`}`);
  const waiting = (result?.waiting ?? []).slice(0, 3).map(({ path }) => `waiting ${JSON.stringify(path)}`);
  const what = [...counts, ...problems, ...waiting, ...(result?.held.length ? [`${result.held.length} held`] : [])];
  const calls = changingCalls.slice(0, 12).map(({ endpoint }) => endpoint);
  return `exit ${exit}${error === null ? '' : ` ${String(error)}`}: ${what.join(', ')}${calls.length > 0 ? ` [${calls.join(' ')}]` : ''}`;
}
