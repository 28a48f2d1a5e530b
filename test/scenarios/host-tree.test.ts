/**
 * What hosts of this family do with their own tree: ghosts of trashed folders, items that come back from the trash, answers in every
 * spelling, listings with entries that cannot be read, and calls that are answered with success and ignored.
 */
import { describe, expect, it } from 'vitest';
import { json } from '../../src/host/answers.ts';
import type { HostAnswer } from '../../src/host/answers.ts';
import { faults } from '../support/faults.ts';
import { md5Of } from '../support/snapshot.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, countOf, expectFiles } from './play.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Answers of listings are changed on their way. */
function onListings(world: World, change: (document: { [key: string]: Json }) => Json): void {
  world.hook.after = ({ endpoint }, answer): HostAnswer | undefined => {
    if (endpoint !== 'folder/listing' || typeof answer.body !== 'string') return undefined;
    return json(answer.status, change(JSON.parse(answer.body) as { [key: string]: Json }) as never);
  };
}

function trashId(world: World, kind: 'file' | 'folder', name: string): number {
  const item = world.host.admin.trash(world.keys.accountId).find((it) => it.kind === kind && it.name === name);
  if (item === undefined) throw new Error(`no ${kind} ${name} in the trash`);
  return item.id;
}

const tree = { 'd/f': '1', 'd/e/g': '2', 'd/e/deep/h': '3', other: '0' };

describe.each(['/Cloud', '/'])('a host that goes on showing trashed folders (the pair is %s)', (remote) => {
  it.each(['web', 'A'])(
    'S181, S182: a folder that %s removes goes, leaves no ghost here, and costs no call later',
    (actor) =>
      inWorld({ seed: `S181 ${actor} ${remote}`, habits: ['ghosts'], remote }, async (world) => {
        await begin(world, tree);
        await world.person(actor).remove('d');
        await world.settle();
        for (const name of ['A', 'B']) {
          expect([...world.computer(name).shape().keys()]).toEqual(['other']);
          const idle = await world.goodPass(name);
          expect(idle.changingCalls).toEqual([]);
          expect(idle.touched).toEqual([]);
        }
      }),
  );

  it('S183: a folder that comes back from the trash comes back everywhere, by downloads alone', () =>
    inWorld({ seed: `S183 ${remote}`, habits: ['ghosts'], remote }, async (world) => {
      await begin(world, tree);
      await world.person('web').remove('d');
      await world.settle();
      world.host.admin.restore(world.keys.accountId, 'folder', trashId(world, 'folder', 'd'));
      world.ledger.restored(['d/f', 'd/e/g', 'd/e/deep/h'], ['1', '2', '3'].map(md5Of));
      const passes = world.passes.length;
      await world.finish({ copies: 0 });
      expectFiles(world, tree);
      expect(world.passes.slice(passes).flatMap((pass) => pass.changingCalls)).toEqual([]);
    }));

  it('S185: a new folder of the name of a ghost is a folder of its own', () =>
    inWorld({ seed: `S185 ${remote}`, habits: ['ghosts'], remote }, async (world) => {
      await begin(world, tree);
      await world.person('A').remove('d');
      await world.settle();
      await world.person('A').write('d/new', '9');
      await world.settle();
      for (const name of ['A', 'B'])
        expect([...world.computer(name).shape().keys()].sort()).toEqual(['d', 'd/new', 'other']);
      expect(world.web.items().filter(({ path }) => path === 'd/new').length).toBe(1);
    }));

  it('S181 anew: nothing is put into a folder that went, where a new one has its name and cannot be listed yet', () =>
    inWorld({ seed: `S181 anew ${remote}`, habits: ['ghosts'], remote }, async (world) => {
      await begin(world, tree);
      await world.person('web').remove('d/e');
      await world.person('web').write('d/e/other', '8');
      await world.person('A').write('d/e/new', '9');
      const folder = world.web.find('d/e')?.id;
      const page = faults.find(({ name }) => name === 'a page with status 413') ?? null;
      let failed = 0;
      await world.pass('A', {
        onCall: ({ endpoint, fields }) =>
          endpoint === 'folder/listing' && fields['parent_folder_id'] === String(folder) && ++failed > 0 ? page : null,
      });
      expect(failed).toBeGreaterThan(0);
      await world.settle();
      expectFiles(world, { 'd/f': '1', 'd/e/new': '9', 'd/e/other': '8', other: '0' });
    }));

  it('S181 unseen: nothing is put into what may be a ghost, while the listing that would tell fails', () =>
    inWorld({ seed: `S181 unseen ${remote}`, habits: ['ghosts'], remote }, async (world) => {
      await begin(world, tree);
      const folder = world.web.find('d')?.id;
      await world.person('web').remove('d/e');
      await world.person('A').write('d/e/new', '9');
      await world.person('A').move('other', 'd/e/other');
      const page = faults.find(({ name }) => name === 'a page with status 413') ?? null;
      let failed = 0;
      const pass = await world.pass('A', {
        onCall: ({ endpoint, fields }) =>
          endpoint === 'folder/listing' && fields['parent_folder_id'] === String(folder) && ++failed > 0 ? page : null,
      });
      expect(failed).toBe(1);
      expect(pass.changingCalls).toEqual([]);
      await world.settle();
      expectFiles(world, { 'd/f': '1', 'd/e/new': '9', 'd/e/other': '0' });
    }));
});

describe('the trash of the host', () => {
  it('S186: a file that comes back from it comes back everywhere, also to who had removed it', () =>
    inWorld({ seed: 'S186' }, async (world) => {
      await begin(world, { f: '1', 'd/g': '2', keep: '0' });
      await world.person('A').remove('f');
      await world.person('web').remove('d/g');
      await world.finish({ withoutFresh: true });
      for (const [name, content, path] of [
        ['f', '1', 'f'],
        ['g', '2', 'd/g'],
      ] as const) {
        world.host.admin.restore(world.keys.accountId, 'file', trashId(world, 'file', name));
        world.ledger.restored([path], [md5Of(content)]);
      }
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '1', 'd/g': '2', keep: '0' });
    }));

  it('S187: is emptied without anybody noticing', () =>
    inWorld({ seed: 'S187' }, async (world) => {
      await begin(world, { f: '1', g: '2' });
      await world.person('A').write('f', 'edited');
      await world.person('B').remove('g');
      await world.finish({ withoutFresh: true });
      world.host.admin.emptyTrash(world.keys.accountId);
      world.ledger.ids.clear();
      for (const name of ['A', 'B']) {
        const idle = await world.goodPass(name);
        expect([idle.exit, idle.changingCalls, idle.touched]).toEqual([0, [], []]);
      }
    }));
});

describe('answers', () => {
  it('S190, S197: in another spelling each time, with a clock that goes back, show no change', () =>
    inWorld({ seed: 'S190' }, async (world) => {
      await begin(world, { 'd/f': '1', 'd/empty/x': '2', g: '3' });
      await world.person('A').mkdir('d/nothing');
      await world.finish({ withoutFresh: true });
      let nth = 0;
      const spell = (value: Json, key = ''): Json => {
        if (Array.isArray(value) && value.length === 0) return [[], null, false][nth++ % 3] as Json;
        if (key === 'parentId' && (value === null || value === '' || value === '0' || value === '-1'))
          return [null, '', '0', '-1', 0][nth++ % 5] as Json;
        if (key === '_datetime') return ['2001-01-01 00:00:00', '2038-01-01 03:00:00', null][nth++ % 3] as Json;
        if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return nth++ % 2 === 0 ? Number(value) : value;
        if (Array.isArray(value)) return value.map((item) => spell(item));
        if (typeof value !== 'object' || value === null) return value;
        return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, spell(inner, name)]));
      };
      onListings(world, (document) => spell(document));
      for (let round = 0; round < 5; round++) {
        for (const name of ['A', 'B']) {
          const pass = await world.goodPass(name);
          expect([pass.exit, pass.changingCalls, pass.touched]).toEqual([0, [], []]);
          expect(countOf(pass.calls, 'download')).toBe(0);
        }
      }
    }));

  const unreadable: readonly (readonly [string, (row: { [key: string]: Json }) => void])[] = [
    ['a name', (row) => delete row['filename']],
    ['a size', (row) => delete row['fileSize']],
    ['a size that can be', (row) => (row['fileSize'] = '-1')],
    ['a size that is a number', (row) => (row['fileSize'] = '')],
  ];
  it.each(unreadable)('S191: an entry without %s is not known for this pass, and the others go on', (_, spoil) =>
    inWorld({ seed: 'S191' }, async (world) => {
      await begin(world, { f: '1', g: '2' });
      await world.person('web').write('new', '3');
      onListings(world, (document) => {
        const data = document['data'] as { files?: { [key: string]: Json }[] };
        for (const row of data.files ?? []) if (row['filename'] === 'f') spoil(row);
        return document;
      });
      const pass = await world.goodPass('A');
      expect(pass.changingCalls).toEqual([]);
      expect([...pass.after.keys()].sort()).toEqual(['f', 'g', 'new']);
      expect(countOf(pass.calls, 'download')).toBe(1);
      delete world.hook.after;
      await world.finish();
      expectFiles(world, { f: '1', g: '2', new: '3' });
    }),
  );

  it('S191: an entry without an id may be any that is missing: its folder waits', () =>
    inWorld({ seed: 'S191 id' }, async (world) => {
      await begin(world, { f: '1', g: '2', 'd/x': '3' });
      await world.person('web').write('new', '4');
      await world.person('web').write('d/x', '5');
      onListings(world, (document) => {
        const data = document['data'] as { files?: { [key: string]: Json }[] };
        for (const row of data.files ?? []) if (row['filename'] === 'f') delete row['id'];
        return document;
      });
      const pass = await world.goodPass('A');
      expect([pass.exit, pass.changingCalls]).toEqual([1, []]);
      expect([...pass.after.keys()].filter((path) => !path.startsWith('new')).sort()).toEqual(['d', 'd/x', 'f', 'g']);
      delete world.hook.after;
      await world.finish();
      expectFiles(world, { f: '1', g: '2', 'd/x': '5', new: '4' });
    }));

  it.each(['f', 'd'])('S194: a call that is answered with success and ignored is not taken for done (%s)', (name) =>
    inWorld({ seed: `S194 ${name}` }, async (world) => {
      await begin(world, { f: '1', 'd/x': '2', 'e/y': '3' });
      // as with a parent that is not there: nothing else is read either
      world.hook.before = ({ endpoint, fields }) => {
        const isEdit = endpoint === 'file/edit' || endpoint === 'folder/edit';
        if (isEdit)
          Object.assign(fields, {
            filename: '',
            folder_name: '',
            parent_id: '',
            ...(endpoint === 'file/edit' ? { folder_id: '' } : {}),
          });
        return undefined;
      };
      await world.person('A').move(name, `e/${name}`);
      const passes = [await world.goodPass('A'), await world.goodPass('A'), await world.goodPass('A')];
      expect(passes.map(({ exit }) => exit)).toEqual([1, 1, 1]);
      // it does not hammer on: a handful of tries in each pass at most
      for (const pass of passes) expect(pass.changingCalls.length).toBeLessThanOrEqual(10);
      expect(world.computer('A').has(`e/${name}`)).toBe(true);
      expect(world.web.find(name)).toBeDefined();
      delete world.hook.before;
      await world.finish({ copies: 0 });
      expect(world.web.find(`e/${name}`)).toBeDefined();
      expect(world.web.find(name)).toBeUndefined();
    }),
  );

  it('S195: a name that the host stores in other letters is held back: it stays as it was there, and there is no loop', () =>
    inWorld({ seed: 'S195' }, async (world) => {
      await begin(world, { f: '1', other: '2' });
      world.hook.before = ({ endpoint, fields }) => {
        if (endpoint === 'file/edit' && fields['filename'] === 'g')
          (fields as Record<string, string>)['filename'] = 'G';
        return undefined;
      };
      await world.person('A').move('f', 'g');
      const first = await world.goodPass('A');
      expect(first.result?.problems.map(({ code, path }) => `${path}: ${code}`)).toEqual(['g: name/unsupported']);
      const later = [await world.goodPass('B'), await world.goodPass('A'), await world.goodPass('B')];
      expect(later.flatMap((pass) => pass.changingCalls)).toEqual([]);
      expect(world.computer('A').has('g')).toBe(true);
      expect(world.computer('B').has('f')).toBe(true);
      await world.person('A').move('g', 'h');
      await world.finish({ copies: 0 });
      expectFiles(world, { h: '1', other: '2' });
    }));
});
