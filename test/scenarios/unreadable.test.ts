/**
 * What this computer may not read, or cannot, is not gone, not changed and not in the way: it is left as it is on both sides and named,
 * everything else goes on, and once it can be read it syncs by itself.
 */
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Pass } from '../support/computer.ts';
import { fails } from '../support/faulty-disk.ts';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { diskWith } from './meanwhile.ts';
import { begin, expectFiles } from './play.ts';

/** Passes of A as a user whom permissions stop, until nothing is left to do. */
async function passes(world: World): Promise<Pass> {
  await world.goodPass('A', { isOrdinaryUser: true });
  return world.goodPass('A', { isOrdinaryUser: true });
}

function problemsOf(pass: Pass): (readonly [string, string])[] {
  return (pass.result?.problems ?? []).map(({ path, code }) => [path, code] as const).sort();
}

describe('a file that may not be read', () => {
  it('S222: is not sent while it is so, and is sent once it may be read', () =>
    inWorld({}, async (world) => {
      await begin(world, { keep: '0' });
      await world.person('A').write('secret', 's');
      await world.person('A').write('other', 'o');
      chmodSync(world.computer('A').path('secret'), 0);
      const pass = await passes(world);
      expect(problemsOf(pass)).toEqual([['secret', 'local/unreadable']]);
      expect(pass.exit).toBe(1);
      expect([...world.web.shape().keys()]).toEqual(['keep', 'other']);
      chmodSync(world.computer('A').path('secret'), 0o600);
      await world.finish({ copies: 0 });
      expectFiles(world, { keep: '0', other: 'o', secret: 's' });
    }));

  it.each([
    ['untouched otherwise', null],
    ['edited to another size', '1 and more'],
    ['edited in place', '9'],
  ])('S222: %s, is not removed on the host, nor sent', (_, content) =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', keep: '0' });
      if (content !== null) await world.person('A').write('f', content);
      chmodSync(world.computer('A').path('f'), 0);
      const pass = await passes(world);
      expect(problemsOf(pass)).toEqual([['f', 'local/unreadable']]);
      expect(pass.changingCalls).toEqual([]);
      expectFiles(world, { f: '1', keep: '0' });
      chmodSync(world.computer('A').path('f'), 0o600);
      await world.finish({ copies: 0 });
      expectFiles(world, { f: content ?? '1', keep: '0' });
    }),
  );

  it.each([
    ['a version that both sides knew, edited to another size', '1', '1 and more', '2'],
    ['a version that both sides knew, edited in place', '1', '9', '2'],
    ['new here and on the host, of other sizes', null, '1 and more', '2'],
    ['new here and on the host, of one size', null, '1', '2'],
  ])('is neither renamed nor replaced when the host has another version: %s', (_, before, mine, theirs) =>
    inWorld({}, async (world) => {
      await begin(world, { ...(before === null ? {} : { f: before }), keep: '0' });
      await world.person('A').write('f', mine);
      await world.person('web').write('f', theirs);
      chmodSync(world.computer('A').path('f'), 0);
      const pass = await world.goodPass('A', { isOrdinaryUser: true });
      expect(problemsOf(pass)).toEqual([['f', 'local/unreadable']]);
      expect(pass.touched).toEqual([]);
      expect([...world.computer('A').shape().keys()]).toEqual(['f', 'keep']);
      chmodSync(world.computer('A').path('f'), 0o600);
      await world.finish({ copies: 1 });
      expectFiles(world, { f: theirs, 'f (conflict)': mine, keep: '0' });
    }),
  );

  it('stays when the host removes it, and goes once it can be told that it is unchanged', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', keep: '0' });
      chmodSync(world.computer('A').path('f'), 0);
      await world.person('web').remove('f');
      const pass = await passes(world);
      expect(problemsOf(pass)).toEqual([['f', 'local/unreadable']]);
      expect(world.computer('A').has('f')).toBe(true);
      chmodSync(world.computer('A').path('f'), 0o600);
      await world.finish({ copies: 0 });
      expectFiles(world, { keep: '0' });
    }));
});

describe('a folder that may not be read', () => {
  it.each([
    ['not at all', 0],
    ['not its names', 0o300],
    ['only its names', 0o400],
  ])('S223: %s, keeps all below it as it is on both sides', (_, mode) =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/f': '1', 'd/sub/g': '2', 'd/gone': '3', keep: '0' });
      await world.person('web').write('d/f', '2 f');
      await world.person('web').write('d/new', 'n');
      await world.person('web').remove('d/gone');
      await world.person('web').write('beside', 'b');
      const before = world.web.shape();
      chmodSync(world.computer('A').path('d'), mode);
      const pass = await passes(world);
      expect(pass.exit).toBe(1);
      expect(problemsOf(pass).every(([path, code]) => path.startsWith('d') && code === 'local/unreadable')).toBe(true);
      expect(world.web.shape()).toEqual(before);
      chmodSync(world.computer('A').path('d'), 0o700);
      expect(world.contentOf('A', 'd/f')).toBe(md5Of('1'));
      expect(world.contentOf('A', 'd/gone')).toBe(md5Of('3'));
      expect(world.contentOf('A', 'beside')).toBe(md5Of('b'));
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd/f': '2 f', 'd/sub/g': '2', 'd/new': 'n', keep: '0', beside: 'b' });
    }),
  );

  it('is not removed here when the host removes it, nor is anything in it', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/f': '1', 'd/sub/g': '2', keep: '0' });
      await world.person('web').remove('d');
      chmodSync(world.computer('A').path('d/sub'), 0);
      const pass = await passes(world);
      expect(pass.exit).toBe(1);
      chmodSync(world.computer('A').path('d/sub'), 0o700);
      expect(world.contentOf('A', 'd/sub/g')).toBe(md5Of('2'));
      // its folders were kept for what was unknown in them; the file itself goes once it can be seen
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd/sub': null, keep: '0' });
    }));
});

describe('a disk that fails', () => {
  it.each(['EIO', 'ESTALE'])('S225: with %s at one file holds that back, and goes on with the others', (code) =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', g: '2', keep: '0' });
      await world.person('A').write('f', '3');
      await world.person('A').write('g', '4');
      const pass = await world.goodPass('A', diskWith({ call: 'open', path: /\/f$/, act: fails(code) }));
      expect(problemsOf(pass)).toEqual([['f', 'local/io']]);
      expectFiles(world, { f: '1', g: '4', keep: '0' });
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '3', g: '4', keep: '0' });
    }),
  );

  it.each(['EIO', 'ESTALE', 'EMFILE'])('S225: with %s at a folder holds all below it back', (code) =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/f': '1', 'd/g': '2', keep: '0' });
      await world.person('A').remove('d/f');
      await world.person('A').write('keep', '3');
      const pass = await world.goodPass('A', diskWith({ call: 'readdir', path: /\/d$/, act: fails(code) }));
      expect(pass.exit).toBe(1);
      expect(problemsOf(pass)).toEqual([['d', code === 'EMFILE' ? 'local/no-handles' : 'local/io']]);
      expectFiles(world, { 'd/f': '1', 'd/g': '2', keep: '3' });
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd/g': '2', keep: '3' });
    }),
  );
});

describe('a folder of the pair that may not be written', () => {
  it('S427: loses nothing on either side, keeps nobody out, and goes on by itself', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', 'd/g': '2', gone: '3', keep: '0' });
      await world.person('web').write('f', '4');
      await world.person('web').write('new', 'n');
      await world.person('web').remove('gone');
      const { root } = world.computer('A');
      const [here, there] = [world.computer('A').shape(), world.web.shape()];
      chmodSync(root, 0o555);
      for (let nth = 0; nth < 2; nth++) {
        const pass = await world.pass('A', { isOrdinaryUser: true });
        expect(pass.exit).toBe(1);
        expect(pass.changingCalls).toEqual([]);
        expect(world.computer('A').shape()).toEqual(here);
      }
      expect(world.web.shape()).toEqual(there);
      chmodSync(root, 0o755);
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '4', 'd/g': '2', new: 'n', keep: '0' });
    }));
});
