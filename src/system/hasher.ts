/** MD5 as the hosts compute it. One hasher, one content. */
import { createHash } from 'node:crypto';
import type { Hasher } from '../ports.ts';

export function createHasher(): Hasher {
  const md5 = createHash('md5');
  return {
    update(data) {
      md5.update(data);
    },
    digest: () => md5.digest('hex') as ReturnType<Hasher['digest']>,
  };
}
