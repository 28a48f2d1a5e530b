import { describe, expect, it } from 'vitest';
import { at, home, keysOf, list } from './program.ts';

const absent = '999999';

describe('a folder listing', () => {
  it('shows the direct children with the documented fields', async () => {
    const { program } = await home();
    const docs = await program.folder('docs');
    await program.folder('inner', docs);
    await program.put('a.txt', 'hello', docs);
    await program.put('root.txt', 'hi');
    const { json } = await program.call('folder/listing');
    expect(list(at(json, 'data', 'folders'))).toHaveLength(1);
    expect(keysOf(at(json, 'data', 'folders', 0))).toEqual(
      [
        'id',
        'parentId',
        'folderName',
        'totalSize',
        'isPublic',
        'date_added',
        'date_updated',
        'url_folder',
        'total_downloads',
        'child_folder_count',
        'file_count',
      ].sort(),
    );
    expect(at(json, 'data', 'folders', 0)).toMatchObject({
      id: docs,
      parentId: null,
      totalSize: '5',
      child_folder_count: '1',
      file_count: '1',
      isPublic: '0',
    });
    expect(keysOf(at(json, 'data', 'files', 0))).toEqual(
      [
        'id',
        'filename',
        'shortUrl',
        'fileType',
        'extension',
        'fileSize',
        'status',
        'downloads',
        'folderId',
        'keywords',
        'url_file',
      ].sort(),
    );
    expect(at(json, 'data', 'files', 0)).toMatchObject({
      filename: 'root.txt',
      fileSize: '2',
      status: 'active',
      extension: 'txt',
      folderId: null,
    });
  });

  it('is refused for a folder that is gone, unknown or of another account', async () => {
    const { host, program } = await home();
    const gone = await program.folder('gone');
    await program.call('folder/delete', { folder_id: gone });
    const other = host.admin.addAccount();
    const theirs = await program.folder('mine');
    await program.signIn(other);
    for (const id of [gone, absent, theirs, 'nonsense']) {
      expect((await program.call('folder/listing', { parent_folder_id: id })).isSuccess).toBe(false);
    }
  });

  it('spells an empty list in several ways on servers', async () => {
    const { program } = await home(['servers']);
    const spellings = new Set<string>();
    for (let files = 0; files < 4; files += 1) {
      const folder = await program.folder('f');
      for (let file = 0; file < files; file += 1) await program.put(`${file}.txt`, 'x', folder);
      spellings.add(
        JSON.stringify(
          at((await program.call('folder/listing', { parent_folder_id: folder })).json, 'data', 'folders'),
        ) ?? 'left out',
      );
    }
    expect([...spellings].sort()).toEqual(['[]', 'false', 'left out', 'null']);
  });
});

describe('creating, editing and moving a folder', () => {
  it('allows two siblings of one name and trims names', async () => {
    const { program } = await home();
    await program.folder('twin');
    await program.folder('  twin ');
    expect((await program.names()).folders).toEqual(['twin', 'twin']);
  });

  it('takes null as the root and blank as staying, and refuses a blank target', async () => {
    const { program } = await home();
    const outer = await program.folder('outer');
    const inner = await program.folder('inner', outer);
    expect(
      at((await program.call('folder/edit', { folder_id: inner, folder_name: 'renamed', parent_id: '' })).json, 'data'),
    ).toMatchObject({ folderName: 'renamed', parentId: outer });
    expect((await program.call('folder/move', { folder_id: inner, new_parent_folder_id: '' })).why).toBe(
      'Please provide the new_parent_folder_id param.',
    );
    expect(
      at(
        (await program.call('folder/move', { folder_id: inner, new_parent_folder_id: 'null' })).json,
        'data',
        'parentId',
      ),
    ).toBeNull();
    expect((await program.call('folder/move', { folder_id: inner, new_parent_folder_id: inner })).why).toBe(
      'Param folder_id can not match new_parent_folder_id.',
    );
    expect((await program.call('folder/move', { folder_id: inner, new_parent_folder_id: absent })).why).toMatch(
      /^Could not find the destination folder id/,
    );
  });

  it('refuses unknown parents and rings by documentation, ignores or allows them on servers', async () => {
    const plain = await home();
    const servers = await home(['servers']);
    for (const [{ program, host }, isStrict] of [
      [plain, true],
      [servers, false],
    ] as const) {
      const outer = await program.folder('outer');
      const inner = await program.folder('inner', outer);
      expect((await program.call('folder/create', { folder_name: 'x', parent_id: absent })).isSuccess).toBe(!isStrict);
      const edited = await program.call('folder/edit', { folder_id: inner, parent_id: absent, folder_name: 'kept' });
      expect(edited.isSuccess).toBe(!isStrict);
      if (!isStrict) expect(String(at(edited.json, 'data', 'parentId'))).toBe(outer);
      expect((await program.call('folder/move', { folder_id: outer, new_parent_folder_id: inner })).isSuccess).toBe(
        !isStrict,
      );
      if (isStrict) expect(() => host.admin.checkTree()).not.toThrow();
      else expect(() => host.admin.checkTree()).toThrow(/ring/);
      expect((await program.call('folder/info', { folder_id: outer, parent_folder_id: outer })).isSuccess).toBe(true);
    }
  });

  it('keeps visibility and password until they are changed', async () => {
    const { program } = await home();
    const made = await program.call('folder/create', {
      folder_name: 'open',
      is_public: '2',
      access_password: 'd41d8cd98f00b204e9800998ecf8427e',
    });
    const id = String(at(made.json, 'data', 'id'));
    expect(at((await program.call('folder/edit', { folder_id: id, folder_name: 'wide' })).json, 'data')).toMatchObject({
      isPublic: '2',
      accessPassword: 'd41d8cd98f00b204e9800998ecf8427e',
    });
  });
});

describe('the trash', () => {
  it('takes a folder with all below it and gives it back under the old ids', async () => {
    const { host, program, keys } = await home();
    const top = await program.folder('top');
    const outer = await program.folder('outer', top);
    const inner = await program.folder('inner', outer);
    const file = await program.put('a.txt', 'abc', inner);
    const early = await program.put('early.txt', 'abc', inner);
    await program.call('file/delete', { file_id: early });
    expect((await program.call('folder/delete', { folder_id: outer })).json).toEqual({
      response: 'Folder deleted.',
      _status: 'success',
      _datetime: '2026-01-02 03:04:05',
    });
    expect(
      host.admin
        .tree(keys.accountId)
        .filter((item) => item.status === 'active')
        .map((item) => item.name),
    ).toEqual(['top']);
    expect(at((await program.call('file/info', { file_id: file })).json, 'data')).toMatchObject({
      status: 'trash',
      folderId: inner,
    });
    expect((await program.call('folder/delete', { folder_id: outer })).isSuccess).toBe(false);
    expect((await program.call('folder/edit', { folder_id: inner, folder_name: 'x' })).isSuccess).toBe(false);
    expect(host.admin.trash(keys.accountId)).toMatchObject([
      { kind: 'file', id: Number(early) },
      { kind: 'folder', id: Number(outer), size: 3, originalParent: Number(top) },
    ]);
    host.admin.restore(keys.accountId, 'folder', Number(outer));
    expect((await program.names(inner)).files).toEqual(['a.txt']);
    expect((await program.names(top)).folders).toEqual(['outer']);
    host.admin.checkTree();
  });

  it('takes a file out of its folder and restores it to where it was', async () => {
    const { host, program, keys } = await home();
    const folder = await program.folder('f');
    const id = await program.put('a.txt', 'abc', folder);
    expect(at((await program.call('file/delete', { file_id: id })).json, 'data')).toMatchObject({
      id,
      status: 'trash',
      folderId: null,
    });
    expect((await program.call('file/delete', { file_id: id })).isSuccess).toBe(true);
    expect(at((await program.call('file/edit', { file_id: id, filename: 'b.txt' })).json, 'data')).toMatchObject({
      filename: 'b.txt',
      status: 'trash',
    });
    host.admin.restore(keys.accountId, 'file', Number(id));
    expect((await program.names(folder)).files).toEqual(['b.txt']);
  });

  it('ends ids and frees contents when it is emptied', async () => {
    const { host, program, keys } = await home();
    const big = Buffer.alloc(200_000, 7);
    const kept = await program.put('kept.bin', big);
    const gone = await program.put('gone.bin', big);
    await program.call('file/delete', { file_id: gone });
    host.admin.emptyTrash(keys.accountId);
    expect((await program.call('file/info', { file_id: gone })).why).toBe('Could not find file based on file_id.');
    expect(Buffer.from(await host.admin.content(Number(kept))).equals(big)).toBe(true);
    host.admin.checkTree();
  });

  it('haunts the root with the habit ghosts: the folder without its files, its sub-folders below it', async () => {
    const { program } = await home(['ghosts']);
    const top = await program.folder('top');
    const outer = await program.folder('outer', top);
    await program.folder('inner', outer);
    await program.put('a.txt', 'abc', outer);
    await program.call('folder/delete', { folder_id: outer });
    const { json } = await program.call('folder/listing');
    expect(list(at(json, 'data', 'folders')).find((one) => at(one, 'id') === outer)).toMatchObject({
      folderName: 'outer',
      parentId: null,
    });
    expect(await program.names(outer)).toEqual({ files: [], folders: ['inner'] });
    expect((await program.names(top)).folders).toEqual([]);
  });

  it('answers with an error page on servers where a folder to delete is gone', async () => {
    const { program } = await home(['servers']);
    expect(await program.call('folder/delete', { folder_id: absent })).toMatchObject({ status: 500, json: undefined });
    expect(await program.call('folder/edit', { folder_id: absent })).toMatchObject({ status: 200, isSuccess: false });
  });
});

it('notices what cannot be reached: an upload into a trashed folder succeeds out of sight', async () => {
  const { host, program } = await home();
  const folder = await program.folder('f');
  await program.call('folder/delete', { folder_id: folder });
  expect((await program.upload('late.txt', 'x', folder)).isSuccess).toBe(true);
  expect((await program.names()).files).toEqual([]);
  expect(() => host.admin.checkTree()).toThrow(/late\.txt.*trash/);
});
