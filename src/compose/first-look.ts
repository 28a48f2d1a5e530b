/** What a person wants to know before there is a config: do the credentials open an account, what may it do, which folders does it have. */
import type { Config, Env } from '../config/config.ts';
import { ACCOUNT_ROOT } from '../core/entry.ts';
import { STAGING_FOLDER } from '../core/ignore.ts';
import type { Log } from '../log.ts';
import type { AccountLimits, Transport } from '../ports.ts';
import { realClock } from '../system/clock.ts';
import { realRandom } from '../system/random.ts';
import { openHost } from './open-host.ts';

export interface FirstLook {
  readonly account: string;
  readonly limits: AccountLimits;
  /** Names of the folders at the account's root, in order. */
  readonly folders: readonly string[];
}

export interface FirstLookOptions {
  readonly config: Config;
  readonly env: Env;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly transport?: Transport;
}

/** Signs in once, and out again. Rejects with `remote/sign-in-refused`, which is not remembered: a person typed what was refused. */
export async function lookAtAccount(options: FirstLookOptions): Promise<FirstLook> {
  const { signal } = options;
  const refused = { wasRefused: () => false, remember: () => undefined, clear: () => undefined };
  const host = openHost({ ...options, clock: realClock, random: realRandom, refused, transport: options.transport });
  try {
    const { id } = await host.remote.account({ signal });
    const limits = await host.remote.limits({ signal });
    const { folders } = await host.remote.list(ACCOUNT_ROOT, { signal });
    const names = folders.map(({ name }): string => name).filter((name) => name !== STAGING_FOLDER);
    return { account: id, limits, folders: [...new Set(names)].sort() };
  } finally {
    await host.close();
  }
}
