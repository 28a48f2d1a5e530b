/** `yetisync host` and all below it: the definitions of the bundled host's commands. */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { exampleOf, onlyAction } from './command-parts.ts';
import type { Choose } from './command-parts.ts';
import { habitMeanings, habits } from '../host/habits.ts';
import type { HostWords } from './host-words.ts';

export function addHost(program: Command, choose: Choose): void {
  const host = program
    .command('host')
    .description('run the bundled host, a small server of the whole API')
    .enablePositionalOptions()
    .option('--data <dir>', 'where the host keeps its accounts and contents (needed)')
    .option('--port <n>', 'port to listen on; 0: any that is free', parsePort, 8321)
    .option('--listen <addr>', 'address to listen on', '127.0.0.1')
    .option('--habits <a,b>', 'ways of other hosts, separated by commas', 'documented')
    .option('--json', 'print one JSON object instead of text')
    .addHelpText(
      'after',
      ['', 'Habits:', ...habits.map((habit) => `  ${habit.padEnd(12)}${habitMeanings[habit]}`)].join('\n'),
    )
    .addHelpText(
      'after',
      exampleOf(
        'yetisync host --data ~/yetihost',
        'yetisync host --data ~/yetihost --habits servers,awkward',
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

function asks(command: Command, description: string, example: string, choose: Choose): void {
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

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}
