/**
 * Every command and option of yetisync, in one place: help, completions and manual are made from it. What must hold:
 * nothing here imports what a command needs before that command was chosen, so that `--help` costs next to nothing.
 */
import { Command } from 'commander';
import { exampleOf, onlyAction, withWhere } from './command-parts.ts';
import type { Choose, Where } from './command-parts.ts';
import { wrongUse } from './complaint.ts';
import { addHost } from './host-commands.ts';
import type { InitWords } from './init-words.ts';
import type { ServiceCommand } from './service.ts';
import type { StatusWords } from './status.ts';
import type { SteerCommand } from './steer.ts';
import { addAddresses, addPlan, addReport, addUndo } from './plan-commands.ts';
import { addConflicts, addHistory, addTrash } from './inbox-commands.ts';
import type { IgnoreWords } from './ignore.ts';
import { addAdopt, addForget } from './pair-commands.ts';
import type { VerifyWords } from './verify.ts';

/** `choose` is called once by the command that the arguments name; not at all for wrong use, `--help` and `--version`. */
export function buildProgram(version: string, choose: Choose): Command {
  const program = new Command('yetisync');
  program
    .description('Keep a folder here and a folder on a file host the same, in both directions.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .enablePositionalOptions()
    .allowExcessArguments(false)
    .option('--once', 'one full pass in both directions, then exit')
    .option('--dry-run', 'with --once: show what a pass would do and why; change nothing')
    .addHelpText('after', exampleOf('yetisync', 'yetisync --once', 'yetisync --once --dry-run', 'yetisync demo'))
    .addHelpText('after', exitStatuses);
  withWhere(program);
  program.action((options: Where & { once?: boolean; dryRun?: boolean }) => {
    if (options.once !== true) {
      if (options.dryRun === true) throw wrongUse('--dry-run goes with --once: run `yetisync --once --dry-run`');
      choose(async (shell) => (await import('./daemon.ts')).watchAndSync(options, shell));
      return;
    }
    const isDry = options.dryRun === true;
    choose(async (shell) => {
      if (isDry) return (await import('./dry-run.ts')).dryRun(options, shell);
      return (await import('./once.ts')).syncOnce(options, shell);
    });
  });

  addInit(program, choose);
  addCheck(program, choose);
  addStatus(program, choose);
  addSteering(program, choose);
  addService(program, choose);
  addExplain(program, choose);
  addPlan(program, choose);
  addHeld(program, choose);
  addConflicts(program, choose);
  addTrash(program, choose);
  addHistory(program, choose);
  addUndo(program, choose);
  addAddresses(program, choose);
  addReport(program, choose);
  addVerify(program, choose);
  addAdopt(program, choose);
  addForget(program, choose);
  addIgnore(program, choose);
  addDemo(program, choose);
  addHost(program, choose);
  addHelp(program, choose);
  return program;
}

function addHelp(program: Command, choose: Choose): void {
  const help = program
    .command('help')
    .argument('[topic...]', 'a command, or a topic such as conflicts')
    .description('the help of a command, or a page about a topic')
    .addHelpText('after', exampleOf('yetisync help', 'yetisync help conflicts', 'yetisync help held approve'));
  onlyAction(help, (words) =>
    choose(async (shell) => (await import('./help-topic.ts')).showHelp(words, program, shell)),
  );
  const completion = program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description('print a script with which your shell completes commands and options')
    .addHelpText('after', exampleOf('yetisync completion bash > ~/.local/share/bash-completion/completions/yetisync'));
  onlyAction(completion, ([name = '']) =>
    choose(async (shell) => {
      shell.print((await import('./completion.ts')).completionScript(name, program));
      return 0;
    }),
  );
  // For the build alone: `man yetisync` shows what it prints.
  onlyAction(program.command('man-page', { hidden: true }), () =>
    choose(async (shell) => {
      const topics = await (await import('./help-topic.ts')).readTopics();
      shell.print((await import('./man-page.ts')).manPage(program, { version: program.version() ?? '', topics }));
      return 0;
    }),
  );
}

function addInit(program: Command, choose: Choose): void {
  const init = program
    .command('init')
    .description('set up: asks for host, keys and folders, tries them, and writes the config')
    .option('--host <address>', 'the host, as https://xcloudfile.com')
    .option('--local <dir>', 'the folder on this computer; made if it is not there')
    .option('--remote <path>', 'the folder on the host, as /Cloud; made at the first sync')
    .option('--key1-file <file>', 'a file that holds the first key; the config names the file')
    .option('--key2-file <file>', 'a file that holds the second key')
    .option('--username <name>', 'sign in by user name and password instead of keys')
    .option('--password-file <file>', 'a file that holds the password')
    .option('--stdin', 'read the secrets from stdin: key 1 and key 2, or the password, a line each')
    .addHelpText(
      'after',
      exampleOf(
        'yetisync init',
        'yetisync init --host https://xcloudfile.com --local ~/Cloud --remote /Cloud --stdin < keys.txt',
      ),
    )
    .addHelpText('after', initSecrets);
  withWhere(init);
  onlyAction(init, (_args, options: InitWords) =>
    choose(async (shell) => (await import('./init.ts')).init(options, shell)),
  );
}

function addCheck(program: Command, choose: Choose): void {
  const check = program
    .command('check')
    .description('the doctor: config, sign-in, account, both folders, disk space; changes nothing')
    .addHelpText('after', exampleOf('yetisync check', 'yetisync check --json'))
    .addHelpText('after', checkStatuses);
  withWhere(check);
  onlyAction(check, (_args, options: Where) =>
    choose(async (shell) => (await import('./check.ts')).runCheck(options, shell)),
  );
}

function addStatus(program: Command, choose: Choose): void {
  const status = program
    .command('status')
    .description('last success, what waits, what cannot be synced and why')
    .option('--watch', 'look again every two seconds, until Ctrl+C')
    .option('--problems [code]', 'list every path that cannot be synced, or those of one kind')
    .addHelpText('after', exampleOf('yetisync status', 'yetisync status --problems', 'yetisync status --json'));
  withWhere(status);
  onlyAction(status, (_args, options: StatusWords) =>
    choose(async (shell) => (await import('./status.ts')).showStatus(options, shell)),
  );
}

function addSteering(program: Command, choose: Choose): void {
  const words = {
    pause: 'let the running daemon rest, until `resume` or until it is started anew',
    resume: 'let it go on',
    now: 'let it look everywhere at once, on this computer and on the host',
  } as const;
  for (const [name, description] of Object.entries(words)) {
    const command = program
      .command(name)
      .argument('[pair]', 'its local folder, or its name as `yetisync status` shows it; all if left out')
      .description(description)
      .addHelpText('after', exampleOf(`yetisync ${name}`, `yetisync ${name} Cloud`));
    withWhere(command);
    onlyAction(command, ([pair], options: Where) =>
      choose(async (shell) => (await import('./steer.ts')).steer(name as SteerCommand, pair, options, shell)),
    );
  }
}

function addService(program: Command, choose: Choose): void {
  const service = program
    .command('service')
    .description('the systemd unit that runs `yetisync` for you')
    .allowExcessArguments(false);
  const words = {
    install: 'write the unit, start it, and start it with your session from now on',
    uninstall: 'stop it and take the unit away; config, state and files stay',
    status: 'what systemd says of it',
  } as const;
  for (const [name, description] of Object.entries(words)) {
    const command = service
      .command(name)
      .description(description)
      .addHelpText('after', exampleOf(`yetisync service ${name}`));
    withWhere(command);
    onlyAction(command, (_args, options: Where) =>
      choose(async (shell) => (await import('./service.ts')).runService(name as ServiceCommand, options, shell)),
    );
  }
}

function addExplain(program: Command, choose: Choose): void {
  const command = program
    .command('explain')
    .argument('<path>', 'a file or folder: from where you are, or from the top of the synced folder')
    .description('what is known of a path, which rule applied, what was done and what comes next')
    .addHelpText('after', exampleOf('yetisync explain Photos/2019/beach.jpg', 'yetisync explain ~/Cloud/notes.txt'));
  withWhere(command);
  onlyAction(command, ([path = ''], options: Where) =>
    choose(async (shell) => (await import('./explain.ts')).explainPath(path, options, shell)),
  );
}

function addVerify(program: Command, choose: Choose): void {
  const command = program
    .command('verify')
    .description('prove both sides equal, or name what is not; changes nothing')
    .option('--download', 'read every byte on both sides, instead of going by what is known')
    .addHelpText('after', exampleOf('yetisync verify', 'yetisync verify --download'))
    .addHelpText('after', verifyStatuses);
  withWhere(command);
  onlyAction(command, (_args, options: VerifyWords) =>
    choose(async (shell) => (await import('./verify.ts')).verifyPairs(options, shell)),
  );
}

function addIgnore(program: Command, choose: Choose): void {
  const ignore = program.command('ignore').description('rules that leave files out').allowExcessArguments(false);
  const test = ignore
    .command('test')
    .argument('[path]', 'which rule leaves it out; if left out, what the rules as they are now would let go of')
    .description('which rule, in which file and line, leaves a path out; nothing is changed')
    .option('--rule <pattern...>', 'try this rule, as if it stood last in the config')
    .addHelpText(
      'after',
      exampleOf('yetisync ignore test Photos/raw.iso', 'yetisync ignore test', "yetisync ignore test --rule '*.iso'"),
    );
  withWhere(test);
  onlyAction(test, ([path], options: IgnoreWords) =>
    choose(async (shell) => (await import('./ignore.ts')).testIgnore(path, options, shell)),
  );
}

function addHeld(program: Command, choose: Choose): void {
  const held = program
    .command('held')
    .description('removals that wait for a person, because they were unusually many at once')
    .addHelpText('after', exampleOf('yetisync held', 'yetisync held approve', 'yetisync held reject Photos'));
  withWhere(held);
  onlyAction(held, (_args, options: Where) =>
    choose(async (shell) => (await import('./held.ts')).showHeld(options, shell)),
  );
  for (const verdict of ['approve', 'reject'] as const) {
    const command = held
      .command(verdict)
      .argument('[path]', 'only what lies here or below; all if left out')
      .description(
        verdict === 'approve'
          ? 'agree to the removals that are shown: the next pass carries them out'
          : 'refuse them: the next pass brings back what was removed',
      )
      .addHelpText('after', exampleOf(`yetisync held ${verdict}`, `yetisync held ${verdict} Photos/2019`));
    withWhere(command);
    onlyAction(command, ([path], options: Where) =>
      choose(async (shell) => (await import('./held.ts')).decide(verdict, path, options, shell)),
    );
  }
}

function addDemo(program: Command, choose: Choose): void {
  const demo = program
    .command('demo')
    .description('see two computers and a host in sync, all in a temporary folder of this one')
    .option('--keep', 'keep the temporary folder, to look around in it')
    .addHelpText('after', exampleOf('yetisync demo', 'yetisync demo --keep'));
  onlyAction(demo, (_args, { keep }: { keep?: boolean }) =>
    choose(async (shell) => (await import('./demo.ts')).runDemo({ keep: keep === true }, shell)),
  );
}

const initSecrets = `
Asks nothing where the options say it all. Secrets are never options, which other
users of the computer could read: they come from files, from stdin, or from
$YETISYNC_KEY1 and $YETISYNC_KEY2 (or $YETISYNC_PASSWORD).`;

const checkStatuses = `
Exit status: that of the worst finding, as for a pass; 0 where there are
warnings at most. Signs in once, even where these credentials were refused
before: the host may lock the account after a few refusals.`;

const verifyStatuses = `
Exit status: 0 where both sides are equal, 1 where they are not, or not known
to be, 3 where a person must act. Empty files and links are listed, and do
not count: the host cannot hold them.`;

const exitStatuses = `
Exit status:
  0  in sync
  1  not everything could be synced, or it was stopped: running again may help
  2  wrong use or wrong config: running again will not help
  3  a person must act: sign-in refused, removals held, a folder missing
  70 an unexpected failure inside yetisync`;
