import nodeFs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/core/entry.ts';
import { findRoot, judgeRoot, removeMarker, writeMarker } from '../../src/local/marker.ts';
import type { RootFound } from '../../src/local/marker.ts';
import { fails } from '../support/faulty-disk.ts';
import { pairFolder, temporaryFolder } from './pair-folder.ts';

const identity = '1:2:3' as Identity;
const marked = (pass: string, pair = 'mine'): RootFound => ({
  kind: 'marked',
  marker: { pair, pass, createdMs: 0 },
  identity,
});
const expected = (passes: readonly string[], place = identity) => ({
  pair: 'mine',
  known: { passes, identity: place },
});

describe('the judgement on the local folder', () => {
  it('is well when marker, place and last pass are those of the state', () => {
    expect(judgeRoot(marked('p7'), expected(['p7']))).toEqual({ kind: 'ok' });
  });

  it.each(['p7', 'p8'])(
    'is well when a kill came before or after the marker got the name of the next pass: %s',
    (pass) => {
      expect(judgeRoot(marked(pass), expected(['p7', 'p8']))).toEqual({ kind: 'ok' });
    },
  );

  it('is well when only the birth time is told in another way than before', () => {
    expect(judgeRoot(marked('p7'), expected(['p7'], '1:2:-' as Identity))).toEqual({ kind: 'ok' });
  });

  it('is a copy when the marker names a pass that the state does not know: one of the two was put back', () => {
    expect(judgeRoot(marked('p9'), expected(['p7', 'p8']))).toEqual({ kind: 'copy', why: 'other-pass' });
  });

  it.each(['9:2:3', '1:9:3'])('is a copy at another place: %s', (place) => {
    expect(judgeRoot(marked('p7'), expected(['p7'], place as Identity))).toEqual({ kind: 'copy', why: 'other-place' });
  });

  it('is a copy when there is no state', () => {
    expect(judgeRoot(marked('p7'), { pair: 'mine', known: null })).toEqual({ kind: 'copy', why: 'no-state' });
  });

  it("is foreign with another pair's marker, whatever else fits", () => {
    expect(judgeRoot(marked('p7', 'other'), expected(['p7']))).toEqual({ kind: 'foreign', pair: 'other' });
  });

  it.each<RootFound>([
    { kind: 'missing-folder' },
    { kind: 'not-a-folder' },
    { kind: 'no-marker', empty: true },
    { kind: 'damaged' },
    { kind: 'unreadable', detail: 'EIO' },
  ])('is what was found without a marker: %j', (found) => {
    expect(judgeRoot(found, expected(['p7']))).toEqual(found);
  });
});

describe('the marker on the disk', () => {
  it('is found as it was written, with who the folder is', async () => {
    const pair = pairFolder();
    const marker = { pair: 'mine', pass: 'p3', createdMs: 1_700_000_000_000 };
    await writeMarker(pair, marker);
    const found = await findRoot(pair);
    expect(found).toMatchObject({ kind: 'marked', marker });
    expect(found).toMatchObject({ identity: (await pair.files.look('' as never))?.identity });
    await writeMarker(pair, { ...marker, pass: 'p4' });
    expect(await findRoot(pair)).toMatchObject({ marker: { pass: 'p4' } });
    expect(nodeFs.lstatSync(pair.absolute('.yetisync')).mode & 0o777).toBe(0o700);
    expect(nodeFs.readdirSync(pair.absolute('.yetisync'))).toEqual(['marker.json']);
  });

  it('is missing from an empty folder and from one with files in it, which are told apart', async () => {
    const pair = pairFolder();
    expect(await findRoot(pair)).toEqual({ kind: 'no-marker', empty: true });
    nodeFs.mkdirSync(pair.absolute('.yetisync'));
    expect(await findRoot(pair)).toEqual({ kind: 'no-marker', empty: true });
    pair.write('f', 'x');
    expect(await findRoot(pair)).toEqual({ kind: 'no-marker', empty: false });
  });

  it('is never looked for behind a link, a file or nothing', async () => {
    const pair = pairFolder();
    await writeMarker(pair, { pair: 'mine', pass: 'p1', createdMs: 0 });
    const folder = temporaryFolder();
    nodeFs.symlinkSync(pair.root, `${folder}/link`);
    nodeFs.writeFileSync(`${folder}/file`, '');
    expect(await findRoot({ disk: pair.disk, root: `${folder}/link` })).toEqual({ kind: 'not-a-folder' });
    expect(await findRoot({ disk: pair.disk, root: `${folder}/file` })).toEqual({ kind: 'not-a-folder' });
    expect(await findRoot({ disk: pair.disk, root: `${folder}/none` })).toEqual({ kind: 'missing-folder' });
  });

  it('is told from one that is damaged, and from a disk that refuses', async () => {
    const pair = pairFolder();
    pair.write('.yetisync/marker.json', '{"pair":');
    expect(await findRoot(pair)).toEqual({ kind: 'damaged' });
    pair.write('.yetisync/marker.json', '{"pair":"mine","pass":"p1","created":"now"}');
    expect(await findRoot(pair)).toEqual({ kind: 'damaged' });
    pair.disk.on({ call: 'readdir', act: fails('EIO') });
    expect(await findRoot(pair)).toEqual({ kind: 'unreadable', detail: 'EIO' });
  });

  it('is taken away where it is the pair’s own, and left where it is another’s; what is beside it stays', async () => {
    const pair = pairFolder();
    await writeMarker(pair, { pair: 'mine', pass: 'p1', createdMs: 0 });
    pair.write('.yetisync/trash/x', 'x');
    expect(await removeMarker(pair, 'other')).toBe(false);
    expect(await removeMarker(pair, 'mine')).toBe(true);
    expect(await removeMarker(pair, 'mine')).toBe(false);
    expect(await findRoot(pair)).toEqual({ kind: 'no-marker', empty: true });
    expect(pair.read('.yetisync/trash/x')).toBe('x');
  });

  it('is not written into a folder that is not there, nor through a link', async () => {
    const pair = pairFolder();
    const outside = temporaryFolder();
    nodeFs.symlinkSync(outside, pair.absolute('.yetisync'));
    const marker = { pair: 'mine', pass: 'p1', createdMs: 0 };
    await expect(writeMarker(pair, marker)).rejects.toMatchObject({ code: 'local/special' });
    expect(nodeFs.readdirSync(outside)).toEqual([]);
    const away = { disk: pair.disk, root: `${pair.root}-away` };
    await expect(writeMarker(away, marker)).rejects.toMatchObject({ code: 'local/missing' });
    expect(nodeFs.existsSync(away.root)).toBe(false);
  });
});
