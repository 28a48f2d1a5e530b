/** The host of a config, over the network or over what a test puts in its place. */
import type { Config, Env } from '../config/config.ts';
import { isLimited, rateAt } from '../config/values.ts';
import type { Log } from '../log.ts';
import type { Clock, Random, Transport } from '../ports.ts';
import { openTransport } from '../remote/client.ts';
import { openRemote } from '../remote/remote.ts';
import type { Lender, RefusedSignIn } from '../remote/session.ts';

export interface HostOptions {
  readonly config: Config;
  readonly env: Env;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly refused: RefusedSignIn;
  /** `undefined`: the network. */
  readonly transport: Transport | undefined;
  /** Sees what is asked and answered. */
  readonly around?: (transport: Transport) => Transport;
  /** How long a computer that was put out and has nothing to send stays away, in milliseconds; 0 if left out. */
  readonly idleAwayMs?: number;
  /** Where there is one, this program neither signs in nor out. */
  readonly lender?: Lender | undefined;
}

export interface OpenHost {
  readonly remote: ReturnType<typeof openRemote>;
  /** Gives the token back. */
  close(): Promise<void>;
}

/** Sends nothing yet. */
export function openHost(options: HostOptions): OpenHost {
  const {
    config,
    env,
    clock,
    random,
    log,
    signal,
    refused,
    transport: given,
    around = (it: Transport) => it,
  } = options;
  const { limits } = config;
  const connections = limits.uploads + limits.downloads + 8;
  const own = given === undefined ? openTransport({ proxyEnv: env, connections }) : null;
  const remote = openRemote({
    transport: around(given ?? (own as NonNullable<typeof own>).transport),
    base: config.host.base,
    credentials: config.credentials,
    limits: {
      requestsPerSecond: limits.requestsPerSecond,
      uploads: limits.uploads,
      downloads: limits.downloads,
      ...(isLimited(limits.uploadRate) && { uploadRate: (minute) => rateAt(limits.uploadRate, minute) }),
      ...(isLimited(limits.downloadRate) && { downloadRate: (minute) => rateAt(limits.downloadRate, minute) }),
    },
    clock,
    random,
    refused,
    log: log.child({ component: 'remote' }),
    signal,
    // a single pass has to come to its end; to stay away for a poll's interval is for who comes back anyway
    idleAwayMs: options.idleAwayMs ?? 0,
    lender: options.lender,
    allowInsecure: config.allowInsecure,
  });
  return {
    remote,
    async close() {
      await remote.signOut();
      await own?.close();
    },
  };
}
