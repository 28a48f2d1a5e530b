import { describe, expect, it } from 'vitest';
import { realRandom } from '../../src/system/random.ts';
import { seededRandom } from '../support/seeded-random.ts';

describe.each([
  ['real chance', realRandom],
  ['seeded chance', seededRandom(7)],
])('%s', (_name, random) => {
  it('gives fractions from 0 up to but not including 1', () => {
    const drawn = Array.from({ length: 1_000 }, () => random.fraction());
    expect(drawn.every((one) => one >= 0 && one < 1)).toBe(true);
    expect(new Set(drawn).size).toBeGreaterThan(990);
  });

  it('gives as many bytes as asked for, in lower-case hex', () => {
    expect(random.hex(16)).toMatch(/^[0-9a-f]{32}$/);
    expect(random.hex(16)).not.toBe(random.hex(16));
  });
});

describe('seeded chance', () => {
  it('repeats itself for the same seed and differs for another', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (random) => () =>
            random.int(1_000)
        )(seededRandom(seed)),
      );
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('gives a fork the same numbers whatever was drawn before', () => {
    const early = seededRandom(3).fork('disk').hex(8);
    const random = seededRandom(3);
    random.fraction();
    expect(random.fork('disk').hex(8)).toBe(early);
    expect(random.fork('host').hex(8)).not.toBe(early);
  });

  it('picks every choice sooner or later', () => {
    const random = seededRandom('picks');
    const picked = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])));
    expect([...picked].sort()).toEqual(['a', 'b', 'c']);
  });
});
