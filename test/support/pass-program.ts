/** One pass, as a process of its own: `{root, stateDir, hostUrl, keys, name, remote}` as JSON. Prints `passing` when it begins; made to be killed. */
import { writeSync } from 'node:fs';
import { openEngine } from '../../src/compose.ts';
import { meaningOf, SyncError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { configOf } from './computer.ts';

export interface PassOrder {
  readonly name: string;
  readonly root: string;
  readonly stateDir: string;
  readonly hostUrl: string;
  readonly remote: string;
  readonly keys: { readonly key1: string; readonly key2: string };
}

const order = JSON.parse(process.argv[2] ?? '') as PassOrder;
const config = configOf({ ...order, config: { settleMs: 0 } }, order.root, order.stateDir);
try {
  const engine = await openEngine({
    config,
    log: silentLog,
    env: {},
    computer: order.name,
    process: { pid: process.pid, command: 'test' },
    signal: new AbortController().signal,
  });
  writeSync(1, 'passing\n');
  const result = await engine.pairs[0]!.runOnce({ onEvent: () => undefined });
  await engine.close();
  writeSync(1, `${JSON.stringify({ exit: result.exit, counts: result.counts, problems: result.problems })}\n`);
  process.exitCode = result.exit;
} catch (error) {
  writeSync(1, `${JSON.stringify({ error: String(error) })}\n`);
  process.exitCode = error instanceof SyncError ? meaningOf(error.code).exit : 70;
}
