/** How much memory the program keeps for what is no longer in use. */
import { setFlagsFromString } from 'node:v8';

/** The last version of Node for which the flag is known to be there: others would complain of it aloud. */
const lastKnownNode = 22;

/**
 * Where memory is plenty V8 lets garbage grow to three times what is in use before it looks: of 240 MB that a plan of 100,000 steps
 * seemed to take 70 were in use. To look when it has grown by a seventh costs some hundredths of the time.
 */
export function keepHeapSmall(): void {
  if (Number(process.versions.node.split('.')[0]) <= lastKnownNode) setFlagsFromString('--heap-growing-percent=15');
}
