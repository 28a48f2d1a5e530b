import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conflictCopyName, conflictMade, twinName } from '../../src/core/conflict.ts';
import {
  cutToBytes,
  isNamedAlike,
  isPlainName,
  localNameFor,
  remoteNameFor,
  spelledOut,
  utf8Length,
} from '../../src/core/names.ts';
import { isLocalName } from '../../src/core/path.ts';
import type { LocalName, RemoteName } from '../../src/core/path.ts';

const local = (name: string): LocalName => name as LocalName;
const remote = (name: string): RemoteName => name as RemoteName;

describe('names on the host', () => {
  test.each([
    'report.txt',
    '.env',
    'a"b',
    "it's",
    'Ünï.txt',
    '👍.txt',
    'a (2).txt',
    '%46.txt',
    'null',
    '0',
    '__proto__',
    'trailing.',
  ])('%s is kept as it is', (name) => {
    expect(remoteNameFor(local(name))).toBe(name);
    expect(localNameFor(remote(name))).toBe(name);
  });

  test.each([
    ' lead',
    'trail ',
    ' both ',
    ' ',
    '   ',
    '\ttab',
    'line\n',
    '\u00a0no-break',
    '~ys~mine',
    '~ys~%20x',
    ' 100% ',
  ])('%j, which hosts would trim or mistake, travels in a reversible form', (name) => {
    const sent = remoteNameFor(local(name));
    expect(sent).not.toBeNull();
    expect(sent).not.toBe(name);
    expect(sent?.trim()).toBe(sent);
    expect(localNameFor(sent as RemoteName)).toBe(name);
  });

  test.each(['a<b>.txt', '👍', 'é ', "it's", 'a"b', '100%', '~ys~', '<', ' "'])(
    '%j can be spelled out in plain characters, and is still the same name here',
    (name) => {
      const sent = remoteNameFor(local(name)) as RemoteName;
      const spelled = spelledOut(sent) as RemoteName;
      expect(spelled).toMatch(/^~ys~[A-Za-z0-9._ ()%-]+$/);
      expect(spelled.trim()).toBe(spelled);
      expect(localNameFor(spelled)).toBe(name);
      expect(isNamedAlike(spelled, sent)).toBe(true);
      expect(spelledOut(spelled)).toBeNull();
    },
  );

  test('what is spelled out never leads out of its folder, and is no longer than a host keeps', () => {
    for (const name of ['~ys~%2E%2E%2Fx', '~ys~a%2Fb', '~ys~%00', '~ys~%2E%2E'])
      expect(localNameFor(remote(name))).toBe(name);
    expect(spelledOut(remote('👍'.repeat(30)))).toBeNull();
  });

  test('any two different names stay different, and come back as they were', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter(isLocalName);
    const tricky = fc
      .array(fc.constantFrom(' ', '~ys~', '%', '%20', 'a', '\t', 'é'), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(name, tricky), (text) => {
        const sent = remoteNameFor(local(text));
        if (sent === null) return;
        expect(sent).toBe(sent.trim());
        expect(localNameFor(sent)).toBe(text);
        const spelled = spelledOut(sent);
        if (spelled !== null) expect(localNameFor(spelled)).toBe(text);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  test("a name that only looks like the reversible form is somebody's own", () => {
    expect(localNameFor(remote('~ys~plain'))).toBe('~ys~plain');
    expect(localNameFor(remote('~ys~%zz'))).toBe('~ys~%zz');
    expect(localNameFor(remote('~ys~%2F'))).toBe('~ys~%2F');
  });

  test.each(['..', '.', '', 'a/b', '/etc/passwd', '../../x', 'nul\0byte', 'ä'.repeat(128)])(
    '%j cannot stand on a local disk',
    (name) => {
      expect(localNameFor(remote(name))).toBeNull();
    },
  );

  test.each(['.env', 'a"b', "it's", 'a\\b', 'a<b>', '👍', 'a%22b', 'a%0Ab', '\u0001', ''])(
    '%j is not stored by an upload as it is',
    (name) => {
      expect(isPlainName(remote(name))).toBe(false);
    },
  );

  test.each(['a.txt', 'a (2).txt', 'Ünï', 'a%20b', 'a+b', '#1', 'a&b;c', '日本.txt'])('%j is', (name) => {
    expect(isPlainName(remote(name))).toBe(true);
  });
});

describe('the name of a conflict copy', () => {
  const free = (): boolean => false;

  test('tells when and where it was made, and keeps the extension', () => {
    expect(conflictCopyName(local('photo.jpg'), '2026-11-22 14-03-05 laptop', free)).toBe(
      'photo (conflict 2026-11-22 14-03-05 laptop).jpg',
    );
  });

  test('of a name without an extension, or with a leading dot only, ends in the mark', () => {
    expect(conflictCopyName(local('README'), 'x', free)).toBe('README (conflict x)');
    expect(conflictCopyName(local('.env'), 'x', free)).toBe('.env (conflict x)');
  });

  test('counts up where it is taken', () => {
    const taken = new Set(['a (conflict x).b', 'a (conflict x 2).b']);
    expect(conflictCopyName(local('a.b'), 'x', (name) => taken.has(name))).toBe('a (conflict x 3).b');
  });

  test('is none when all documented names are taken', () => {
    expect(conflictCopyName(local('a'), 'x', () => true)).toBeNull();
  });

  test('fits 255 bytes, whatever the name, and never ends in half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 }).filter(isLocalName), (name) => {
        const copy = conflictCopyName(cutToBytes(name, 255) as LocalName, '2026-11-22 14-03-05 laptop', free);
        expect(utf8Length(copy ?? '')).toBeLessThanOrEqual(255);
        expect(copy).toBe(Buffer.from(copy ?? '').toString());
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test('carries the computer in plain characters', () => {
    expect(conflictMade('then', 'Zoë\'s "Mac" / büro')).toBe('then Zoe-s-Mac-bu-ro');
    expect(conflictMade('then', '日本')).toBe('then computer');
  });

  test('of twins is a number before the extension', () => {
    expect(twinName(local('a.txt'), 2)).toBe('a (2).txt');
  });
});
