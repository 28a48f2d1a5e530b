/** `yetisync explain` and `yetisync ignore test`: what they say of one path at each station of its life. */
import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { call } from './in-process.ts';
import { facts, makeHome, startHost, writeConfig } from './running.ts';

async function laptop() {
  const home = makeHome();
  const { url, running } = await startHost(home);
  const config = writeConfig(home, 'laptop', { url, more: { ignore: ['*.iso'] } });
  const folder = join(home, 'laptop');
  mkdirSync(join(folder, 'Photos'));
  writeFileSync(join(folder, 'Photos/beach.jpg'), 'beach');
  writeFileSync(join(folder, 'notes.txt'), 'hello\n');
  const yetisync = (...words: readonly string[]) => call(home, [...words, '--config', config]);
  const explain = async (path: string) => (await yetisync('explain', path)).stdout;
  return { home, folder, config, running, yetisync, explain };
}

describe('explain', () => {
  it('tells of a file what both sides have, what was done last, and what an edit, a removal or a move leads to', async () => {
    const { home, folder, config, running, yetisync, explain } = await laptop();
    expect(await explain('notes.txt')).toContain('never synced on this computer');
    expect(await yetisync('--once')).toMatchObject({ status: 0 });
    await running.stop(); // no host is asked
    const inStep = await explain('notes.txt');
    expect(inStep).toContain(join(folder, 'notes.txt'));
    expect(inStep).toMatch(/on the host {2}\/Cloud\/notes\.txt, 6 B \(id \d+\), MD5 b1946ac92492d2347c6235b4d2611184/);
    expect(inStep).toContain('in step');
    expect(inStep).toMatch(/last done .* uploaded: new here/);

    writeFileSync(join(folder, 'notes.txt'), 'hello again\n');
    expect(await explain('notes.txt')).toContain(
      'next         upload new version of notes.txt: changed here, unchanged on the host',
    );
    rmSync(join(folder, 'notes.txt'));
    expect(await explain('notes.txt')).toContain("next         move to the host's trash notes.txt: removed here");
    writeFileSync(join(folder, 'new.txt'), 'hello\n');
    expect(await explain('new.txt')).toContain('next         move on the host, to new.txt: moved or renamed here');
    expect(await explain('notes.txt')).toMatch(/moved to new\.txt|nothing is known of it/);

    rmSync(join(folder, 'Photos'), { recursive: true });
    expect(await explain('Photos/beach.jpg')).toContain('next         goes to the trash with Photos');

    const elsewhere = await call(home, ['explain', './new.txt', '--json', '--config', config], { cwd: folder });
    expect(facts(elsewhere.stdout)).toMatchObject({
      path: 'new.txt',
      ignored: null,
      base: { path: 'notes.txt', md5: 'b1946ac92492d2347c6235b4d2611184' },
      next: [{ kind: 'move', side: 'remote', path: 'new.txt' }],
    });
  });

  it('tells why a path is left alone, held back or ignored, and leaves no trace', async () => {
    const { folder, yetisync, explain, home } = await laptop();
    writeFileSync(join(folder, 'empty.txt'), '');
    writeFileSync(join(folder, 'disk.iso'), 'x');
    symlinkSync('notes.txt', join(folder, 'link'));
    await yetisync('--once');
    const state = () =>
      readdirSync(join(home, 'laptop-state'), { recursive: true, encoding: 'utf8' }).map((name) => [
        name,
        statSync(join(home, 'laptop-state', name)).size,
      ]);
    const before = state();
    expect(await explain('empty.txt')).toContain('the host cannot hold empty files');
    expect(await explain('link')).toContain('links, sockets, pipes and devices are left alone');
    expect(await explain('disk.iso')).toContain('ignored: "*.iso", rule 1 of `ignore` in the config');
    expect(await explain('nowhere.txt')).toContain('nothing is known of it');
    expect(state()).toEqual(before);
    rmSync(folder, { recursive: true });
    const gone = await explain('notes.txt');
    expect(gone).toContain('the local folder is missing');
    expect(gone).not.toContain("host's trash");
  });

  it('refuses a path outside of all synced folders', async () => {
    const { yetisync } = await laptop();
    expect(await yetisync('explain', '/etc/passwd')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is in none of the synced folders') as string,
    });
  });
});

describe('ignore test', () => {
  it('names the rule with its file and line, by the files as they are now', async () => {
    const { folder, yetisync } = await laptop();
    writeFileSync(join(folder, 'Photos/.yetisyncignore'), '# raw files\n*.raw\n!keep.raw\n');
    const test = async (path: string) => (await yetisync('ignore', 'test', path)).stdout.trim();
    expect(await test('Photos/a.raw')).toMatch(/: ignored: "\*\.raw", line 2 of Photos\/\.yetisyncignore$/);
    expect(await test('Photos/keep.raw')).toMatch(/: not ignored: a rule with ! takes it back in$/);
    expect(await test('a.raw')).toMatch(/: not ignored: no rule matches$/);
    expect(await test('notes.txt~')).toMatch(/: ignored: "\*~", built in/);
    expect(await test('Photos/')).toMatch(/: not ignored/);
  });

  it('tells what a rule that is tried, or was written since, would let go of', async () => {
    const { folder, yetisync } = await laptop();
    await yetisync('--once');
    expect((await yetisync('ignore', 'test')).stdout).toContain('nothing that is in step would be let go of');
    const tried = await yetisync('ignore', 'test', '--rule', 'Photos/');
    expect(tried.stdout).toContain('2 items (5 B) would be let go of: they stay where they are');
    expect(tried.stdout).toContain('Photos/ (2 items)');
    writeFileSync(join(folder, '.yetisyncignore'), '*.jpg\n');
    expect((await yetisync('ignore', 'test')).stdout).toContain(
      'Photos/beach.jpg  ignored: "*.jpg", line 1 of .yetisyncignore',
    );
    const wrong = await yetisync('ignore', 'test', 'notes.txt', '--rule', 'a[');
    expect(wrong.stderr).toContain('[ without ]');
  });
});
