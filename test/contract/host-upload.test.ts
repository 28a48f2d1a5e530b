import { describe, expect, it } from 'vitest';
import { NO_SUCH_ID, ROOT, data, list, members, scalar, success, uploadRefusal, uploaded } from './answers.ts';
import { MULTIPART, fetchContent, multipartBody, multipartFieldsOnly, send, startUpload } from './request.ts';
import { HostForEachTest, everyHabit, losingThings, md5, readOffServers } from './running-host.ts';

const ANSWERED =
  'name size type error url delete_url info_url delete_type delete_hash hash stats_url short_url file_id unique_hash url_html url_bbcode';

describe.each(everyHabit)('file/upload (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('answers with the documented members [doc]', async () => {
    const answer = await on.me.sendUpload('a.txt', 'hello');
    const row = members(list(success(answer)['data'])[0]);
    expect(Object.keys(row)).toEqual(expect.arrayContaining(ANSWERED.split(' ')));
    expect(uploaded(answer).name).toBe('a.txt');
    expect(scalar(row['url'])).not.toBe('');
  });

  it('answers with the size of the content as a string or a number, and its MD5 in hex [doc][srv]', async () => {
    const made = await on.me.upload('a.txt', 'hello');
    expect(made.size).toBe('5');
    expect(made.hash).toBe('5d41402abc4b2a76b9719d911017c592');
  });

  it.each(['', '0'])('stores into the root for the folder_id "%s" [doc]', async (folderId) => {
    const made = await on.me.upload('a.txt', 'hello', folderId);
    expect(await on.me.fileIds()).toEqual([made.id]);
    expect(ROOT).toContain((await on.me.fileInfo(made.id)).folderId);
  });

  it('stores into the root when folder_id is left out [doc]', async () => {
    const body = multipartBody({ ...on.me.pair }, 'a.txt', 'hello');
    const made = uploaded(await send(`${on.base}file/upload`, { method: 'POST', headers: MULTIPART, body }));
    expect(await on.me.fileIds()).toEqual([made.id]);
  });

  it('stores into the folder that is named [doc]', async () => {
    const top = await on.me.makeFolder('Papers');
    const made = await on.me.upload('a.txt', 'hello', top);
    expect(await on.me.fileIds()).toEqual([]);
    expect((await on.me.listing(top)).files).toMatchObject([
      { id: made.id, filename: 'a.txt', fileSize: '5', folderId: top, extension: 'txt', status: 'active' },
    ]);
  });

  it('takes the fields after the file as well as before it [doc]', async () => {
    const top = await on.me.makeFolder('Papers');
    const edge = '------after';
    const body =
      `--${edge}\r\nContent-Disposition: form-data; name="upload_file"; filename="late.txt"\r\n` +
      'Content-Type: text/plain\r\n\r\nlate\r\n' +
      `--${edge}\r\nContent-Disposition: form-data; name="folder_id"\r\n\r\n${top}\r\n` +
      `--${edge}\r\nContent-Disposition: form-data; name="access_token"\r\n\r\n${on.me.pair.access_token}\r\n` +
      `--${edge}\r\nContent-Disposition: form-data; name="account_id"\r\n\r\n${on.me.pair.account_id}\r\n--${edge}--\r\n`;
    const headers = { 'Content-Type': `multipart/form-data; boundary=${edge}` };
    const made = uploaded(await send(`${on.base}file/upload`, { method: 'POST', headers, body }));
    expect(await on.me.fileIds(top)).toEqual([made.id]);
    expect(await on.me.download(made.id)).toBe('late');
  });

  it('stores every byte as sent, also those that look like the multipart form [doc]', async () => {
    const every = Buffer.from(Array.from({ length: 70_000 }, (_each, at) => (at * 7 + (at >> 8)) % 256));
    const content = Buffer.concat([Buffer.from('\r\n------not the edge\r\n--\r\n\0'), every]);
    const made = await on.me.upload('bytes.bin', content);
    expect(made.size).toBe(String(content.length));
    expect(made.hash).toBe(md5(content));
    const answer = await fetchContent(await on.me.downloadAddress(made.id));
    expect(md5(answer.body)).toBe(md5(content));
  });

  it('accepts a body with a Content-Length [cli]', async () => {
    const body = multipartBody({ ...on.me.pair, folder_id: '' }, 'a.txt', 'hello');
    const headers = { ...MULTIPART, 'Content-Length': String(body.length) };
    const made = uploaded(await send(`${on.base}file/upload`, { method: 'POST', headers, body }));
    expect(await on.me.download(made.id)).toBe('hello');
  });

  it('accepts a chunked body whole, or refuses it with 411 [cli]', async () => {
    const body = multipartBody({ ...on.me.pair, folder_id: '' }, 'a.txt', 'in chunks');
    const answer = await send(`${on.base}file/upload`, { method: 'POST', headers: MULTIPART, body, chunked: true });
    if (answer.status === 411) expect(await on.me.fileIds()).toEqual([]);
    else expect(await on.me.download(uploaded(answer).id)).toBe('in chunks');
  });

  it('refuses a zero-byte file: Filesize received was zero. [doc]', async () => {
    expect(uploadRefusal(await on.me.sendUpload('empty.txt', ''))).toBe('Filesize received was zero.');
    expect(await on.me.fileIds()).toEqual([]);
  });

  it('refuses a form without a file: Did not receive uploaded file. [doc][srv]', async () => {
    const body = multipartFieldsOnly({ ...on.me.pair, folder_id: '' });
    const answer = await send(`${on.base}file/upload`, { method: 'POST', headers: MULTIPART, body });
    expect(uploadRefusal(answer)).toBe('Did not receive uploaded file.');
  });

  it('lets an upload into a trashed folder succeed, out of sight of the root [srv]', losingThings, async () => {
    const top = await on.me.makeFolder('Trashed');
    success(await on.me.call('folder/delete', { folder_id: top }));
    const made = await on.me.upload('a.txt', 'hello', top);
    expect(await on.me.fileIds()).toEqual([]);
    expect((await on.me.fileInfo(made.id)).folderId).toBe(top);
  });

  it('gives a new version a new id, and keeps the content of the old one under the old id [doc]', async () => {
    const old = await on.me.upload('a.txt', 'old content');
    const fresh = await on.me.upload('a.txt', 'new content');
    expect(fresh.id).not.toBe(old.id);
    expect(await on.me.download(old.id)).toBe('old content');
    expect(await on.me.download(fresh.id)).toBe('new content');
    expect(await on.me.fileInfo(old.id)).toMatchObject({ filename: 'a.txt', fileSize: '11' });
  });

  it('takes the same content again, under another id [srv]', async () => {
    const first = await on.me.upload('a.txt', 'the same');
    const second = await on.me.upload('b.txt', 'the same');
    expect(second.id).not.toBe(first.id);
    expect(second.hash).toBe(first.hash);
    data(await on.me.call('file/delete', { file_id: first.id }));
    on.admin.emptyTrash(on.account.accountId);
    expect(await on.me.download(second.id)).toBe('the same');
  });

  it('stores all of an upload or none of it when the connection breaks half-way [srv]', async () => {
    const content = Buffer.alloc(300_000, 'half');
    const body = multipartBody({ ...on.me.pair, folder_id: '' }, 'half.bin', content);
    const upload = await startUpload(`${on.base}file/upload`, body, 100_000);
    await upload.breakAfter(50_000);
    success(await on.me.call('account/info'));
    expect(await on.me.listing()).toEqual({ folders: [], files: [] });
  });

  it('may have stored an upload whose connection broke before the answer: whole, or not at all [srv]', async () => {
    const content = Buffer.alloc(50_000, 'whole');
    const body = multipartBody({ ...on.me.pair, folder_id: '' }, 'whole.bin', content);
    const upload = await startUpload(`${on.base}file/upload`, body, 10_000);
    await upload.breakAfter(body.length);
    const next = await on.me.upload('next.txt', 'next');
    const { files } = await on.me.listing();
    const others = files.filter((each) => each.id !== next.id);
    expect(others.length).toBeLessThanOrEqual(1);
    for (const each of others) {
      expect(each).toMatchObject({ filename: 'whole.bin', fileSize: '50000' });
      expect(md5(await on.me.download(each.id))).toBe(md5(content));
    }
  });
});

describe.each(readOffServers)('file/upload into what is not there (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('lets an upload with an unknown folder_id land in the root [srv]', async () => {
    const made = await on.me.upload('a.txt', 'hello', NO_SUCH_ID);
    expect(await on.me.fileIds()).toEqual([made.id]);
    expect(ROOT).toContain((await on.me.fileInfo(made.id)).folderId);
  });

  it('lets an upload into the folder of another account land in the own root [srv]', async () => {
    const other = await on.somebodyElse();
    const theirs = await other.makeFolder('Theirs');
    const made = await on.me.upload('a.txt', 'hello', theirs);
    expect(await on.me.fileIds()).toEqual([made.id]);
    expect(await other.fileIds(theirs)).toEqual([]);
  });
});
