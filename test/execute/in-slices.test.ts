import { describe, expect, test } from 'vitest';
import type { Steps } from '../../src/core/steps.ts';
import { inSlices } from '../../src/execute/in-slices.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { PaperWorld } from '../support/paper-world.ts';

/** Time passes with each look at it, so that each slice is over at its first look; a rest is what `rest` does. */
class PassingClock extends FakeClock {
  rests = 0;
  rest: () => void = () => undefined;
  #passed = 0;

  override monotonic(): number {
    return (this.#passed += 10);
  }

  override sleep(): Promise<void> {
    this.rests++;
    this.rest();
    return Promise.resolve();
  }
}

const { signal } = new AbortController();

/** Looks at the view at its first step and at its last. */
function* looks(view: PaperWorld): Steps<readonly number[]> {
  const first = view.revision;
  for (let step = 0; step < 100; step++) yield;
  return [first, view.revision];
}

describe('what is decided in slices', () => {
  test('lets others have their turn', async () => {
    const clock = new PassingClock();
    const view = new PaperWorld();
    expect(await inSlices(view, () => looks(view), { clock, signal })).toEqual([0, 0]);
    expect(clock.rests).toBeGreaterThan(3);
  });

  test('is decided anew when something was recorded meanwhile', async () => {
    const clock = new PassingClock();
    const view = new PaperWorld();
    clock.rest = () => {
      if (clock.rests === 2) view.revision++;
    };
    expect(await inSlices(view, () => looks(view), { clock, signal })).toEqual([1, 1]);
  });

  test('is decided without a rest in the end, where something is recorded each time', async () => {
    const clock = new PassingClock();
    const view = new PaperWorld();
    clock.rest = () => {
      view.revision++;
    };
    expect(await inSlices(view, () => looks(view), { clock, signal })).toEqual([3, 3]);
    expect(clock.rests).toBe(3);
  });
});
