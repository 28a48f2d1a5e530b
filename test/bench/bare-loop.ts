/** The least that can be done with one large file: undici and MD5, nothing kept, nothing looked at. `bare-loop.ts up|down FILE URL KEY1 KEY2`. */
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

if (way === 'up') {
  const boundary = 'a-boundary-that-no-file-holds';
  const part = (head: string) => Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`);
  const field = (name: string, value: string) =>
    `${part(`content-disposition: form-data; name="${name}"`).toString()}${value}\r\n`;
  const head = Buffer.from(
    Object.entries(token)
      .map(([name, value]) => field(name, value))
      .join('') +
      part(
        'content-disposition: form-data; name="upload_file"; filename="bare.bin"\r\ncontent-type: application/octet-stream',
      ).toString(),
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
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
console.log(hash.digest('hex'));
