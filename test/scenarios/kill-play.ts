/** Passes over some hundred files as real processes against a listening host, killed by SIGKILL at moments that a seed chooses. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openHost } from '../../src/host/host.ts';
import { openDatabase } from '../../src/state/database.ts';
import { realClock } from '../../src/system/clock.ts';
import { Computer } from '../support/computer.ts';
import type { PassOrder } from '../support/pass-program.ts';
import { realGround } from '../support/ground.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { differences, md5Of } from '../support/snapshot.ts';
import { Web } from '../support/web.ts';
import { isCopyName } from '../support/ledger.ts';

export interface KillPlay {
  readonly seed: string;
  readonly kills: number;
  readonly files: number;
}

const program = fileURLToPath(new URL('../support/pass-program.ts', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Kills again and again while the files change on both sides between the kills; then lets it come to its end and compares. Returns how often a
 * pass was really killed in the middle.
 */
export async function playKills({ seed, kills, files }: KillPlay): Promise<number> {
  const random = seededRandom(seed);
  const base = mkdtempSync(join(tmpdir(), 'yetisync-kill-'));
  const host = await openHost({
    storage: { kind: 'memory' },
    habits: ['servers'],
    clock: realClock,
    random,
    checkAfterEachCall: false,
  });
  const server = await host.listen({ address: '127.0.0.1', port: 0 });
  try {
    const keys = host.admin.addAccount();
    const computer = new Computer({
      name: 'A',
      ground: realGround(base, 'A'),
      base,
      keys,
      remote: '/Cloud',
      transport: host.transport,
      clock: realClock,
      seed,
    });
    const web = new Web(host, keys, '/Cloud');
    const order: PassOrder = {
      name: 'A',
      root: computer.root,
      stateDir: computer.stateDir,
      hostUrl: server.url,
      remote: '/Cloud',
      keys,
    };
    const wanted = new Map<string, string>();
    const write = (path: string, content: string): void => {
      mkdirSync(dirname(computer.path(path)), { recursive: true });
      writeFileSync(computer.path(path), content);
      wanted.set(path, content);
    };
    for (let at = 0; at < files; at++)
      write(`d${at % 12}/${at % 5}/f${at}`, `${seed} ${at} `.repeat(1 + random.int(200)));
    let killed = 0;
    let counter = 0;
    for (let kill = 0; kill < kills; kill++) {
      const ended = await passAndKill(order, random.int(kill === 0 ? 900 : 500));
      if (ended === 'killed') killed++;
      check(computer);
      // somebody goes on working: only where the other side cannot be at it too
      for (let nth = 0; nth < 6; nth++) {
        const path = random.pick([...wanted.keys()].filter((one) => one.startsWith('d')));
        if (random.chance(0.7)) write(path, `${seed} edit ${counter++} `.repeat(1 + random.int(50)));
        else {
          rmSync(computer.path(path), { force: true });
          wanted.delete(path);
        }
      }
      const name = `from web ${counter++}`;
      await web.upload(name, Buffer.from(name.repeat(20)));
      wanted.set(name, name.repeat(20));
    }
    for (let pass = 0; pass < 3; pass++) {
      const ended = await passAndKill(order, null);
      if (ended === 'killed') throw new Error('it was not to be killed');
      if (pass > 0 && ended !== 0) throw new Error(`seed ${seed}: exit ${ended} at the end`);
    }
    check(computer);
    const shape = new Map([...wanted].map(([path, content]) => [path, md5Of(content)]));
    const filesOf = (of: ReadonlyMap<string, string>): Map<string, string> =>
      new Map([...of].filter(([, value]) => value !== 'folder'));
    const faults = [
      ...differences(filesOf(computer.shape()), shape, ['A', 'wanted']),
      ...differences(filesOf(web.shape()), shape, ['host', 'wanted']),
      ...differences(computer.shape(), web.shape(), ['A', 'host']),
      ...[...web.shape().keys()].filter((path) => isCopyName(path)),
      ...web.staged().map((name) => `staged: ${name}`),
      ...computer.unfinished().map((name) => `unfinished: ${name}`),
    ];
    host.admin.checkTree();
    if (faults.length > 0) throw new Error([`seed ${seed}: after ${killed} kills`, ...faults].join('\n  '));
    return killed;
  } finally {
    await server.close();
    await host.close();
    rmSync(base, { recursive: true, force: true });
  }
}

/** I5, I10: nothing half is to be seen, and the state opens. */
function check(computer: Computer): void {
  for (const [path, md5] of computer.shape()) if (md5 === md5Of('')) throw new Error(`${path} is empty`);
  const { database } = openDatabase(computer.stateFile());
  try {
    if (database.pragma('integrity_check') !== 'ok') throw new Error('the state is damaged');
  } finally {
    database.close();
  }
}

async function passAndKill(order: PassOrder, afterMs: number | null): Promise<number | 'killed'> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(order)], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<number | 'killed'>((resolve) =>
    child.once('close', (code, signal) => resolve(signal === 'SIGKILL' ? 'killed' : (code ?? 70))),
  );
  const first = await lines.next();
  if (first.value === 'passing' && afterMs !== null) {
    void realClock.sleep(afterMs).then(() => child.kill('SIGKILL'));
  }
  const last = await lines.next();
  const result = await ended;
  if (result !== 'killed' && result !== 0 && last.done !== true) process.stderr.write(`${last.value}\n`);
  return result;
}
