import { describe, expect, it } from 'vitest';
import { readMultipart } from '../../src/host/multipart.ts';
import { collect } from './program.ts';

const type = 'multipart/form-data; boundary=x';
const fileHead = '--x\r\nContent-Disposition: form-data; name="f"; filename="n.txt"\r\n\r\n';

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** What the takers got: fields by name, files by file name. */
async function read(body: AsyncIterator<Uint8Array>): Promise<Record<string, string>> {
  const got: Record<string, string> = {};
  await readMultipart(body, type, {
    field: (name, value) => void (got[name] = value),
    file: async ({ filename }, chunks) => void (got[filename] = (await collect(chunks)).toString()),
  });
  return got;
}

describe('a multipart body', () => {
  it('is fetched only as fast as its file is taken', async () => {
    let fetched = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(fileHead);
      for (; fetched < 100; fetched += 1) yield Buffer.alloc(100_000);
      yield Buffer.from('\r\n--x--');
    }
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    let size = 0;
    const reading = readMultipart(endless(), type, {
      field: () => undefined,
      async file(_part, chunks) {
        await gate;
        size = (await collect(chunks)).length;
      },
    });
    for (let turn = 0; turn < 1000; turn += 1) await new Promise(setImmediate);
    expect(fetched).toBeLessThan(5);
    go();
    await reading;
    expect(size).toBe(10_000_000);
  });

  it('that breaks off or ends early fails for whoever takes its file, and then for the reader', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${fileHead}some bytes`);
      throw new Error('the connection broke');
    }
    for (const [body, why] of [
      [broken(), 'the connection broke'],
      [pieces(fileHead, 'some bytes'), 'it ended early'],
    ] as const) {
      let heard = '';
      const reading = readMultipart(body, type, {
        field: () => undefined,
        async file(_part, chunks) {
          await collect(chunks).catch((error: unknown) => (heard = String(error)));
        },
      });
      await expect(reading).rejects.toThrow(why);
      expect(heard).not.toBe('');
    }
  });

  it('is read no further once its file cannot be taken', async () => {
    let fetched = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(fileHead);
      for (; fetched < 1000; fetched += 1) {
        await new Promise(setImmediate);
        yield Buffer.alloc(100_000);
      }
    }
    const file = (): Promise<void> => Promise.reject(new Error('the disk is full'));
    await expect(readMultipart(endless(), type, { field: () => undefined, file })).rejects.toThrow('the disk is full');
    expect(fetched).toBeLessThan(5);
  });

  it('comes to its end however it is cut into pieces', async () => {
    const whole = `preamble\r\n${fileHead}first\r\n--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n--x--\r\nepilogue`;
    for (let size = 1; size <= whole.length; size += 1) {
      const cut = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
        whole.slice(at * size, (at + 1) * size),
      );
      expect(await read(pieces(...cut))).toEqual({ 'n.txt': 'first', a: 'value' });
    }
  });

  it.each([
    `--x\r\n\r\n${'y'.repeat(50_000)}\r\n--x--`,
    `--x\r\n${'y'.repeat(50_000)}\r\n--x--\r\n`,
    `--x\r\n:\r\n\r\n${'y'.repeat(500_000)}\r\n--x\r\n--x--${'y'.repeat(50_000)}`,
    '--x--',
  ])('with nothing in it comes to its end too', async (body) => {
    expect(await read(pieces(body))).toEqual({});
  });

  it.each([
    ['nothing at all', ''],
    ['no end', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue'],
    ['a name that is too long', fileHead.replace('n.txt', 'n'.repeat(17_000)) + 'bytes\r\n--x--'],
    [
      'a value that is too long',
      `--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n${'v'.repeat(2_000_000)}\r\n--x--`,
    ],
    ['too many parts', `${'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'.repeat(1001)}--x--`],
  ])('with %s is refused', async (_what, body) => {
    await expect(read(pieces(body))).rejects.toMatchObject({ name: 'Refusal', status: 400 });
  });

  it.each([
    ['say \\"hi\\".txt', 'say "hi".txt'],
    ['C:\\folder\\name.txt', 'C:\\folder\\name.txt'],
    ['back\\\\slash', 'back\\slash'],
    ['50%25 %22x%22', '50%25 %22x%22'],
    ['semi; filename=trap', 'semi; filename=trap'],
    ["Übung 日本 🎉 it's.txt", "Übung 日本 🎉 it's.txt"],
    ['../..', '../..'],
  ])('names its file as sent: %s', async (quoted, name) => {
    expect(await read(pieces(fileHead.replace('n.txt', quoted), 'x\r\n--x--'))).toEqual({ [name]: 'x' });
  });
});
