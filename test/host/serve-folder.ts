/**
 * A host as a process of its own, to be killed or measured: serves the folder named on the command line. A parent that is
 * connected may ask what CPU time it has spent; when that parent leaves, the host ends.
 */
import { randomBytes } from 'node:crypto';
import { openHost } from '../../src/host/host.ts';

const host = await openHost({
  storage: { kind: 'folder', path: process.argv[2] ?? '' },
  habits: ['documented'],
  clock: { now: () => Date.now() },
  random: { fraction: () => Math.random(), hex: (bytes) => randomBytes(bytes).toString('hex') },
});
const keys = host.admin.addAccount();
const { url } = await host.listen({ port: 0, address: '127.0.0.1' });
process.stdout.write(`${JSON.stringify({ url, keys })}\n`);

if (process.connected) {
  process.on('message', () => process.send?.(process.cpuUsage()));
  process.on('disconnect', () => void host.close());
}
