/**
 * The whole program, killed at any moment. `npm run soak -- --processes` does it more often, and with edits and removals between the kills:
 * that fails now and then, where a file is edited or removed whose upload was stored but not answered (S271, S273). It is an open fault.
 */
import { expect, it } from 'vitest';
import { playKills } from './kill-play.ts';

it('S283: a pass over 500 files that is killed again and again, while only the host changes, comes to the same end', async () => {
  expect(await playKills({ seed: 'kills', kills: 6, files: 500, edits: false })).toBeGreaterThan(1);
}, 180_000);
