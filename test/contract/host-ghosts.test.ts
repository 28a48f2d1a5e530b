import { describe, expect, it } from 'vitest';
import { ROOT, data, folder, list, members, success } from './answers.ts';
import { HostForEachTest, losingThings, withGhosts } from './running-host.ts';

describe.each(withGhosts)('a trashed folder on an older version [srv] (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('has no parent and appears in the listing of the root', async () => {
    const parent = await on.me.makeFolder('Parent');
    const ghost = await on.me.makeFolder('Ghost', parent);
    success(await on.me.call('folder/delete', { folder_id: ghost }));
    const found = await on.me.listing();
    expect(found.folders.map((each) => each.id).sort()).toEqual([parent, ghost].sort());
    const seen = found.folders.find((each) => each.id === ghost);
    expect(seen?.folderName).toBe('Ghost');
    expect(ROOT).toContain(seen?.parentId);
    expect(ROOT).toContain((await on.me.folderInfo(ghost)).parentId);
    expect(await on.me.folderIds(parent)).toEqual([]);
  });

  it('appears in the root also when it was there before', async () => {
    const ghost = await on.me.makeFolder('Ghost');
    success(await on.me.call('folder/delete', { folder_id: ghost }));
    expect(await on.me.folderIds()).toEqual([ghost]);
  });

  it('has lost its files, but lists its trashed sub-folders below it', async () => {
    const ghost = await on.me.makeFolder('Ghost');
    const below = await on.me.makeFolder('Below', ghost);
    const deeper = await on.me.makeFolder('Deeper', below);
    await on.me.upload('a.txt', 'a', ghost);
    await on.me.upload('b.txt', 'b', below);
    success(await on.me.call('folder/delete', { folder_id: ghost }));
    expect(await on.me.folderIds()).toEqual([ghost]);
    expect(await on.me.fileIds(ghost)).toEqual([]);
    expect(await on.me.folderIds(ghost)).toEqual([below]);
    expect(await on.me.fileIds(below)).toEqual([]);
    expect(await on.me.folderIds(below)).toEqual([deeper]);
  });

  it('shows nothing in the answer that says it is trash', async () => {
    const ghost = await on.me.makeFolder('Once');
    const alive = await on.me.makeFolder('Alive');
    success(await on.me.call('folder/delete', { folder_id: ghost }));
    const found = data(await on.me.call('folder/listing', { parent_folder_id: '' }));
    const rows = list(found['folders']).map(members);
    const ghostRow = rows.find((row) => folder(row).id === ghost);
    const aliveRow = rows.find((row) => folder(row).id === alive);
    expect(Object.keys(ghostRow ?? {}).sort()).toEqual(Object.keys(aliveRow ?? {}).sort());
    expect(JSON.stringify(ghostRow)).not.toMatch(/trash|delete/i);
    const info = data(await on.me.call('folder/info', { parent_folder_id: ghost, folder_id: ghost }));
    expect(JSON.stringify(info)).not.toMatch(/trash|delete/i);
  });

  it('is gone from the root once the trash is emptied', async () => {
    const ghost = await on.me.makeFolder('Ghost');
    await on.me.makeFolder('Below', ghost);
    success(await on.me.call('folder/delete', { folder_id: ghost }));
    expect(await on.me.folderIds()).toEqual([ghost]);
    on.admin.emptyTrash(on.account.accountId);
    expect(await on.me.folderIds()).toEqual([]);
  });

  it('takes an upload out of sight of the root', losingThings, async () => {
    const ghost = await on.me.makeFolder('Ghost');
    success(await on.me.call('folder/delete', { folder_id: ghost }));
    const made = await on.me.upload('late.txt', 'late', ghost);
    expect(await on.me.fileIds()).toEqual([]);
    expect((await on.me.fileInfo(made.id)).folderId).toBe(ghost);
  });
});
