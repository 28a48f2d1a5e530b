/** What whoever watches the person's folder says, and whoever looks there hears. */
import type { RelPath } from './path.ts';

/** Something may have happened there. A hint says where to look, never what happened; losing one costs delay. */
export type WatchHint =
  | { readonly kind: 'folder'; readonly folder: RelPath; /** With all below it. */ readonly deep: boolean }
  /** The system dropped events: everything must be looked at. */
  | { readonly kind: 'lost' };
