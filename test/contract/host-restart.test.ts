import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { data, file, members, success } from './answers.ts';
import { multipartBody, startUpload } from './request.ts';
import { RunningHost, everyHabit, signIn, type Account, type Session } from './running-host.ts';

async function bytesIn(path: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return sum;
}

describe.each(everyHabit)('a host that keeps its storage in a folder (%s)', (_title, habits) => {
  let place: string;
  let running: RunningHost;
  let account: Account;
  let me: Session;

  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'host-restart-'));
    running = await RunningHost.start(habits, { kind: 'folder', path: join(place, 'storage') });
    account = running.host.admin.addAccount({});
    me = await signIn(running.base, account);
  });

  afterEach(async () => {
    await running.close();
    await rm(place, { recursive: true, force: true });
  });

  const reopen = async (): Promise<Session> => {
    await running.close();
    running = await RunningHost.start(habits, { kind: 'folder', path: join(place, 'storage') }, running.clock);
    return signIn(running.base, account);
  };

  /** As after a kill: what is on the disk while the host still runs is all that the next host gets. */
  const reopenFromImage = async (): Promise<Session> => {
    await cp(join(place, 'storage'), join(place, 'image'), { recursive: true });
    await running.close();
    running = await RunningHost.start(habits, { kind: 'folder', path: join(place, 'image') }, running.clock);
    return signIn(running.base, account);
  };

  const fill = async (): Promise<{ top: string; below: string; fileId: string; trashed: string; copy: string }> => {
    const top = await me.makeFolder('Ordner mit Ü');
    const below = await me.makeFolder('Below', top);
    const fileId = (await me.upload('a.txt', 'the content', below)).id;
    const trashed = (await me.upload('trashed.txt', 'trashed', top)).id;
    data(await me.call('file/delete', { file_id: trashed }));
    const copied = success(await me.call('file/copy', { file_id: fileId, copy_to_folder_id: top }));
    return { top, below, fileId, trashed, copy: file(members(copied['new_file'])['data']).id };
  };

  const findsEverything = async (again: Session, put: Awaited<ReturnType<typeof fill>>): Promise<void> => {
    expect((await again.listing()).folders).toMatchObject([{ id: put.top, folderName: 'Ordner mit Ü' }]);
    expect(await again.folderIds(put.top)).toEqual([put.below]);
    expect(await again.fileIds(put.top)).toEqual([put.copy]);
    expect((await again.listing(put.below)).files).toMatchObject([
      { id: put.fileId, filename: 'a.txt', fileSize: '11', folderId: put.below, status: 'active' },
    ]);
    expect(await again.fileInfo(put.trashed)).toMatchObject({ filename: 'trashed.txt', status: 'trash' });
    expect(await again.download(put.fileId)).toBe('the content');
    expect(await again.download(put.copy)).toBe('the content');
  };

  it('finds everything after it was closed and opened again', async () => {
    const put = await fill();
    await findsEverything(await reopen(), put);
  });

  it('finds everything after it was killed', async () => {
    const put = await fill();
    await findsEverything(await reopenFromImage(), put);
  });

  it('finds all that it answered with success when it is killed in the middle of an upload', async () => {
    const put = await fill();
    const body = multipartBody({ ...me.pair, folder_id: '' }, 'half.bin', Buffer.alloc(300_000, 'h'));
    const upload = await startUpload(`${running.base}file/upload`, body, 150_000);
    await cp(join(place, 'storage'), join(place, 'image'), { recursive: true });
    await upload.breakAfter(0);
    await running.close();
    running = await RunningHost.start(habits, { kind: 'folder', path: join(place, 'image') }, running.clock);
    const again = await signIn(running.base, account);
    await findsEverything(again, put);
    expect(await again.fileIds()).toEqual([]);
  });

  it('gives ids after a restart that were not in use before it', async () => {
    const put = await fill();
    const again = await reopen();
    const used = [put.fileId, put.trashed, put.copy];
    expect(used).not.toContain((await again.upload('new.txt', 'new')).id);
    expect([put.top, put.below]).not.toContain(await again.makeFolder('New'));
  });

  it('does not give the id of a file again that was deleted for good: content never changes under an id [doc]', async () => {
    const { id } = await me.upload('a.txt', 'a');
    data(await me.call('file/delete', { file_id: id }));
    running.host.admin.emptyTrash(account.accountId);
    const again = await reopen();
    expect((await again.upload('b.txt', 'b')).id).not.toBe(id);
  });

  it('restores after a restart what was trashed before it [srv]', async () => {
    const top = await me.makeFolder('Top');
    const { id } = await me.upload('a.txt', 'the content', top);
    success(await me.call('folder/delete', { folder_id: top }));
    const again = await reopen();
    running.host.admin.restore(account.accountId, 'folder', Number(top));
    expect(await again.folderIds()).toEqual([top]);
    expect(await again.fileIds(top)).toEqual([id]);
    expect(await again.download(id)).toBe('the content');
  });

  it('keeps one copy of content that it is sent twice: the second costs no new space [srv]', async () => {
    const content = Buffer.alloc(2_000_000, 'the same content');
    await me.upload('one.bin', content);
    const once = await bytesIn(join(place, 'storage'));
    await me.upload('two.bin', content);
    const twice = await bytesIn(join(place, 'storage'));
    expect(once).toBeGreaterThanOrEqual(content.length);
    expect(twice - once).toBeLessThan(content.length / 2);
  });
});
