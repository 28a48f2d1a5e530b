/** What is ignored is invisible and untouchable, and no rule ever removes anything. */
import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { md5Of } from '../support/snapshot.ts';
import { begin, countOf, expectFiles } from './play.ts';

const tmp = (path: string): boolean => path.endsWith('.tmp');
const rules = { ignore: ['*.tmp'] };

describe('a rule', () => {
  it('S338: keeps what it matches where it is, on both sides', () =>
    inWorld({ config: rules }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write('x.tmp', '2');
      await world.person('web').write('y.tmp', '3');
      await world.finish({ apart: tmp });
      expect([...world.computer('A').shape().keys()]).toEqual(['f', 'x.tmp']);
      expect([...world.computer('B').shape().keys()]).toEqual(['f']);
      expect([...world.web.shape().keys()].sort()).toEqual(['f', 'y.tmp']);
    }));

  it('S339: added for a synced file, lets go of it and removes it nowhere', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', 'x.tmp': '2' });
      world.computer('A').config = rules;
      const { changingCalls, touched } = await world.goodPass('A');
      expect([changingCalls, touched]).toEqual([[], []]);
      await world.person('A').write('x.tmp', '3');
      await world.finish({ apart: tmp });
      expect(world.contentOf('B', 'x.tmp')).toBe(md5Of('2'));
      expect(world.contentOf('A', 'x.tmp')).toBe(md5Of('3'));
    }));

  it('S341: taken away, brings back what was removed under it', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', 'x.tmp': '2' });
      world.computer('A').config = rules;
      await world.settle();
      await world.computer('A').take('x.tmp');
      await world.settle();
      world.computer('A').config = {};
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '1', 'x.tmp': '2' });
    }));

  it('S441: on and off again without an edit, costs no byte', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', 'x.tmp': '2' });
      world.computer('A').config = rules;
      await world.settle();
      world.computer('A').config = {};
      const { changingCalls, touched } = await world.goodPass('A');
      expect([changingCalls, touched]).toEqual([[], []]);
      await world.finish({ copies: 0 });
    }));

  it('S441b: taken away after an edit under it, sends the edit', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', 'x.tmp': '2' });
      world.computer('A').config = rules;
      await world.settle();
      await world.person('A').write('x.tmp', '3');
      await world.settle();
      world.computer('A').config = {};
      await world.finish({ copies: 1 });
      // without a common past nobody can say which is newer: both are kept
      expect([...world.web.shape().values()].sort()).toEqual([md5Of('1'), md5Of('2'), md5Of('3')].sort());
    }));

  it('S342: that only one computer has, is obeyed there alone', () =>
    inWorld({}, async (world) => {
      world.computer('A').config = rules;
      await begin(world, { f: '1' });
      await world.person('A').write('a.tmp', '2');
      await world.person('B').write('b.tmp', '3');
      await world.finish({ apart: tmp });
      expect([...world.web.shape().keys()].sort()).toEqual(['b.tmp', 'f']);
      expect([...world.computer('A').shape().keys()]).toEqual(['a.tmp', 'f']);
    }));

  it('S343: keeps a folder that goes on the host for the ignored file in it', () =>
    inWorld({ config: rules }, async (world) => {
      await begin(world, { 'd/f': '1', keep: '0' });
      await world.person('A').write('d/keep.tmp', '2');
      await world.settle();
      await world.person('web').remove('d');
      await world.finish({ apart: (path) => tmp(path) || path === 'd' });
      expect([...world.computer('A').shape().keys()]).toEqual(['d', 'd/keep.tmp', 'keep']);
      expect([...world.computer('B').shape().keys()]).toEqual(['keep']);
      expect([...world.web.shape().keys()]).toEqual(['keep']);
    }));

  it('S343b: keeps a folder that goes here for the ignored file in it on the host', () =>
    inWorld({ config: rules }, async (world) => {
      await begin(world, { 'd/f': '1', keep: '0' });
      await world.person('web').write('d/keep.tmp', '2');
      await world.settle();
      await world.person('A').remove('d');
      await world.finish({ apart: (path) => tmp(path) || path === 'd' });
      expect([...world.web.shape().keys()].sort()).toEqual(['d', 'd/keep.tmp', 'keep']);
      expect([...world.computer('A').shape().keys()]).toEqual(['keep']);
    }));

  it.each(['here', 'on the host'])(
    'S343c: a folder that was kept %s for what was ignored in it is one like any other once that is gone',
    (where) =>
      inWorld({}, async (world) => {
        await begin(world, { f: '1', 'd/e/x.tmp': '2' });
        world.computer('A').config = rules;
        await world.settle();
        await world.person(where === 'here' ? 'web' : 'A').remove('d');
        await world.settle();
        await world.person(where === 'here' ? 'A' : 'web').remove('d/e/x.tmp');
        world.ledger.made('web', 'd/e');
        await world.settle();
        world.computer('A').config = {};
        await world.finish({ copies: 0 });
        expectFiles(world, { f: '1', 'd/e': null });
      }),
  );

  it('S343d: names the folder that was kept for what is ignored in it where it stands in the way of a file, which comes once it is gone', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', 'd/g': '2' });
      world.computer('A').config = rules;
      await world.person('A').write('d/x.tmp', '3');
      await world.goodPass('A');
      await world.person('web').remove('d');
      await world.person('web').write('d', '4');
      for (const _ of ['the folder is emptied', 'and stays']) {
        const { result } = await world.pass('A');
        const problems = result?.problems.map(({ path, code }) => [path, code]);
        expect([problems, result?.waiting]).toEqual([[['d', 'local/leftovers-in-place']], []]);
      }
      await world.person('A').move('d', 'kept');
      await world.settle();
      expect([...world.computer('A').shape().keys()].sort()).toEqual(['d', 'f', 'kept', 'kept/x.tmp']);
      expect(world.contentOf('A', 'd')).toBe(md5Of('4'));
    }));

  it('S343e: rules that stand in a folder stay in it with what they keep out, once the folder goes elsewhere', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', 'p/.yetisyncignore': '.env\nout/\n', 'p/main': '2', 'p/q/x': '3' });
      await world.person('A').write('p/.env', 'SECRET');
      await world.person('A').write('p/q/out/lib', '4');
      await world.settle();
      await world.person('B').remove('p');
      const left = (path: string): boolean => path === 'p' || path.startsWith('p/');
      await world.finish({ apart: left });
      expect([...world.web.shape().keys()]).toEqual(['f']);
      expect([...world.computer('A').shape().keys()].sort()).toEqual([
        'f',
        'p',
        'p/.env',
        'p/.yetisyncignore',
        'p/q',
        'p/q/out',
        'p/q/out/lib',
      ]);
      await world.person('A').remove('p/.env');
      await world.person('A').remove('p/q');
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '1', 'p/.yetisyncignore': '.env\nout/\n' });
    }));

  it('S343f: rules that were removed stay away, though a file that they ignored is equal to them', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', '.yetisyncignore': '/same' });
      await world.person('A').write('same', '/same');
      await world.settle();
      await world.person('A').remove('.yetisyncignore');
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '1', same: '/same' });
    }));

  it.each(['A', 'web'])('S343f: rules that %s gave a name that they ignore stay away', (who) =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', '.yetisyncignore': '*.bak' });
      await world.person(who).move('.yetisyncignore', '.yetisyncignore.bak');
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '1', '.yetisyncignore.bak': '*.bak' });
    }),
  );

  it.each(['A', 'web'])(
    'S343f: rules that %s moved to a folder where they ignore themselves are there, and there alone',
    (who) =>
      inWorld({}, async (world) => {
        await begin(world, { f: '1', d: null, '.yetisyncignore': '/d/*' });
        await world.person(who).move('.yetisyncignore', 'd/.yetisyncignore');
        await world.finish({ copies: 0 });
        expectFiles(world, { f: '1', 'd/.yetisyncignore': '/d/*' });
      }),
  );

  it.each(['A', 'web'])(
    'S343f: rules that were put aside on the host, and new ones of %s in their place, come to all',
    (who) =>
      inWorld({}, async (world) => {
        await begin(world, { f: '1', '.yetisyncignore': '*.bak' });
        await world.person('web').move('.yetisyncignore', 'r.bak');
        await world.person(who).write('.yetisyncignore', '*.bak\n*.o');
        await world.finish({ copies: 0, apart: (path) => path === 'r.bak' });
        for (const name of ['A', 'B']) {
          expect([...world.computer(name).shape().keys()].sort()).toEqual(['.yetisyncignore', 'f']);
          expect(world.contentOf(name, '.yetisyncignore')).toBe(md5Of('*.bak\n*.o'));
        }
      }),
  );

  it('S345: lets ignored files go along when their folder is renamed on the host', () =>
    inWorld({ config: rules }, async (world) => {
      await begin(world, { 'd/f': '1' });
      await world.person('A').write('d/x.tmp', '2');
      await world.person('web').move('d', 'e');
      await world.finish({ apart: tmp });
      expect([...world.computer('A').shape().keys()]).toEqual(['e', 'e/f', 'e/x.tmp']);
    }));

  it('S346: lets go of a file that is moved into an ignored folder on the host', () =>
    inWorld({ config: { ignore: ['/out/'] } }, async (world) => {
      await begin(world, { f: '1', g: '0' });
      await world.person('web').move('f', 'out/f');
      await world.finish({ apart: (path) => path.startsWith('out'), withoutFresh: true });
      expect([...world.computer('A').shape().keys()]).toEqual(['g']);
      expect([...world.web.shape().keys()].sort()).toEqual(['g', 'out', 'out/f']);
    }));

  it('S347: taken away, keeps both of one name', () =>
    inWorld({ config: rules }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write('x.tmp', '2');
      await world.person('web').write('x.tmp', '3');
      await world.settle();
      for (const computer of world.computers) computer.config = {};
      await world.finish({ copies: 1, withoutFresh: true });
      expect(world.web.shape().size).toBe(3);
    }));

  it('S442: for folders only, leaves a file of that name and a longer name alone', () =>
    inWorld({ config: { ignore: ['foo/'] } }, async (world) => {
      await world.person('web').write('foo', '1');
      await world.person('web').write('foo_x/f', '2');
      await world.person('A').write('d/foo/f', '3');
      await world.finish({ apart: (path) => path.startsWith('d/foo') });
      expect(world.contentOf('B', 'foo')).toBe(md5Of('1'));
      expect(world.contentOf('B', 'foo_x/f')).toBe(md5Of('2'));
      expect([...world.web.shape().keys()]).toContain('d');
      expect([...world.web.shape().keys()]).not.toContain('d/foo');
    }));

  it('S443: for the only child of a folder, leaves both where they are', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/x.tmp': '1' });
      for (const computer of world.computers) computer.config = rules;
      await world.finish({ apart: tmp });
      expect([...world.computer('A').shape().keys()]).toEqual(['d', 'd/x.tmp']);
      expect([...world.web.shape().keys()].sort()).toEqual(['d', 'd/x.tmp']);
    }));

  describe.each(['file', 'folder'] as const)('for the name that one of two has here, both a %s,', (kind) => {
    const twins = async (world: World): Promise<void> => {
      for (const content of ['1', '2']) {
        if (kind === 'file') {
          world.ledger.wrote('web', 'a', md5Of(content), null, false);
          await world.web.upload('a', Buffer.from(content));
        } else {
          await world.web.makeFolder(content);
          await world.web.shiftBeside(content, 'a');
        }
      }
    };
    const ignoresIt = async (world: World): Promise<void> => {
      world.computer('A').config = { ignore: ['a (2)'] };
      for (let passes = 0; passes < 4; passes++) {
        const { result, changingCalls } = await world.goodPass('A');
        expect(changingCalls).toEqual([]);
        expect(result?.rounds).toBeLessThan(4);
        await world.clock.advance(11 * 60_000);
      }
      const { result, touched } = await world.goodPass('A');
      expect(touched).toEqual([]);
      expect(result?.problems).toMatchObject([{ path: 'a (2)', code: 'name/ignored-here' }]);
      world.computer('A').config = {};
      await world.finish({ twins: true, union: true });
    };

    it('leaves that one alone', () =>
      inWorld({}, async (world) => {
        await begin(world, { f: '0' });
        await twins(world);
        await ignoresIt(world);
      }));

    it('lets go of that one', () =>
      inWorld({}, async (world) => {
        await begin(world, { f: '0' });
        await twins(world);
        await world.settle();
        expect(world.computer('A').has('a (2)')).toBe(true);
        await ignoresIt(world);
      }));
  });
});

describe('an ignore file', () => {
  it('S349: travels, and holds where it arrives', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', 'x.tmp': '2' });
      await world.person('B').write('.yetisyncignore', '*.tmp\n');
      await world.settle();
      await world.person('A').write('y.tmp', '3');
      await world.finish({ apart: tmp, withoutFresh: true });
      expect([...world.computer('A').shape().keys()]).toEqual(['.yetisyncignore', 'f', 'x.tmp', 'y.tmp']);
      expect([...world.computer('B').shape().keys()]).toEqual(['.yetisyncignore', 'f', 'x.tmp']);
    }));

  // On a disk whose clock is the passes' own: a file that seems to have just been written is read again by every pass.
  it.each(['a new one', 'a new version', 'one that met another here'])(
    'S349b: %s from elsewhere holds however long after it arrived the next pass is made',
    (what) =>
      inWorld({ memory: {} }, async (world) => {
        await begin(world, what === 'a new version' ? { f: '1', '.yetisyncignore': '*.iso\n' } : { f: '1' });
        if (what === 'one that met another here') await world.person('A').write('.yetisyncignore', '*.iso\n');
        await world.person('B').write('.yetisyncignore', '*.tmp\n');
        await world.goodPass('B');
        await world.goodPass('A');
        await world.clock.advance(3_600_000);
        await world.person('A').write('x.tmp', '2');
        await world.person('web').write('y.tmp', '3');
        await world.finish({ apart: tmp, exit: 'any' });
        expect(world.contentOf('A', 'y.tmp')).toBeUndefined();
        expect(world.contentOf('B', 'x.tmp')).toBeUndefined();
      }),
  );

  it('S349: that cannot be read holds its folder back, and is reported once', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/f': '1', g: '2' });
      await world.person('A').write('d/.yetisyncignore', Buffer.from([0xff, 0xfe, 0x5b]));
      await world.person('B').write('d/f', 'news');
      await world.person('B').write('g', 'more');
      const passes = await world.settle();
      const last = passes.filter(({ computer }) => computer === 'A').at(-1);
      expect(last?.result?.problems).toEqual([{ path: 'd', code: 'ignore/unreadable', detail: 'line 1: not text' }]);
      expect(world.contentOf('A', 'g')).toBe(md5Of('more'));
    }));
});

describe('what systems and editors leave', () => {
  it.each(['.DS_Store', 'Thumbs.db', '~$letter.docx', '.f.swp', 'f~'])('S350: %s travels neither way', (name) =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write(name, '2');
      await world.person('web').write(`d/${name}`, '3');
      const passes = await world.finish({ apart: (path) => path.endsWith(name), withoutFresh: true });
      expect(
        countOf(
          passes.flatMap(({ calls }) => calls),
          'file/upload',
        ),
      ).toBe(0);
      expect(world.computer('A').has(`d/${name}`)).toBe(false);
      expect(world.web.shape().has(name)).toBe(false);
    }),
  );
});

describe('a folder of the host that is left out here', () => {
  it('S351: stays on the host, and what was here of it stays here', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/f': '1', g: '0' });
      world.computer('A').exclude = ['d'];
      const { changingCalls, touched } = await world.goodPass('A');
      expect([changingCalls, touched]).toEqual([[], []]);
      await world.computer('A').take('d');
      await world.finish({ apart: (path) => path === 'd' || path.startsWith('d/') });
      expect(world.web.shape().has('d/f')).toBe(true);
      expect(world.contentOf('B', 'd/f')).toBe(md5Of('1'));
    }));

  const isLeftOut = (path: string): boolean => path === 'd' || path.startsWith('d/');

  it('is let alone here too, by edits, new files and removals in it', () =>
    inWorld({}, async (world) => {
      await begin(world, { 'd/f': '1', g: '0' });
      world.computer('A').exclude = ['d'];
      await world.goodPass('A');
      await world.person('A').write('d/f', '2');
      await world.person('A').write('d/own', '3');
      await world.person('B').write('d/more', '4');
      await world.finish({ apart: isLeftOut });
      expect([...world.computer('A').shape().keys()].sort()).toEqual(['d', 'd/f', 'd/own', 'g']);
      expect([...world.web.shape().keys()].sort()).toEqual(['d', 'd/f', 'd/more', 'g']);
    }));

  it('is not made on the host by a folder of its name here', () =>
    inWorld({ computers: ['A'] }, async (world) => {
      world.computer('A').exclude = ['d/é'];
      await world.person('A').write('d/x', '1');
      await world.person('A').write('d/é/f', '2');
      await world.finish({ apart: (path) => path.startsWith('d/é'), withoutFresh: true });
      expect([...world.web.shape().keys()]).toEqual(['d', 'd/x']);
    }));
});
