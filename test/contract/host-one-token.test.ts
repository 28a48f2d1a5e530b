import { describe, expect, it } from 'vitest';
import { expectLapsed, isRefused, success, uploaded } from './answers.ts';
import { multipartBody, startUpload } from './request.ts';
import { HostForEachTest, everyHabit, letTheHostRead, signIn } from './running-host.ts';

const oneToken = everyHabit.filter(([, habits]) => habits.includes('one-token'));
const manyTokens = everyHabit.filter(([, habits]) => !habits.includes('one-token'));

describe.each(oneToken)('a sign-in on most servers [srv] (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('ends all other tokens of the account, with status 200 or 401', async () => {
    const second = await signIn(on.base, on.account);
    expectLapsed(await on.me.call('account/info'));
    success(await second.call('account/info'));
    const third = await signIn(on.base, on.account);
    expectLapsed(await second.call('account/info'));
    success(await third.call('account/info'));
  });

  it('leaves the tokens of other accounts alone', async () => {
    const other = await on.somebodyElse();
    await signIn(on.base, on.account);
    success(await other.call('account/info'));
  });

  it('ends nothing when it fails', async () => {
    const wrong = await on.me.call('authorize', { key1: on.account.key1, key2: 'x'.repeat(64) });
    expect(isRefused(wrong)).toBe(true);
    success(await on.me.call('account/info'));
  });

  it('does nothing of a call that comes with an ended token', async () => {
    await signIn(on.base, on.account);
    const answer = await on.me.call('folder/create', { folder_name: 'Never', parent_id: '' });
    expectLapsed(answer);
    expectLapsed(await on.me.sendUpload('never.txt', 'never'));
    const again = await signIn(on.base, on.account);
    expect(await again.listing()).toEqual({ folders: [], files: [] });
  });

  it('in the middle of an upload lets it be repeated without a duplicate', async () => {
    const body = multipartBody({ ...on.me.pair, folder_id: '' }, 'a.bin', Buffer.alloc(200_000, 'a'));
    const upload = await startUpload(`${on.base}file/upload`, body, 50_000);
    await letTheHostRead(on.me);
    const second = await signIn(on.base, on.account);
    const answer = await upload.finish();
    const stored = await second.fileIds();
    if (answer.status === 200 && !isRefused(answer)) expect(stored).toEqual([uploaded(answer).id]);
    else {
      expectLapsed(answer);
      expect(stored).toEqual([]);
    }
    const third = await signIn(on.base, on.account);
    expect(await third.fileIds()).toEqual(stored);
  });
});

describe.each(manyTokens)('a sign-in on the other servers [srv] (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('leaves the earlier tokens of the account alone', async () => {
    const second = await signIn(on.base, on.account);
    expect(second.pair.access_token).not.toBe(on.me.pair.access_token);
    success(await on.me.call('account/info'));
    success(await second.call('account/info'));
  });
});
