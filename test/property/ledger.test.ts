/** Which contents the random histories take for given up: a ledger that forgives too much would make them blind. */
import { describe, expect, test } from 'vitest';
import { Ledger } from '../support/ledger.ts';

const x = 'x';
type Deed = (ledger: Ledger) => void;

const writes =
  (actor: string, path: string): Deed =>
  (ledger) =>
    ledger.wrote(actor, path, x, null, false);
const edits =
  (actor: string, path: string): Deed =>
  (ledger) =>
    ledger.wrote(actor, path, `by ${actor}`, x, true);
const removes =
  (actor: string, path: string): Deed =>
  (ledger) =>
    ledger.removed(actor, path, x, true);
const passes =
  (actor: string): Deed =>
  (ledger) =>
    ledger.passed(actor);
const moves =
  (actor: string, from: string, to: string): Deed =>
  (ledger) =>
    ledger.moved(actor, [from], [to], [x]);
const agree =
  (...paths: readonly string[]): Deed =>
  (ledger) =>
    ledger.settled(new Map(paths.map((path) => [path, x])), 0);

const alike = [writes('A', 'p'), writes('B', 'p'), writes('C', 'p'), moves('A', 'p', 'q')];

/** Everyone who does away with one file still sees the content in another one. */
const rows: readonly (readonly [string, readonly Deed[], boolean])[] = [
  ['of two files one is removed', [agree('p', 'q'), removes('A', 'p')], true],
  ['of two files each is given up, by another person', [agree('p', 'q'), removes('A', 'p'), edits('B', 'q')], false],
  ['two persons remove the same one of two files', [agree('p', 'q'), removes('A', 'p'), removes('B', 'p')], true],
  [
    'one is moved and removed, and another person removes it at its old place',
    [agree('p', 'q'), moves('A', 'p', 'z'), removes('A', 'z'), removes('B', 'p')],
    true,
  ],
  ['one of three files is left', [agree('p', 'q', 'r'), removes('A', 'p'), edits('B', 'q')], true],
  [
    'what three computers had became two files, and each is given up',
    [...alike, agree('p', 'q'), edits('B', 'q'), removes('A', 'p')],
    false,
  ],
  ['the same, before all agreed', [...alike, edits('B', 'q'), removes('A', 'p')], false],
  [
    'the same, and both do away with the same one',
    [...alike, agree('p', 'q'), edits('B', 'q'), removes('A', 'q')],
    true,
  ],
  [
    'a file is removed and made again as it was, and another person removes it',
    [agree('p'), removes('B', 'p'), removes('A', 'p'), writes('A', 'p')],
    false,
  ],
  ['the same, in the other order', [agree('p'), removes('A', 'p'), writes('A', 'p'), removes('B', 'p')], false],
  ['a file is removed and made again as it was', [agree('p'), removes('A', 'p'), writes('A', 'p')], true],
  [
    'a file is copied and removed, and another person edits it',
    [agree('p'), writes('B', 'q'), removes('B', 'p'), edits('A', 'p')],
    false,
  ],
  ['the same, in the other order', [agree('p'), edits('A', 'p'), writes('B', 'q'), removes('B', 'p')], false],
  ['a file is copied, and another person edits it', [agree('p'), writes('B', 'q'), edits('A', 'p')], true],
  [
    'a file is copied, and removed once the copy is on the host, and another person edits it',
    [agree('p'), writes('B', 'q'), passes('B'), removes('B', 'p'), edits('A', 'p')],
    true,
  ],
  [
    'a file is removed and made again elsewhere, and another person edits it',
    [agree('p'), removes('B', 'p'), writes('B', 'q'), edits('A', 'p')],
    false,
  ],
  [
    'a file that was given up is made again',
    [agree('p', 'q'), removes('A', 'p'), writes('A', 'p'), removes('B', 'q')],
    true,
  ],
];

describe('a content that several files hold', () => {
  test.each(rows)('%s', (_, deeds, isAlive) => {
    const ledger = new Ledger();
    ledger.wrote('A', 'p', x, null, false);
    ledger.settled(new Map([['p', x]]), 0);
    if (deeds[0] === alike[0]) ledger.settled(new Map(), 0);
    for (const deed of deeds) deed(ledger);
    expect(ledger.alive().includes(x)).toBe(isAlive);
  });
});
