import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { syncShared } from '../../src/local/folder-syncs.ts';
import type { Disk } from '../../src/ports.ts';
import { realDisk } from '../../src/system/disk.ts';
import { temporaryFolder } from './pair-folder.ts';

/** A disk whose syncs end when they are told to. */
function slowDisk() {
  const syncs: { readonly end: () => void; readonly fail: () => void }[] = [];
  const syncFolder = () => new Promise<void>((end, fail) => syncs.push({ end, fail: () => fail(new Error('EIO')) }));
  const disk: Disk = { ...realDisk, syncFolder };
  return { disk, syncs };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the sync of a folder', () => {
  it('serves all who come while another one runs, but never who comes after it began', async () => {
    const { disk, syncs } = slowDisk();
    const folder = temporaryFolder();
    const ended: string[] = [];
    const sync = (name: string) => void syncShared(disk, folder).then(() => ended.push(name));
    sync('first');
    await turn();
    sync('second');
    sync('third');
    await turn();
    expect(syncs).toHaveLength(1);
    syncs[0]?.end();
    await turn();
    expect(ended).toEqual(['first']);
    expect(syncs).toHaveLength(2);
    sync('fourth');
    syncs[1]?.end();
    await turn();
    expect(ended).toEqual(['first', 'second', 'third']);
    expect(syncs).toHaveLength(3);
    syncs[2]?.end();
    await turn();
    expect(ended).toHaveLength(4);
  });

  it('fails those who waited for it, and not those who wait for the next', async () => {
    const { disk, syncs } = slowDisk();
    const folder = temporaryFolder();
    const first = syncShared(disk, folder).catch(() => 'failed');
    await turn();
    const second = syncShared(disk, folder).then(() => 'done');
    await turn();
    syncs[0]?.fail();
    await turn();
    syncs[1]?.end();
    expect(await Promise.all([first, second])).toEqual(['failed', 'done']);
  });

  it('is none of another folder', async () => {
    const { disk, syncs } = slowDisk();
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'other'));
    void syncShared(disk, folder);
    void syncShared(disk, join(folder, 'other'));
    await turn();
    expect(syncs).toHaveLength(2);
  });
});
