import { describe, expect, it } from 'vitest';
import type { EntryKind } from '../../src/core/entry.ts';
import { buildIgnoreRules, builtInPatterns } from '../../src/core/ignore.ts';
import type { IgnoreRules } from '../../src/core/ignore.ts';
import { parseRelPath } from '../../src/core/path.ts';

interface Layers {
  readonly config?: readonly string[];
  /** By folder. */
  readonly files?: Readonly<Record<string, string>>;
}

function build({ config = [], files = {} }: Layers) {
  return buildIgnoreRules({
    config,
    files: Object.entries(files).map(([folder, text]) => ({ folder: parseRelPath(folder), text })),
  });
}

/** Paths that end in `/` are folders. */
function ignores(rules: IgnoreRules, path: string): boolean {
  return verdict(rules, path).ignored;
}

function verdict(rules: IgnoreRules, path: string) {
  const kind: EntryKind = path.endsWith('/') ? 'folder' : 'file';
  return rules.test(parseRelPath(path), kind);
}

describe('what is ignored without a rule of anybody', () => {
  it('is written in rules that mean something', () => {
    expect(build({ config: builtInPatterns }).problems).toEqual([]);
  });

  const { rules, problems } = build({});

  it('are rules that all make sense', () => {
    expect(problems).toEqual([]);
  });

  it.each([
    '.DS_Store',
    'a/b/.DS_Store',
    'a/._photo.jpg',
    'Icon\r',
    '.Spotlight-V100/',
    '.Spotlight-V100/Store-V2/x',
    'Thumbs.db',
    'a/thumbs.db',
    'desktop.ini',
    '$RECYCLE.BIN/x',
    '.Trash-1000/files/x',
    '.fuse_hidden0000012300000001',
    '.nfs00000000012345670000abcd',
    'lost+found/',
    '~$letter.docx',
    'a/.~lock.table.ods#',
    '.notes.txt.swp',
    '.#notes.org',
    '#notes.org#',
    'notes.txt~',
    '.goutputstream-XYZ',
    '.gedit-save-XYZ',
    'film.mkv.crdownload',
  ])('covers debris: %j', (path) => {
    expect(ignores(rules, path)).toBe(true);
  });

  it.each([
    'thesis.tmp',
    'data.bak',
    'a.part',
    'old.orig',
    '.gitignore',
    '.git/config',
    'node_modules/x/index.js',
    '.env',
    '.movie.swf',
    'swp',
    'a/lost+found/x',
    'Icon',
    '.trash/x',
    '#1 hit.mp3',
    '.nfs',
    '4913',
    'build/x.o',
    'core',
    '.directory',
  ])('leaves alone what a person could miss: %j', (path) => {
    expect(ignores(rules, path)).toBe(false);
  });

  it.each(['.yetisync/', '.yetisync/trash/x', '.YetiSync/marker.json', 'yetisync-staging/', 'yetisync-staging/x'])(
    "covers yetisync's own %j, whatever any rule says",
    (path) => {
      const taken = build({ config: ['!.yetisync', '!/.yetisync/**', '!yetisync-staging'], files: { '': '!*' } });
      expect(ignores(taken.rules, path)).toBe(true);
    },
  );

  it('covers those names at the top alone', () => {
    expect(ignores(rules, 'a/.yetisync/x')).toBe(false);
    expect(ignores(rules, 'a/yetisync-staging/x')).toBe(false);
    expect(ignores(rules, '.yetisyncignore')).toBe(false);
  });

  it('is never the root', () => {
    expect(build({ config: ['*'] }).rules.test(parseRelPath(''), 'folder').ignored).toBe(false);
  });
});

describe('the layers', () => {
  it('let the config take back in what is built in', () => {
    const { rules } = build({ config: ['!*~'] });
    expect(verdict(rules, 'notes~')).toEqual({ ignored: false, takenBackIn: true });
    expect(verdict(rules, 'notes')).toEqual({ ignored: false, takenBackIn: false });
  });

  it('let an ignore file overrule the config, and a deeper one a higher one', () => {
    const { rules } = build({
      config: ['*.log'],
      files: { '': '!important.log', 'a/b': '*.log\n!b.log' },
    });
    expect(ignores(rules, 'x.log')).toBe(true);
    expect(ignores(rules, 'a/important.log')).toBe(false);
    expect(ignores(rules, 'a/b/important.log')).toBe(true);
    expect(ignores(rules, 'a/b/c/b.log')).toBe(false);
    expect(ignores(rules, 'a/b.log')).toBe(true);
  });

  it('let a deeper file take a folder back in, with all that is in it', () => {
    const { rules } = build({ files: { '': 'build', a: '!build' } });
    expect(ignores(rules, 'build/x')).toBe(true);
    expect(ignores(rules, 'a/build/')).toBe(false);
    expect(ignores(rules, 'a/build/x')).toBe(false);
  });

  it('hide everything below an ignored folder, also from a `!` below', () => {
    const { rules } = build({ files: { '': '/hidden/', 'hidden/deep': '!x' } });
    expect(ignores(rules, 'hidden/deep/x')).toBe(true);
    expect(ignores(rules, 'hidden')).toBe(false);
  });

  it('decide by case, as the disk does', () => {
    const { rules } = build({ config: ['*.ISO'] });
    expect([ignores(rules, 'a.ISO'), ignores(rules, 'a.iso')]).toEqual([true, false]);
  });

  it('hold a file of rules to its own folder', () => {
    const { rules } = build({ files: { a: '/x\ny/z\nw/\n*.tmp' } });
    expect(['a/x', 'a/y/z', 'a/b/w/', 'a/b/c.tmp'].map((path) => ignores(rules, path))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['x', 'a/b/x', 'y/z', 'a/b/y/z', 'w/', 'c.tmp', 'ab/x'].map((path) => ignores(rules, path))).toEqual(
      Array(7).fill(false),
    );
  });

  it('do so also where the name of the folder looks like a pattern', () => {
    for (const folder of ['a*', 'a?', '[ab]', 'a\\b', '!a', '#a', 'a b ', '{a}']) {
      const { rules } = build({ files: { [folder]: '*.tmp\n/x/y' } });
      expect(ignores(rules, `${folder}/b.tmp`), folder).toBe(true);
      expect(ignores(rules, `${folder}/x/y`), folder).toBe(true);
      expect(ignores(rules, 'ab/b.tmp'), folder).toBe(false);
      expect(ignores(rules, 'a/b.tmp'), folder).toBe(false);
    }
  });

  it('read patterns as git does', () => {
    const { rules } = build({
      files: { d: '\uFEFF# a comment\r\n\r\n**/deep\nfoo/**\na/**/b\n\\#hash\n\\!bang\nspace\\ \ntrail   \n[a-c]1' },
    });
    const within = (path: string) => ignores(rules, `d/${path}`);
    expect(['x/deep', 'foo/x', 'a/b', 'a/x/y/b', '#hash', '!bang', 'space ', 'trail', 'b1'].map(within)).toEqual(
      Array(9).fill(true),
    );
    expect(['foo', 'hash', 'bang', 'space', 'd1', '# a comment'].map(within)).toEqual(Array(6).fill(false));
  });
});

describe('a verdict', () => {
  it('names the rule, where it stands and in which line', () => {
    const { rules } = build({ config: ['*.iso', '*.img'], files: { 'a/b': '\n# mine\n*.log' } });
    expect(verdict(rules, 'x.img')).toEqual({ ignored: true, rule: { pattern: '*.img', source: 'config', line: 2 } });
    expect(verdict(rules, 'a/b/c/x.log')).toEqual({
      ignored: true,
      rule: { pattern: '*.log', source: 'a/b/.yetisyncignore', line: 3 },
    });
    expect(verdict(rules, '.DS_Store')).toMatchObject({ rule: { source: 'built-in', line: null } });
  });

  it('names for what lies below an ignored folder the rule of that folder', () => {
    const { rules } = build({ config: ['cache/'] });
    expect(verdict(rules, 'a/cache/b/c')).toMatchObject({ rule: { pattern: 'cache/' } });
  });
});

describe('an ignore file that changes', () => {
  it('takes effect at once, in its folder and below', () => {
    const { rules } = build({ files: { '': '*.a' } });
    const folder = parseRelPath('d');
    expect(ignores(rules, 'd/e/x.b')).toBe(false);
    expect(rules.setFile(folder, '*.b')).toEqual([]);
    expect(rules.fileIn(folder)).toBe('*.b');
    expect(ignores(rules, 'd/e/x.b')).toBe(true);
    expect(ignores(rules, 'd/e/x.a')).toBe(true);
    rules.setFile(folder, '*.c');
    expect(ignores(rules, 'd/e/x.b')).toBe(false);
    rules.setFile(parseRelPath(''), null);
    expect(ignores(rules, 'd/e/x.a')).toBe(false);
    expect(ignores(rules, 'd/e/x.c')).toBe(true);
    rules.setFile(folder, null);
    expect(rules.fileIn(folder)).toBeNull();
    expect(ignores(rules, 'd/e/x.c')).toBe(false);
  });

  it('changes nothing while a line of it is wrong', () => {
    const { rules } = build({ files: { d: '*.a' } });
    const problems = rules.setFile(parseRelPath('d'), '*.b\nwrong\\');
    expect(problems).toEqual([
      { rule: { pattern: 'wrong\\', source: 'd/.yetisyncignore', line: 2 }, detail: 'ends in a single \\' },
    ]);
    expect(ignores(rules, 'd/x.a')).toBe(true);
    expect(ignores(rules, 'd/x.b')).toBe(false);
  });
});

describe('a wrong pattern', () => {
  it.each(['a\\', '!', '/', '!/', '[a', 'x/[!', '../up', './here', 'a/../b', 'a\0b', 'caf\uFFFD'])(
    'is told of, not passed over: %j',
    (pattern) => {
      const { rules, problems } = build({ config: ['*.iso', pattern] });
      expect(problems).toMatchObject([{ rule: { pattern, source: 'config', line: 2 } }]);
      expect(ignores(rules, 'x.iso')).toBe(true);
    },
  );

  it.each(['[]a]', '[!]a]', 'a[b]c', '\\[a', 'a\\\\', '[[:digit:]]', '...', 'a..b', '.hidden', '*', '**', '# ['])(
    'is not what this is: %j',
    (pattern) => {
      expect(build({ config: [pattern] }).problems).toEqual([]);
    },
  );
});

describe('many paths', () => {
  it('are told in far less than a second for a hundred thousand, a thousand ignore files among them', () => {
    const files: Record<string, string> = {};
    for (let folder = 0; folder < 1_000; folder++) files[`d${folder}`] = '*.log\n/build/\n!keep.log\n';
    const { rules } = build({ config: ['*.iso', '/Videos', 'node_modules/'], files });
    const paths = Array.from({ length: 100_000 }, (_, at) =>
      parseRelPath(`d${Math.floor(at / 100)}/e/f${at}.${at % 10 === 0 ? 'log' : 'txt'}`),
    );
    const startCpu = process.cpuUsage();
    const ignored = paths.filter((path) => rules.test(path, 'file').ignored).length;
    const { user, system } = process.cpuUsage(startCpu);
    expect(ignored).toBe(10_000);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });
});
