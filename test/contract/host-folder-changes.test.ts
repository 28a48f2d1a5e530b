import { describe, expect, it } from 'vitest';
import { NO_SUCH_ID, ROOT, data, folder, isRefused, refusal, scalar, success } from './answers.ts';
import { HostForEachTest, everyHabit, losingThings, md5, readOffServers } from './running-host.ts';

describe.each(everyHabit)('folder/edit (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('renames a folder and answers with it [doc]', async () => {
    const id = await on.me.makeFolder('Old');
    const row = data(await on.me.call('folder/edit', { folder_id: id, folder_name: 'New' }));
    expect(folder(row)).toMatchObject({ id, folderName: 'New' });
    expect(Object.keys(row)).toContain('accessPassword');
    expect(await on.me.folderNames()).toEqual(['New']);
  });

  it('leaves alone what is not named [doc]', async () => {
    const top = await on.me.makeFolder('Top');
    const fields = { folder_name: 'Below', parent_id: top, is_public: '2', access_password: md5('secret') };
    const id = folder(data(await on.me.call('folder/create', fields))).id;
    const row = data(await on.me.call('folder/edit', { folder_id: id, folder_name: 'Renamed' }));
    expect(folder(row)).toMatchObject({ parentId: top, isPublic: '2' });
    expect(scalar(row['accessPassword'])).toBe(md5('secret'));
  });

  it('changes is_public and access_password [doc]', async () => {
    const id = await on.me.makeFolder('Papers');
    const fields = { folder_id: id, is_public: '1', access_password: md5('new secret') };
    const row = data(await on.me.call('folder/edit', fields));
    expect(folder(row)).toMatchObject({ folderName: 'Papers', isPublic: '1' });
    expect(scalar(row['accessPassword'])).toBe(md5('new secret'));
  });

  it('renames and moves in one call [doc]', async () => {
    const target = await on.me.makeFolder('Target');
    const id = await on.me.makeFolder('Old');
    const fields = { folder_id: id, folder_name: 'New', parent_id: target };
    expect(folder(data(await on.me.call('folder/edit', fields)))).toMatchObject({
      folderName: 'New',
      parentId: target,
    });
    expect(await on.me.folderIds()).toEqual([target]);
    expect(await on.me.folderNames(target)).toEqual(['New']);
  });

  it('trims the new name [srv]', async () => {
    const id = await on.me.makeFolder('Old');
    expect(folder(data(await on.me.call('folder/edit', { folder_id: id, folder_name: '  New\t ' }))).folderName).toBe(
      'New',
    );
  });

  it('lets a folder take the name of its sibling [srv]', async () => {
    await on.me.makeFolder('Twin');
    const id = await on.me.makeFolder('Other');
    data(await on.me.call('folder/edit', { folder_id: id, folder_name: 'Twin' }));
    expect(await on.me.folderNames()).toEqual(['Twin', 'Twin']);
  });

  it('takes the parent_id null for the root [doc][srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const id = await on.me.makeFolder('Below', top);
    expect(ROOT).toContain(
      folder(data(await on.me.call('folder/edit', { folder_id: id, parent_id: 'null' }))).parentId,
    );
    expect((await on.me.folderIds()).sort()).toEqual([top, id].sort());
    expect(await on.me.folderIds(top)).toEqual([]);
  });

  it('takes a blank parent_id for "leave as it is" [doc][srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const id = await on.me.makeFolder('Below', top);
    const fields = { folder_id: id, folder_name: 'Renamed', parent_id: '' };
    expect(folder(data(await on.me.call('folder/edit', fields))).parentId).toBe(top);
    expect(await on.me.folderNames(top)).toEqual(['Renamed']);
  });

  it('answers a folder that is gone with an error text or a 5xx page [srv]', async () => {
    expect(isRefused(await on.me.call('folder/edit', { folder_id: NO_SUCH_ID, folder_name: 'New' }))).toBe(true);
  });

  it('does not edit the folder of another account [doc]', async () => {
    const other = await on.somebodyElse();
    const theirs = await other.makeFolder('Theirs');
    expect(isRefused(await on.me.call('folder/edit', { folder_id: theirs, folder_name: 'Mine' }))).toBe(true);
    expect(await other.folderNames()).toEqual(['Theirs']);
  });
});

describe.each(everyHabit)('folder/move (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('moves a folder with all that is in it, under the same ids [doc]', async () => {
    const target = await on.me.makeFolder('Target');
    const id = await on.me.makeFolder('Moving');
    const below = await on.me.makeFolder('Below', id);
    const fileId = (await on.me.upload('a.txt', 'a', below)).id;
    const moved = folder(data(await on.me.call('folder/move', { folder_id: id, new_parent_folder_id: target })));
    expect(moved).toMatchObject({ id, folderName: 'Moving', parentId: target });
    expect(await on.me.folderIds()).toEqual([target]);
    expect(await on.me.folderIds(target)).toEqual([id]);
    expect(await on.me.folderIds(id)).toEqual([below]);
    expect(await on.me.fileIds(below)).toEqual([fileId]);
  });

  it('takes the literal string null for the root [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const id = await on.me.makeFolder('Below', top);
    const fields = { folder_id: id, new_parent_folder_id: 'null' };
    expect(ROOT).toContain(folder(data(await on.me.call('folder/move', fields))).parentId);
    expect((await on.me.folderIds()).sort()).toEqual([top, id].sort());
  });

  it('refuses a blank target by name [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const id = await on.me.makeFolder('Below', top);
    const answer = await on.me.call('folder/move', { folder_id: id, new_parent_folder_id: '' });
    expect(refusal(answer, 400)).toBe('Please provide the new_parent_folder_id param.');
    expect(await on.me.folderIds(top)).toEqual([id]);
  });

  it('refuses to move a folder into itself: the one check there is [srv]', async () => {
    const id = await on.me.makeFolder('Papers');
    const answer = await on.me.call('folder/move', { folder_id: id, new_parent_folder_id: id });
    expect(refusal(answer, 400)).toBe('Param folder_id can not match new_parent_folder_id.');
    expect(await on.me.folderIds()).toEqual([id]);
  });

  it('leaves a sibling of the same name beside the moved folder [srv]', async () => {
    const target = await on.me.makeFolder('Target');
    await on.me.makeFolder('Twin', target);
    const id = await on.me.makeFolder('Twin');
    data(await on.me.call('folder/move', { folder_id: id, new_parent_folder_id: target }));
    expect(await on.me.folderNames(target)).toEqual(['Twin', 'Twin']);
  });
});

describe.each(readOffServers)('folder/edit and folder/move, with no check but the one (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('ignores a parent that does not exist, without an error, and its answer shows that [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const id = await on.me.makeFolder('Below', top);
    const fields = { folder_id: id, parent_id: NO_SUCH_ID };
    expect(folder(data(await on.me.call('folder/edit', fields))).parentId).toBe(top);
    expect(await on.me.folderIds(top)).toEqual([id]);
  });

  it('ignores a parent that belongs to another account, without an error [srv]', async () => {
    const theirs = await (await on.somebodyElse()).makeFolder('Theirs');
    const id = await on.me.makeFolder('Mine');
    expect(ROOT).toContain(
      folder(data(await on.me.call('folder/edit', { folder_id: id, parent_id: theirs }))).parentId,
    );
    expect(await on.me.folderIds()).toEqual([id]);
  });

  it(
    'loses a folder moved below itself from every listing, but folder/info still finds it [srv]',
    losingThings,
    async () => {
      const top = await on.me.makeFolder('Top');
      const below = await on.me.makeFolder('Below', top);
      success(await on.me.call('folder/move', { folder_id: top, new_parent_folder_id: below }));
      expect(await on.me.folderIds()).toEqual([]);
      expect(await on.me.folderInfo(top)).toMatchObject({ folderName: 'Top', parentId: below });
      expect(await on.me.folderInfo(below)).toMatchObject({ folderName: 'Below', parentId: top });
    },
  );

  it(
    'loses two folders moved into each other from every listing, but folder/info still finds them [srv]',
    losingThings,
    async () => {
      const left = await on.me.makeFolder('Left');
      const right = await on.me.makeFolder('Right');
      success(await on.me.call('folder/move', { folder_id: left, new_parent_folder_id: right }));
      success(await on.me.call('folder/move', { folder_id: right, new_parent_folder_id: left }));
      expect(await on.me.folderIds()).toEqual([]);
      expect(await on.me.folderInfo(left)).toMatchObject({ folderName: 'Left', parentId: right });
      expect(await on.me.folderInfo(right)).toMatchObject({ folderName: 'Right', parentId: left });
    },
  );

  it('checks for cycles in folder/edit no more than in folder/move [srv]', losingThings, async () => {
    const top = await on.me.makeFolder('Top');
    const below = await on.me.makeFolder('Below', top);
    success(await on.me.call('folder/edit', { folder_id: top, parent_id: below }));
    expect(await on.me.folderIds()).toEqual([]);
    expect((await on.me.folderInfo(top)).parentId).toBe(below);
  });

  it('gets a lost folder back by moving it to the root [srv]', losingThings, async () => {
    const top = await on.me.makeFolder('Top');
    const below = await on.me.makeFolder('Below', top);
    success(await on.me.call('folder/move', { folder_id: top, new_parent_folder_id: below }));
    success(await on.me.call('folder/move', { folder_id: top, new_parent_folder_id: 'null' }));
    expect(await on.me.folderIds()).toEqual([top]);
    expect(await on.me.folderIds(top)).toEqual([below]);
  });
});
