import { describe, expect, it, vi, afterEach } from 'vitest';
import { hasCode } from '../../src/errors.ts';
import { realClock } from '../../src/system/clock.ts';

describe('the real clock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('sleeps for as long as asked, also longer than one timer of Node can last', async () => {
    vi.useFakeTimers();
    const days40 = 40 * 24 * 3_600_000;
    let woken = false;
    const sleeper = realClock.sleep(days40).then(() => (woken = true));
    await vi.advanceTimersByTimeAsync(days40 - 1);
    expect(woken).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleeper;
    expect(woken).toBe(true);
  });

  it('ends a sleep at once with `stopped`, and leaves no timer behind', async () => {
    vi.useFakeTimers();
    const stop = new AbortController();
    const sleeper = realClock.sleep(1_000, stop.signal).catch((error: unknown) => error);
    expect(vi.getTimerCount()).toBe(1);
    stop.abort();
    expect(hasCode(await sleeper, 'stopped')).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    const late = await realClock.sleep(1, stop.signal).catch((error: unknown) => error);
    expect(hasCode(late, 'stopped')).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no listener on a signal that outlives it', async () => {
    vi.useFakeTimers();
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const sleeper = realClock.sleep(5, signal);
    await vi.advanceTimersByTimeAsync(5);
    await sleeper;
    expect(removed).toHaveBeenCalledOnce();
  });

  it('takes a sleep of less than nothing for none', async () => {
    vi.useFakeTimers();
    const sleeper = realClock.sleep(-5);
    await vi.advanceTimersByTimeAsync(0);
    await sleeper;
  });
});
