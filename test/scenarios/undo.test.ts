/**
 * A run is taken back: both sides are again as they agreed before it, but for what was told to stay as it is, and nothing that a person
 * made is lost. To take that back in turn brings the run's own work back.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { md5Of } from '../support/snapshot.ts';
import type { Files } from './play.ts';
import { enterInLedger, undoAtRandom } from './undo-play.ts';

const filesOf = (world: World): Record<string, string> => Object.fromEntries([...world.computer('A').shape()].sort());

const shapeOf = (files: Files): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files)
      .map(([path, content]) => [path, content === null ? 'folder' : md5Of(content)] as const)
      .sort(),
  );

/** All have this. */
async function begin(world: World, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    if (content === null) await world.person('A').mkdir(path);
    else await world.person('A').write(path, content);
  }
  // what is sent and seen by two sweeps is no fresh work any more, which would come back
  for (const name of ['A', 'B', 'A', 'A']) await world.goodPass(name);
}

/** What B does comes to A in one run. */
async function arrives(world: World, deed: (world: World) => Promise<void>): Promise<void> {
  await deed(world);
  await world.goodPass('B');
  await world.goodPass('A');
}

async function expectIdle(world: World): Promise<void> {
  const pass = await world.goodPass('A');
  expect({ calls: pass.changingCalls, touched: pass.touched, exit: pass.exit }).toEqual({
    calls: [],
    touched: [],
    exit: 0,
  });
}

describe('what another computer did, and a run brought here,', () => {
  const before: Files = { a: '1', b: '2', d: null, 'd/x': '3', 'd/y': '4', e: null };

  const deeds: readonly (readonly [string, (world: World) => Promise<void>])[] = [
    [
      'an edit, a removed file and a new one in a new folder',
      async (world) => {
        await world.person('B').write('a', '1 edited');
        await world.person('B').remove('b');
        await world.person('B').write('n/m/new', '5');
      },
    ],
    ['a removed folder', (world) => world.person('B').remove('d')],
    [
      'names that were exchanged',
      async (world) => {
        await world.person('B').move('a', 'c');
        await world.person('B').move('b', 'a');
        await world.person('B').move('c', 'b');
      },
    ],
    [
      'folders that were turned inside out, with an edit in them',
      async (world) => {
        await world.person('B').move('d', 'e/in');
        await world.person('B').move('e', 'd');
        await world.person('B').write('d/in/x', '3 edited');
      },
    ],
    [
      'a file that went into a folder of its name',
      async (world) => {
        await world.person('B').move('a', 'aside');
        await world.person('B').mkdir('a');
        await world.person('B').move('aside', 'a/a');
      },
    ],
  ];
  it.each(deeds)('is taken back: %s', (_, deed) =>
    inWorld({}, async (world) => {
      await begin(world, before);
      await arrives(world, deed);
      const arrived = filesOf(world);
      const { found } = await world.computer('A').undo();
      expect(found.refused).toEqual([]);
      expect(found.acts.filter(({ error }) => error !== null)).toEqual([]);
      expect(filesOf(world)).toEqual(shapeOf(before));
      expect(Object.fromEntries([...world.web.shape()].sort())).toEqual(shapeOf(before));
      await expectIdle(world);
      // and that is a run that can be taken back
      const again = await world.computer('A').undo({ run: (await world.computer('A').lastRun()) - 1 });
      expect(again.found.refused).toEqual([]);
      expect(filesOf(world)).toEqual(arrived);
      await expectIdle(world);
    }),
  );
});

describe('what a run sent from here', () => {
  it('is taken back as far as contents are kept: new files go to the trash, moves back, an edit is told to stay', () =>
    inWorld({}, async (world) => {
      await begin(world, { a: '1', 'd/x': '3', gone: '2', twice: '2', edited: '4' });
      const person = world.person('A');
      await person.write('new', 'n');
      await person.move('d', 'e');
      await person.remove('gone');
      await person.write('edited', '4 edited');
      await world.goodPass('A');
      const { found } = await world.computer('A').undo();
      expect(found.refused).toEqual([
        { path: 'edited', why: expect.stringContaining("it is in the host's trash (file ") as string },
      ]);
      const after = { a: '1', d: null, 'd/x': '3', gone: '2', twice: '2', edited: '4 edited' };
      expect(filesOf(world)).toEqual(shapeOf(after));
      expect(world.computer('A').trashed()).toContain(md5Of('n'));
      await expectIdle(world);
      await world.settle();
      expect(Object.fromEntries([...world.computer('B').shape()].sort())).toEqual(shapeOf(after));
    }));

  it('stays where somebody went on with it since, here or elsewhere', () =>
    inWorld({}, async (world) => {
      await begin(world, { a: '1', b: '2', m: 'm', k: 'k' });
      const [a, b] = [world.person('A'), world.person('B')];
      for (const name of ['new', 'new2', 'new3', 'new4']) await a.write(name, name);
      await a.write('folder/in', 'it');
      await a.move('m', 'm2');
      await a.move('k', 'k2');
      await world.goodPass('A');
      const run = await world.computer('A').lastRun();
      await world.goodPass('B');
      await a.write('new', 'new, edited here and not sent');
      await b.write('new2', 'new2, edited there');
      await b.move('m2', 'm3');
      await a.write('k', 'something else in the place of k');
      await a.write('folder/more', 'since');
      await a.remove('new4');
      await world.goodPass('B');
      const was = world.computer('A').shape();
      const { found } = await world.computer('A').undo({ run });
      enterInLedger(world, was, world.computer('A').shape());
      expect(Object.fromEntries(found.refused.map(({ path, why }) => [path, why]))).toEqual({
        new: 'it was changed since',
        new2: 'it was changed or removed on the host since',
        new4: 'it is no longer there',
        m2: 'it was moved or renamed since',
        k2: 'something else has its place',
        folder: 'something is in it: it stays',
      });
      expect(found.acts.map(({ act, error }) => [act.kind, act.path, error])).toEqual([
        ['trash', 'new3', null],
        ['trash', 'folder/in', null],
      ]);
      await world.finish({ withoutFresh: true });
      expect(filesOf(world)).toMatchObject({ new: md5Of('new, edited here and not sent'), m3: md5Of('m') });
      expect(Object.keys(filesOf(world))).not.toContain('new3');
    }));

  it('is taken back for one path alone', () =>
    inWorld({}, async (world) => {
      await begin(world, { a: '1' });
      await world.person('A').write('d/one', 'one');
      await world.person('A').write('two', 'two');
      await world.goodPass('A');
      const { found } = await world.computer('A').undo({ within: 'd' });
      expect(found.acts.map(({ act }) => act.path)).toEqual(['d/one', 'd']);
      expect(filesOf(world)).toEqual(shapeOf({ a: '1', two: 'two' }));
    }));

  it('does not touch what both sides had anyway, and leaves conflicts to be decided', () =>
    inWorld({}, async (world) => {
      await begin(world, { both: '1' });
      await world.person('A').write('alike', 'the same');
      await world.person('web').write('alike', 'the same');
      await world.person('A').write('both', '1 here');
      await world.person('web').write('both', '1 there too');
      await world.goodPass('A');
      const { found } = await world.computer('A').undo();
      expect(found.acts).toEqual([]);
      expect(found.refused.map(({ why }) => why)).toEqual([
        expect.stringContaining('conflicts keep'),
        expect.stringContaining('conflicts keep'),
      ]);
      await world.finish({ copies: 1, withoutFresh: true });
    }));

  it('goes although it is unusually much at once, for that was agreed to', () =>
    inWorld({ config: { holdRemovals: { percent: 50, count: 5 } } }, async (world) => {
      await begin(world, { a: '1' });
      for (let at = 0; at < 12; at++) await world.person('A').write(`d/${at}`, `${at}`);
      await world.goodPass('A');
      const { found } = await world.computer('A').undo();
      expect(found.result).toMatchObject({ exit: 0, held: [] });
      expect([...world.web.shape().keys()]).toEqual(['a']);
    }));
});

it('a run that there never was, or that is too long ago, is not taken back', () =>
  inWorld({ config: { trashKeepMs: 1000 } }, async (world) => {
    await begin(world, { a: '1' });
    expect((await world.computer('A').undo({ run: 99 })).found.run).toBeNull();
    await world.clock.advance(24 * 3_600_000);
    await world.goodPass('A');
    expect((await world.computer('A').undo({ run: 1 })).found).toMatchObject({ acts: [], refused: [] });
  }));

it('a clock that is far ahead for some passes empties no trash; what was kept long enough goes', () =>
  inWorld({}, async (world) => {
    await begin(world, { a: '1', b: '2' });
    const computer = world.computer('A');
    const kept = () => readdirSync(`${computer.root}/.yetisync/trash`).length;
    const passAfter = async (days: number) => {
      world.clock.jumpWall(days * 24 * 3_600_000);
      await world.goodPass('A');
      return kept();
    };
    await world.person('web').remove('a');
    await world.settle();
    expect(kept()).toBe(1);
    expect([await passAfter(1), await passAfter(80), await passAfter(0.5), await passAfter(-80)]).toEqual([1, 1, 1, 1]);
    expect([await passAfter(28), await passAfter(7), await passAfter(7)]).toEqual([1, 1, 0]);
  }));

/** As many as one likes, from any seed: `YETISYNC_UNDO_ROUNDS=500 YETISYNC_UNDO_SEED=mine npx vitest run … undo.test.ts`. */
const rounds = Number(process.env['YETISYNC_UNDO_ROUNDS'] ?? 2);

it('whatever was done in a run, it is taken back, and that too', () =>
  undoAtRandom({ seed: process.env['YETISYNC_UNDO_SEED'] ?? 'undo', rounds }));
