import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { realDisk } from '../../src/system/disk.ts';
import { takeLock } from '../../src/state/lock.ts';
import { newFolder, start } from './folder.ts';

const me = { pid: 17, command: 'yetisync' };
const locked = (detail: string): unknown => expect.objectContaining({ code: 'state/locked', detail });

describe('the lock of a state directory', () => {
  it('is had by one, and the second is told who that is', async () => {
    const path = join(newFolder(), 'lock');
    const lock = await takeLock(path, me, realDisk);
    await expect(takeLock(path, { pid: 18, command: 'yetisync --once' }, realDisk)).rejects.toThrow(
      locked('process 17: yetisync'),
    );
    lock.release();
    lock.release();
    (await takeLock(path, me, realDisk)).release();
  });

  it('keeps out other processes, also while its holder is stopped, and is free at once when that is killed', async () => {
    const path = join(newFolder(), 'lock');
    const holder = start('lock-program.ts', path);
    const pid = await holder.line();
    const told = locked(`process ${pid}: yetisync --once`) as Error;
    await expect(takeLock(path, me, realDisk)).rejects.toThrow(told);
    holder.kill('SIGSTOP');
    await expect(takeLock(path, me, realDisk)).rejects.toThrow(told);
    holder.kill('SIGKILL');
    await holder.ended;
    const lock = await takeLock(path, me, realDisk);
    expect(JSON.parse(readFileSync(`${path}.holder`, 'utf8'))).toEqual(me);
    lock.release();
  });

  it('keeps others out although nobody can say who has it', async () => {
    const path = join(newFolder(), 'lock');
    const lock = await takeLock(path, me, realDisk);
    writeFileSync(`${path}.holder`, '{ half');
    await expect(takeLock(path, me, realDisk)).rejects.toThrow(locked('by a process that is not known'));
    lock.release();
  });

  it('says so when its folder does not exist, and is not had when its holder cannot be written down', async () => {
    const folder = newFolder();
    const unwritable: unknown = expect.objectContaining({ code: 'state/unwritable' });
    await expect(takeLock(join(folder, 'nowhere', 'lock'), me, realDisk)).rejects.toThrow(unwritable);
    const full = { ...realDisk, writeFileAtomic: () => Promise.reject(new Error('ENOSPC')) };
    await expect(takeLock(join(folder, 'lock'), me, full)).rejects.toThrow(unwritable);
    (await takeLock(join(folder, 'lock'), me, realDisk)).release();
  });
});
