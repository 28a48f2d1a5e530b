/** The lines of the document that other clients' authors learnt from live hosts, as one host that has all these ways. */
import { describe, expect, it } from 'vitest';
import {
  data,
  expectLapsed,
  file,
  folder,
  isPage,
  json,
  list,
  members,
  success,
  uploadAnswer,
  uploaded,
} from './answers.ts';
import { MULTIPART, fetchContent, multipartBody, send } from './request.ts';
import { HostForEachTest, md5 } from './running-host.ts';
import type { Habit } from '../../src/host/habits.ts';

const awkward: [string, Habit[]][] = [
  ['awkward', ['awkward']],
  ['servers + awkward', ['servers', 'awkward']],
];

describe.each(awkward)('an awkward host [cli] (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('answers in JSON behind PHP warnings, which hold a brace of their own', async () => {
    const answer = await on.me.call('account/info');
    const text = answer.body.toString('utf8');
    expect(text).toMatch(/^<br \/>\n<b>Warning<\/b>/);
    expect(text.slice(0, text.indexOf('{"'))).toContain('{');
    expect(answer.headers['content-type']).toMatch(/text\/html/);
    success(answer);
  });

  it('writes whatever reads as a number as one, a name included, and nothing that would change by it', async () => {
    const id = await on.me.makeFolder('2024');
    await on.me.upload('007', 'four', id);
    const [row] = list(data(await on.me.call('folder/listing', { parent_folder_id: '' }))['folders']);
    expect(members(row)).toMatchObject({ id: Number(id), folderName: 2024, file_count: 1, isPublic: 0 });
    const [inner] = list(data(await on.me.call('folder/listing', { parent_folder_id: id }))['files']);
    expect(members(inner)).toMatchObject({ filename: '007', fileSize: 4, folderId: Number(id) });
  });

  it('has null where a value is optional', async () => {
    const id = await on.me.makeFolder('Papers');
    const info = data(await on.me.call('folder/info', { parent_folder_id: id, folder_id: id }));
    expect(info).toMatchObject({ totalSize: null, total_downloads: null });
    const made = await on.me.upload('a.txt', 'x');
    expect(data(await on.me.call('file/info', { file_id: made.id }))).toMatchObject({
      keywords: null,
      lastAccessed: null,
    });
  });

  it('spells an empty list as [], null, false or not at all', async () => {
    const spellings = new Set<string>();
    for (let files = 0; files < 4; files += 1) {
      const id = await on.me.makeFolder('Papers');
      for (let made = 0; made < files; made += 1) await on.me.upload(`${String(made)}.txt`, 'x', id);
      const found = data(await on.me.call('folder/listing', { parent_folder_id: id }));
      for (const name of ['folders', 'files']) {
        if (!(name in found)) spellings.add('left out');
        else if (list(found[name]).length === 0) spellings.add(JSON.stringify(found[name]));
      }
    }
    expect([...spellings]).toEqual(expect.arrayContaining(['false', 'left out', 'null']));
  });

  it('says of an expired token that the user could not be found, with status 200', async () => {
    on.clock.moveSeconds(3601);
    const answer = await on.me.call('account/info');
    expect(answer.status).toBe(200);
    expect(json(answer)).toEqual({ message: 'Username could not be found.', result: false });
    expectLapsed(await on.me.sendUpload('a.txt', 'x'));
  });

  it('marks an error with status alone', async () => {
    const found = json(await on.me.call('file/info', { file_id: '987654321' }));
    expect(found).toMatchObject({ status: 'error', response: 'Could not find file based on file_id.' });
    expect(found).not.toHaveProperty('_status');
  });

  it('gives an HTML page with status 200 where a folder to change is gone', async () => {
    for (const [endpoint, fields] of [
      ['folder/delete', {}],
      ['folder/edit', { folder_name: 'New' }],
    ] as const) {
      const answer = await on.me.call(endpoint, { folder_id: '987654321', ...fields });
      expect({ status: answer.status, isPage: isPage(answer) }).toEqual({ status: 200, isPage: true });
    }
  });

  it('tells of a file that is too large to be downloaded by success: false', async () => {
    const { id } = await on.me.upload('a.txt', 'hello');
    on.admin.setLimits(on.account.accountId, { max_download_filesize_allowed: 4 });
    const answer = await on.me.call('file/download', { file_id: id });
    expect(json(answer)).toEqual({ success: false, message: "You can't download files of this size." });
  });

  it('reports an empty upload beside a success', async () => {
    expect(uploadAnswer(await on.me.sendUpload('a.txt', ''))).toMatchObject({ error: 'Filesize received was zero.' });
  });

  it('refuses a chunked body with 411, and takes the same one with a Content-Length', async () => {
    const body = multipartBody({ ...on.me.pair, folder_id: '' }, 'a.txt', 'hello');
    const upload = { method: 'POST', headers: MULTIPART, body };
    expect((await send(`${on.base}file/upload`, { ...upload, chunked: true })).status).toBe(411);
    expect(await on.me.fileNames()).toEqual([]);
    expect(uploaded(await send(`${on.base}file/upload`, upload)).name).toBe('a.txt');
  });

  it('keeps a question mark for each 4-byte character of a name, and says so', async () => {
    const made = await on.me.upload('party 🎉🎉.txt', 'x');
    expect(made.name).toBe('party ??.txt');
    const edited = file(data(await on.me.call('file/edit', { file_id: made.id, filename: '🎉.txt' })));
    expect(edited.filename).toBe('?.txt');
    const made2 = folder(data(await on.me.call('folder/create', { folder_name: 'é 🎉', parent_id: '' })));
    expect(made2.folderName).toBe('é ?');
    await on.me.call('folder/edit', { folder_id: made2.id, folder_name: '🎉 é' });
    expect(await on.me.folderNames()).toEqual(['? é']);
  });

  it('sends a download on to a file server, which gives the whole file whatever range is asked for', async () => {
    const content = 'x'.repeat(200_000);
    const { id } = await on.me.upload('a.bin', content);
    const address = await on.me.downloadAddress(id);
    const first = await send(address, { method: 'GET' });
    expect(first.status).toBe(302);
    expect(new URL(first.headers.location ?? '', address).origin).toBe(new URL(address).origin);
    const whole = await fetchContent(address, { Range: 'bytes=1000-' });
    expect(whole.status).toBe(200);
    expect(md5(whole.body)).toBe(md5(content));
  });

  it('gives a page with status 200 for an address that was used up', async () => {
    const { id } = await on.me.upload('a.txt', 'hello');
    const address = await on.me.downloadAddress(id);
    expect((await fetchContent(address)).body.toString()).toBe('hello');
    const again = await fetchContent(address);
    expect({ status: again.status, isPage: isPage(again) }).toEqual({ status: 200, isPage: true });
  });
});
