/** What is decided together of very much that is new. */
import { describe, expect, it } from 'vitest';
import { ROOT_NODE } from '../../src/core/entry.ts';
import type { RemoteId } from '../../src/core/entry.ts';
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

  it('all is decided together where very much is new on both sides', () => {
    const world = worldWith(['a', 'b']);
    for (const name of ['a', 'b']) world.makeThere(root, name, 'file', name);
    expect(next(new Portions(1), world)).toBeNull();
  });
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

  it.each<readonly [string, (world: PaperWorld) => void]>([
    ['was removed here', (world) => world.removeHere(nodeOf(world, 'a'))],
    ['was renamed here', (world) => world.moveHere(nodeOf(world, 'a'), ROOT_NODE, 'z', true)],
    ['was removed on the host', (world) => world.removeThere(world.remoteAt(root, 'a' as never)[0]?.id ?? root)],
    [
      'was renamed on the host',
      (world) => world.moveThere(world.remoteAt(root, 'a' as never)[0]?.id ?? root, root, 'z'),
    ],
    [
      'was edited on the host',
      (world) => world.editThere(world.remoteAt(root, 'a' as never)[0]?.id ?? root, 'a new version'),
    ],
  ])('all is decided together where one %s', (_, act) => {
    const world = agreed();
    for (const name of ['d', 'e']) world.makeHere(ROOT_NODE, name, 'file', name);
    expect(newHere(next(new Portions(1), world), world)).toEqual(['d']);
    act(world);
    expect(next(new Portions(1), world)).toBeNull();
  });
});
