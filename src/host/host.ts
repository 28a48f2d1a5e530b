/**
 * The bundled host: a small server of the whole File Upload API v2, with accounts, trash and limits, kept in SQLite and
 * content files. It runs on a port and, for tests, in process; how it behaves where hosts differ is said by its habits.
 */
import { join } from 'node:path';
import type { Clock, Random, Transport } from '../ports.ts';
import { AccountCalls } from './account-calls.ts';
import { Accounts } from './accounts.ts';
import { makeAdmin, type HostAdmin } from './admin.ts';
import { dateFormat, makeAnswers } from './answers.ts';
import type { Endpoint } from './call.ts';
import { CallBook } from './calls.ts';
import { checkTree } from './check.ts';
import { Contents } from './contents.ts';
import { openDatabase } from './database.ts';
import { Dispatch, type CallHook } from './dispatch.ts';
import { Downloads } from './downloads.ts';
import { Files } from './files.ts';
import { Folders } from './folders.ts';
import type { Habit, Ways } from './habits.ts';
import { listen, type Listening, type ListenOptions } from './server.ts';
import { makeTransport } from './transport.ts';
import { Uploads } from './uploads.ts';
import { UrlUploads } from './url-uploads.ts';

export interface HostOptions {
  readonly storage: { readonly kind: 'memory' } | { readonly kind: 'folder'; readonly path: string };
  readonly habits: readonly Habit[];
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  /** What `download_url` and `url_file` start with. `listen` sets it where it is not given; before, it is what the client used. */
  readonly baseUrl?: string;
  readonly onCall?: CallHook;
  /** Keeps the last 100,000 calls for `admin.callLog`. */
  readonly keepCallLog?: boolean;
  /** Runs `admin.checkTree` after each call that changed something; a fault rejects the call. */
  readonly checkAfterEachCall?: boolean;
  /** IANA name of the zone of `_datetime`; else the machine's own. */
  readonly timeZone?: string;
  /** Refuses to fetch from loopback, link-local and private addresses in `file/url_upload_add`. */
  readonly refusePrivateAddresses?: boolean;
  /** Hears of failures that the host could answer only with status 500. */
  readonly onFault?: (error: unknown) => void;
}

export interface Host {
  /** For a client in the same process; rejects with `remote/unreachable` where a hook says `drop`. */
  readonly transport: Transport;
  listen(options: ListenOptions): Promise<Listening>;
  readonly admin: HostAdmin;
  /** Ends everything that listens and writes down what was answered. */
  close(): Promise<void>;
}

/** Throws `host/locked`, `state/corrupt`, `state/newer` or `state/unwritable`. */
export async function openHost(options: HostOptions): Promise<Host> {
  const { clock, random, storage } = options;
  const ways: Ways = new Set(options.habits);
  const folder = storage.kind === 'folder' ? storage.path : undefined;
  const database = openDatabase(folder === undefined ? undefined : join(folder, 'host.db'));
  const contents = new Contents(database, folder, random);
  const accounts = new Accounts(database, random, ways);
  const book = new CallBook(options.keepCallLog ?? false);
  const formatDate = dateFormat(options.timeZone);
  const onFault = options.onFault ?? ((): void => undefined);
  const now = (): number => Math.floor(clock.now()); // the database keeps whole milliseconds
  const check = (): void => checkTree(database, contents);
  const uploads = new Uploads(database, contents, ways, random);
  const downloads = new Downloads(database, contents, ways, random);
  const urlUploads = new UrlUploads({
    database,
    contents,
    accounts,
    ways,
    random,
    now,
    refusePrivate: options.refusePrivateAddresses ?? false,
    onFault,
  });
  const endpoints = makeEndpoints(
    new AccountCalls(accounts),
    new Files(database, contents, ways, random),
    new Folders(database, ways, random),
    downloads,
    urlUploads,
  );
  let baseUrl = options.baseUrl?.replace(/\/+(api\/v2\/*)?$/, '');
  const dispatch = new Dispatch({
    accounts,
    answers: makeAnswers(ways, formatDate),
    book,
    database,
    downloads,
    endpoints,
    uploads,
    ways,
    hook: options.onCall ?? {},
    now,
    formatDate,
    baseUrl: () => baseUrl,
    onFault,
    check: options.checkAfterEachCall === true ? check : () => undefined,
  });
  const listening = new Set<Listening>();
  let closed: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (const server of listening) await server.close();
    await urlUploads.close();
    await database.close();
  };
  return {
    transport: makeTransport((request) => dispatch.handle(request)),
    admin: makeAdmin({ accounts, book, check, contents, database, now }),
    async listen(where) {
      const server = await listen((request) => dispatch.handle(request), where, onFault);
      baseUrl ??= server.url;
      listening.add(server);
      return {
        url: server.url,
        close: async () => {
          if (listening.delete(server)) await server.close();
        },
      };
    },
    close: () => (closed ??= closeAll()),
  };
}

/** All endpoints but `authorize`, which needs no token, and `file/upload`, whose body is no form. */
function makeEndpoints(
  account: AccountCalls,
  files: Files,
  folders: Folders,
  downloads: Downloads,
  urlUploads: UrlUploads,
): ReadonlyMap<string, Endpoint> {
  return new Map<string, Endpoint>([
    ['disable_access_token', (call) => account.disableToken(call)],
    ['account/info', (call) => account.info(call)],
    ['account/package', (call) => account.package(call)],
    ['folder/listing', (call) => folders.listing(call)],
    ['folder/info', (call) => folders.info(call)],
    ['folder/create', (call) => folders.create(call)],
    ['folder/edit', (call) => folders.edit(call)],
    ['folder/move', (call) => folders.move(call)],
    ['folder/delete', (call) => folders.delete(call)],
    ['file/download', (call) => downloads.address(call)],
    ['file/info', (call) => files.info(call)],
    ['file/edit', (call) => files.edit(call)],
    ['file/move', (call) => files.move(call)],
    ['file/copy', (call) => files.copy(call)],
    ['file/delete', (call) => files.delete(call)],
    ['file/url_upload_add', (call) => urlUploads.add(call)],
    ['file/url_upload_status', (call) => urlUploads.status(call)],
  ]);
}
