/** A file that is read once for two purposes: what is sent from memory is what the file held, and is sent only while it still does. */
import { appendFileSync, lstatSync, renameSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RelPath } from '../../src/core/path.ts';
import { readWhole } from '../../src/execute/read-whole.ts';
import { createLocalFiles } from '../../src/local/files.ts';
import { realClock } from '../../src/system/clock.ts';
import { realDisk } from '../../src/system/disk.ts';
import { createHasher } from '../../src/system/hasher.ts';
import { realRandom } from '../../src/system/random.ts';
import { md5Of } from '../support/snapshot.ts';

const path = 'f' as RelPath;
let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'yetisync-read-whole-')));
  writeFileSync(join(root, 'f'), 'as it was');
});
afterEach(() => rmSync(root, { recursive: true }));

async function opened() {
  const common = { root, disk: realDisk, clock: realClock, random: realRandom };
  const files = createLocalFiles({ ...common, createHasher, reserveDiskBytes: 0 });
  const seen = await files.look(path);
  if (seen === null) throw new Error('it is not there');
  return readWhole(await files.read(path, seen.stamp));
}

it('gives the same bytes as often as it is asked', async () => {
  const { md5, read } = await opened();
  for (let times = 0; times < 3; times++) {
    const pieces: Uint8Array[] = [];
    for await (const piece of read.content) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe('as it was');
    expect(await read.finish()).toBe(md5);
  }
  expect(md5).toBe(md5Of('as it was'));
  await read.close();
});

it.each<readonly [string, (file: string) => void]>([
  ['appended to', (file) => appendFileSync(file, ' and more')],
  ['taken away', (file) => unlinkSync(file)],
  [
    'replaced',
    (file) => {
      writeFileSync(`${file}.new`, 'as it is');
      renameSync(`${file}.new`, file);
    },
  ],
  ['renamed', (file) => renameSync(file, `${file}.old`)],
  [
    'overwritten at its size, its time put back',
    (file) => {
      const { atime, mtime } = lstatSync(file);
      writeFileSync(file, 'As It Was');
      utimesSync(file, atime, mtime);
    },
  ],
])('says of a file that was %s since that it is another', async (_how, change) => {
  // the clock of a disk has ticks: what is written within the one in which the file was made may not show
  const born = lstatSync(join(root, 'f'), { bigint: true }).ctimeNs;
  do writeFileSync(join(root, 'tick'), '');
  while (lstatSync(join(root, 'tick'), { bigint: true }).ctimeNs === born);
  const { read } = await opened();
  change(join(root, 'f'));
  await expect(read.finish()).rejects.toMatchObject({ code: 'local/changed' });
  await read.close();
});
