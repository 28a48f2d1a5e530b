/** The whole program, killed at any moment. `npm run soak -- --processes` does it more often. */
import { expect, it } from 'vitest';
import { playKills } from './kill-play.ts';

it('S283: a pass over 500 files that is killed again and again, while both sides change, comes to the same end', async () => {
  expect(await playKills({ seed: 'kills', kills: 5, files: 500 })).toBeGreaterThan(0);
}, 180_000);
