/** What stays wrong until a person or the system mends it, and what is to be said or done about it meanwhile. */
import type { Problem } from '../core/operation.ts';

/** What mends it that not every folder can be watched, by the code of the system. */
export const watchCures: Readonly<Record<string, string>> = {
  ENOSPC: 'raise fs.inotify.max_user_watches',
  EMFILE: 'raise fs.inotify.max_user_instances',
};

/** Found by looking at the disk, and to be looked at again: no hint tells when such a thing is mended. */
export function isLocalTrouble(code: Problem['code']): boolean {
  return (
    code === 'local/unreadable' || code === 'local/io' || code === 'local/no-handles' || code === 'ignore/unreadable'
  );
}
