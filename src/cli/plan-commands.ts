/** The definitions of the commands that plan, carry out and take back, of those about web addresses, and of the report. */
import type { Command } from 'commander';
import { exampleOf, onlyAction, withWhere } from './command-parts.ts';
import type { Choose } from './command-parts.ts';
import type { AddressWords } from './addresses.ts';
import type { PlanWords } from './plan.ts';
import type { ReportWords } from './report.ts';
import type { UndoWords } from './undo.ts';

export function addPlan(program: Command, choose: Choose): void {
  const version = program.version() ?? '';
  const plan = program
    .command('plan')
    .option('-o, --output <file>', 'keep it in this file, for `yetisync apply`')
    .description('each step that a pass would take, with its reason, to be reviewed; changes nothing')
    .addHelpText('after', exampleOf('yetisync plan', 'yetisync plan -o tonight.json'));
  withWhere(plan);
  onlyAction(plan, (_args, options: PlanWords) =>
    choose(async (shell) => (await import('./plan.ts')).makePlanFile(options, version, shell)),
  );
  const apply = program
    .command('apply')
    .argument('<file>', 'what `yetisync plan -o FILE` wrote')
    .option('--yes', 'also do the removals in it that are held back, without being asked')
    .description('carry out a plan: just its steps, and only those of which all is still as it was')
    .addHelpText('after', exampleOf('yetisync apply tonight.json'))
    .addHelpText('after', applyStatuses);
  withWhere(apply);
  onlyAction(apply, ([file = ''], options: PlanWords) =>
    choose(async (shell) => (await import('./plan.ts')).applyPlanFile(file, options, version, shell)),
  );
}

export function addUndo(program: Command, choose: Choose): void {
  const undo = program
    .command('undo')
    .argument('<run>', 'its number, as `yetisync history` shows it, or `last`')
    .argument('[path]', 'only what it did here or below')
    .option('--pair <pair>', 'whose run, where there are several folder pairs: its name or its local folder')
    .option('--dry-run', 'only show what can be taken back, and what cannot')
    .option('--yes', 'do not ask')
    .description('take back what a run did, here and on the host, as far as nothing was changed since')
    .addHelpText(
      'after',
      exampleOf('yetisync undo last', 'yetisync undo 12 --dry-run', 'yetisync undo 12 Photos --yes'),
    )
    .addHelpText('after', undoStatuses);
  withWhere(undo);
  onlyAction(undo, ([run = '', path], options: UndoWords) =>
    choose(async (shell) => (await import('./undo.ts')).undoRun(run, path, options, shell)),
  );
}

export function addAddresses(program: Command, choose: Choose): void {
  const fetched = program
    .command('import')
    .argument('<url>', 'a public web address')
    .option('--to <path>', 'the folder for it, or folder and name; the top of the synced folder if left out')
    .option('--timeout <duration>', 'how long to wait for the host (else 30m)')
    .description('have the host fetch a web address into the folder, without a byte going through this computer')
    .addHelpText('after', exampleOf('yetisync import https://example.org/tune.mp3 --to Music/tune.mp3'));
  withWhere(fetched);
  onlyAction(fetched, ([url = ''], options: AddressWords) =>
    choose(async (shell) => (await import('./addresses.ts')).importAddress(url, options, shell)),
  );
  const link = program
    .command('link')
    .argument('<path>', 'a file or folder that is on the host')
    .description('print the address of a file or folder on the host, and how long it lasts')
    .addHelpText('after', exampleOf('yetisync link Photos/beach.jpg'));
  withWhere(link);
  onlyAction(link, ([path = ''], options: AddressWords) =>
    choose(async (shell) => (await import('./addresses.ts')).printLink(path, options, shell)),
  );
}

export function addReport(program: Command, choose: Choose): void {
  const version = program.version() ?? '';
  const report = program
    .command('report')
    .option('-o, --output <file>', 'write it into this file; else it is printed')
    .description('all that tells what went wrong here, without names, contents and secrets, for whoever is to help')
    .addHelpText('after', exampleOf('yetisync report -o report.json'));
  withWhere(report);
  onlyAction(report, (_args, options: ReportWords) =>
    choose(async (shell) => (await import('./report.ts')).writeReport(options, version, shell)),
  );
}

const undoStatuses = `
Exit status: 0 where all of it is taken back and both sides are alike, 1 where
some of it stays as it is (each is told with why), else as for a pass.`;

const applyStatuses = `
Exit status: 0 where every step is done, 1 where some are not (each is told with
why), 2 for a plan of another version, pair or config, 3 where a person must act.`;
