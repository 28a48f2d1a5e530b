/** Long work as a series of short steps: whoever takes them may do something else in between. What is decided is the same. */

/** Rests are allowed at each `yield`; what the steps read must be the same after them. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Takes all steps without a rest. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
