/** A plain question before something that a person should know of. */
import { wrongUse } from './complaint.ts';
import type { Shell } from './shell.ts';

/** Only a person at a terminal can be asked; anywhere else it rejects with `usage/wrong`. */
export async function agrees(question: string, { ask }: Pick<Shell, 'ask'>): Promise<boolean> {
  if (ask === null) throw wrongUse(`${question} Add --yes to do it without being asked.`);
  const answer = await ask(`${question} [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}
