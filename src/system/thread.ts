/** Work that would hold everything else up, in a thread of its own. */
import { Worker } from 'node:worker_threads';

/**
 * Runs `code`, plain JavaScript that finds `data` as `workerData` and answers by `parentPort`; with its last answer when the thread has ended,
 * `null` where there was none, also because it failed.
 */
export function inThread(code: string, data: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    const worker = new Worker(code, { eval: true, workerData: data });
    let answer: unknown = null;
    worker.on('message', (message: unknown) => (answer = message));
    worker.on('error', () => (answer = null)); // its end comes after it
    worker.on('exit', () => resolve(answer));
  });
}
