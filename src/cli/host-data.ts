/** The bundled host's folder: where it is, and the host over it. */
import { join, resolve } from 'node:path';
import { expandHome } from '../config/places.ts';
import type { Habit } from '../host/habits.ts';
import { openHost, type Host } from '../host/host.ts';
import { createLog } from '../log.ts';
import { realClock } from '../system/clock.ts';
import { realRandom } from '../system/random.ts';
import { wrongUse } from './complaint.ts';
import type { Shell } from './shell.ts';

/** What `--data` says, absolute; rejects with `usage/wrong` where it says nothing. */
export function dataFolder(option: string | undefined, { home }: Shell): string {
  if (option === undefined || option === '') {
    throw wrongUse(
      '--data DIR says where the host keeps its accounts and contents: give one, such as --data ~/yetihost',
    );
  }
  return resolve(expandHome(option, home));
}

/** Where a running host hears questions beside its API. */
export function deskSocket(data: string): string {
  return join(data, 'host.sock');
}

export async function openHostAt(data: string, habits: readonly Habit[]): Promise<Host> {
  const log = createLog({ level: 'warn', now: () => realClock.now() });
  return openHost({
    storage: { kind: 'folder', path: data },
    habits,
    clock: realClock,
    random: realRandom,
    onFault: (error) => log.error('host failed', { error }),
  });
}
