/** The watcher on a real folder: what happens there is hinted at, nothing else is promised. */
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { RelPath } from '../../src/core/path.ts';
import { openWatcher, queuedEventsOf } from '../../src/local/watcher.ts';
import type { FolderWatch } from '../../src/local/watcher.ts';
import type { WatchHint } from '../../src/core/watch-hint.ts';
import { realClock } from '../../src/system/clock.ts';
import { realDisk } from '../../src/system/disk.ts';

const rel = (path: string): RelPath => path as RelPath;

interface Bench {
  readonly root: string;
  readonly watch: FolderWatch;
  readonly at: (path: string) => string;
  /** Resolves once such a hint was heard since the last call of `forget`. */
  readonly hinted: (folder: string, deep?: boolean) => Promise<void>;
  readonly lost: () => Promise<void>;
  readonly forget: () => void;
  readonly heard: () => readonly string[];
  /** As the scanner does after hints: whatever stands there by then is covered. */
  readonly follow: (...folders: readonly string[]) => void;
}

const open: { watch: FolderWatch; root: string }[] = [];

afterEach(() => {
  for (const { watch, root } of open.splice(0)) {
    watch.close();
    rmSync(root, { recursive: true, force: true });
  }
});

function bench(folders: readonly string[], queuedEvents = Infinity): Bench {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'yetisync-watch-')));
  const hints: string[] = [];
  const waiting = new Set<() => void>();
  let followed: readonly string[] = [];
  const nameOf = (hint: WatchHint): string =>
    hint.kind === 'lost' ? 'lost' : `${hint.folder}${hint.deep ? ' deep' : ''}`;
  const watch = openWatcher({
    root,
    clock: realClock,
    queuedEvents,
    onHint: (hint) => {
      hints.push(nameOf(hint));
      for (const look of waiting) look();
      for (const folder of followed) watch.cover(rel(folder));
    },
  });
  open.push({ watch, root });
  const at = (path: string): string => join(root, path);
  for (const folder of folders) mkdirSync(at(folder), { recursive: true });
  for (const folder of ['', ...folders]) watch.cover(rel(folder));
  const heardOf = (wanted: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!hints.includes(wanted)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return {
    root,
    watch,
    at,
    hinted: (folder, deep = false) => heardOf(`${folder}${deep ? ' deep' : ''}`),
    lost: () => heardOf('lost'),
    forget: () => void hints.splice(0),
    heard: () => [...new Set(hints)],
    follow: (...folders) => (followed = folders),
  };
}

it.each<[string, (at: (path: string) => string) => void]>([
  ['a new file', (at) => writeFileSync(at('d/new'), 'x')],
  ['a file that is written to', (at) => writeFileSync(at('d/f'), 'other')],
  ['a file that is replaced by renaming another over it', (at) => renameSync(at('g'), at('d/f'))],
  ['a file that goes', (at) => rmSync(at('d/f'))],
  ['a file that is renamed', (at) => renameSync(at('d/f'), at('d/h'))],
  ['a file that is touched', (at) => utimesSync(at('d/f'), 1, 1)],
  ['a new folder', (at) => mkdirSync(at('d/e'))],
])('hints at the folder of %s', async (_title, act) => {
  const { at, hinted, forget } = bench(['d']);
  writeFileSync(at('d/f'), 'x');
  writeFileSync(at('g'), 'x');
  await hinted('d');
  await hinted('');
  forget();
  act(at);
  await hinted('d');
});

it('watches one thing a folder, however many files there are', () => {
  const { watch } = bench(['a', 'b', 'b/c']);
  expect(watch.folders).toBe(4);
  expect([watch.covers(rel('b/c')), watch.covers(rel('b/d'))]).toEqual([true, false]);
  watch.cover(rel('b'));
  expect(watch.folders).toBe(4);
  expect(watch.trouble).toBeNull();
});

it('S249: asks for a deep look at a folder that took the place of another, and follows it from then on', async () => {
  const { at, watch, hinted, follow } = bench(['d', 'd/e']);
  renameSync(at('d'), at('moved'));
  await hinted('d', true);
  expect(watch.folders).toBe(1);
  follow('moved', 'moved/e');
  writeFileSync(at('any'), 'x');
  await hinted('');
  while (watch.folders < 3) await new Promise((resolve) => setImmediate(resolve));
  writeFileSync(at('moved/e/f'), 'x');
  await hinted('moved/e');
});

it('notices a folder that was removed and made anew at once, which chokidar by itself does not', async () => {
  const { at, hinted, follow } = bench(['d']);
  follow('d');
  rmdirSync(at('d'));
  mkdirSync(at('d'));
  await hinted('d', true);
  // A watch on the folder that is gone would never tell of these; the one on its successor may have to come first.
  let isHeard = false;
  void hinted('d').then(() => (isHeard = true));
  for (let n = 0; !isHeard; n++) {
    writeFileSync(at(`d/${n}`), 'x');
    await new Promise((resolve) => setImmediate(resolve));
  }
});

it('drops the watches of folders that no look came by any more', async () => {
  const { at, watch, hinted, forget, heard } = bench(['a', 'a/b', 'c']);
  watch.beginRound();
  watch.cover(rel(''));
  watch.cover(rel('c'));
  watch.endRound();
  expect(watch.folders).toBe(2);
  forget();
  writeFileSync(at('a/b/f'), 'x');
  writeFileSync(at('c/f'), 'x');
  await hinted('c');
  expect(heard()).toEqual(['c']);
});

it("says nothing of yetisync's own folder", async () => {
  const { at, hinted, forget, heard } = bench(['c']);
  forget();
  mkdirSync(at('.yetisync'));
  writeFileSync(at('.yetisync/f'), 'x');
  writeFileSync(at('c/f'), 'x');
  await hinted('c');
  expect(heard()).toEqual(['c']);
});

it('S250: says that events may be lost when nearly a whole queue of them comes in one turn', async () => {
  const { at, lost } = bench(['d'], 50);
  for (let n = 0; n < 60; n++) writeFileSync(at(`d/${n}`), 'x');
  await lost();
});

it.each(['ENOSPC', 'EMFILE'])('S251: stops asking at %s, says so, and tries again in the next round', (code) => {
  const { watch } = bench(['a', 'b', 'c']);
  const { watch: real } = fs;
  let asked = 0;
  fs.watch = () => {
    asked++;
    throw Object.assign(new Error(code), { code });
  };
  syncBuiltinESMExports();
  try {
    for (const folder of ['d', 'e', 'f']) watch.cover(rel(folder));
    expect([asked, watch.trouble, watch.folders]).toEqual([1, code, 4]);
    // what is not watched is no reason to read it again and again
    expect(watch.covers(rel('d'))).toBe(true);
    watch.beginRound();
    watch.cover(rel('d'));
    expect([asked, watch.trouble]).toEqual([2, code]);
  } finally {
    fs.watch = real;
    syncBuiltinESMExports();
  }
});

it('S254: takes what makes no sense for a look at the folder that it came from, or for nothing', () => {
  const { watch: real } = fs;
  const told: ((event: string, name: unknown) => void)[] = [];
  fs.watch = ((_path: unknown, _options: unknown, listener: (event: string, name: unknown) => void) => {
    told.push(listener);
    return Object.assign(new EventEmitter(), { close: () => undefined });
  }) as unknown as typeof fs.watch;
  syncBuiltinESMExports();
  try {
    const { heard, forget } = bench(['d']);
    forget();
    const names = [null, '', '.', '..', '../outside', '/etc/passwd', 'd/e/f', '\uFFFD', 'a\0b'];
    for (const event of ['rename', 'change', 'nonsense']) for (const name of names) told[1]?.(event, name);
    expect(new Set(heard())).toEqual(new Set(['d']));
    forget();
    for (const name of names) told[0]?.('rename', name);
    expect(new Set(heard())).toEqual(new Set(['']));
  } finally {
    fs.watch = real;
    syncBuiltinESMExports();
  }
});

it('is not troubled by a folder that is gone before it can be watched', () => {
  const { watch } = bench([]);
  watch.cover(rel('never'));
  expect([watch.folders, watch.trouble]).toEqual([1, null]);
});

it('knows how long the queue of the system is, or that nobody tells', async () => {
  const encode = (text: string) => ({ readFile: async () => new TextEncoder().encode(text) });
  expect(await queuedEventsOf(encode('16384\n'))).toBe(16_384);
  expect(await queuedEventsOf(encode('none'))).toBe(Infinity);
  expect(await queuedEventsOf({ readFile: () => Promise.reject(new Error('ENOENT')) })).toBe(Infinity);
  expect(await queuedEventsOf(realDisk)).toBeGreaterThan(0);
});
