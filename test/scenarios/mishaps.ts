/**
 * Passes to which things happen, chosen by a seed: the connection breaks, answers are wrong, the disk refuses, the token ends, the process is killed.
 * Each choice hangs on the seed, the computer, the number of the pass and that of the call alone, so that a failure plays again.
 */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { SyncError } from '../../src/errors.ts';
import type { Disk } from '../../src/ports.ts';
import type { Pass, PassOptions } from '../support/computer.ts';
import { canStrike, faults } from '../support/faults.ts';
import { faultyDisk, fails } from '../support/faulty-disk.ts';
import type { DiskCall } from '../support/faulty-disk.ts';
import { seededRandom } from '../support/seeded-random.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { smallDisk } from '../support/small-disk.ts';
import type { Call, Mishap } from '../support/traffic.ts';
import type { World } from '../support/world.ts';

/** Between two plays: how often each kind of mishap was met. */
export interface Tally {
  readonly passes: Map<string, number>;
  readonly struck: Map<string, number>;
}

/** One pass with mishaps. Whatever becomes of it, it must not be a failure that nobody foresaw. */
export async function badPass(world: World, computer: string, number: number, tally?: Tally): Promise<Pass> {
  const seed = `${world.seed}/${computer}/${number}`;
  const { kinds, options } = mishapsOf(world, computer, seed, tally);
  world.note(`--- ${computer}: a pass with ${kinds.join(', ')}`);
  for (const kind of kinds) count(tally?.passes, kind);
  const pass = await world.pass(computer, { ...options, isAlone: true });
  const foreseen = pass.error === null || (pass.error instanceof SyncError && pass.error.code !== 'bug');
  if (!foreseen) throw pass.error ?? new Error('no pass');
  const bug = pass.result?.problems.find(({ code }) => code === 'bug');
  if (bug !== undefined) throw new Error(`an unforeseen failure at ${bug.path}: ${bug.detail}`);
  return pass;
}

const kindsOfMishap = ['network', 'kill at a call', 'kill at the disk', 'token', 'disk', 'small disk'] as const;

function mishapsOf(
  world: World,
  computer: string,
  seed: string,
  tally: Tally | undefined,
): { readonly kinds: readonly string[]; readonly options: PassOptions } {
  const random = seededRandom(seed);
  const kinds = new Set([random.pick(kindsOfMishap)]);
  while (random.chance(0.4)) kinds.add(random.pick(kindsOfMishap));
  const rate = random.pick([0.02, 0.1, 0.3]);
  const lastCall = 1 + random.int(40);
  const lastChange = 1 + random.int(60);
  const fate = random.pick(['kill before', 'kill after'] as const);
  let lies = 0;
  const onCall = (call: Call, nth: number): Mishap => {
    const here = seededRandom(`${seed}/call ${nth}`);
    if (kinds.has('kill at a call') && nth === lastCall) return fate;
    if (kinds.has('token') && here.chance(rate)) world.host.admin.endTokens(world.keys.accountId);
    if (!kinds.has('network') || !here.chance(rate)) return null;
    const mishap = mishapOf(call, here);
    const name = typeof mishap === 'string' ? mishap : mishap.name;
    if (name === 'an empty listing' || name === 'half a listing') lies++;
    world.note(`    call ${nth}, ${call.endpoint} ${JSON.stringify(call.fields)}: ${name}`);
    count(tally?.struck, name);
    return mishap;
  };
  return {
    kinds: [...kinds],
    options: {
      onCall,
      liesTold: () => lies,
      ...(kinds.has('kill at the disk') ? { onDisk: (_call, nth) => (nth === lastChange ? fate : null) } : {}),
      disk: diskOf(kinds, world.computer(computer).disk, {
        random,
        rate,
        tally,
        note: (what) => world.note(`    ${what}`),
      }),
    },
  };
}

function mishapOf({ endpoint }: Call, random: SeededRandom): NonNullable<Mishap> {
  const possible = faults.filter((fault) => canStrike(fault, endpoint));
  return random.chance(0.3) ? random.pick(['refused', 'lost'] as const) : random.pick(possible);
}

const refusals: readonly (readonly [string, readonly DiskCall[]])[] = [
  ['EIO', ['lstat', 'readdir', 'open', 'link', 'rename', 'unlink', 'rmdir', 'mkdir', 'syncFolder', 'writeFileAtomic']],
  ['EACCES', ['readdir', 'open', 'link', 'rename', 'unlink', 'rmdir', 'mkdir']],
  ['EMFILE', ['readdir', 'open', 'holdFolder', 'readFile']],
  ['ENOSPC', ['open', 'link', 'rename', 'mkdir', 'writeFileAtomic']],
  ['EROFS', ['open', 'link', 'rename', 'unlink', 'rmdir', 'mkdir', 'writeFileAtomic']],
];

interface DiskChances {
  readonly random: SeededRandom;
  readonly rate: number;
  readonly tally: Tally | undefined;
  readonly note: (what: string) => void;
}

function diskOf(kinds: ReadonlySet<string>, own: Disk, { random, rate, tally, note }: DiskChances): Disk {
  const base = kinds.has('small disk') ? smallDisk(random.pick([0, 50, 400, 4_000]), own) : own;
  if (!kinds.has('disk')) return base;
  const disk = faultyDisk(base);
  const [code, calls] = random.pick(refusals);
  const chance = random.fork('disk');
  disk.on({
    call: random.chance(0.5) ? calls : random.pick(calls),
    act: (call, ...paths) => {
      if (!chance.chance(rate / 2)) return;
      count(tally?.struck, `${code} ${call}`);
      note(`${code} ${call} ${paths.map((path) => path.replace(/^.*?files/, '')).join(' ')}`);
      fails(code)(call, ...paths);
    },
  });
  return disk;
}

function count(counts: Map<string, number> | undefined, what: string): void {
  counts?.set(what, (counts.get(what) ?? 0) + 1);
}

/**
 * The disk with the person's folder is away, and an empty one is in its place: nothing may be done on either side. `passesBefore`: so many
 * passes were made before the computer's state was last lost.
 */
export async function passWithoutRoot(world: World, name: string, passesBefore: number): Promise<void> {
  const computer = world.computer(name);
  // never synced, or not that anybody knows: then an empty folder is as good as any
  const hasEnded = world.passes.slice(passesBefore).some((pass) => pass.computer === name && pass.result !== null);
  if (!hasEnded || !computer.hasSynced()) return;
  await computer.withoutRoot(async () => {
    world.note(`--- ${name}: its folder is away`);
    const pass = await computer.pass();
    const done = [...pass.changingCalls.map(({ endpoint }) => endpoint), ...pass.touched];
    const isKnown = pass.error instanceof SyncError && pass.error.code === 'local/root-foreign';
    if (done.length > 0 || !isKnown) throw new Error(`with its folder away: ${String(pass.error)} ${done.join(' ')}`);
  });
}

/**
 * The computer's state is lost, or put back as it was when it was last kept; now and then it is kept. Returns whether it took with it what the
 * computer knew of a version that it had published and whose predecessor is still there: to everybody else the two are twins.
 */
export function spoilState(world: World, name: string, random: SeededRandom): boolean {
  const { stateDir } = world.computer(name);
  const kept = `${stateDir}-kept`;
  if (!existsSync(stateDir)) return false;
  const what = random.pick(['kept', 'kept', 'put back', 'lost'] as const);
  if (what === 'put back' && !existsSync(kept)) return false;
  world.note(`--- ${name}: its state is ${what}`);
  if (what === 'kept') {
    rmSync(kept, { recursive: true, force: true });
    cpSync(stateDir, kept, { recursive: true });
    return false;
  }
  rmSync(stateDir, { recursive: true });
  if (what === 'put back') cpSync(kept, stateDir, { recursive: true });
  return hasTwins(world);
}

/** Whether the host has a name twice, as where a version was published and the one before is still there. */
export function hasTwins({ web }: World): boolean {
  return [...web.shape().keys()].some((path) => / #\d+$/.test(path));
}
