/** `yetisync help [words]`: the help of a command, or one of the pages of `docs`, which say at length what `--help` cannot. */
import type { Command } from 'commander';
import { nearest } from '../config/problems.ts';
import { realDisk } from '../system/disk.ts';
import { nameText } from './amounts.ts';
import { helpOf } from './command-tree.ts';
import { wrongUse } from './complaint.ts';
import { docsFolder } from './own-files.ts';
import type { Shell, Style } from './shell.ts';

export interface Topic {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

/** In the order of their names. */
export async function readTopics(): Promise<readonly Topic[]> {
  const names = (await realDisk.readdir(docsFolder)).filter((name) => name.endsWith('.md')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = Buffer.from(await realDisk.readFile(docsFolder + name)).toString('utf8');
      return { name: name.replace(/\.md$/, ''), title: /^# (.*)$/m.exec(text)?.[1] ?? name, text };
    }),
  );
}

export async function showHelp(words: readonly string[], program: Command, shell: Shell): Promise<number> {
  const [first] = words;
  if (first === undefined) {
    const topics = await readTopics();
    const width = Math.max(...topics.map(({ name }) => name.length));
    const list = topics.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`);
    shell.print([helpOf(program), '', 'Topics, shown by `yetisync help TOPIC`:', ...list].join('\n'));
    return 0;
  }
  const command = words.reduce<Command | undefined>(
    (at, word) => at?.commands.find((one) => one.name() === word),
    program,
  );
  const topics = await readTopics();
  const topic = words.length === 1 ? topics.find(({ name }) => name === first) : undefined;
  if (topic === undefined && command === undefined) {
    const known = [...topics.map(({ name }) => name), ...program.commands.map((one) => one.name())];
    const close = nearest(words.join(' '), known);
    const hint =
      close === undefined ? '`yetisync help` lists what there is' : `did you mean \`yetisync help ${close}\`?`;
    throw wrongUse(`there is no help about ${nameText(words.join(' '))}: ${hint}`);
  }
  // A word can be both: what there is to know, then what there is to type.
  const page = topic === undefined ? [] : [pageText(topic.text, shell.out.style)];
  shell.print([...page, ...(command === undefined ? [] : [helpOf(command)])].join('\n\n'));
  return 0;
}

/** Markdown as it reads on a terminal: titles and words that matter in bold, commands without their fences. */
export function pageText(markdown: string, style: Style): string {
  return markdown
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('```'))
    .map((line) => {
      const title = /^#+ (.*)$/.exec(line)?.[1];
      if (title !== undefined) return style.bold(title);
      return line
        .replace(/\[([^\]]+)\]\(([^)]+)\.md\)/g, '$1 (`yetisync help $2`)')
        .replace(/\*\*([^*]+)\*\*/g, (_all, words: string) => style.bold(words));
    })
    .join('\n');
}
