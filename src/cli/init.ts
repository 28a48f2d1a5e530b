/**
 * `yetisync init`: from nothing to a config that works, with questions at a terminal or without. Nothing is written before the host has
 * taken the credentials and the person has seen what the first sync would do.
 */
import { resolve } from 'node:path';
import type { FirstLook } from '../compose/first-look.ts';
import { lookAtAccount } from '../compose/first-look.ts';
import type { Preview } from '../compose/preview.ts';
import { openEngine } from '../compose.ts';
import { parseHostAddress } from '../config/address.ts';
import type { Config } from '../config/config.ts';
import { checkDraft, isThere, writeDraft } from '../config/draft.ts';
import type { Draft, DraftCredentials } from '../config/draft.ts';
import { configPath, localPath } from '../config/places.ts';
import { parseRemotePath } from '../config/values.ts';
import { hasCode, meaningOf, SyncError } from '../errors.ts';
import { createLog } from '../log.ts';
import { realDisk } from '../system/disk.ts';
import { countText, sizeText } from './amounts.ts';
import { limitsText } from './check-words.ts';
import { wrongUse } from './complaint.ts';
import { engineWorld } from './open-config.ts';
import type { InitWords } from './init-words.ts';
import type { Choice, Questions } from './questions.ts';
import { problemGroups } from './run-outcome.ts';
import { secretsFrom } from './secrets-given.ts';
import { hasUserManager, runService } from './service.ts';
import type { Shell } from './shell.ts';

const afterwards = `
From now on \`yetisync\` watches and syncs until Ctrl+C.
How it runs by itself: \`yetisync help service\`.`;

const serviceQuestion = 'Keep it running from then on, also after a restart (a systemd unit of yours)?';

/** The two hosts that document the API; any other address is as good. */
const knownHosts = ['https://xcloudfile.com', 'https://pixelcloudstorage.com'];
const usual = { local: '~/Cloud', remote: '/Cloud' };
const keyLength = 64;
/** So often a person may mistype the keys: hosts lock the account after a few refusals. */
const mostTries = 3;

export async function init(words: InitWords, shell: Shell, given?: Questions): Promise<number> {
  const path = configPath(words.config, shell.env, shell.home);
  if (await isThere(path, realDisk)) {
    throw wrongUse(`there is a config already, ${path}: change it there, or name another place with --config`);
  }
  const missing = (['host', 'local', 'remote'] as const).filter((name) => words[name] === undefined);
  const credentials = await secretsFrom(words, shell);
  // On the command line a path begins where the person stands, as everywhere; in the config it must not.
  const placed =
    words.local === undefined || words.local.startsWith('~')
      ? words
      : { ...words, local: resolve(shell.cwd, words.local) };
  if (missing.length === 0 && credentials !== null)
    return withoutQuestions({ ...usual, host: '', ...placed, credentials }, path, words, shell);
  if (given === undefined && shell.ask === null) {
    const needed = [...missing.map((name) => `--${name}`), ...(credentials === null ? ['the secrets'] : [])];
    throw wrongUse(
      `nobody can be asked here, and these are missing: ${needed.join(', ')}; see \`yetisync init --help\``,
    );
  }
  const questions = given ?? (await import('./questions.ts')).terminalQuestions(shell.signal);
  return withQuestions(placed, credentials, { path, shell, questions });
}

// ---------------------------------------------------------------------------------------------- without questions

async function withoutQuestions(
  draft: Draft,
  path: string,
  { json = false }: InitWords,
  shell: Shell,
): Promise<number> {
  const config = await configOf(draft, path, shell);
  const look = await lookAtAccount(worldOf(config, shell));
  const preview = await withLocal(draft, shell, async () => {
    const seen = await previewOf(config, shell, () => undefined);
    await writeDraft(draft, path, realDisk);
    return seen;
  });
  if (json) {
    const { operations, followUps, held, problems, toCompareBytes } = preview;
    const steps = operations.length + followUps.length;
    shell.print(
      JSON.stringify({
        config: path,
        account: look.account,
        steps,
        held: held.length,
        problems: problems.length,
        toCompareBytes,
      }),
    );
    return 0;
  }
  shell.print(`signed in: account ${look.account}, ${limitsText(look.limits)}`);
  shell.print(previewLines(preview).join('\n'));
  shell.print(`wrote ${path}; run \`yetisync --once\` for the first sync`);
  return 0;
}

// ---------------------------------------------------------------------------------------------- with questions

interface Talk {
  readonly path: string;
  readonly shell: Shell;
  readonly questions: Questions;
}

async function withQuestions(words: InitWords, known: DraftCredentials | null, talk: Talk): Promise<number> {
  const { path, shell, questions } = talk;
  questions.begin('yetisync: keep a folder here and a folder on a file host the same');
  const host = words.host ?? (await askHost(questions));
  const { credentials, look } = await signIn({ ...usual, ...words, host }, known, talk);
  questions.tell('Signed in', [`account ${look.account}`, ...limitsText(look.limits).split(', ')]);
  const local =
    words.local ??
    (await questions.line('Which folder on this computer? (made if it is not there)', usual.local, checkLocal));
  const remote = words.remote ?? (await askRemote(look.folders, questions));
  const draft: Draft = { host, credentials, local, remote };
  const config = await configOf(draft, path, shell);
  await withLocal(draft, shell, async () => {
    const preview = await questions.during('Looking at both sides', (say) => previewOf(config, shell, say));
    questions.tell('What the first sync would do', previewLines(preview));
    await writeDraft(draft, path, realDisk);
  });
  if (await questions.yes(`Wrote ${path}. Make the first sync now?`)) {
    // Asked before: whoever leaves the first sync to itself finds everything done.
    const asService = (await hasUserManager(shell)) && (await questions.yes(serviceQuestion));
    questions.end('Ctrl+C stops it at any time; the next pass does what is left.');
    const exit = await (await import('./once.ts')).syncOnce({ config: path }, shell);
    if (asService && !shell.signal.aborted) return Math.max(exit, await runService('install', { config: path }, shell));
    if (exit === 0) shell.print(afterwards);
    return exit;
  }
  questions.end('Whenever you like: `yetisync --once` makes the first sync.');
  return 0;
}

async function askHost(questions: Questions): Promise<string> {
  const other = 'other';
  const choices: Choice<string>[] = [
    ...knownHosts.map((value) => ({ value, label: value.replace('https://', '') })),
    { value: other, label: 'another one', hint: 'any host of the File Upload API v2; `yetisync host` runs one here' },
  ];
  const chosen = await questions.choose('Which host?', choices, choices[0]?.value ?? other);
  return chosen === other ? questions.line('Its address?', null, checkHost) : chosen;
}

async function signIn(
  draft: Omit<Draft, 'credentials'>,
  known: DraftCredentials | null,
  talk: Talk,
): Promise<{ readonly credentials: DraftCredentials; readonly look: FirstLook }> {
  const { questions, shell, path } = talk;
  let credentials = known ?? (await askKeys(draft.host, questions));
  for (let refusals = 0; ;) {
    try {
      const config = await configOf({ ...draft, credentials }, path, shell);
      const look = await questions.during('Signing in', () => lookAtAccount(worldOf(config, shell)));
      return { credentials, look };
    } catch (error) {
      if (hasCode(error, 'remote/sign-in-refused') && ++refusals < mostTries) {
        questions.warn('The host refused the sign-in. Copy the keys anew: after a few refusals it locks the account.');
        credentials = await askKeys(draft.host, questions);
      } else if (error instanceof SyncError && error.disposition === 'retry') {
        questions.warn(`No answer that helps: ${error.message}.`);
        if (!(await questions.yes('Try again?'))) throw error;
      } else throw error;
    }
  }
}

async function askKeys(host: string, questions: Questions): Promise<DraftCredentials> {
  const page = host.replace(/\/+$/, '').replace(/\/api\/v2$/, '');
  questions.tell('The two API keys', [
    `Sign in on ${page}, open your account settings,`,
    'and make the API keys there: each has 64 characters.',
    'They are kept in the config, which only you can read.',
  ]);
  const key1 = await questions.secret('Key 1? (leave empty to use a user name and password)', checkFirstKey);
  if (key1 !== '') return { key1, key2: await questions.secret('Key 2?', checkKey) };
  const username = await questions.line('User name?', null, checkAny);
  return { username, password: await questions.secret('Password?', checkAny) };
}

async function askRemote(folders: readonly string[], questions: Questions): Promise<string> {
  const other = '';
  const paths = folders.map((name) => `/${name}`);
  const isNew = !paths.includes(usual.remote);
  const choices: Choice<string>[] = [
    ...(isNew ? [{ value: usual.remote, label: usual.remote, hint: 'new: made at the first sync' }] : []),
    ...paths.map((value) => ({ value, label: value })),
    { value: '/', label: '/', hint: 'all that the account has' },
    { value: other, label: 'another path' },
  ];
  const chosen = await questions.choose('Which folder on the host?', choices, usual.remote);
  return chosen === other ? questions.line('Its path?', null, checkRemote) : chosen;
}

// ---------------------------------------------------------------------------------------------- answers that will not do

function checkHost(text: string): string | null {
  return complaintBy(() => {
    if (parseHostAddress(text).insecure)
      throw new SyncError('config/invalid', {
        detail: 'must be https: plain http shows keys and files to the network',
      });
  });
}

function checkLocal(text: string): string | null {
  return /^(~|\/)/.test(text) ? null : 'It must begin with / or ~';
}

function checkRemote(text: string): string | null {
  return complaintBy(() => void parseRemotePath(text));
}

function checkFirstKey(text: string): string | null {
  return text === '' ? null : checkKey(text);
}

function checkKey(text: string): string | null {
  return text.length === keyLength ? null : `A key has ${keyLength} characters; this has ${text.length}`;
}

function checkAny(text: string): string | null {
  return text === '' ? 'Something must be typed here' : null;
}

function complaintBy(parse: () => void): string | null {
  try {
    parse();
    return null;
  } catch (error) {
    if (!hasCode(error, 'config/invalid')) throw error;
    return `It ${error.detail ?? 'is not valid'}`;
  }
}

// ---------------------------------------------------------------------------------------------- what both ways do

async function configOf(draft: Draft, path: string, shell: Shell): Promise<Config> {
  shell.keepSecret(
    Object.entries(draft.credentials).flatMap(([name, value]: [string, string]) =>
      name.endsWith('File') ? [] : [value],
    ),
  );
  const { config, warnings } = await checkDraft(draft, { path, env: shell.env, home: shell.home, disk: realDisk });
  for (const warning of warnings) shell.tell(`yetisync: ${warning}`);
  return config;
}

function worldOf(config: Config, shell: Shell) {
  const { key1, key2, password } = { key1: '', key2: '', password: '', ...config.credentials };
  const secrets = [key1, key2, password].filter((secret) => secret !== '');
  return { config, env: shell.env, signal: shell.signal, log: createLog({ level: 'error', secrets }) };
}

/** `work` with the local folder in its place. Where it comes to nothing, a folder that was made for it goes again. */
async function withLocal<T>({ local }: Draft, { home }: Shell, work: () => Promise<T>): Promise<T> {
  const place = localPath(local, home);
  const wasThere = await isThere(place, realDisk);
  try {
    await realDisk.mkdirAll(place);
  } catch (cause) {
    throw new SyncError('local/root-missing', { path: place, detail: 'it could not be made', cause });
  }
  try {
    return await work();
  } catch (error) {
    // `rmdir` takes an empty folder only.
    if (!wasThere) await realDisk.rmdir(place).catch(() => undefined);
    throw error;
  }
}

async function previewOf(config: Config, shell: Shell, say: (text: string) => void): Promise<Preview> {
  const { log } = worldOf(config, shell);
  const engine = await openEngine({ config, log, ...engineWorld(shell, 'yetisync init') });
  try {
    const [pair] = engine.pairs;
    if (pair === undefined) throw new SyncError('bug', { detail: 'a config without a pair' });
    const seen = { here: 0, there: 0 };
    return await pair.preview({
      onEvent: (event) => {
        if (event.kind !== 'observing') return;
        seen.here = event.local?.entries ?? seen.here;
        seen.there = event.remote?.listed ?? seen.there;
        say(
          `Looking at both sides: ${countText(seen.here, 'item')} here, ${countText(seen.there, 'folder')} of the host`,
        );
      },
    });
  } finally {
    await engine.close();
  }
}

/** Counts and bytes each way; a first sync removes nothing, so no more can happen. */
export function previewLines({ operations, followUps, problems, toCompareBytes }: Preview): string[] {
  const sum = (kind: 'upload' | 'download'): string => {
    const sizes = [
      ...operations.flatMap((op) => (op.kind !== kind ? [] : [op.kind === 'upload' ? op.size : op.remote.size])),
      ...followUps.flatMap((one) => (one.kind === kind ? [one.size] : [])),
    ];
    return `${countText(sizes.length, 'file')}, ${sizeText(sizes.reduce((total, size) => total + size, 0))}`;
  };
  const count = (kind: string): number => operations.filter((op) => op.kind === kind).length;
  const conflicts = count('conflictCopy');
  const linked = count('link');
  return [
    `to upload:    ${sum('upload')}`,
    `to download:  ${sum('download')}`,
    ...(linked === 0 ? [] : [`alike:        ${countText(linked, 'item')}, only noted`]),
    ...(count('compare') === 0
      ? []
      : [
          `to compare:   ${countText(count('compare'), 'file')} of equal size on both sides, ${sizeText(toCompareBytes)} to read`,
        ]),
    ...(conflicts === 0 ? [] : [`different:    ${countText(conflicts, 'file')}: both versions are kept`]),
    ...problemGroups(problems).map(
      ([code, some]) => `left alone:   ${countText(some.length, 'item')}: ${meaningOf(code).message}`,
    ),
    'Nothing is removed on either side.',
  ];
}
