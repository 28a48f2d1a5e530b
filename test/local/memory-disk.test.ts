import { createFsFromVolume, Volume } from 'memfs';
import { expect, it } from 'vitest';
import type { RemoteId } from '../../src/core/entry.ts';
import { buildIgnoreRules } from '../../src/core/ignore.ts';
import { createLocalFiles } from '../../src/local/files.ts';
import { scan } from '../../src/local/scanner.ts';
import { diskOver } from '../../src/system/disk.ts';
import type { NodeFs } from '../../src/system/disk.ts';
import { createHasher } from '../../src/system/hasher.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { MapLocalTree } from '../support/map-local-tree.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { at } from './pair-folder.ts';

it('all of it works on the disk in memory that fast tests run on', async () => {
  const fs = createFsFromVolume(new Volume()) as unknown as NodeFs;
  fs.mkdirSync('/pair/d', { recursive: true });
  // Not in d: a folder of memfs that had a rename over one of its files counts it twice and is never empty again.
  fs.writeFileSync('/pair/f', 'old');
  fs.writeFileSync('/pair/d/h', 'other');
  const disk = { ...diskOver(fs), freeBytes: async () => 1e9 };
  const clock = new FakeClock({ auto: true });
  const common = { root: '/pair', disk, clock };
  const files = createLocalFiles({ ...common, random: seededRandom(1), createHasher, reserveDiskBytes: 0 });
  const tree = new MapLocalTree();
  const { rules } = buildIgnoreRules({ config: [], files: [] });
  await scan({ ...common, tree, files, rules });
  expect(tree.paths()).toEqual(['d', 'd/h', 'f']);

  const arrival = await files.receive('f7' as RemoteId, 5);
  await arrival.write(new TextEncoder().encode('newer'));
  await arrival.finish();
  const { trashed } = await arrival.place(at('f'), { stamp: tree.find('f').stamp, md5: null });
  expect(fs.readFileSync('/pair/f', 'utf8')).toBe('newer');
  expect(fs.readFileSync(`/pair/${trashed!.trashPath}`, 'utf8')).toBe('old');

  const seen = (await files.look(at('d/h')))!;
  await files.move(at('d/h'), at('g'), { kind: 'file', stamp: seen.stamp, identity: seen.identity });
  await files.trash(at('g'), (await files.look(at('g')))!.stamp, 'test');
  await files.removeFolder(at('d'));
  await scan({ ...common, tree, files, rules });
  expect(tree.paths()).toEqual(['f']);
});
