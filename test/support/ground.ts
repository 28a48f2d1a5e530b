/** What a computer of a world stands on: a real folder with a state in a file, or all of it in memory, where a pass takes a few milliseconds. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openEngine } from '../../src/compose.ts';
import type { Engine, PairEngine } from '../../src/compose.ts';
import { openHost } from '../../src/compose/open-host.ts';
import { contextOf, readyRoots } from '../../src/compose/pair-world.ts';
import type { EngineOptions, PairWorld } from '../../src/compose/pair-world.ts';
import { refusedSignIn } from '../../src/compose/refused-sign-in.ts';
import { knownRoot } from '../../src/compose/roots.ts';
import { pairIdOf } from '../../src/compose/state-files.ts';
import type { RemoteId } from '../../src/core/entry.ts';
import type { RelPath } from '../../src/core/path.ts';
import { runCycle } from '../../src/cycle.ts';
import type { CycleResult, Look } from '../../src/cycle.ts';
import type { Clock, Disk, Random, Transport } from '../../src/ports.ts';
import { openState } from '../../src/state/open-state.ts';
import type { OpenState } from '../../src/state/open-state.ts';
import { realDisk } from '../../src/system/disk.ts';
import { memoryDisk } from './memory-disk.ts';
import type { MemoryDisk, MemoryDiskOptions } from './memory-disk.ts';
import { md5Of, snapshot } from './snapshot.ts';
import type { Shot, Snapshot } from './snapshot.ts';

export interface EngineSeams {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly transport: Transport;
}

/** The folders that a pass may choose among: on the disk, and those of the host that the state knows. */
export interface Folders {
  readonly here: readonly RelPath[];
  readonly there: readonly RemoteId[];
}

interface Passing {
  /** `look`: what the pass looks at, everything if left out; only where all is in memory. */
  runOnce(
    options: Parameters<PairEngine['runOnce']>[0] & { readonly look?: (folders: Folders) => Look },
  ): Promise<CycleResult>;
}

export interface PassingEngine extends Pick<Engine, 'close'> {
  readonly pairs: readonly Passing[];
}

export interface Ground {
  readonly root: string;
  readonly stateDir: string;
  readonly disk: Disk;
  /** Of the person's folder, or of one in it. */
  snapshot(folder: string): Snapshot;
  /** Names in a folder; none where there is no folder. */
  names(folder: string): string[];
  read(path: string): Uint8Array;
  write(path: string, content: Uint8Array): void;
  append(path: string, content: string): void;
  mkdir(path: string): void;
  remove(path: string): void;
  rename(from: string, to: string): void;
  /** Sets the time of the last change of a file's content, in nanoseconds. */
  touch(path: string, mtimeNs: bigint): void;
  chmod(path: string, mode: number): void;
  symlink(path: string, target: string): void;
  /** For passes. */
  openEngine(options: EngineOptions & { readonly seams: EngineSeams }): Promise<PassingEngine>;
  /** For all else that an engine can do; null: that needs a state in a file. */
  readonly openWhole: typeof openEngine | null;
  /** `null`: it is in a file, or not made yet. */
  readonly stateInMemory: () => OpenState | null;
  close(): void;
}

/** A folder of its own below `base`. */
export function realGround(base: string, name: string): Ground {
  const own = mkdtempSync(join(base, `${name}-`));
  const root = join(own, 'files');
  mkdirSync(root);
  return {
    root,
    stateDir: join(own, 'state'),
    disk: realDisk,
    snapshot,
    names(folder) {
      try {
        return readdirSync(folder);
      } catch {
        return [];
      }
    },
    read: (path) => readFileSync(path),
    write: (path, content) => writeFileSync(path, content),
    append: (path, content) => appendFileSync(path, content),
    mkdir: (path) => {
      mkdirSync(path);
    },
    remove: (path) => rmSync(path, { recursive: true }),
    rename: (from, to) => renameSync(from, to),
    touch: (path, mtimeNs) => utimesSync(path, Number(mtimeNs) / 1e9, Number(mtimeNs) / 1e9),
    chmod: chmodSync,
    symlink: (path, target) => symlinkSync(target, path),
    openEngine,
    openWhole: openEngine,
    stateInMemory: () => null,
    close: () => undefined,
  };
}

/** The state is one database in memory for as long as the ground lasts: what a killed pass had recorded is there for the next. */
export function memoryGround(options: MemoryDiskOptions): Ground {
  const memory = memoryDisk(options);
  const root = '/pair';
  memory.mkdir(root);
  let state: OpenState | null = null;
  return {
    root,
    stateDir: '/state',
    disk: memory.disk,
    snapshot(folder) {
      const found = new Map<string, Shot>();
      const walk = (at: string, prefix: string): void => {
        for (const name of memory.readdir(at).sort()) {
          if (prefix === '' && name === '.yetisync') continue;
          const { type, ino, size, mtimeNs, ctimeNs } = memory.lstat(`${at}/${name}`);
          const kind = type === 'file' || type === 'folder' ? type : 'special';
          const md5 = kind === 'file' ? md5Of(memory.read(`${at}/${name}`)) : '';
          found.set(prefix + name, { kind, ino, size, mtimeNs, ctimeNs, md5 });
          if (kind === 'folder') walk(`${at}/${name}`, `${prefix}${name}/`);
        }
      };
      if (isThere(memory.lstat, folder)) walk(folder, '');
      return found;
    },
    names: (folder) => (isThere(memory.lstat, folder) ? memory.readdir(folder) : []),
    read: memory.read,
    write: memory.write,
    append: (path, content) => memory.write(path, Buffer.concat([memory.read(path), Buffer.from(content)])),
    mkdir: memory.mkdir,
    remove: memory.remove,
    rename: memory.rename,
    touch: memory.touch,
    chmod: memory.chmod,
    symlink: memory.symlink,
    async openEngine(engine) {
      const { config, seams } = engine;
      const pair = config.pairs[0]!;
      state ??= openState({ path: ':memory:', pair: pairIdOf(pair, config), clock: seams.clock, random: seams.random });
      return engineInMemory(state, engine, () => foldersIn(memory, root));
    },
    openWhole: null,
    stateInMemory: () => state,
    // the state goes with the rest of the memory: of a pass that was killed some may still be at work in it
    close: () => undefined,
  };
}

function isThere(lstat: (path: string) => unknown, path: string): boolean {
  try {
    lstat(path);
    return true;
  } catch {
    return false;
  }
}

/** The pair's own one first, yetisync's left out. */
function foldersIn({ readdir, lstat }: MemoryDisk, root: string): RelPath[] {
  const found = ['' as RelPath];
  for (const folder of found) {
    for (const name of readdir(`${root}/${folder}`)) {
      const path = (folder === '' ? name : `${folder}/${name}`) as RelPath;
      if (path !== '.yetisync' && lstat(`${root}/${path}`).type === 'folder') found.push(path);
    }
  }
  return found;
}

/** The engine as `openEngine` builds it, with a state that is open already, and without locks: nobody else can get at it. */
function engineInMemory(
  state: OpenState,
  options: EngineOptions & { readonly seams: EngineSeams },
  here: () => RelPath[],
): PassingEngine {
  const { config, seams } = options;
  const host = openHost({
    ...options,
    ...seams,
    refused: refusedSignIn(config.credentials, { open: () => [state], closed: () => [] }),
  });
  const world: PairWorld = {
    ...options,
    ...seams,
    remote: host.remote,
    opened: async () => state,
    lockRoot: async () => undefined,
  };
  const pairs = config.pairs.map((pair): Passing => ({
    async runOnce({ onEvent, news, look }) {
      const roots = await readyRoots(pair, world);
      const context = contextOf(roots, world, { onEvent, identity: knownRoot(roots.state)?.identity });
      const chosen = look?.({ here: here(), there: roots.state.remoteTree.folders() });
      return runCycle(news === undefined ? context : { ...context, news }, chosen);
    },
  }));
  return {
    pairs,
    async close() {
      await host.close();
      const wrong = state.misremembered();
      if (wrong.length > 0) throw new Error(`rows are remembered that are not so: ${wrong.join(', ')}`);
    },
  };
}
