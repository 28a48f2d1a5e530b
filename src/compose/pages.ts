/** `/metrics` and `/health` of the daemon, where the config asks for them. */
import type { Config } from '../config/config.ts';
import type { DaemonStatus } from '../daemon/control-schema.ts';
import type { Log } from '../log.ts';
import { serveLocally } from '../system/local-page.ts';
import type { LocalServer } from '../system/local-page.ts';

/** `null`: the config does not ask for them. Rejects with `usage/wrong` where the port cannot be had. */
export async function servePages(
  { metrics }: Pick<Config, 'metrics'>,
  status: () => DaemonStatus,
  log: Log,
): Promise<LocalServer | null> {
  if (metrics === null) return null;
  const { healthPage, metricsPage } = await import('../daemon/metrics.ts');
  const { watchStalls } = await import('../system/stalls.ts');
  const stalls = watchStalls();
  const server = await serveLocally(metrics.port, {
    '/metrics': async () => ({ status: 200, ...(await metricsPage(status(), await stalls.takeLongestMs())) }),
    '/health': async () => {
      const { isWell, text } = healthPage(status());
      return { status: isWell ? 200 : 503, type: 'application/json', text };
    },
  });
  log.info('metrics are served', { port: server.port });
  return {
    port: server.port,
    async close() {
      stalls.close();
      await server.close();
    },
  };
}
