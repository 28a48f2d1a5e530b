import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Transport } from '../../src/ports.ts';
import { SyncError } from '../../src/errors.ts';
import { openHost, type Host, type HostOptions } from '../../src/host/host.ts';
import { at, collect, CountingRandom, FakeClock, multipart, Program } from './program.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'yetihost-'));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A transport over a real socket. */
const socket: Transport = (request) =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(
      request.url,
      { method: request.method, headers: request.headers, agent: false },
      (answer: IncomingMessage) => {
        const headers = Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
        );
        resolve({ status: answer.statusCode ?? 0, headers, body: answer });
      },
    );
    sent.on('error', (cause) => reject(new SyncError('remote/unreachable', { cause })));
    const { body } = request;
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) sent.end(body);
    else reject(new Error('not needed here'));
  });

async function served(
  folder: string,
  options: Partial<HostOptions> = {},
): Promise<{ host: Host; url: string; program: Program }> {
  const host = await openHost({
    storage: { kind: 'folder', path: folder },
    habits: ['documented'],
    clock: new FakeClock(),
    random: new CountingRandom(),
    ...options,
  });
  cleanups.push(() => host.close());
  const { url } = await host.listen({ port: 0, address: '127.0.0.1' });
  const program = new Program(socket, `${url}/api/v2/`);
  if (host.admin.accounts().length === 0) await program.signIn(host.admin.addAccount());
  return { host, url, program };
}

describe('a host on a port', () => {
  it('serves the whole round: sign in, upload, list, download', async () => {
    const { program, url } = await served(await temporaryFolder());
    const content = Buffer.from(Array.from({ length: 500_000 }, (_, index) => index % 253));
    const id = await program.put('a.bin', content);
    expect((await program.names()).files).toEqual(['a.bin']);
    const address = await program.address(id);
    expect(address.startsWith(`${url}/`)).toBe(true);
    expect((await program.get(address)).bytes.equals(content)).toBe(true);
  });

  it('answers HEAD with the length alone and leaves the address good', async () => {
    const { program } = await served(await temporaryFolder());
    const address = await program.address(await program.put('a.txt', 'hello'));
    const head = await new Promise<IncomingMessage>((resolve, reject) =>
      httpRequest(address, { method: 'HEAD', agent: false }, resolve).on('error', reject).end(),
    );
    head.resume();
    expect([head.statusCode, head.headers['content-length']]).toEqual([200, '5']);
    expect((await program.get(address)).bytes.toString()).toBe('hello');
  });

  it('answers 405 to other methods and 404 to pages it does not have', async () => {
    const { url } = await served(await temporaryFolder());
    const status = (method: string, path: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        httpRequest(url + path, { method, agent: false }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject)
          .end();
      });
    expect(await status('PUT', '/api/v2/file/upload')).toBe(405);
    expect(await status('DELETE', '/api/v2/folder/listing')).toBe(405);
    expect(await status('GET', '/')).toBe(404);
    expect(await status('GET', '/%E0%A4%A?download_token=%')).toBe(404);
  });

  it('keeps nothing of an upload whose connection breaks', async () => {
    const folder = await temporaryFolder();
    const { host, program, url } = await served(folder);
    const { body, type } = multipart(
      { access_token: program.token, account_id: program.accountId },
      'big',
      Buffer.alloc(3_000_000, 1),
    );
    const { port } = new URL(url);
    const raw = connect(Number(port), '127.0.0.1');
    raw.write(
      `POST /api/v2/file/upload HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await new Promise<void>((resolve) => raw.write(body.subarray(0, 2_000_000), () => resolve()));
    const arriving = async (): Promise<number> => (await readdir(join(folder, 'arriving'))).length;
    await expect.poll(arriving).toBe(1);
    raw.destroy();
    await expect.poll(arriving).toBe(0);
    expect(host.admin.tree(program.accountId)).toEqual([]);
    expect((await program.upload('next', 'x')).isSuccess).toBe(true);
  });

  it('frees the slot of a download whose client goes away', async () => {
    const { host, program } = await served(await temporaryFolder());
    host.admin.setLimits(program.accountId, { concurrent_downloads: 1 });
    const id = await program.put('big', Buffer.alloc(30_000_000, 1));
    const address = await program.address(id);
    const answer = await new Promise<IncomingMessage>((resolve, reject) =>
      httpRequest(address, { agent: false }, resolve).on('error', reject).end(),
    );
    expect((await program.call('file/download', { file_id: id })).why).toMatch(/too many downloads/);
    answer.destroy();
    await expect.poll(async () => (await program.call('file/download', { file_id: id })).isSuccess).toBe(true);
    expect((await program.get(await program.address(id))).bytes.length).toBe(30_000_000);
  });

  it('lives on after garbage', async () => {
    const { program, url } = await served(await temporaryFolder());
    const { port } = new URL(url);
    const head = 'POST /api/v2/file/upload HTTP/1.1\r\nHost: x\r\n';
    for (const garbage of [
      '\0\0\0\r\n\r\n',
      `${head}Content-Length: -1\r\n\r\n`,
      `${head}Content-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nabc`,
      `${head}Content-Type: multipart/form-data; boundary=\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n`,
    ]) {
      const raw = connect(Number(port), '127.0.0.1');
      raw.end(garbage);
      await collect(raw).catch(() => undefined); // a reset is an answer too
    }
    expect((await program.call('account/info')).isSuccess).toBe(true);
  });

  it('lists 20,000 files of one folder whole', async () => {
    const { host, program: remote } = await served(await temporaryFolder(), { storage: { kind: 'memory' } });
    const program = new Program(host.transport);
    await program.signIn(host.admin.addAccount());
    const first = await program.put('seed.txt', 'x');
    for (let batch = 0; batch < 200; batch += 1) {
      await Promise.all(
        Array.from({ length: 100 }, () => program.call('file/copy', { file_id: first, copy_to_folder_id: 'null' })),
      );
    }
    remote.token = program.token;
    remote.accountId = program.accountId;
    expect((await remote.names()).files).toHaveLength(20_001);
  });
});

describe('what was answered', () => {
  it('is still there after a restart: files, folders, accounts, tokens, trash', async () => {
    const folder = await temporaryFolder();
    const { host, program } = await served(folder);
    const sub = await program.folder('sub');
    const small = await program.put('small.txt', 'small', sub);
    const big = await program.put('big.bin', Buffer.alloc(100_000, 3), sub);
    await program.call('file/delete', { file_id: big });
    await host.close();
    const again = await served(folder, { random: new CountingRandom() });
    const later = new Program(socket, again.program.base);
    later.token = program.token;
    later.accountId = program.accountId;
    expect((await later.names(sub)).files).toEqual(['small.txt']);
    expect((await later.get(await later.address(small))).bytes.toString()).toBe('small');
    again.host.admin.restore(program.accountId, 'file', Number(big));
    expect((await again.host.admin.content(Number(big))).length).toBe(100_000);
    again.host.admin.checkTree();
  });

  it('survives kill -9 in the middle of uploads, and leftovers are swept away', async () => {
    const folder = await temporaryFolder();
    const script = join(import.meta.dirname, 'serve-folder.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = child.stdout[Symbol.asyncIterator]();
    const started: unknown = JSON.parse(String((await lines.next()).value));
    const program = new Program(socket, `${String(at(started, 'url'))}/api/v2/`);
    await program.signIn({ key1: String(at(started, 'keys', 'key1')), key2: String(at(started, 'keys', 'key2')) });
    const answered: { id: string; md5: string }[] = [];
    const worker = async (name: number): Promise<void> => {
      for (let count = 0; ; count += 1) {
        const content = Buffer.alloc(count % 3 === 0 ? 80_000 : 4000, `${name}/${count}`);
        const { json } = await program.upload(`${name}-${count}`, content);
        answered.push({
          id: String(at(json, 'data', 0, 'file_id')),
          md5: createHash('md5').update(content).digest('hex'),
        });
        if (answered.length === 200) child.kill('SIGKILL');
      }
    };
    await Promise.allSettled(Array.from({ length: 8 }, (_, name) => worker(name)));
    expect(answered.length).toBeGreaterThanOrEqual(200);
    await writeFile(join(folder, 'arriving', 'leftover'), 'x');
    const { host } = await served(folder);
    expect(await readdir(join(folder, 'arriving'))).toEqual([]);
    host.admin.checkTree();
    for (const { id, md5 } of answered)
      expect(
        createHash('md5')
          .update(await host.admin.content(Number(id)))
          .digest('hex'),
      ).toBe(md5);
  });

  it('belongs to one host at a time', async () => {
    const folder = await temporaryFolder();
    await served(folder);
    await expect(served(folder)).rejects.toMatchObject({ code: 'host/locked' });
  });

  it('is refused when it was written by a newer host or is no database', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'host.db'), 'this is no database at all, whatever its name says'.repeat(100));
    await expect(served(folder)).rejects.toMatchObject({ code: 'state/corrupt' });
  });
});

describe('fetching a web address', () => {
  async function site(): Promise<string> {
    const server = createServer((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/files/the%20file.txt' }).end();
      else if (request.url === '/round') response.writeHead(302, { location: '/round' }).end();
      else if (request.url === '/gone') response.writeHead(404).end('no');
      else response.writeHead(200, { 'content-type': 'text/plain' }).end('fetched');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => void server.close(() => resolve())));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function fetched(program: Program, url: string): Promise<unknown> {
    const { json } = await program.call('file/url_upload_add', {
      file_url_base64: Buffer.from(url).toString('base64'),
    });
    const id = String(at(json, 'data', 'scheduled_item_id'));
    let status: unknown;
    await expect
      .poll(async () => {
        status = at((await program.call('file/url_upload_status', { scheduled_item_id: id })).json, 'data');
        return at(status, 'status');
      })
      .toMatch(/complete|failed/);
    return status;
  }

  it('files what it got, through a redirect', async () => {
    const { program } = await served(await temporaryFolder());
    const status = await fetched(program, `${await site()}/moved`);
    expect(status).toMatchObject({
      status: 'complete',
      total_size: '7',
      downloaded_file: { name: 'the file.txt', size: '7' },
    });
    const fileId = String(at(status, 'downloaded_file', 'file_id'));
    expect((await program.get(await program.address(fileId))).bytes.toString()).toBe('fetched');
  });

  it('fails where there is nothing to get, too many redirects, too much, or a private address that is refused', async () => {
    const { host, program } = await served(await temporaryFolder());
    const url = await site();
    for (const path of ['/gone', '/round'])
      expect(await fetched(program, url + path)).toMatchObject({ status: 'failed', downloaded_file: null });
    host.admin.setLimits(program.accountId, { max_upload_size: 3 });
    expect(await fetched(program, `${url}/large`)).toMatchObject({ status: 'failed' });
    const careful = await served(await temporaryFolder(), { refusePrivateAddresses: true });
    expect(await fetched(careful.program, `${url}/any`)).toMatchObject({ status: 'failed' });
    expect(await fetched(careful.program, url.replace('127.0.0.1', 'localhost'))).toMatchObject({ status: 'failed' });
  });

  it('is refused for other schemes and for what is no address', async () => {
    const { program } = await served(await temporaryFolder());
    for (const url of ['file:///etc/passwd', 'ftp://x/y', 'nonsense', '']) {
      expect(
        (await program.call('file/url_upload_add', { file_url_base64: Buffer.from(url).toString('base64') })).isSuccess,
      ).toBe(false);
    }
  });
});
