/**
 * Whether the bundled host stays as fast while its tree grows: folders are made ten in each, files are put into them in
 * turn, and after each fifth of them the same calls are measured again. No figure may grow with the tree.
 *
 * `npx tsx test/bench/host-tree.ts [files=20000] [folders=2000] [parallel=8] [bytes=4096]`.
 */
import { at, list } from '../host/program.ts';
import { startDriver } from './host-driver.ts';

const [files = 0, folders = 0, parallel = 0, bytes = 0] = [20_000, 2000, 8, 4096].map((value, index) =>
  Number(process.argv[index + 2] ?? value),
);
const parts = 5;
const driver = await startDriver(parallel);
const tree = ['']; // the root, then folder n below folder n / 10
let made = 0;

/** A small tree of its own, which never changes: how long its listing takes depends on the rest alone. */
const small = await driver.folder('small');
const inner = await driver.folder('inner', small);
for (let turn = 0; turn < 20; turn += 1) await driver.upload(`small-${turn}.bin`, bytes, small);
for (let turn = 0; turn < 20; turn += 1) await driver.upload(`inner-${turn}.bin`, bytes, inner);

for (let part = 1; part <= parts; part += 1) {
  const [folderShare, fileShare] = [folders / parts, files / parts];
  console.log(`--- ${tree.length - 1} folders, ${made} files`);
  await driver.measure(`${folderShare} folders`, folderShare, async (number) => {
    // a folder's parent was made in this part or an earlier one, at least ten calls before it
    const at = tree.length + number - 1;
    const parent = tree[Math.floor(Math.min(at, tree.length - 1) / 10)] ?? '';
    tree.push(await driver.folder(`folder-${part}-${number}`, parent));
  });
  await driver.measure(`${fileShare} uploads of ${bytes} bytes`, fileShare, async (number) => {
    made += 1;
    await driver.upload(`file-${part}-${number}.bin`, bytes, tree[made % tree.length] ?? '');
  });
  const one = tree[1] ?? '';
  await driver.measure('listings of the root', 200, async () => {
    const answer = await driver.call('folder/listing');
    if (list(at(answer, 'data', 'folders')).length === 0) throw new Error('no folder is listed');
  });
  await driver.measure('listings of 20 files and a folder', 1000, () =>
    driver.call('folder/listing', { parent_folder_id: small }),
  );
  await driver.measure('infos about the first folder', 500, () =>
    driver.call('folder/info', { parent_folder_id: one, folder_id: one }),
  );
  await driver.measure('moves of a small tree, there and back', 200, (number) =>
    driver.call('folder/move', {
      folder_id: small,
      new_parent_folder_id: number % 2 === 0 ? 'null' : (tree.at(-1) ?? 'null'),
    }),
  );
}
await driver.close();
