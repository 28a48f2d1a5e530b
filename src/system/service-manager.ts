/** What systemd is told of the program that it runs: ready, how it is, alive, about to end. Elsewhere nothing is told. */
import { runProgram } from './child.ts';

/** The service manager that started the program, if one did. */
export interface ServiceManager {
  /** How long it waits for a sign of life, in milliseconds; `null`: it does not. */
  readonly watchdogMs: number | null;
  /** Such as `READY=1`, `STATUS=in sync`, `WATCHDOG=1`. Never rejects; resolves once it is said. */
  tell(words: readonly string[]): Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

const longestMs = 5_000;

/**
 * `env`: that of the program. Messages go out one after the other: of two the last must be the last to arrive. systemd takes them from a child
 * of the program where the unit says `NotifyAccess=all`.
 */
export function serviceManagerOf(env: Env, pid: number): ServiceManager {
  if (env['NOTIFY_SOCKET'] === undefined) return { watchdogMs: null, tell: () => Promise.resolve() };
  let last: Promise<unknown> = Promise.resolve();
  return {
    watchdogMs: watchdogOf(env, pid),
    tell(words) {
      const args = [`--pid=${pid}`, ...words];
      const told = last.then(() => runProgram('systemd-notify', args, { env, longestMs }));
      last = told;
      return told.then(() => undefined);
    },
  };
}

/** How long the program may be silent; `null`: as long as it likes. */
function watchdogOf(env: Env, pid: number): number | null {
  const micros = Number(env['WATCHDOG_USEC']);
  const isOurs = env['WATCHDOG_PID'] === undefined || Number(env['WATCHDOG_PID']) === pid;
  return isOurs && Number.isFinite(micros) && micros > 0 ? micros / 1_000 : null;
}
