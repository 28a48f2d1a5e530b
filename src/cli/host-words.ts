/** What the commands of the bundled host are told: the options of `yetisync host`, and a question to its desk. */

export interface HostWords {
  readonly data?: string;
  readonly port?: number;
  readonly listen?: string;
  readonly habits?: string;
  readonly json?: boolean;
}

/** What is asked of a host, running or not: the command's words, its arguments and its options. */
export interface HostQuestion {
  readonly command: string;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}
