/** One person changes something, on a computer or on the host; everybody else follows, and nothing more happens. */
import { utimesSync, chmodSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { countOf, playRows, type Row } from './play.ts';

const byComputer = [['A', 'B']] as const;
const byWeb = [['web', 'A']] as const;
const ten = Array.from({ length: 10 }, (_, at) => `f${at + 1}`);

function many(folder: string, count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `${folder}/${at % 3 === 0 ? 'x/' : at % 3 === 1 ? 'x/y/' : ''}${at}`,
      `${folder} ${at}`,
    ]),
  );
}

const rows: readonly Row[] = [
  {
    id: 'S014',
    title: 'a new file arrives everywhere, sent once',
    start: { old: '0' },
    one: (person) => person.write('f', '1'),
    end: { old: '0', f: '1' },
    news: 1,
  },
  {
    id: 'S015',
    title: 'empty folders arrive everywhere, nested ones too',
    start: {},
    one: async (person) => {
      await person.mkdir('empty');
      await person.mkdir('x/y/z');
    },
    end: { empty: null, 'x/y/z': null },
    news: 0,
  },
  {
    id: 'S017',
    title: 'a removed file goes everywhere',
    start: { f: '1', g: '2' },
    one: (person) => person.remove('f'),
    end: { g: '2' },
    news: 0,
    check: (_, passes, [one]) => {
      if (one !== 'web')
        expect(passes.flatMap((pass) => pass.changingCalls).map(({ endpoint }) => endpoint)).toEqual(['file/delete']);
    },
  },
  {
    id: 'S018',
    title: 'a removed folder goes everywhere, by one call',
    start: { ...many('d', 9), ...many('keep', 40) },
    one: (person) => person.remove('d'),
    end: many('keep', 40),
    news: 0,
    check: (_, passes, [one]) => {
      if (one !== 'web')
        expect(passes.flatMap((pass) => pass.changingCalls).map(({ endpoint }) => endpoint)).toEqual(['folder/delete']);
    },
  },
  {
    id: 'S019',
    title: 'a folder stays when its only file goes',
    start: { 'd/f': '1' },
    one: (person) => person.remove('d/f'),
    end: { d: null },
    news: 0,
  },
  {
    id: 'S021',
    title: 'a renamed file is renamed',
    start: { f: '1' },
    one: (person) => person.move('f', 'g'),
    end: { g: '1' },
    news: 0,
    by: byWeb,
    check: inodeKept('f', 'g'),
  },
  {
    id: 'S022',
    title: 'a moved file is moved',
    start: { 'd1/f': '1', d2: null },
    one: (person) => person.move('d1/f', 'd2/f'),
    end: { d1: null, 'd2/f': '1' },
    news: 0,
    by: byWeb,
    check: inodeKept('d1/f', 'd2/f'),
  },
  {
    id: 'S023',
    title: 'a file is moved and renamed at once',
    start: { 'd1/f': '1', d2: null },
    one: (person) => person.move('d1/f', 'd2/g'),
    end: { d1: null, 'd2/g': '1' },
    news: 0,
    by: byWeb,
    check: inodeKept('d1/f', 'd2/g'),
  },
  {
    id: 'S025',
    title: 'a folder is moved below another',
    start: { 'd/f': '1', e: null },
    one: (person) => person.move('d', 'e/d'),
    end: { 'e/d/f': '1' },
    news: 0,
    by: byWeb,
    check: inodeKept('d/f', 'e/d/f'),
  },
  {
    id: 'S026',
    title: 'a file is renamed and then edited',
    start: { f: '1' },
    one: async (person) => {
      await person.move('f', 'g');
      await person.write('g', '2');
    },
    end: { g: '2' },
    by: byWeb,
    news: 1,
  },
  {
    id: 'S027',
    title: 'a folder is renamed and a file in it edited',
    start: { 'd/f': '1', 'd/g': '0' },
    one: async (person) => {
      await person.move('d', 'e');
      await person.write('e/f', '2');
    },
    end: { 'e/f': '2', 'e/g': '0' },
    by: byWeb,
    news: 1,
  },
  {
    id: 'S029',
    title: 'a touched file travels nowhere',
    start: { f: '1' },
    one: (_, world) => utimesSync(world.computer('A').path('f'), 1e9, 1e9),
    end: { f: '1' },
    by: byComputer,
    news: 0,
    check: (_, passes) => expect(passes.flatMap((pass) => pass.changingCalls)).toEqual([]),
  },
  {
    id: 'S030',
    title: 'all files are touched, and their modes changed, and nothing travels',
    start: many('d', 30),
    one: (_, world) => {
      for (const path of Object.keys(many('d', 30))) {
        utimesSync(world.computer('A').path(path), 2e9, 2e9);
        chmodSync(world.computer('A').path(path), 0o600);
      }
    },
    end: many('d', 30),
    by: byComputer,
    news: 0,
    check: (_, passes) => expect(passes.flatMap((pass) => pass.changingCalls)).toEqual([]),
  },
  {
    id: 'S031',
    title: 'an edit that is taken back travels nowhere',
    start: { f: '1' },
    one: async (person) => {
      await person.write('f', '2');
      await person.write('f', '1');
    },
    end: { f: '1' },
    by: byComputer,
    news: 0,
    check: (_, passes) => expect(passes.flatMap((pass) => pass.changingCalls)).toEqual([]),
  },
  {
    id: 'S033',
    title: 'a file removed and made anew is an edit',
    start: { f: '1' },
    one: async (person) => {
      await person.remove('f');
      await person.write('f', '2');
    },
    end: { f: '2' },
    news: 1,
  },
  {
    id: 'S034',
    title: 'a file removed, and made again later with the same content, is back',
    start: { f: '1', other: '0' },
    one: async (person, world) => {
      await person.remove('f');
      await world.settle();
      await person.write('f', '1');
    },
    end: { f: '1', other: '0' },
    news: 1,
  },
  {
    id: 'S035',
    title: 'a rename that is taken back is nothing',
    start: { f: '1' },
    one: async (person) => {
      await person.move('f', 'g');
      await person.move('g', 'f');
    },
    end: { f: '1' },
    news: 0,
    check: (_, passes) => expect(passes.flatMap((pass) => pass.touched)).toEqual([]),
  },
  {
    id: 'S037',
    title: 'a file is renamed and another made under its old name',
    start: { f: '1' },
    one: async (person) => {
      await person.move('f', 'g');
      await person.write('f', '3');
    },
    end: { g: '1', f: '3' },
    by: byWeb,
    news: 1,
    check: inodeKept('f', 'g'),
  },
  {
    id: 'S038',
    title: 'a folder is renamed and another made under its old name',
    start: { 'd/f': '1', 'd/g': '2' },
    one: async (person) => {
      await person.move('d', 'e');
      await person.mkdir('d');
    },
    end: { 'e/f': '1', 'e/g': '2', d: null },
    by: byWeb,
    news: 0,
  },
  {
    id: 'S038b',
    title: 'a folder is renamed, another made under its old name, and the files moved back into it',
    start: { 'd/f': '1', 'd/g': '2' },
    one: async (person) => {
      await person.move('d', 'e');
      await person.mkdir('d');
      await person.move('e/f', 'd/f');
      await person.move('e/g', 'd/g');
    },
    end: { 'd/f': '1', 'd/g': '2', e: null },
    by: byWeb,
    news: 0,
  },
  {
    id: 'S039',
    title: 'ten files are moved into a new folder beside them',
    start: Object.fromEntries(ten.map((name) => [`d/${name}`, name])),
    one: async (person) => {
      await person.mkdir('d/new');
      for (const name of ten) await person.move(`d/${name}`, `d/new/${name}`);
    },
    end: Object.fromEntries(ten.map((name) => [`d/new/${name}`, name])),
    by: byWeb,
    news: 0,
  },
  {
    id: 'S041',
    title: 'a file is moved over another',
    start: { a: '1', b: '2' },
    one: (person) => person.move('a', 'b'),
    end: { b: '1' },
    by: byWeb,
    news: 0,
  },
  {
    id: 'S042',
    title: 'two files swap their names',
    start: { a: '1', b: '2' },
    one: async (person) => {
      await person.move('a', 'tmp');
      await person.move('b', 'a');
      await person.move('tmp', 'b');
    },
    end: { a: '2', b: '1' },
    by: byWeb,
    news: 0,
  },
  {
    id: 'S043',
    title: 'three files exchange their names in a ring',
    start: { a: '1', b: '2', c: '3' },
    one: async (person) => {
      await person.move('a', 'tmp');
      await person.move('c', 'a');
      await person.move('b', 'c');
      await person.move('tmp', 'b');
    },
    end: { a: '3', b: '1', c: '2' },
    by: byWeb,
    news: 0,
  },
  {
    id: 'S045',
    title: 'two folders swap their names',
    start: { 'd/x': '1', 'd/y': '2', 'e/z': '3' },
    one: async (person) => {
      await person.move('d', 'tmp');
      await person.move('e', 'd');
      await person.move('tmp', 'e');
    },
    end: { 'e/x': '1', 'e/y': '2', 'd/z': '3' },
    by: byWeb,
    news: 0,
  },
  {
    id: 'S046',
    title: 'a parent becomes the child of its child',
    start: { 'A/Empty/f': '1', 'C/AllEmpty': null },
    one: async (person) => {
      await person.move('A/Empty', 'Empty');
      await person.move('A', 'Empty/A');
      await person.move('C/AllEmpty', 'AllEmpty');
      await person.move('C', 'AllEmpty/C');
    },
    end: { 'Empty/f': '1', 'Empty/A': null, 'AllEmpty/C': null },
    by: byWeb,
    news: 0,
  },
  {
    id: 'S047',
    title: 'folders are renamed at all levels, and each gets a new file',
    start: { 'A/a': '1', 'A/B/b': '2', 'A/B/C/c': '3', 'A/B/C/D/d': '4', 'A/B/C/D/E/e': '5' },
    one: async (person) => {
      await person.move('A', 'A1');
      await person.move('A1/B', 'A');
      await person.move('A/C', 'A/C1');
      await person.move('A/C1/D', 'A1/D');
      await person.move('A1/D/E', 'A1/D/B');
      for (const [at, folder] of ['A', 'A1', 'A/C1', 'A1/D', 'A1/D/B'].entries())
        await person.write(`${folder}/new`, `new ${at}`);
    },
    end: {
      'A1/a': '1',
      'A/b': '2',
      'A/C1/c': '3',
      'A1/D/d': '4',
      'A1/D/B/e': '5',
      'A/new': 'new 0',
      'A1/new': 'new 1',
      'A/C1/new': 'new 2',
      'A1/D/new': 'new 3',
      'A1/D/B/new': 'new 4',
    },
    by: byWeb,
    news: 5,
  },
  {
    id: 'S049',
    title: 'only the case of a folder changes',
    start: { 'dir/Sub/x': '1' },
    one: (person) => person.move('dir', 'DIR'),
    end: { 'DIR/Sub/x': '1' },
    by: byWeb,
    news: 0,
  },
  {
    id: 'S050',
    title: 'a copy of a file is another file',
    start: { f: '1' },
    one: (person) => person.write('g', '1'),
    end: { f: '1', g: '1' },
    check: (_, passes) =>
      expect(
        countOf(
          passes.flatMap((pass) => pass.calls),
          'file/upload',
        ),
      ).toBeLessThanOrEqual(1),
  },
  {
    id: 'S053',
    title: 'the files of a folder are moved to another, and the folder removed',
    start: { 'd/1': '1', 'd/2': '2', 'd/3': '3', 'e/4': '4', 'e/5': '5' },
    one: async (person) => {
      for (const name of ['1', '2', '3']) await person.move(`d/${name}`, `e/${name}`);
      await person.remove('d');
    },
    end: { 'e/1': '1', 'e/2': '2', 'e/3': '3', 'e/4': '4', 'e/5': '5' },
    by: byWeb,
    news: 0,
  },
  {
    id: 'S054',
    title: 'a file becomes a folder',
    start: { f: '1' },
    one: async (person) => {
      await person.remove('f');
      await person.write('f/child', '2');
    },
    end: { 'f/child': '2' },
    news: 1,
  },
  {
    id: 'S055',
    title: 'a folder becomes a file, and a folder again',
    start: { 'd/a': '1', 'd/b/c': '2', keep: '0' },
    one: async (person, world) => {
      await person.remove('d');
      await person.write('d', '3');
      await world.settle();
      await person.remove('d');
      await person.write('d/a', '4');
    },
    end: { 'd/a': '4', keep: '0' },
    news: 2,
  },
  {
    id: 'S057',
    title: 'a file takes the name of a folder that was removed',
    start: { f: '1', e: null },
    one: async (person) => {
      await person.remove('e');
      await person.move('f', 'e');
    },
    end: { e: '1' },
    by: byWeb,
    news: 0,
  },
  {
    id: 'S059',
    title: 'a whole tree that comes in at once arrives everywhere',
    start: { f: '0' },
    one: async (person) => {
      for (const [path, content] of Object.entries(many('in/side', 12))) await person.write(path, content);
    },
    end: { f: '0', ...many('in/side', 12) },
    news: 12,
  },
  {
    id: 'S189',
    title: 'a file replaced by other bytes of one size is a new version',
    start: { f: 'aaaa' },
    one: (person) => person.write('f', 'bbbb'),
    end: { f: 'bbbb' },
    news: 1,
  },
];

/** Moved in place: the file on the other computers is the same one as before. */
function inodeKept(from: string, to: string): NonNullable<Row['check']> {
  return (_, passes) => {
    for (const name of ['A', 'B']) {
      const own = passes.filter((pass) => pass.computer === name);
      expect(own.at(-1)?.after.get(to)?.ino).toBe(own[0]?.before.get(from)?.ino);
    }
  };
}

describe('one change', () => playRows(rows));
