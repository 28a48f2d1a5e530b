/** The client against the bundled host, in process: they share nothing but the words of the API. */
import { describe, expect, it } from 'vitest';
import { ACCOUNT_ROOT } from '../../src/core/entry.ts';
import type { RemoteId } from '../../src/core/entry.ts';
import type { RemoteName } from '../../src/core/path.ts';
import { openHost } from '../../src/host/host.ts';
import type { Habit } from '../../src/host/host.ts';
import { silentLog } from '../../src/log.ts';
import { findFolder, makeFolder } from '../../src/remote/folder-path.ts';
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
