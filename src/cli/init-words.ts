/** What `yetisync init` takes on the command line: all but the secrets themselves. */
import type { Where } from './command-parts.ts';

export interface InitWords extends Where {
  readonly host?: string;
  readonly local?: string;
  readonly remote?: string;
  readonly key1File?: string;
  readonly key2File?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly stdin?: boolean;
}
