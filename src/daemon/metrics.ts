/** What monitoring may ask for: numbers of each pair, in the text format of Prometheus. No path and no name of a file is among them. */
import { Gauge, Registry } from 'prom-client';
import type { DaemonStatus } from './control-schema.ts';

type PairLine = DaemonStatus['pairs'][number];

interface Measure {
  readonly name: string;
  readonly help: string;
  /** `null`: not known, and left out. */
  readonly value: (pair: PairLine) => number | null;
}

const seconds = (ms: number | null | undefined): number | null => (ms === null || ms === undefined ? null : ms / 1_000);
const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

const measures: readonly Measure[] = [
  {
    name: 'yetisync_last_success_timestamp_seconds',
    help: 'When both sides were last in sync.',
    value: ({ facts }) => seconds(facts?.lastSuccessMs),
  },
  {
    name: 'yetisync_oldest_view_timestamp_seconds',
    help: 'When the folder on the host that was not listed for longest was listed.',
    value: ({ oldestViewMs }) => seconds(oldestViewMs),
  },
  {
    name: 'yetisync_up',
    help: '1 unless the pair is halted or waits after a failure.',
    value: ({ error }) => (error === null ? 1 : 0),
  },
  {
    name: 'yetisync_queue',
    help: 'Operations of the present round that are not done.',
    value: ({ work }) => work.operations - work.done,
  },
  { name: 'yetisync_problems', help: 'Paths that cannot be synced now.', value: ({ problems }) => problems.length },
  {
    name: 'yetisync_held_removals',
    help: 'Removals that wait for a person.',
    value: ({ facts, held }) => facts?.held ?? held,
  },
  { name: 'yetisync_waiting', help: 'Paths that wait for a later look.', value: ({ waiting }) => waiting },
  { name: 'yetisync_entries', help: 'Files and folders in step.', value: ({ facts }) => facts?.entries ?? null },
  { name: 'yetisync_remote_folders', help: 'Folders on the host.', value: ({ remoteFolders }) => remoteFolders },
  { name: 'yetisync_watched_folders', help: 'Folders here that are watched.', value: ({ watched }) => watched },
  { name: 'yetisync_passes_total', help: 'Passes that came to their end.', value: ({ totals }) => totals.passes },
  { name: 'yetisync_operations_total', help: 'Operations done.', value: ({ totals }) => sum(totals.operations) },
  {
    name: 'yetisync_conflicts_total',
    help: 'Conflict copies made.',
    value: ({ totals: { operations } }) =>
      (operations['conflictCopy local'] ?? 0) + (operations['conflictCopy remote'] ?? 0),
  },
  { name: 'yetisync_uploaded_bytes_total', help: 'Bytes sent.', value: ({ totals }) => totals.bytesUp },
  { name: 'yetisync_downloaded_bytes_total', help: 'Bytes fetched.', value: ({ totals }) => totals.bytesDown },
  {
    name: 'yetisync_errors_total',
    help: 'Passes that were stopped as a whole.',
    value: ({ totals }) => sum(totals.failures),
  },
];

/** A page for Prometheus. */
export async function metricsPage(
  status: DaemonStatus,
  longestStallMs: number,
): Promise<{ readonly type: string; readonly text: string }> {
  const registry = new Registry();
  for (const { name, help, value } of measures) {
    const gauge = new Gauge({ name, help, labelNames: ['pair'], registers: [registry] });
    for (const pair of status.pairs) {
      const now = value(pair);
      if (now !== null) gauge.set({ pair: pair.name }, now);
    }
  }
  new Gauge({ name: 'yetisync_calls_total', help: "Calls of the host's API.", registers: [registry] }).set(
    status.calls,
  );
  new Gauge({
    name: 'yetisync_longest_stall_seconds',
    help: 'Longest time that one piece of work kept all others waiting, since this page was asked for before.',
    registers: [registry],
  }).set(longestStallMs / 1_000);
  return { type: registry.contentType, text: await registry.metrics() };
}

/** `isWell`: nothing stops any pair. */
export function healthPage(status: DaemonStatus): { readonly isWell: boolean; readonly text: string } {
  const pairs = status.pairs.map(({ name, phase, error, facts }) => ({
    pair: name,
    phase,
    error: error?.code ?? null,
    lastSuccess: facts?.lastSuccessMs ?? null,
  }));
  return { isWell: status.pairs.every(({ error }) => error === null), text: `${JSON.stringify({ pairs })}\n` };
}
