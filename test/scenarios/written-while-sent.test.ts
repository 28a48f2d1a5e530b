/** Somebody goes on with a file while it is being sent, or writes it so slowly that it is never whole: what is recorded as synced is what the host has. */
import { appendFileSync, lstatSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { beforeCall, diskWith, to } from './meanwhile.ts';
import { begin, countOf, expectFiles } from './play.ts';

/** More than is read at once. */
const large = (seed: string): string => seed.repeat(2_500_000);

const changes: readonly (readonly [string, string, (file: string) => void])[] = [
  ['appended to', `${large('2')}more`, (file) => appendFileSync(file, 'more')],
  ['truncated', large('2').slice(0, 1_000_000), (file) => truncateSync(file, 1_000_000)],
  [
    'replaced',
    large('3'),
    (file) => {
      writeFileSync(`${file}.new`, large('3'));
      renameSync(`${file}.new`, file);
    },
  ],
  [
    'overwritten at its size, its time put back',
    large('4'),
    (file) => {
      const { atime, mtime } = lstatSync(file);
      writeFileSync(file, large('4'));
      utimesSync(file, atime, mtime);
    },
  ],
];

describe('S125, S227: a file that is', () => {
  const whens: readonly (readonly [string, 'before' | 'after'])[] = [
    ['while it is being sent', 'before'],
    ['after its last byte was sent, before that is recorded', 'after'],
  ];
  it.each(whens.flatMap(([when, at]) => changes.map(([how, end, change]) => ({ when, at, how, end, change }))))(
    '$how $when ends complete on all sides, without a copy',
    ({ at, end, change }) =>
      inWorld({ habits: ['servers'] }, async (world) => {
        await begin(world, { f: '1' });
        await world.person('A').write('f', large('2'));
        const file = world.computer('A').path('f');
        const deed = (): void => {
          world.ledger.wrote('A', 'f', md5Of(end), md5Of(large('2')), false);
          change(file);
        };
        if (at === 'before') await world.pass('A', beforeCall(to('file/upload'), deed));
        else {
          let isDone = false;
          world.hook.after = (call) => {
            if (call.endpoint !== 'file/upload' || isDone) return;
            isDone = true;
            deed();
          };
          await world.pass('A', { onCall: () => null });
          expect(isDone).toBe(true);
        }
        await world.finish({ copies: 0, withoutFresh: true });
        expectFiles(world, { f: end });
      }),
  );
});

it('S229: a file that is renamed while it is being sent ends under its new name, once', () =>
  inWorld({ habits: ['servers'] }, async (world) => {
    await begin(world, { f: '1', keep: '0' });
    await world.person('A').write('f', large('2'));
    await world.pass(
      'A',
      beforeCall(to('file/upload'), () => world.person('A').move('f', 'g')),
    );
    await world.finish({ copies: 0 });
    expectFiles(world, { g: large('2'), keep: '0' });
  }));

it('S229: a new file that is renamed while it is being sent ends under its new name, once', () =>
  inWorld({ habits: ['servers'] }, async (world) => {
    await begin(world, { keep: '0' });
    await world.person('A').write('f', large('2'));
    await world.pass(
      'A',
      beforeCall(to('file/upload'), () => world.person('A').move('f', 'g')),
    );
    await world.finish({ copies: 0 });
    expectFiles(world, { g: large('2'), keep: '0' });
  }));

it('S226: a file that is written slowly is not sent until it rests', () =>
  inWorld({ config: { settleMs: 2_000 } }, async (world) => {
    await begin(world, { f: '1' });
    const a = world.computer('A');
    const before = world.passes.length;
    let whole = '1';
    const grow = (): void => {
      const next = `${whole} block`;
      world.ledger.wrote('A', 'f', md5Of(next), md5Of(whole), false);
      whole = next;
      a.append('f', ' block');
    };
    for (let second = 0; second < 4; second++) {
      grow();
      // the settle time passes, and by the look that follows it something was added
      const pass = await world.pass('A', {
        ...diskWith({ call: 'lstat', path: /\/f$/, act: grow }),
        onCall: () => null,
      });
      expect(countOf(pass.calls, 'file/upload')).toBe(0);
      expect(pass.exit).toBe(1);
      await world.pass('B');
      expect(world.contentOf('B', 'f')).toBe(md5Of('1'));
    }
    await world.finish({ copies: 0, withoutFresh: true });
    expectFiles(world, { f: whole });
    expect(uploadsSince(world, before)).toBe(1);
  }));

it('S246: of a tree that is half removed while it is being sent the other half stays', () =>
  inWorld({ habits: ['servers'] }, async (world) => {
    await begin(world, { keep: '0' });
    const names = Array.from({ length: 40 }, (_, at) => `repo/${at % 4}/file ${at}`);
    for (const name of names) await world.person('A').write(name, name);
    let uploads = 0;
    await world.pass('A', {
      async onCall({ endpoint }) {
        if (endpoint !== 'file/upload' || ++uploads !== 12) return null;
        await world.person('A').remove('repo/1');
        await world.person('A').remove('repo/3');
        return null;
      },
    });
    await world.finish({ copies: 0, withoutFresh: true });
    const left = names.filter((name) => !/^repo\/[13]/.test(name));
    expectFiles(world, { keep: '0', ...Object.fromEntries(left.map((name) => [name, name])) });
  }));

function uploadsSince(world: World, from: number): number {
  return countOf(
    world.passes.slice(from).flatMap((pass) => pass.calls),
    'file/upload',
  );
}
