/** What is moved to where it is left out, and what happens to the folders around it in the same moment. */
import { describe, expect, it } from 'vitest';
import { at } from '../host/program.ts';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, countOf, expectFiles } from './play.ts';

const config = { ignore: ['*.tmp', 'out'] };
const seen = (world: World, name: string): readonly string[] => [...world.computer(name).shape().keys()].sort();

describe('a file that got an ignored name on the host', () => {
  it.each([
    ['x.tmp', 'removed'],
    ['f/x.tmp', 'removed'],
    ['x.tmp', 'given one too'],
  ])('does not keep its folder here, once that is gone: as %s, the folder %s', (to, how) =>
    inWorld({ memory: {}, config }, async (world) => {
      await begin(world, { g: '0', 'e/k': '1', 'e/l': '2', f: null });
      const web = world.person('web');
      await web.move('e/k', to);
      if (how === 'removed') await web.remove('e');
      else await web.move('e', 'out');
      await world.settle();
      expect(seen(world, 'A')).toEqual(['f', 'g']);
      expect((await world.goodPass('A')).exit).toBe(0);
    }),
  );
});

describe('a folder that was removed here, while on the host', () => {
  it.each(['given an ignored name', 'removed'])(
    'it was %s, and made anew around something ignored, is here again',
    (how) =>
      inWorld({ memory: {}, computers: ['A'], config }, async (world) => {
        await begin(world, { g: '0', 'e/k': '1' });
        await world.person('A').remove('e');
        if (how === 'removed') await world.person('web').remove('e');
        else await world.person('web').move('e', 'out');
        await world.person('web').mkdir('e/out');
        await world.settle();
        expect((await world.goodPass('A')).exit).toBe(0);
        expect(seen(world, 'A')).toEqual(['e', 'g']);
        expect(world.web.find('e/out')).toBeDefined();
      }),
  );

  it.each(['moved', 'removed'])('it was %s, and made anew, is here again', (how) =>
    inWorld({ memory: {}, computers: ['A'], config }, async (world) => {
      await begin(world, { g: '0', 'e/k': '1' });
      await world.person('A').remove('e');
      if (how === 'removed') await world.person('web').remove('e');
      else await world.person('web').move('e', 'out');
      await world.person('web').mkdir('e');
      await world.settle();
      expect(seen(world, 'A')).toEqual(['e', 'g']);
    }),
  );
});

it.each(['web', 'A'])('a folder stays here that goes to where it is ignored until %s renames what it goes to', (who) =>
  inWorld({ memory: {}, computers: ['A'], config: { ignore: ['/d/out'] } }, async (world) => {
    await begin(world, { 'g/i': '1', 'g/s/j': '2', 'd/k': '3' });
    await world.person(who).move('d', 'e');
    await world.person('web').move('g', who === 'web' ? 'e/out' : 'd/out');
    const before = world.passes.length;
    await world.settle();
    const calls = world.passes.slice(before).flatMap((pass) => pass.calls);
    expect(countOf(calls, 'download')).toBe(0);
    expectFiles(world, { 'e/out/i': '1', 'e/out/s/j': '2', 'e/k': '3' });
  }),
);

it.each([
  ['new/i', { 'new/i': '1', d: null }],
  ['new/deep/er/i', { 'new/deep/er/i': '1', d: null }],
  ['new/out/i', { d: null, new: null }],
])('of a listing that lacks a file, which is in a folder not known yet as %s, no more is believed', (to, files) =>
  inWorld({ memory: {}, computers: ['A'], config }, async (world) => {
    await begin(world, { 'd/i': '1' });
    const { id } = world.web.mustFind('d');
    await world.person('web').move('d/i', to);
    const { result, calls } = await world.computer('A').pass({
      look: ({ there }) => ({ local: [], remote: there.filter((one) => one.endsWith(String(id))), problems: [] }),
    });
    expect(result?.exit).toBe(0);
    expect(countOf(calls, 'download')).toBe(0);
    expect(Object.fromEntries(world.computer('A').shape())).toMatchObject(
      Object.fromEntries(
        Object.entries(files).map(([path, content]) => [path, content === null ? 'folder' : md5Of(content)]),
      ),
    );
    expect(world.computer('A').has('d/i')).toBe(false);
  }),
);

it('S170: on a disk that is blind to case, a rename to the ignored spelling of a name is one, too', () =>
  inWorld({ memory: {}, spelling: { A: 'caseless' }, config: { ignore: ['README'] } }, async (world) => {
    await begin(world, { readme: '1', g: '2' });
    await world.person('A').move('readme', 'README');
    await world.settle();
    expect((await world.goodPass('A')).exit).toBe(0);
    expect(seen(world, 'A')).toEqual(['README', 'g']);
    expect(seen(world, 'B')).toEqual(['g']);
  }));

it('of files that went out of the pair together, the way there is asked for once', () =>
  inWorld({ memory: {}, computers: ['A'], config: { holdRemovals: { percent: 100, count: 1_000 } } }, async (world) => {
    const names = Array.from({ length: 30 }, (_, nth) => `f${nth}`);
    await begin(world, { keep: '0', ...Object.fromEntries(names.map((name) => [name, name] as const)) });
    const made = await world.web.call('folder/create', { folder_name: 'elsewhere', parent_id: '', is_public: '0' });
    for (const name of names) {
      world.ledger.removed('web', name, md5Of(name), false);
      const { id } = world.web.mustFind(name);
      await world.web.call('file/edit', { file_id: String(id), folder_id: String(at(made.json, 'data', 'id')) });
    }
    const { calls, result } = await world.goodPass('A');
    expect(result?.counts).toEqual({ 'trash local': names.length });
    expect(countOf(calls, 'folder/info')).toBe(1);
  }));

it('a file stays here as long as the host cannot say what leads to where it is', () =>
  inWorld({ memory: {}, computers: ['A'] }, async (world) => {
    await begin(world, { 'd/i': '1' });
    const { id } = world.web.mustFind('d');
    await world.person('web').move('d/i', 'new/i');
    const { exit, touched } = await world.pass('A', {
      look: ({ there }) => ({ local: [], remote: there.filter((one) => one.endsWith(String(id))), problems: [] }),
      onCall: ({ endpoint }) => (endpoint === 'folder/info' ? 'lost' : null),
    });
    expect(touched).toEqual([]);
    expect(exit).toBe(1);
    await world.finish({ copies: 0 });
    expectFiles(world, { 'new/i': '1', d: null });
  }));
