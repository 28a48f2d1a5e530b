import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasCode } from '../../src/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';

describe('the fake clock, by hand', () => {
  it('wakes sleepers in the order in which they are due, then of falling asleep', async () => {
    const clock = new FakeClock();
    const woken: string[] = [];
    const sleep = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push(`${name} at ${clock.monotonic()}`);
    };
    const all = [sleep('late', 30), sleep('first', 10), sleep('also first', 10), sleep('now', 0)];
    await clock.advance(20);
    expect(woken).toEqual(['now at 0', 'first at 10', 'also first at 10']);
    await clock.advance(10);
    await Promise.all(all);
    expect(woken.at(-1)).toBe('late at 30');
  });

  it('wakes one who falls asleep again within the same stretch', async () => {
    const clock = new FakeClock();
    let ticks = 0;
    const stop = new AbortController();
    const ticking = (async () => {
      for (;;) {
        await clock.sleep(10, stop.signal);
        ticks++;
      }
    })().catch((error: unknown) => error);
    await clock.advance(95);
    expect(ticks).toBe(9);
    expect(clock.monotonic()).toBe(95);
    stop.abort();
    expect(hasCode(await ticking, 'stopped')).toBe(true);
    expect(clock.sleepers).toBe(0);
  });

  it('moves the wall clock with time, and alone when a person sets it', async () => {
    const clock = new FakeClock({ start: 1_000 });
    await clock.advance(5);
    clock.jumpWall(-500);
    expect([clock.now(), clock.monotonic()]).toEqual([505, 5]);
  });

  it('refuses to sleep on a signal that has aborted', async () => {
    const clock = new FakeClock();
    const failure = await clock.sleep(10, AbortSignal.abort()).catch((error: unknown) => error);
    expect(hasCode(failure, 'stopped')).toBe(true);
    expect(clock.sleepers).toBe(0);
  });
});

describe('the fake clock, by itself', () => {
  it('lets an hour of waiting pass in a moment', async () => {
    const clock = new FakeClock({ auto: true });
    for (let minute = 0; minute < 60; minute++) await clock.sleep(60_000);
    expect(clock.monotonic()).toBe(3_600_000);
  });

  it('does not move while the disk is at work', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'yetisync-clock-'));
    try {
      const clock = new FakeClock({ auto: true });
      const done: string[] = [];
      const sleeper = clock.sleep(1).then(() => done.push('slept'));
      for (let round = 0; round < 20; round++) {
        await writeFile(join(folder, 'file'), `${round}`);
        await readFile(join(folder, 'file'));
      }
      done.push('worked');
      await sleeper;
      expect(done).toEqual(['worked', 'slept']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('does not move during work that it is told of', async () => {
    const clock = new FakeClock({ auto: true });
    let finish = () => {};
    const work = clock.during(new Promise<void>((resolve) => (finish = resolve)));
    let slept = false;
    const sleeper = clock.sleep(1).then(() => (slept = true));
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(slept).toBe(false);
    finish();
    await work;
    await sleeper;
  });
});
