/** What passes for an answer of the API, and what each failure is taken for. */
import { describe, expect, it } from 'vitest';
import { ACCOUNT_ROOT } from '../../src/core/entry.ts';
import type { RemoteId } from '../../src/core/entry.ts';
import { meaningOf } from '../../src/errors.ts';
import { bench, failure, key1, page, refusal, success } from './scripted-transport.ts';
import type { Reply } from './scripted-transport.ts';

const nothing = { folders: [], files: [] };
const signIn = success({ access_token: 'secret-token'.padEnd(128, 'x'), account_id: '7' });

/** Lists the root of a host that always answers so. */
const listing = (reply: Reply) =>
  bench(({ call }) => (call === 'authorize' ? signIn : reply)).remote.list(ACCOUNT_ROOT);

describe('an answer', () => {
  it.each<[string, unknown]>([
    ['by _status', { _status: 'success', data: nothing }],
    ['by status', { status: 'success', data: nothing }],
    ['with capitals', { _status: 'Success', data: nothing }],
    ['behind a byte order mark', `\uFEFF${JSON.stringify({ _status: 'success', data: nothing })}`],
    [
      'behind warnings with braces',
      `<br />\n<b>Warning</b>: {closure}() in {main}\n${JSON.stringify({ _status: 'success', data: nothing })}`,
    ],
  ])('that says success %s is one', async (_, body) => {
    expect(await listing({ body })).toMatchObject({ complete: true, files: [] });
  });

  it.each<[string, Reply]>([
    ['is empty', {}],
    ['is a page', page],
    ['is half of one', { body: '{"_status":"success","data":{"folders":[],"files":[]' }],
    ['is one with something after it', { body: '{"_status":"success","data":{"folders":[],"files":[]}} trailing' }],
    ['is JSON of something else', { body: { hello: 'world' } }],
    ['holds the success only inside', { body: { wrapped: { _status: 'success', data: nothing } } }],
    ['is a list', { body: '[]' }],
    ['is a word', { body: '"success"' }],
    ['says success but no status', { body: { success: true, data: nothing } }],
    ['is a page that is not found', { ...page, status: 404 }],
    ['is a success with status 404', { status: 404, body: { _status: 'success', data: nothing } }],
    ['redirects to another host', { status: 302, headers: { location: 'https://portal.test/login' } }],
    ['redirects nowhere', { status: 302 }],
  ])('that %s is a bad answer', async (_, reply) => {
    expect(await failure(listing(reply))).toMatchObject({ code: 'remote/bad-answer' });
  });

  it.each<[Reply, string]>([
    [{ body: { status: 'error', _status: 'success', response: 'Both at once.' } }, 'remote/refused'],
    [{ body: { success: false, message: "You can't download files of this size." } }, 'remote/too-large'],
    [{ body: { result: false, message: 'Something odd.' } }, 'remote/refused'],
    [{ body: { status: 'error' } }, 'remote/refused'],
    [{ status: 400, body: { status: 'error', response: 'Bad input.' } }, 'remote/refused'],
    [{ status: 403, body: 'Forbidden' }, 'remote/refused'],
    [{ status: 429 }, 'remote/rate-limited'],
    [{ status: 429, body: { status: 'error', response: 'Slow down.' } }, 'remote/rate-limited'],
    [{ ...page, status: 503 }, 'remote/server-error'],
    [{ status: 500, body: { _status: 'success', data: nothing } }, 'remote/server-error'],
    [
      { status: 500, body: { status: 'error', response: 'Could not find file based on file_id.' } },
      'remote/server-error',
    ],
    [{ status: 507 }, 'remote/quota'],
    [refusal('Could not find folder based on folder_id.'), 'remote/not-found'],
    [refusal('Could not find the destination folder id defined by new_parent_folder_id.'), 'remote/not-found'],
    [{ status: 404, body: { status: 'error', response: 'Could not find file based on file_id.' } }, 'remote/not-found'],
    [refusal('File is banned from being uploaded to this website.'), 'remote/banned'],
    [refusal('Filesize received was zero.'), 'remote/empty-file'],
    [refusal('File received is larger than permitted. (max 5 MB)'), 'remote/too-large'],
    [refusal('File upload space full. Upgrade your account.'), 'remote/quota'],
    [refusal('You have exceeded your storage quota.'), 'remote/quota'],
    [refusal('Uploading has been disabled.'), 'remote/upload-forbidden'],
    [refusal('Did not receive uploaded file.'), 'remote/refused'],
    [refusal('Could not generate download url.'), 'remote/refused'],
    [refusal('Param folder_id can not match new_parent_folder_id.'), 'remote/refused'],
  ])('%j means %s', async (reply, code) => {
    expect(await failure(listing(reply))).toMatchObject({ code });
  });

  it('that does not end is given up', async () => {
    const forever = bench(({ call }) => (call === 'authorize' ? signIn : null), {
      transport: async ({ url }) => ({
        status: 200,
        headers: {},
        body: url.endsWith('authorize') ? once(JSON.stringify(signIn.body)) : endless(),
      }),
    });
    expect(await failure(forever.remote.list(ACCOUNT_ROOT))).toMatchObject({ code: 'remote/bad-answer' });
  });

  it('that trickles is given up', async () => {
    const slow = bench(() => null);
    const { remote } = bench(() => null, {
      clock: slow.clock,
      transport: async ({ url }) => ({
        status: 200,
        headers: {},
        body: url.endsWith('authorize') ? once(JSON.stringify(signIn.body)) : trickle(slow.clock),
      }),
    });
    expect(await failure(remote.list(ACCOUNT_ROOT))).toMatchObject({ code: 'remote/timeout' });
  });

  it('shows neither token, nor keys, nor addresses, nor pages in the error made of it', async () => {
    const token = 'secret-token'.padEnd(128, 'x');
    const why = `No: ${token} <b>at</b> https://host.test/get?token=abc ${'long '.repeat(100)}`;
    const error = await failure(listing(refusal(why)));
    expect(error.message).not.toMatch(/secret|https:|abc|<b>/);
    expect(error.message.length).toBeLessThan(400);
    const atSignIn = bench(({ call }) => (call === 'authorize' ? refusal(`Wrong key ${key1}.`) : null));
    expect((await failure(atSignIn.remote.account())).message).not.toContain(key1);
  });

  it('that a file is unknown is an answer to what is asked about it, a lost page is not', async () => {
    const ask = (reply: Reply) =>
      bench(({ call }) => (call === 'authorize' ? signIn : reply)).remote.fileInfo('f5' as RemoteId);
    expect(await ask(refusal('Could not find file based on file_id.'))).toBeNull();
    expect(await failure(ask({ ...page, status: 404 }))).toMatchObject({ code: 'remote/bad-answer' });
    expect(await failure(ask(refusal('API access is switched off.')))).toMatchObject({ code: 'remote/refused' });
  });

  it('has a disposition for each code it can mean', () => {
    expect(meaningOf('remote/bad-answer').disposition).toBe('retry');
    expect(meaningOf('remote/refused').disposition).toBe('skip');
    expect(meaningOf('remote/sign-in-refused').disposition).toBe('halt');
  });
});

async function* once(text: string) {
  yield Buffer.from(text);
}

async function* endless() {
  const block = Buffer.alloc(4 * 1024 * 1024, ' ');
  for (;;) yield block;
}

async function* trickle(clock: { sleep(ms: number): Promise<void> }) {
  for (;;) {
    await clock.sleep(1_000);
    yield Buffer.from(' ');
  }
}
