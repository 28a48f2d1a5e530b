import { expect, test } from 'vitest';
import { watchStalls } from '../../src/system/stalls.ts';

function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('a stall is told to whoever asks right after it, and not a second time', async () => {
  const stalls = watchStalls();
  try {
    await new Promise((resolve) => setTimeout(resolve, 50)); // until it has begun to look
    work(500);
    expect(await stalls.takeLongestMs()).toBeGreaterThan(400);
    // a busy machine may stall it by itself, but not each time
    await expect.poll(() => stalls.takeLongestMs(), { timeout: 20_000 }).toBeLessThan(400);
  } finally {
    stalls.close();
  }
});
