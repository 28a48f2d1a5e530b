/** What folders and accounts say of themselves is kept, not added up: it must be right whatever happens to the tree. */
import Sqlite from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Habit } from '../../src/host/habits.ts';
import type { Host } from '../../src/host/host.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { at, home, text, type Program } from './program.ts';

/** What the check finds, without what cannot be reached: careless hosts allow that. */
function wrongSums({ admin }: Host): string {
  try {
    admin.checkTree();
    return '';
  } catch (error) {
    return /(folder|account) \d+ says .*/.exec(String(error instanceof Error ? error : ''))?.[0] ?? '';
  }
}

async function infoOf(program: Program, id: string): Promise<unknown> {
  return at((await program.call('folder/info', { folder_id: id, parent_folder_id: id })).json, 'data');
}

const ways: readonly (readonly Habit[])[] = [['documented'], ['servers'], ['servers', 'ghosts']];

describe.each(ways.map((habits) => [habits.join(' + '), habits] as const))('sums of folders (%s)', (title, habits) => {
  it.each([1, 2, 3])('are right after each of many random calls, rings and trash included (seed %i)', async (seed) => {
    const { host, program, keys } = await home(habits);
    const random = seededRandom(`${title} ${seed}`);
    const below = (most: number): number => Math.floor(random.fraction() * most);
    const folders: string[] = [];
    const files: string[] = [];
    const pick = (ids: readonly string[]): string => ids[below(ids.length)] ?? '1';
    const parent = (): string => (random.fraction() < 0.15 ? 'null' : pick(folders));
    const deeds: readonly (readonly [string, () => Promise<unknown>])[] = [
      [
        'folder',
        async () => {
          // now and then below a folder that is yet to be made
          const early = String(folders.length + 1 + below(3));
          folders.push(await program.folder('f', random.fraction() < 0.15 ? early : pick(folders)));
        },
      ],
      ['upload', async () => files.push(await program.put('a', 'x'.repeat(1 + below(9)), pick(folders)))],
      ['copy', async () => program.call('file/copy', { file_id: pick(files), copy_to_folder_id: parent() })],
      ['move', async () => program.call('file/move', { file_id: pick(files), new_parent_folder_id: parent() })],
      ['edit', async () => program.call('file/edit', { file_id: pick(files), folder_id: parent(), filename: 'b' })],
      ['trash', async () => program.call('file/delete', { file_id: pick(files) })],
      [
        'folder/move',
        async () => program.call('folder/move', { folder_id: pick(folders), new_parent_folder_id: parent() }),
      ],
      ['folder/edit', async () => program.call('folder/edit', { folder_id: pick(folders), parent_id: parent() })],
      [
        'folder/delete',
        async () => (random.fraction() < 0.4 ? program.call('folder/delete', { folder_id: pick(folders) }) : null),
      ],
      [
        'restore',
        async () => {
          const trash = host.admin.trash(keys.accountId);
          const item = trash[below(trash.length)];
          if (item !== undefined) host.admin.restore(keys.accountId, item.kind, item.id);
        },
      ],
      ['empty', async () => (random.fraction() < 0.05 ? host.admin.emptyTrash(keys.accountId) : null)],
    ];
    const done: string[] = [];
    for (let step = 0; step < 300; step += 1) {
      const [name, act] = deeds[below(deeds.length)] ?? deeds[0]!;
      await act();
      done.push(name);
      expect(wrongSums(host), done.slice(-5).join(', ')).toBe('');
    }
    await host.close();
  });
});

it('says of the folders of a ring what the whole ring holds, and the right thing once it is open again', async () => {
  const { host, program } = await home(['servers']);
  const outer = await program.folder('outer');
  const inner = await program.folder('inner', outer);
  await program.put('a.txt', '12345', outer);
  await program.put('b.txt', '1234567', inner);
  await program.call('folder/move', { folder_id: outer, new_parent_folder_id: inner });
  for (const id of [outer, inner]) expect(text(at(await infoOf(program, id), 'totalSize'))).toBe('12');
  await program.call('folder/move', { folder_id: inner, new_parent_folder_id: 'null' });
  expect(text(at(await infoOf(program, inner), 'totalSize'))).toBe('12');
  expect(text(at(await infoOf(program, outer), 'totalSize'))).toBe('5');
  host.admin.checkTree();
});

describe('a database of the first version', () => {
  let place = '';
  beforeEach(() => (place = mkdtempSync(join(tmpdir(), 'yetihost-old-'))));
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  it('gets its sums when it is opened', async () => {
    const storage = { kind: 'folder', path: place } as const;
    const { host, program, keys } = await home(['documented'], { limits: { max_storage_bytes: 20 } }, { storage });
    const outer = await program.folder('outer');
    const inner = await program.folder('inner', outer);
    const gone = await program.folder('gone', outer);
    await program.put('a.txt', '12345', outer);
    await program.put('b.txt', '1234567', inner);
    await program.put('c.txt', '123', gone);
    await program.call('folder/delete', { folder_id: gone });
    const before = await infoOf(program, outer);
    await host.close();

    const old = new Sqlite(join(place, 'host.db'));
    old.exec(`DROP INDEX folders_in_trash; DROP INDEX files_in_trash; ALTER TABLE accounts DROP COLUMN used_bytes;
      ${['file_count', 'active_folders', 'all_folders', 'total_size'].map((name) => `ALTER TABLE folders DROP COLUMN ${name};`).join('')}
      PRAGMA user_version = 1`);
    old.close();

    const again = await home(['documented'], { username: 'second' }, { storage, random: seededRandom('again') });
    again.host.admin.checkTree();
    await again.program.signIn(keys);
    expect(await infoOf(again.program, outer)).toEqual(before);
    expect((await again.program.upload('d.txt', '12345678')).isSuccess).toBe(true);
    expect((await again.program.upload('e.txt', '1')).isSuccess).toBe(false);
    await again.host.close();
  });
});
