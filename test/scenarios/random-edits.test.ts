/** Many edits, creations and removals on all sides at once, chosen by a seed. A short share; `npm run soak` plays for as long as one likes. */
import { describe, it } from 'vitest';
import { everyHabit } from './hosts.ts';
import { playAtRandom } from './random-play.ts';

const isThorough = process.env['YETISYNC_ALL_HABITS'] !== undefined;

describe.each(everyHabit)('on a host that is %s', (name, habits) => {
  const nth = everyHabit.findIndex(([other]) => other === name);
  // what the host does is the same whatever the disk: every second one is played in memory, in a tenth of the time
  const inMemory = nth % 2 === 1 && !isThorough;

  it('many changes on each side end alike everywhere, with nothing lost or doubled', () =>
    playAtRandom({ seed: `edits ${name}`, habits, deeds: 50, rounds: 4, actors: ['A', 'B', 'web'], inMemory }));

  // one kind of play for each host beside the first; all of them with `YETISYNC_ALL_HABITS`
  const turn = nth % 3;

  const playIf = (wanted: boolean) => (wanted || isThorough ? it : () => undefined);

  playIf(turn === 0)('one computer alone never makes a conflict copy', () =>
    playAtRandom({ seed: `alone ${name}`, habits, deeds: 40, rounds: 4, actors: ['A'], inMemory }),
  );

  playIf(turn === 1)('moves, exchanges and copies on all sides end alike everywhere', () =>
    playAtRandom({
      seed: `rearranged ${name}`,
      habits,
      deeds: 30,
      rounds: 4,
      actors: ['A', 'B', 'web'],
      movesOnHost: true,
      movesHere: true,
      inMemory,
    }),
  );

  playIf(turn === 2)('moves on the host meet edits here', () =>
    playAtRandom({
      seed: `moves ${name}`,
      habits,
      deeds: 40,
      rounds: 8,
      actors: ['A', 'web'],
      movesOnHost: true,
      inMemory,
    }),
  );
});

it('100 changes on each side end alike everywhere', () =>
  playAtRandom({
    seed: 'edits',
    habits: ['servers', 'ghosts', 'one-token'],
    deeds: 100,
    rounds: 6,
    actors: ['A', 'B', 'web'],
  }));

describe('two computers that end each other’s token', () => {
  it('both get through side by side', () =>
    playAtRandom({
      seed: 'one-token',
      habits: ['servers', 'one-token'],
      deeds: 40,
      rounds: 6,
      actors: ['A', 'B'],
      together: true,
    }));
});

describe('passes that the network, the disk, the host and kills befall', () => {
  it.each([
    ['servers', ['servers'], false],
    ['awkward', ['servers', 'awkward'], true],
  ] as const)('come to the same end: a host that is %s', (name, habits, losesState) =>
    playAtRandom({
      seed: `mishaps ${name}`,
      habits,
      deeds: 16,
      rounds: 4,
      actors: ['A', 'B', 'web'],
      movesHere: true,
      mishaps: 0.6,
      losesState,
    }),
  );
});
