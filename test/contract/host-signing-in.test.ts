import { describe, expect, it } from 'vitest';
import { data, expectLapsed, folder, isRefused, members, refusal, scalar, success } from './answers.ts';
import { getWithQuery, postForm } from './request.ts';
import { HostForEachTest, Session, asServers, everyHabit, signIn } from './running-host.ts';

const COULD_NOT = /^Could not authenticate user\. The key pair may be invalid/;
const COULD_NOT_BY_NAME =
  'Could not authenticate user. The username and password may be invalid or your account may be locked from too many failed logins.';

describe('signing in with a key pair [doc], on a documented host', () => {
  const on = new HostForEachTest(['documented']);

  it('answers the two keys with a token of 128 word characters and an account id of digits', async () => {
    const { key1, key2, accountId } = on.account;
    const found = data(await postForm(`${on.base}authorize`, { key1, key2 }));
    expect(found['access_token']).toMatch(/^\w{128}$/);
    expect(scalar(found['account_id'])).toMatch(/^\d+$/);
    expect(scalar(found['account_id'])).toBe(accountId);
  });

  it('gives accounts keys of 64 characters each', () => {
    expect(on.account.key1).toMatch(/^\S{64}$/);
    expect(on.account.key2).toMatch(/^\S{64}$/);
    expect(on.account.key1).not.toBe(on.account.key2);
  });

  it.each(['key1', 'key2'] as const)('says what %s must be when it is missing', async (missing) => {
    const keys: Record<string, string> = { key1: on.account.key1, key2: on.account.key2 };
    keys[missing] = '';
    const answer = await postForm(`${on.base}authorize`, keys);
    expect(refusal(answer, 400, 401)).toBe(`Please provide ${missing}. It must be 64 characters in length.`);
  });

  it.each(['key1', 'key2'] as const)('says what %s must be when it is too short', async (short) => {
    const keys: Record<string, string> = { key1: on.account.key1, key2: on.account.key2 };
    keys[short] = on.account[short].slice(0, 63);
    const answer = await postForm(`${on.base}authorize`, keys);
    expect(refusal(answer, 400, 401)).toBe(`Please provide ${short}. It must be 64 characters in length.`);
  });

  it('says that a wrong key pair may be invalid', async () => {
    const answer = await postForm(`${on.base}authorize`, { key1: on.account.key1, key2: 'x'.repeat(64) });
    expect(refusal(answer, 400, 401)).toMatch(COULD_NOT);
  });

  it('does not sign in with the keys of two different accounts', async () => {
    const other = on.admin.addAccount({});
    const answer = await postForm(`${on.base}authorize`, { key1: on.account.key1, key2: other.key2 });
    expect(refusal(answer, 400, 401)).toMatch(COULD_NOT);
  });

  it('locks the account after too many failed sign-ins, and says so to the right keys', async () => {
    const { key1, key2 } = on.account;
    for (let turn = 0; turn < 50; turn += 1) {
      await postForm(`${on.base}authorize`, { key1, key2: 'x'.repeat(64) });
    }
    const answer = await postForm(`${on.base}authorize`, { key1, key2 });
    expect(refusal(answer, 400, 401)).toMatch(COULD_NOT);
  });
});

describe.each(asServers)('signing in with user name and password [srv], on a host set up so (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('answers with a token of 128 word characters and an account id of digits', async () => {
    const account = on.admin.addAccount({ username: 'mara', password: 'pass word&+%' });
    const fields = { username: 'mara', password: 'pass word&+%' };
    const found = data(await postForm(`${on.base}authorize`, fields));
    expect(found['access_token']).toMatch(/^\w{128}$/);
    expect(scalar(found['account_id'])).toBe(account.accountId);
  });

  it.each(['username', 'password'] as const)('asks for a %s that is missing', async (missing) => {
    const fields: Record<string, string> = { username: on.account.username, password: on.account.password };
    fields[missing] = '';
    const answer = await postForm(`${on.base}authorize`, fields);
    expect(refusal(answer, 400, 401)).toMatch(new RegExp(`^Please provide a ${missing}\\b`));
  });

  it('says that a wrong password may be invalid', async () => {
    const fields = { username: on.account.username, password: 'not the password' };
    expect(refusal(await postForm(`${on.base}authorize`, fields), 400, 401)).toBe(COULD_NOT_BY_NAME);
  });

  it('says the same to a user name that does not exist', async () => {
    const fields = { username: 'nobody-of-that-name', password: 'not the password' };
    expect(refusal(await postForm(`${on.base}authorize`, fields), 400, 401)).toBe(COULD_NOT_BY_NAME);
  });

  it('locks the account after too many failed sign-ins, and says so to the right password', async () => {
    const { username, password } = on.account;
    for (let turn = 0; turn < 50; turn += 1) {
      await postForm(`${on.base}authorize`, { username, password: 'not the password' });
    }
    const answer = await postForm(`${on.base}authorize`, { username, password });
    expect(refusal(answer, 400, 401)).toBe(COULD_NOT_BY_NAME);
  });
});

describe.each(everyHabit)('the life of a token [doc] (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('serves a whole session of calls with one token', async () => {
    const top = await on.me.makeFolder('Papers');
    await on.me.upload('a.txt', 'a', top);
    expect(await on.me.fileNames(top)).toEqual(['a.txt']);
    success(await on.me.call('account/info'));
  });

  it('lets a token live on as long as it is used within the hour', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      on.clock.moveSeconds(59 * 60);
      success(await on.me.call('folder/listing', { parent_folder_id: '' }));
    }
  });

  it('lets a token lapse after one hour without activity, with status 200 or 401', async () => {
    on.clock.moveSeconds(60 * 60 + 1);
    expectLapsed(await on.me.call('folder/listing', { parent_folder_id: '' }));
  });

  it('gives a fresh token after the old one has lapsed', async () => {
    const id = await on.me.makeFolder('Still here');
    on.clock.moveSeconds(2 * 60 * 60);
    const again = await signIn(on.base, on.account);
    expect(again.pair.access_token).not.toBe(on.me.pair.access_token);
    expect(await again.folderIds()).toEqual([id]);
  });

  it('ends a token on disable_access_token, with a response', async () => {
    const found = success(await on.me.call('disable_access_token'));
    expect(scalar(found['response'])).not.toBe('');
    expectLapsed(await on.me.call('account/info'));
  });

  it('refuses a token together with the id of another account', async () => {
    const other = await on.somebodyElse();
    const mixed = { access_token: on.me.pair.access_token, account_id: other.pair.account_id };
    const answer = await postForm(`${on.base}folder/listing`, { ...mixed, parent_folder_id: '' });
    expectLapsed(answer);
  });

  it('refuses a token that was never given out', async () => {
    const stranger = new Session(on.base, { access_token: 'z'.repeat(128), account_id: on.me.pair.account_id });
    expectLapsed(await stranger.call('account/info'));
  });

  it('lets every token of an account lapse when the host ends them, and no other', async () => {
    const other = await on.somebodyElse();
    on.admin.endTokens(on.account.accountId);
    expectLapsed(await on.me.call('account/info'));
    success(await other.call('account/info'));
  });

  it.each([
    'disable_access_token',
    'account/info',
    'account/package',
    'folder/listing',
    'folder/info',
    'folder/create',
    'folder/edit',
    'folder/move',
    'folder/delete',
    'file/upload',
    'file/download',
    'file/info',
    'file/edit',
    'file/move',
    'file/copy',
    'file/delete',
    'file/url_upload_add',
    'file/url_upload_status',
  ])('requires the token pair for %s', async (endpoint) => {
    const folderId = await on.me.makeFolder('Papers');
    const fileId = (await on.me.upload('a.txt', 'a')).id;
    const answer = await postForm(on.base + endpoint, {
      folder_id: folderId,
      file_id: fileId,
      folder_name: 'New',
      new_parent_folder_id: 'null',
      copy_to_folder_id: folderId,
    });
    expect(isRefused(answer)).toBe(true);
    expect(await on.me.folderNames()).toEqual(['Papers']);
    expect(await on.me.fileNames()).toEqual(['a.txt']);
  });
});

describe.each(everyHabit)('the account [doc] (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('tells about the account in account/info', async () => {
    const found = data(await on.me.call('account/info'));
    const documented =
      'id username level_id email lastlogindate lastloginip status title firstname lastname languageId datecreated ' +
      'lastPayment paidExpiryDate storageLimitOverride';
    expect(Object.keys(found)).toEqual(expect.arrayContaining(documented.split(' ')));
    expect(scalar(found['id'])).toBe(on.me.pair.account_id);
    expect(scalar(found['username'])).toBe(on.account.username);
  });

  it('tells about the limits in account/package', async () => {
    const found = data(await on.me.call('account/package'));
    const documented =
      'id label max_upload_size can_upload wait_between_downloads download_speed max_storage_bytes show_site_adverts ' +
      'show_upgrade_screen days_to_keep_inactive_files concurrent_uploads concurrent_downloads downloads_per_24_hours ' +
      'download_size_per_24_hours max_download_filesize_allowed max_remote_download_urls level_type on_upgrade_page';
    expect(Object.keys(found)).toEqual(expect.arrayContaining(documented.split(' ')));
    expect(['0', '1']).toContain(scalar(found['can_upload']));
  });

  it('keeps the folders and files of two accounts apart', async () => {
    const other = await on.somebodyElse();
    const mine = await on.me.makeFolder('Mine');
    const fileId = (await on.me.upload('mine.txt', 'mine')).id;
    const theirs = folder(data(await other.call('folder/create', { folder_name: 'Theirs', parent_id: '' })));
    expect(await on.me.folderIds()).toEqual([mine]);
    expect(await other.folderIds()).toEqual([theirs.id]);
    expect(await other.fileIds()).toEqual([]);
    expect(isRefused(await other.call('file/info', { file_id: fileId }))).toBe(true);
    expect(isRefused(await other.call('file/download', { file_id: fileId }))).toBe(true);
    expect(isRefused(await other.call('file/delete', { file_id: fileId }))).toBe(true);
    expect(isRefused(await other.call('folder/delete', { folder_id: mine }))).toBe(true);
    expect(await on.me.fileIds()).toEqual([fileId]);
    expect(await on.me.folderIds()).toEqual([mine]);
  });

  it('signs in by GET too [cli]', async () => {
    const byKeys = await getWithQuery(`${on.base}authorize`, { key1: on.account.key1, key2: on.account.key2 });
    const byName = await getWithQuery(`${on.base}authorize`, {
      username: on.account.username,
      password: on.account.password,
    });
    const tokens = [byKeys, byName]
      .filter((answer) => answer.body.includes('access_token'))
      .map((answer) => scalar(members(data(answer))['access_token']));
    expect(tokens.length).toBeGreaterThan(0);
    for (const token of tokens) expect(token).toMatch(/^\w{128}$/);
  });
});
