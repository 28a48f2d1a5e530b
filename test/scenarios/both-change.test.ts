/** Both sides change something before they hear of each other. Nothing is lost, and what is not in dispute is not a conflict. */
import { utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/world.ts';
import { begin, countOf, expectFiles, playRows, type Deed, type Row } from './play.ts';

const touch: Deed = (person, world) => {
  // the host's page has no times to touch
  if (person.name !== 'web') utimesSync(world.computer(person.name).path('f'), 1.5e9, 1.5e9);
};
const dirs = Array.from({ length: 40 }, (_, at) => `d${at}`);

const rows: readonly Row[] = [
  {
    id: 'S061',
    title: 'both make the same edit, and it is no conflict',
    start: { f: '1' },
    one: (person) => person.write('f', '2'),
    other: (person) => person.write('f', '2'),
    end: { f: '2' },
    copies: 0,
    check: (_, passes) => {
      expect(
        countOf(
          passes.flatMap((pass) => pass.calls),
          'file/upload',
        ),
      ).toBeLessThanOrEqual(2);
    },
  },
  {
    id: 'S062, S063',
    title: 'an edit survives the removal by the other',
    start: { f: '1', keep: '0' },
    one: (person) => person.write('f', '2'),
    other: (person) => person.remove('f'),
    end: { f: '2', keep: '0' },
    copies: 0,
  },
  {
    id: 'S064',
    title: 'both edit: the one has the name, the other is a conflict copy',
    start: { 'd/f.txt': '1' },
    one: (person) => person.write('d/f.txt', '22'),
    other: (person) => person.write('d/f.txt', '33'),
    end: [
      { 'd/f.txt': '22', 'd/f (conflict).txt': '33' },
      { 'd/f.txt': '33', 'd/f (conflict).txt': '22' },
    ],
    copies: 1,
  },
  {
    id: 'S064b',
    title: 'both edit to different sizes',
    start: { f: '1' },
    one: (person) => person.write('f', '22'),
    other: (person) => person.write('f', '3'),
    end: [
      { f: '22', 'f (conflict)': '3' },
      { f: '3', 'f (conflict)': '22' },
    ],
    copies: 1,
  },
  {
    id: 'S064c',
    title: 'both make a file of one name',
    start: { old: '0' },
    one: (person) => person.write('new', '1'),
    other: (person) => person.write('new', '2'),
    end: [
      { old: '0', new: '1', 'new (conflict)': '2' },
      { old: '0', new: '2', 'new (conflict)': '1' },
    ],
    copies: 1,
  },
  {
    id: 'S064d',
    title: 'both make the same file',
    start: { old: '0' },
    one: (person) => person.write('new', '1'),
    other: (person) => person.write('new', '1'),
    end: { old: '0', new: '1' },
    copies: 0,
  },
  {
    id: 'S064e',
    title: 'both remove the same file',
    start: { f: '1', g: '2' },
    one: (person) => person.remove('f'),
    other: (person) => person.remove('f'),
    end: { g: '2' },
  },
  {
    id: 'S065, S415',
    title: 'a touch is not an edit',
    start: { f: '1' },
    one: touch,
    other: (person) => person.write('f', '3'),
    end: { f: '3' },
    copies: 0,
  },
  {
    id: 'S414',
    title: 'a touched file goes when the other removes it',
    start: { f: '1', g: '0' },
    one: touch,
    other: (person) => person.remove('f'),
    end: { g: '0' },
  },
  {
    id: 'S074',
    title: 'an edit keeps the folder that the other removes',
    start: { 'd/f': '1', 'd/g': '2', 'd/e/h': '3', keep: '0' },
    one: (person) => person.write('d/f', '9'),
    other: (person) => person.remove('d'),
    end: { 'd/f': '9', keep: '0' },
    copies: 0,
  },
  {
    id: 'S075',
    title: 'a new file keeps the folder that the other removes',
    start: { 'd/old': '1', 'd/e/old': '2' },
    one: (person) => person.write('d/new', '9'),
    other: (person) => person.remove('d'),
    end: { 'd/new': '9' },
    copies: 0,
  },
  {
    id: 'S075b',
    title: 'a new folder deep below keeps the folders that the other removes',
    start: { 'd/e/old': '2', 'd/x': '1' },
    one: (person) => person.mkdir('d/e/f/new'),
    other: (person) => person.remove('d'),
    end: { 'd/e/f/new': null },
    copies: 0,
  },
  {
    id: 'S083',
    title: 'one removes a folder, the other a file in it',
    start: { 'd/a': '1', 'd/b': '2', keep: '0' },
    one: (person) => person.remove('d'),
    other: (person) => person.remove('d/a'),
    end: { keep: '0' },
  },
  {
    id: 'S098',
    title: 'a new folder meets a new file of its name',
    start: { old: '0' },
    one: (person) => person.write('Z/foo', '1'),
    other: (person) => person.write('Z', '2'),
    end: { old: '0', 'Z/foo': '1', 'Z (conflict)': '2' },
    copies: 1,
  },
  {
    id: 'S099',
    title: 'a file becomes a folder here and is edited there',
    start: { f: '1' },
    one: async (person) => {
      await person.remove('f');
      await person.write('f/bar', '3');
    },
    other: (person) => person.write('f', '2'),
    end: { 'f/bar': '3', 'f (conflict)': '2' },
    copies: 1,
  },
  {
    id: 'S103',
    title: 'a file becomes a folder on both sides',
    start: { f: '1' },
    one: async (person) => {
      await person.remove('f');
      await person.write('f/a', '2');
    },
    other: async (person) => {
      await person.remove('f');
      await person.write('f/b', '3');
    },
    end: { 'f/a': '2', 'f/b': '3' },
    copies: 0,
  },
  {
    id: 'S389',
    title: 'both exchange all files of a folder',
    start: { 'd/x': '1', 'd/y': '2', keep: '0' },
    one: async (person) => {
      await person.remove('d/x');
      await person.remove('d/y');
      await person.write('d/p', '3');
    },
    other: async (person) => {
      await person.remove('d/x');
      await person.remove('d/y');
      await person.write('d/q', '4');
    },
    end: { 'd/p': '3', 'd/q': '4', keep: '0' },
    copies: 0,
  },
  {
    id: 'S406',
    title: 'a file becomes a folder here and is removed there',
    start: { f: '1' },
    one: async (person) => {
      await person.remove('f');
      await person.mkdir('f');
    },
    other: (person) => person.remove('f'),
    end: { f: null },
    copies: 0,
  },
  {
    id: 'S407',
    title: 'a folder is removed here and becomes a file there',
    start: { 'd/x': '1' },
    one: (person) => person.remove('d'),
    other: async (person) => {
      await person.remove('d');
      await person.write('d', '2');
    },
    end: { d: '2' },
    copies: 0,
  },
  {
    id: 'S409',
    title: 'a folder becomes a file on both sides',
    start: { 'd/x': '1' },
    one: async (person) => {
      await person.remove('d');
      await person.write('d', '5');
    },
    other: async (person) => {
      await person.remove('d');
      await person.write('d', '6');
    },
    end: [
      { d: '5', 'd (conflict)': '6' },
      { d: '6', 'd (conflict)': '5' },
    ],
    copies: 1,
  },
  {
    id: 'S408',
    title: 'a folder becomes a file here, and gets a new file there',
    start: { 'd/x': '1' },
    one: async (person) => {
      await person.remove('d');
      await person.write('d', '5');
    },
    other: (person) => person.write('d/new', '6'),
    end: { 'd/new': '6', 'd (conflict)': '5' },
    copies: 1,
  },
  // ------------------------------------------------------------------------------ moves that are made on the host
  {
    id: 'S066',
    title: 'an edit here meets a rename there',
    start: { f: '1' },
    one: (person) => person.write('f', '2'),
    other: (person) => person.move('f', 'g'),
    end: { g: '2' },
    copies: 0,
    by: [['A', 'web']],
  },
  {
    id: 'S071',
    title: 'a removal here meets a rename there: it stays, at its new place',
    start: { f: '1' },
    one: (person) => person.remove('f'),
    other: (person) => person.move('f', 'g'),
    end: { g: '1' },
    by: [['A', 'web']],
  },
  {
    id: 'S073',
    title: 'a folder is removed here, a file had been moved out of it there',
    start: { 'd/f': '1', 'd/g': '2', e: null },
    one: (person) => person.remove('d'),
    other: (person) => person.move('d/f', 'e/f'),
    end: { 'e/f': '1' },
    by: [['A', 'web']],
  },
  {
    id: 'S077',
    title: 'a file is made in a folder that is renamed there',
    start: { 'd/x': '1' },
    one: (person) => person.write('d/new', '2'),
    other: (person) => person.move('d', 'e'),
    end: { 'e/x': '1', 'e/new': '2' },
    copies: 0,
    by: [['A', 'web']],
  },
  {
    id: 'S078',
    title: 'a file is edited in a folder that is renamed there',
    start: { 'd/f': '1', 'd/g': '0' },
    one: (person) => person.write('d/f', '2'),
    other: (person) => person.move('d', 'e'),
    end: { 'e/f': '2', 'e/g': '0' },
    copies: 0,
    by: [['A', 'web']],
  },
  {
    id: 'S079',
    title: 'a file is edited on both sides, in a folder that is renamed there',
    start: { 'd/f': '1' },
    one: (person) => person.write('d/f', '2'),
    other: async (person) => {
      await person.move('d', 'e');
      await person.write('e/f', '3');
    },
    end: { 'e/f': '3', 'e/f (conflict)': '2' },
    copies: 1,
    by: [['A', 'web']],
  },
  {
    id: 'S081',
    title: 'a file is removed in a folder that is renamed there',
    start: { 'd/f': '1', 'd/g': '2' },
    one: (person) => person.remove('d/f'),
    other: (person) => person.move('d', 'e'),
    end: { 'e/g': '2' },
    by: [['A', 'web']],
  },
  {
    id: 'S082, S386',
    title: 'a folder is removed here, a file renamed in it there: a rename is work',
    start: { 'd/x': '1', 'd/z': '2' },
    one: (person) => person.remove('d'),
    other: (person) => person.move('d/x', 'd/y'),
    end: { 'd/y': '1' },
    by: [['A', 'web']],
  },
  {
    id: 'S087',
    title: 'a folder is removed here, a file was moved into it there',
    start: { f: '1', 'd/x': '2' },
    one: (person) => person.remove('d'),
    other: (person) => person.move('f', 'd/f'),
    end: { 'd/f': '1' },
    by: [['A', 'web']],
  },
  {
    id: 'S089',
    title: 'a new file here meets one that is renamed to its name there',
    start: { f: '1' },
    one: (person) => person.write('g', '9'),
    other: (person) => person.move('f', 'g'),
    end: { g: '1', 'g (conflict)': '9' },
    copies: 1,
    by: [['A', 'web']],
  },
  {
    id: 'S090',
    title: 'an edit and a new file here, a rename to the name of the new one there',
    start: { f: '1' },
    one: async (person) => {
      await person.write('f', '2');
      await person.write('g', '8');
    },
    other: (person) => person.move('f', 'g'),
    end: { g: '2', 'g (conflict)': '8' },
    copies: 1,
    by: [['A', 'web']],
  },
  {
    id: 'S091',
    title: 'an edit here of what another was moved over there',
    start: { a: '1', b: '2' },
    one: (person) => person.write('b', '3'),
    other: (person) => person.move('a', 'b'),
    end: [
      { b: '1', 'b (conflict)': '3' },
      { b: '3', 'b (conflict)': '1' },
    ],
    copies: 1,
    by: [['A', 'web']],
  },
  {
    id: 'S094',
    title: 'an edit here of a file that swaps its name there',
    start: { a: '1', b: '2' },
    one: (person) => person.write('a', '3'),
    other: async (person) => {
      await person.move('a', 'tmp');
      await person.move('b', 'a');
      await person.move('tmp', 'b');
    },
    end: { a: '2', b: '3' },
    copies: 0,
    by: [['A', 'web']],
  },
  {
    id: 'S385',
    title: 'a folder is removed in one that is renamed there',
    start: { 'a/b/x': '1', 'a/c': '2' },
    one: (person) => person.remove('a/b'),
    other: (person) => person.move('a', 'A1'),
    end: { 'A1/c': '2' },
    by: [['A', 'web']],
  },
  {
    id: 'S387',
    title: 'a folder is removed here, a file was moved out of it to the top there',
    start: { 'd/x': '1', 'd/z': '2' },
    one: (person) => person.remove('d'),
    other: (person) => person.move('d/x', 'x'),
    end: { x: '1' },
    by: [['A', 'web']],
  },
  {
    id: 'S391',
    title: 'a big folder is renamed there while much changes in it here',
    start: Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`d/${at}`, `old ${at}`])),
    one: async (person) => {
      for (let at = 0; at < 9; at++) {
        await person.write(`d/${at}`, `edited ${at}`);
        await person.write(`d/new${at}`, `new ${at}`);
        await person.remove(`d/${at + 30}`);
      }
    },
    other: (person) => person.move('d', 'e'),
    end: Object.fromEntries([
      ...Array.from({ length: 60 }, (_, at) => [`e/${at}`, at < 9 ? `edited ${at}` : `old ${at}`] as const).filter(
        (_, at) => at < 30 || at >= 39,
      ),
      ...Array.from({ length: 9 }, (_, at) => [`e/new${at}`, `new ${at}`] as const),
    ]),
    copies: 0,
    by: [['A', 'web']],
  },
  {
    id: 'S410',
    title: 'a file is removed and a folder made in its place here, and it is renamed there',
    start: { f: '1' },
    one: async (person) => {
      await person.remove('f');
      await person.write('f/x', '2');
    },
    other: (person) => person.move('f', 'g'),
    end: { g: '1', 'f/x': '2' },
    copies: 0,
    by: [['A', 'web']],
  },
  {
    id: 'S411',
    title:
      'a folder is removed with all in it and a file made in its place, and the other renames it: what is in it stays',
    start: { 'd/x': '1', 'd/s/y': '3' },
    one: (person) => person.move('d', 'e'),
    other: async (person) => {
      await person.remove('d');
      await person.write('d', '2');
    },
    end: { 'e/x': '1', 'e/s/y': '3', d: '2' },
    copies: 0,
    by: [
      ['A', 'web'],
      ['web', 'A'],
    ],
  },
  {
    id: 'S413',
    title: 'a touched file is renamed there, and no byte travels',
    start: { f: '1' },
    one: touch,
    other: (person) => person.move('f', 'g'),
    end: { g: '1' },
    by: [['A', 'web']],
    check: (_, passes) => {
      const calls = passes.flatMap((pass) => pass.calls);
      expect(countOf(calls, 'file/upload') + countOf(calls, 'download')).toBe(0);
    },
  },
  {
    id: 'S417',
    title: 'an edit of one size with an older time is an edit',
    start: { f: '1' },
    one: async (person, world) => {
      await person.write('f', '2');
      if (person.name !== 'web') utimesSync(world.computer(person.name).path('f'), 1e9, 1e9);
    },
    end: { f: '2' },
    news: 1,
  },
  {
    id: 'S390',
    title: 'all folders go there while files are made and edited in some here',
    start: Object.fromEntries(dirs.map((name) => [`${name}/f`, name])),
    one: async (person) => {
      for (const name of dirs.slice(0, 20)) await person.write(`${name}/new`, `new in ${name}`);
      for (const name of dirs.slice(20, 25)) await person.write(`${name}/f`, `edited ${name}`);
    },
    other: async (person) => {
      for (const name of dirs) await person.remove(name);
    },
    end: Object.fromEntries([
      ...dirs.slice(0, 20).map((name) => [`${name}/new`, `new in ${name}`] as const),
      ...dirs.slice(20, 25).map((name) => [`${name}/f`, `edited ${name}`] as const),
    ]),
    copies: 0,
  },
];

describe('both change', () => playRows(rows));

describe('a conflict copy', () => {
  it('S106: edited by two again, has a conflict copy of its own', () =>
    inWorld({ seed: 'S106' }, async (world) => {
      await begin(world, { 'f.txt': '1' });
      await world.person('A').write('f.txt', '2');
      await world.person('B').write('f.txt', '3');
      await world.finish({ copies: 1 });
      const [copy] = world.copies();
      await world.person('A').write(copy!, '4');
      await world.person('B').write(copy!, '5');
      await world.finish({ copies: 2 });
    }));

  it('S107: goes everywhere once it is removed, and stays away', () =>
    inWorld({ seed: 'S107' }, async (world) => {
      await begin(world, { 'f.txt': '1' });
      await world.person('A').write('f.txt', '2');
      await world.person('B').write('f.txt', '3');
      await world.finish({ copies: 1 });
      await world.person('A').remove(world.copies()[0]!);
      await world.finish({ copies: 0 });
      expectFiles(world, [{ 'f.txt': '2' }, { 'f.txt': '3' }]);
      await world.finish({ copies: 0 });
    }));

  it('S110: of a name of 250 bytes fits a disk and keeps its extension', () =>
    inWorld({ seed: 'S110' }, async (world) => {
      const name = `${'é'.repeat(123)}.txt`;
      await begin(world, { [name]: '1' });
      await world.person('A').write(name, '22');
      await world.person('B').write(name, '333');
      await world.finish({ copies: 1 });
      const [copy] = world.copies();
      expect(Buffer.byteLength(copy!)).toBeLessThanOrEqual(255);
      expect(copy).toMatch(/\)\.txt$/);
    }));
});
