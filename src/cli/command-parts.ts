/** What the definitions of commands have alike: options that most take, examples, and how arguments come to the command's work. */
import type { Command } from 'commander';
import { wrongUse } from './complaint.ts';
import type { Shell } from './shell.ts';

/** Does what was chosen; `Shell` is what it may use of the process. Resolves to the exit status. */
export type Work = (shell: Shell) => Promise<number>;

/** Called once by the command that the arguments name. */
export type Choose = (work: Work) => void;

export interface Where {
  readonly config?: string;
  readonly json?: boolean;
}

export function withWhere(command: Command): void {
  command
    .option('--config <file>', 'the config file (else $YETISYNC_CONFIG, else ~/.config/yetisync/config.json)')
    .option('--json', 'print JSON, one object a line');
}

/** Commander hands over arguments, options and the command in an order that depends on their number. */
export function onlyAction<T>(command: Command, act: (args: readonly string[], options: T) => void): void {
  command.allowExcessArguments(false).action(() => {
    const root = rootOf(command).opts<Where & { once?: boolean; dryRun?: boolean }>();
    if (root.once === true || root.dryRun === true) throw wrongUse(`--once and --dry-run go without a command`);
    // `yetisync --config FILE status` is as good as `yetisync status --config FILE`.
    const outer = {
      ...(root.config === undefined ? {} : { config: root.config }),
      ...(root.json ? { json: true } : {}),
    };
    act(command.args, { ...outer, ...command.opts() } as T);
  });
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}

export function exampleOf(...commands: readonly string[]): string {
  const title = commands.length === 1 ? 'Example:' : 'Examples:';
  return ['', title, ...commands.map((command) => `  $ ${command}`)].join('\n');
}
