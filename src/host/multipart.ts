/**
 * Reads a multipart/form-data body, by @fastify/busboy. Input is hostile: every size has a limit, and what does not
 * parse is refused with 400.
 *
 * What must hold: a piece of the body is fetched only once the one before is through, and a file's bytes go through only
 * as fast as they are taken; so a slow disk slows the sender down. Whoever takes a file hears of a broken or malformed
 * body as an error in the middle of its bytes, and `readMultipart` never ends before all takers have.
 */
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { Refusal } from './refusal.ts';

export interface FilePart {
  readonly name: string;
  /** As sent: path, quotes and percent signs included. */
  readonly filename: string;
  readonly contentType: string;
}

export interface PartTakers {
  field(name: string, value: string): void;
  /** Must read `chunks` to the end, unless it throws. Called in the order of the parts. */
  file(part: FilePart, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

const MAX_FIELDS_BYTES = 1024 * 1024;
/** Well below what is read of a header, so that no name is stored that was cut off there. */
const MAX_NAME_LENGTH = 16 * 1024;
const limits = { fieldSize: MAX_FIELDS_BYTES, parts: 1000, headerPairs: 100, headerSize: 4 * MAX_NAME_LENGTH };
/**
 * The parser gets one piece at a time and may hold several: one that stops in the middle of a write that filled it, since the
 * body ended there, would never say that it is done with it.
 */
const PIECE_BYTES = 64 * 1024;
const HELD_BYTES = 16 * PIECE_BYTES;

export function isMultipart(contentType: string): boolean {
  return /^multipart\/form-data\s*;.*\bboundary=./i.test(contentType);
}

export async function readMultipart(
  body: AsyncIterator<Uint8Array>,
  contentType: string,
  takers: PartTakers,
): Promise<void> {
  const parser = makeParser(contentType);
  const taken: Promise<void>[] = [];
  const open = new Set<BusboyFileStream>();
  let failure: Error | undefined;
  let wake = (): void => undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    for (const file of open) file.destroy(failure);
    wake();
  };
  let fieldBytes = 0;
  let isFinished = false;
  parser.on('field', (name, value, _isNameCut, isCut) => {
    fieldBytes += value.length;
    if (isCut || fieldBytes > MAX_FIELDS_BYTES) fail(new Refusal('The request is too large.', { status: 400 }));
    else takers.field(name ?? '', value); // a part need not have a name, whatever the package's types say
  });
  parser.on('file', (name, stream, filename, _encoding, type) => {
    if (failure !== undefined) return void stream.resume();
    stream.on('error', () => undefined); // the taker hears of it through its bytes, `fail` through the parser
    if (filename.length > MAX_NAME_LENGTH) {
      fail(malformed('a part header is too long'));
      return;
    }
    open.add(stream);
    const done = takers.file({ name: name ?? '', filename, contentType: type }, stream);
    taken.push(done.catch(fail).finally(() => open.delete(stream)));
  });
  parser.on('partsLimit', () => fail(malformed('too many parts')));
  parser.on('error', () => fail(malformed('it ended early')));
  parser.on('finish', () => {
    isFinished = true;
    wake();
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (failure === undefined && !holds()) await new Promise<void>((resolve) => (wake = resolve));
  };
  try {
    for (let next = await body.next(); failure === undefined && next.done !== true; next = await body.next()) {
      for (let at = 0; at < next.value.length && failure === undefined; at += PIECE_BYTES) {
        parser.write(next.value.subarray(at, at + PIECE_BYTES), () => wake());
        await until(() => parser.writableLength === 0);
      }
    }
    parser.end();
    await until(() => isFinished);
  } catch (error) {
    fail(error instanceof Error ? error : malformed('it broke off')); // the connection broke
  }
  await Promise.all(taken);
  if (failure !== undefined) throw failure;
}

function makeParser(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits,
      highWaterMark: HELD_BYTES,
      preservePath: true,
      isPartAFile: (_name, _type, filename) => filename !== undefined,
    });
  } catch {
    throw malformed('its boundary is missing or too long');
  }
}

function malformed(detail: string): Refusal {
  return new Refusal(`The multipart body could not be read: ${detail}.`, { status: 400 });
}
