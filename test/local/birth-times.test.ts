import { createFsFromVolume, Volume } from 'memfs';
import nodeFs from 'node:fs';
import { expect, it } from 'vitest';
import { withTrueBirthTimes } from '../../src/local/birth-times.ts';
import { seenOf } from '../../src/local/seen.ts';
import { diskOver, realDisk } from '../../src/system/disk.ts';
import type { NodeFs } from '../../src/system/disk.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from './pair-folder.ts';

const clock = new FakeClock({ auto: true });

it('birth times that follow each change are taken for none, so that a write leaves identity alone', async () => {
  const fs = createFsFromVolume(new Volume()) as unknown as NodeFs;
  fs.mkdirSync('/pair');
  const bare = diskOver(fs);
  // As systems do that have no birth time to tell.
  const lstat = async (path: string) => {
    const stat = await bare.lstat(path);
    return { ...stat, birthtimeNs: stat.ctimeNs };
  };
  const disk = await withTrueBirthTimes({ ...bare, lstat }, clock, '/pair');
  expect(seenOf(await disk.lstat('/pair')).identity).toMatch(/:-$/);
});

it('a disk that keeps birth times keeps them, also right after the folder was made', async () => {
  const folder = temporaryFolder();
  const slow = { ...realDisk };
  const disk = await withTrueBirthTimes(slow, { now: () => 0, monotonic: () => 0, sleep: tick }, folder);
  expect(disk).toBe(slow);
  expect(nodeFs.readdirSync(folder)).toEqual([]);
});

/** Until the kernel stamps another time. */
async function tick(): Promise<void> {
  const probe = `${temporaryFolder()}/probe`;
  nodeFs.writeFileSync(probe, '');
  const { ctimeNs } = nodeFs.lstatSync(probe, { bigint: true });
  do nodeFs.writeFileSync(probe, 'x');
  while (nodeFs.lstatSync(probe, { bigint: true }).ctimeNs === ctimeNs);
}
