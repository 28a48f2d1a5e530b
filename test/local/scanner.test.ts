import nodeFs from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { buildIgnoreRules } from '../../src/core/ignore.ts';
import { fails } from '../support/faulty-disk.ts';
import { at, md5Of, pairFolder } from './pair-folder.ts';

describe('a scan', () => {
  it('finds files and folders at any depth, empty folders too', async () => {
    const pair = pairFolder();
    pair.write('a/b/c.txt', 'c');
    pair.write('d.txt', 'dd');
    nodeFs.mkdirSync(pair.absolute('empty'));
    const result = await pair.scan();
    expect(pair.tree.paths()).toEqual(['a', 'a/b', 'a/b/c.txt', 'd.txt', 'empty']);
    expect(pair.tree.find('d.txt')).toMatchObject({ kind: 'file', size: 2, md5: null, trouble: null, racy: false });
    expect(pair.tree.find('empty')).toMatchObject({ kind: 'folder', size: 0 });
    expect(result).toMatchObject({ folders: 4, entries: 5, hashedFiles: 0, changedFolders: 3, unsettled: [] });
  });

  it('writes nothing, reads no content and changes nothing on the disk where nothing changed', async () => {
    const pair = pairFolder();
    pair.write('a/b.txt', 'b');
    await pair.settle();
    const before = nodeFs.lstatSync(pair.absolute('a/b.txt'), { bigint: true });
    const result = await pair.scan();
    expect(pair.tree.applied).toEqual([]);
    expect(result.hashedFiles).toBe(0);
    expect(pair.disk.calls.filter((call) => !/^(lstatSync|readdir) /.test(call))).toEqual([]);
    expect(nodeFs.lstatSync(pair.absolute('a/b.txt'), { bigint: true })).toEqual(before);
  });

  it('sees nothing of yetisync itself', async () => {
    const pair = pairFolder();
    pair.write('.yetisync/marker.json', '{}');
    pair.write('yetisync-staging/x', 'x');
    pair.write('a/.yetisync-notes', 'mine');
    await pair.scan();
    expect(pair.tree.paths()).toEqual(['a', 'a/.yetisync-notes']);
  });

  it('ends with a new stamp and the same content after a touch or a chmod', async () => {
    const pair = pairFolder();
    pair.write('a', 'one');
    await pair.settle();
    const before = pair.tree.find('a');
    nodeFs.utimesSync(pair.absolute('a'), 1, 1);
    const result = await pair.scan();
    expect(result.hashedFiles).toBe(1);
    expect(pair.tree.find('a')).toMatchObject({ node: before.node, md5: md5Of('one') });
    expect(pair.tree.find('a').stamp).not.toBe(before.stamp);
    expect((await pair.scan()).changedFolders).toBe(0);
  });

  it('finds an edit of the same size whose mtime was put back', async () => {
    const pair = pairFolder();
    pair.write('a', 'one');
    await pair.settle();
    const { atime, mtime } = nodeFs.lstatSync(pair.absolute('a'));
    pair.write('a', 'two');
    nodeFs.utimesSync(pair.absolute('a'), atime, mtime);
    await pair.scan();
    expect(pair.tree.find('a').md5).toBe(md5Of('two'));
  });

  it('does not read a file of another size than base has: that it changed is certain', async () => {
    const pair = pairFolder();
    pair.write('a', 'one');
    await pair.settle();
    pair.write('a', 'longer');
    const result = await pair.scan();
    expect(result.hashedFiles).toBe(0);
    expect(pair.tree.find('a')).toMatchObject({ md5: null, size: 6 });
  });

  it('reads a file again that was read so soon after its last change that another could hide', async () => {
    const pair = pairFolder();
    pair.write('a', 'one');
    await pair.settle();
    pair.clock.jumpWall(-3_600_000);
    nodeFs.utimesSync(pair.absolute('a'), 1, 1);
    await pair.scan();
    expect(pair.tree.find('a')).toMatchObject({ racy: true, md5: md5Of('one') });

    pair.clock.jumpWall(10_000);
    const again = await pair.scan();
    expect(again.hashedFiles).toBe(1);
    expect(pair.tree.find('a').racy).toBe(false);
    expect((await pair.scan()).hashedFiles).toBe(0);
  });

  it('does not read a file over and over because its mtime lies in the future', async () => {
    const pair = pairFolder();
    pair.write('a', 'one');
    await pair.settle();
    nodeFs.utimesSync(pair.absolute('a'), 4_294_967_295, 4_294_967_295);
    await pair.scan();
    expect(pair.tree.find('a').racy).toBe(false);
    expect((await pair.scan()).hashedFiles).toBe(0);
  });

  it('reports what is gone, with all below it by its folder alone', async () => {
    const pair = pairFolder();
    pair.write('a/b/c', 'c');
    pair.write('d', 'd');
    await pair.settle();
    const a = pair.tree.find('a').node;
    nodeFs.rmSync(pair.absolute('a'), { recursive: true });
    await pair.scan();
    expect(pair.tree.applied).toEqual([
      { path: '', difference: { put: [], gone: [a], ignored: [], trouble: null, isFree: true } },
    ]);
    expect(pair.tree.paths()).toEqual(['d']);
  });

  it('keeps the node of a folder that was exchanged for another of the same name', async () => {
    const pair = pairFolder();
    pair.write('a/x', 'x');
    await pair.settle();
    const before = pair.tree.find('a');
    nodeFs.renameSync(pair.absolute('a'), pair.absolute('b'));
    pair.write('a/y', 'y');
    await pair.scan();
    expect(pair.tree.find('a').node).toBe(before.node);
    expect(pair.tree.find('a').identity).not.toBe(before.identity);
    expect(pair.tree.find('b').identity).toBe(before.identity);
    expect(pair.tree.paths()).toEqual(['a', 'a/y', 'b', 'b/x']);
  });

  it('keeps identity over a rename, also of what had just been made', async () => {
    const pair = pairFolder();
    pair.write('f', 'f');
    nodeFs.mkdirSync(pair.absolute('d'));
    await pair.settle();
    const before = [pair.tree.find('f').identity, pair.tree.find('d').identity];
    nodeFs.renameSync(pair.absolute('f'), pair.absolute('g'));
    nodeFs.renameSync(pair.absolute('d'), pair.absolute('e'));
    await pair.scan();
    expect([pair.tree.find('g').identity, pair.tree.find('e').identity]).toEqual(before);
  });

  it('takes a name that changed its kind for a new entry', async () => {
    const pair = pairFolder();
    pair.write('a/x', 'x');
    await pair.settle();
    const before = pair.tree.find('a').node;
    nodeFs.rmSync(pair.absolute('a'), { recursive: true });
    pair.write('a', 'file');
    await pair.scan();
    expect(pair.tree.find('a').kind).toBe('file');
    expect(pair.tree.find('a').node).not.toBe(before);
    expect(pair.tree.paths()).toEqual(['a']);
  });

  it('walks a tree 300 levels deep', async () => {
    const pair = pairFolder();
    const deep = Array.from({ length: 300 }, () => 'd').join('/');
    pair.write(`${deep}/f`, 'f');
    await pair.scan();
    expect(pair.tree.find(`${deep}/f`).kind).toBe('file');
  });

  it('stops when it is told to, with what it has found so far written down', async () => {
    const pair = pairFolder();
    for (let folder = 0; folder < 20; folder++) pair.write(`d${folder}/f`, 'f');
    const stop = new AbortController();
    const stopped = pair.scan({
      signal: stop.signal,
      onProgress: ({ folders }) => {
        if (folders === 5) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'stopped' });
    expect(pair.tree.paths().filter((path) => path.includes('/'))).toHaveLength(4);
  });
});

describe('a scan from dirty folders', () => {
  it('looks at those alone, and into what is new there', async () => {
    const pair = pairFolder();
    pair.write('a/x', 'x');
    pair.write('b/y', 'y');
    await pair.settle();
    pair.write('a/new/z', 'z');
    pair.write('b/unseen', 'u');
    await pair.scan({ from: [{ folder: at('a'), deep: false }] });
    expect(pair.tree.paths()).toEqual(['a', 'a/new', 'a/new/z', 'a/x', 'b', 'b/y']);
  });

  it('looks at the nearest folder above where the dirty one is gone or not known yet', async () => {
    const pair = pairFolder();
    pair.write('a/b/x', 'x');
    await pair.settle();
    nodeFs.rmSync(pair.absolute('a/b'), { recursive: true });
    pair.write('a/c/d/y', 'y');
    await pair.scan({
      from: [
        { folder: at('a/b'), deep: true },
        { folder: at('a/c/d'), deep: false },
      ],
    });
    expect(pair.tree.paths()).toEqual(['a', 'a/c', 'a/c/d', 'a/c/d/y']);
  });

  it('goes below no link that took the place of a folder on the way', async () => {
    const pair = pairFolder();
    pair.write('a/b/x', 'x');
    await pair.settle();
    const outside = pairFolder();
    outside.write('b/secret', 's');
    nodeFs.renameSync(pair.absolute('a'), pair.absolute('old'));
    nodeFs.symlinkSync(outside.root, pair.absolute('a'));
    await pair.scan({ from: [{ folder: at('a/b'), deep: true }] });
    expect(pair.tree.find('a')).toMatchObject({ kind: 'special', trouble: 'local/special' });
    expect(pair.tree.seek('a/b')).toBeNull();
  });
});

describe('what cannot be read', () => {
  it.each([
    ['EACCES', 'local/unreadable'],
    ['EIO', 'local/io'],
    ['ESTALE', 'local/io'],
    ['EMFILE', 'local/no-handles'],
  ])('makes a folder unknown and removes nothing, on %s; other branches go on', async (code, trouble) => {
    const pair = pairFolder();
    pair.write('a/b/x', 'x');
    pair.write('c/y', 'y');
    await pair.settle();
    const off = pair.disk.on({ call: 'readdir', path: /\/a$/, act: fails(code) });
    pair.write('c/z', 'z');
    const result = await pair.scan();
    expect(pair.tree.paths()).toEqual(['a', 'a/b', 'a/b/x', 'c', 'c/y', 'c/z']);
    expect(pair.tree.find('a').trouble).toBe(trouble);
    expect(result.troubles).toEqual([{ path: 'a', trouble, detail: null }]);

    pair.tree.applied.length = 0;
    await pair.scan();
    expect(pair.tree.applied).toEqual([]);
    off();
    await pair.scan();
    expect(pair.tree.find('a').trouble).toBeNull();
  });

  it('makes the whole folder unknown when a single child cannot be told', async () => {
    const pair = pairFolder();
    pair.write('a/x', 'x');
    pair.write('a/y', 'y');
    await pair.settle();
    pair.disk.on({ call: 'lstatSync', path: /\/a\/x$/, act: fails('EACCES') });
    nodeFs.rmSync(pair.absolute('a/y'));
    await pair.scan();
    expect(pair.tree.find('a').trouble).toBe('local/unreadable');
    expect(pair.tree.paths()).toEqual(['a', 'a/x', 'a/y']);
  });

  it('is found by an ordinary user as by the tests that inject it', async () => {
    const pair = pairFolder();
    pair.write('a/x', 'x');
    await pair.settle();
    nodeFs.chmodSync(pair.absolute('a'), 0o000);
    const refused = asOrdinaryUser(pair.absolute('a'));
    nodeFs.chmodSync(pair.absolute('a'), 0o700);
    expect(refused).toBe('EACCES');
  });

  it('takes a child that went between two looks for one that is not there', async () => {
    const pair = pairFolder();
    pair.write('a', 'a');
    pair.write('b', 'b');
    pair.disk.on({ call: 'lstatSync', path: /\/a$/, act: () => nodeFs.rmSync(pair.absolute('a'), { force: true }) });
    const result = await pair.scan();
    expect(pair.tree.paths()).toEqual(['b']);
    expect(result.troubles).toEqual([]);
  });

  it('holds a file back whose content is refused, and takes it up when it can be read', async () => {
    const pair = pairFolder();
    pair.write('a', 'one');
    await pair.settle();
    pair.write('a', 'two');
    const off = pair.disk.on({ call: 'open', path: /\/a$/, act: fails('EACCES') });
    await pair.scan();
    expect(pair.tree.find('a')).toMatchObject({ md5: null, trouble: 'local/unreadable' });
    off();
    await pair.scan();
    expect(pair.tree.find('a')).toMatchObject({ md5: md5Of('two'), trouble: null });
  });

  it('never takes a missing root for an empty one', async () => {
    const pair = pairFolder();
    pair.write('a', 'one');
    await pair.settle();
    nodeFs.renameSync(pair.root, `${pair.root}-away`);
    await expect(pair.scan()).rejects.toMatchObject({ code: 'local/root-missing' });
    expect(pair.tree.applied).toEqual([]);
  });

  it('removes nothing when the root is exchanged for an empty folder during the scan', async () => {
    const pair = pairFolder();
    pair.write('a', 'one');
    pair.write('d/b', 'two');
    await pair.settle();
    pair.disk.on({
      call: 'readdir',
      times: 1,
      act: () => {
        nodeFs.renameSync(pair.root, `${pair.root}-away`);
        nodeFs.mkdirSync(pair.root);
      },
    });
    await expect(pair.scan()).rejects.toMatchObject({ code: 'local/root-missing' });
    expect(pair.tree.paths()).toEqual(['a', 'd', 'd/b']);
  });
});

describe('what moves while it is looked at', () => {
  it('is not taken for removed when its folder is renamed in while the folder is read', async () => {
    const pair = pairFolder();
    pair.write('d/a', 'a');
    await pair.settle();
    // As POSIX allows: the first reading shows neither name.
    pair.disk.on({
      call: 'readdir',
      path: /\/d$/,
      times: 1,
      act: () => nodeFs.renameSync(pair.absolute('d/a'), `${pair.root}-a`),
    });
    pair.disk.on({
      call: 'readdir',
      path: /\/d$/,
      after: 1,
      times: 1,
      act: () => nodeFs.renameSync(`${pair.root}-a`, pair.absolute('d/a')),
    });
    await pair.scan();
    expect(pair.tree.paths()).toEqual(['d', 'd/a']);
    expect(pair.tree.applied.flatMap(({ difference }) => difference.gone)).toEqual([]);
  });

  it('is found where it went, also in a folder that had been read already', async () => {
    const pair = pairFolder();
    pair.write('d1/f', 'f');
    nodeFs.mkdirSync(pair.absolute('d2'));
    await pair.settle();
    let read = 0;
    pair.disk.on({
      call: 'readdir',
      path: /\/d[12]$/,
      act: (_call, path = '') => {
        // The second of the two to be read is where the file moves from.
        if (++read !== 2) return;
        const [from, to] = path.endsWith('d1') ? ['d1', 'd2'] : ['d2', 'd1'];
        if (nodeFs.existsSync(pair.absolute(`${from}/f`)))
          nodeFs.renameSync(pair.absolute(`${from}/f`), pair.absolute(`${to}/f`));
      },
    });
    await pair.scan();
    expect(pair.tree.paths().filter((path) => path.endsWith('/f'))).toHaveLength(1);
    expect(nodeFs.existsSync(pair.absolute(pair.tree.paths().find((path) => path.endsWith('/f'))!))).toBe(true);
  });

  it('is found where its folder went, also where that moved into one that had been read already', async () => {
    const pair = pairFolder();
    for (const name of ['d1', 'd2', 'd3']) pair.write(`${name}/f`, name);
    await pair.settle();
    pair.tree.applied.length = 0;
    const read: string[] = [];
    await pair.scan({
      beforeReading: (path) => {
        if (!path.startsWith('d') || read.includes(path)) return;
        read.push(path);
        // the second that is to be read moves into the first
        if (read.length === 2) nodeFs.renameSync(pair.absolute(path), pair.absolute(`${read[0]}/moved`));
      },
    });
    expect(pair.tree.paths()).toContain(`${read[0]}/moved/f`);
    expect(pair.tree.paths()).not.toContain(read[1]);
  });

  it('keeps what it had of a file that changes each time it is read', async () => {
    const pair = pairFolder();
    pair.write('a', 'one');
    await pair.settle();
    const before = pair.tree.find('a');
    let turn = 0;
    nodeFs.utimesSync(pair.absolute('a'), 1, 1);
    pair.disk.on({ call: 'open', path: /\/a$/, act: () => nodeFs.utimesSync(pair.absolute('a'), 1, ++turn + 100) });
    const result = await pair.scan();
    expect(result.unsettled).toEqual(['']);
    expect(pair.tree.find('a')).toEqual(before);
  });

  it('takes nothing over when the folder became a link to elsewhere while it was read', async () => {
    const pair = pairFolder();
    const outside = pairFolder();
    outside.write('secret', 's');
    pair.write('d/a', 'a');
    await pair.settle();
    pair.disk.on({
      call: 'readdir',
      path: /\/d$/,
      times: 1,
      act: () => {
        nodeFs.renameSync(pair.absolute('d'), `${pair.root}-d`);
        nodeFs.symlinkSync(outside.root, pair.absolute('d'));
      },
    });
    const result = await pair.scan();
    expect(pair.tree.paths()).toEqual(['d']);
    expect(pair.tree.find('d')).toMatchObject({ kind: 'special', trouble: 'local/special' });
    expect(result.unsettled).toEqual(['d']);
  });
});

describe('links and special files', () => {
  it('are listed, never opened and never followed', async () => {
    const pair = pairFolder();
    const outside = pairFolder();
    outside.write('secret', 's');
    nodeFs.symlinkSync(outside.root, pair.absolute('folder-link'));
    nodeFs.symlinkSync('nowhere', pair.absolute('broken-link'));
    execFileSync('mkfifo', [pair.absolute('pipe')]);
    const server = createServer().listen(pair.absolute('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    await pair.scan();
    expect(pair.tree.paths()).toEqual(['broken-link', 'folder-link', 'pipe', 'socket']);
    for (const path of pair.tree.paths()) {
      expect(pair.tree.find(path)).toMatchObject({ kind: 'special', trouble: 'local/special' });
    }
    expect(pair.disk.calls.filter((call) => call.startsWith('open '))).toEqual([]);
    pair.tree.applied.length = 0;
    await pair.scan();
    server.close();
    expect(pair.tree.applied).toEqual([]);
  });

  it('are what a folder is on which another disk is mounted, and its unmounting shows the folder again', async () => {
    const pair = pairFolder();
    pair.write('mount/f', 'f');
    const { lstatSync } = pair.disk;
    const mounted = {
      ...pair.disk,
      lstatSync: (path: string) => {
        const stat = lstatSync(path);
        return path.endsWith('/mount') ? { ...stat, dev: stat.dev + 1n } : stat;
      },
    };
    await pair.scan({ disk: mounted });
    expect(pair.tree.find('mount')).toMatchObject({ kind: 'special', trouble: 'local/special' });
    expect(pair.tree.paths()).toEqual(['mount']);
    await pair.scan();
    expect(pair.tree.paths()).toEqual(['mount', 'mount/f']);
  });

  it('include names that are not UTF-8, each under a name of its own that stays the same', async () => {
    const pair = pairFolder();
    for (const byte of [0xfe, 0xff]) {
      nodeFs.writeFileSync(Buffer.concat([Buffer.from(`${pair.root}/caf`), Buffer.from([byte])]), 'x');
    }
    pair.write('real\uFFFD', 'r');
    await pair.scan();
    expect(pair.tree.paths()).toEqual(['caf\uFFFD', 'caf\uFFFD (2)', 'real\uFFFD']);
    expect(pair.tree.find('caf\uFFFD (2)')).toMatchObject({ kind: 'special', trouble: 'name/not-utf8' });
    expect(pair.tree.find('real\uFFFD').kind).toBe('file');
    pair.tree.applied.length = 0;
    await pair.scan();
    expect(pair.tree.applied).toEqual([]);
  });
});

describe('ignored paths', () => {
  it('are let go of when a rule comes to match them, and never reported as gone', async () => {
    const pair = pairFolder();
    pair.write('a/x.iso', 'x');
    pair.write('a/y.iso', 'y');
    pair.write('b', 'b');
    await pair.settle();
    const nodes = [pair.tree.find('a/x.iso').node, pair.tree.find('a/y.iso').node];
    nodeFs.rmSync(pair.absolute('a/y.iso'));
    const { rules } = buildIgnoreRules({ config: ['*.iso'], files: [] });
    await pair.scan({ rules });
    expect(pair.tree.applied).toEqual([
      { path: 'a', difference: { put: [], gone: [], ignored: nodes, trouble: null, isFree: false } },
    ]);
    await pair.scan();
    expect(pair.tree.paths()).toContain('a/x.iso');
  });

  it('obey an ignore file in the same scan that finds it, in all folders below', async () => {
    const pair = pairFolder();
    pair.write('a/b/x.log', 'x');
    pair.write('a/b/keep.log', 'k');
    pair.write('y.log', 'y');
    await pair.settle();
    pair.write('a/.yetisyncignore', '*.log\n!keep.log\n');
    await pair.scan({ from: [{ folder: at('a'), deep: false }] });
    expect(pair.tree.paths()).toEqual(['a', 'a/.yetisyncignore', 'a/b', 'a/b/keep.log', 'y.log']);
    expect(pair.tree.ignoreFiles()).toEqual([{ folder: 'a', text: '*.log\n!keep.log\n' }]);

    nodeFs.rmSync(pair.absolute('a/.yetisyncignore'));
    await pair.scan({ from: [{ folder: at('a'), deep: false }] });
    expect(pair.tree.paths()).toContain('a/b/x.log');
    expect(pair.tree.ignoreFiles()).toEqual([]);
  });

  it('are not read again while their rules stand', async () => {
    const pair = pairFolder();
    pair.write('.yetisyncignore', '*.log\n');
    await pair.settle();
    await pair.scan();
    expect(pair.disk.calls.filter((call) => call.startsWith('readFile'))).toEqual([]);
  });

  it.each([
    ['cannot be read', '*.log', 'EACCES', 'EACCES'],
    ['says nothing that makes sense', '*.log\na\\', null, 'line 2: ends in a single \\'],
    ['is no text', 'a\0b', null, 'line 1: not text'],
    ['is longer than any rules are', '#'.repeat(300_000), null, 'it is longer than 256 KiB'],
  ])('hold their whole folder back when the ignore file %s, and say why', async (_what, text, code, detail) => {
    const pair = pairFolder();
    pair.write('a/b/x', 'x');
    pair.write('c', 'c');
    await pair.settle();
    pair.write('a/.yetisyncignore', text);
    nodeFs.rmSync(pair.absolute('a/b'), { recursive: true });
    if (code !== null) pair.disk.on({ call: 'readFile', act: fails(code) });
    const result = await pair.scan();
    expect(result.troubles).toEqual([{ path: 'a', trouble: 'ignore/unreadable', detail }]);
    expect(pair.tree.paths()).toEqual(['a', 'a/b', 'a/b/x', 'c']);

    pair.write('a/.yetisyncignore', 'nothing-here\n');
    if (code === null) {
      await pair.scan();
      expect(pair.tree.find('a').trouble).toBeNull();
      expect(pair.tree.paths()).toEqual(['a', 'a/.yetisyncignore', 'c']);
    }
  });
});

/** What an ordinary user gets who lists `folder`: the errno, or `read`. */
function asOrdinaryUser(folder: string): string {
  const script = `
    if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
    try { require('fs').readdirSync(process.argv[1]); console.log('read'); } catch (error) { console.log(error.code); }`;
  nodeFs.chmodSync(`${folder}/../..`, 0o755);
  return execFileSync(process.execPath, ['-e', script, folder], { encoding: 'utf8' }).trim();
}
