/**
 * How programs save a file: seldom by writing into it. Whatever steps they take, and wherever a pass comes between two of them, the file is
 * the one it was, in its new version, and nothing of the steps is left on the host.
 */
import { appendFileSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, countOf, expectFiles } from './play.ts';

type Step = (at: (name: string) => string) => void;

interface Way {
  readonly id: string;
  readonly program: string;
  readonly steps: readonly Step[];
}

const ways: readonly Way[] = [
  {
    id: 'S241',
    program: 'gedit',
    steps: [
      (at) => writeFileSync(at('.gedit-save-X'), '2'),
      (at) => renameSync(at('f.txt'), at('f.txt~')),
      (at) => renameSync(at('.gedit-save-X'), at('f.txt')),
    ],
  },
  {
    id: 'S242',
    program: "macOS's safe save",
    steps: [
      (at) => renameSync(at('f.txt'), at('f.txt.sb-x')),
      (at) => writeFileSync(at('f.txt'), '2'),
      (at) => rmSync(at('f.txt.sb-x')),
    ],
  },
  {
    id: 'S243',
    program: 'Office',
    steps: [
      (at) => writeFileSync(at('~$f.txt'), 'owner'),
      (at) => rmSync(at('f.txt')),
      (at) => writeFileSync(at('f.txt'), '2'),
      (at) => rmSync(at('~$f.txt')),
    ],
  },
  {
    id: 'S425',
    program: 'LibreOffice',
    steps: [
      (at) => renameSync(at('f.txt'), at('f.txt.osl-tmp')),
      (at) => writeFileSync(at('f.txt'), ''),
      (at) => appendFileSync(at('f.txt'), '2'),
      (at) => rmSync(at('f.txt.osl-tmp')),
    ],
  },
  {
    id: 'S245',
    program: 'a program that renames a new file over the old one',
    steps: [(at) => writeFileSync(at('f.txt.tmp'), '2'), (at) => renameSync(at('f.txt.tmp'), at('f.txt'))],
  },
];

/** What the steps make on the way is somebody's content too, for the ledger. */
function expectSteps(world: World): void {
  world.ledger.wrote('A', 'f.txt', md5Of('2'), md5Of('1'), false);
  world.ledger.wrote('A', 'f.txt', md5Of('owner'), null, false);
  world.ledger.superseded.add(md5Of('owner'));
  for (const name of ['f.txt~', 'f.txt.sb-x', 'f.txt.osl-tmp', 'f.txt.tmp', '~$f.txt']) world.ledger.names.add(name);
}

const isBackup = (path: string): boolean => path.endsWith('~');

describe.each(ways)('$id: what $program saves', ({ steps }) => {
  it('between two passes is one new version', () =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await begin(world, { 'f.txt': '1', keep: '0' });
      expectSteps(world);
      const before = world.passes.length;
      for (const step of steps) step((name) => world.computer('A').path(name));
      await world.finish({ copies: 0, apart: isBackup, withoutFresh: true });
      expectFiles(world, { 'f.txt': '2', keep: '0' });
      const calls = world.passes.slice(before).flatMap((pass) => pass.calls);
      expect(countOf(calls, 'file/upload')).toBe(1);
    }));

  it('with passes of both computers between all its steps is the new version', () =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await begin(world, { 'f.txt': '1', keep: '0' });
      expectSteps(world);
      for (const step of steps) {
        step((name) => world.computer('A').path(name));
        await world.pass('A');
        await world.pass('B');
      }
      await world.finish({ copies: 0, apart: isBackup, withoutFresh: true });
      expectFiles(world, { 'f.txt': '2', keep: '0' });
    }));
});

it('S245: a file that is replaced again and again is sent far less often, and its last version stays', () =>
  inWorld({ habits: ['servers'] }, async (world) => {
    await begin(world, { f: '0' });
    const at = (name: string): string => world.computer('A').path(name);
    let version = 0;
    const save = (): void => {
      const [old, next] = [String(version), String(++version)];
      world.ledger.wrote('A', 'f', md5Of(next), md5Of(old), false);
      writeFileSync(at('f.tmp'), next);
      renameSync(at('f.tmp'), at('f'));
    };
    let uploads = 0;
    for (let pass = 0; pass < 3; pass++) {
      const { calls } = await world.pass('A', {
        onCall: () => {
          save();
          return null;
        },
      });
      uploads += countOf(calls, 'file/upload');
    }
    expect(uploads).toBeLessThan(version / 2);
    await world.finish({ copies: 0, withoutFresh: true });
    expectFiles(world, { f: String(version) });
  }));

describe('hard links', () => {
  async function linked(world: World): Promise<void> {
    await begin(world, { a: '1', keep: '0' });
    linkSync(world.computer('A').path('a'), world.computer('A').path('b'));
    world.ledger.wrote('A', 'b', md5Of('1'), null, false);
    await world.settle();
    expectFiles(world, { a: '1', b: '1', keep: '0' });
  }

  it('S235: are two files elsewhere; what is written through one changes both', () =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await linked(world);
      world.ledger.wrote('A', 'b', md5Of('2'), md5Of('1'), false);
      await world.person('A').write('a', '2');
      await world.finish({ copies: 0 });
      expectFiles(world, { a: '2', b: '2', keep: '0' });
    }));

  it('S235: of which one is removed leave the other', () =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await linked(world);
      await world.person('A').remove('a');
      await world.finish({ copies: 0 });
      expectFiles(world, { b: '1', keep: '0' });
    }));

  it('S235: of which another computer edits one stay as they are under the other name', () =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await linked(world);
      await world.person('B').write('a', '2');
      await world.finish({ copies: 0 });
      expectFiles(world, { a: '2', b: '1', keep: '0' });
    }));

  it('S423: of which one is renamed are the renamed one and the other', () =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await linked(world);
      await world.person('A').move('b', 'c');
      await world.finish({ copies: 0 });
      expectFiles(world, { a: '1', c: '1', keep: '0' });
    }));

  it('S423: of which another computer renames one are the renamed one and the other', () =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await linked(world);
      await world.person('B').move('b', 'c');
      await world.finish({ copies: 0 });
      expectFiles(world, { a: '1', c: '1', keep: '0' });
    }));
});
