/** Chance from one seed: the same seed gives the same numbers, so that a failure that names it can be run again. */
import type { Random } from '../../src/ports.ts';

export interface SeededRandom extends Random {
  /** A whole number in [0, below). */
  int(below: number): number;
  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean;
  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly T[]): T;
  /** A stream of its own, the same for the same label however much was drawn here before. */
  fork(label: string): SeededRandom;
}

export function seededRandom(seed: number | string): SeededRandom {
  const next = mulberry32(hash(String(seed)));
  const int = (below: number) => Math.floor(next() * below);
  return {
    fraction: next,
    hex: (bytes) => Array.from({ length: bytes }, () => int(256).toString(16).padStart(2, '0')).join(''),
    int,
    chance: (probability) => next() < probability,
    pick(choices) {
      if (choices.length === 0) throw new RangeError('nothing to pick from');
      return choices[int(choices.length)]!;
    },
    fork: (label) => seededRandom(`${seed}/${label}`),
  };
}

/** A small generator of good enough numbers in [0, 1), by Tommy Ettinger. */
function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ char.codePointAt(0)!, 0x01000193);
  return value >>> 0;
}
