import type { EntryNumber } from './entry.ts';
import type { Act } from './operation.ts';
import type { RelPath } from './path.ts';

/** An operation before it has its place in the order. */
export interface Draft {
  readonly act: Act;
  readonly entry: EntryNumber;
  readonly path: RelPath;
  readonly reason: string;
}
