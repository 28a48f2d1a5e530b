/** Pseudonyms: what they hide, and what of a name must still be in them. */
import { describe, expect, it } from 'vitest';
import { readConflictMark, twinName } from '../../src/core/conflict.ts';
import { foldedName, isPlainName, localNameFor, remoteNameFor, spelledOut } from '../../src/core/names.ts';
import type { LocalName, RemoteName } from '../../src/core/path.ts';
import { Pseudonyms } from '../../src/core/pseudonyms.ts';

const some = [
  'Tax return.pdf',
  'tax return.pdf',
  'TAX Return.PDF',
  'Tax return (2).pdf',
  'Tax return (conflict 2026-11-22 14-03-05 annas-laptop).pdf',
  'Caf\u00e9.jpg',
  'Cafe\u0301.jpg',
  '.hidden',
  ' leading',
  'trailing ',
  '"quoted".txt',
  'party \u{1f389}',
  'a<b>.txt',
  'no extension',
  'archive.tar.gz',
] as LocalName[];

describe('a pseudonym', () => {
  const names = new Pseudonyms();
  const of = (name: LocalName): LocalName => names.local(name);

  it('says nothing of the name, and is always the same for it and for no other', () => {
    const shown = some.map(of);
    expect(shown.join(' ')).not.toMatch(/tax|return|caf|hidden|leading|quoted|party|archive|anna/i);
    expect(some.map(of)).toEqual(shown);
    expect(new Set(shown).size).toBe(some.length);
  });

  it.each([
    ['names that fold alike', foldedName],
    ['names of one normal form', (name: string) => name.normalize('NFC')],
  ])('keeps %s so, and others apart', (_, form) => {
    for (const one of some)
      for (const other of some)
        expect({ one, other, alike: form(of(one)) === form(of(other)) }).toEqual({
          one,
          other,
          alike: form(one) === form(other),
        });
  });

  it('keeps what decides about a name: marks, extensions, and what a host makes of it', () => {
    for (const name of some) {
      expect({ name, ending: /\.[a-z]{1,4}$/i.exec(of(name))?.[0] }).toEqual({
        name,
        ending: name === '.hidden' ? undefined : /\.[a-z]{1,4}$/i.exec(name)?.[0],
      });
      expect(isPlainName(of(name) as string as RemoteName)).toBe(isPlainName(name as string as RemoteName));
      expect((remoteNameFor(of(name)) as string) === of(name)).toBe((remoteNameFor(name) as string) === name);
      expect(readConflictMark(of(name))?.at).toBe(readConflictMark(name)?.at);
    }
    expect(twinName(of('Tax return.pdf' as LocalName), 2)).toBe(of('Tax return (2).pdf' as LocalName));
  });

  it('of a spelled-out name is the spelled-out form of the pseudonym', () => {
    for (const name of some) {
      for (const form of [remoteNameFor(name), spelledOut(name as string as RemoteName)]) {
        if (form !== null && localNameFor(form) === name) expect(localNameFor(names.remote(form))).toBe(of(name));
      }
    }
  });
});
