import { describe, expect, it } from 'vitest';
import { data, file, isRefused, uploaded } from './answers.ts';
import { HostForEachTest, asServers, everyHabit, notAsServers } from './running-host.ts';

/** How it changes, what stands between the quotes of the form, the name that this spells, and the name stored. */
const CHANGES: [string, string, string, string][] = [
  ['a leading dot', '.profile', '.profile', 'profile'],
  ['white space at the ends', '  spaced out.txt  ', '  spaced out.txt  ', 'spaced out.txt'],
  ['double quotes', 'say \\"hi\\".txt', 'say "hi".txt', 'say hi.txt'],
  ['single quotes', "it's.txt", "it's.txt", 'its.txt'],
  ['what stands before the last slash', 'some/where/a.txt', 'some/where/a.txt', 'a.txt'],
  ['what stands before the last backslash', 'C:\\some\\where\\a.txt', 'C:\\some\\where\\a.txt', 'a.txt'],
];

describe.each(asServers)('the stored name of an upload, as read off a server [srv] (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it.each(CHANGES)('is the one sent without %s', async (_what, quoted, _sent, stored) => {
    const made = await on.me.upload(quoted, 'content');
    expect(made.name).toBe(stored);
    expect(await on.me.fileNames()).toEqual([stored]);
    expect((await on.me.fileInfo(made.id)).filename).toBe(stored);
  });
});

describe.each(notAsServers)(
  'the stored name of an upload, which can differ from the one sent [srv] (%s)',
  (_title, habits) => {
    const on = new HostForEachTest(habits);

    it.each(CHANGES)('is the one sent with or without %s, as the answer says', async (_what, quoted, sent, stored) => {
      const made = await on.me.upload(quoted, 'content');
      expect([sent, stored]).toContain(made.name);
      expect(await on.me.fileNames()).toEqual([made.name]);
      expect((await on.me.fileInfo(made.id)).filename).toBe(made.name);
    });
  },
);

describe.each(everyHabit)('the stored name of an upload (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it.each([
    'no extension',
    'two.dots.tar.gz',
    'Straße & 100%.txt',
    'trailing.',
    'a%22b.txt',
    'a%0Db%0Ac.txt',
    'a%20b.txt',
  ])('is %s as sent; percent signs are not decoded [srv]', async (name) => {
    const made = await on.me.upload(name, 'content');
    expect(made.name).toBe(name);
    expect(await on.me.fileNames()).toEqual([name]);
  });

  it('says in the answer what became of a 4-byte character, unless it is refused [cli]', async () => {
    const answer = await on.me.sendUpload('party 🎉.txt', 'content');
    if (isRefused(answer)) expect(await on.me.fileNames()).toEqual([]);
    else {
      expect(uploaded(answer).name).toMatch(/^party .*\.txt$/);
      expect(await on.me.fileNames()).toEqual([uploaded(answer).name]);
    }
  });

  it('is kept with what looks like an HTML tag, or loses it [srv]', async () => {
    const made = await on.me.upload('a<b>.txt', 'content');
    expect(['a<b>.txt', 'a.txt']).toContain(made.name);
    expect(await on.me.fileNames()).toEqual([made.name]);
  });

  it('is kept with an unclosed <, or loses the rest [srv]', async () => {
    const made = await on.me.upload('one <two.txt', 'content');
    expect(made.name).toMatch(/^one( <two\.txt)?$/);
    expect(await on.me.fileNames()).toEqual([made.name]);
  });

  it('is not changed by a file of that name in another folder [srv]', async () => {
    const top = await on.me.makeFolder('Papers');
    await on.me.upload('a.txt', 'one', top);
    expect((await on.me.upload('a.txt', 'two')).name).toBe('a.txt');
  });

  it('is not changed by a folder of that name [srv]', async () => {
    await on.me.makeFolder('a.txt');
    expect((await on.me.upload('a.txt', 'two')).name).toBe('a.txt');
  });

  it('is not changed by a file of that name in the trash: only an active one counts [srv]', async () => {
    const first = await on.me.upload('a.txt', 'one');
    data(await on.me.call('file/delete', { file_id: first.id }));
    expect((await on.me.upload('a.txt', 'two')).name).toBe('a.txt');
  });

  it('is not changed by a file of another account [srv]', async () => {
    await (await on.somebodyElse()).upload('a.txt', 'theirs');
    expect((await on.me.upload('a.txt', 'mine')).name).toBe('a.txt');
  });

  it('gets a number before the extension where an active file has the name already [srv][doc]', async () => {
    await on.me.upload('a.txt', 'one');
    const second = (await on.me.upload('a.txt', 'two')).name;
    const third = (await on.me.upload('a.txt', 'three')).name;
    expect([
      ['a (2).txt', 'a (3).txt'],
      ['a (1).txt', 'a (2).txt'],
    ]).toContainEqual([second, third]);
    expect(await on.me.fileNames()).toEqual(['a.txt', second, third].sort());
  });

  it('gets the number also when the names differ in case only [srv]', async () => {
    await on.me.upload('Letter.txt', 'one');
    expect((await on.me.upload('LETTER.txt', 'two')).name).toMatch(/^LETTER \([12]\)\.txt$/);
  });

  it('keeps the case of the extension before which the number stands, or lower-cases it [srv]', async () => {
    await on.me.upload('Photo.JPG', 'one');
    expect((await on.me.upload('Photo.JPG', 'two')).name).toMatch(/^Photo \([12]\)\.(JPG|jpg)$/);
  });

  it('is another one for a second file without a dot, as the answer says [srv]', async () => {
    await on.me.upload('README', 'one');
    const second = (await on.me.upload('README', 'two')).name;
    expect(second).not.toBe('README');
    expect(second).toMatch(/\([12]\)/);
    expect(await on.me.fileNames()).toEqual(['README', second].sort());
  });

  it('takes the next free number when the first is in use [srv]', async () => {
    await on.me.upload('a.txt', 'one');
    await on.me.upload('a (1).txt', 'two');
    await on.me.upload('a (2).txt', 'three');
    expect((await on.me.upload('a.txt', 'four')).name).toBe('a (3).txt');
  });

  it('is distinct for each of several uploads at the same time [srv]', async () => {
    const answers = await Promise.all(['one', 'two', 'three', 'four'].map((each) => on.me.upload('a.txt', each)));
    const names = answers.map((each) => each.name).sort();
    expect(new Set(names).size).toBe(4);
    expect(await on.me.fileNames()).toEqual(names);
  });
});

describe.each(asServers)('the stored name on a host like the servers (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it('begins its numbers at (2) [srv]', async () => {
    await on.me.upload('a.txt', 'one');
    expect((await on.me.upload('a.txt', 'two')).name).toBe('a (2).txt');
    expect((await on.me.upload('A.TXT', 'three')).name).toMatch(/^A \(3\)\.(TXT|txt)$/);
  });
});

describe.each(everyHabit)('the name set by file/edit (%s)', (_title, habits) => {
  const on = new HostForEachTest(habits);

  it.each([".bash'rc", 'say "hi".txt', "it's.txt", '  trimmed.txt\t', 'some/where.txt'])(
    'is %j, trimmed and nothing else: any name can be set back [srv]',
    async (name) => {
      const { id } = await on.me.upload('a.txt', 'content');
      const edited = file(data(await on.me.call('file/edit', { file_id: id, filename: name })));
      expect(edited.filename).toBe(name.trim());
      expect(await on.me.fileNames()).toEqual([name.trim()]);
    },
  );

  it('is not checked against the names of its siblings [srv]', async () => {
    await on.me.upload('a.txt', 'one');
    const { id } = await on.me.upload('a.txt', 'two');
    const edited = file(data(await on.me.call('file/edit', { file_id: id, filename: 'a.txt' })));
    expect(edited.filename).toBe('a.txt');
    expect(await on.me.fileNames()).toEqual(['a.txt', 'a.txt']);
  });

  it('is kept with what looks like an HTML tag, or loses it; the answer says which [srv]', async () => {
    const { id } = await on.me.upload('old.txt', 'content');
    const edited = file(data(await on.me.call('file/edit', { file_id: id, filename: 'a<b>.txt' })));
    expect(['a<b>.txt', 'a.txt']).toContain(edited.filename);
    expect(await on.me.fileNames()).toEqual([edited.filename]);
  });
});
