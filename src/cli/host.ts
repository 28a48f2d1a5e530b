/** `yetisync host --data DIR`: runs the bundled host until it is stopped, and says how to sign in to it. */
import { nearest } from '../config/problems.ts';
import type { AccountKeys } from '../host/accounts.ts';
import { habits as knownHabits, type Habit } from '../host/habits.ts';
import { realDisk } from '../system/disk.ts';
import { answerRequests } from '../system/request-socket.ts';
import { wrongUse } from './complaint.ts';
import { dataFolder, deskSocket, openHostAt } from './host-data.ts';
import { keepKeys, keyFilesOf, makeDesk, secretText } from './host-desk.ts';
import type { HostQuestion, HostWords } from './host-words.ts';
import type { Shell } from './shell.ts';

/** Resolves to 0 once it was stopped; rejects with `usage/wrong`, `host/locked` and the like. */
export async function serveHost(words: HostWords, shell: Shell): Promise<number> {
  const data = dataFolder(words.data, shell);
  const habits = habitsOf(words.habits ?? 'documented');
  const host = await openHostAt(data, habits);
  try {
    const made = host.admin.accounts().length === 0 ? host.admin.addAccount() : undefined;
    if (made !== undefined) await keepKeys(made, data, realDisk);
    const listening = await host.listen({ port: words.port ?? 0, address: words.listen ?? '127.0.0.1' });
    const desk = makeDesk(host.admin, data, realDisk);
    const answering = await answerRequests(deskSocket(data), (question) => desk.answer(questionOf(question)));
    const accounts = host.admin.accounts();
    if (words.json === true) shell.print(JSON.stringify(startFacts({ url: listening.url, data, habits, accounts })));
    else shell.print(startText({ url: listening.url, data, habits, accounts, made }, shell));
    await stopped(shell.signal);
    await answering.close();
    if (words.json !== true) shell.tell('stopped');
    return 0;
  } finally {
    await host.close();
  }
}

function habitsOf(text: string): readonly Habit[] {
  return text
    .split(',')
    .filter((word) => word !== '')
    .map((word) => {
      const habit = knownHabits.find((known) => known === word.trim());
      if (habit !== undefined) return habit;
      const close = nearest(word, knownHabits);
      const hint = close === undefined ? `they are ${knownHabits.join(', ')}` : `did you mean ${close}?`;
      throw wrongUse(`--habits: there is no habit "${word}"; ${hint}`);
    });
}

/** The asker is this program too; the check is for another version of it. */
function questionOf(value: unknown): HostQuestion {
  if (typeof value === 'object' && value !== null && 'command' in value && 'args' in value && 'options' in value) {
    const { command, args, options } = value;
    if (typeof command === 'string' && Array.isArray(args) && typeof options === 'object' && options !== null) {
      const words = Object.entries(options).map(([name, word]) => [name, String(word)] as const);
      return { command, args: args.map(String), options: Object.fromEntries(words) };
    }
  }
  throw wrongUse('the running host does not understand the question: is it of another version?');
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

// ---------------------------------------------------------------------------------------------- what it says at its start

interface Start {
  readonly url: string;
  readonly data: string;
  readonly habits: readonly Habit[];
  readonly accounts: readonly AccountKeys[];
  readonly made?: AccountKeys | undefined;
}

function startText({ url, data, habits, accounts, made }: Start, { out }: Shell): string {
  const { bold, dim } = out.style;
  const account = made ?? accounts[0];
  const lines = [
    `${bold('The bundled host')} listens on ${bold(url)}`,
    dim(`  data ${data}, ways of ${habits.join(', ')}`),
    '',
  ];
  if (made !== undefined) {
    const { key1File, key2File } = keyFilesOf(made.username, data);
    lines.push(`A first account was made: ${bold(made.username)}`);
    if (out.isTerminal) lines.push(secretText(made), dim('  They are shown only now.'));
    lines.push('  Its keys are kept, readable by you alone, in', `  ${key1File}`, `  ${key2File}`, '');
  }
  if (account !== undefined) {
    lines.push('A config for yetisync on this computer (in ~/.config/yetisync/config.json):', '');
    lines.push(JSON.stringify(configFor(url, account, data), null, 2), '');
  }
  if (!/^http:\/\/(127\.|localhost|\[::1\])/.test(url)) {
    lines.push(
      'Keys and files cross the network in clear: from another computer the config',
      'needs "allowInsecure": true.',
      '',
    );
  }
  lines.push(dim('Stop it with Ctrl+C.'));
  return lines.join('\n');
}

function configFor(url: string, { username }: AccountKeys, data: string): Readonly<Record<string, unknown>> {
  const { key1File, key2File } = keyFilesOf(username, data);
  return { host: url, credentials: { key1File, key2File }, folders: [{ local: '~/Cloud', remote: '/Cloud' }] };
}

function startFacts({ url, data, habits, accounts }: Start): Readonly<Record<string, unknown>> {
  return {
    event: 'listening',
    url,
    data,
    habits,
    accounts: accounts.map(({ username }) => ({ username, ...keyFilesOf(username, data) })),
  };
}
