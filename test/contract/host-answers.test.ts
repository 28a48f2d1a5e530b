import { describe, expect, it } from 'vitest';
import { DATE, data, folder, isRefused, json, list, refusal, scalar, success } from './answers.ts';
import { getWithQuery, postForm, postJson, send } from './request.ts';
import { HostForEachTest, everyHabit } from './running-host.ts';

function secondsOf(date: unknown): number {
  return Date.parse(`${scalar(date).replace(' ', 'T')}Z`) / 1000;
}

describe.each(everyHabit)('calls (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('takes a POST with form fields [doc]', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body =
      `access_token=${on.me.pair.access_token}&account_id=${on.me.pair.account_id}` +
      '&folder_name=Tax+returns+%26+more&parent_id=&is_public=0';
    const made = folder(data(await send(`${on.base}folder/create`, { method: 'POST', headers, body })));
    expect(made.folderName).toBe('Tax returns & more');
  });

  it('takes a form that names its character set [doc]', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' };
    const body =
      `access_token=${on.me.pair.access_token}&account_id=${on.me.pair.account_id}` +
      '&folder_name=%C3%9Cbung+%E6%97%A5%E6%9C%AC&parent_id=0&is_public=0';
    const made = folder(data(await send(`${on.base}folder/create`, { method: 'POST', headers, body })));
    expect(made.folderName).toBe('Übung 日本');
  });

  it('takes a GET with the same fields in the query [cli]', async () => {
    const id = await on.me.makeFolder('Papers');
    const answer = await getWithQuery(`${on.base}folder/listing`, { ...on.me.pair, parent_folder_id: '' });
    expect(list(data(answer)['folders']).map(folder)).toMatchObject([{ id, folderName: 'Papers' }]);
  });

  it('takes a JSON body with the same fields [cli]', async () => {
    const fields = { ...on.me.pair, folder_name: 'From JSON', parent_id: '', is_public: '0' };
    const made = folder(data(await postJson(`${on.base}folder/create`, fields)));
    expect(await on.me.listing()).toMatchObject({ folders: [{ id: made.id, folderName: 'From JSON' }], files: [] });
  });

  it.each(['Übergrößenträger', '日本語のフォルダ', 'Ἀθῆναι', 'e\u0301 decomposed', 'plus + percent % and &'])(
    'keeps strings as UTF-8: %s [doc]',
    async (name) => {
      const id = await on.me.makeFolder(name);
      expect((await on.me.folderInfo(id)).folderName).toBe(name);
      const fileId = (await on.me.upload(`${name}.txt`, 'x', id)).id;
      expect((await on.me.fileInfo(fileId)).filename).toBe(`${name}.txt`);
      expect(await on.me.fileNames(id)).toEqual([`${name}.txt`]);
    },
  );
});

describe.each(everyHabit)('answers (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('marks a success with _status, and dates it as Y-m-d H:i:s [doc]', async () => {
    const found = json(await on.me.call('folder/listing', { parent_folder_id: '' }));
    expect(found['_status']).toBe('success');
    expect(found['_datetime']).toMatch(DATE);
  });

  it('shows the clock of the server in _datetime, of errors too [doc]', async () => {
    const first = success(await on.me.call('account/info'));
    on.clock.moveSeconds(95);
    const second = success(await on.me.call('account/info'));
    expect(secondsOf(second['_datetime']) - secondsOf(first['_datetime'])).toBe(95);
    on.clock.moveSeconds(5);
    const third = json(await on.me.call('file/info', { file_id: '987654321' }));
    expect(secondsOf(third['_datetime']) - secondsOf(first['_datetime'])).toBe(100);
  });

  it('gives ids, sizes and counts as strings or numbers [doc]', async () => {
    const top = await on.me.makeFolder('Papers');
    await on.me.upload('a.txt', 'four', top);
    const found = data(await on.me.call('folder/listing', { parent_folder_id: top }));
    const row = list(found['files'])[0] as Record<string, unknown>;
    for (const name of ['id', 'fileSize', 'downloads', 'folderId']) {
      expect(['string', 'number'], name).toContain(typeof row[name]);
      expect(scalar(row[name]), name).toMatch(/^\d+$/);
    }
    expect(scalar(row['fileSize'])).toBe('4');
    expect(scalar(row['folderId'])).toBe(top);
  });

  it('gives a list without members as [], null, false or not at all [srv]', async () => {
    const found = data(await on.me.call('folder/listing', { parent_folder_id: '' }));
    expect(list(found['folders'])).toEqual([]);
    expect(list(found['files'])).toEqual([]);
  });

  it('answers an error with status or _status: error, and says why [doc]', async () => {
    const why = refusal(await on.me.call('file/info', { file_id: '987654321' }), 404);
    expect(why).toBe('Could not find file based on file_id.');
  });

  it('answers an endpoint that does not exist with 404 or an error, with and without a token [doc]', async () => {
    const withToken = await on.me.call('file/replace_content');
    const without = await postForm(`${on.base}no/such/endpoint`, {});
    for (const answer of [withToken, without]) {
      expect([200, 401, 404]).toContain(answer.status);
      expect(isRefused(answer)).toBe(true);
    }
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('answers the method %s with 405 [doc]', async (method) => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = `access_token=${on.me.pair.access_token}&account_id=${on.me.pair.account_id}&parent_folder_id=`;
    expect((await send(`${on.base}folder/listing`, { method, headers, body })).status).toBe(405);
  });

  it('refuses bad input with 400 or an error text, and goes on answering [doc]', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const broken = await send(`${on.base}folder/listing`, { method: 'POST', headers, body: '{"access_token": ' });
    expect([200, 400, 401]).toContain(broken.status);
    expect(isRefused(broken)).toBe(true);
    success(await on.me.call('account/info'));
  });

  it.each([
    ['folder/create', {}],
    ['folder/edit', { folder_name: 'x' }],
    ['folder/move', { new_parent_folder_id: 'null' }],
    ['folder/delete', {}],
    ['file/download', {}],
    ['file/info', {}],
    ['file/edit', { filename: 'x' }],
    ['file/move', { new_parent_folder_id: 'null' }],
    ['file/copy', { copy_to_folder_id: '1' }],
    ['file/delete', {}],
    ['file/url_upload_add', {}],
    ['file/url_upload_status', {}],
  ])(
    'refuses %s without the field that says what it is about [doc]',
    async (endpoint, fields: Record<string, string>) => {
      const answer = await on.me.call(endpoint, fields);
      expect(isRefused(answer)).toBe(true);
      expect(await on.me.listing()).toEqual({ folders: [], files: [] });
    },
  );
});
