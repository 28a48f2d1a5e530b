/**
 * A network and a host that do not do what they should, one habit at a time: listings that lie, downloads that are not what was asked for, uploads
 * that are not there, refusals that never end. `faults.test.ts` has the same for every kind of failure on every endpoint.
 */
import { describe, expect, it } from 'vitest';
import type { Pass } from '../support/computer.ts';
import { errorAnswer, pageOf, plainAnswer } from '../support/faults.ts';
import type { Fault } from '../support/faults.ts';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { jsonIn } from '../host/program.ts';
import { begin, countOf, expectFiles } from './play.ts';
import { listingOf } from './meanwhile.ts';

const refused: Fault = { name: 'refused', acts: false, strike: async () => errorAnswer('Something went wrong.') };
const broken: Fault = { name: 'page', acts: false, strike: async () => pageOf(500) };

interface Listing {
  readonly data: { folders: unknown; files: unknown };
}

/** The host's answer to `folder/listing`, rewritten. */
function relisted(change: (rows: readonly unknown[]) => readonly unknown[]): Fault {
  return {
    name: 'another listing',
    acts: true,
    strike: async ({ answer }) => {
      const document = jsonIn(answer.toString()) as Listing;
      const of = (list: unknown): unknown => (Array.isArray(list) ? change(list) : list);
      const data = { folders: of(document.data.folders), files: of(document.data.files) };
      return plainAnswer(200, JSON.stringify({ ...document, data }));
    },
  };
}

/** A pass of `A` in which every call of the endpoint meets the fault. */
function struckPass(world: World, endpoint: string, fault: Fault): Promise<Pass> {
  return world.pass('A', { isAlone: true, onCall: (call) => (call.endpoint === endpoint ? fault : null) });
}

const tree = { f: '1', g: '2', 'd/x': '3', 'd/y': '4', 'd/e/z': '5' };

describe('a listing', () => {
  const lies: readonly (readonly [string, string, string, Fault])[] = [
    ['S293', 'of the top that fails', '', broken],
    ['S294', 'of the top that is empty', '', relisted(() => [])],
    ['S294', 'of a folder that is empty', 'd', relisted(() => [])],
    ['S295', 'of a folder that has half of its entries', 'd', relisted((rows) => rows.slice(1))],
    [
      'S434',
      'that lacks what a listing must have',
      'd',
      { ...refused, strike: async () => plainAnswer(200, '{"_status":"success","data":{}}') },
    ],
  ];
  it.each(lies)('%s: %s takes nothing away on either side, and nothing is sent twice', (id, _what, path, fault) =>
    inWorld({ seed: id + path, computers: ['A'] }, async (world) => {
      await begin(world, tree);
      if (path === '') for (let later = 0; later < 2; later++) await world.goodPass('A'); // until nothing counts as just sent
      await world.person('A').write('d/x', 'edited');
      const top = world.host.admin.tree(world.keys.accountId).find(({ name }) => name === 'Cloud')?.id;
      const isStruck =
        path === ''
          ? ({ endpoint, fields }: Pass['calls'][number]) =>
              endpoint === 'folder/listing' && fields['parent_folder_id'] === String(top)
          : listingOf(world, path);
      for (let pass = 0; pass < 2; pass++) {
        const { changingCalls, touched } = await world.pass('A', {
          isAlone: true,
          onCall: (call) => (isStruck(call) ? fault : null),
        });
        expect(touched).toEqual([]);
        if (fault === broken) expect(changingCalls).toEqual([]);
        await world.clock.advance(3_600_000);
      }
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { ...tree, 'd/x': 'edited' });
    }),
  );

  it('S434: that is well-formed but of another folder is an error, or shows what stands there still', () =>
    inWorld({ seed: 'another folder' }, async (world) => {
      await begin(world, tree);
      let top: Buffer | null = null;
      const other: Fault = {
        name: 'of another folder',
        acts: true,
        strike: async ({ answer }) => plainAnswer(200, (top ??= answer)),
      };
      const pass = await struckPass(world, 'folder/listing', other);
      expect([pass.changingCalls, pass.touched]).toEqual([[], []]);
      await world.clock.advance(3_600_000);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, tree);
    }));

  it('S435: may have its entries in any order', () =>
    inWorld({ seed: 'reversed', computers: ['A'] }, async (world) => {
      await begin(world, tree);
      const pass = await struckPass(
        world,
        'folder/listing',
        relisted((rows) => [...rows].reverse()),
      );
      expect([pass.exit, pass.changingCalls, pass.touched]).toEqual([0, [], []]);
    }));
});

describe('a download', () => {
  const big = 'v2 '.repeat(400);
  const body = (
    status: number,
    of: (whole: Buffer) => Uint8Array | string,
    type = 'application/octet-stream',
  ): Fault => ({
    name: 'a body',
    acts: true,
    strike: async ({ answer, headers }) => {
      const bytes = of(answer);
      const answered = plainAnswer(status, bytes);
      // the length that was promised, whatever comes
      return { ...answered, headers: { ...headers, 'content-type': type } };
    },
  });
  const bodies: readonly (readonly [string, Fault])[] = [
    ['S297: is empty', body(200, () => '')],
    ['S297, S430: ends in the middle without a word', body(200, (whole) => whole.subarray(0, whole.length / 2))],
    ['S297: lacks its last byte', body(200, (whole) => whole.subarray(0, -1))],
    ['S297: is longer than it should be', body(200, (whole) => Buffer.concat([whole, whole]))],
    ['S297: is a page', body(200, () => '<html>limit reached</html>', 'text/html')],
    ['S297: is a page of the very size', body(200, (whole) => '<html>'.padEnd(whole.length), 'text/html')],
    ['S297: is refused for its range', body(416, () => '')],
    ['S297: is another part than was asked for', body(206, (whole) => whole.subarray(7))],
    ['S297: has an address that was used already', body(404, () => '<html>gone</html>', 'text/html')],
    [
      'S297: is sent round in circles',
      {
        name: 'circle',
        acts: false,
        strike: async ({ request }) => ({ ...pageOf(302), headers: { location: request.url } }),
      },
    ],
  ];
  it.each(bodies)(
    '%s: the file stays as it was until a whole one is there, and the host keeps its own',
    (what, fault) =>
      inWorld({ seed: what, computers: ['A'] }, async (world) => {
        await begin(world, { f: '1', other: '0' });
        await world.person('web').write('f', big);
        await world.person('web').write('other', '1');
        const { id } = world.web.mustFind('f');
        let isOurs = false;
        const pass = await world.pass('A', {
          isAlone: true,
          onCall: ({ endpoint, fields }) => {
            if (endpoint === 'file/download') isOurs = fields['file_id'] === String(id);
            return endpoint === 'download' && isOurs ? fault : null;
          },
        });
        expect(pass.exit).toBe(1);
        expect([world.contentOf('A', 'f'), pass.changingCalls]).toEqual([pass.before.get('f')?.md5, []]);
        await world.clock.advance(3_600_000);
        await world.finish({ copies: 0, withoutFresh: true });
        expectFiles(world, { f: big, other: '1' });
      }),
  );

  it('S297: that was read wrong when it was compared is fetched all the same', () =>
    inWorld({ seed: 'compared wrong' }, async (world) => {
      await world.person('A').write('f', 'aaaa');
      await world.goodPass('A');
      await world.person('B').write('f', 'bbbb');
      const wrong = [body(200, () => 'cccc')];
      const pass = await world.pass('B', {
        onCall: ({ endpoint }) => (endpoint === 'download' ? (wrong.pop() ?? null) : null),
      });
      expect([pass.exit, wrong]).toEqual([1, []]);
      await world.clock.advance(3_600_000);
      await world.finish({ copies: 1 });
      expect(world.contentOf('A', 'f')).toBe(md5Of('aaaa'));
    }));

  it('S298: that was cut is not gone on with where the host has a newer version meanwhile', () =>
    inWorld({ seed: 'cut, then newer', computers: ['A'] }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('web').write('f', big);
      await struckPass(
        world,
        'download',
        body(200, (whole) => whole.subarray(0, whole.length / 2)),
      );
      await world.person('web').write('f', 'v3 '.repeat(400));
      await world.clock.advance(3_600_000);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { f: 'v3 '.repeat(400) });
    }));
});

describe('an upload', () => {
  it('S301: that the host calls done and has not is sent again, and the file stays here', () =>
    inWorld({ seed: 'never stored' }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write('new', 'n');
      const md5 = [...world.computer('A').shape()].find(([path]) => path === 'new')?.[1];
      const file = { name: 'new', size: '1', error: null, file_id: '4711', hash: md5 };
      const lie: Fault = {
        name: 'never stored',
        acts: false,
        strike: async () => plainAnswer(200, JSON.stringify({ response: 'ok', data: [file], _status: 'success' })),
      };
      const pass = await struckPass(world, 'file/upload', lie);
      expect([pass.exit, world.computer('A').has('new')]).toEqual([1, true]);
      await world.clock.advance(3_600_000);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { f: '1', new: 'n' });
    }));

  it('S302: that listings show some passes later is neither sent again nor removed here', () =>
    inWorld({ seed: 'lag', computers: ['A'] }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write('new', 'n');
      await world.person('A').write('f', '2');
      const old = new Set(world.web.items().map(({ id }) => String(id)));
      const lagging = relisted((rows) => rows.filter((row) => old.has(String((row as { id: unknown }).id))));
      for (let pass = 0; pass < 3; pass++) {
        const { calls, touched } = await struckPass(world, 'folder/listing', lagging);
        expect([countOf(calls, 'file/upload'), touched]).toEqual([pass === 0 ? 2 : 0, []]);
        await world.clock.advance(3_600_000);
      }
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { f: '2', new: 'n' });
    }));

  it('S318: that is banned is not tried again as it is, and at once when it is another content', () =>
    inWorld({ seed: 'banned', computers: ['A'] }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write('new', 'bad');
      const banned: Fault = {
        ...refused,
        strike: async () => errorAnswer('File is banned from being uploaded to this website.'),
      };
      const first = await struckPass(world, 'file/upload', banned);
      expect(first.result?.problems).toMatchObject([{ path: 'new', code: 'remote/banned' }]);
      const second = await struckPass(world, 'file/upload', banned);
      expect([second.exit, countOf(second.calls, 'file/upload')]).toEqual([1, 0]);
      await world.person('A').write('new', 'good');
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { f: '1', new: 'good' });
    }));
});

describe('what the host refuses', () => {
  it('S314: a removal of what is gone by then counts as done', () =>
    inWorld({ seed: 'gone by then' }, async (world) => {
      await begin(world, { f: '1', keep: '0' });
      await world.person('A').remove('f');
      const pass = await world.pass('A', {
        onCall: async ({ endpoint }) => {
          if (endpoint === 'file/delete' && world.web.find('f') !== undefined) await world.web.take('f');
          return null;
        },
      });
      expect(countOf(pass.calls, 'file/delete')).toBeLessThan(3);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { keep: '0' });
    }));

  it('S315: a rename for ever leaves the name here as the person gave it, and there as it was', () =>
    inWorld({ seed: 'rename refused', computers: ['A'] }, async (world) => {
      await begin(world, { f: '1', 'd/x': '2' });
      await world.person('A').move('f', 'g');
      await world.person('A').move('d', 'e');
      for (let pass = 0; pass < 4; pass++) {
        const { exit, touched } = await world.pass('A', {
          isAlone: true,
          onCall: ({ endpoint }) => (endpoint === 'file/edit' || endpoint === 'folder/edit' ? refused : null),
        });
        expect([exit, touched]).toEqual([1, []]);
        await world.clock.advance(600_000);
      }
      expect([...world.web.shape().keys()].sort()).toEqual(['d', 'd/x', 'f']);
      expect([...world.computer('A').shape().keys()].sort()).toEqual(['e', 'e/x', 'g']);
      await world.clock.advance(86_400_000);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { g: '1', 'e/x': '2' });
    }));

  it.each(['file/delete', 'file/info', 'file/download'] as const)(
    'S315: %s for ever, which what an earlier pass began asks for, stops nothing else',
    (endpoint) =>
      inWorld({ seed: `${endpoint} refused`, computers: ['A'], memory: {} }, async (world) => {
        await begin(world, { f: '1' });
        await world.person('A').write('f', '2');
        await world.person('A').write('.n', '3');
        await world.pass('A', { onCall: (call) => (call.endpoint === 'file/upload' ? 'kill after' : null) });
        await world.person('A').remove('f');
        await world.person('A').write('.n', '4');
        await world.person('A').write('g', '5');
        for (let pass = 0; pass < 3; pass++) {
          const { error } = await world.pass('A', {
            isAlone: true,
            onCall: (call) => (call.endpoint === endpoint ? refused : null),
          });
          expect(error).toBeNull();
          await world.clock.advance(600_000);
        }
        expect(world.web.find('g')).toBeDefined();
        await world.clock.advance(86_400_000);
        await world.finish({ copies: 0, withoutFresh: true });
        expectFiles(world, { '.n': '4', g: '5' });
      }),
  );

  it('S317: one file for ever is tried ever less often, at once when it changes, and is forgotten when it goes', () =>
    inWorld({ seed: 'ever less', computers: ['A'] }, async (world) => {
      await begin(world, { f: '1' });
      await world.person('A').write('bad', 'b');
      const tries: number[] = [];
      for (let pass = 0; pass < 10; pass++) {
        const { calls } = await struckPass(world, 'file/upload', broken);
        tries.push(countOf(calls, 'file/upload'));
        await world.clock.advance(60_000);
      }
      expect(tries[0]).toBeGreaterThan(0);
      expect(tries.slice(5).filter((count) => count > 0).length).toBeLessThan(
        tries.slice(0, 5).filter((count) => count > 0).length,
      );
      await world.person('A').write('bad', 'changed');
      expect(countOf((await struckPass(world, 'file/upload', broken)).calls, 'file/upload')).toBeGreaterThan(0);
      await world.person('A').remove('bad');
      const [last] = await world.settle();
      expect(last?.result?.problems).toEqual([]);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { f: '1' });
    }));

  it('S433: a folder for ever has all below it wait, at any depth, and nothing else', () =>
    inWorld({ seed: 'no folder', computers: ['A'] }, async (world) => {
      await begin(world, { keep: '0' });
      await world.person('A').write('p/q/f', '1');
      await world.person('A').write('other', '2');
      const pass = await struckPass(world, 'folder/create', refused);
      const named = [...(pass.result?.problems ?? []), ...(pass.result?.waiting ?? [])].map(({ path }) => path);
      expect([pass.exit, [...new Set(named)].sort()]).toEqual([1, ['p', 'p/q', 'p/q/f']]);
      expect([...world.web.shape().keys()].sort()).toEqual(['keep', 'other']);
      await world.clock.advance(3_600_000);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { keep: '0', other: '2', 'p/q/f': '1' });
    }));

  it('S431: a move and a rename at once is one call, so that a fault leaves nothing in between', () =>
    inWorld({ seed: 'one call', computers: ['A'] }, async (world) => {
      await begin(world, { 'd/f': '1', 'e/x': '2' });
      await world.person('A').move('d/f', 'e/g');
      const pass = await struckPass(world, 'file/edit', broken);
      expect([...world.web.shape().keys()].filter((path) => /[fg]$/.test(path))).toEqual(['d/f']);
      expect(pass.changingCalls.map(({ endpoint }) => endpoint)).toEqual(['file/edit']);
      await world.clock.advance(3_600_000);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { d: null, 'e/g': '1', 'e/x': '2' });
    }));
});

it('an upload that is lost twice, the first time behind a listing that does not show it, ends as one file', () =>
  inWorld({ seed: 'lost twice', habits: ['documented'] }, async (world) => {
    await begin(world, { f: '1' });
    await world.person('A').write('a', 'new');
    const without = relisted((rows) => rows.filter((row) => JSON.stringify(row).includes('"f"')));
    let uploads = 0;
    let lies = 0;
    await world.pass('A', {
      isAlone: true,
      liesTold: () => lies,
      onCall: ({ endpoint }) => {
        if (endpoint === 'file/upload') return ++uploads <= 2 ? 'lost' : null;
        if (endpoint !== 'folder/listing' || uploads !== 1) return null;
        lies++;
        return without;
      },
    });
    expect(uploads).toBe(2);
    await world.finish({ copies: 0 });
    expectFiles(world, { f: '1', a: 'new' });
  }));
