/** How an error is told to a person: what is wrong, where, what to do about it, each problem on a line of its own. */
import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { nearest } from '../config/problems.ts';
import { SyncError } from '../errors.ts';
import { nameText } from './amounts.ts';

/** A `SyncError` as lines, without colours. */
export function complaintOf(error: SyncError): string {
  const { code, path, detail } = error;
  // The config's problems are lines already; in brackets they would be hard to read.
  if (code === 'config/invalid' && detail !== undefined) {
    const where = path === undefined ? 'the config' : nameText(path);
    const lines = detail.split('\n');
    if (lines.length === 1) return `yetisync: ${where}: ${detail}`;
    return [`yetisync: ${where} is not valid:`, ...lines.map((line) => `  ${line}`)].join('\n');
  }
  if (code === 'usage/wrong' && detail !== undefined) return `yetisync: ${nameText(detail)}`;
  return `yetisync: ${nameText(error.message)}`;
}

/** What commander refused, with the command or option that was probably meant. Only for errors whose exit code is not 0. */
export function usageComplaint(error: CommanderError, program: Command): string {
  const command = commandOf(program);
  const [word] = command.args;
  if (error.code === 'commander.excessArguments' && word !== undefined && command.commands.length > 0) {
    return unknownCommand(word, command);
  }
  const text = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return `yetisync: ${nameText(text)}\nSee \`${fullName(command)} --help\`.`;
}

/** The command that the words had come to. */
function commandOf(command: Command): Command {
  const [word] = command.args;
  const next = command.commands.find((one) => one.name() === word);
  return next === undefined ? command : commandOf(next);
}

function unknownCommand(word: string, command: Command): string {
  const close = nearest(
    word,
    command.commands.map((one) => one.name()),
  );
  const hint = close === undefined ? '' : ` Did you mean \`${fullName(command)} ${close}\`?`;
  return `yetisync: there is no command \`${nameText(word)}\`.${hint}\nSee \`${fullName(command)} --help\`.`;
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

/** True for `--help` and `--version`, which commander reports as errors too. */
export function isAnswered(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}

export function isUsageError(error: unknown): error is CommanderError {
  return error instanceof CommanderError && error.exitCode !== 0;
}

export function wrongUse(detail: string): SyncError {
  return new SyncError('usage/wrong', { detail });
}
