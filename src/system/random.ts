/** Real chance, from the operating system. */
import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../ports.ts';

/** `randomInt` takes ranges below 2^48. */
const steps = 2 ** 47;

export const realRandom: Random = {
  fraction: () => randomInt(steps) / steps,
  hex: (bytes) => randomBytes(bytes).toString('hex'),
};
