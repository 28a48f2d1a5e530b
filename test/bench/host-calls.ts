/**
 * What a call costs the bundled host: uploads of small files, listings of a small and of the full folder, download
 * addresses, downloads. Prints the rate, the time of a call, and the CPU time that the host itself spent on it.
 *
 * `npx tsx test/bench/host-calls.ts [uploads=20000] [parallel=8] [bytes=4096]`; for a profile of the host,
 * `node --import tsx --cpu-prof test/bench/host-calls.ts`.
 */
import { at, list, text } from '../host/program.ts';
import { startDriver } from './host-driver.ts';

const [uploads = 0, parallel = 0, bytes = 0] = [20_000, 8, 4096].map((value, index) =>
  Number(process.argv[index + 2] ?? value),
);
const driver = await startDriver(parallel);

const ids: string[] = [];
await driver.measure(`${uploads} uploads of ${bytes} bytes, ${parallel} at once`, uploads, async (number) => {
  ids.push(await driver.upload(`file-${number}.bin`, bytes));
});

const twenty = await driver.folder('twenty');
for (const id of ids.slice(0, 20)) await driver.call('file/copy', { file_id: id, copy_to_folder_id: twenty });
await driver.measure('listings of 20 files', 5000, () => driver.call('folder/listing', { parent_folder_id: twenty }));
await driver.measure(`listings of all ${uploads}`, 10, async () => {
  const { length } = list(at(await driver.call('folder/listing'), 'data', 'files'));
  if (length !== uploads) throw new Error(`${length} of ${uploads} files are listed`);
});

const addresses: string[] = [];
const wanted = ids.slice(0, 5000);
await driver.measure('download addresses', wanted.length, async (number) => {
  const answer = await driver.call('file/download', { file_id: wanted[number - 1] ?? '' });
  addresses.push(text(at(answer, 'data', 'download_url')));
});
await driver.measure(`downloads of ${bytes} bytes`, addresses.length, async (number) => {
  const length = await driver.get(addresses[number - 1] ?? '');
  if (length !== bytes) throw new Error(`${length} bytes came`);
});
await driver.close();
