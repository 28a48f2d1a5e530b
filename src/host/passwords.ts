/**
 * How secrets are kept: keys and tokens, which are long and random, as SHA-256; passwords, which people choose, as
 * salted scrypt. Comparisons take the same time wherever the first difference lies.
 */
import { hash as hashOnce, scrypt, scryptSync, timingSafeEqual } from 'node:crypto';

const LENGTH = 32;
/** Work factor of scrypt for a password that a person chose: some 50 ms. */
const CHOSEN_COST = 16_384;
/** A password we made has 128 bits of chance in it; stretching it would only slow the start. */
const MADE_COST = 2;

/** Hex SHA-256 of a long random secret. */
export function fingerprint(secret: string): string {
  return hashOnce('sha256', secret, 'hex');
}

export function sameFingerprint(one: string, other: string): boolean {
  const left = Buffer.from(one);
  const right = Buffer.from(other);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** `cost$salt$hash`. Blocks while it works. */
export function hashPassword(password: string, salt: string, origin: 'chosen' | 'made'): string {
  const cost = origin === 'chosen' ? CHOSEN_COST : MADE_COST;
  return `${cost}$${salt}$${scryptSync(password, salt, LENGTH, { N: cost }).toString('hex')}`;
}

/** Whether `password` is the one behind `stored`; does not block. */
export function matchesPassword(password: string, stored: string): Promise<boolean> {
  const [cost = '', salt = '', hash = ''] = stored.split('$');
  return new Promise((resolve, reject) => {
    scrypt(password, salt, LENGTH, { N: Number(cost) }, (error, derived) => {
      if (error !== null) reject(error);
      else resolve(sameFingerprint(derived.toString('hex'), hash));
    });
  });
}
