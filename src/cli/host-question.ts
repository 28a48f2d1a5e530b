/** `yetisync host account …` and `yetisync host trash …`: asks the running host, or opens its data where none runs. */
import { sendRequest } from '../system/request-socket.ts';
import { realDisk } from '../system/disk.ts';
import { wrongUse } from './complaint.ts';
import { dataFolder, deskSocket, openHostAt } from './host-data.ts';
import { makeDesk, type DeskAnswer } from './host-desk.ts';
import type { HostQuestion } from './host-words.ts';
import type { Shell } from './shell.ts';

export interface AskWords {
  readonly data: string | undefined;
  readonly json: boolean;
  readonly question: HostQuestion;
}

/** Resolves to the exit status; rejects with `usage/wrong`, or with why the data cannot be opened. */
export async function askHost({ data: option, json, question }: AskWords, shell: Shell): Promise<number> {
  const data = dataFolder(option, shell);
  await requireHostFolder(data);
  const answer = readAnswer(await sendRequest(deskSocket(data), question)) ?? (await askDirectly(data, question));
  if (json) {
    shell.print(JSON.stringify(answer.json));
    return 0;
  }
  shell.print(answer.text);
  if (answer.secret !== null && shell.out.isTerminal) shell.print(`${answer.secret}\nThey are shown only now.`);
  return 0;
}

/** A misspelt folder would otherwise become a new, empty host. */
async function requireHostFolder(data: string): Promise<void> {
  try {
    await realDisk.lstat(`${data}/host.db`);
  } catch {
    throw wrongUse(`${data} holds no host: \`yetisync host --data ${data}\` makes one`);
  }
}

async function askDirectly(data: string, question: HostQuestion): Promise<DeskAnswer> {
  const host = await openHostAt(data, []);
  try {
    return await makeDesk(host.admin, data, realDisk).answer(question);
  } finally {
    await host.close();
  }
}

/** The other side is this program too, so a wrong shape means another version; `undefined`: nobody listens. */
function readAnswer(value: unknown): DeskAnswer | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string') {
    const secret = 'secret' in value && typeof value.secret === 'string' ? value.secret : null;
    return { text: value.text, secret, json: 'json' in value ? value.json : null };
  }
  throw wrongUse('the running host is of another version: stop it and start it anew');
}
