import { describe, expect, it } from 'vitest';
import {
  conflictCopyName,
  conflictMade,
  keptCopyName,
  originalOf,
  readConflictMark,
  wasMadeLately,
} from '../../src/core/conflict.ts';
import type { LocalName } from '../../src/core/path.ts';

const name = (text: string) => text as LocalName;
const made = conflictMade('2026-11-22 14-03-05', "Ann's laptop");
const free = () => false;

describe('the name of a conflict copy', () => {
  it.each([
    'notes.txt',
    'notes',
    '.profile',
    'archive.tar.gz',
    'a.',
    'a..',
    'no ext. really',
    'a (2).txt',
    'Größe 😀.jpg',
  ])('of %j tells what it is a copy of, when it was made and where', (original) => {
    const copy = conflictCopyName(name(original), made, free)!;
    const mark = readConflictMark(copy)!;
    expect(mark).toMatchObject({ at: '2026-11-22 14-03-05', computer: 'Ann-s-laptop', original });
    expect(originalOf(copy, mark, [name('other.txt'), copy, name(original)])).toBe(original);
    const second = conflictCopyName(name(original), made, (taken) => taken === copy)!;
    expect(readConflictMark(second)).toMatchObject({ computer: 'Ann-s-laptop', original });
  });

  it('of a name that had to be cut still leads to its file', () => {
    const long = name(`${'x'.repeat(250)}.txt`);
    const copy = conflictCopyName(long, made, free)!;
    const mark = readConflictMark(copy)!;
    expect(mark.original).not.toBe(long);
    expect(originalOf(copy, mark, [long])).toBe(long);
  });

  it('of the copy of a copy is read from its last mark', () => {
    const copy = conflictCopyName(name('a.txt'), made, free)!;
    const again = conflictCopyName(copy, conflictMade('2026-12-01 00-00-00', 'desktop'), free)!;
    expect(readConflictMark(again)).toMatchObject({ computer: 'desktop', original: copy });
  });

  it.each([
    'notes.txt',
    'notes (conflict).txt',
    'notes (conflict yesterday ann).txt',
    'a (conflict 2026-11-22 14-03-05).txt',
  ])('is not what %j is', (text) => expect(readConflictMark(name(text))).toBeNull());

  it('gives way to one that tells the computer and the day once it is kept, and takes none that something has', () => {
    const mark = readConflictMark(conflictCopyName(name('a.txt'), made, free)!)!;
    expect(keptCopyName(name('a.txt'), mark, free)).toBe('a (Ann-s-laptop 2026-11-22).txt');
    expect(keptCopyName(name('a.txt'), mark, (one) => one === 'a (Ann-s-laptop 2026-11-22).txt')).toBe(
      'a (Ann-s-laptop 2026-11-22 2).txt',
    );
  });
});

describe('a copy made a moment ago', () => {
  const now = '2026-11-22 14-03-05 laptop';
  it.each([
    ['f (conflict 2026-11-22 14-03-05 laptop)', true],
    ['f (conflict 2026-11-22 13-53-06 laptop 2).txt', true],
    ['f (conflict 2026-11-22 13-53-05 laptop)', false],
    ['f (conflict 2026-11-22 14-03-06 laptop)', false],
    ['f (conflict 2026-11-21 14-03-05 laptop)', false],
    ['f (conflict 2026-11-22 14-03-05 server)', false],
  ])('%s: %s', (copy, isLate) => {
    const mark = readConflictMark(name(copy));
    expect(mark !== null && wasMadeLately(mark, now)).toBe(isLate);
  });
});
