/** `yetisync completion SHELL`: a script that completes commands and options, made from the definitions of `--help`. */
import type { Command } from 'commander';
import { allNodes, commandTree } from './command-tree.ts';
import type { CommandNode, OptionNode } from './command-tree.ts';
import { wrongUse } from './complaint.ts';

const makers = { bash, zsh, fish } as const;

export const shells = Object.keys(makers) as readonly (keyof typeof makers)[];

/** Throws `usage/wrong`. */
export function completionScript(shell: string, program: Command): string {
  const known = shells.find((one) => one === shell);
  if (known === undefined) throw wrongUse(`there is a completion for ${shells.join(', ')}; "${shell}" is none of them`);
  return makers[known](allNodes(commandTree(program)));
}

/** `' held' | ' held approve'`: what a word may lead to, each with a blank in front, as the scripts build them up. */
function paths(nodes: readonly CommandNode[]): string[] {
  return nodes.filter(({ path }) => path !== '').map(({ path }) => ` ${path}`);
}

/** Options stand in for their values too; files are completed where a script has nothing to offer. */
function wordsOf({ children, options }: CommandNode): { readonly word: string; readonly description: string }[] {
  return [
    ...children.map(({ name, description }) => ({ word: name, description })),
    ...options.map(({ long, description }) => ({ word: `--${long}`, description })),
  ];
}

function pathOf({ path }: CommandNode): string {
  return path === '' ? '' : ` ${path}`;
}

function bash(nodes: readonly CommandNode[]): string {
  return [
    '# bash completion of yetisync: put it where bash-completion looks, or source it in ~/.bashrc',
    '_yetisync() {',
    '  local cur=${COMP_WORDS[COMP_CWORD]} at="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$at $word" in',
    `      ${paths(nodes).map(quoted).join(' | ')}) at="$at $word" ;;`,
    '    esac',
    '  done',
    '  case "$at" in',
    ...nodes.map(
      (node) =>
        `    ${quoted(pathOf(node))}) COMPREPLY=($(compgen -W ${quoted(
          wordsOf(node)
            .map(({ word }) => word)
            .join(' '),
        )} -- "$cur")) ;;`,
    ),
    '  esac',
    '}',
    'complete -o default -F _yetisync yetisync',
  ].join('\n');
}

function zsh(nodes: readonly CommandNode[]): string {
  return [
    '#compdef yetisync',
    '# zsh completion of yetisync: save it as _yetisync in a folder of $fpath',
    '_yetisync() {',
    '  local at="" word',
    '  local -a choices',
    '  for word in ${words[2,CURRENT-1]}; do',
    '    case "$at $word" in',
    `      (${paths(nodes).map(quoted).join('|')}) at="$at $word" ;;`,
    '    esac',
    '  done',
    '  case "$at" in',
    ...nodes.map(
      (node) =>
        `    (${quoted(pathOf(node))}) choices=(${wordsOf(node)
          .map(({ word, description }) => quoted(`${word}:${description}`))
          .join(' ')}) ;;`,
    ),
    '  esac',
    '  _describe yetisync choices || _files',
    '}',
    'if [ "$funcstack[1]" = "_yetisync" ]; then _yetisync "$@"; else compdef _yetisync yetisync; fi',
  ].join('\n');
}

function fish(nodes: readonly CommandNode[]): string {
  const option = ({ long, takesValue, description }: OptionNode) =>
    `-l ${long}${takesValue ? ' -r' : ''} -d ${fishQuoted(description)}`;
  return [
    '# fish completion of yetisync: save it as ~/.config/fish/completions/yetisync.fish',
    'function __yetisync_at',
    '  set -l at ""',
    '  for word in (commandline -opc)[2..-1]',
    '    switch "$at $word"',
    `      case ${paths(nodes).map(fishQuoted).join(' ')}`,
    '        set at "$at $word"',
    '    end',
    '  end',
    '  test "$at" = "$argv[1]"',
    'end',
    ...nodes.flatMap((node) => {
      const where = `complete -c yetisync -n ${fishQuoted(`__yetisync_at "${pathOf(node)}"`)}`;
      return [
        ...node.children.map(({ name, description }) => `${where} -f -a ${name} -d ${fishQuoted(description)}`),
        ...node.options.map((one) => `${where} ${option(one)}`),
      ];
    }),
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
