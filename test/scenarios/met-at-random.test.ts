/** Meetings that nobody thought of: random histories of the whole engine came upon each of them. Named after what the person would have seen. */
import { describe, it } from 'vitest';
import { inWorld } from '../support/world.ts';
import { begin, expectFiles, playRows } from './play.ts';

describe('found by random histories', () => {
  playRows([
    {
      id: 'S007, S146',
      title: 'a file makes room for a folder of the same name also where hosts trim the name of its copy',
      start: {},
      one: (person) => person.write(' a', '1'),
      other: (person) => person.mkdir(' a'),
      end: { ' a': null, ' a (conflict)': '1' },
      copies: 1,
      by: [
        ['A', 'B'],
        ['B', 'A'],
      ],
    },
  ]);

  it('S203: a folder keeps its name on the host when the file that was in its way here goes to its own new name', () =>
    inWorld({ seed: 'S203 folder', memory: {} }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write('f', '');
      await world.person('B').move('f', 'g');
      await world.person('B').write('f/x', '2');
      await world.goodPass('B');
      await world.goodPass('A');
      await world.person('A').write('f', '3');
      await world.finish({ copies: 0 });
      expectFiles(world, { g: '3', 'f/x': '2' });
    }));
});
