import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATE, ROOT, data, isRefused, members, scalar, type Members } from './answers.ts';
import { HostForEachTest, everyHabit } from './running-host.ts';

const POLLS = 2_000;

describe.each(everyHabit)('uploads from another address [doc] (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);
  let elsewhere: Server;
  let address: string;

  beforeEach(async () => {
    elsewhere = createServer((incoming, outgoing) => {
      const found = incoming.url === '/songs/tune.mp3';
      outgoing.writeHead(found ? 200 : 404, { 'Content-Type': 'audio/mpeg', Connection: 'close' });
      outgoing.end(found ? 'la la la' : 'not here');
    });
    await new Promise<void>((resolve) => {
      elsewhere.listen(0, '127.0.0.1', resolve);
    });
    address = `http://127.0.0.1:${String((elsewhere.address() as AddressInfo).port)}`;
  });

  afterEach(async () => {
    await new Promise((resolve) => elsewhere.close(resolve));
  });

  const add = async (url: string, folderId: string): Promise<Members> => {
    const fields = { file_url_base64: Buffer.from(url).toString('base64'), folder_id: folderId };
    return data(await on.me.call('file/url_upload_add', fields));
  };

  /** Asks until the predicate holds; each turn is a round trip, and the clock of the host moves on. */
  const statusWhen = async (item: string, holds: (found: Members) => boolean): Promise<Members> => {
    for (let turn = 0; turn < POLLS; turn += 1) {
      const found = data(await on.me.call('file/url_upload_status', { scheduled_item_id: item }));
      if (holds(found)) return found;
      on.clock.moveSeconds(1);
    }
    throw new Error('the upload never came to that');
  };

  const fileIdOf = (found: Members): string => {
    const file = found['downloaded_file'];
    return typeof file === 'object' && file !== null ? scalar((file as Members)['file_id']) : '';
  };

  it('answers with a scheduled item and the address', async () => {
    const found = await add(`${address}/songs/tune.mp3`, '');
    expect(scalar(found['scheduled_item_id'])).toMatch(/^\d+$/);
    expect(scalar(found['url'])).toBe(`${address}/songs/tune.mp3`);
    await statusWhen(scalar(found['scheduled_item_id']), (status) => fileIdOf(status) !== '');
  });

  it('tells how far the item is with the documented members', async () => {
    const item = scalar((await add(`${address}/songs/tune.mp3`, ''))['scheduled_item_id']);
    const found = await statusWhen(item, (status) => fileIdOf(status) !== '');
    const documented = 'scheduled_item_id status created started finished total_size downloaded_file';
    expect(Object.keys(found)).toEqual(expect.arrayContaining(documented.split(' ')));
    expect(scalar(found['scheduled_item_id'])).toBe(item);
    expect(scalar(found['status'])).not.toBe('');
    expect(scalar(found['total_size'])).toBe('8');
    for (const name of ['created', 'started', 'finished']) expect(scalar(found[name]), name).toMatch(DATE);
    const file = members(found['downloaded_file']);
    expect(scalar(file['name'])).toBe('tune.mp3');
    expect(scalar(file['size'])).toBe('8');
    expect(scalar(file['url'])).not.toBe('');
  });

  it.each(['', '0'])('stores the file in the root for the folder_id "%s"', async (folderId) => {
    const item = scalar((await add(`${address}/songs/tune.mp3`, folderId))['scheduled_item_id']);
    const id = fileIdOf(await statusWhen(item, (status) => fileIdOf(status) !== ''));
    expect(await on.me.fileIds()).toEqual([id]);
    const found = await on.me.fileInfo(id);
    expect(found).toMatchObject({ filename: 'tune.mp3', fileSize: '8', status: 'active' });
    expect(ROOT).toContain(found.folderId);
    expect(await on.me.download(id)).toBe('la la la');
  });

  it('stores the file in the folder that is named', async () => {
    const top = await on.me.makeFolder('Music');
    const item = scalar((await add(`${address}/songs/tune.mp3`, top))['scheduled_item_id']);
    const id = fileIdOf(await statusWhen(item, (status) => fileIdOf(status) !== ''));
    expect(await on.me.fileIds(top)).toEqual([id]);
  });

  it('comes to an end without a file where the address has none', async () => {
    const item = scalar((await add(`${address}/songs/lost.mp3`, ''))['scheduled_item_id']);
    const found = await statusWhen(
      item,
      (status) => scalar(status['finished']) !== '' || /fail/i.test(scalar(status['status'])),
    );
    expect(fileIdOf(found)).toBe('');
    expect(await on.me.fileIds()).toEqual([]);
  });

  it('refuses an item that does not exist, or that belongs to another account', async () => {
    expect(isRefused(await on.me.call('file/url_upload_status', { scheduled_item_id: '987654321' }))).toBe(true);
    const item = scalar((await add(`${address}/songs/tune.mp3`, ''))['scheduled_item_id']);
    await statusWhen(item, (status) => fileIdOf(status) !== '');
    const other = await on.somebodyElse();
    expect(isRefused(await other.call('file/url_upload_status', { scheduled_item_id: item }))).toBe(true);
  });
});
