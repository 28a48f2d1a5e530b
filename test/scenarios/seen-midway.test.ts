/**
 * What others meet while one computer replaces a file: it is stopped after each of its calls, the others pass, and somebody goes on. A file
 * is there with its old or its new content, and nothing else shows up beside it (S115, S117: with two of its name, and with none).
 */
import { describe, expect, it } from 'vitest';
import type { Habit } from '../../src/host/habits.ts';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, expectFiles, type Files } from './play.ts';

const habits: readonly Habit[] = ['servers'];
/** Else after every other call. */
const isThorough = process.env['YETISYNC_ALL_HABITS'] !== undefined;

interface Meeting {
  readonly id: string;
  readonly title: string;
  readonly deed: (world: World) => Promise<void>;
  /** One of these must be what everybody has in the end, once the host was asked to publish, and before that. */
  readonly ends: readonly Files[];
}

const meetings: readonly Meeting[] = [
  { id: 'S115', title: 'nobody does anything', deed: () => Promise.resolve(), ends: [{ f: '2' }] },
  {
    id: 'S119',
    title: 'B edits the file',
    deed: (world) => world.person('B').write('f', '3'),
    // B edited what it had: the first version, or already the second
    ends: [{ f: '3' }, { f: '2', 'f (conflict)': '3' }, { f: '3', 'f (conflict)': '2' }],
  },
  {
    id: 'S121',
    title: 'B renames the file',
    deed: (world) => world.person('B').move('f', 'g'),
    ends: [{ g: '2' }],
  },
  {
    id: 'S122',
    title: 'somebody renames it on the host',
    deed: (world) => world.person('web').move('f', 'g'),
    // both versions may be listed for a moment: then it was the first that got the other name
    ends: [{ g: '2' }, { f: '2', g: '1' }],
  },
  {
    id: 'S122',
    title: 'somebody removes it on the host',
    deed: (world) => world.person('web').remove('f'),
    // the first version was removed while the second was on its way: an edit wins over a removal
    ends: [{}, { f: '2' }],
  },
];

const calls = await inWorld({ seed: 'uninterrupted', habits }, async (world) => {
  await begin(world, { f: '1' });
  await world.person('A').write('f', '2');
  const pass = await world.goodPass('A', { onCall: () => null });
  return pass.calls.length;
});

describe('while A replaces a file and is stopped', () => {
  for (const [nth, { id, title, deed, ends }] of meetings.entries()) {
    for (let call = 1 + (isThorough ? 0 : nth % 2); call <= calls; call += isThorough ? 1 : 2) {
      it(`${id}: after call ${call}, ${title}`, () =>
        inWorld({ seed: `${id} ${nth} ${call}`, habits }, async (world) => {
          await begin(world, { f: '1' });
          await world.person('A').write('f', '2');
          await world.pass('A', { onCall: (_, number) => (number === call ? 'kill after' : null) });
          for (let look = 0; look < 2; look++) {
            const pass = await world.goodPass('B');
            expect(pass.changingCalls).toEqual([]);
            const shape = world.computer('B').shape();
            expect([...shape.keys()]).toEqual(['f']);
            expect([md5Of('1'), md5Of('2')]).toContain(shape.get('f'));
          }
          await deed(world);
          await world.goodPass('B');
          await world.finish();
          expectFiles(world, ends);
        }));
    }
  }
});

it('S123: a new name that the host will not store is never seen by others in the form that it makes of it', () =>
  inWorld({ seed: 'dot', habits }, async (world) => {
    await begin(world, { keep: '0' });
    await world.person('A').write('.env', '1');
    for (let call = 1; call <= 12; call++) {
      await world.pass('A', { onCall: (_, number) => (number === call ? 'kill after' : null) });
      await world.goodPass('B');
      expect([...world.computer('B').shape().keys()].filter((path) => path !== 'keep' && path !== '.env')).toEqual([]);
    }
    await world.finish();
    expectFiles(world, { '.env': '1', keep: '0' });
  }));

it('S126: two computers that replace one file at once keep both contents', () =>
  inWorld({ seed: 'both replace', habits, isConcurrent: true }, async (world) => {
    await begin(world, { f: '1' });
    await world.person('A').write('f', '2');
    await world.person('B').write('f', '3');
    await world.passTogether('A', 'B');
    await world.finish({ copies: 1 });
    expectFiles(world, [
      { f: '2', 'f (conflict)': '3' },
      { f: '3', 'f (conflict)': '2' },
    ]);
  }));

it("S127: a new version passes by the person's own numbered names", () =>
  inWorld({ seed: 'numbered', habits }, async (world) => {
    await begin(world, { f: '1', 'f (2)': 'own' });
    await world.person('A').write('f', '2');
    await world.finish({ copies: 0 });
    expectFiles(world, { f: '2', 'f (2)': 'own' });
  }));

it('S118: an upload that is under way is not to be seen by anybody', () =>
  inWorld({ seed: 'under way', habits, isConcurrent: true }, async (world) => {
    await begin(world, { f: '1' });
    await world.person('A').write('f', '2'.repeat(300_000));
    let looks = 0;
    world.hook.before = async ({ endpoint }) => {
      if (endpoint !== 'file/upload' || looks > 0) return;
      for (looks = 1; looks <= 2; looks++) {
        const pass = await world.goodPass('B');
        expect([pass.changingCalls, pass.touched]).toEqual([[], []]);
      }
    };
    await world.pass('A', { onCall: () => null });
    expect(looks).toBe(3);
    await world.finish({ copies: 0 });
    expectFiles(world, { f: '2'.repeat(300_000) });
  }));
