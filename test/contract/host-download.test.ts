import { describe, expect, it } from 'vitest';
import { NO_SUCH_ID, ROOT, data, file, list, members, refusal, scalar } from './answers.ts';
import { fetchContent } from './request.ts';
import { HostForEachTest, everyHabit, md5 } from './running-host.ts';

describe.each(everyHabit)('file/download (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('answers a file_id with an address that a plain GET reads [doc]', async () => {
    const { id } = await on.me.upload('a.txt', 'the content');
    const found = data(await on.me.call('file/download', { file_id: id }));
    expect(scalar(found['file_id'])).toBe(id);
    expect(scalar(found['filename'])).toBe('a.txt');
    const answer = await fetchContent(scalar(found['download_url']));
    expect(answer.status).toBe(200);
    expect(answer.body.toString('utf8')).toBe('the content');
  });

  it('answers a short_url too [doc]', async () => {
    await on.me.upload('other.txt', 'another');
    const { id } = await on.me.upload('a.txt', 'the content');
    const { shortUrl } = await on.me.fileInfo(id);
    const found = data(await on.me.call('file/download', { short_url: shortUrl }));
    expect(scalar(found['file_id'])).toBe(id);
    expect((await fetchContent(scalar(found['download_url']))).body.toString('utf8')).toBe('the content');
  });

  it('needs no token pair for the address: it carries a token of its own [doc]', async () => {
    const { id } = await on.me.upload('a.txt', 'the content');
    const address = await on.me.downloadAddress(id);
    expect(address).not.toContain(on.me.pair.access_token);
    expect((await fetchContent(address)).body.toString('utf8')).toBe('the content');
  });

  it('gives a working address each time it is asked anew [doc]', async () => {
    const { id } = await on.me.upload('a.txt', 'the content');
    for (let turn = 0; turn < 3; turn += 1) expect(await on.me.download(id)).toBe('the content');
  });

  it('gives no content for an address with another token [doc]', async () => {
    const { id } = await on.me.upload('a.txt', 'the content');
    const address = await on.me.downloadAddress(id);
    const altered = address.replace(/(?=[a-z]*\d)[0-9a-zA-Z]{8,}/g, (token) => token.replace(/./g, 'f'));
    expect(altered).not.toBe(address);
    expect((await fetchContent(altered)).body.toString('utf8')).not.toContain('the content');
  });

  it('gives the length that the listing gave [cli]', async () => {
    const content = Buffer.alloc(200_000, 'abc');
    const { id } = await on.me.upload('a.bin', content);
    const answer = await fetchContent(await on.me.downloadAddress(id));
    expect((await on.me.listing()).files[0]?.fileSize).toBe('200000');
    expect(answer.body.length).toBe(200_000);
    expect(answer.headers['content-length'] ?? '200000').toBe('200000');
    expect(md5(answer.body)).toBe(md5(content));
  });

  it.each([
    ['bytes=4-', '456789', '4-9'],
    ['bytes=0-3', '0123', '0-3'],
    ['bytes=9-9', '9', '9-9'],
    ['bytes=2-100', '23456789', '2-9'],
  ])('honours Range %s with 206, or gives the whole file with 200 [cli]', async (range, part, from) => {
    const { id } = await on.me.upload('a.txt', '0123456789');
    const answer = await fetchContent(await on.me.downloadAddress(id), { Range: range });
    expect([200, 206]).toContain(answer.status);
    const body = answer.body.toString('utf8');
    if (answer.status === 200) expect(body).toBe('0123456789');
    else {
      expect(body).toBe(part);
      expect(answer.headers['content-range']).toBe(`bytes ${from}/10`);
    }
  });

  it('resumes a download that was cut short, with a new address and Range [doc][cli]', async () => {
    const content = Buffer.alloc(90_000, 'xyz-');
    const { id } = await on.me.upload('a.bin', content);
    const had = (await fetchContent(await on.me.downloadAddress(id))).body.subarray(0, 30_000);
    const rest = await fetchContent(await on.me.downloadAddress(id), { Range: 'bytes=30000-' });
    const whole = rest.status === 206 ? Buffer.concat([had, rest.body]) : rest.body;
    expect(md5(whole)).toBe(md5(content));
  });

  it('refuses an id that does not exist [doc][srv]', async () => {
    const why = refusal(await on.me.call('file/download', { file_id: NO_SUCH_ID }), 404);
    expect(['Could not find file based on file_id.', 'Could not generate download url.']).toContain(why);
  });
});

describe.each(everyHabit)('file/info and the files of a listing (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('describes a file with the documented members, and status or file_status [doc]', async () => {
    const { id } = await on.me.upload('Letter.txt', 'hello');
    const row = data(await on.me.call('file/info', { file_id: id }));
    const documented =
      'id filename shortUrl fileType extension fileSize uploadedDate downloads lastAccessed folderId keywords isPublic url_file';
    expect(Object.keys(row)).toEqual(expect.arrayContaining(documented.split(' ')));
    expect(file(row)).toMatchObject({ id, filename: 'Letter.txt', fileSize: '5', extension: 'txt', status: 'active' });
    expect(scalar(row['uploadedDate'])).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/);
    expect(ROOT).toContain(file(row).folderId);
  });

  it('dates an upload by the clock of the server [doc]', async () => {
    const one = (await on.me.upload('one.txt', 'one')).id;
    on.clock.moveSeconds(75);
    const two = (await on.me.upload('two.txt', 'two')).id;
    const dates = [];
    for (const id of [one, two]) {
      const row = data(await on.me.call('file/info', { file_id: id }));
      dates.push(Date.parse(`${scalar(row['uploadedDate']).replace(' ', 'T')}Z`));
    }
    expect((dates[1] ?? 0) - (dates[0] ?? 0)).toBe(75_000);
  });

  it('refuses an id that does not exist: Could not find file based on file_id. [doc]', async () => {
    const why = refusal(await on.me.call('file/info', { file_id: NO_SUCH_ID }), 404);
    expect(why).toBe('Could not find file based on file_id.');
  });

  it('lists a file with the documented members, and with neither a date nor a hash [doc]', async () => {
    const { hash } = await on.me.upload('a.txt', 'hello');
    const found = data(await on.me.call('folder/listing', { parent_folder_id: '' }));
    const row = members(list(found['files'])[0]);
    const documented = 'id filename shortUrl fileType extension fileSize status downloads folderId keywords url_file';
    expect(Object.keys(row)).toEqual(expect.arrayContaining(documented.split(' ')));
    expect(Object.keys(row).filter((name) => /date|hash|md5/i.test(name))).toEqual([]);
    expect(JSON.stringify(row)).not.toContain(hash);
  });

  it('lists the same id and size as long as the file exists: together they are a version [doc]', async () => {
    const { id } = await on.me.upload('a.txt', 'hello');
    const top = await on.me.makeFolder('Papers');
    data(await on.me.call('file/edit', { file_id: id, filename: 'b.txt', fileType: 'text/html' }));
    data(await on.me.call('file/move', { file_id: id, new_parent_folder_id: top }));
    expect((await on.me.listing(top)).files).toMatchObject([{ id, fileSize: '5', filename: 'b.txt' }]);
    expect(await on.me.download(id)).toBe('hello');
  });
});
