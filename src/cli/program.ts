/**
 * Every command and option of yetisync, in one place: help, completions and manual are made from it. What must hold:
 * nothing here imports what a command needs before that command was chosen, so that `--help` costs next to nothing.
 */
import { Command, InvalidArgumentError } from 'commander';
import { wrongUse } from './complaint.ts';
import type { HostWords } from './host-words.ts';
import type { Shell } from './shell.ts';

/** Does what was chosen; `Shell` is what it may use of the process. Resolves to the exit status. */
export type Work = (shell: Shell) => Promise<number>;

interface Where {
  readonly config?: string;
  readonly json?: boolean;
}

/** `choose` is called once by the command that the arguments name; not at all for wrong use, `--help` and `--version`. */
export function buildProgram(version: string, choose: (work: Work) => void): Command {
  const program = new Command('yetisync');
  program
    .description('Keep a folder here and a folder on a file host the same, in both directions.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .enablePositionalOptions()
    .allowExcessArguments(false)
    .option('--once', 'one full pass in both directions, then exit')
    .option('--dry-run', 'with --once: show what a pass would do and why; change nothing')
    .addHelpText('after', exampleOf('yetisync --once', 'yetisync --once --dry-run', 'yetisync demo'))
    .addHelpText('after', exitStatuses);
  withWhere(program);
  program.action((options: Where & { once?: boolean; dryRun?: boolean }) => {
    if (options.once !== true) {
      throw wrongUse(
        options.dryRun === true
          ? '--dry-run goes with --once: run `yetisync --once --dry-run`'
          : 'watching in the background is not there yet: run `yetisync --once`, from a timer if you like',
      );
    }
    const isDry = options.dryRun === true;
    choose(async (shell) => {
      if (isDry) return (await import('./dry-run.ts')).dryRun(options, shell);
      return (await import('./once.ts')).syncOnce(options, shell);
    });
  });

  addCheck(program, choose);
  addStatus(program, choose);
  addHeld(program, choose);
  addDemo(program, choose);
  addHost(program, choose);
  return program;
}

function addCheck(program: Command, choose: (work: Work) => void): void {
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

function addStatus(program: Command, choose: (work: Work) => void): void {
  const status = program
    .command('status')
    .description('last success, what waits, what cannot be synced and why')
    .addHelpText('after', exampleOf('yetisync status', 'yetisync status --json'));
  withWhere(status);
  onlyAction(status, (_args, options: Where) =>
    choose(async (shell) => (await import('./status.ts')).showStatus(options, shell)),
  );
}

function addHeld(program: Command, choose: (work: Work) => void): void {
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

function addDemo(program: Command, choose: (work: Work) => void): void {
  const demo = program
    .command('demo')
    .description('see two computers and a host in sync, all in a temporary folder of this one')
    .option('--keep', 'keep the temporary folder, to look around in it')
    .addHelpText('after', exampleOf('yetisync demo', 'yetisync demo --keep'));
  onlyAction(demo, (_args, { keep }: { keep?: boolean }) =>
    choose(async (shell) => (await import('./demo.ts')).runDemo({ keep: keep === true }, shell)),
  );
}

// ---------------------------------------------------------------------------------------------- the bundled host

function addHost(program: Command, choose: (work: Work) => void): void {
  const host = program
    .command('host')
    .description('run the bundled host, a small server of the whole API')
    .enablePositionalOptions()
    .option('--data <dir>', 'where the host keeps its accounts and contents (needed)')
    .option('--port <n>', 'port to listen on; 0: any that is free', parsePort, 8321)
    .option('--listen <addr>', 'address to listen on', '127.0.0.1')
    .option('--habits <a,b>', 'ways of other hosts: documented, servers, ghosts, one-token', 'documented')
    .option('--json', 'print one JSON object instead of text')
    .addHelpText(
      'after',
      exampleOf(
        'yetisync host --data ~/yetihost',
        'yetisync host account add --data ~/yetihost --username ann',
        'yetisync host trash list --data ~/yetihost --account user1',
      ),
    );
  onlyAction(host, (_args, options: HostWords) =>
    choose(async (shell) => (await import('./host.ts')).serveHost(options, shell)),
  );

  const account = host.command('account').description('accounts of the bundled host').allowExcessArguments(false);
  asks(account.command('list'), 'list the accounts', 'yetisync host account list --data ~/yetihost', choose);
  asks(
    account
      .command('add')
      .option('--username <name>', 'its name; made up if left out')
      .option('--max-storage <size>', 'how much it may store, such as 5GB'),
    'add an account and print its keys, once',
    'yetisync host account add --data ~/yetihost --username ann',
    choose,
  );
  asks(
    account
      .command('limits')
      .argument('<limit=value...>', 'fields of account/package, such as max_storage_bytes=5GB; 0 is no limit')
      .requiredOption('--account <name>', 'whose limits'),
    'change what an account may do',
    'yetisync host account limits --data ~/yetihost --account ann max_upload_size=100MB requestsPerSecond=5',
    choose,
  );

  const trash = host.command('trash').description("an account's trash on the bundled host").allowExcessArguments(false);
  const ofAccount = (command: Command) => command.requiredOption('--account <name>', 'whose trash');
  asks(
    ofAccount(trash.command('list')),
    'list what can be restored',
    'yetisync host trash list --data ~/yetihost --account ann',
    choose,
  );
  asks(
    ofAccount(trash.command('restore')).argument('<item...>', 'as `trash list` shows them: file/12 or folder/3'),
    'bring items back to where they were',
    'yetisync host trash restore --data ~/yetihost --account ann file/12',
    choose,
  );
  asks(
    ofAccount(trash.command('empty')),
    'end everything in the trash for good',
    'yetisync host trash empty --data ~/yetihost --account ann',
    choose,
  );
}

function asks(command: Command, description: string, example: string, choose: (work: Work) => void): void {
  command
    .description(description)
    .option('--data <dir>', 'where the host keeps its accounts and contents (needed)')
    .option('--json', 'print one JSON object instead of text')
    .addHelpText('after', exampleOf(example));
  const name = `${command.parent?.name() ?? ''} ${command.name()}`;
  onlyAction(command, (args, options: Readonly<Record<string, string | boolean>>) => {
    const { data, json, ...rest } = { ...command.parent?.parent?.opts<HostWords>(), ...options };
    const words = Object.fromEntries(
      Object.entries(rest).filter((one): one is [string, string] => typeof one[1] === 'string'),
    );
    choose(async (shell) =>
      (await import('./host-question.ts')).askHost(
        { data, json: json === true, question: { command: name, args, options: words } },
        shell,
      ),
    );
  });
}

// ---------------------------------------------------------------------------------------------- what commands have alike

function withWhere(command: Command): void {
  command
    .option('--config <file>', 'the config file (else $YETISYNC_CONFIG, else ~/.config/yetisync/config.json)')
    .option('--json', 'print JSON, one object a line');
}

/** Commander hands over arguments, options and the command in an order that depends on their number. */
function onlyAction<T>(command: Command, act: (args: readonly string[], options: T) => void): void {
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

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

function exampleOf(...commands: readonly string[]): string {
  const title = commands.length === 1 ? 'Example:' : 'Examples:';
  return ['', title, ...commands.map((command) => `  $ ${command}`)].join('\n');
}

const checkStatuses = `
Exit status: that of the worst finding, as for a pass; 0 where there are
warnings at most. Signs in once, even where these credentials were refused
before: the host may lock the account after a few refusals.`;

const exitStatuses = `
Exit status:
  0  in sync
  1  not everything could be synced, or it was stopped: running again may help
  2  wrong use or wrong config: running again will not help
  3  a person must act: sign-in refused, removals held, a folder missing
  70 an unexpected failure inside yetisync`;
