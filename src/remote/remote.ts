/**
 * The host, put together: request, limit, retry and session stacked once, and on top of them each call of the `Remote`
 * port as one endpoint with its fields. Nothing here interprets what an answer means for the trees.
 */
import { ACCOUNT_ROOT } from '../core/entry.ts';
import type { RemoteId } from '../core/entry.ts';
import { hasCode, SyncError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CallOptions, Clock, DownloadStream, Random, Remote, RemoteChange, Transport } from '../ports.ts';
import { parseBase } from './address.ts';
import { makeAddresses } from './addresses.ts';
import type { Addresses } from './addresses.ts';
import type { JsonObject } from './answer.ts';
import { DownloadPace } from './download-pace.ts';
import type { Fields, FilePart } from './form.ts';
import { Limit } from './limit.ts';
import { meaningOfRefusal, presentable } from './refusals.ts';
import { createRequest } from './request.ts';
import type { Endpoint, Send, Timeouts } from './request.ts';
import { withRetry } from './retry.ts';
import { Session, signOutMs } from './session.ts';
import type { Credentials, Lender, RefusedSignIn } from './session.ts';
import { joinSignals } from './signals.ts';
import { Throttle } from './throttle.ts';
import type { ByteRate } from './throttle.ts';
import { openDownload, untilEnd } from './transfer.ts';
import { readCopy, readDownloadAddress, readFile, readFolder, readLimits, readListing, readUpload } from './wire.ts';

export interface RemoteLimits {
  /** 0 is no limit. */
  readonly requestsPerSecond: number;
  /** Calls at once, transfers not counted. */
  readonly calls?: number;
  readonly uploads: number;
  readonly downloads: number;
  readonly uploadRate?: ByteRate;
  readonly downloadRate?: ByteRate;
}

export interface RemoteOptions {
  readonly transport: Transport;
  /** `https://host/sub/api/v2/` */
  readonly base: string;
  readonly credentials: Credentials;
  readonly limits: RemoteLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly refused: RefusedSignIn;
  readonly log: Log;
  /** Ends everything but the sign-out. */
  readonly signal?: AbortSignal;
  readonly timeouts?: Partial<Timeouts>;
  /** How long a computer that was put out and has nothing to send stays away: a poll's interval. In milliseconds. */
  readonly idleAwayMs?: number;
  /** Signs in for this program, which then does not. */
  readonly lender?: Lender | undefined;
  /** Content may come over plain http although the host speaks https. */
  readonly allowInsecure?: boolean;
}

const usualTimeouts: Timeouts = { answerMs: 60_000, uploadAnswerMs: 300_000, stallMs: 60_000 };
const usualCalls = 8;

interface Wanted {
  readonly endpoint: Endpoint;
  readonly fields: Fields;
  readonly file?: FilePart;
}

export function openRemote(options: RemoteOptions): Remote & Addresses & Pick<Session, 'lend'> {
  const { transport, base, clock, random, log, limits, credentials, refused, signal } = options;
  const timeouts = { ...usualTimeouts, ...options.timeouts };
  const limit = new Limit(clock, { ...limits, calls: limits.calls ?? usualCalls });
  const uploads = limits.uploadRate === undefined ? null : new Throttle(clock, limits.uploadRate);
  const downloads = limits.downloadRate === undefined ? null : new Throttle(clock, limits.downloadRate);
  const pace = new DownloadPace(clock);
  const secure = parseBase(base).protocol === 'https:' && options.allowInsecure !== true;

  const request = createRequest({ transport, base, timeouts, clock, random });
  const limited: Send = (call) =>
    call.file === undefined
      ? limit.call(call.urgency, call.signal, () => request(call))
      : limit.upload(call.signal, () => request(call));
  const send = withRetry(limited, { clock, random, log });
  const session = new Session({
    credentials,
    send,
    sendAtOnce: createRequest({
      transport,
      base,
      timeouts: { answerMs: signOutMs, uploadAnswerMs: signOutMs, stallMs: signOutMs },
      clock,
      random,
    }),
    refused,
    clock,
    random,
    log,
    signal,
    idleAwayMs: options.idleAwayMs ?? 0,
    lender: options.lender,
  });

  /** Runs one piece of work under both signals: the program's and the caller's. */
  const under = async <T>(given: AbortSignal | undefined, work: (signal: AbortSignal | undefined) => Promise<T>) => {
    const joined = joinSignals(signal, given);
    try {
      return await work(joined.signal);
    } finally {
      joined.release();
    }
  };

  const call = ({ signal: given, urgency = 'operation' }: CallOptions, wanted: Wanted): Promise<JsonObject> =>
    under(given, (joined) =>
      session.run({ urgency, signal: joined, repeatable: wanted.file === undefined }, (token) =>
        send({ token, urgency, signal: joined, ...wanted }),
      ),
    );

  const download = async (file: RemoteId, offset: number, given: CallOptions): Promise<DownloadStream> => {
    const joined = joinSignals(signal, given.signal);
    const ask = async () =>
      readDownloadAddress(
        await call(withSignal(given, joined.signal), { endpoint: 'file/download', fields: { file_id: plainId(file) } }),
      );
    return new Promise((resolve, reject) => {
      // The place among the downloads is held until the content has been read, not until it begins.
      limit
        .download(joined.signal, async () => {
          const open = () => openDownload({ transport, timeouts, clock, secure }, ask, offset, joined.signal);
          const opened = await pace.begin(open, joined.signal);
          await new Promise<void>((ended) => {
            const end = () => {
              // The signal may live as long as the program: what stays on it makes each later download dearer.
              joined.signal?.removeEventListener('abort', end);
              ended();
            };
            joined.signal?.addEventListener('abort', end, { once: true });
            const content =
              downloads === null
                ? opened.content
                : abandonable(downloads.slow(opened.content, joined.signal), opened.content);
            resolve({ ...opened, content: untilEnd(content, end) });
          });
        })
        .catch(reject)
        .finally(joined.release);
    });
  };

  return {
    account: async ({ signal: given, urgency = 'operation' } = {}) => ({
      id: await under(given, (joined) => session.account({ urgency, signal: joined })),
    }),
    async limits(given = {}) {
      const known = readLimits(await call(given, { endpoint: 'account/package', fields: {} }));
      pace.learn(known);
      return known;
    },
    list: async (folder, given = {}) =>
      readListing(
        await call(given, { endpoint: 'folder/listing', fields: { parent_folder_id: blankRoot(folder) } }),
        folder,
      ),
    folderInfo: (folder, given = {}) =>
      unlessUnknown(async () => {
        const id = plainId(folder);
        const fields = { parent_folder_id: id, folder_id: id };
        return sameId(folder, readFolder(await call(given, { endpoint: 'folder/info', fields }), 'folder/info'));
      }),
    fileInfo: (file, given = {}) =>
      unlessUnknown(async () => {
        const fields = { file_id: plainId(file) };
        return sameId(file, readFile(await call(given, { endpoint: 'file/info', fields }), 'file/info'));
      }),
    createFolder: async (parent, name, given = {}) => {
      const fields = { folder_name: name, parent_id: blankRoot(parent), is_public: '0' };
      return readFolder(await call(given, { endpoint: 'folder/create', fields }), 'folder/create');
    },
    editFolder: async (folder, change, given = {}) => {
      const fields = { folder_id: plainId(folder), ...changed(change, 'folder_name', 'parent_id') };
      return sameId(folder, readFolder(await call(given, { endpoint: 'folder/edit', fields }), 'folder/edit'));
    },
    editFile: async (file, change, given = {}) => {
      const fields = { file_id: plainId(file), ...changed(change, 'filename', 'folder_id') };
      return sameId(file, readFile(await call(given, { endpoint: 'file/edit', fields }), 'file/edit'));
    },
    copyFile: async (file, to, given = {}) => {
      const fields = { file_id: plainId(file), copy_to_folder_id: literalRoot(to) };
      return readCopy(await call(given, { endpoint: 'file/copy', fields }));
    },
    trashFolder: async (folder, given = {}) => {
      await call(given, { endpoint: 'folder/delete', fields: { folder_id: plainId(folder) } });
    },
    trashFile: async (file, given = {}) => {
      await call(given, { endpoint: 'file/delete', fields: { file_id: plainId(file) } });
    },
    upload: async ({ parent, name, size, content }, given = {}) => {
      const answer = await under(given.signal, async (joined) => {
        const file = { name, size, content: uploads === null ? content : uploads.slow(content, joined) };
        const fields = { folder_id: blankRoot(parent) };
        return readUpload(await call(withSignal(given, joined), { endpoint: 'file/upload', fields, file }));
      });
      if ('refused' in answer) {
        throw new SyncError(meaningOfRefusal(answer.refused), {
          detail: `file/upload: ${presentable(answer.refused, [])}`,
        });
      }
      return answer;
    },
    download: (file, offset, given = {}) => download(file, offset, given),
    ...makeAddresses(call),
    lend: (ended) => session.lend(ended),
    signOut: () => session.signOut(),
  };
}

function withSignal(options: CallOptions, signal: AbortSignal | undefined): CallOptions {
  return signal === undefined ? options : { ...options, signal };
}

// ---------------------------------------------------------------------------------------------- how hosts spell ids

/** The id as the host writes it. */
function plainId(id: RemoteId): string {
  return id.slice(1);
}

/** In these calls a blank parent is the root. */
function blankRoot(folder: RemoteId): string {
  return folder === ACCOUNT_ROOT ? '' : plainId(folder);
}

/** In these a blank one means "as it is", and the root is a word. */
function literalRoot(folder: RemoteId): string {
  return folder === ACCOUNT_ROOT ? 'null' : plainId(folder);
}

function changed({ name, parent }: RemoteChange, nameField: string, parentField: string): Fields {
  return {
    ...(name === undefined ? {} : { [nameField]: name }),
    ...(parent === undefined ? {} : { [parentField]: literalRoot(parent) }),
  };
}

async function unlessUnknown<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (hasCode(error, 'remote/not-found')) return null;
    throw error;
  }
}

/** An answer about another item says nothing about this one. */
function sameId<T extends { readonly id: RemoteId }>(asked: RemoteId, item: T): T {
  if (item.id !== asked) throw new SyncError('remote/bad-answer', { detail: 'the answer is about another item' });
  return item;
}

/** Abandons `source` also when `content`, a generator over it, was never begun: then its own clean-up does not run. */
function abandonable(
  content: AsyncGenerator<Uint8Array, void, void>,
  source: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      let begun = false;
      return {
        next() {
          begun = true;
          return content.next();
        },
        async return() {
          if (!begun) await source[Symbol.asyncIterator]().return?.();
          await content.return();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
