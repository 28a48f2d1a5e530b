/** Moves and renames: followed everywhere without a byte of content, however they are put together. */
import { describe, expect } from 'vitest';
import type { Pass } from '../support/computer.ts';
import { playRows, type Row } from './play.ts';

const byComputer = [['A', 'B']] as const;

function changing(passes: readonly Pass[]): string[] {
  return passes.flatMap((pass) => pass.changingCalls).map(({ endpoint }) => endpoint);
}

/** By a computer, one call to the host is enough; by the web page none is made at all. */
function oneCall(endpoint: string): NonNullable<Row['check']> {
  return (_, passes, [one]) => {
    expect(changing(passes)).toEqual(one === 'web' ? [] : [endpoint]);
  };
}

const many = (folder: string, count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${folder}/${at % 3}/${at}`, `content ${at}`]));

const rows: readonly Row[] = [
  {
    id: 'S021',
    title: 'a renamed file is renamed everywhere',
    start: { f: '1' },
    one: (person) => person.move('f', 'g'),
    end: { g: '1' },
    news: 0,
    check: oneCall('file/edit'),
  },
  {
    id: 'S022',
    title: 'a file that moves to another folder moves everywhere',
    start: { 'd1/f': '1', d2: null },
    one: (person) => person.move('d1/f', 'd2/f'),
    end: { d1: null, 'd2/f': '1' },
    news: 0,
    check: oneCall('file/edit'),
  },
  {
    id: 'S023',
    title: 'a file that is renamed and moved in one step takes one call',
    start: { 'd1/f': '1', d2: null },
    one: (person) => person.move('d1/f', 'd2/g'),
    end: { d1: null, 'd2/g': '1' },
    news: 0,
    check: oneCall('file/edit'),
  },
  {
    id: 'S025',
    title: 'a folder that moves below another is one call, whatever it holds',
    start: { ...many('d', 20), e: null },
    one: (person) => person.move('d', 'e/d'),
    end: many('e/d', 20),
    news: 0,
    check: oneCall('folder/edit'),
  },
  {
    id: 'S026',
    title: 'a file that is renamed and then edited has its new name and its new content',
    start: { f: '1' },
    one: async (person) => {
      await person.move('f', 'g');
      await person.write('g', '2');
    },
    end: { g: '2' },
    news: 1,
  },
  {
    id: 'S027',
    title: 'a folder that is renamed with an edit in it is one folder call and one upload',
    start: many('d', 12),
    one: async (person) => {
      await person.move('d', 'e');
      await person.write('e/0/0', 'edited');
    },
    end: { ...many('e', 12), 'e/0/0': 'edited' },
    news: 1,
  },
  {
    id: 'S035',
    title: 'a file that is renamed and renamed back is nothing at all',
    start: { f: '1' },
    one: async (person) => {
      await person.move('f', 'g');
      await person.move('g', 'f');
    },
    end: { f: '1' },
    news: 0,
    check: (_, passes) => {
      expect(changing(passes)).toEqual([]);
    },
  },
  {
    id: 'S037',
    title: 'a new file under the name that a rename has freed does not take the old one along',
    start: { f: '1' },
    one: async (person) => {
      await person.move('f', 'g');
      await person.write('f', '3');
    },
    end: { f: '3', g: '1' },
    news: 1,
  },
  {
    id: 'S038',
    title: 'a new folder under the name that a rename has freed is another folder',
    start: { 'd/f': '1', 'd/g': '2' },
    one: async (person) => {
      await person.move('d', 'e');
      await person.mkdir('d');
    },
    end: { d: null, 'e/f': '1', 'e/g': '2' },
    news: 0,
  },
  {
    id: 'S039',
    title: 'files that move into a new folder among them are moved, none is removed',
    start: Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`d/f${at}`, `content ${at}`])),
    one: async (person) => {
      await person.mkdir('d/new');
      for (let at = 0; at < 10; at++) await person.move(`d/f${at}`, `d/new/f${at}`);
    },
    end: Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`d/new/f${at}`, `content ${at}`])),
    news: 0,
    check: (_, passes) => {
      expect(changing(passes).filter((endpoint) => endpoint.endsWith('delete'))).toEqual([]);
    },
  },
  {
    id: 'S042',
    title: 'two files that exchange their names exchange them everywhere',
    start: { a: '1', b: '2' },
    one: async (person) => {
      await person.move('a', 't');
      await person.move('b', 'a');
      await person.move('t', 'b');
    },
    end: { a: '2', b: '1' },
    news: 0,
  },
  {
    id: 'S043',
    title: 'three files that change their names in a ring do so everywhere',
    start: { a: '1', b: '2', c: '3' },
    one: async (person) => {
      await person.move('c', 't');
      await person.move('b', 'c');
      await person.move('a', 'b');
      await person.move('t', 'a');
    },
    end: { a: '3', b: '1', c: '2' },
    news: 0,
  },
  {
    id: 'S045',
    title: 'two folders that exchange their names take their children along',
    start: { 'd/x': '1', 'e/y': '2' },
    one: async (person) => {
      await person.move('d', 't');
      await person.move('e', 'd');
      await person.move('t', 'e');
    },
    end: { 'd/y': '2', 'e/x': '1' },
    news: 0,
  },
  {
    id: 'S046',
    title: 'a parent becomes its child’s child',
    start: { 'A/Empty/x': '1', 'A/y': '2' },
    one: async (person) => {
      await person.move('A/Empty', 'Empty');
      await person.move('A', 'Empty/A');
    },
    end: { 'Empty/x': '1', 'Empty/A/y': '2' },
    news: 0,
  },
  {
    id: 'S047',
    title: 'folders renamed at every level, with something new in each, send only what is new',
    start: { '1/a': 'a', '1/2/b': 'b', '1/2/3/c': 'c' },
    one: async (person) => {
      await person.move('1/2/3', '1/2/drei');
      await person.move('1/2', '1/zwei');
      await person.move('1', '2');
      await person.write('2/n', 'n1');
      await person.write('2/zwei/n', 'n2');
      await person.write('2/zwei/drei/n', 'n3');
    },
    end: { '2/a': 'a', '2/n': 'n1', '2/zwei/b': 'b', '2/zwei/n': 'n2', '2/zwei/drei/c': 'c', '2/zwei/drei/n': 'n3' },
    news: 3,
  },
  {
    id: 'S049',
    title: 'a folder that only changes the case of its name keeps its children',
    start: { 'dir/Sub/x': '1' },
    one: (person) => person.move('dir', 'DIR'),
    end: { 'DIR/Sub/x': '1' },
    news: 0,
  },
  {
    id: 'S053',
    title: 'files that move out of a folder which is then removed are moved, not sent',
    start: { 'd/1': '1', 'd/2': '2', 'd/3': '3', 'e/4': '4' },
    one: async (person) => {
      for (const name of ['1', '2', '3']) await person.move(`d/${name}`, `e/${name}`);
      await person.remove('d');
    },
    end: { 'e/1': '1', 'e/2': '2', 'e/3': '3', 'e/4': '4' },
    news: 0,
  },
  {
    id: 'S057',
    title: 'a file takes the name of a folder that was removed',
    start: { f: '1', d: null },
    one: async (person) => {
      await person.remove('d');
      await person.move('f', 'd');
    },
    end: { d: '1' },
    news: 0,
  },
  {
    id: 'S394',
    title: 'moves into folders that are made for them take no byte',
    start: { f: '1', 's/x': '2' },
    one: async (person) => {
      await person.mkdir('n1/n2/n3');
      await person.move('f', 'n1/n2/n3/f');
      await person.move('s', 'n1/n2/n3/s');
    },
    end: { 'n1/n2/n3/f': '1', 'n1/n2/n3/s/x': '2' },
    news: 0,
  },
  {
    id: 'S066',
    title: 'renamed by one and edited by the other: the new content under the new name',
    start: { f: '1' },
    one: (person) => person.move('f', 'g'),
    other: (person) => person.write('f', '2'),
    end: [{ g: '2' }],
    copies: 0,
  },
  {
    id: 'S067',
    title: 'renamed alike by both: nothing is left to do',
    start: { f: '1' },
    one: (person) => person.move('f', 'g'),
    other: (person) => person.move('f', 'g'),
    end: { g: '1' },
    copies: 0,
  },
  {
    id: 'S069',
    title: 'moved to different places by both: it is in one of them',
    start: { 'B/b1': '1', A: null, C: null },
    one: (person) => person.move('B/b1', 'A/b1'),
    other: (person) => person.move('B/b1', 'C/b1'),
    end: [
      { 'A/b1': '1', B: null, C: null },
      { A: null, B: null, 'C/b1': '1' },
    ],
    copies: 0,
  },
  {
    id: 'S070',
    title: 'a folder renamed differently by both has one of the names, and all in it',
    start: many('d', 20),
    one: (person) => person.move('d', 'e'),
    other: (person) => person.move('d', 'g'),
    end: [many('e', 20), many('g', 20)],
    copies: 0,
  },
  {
    id: 'S071',
    title: 'renamed by one and removed by the other: a move is work',
    start: { f: '1', g: '2' },
    one: (person) => person.move('f', 'h'),
    other: (person) => person.remove('f'),
    end: { g: '2', h: '1' },
    copies: 0,
  },
  {
    id: 'S077',
    title: 'renamed by one while the other puts something in: it goes along',
    start: { 'd/old': '1' },
    one: (person) => person.move('d', 'e'),
    other: (person) => person.write('d/new', '2'),
    end: { 'e/new': '2', 'e/old': '1' },
    copies: 0,
  },
  {
    id: 'S078',
    title: 'a folder renamed by one while the other edits a file in it',
    start: { 'd/f': '1' },
    one: (person) => person.move('d', 'e'),
    other: (person) => person.write('d/f', '2'),
    end: { 'e/f': '2' },
    copies: 0,
  },
  {
    id: 'S079',
    title: 'a folder renamed by one and a file in it edited by both: one copy, in the renamed folder',
    start: { 'd/f': '1' },
    one: async (person) => {
      await person.move('d', 'e');
      await person.write('e/f', '2');
    },
    other: (person) => person.write('d/f', '3'),
    end: [
      { 'e/f': '3', 'e/f (conflict)': '2' },
      { 'e/f': '2', 'e/f (conflict)': '3' },
    ],
    copies: 1,
  },
  {
    id: 'S081',
    title: 'a file removed by one in a folder that the other renames',
    start: { 'd/f': '1', 'd/g': '2' },
    one: (person) => person.remove('d/f'),
    other: (person) => person.move('d', 'e'),
    end: { 'e/g': '2' },
    copies: 0,
  },
  {
    id: 'S087',
    title: 'a file moved into a folder that the other removes: the folder stays for it',
    start: { f: '1', 'd/x': '2' },
    one: (person) => person.move('f', 'd/f'),
    other: (person) => person.remove('d'),
    end: { 'd/f': '1' },
    copies: 0,
  },
  {
    id: 'S089',
    title: 'renamed by one to a name under which the other makes something new: both are kept',
    start: { f: '1' },
    one: (person) => person.move('f', 'g'),
    other: (person) => person.write('g', '9'),
    end: [
      { g: '9', 'g (conflict)': '1' },
      { g: '1', 'g (conflict)': '9' },
    ],
  },
  {
    id: 'S377',
    title: 'renamed at two levels by two',
    start: { 'p/q/r/f': '1' },
    one: (person) => person.move('p', 'P'),
    other: (person) => person.move('p/q/r', 'p/q/R'),
    end: { 'P/q/R/f': '1' },
    copies: 0,
  },
  {
    id: 'S378',
    title: 'renamed at two levels by two, with an edit below',
    start: { 'p/q/f': '1' },
    one: async (person) => {
      await person.move('p', 'P');
      await person.write('P/q/f', '2');
    },
    other: (person) => person.move('p/q', 'p/Q'),
    end: { 'P/Q/f': '2' },
    copies: 0,
  },
  {
    id: 'S382',
    title: 'a folder renamed by one while the other takes a file out of it',
    start: { 'd/f': '1' },
    one: (person) => person.move('d', 'e'),
    other: (person) => person.move('d/f', 'f'),
    end: { e: null, f: '1' },
    copies: 0,
  },
  {
    id: 'S385',
    title: 'a folder renamed by one while the other removes a folder in it',
    start: { 'a/b/x': '1', 'a/y': '2' },
    one: (person) => person.move('a', 'A'),
    other: (person) => person.remove('a/b'),
    end: { 'A/y': '2' },
    copies: 0,
  },
  {
    id: 'S042',
    title: 'two files of different folders are exchanged, and one is edited: both have their place and content',
    start: { a: '1', 'c/b': '2' },
    one: async (person) => {
      await person.move('a', 'tmp');
      await person.move('c/b', 'a');
      await person.move('tmp', 'c/b');
      await person.write('c/b', 'edited');
    },
    end: { a: '2', 'c/b': 'edited' },
    news: 1,
  },
  {
    id: 'S043',
    title: 'three files change places in a ring, and two of them are edited',
    start: { a: '1', b: '2', c: '3' },
    one: async (person) => {
      await person.move('a', 'tmp');
      await person.move('c', 'a');
      await person.move('b', 'c');
      await person.move('tmp', 'b');
      await person.write('b', 'edited');
      await person.write('c', 'edited too');
    },
    end: { a: '3', b: 'edited', c: 'edited too' },
    news: 2,
  },
  {
    id: 'S042',
    title: 'two files are exchanged, and both are edited',
    start: { a: '1', 'd/b': '2' },
    one: async (person) => {
      await person.move('a', 'tmp');
      await person.move('d/b', 'a');
      await person.move('tmp', 'd/b');
      await person.write('a', 'edited');
      await person.write('d/b', 'edited too');
    },
    end: { a: 'edited', 'd/b': 'edited too' },
    news: 2,
  },
  {
    id: 'S375',
    title: 'one puts a file over another that the second one has moved away: neither is lost',
    start: { a: '1', b: '2' },
    one: async (person) => {
      await person.remove('b');
      await person.move('a', 'b');
    },
    other: (person) => person.move('b', 'c'),
    end: { b: '1', c: '2' },
    by: [
      ['A', 'B'],
      ['B', 'A'],
    ],
    copies: 0,
  },
  {
    id: 'S058',
    title: 'a file that is moved out of the folder counts as removed',
    start: { f: '1', g: '2' },
    one: (person) => person.remove('f'),
    end: { g: '2' },
    by: byComputer,
    news: 0,
  },
];

describe('moves and renames', () => {
  playRows(rows);
});
