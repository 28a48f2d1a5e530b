/** What a change of names and places costs: calls that change something, calls beside the sweep, and bytes of content, on both computers. */
import { describe, expect, it } from 'vitest';
import type { Pass } from '../support/computer.ts';
import { isChanging } from '../support/traffic.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin } from './play.ts';
import type { Deed, Files } from './play.ts';

const many = Object.fromEntries(Array.from({ length: 30 }, (_, nth) => [`d/${nth % 3}/${nth}`, `content ${nth}`]));
const start: Files = { a: '1', b: '2', c: '3', 'e/x': '4', g: null, ...many };

/** What the computer that did it asks of the host, and what the other one does. `looks`: listings and questions beside the sweep. */
interface Price {
  readonly changing: string;
  readonly looks: number;
  readonly sent: number;
  readonly fetchedElsewhere: number;
  readonly localSteps: string;
  /** On a computer where it was done on the host, if that is something else. */
  readonly localStepsForHost?: string;
}

const moves = (...pairs: readonly (readonly [string, string])[]): Deed => {
  return async (person) => {
    for (const [from, to] of pairs) await person.move(from, to);
  };
};

const none = { sent: 0, fetchedElsewhere: 0 };
const rows: readonly (readonly [string, Deed, Price])[] = [
  ['a file is renamed', moves(['a', 'z']), { ...none, changing: '1 file/edit', looks: 1, localSteps: '1 move local' }],
  ['a file is moved', moves(['a', 'g/a']), { ...none, changing: '1 file/edit', looks: 2, localSteps: '1 move local' }],
  [
    'a file is moved and renamed',
    moves(['a', 'g/z']),
    { ...none, changing: '1 file/edit', looks: 2, localSteps: '1 move local' },
  ],
  [
    'a folder of 30 files is renamed',
    moves(['d', 'z']),
    { ...none, changing: '1 folder/edit', looks: 1, localSteps: '1 move local' },
  ],
  [
    'a folder of 30 files is moved',
    moves(['d', 'g/d']),
    { ...none, changing: '1 folder/edit', looks: 3, localSteps: '1 move local' },
  ],
  [
    'a name is spelled in capitals',
    moves(['d', 'D']),
    { ...none, changing: '1 folder/edit', looks: 1, localSteps: '1 move local' },
  ],
  [
    'two files are exchanged',
    moves(['a', 't'], ['b', 'a'], ['t', 'b']),
    { ...none, changing: '2 file/edit', looks: 1, localSteps: '1 park local, 2 move local' },
  ],
  [
    'three files change places in a ring',
    moves(['a', 't'], ['b', 'a'], ['c', 'b'], ['t', 'c']),
    { ...none, changing: '3 file/edit', looks: 1, localSteps: '1 park local, 3 move local' },
  ],
  [
    'two folders are exchanged, with three and one in them',
    moves(['d', 't'], ['e', 'd'], ['t', 'e']),
    { ...none, changing: '2 folder/edit', looks: 1, localSteps: '1 park local, 2 move local' },
  ],
  [
    'three folders change places in a ring',
    moves(['d', 't'], ['e', 'd'], ['g', 'e'], ['t', 'g']),
    { ...none, changing: '3 folder/edit', looks: 1, localSteps: '1 park local, 3 move local' },
  ],
  [
    'a folder gets the name that another one has just given up',
    moves(['e', 'z'], ['d', 'e']),
    { ...none, changing: '2 folder/edit', looks: 1, localSteps: '2 move local' },
  ],
  [
    'a folder is made under the name that another one has just given up',
    async (person) => {
      await person.move('d', 'z');
      await person.mkdir('d');
    },
    { ...none, changing: '1 folder/edit, 1 folder/create', looks: 0, localSteps: '1 move local, 1 createFolder local' },
  ],
  [
    'a folder takes the place of another',
    async (person) => {
      await person.remove('e');
      await person.move('d', 'e');
    },
    { ...none, changing: '1 folder/delete, 1 folder/edit', looks: 3, localSteps: '1 trash local, 1 move local' },
  ],
  [
    'a folder goes out of the one that it is in, and that into it',
    moves(['d/0', 'z'], ['d', 'z/d']),
    { ...none, changing: '2 folder/edit', looks: 4, localSteps: '2 move local' },
  ],
  [
    'a file takes the place of another',
    moves(['a', 'b']),
    { ...none, changing: '1 file/delete, 1 file/edit', looks: 1, localSteps: '1 trash local, 1 move local' },
  ],
  [
    'a file is copied for the first time (then the staging folder is made)',
    (person) => person.write('g/copy', '1'),
    {
      changing: '1 folder/create, 1 file/copy, 1 file/edit',
      looks: 3,
      localSteps: '1 download',
      sent: 0,
      fetchedElsewhere: 1,
    },
  ],
  [
    'ten files are copied',
    async (person) => {
      for (let nth = 0; nth < 10; nth++) await person.write(`g/${nth}`, `content ${nth}`);
    },
    {
      changing: '1 folder/create, 10 file/copy, 10 file/edit',
      looks: 3,
      localSteps: '10 download',
      sent: 0,
      fetchedElsewhere: 10,
    },
  ],
];

describe('the price of', () => {
  it.each(rows)('%s', (_, deed, price) =>
    inWorld({ seed: 'prices', memory: {} }, async (world) => {
      await begin(world, start);
      await deed(world.person('A'), world);
      const [own, other] = [await world.goodPass('A'), await world.goodPass('B')];
      expect(price).toMatchObject(priceOf(own, other, world));
      expect(other.changingCalls).toEqual([]);
      await world.finish({ copies: 0 });
    }),
  );

  it.each(rows)('%s, on the host: a computer changes nothing there', (_, deed, { fetchedElsewhere, ...price }) =>
    inWorld({ seed: 'prices there', memory: {} }, async (world) => {
      await begin(world, start);
      await deed(world.person('web'), world);
      const pass = await world.goodPass('B');
      const localSteps = price.localStepsForHost ?? price.localSteps;
      expect(priceOf(pass, pass, world)).toMatchObject({ changing: '', sent: 0, fetchedElsewhere, localSteps });
      await world.finish({ copies: 0 });
    }),
  );
});

function priceOf(own: Pass, other: Pass, world: World): Price {
  const folders = world.web.items().filter(({ kind }) => kind === 'folder').length + 2; // the pair's own, and the one above
  const changing = own.calls.filter(isChanging).map(({ endpoint }) => endpoint);
  const endpoints = own.calls.map(({ endpoint }) => endpoint);
  const idle = ['authorize', 'account/package', 'disable_access_token'];
  return {
    changing: [...new Set(changing)]
      .map((endpoint) => `${changing.filter((one) => one === endpoint).length} ${endpoint}`)
      .join(', '),
    looks: own.calls.filter((call) => !isChanging(call) && !idle.includes(call.endpoint)).length - folders,
    sent: endpoints.filter((endpoint) => endpoint === 'file/upload').length,
    fetchedElsewhere: other.calls.filter(({ endpoint }) => endpoint === 'download').length,
    localSteps: Object.entries(other.result?.counts ?? {})
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', '),
  };
}
