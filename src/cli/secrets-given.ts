/** The secrets that `yetisync init` is given without a question: by files, by stdin, by the environment. Never by an option. */
import { isAbsolute, resolve } from 'node:path';
import type { DraftCredentials } from '../config/draft.ts';
import { expandHome } from '../config/places.ts';
import { wrongUse } from './complaint.ts';
import type { InitWords } from './init-words.ts';
import type { Shell } from './shell.ts';

/** `null`: none were given, so a person must be asked. Throws `usage/wrong` for half of a pair. */
export async function secretsFrom(words: InitWords, shell: Shell): Promise<DraftCredentials | null> {
  return (
    fromFiles(words, shell) ?? (words.stdin === true ? await fromInput(words, shell) : fromEnvironment(words, shell))
  );
}

/** The config names the files, so the secrets stay in one place. */
function fromFiles({ key1File, key2File, username, passwordFile }: InitWords, shell: Shell): DraftCredentials | null {
  const place = (file: string): string => {
    const path = expandHome(file, shell.home);
    return isAbsolute(path) ? path : resolve(shell.cwd, path);
  };
  if (key1File !== undefined && key2File !== undefined) return { key1File: place(key1File), key2File: place(key2File) };
  if (key1File !== undefined || key2File !== undefined) throw wrongUse('--key1-file and --key2-file go together');
  if (passwordFile === undefined) return null;
  if (username === undefined) throw wrongUse('--password-file goes with --username');
  return { username, passwordFile: place(passwordFile) };
}

async function fromInput({ username }: InitWords, shell: Shell): Promise<DraftCredentials> {
  const lines = (await shell.input())
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const [first, second] = lines;
  if (username !== undefined) {
    if (first === undefined) throw wrongUse('--stdin: the password is missing');
    return { username, password: first };
  }
  if (first === undefined || second === undefined) throw wrongUse('--stdin: two lines are needed, key 1 and key 2');
  return { key1: first, key2: second };
}

function fromEnvironment({ username: named }: InitWords, { env }: Shell): DraftCredentials | null {
  const [key1, key2] = [env['YETISYNC_KEY1'], env['YETISYNC_KEY2']];
  if (isSet(key1) && isSet(key2)) return { key1, key2 };
  const [username, password] = [named ?? env['YETISYNC_USERNAME'], env['YETISYNC_PASSWORD']];
  return isSet(username) && isSet(password) ? { username, password } : null;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
