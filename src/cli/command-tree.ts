/** All commands and options as plain values: what the completions and the manual page are made from. Read off the same definitions as `--help`. */
import type { Command, Option } from 'commander';

export interface CommandNode {
  /** Words after the program's name: `''`, `held`, `held approve`. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
  /** `<path>`, `[code]`, `[path...]`. */
  readonly args: readonly { readonly shown: string; readonly description: string }[];
  readonly options: readonly OptionNode[];
  readonly examples: readonly string[];
  readonly children: readonly CommandNode[];
}

export interface OptionNode {
  /** `--once`, `-V, --version`, `--config <file>`. */
  readonly flags: string;
  readonly short: string | null;
  /** Without the dashes. */
  readonly long: string;
  readonly takesValue: boolean;
  readonly description: string;
}

/** The whole tree below `program`, in the order of `--help`. Hidden commands are left out. */
export function commandTree(program: Command, above = ''): CommandNode {
  const help = program.createHelp();
  const path = program.parent === null ? '' : `${above} ${program.name()}`.trim();
  return {
    path,
    name: program.name(),
    description: program.description(),
    args: help.visibleArguments(program).map((argument) => ({
      shown: argument.required ? `<${argument.name()}>` : `[${argument.name()}${argument.variadic ? '...' : ''}]`,
      description: argument.description,
    })),
    options: help.visibleOptions(program).flatMap(optionNode),
    examples: examplesOf(program),
    children: help.visibleCommands(program).map((child) => commandTree(child, path)),
  };
}

function optionNode({ flags, short, long, required, optional, description }: Option): OptionNode[] {
  if (long === undefined || long === null) return [];
  return [
    { flags, short: short?.slice(1) ?? null, long: long.slice(2), takesValue: required || optional, description },
  ];
}

/** Every node, the program itself first. */
export function allNodes(node: CommandNode): readonly CommandNode[] {
  return [node, ...node.children.flatMap(allNodes)];
}

/** What `--help` prints, examples and all. */
export function helpOf(command: Command): string {
  const before = command.configureOutput();
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  command.configureOutput(before);
  return text.trimEnd();
}

function examplesOf(command: Command): string[] {
  return [...helpOf(command).matchAll(/^ {2}\$ (.*)$/gm)].map(([, line = '']) => line);
}
