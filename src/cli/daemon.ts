/** `yetisync`: watch and sync until stopped. The log on stderr tells what is done; at a terminal as plain lines. */
import { runDaemon } from '../compose/run-daemon.ts';
import type { Where } from './command-parts.ts';
import { engineWorld, openConfig, openDaemonLog, readConfig } from './open-config.ts';
import type { Shell } from './shell.ts';

/** Resolves to 0 once it was stopped; rejects with `SyncError` for what ends it before that. */
export async function watchAndSync({ config: path }: Where, shell: Shell): Promise<number> {
  const config = await openConfig(path, shell);
  shell.endsWell();
  const log = openDaemonLog(config, shell);
  await runDaemon({
    config,
    log,
    ...engineWorld(shell, 'yetisync'),
    reread: async () => (await readConfig(path, shell)).config,
    onReload: shell.onHangUp,
  });
  return 0;
}
