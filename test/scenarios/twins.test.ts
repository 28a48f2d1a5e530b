/**
 * Several items of one name in one folder of the host, made by its page or another program. Each is shown here under a name of its
 * own, the same on all computers, and nothing is touched on the host until a person does something to one of them here.
 */
import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { md5Of } from '../support/snapshot.ts';
import { begin, expectFiles } from './play.ts';

/** Puts files of one name beside each other; returns their ids. */
async function beside(world: World, path: string, contents: readonly string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const content of contents) {
    world.ledger.wrote('web', path, md5Of(content), null, false);
    ids.push(await world.web.upload(path, Buffer.from(content)));
  }
  return ids;
}

async function rename(world: World, kind: 'file' | 'folder', id: number, name: string): Promise<void> {
  await world.web.call(
    `${kind}/edit`,
    kind === 'file' ? { file_id: String(id), filename: name } : { folder_id: String(id), folder_name: name },
  );
}

function idOf(world: World, content: string): number {
  const found = world.web.items().find((item) => item.kind === 'file' && item.md5 === md5Of(content));
  if (found === undefined) throw new Error(`no file with ${content}`);
  return found.id;
}

/** What a computer shows: paths and contents, the latter by the letter that was written. */
function shownOn(world: World, name: string, contents: readonly string[]): Record<string, string | null> {
  const letters = new Map(contents.map((content) => [md5Of(content), content]));
  return Object.fromEntries(
    [...world.computer(name).shape()]
      .map(([path, value]) => [path, value === 'folder' ? null : (letters.get(value) ?? value)] as const)
      .sort(),
  );
}

/** Names on the host, with contents. */
function onHost(world: World, contents: readonly string[]): string[] {
  const letters = new Map(contents.map((content) => [md5Of(content), content]));
  return world.web
    .items()
    .map(({ path, kind, md5 }) => (kind === 'file' ? `${path}=${letters.get(md5) ?? md5}` : `${path}/`))
    .sort();
}

describe('files of one name on the host', () => {
  it('S173, S174: have names of their own here, the literal ones first, the others by age', () =>
    inWorld({ seed: 'S173' }, async (world) => {
      await begin(world, { 'a (2).txt': 'literal' });
      await beside(world, 'a.txt', ['1', '2', '3', '2']);
      const passes = world.passes.length;
      await world.finish({ twins: true, copies: 0 });
      expect(shownOn(world, 'B', ['literal', '1', '2', '3'])).toEqual({
        'a.txt': '1',
        'a (2).txt': 'literal',
        'a (3).txt': '2',
        'a (4).txt': '3',
        'a (5).txt': '2',
      });
      expect(world.passes.slice(passes).flatMap(({ changingCalls }) => changingCalls)).toEqual([]);
    }));

  it('S175: keep the names that are shown once a person edits one of them', () =>
    inWorld({ seed: 'S175' }, async (world) => {
      await begin(world, { other: '0' });
      await beside(world, 'f', ['1', '2', '3']);
      await world.finish({ twins: true, withoutFresh: true });
      const second = idOf(world, '2');
      await world.person('B').write('f', 'edited');
      await world.finish({ copies: 0, twins: true });
      expect(onHost(world, ['0', '2', '3', 'edited'])).toEqual(['f (2)=2', 'f (3)=3', 'f=edited', 'other=0']);
      expect(idOf(world, '2')).toBe(second);
      expect(shownOn(world, 'A', ['0', '2', '3', 'edited'])).toEqual({
        f: 'edited',
        'f (2)': '2',
        'f (3)': '3',
        other: '0',
      });
    }));

  it.each([
    ['edits', 'f (2)', ['f (2)=new', 'f (3)=3', 'f=1']],
    ['renames', 'f (2)', ['f (3)=3', 'f=1', 'g=2']],
    ['removes', 'f', ['f (2)=2', 'f (3)=3']],
    ['removes', 'f (2)', ['f (3)=3', 'f=1']],
  ] as const)('S175: have on the host the names that were shown when a person %s %j', (deed, path, end) =>
    inWorld({ seed: `S175 ${deed} ${path}` }, async (world) => {
      await beside(world, 'f', ['1', '2', '3']);
      await world.finish({ twins: true, withoutFresh: true });
      const person = world.person('A');
      if (deed === 'edits') await person.write(path, 'new');
      else if (deed === 'renames') await person.move(path, 'g');
      else await person.remove(path);
      const passes = world.passes.length;
      await world.finish({ copies: 0, twins: true });
      expect(onHost(world, ['1', '2', '3', 'new'])).toEqual(end);
      const calls = world.passes.slice(passes).flatMap((pass) => pass.changingCalls);
      expect(calls.length).toBeLessThanOrEqual(deed === 'edits' ? 5 : 3); // the deed itself, and two names
    }),
  );

  it('S175 renamed: the name that is shown is no move on the host, so a rename by somebody else stands', () =>
    inWorld({ seed: 'S175 renamed' }, async (world) => {
      await begin(world, { other: '0' });
      await beside(world, 'f', ['1', '2']);
      await world.finish({ twins: true, withoutFresh: true });
      await world.person('A').remove('f');
      await world.person('B').move('f (2)', 'f (2).bak');
      await world.person('B').write('f (2)', '3');
      await world.goodPass('A');
      expect(onHost(world, ['0', '2'])).toEqual(['f (2)=2', 'other=0']);
      await world.finish({ copies: 0 });
      expectFiles(world, { other: '0', 'f (2).bak': '2', 'f (2)': '3' });
    }));

  it('S177: the other takes the plain name when one is renamed away on the host, and no byte travels', () =>
    inWorld({ seed: 'S177' }, async (world) => {
      const [first] = await beside(world, 'f', ['1', '2']);
      await world.finish({ twins: true, withoutFresh: true });
      const passes = world.passes.length;
      await rename(world, 'file', first!, 'g');
      world.ledger.made('web', 'g');
      await world.finish({ copies: 0 });
      expect(shownOn(world, 'A', ['1', '2'])).toEqual({ f: '2', g: '1' });
      const fresh = world.passes.slice(passes).filter(({ computer }) => computer === 'A' || computer === 'B');
      expect(fresh.flatMap((pass) => pass.calls).filter(({ endpoint }) => endpoint === 'download')).toEqual([]);
      expect(fresh.flatMap((pass) => pass.changingCalls)).toEqual([]);
    }));
});

describe('folders of one name on the host', () => {
  const twins = async (world: World): Promise<[number, number]> => {
    const ids: number[] = [];
    for (const [at, files] of [
      { only1: '1', same: 's', clash: 'c1' },
      { only2: '2', same: 's', clash: 'c2' },
    ].entries()) {
      const name = `made ${at}`;
      for (const [file, content] of Object.entries(files)) await world.person('web').write(`${name}/${file}`, content);
      ids.push(world.web.mustFind(name).id);
    }
    for (const id of ids) await rename(world, 'folder', id, 'd');
    world.ledger.made('web', 'd');
    return [ids[0]!, ids[1]!];
  };
  const letters = ['1', '2', 's', 'c1', 'c2', 'new', 'edited'];

  it('S178: stand beside each other here, each with its own children', () =>
    inWorld({ seed: 'S178' }, async (world) => {
      await twins(world);
      await world.finish({ twins: true, copies: 0 });
      expect(shownOn(world, 'A', letters)).toEqual({
        d: null,
        'd/clash': 'c1',
        'd/only1': '1',
        'd/same': 's',
        'd (2)': null,
        'd (2)/clash': 'c2',
        'd (2)/only2': '2',
        'd (2)/same': 's',
      });
      expect(world.passes.flatMap(({ changingCalls }) => changingCalls)).toEqual([]);
    }));

  it('S179: get what is done in each of them, and go one by one', () =>
    inWorld({ seed: 'S179' }, async (world) => {
      const [first, second] = await twins(world);
      await world.finish({ twins: true, withoutFresh: true });
      await world.person('A').write('d (2)/new', 'new');
      await world.person('A').write('d/clash', 'edited');
      await world.person('A').remove('d (2)/same');
      await world.person('B').move('d/only1', 'd/renamed');
      await world.finish({ twins: true, copies: 0 });
      const childrenOf = (id: number): string[] =>
        world.web
          .items()
          .filter(({ parentId }) => parentId === id)
          .map(({ name }) => name)
          .sort();
      expect(childrenOf(first)).toEqual(['clash', 'renamed', 'same']);
      expect(childrenOf(second)).toEqual(['clash', 'new', 'only2']);
      await world.person('B').remove('d');
      await world.finish({ twins: true, copies: 0 });
      expect(world.web.find('d')).toBeUndefined();
      expect(world.web.find('d (2)')?.id).toBe(second);
    }));

  it('a file beside a folder of its name is shown alike on all computers', () =>
    inWorld({ seed: 'file beside folder' }, async (world) => {
      await begin(world, { x: 'file', y: 'other' });
      await world.person('web').mkdir('made');
      await rename(world, 'folder', world.web.mustFind('made').id, 'x');
      await world.person('web').mkdir('z');
      await rename(world, 'file', idOf(world, 'other'), 'z');
      await world.finish({ twins: true, copies: 0 });
      expect(shownOn(world, 'A', ['file', 'other'])).toEqual({ x: null, 'x (2)': 'file', z: null, 'z (2)': 'other' });
    }));
});

describe('names that are exchanged on the host', () => {
  it.each(['file', 'folder'] as const)('S042, S045: a look in the middle leaves no second name behind (%s)', (kind) =>
    inWorld({ seed: `swap of a ${kind}` }, async (world) => {
      await begin(world, kind === 'file' ? { x: '1', y: '2' } : { 'x/in': '1', 'y/in': '2' });
      const [x, y] = [world.web.mustFind('x').id, world.web.mustFind('y').id];
      await rename(world, kind, x, 'y');
      const [before, during] = [world.computer('A').shape(), await world.pass('A')];
      expect(world.computer('A').shape()).toEqual(before);
      expect(during.exit).toBe(1); // it says that it waits
      await world.clock.advance(11 * 60_000);
      await world.pass('B'); // this one has looked at it for long enough only once it looks again
      await world.clock.advance(11 * 60_000);
      await world.pass('B');
      expect([...world.computer('B').shape().keys()]).toContain('y (2)');
      await rename(world, kind, y, 'x');
      await world.finish({ copies: 0 });
      const end = kind === 'file' ? { x: '2', y: '1' } : { x: null, 'x/in': '2', y: null, 'y/in': '1' };
      expect(shownOn(world, 'A', ['1', '2'])).toEqual(end);
      expect(shownOn(world, 'B', ['1', '2'])).toEqual(end);
    }),
  );
});
