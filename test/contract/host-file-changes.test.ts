import { describe, expect, it } from 'vitest';
import { NO_SUCH_ID, ROOT, data, file, isRefused, members, refusal, success } from './answers.ts';
import { HostForEachTest, everyHabit, readOffServers } from './running-host.ts';

const NO_FILE = 'Could not find file based on file_id.';
const NO_TARGET = 'Could not find the destination folder id defined by new_parent_folder_id.';

describe.each(everyHabit)('file/edit (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('renames a file and answers with it [doc]', async () => {
    const { id } = await on.me.upload('old.txt', 'content');
    expect(file(data(await on.me.call('file/edit', { file_id: id, filename: 'new.txt' })))).toMatchObject({
      id,
      filename: 'new.txt',
      fileSize: '7',
    });
    expect(await on.me.fileNames()).toEqual(['new.txt']);
    expect(await on.me.download(id)).toBe('content');
  });

  it('sets fileType, and leaves alone what is not named [doc]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('a.txt', 'content', top);
    const edited = file(data(await on.me.call('file/edit', { file_id: id, fileType: 'text/x-diary' })));
    expect(edited).toMatchObject({ fileType: 'text/x-diary', filename: 'a.txt', folderId: top });
    expect((await on.me.fileInfo(id)).fileType).toBe('text/x-diary');
  });

  it('renames and moves in one call [srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('old.txt', 'content');
    const edited = file(data(await on.me.call('file/edit', { file_id: id, filename: 'new.txt', folder_id: top })));
    expect(edited).toMatchObject({ id, filename: 'new.txt', folderId: top });
    expect(await on.me.fileNames()).toEqual([]);
    expect(await on.me.fileNames(top)).toEqual(['new.txt']);
  });

  it('takes the folder_id null for the root [doc][srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('a.txt', 'content', top);
    expect(ROOT).toContain(file(data(await on.me.call('file/edit', { file_id: id, folder_id: 'null' }))).folderId);
    expect(await on.me.fileIds()).toEqual([id]);
    expect(await on.me.fileIds(top)).toEqual([]);
  });

  it('takes a blank folder_id for "leave as it is" [doc][srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('a.txt', 'content', top);
    const fields = { file_id: id, filename: 'b.txt', folder_id: '' };
    expect(file(data(await on.me.call('file/edit', fields)))).toMatchObject({ filename: 'b.txt', folderId: top });
    expect(await on.me.fileIds(top)).toEqual([id]);
  });

  it('refuses an id that does not exist [doc]', async () => {
    const answer = await on.me.call('file/edit', { file_id: NO_SUCH_ID, filename: 'b.txt' });
    expect(refusal(answer, 404)).toBe(NO_FILE);
  });
});

describe.each(everyHabit)('file/move (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('moves a file and answers with it [doc]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('a.txt', 'content');
    const moved = file(data(await on.me.call('file/move', { file_id: id, new_parent_folder_id: top })));
    expect(moved).toMatchObject({ id, filename: 'a.txt', folderId: top });
    expect(await on.me.fileIds()).toEqual([]);
    expect(await on.me.fileIds(top)).toEqual([id]);
    expect(await on.me.download(id)).toBe('content');
  });

  it('takes the literal string null for the root [srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('a.txt', 'content', top);
    const moved = file(data(await on.me.call('file/move', { file_id: id, new_parent_folder_id: 'null' })));
    expect(ROOT).toContain(moved.folderId);
    expect(await on.me.fileIds()).toEqual([id]);
  });

  it('refuses a blank target by name [srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('a.txt', 'content', top);
    const answer = await on.me.call('file/move', { file_id: id, new_parent_folder_id: '' });
    expect(refusal(answer, 400)).toBe('Please provide the new_parent_folder_id param.');
    expect(await on.me.fileIds(top)).toEqual([id]);
  });

  it('refuses a target that does not exist by name [doc][srv]', async () => {
    const { id } = await on.me.upload('a.txt', 'content');
    const answer = await on.me.call('file/move', { file_id: id, new_parent_folder_id: NO_SUCH_ID });
    expect(refusal(answer, 404)).toBe(NO_TARGET);
    expect(await on.me.fileIds()).toEqual([id]);
  });

  it('refuses the folder of another account as a target [doc][srv]', async () => {
    const other = await on.somebodyElse();
    const theirs = await other.makeFolder('Theirs');
    const { id } = await on.me.upload('a.txt', 'content');
    expect(isRefused(await on.me.call('file/move', { file_id: id, new_parent_folder_id: theirs }))).toBe(true);
    expect(await on.me.fileIds()).toEqual([id]);
    expect(await other.fileIds(theirs)).toEqual([]);
  });

  it('refuses an id that does not exist [doc]', async () => {
    const answer = await on.me.call('file/move', { file_id: NO_SUCH_ID, new_parent_folder_id: 'null' });
    expect(refusal(answer, 404)).toBe(NO_FILE);
  });

  it('leaves two siblings of the same name [srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    await on.me.upload('a.txt', 'one', top);
    const { id } = await on.me.upload('a.txt', 'two');
    expect(file(data(await on.me.call('file/move', { file_id: id, new_parent_folder_id: top }))).filename).toBe(
      'a.txt',
    );
    expect(await on.me.fileNames(top)).toEqual(['a.txt', 'a.txt']);
  });
});

describe.each(everyHabit)('file/copy (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('answers with the original file and the new one, which has an id of its own [doc]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('a.txt', 'content');
    const found = success(await on.me.call('file/copy', { file_id: id, copy_to_folder_id: top }));
    const original = file(members(found['original_file'])['data']);
    const copy = file(members(found['new_file'])['data']);
    expect(original.id).toBe(id);
    expect(copy.id).not.toBe(id);
    expect(copy).toMatchObject({ filename: 'a.txt', fileSize: '7', folderId: top });
    expect(await on.me.fileIds()).toEqual([id]);
    expect(await on.me.fileIds(top)).toEqual([copy.id]);
  });

  it('gives the copy the content of the original without sending any, and for good [srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('a.txt', 'content');
    const found = success(await on.me.call('file/copy', { file_id: id, copy_to_folder_id: top }));
    const copy = file(members(found['new_file'])['data']);
    data(await on.me.call('file/delete', { file_id: id }));
    on.admin.emptyTrash(on.account.accountId);
    expect(await on.me.download(copy.id)).toBe('content');
  });

  it('leaves two siblings of the same name [srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    await on.me.upload('a.txt', 'one', top);
    const { id } = await on.me.upload('a.txt', 'two');
    success(await on.me.call('file/copy', { file_id: id, copy_to_folder_id: top }));
    expect(await on.me.fileNames(top)).toEqual(['a.txt', 'a.txt']);
  });

  it('refuses an id that does not exist [doc]', async () => {
    const top = await on.me.makeFolder('Papers');
    const answer = await on.me.call('file/copy', { file_id: NO_SUCH_ID, copy_to_folder_id: top });
    expect(refusal(answer, 404)).toBe(NO_FILE);
    expect(await on.me.fileIds(top)).toEqual([]);
  });
});

describe.each(readOffServers)('file/edit into what is not there (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('ignores an unknown folder_id without an error [srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    const { id } = await on.me.upload('a.txt', 'content', top);
    const fields = { file_id: id, filename: 'b.txt', folder_id: NO_SUCH_ID };
    expect(file(data(await on.me.call('file/edit', fields)))).toMatchObject({ filename: 'b.txt', folderId: top });
    expect(await on.me.fileNames(top)).toEqual(['b.txt']);
  });
});
