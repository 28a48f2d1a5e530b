import { expect, it } from 'vitest';
import { nextStep } from '../../src/daemon/next-step.ts';
import type { StepFacts } from '../../src/daemon/next-step.ts';

const idle: StepFacts = {
  nowMs: 1_000,
  isPaused: false,
  isOpen: true,
  notBeforeMs: -Infinity,
  fullIsDue: false,
  isSmall: true,
  hintsDueMs: null,
  hasNews: false,
  sweepDueMs: null,
  retryMs: null,
  scanDueMs: 90_000,
  hasPressing: false,
  pollMs: 60_000,
};

it.each<[string, Partial<StepFacts>, ReturnType<typeof nextStep>]>([
  ['nothing is due: it waits for the first that will be', {}, { kind: 'wait', untilMs: 60_000, why: 'idle' }],
  [
    'hints that have not settled shorten the wait',
    { hintsDueMs: 3_000 },
    { kind: 'wait', untilMs: 3_000, why: 'idle' },
  ],
  [
    'paused: whatever is due waits',
    { isPaused: true, fullIsDue: true },
    { kind: 'wait', untilMs: Infinity, why: 'paused' },
  ],
  [
    'after a failure: whatever is due waits',
    { notBeforeMs: 5_000, hasNews: true },
    { kind: 'wait', untilMs: 5_000, why: 'failure' },
  ],
  ['closed by a failure: both roots are looked at first', { isOpen: false, fullIsDue: true }, { kind: 'open' }],
  ['a look everywhere, where a sweep is short', { fullIsDue: true }, { kind: 'full' }],
  ['a look everywhere, where a sweep takes long', { fullIsDue: true, isSmall: false }, { kind: 'scan' }],
  ['a folder is missing on the host', { sweepDueMs: 1_000, hasNews: true }, { kind: 'sweep' }],
  [
    'a folder is missing on the host, and the last sweep could not tell why',
    { sweepDueMs: 3_000 },
    { kind: 'wait', untilMs: 3_000, why: 'idle' },
  ],
  [
    'a folder that is said to have changed is listed before anything is decided',
    { hasPressing: true, hasNews: true },
    { kind: 'list' },
  ],
  ['listings brought news', { hasNews: true, pollMs: 0 }, { kind: 'pass' }],
  ['hints have settled', { hintsDueMs: 1_000, pollMs: 0 }, { kind: 'pass' }],
  ['something is to be tried again', { retryMs: 900, pollMs: 0 }, { kind: 'pass' }],
  ['the disk was not looked at for long', { scanDueMs: 1_000, pollMs: 0 }, { kind: 'rescan' }],
  ['a listing is due', { pollMs: 1_000 }, { kind: 'list' }],
])('%s', (_title, given, step) => {
  expect(nextStep({ ...idle, ...given })).toEqual(step);
});
