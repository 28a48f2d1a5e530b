/**
 * A pass that sends a new file and a new version is killed at each of its calls, and the person goes on with the files before the next
 * one. Whatever the host has by then, their change counts as one change: no copy, nothing twice, nothing that comes back.
 */
import { describe, expect, it } from 'vitest';
import type { Habit } from '../../src/host/habits.ts';
import type { PassOptions } from '../support/computer.ts';
import { faults } from '../support/faults.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, expectFiles, type Files } from './play.ts';

const habits: readonly Habit[] = ['servers'];

async function prepare(world: World): Promise<void> {
  await begin(world, { old: '1' });
  const a = world.person('A');
  await a.write('old', 'second');
  await a.write('new', 'n');
}

const calls = await inWorld({ seed: 'uninterrupted', habits, memory: {} }, async (world) => {
  await prepare(world);
  const pass = await world.goodPass('A', { onCall: () => null });
  return pass.calls.length;
});

const changes: readonly (readonly [string, (world: World) => Promise<void>, Files])[] = [
  [
    'edited again',
    async (world) => {
      await world.person('A').write('old', 'third');
      await world.person('A').write('new', 'newer');
    },
    { old: 'third', new: 'newer' },
  ],
  [
    'edited to the same size',
    async (world) => {
      await world.person('A').write('old', 'dnoces');
      await world.person('A').write('new', 'm');
    },
    { old: 'dnoces', new: 'm' },
  ],
  [
    'renamed',
    async (world) => {
      await world.person('A').move('old', 'old renamed');
      await world.person('A').move('new', 'new renamed');
    },
    { 'old renamed': 'second', 'new renamed': 'n' },
  ],
  [
    'renamed and edited',
    async (world) => {
      await world.person('A').move('old', 'old renamed');
      await world.person('A').write('old renamed', 'third');
      await world.person('A').move('new', 'new renamed');
      await world.person('A').write('new renamed', 'newer');
    },
    { 'old renamed': 'third', 'new renamed': 'newer' },
  ],
  [
    'removed',
    async (world) => {
      await world.person('A').remove('old');
      await world.person('A').remove('new');
    },
    {},
  ],
  [
    'exchanged',
    async (world) => {
      await world.person('A').move('old', 'aside');
      await world.person('A').move('new', 'old');
      await world.person('A').move('aside', 'new');
    },
    { old: 'n', new: 'second' },
  ],
];

/** How a pass is ended at its call of that number, and what of it comes to the host. */
type Ending = readonly [when: string, befall: (call: number) => NonNullable<PassOptions['onCall']>];

const kills: readonly Ending[] = [
  ['killed before', (call) => (_, number) => (number === call ? 'kill before' : null)],
  ['killed after the host acted on', (call) => (_, number) => (number === call ? 'kill after' : null)],
];
/** The pass goes on, without the host or without a look at what became of its calls. */
const cuts: readonly Ending[] = [
  ['cut off from the host at', (call) => (_, number) => (number >= call ? 'refused' : null)],
  [
    'cut off from the host after it acted on',
    (call) => (_, number) => (number < call ? null : number === call ? 'lost' : 'refused'),
  ],
  [
    'shown no listing any more since',
    (call) =>
      ({ endpoint }, number) =>
        number >= call && endpoint === 'folder/listing' ? noListing : null,
  ],
];
const noListing = faults.find(({ name }) => name === 'a success without data') ?? null;

/** Each change after every so many calls; `YETISYNC_ALL_HABITS` takes all. */
const stride = process.env['YETISYNC_ALL_HABITS'] === undefined ? 6 : 1;

describe('S271, S273: files whose upload was', () => {
  for (const [nth, [when, befall]] of [...kills, ...cuts].entries()) {
    for (let call = 1; call <= calls; call++) {
      const some = changes.filter((_, at) => (at + call + nth) % stride === 0);
      it.each(some)(`${when} call ${call} and which were %s end as the person left them`, (_what, change, end) =>
        inWorld({ seed: `${when} ${call}`, habits, memory: {} }, async (world) => {
          await prepare(world);
          // looks are shared as it happens, so that a pass may end before the last of the calls
          const pass = await world.pass('A', { onCall: befall(call) });
          if (nth < kills.length) expect(pass.wasKilled).toBe(pass.result === null);
          await change(world);
          await world.clock.advance(3_600_000);
          await world.finish();
          expectFiles(world, end);
        }),
      );
    }
  }
});

it.each(['d/elsewhere', 'd/new (2)', 'other'])(
  'S273: a new file that was sent by a pass that was killed, and that somebody moved to %s on the host, goes there too',
  (place) =>
    inWorld({ seed: `moved to ${place}`, habits, memory: {} }, async (world) => {
      await begin(world, { 'd/x': '1' });
      await world.person('A').write('new', 'n');
      await world.pass('A', { onCall: ({ endpoint }) => (endpoint === 'file/upload' ? 'kill after' : null) });
      await world.person('web').move('new', place);
      await world.finish({ copies: 0 });
      expectFiles(world, { 'd/x': '1', [place]: 'n' });
    }),
);

it('S273: what was sent by a pass that was killed, and was moved on the host, is found among many new files of its size', () =>
  inWorld({ seed: 'moved among many', habits, memory: {} }, async (world) => {
    await begin(world, { b: 'bb' });
    const [a, web] = [world.person('A'), world.person('web')];
    await a.write('new', 'nn');
    await world.pass('A', { onCall: ({ endpoint }) => (endpoint === 'file/upload' ? 'kill after' : null) });
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`n${at}`, `n${at}`]));
    for (const [name, content] of Object.entries(many)) await web.write(name, content);
    await web.move('new', 'aside');
    await web.move('b', 'new');
    await web.move('aside', 'b');
    await world.finish({ copies: 0 });
    expectFiles(world, { ...many, b: 'nn', new: 'bb' });
  }));

describe('S271, S277: moves and new folders whose calls were', () => {
  async function prepareMoves(world: World): Promise<void> {
    await begin(world, { f: '1', 'd/x': '2', 'e/y': '3' });
    const a = world.person('A');
    await a.move('f', 'g');
    await a.move('d', 'moved');
    await a.mkdir('new/inner');
  }

  const further: readonly (readonly [string, (world: World) => Promise<void>, Files])[] = [
    [
      'moved on',
      async (world) => {
        const a = world.person('A');
        await a.move('g', 'h');
        await a.move('moved', 'e/deep');
        await a.move('new', 'newer');
      },
      { h: '1', 'e/y': '3', 'e/deep/x': '2', 'newer/inner': null },
    ],
    [
      'moved back',
      async (world) => {
        const a = world.person('A');
        await a.move('g', 'f');
        await a.move('moved', 'd');
        await a.move('new/inner', 'inner');
      },
      { f: '1', 'e/y': '3', 'd/x': '2', inner: null, new: null },
    ],
    [
      'removed',
      async (world) => {
        const a = world.person('A');
        await a.remove('g');
        await a.remove('moved');
        await a.remove('new');
      },
      { 'e/y': '3' },
    ],
  ];

  const lost: Ending = ['without the answer of', (call) => (_, number) => (number === call ? 'lost' : null)];
  for (const [nth, [when, befall]] of [...kills, ...cuts, lost].entries()) {
    for (let call = 5; call <= 11; call++) {
      const some = further.filter((_, at) => stride === 1 || (at + call + nth) % 3 === 0);
      it.each(some)(`${when} call ${call} and which were then %s end as the person left them`, (_what, change, end) =>
        inWorld({ seed: `moves ${when} ${call}`, habits, memory: {} }, async (world) => {
          await prepareMoves(world);
          await world.pass('A', { onCall: befall(call) });
          await change(world);
          await world.clock.advance(3_600_000);
          await world.finish({ copies: 0 });
          expectFiles(world, end);
        }),
      );
    }
  }
});

describe('a new file that meets another of its name while it is sent', () => {
  it.each([
    ['is published beside it', 0, 1],
    ['is published as its copy', 3_000, 1],
    ['is published as its copy, which is seen', 3_000, Infinity],
  ] as const)('ends as its copy when the pass is killed just after it %s', (_what, laterMs, publication) =>
    inWorld({ seed: `beside ${laterMs}`, habits }, async (world) => {
      await begin(world, { keep: '0' });
      await world.person('A').write('.new', 'mine');
      let edits = 0;
      const pass = await world.pass('A', {
        onCall: async ({ endpoint }) => {
          if (endpoint === 'file/upload') {
            await world.person('web').write('.new', 'theirs');
            await world.clock.advance(laterMs); // what was listed before is not fresh any more
          }
          return endpoint === 'file/edit' && ++edits === publication ? 'kill after' : null;
        },
      });
      expect(pass.wasKilled).toBe(publication === 1);
      await world.clock.advance(3_600_000);
      await world.finish({ copies: 1 });
      expectFiles(world, { '.new': 'theirs', '.new (conflict)': 'mine', keep: '0' });
    }),
  );
});

it('an edit that was sent while the host’s file lay in its trash replaces it when it is back, also after a kill in between', () =>
  inWorld({ seed: 'restored meanwhile', habits }, async (world) => {
    await begin(world, { '.f': '1', keep: '0' });
    const id = world.web.mustFind('.f').id;
    await world.person('web').remove('.f');
    await world.person('A').write('.f', '2');
    const pass = await world.pass('A', {
      onCall: async ({ endpoint }) => {
        if (endpoint === 'file/upload') {
          world.host.admin.restore(world.keys.accountId, 'file', id);
          await world.clock.advance(3_000); // what was listed before is not fresh any more
        }
        return endpoint === 'file/edit' ? 'kill after' : null;
      },
    });
    expect(pass.wasKilled).toBe(true);
    await world.clock.advance(3_600_000);
    await world.finish({ copies: 0 });
    expectFiles(world, { '.f': '2', keep: '0' });
  }));

it('a version that the host stored after its computer had looked for it is in nobody’s way, and goes to the trash after a week', () =>
  inWorld({ seed: 'stored late', memory: {} }, async (world) => {
    await begin(world, { f: '1' });
    await world.person('A').write('f', '2');
    await world.goodPass('A');
    await world.web.program.signIn(world.keys);
    const staging = world.web.staging();
    await world.web.program.upload('yetisync-A-0123456789ab-1.bin', Buffer.from('3'), String(staging));
    await world.web.program.upload('of a person.bin', Buffer.from('4'), String(staging));
    await world.web.program.upload('f', Buffer.from('2'), String(staging)); // as a copy has it
    // two computers made the staging folder at once, and one had used its own by then
    const above = world.host.admin.tree(world.keys.accountId).find(({ id }) => id === staging)?.parentId;
    const { data } = (
      await world.web.call('folder/create', { folder_name: 'yetisync-staging', parent_id: String(above) })
    ).json as { data: { id: string } };
    await world.web.program.upload('yetisync-B-0123456789ab-2.bin', Buffer.from('5'), data.id);
    const trashed = async (days: number): Promise<number> => {
      await world.clock.advance(days * 24 * 3_600_000);
      await world.goodPass('A');
      return (await world.goodPass('B')).changingCalls.length;
    };
    for (let day = 0; day < 7; day++) expect(await trashed(1)).toBe(0);
    expect(world.web.staged()).toHaveLength(4);
    await trashed(1.1);
    expect(world.web.staged()).toEqual(['of a person.bin']);
    expectFiles(world, { f: '2' });
  }));

describe('a file that was renamed on the host, and is edited here', () => {
  it.each([1, 2, 3, 4, 5, 6])('after a kill at change %i of the disk, has the new name and the new content', (at) =>
    inWorld({ seed: `renamed ${at}`, memory: {} }, async (world) => {
      await begin(world, { f: '1', keep: '0' });
      await world.person('web').move('f', 'g');
      await world.pass('A', { onDisk: (_, nth) => (nth === at ? 'kill after' : null) });
      const a = world.person('A');
      await a.write(a.has('f') ? 'f' : 'g', '2');
      await world.finish({ copies: 0 });
      expectFiles(world, { g: '2', keep: '0' });
    }),
  );

  it.each([1, 2, 3, 4, 5, 6])('or there, after a kill at change %i of the disk, has both too', (at) =>
    inWorld({ seed: `renamed there ${at}`, memory: {} }, async (world) => {
      await begin(world, { f: '1', keep: '0' });
      await world.person('web').move('f', 'g');
      await world.pass('A', { onDisk: (_, nth) => (nth === at ? 'kill after' : null) });
      await world.person('web').write('g', '2');
      await world.finish({ copies: 0 });
      expectFiles(world, { g: '2', keep: '0' });
    }),
  );
});

describe('S273, S283: what came from the host when the pass was killed', () => {
  async function changeOnHost(world: World): Promise<void> {
    await begin(world, { old: '1', renamed: 'r', gone: 'g', 'd/x': 'x', 'e/y': 'y', empty: null });
    const web = world.person('web');
    await web.write('new', 'n');
    await web.write('old', 'second');
    await web.move('renamed', 'called');
    await web.remove('gone');
    await web.move('d', 'moved');
    await web.write('made/inner/in', 'i');
    await web.remove('empty');
  }
  const all = ['new', 'old', 'renamed', 'called', 'gone', 'd/x', 'moved/x', 'made/inner/in'];
  /** What was changed on both sides would rightly end as two, and so would two names of one file to each of which the person gave another. */
  const there = (world: World): string[] =>
    all.filter((path) => {
      const a = world.computer('A');
      const isSecondName = path === 'renamed' && a.has('called');
      return a.has(path) && !isSecondName && Buffer.from(a.read(path)).toString() !== '1';
    });
  const folders = ['made/inner', 'made', 'd', 'moved', 'empty'];
  const deeds: readonly (readonly [string, (world: World) => Promise<void>])[] = [
    [
      'edited',
      async (world) => {
        const a = world.person('A');
        for (const path of there(world)) await a.write(path, `${path} edited`);
      },
    ],
    [
      'renamed',
      async (world) => {
        const a = world.person('A');
        for (const path of there(world)) await a.move(path, `${path} here`);
      },
    ],
    [
      'renamed and edited',
      async (world) => {
        const a = world.person('A');
        for (const path of there(world)) {
          await a.move(path, `${path} here`);
          await a.write(`${path} here`, `${path} edited`);
        }
      },
    ],
    [
      'renamed under its old name',
      async (world) => {
        const a = world.person('A');
        for (const path of ['renamed', 'gone', 'd'].filter((path) => a.has(path))) await a.move(path, `${path} here`);
      },
    ],
    [
      'exchanged with another',
      async (world) => {
        const a = world.person('A');
        // nothing tells who moved a file that was moved on both sides, so the host's name wins, and meets the other here
        const path = there(world).find((one) => !['renamed', 'called'].includes(one));
        if (path === undefined) return;
        await a.move(path, 'aside');
        await a.move('e/y', path);
        await a.move('aside', 'e/y');
      },
    ],
    [
      'moved over another',
      async (world) => {
        const a = world.person('A');
        const [path] = there(world);
        if (path !== undefined) await a.move(path, 'e/y');
      },
    ],
    [
      'moved with their folders',
      async (world) => {
        const a = world.person('A');
        for (const path of folders.filter((path) => a.has(path))) await a.move(path, `e/${path.replace('/', ' ')}`);
      },
    ],
    [
      'removed',
      async (world) => {
        const a = world.person('A');
        for (const path of [...all, ...folders].filter((path) => a.has(path))) await a.remove(path);
      },
    ],
    [
      'replaced by other kinds on the host',
      async (world) => {
        const web = world.person('web');
        for (const path of ['made', 'new', 'old']) {
          const isFolder = world.web.shape().get(path) === 'folder';
          await web.remove(path);
          if (isFolder) await web.write(path, `${path} file`);
          else await web.mkdir(path);
        }
      },
    ],
  ];
  const changesOfDisk = 30;
  for (const [nth, when] of (['kill before', 'kill after'] as const).entries()) {
    for (let at = 1; at <= changesOfDisk; at++) {
      const some = deeds.filter((_, which) => stride === 1 || (which + at + nth) % (2 * stride) === 0);
      it.each(some)(
        `(${when} change ${at} of the disk), and was then %s, is there once, and as the person left it`,
        (_what, deed) =>
          inWorld({ seed: `came ${when} ${at}`, habits, memory: {} }, async (world) => {
            await changeOnHost(world);
            await world.pass('A', { onDisk: (_, count) => (count === at ? when : null) });
            await deed(world);
            await world.clock.advance(3_600_000);
            await world.finish({ copies: 0 });
          }),
      );
    }
  }
});

describe('a new version whose predecessor the host refuses to trash', () => {
  it.each([
    ['under its own name', 'f', 1],
    ['under another name', 'g', 1],
    ['under another name, again and again', 'g', 4],
  ] as const)('%s ends as the only one', (_what, name, times) =>
    inWorld({ seed: `refused ${name} ${times}`, habits, memory: {} }, async (world) => {
      await begin(world, { f: '1', keep: '0' });
      const a = world.person('A');
      if (name !== 'f') await a.move('f', name);
      await a.write(name, '2');
      if (name !== 'f') await a.write('f', '3'); // waits for the other's going
      await a.write('new', '4'); // has the folder listed again
      const page = faults.find((fault) => fault.name === 'a page with status 413') ?? null;
      let left = times;
      for (let pass = 0; pass < times; pass++) {
        await world.pass('A', { onCall: ({ endpoint }) => (endpoint === 'file/delete' && left-- > 0 ? page : null) });
        await world.goodPass('B');
        await world.clock.advance(3_600_000);
      }
      await world.finish({ copies: 0 });
      expectFiles(world, { f: '3', [name]: '2', new: '4', keep: '0' });
    }),
  );
});

it('a version that came second, and could not be taken back at once, is not fetched as somebody else’s', () =>
  inWorld({ seed: 'came second', habits, memory: {} }, async (world) => {
    await begin(world, { f: '1', keep: '0' });
    await world.person('B').write('f', 'theirs');
    await world.person('A').write('f', 'mine');
    await world.person('A').write('new', 'n');
    const page = faults.find((fault) => fault.name === 'a page with status 500') ?? null;
    let [trashed, isFirst] = [0, true];
    await world.pass('A', {
      onCall: async ({ endpoint }) => {
        if (endpoint === 'file/upload' && isFirst) {
          isFirst = false;
          await world.pass('B', { onCall: (call) => (call.endpoint === 'file/delete' ? page : null) });
        }
        return endpoint === 'file/delete' && ++trashed === 2 ? 'refused' : null;
      },
    });
    expect(trashed).toBeGreaterThan(1);
    await world.clock.advance(3_600_000);
    await world.finish({ copies: 1 });
    expectFiles(world, { f: 'theirs', 'f (conflict)': 'mine', new: 'n', keep: '0' });
  }));

it('an exchange of names with an edit, whose pass lost the host between two calls, ends as the person left it', () =>
  inWorld({ seed: 'exchanged and edited', habits, memory: {} }, async (world) => {
    await begin(world, { f: '1', g: '2', keep: '0' });
    const a = world.person('A');
    await a.write('f', 'newer');
    await a.move('f', 'aside');
    await a.move('g', 'f');
    await a.move('aside', 'g');
    await world.pass('A', { onCall: ({ endpoint }) => (endpoint === 'file/delete' ? 'refused' : null) });
    await world.pass('A');
    await world.clock.advance(3_600_000);
    await world.finish({ copies: 0 });
    expectFiles(world, { f: '2', g: 'newer', keep: '0' });
  }));

describe.each(['documented', 'servers'] as const)('what was moved here and edited on the host (host %s)', (habit) => {
  const moves: readonly (readonly [string, Files, (world: World) => Promise<void>, Files])[] = [
    [
      'one to the name of the other',
      { a: '1', b: '2' },
      async (world) => {
        await world.person('A').move('a', 'c');
        await world.person('A').move('b', 'a');
        await world.person('web').write('a', '3');
        await world.person('web').write('b', '4');
      },
      { a: '4', c: '3' },
    ],
    [
      'into a folder that takes its name',
      { f: '1' },
      async (world) => {
        await world.person('A').move('f', 't');
        await world.person('A').mkdir('f');
        await world.person('A').move('t', 'f/f');
        await world.person('web').write('f', '2');
      },
      { 'f/f': '2' },
    ],
  ];
  it.each(
    moves.flatMap((row) =>
      [1, 2].flatMap((nth) =>
        (['kill before', 'kill after', 'lost'] as const).map((how) => [...row, nth, how] as const),
      ),
    ),
  )('%s: no copy, whatever became of the pass that moved it there', (title, start, deeds, end, nth, how) =>
    inWorld({ seed: `${title} ${nth} ${how}`, habits: [habit], memory: {} }, async (world) => {
      await begin(world, start);
      await deeds(world);
      let edits = 0;
      await world.pass('A', {
        isAlone: true,
        onCall: ({ endpoint }) => (endpoint === 'file/edit' && ++edits === nth ? how : null),
      });
      await world.clock.advance(3_600_000);
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, end);
    }),
  );
});
