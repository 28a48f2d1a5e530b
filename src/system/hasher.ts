/** MD5 as the hosts compute it. One hasher, one content. */
import { createHash, createHmac } from 'node:crypto';
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

/** A short name for `text` that tells nothing of it: 16 hex digits, the same on every run. */
export function shortDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Recognises `secret` again without keeping it: HMAC-SHA-256 under `key`, in hex. */
export function keyedDigest(key: string, secret: string): string {
  return createHmac('sha256', key).update(secret).digest('hex');
}
