/** Every pair of deeds, one here and one on the host, decided and carried out on paper: what comes of it is what the table says. */
import { describe, expect, test } from 'vitest';
import { ROOT_NODE } from '../../src/core/entry.ts';
import type { NodeNumber, RemoteId } from '../../src/core/entry.ts';
import type { LocalName, RemoteName } from '../../src/core/path.ts';
import { deedOf, deeds, outcomeOf, start } from '../support/meetings.ts';
import type { Act } from '../support/meetings.ts';
import { listHere, listThere } from '../support/paper-listing.ts';
import { settle } from '../support/paper-history.ts';
import { PaperWorld } from '../support/paper-world.ts';

function splitPath(path: string): [string[], string] {
  const parts = path.split('/');
  return [parts.slice(0, -1), parts.at(-1) ?? ''];
}

function nodeAt(world: PaperWorld, names: readonly string[]): NodeNumber {
  return names.reduce<NodeNumber>((at, name) => must(world.localAt(at, name as LocalName)).node, ROOT_NODE);
}

function idAt(world: PaperWorld, names: readonly string[]): RemoteId {
  return names.reduce<RemoteId>(
    (at, name) => must(world.remoteAt(at, name as RemoteName)[0] ?? null).id,
    'd1' as RemoteId,
  );
}

function actHere(world: PaperWorld, { do: what, path, to, content }: Act): void {
  const [above, name] = splitPath(path);
  if (what === 'make')
    world.makeHere(nodeAt(world, above), name, content === null ? 'folder' : 'file', content ?? null);
  else if (what === 'edit') world.editHere(nodeAt(world, [...above, name]), content ?? '');
  else if (what === 'remove') world.removeHere(nodeAt(world, [...above, name]));
  else {
    const [into, called] = splitPath(to ?? '');
    world.moveHere(nodeAt(world, [...above, name]), nodeAt(world, into), called, true);
  }
}

function actThere(world: PaperWorld, { do: what, path, to, content }: Act): void {
  const [above, name] = splitPath(path);
  if (what === 'make') world.makeThere(idAt(world, above), name, content === null ? 'folder' : 'file', content ?? null);
  else if (what === 'edit') world.editThere(idAt(world, [...above, name]), content ?? '');
  else if (what === 'remove') world.removeThere(idAt(world, [...above, name]));
  else {
    const [into, called] = splitPath(to ?? '');
    world.moveThere(idAt(world, [...above, name]), idAt(world, into), called);
  }
}

function must<T>(value: T | null): T {
  if (value === null) throw new Error('nothing there');
  return value;
}

describe.each(Object.keys(deeds))('a person here %s', (here) => {
  test.each(Object.keys(deeds))('and one on the host %s', (there) => {
    const world = new PaperWorld();
    for (const act of start) actHere(world, act);
    settle(world);
    const [one, other] = [deedOf(here, 'A'), deedOf(there, 'B')];
    for (const act of one) actHere(world, act);
    for (const act of other) actThere(world, act);
    const { problems, rounds } = settle(world);
    expect(problems).toEqual([]);
    expect(rounds).toBeLessThanOrEqual(8);
    const found = listHere(world).map(
      ({ path, content }) => [path.slice(1).replaceAll(/ \(conflict [^)]*\)/g, ' (conflict)'), content] as const,
    );
    expect(Object.fromEntries(found)).toEqual(outcomeOf(one, other));
    expect(listThere(world)).toEqual(listHere(world));
  });
});
