/** The definitions of what lets a pair begin anew: another folder for it, or nothing known of it. */
import type { Command } from 'commander';
import type { AdoptWords } from './adopt.ts';
import { exampleOf, onlyAction, withWhere } from './command-parts.ts';
import type { Choose } from './command-parts.ts';
import type { ForgetWords } from './forget.ts';

export function addAdopt(program: Command, choose: Choose): void {
  const command = program
    .command('adopt')
    .argument('[pair]', 'its local folder, or its name as `yetisync status` shows it; all if left out')
    .description("take a moved, copied or restored folder for the pair's: shows what differs, asks, removes nothing")
    .option('--yes', 'do not ask')
    .addHelpText('after', exampleOf('yetisync adopt', 'yetisync adopt ~/Cloud --yes'))
    .addHelpText('after', adoptStatuses);
  withWhere(command);
  onlyAction(command, ([pair], options: AdoptWords) =>
    choose(async (shell) => (await import('./adopt.ts')).adopt(pair, options, shell)),
  );
}

export function addForget(program: Command, choose: Choose): void {
  const command = program
    .command('forget')
    .argument('[pair]', 'its local folder, or its name; may be left out where there is one')
    .description('drop what is known of a pair, its state and its marker; no file is touched')
    .option('--yes', 'do not ask')
    .addHelpText('after', exampleOf('yetisync forget', 'yetisync forget ~/Cloud --yes'));
  withWhere(command);
  onlyAction(command, ([pair], options: ForgetWords) =>
    choose(async (shell) => (await import('./forget.ts')).forget(pair, options, shell)),
  );
}

const adoptStatuses = `
Exit status: 0 where the folder is the pair's now, 1 where you said no, 3
where there is no folder, or the one on the host is gone. The next pass
compares both sides: what one of them lacks it gets, of what differs both
versions are kept.`;
