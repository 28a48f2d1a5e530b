/** The config as the program uses it: checked, complete, paths absolute, times in milliseconds, sizes in bytes. */

export type Credentials =
  | { readonly kind: 'keys'; readonly key1: string; readonly key2: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: string };

export interface Pair {
  /** What a person calls it: the last part of `local`, or all of it where two pairs end alike. Unique. */
  readonly name: string;
  /** Absolute; links in it are not resolved. */
  readonly local: string;
  /** The folder on the host: `/` or `/Cloud`, without a slash at its end. */
  readonly remote: string;
  /** Folders below `remote` that are left out on this computer, as `Videos/Old`: relative, without slashes around. */
  readonly exclude: readonly string[];
}

/** A rate that holds from a minute of the day on, until the next entry. `bytesPerSecond` 0 is no limit. */
export interface RateEntry {
  readonly fromMinute: number;
  readonly bytesPerSecond: number;
}

/** In order of `fromMinute`, never empty; before the first entry the last one holds, since yesterday. */
export type Timetable = readonly RateEntry[];

export interface Limits {
  /** 0 is no limit. */
  readonly requestsPerSecond: number;
  readonly uploads: number;
  readonly downloads: number;
  readonly uploadRate: Timetable;
  readonly downloadRate: Timetable;
}

export type ConfigLogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

export interface Config {
  readonly host: {
    /** `https://host/sub/api/v2/`: an endpoint's name is appended to it. */
    readonly base: string;
    /** `host/sub`: the same for every spelling of one host's address. */
    readonly identity: string;
  };
  readonly credentials: Credentials;
  readonly pairs: readonly Pair[];
  readonly stateDir: string;
  /** Where the socket lies; null: in `stateDir`. */
  readonly runtimeDir: string | null;
  readonly poll: { readonly intervalMs: number; readonly fullSweepMs: number };
  readonly settleMs: number;
  readonly limits: Limits;
  readonly holdRemovals: { readonly percent: number; readonly count: number };
  /** gitignore-style rules for every pair. */
  readonly ignore: readonly string[];
  readonly trashKeepMs: number;
  readonly reserveDiskBytes: number;
  readonly onStale: { readonly afterMs: number; readonly command: string } | null;
  readonly metrics: { readonly port: number } | null;
  readonly notify: boolean;
  readonly allowInsecure: boolean;
  readonly logLevel: ConfigLogLevel;
}

/** The environment as it is passed in; only `main.ts` reads the real one. */
export type Env = Readonly<Record<string, string | undefined>>;
