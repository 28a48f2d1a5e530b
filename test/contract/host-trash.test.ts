import { describe, expect, it } from 'vitest';
import { NO_SUCH_ID, ROOT, data, file, isRefused, json, refusal, scalar, success } from './answers.ts';
import { HostForEachTest, everyHabit, withoutGhosts } from './running-host.ts';

describe.each(everyHabit)('file/delete (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('answers with the file, in the trash and without a folder [doc][srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('a.txt', 'content', top);
    const trashed = file(data(await on.me.call('file/delete', { file_id: id })));
    expect(trashed).toMatchObject({ id, filename: 'a.txt', status: 'trash' });
    expect(ROOT).toContain(trashed.folderId);
  });

  it('takes the file out of every listing [srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('a.txt', 'content', top);
    const kept = await on.me.upload('b.txt', 'content', top);
    data(await on.me.call('file/delete', { file_id: id }));
    expect(await on.me.fileIds(top)).toEqual([kept.id]);
    expect(await on.me.fileIds()).toEqual([]);
  });

  it('leaves the id valid for file/info, with the status trash [srv]', async () => {
    const { id } = await on.me.upload('a.txt', 'content');
    data(await on.me.call('file/delete', { file_id: id }));
    expect(await on.me.fileInfo(id)).toMatchObject({ id, filename: 'a.txt', fileSize: '7', status: 'trash' });
  });

  it('lets a file in the trash be edited, moved and deleted, unlisted all the while [srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('a.txt', 'content');
    data(await on.me.call('file/delete', { file_id: id }));
    const edited = file(data(await on.me.call('file/edit', { file_id: id, filename: 'b.txt' })));
    expect(edited).toMatchObject({ filename: 'b.txt', status: 'trash' });
    const moved = file(data(await on.me.call('file/move', { file_id: id, new_parent_folder_id: top })));
    expect(moved).toMatchObject({ folderId: top, status: 'trash' });
    expect(await on.me.fileIds(top)).toEqual([]);
    success(await on.me.call('file/delete', { file_id: id }));
    expect(await on.me.fileInfo(id)).toMatchObject({ filename: 'b.txt', status: 'trash' });
  });

  it('refuses an id that does not exist [doc]', async () => {
    const why = refusal(await on.me.call('file/delete', { file_id: NO_SUCH_ID }), 404);
    expect(why).toBe('Could not find file based on file_id.');
  });
});

describe.each(everyHabit)('folder/delete (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('answers with a response alone [doc]', async () => {
    const id = await on.me.makeFolder('Papers');
    const answer = await on.me.call('folder/delete', { folder_id: id });
    expect(scalar(success(answer)['response'])).not.toBe('');
    expect(json(answer)).not.toHaveProperty('data');
  });

  it('sets all files below to trash, which keep their folderId [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const below = await on.me.makeFolder('Below', top);
    const atTop = (await on.me.upload('a.txt', 'a', top)).id;
    const deep = (await on.me.upload('b.txt', 'b', below)).id;
    success(await on.me.call('folder/delete', { folder_id: top }));
    expect(await on.me.fileInfo(atTop)).toMatchObject({ status: 'trash', folderId: top });
    expect(await on.me.fileInfo(deep)).toMatchObject({ status: 'trash', folderId: below });
    expect(await on.me.fileIds()).toEqual([]);
  });

  it('takes the folder out of the listing of its parent, and leaves its siblings [srv]', async () => {
    const parent = await on.me.makeFolder('Parent');
    const id = await on.me.makeFolder('Deleted', parent);
    const kept = await on.me.makeFolder('Kept', parent);
    const keptFile = (await on.me.upload('a.txt', 'a', kept)).id;
    success(await on.me.call('folder/delete', { folder_id: id }));
    expect(await on.me.folderIds(parent)).toEqual([kept]);
    expect(await on.me.fileIds(kept)).toEqual([keptFile]);
    expect((await on.me.fileInfo(keptFile)).status).toBe('active');
  });

  it('answers a folder that is gone with an error text or a 5xx page [srv]', async () => {
    expect(isRefused(await on.me.call('folder/delete', { folder_id: NO_SUCH_ID }))).toBe(true);
  });

  it('deletes nothing for a blank folder_id: the root has no id [srv]', async () => {
    const id = await on.me.makeFolder('Papers');
    const fileId = (await on.me.upload('a.txt', 'a')).id;
    for (const blank of ['', '0', 'null']) {
      expect(isRefused(await on.me.call('folder/delete', { folder_id: blank })), blank).toBe(true);
    }
    expect(await on.me.folderIds()).toEqual([id]);
    expect(await on.me.fileIds()).toEqual([fileId]);
  });
});

describe.each(withoutGhosts)('a trashed folder on a newer version [srv] (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('is in no listing, and neither is what was in it', async () => {
    const top = await on.me.makeFolder('Top');
    const below = await on.me.makeFolder('Below', top);
    await on.me.upload('a.txt', 'a', below);
    success(await on.me.call('folder/delete', { folder_id: top }));
    expect(await on.me.listing()).toEqual({ folders: [], files: [] });
  });
});

describe.each(everyHabit)('the web page of the host (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('brings back all that was trashed with a folder, under the old ids [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const below = await on.me.makeFolder('Below', top);
    const atTop = (await on.me.upload('a.txt', 'at the top', top)).id;
    const deep = (await on.me.upload('b.txt', 'deep down', below)).id;
    success(await on.me.call('folder/delete', { folder_id: top }));
    on.admin.restore(on.account.accountId, 'folder', Number(top));
    expect(await on.me.folderIds()).toEqual([top]);
    expect(await on.me.folderIds(top)).toEqual([below]);
    expect(await on.me.fileIds(top)).toEqual([atTop]);
    expect(await on.me.fileIds(below)).toEqual([deep]);
    expect(await on.me.fileInfo(deep)).toMatchObject({ status: 'active', folderId: below });
    expect(await on.me.download(deep)).toBe('deep down');
  });

  it('does not bring back a file that was trashed by itself before its folder was [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const early = (await on.me.upload('early.txt', 'early', top)).id;
    const late = (await on.me.upload('late.txt', 'late', top)).id;
    data(await on.me.call('file/delete', { file_id: early }));
    success(await on.me.call('folder/delete', { folder_id: top }));
    on.admin.restore(on.account.accountId, 'folder', Number(top));
    expect(await on.me.fileIds(top)).toEqual([late]);
    expect((await on.me.fileInfo(early)).status).toBe('trash');
  });

  it('brings back a file under the old id [srv]', async () => {
    const { id } = await on.me.upload('a.txt', 'content');
    data(await on.me.call('file/delete', { file_id: id }));
    on.admin.restore(on.account.accountId, 'file', Number(id));
    expect(await on.me.fileIds()).toEqual([id]);
    expect(await on.me.fileInfo(id)).toMatchObject({ filename: 'a.txt', status: 'active' });
    expect(await on.me.download(id)).toBe('content');
  });

  it('empties the trash, of which nothing can be found afterwards, and nothing else [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const inside = (await on.me.upload('a.txt', 'a', top)).id;
    const single = (await on.me.upload('b.txt', 'b')).id;
    const kept = (await on.me.upload('c.txt', 'c')).id;
    success(await on.me.call('folder/delete', { folder_id: top }));
    data(await on.me.call('file/delete', { file_id: single }));
    on.admin.emptyTrash(on.account.accountId);
    expect(isRefused(await on.me.call('file/info', { file_id: inside }))).toBe(true);
    expect(isRefused(await on.me.call('file/info', { file_id: single }))).toBe(true);
    expect(isRefused(await on.me.call('folder/info', { parent_folder_id: top, folder_id: top }))).toBe(true);
    expect(await on.me.fileIds()).toEqual([kept]);
    expect(await on.me.folderIds()).toEqual([]);
  });
});
