/**
 * The least that can be done: undici and MD5, nothing looked at and nothing remembered. `bare-loop.ts up|down FILE URL KEY1 KEY2` with one large
 * file; `bare-loop.ts many-up|many-down COUNT URL KEY1 KEY2` with small ones, eight at a time, of which nothing touches the disk.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { request } from 'undici';
import { at, list, text } from '../host/program.ts';

const [way = '', path = '', url = '', key1 = '', key2 = ''] = process.argv.slice(2);
const form = (fields: Readonly<Record<string, string>>) => ({
  method: 'POST' as const,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});
const call = async (endpoint: string, fields: Readonly<Record<string, string>>): Promise<unknown> =>
  (await request(`${url}/api/v2/${endpoint}`, form(fields))).body.json();

const signedIn = at(await call('authorize', { key1, key2 }), 'data');
const token = { access_token: text(at(signedIn, 'access_token')), account_id: String(at(signedIn, 'account_id')) };
const hash = createHash('md5');
const hashing = new Transform({
  transform(part: Buffer, _encoding, done) {
    hash.update(part);
    done(null, part);
  },
});

const boundary = 'a-boundary-that-no-file-holds';
const headOf = (name: string): Buffer => {
  const part = (head: string): string => `--${boundary}\r\n${head}\r\n\r\n`;
  const fields = Object.entries(token).map(
    ([field, value]) => `${part(`content-disposition: form-data; name="${field}"`)}${value}\r\n`,
  );
  const file = `content-disposition: form-data; name="upload_file"; filename="${name}"\r\ncontent-type: application/octet-stream`;
  return Buffer.from(fields.join('') + part(file));
};
const tail = Buffer.from(`\r\n--${boundary}--\r\n`);

if (way.startsWith('many')) {
  const count = Number(path);
  const eightAtATime = async (task: (at: number) => Promise<void>): Promise<void> => {
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < count) await task(next++);
    };
    await Promise.all(Array.from({ length: 8 }, work));
  };
  const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
  const ids = new Map<string, string>();
  for (const file of list(at(await call('folder/listing', token), 'data', 'files')))
    ids.set(text(at(file, 'filename')), String(at(file, 'id')));
  const [began, spent] = [performance.now(), process.cpuUsage()];
  await eightAtATime(async (number) => {
    const name = `bare${number}.bin`;
    if (way === 'many-up') {
      const content = Buffer.alloc(4_096, `bare ${number} `);
      md5(content);
      const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
      const body = Buffer.concat([headOf(name), content, tail]);
      await (await request(`${url}/api/v2/file/upload`, { method: 'POST', headers, body })).body.json();
    } else {
      const asked = await call('file/download', { ...token, file_id: ids.get(name) ?? '' });
      md5(await (await request(text(at(asked, 'data', 'download_url')))).body.bytes());
    }
  });
  const { user, system } = process.cpuUsage(spent);
  const took = { wallS: (performance.now() - began) / 1000, cpuS: (user + system) / 1e6 };
  console.log(JSON.stringify(took));
} else if (way === 'up') {
  const head = headOf('bare.bin');
  const body = Readable.from(
    (async function* () {
      yield head;
      for await (const piece of createReadStream(path, { highWaterMark: 1 << 18 }).pipe(hashing)) yield piece as Buffer;
      yield tail;
    })(),
    { objectMode: false },
  );
  const answer = await request(`${url}/api/v2/file/upload`, {
    method: 'POST',
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + statSync(path).size + tail.length),
    },
    body,
    bodyTimeout: 0,
    headersTimeout: 0,
  });
  const said = await answer.body.json();
  if (answer.statusCode !== 200) throw new Error(JSON.stringify(said));
} else {
  const listed = list(at(await call('folder/listing', token), 'data', 'files'));
  const found = listed.find((file) => text(at(file, 'filename')) === 'bare.bin');
  const asked = await call('file/download', { ...token, file_id: String(at(found, 'id')) });
  const { body } = await request(text(at(asked, 'data', 'download_url')));
  await pipeline(body, hashing, createWriteStream(`${path}.bare`));
}
if (!way.startsWith('many')) console.log(hash.digest('hex'));
