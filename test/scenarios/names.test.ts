/** Names that hosts alter, that collide, or that mean something to a program. Made here or there, each arrives as it is, or is held back. */
import { describe, expect, it } from 'vitest';
import type { Habit } from '../../src/host/habits.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { md5Of } from '../support/snapshot.ts';
import { everyHabit } from './hosts.ts';
import { json } from '../../src/host/answers.ts';
import { countOf, expectFiles, type Files } from './play.ts';

interface Names {
  readonly id: string;
  readonly what: string;
  readonly names: readonly string[];
  /** Left out where a host of the kind cannot hold the name by any call of its page. */
  readonly notOnWeb?: boolean;
  /** The same of hosts with this habit alone. */
  readonly lostOn?: Habit;
}

const groups: readonly Names[] = [
  { id: 'S145', what: 'dots in front', names: ['.env', 'env', '..x', '...', '.a.b'] },
  {
    id: 'S146',
    what: 'blanks at the ends',
    names: [' lead', 'trail ', ' both ', ' ', '   ', 'foo', ' foo'],
    notOnWeb: true,
  },
  { id: 'S147', what: 'quotes', names: ['a"b', 'ab', "it's", 'a"\'b"\''] },
  {
    id: 'S149',
    what: 'control characters',
    names: ['a\tb', '\tlead', 'tail\t', 'a\rb', 'a\nb', 'a\u000bb', 'a\u0001b', 'a\u007fb'],
    notOnWeb: true,
  },
  { id: 'S150', what: 'dots at the end', names: ['trailing.', 'two..', 'name.'] },
  {
    id: 'S151',
    what: 'characters that forms and shells know',
    names: ['a:b*c?d|g', '%46.txt', 'a%2Fb', 'a+b', 'a&b=c', '#1', 'a;b', '{x}', '[x]', '~x', '$x', '`x`', 'a\\b'],
  },
  { id: 'S151b', what: 'what looks like a tag', names: ['a < b', 'a>b'] },
  {
    id: 'S153',
    what: 'words that programs know',
    names: ['null', '0', '-1', 'false', 'undefined', 'NaN', '123', '1e5', '__proto__', 'constructor', 'toString'],
  },
  {
    id: 'S154',
    what: 'characters outside the basic plane',
    names: ['👍.txt', '👨‍👩‍👧', '🇩🇪', '\u{1f4a9}'],
    lostOn: 'awkward',
  },
  { id: 'S155', what: 'letters with marks', names: ['é', 'ü.txt', 'Å'] },
  { id: 'S158', what: 'other scripts', names: ['Привет', '你好.txt', 'مرحبا', 'a\u202eb', '각', 'ß', 'ẞ', 'İ', 'ı'] },
  {
    id: 'S163',
    what: 'a host’s suffixes',
    names: ['report (2).txt', 'report (1).txt', 'a (2) (2)', 'report.txt', 'a'],
  },
  { id: 'S165', what: 'names that differ in case only', names: ['Foo', 'foo', 'FOO', 'x.TXT', 'X.txt'] },
  { id: 'S145b', what: 'an encoding like our own', names: ['~ys~ b', '~ys~%20a', '~ys~a', '~ys~%zz'], notOnWeb: true },
];

const cautious = { holdRemovals: { percent: 100, count: 10_000 } };

groups.forEach(({ id, what, names, notOnWeb, lostOn }, at) => {
  const hosts = (nth: number, without?: Habit) => {
    const fit = everyHabit.filter(([, habits]) => without === undefined || !habits.includes(without));
    return process.env['YETISYNC_ALL_HABITS'] === undefined ? [fit[(at + nth) % fit.length]!] : fit;
  };
  const of = (state: string): Files => Object.fromEntries(names.map((name, nth) => [name, `${state} ${nth}`]));

  it.each(hosts(0))(`${id}: ${what}: files made, edited and removed here (host %s)`, (_, habits) =>
    inWorld({ seed: id, habits, config: cautious }, async (world) => {
      for (const [name, content] of Object.entries(of('new'))) await world.person('A').write(name, content!);
      await world.finish({ copies: 0 });
      expectFiles(world, of('new'));
      for (const [name, content] of Object.entries(of('edited'))) await world.person('B').write(name, content!);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, of('edited'));
      for (const name of names) await world.person('A').remove(name);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, {});
    }),
  );

  it.each(hosts(1))(`${id}: ${what}: folders made here (host %s)`, (_, habits) =>
    inWorld({ seed: id, habits }, async (world) => {
      for (const name of names) await world.person('A').write(`${name}/child`, `in ${name}`);
      await world.finish({ copies: 0 });
    }),
  );

  if (notOnWeb === true) return;
  it.each(hosts(2, lostOn))(`${id}: ${what}: files made on the host (host %s)`, (_, habits) =>
    inWorld({ seed: id, habits }, async (world) => {
      for (const name of names) await world.person('web').write(name, `new ${name}`);
      await world.finish({ copies: 0 });
      for (const name of names) await world.person('A').write(name, `edited ${name}`);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, Object.fromEntries(names.map((name) => [name, `edited ${name}`])));
    }),
  );
});

describe('a name on the host that cannot stand on a disk', () => {
  it.each(['..', '.', 'a/b', '/etc/passwd', '../../x', 'é'.repeat(200)])(
    'S161, S162, S429: %j is held back, and not touched there',
    (name) =>
      inWorld({}, async (world) => {
        await world.person('A').write('f', '1');
        await world.settle();
        await world.web.upload('odd', Buffer.from('2'));
        world.ledger.wrote('web', 'odd', md5Of('2'), null, false);
        await world.web.call('file/edit', { file_id: String(world.web.mustFind('odd').id), filename: name });
        const last = await world.finish({ apart: (path) => path !== 'f', exit: { A: 1, B: 1, fresh1: 1 } });
        for (const { result } of last) expect(result?.problems.map(({ code }) => code)).toEqual(['name/unsupported']);
        expect([...world.computer('A').shape().keys()]).toEqual(['f']);
        expect(world.web.items().map((item) => item.name)).toContain(name);
      }),
  );
});

/** A host whose database does not take characters outside the basic plane: it says no, or keeps question marks. */
function withoutEmoji(world: World, way: 'refuses' | 'keeps question marks'): void {
  world.hook.before = ({ fields }) => {
    for (const key of ['filename', 'folder_name'] as const) {
      const name = fields[key];
      if (name === undefined || !isOutside(name)) continue;
      if (way === 'refuses') return json(200, { status: 'error', response: 'Could not save the name.' });
      (fields as Record<string, string>)[key] = name.replaceAll(/[\u{10000}-\u{10ffff}]/gu, '?');
    }
    return undefined;
  };
}

describe('a name that the host does not keep as it is', () => {
  const names = ['👍.txt', 'd/👍', '👍👍/x', '?.txt'];
  it.each(['refuses', 'keeps question marks'] as const)(
    'S154: has a form of it there that every computer shows as what was meant (the host %s)',
    (way) =>
      inWorld({ seed: `S154 ${way}`, config: cautious }, async (world) => {
        withoutEmoji(world, way);
        for (const name of names) await world.person('A').write(name, `in ${name}`);
        await world.finish({ copies: 0 });
        expectFiles(world, Object.fromEntries(names.map((name) => [name, `in ${name}`])));
        expect(world.web.items().every(({ name }) => !isOutside(name))).toBe(true);
        await world.person('B').write('👍.txt', 'edited');
        await world.person('B').move('d/👍', '🐧');
        await world.person('A').move('👍👍', 'd/👍👍👍');
        await world.finish({ copies: 0, withoutFresh: true });
        expectFiles(world, { '👍.txt': 'edited', '🐧': 'in d/👍', 'd/👍👍👍/x': 'in 👍👍/x', '?.txt': 'in ?.txt' });
        await world.person('A').remove('👍.txt');
        await world.person('A').move('🐧', 'plain');
        await world.finish({ copies: 0, withoutFresh: true });
        expectFiles(world, { plain: 'in d/👍', 'd/👍👍👍/x': 'in 👍👍/x', '?.txt': 'in ?.txt' });
      }),
  );

  it.each([
    ['A', 'other'],
    ['B', 'other'],
    ['A', 'equal'],
    ['B', 'equal'],
  ] as const)('S154b: is what two made there at once by it (%s passes first, %s content)', (first, content) =>
    inWorld({ seed: `S154b ${first} ${content}`, config: cautious }, async (world) => {
      withoutEmoji(world, 'keeps question marks');
      await world.person('A').write('x', '1');
      await world.finish();
      await world.person('A').move('x', '👍');
      await world.person('B').write('👍', content === 'equal' ? '1' : '2');
      await world.pass(first);
      await world.finish();
      expectFiles(
        world,
        content === 'equal'
          ? { '👍': '1' }
          : [
              { '👍': '1', '👍 (conflict)': '2' },
              { '👍': '2', '👍 (conflict)': '1' },
            ],
      );
    }),
  );

  it.each(['a<b>.txt', '<i>', 'x<y', '</b>/child'])(
    'S151: %j, which the host takes for a tag, arrives as it is',
    (name) =>
      inWorld({ seed: `tag ${name}`, habits: ['servers'] }, async (world) => {
        await world.person('A').write(name, '1');
        await world.finish({ copies: 0 });
        expectFiles(world, { [name]: '1' });
      }),
  );

  it('S154, S169: is held back where the host keeps no form of it; it stays there as it was, and no upload is repeated', () =>
    inWorld({ seed: 'S169' }, async (world) => {
      await world.person('A').write('f', '1');
      await world.person('A').mkdir('d');
      await world.finish({ withoutFresh: true });
      world.hook.before = ({ endpoint, fields }) => {
        const name = fields['filename'] ?? fields['folder_name'] ?? '';
        if (/edit|create/.test(endpoint) && (isOutside(name) || name.startsWith('~ys~')))
          return json(200, { status: 'error', response: 'Could not save the name.' });
        return undefined;
      };
      await world.person('A').move('f', '👍');
      await world.person('A').write('d/👍', '2');
      await world.person('A').mkdir('👍 folder');
      const passes = world.passes.length;
      for (let nth = 0; nth < 3; nth++) await world.pass('A');
      await world.pass('B');
      const [first, ...later] = world.passes.slice(passes).filter(({ computer }) => computer === 'A');
      expect(first?.result?.problems.map(({ code, path }) => `${path}: ${code}`).sort()).toEqual([
        'd/👍: remote/refused',
        '👍 folder: remote/refused',
        '👍: remote/refused',
      ]);
      expect(later.flatMap((pass) => pass.changingCalls)).toEqual([]);
      expect(countOf(first!.calls, 'file/upload')).toBe(1);
      expect(world.web.items().map(({ path }) => path)).toEqual(['d', 'f']);
      expect([...world.computer('B').shape().keys()].sort()).toEqual(['d', 'f']);
      await world.person('A').move('👍', 'good');
      await world.person('A').remove('d/👍');
      await world.person('A').remove('👍 folder');
      await world.finish({ copies: 0 });
      expectFiles(world, { good: '1', d: null });
      const downloads = world.passes.slice(passes).flatMap((pass) => pass.calls);
      expect(
        countOf(
          downloads.filter(({ endpoint }) => endpoint === 'file/upload'),
          'file/upload',
        ),
      ).toBe(1);
    }));
});

function isOutside(name: string): boolean {
  return /[\u{10000}-\u{10ffff}]/u.test(name);
}
