/** A real temporary folder with a disk whose calls can be made to fail, and all that works on it. */
import nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { afterEach } from 'vitest';
import { buildIgnoreRules } from '../../src/core/ignore.ts';
import type { IgnoreRules } from '../../src/core/ignore.ts';
import type { Md5 } from '../../src/core/entry.ts';
import { parseRelPath } from '../../src/core/path.ts';
import { createLocalFiles } from '../../src/local/files.ts';
import { scan } from '../../src/local/scanner.ts';
import type { ScanOptions, ScanResult } from '../../src/local/scanner.ts';
import type { LocalFiles } from '../../src/ports.ts';
import { realDisk } from '../../src/system/disk.ts';
import { createHasher } from '../../src/system/hasher.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { faultyDisk } from '../support/faulty-disk.ts';
import type { FaultyDisk } from '../support/faulty-disk.ts';
import { MapLocalTree } from '../support/map-local-tree.ts';
import { seededRandom } from '../support/seeded-random.ts';

export interface PairFolder {
  readonly root: string;
  readonly disk: FaultyDisk;
  readonly clock: FakeClock;
  readonly tree: MapLocalTree;
  readonly files: LocalFiles;
  readonly rules: IgnoreRules;
  readonly write: (path: string, content: string) => void;
  readonly read: (path: string) => string;
  readonly absolute: (path: string) => string;
  /** Names in a folder, sorted; yetisync's own left out. */
  readonly names: (path?: string) => string[];
  readonly scan: (options?: Partial<ScanOptions>) => Promise<ScanResult>;
  /** A scan, after which both sides agree on every file. */
  readonly settle: () => Promise<void>;
  /** The content of every file in the trash. */
  readonly trashed: () => string[];
}

export interface PairFolderOptions {
  readonly ignore?: readonly string[];
  readonly reserveDiskBytes?: number;
  /** As on systems that cannot hold folders open. */
  readonly withoutHolding?: boolean;
}

const made: string[] = [];

afterEach(() => {
  for (const root of made.splice(0)) {
    nodeFs.chmodSync(root, 0o700);
    nodeFs.rmSync(root, { recursive: true, force: true });
  }
});

export function temporaryFolder(): string {
  const folder = nodeFs.realpathSync(nodeFs.mkdtempSync(join(tmpdir(), 'yetisync-local-')));
  made.push(folder);
  return folder;
}

/** An hour ahead of the files, so that none of them is fresh. */
const hourMs = 3_600_000;

export function pairFolder({
  ignore = [],
  reserveDiskBytes = 0,
  withoutHolding = false,
}: PairFolderOptions = {}): PairFolder {
  const root = join(temporaryFolder(), 'pair');
  nodeFs.mkdirSync(root);
  const { holdFolder, ...bare } = realDisk;
  const disk = faultyDisk(withoutHolding || holdFolder === undefined ? bare : realDisk);
  const startMs = Number(nodeFs.lstatSync(root, { bigint: true }).ctimeNs / 1_000_000n);
  const clock = new FakeClock({ start: startMs + hourMs, auto: true });
  const tree = new MapLocalTree();
  const random = seededRandom('pair');
  const files = createLocalFiles({ root, disk, clock, random, createHasher, reserveDiskBytes });
  const { rules } = buildIgnoreRules({ config: ignore, files: [] });
  const absolute = (path: string) => join(root, path);
  const read = (path: string) => nodeFs.readFileSync(absolute(path), 'utf8');
  const runScan = (options: Partial<ScanOptions> = {}) => scan({ root, disk, clock, tree, files, rules, ...options });
  const names = (path = '') =>
    nodeFs
      .readdirSync(absolute(path))
      .filter((name) => name !== '.yetisync')
      .sort();
  return {
    root,
    disk,
    clock,
    tree,
    files,
    rules,
    absolute,
    read,
    names,
    write(path, content) {
      nodeFs.mkdirSync(join(absolute(path), '..'), { recursive: true });
      nodeFs.writeFileSync(absolute(path), content);
    },
    scan: runScan,
    async settle() {
      await runScan();
      for (const path of tree.paths()) if (tree.find(path).kind === 'file') tree.agree(path, md5Of(read(path)));
      tree.applied.length = 0;
      disk.calls.length = 0;
    },
    trashed: () =>
      filesBelow(absolute('.yetisync/trash'))
        .filter((path) => !path.endsWith('.json'))
        .map((path) => nodeFs.readFileSync(path, 'utf8')),
  };
}

export function md5Of(content: string): Md5 {
  return createHash('md5').update(content).digest('hex') as Md5;
}

export const at = parseRelPath;

export function filesBelow(folder: string): string[] {
  if (!nodeFs.existsSync(folder)) return [];
  return nodeFs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
