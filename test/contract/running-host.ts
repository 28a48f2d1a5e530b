/** A bundled host on a free port of 127.0.0.1 with a clock moved by hand, and sessions that talk to it. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach } from 'vitest';
import type { Habit } from '../../src/host/habits.ts';
import { openHost } from '../../src/host/host.ts';
import { data, file, folder, list, scalar, uploaded } from './answers.ts';
import type { Folder, HostFile, Members, Uploaded } from './answers.ts';
import { MULTIPART, fetchContent, multipartBody, postForm, send, type Answer } from './request.ts';

export type Host = Awaited<ReturnType<typeof openHost>>;
export type Account = ReturnType<Host['admin']['addAccount']>;
type Storage = Parameters<typeof openHost>[0]['storage'];

const ALL: Habit[][] = [
  ['documented'],
  ['servers'],
  ['ghosts'],
  ['one-token'],
  ['awkward'],
  ['servers', 'ghosts', 'one-token', 'awkward'],
];
/** For what every host of the family does: the title's part, and the habits. */
export const everyHabit: [string, Habit[]][] = ALL.map((habits) => [habits.join(' + '), habits]);
export const withoutGhosts: [string, Habit[]][] = everyHabit.filter(([, habits]) => !habits.includes('ghosts'));
export const withGhosts: [string, Habit[]][] = everyHabit.filter(([, habits]) => habits.includes('ghosts'));
/** Hosts that are not bound to what was read off a server, where the document offers an alternative. */
export const notAsServers: [string, Habit[]][] = everyHabit.filter(([, habits]) => !habits.includes('servers'));
/** Hosts that behave as read off a server, where the documentation says otherwise. */
export const asServers: [string, Habit[]][] = everyHabit.filter(([, habits]) => habits.includes('servers'));

/**
 * For the lines of the document that were read off a server alone and tell of carelessness: what names a place that is
 * not there, or makes a ring, is taken without an error. The documentation is silent about them, so other hosts may refuse.
 */
export const readOffServers = asServers;

declare module 'vitest' {
  interface TaskMeta {
    /** The test makes rings, orphans or files in the trash on purpose: the host must not check its tree after each call. */
    losesThings?: boolean;
  }
}

/** The options of such a test. */
export const losingThings = { meta: { losesThings: true } };

export class HandClock {
  #now = Date.UTC(2026, 2, 10, 12, 0, 0);
  now(): number {
    return this.#now;
  }
  moveSeconds(seconds: number): void {
    this.#now += seconds * 1000;
  }
}

export function repeatableRandom(seed: string): { fraction(): number; hex(bytes: number): string } {
  let turn = 0;
  const block = (): string => {
    turn += 1;
    return createHash('sha256')
      .update(`${seed} ${String(turn)}`)
      .digest('hex');
  };
  return {
    fraction: () => parseInt(block().slice(0, 8), 16) / 2 ** 32,
    hex(bytes) {
      let digits = '';
      while (digits.length < bytes * 2) digits += block();
      return digits.slice(0, bytes * 2);
    },
  };
}

export function md5(content: Buffer | string): string {
  return createHash('md5').update(content).digest('hex');
}

/** One signed-in client: an access token and an account id, sent along with every call. */
export class Session {
  readonly base: string;
  readonly pair: { access_token: string; account_id: string };

  constructor(base: string, pair: { access_token: string; account_id: string }) {
    this.base = base;
    this.pair = pair;
  }

  call(endpoint: string, fields: Record<string, string> = {}): Promise<Answer> {
    return postForm(this.base + endpoint, { ...this.pair, ...fields });
  }

  sendUpload(filename: string, content: Buffer | string, folderId = ''): Promise<Answer> {
    const body = multipartBody({ ...this.pair, folder_id: folderId }, filename, content);
    return send(`${this.base}file/upload`, { method: 'POST', headers: MULTIPART, body });
  }

  async upload(filename: string, content: Buffer | string, folderId = ''): Promise<Uploaded> {
    return uploaded(await this.sendUpload(filename, content, folderId));
  }

  async makeFolder(name: string, parentId = ''): Promise<string> {
    const fields = { folder_name: name, parent_id: parentId, is_public: '0' };
    return folder(data(await this.call('folder/create', fields))).id;
  }

  async listing(parentFolderId = ''): Promise<{ folders: Folder[]; files: HostFile[] }> {
    const found = data(await this.call('folder/listing', { parent_folder_id: parentFolderId }));
    return { folders: list(found['folders']).map(folder), files: list(found['files']).map(file) };
  }

  async folderNames(parentFolderId = ''): Promise<string[]> {
    return (await this.listing(parentFolderId)).folders.map((found) => found.folderName).sort();
  }

  async folderIds(parentFolderId = ''): Promise<string[]> {
    return (await this.listing(parentFolderId)).folders.map((found) => found.id);
  }

  async fileNames(parentFolderId = ''): Promise<string[]> {
    return (await this.listing(parentFolderId)).files.map((found) => found.filename).sort();
  }

  async fileIds(parentFolderId = ''): Promise<string[]> {
    return (await this.listing(parentFolderId)).files.map((found) => found.id);
  }

  async folderInfo(id: string): Promise<Folder> {
    return folder(data(await this.call('folder/info', { parent_folder_id: id, folder_id: id })));
  }

  async fileInfo(id: string): Promise<HostFile> {
    return file(data(await this.call('file/info', { file_id: id })));
  }

  async downloadAddress(id: string): Promise<string> {
    return scalar(data(await this.call('file/download', { file_id: id }))['download_url']);
  }

  async download(id: string): Promise<string> {
    return (await fetchContent(await this.downloadAddress(id))).body.toString('utf8');
  }
}

async function keyPairOrPassword(base: string, account: Account): Promise<Members> {
  const withKeys = await postForm(`${base}authorize`, { key1: account.key1, key2: account.key2 });
  if (withKeys.status === 200 && withKeys.body.includes('access_token')) return data(withKeys);
  return data(await postForm(`${base}authorize`, { username: account.username, password: account.password }));
}

/** Signs in the way the host is set up: with the key pair, or with user name and password. */
export async function signIn(base: string, account: Account): Promise<Session> {
  const found = await keyPairOrPassword(base, account);
  return new Session(base, {
    access_token: scalar(found['access_token']),
    account_id: scalar(found['account_id']),
  });
}

/** Two round trips: afterwards the host, which shares this process, has read what was on the wire before. */
export async function letTheHostRead(session: Session): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await session.call('account/package');
}

export class RunningHost {
  readonly clock: HandClock;
  readonly host: Host;
  readonly url: string;
  readonly base: string;
  readonly #closeServer: () => unknown;

  private constructor(clock: HandClock, host: Host, server: { url: string; close: () => unknown }) {
    this.clock = clock;
    this.host = host;
    this.url = server.url;
    this.base = `${server.url}/api/v2/`;
    this.#closeServer = () => server.close();
  }

  static async start(
    habits: Habit[],
    storage: Storage = { kind: 'memory' },
    clock = new HandClock(),
    checkAfterEachCall = true,
  ): Promise<RunningHost> {
    const random = repeatableRandom(`${habits.join()} ${String(process.hrtime.bigint())}`);
    const host = await openHost({ storage, habits, clock, random, checkAfterEachCall });
    return new RunningHost(clock, host, await host.listen({ port: 0, address: '127.0.0.1' }));
  }

  async close(): Promise<void> {
    await this.#closeServer();
    await this.host.close();
  }
}

/** Within a `describe`: a fresh host for each test, with one account that is signed in. */
export class HostForEachTest {
  #running: RunningHost | undefined;
  #account: Account | undefined;
  #me: Session | undefined;

  constructor(habits: Habit[]) {
    beforeEach(async ({ task }) => {
      const running = await RunningHost.start(habits, undefined, undefined, task.meta.losesThings !== true);
      this.#running = running;
      this.#account = running.host.admin.addAccount({});
      this.#me = await signIn(running.base, this.#account);
    });
    afterEach(async () => {
      await this.#running?.close();
    });
  }

  get running(): RunningHost {
    if (this.#running === undefined) throw new Error('the host is not running');
    return this.#running;
  }
  get base(): string {
    return this.running.base;
  }
  get clock(): HandClock {
    return this.running.clock;
  }
  get admin(): Host['admin'] {
    return this.running.host.admin;
  }
  get account(): Account {
    if (this.#account === undefined) throw new Error('there is no account');
    return this.#account;
  }
  get me(): Session {
    if (this.#me === undefined) throw new Error('nobody is signed in');
    return this.#me;
  }
  /** A second account of the same host, signed in. */
  async somebodyElse(): Promise<Session> {
    return signIn(this.base, this.admin.addAccount({}));
  }
}
