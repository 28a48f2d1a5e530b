/** Looks after the daemon from beside: tells the service manager that it lives and how it is, and runs a command when a pair was not in sync for too long. */
import type { Config, Env } from '../config/config.ts';
import { DeskNews } from '../daemon/desk-news.ts';
import type { Notice } from '../daemon/desk-news.ts';
import type { PairReport } from '../daemon/pair-activity.ts';
import { statusLine } from '../daemon/service-status.ts';
import { Staleness } from '../daemon/staleness.ts';
import type { StalePair } from '../daemon/staleness.ts';
import { hasCode } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../ports.ts';
import { runProgram } from '../system/child.ts';
import type { ServiceManager } from '../system/service-manager.ts';

export interface AlarmOptions {
  readonly clock: Clock;
  /** The one that holds at the moment. */
  readonly config: () => Pick<Config, 'onStale' | 'notify'>;
  readonly reports: () => readonly PairReport[];
  readonly env: Env;
  readonly log: Log;
  readonly service: ServiceManager;
  readonly signal: AbortSignal;
}

const lookEveryMs = 10_000;
const longestCommandMs = 60_000;
const longestNoticeMs = 5_000;

/** Resolves when `signal` aborts. Never rejects. */
export async function watchOver(options: AlarmOptions): Promise<void> {
  const { clock, service, signal } = options;
  const everyMs = Math.min(lookEveryMs, (service.watchdogMs ?? Infinity) / 2);
  const startedMs = clock.now();
  const desk = new DeskNews();
  let staleness = new Staleness(Infinity, startedMs);
  let afterMs = Infinity;
  let said = '';
  try {
    for (;;) {
      await clock.sleep(everyMs, signal);
      const reports = options.reports();
      const line = statusLine(reports);
      if (service.watchdogMs !== null || line !== said)
        void service.tell([...(service.watchdogMs === null ? [] : ['WATCHDOG=1']), `STATUS=${line}`]);
      said = line;
      void say(desk.news(reports), options);
      const { onStale } = options.config();
      if (onStale === null) continue;
      if (afterMs !== onStale.afterMs) staleness = new Staleness((afterMs = onStale.afterMs), startedMs);
      for (const stale of staleness.news(reports, clock.now())) void raise(stale, onStale.command, options);
    }
  } catch (error) {
    if (!hasCode(error, 'stopped')) throw error;
    await say(desk.news(options.reports()), options); // a refused sign-in ends the program
  }
}

/** The command is the person's own, from their config: it may be any line that their shell understands. */
async function raise({ report, forMs }: StalePair, command: string, { env, log }: AlarmOptions): Promise<void> {
  const seconds = Math.round(forMs / 1_000);
  log.warn('not in sync for too long', { pair: report.name, seconds });
  const { status, output } = await runProgram('/bin/sh', ['-c', command], {
    env: {
      ...env,
      YETISYNC_PAIR: report.name,
      YETISYNC_FOLDER: report.local,
      YETISYNC_STALE_SECONDS: String(seconds),
      YETISYNC_REASON: statusLine([report]),
    },
    longestMs: longestCommandMs,
  });
  if (status !== 0) log.error('command of onStale failed', { status, output: output.slice(0, 500) });
}

/** A computer without a desktop, or without that program, misses nothing. Never rejects. */
async function say(notices: readonly Notice[], { config, env }: AlarmOptions): Promise<void> {
  if (!config().notify || env['DBUS_SESSION_BUS_ADDRESS'] === undefined) return;
  for (const { title, text } of notices)
    await runProgram('notify-send', ['--app-name=yetisync', '--', title, text], { env, longestMs: longestNoticeMs });
}
