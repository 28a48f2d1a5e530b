/** The manual page, in roff, from the definitions of `--help` and the titles of the pages of `yetisync help`. */
import type { Command } from 'commander';
import { allNodes, commandTree } from './command-tree.ts';
import type { CommandNode, OptionNode } from './command-tree.ts';

export interface ManOptions {
  readonly version: string;
  readonly topics: readonly { readonly name: string; readonly title: string }[];
}

export function manPage(program: Command, { version, topics }: ManOptions): string {
  const root = commandTree(program);
  const commands = allNodes(root).filter(
    ({ path, children, args }) => path !== '' && (children.length === 0 || args.length > 0 || isUseful(path)),
  );
  return [
    `.TH YETISYNC 1 "" "yetisync ${escaped(version)}" "User Commands"`,
    '.SH NAME',
    `yetisync \\- ${escaped(lowerFirst(root.description))}`,
    '.SH SYNOPSIS',
    '.B yetisync',
    '[\\fIcommand\\fR] [\\fIoptions\\fR]',
    '.SH OPTIONS',
    ...root.options.flatMap(optionLines),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...statuses.flatMap(([status, meaning]) => ['.TP', `.B ${status}`, escaped(meaning)]),
    '.SH TOPICS',
    'Shown by \\fByetisync help\\fR \\fItopic\\fR:',
    ...topics.flatMap(({ name, title }) => ['.TP', `.B ${escaped(name)}`, escaped(title)]),
    '.SH FILES',
    ...files.flatMap(([file, meaning]) => ['.TP', `.I ${escaped(file)}`, escaped(meaning)]),
  ].join('\n');
}

/** Groups that do something by themselves. */
function isUseful(path: string): boolean {
  return !['ignore', 'host account', 'host trash'].includes(path);
}

const statuses = [
  ['0', 'in sync'],
  ['1', 'not everything could be synced, or it was stopped: running again may help'],
  ['2', 'wrong use or wrong config: running again will not help'],
  ['3', 'a person must act: sign-in refused, removals held, a folder missing'],
  ['70', 'an unexpected failure inside yetisync'],
] as const;

const files = [
  ['~/.config/yetisync/config.json', 'the config; elsewhere by --config or $YETISYNC_CONFIG'],
  ['~/.local/state/yetisync', 'what both sides last agreed on'],
  ['.yetisync/trash', 'in the synced folder: what yetisync removed or replaced there'],
] as const;

function commandLines({ path, args, description, options, examples }: CommandNode): string[] {
  const words = args.map(({ shown }) => ` \\fI${escaped(shown)}\\fR`).join('');
  return [
    `.SS yetisync ${escaped(path)}${words}`,
    `${escaped(description)}.`,
    ...args
      .filter((argument) => argument.description !== '')
      .flatMap(({ shown, description: text }) => ['.TP', `.I ${escaped(shown)}`, escaped(text)]),
    ...options.filter(({ long }) => !['help', 'config', 'json'].includes(long)).flatMap(optionLines),
    ...(examples.length === 0 ? [] : ['.PP', '.EX', ...examples.map((line) => `  ${escaped(line)}`), '.EE']),
  ];
}

function optionLines({ flags, description }: OptionNode): string[] {
  return ['.TP', `.B ${escaped(flags)}`, escaped(description)];
}

/** A dash is a minus in what is typed; a dot or a quote at the start of a line would be a request. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&');
}

function lowerFirst(text: string): string {
  return (text.slice(0, 1).toLowerCase() + text.slice(1)).replace(/\.$/, '');
}
