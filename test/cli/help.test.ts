/** Help, completions and the manual page: all from one definition, so each names every command there is. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allNodes, commandTree } from '../../src/cli/command-tree.ts';
import { completionScript, shells } from '../../src/cli/completion.ts';
import { readTopics } from '../../src/cli/help-topic.ts';
import { manPage } from '../../src/cli/man-page.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { call } from './in-process.ts';
import { makeHome } from './running.ts';

const program = () => buildProgram('1.2.3', () => undefined);
const nodes = allNodes(commandTree(program()));

describe('help', () => {
  it('lists the topics, shows each page, and the help of a command', async () => {
    const home = makeHome();
    const { stdout } = await call(home, ['help']);
    const names = readdirSync(new URL('../../src/docs', import.meta.url)).map((name) => name.replace('.md', ''));
    for (const name of names) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'));
      const page = await call(home, ['help', name]);
      expect(page).toMatchObject({ status: 0, stderr: '' });
      expect(page.stdout).not.toMatch(/```|\]\(|\*\*/);
      const title = /^# (.*)$/m.exec(readFileSync(new URL(`../../src/docs/${name}.md`, import.meta.url), 'utf8'))?.[1];
      expect(page.stdout.split('\n')[0]).toBe(title);
    }
    expect((await call(home, ['help', 'held', 'approve'])).stdout).toContain('Usage: yetisync held approve');
    expect(await call(home, ['help', 'conflict'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('did you mean `yetisync help conflicts`?') as string,
    });
  });

  it('gives each command an example that the program takes', () => {
    for (const { path, children, examples } of nodes.filter((node) => node.path !== '')) {
      if (children.length === 0) expect({ path, has: examples.length > 0 }).toEqual({ path, has: true });
      for (const line of examples) {
        const words = line.replace(/ [<>|].*$/, '').split(' ');
        expect(words[0]).toBe('yetisync');
        expect(() =>
          program().parse(
            words.slice(1).map((word) => word.replaceAll("'", '')),
            { from: 'user' },
          ),
        ).not.toThrow();
      }
    }
  });
});

describe('a completion', () => {
  it.each(shells)('for %s names every command and option', (shell) => {
    const script = completionScript(shell, program());
    for (const { path, options } of nodes) {
      expect(script).toContain(path);
      for (const { long } of options) expect(script).toContain(long);
    }
  });

  it('for bash completes what was begun, at each depth', () => {
    const file = join(makeHome(), 'completion');
    writeFileSync(file, completionScript('bash', program()));
    const completed = (...words: readonly string[]): string[] => {
      const set = `COMP_WORDS=(${words.map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${words.length - 1}`;
      const script = `source ${file}; ${set}; _yetisync; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
      expect(stderr).toBe('');
      return stdout.trim().split('\n');
    };
    expect(completed('yetisync', 'he')).toEqual(['held', 'help']);
    expect(completed('yetisync', 'held', '')).toEqual(expect.arrayContaining(['approve', 'reject', '--json']));
    expect(completed('yetisync', 'conflicts', 'keep', '--a')).toEqual(['--all']);
    expect(completed('yetisync', '--config', 'c.json', 'tra')).toEqual(['trash']);
  });

  it('for no other shell is offered', async () => {
    expect(await call(makeHome(), ['completion', 'tcsh'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('bash, zsh, fish') as string,
    });
  });
});

it('the manual page names every command, every topic and the exit statuses', async () => {
  const topics = await readTopics();
  const page = manPage(program(), { version: '1.2.3', topics });
  expect(page).toMatch(/^\.TH YETISYNC 1 "" "yetisync 1\.2\.3"/);
  const plain = page.replaceAll('\\-', '-');
  for (const { path, children } of nodes) if (children.length === 0) expect(plain).toContain(`.SS yetisync ${path}`);
  for (const { name } of topics) expect(plain).toContain(`.B ${name}\n`);
  expect(plain).toContain('.B 70');
  // A line that begins with a dot is a request, and there are only these.
  const requests = new Set(page.split('\n').flatMap((line) => /^\.(\S+)/.exec(line)?.[1] ?? []));
  expect([...requests].sort()).toEqual(['B', 'EE', 'EX', 'I', 'PP', 'SH', 'SS', 'TH', 'TP']);
});
