/** What is decided together of very much that is new. */
import { describe, expect, it } from 'vitest';
import { ROOT_NODE } from '../../src/core/entry.ts';
import type { NodeNumber, RemoteId } from '../../src/core/entry.ts';
import { Portions } from '../../src/core/portions.ts';
import type { Portion } from '../../src/core/portions.ts';
import { atOnce } from '../../src/core/steps.ts';
import { localPath } from '../../src/core/tree.ts';
import { settle } from '../support/paper-history.ts';
import { PaperWorld } from '../support/paper-world.ts';

const root = 'd1' as RemoteId;

function worldWith(files: readonly string[]): PaperWorld {
  const world = new PaperWorld();
  for (const name of files) world.makeHere(ROOT_NODE, name, 'file', `content of ${name}`);
  return world;
}

function next(portions: Portions, world: PaperWorld): Portion | null {
  return atOnce(portions.next(world));
}

function newHere(portion: Portion | null, world: PaperWorld): string[] {
  return [...(portion?.view.newLocal() ?? [])].map(({ node }) => localPath(world, node));
}

function newThere(portion: Portion | null): string[] {
  return [...(portion?.view.newRemote() ?? [])].map(({ name }) => name);
}

describe('of what is new here', () => {
  it('all is decided together where it is no more than a portion', () => {
    expect(next(new Portions(3), worldWith(['a', 'b', 'c']))).toBeNull();
  });

  it('one portion comes after the other, and all that is still open at the end', () => {
    const world = worldWith(['a', 'b', 'c', 'd', 'e']);
    const portions = new Portions(2);
    const first = next(portions, world);
    expect(newHere(first, world)).toEqual(['a', 'b']);
    expect(first?.later).toEqual({ items: 3, bytes: 48 });
    portions.pass();
    const second = next(portions, world);
    expect(newHere(second, world)).toEqual(['c', 'd']);
    expect(second?.later).toEqual({ items: 1, bytes: 16 });
    portions.pass();
    expect(next(portions, world)).toBeNull();
  });

  it('a portion that was not passed comes again, without what is done by now', () => {
    const world = worldWith(['a', 'b', 'c', 'd', 'e']);
    const portions = new Portions(2);
    expect(newHere(next(portions, world), world)).toEqual(['a', 'b']);
    world.removeHere(world.localAt(ROOT_NODE, 'a' as never)?.node ?? ROOT_NODE);
    const again = next(portions, world);
    expect(newHere(again, world)).toEqual(['b', 'c']);
    expect(again?.later).toEqual({ items: 3, bytes: 48 });
  });

  it('a folder comes with what is in it, also where it has the higher number', () => {
    const world = worldWith(['a', 'b', 'c']);
    const folder = world.makeHere(ROOT_NODE, 'f', 'folder');
    const inner = world.makeHere(folder, 'g', 'folder');
    const first = world.localAt(ROOT_NODE, 'a' as never);
    world.moveHere(first?.node ?? ROOT_NODE, inner, 'a', true);
    expect(newHere(next(new Portions(1), world), world).sort()).toEqual(['f', 'f/g', 'f/g/a']);
  });

  it('what is left for later is shown as what it is, but as nothing new', () => {
    const world = worldWith(['a', 'b']);
    const view = next(new Portions(1), world)?.view;
    expect(view?.localAt(ROOT_NODE, 'b' as never)).toMatchObject({ name: 'b', entry: null });
  });
});

describe('of what is new on the host', () => {
  it('what has one name comes together', () => {
    const world = new PaperWorld();
    for (const name of ['a', 'b', 'a', 'c']) world.makeThere(root, name, 'file', name);
    expect(newThere(next(new Portions(1), world))).toEqual(['a', 'a']);
  });

  it('the little that is new here comes with each portion', () => {
    const world = worldWith(['z']);
    for (const name of ['a', 'b', 'c']) world.makeThere(root, name, 'file', name);
    const portions = new Portions(2);
    const first = next(portions, world);
    expect([newHere(first, world), newThere(first)]).toEqual([['z'], ['a', 'b']]);
  });

  it('where very much is new on both sides too, what has one place comes together, in folders of one name as well', () => {
    const world = worldWith(['a', 'b']);
    const inner = world.makeHere(world.makeHere(ROOT_NODE, 'f', 'folder'), 'g', 'folder');
    world.makeHere(inner, 'deep', 'file', 'one');
    const there = world.makeThere(world.makeThere(root, 'f', 'folder'), 'g', 'folder');
    for (const name of ['c', 'b']) world.makeThere(root, name, 'file', name);
    world.makeThere(there, 'deep', 'file', 'another');
    const seen: (readonly [string[], string[]])[] = [];
    const portions = new Portions(1);
    for (let portion = next(portions, world); portion !== null; portion = next(portions, world)) {
      seen.push([newHere(portion, world), newThere(portion)]);
      portions.pass();
    }
    expect(seen.map((sides) => sides.map((names) => names.join(' ')))).toEqual([
      ['a f', 'f'],
      ['b f f/g', 'f g b'],
      ['f', 'f c'],
      ['b f f/g', 'f g b'],
    ]);
  });
});

it('what is new on both sides is not told twice of what is to come', () => {
  const names = ['a', 'b', 'c', 'd'];
  const world = worldWith(names);
  for (const name of names) world.makeThere(root, name, 'file', `content of ${name}`);
  world.makeThere(root, 'e', 'file', 'only there');
  const portions = new Portions(1);
  for (const items of [4, 3, 2]) {
    expect(next(portions, world)?.later.items).toBe(items);
    portions.pass();
  }
});

describe('where known files changed', () => {
  function agreed(): PaperWorld {
    const world = worldWith(['a', 'b', 'c']);
    expect(settle(world).problems).toEqual([]);
    return world;
  }
  const nodeOf = (world: PaperWorld, name: string) => world.localAt(ROOT_NODE, name as never)?.node ?? ROOT_NODE;

  it('edits come in portions, from the first on when something happened meanwhile', () => {
    const world = agreed();
    for (const name of ['a', 'b', 'c']) world.editHere(nodeOf(world, name), `new ${name}`);
    const portions = new Portions(1);
    const opened = () => [...(next(portions, world)?.view.openEntries() ?? [])].map(({ localName }) => localName);
    expect(opened()).toEqual(['a']);
    portions.pass();
    expect(opened()).toEqual(['b']);
    portions.beginAnew();
    expect(opened()).toEqual(['a']);
  });

  const idOf = (world: PaperWorld, name: string) => world.remoteAt(root, name as never)[0]?.id ?? root;
  const opened = (portion: Portion | null) => [...(portion?.view.openEntries() ?? [])].map((row) => row.localName);

  it.each<readonly [string, (world: PaperWorld) => void]>([
    ['was removed here', (world) => world.removeHere(nodeOf(world, 'a'))],
    ['was renamed here', (world) => world.moveHere(nodeOf(world, 'a'), ROOT_NODE, 'z', true)],
    ['was removed on the host', (world) => world.removeThere(idOf(world, 'a'))],
    ['was renamed on the host', (world) => world.moveThere(idOf(world, 'a'), root, 'z')],
  ])('all of them come with each portion where one %s', (_, act) => {
    const world = agreed();
    for (const name of ['d', 'e', 'f']) world.makeHere(ROOT_NODE, name, 'file', name);
    world.editHere(nodeOf(world, 'b'), 'new b');
    expect(next(new Portions(1), world)).toMatchObject({ hasMoves: false });
    act(world);
    const portions = new Portions(1);
    for (const name of ['d', 'e']) {
      const portion = next(portions, world);
      expect(portion?.hasMoves).toBe(true);
      expect(opened(portion)).toEqual(['a', 'b']);
      expect(newHere(portion, world)).toEqual([name]);
      portions.pass();
    }
  });

  it('edits come in portions all the same, and what moved with each of them', () => {
    const world = agreed();
    world.moveHere(nodeOf(world, 'b'), ROOT_NODE, 'z', true);
    for (const name of ['a', 'c']) world.editHere(nodeOf(world, name), `new ${name}`);
    const portions = new Portions(1);
    expect(opened(next(portions, world))).toEqual(['a', 'b']);
    portions.pass();
    expect(next(portions, world)).toBeNull(); // what is left is one portion
  });

  it('nothing that comes with each portion is told of as still to come', () => {
    const world = agreed();
    for (const name of ['d', 'e', 'f']) world.makeHere(ROOT_NODE, name, 'file', name);
    world.removeHere(nodeOf(world, 'a'));
    world.editHere(nodeOf(world, 'b'), 'new b');
    world.makeThere(root, 'x', 'file', 'x');
    const portions = new Portions(2);
    expect(next(portions, world)?.later).toMatchObject({ items: 1 });
    world.editHere(nodeOf(world, 'c'), 'new c');
    const anew = new Portions(1);
    expect(next(anew, world)?.later).toMatchObject({ items: 3 }); // c, e and f
    anew.pass();
    expect(next(anew, world)?.later).toMatchObject({ items: 1 });
  });

  it('with one that was edited on the host comes its next version, though its number is high', () => {
    const world = agreed();
    for (const name of ['d', 'e']) world.makeThere(root, name, 'file', name);
    world.editThere(idOf(world, 'a'), 'a new version');
    const portion = next(new Portions(1), world);
    expect(opened(portion)).toEqual(['a']);
    expect(newThere(portion).sort()).toEqual(['a', 'd']);
  });
});

describe('with a folder that', () => {
  /** Agreed on, with a file in it; and three new files elsewhere. */
  function agreed(): { world: PaperWorld; folder: NodeNumber; there: RemoteId } {
    const world = worldWith([]);
    const folder = world.makeHere(ROOT_NODE, 'folder', 'folder');
    world.makeHere(folder, 'known', 'file', 'known');
    expect(settle(world).problems).toEqual([]);
    for (const name of ['d', 'e', 'f']) world.makeHere(ROOT_NODE, name, 'file', name);
    return { world, folder, there: world.remoteAt(root, 'folder' as never)[0]?.id ?? root };
  }

  it('was removed on the host comes all that is new in it, however deep', () => {
    const { world, folder, there } = agreed();
    const inner = world.makeHere(folder, 'inner', 'folder');
    world.makeHere(inner, 'new', 'file', 'new');
    world.removeThere(there);
    expect(newHere(next(new Portions(1), world), world).sort()).toEqual(['d', 'folder/inner', 'folder/inner/new']);
  });

  it('was removed here comes all that is new in it on the host', () => {
    const { world, folder, there } = agreed();
    for (const name of ['x', 'y']) world.makeThere(root, name, 'file', name);
    for (const name of ['d', 'e', 'f']) world.removeHere(world.localAt(ROOT_NODE, name as never)?.node ?? folder);
    world.makeThere(there, 'new', 'file', 'new');
    world.removeHere(folder);
    expect(newThere(next(new Portions(1), world)).sort()).toEqual(['new', 'x']);
  });

  it('was moved into new ones here come those, and nothing else that is in them', () => {
    const { world, folder } = agreed();
    const outer = world.makeHere(ROOT_NODE, 'outer', 'folder');
    const inner = world.makeHere(outer, 'inner', 'folder');
    world.makeHere(inner, 'new', 'file', 'new');
    world.moveHere(folder, inner, 'folder', true);
    expect(newHere(next(new Portions(1), world), world).sort()).toEqual(['d', 'outer', 'outer/inner']);
  });

  it('was made anew on the host comes all that is new in that', () => {
    const { world, there } = agreed();
    for (const name of ['d', 'e', 'f']) world.removeHere(world.localAt(ROOT_NODE, name as never)?.node ?? ROOT_NODE);
    for (const name of ['x', 'y']) world.makeThere(root, name, 'file', name);
    world.removeThere(there);
    const anew = world.makeThere(root, 'folder', 'folder');
    world.makeThere(anew, 'known', 'file', 'another');
    expect(newThere(next(new Portions(1), world)).sort()).toEqual(['folder', 'known']);
  });

  it.each<readonly [string, (world: PaperWorld, at: { folder: NodeNumber; there: RemoteId }) => void]>([
    ['it left here', (world, { folder }) => world.moveHere(folder, ROOT_NODE, 'elsewhere', true)],
    ['it took on the host', (world, { there }) => world.moveThere(there, root, 'elsewhere')],
  ])('was renamed comes what is new at the name that %s', (_, act) => {
    const { world, folder, there } = agreed();
    act(world, { folder, there });
    const name = world.localAt(ROOT_NODE, 'folder' as never) === null ? 'folder' : 'elsewhere';
    world.makeHere(ROOT_NODE, name, 'file', 'a file of its name');
    expect(newHere(next(new Portions(1), world), world)).toEqual(expect.arrayContaining([name]));
  });
});
