import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { at, home, keysOf, send } from './program.ts';

const absent = '999999';

describe('an upload', () => {
  it('answers with all documented fields, the size and the MD5 of what came', async () => {
    const { program } = await home();
    const { json } = await program.upload('a.txt', 'hello');
    expect(keysOf(at(json, 'data', 0))).toEqual(
      [
        'name',
        'size',
        'type',
        'error',
        'url',
        'delete_url',
        'info_url',
        'delete_type',
        'delete_hash',
        'hash',
        'stats_url',
        'short_url',
        'file_id',
        'unique_hash',
        'url_html',
        'url_bbcode',
      ].sort(),
    );
    expect(at(json, 'data', 0)).toMatchObject({
      name: 'a.txt',
      size: '5',
      error: null,
      hash: createHash('md5').update('hello').digest('hex'),
    });
  });

  it('may send its fields after the file', async () => {
    const { host, program } = await home();
    const part = (name: string, value: string): string =>
      `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const body = `--x\r\nContent-Disposition: form-data; name="upload_file"; filename="first.txt"\r\n\r\nhello\r\n${part('access_token', program.token)}${part('account_id', program.accountId)}--x--\r\n`;
    expect(
      (
        await send(
          host.transport,
          `${program.base}file/upload`,
          { 'content-type': 'multipart/form-data; boundary="x"' },
          body,
        )
      ).isSuccess,
    ).toBe(true);
    expect((await program.names()).files).toEqual(['first.txt']);
  });

  it('is refused when empty, too large, forbidden, without a file or over quota', async () => {
    const { host, program, keys } = await home();
    expect((await program.upload('a', '')).why).toBe('Filesize received was zero.');
    expect((await program.call('file/upload', {})).why).toBe('Did not receive uploaded file.');
    host.admin.setLimits(keys.accountId, { max_upload_size: 3 });
    expect((await program.upload('a', 'four')).why).toMatch(/larger than/);
    expect((await program.upload('a', 'fou')).isSuccess).toBe(true);
    host.admin.setLimits(keys.accountId, { max_storage_bytes: 5 });
    expect((await program.upload('b', 'fou')).why).toMatch(/space/);
    host.admin.setLimits(keys.accountId, { can_upload: 0 });
    expect((await program.upload('c', 'x')).isSuccess).toBe(false);
    host.admin.checkTree();
    expect(host.admin.tree(keys.accountId)).toHaveLength(1);
  });

  it('numbers a name that is taken, by documentation from 1', async () => {
    const { program } = await home();
    for (const name of ['Photo.JPG', 'photo.jpg', 'PHOTO.jpg', 'README', 'README']) await program.upload(name, 'x');
    expect((await program.names()).files.sort()).toEqual([
      'PHOTO (2).jpg',
      'Photo.JPG',
      'README',
      'README (1)',
      'photo (1).jpg',
    ]);
  });

  it('has its name mangled on servers', async () => {
    const { program } = await home(['servers']);
    const stored = async (name: string): Promise<unknown> =>
      at((await program.upload(name, 'x')).json, 'data', 0, 'name');
    expect(await stored('.hidden')).toBe('hidden');
    expect(await stored('  spaced.txt ')).toBe('spaced.txt');
    expect(await stored("it's.txt")).toBe('its.txt');
    expect(await stored('C:\\folder\\name.txt')).toBe('name.txt');
    expect(await stored('some/where/else.txt')).toBe('else.txt');
    expect(await stored('a<b>.txt')).toBe('a.txt');
    expect(await stored('Photo.JPG')).toBe('Photo.JPG');
    expect(await stored('Photo.JPG')).toBe('Photo (2).jpg');
    expect(await stored('PHOTO.JPG')).toBe('PHOTO (3).jpg');
    expect(await stored('%22quoted%22.txt')).toBe('%22quoted%22.txt');
  });

  it('keeps hostile names by documentation without harm', async () => {
    const { host, program, keys } = await home();
    for (const name of ['..', '../../etc/passwd', 'a\0b', '😀.txt', 'x'.repeat(3000), 'semi; filename=trap']) {
      const { json } = await program.upload(name, 'x');
      expect(at(json, 'data', 0, 'name')).toBe(name);
      expect((await program.get(await program.address(String(at(json, 'data', 0, 'file_id'))))).bytes.toString()).toBe(
        'x',
      );
    }
    expect(host.admin.tree(keys.accountId)).toHaveLength(6);
  });

  it('into an unknown folder is refused by documentation and lands in the root on servers', async () => {
    const plain = await home();
    expect((await plain.program.upload('a', 'x', absent)).isSuccess).toBe(false);
    const { program } = await home(['servers']);
    expect((await program.upload('a', 'x', absent)).isSuccess).toBe(true);
    expect((await program.names()).files).toEqual(['a']);
  });

  it('leaves nothing behind when its body is malformed or its token is wrong', async () => {
    const { host, program, keys } = await home();
    const head = `--x\r\nContent-Disposition: form-data; name="upload_file"; filename="a"\r\n\r\n`;
    const cut = await send(
      host.transport,
      `${program.base}file/upload`,
      { 'content-type': 'multipart/form-data; boundary=x' },
      head + 'y'.repeat(100_000),
    );
    expect(cut).toMatchObject({ status: 400, isSuccess: false });
    program.token = 'wrong';
    expect((await program.upload('a', 'x'.repeat(100_000))).status).toBe(401);
    expect(host.admin.tree(keys.accountId)).toEqual([]);
    host.admin.checkTree();
  });

  it('counts against concurrent_uploads while its bytes come', async () => {
    const { host, program, keys } = await home(['documented'], { limits: { concurrent_uploads: 1 } });
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const pair = { access_token: program.token, account_id: program.accountId };
    async function* slow(): AsyncGenerator<Uint8Array> {
      for (const [name, value] of Object.entries(pair))
        yield Buffer.from(`--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
      yield Buffer.from('--x\r\nContent-Disposition: form-data; name="upload_file"; filename="slow"\r\n\r\nbytes');
      await gate;
      yield Buffer.from('\r\n--x--\r\n');
    }
    const first = host.transport({
      method: 'POST',
      url: `${program.base}file/upload`,
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: slow(),
      answerTimeoutMs: 1,
      stallTimeoutMs: 1,
    });
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    expect((await program.upload('second', 'x')).why).toMatch(/too many uploads/);
    go();
    expect((await first).status).toBe(200);
    expect((await program.upload('third', 'x')).isSuccess).toBe(true);
    expect(host.admin.tree(keys.accountId).map((item) => item.name)).toEqual(['slow', 'third']);
  });
});

describe('a file', () => {
  it('is renamed and moved in one edit, without a look at its siblings', async () => {
    const { program } = await home();
    const folder = await program.folder('f');
    await program.put('same.txt', 'x', folder);
    const id = await program.put('a.txt', 'y');
    expect(
      at((await program.call('file/edit', { file_id: id, filename: ' same.txt ', folder_id: folder })).json, 'data'),
    ).toMatchObject({ filename: 'same.txt', folderId: folder });
    expect((await program.names(folder)).files).toEqual(['same.txt', 'same.txt']);
    expect(
      at((await program.call('file/edit', { file_id: id, folder_id: 'null' })).json, 'data', 'folderId'),
    ).toBeNull();
  });

  it('stays where it is on servers when an edit names an unknown folder', async () => {
    const { program } = await home(['servers']);
    const folder = await program.folder('f');
    const id = await program.put('a.txt', 'y', folder);
    expect(
      String(
        at(
          (await program.call('file/edit', { file_id: id, filename: 'b<i>.txt', folder_id: absent })).json,
          'data',
          'folderId',
        ),
      ),
    ).toBe(folder);
    expect((await program.names(folder)).files).toEqual(['b.txt']);
  });

  it('moves by file/move, to the root by null, and nowhere unknown', async () => {
    const { program } = await home();
    const folder = await program.folder('f');
    const id = await program.put('a.txt', 'y', folder);
    expect((await program.call('file/move', { file_id: id, new_parent_folder_id: absent })).why).toBe(
      'Could not find the destination folder id defined by new_parent_folder_id.',
    );
    expect((await program.call('file/move', { file_id: id, new_parent_folder_id: '' })).why).toBe(
      'Please provide the new_parent_folder_id param.',
    );
    expect(
      at((await program.call('file/move', { file_id: id, new_parent_folder_id: 'null' })).json, 'data', 'folderId'),
    ).toBeNull();
  });

  it('is copied under a new id without sending bytes', async () => {
    const { host, program } = await home();
    const folder = await program.folder('f');
    const id = await program.put('a.txt', 'y');
    const { json } = await program.call('file/copy', { file_id: id, copy_to_folder_id: folder });
    expect(at(json, 'original_file', 'data', 'id')).toBe(id);
    expect(at(json, 'new_file', 'data')).toMatchObject({ filename: 'a.txt', folderId: folder });
    expect(at(json, 'new_file', 'data', 'id')).not.toBe(id);
    host.admin.checkTree();
  });

  it('of another account is unknown', async () => {
    const { host, program } = await home();
    const id = await program.put('a.txt', 'y');
    await program.signIn(host.admin.addAccount());
    for (const endpoint of ['file/info', 'file/edit', 'file/delete', 'file/download']) {
      expect((await program.call(endpoint, { file_id: id })).why).toBe('Could not find file based on file_id.');
    }
  });
});

describe('a download', () => {
  it('gives the bytes once at its address, with length and type', async () => {
    const { program } = await home();
    const content = Buffer.alloc(300_000, 'abc');
    const url = await program.address(await program.put('a.txt', content));
    const first = await program.get(url);
    expect(first.status).toBe(200);
    expect(first.headers['content-length']).toBe('300000');
    expect(first.bytes.equals(content)).toBe(true);
    expect((await program.get(url)).status).toBe(404);
  });

  it('honours a range', async () => {
    const { program } = await home();
    for (const size of [10, 200_000]) {
      const content = Buffer.from(Array.from({ length: size }, (_, index) => index % 251));
      const id = await program.put('a.bin', content);
      const part = async (range: string): ReturnType<typeof program.get> =>
        program.get(await program.address(id), { range });
      expect(await part('bytes=3-5')).toMatchObject({ status: 206, bytes: content.subarray(3, 6) });
      expect((await part('bytes=3-5')).headers['content-range']).toBe(`bytes 3-5/${size}`);
      expect((await part('bytes=7-')).bytes.equals(content.subarray(7))).toBe(true);
      expect((await part('bytes=-2')).bytes.equals(content.subarray(-2))).toBe(true);
      expect(await part(`bytes=${size}-`)).toMatchObject({ status: 416, bytes: Buffer.alloc(0) });
      expect((await part('lines=1-2')).status).toBe(200);
    }
  });

  it('ends with its time, and with the file', async () => {
    const { program, clock } = await home();
    const id = await program.put('a.txt', 'x');
    const late = await program.address(id);
    clock.ms += 11 * 60_000;
    expect((await program.get(late)).status).toBe(404);
    const gone = await program.address(id);
    await program.call('file/delete', { file_id: id });
    expect((await program.get(gone)).status).toBe(404);
    expect((await program.call('file/download', { file_id: id })).why).toBe('Could not generate download url.');
  });

  it('keeps to the limits of the package', async () => {
    const { host, program, keys, clock } = await home();
    const id = await program.put('a.txt', 'four');
    const fetchOnce = async (): Promise<number> => (await program.get(await program.address(id))).status;
    host.admin.setLimits(keys.accountId, { max_download_filesize_allowed: 3 });
    expect((await program.call('file/download', { file_id: id })).why).toBe("You can't download files of this size.");
    host.admin.setLimits(keys.accountId, { max_download_filesize_allowed: 0, wait_between_downloads: 30 });
    expect(await fetchOnce()).toBe(200);
    expect((await program.call('file/download', { file_id: id })).why).toBe(
      'You must wait 30 seconds between downloads.',
    );
    clock.ms += 30_000;
    expect(await fetchOnce()).toBe(200);
    host.admin.setLimits(keys.accountId, { wait_between_downloads: 0, downloads_per_24_hours: 3 });
    expect(await fetchOnce()).toBe(200);
    expect((await program.call('file/download', { file_id: id })).why).toMatch(/maximum permitted downloads/);
    clock.ms += 25 * 3_600_000;
    await program.signIn(keys);
    host.admin.setLimits(keys.accountId, {
      downloads_per_24_hours: 0,
      download_size_per_24_hours: 5,
      concurrent_downloads: 1,
    });
    expect(await fetchOnce()).toBe(200);
    expect((await program.call('file/download', { file_id: id })).why).toMatch(/download size/);
  });

  it('frees its slot when the reader leaves early', async () => {
    const { program, host } = await home(['documented'], { limits: { concurrent_downloads: 1 } });
    const id = await program.put('a.bin', Buffer.alloc(1_000_000));
    const open = async (): ReturnType<typeof host.transport> =>
      host.transport({
        method: 'GET',
        url: await program.address(id),
        headers: {},
        answerTimeoutMs: 1,
        stallTimeoutMs: 1,
      });
    for await (const chunk of (await open()).body) {
      expect(chunk.length).toBeGreaterThan(0);
      expect((await program.call('file/download', { file_id: id })).why).toMatch(/too many downloads/);
      break;
    }
    expect((await open()).status).toBe(200);
  });
});
