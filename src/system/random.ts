/** Real chance, from the operating system. */
import { randomBytes, randomFillSync, randomInt } from 'node:crypto';
import type { Random } from '../ports.ts';

/** `randomInt` takes ranges below 2^48. */
const steps = 2 ** 47;

/** Fetched in one go for many: each question to the system costs more than a small request's own work. No byte is given out twice. */
const supply = Buffer.alloc(4_096);
let given = supply.length;

export const realRandom: Random = {
  fraction: () => randomInt(steps) / steps,
  hex(bytes) {
    if (bytes > supply.length) return randomBytes(bytes).toString('hex');
    if (given + bytes > supply.length) {
      randomFillSync(supply);
      given = 0;
    }
    const from = given;
    given += bytes;
    const text = supply.toString('hex', from, given);
    supply.fill(0, from, given); // some of it becomes keys: it is not left lying about
    return text;
  },
};
