/** Two computers that begin, or make the same things, at the same moment: everything comes together, nothing is there twice. */
import { describe, expect, it } from 'vitest';
import { everyHabit } from './hosts.ts';
import { inWorld } from '../support/world.ts';

const tree: Readonly<Record<string, string>> = {
  top: 'top',
  'd/one': 'one',
  'd/e/two': 'two',
  'd/e/f/three': 'three',
  'g/four': 'four',
};

describe('S011: the same new tree on both, an empty host, first passes at the same moment', () => {
  for (const [name, habits] of everyHabit) {
    it(`ends with one folder and one file a path (host ${name})`, async () => {
      await inWorld({ seed: `S011 ${name}`, habits }, async (world) => {
        for (const computer of ['A', 'B']) {
          for (const [path, content] of Object.entries(tree)) await world.person(computer).write(path, content);
        }
        await Promise.all(['A', 'B'].map((computer) => world.pass(computer)));
        await world.settle();
        await world.finish({ copies: 0 });
        const files = [...world.web.shape()].filter(([, value]) => value !== 'folder').map(([path]) => path);
        expect(files.sort()).toEqual(Object.keys(tree).sort());
      });
    });
  }
});

describe('folders of one name made by both, with other things in them', () => {
  for (const [name, habits] of everyHabit) {
    it(`merge, and what clashes is kept as one copy (host ${name})`, async () => {
      await inWorld({ seed: `twins ${name}`, habits }, async (world) => {
        await world.person('A').write('old', 'old');
        await world.finish({ withoutFresh: true });
        for (const computer of ['A', 'B']) {
          await world.person(computer).write(`d/only ${computer}`, computer);
          await world.person(computer).write('d/e/same', 'same');
          await world.person(computer).write('d/e/clash', `clash ${computer}`);
        }
        await Promise.all(['A', 'B'].map((computer) => world.pass(computer)));
        await world.settle();
        await world.finish({ copies: 1 });
      });
    });
  }
});
