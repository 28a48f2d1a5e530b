/** Files that the host cannot hold, or may not: empty ones, too large ones, and accounts that are full. */
import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/world.ts';
import type { Pass } from '../support/computer.ts';
import type { World } from '../support/world.ts';
import { md5Of } from '../support/snapshot.ts';
import { everyHabit } from './hosts.ts';
import { begin, countOf, expectFiles } from './play.ts';

const isAt = (wanted: string) => (path: string) => path === wanted;

describe.each(everyHabit)('on a host that is %s', (_, habits) => {
  it('S199: an empty file stays where it is, is no failure, and is never sent', () =>
    inWorld({ habits }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write('empty', '');
      const { result, calls } = await world.goodPass('A');
      expect(result?.problems.map(({ path, code }) => [path, code])).toEqual([['empty', 'remote/empty-file']]);
      expect(countOf(calls, 'file/upload')).toBe(0);
      await world.finish({ apart: isAt('empty') });
      expect(world.contentOf('A', 'empty')).toBe(md5Of(''));
      expect(world.contentOf('B', 'empty')).toBeUndefined();
    }));

  it('S200: a file made empty gets content later, and is sent then', () =>
    inWorld({ habits }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write('g', '');
      await world.settle();
      await world.person('A').write('g', '2');
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '1', g: '2' });
    }));

  it('S201: an emptied file keeps its last version on the host until there is a new one', () =>
    inWorld({ habits }, async (world) => {
      await begin(world, { f: '1' });
      await empty(world, 'f');
      const last = await world.finish({ apart: isAt('f'), exit: { A: 1 } });
      expect(last[0]?.result?.problems.map(({ code }) => code)).toEqual(['local/emptied']);
      expect(world.contentOf('B', 'f')).toBe(md5Of('1'));
      world.ledger.superseded.add(md5Of('1'));
      await world.person('A').write('f', '2');
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '2' });
    }));

  it('S202: an emptied file that is removed goes everywhere', () =>
    inWorld({ habits }, async (world) => {
      await begin(world, { f: '1', g: '0' });
      await empty(world, 'f');
      await world.settle();
      world.ledger.superseded.add(md5Of('1')); // by whoever emptied it and then let it go
      await world.person('A').remove('f');
      await world.finish();
      expectFiles(world, { g: '0' });
    }));

  it('S203: an emptied file that somebody else edits gets that content', () =>
    inWorld({ habits }, async (world) => {
      await begin(world, { f: '1' });
      await empty(world, 'f');
      await world.settle();
      await world.person('B').write('f', '3');
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '3' });
    }));
});

describe('a file of', () => {
  it.each([1, 2, 4095, 4096, 4097, 65_535, 65_536, 65_537, 3_000_000])('S206: %i bytes arrives as it is', (size) =>
    inWorld({ habits: ['servers'] }, async (world) => {
      await world.person('A').write('big', Buffer.alloc(size, `${size} `));
      await world.person('A').write('other', 'x'.repeat(size + 1));
      await world.finish({ copies: 0 });
    }),
  );
});

describe('limits of the account', () => {
  it('S207: a file above the largest allowed size is held back, and sent when the limit is raised', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1' });
      world.host.admin.setLimits(world.keys.accountId, { max_upload_size: 100 });
      await world.person('A').write('large', 'x'.repeat(101));
      await world.person('A').write('small', 'y'.repeat(100));
      const last = await world.finish({ apart: isAt('large'), exit: { A: 1 } });
      expect(last[0]?.result?.problems.map(({ path, code }) => [path, code])).toEqual([['large', 'remote/too-large']]);
      expect(
        countOf(
          world.passes.flatMap(({ calls }) => calls),
          'file/upload',
        ),
      ).toBe(2);
      world.host.admin.setLimits(world.keys.accountId, { max_upload_size: 0 });
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '1', large: 'x'.repeat(101), small: 'y'.repeat(100) });
    }));

  it('S208: a file above the largest allowed size is sent at once when it shrinks', () =>
    inWorld({}, async (world) => {
      world.host.admin.setLimits(world.keys.accountId, { max_upload_size: 100 });
      await world.person('A').write('large', 'x'.repeat(101));
      await world.settle();
      await world.person('A').write('large', 'y');
      await world.finish({ copies: 0 });
      expectFiles(world, { large: 'y' });
    }));

  it('S209: of more than the account holds, what fits is sent, and the rest reported', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1' });
      world.host.admin.setLimits(world.keys.accountId, { max_storage_bytes: 1_000 });
      for (const size of [5_000, 400, 6_000, 300]) await world.person('A').write(`of ${size}`, 'x'.repeat(size));
      const { result, calls } = await world.goodPass('A');
      expect(new Set(result?.problems.map(({ code }) => code))).toEqual(new Set(['remote/quota']));
      expect(result?.problems.map(({ path }) => path).sort()).toEqual(['of 5000', 'of 6000']);
      expect(countOf(calls, 'file/upload')).toBeLessThanOrEqual(4);
      expectFiles(world, { f: '1', 'of 300': 'x'.repeat(300), 'of 400': 'x'.repeat(400) });
      world.host.admin.setLimits(world.keys.accountId, { max_storage_bytes: 0 });
      await world.clock.advance(24 * 3_600_000);
      await world.finish({ copies: 0 });
    }));

  it.each([7_000, 0])('S209 raised: what did not fit is sent in the next pass once the limit is %d', (limit) =>
    inWorld({}, async (world) => {
      world.host.admin.setLimits(world.keys.accountId, { max_storage_bytes: 1_000 });
      await world.person('A').write('large', 'x'.repeat(5_000));
      expect((await world.pass('A')).exit).toBe(1);
      const { calls } = await world.pass('A');
      expect(countOf(calls, 'file/upload')).toBe(0);
      world.host.admin.setLimits(world.keys.accountId, { max_storage_bytes: limit });
      await world.goodPass('A');
      expectFiles(world, { large: 'x'.repeat(5_000) });
    }),
  );

  it('S210: removals and downloads go on when the account is full', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', g: '2' });
      await world.person('web').write('h', '3');
      world.host.admin.setLimits(world.keys.accountId, { max_storage_bytes: 3 });
      await world.person('A').remove('f');
      await world.person('web').move('g', 'g2');
      await world.finish({ copies: 0 });
      expectFiles(world, { g2: '2', h: '3' });
    }));

  it('S211: where uploads are not allowed, downloads and removals go on', () =>
    inWorld({}, async (world) => {
      await begin(world, { f: '1', g: '2' });
      await world.person('web').write('h', '3');
      world.host.admin.setLimits(world.keys.accountId, { can_upload: 0 });
      await world.person('A').remove('f');
      await world.person('A').write('new', '4');
      const last = await world.finish({ apart: isAt('new'), exit: { A: 1 } });
      expect(last[0]?.result?.problems.map(({ code }) => code)).toEqual(['remote/upload-forbidden']);
      expect(world.contentOf('A', 'h')).toBe(md5Of('3'));
      expect(world.contentOf('B', 'f')).toBeUndefined();
      world.host.admin.setLimits(world.keys.accountId, { can_upload: 1 });
      await world.finish({ copies: 0 });
    }));

  it('S213: a file larger than what may be fetched is held back, and removed nowhere', () =>
    inWorld({}, async (world) => {
      await world.person('A').write('large', 'x'.repeat(101));
      await world.person('A').write('small', 'y');
      await world.goodPass('A');
      world.host.admin.setLimits(world.keys.accountId, { max_download_filesize_allowed: 100 });
      const last = await world.finish({ apart: isAt('large'), exit: { B: 1 }, withoutFresh: true });
      expect(last[1]?.result?.problems.map(({ path, code }) => [path, code])).toEqual([['large', 'remote/too-large']]);
      world.host.admin.setLimits(world.keys.accountId, { max_download_filesize_allowed: 0 });
      await world.finish({ copies: 0 });
    }));
});

describe('what an account may fetch', () => {
  const fill = async (world: World): Promise<void> => {
    for (const name of ['one', 'two', 'three', 'four', 'five']) await world.person('web').write(name, name.repeat(10));
  };
  const codesOf = (pass: Pass): (string | undefined)[] => (pass.result?.problems ?? []).map(({ code }) => code);

  it.each(everyHabit)('one at a time, with a wait in between: all come, and none is refused (%s)', (_, habits) =>
    inWorld({ habits }, async (world) => {
      await fill(world);
      world.host.admin.setLimits(world.keys.accountId, { wait_between_downloads: 30, concurrent_downloads: 1 });
      const startedMs = world.clock.monotonic();
      const { exit, calls } = await world.goodPass('B');
      expect(exit).toBe(0);
      expect(countOf(calls, 'file/download')).toBe(5);
      expect(world.clock.monotonic() - startedMs).toBeGreaterThanOrEqual(4 * 30_000);
      world.host.admin.setLimits(world.keys.accountId, { wait_between_downloads: 0, concurrent_downloads: 0 });
      await world.finish();
    }),
  );

  it('the wait is kept also where another computer fetches meanwhile', () =>
    inWorld({}, async (world) => {
      await fill(world);
      world.host.admin.setLimits(world.keys.accountId, { wait_between_downloads: 5 });
      const [one, other] = await world.passTogether('A', 'B');
      for (const pass of [one, other]) expect(pass?.exit).toBe(0);
      await world.finish();
    }));

  it('so many a day: the rest is listed, not asked for in a loop, and fetched as the day turns', () =>
    inWorld({}, async (world) => {
      await fill(world);
      world.host.admin.setLimits(world.keys.accountId, { downloads_per_24_hours: 3 });
      const first = await world.goodPass('B');
      expect(first.exit).toBe(1);
      expect(codesOf(first)).toEqual(['remote/download-limit', 'remote/download-limit']);
      expect(countOf(first.calls, 'file/download')).toBeLessThanOrEqual(3 + 4); // those that were asked for side by side
      const second = await world.goodPass('B');
      expect(countOf(second.calls, 'file/download')).toBe(0);
      expect(codesOf(second)).toHaveLength(2);
      await world.clock.advance(3_600_000);
      expect(countOf((await world.goodPass('B')).calls, 'file/download')).toBeLessThanOrEqual(2);
      await world.clock.advance(24 * 3_600_000);
      expect((await world.goodPass('B')).exit).toBe(0);
    }));

  it('so many bytes a day: what is smaller still comes', () =>
    inWorld({}, async (world) => {
      await world.person('web').write('large', 'x'.repeat(1_000));
      await world.person('web').write('small', 'y');
      world.host.admin.setLimits(world.keys.accountId, { download_size_per_24_hours: 100 });
      const pass = await world.goodPass('B');
      expect(pass.result?.problems.map(({ path, code }) => [path, code])).toEqual([['large', 'remote/download-limit']]);
      expect(world.contentOf('B', 'small')).toBe(md5Of('y'));
    }));

  it('is fetched at once when the account may again', () =>
    inWorld({}, async (world) => {
      await fill(world);
      world.host.admin.setLimits(world.keys.accountId, { downloads_per_24_hours: 3 });
      await world.goodPass('B');
      world.host.admin.setLimits(world.keys.accountId, { downloads_per_24_hours: 0 });
      expect((await world.goodPass('B')).exit).toBe(0);
      await world.finish();
    }));
});

/** By a program that went wrong: nobody meant to lose what was in it. */
async function empty(world: World, path: string): Promise<void> {
  await world.computer('A').put(path, Buffer.alloc(0));
  world.note(`A: ${path} becomes empty`);
}
