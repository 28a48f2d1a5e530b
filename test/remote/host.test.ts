/** The client against the bundled host, in process: they share nothing but the words of the API. */
import { describe, expect, it } from 'vitest';
import { ACCOUNT_ROOT } from '../../src/core/entry.ts';
import type { RemoteId } from '../../src/core/entry.ts';
import type { RemoteName } from '../../src/core/path.ts';
import { hasCode } from '../../src/errors.ts';
import { openHost } from '../../src/host/host.ts';
import type { Habit } from '../../src/host/habits.ts';
import { silentLog } from '../../src/log.ts';
import type { Remote } from '../../src/ports.ts';
import { findFolder, makeFolder } from '../../src/remote/folder-path.ts';
import { openTransport } from '../../src/remote/client.ts';
import { openRemote } from '../../src/remote/remote.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
async function* once(text: string) {
  yield bytes(text);
}
async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
const named = (name: string) => name as RemoteName;

async function world(habits: Habit[]) {
  const clock = new FakeClock({ auto: true });
  const random = seededRandom(1);
  const host = await openHost({ storage: { kind: 'memory' }, habits, clock, random });
  const account = host.admin.addAccount();
  const computer = () => {
    let refused = false;
    return openRemote({
      transport: host.transport,
      base: 'https://host.test/api/v2/',
      credentials: { kind: 'keys', key1: account.key1, key2: account.key2 },
      limits: { requestsPerSecond: 0, uploads: 4, downloads: 4 },
      clock,
      random,
      refused: { wasRefused: () => refused, remember: () => (refused = true), clear: () => (refused = false) },
      log: silentLog,
    });
  };
  return { host, account, clock, computer };
}

it('two computers that put each other out both get their uploads through, signing in a bounded number of times', async () => {
  const { host, computer } = await world(['servers', 'one-token']);
  const [one, other] = [computer(), computer()];
  const size = 200_000;
  const upload = async (remote: Remote, name: string) => {
    for (let attempt = 1; ; attempt++) {
      const content = [new Uint8Array(size)];
      try {
        return await remote.upload({
          parent: ACCOUNT_ROOT,
          name,
          size,
          content: (async function* () {
            yield* content;
          })(),
        });
      } catch (error) {
        if (!hasCode(error, 'remote/token-lapsed') || attempt === 20) throw error;
      }
    }
  };
  const many = async (remote: Remote, prefix: string) => {
    for (let number = 0; number < 10; number++) await upload(remote, `${prefix}${number}`);
  };
  await Promise.all([many(one, 'a'), many(other, 'b')]);
  const { files } = await one.list(ACCOUNT_ROOT);
  expect(new Set(files.map(({ name }) => name)).size).toBe(20);
  expect(files).toHaveLength(20);
  expect(host.admin.callCounts()['authorize']).toBeLessThan(20);
});

it('over the network the same calls work, and the connections are given back', async () => {
  const clock = new FakeClock();
  const random = seededRandom(2);
  const host = await openHost({ storage: { kind: 'memory' }, habits: ['servers'], clock, random });
  const account = host.admin.addAccount();
  const listening = await host.listen({ port: 0, address: '127.0.0.1' });
  const { transport, close } = openTransport({ proxyEnv: {}, connections: 2 });
  try {
    const remote = openRemote({
      transport,
      base: `${listening.url}/api/v2/`,
      credentials: { kind: 'keys', key1: account.key1, key2: account.key2 },
      limits: { requestsPerSecond: 0, uploads: 4, downloads: 4 },
      clock,
      random,
      refused: { wasRefused: () => false, remember: () => undefined, clear: () => undefined },
      log: silentLog,
    });
    const size = 3_000_000;
    const block = new Uint8Array(size / 10).fill(65);
    const content = async function* () {
      for (let part = 0; part < 10; part++) yield block;
    };
    const names = Array.from({ length: 6 }, (_, index) => `ü ${index}.bin`);
    const stored = await Promise.all(
      names.map((name) => remote.upload({ parent: ACCOUNT_ROOT, name, size, content: content() })),
    );
    expect(stored.map(({ name }) => name)).toEqual(names);
    expect(new Set(stored.map(({ md5 }) => md5)).size).toBe(1);
    const lengths = await Promise.all(
      stored.map(async ({ id }) => (await textOf((await remote.download(id, 1_000)).content)).length),
    );
    expect(new Set(lengths)).toEqual(new Set([size - 1_000]));
    for (const { id } of stored) for await (const _ of (await remote.download(id, 0)).content) break;
    expect((await remote.list(ACCOUNT_ROOT)).files).toHaveLength(6);
    await remote.signOut();
  } finally {
    await close();
    await host.close();
  }
});

describe.each<Habit[][]>([[['documented']], [['servers']], [['ghosts']], [['one-token']]])(
  'a host that is %s',
  (habits) => {
    it('takes files and folders, changes them and gives them back', async () => {
      const { computer } = await world(habits);
      const remote = computer();
      const cloud = await makeFolder(remote, ['Cloud', 'Ümläut & Co']);
      expect(await findFolder(remote, ['Cloud', 'Ümläut & Co'])).toEqual({ kind: 'found', id: cloud });

      const text = 'content with ümläut';
      const stored = await remote.upload({
        parent: cloud,
        name: 'ä ö.txt',
        size: bytes(text).length,
        content: once(text),
      });
      expect(stored).toMatchObject({ name: 'ä ö.txt', size: bytes(text).length });
      expect(await remote.list(cloud)).toMatchObject({ files: [{ id: stored.id, name: 'ä ö.txt' }], complete: true });

      const moved = await remote.editFile(stored.id, { name: named('b.txt'), parent: ACCOUNT_ROOT });
      expect(moved).toMatchObject({ id: stored.id, parent: ACCOUNT_ROOT, name: 'b.txt', status: 'active' });

      const download = await remote.download(stored.id, 0);
      expect(await textOf(download.content)).toBe(text);
      const rest = await remote.download(stored.id, 8);
      expect(await textOf(rest.content)).toBe(Buffer.from(text).subarray(rest.offset).toString('utf8'));

      const copy = await remote.copyFile(stored.id, cloud);
      expect(copy).toMatchObject({ parent: cloud, size: bytes(text).length });
      await remote.trashFile(stored.id);
      expect(await remote.fileInfo(stored.id)).toMatchObject({ status: 'trash' });
      expect(await remote.fileInfo('f999999' as RemoteId)).toBeNull();
      expect(await remote.folderInfo('d999999' as RemoteId)).toBeNull();
      const renamed = await remote.editFolder(cloud, { name: named('renamed'), parent: ACCOUNT_ROOT });
      expect(renamed).toMatchObject({ id: cloud, parent: ACCOUNT_ROOT, name: 'renamed', visibility: 'private' });
      await remote.trashFolder(cloud);
      await remote.signOut();
    });

    it('is signed in to again when it ended the token', async () => {
      const { host, account, computer } = await world(habits);
      const remote = computer();
      const { id } = await remote.account();
      host.admin.endTokens(account.accountId);
      await Promise.all(Array.from({ length: 8 }, () => remote.list(ACCOUNT_ROOT)));
      expect(await remote.account()).toEqual({ id });
      expect(host.admin.callCounts()).toMatchObject({ authorize: 2 });
    });
  },
);
