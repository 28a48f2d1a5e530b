/** `yetisync pause`, `resume` and `now`: a word to the running daemon. */
import { askDaemon } from '../compose/control.ts';
import { SyncError } from '../errors.ts';
import { nameText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { openConfig } from './open-config.ts';
import type { Shell } from './shell.ts';

export type SteerCommand = 'pause' | 'resume' | 'now';

export async function steer(
  command: SteerCommand,
  pair: string | undefined,
  { config: path, json = false }: Where,
  shell: Shell,
): Promise<number> {
  const config = await openConfig(path, shell);
  const answer = await askDaemon(config, { command, ...(pair === undefined ? {} : { pair }) });
  if (answer === undefined) throw new SyncError('daemon/none');
  const { pairs } = answer;
  shell.print(json ? JSON.stringify({ command, pairs }) : `${doneText[command]}: ${pairs.map(nameText).join(', ')}`);
  return 0;
}

const doneText: Readonly<Record<SteerCommand, string>> = {
  pause: 'paused until `yetisync resume`, or until the daemon is started anew',
  resume: 'goes on',
  now: 'looks everywhere now',
};
