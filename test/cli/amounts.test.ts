import { describe, expect, it } from 'vitest';
import {
  agoText,
  countText,
  durationText,
  nameText,
  numberText,
  pathText,
  roughDurationText,
  sizeText,
} from '../../src/cli/amounts.ts';

describe('amounts are written as a person reads them', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [9_940, '9.9 kB'],
    [9_960, '10 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [3_400_000, '3.4 MB'],
    [12e9, '12 GB'],
    [5e18, '5000 PB'],
  ])('%d bytes', (bytes, text) => expect(sizeText(bytes)).toBe(text));

  it.each([
    [0, '0 ms'],
    [94, '94 ms'],
    [95, '0.1 s'],
    [9_940, '9.9 s'],
    [9_960, '10 s'],
    [59_700, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [90_000_000, '1 d 1 h'],
  ])('%d ms', (ms, text) => expect(durationText(ms)).toBe(text));

  it.each([
    [1, '10 s'],
    [41_000, '50 s'],
    [61_000, '2 min'],
    [3_601_000, '1 h 10 min'],
  ])('an estimate of %d ms is no more exact than it is', (ms, text) => expect(roughDurationText(ms)).toBe(text));

  it('counts', () => {
    expect([countText(1, 'file'), countText(1204, 'file'), countText(0, 'entry', 'entries')]).toEqual([
      '1 file',
      '1,204 files',
      '0 entries',
    ]);
    expect(numberText(1_234_567)).toBe('1,234,567');
    expect([agoText(0, 500), agoText(0, 61_000)]).toEqual(['just now', '1 min 1 s ago']);
  });
});

it('a name cannot move the cursor or turn the writing direction', () => {
  expect(nameText('a\u001b[2Jb\nc\u202egpj.exe\u0085')).toBe('a\\u{1b}[2Jb\\nc\\u{202e}gpj.exe\\u{85}');
  expect(nameText('Grüße 旅行 \u{1f600}')).toBe('Grüße 旅行 \u{1f600}');
  expect(pathText('')).toBe('(the folder itself)');
});
