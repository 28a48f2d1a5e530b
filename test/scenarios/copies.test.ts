/** Copies of what the host has already: made there, so that no content travels. */
import { copyFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { json } from '../../src/host/answers.ts';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { everyHabit } from './hosts.ts';
import { begin, countOf, expectFiles } from './play.ts';

function copyHere(world: World, from: string, to: string, content: string): void {
  const computer = world.computer('A');
  world.ledger.wrote('A', to, md5Of(content), null, false);
  copyFileSync(computer.path(from), computer.path(to));
}

/** Calls of the passes since, by endpoint. */
function callsSince(world: World, passes: number, computer: string): (endpoint: string) => number {
  const calls = world.passes
    .slice(passes)
    .filter((pass) => pass.computer === computer)
    .flatMap((pass) => pass.calls);
  return (endpoint) => countOf(calls, endpoint);
}

describe('a file whose content the host has', () => {
  it.each(everyHabit)('S050, S051: is copied there, under any name (host %s)', (_, habits) =>
    inWorld({ seed: 'S050', habits }, async (world) => {
      await begin(world, { 'f.txt': 'the content', 'd/other': 'another one' });
      const copies = ['g.txt', 'd/f.txt', '.hidden', 'F.TXT', 'a"b', 'f (2).txt', ' blank'];
      for (const name of copies) copyHere(world, 'f.txt', name, 'the content');
      const passes = world.passes.length;
      await world.finish({ copies: 0 });
      const calls = callsSince(world, passes, 'A');
      expect([calls('file/upload'), calls('file/copy'), calls('file/edit')]).toEqual([0, copies.length, copies.length]);
      expectFiles(world, {
        'f.txt': 'the content',
        'd/other': 'another one',
        ...Object.fromEntries(copies.map((name) => [name, 'the content'])),
      });
    }),
  );

  const many = process.env['YETISYNC_ALL_HABITS'] === undefined ? 250 : 1000;

  it(`S050: ${many} copies send no content`, () =>
    inWorld({ seed: 'a thousand copies' }, async (world) => {
      await begin(world, { f: 'the content' });
      for (let at = 0; at < many; at++) copyHere(world, 'f', `copy ${at}`, 'the content');
      const passes = world.passes.length;
      await world.goodPass('A');
      const calls = callsSince(world, passes, 'A');
      expect([calls('file/upload'), calls('file/copy'), calls('file/edit')]).toEqual([0, many, many]);
      // to see that all are there and to find their folder free takes a handful of looks, not one a copy
      expect(calls('folder/listing')).toBeLessThan(30);
      expect(world.web.items().filter(({ md5 }) => md5 === md5Of('the content')).length).toBe(many + 1);
    }));

  it('S050: of many new files with one content one is sent, and the others are copies of it', () =>
    inWorld({ seed: 'new and alike' }, async (world) => {
      for (const name of ['a', 'b', 'd/c', 'd/e']) await world.person('A').write(name, 'the content');
      for (const name of ['x', 'd/y']) await world.person('A').write(name, 'another one');
      await world.person('A').write('z', 'third of it');
      await world.finish({ copies: 0 });
      const calls = callsSince(world, 0, 'A');
      expect([calls('file/upload'), calls('file/copy')]).toEqual([3, 4]);
    }));

  it('all are sent where the first of them cannot be', () =>
    inWorld({ seed: 'first refused' }, async (world) => {
      let refused = 0;
      world.hook.before = ({ endpoint }) =>
        endpoint === 'file/upload' && refused++ === 0
          ? json(200, { status: 'error', response: 'Not this one.' })
          : undefined;
      for (const name of ['a', 'b', 'c']) await world.person('A').write(name, 'the content');
      await world.finish({ copies: 0 });
      expectFiles(world, { a: 'the content', b: 'the content', c: 'the content' });
    }));

  it('an edit to what another file holds is a copy too, and an edit back', () =>
    inWorld({ seed: 'edit to a copy' }, async (world) => {
      await begin(world, { f: 'one', g: 'two' });
      await world.person('A').write('g', 'one');
      const passes = world.passes.length;
      await world.finish({ copies: 0 });
      expect(callsSince(world, passes, 'A')('file/upload')).toBe(0);
      expectFiles(world, { f: 'one', g: 'one' });
    }));

  it('of several that hold it one is copied that stays', () =>
    inWorld({ seed: 'several' }, async (world) => {
      await begin(world, { a: 'one', b: 'one', c: 'two', d: 'one' });
      await world.person('A').write('c', 'one');
      await world.person('A').write('a', 'six');
      await world.person('A').remove('d');
      const staying = world.web.find('b')?.id;
      const { calls } = await world.goodPass('A');
      const copied = calls.filter(({ endpoint }) => endpoint === 'file/copy').map(({ fields }) => fields['file_id']);
      expect(copied).toEqual([String(staying)]);
      await world.finish({ copies: 0 });
      expectFiles(world, { a: 'six', b: 'one', c: 'one' });
    }));

  it.each([
    [
      { a: 'one', b: 'two' },
      { a: 'two', b: 'one' },
    ],
    [
      { a: 'one', b: 'three' },
      { a: 'three', b: 'one' },
    ],
    [
      { a: 'one', b: 'two', c: 'three' },
      { a: 'three', b: 'one', c: 'two' },
    ],
  ])('contents that files exchange are copied before any of them is replaced: %j, %j', (before, after) =>
    inWorld({ seed: 'contents exchanged', memory: {} }, async (world) => {
      await begin(world, before);
      for (const [path, content] of Object.entries(after)) await world.person('A').write(path, content);
      const passes = world.passes.length;
      await world.finish({ copies: 0 });
      const calls = callsSince(world, passes, 'A');
      expect([calls('file/upload'), calls('file/copy')]).toEqual([0, Object.keys(after).length]);
      expectFiles(world, after);
    }),
  );

  it('a file of the same size and other content is sent', () =>
    inWorld({ seed: 'same size' }, async (world) => {
      await begin(world, { f: 'one' });
      await world.person('A').write('g', 'two');
      const passes = world.passes.length;
      await world.finish();
      const calls = callsSince(world, passes, 'A');
      expect([calls('file/upload'), calls('file/copy')]).toEqual([1, 0]);
    }));

  it('is sent where the host does not copy', () =>
    inWorld({ seed: 'no copy' }, async (world) => {
      await begin(world, { f: 'one' });
      world.hook.before = ({ endpoint }) =>
        endpoint === 'file/copy' ? json(200, { status: 'error', response: 'This is not enabled.' }) : undefined;
      copyHere(world, 'f', 'g', 'one');
      await world.finish();
      expectFiles(world, { f: 'one', g: 'one' });
    }));

  it('is there once where the answer to the copy is lost, and nothing stays in the staging folder', () =>
    inWorld({ seed: 'lost copy' }, async (world) => {
      await begin(world, { f: 'one', 'd/f': 'two' });
      let lost = 0;
      world.hook.after = ({ endpoint }) => (endpoint === 'file/copy' && lost++ < 2 ? 'drop' : undefined);
      copyHere(world, 'f', 'g', 'one');
      copyHere(world, 'd/f', 'd/g', 'two');
      await world.pass('A');
      await world.finish({ copies: 0 });
      expect(lost).toBeGreaterThan(1);
      expect(world.web.staged()).toEqual([]);
      expectFiles(world, { f: 'one', g: 'one', 'd/f': 'two', 'd/g': 'two' });
    }));

  it.each(['before', 'after'] as const)('is there once where the program dies %s the call', (when) =>
    inWorld({ seed: `killed copy ${when}` }, async (world) => {
      await begin(world, { f: 'one' });
      copyHere(world, 'f', 'g', 'one');
      const pass = await world.pass('A', {
        onCall: ({ endpoint }) => (endpoint === 'file/copy' ? `kill ${when}` : null),
      });
      expect(pass.wasKilled).toBe(true);
      await world.finish({ copies: 0 });
      expectFiles(world, { f: 'one', g: 'one' });
    }),
  );

  it('is sent where the one that it is a copy of goes to the trash at that moment', () =>
    inWorld({ seed: 'source trashed' }, async (world) => {
      await begin(world, { f: 'one', keep: 'x' });
      copyHere(world, 'f', 'g', 'one');
      world.hook.before = async ({ endpoint }) => {
        if (endpoint !== 'file/copy') return undefined;
        delete world.hook.before;
        await world.person('web').remove('f');
        return undefined;
      };
      world.ledger.superseded.delete(md5Of('one'));
      await world.finish({ copies: 0 });
      expectFiles(world, { g: 'one', keep: 'x' });
    }));
});

it.each([
  ['edited', 'newer', { copy: 'the content', f: 'newer', keep: '0' }],
  ['removed', null, { copy: 'the content', keep: '0' }],
] as const)(
  'a copy whose original was removed here, and %s on the host meanwhile, keeps its content',
  (_what, content, end) =>
    inWorld({ seed: 'copied and removed', memory: {} }, async (world) => {
      await begin(world, { f: 'the content', keep: '0' });
      await world.person('A').write('copy', 'the content');
      await world.person('A').remove('f');
      if (content === null) await world.person('web').remove('f');
      else await world.person('web').write('f', content);
      await world.finish({ copies: 0 });
      expectFiles(world, end);
    }),
);
