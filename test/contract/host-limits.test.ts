import { describe, expect, it } from 'vitest';
import { data, expectLapsed, isRefused, scalar, success, uploadRefusal } from './answers.ts';
import { fetchContent, multipartBody, startUpload, type Answer } from './request.ts';
import { HostForEachTest, everyHabit, letTheHostRead, signIn, type Session } from './running-host.ts';

/** What a download gave: the content, or nothing of it, in whichever way the host refuses. */
async function downloadOrNothing(me: Session, id: string): Promise<string> {
  const answer = await me.call('file/download', { file_id: id });
  if (answer.status !== 200 || !answer.body.includes('download_url')) return '';
  const content = await fetchContent(scalar(data(answer)['download_url']));
  return content.body.includes('the content') ? content.body.toString('utf8') : '';
}

describe.each(everyHabit)('the limits of an account (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('are told by account/package, sizes in bytes and "0" for no limit [doc]', async () => {
    on.admin.setLimits(on.account.accountId, {
      max_upload_size: 1_234,
      max_storage_bytes: 5_678_901_234,
      concurrent_uploads: 3,
      wait_between_downloads: 30,
      downloads_per_24_hours: 0,
    });
    const found = data(await on.me.call('account/package'));
    expect(scalar(found['max_upload_size'])).toBe('1234');
    expect(scalar(found['max_storage_bytes'])).toBe('5678901234');
    expect(scalar(found['concurrent_uploads'])).toBe('3');
    expect(scalar(found['wait_between_downloads'])).toBe('30');
    expect(scalar(found['downloads_per_24_hours'])).toBe('0');
  });

  it('refuse a file above max_upload_size, with a message, and take one of just that size [doc]', async () => {
    on.admin.setLimits(on.account.accountId, { max_upload_size: 1_000 });
    expect(uploadRefusal(await on.me.sendUpload('big.bin', Buffer.alloc(1_001, 'x')))).not.toBe('');
    expect(await on.me.fileNames()).toEqual([]);
    expect((await on.me.upload('fits.bin', Buffer.alloc(1_000, 'x'))).size).toBe('1000');
    expect(await on.me.fileNames()).toEqual(['fits.bin']);
  });

  it('refuse a file far above max_upload_size without breaking the connection [doc]', async () => {
    on.admin.setLimits(on.account.accountId, { max_upload_size: 1_000 });
    expect(uploadRefusal(await on.me.sendUpload('huge.bin', Buffer.alloc(3_000_000, 'x')))).not.toBe('');
    expect(await on.me.fileNames()).toEqual([]);
  });

  it('take any size where max_upload_size is 0 [doc]', async () => {
    on.admin.setLimits(on.account.accountId, { max_upload_size: 0 });
    expect((await on.me.upload('big.bin', Buffer.alloc(3_000_000, 'x'))).size).toBe('3000000');
  });

  it('hold for the one account only [doc]', async () => {
    on.admin.setLimits(on.account.accountId, { max_upload_size: 10 });
    const other = await on.somebodyElse();
    expect((await other.upload('a.bin', Buffer.alloc(11, 'x'))).size).toBe('11');
  });

  it('can be set when the account is made [doc]', async () => {
    const made = on.admin.addAccount({ limits: { max_upload_size: 77 } });
    const found = data(await (await signIn(on.base, made)).call('account/package'));
    expect(scalar(found['max_upload_size'])).toBe('77');
  });

  it('refuse uploads where can_upload is 0, and nothing else [doc]', async () => {
    const { id } = await on.me.upload('a.txt', 'the content');
    on.admin.setLimits(on.account.accountId, { can_upload: 0 });
    expect(scalar(data(await on.me.call('account/package'))['can_upload'])).toBe('0');
    expect(uploadRefusal(await on.me.sendUpload('b.txt', 'refused'))).not.toBe('');
    expect(await on.me.fileIds()).toEqual([id]);
    expect(await on.me.download(id)).toBe('the content');
  });

  it('refuse an upload that would go beyond max_storage_bytes [doc]', async () => {
    on.admin.setLimits(on.account.accountId, { max_storage_bytes: 1_500 });
    await on.me.upload('one.bin', Buffer.alloc(1_000, '1'));
    expect(uploadRefusal(await on.me.sendUpload('two.bin', Buffer.alloc(1_000, '2')))).not.toBe('');
    expect(await on.me.fileNames()).toEqual(['one.bin']);
    expect((await on.me.upload('three.bin', Buffer.alloc(400, '3'))).size).toBe('400');
  });

  it('take no second upload at the same time where concurrent_uploads is 1, and one again later [doc]', async () => {
    on.admin.setLimits(on.account.accountId, { concurrent_uploads: 1 });
    const body = multipartBody({ ...on.me.pair, folder_id: '' }, 'slow.bin', Buffer.alloc(200_000, 's'));
    const slow = await startUpload(`${on.base}file/upload`, body, 100_000);
    await letTheHostRead(on.me);
    const fast = await on.me.sendUpload('fast.txt', 'fast');
    const last = await slow.finish();
    const refused = [fast, last].filter(isRefusedUpload);
    expect(refused).toHaveLength(1);
    expect(await on.me.fileNames()).toHaveLength(1);
    await on.me.upload('later.txt', 'later');
    expect(await on.me.fileNames()).toHaveLength(2);
  });

  it('give no more than downloads_per_24_hours, and more a day later [doc][cli]', async () => {
    const { id } = await on.me.upload('a.txt', 'the content');
    on.admin.setLimits(on.account.accountId, { downloads_per_24_hours: 2 });
    expect(await downloadOrNothing(on.me, id)).toBe('the content');
    expect(await downloadOrNothing(on.me, id)).toBe('the content');
    expect(await downloadOrNothing(on.me, id)).toBe('');
    for (let turn = 0; turn < 30; turn += 1) {
      on.clock.moveSeconds(50 * 60);
      success(await on.me.call('account/info'));
    }
    expect(await downloadOrNothing(on.me, id)).toBe('the content');
  });

  it('give no second download before wait_between_downloads seconds have passed [doc]', async () => {
    const { id } = await on.me.upload('a.txt', 'the content');
    on.admin.setLimits(on.account.accountId, { wait_between_downloads: 30 });
    expect(await downloadOrNothing(on.me, id)).toBe('the content');
    expect(await downloadOrNothing(on.me, id)).toBe('');
    on.clock.moveSeconds(61);
    expect(await downloadOrNothing(on.me, id)).toBe('the content');
  });

  it('answer too many requests with 429, and answer again a little later [doc]', async () => {
    on.clock.moveSeconds(10);
    on.admin.setLimits(on.account.accountId, { requestsPerSecond: 3 });
    const statuses: number[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      const answer = await on.me.call('account/info');
      statuses.push(answer.status);
      if (answer.status === 200) success(answer);
    }
    expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
    expect(new Set(statuses.slice(4))).toEqual(new Set([429]));
    on.clock.moveSeconds(2);
    success(await on.me.call('account/info'));
  });

  it('does nothing of a call that it answers with 429 [doc]', async () => {
    on.clock.moveSeconds(10);
    on.admin.setLimits(on.account.accountId, { requestsPerSecond: 2 });
    const statuses: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      statuses.push((await on.me.call('folder/create', { folder_name: 'Papers', parent_id: '' })).status);
    }
    expect(statuses).toContain(429);
    on.clock.moveSeconds(10);
    expect(await on.me.folderNames()).toHaveLength(statuses.filter((status) => status === 200).length);
  });

  it('answer a call with a bad token as such, not as a limit [doc]', async () => {
    on.admin.endTokens(on.account.accountId);
    expectLapsed(await on.me.call('account/package'));
  });
});

function isRefusedUpload(answer: Answer): boolean {
  return isRefused(answer) || uploadRefusal(answer) !== '';
}
