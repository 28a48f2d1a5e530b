/** Content in both directions: what is sent byte for byte, what is refused, how fast. */
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ACCOUNT_ROOT } from '../../src/core/entry.ts';
import type { RemoteId } from '../../src/core/entry.ts';
import { Throttle } from '../../src/remote/throttle.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { base, bench, failure, page, success } from './scripted-transport.ts';
import type { Reply, Seen } from './scripted-transport.ts';

const file = 'f5' as RemoteId;
const stored = { name: 'n', size: 3, error: null, file_id: 9, hash: null };

async function* stream(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}
async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

describe('an upload', () => {
  const uploading = (reply: Reply = success([stored])) => bench(({ call }) => (call === 'file/upload' ? reply : null));

  it('says its length beforehand and sends the name byte for byte', async () => {
    const made = uploading();
    const name = 'ä \u{1F600} %22 a+b & c.txt';
    await made.remote.upload({ parent: 'd4' as RemoteId, name, size: 6, content: stream('abc', 'def') });
    const { request, sent } = made.seen.at(-1)!;
    expect(Number(request.headers['content-length'])).toBe(sent.length);
    const text = Buffer.from(sent, 'latin1').toString('utf8');
    expect(text).toContain(`name="upload_file"; filename="${name}"\r\n`);
    expect(text).toContain('\r\n\r\nabcdef\r\n--');
    expect(text).toContain('name="folder_id"\r\n\r\n4\r\n');
    expect(text).toContain('name="access_token"\r\n\r\ntoken-1');
  });

  it.each(['a"b', 'a\r\nb', 'a\\b', 'a/b', 'a\0b', '', '\ud800'])(
    'of the name %j does not reach the host',
    async (name) => {
      const made = uploading();
      const error = await failure(made.remote.upload({ parent: ACCOUNT_ROOT, name, size: 1, content: stream('x') }));
      expect(error).toMatchObject({ code: 'name/unsupported' });
      expect(made.calls()).toEqual([]);
    },
  );

  it.each([
    [2, 'abc', 'grew'],
    [4, 'abc', 'shrank'],
  ])('that promised %d bytes and sends %j fails', async (size, content, how) => {
    const made = uploading();
    const error = await failure(
      made.remote.upload({ parent: ACCOUNT_ROOT, name: 'n', size, content: stream(content) }),
    );
    expect(error).toMatchObject({ code: 'local/changed' });
    expect(error.message).toContain(how);
  });

  it.each([
    ['Filesize received was zero.', 'remote/empty-file'],
    ['File is banned from being uploaded to this website.', 'remote/banned'],
    ['Something else.', 'remote/refused'],
  ])('that succeeds and says %j has failed', async (error, code) => {
    const made = uploading(success([{ ...stored, error }]));
    expect(
      await failure(made.remote.upload({ parent: ACCOUNT_ROOT, name: 'n', size: 3, content: stream('abc') })),
    ).toMatchObject({ code });
  });

  it('of many passes so many at once and no more', async () => {
    let running = 0;
    let most = 0;
    const made = bench(
      async ({ call }: Seen): Promise<Reply> => {
        if (call === 'authorize') return success({ access_token: 't', account_id: 1 });
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return success([stored]);
      },
      { limits: { requestsPerSecond: 0, uploads: 2, downloads: 2 } },
    );
    await Promise.all(
      Array.from({ length: 8 }, () =>
        made.remote.upload({ parent: ACCOUNT_ROOT, name: 'n', size: 3, content: stream('abc') }),
      ),
    );
    expect(most).toBe(2);
  });
});

describe('a download', () => {
  const at = (address: string) => success({ file_id: 5, filename: 'n', download_url: address });
  const files = 'https://files.test/get?token=one-off';
  /** A host that gives `address`, behind which `get` answers. */
  const downloading = (get: (seen: Seen) => Reply, address = files) =>
    bench((seen) => {
      if (seen.call === 'file/download') return at(address);
      return seen.request.method === 'GET' ? get(seen) : null;
    });

  it('comes from the address that the host gives, without the token', async () => {
    const made = downloading(() => ({ headers: { 'content-length': '5' }, body: 'hello' }));
    const download = await made.remote.download(file, 0);
    expect(download).toMatchObject({ offset: 0, length: 5, html: false });
    expect(await textOf(download.content)).toBe('hello');
    const { request } = made.seen.at(-1)!;
    expect(request.url).toBe(files);
    expect(JSON.stringify(request.headers)).not.toContain('token-1');
  });

  it('is taken up in the middle where the host can', async () => {
    const made = downloading(({ request }) => {
      expect(request.headers['range']).toBe('bytes=2-');
      return { status: 206, headers: { 'content-range': 'bytes 2-4/5' }, body: 'llo' };
    });
    const download = await made.remote.download(file, 2);
    expect(download).toMatchObject({ offset: 2, length: 3 });
    expect(await textOf(download.content)).toBe('llo');
  });

  it('begins anew where the host knows no ranges', async () => {
    const download = await downloading(() => ({ body: 'hello' })).remote.download(file, 2);
    expect(download).toMatchObject({ offset: 0, length: null });
    await textOf(download.content);
  });

  it.each<[string, Reply]>([
    ['416', { status: 416 }],
    ['the wrong range', { status: 206, headers: { 'content-range': 'bytes 0-4/5' }, body: 'hello' }],
    ['a range that is none', { status: 206, body: 'llo' }],
    ['an address that is used up', { status: 410 }],
    ['an address that is forbidden', { status: 403 }],
  ])('begins anew at a fresh address after %s', async (_, reply) => {
    const made = downloading(({ request }) => (request.headers['range'] === undefined ? { body: 'hello' } : reply));
    const download = await made.remote.download(file, 2);
    expect(download.offset).toBe(0);
    expect(await textOf(download.content)).toBe('hello');
    expect(made.calls().filter((call) => call === 'file/download')).toHaveLength(2);
  });

  it('says that it is a page', async () => {
    const download = await downloading(() => page).remote.download(file, 0);
    expect(download.html).toBe(true);
    await textOf(download.content);
  });

  it.each<[Reply, string]>([
    [{ status: 404 }, 'remote/refused'],
    [{ status: 500 }, 'remote/server-error'],
    [{ status: 429, headers: { 'retry-after': '7' } }, 'remote/rate-limited'],
  ])('that answers %j fails', async (reply, code) => {
    expect(await failure(downloading(() => reply).remote.download(file, 0))).toMatchObject({ code });
  });

  it('follows redirects to other hosts, without the token and not round in circles', async () => {
    const made = downloading(({ request }) =>
      request.url.includes('edge') ? { body: 'hello' } : { status: 302, headers: { location: 'https://edge.test/x' } },
    );
    expect(await textOf((await made.remote.download(file, 0)).content)).toBe('hello');
    const round = downloading(() => ({ status: 302, headers: { location: '/again' } }));
    expect(await failure(round.remote.download(file, 0))).toMatchObject({ code: 'remote/bad-answer' });
    expect(round.seen.filter(({ request }) => request.method === 'GET')).toHaveLength(6);
  });

  it.each(['file:///etc/passwd', 'ftp://files.test/x', 'javascript:alert(1)', 'http://files.test/x', '/relative', ''])(
    'refuses the address %j and does not repeat it',
    async (address) => {
      const made = downloading(() => ({ body: 'x' }), address);
      const error = await failure(made.remote.download(file, 0));
      expect(error).toMatchObject({ code: 'remote/bad-answer' });
      expect(error.message).not.toMatch(/passwd|files\.test|alert/);
      expect(made.seen.filter(({ request }) => request.method === 'GET')).toHaveLength(0);
    },
  );

  it('does not follow a redirect from https to http', async () => {
    const made = downloading(() => ({ status: 302, headers: { location: 'http://files.test/x?token=one-off' } }));
    const error = await failure(made.remote.download(file, 0));
    expect(error).toMatchObject({ code: 'remote/bad-answer' });
    expect(error.message).not.toContain('one-off');
  });

  it('gives its place free when it is read, abandoned in the middle, or abandoned unread', async () => {
    const made = bench(
      (seen) => {
        if (seen.call === 'file/download') return at(files);
        return seen.request.method === 'GET' ? { body: 'hello '.repeat(100) } : null;
      },
      { limits: { requestsPerSecond: 0, uploads: 1, downloads: 1 } },
    );
    await textOf((await made.remote.download(file, 0)).content);
    for await (const _ of (await made.remote.download(file, 0)).content) break;
    const unread = (await made.remote.download(file, 0)).content[Symbol.asyncIterator]();
    await unread.return?.();
    expect((await textOf((await made.remote.download(file, 0)).content)).length).toBe(600);
  });

  it('leaves nothing behind on a signal that lives as long as the program', async () => {
    const { signal } = new AbortController();
    const made = bench(
      (seen) => {
        if (seen.call === 'file/download') return at(files);
        return seen.request.method === 'GET' ? { body: 'hello' } : null;
      },
      { signal },
    );
    for (let count = 0; count < 3; count++) await textOf((await made.remote.download(file, 0, { signal })).content);
    await new Promise((resolve) => setImmediate(resolve));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('asks again for the address after a server error, for asking changes nothing', async () => {
    let asked = 0;
    const made = bench((seen) => {
      if (seen.call === 'file/download') return asked++ === 0 ? { ...page, status: 502 } : at(files);
      return seen.request.method === 'GET' ? { body: 'hello' } : null;
    });
    expect(await textOf((await made.remote.download(file, 0)).content)).toBe('hello');
  });
});

describe('a redirect of a call', () => {
  const nothing = success({ folders: [], files: [] });
  const moving = (from: string, location: string) =>
    bench(
      ({ request }) => {
        if (request.url.startsWith(from))
          return { status: 301, headers: { location: location + (request.url.split('/api/v2/')[1] ?? '') } };
        if (request.url.endsWith('authorize')) return success({ access_token: 't', account_id: 1 });
        return request.url.endsWith('file/upload') ? success([stored]) : nothing;
      },
      { base: `${from}/api/v2/` },
    );

  it.each([
    ['http://host.test', 'https://host.test/api/v2/'],
    ['http://host.test', 'https://www.host.test/api/v2/'],
    ['https://www.host.test', 'https://host.test/api/v2/'],
    ['https://host.test', 'https://www.host.test/sub/api/v2/'],
  ])('from %s to %s is followed as a POST with all its fields, and remembered', async (from, to) => {
    const made = moving(from, to);
    await made.remote.list(ACCOUNT_ROOT);
    await made.remote.upload({ parent: ACCOUNT_ROOT, name: 'n', size: 3, content: stream('abc') });
    expect(made.seen.map(({ request }) => `${request.method} ${request.url}`)).toEqual([
      `POST ${from}/api/v2/authorize`,
      `POST ${to}authorize`,
      `POST ${to}folder/listing`,
      `POST ${to}file/upload`,
    ]);
    expect(made.seen[1]!.sent).toBe(made.seen[0]!.sent);
  });

  it.each([
    ['https://host.test', 'http://host.test/api/v2/'],
    ['https://host.test', 'https://evil.test/api/v2/'],
    ['https://host.test', 'https://host.test.evil.test/api/v2/'],
    ['https://host.test', 'https://api.host.test/api/v2/'],
    ['https://host.test', 'https://host.test:8443/api/v2/'],
    ['http://host.test:8080', 'https://host.test/api/v2/'],
    ['https://host.test', 'https://a:b@host.test/api/v2/'],
    ['https://host.test', 'https://host.test/login?then='],
  ])('from %s to %s is not: keys and tokens stay where they belong', async (from, to) => {
    const made = moving(from, to);
    expect(await failure(made.remote.account())).toMatchObject({ code: 'remote/bad-answer' });
    expect(made.seen.every(({ request }) => request.url.startsWith(`${from}/`))).toBe(true);
    expect(made.refused.remembered).toBe(false);
  });

  it('of an upload cannot be followed, for its content is read once, but the next one goes there', async () => {
    let moved = false;
    const made = bench(({ call, request }) => {
      if (moved && request.url.startsWith(base)) {
        return { status: 308, headers: { location: `https://www.host.test/api/v2/${call}` } };
      }
      return call === 'file/upload' ? success([stored]) : null;
    });
    await made.remote.account();
    moved = true;
    const upload = () => made.remote.upload({ parent: ACCOUNT_ROOT, name: 'n', size: 3, content: stream('abc') });
    expect(await failure(upload())).toMatchObject({ code: 'remote/bad-answer' });
    expect(await upload()).toMatchObject({ id: 'f9' });
  });
});

describe('the throttle', () => {
  const second = 1_000;

  it('lets so many bytes a second through, all transfers together', async () => {
    const clock = new FakeClock({ auto: true });
    const throttle = new Throttle(clock, () => 1_000_000);
    const one = async () => textOf(throttle.slow(stream(new Uint8Array(2_500_000)), undefined));
    await Promise.all([one(), one()]);
    expect(clock.monotonic()).toBeGreaterThan(4.4 * second);
    expect(clock.monotonic()).toBeLessThan(5.1 * second);
  });

  it('changes nothing where there is no limit', async () => {
    const clock = new FakeClock({ auto: true });
    const chunk = new Uint8Array(3_000_000);
    for await (const part of new Throttle(clock, () => 0).slow(stream(chunk), undefined)) expect(part).toBe(chunk);
    expect(clock.monotonic()).toBe(0);
  });

  it('follows the time of day, also in the middle of a file', async () => {
    const start = new Date(2026, 0, 5, 18, 59, 0).getTime();
    const clock = new FakeClock({ auto: true, start });
    const evening = (minute: number) => (minute >= 19 * 60 ? 0 : 1_000);
    await textOf(new Throttle(clock, evening).slow(stream(new Uint8Array(1_000_000)), undefined));
    expect(clock.monotonic()).toBeGreaterThan(59 * second);
    expect(clock.monotonic()).toBeLessThan(100 * second);
  });

  it('can be stopped', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const slow = failure(textOf(new Throttle(clock, () => 10).slow(stream(new Uint8Array(100_000)), stop.signal)));
    await clock.advance(1_000);
    stop.abort();
    expect(await slow).toMatchObject({ code: 'stopped' });
  });
});
