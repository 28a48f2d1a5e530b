import { describe, expect, it } from 'vitest';
import { DATE, NO_SUCH_ID, ROOT, data, folder, isRefused, list, members, scalar, success } from './answers.ts';
import { HostForEachTest, asServers, everyHabit, losingThings, md5, readOffServers } from './running-host.ts';

const LISTED =
  'id parentId folderName totalSize isPublic date_added date_updated url_folder total_downloads child_folder_count file_count';

describe.each(everyHabit)('folder/listing (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('lists the root for a blank parent_folder_id [doc]', async () => {
    const id = await on.me.makeFolder('Papers');
    const fileId = (await on.me.upload('a.txt', 'a')).id;
    const found = await on.me.listing('');
    expect(found.folders.map((each) => each.id)).toEqual([id]);
    expect(found.files.map((each) => each.id)).toEqual([fileId]);
  });

  it('lists the direct children only [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const middle = await on.me.makeFolder('Middle', top);
    const bottom = await on.me.makeFolder('Bottom', middle);
    const atTop = (await on.me.upload('top.txt', 'top', top)).id;
    const atBottom = (await on.me.upload('bottom.txt', 'bottom', bottom)).id;
    expect(await on.me.folderIds()).toEqual([top]);
    expect(await on.me.fileIds()).toEqual([]);
    expect(await on.me.folderIds(top)).toEqual([middle]);
    expect(await on.me.fileIds(top)).toEqual([atTop]);
    expect(await on.me.folderIds(middle)).toEqual([bottom]);
    expect(await on.me.fileIds(middle)).toEqual([]);
    expect(await on.me.fileIds(bottom)).toEqual([atBottom]);
  });

  it('lists all children at once, without pages [srv]', async () => {
    const top = await on.me.makeFolder('Many');
    for (let turn = 0; turn < 120; turn += 1) {
      await on.me.makeFolder(`folder ${String(turn)}`, top);
      await on.me.upload(`file ${String(turn)}.txt`, 'x', top);
    }
    const found = await on.me.listing(top);
    expect(new Set(found.folders.map((each) => each.folderName)).size).toBe(120);
    expect(new Set(found.files.map((each) => each.filename)).size).toBe(120);
  });

  it('describes a folder with the documented members [doc]', async () => {
    const top = await on.me.makeFolder('Top');
    await on.me.makeFolder('Below', top);
    for (const parent of ['', top]) {
      const found = data(await on.me.call('folder/listing', { parent_folder_id: parent }));
      const row = members(list(found['folders'])[0]);
      expect(Object.keys(row)).toEqual(expect.arrayContaining(LISTED.split(' ')));
      expect(folder(row).date_added).toMatch(DATE);
      expect(scalar(row['url_folder'])).not.toBe('');
    }
  });

  it('gives the parent of a root child as null, blank, 0 or -1, and of another as its id [doc]', async () => {
    const top = await on.me.makeFolder('Top');
    await on.me.makeFolder('Below', top);
    expect(ROOT).toContain((await on.me.listing()).folders[0]?.parentId);
    expect((await on.me.listing(top)).folders[0]?.parentId).toBe(top);
  });
});

describe.each(everyHabit)('folder/create (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it.each(['', '0'])('makes a folder in the root for the parent_id "%s", and answers with it [doc]', async (parent) => {
    const fields = { folder_name: 'Papers', parent_id: parent, is_public: '0' };
    const row = data(await on.me.call('folder/create', fields));
    const made = folder(row);
    expect(Object.keys(row)).toEqual(expect.arrayContaining([...LISTED.split(' '), 'accessPassword']));
    expect(made.folderName).toBe('Papers');
    expect(ROOT).toContain(made.parentId);
    expect(await on.me.folderIds()).toEqual([made.id]);
  });

  it('makes a folder below another [doc]', async () => {
    const top = await on.me.makeFolder('Top');
    const made = folder(data(await on.me.call('folder/create', { folder_name: 'Below', parent_id: top })));
    expect(made.parentId).toBe(top);
    expect(await on.me.folderIds(top)).toEqual([made.id]);
  });

  it.each(['0', '1', '2'])('keeps is_public %s [doc]', async (isPublic) => {
    const fields = { folder_name: 'Papers', parent_id: '', is_public: isPublic };
    const made = folder(data(await on.me.call('folder/create', fields)));
    expect(made.isPublic).toBe(isPublic);
    expect((await on.me.folderInfo(made.id)).isPublic).toBe(isPublic);
  });

  it('keeps the MD5 given as access_password [doc]', async () => {
    const fields = { folder_name: 'Locked', parent_id: '', is_public: '1', access_password: md5('open sesame') };
    const row = data(await on.me.call('folder/create', fields));
    expect(scalar(row['accessPassword'])).toBe(md5('open sesame'));
    const info = data(await on.me.call('folder/info', { parent_folder_id: folder(row).id, folder_id: folder(row).id }));
    expect(scalar(info['accessPassword'])).toBe(md5('open sesame'));
  });

  it('does not look for a folder of that name: two siblings can have the same name [srv]', async () => {
    const first = await on.me.makeFolder('Twins');
    const second = await on.me.makeFolder('Twins');
    expect(second).not.toBe(first);
    expect(await on.me.folderNames()).toEqual(['Twins', 'Twins']);
  });

  it.each([
    ['  Papers\t', 'Papers'],
    [' two  words \n', 'two  words'],
  ])('trims the white space at both ends of %j [srv]', async (sent, stored) => {
    const made = folder(data(await on.me.call('folder/create', { folder_name: sent, parent_id: '' })));
    expect(made.folderName).toBe(stored);
    expect(await on.me.folderNames()).toEqual([stored]);
  });

  it('keeps a folder name that looks like an HTML tag, or loses the tag; the answer says which [srv]', async () => {
    const made = folder(data(await on.me.call('folder/create', { folder_name: 'a<b>c', parent_id: '' })));
    expect(['a<b>c', 'ac']).toContain(made.folderName);
    expect(await on.me.folderNames()).toEqual([made.folderName]);
  });
});

describe.each(everyHabit)('folder/info (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('finds one folder when both parent_folder_id and folder_id are sent [doc][srv]', async () => {
    const id = await on.me.makeFolder('Papers');
    const row = data(await on.me.call('folder/info', { parent_folder_id: id, folder_id: id }));
    expect(folder(row)).toMatchObject({ id, folderName: 'Papers' });
    expect(Object.keys(row)).toEqual(expect.arrayContaining([...LISTED.split(' '), 'accessPassword']));
  });

  it('refuses an id that does not exist [doc]', async () => {
    const fields = { parent_folder_id: NO_SUCH_ID, folder_id: NO_SUCH_ID };
    expect(isRefused(await on.me.call('folder/info', fields))).toBe(true);
  });

  it('counts in file_count and child_folder_count what is directly in the folder [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const below = await on.me.makeFolder('Below', top);
    await on.me.makeFolder('Second', top);
    await on.me.upload('a.txt', 'a', top);
    await on.me.upload('b.txt', 'b', below);
    await on.me.upload('c.txt', 'c', below);
    expect(await on.me.folderInfo(top)).toMatchObject({ file_count: '1', child_folder_count: '2' });
    expect(await on.me.folderInfo(below)).toMatchObject({ file_count: '2', child_folder_count: '0' });
  });

  it('sums the whole sub-tree in totalSize, or leaves it behind [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const below = await on.me.makeFolder('Below', top);
    await on.me.upload('a.txt', '12345', top);
    await on.me.upload('b.txt', '1234567', below);
    expect(['12', '5', '0', '']).toContain((await on.me.folderInfo(top)).totalSize);
    expect(['7', '0', '']).toContain((await on.me.folderInfo(below)).totalSize);
  });

  it('may count trashed folders in child_folder_count [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    await on.me.makeFolder('Kept', top);
    const deleted = await on.me.makeFolder('Deleted', top);
    success(await on.me.call('folder/delete', { folder_id: deleted }));
    expect(['1', '2']).toContain((await on.me.folderInfo(top)).child_folder_count);
  });

  it('changes neither date_updated nor the counts when something happens further below [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const below = await on.me.makeFolder('Below', top);
    const before = await on.me.folderInfo(top);
    on.clock.moveSeconds(300);
    await on.me.upload('a.txt', 'a', below);
    await on.me.makeFolder('Deeper', below);
    const { date_updated, file_count, child_folder_count } = before;
    expect(await on.me.folderInfo(top)).toMatchObject({ date_updated, file_count, child_folder_count });
  });

  it('changes neither date nor counts when something inside is renamed [srv]', async () => {
    const top = await on.me.makeFolder('Top');
    const below = await on.me.makeFolder('Below', top);
    const fileId = (await on.me.upload('a.txt', 'a', top)).id;
    const before = await on.me.folderInfo(top);
    on.clock.moveSeconds(300);
    data(await on.me.call('folder/edit', { folder_id: below, folder_name: 'Below, renamed' }));
    data(await on.me.call('file/edit', { file_id: fileId, filename: 'renamed.txt' }));
    expect(await on.me.folderInfo(top)).toEqual(before);
  });
});

describe('folder/info with one of the two fields', () => {
  describe('on a documented host', () => {
    const on = new HostForEachTest(['documented']);
    it('takes parent_folder_id [doc]', async () => {
      const id = await on.me.makeFolder('Papers');
      expect(folder(data(await on.me.call('folder/info', { parent_folder_id: id }))).id).toBe(id);
    });
  });

  describe.each(asServers)('on a host like the servers (%s)', (_title, habits) => {
    const on = new HostForEachTest(habits);
    it('takes folder_id [srv]', async () => {
      const id = await on.me.makeFolder('Papers');
      expect(folder(data(await on.me.call('folder/info', { folder_id: id }))).id).toBe(id);
    });
  });
});

describe.each(readOffServers)('folder/create below what is not there (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it(
    'accepts a parent_id that does not exist; the folder is then in no listing of the tree [srv]',
    losingThings,
    async () => {
      const made = folder(data(await on.me.call('folder/create', { folder_name: 'Lost', parent_id: NO_SUCH_ID })));
      expect((await on.me.folderInfo(made.id)).folderName).toBe('Lost');
      expect(await on.me.folderIds()).toEqual([]);
    },
  );

  it('accepts a parent_id that is in the trash [srv]', losingThings, async () => {
    const top = await on.me.makeFolder('Trashed');
    await on.me.call('folder/delete', { folder_id: top });
    const made = folder(data(await on.me.call('folder/create', { folder_name: 'Below trash', parent_id: top })));
    const found = await on.me.folderInfo(made.id);
    expect(found.folderName).toBe('Below trash');
    expect(found.parentId).toBe(top);
    expect(await on.me.folderIds()).not.toContain(made.id);
  });
});
