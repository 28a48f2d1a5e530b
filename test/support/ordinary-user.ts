/** Whom file permissions stop: root they do not. */
import { lchownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const NOBODY = 65_534;

/** All of `folder` belongs to an ordinary user from now on, where the tests run as root. */
export function giveToOrdinaryUser(folder: string): void {
  if (process.geteuid?.() !== 0) return;
  lchownSync(folder, NOBODY, NOBODY);
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    lchownSync(join(folder, entry), NOBODY, NOBODY);
}

/**
 * Does `act` with the rights of an ordinary user. Where the tests do not run as root it is simply done. No other test may run
 * in this process meanwhile.
 */
export async function asOrdinaryUser<T>(act: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return act();
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}
