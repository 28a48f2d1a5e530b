/** Meetings that nobody thought of: random histories of the whole engine came upon each of them. Named after what the person would have seen. */
import { describe, expect, it } from 'vitest';
import { isCopyName } from '../support/ledger.ts';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import { begin, expectFiles, playRows } from './play.ts';
import type { Deed } from './play.ts';

describe('found by random histories', () => {
  playRows([
    {
      id: 'S007, S146',
      title: 'a file makes room for a folder of the same name also where hosts trim the name of its copy',
      start: {},
      one: (person) => person.write(' a', '1'),
      other: (person) => person.mkdir(' a'),
      end: { ' a': null, ' a (conflict)': '1' },
      copies: 1,
      by: [
        ['A', 'B'],
        ['B', 'A'],
      ],
    },
  ]);

  it('S203: an emptied file goes where somebody else moves it, and makes room here for what is made in its place', () =>
    inWorld({ seed: 'S203 folder', memory: {} }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write('f', '');
      await world.person('B').move('f', 'g');
      await world.person('B').write('f/x', '2');
      await world.goodPass('B');
      await world.goodPass('A');
      expect(world.contentOf('A', 'g')).toBe(md5Of(''));
      await world.person('A').write('g', '3');
      await world.finish({ copies: 0 });
      expectFiles(world, { g: '3', 'f/x': '2' });
    }));

  it.each<readonly [string, readonly Deed[]]>([
    ['a folder that was made elsewhere', [(person) => person.write('a/x', '2')]],
    [
      'a folder in the place of the file that both had',
      [(person) => person.remove('a'), (person) => person.write('a/x', '2')],
    ],
    ['a file that was moved there', [(person) => person.move('f', 'a')]],
  ])('S199, S099: an empty file here keeps no name from %s', (_, deeds) =>
    inWorld({ seed: 'S199 in the way', memory: {} }, async (world) => {
      await begin(world, deeds.length === 1 ? { f: '1' } : { a: '1' });
      await world.person('A').write('a', '');
      for (const deed of deeds) await deed(world.person('B'), world);
      await world.goodPass('B');
      await world.finish({ apart: (path) => isCopyName(path), withoutFresh: true, copies: 0 });
      const beside = [...world.computer('A').shape()].filter(([path]) => !world.computer('B').has(path));
      expect(beside.map(([path, md5]) => [isCopyName(path), md5])).toEqual([[true, md5Of('')]]);
    }),
  );

  it('S183: an empty folder that is restored on the host comes back also to the computer that had removed it', () =>
    inWorld({ seed: 'S183 empty', memory: {} }, async (world) => {
      await begin(world, { 'd/e': null });
      await world.person('A').remove('d');
      await world.settle();
      const folder = world.host.admin.trash(world.keys.accountId).find(({ name }) => name === 'd');
      world.host.admin.restore(world.keys.accountId, 'folder', folder!.id);
      world.ledger.restored(['d', 'd/e'], []);
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd/e': null });
    }));

  it('S201: a file that was emptied and kept as a backup makes room for the one that is saved in its place', () =>
    inWorld({ seed: 'S201 backup', memory: {} }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write('f', '');
      await world.person('A').move('f', 'f.bak');
      await world.person('A').write('f', '2');
      await world.finish({ apart: (path) => path === 'f.bak', exit: { A: 1 }, withoutFresh: true });
      expect(world.contentOf('B', 'f')).toBe(md5Of('2'));
      expect(world.contentOf('B', 'f.bak')).toBe(md5Of('1'));
      world.ledger.superseded.add(md5Of('1'));
      await world.person('A').write('f.bak', '3');
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '2', 'f.bak': '3' });
    }));

  it.each(['a', 'b'])(
    'S042: two files of one name change places between folders, and the one in %s is edited too',
    (edited) =>
      inWorld({ seed: `S042 ${edited}`, memory: {} }, async (world) => {
        await begin(world, { 'a/f': '1', 'b/f': '2' });
        const person = world.person('A');
        await person.write(`${edited}/f`, '3');
        await person.move('a/f', 'a/t');
        await person.move('b/f', 'a/f');
        await person.move('a/t', 'b/f');
        await world.finish({ copies: 0 });
        expectFiles(world, edited === 'a' ? { 'a/f': '2', 'b/f': '3' } : { 'a/f': '3', 'b/f': '1' });
      }),
  );

  it('S143: a file that is moved on the host before the look that ends its upload is moved here, and not sent again', () =>
    inWorld({ seed: 'S143 moved', memory: {} }, async (world) => {
      await begin(world, { d: null });
      await world.person('A').write('.f', '1');
      await world.goodPass('A', {
        onCall: async ({ endpoint }) => {
          if (endpoint === 'folder/listing' && world.web.find('.f') !== undefined)
            await world.person('web').move('.f', 'd/g');
          return null;
        },
      });
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd/g': '1' });
      expect(world.ledger.ids.size).toBe(1);
    }));

  it('S269: of two new files whose names differ in case only none has a name of the host for others, also where the program is killed', () =>
    inWorld({ seed: 'S269 killed', memory: {}, habits: ['servers'] }, async (world) => {
      await begin(world, {});
      await world.person('A').write('photo', '1');
      await world.person('A').write('Photo', '2');
      let sent = 0;
      await world.pass('A', {
        onCall: ({ endpoint }) => (endpoint === 'file/upload' && ++sent === 2 ? 'kill after' : null),
      });
      await world.goodPass('B');
      for (const path of world.computer('B').shape().keys()) expect(['photo', 'Photo']).toContain(path);
      await world.finish({ copies: 0 });
      expectFiles(world, { photo: '1', Photo: '2' });
    }));

  it('S095: a folder in the place of a file that was edited and renamed is made on the host once the file has its new name', () =>
    inWorld({ seed: 'S095', memory: {} }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').move('f', 'g');
      await world.person('A').write('g', '2');
      await world.person('A').write('f/x', '3');
      let isTwice = false;
      await world.goodPass('A', {
        onCall: () => {
          isTwice ||= world.web.shape().has('f #2');
          return Promise.resolve(null);
        },
      });
      expect(isTwice).toBe(false);
      await world.finish({ copies: 0 });
      expectFiles(world, { 'f/x': '3', g: '2' });
    }));

  it('S042: two files that exchange their names and are both edited do not wait for each other', () =>
    inWorld({ seed: 'S042 both', memory: {} }, async (world) => {
      await begin(world, { a: '1', b: '2' });
      const person = world.person('A');
      await person.move('a', 't');
      await person.move('b', 'a');
      await person.move('t', 'b');
      await person.write('a', '3');
      await person.write('b', '4');
      await person.write('c', '5');
      await world.finish({ copies: 0 });
      expectFiles(world, { a: '3', b: '4', c: '5' });
    }));

  it('S097: a file that was set aside for a folder, and another one that is moved to its name, are both kept beside the folder', () =>
    inWorld({ seed: 'S097 twice', memory: {} }, async (world) => {
      await begin(world, { 'd/x': '1', f: '2' });
      await world.person('A').write('n', '3');
      await world.goodPass('A');
      await world.person('B').move('d', 'n');
      await world.person('A').move('f', 'n');
      await world.goodPass('B');
      await world.finish();
      expect(world.copies()).toHaveLength(2);
      expect(world.contentOf('A', 'n/x')).toBe(md5Of('1'));
    }));

  it('S374: a file that another one of equal content took the place of is known by that one, where there are no birth times', () =>
    inWorld({ seed: 'S374 equal', memory: { withoutBirthTimes: true } }, async (world) => {
      await begin(world, { a: '1', b: '1' });
      await world.person('A').move('a', 'b');
      await world.person('B').write('c', '2'); // gets the inode here that the former b had
      await world.settle();
      await world.person('A').move('c', 'b');
      const { calls } = await world.goodPass('A');
      expect(calls.filter(({ endpoint }) => endpoint === 'file/upload')).toEqual([]);
      await world.finish({ copies: 0 });
      expectFiles(world, { b: '2' });
    }));

  it('S100: a file whose name ends in a dot steps aside once for a folder', () =>
    inWorld({ seed: 'S100 dot', memory: {} }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').move('f', 'a.');
      await world.goodPass('A');
      await world.person('B').mkdir('a.');
      await world.person('B').write('f', '2');
      await world.finish({ copies: 1 });
    }));

  it('an upload that is taken out of the folder on the host as soon as it has its name is sent again, and not asked for ever after', () =>
    inWorld({ seed: 'taken out', memory: {}, habits: ['awkward'] }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write('.a', '2');
      let isTaken = false;
      await world.goodPass('A', {
        onCall: async ({ endpoint }) => {
          const found = isTaken || endpoint !== 'folder/listing' ? undefined : world.web.find('.a');
          if (found === undefined) return null;
          isTaken = true;
          await world.web.call('file/edit', { file_id: String(found.id), filename: 'out', folder_id: 'null' });
          return null;
        },
      });
      expect(isTaken).toBe(true);
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '1', '.a': '2' });
    }));

  it.each([
    ['A', 'b'],
    ['b', 'A'],
  ])(
    'a folder that is renamed from %s to %s while a file takes its name is renamed on the host, and so is the file',
    (from, to) =>
      inWorld({ seed: `${from} ${to}`, memory: {} }, async (world) => {
        await begin(world, { [`${from}/x`]: '1', [`${from}/d/y`]: '2', f: '3' });
        await world.person('A').move(from, to);
        await world.person('A').move('f', from);
        const { changingCalls } = await world.goodPass('A');
        expect(changingCalls.map(({ endpoint }) => endpoint).sort()).toEqual(['file/edit', 'folder/edit']);
        await world.finish({ copies: 0 });
        expectFiles(world, { [`${to}/x`]: '1', [`${to}/d/y`]: '2', [from]: '3' });
      }),
  );
});
