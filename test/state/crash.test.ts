import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { newFolder, start } from './folder.ts';
import { openAt } from './trees.ts';

const kills = process.env['YETISYNC_ALL_HABITS'] === undefined ? 6 : 40;

it(`is whole after each of ${kills} kills in the middle of writing, and has every operation that was reported`, async () => {
  const path = join(newFolder(), 'state.db');
  const chance = seededRandom('kills');
  for (let kill = 0; kill < kills; kill += 1) {
    const writer = start('writer-program.ts', path, `writer ${kill}`);
    let reported = 0;
    for (let left = 1 + chance.int(200); left > 0; left -= 1) reported = Number(await writer.line());
    writer.kill('SIGKILL');
    await writer.ended;

    const { database } = openDatabase(path);
    expect(database.pragma('integrity_check')).toBe('ok');
    database.close();
    const state = openAt(path);
    try {
      expect(state.origin).toBe('kept');
      expect(state.verifyOpenIndex()).toEqual([]);
      expect(state.history({ limit: 1 })[0]?.atMs).toBeGreaterThanOrEqual(reported);
      for (const { intent } of state.intents()) expect(state.view.firstFreeEntry).toBeGreaterThan(intent.entry);
    } finally {
      state.close();
    }
  }
}, 300_000);

it('opens after its making was cut off at any file that this leaves behind', () => {
  const path = join(newFolder(), 'state.db');
  // What a kill between the first write and the first commit leaves: a file with a header and no table.
  openDatabase(path).database.close();
  const state = openAt(path);
  expect(state.origin).toBe('empty');
  expect(state.initialised).toBe(false);
  state.close();
});
