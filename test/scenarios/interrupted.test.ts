/** A share of the steps at which a pass can end; `YETISYNC_ALL_HABITS` and `npm run soak -- --sweep` play all of them. */
import { describe, expect, it } from 'vitest';
import { playStep, stepsOf, ways, workloads } from './crash-sweep.ts';

/** Every so many steps. */
const stride = process.env['YETISYNC_ALL_HABITS'] === undefined ? 17 : 1;
/** Writes to the state are many, and most of them alike. */
const strideOf = { calls: stride, diskChanges: stride, stateWrites: stride === 1 ? 1 : 150 };

for (const workload of workloads) {
  const steps = await stepsOf(workload);
  describe(workload.id, () => {
    it('has steps of all kinds', () => {
      expect(Object.values(steps).every((count) => count > 10)).toBe(true);
    });

    for (const [nth, way] of ways.entries()) {
      const points = Array.from({ length: steps[way.of] }, (_, at) => at + 1).filter(
        (at) => (at + nth) % strideOf[way.of] === 0,
      );
      it.each(points)(`${way.name} %i ends like one that was not`, (at) => playStep(workload, way, at));
    }
  });
}
