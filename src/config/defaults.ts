/** What holds where the config file says nothing. */
import type { Config } from './config.ts';
import { parseDuration, parseSize, parseTimetable } from './values.ts';

type WithoutDefault = 'host' | 'credentials' | 'pairs' | 'stateDir' | 'runtimeDir';

export const defaults: Omit<Config, WithoutDefault> = {
  poll: { intervalMs: parseDuration('60s'), fullSweepMs: parseDuration('15m') },
  settleMs: parseDuration('2s'),
  limits: {
    requestsPerSecond: 5,
    uploads: 4,
    downloads: 4,
    uploadRate: parseTimetable('0'),
    downloadRate: parseTimetable('0'),
  },
  holdRemovals: { percent: 50, count: 1_000 },
  ignore: [],
  trashKeepMs: parseDuration('30d'),
  reserveDiskBytes: parseSize('200MB'),
  onStale: null,
  metrics: null,
  notify: true,
  allowInsecure: false,
  logLevel: 'info',
};
