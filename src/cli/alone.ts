/** An engine for a command that needs the state and the sign-in to itself. */
import { openEngine } from '../compose.ts';
import type { Engine, OpenOptions } from '../compose.ts';
import { askDaemon } from '../compose/control.ts';
import { hasCode, SyncError } from '../errors.ts';

/** Rejects as `openEngine`; where the daemon is in the way it says so, and what to do. */
export async function openAlone(options: OpenOptions): Promise<Engine> {
  try {
    return await openEngine(options);
  } catch (error) {
    if (!hasCode(error, 'state/locked')) throw error;
    const daemon = await askDaemon(options.config, { command: 'status' }).catch(() => undefined);
    if (daemon === undefined) throw error;
    throw new SyncError('state/locked', {
      detail: `the daemon, process ${daemon.pid}, has state and sign-in to itself: stop it for as long as this takes, by Ctrl+C or \`systemctl --user stop yetisync\``,
      cause: error,
    });
  }
}
