/**
 * Answers what the person who runs the bundled host asks beside its API: accounts, limits, the trash. The same desk
 * serves in the running host and, where none runs, in the command itself.
 */
import { join } from 'node:path';
import { parseSize } from '../config/values.ts';
import { nearest } from '../config/problems.ts';
import { hasCode } from '../errors.ts';
import type { AccountKeys } from '../host/accounts.ts';
import type { HostAdmin } from '../host/admin.ts';
import { noLimits, type PackageLimits } from '../host/limits.ts';
import type { TrashItem } from '../host/trash.ts';
import type { Disk } from '../ports.ts';
import { countText, momentText, nameText, sizeText } from './amounts.ts';
import { wrongUse } from './complaint.ts';
import type { HostQuestion } from './host-words.ts';

export interface DeskAnswer {
  readonly text: string;
  /** What is shown on a terminal only, never into a file or a log. */
  readonly secret: string | null;
  readonly json: unknown;
}

export interface Desk {
  /** Rejects with `usage/wrong`. */
  answer(question: HostQuestion): Promise<DeskAnswer>;
}

export function makeDesk(admin: HostAdmin, data: string, disk: Pick<Disk, 'mkdirAll' | 'writeFileAtomic'>): Desk {
  return {
    async answer({ command, args, options }) {
      switch (command) {
        case 'account list':
          return listAccounts(admin);
        case 'account add':
          return addAccount(admin, data, options, disk);
        case 'account limits':
          return setLimits(admin, accountOf(admin, options), args);
        case 'trash list':
          return listTrash(admin, accountOf(admin, options));
        case 'trash restore':
          return restore(admin, accountOf(admin, options), args);
        case 'trash empty':
          return emptyTrash(admin, accountOf(admin, options));
        default:
          throw wrongUse(`the host does not know what "${command}" means`);
      }
    },
  };
}

// ---------------------------------------------------------------------------------------------- accounts

function listAccounts(admin: HostAdmin): DeskAnswer {
  const accounts = admin.accounts().map(({ accountId, username }) => ({ accountId, username }));
  const text = accounts.map(({ accountId, username }) => `${accountId}  ${nameText(username)}`).join('\n');
  return { text: text === '' ? 'no accounts' : text, secret: null, json: { accounts } };
}

async function addAccount(
  admin: HostAdmin,
  data: string,
  options: HostQuestion['options'],
  disk: Pick<Disk, 'mkdirAll' | 'writeFileAtomic'>,
): Promise<DeskAnswer> {
  const { username, maxStorage } = options;
  // The name becomes part of a file's name.
  if (username !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(username)) {
    throw wrongUse('a user name has letters, digits, ".", "_" and "-" only');
  }
  const limits = maxStorage === undefined ? {} : { max_storage_bytes: amountOf('--max-storage', maxStorage) };
  const keys = admin.addAccount({ ...(username === undefined ? {} : { username }), limits });
  const files = await keepKeys(keys, data, disk);
  return {
    text: `account ${keys.username} was made; its keys are kept in ${files.key1File} and ${files.key2File}`,
    secret: secretText(keys),
    json: { accountId: keys.accountId, username: keys.username, ...files },
  };
}

export interface KeyFiles {
  readonly key1File: string;
  readonly key2File: string;
}

export function keyFilesOf(username: string, data: string): KeyFiles & { readonly passwordFile: string } {
  const file = (part: string) => join(data, 'keys', `${username}.${part}`);
  return { key1File: file('key1'), key2File: file('key2'), passwordFile: file('password') };
}

/** One value a file, as the config's `key1File` and systemd's credentials want them. The host itself keeps only hashes. */
export async function keepKeys(
  keys: AccountKeys,
  data: string,
  disk: Pick<Disk, 'mkdirAll' | 'writeFileAtomic'>,
): Promise<KeyFiles & { readonly passwordFile: string }> {
  const files = keyFilesOf(keys.username, data);
  await disk.mkdirAll(join(data, 'keys'), 0o700);
  await disk.writeFileAtomic(files.key1File, `${keys.key1}\n`, 0o600);
  await disk.writeFileAtomic(files.key2File, `${keys.key2}\n`, 0o600);
  await disk.writeFileAtomic(files.passwordFile, `${keys.password}\n`, 0o600);
  return files;
}

/** Shown once: for another computer, or for the sign-in of a web page. */
export function secretText({ username, password, key1, key2 }: AccountKeys): string {
  return [`  username  ${username}`, `  password  ${password}`, `  key1      ${key1}`, `  key2      ${key2}`].join(
    '\n',
  );
}

function setLimits(admin: HostAdmin, account: AccountKeys, args: readonly string[]): DeskAnswer {
  const changes = Object.fromEntries(args.map(limitOf));
  admin.setLimits(account.accountId, changes);
  const text = Object.entries(changes)
    .map(([name, value]) => `${name} = ${value}`)
    .join('\n');
  return { text: `${account.username}:\n${text}`, secret: null, json: { username: account.username, limits: changes } };
}

function limitOf(argument: string): [keyof PackageLimits, string | number] {
  const [name = '', ...rest] = argument.split('=');
  const value = rest.join('=');
  if (!isLimit(name)) {
    const close = nearest(name, Object.keys(noLimits));
    throw wrongUse(`there is no limit "${name}"${close === undefined ? '' : `; did you mean ${close}?`}`);
  }
  if (rest.length === 0) throw wrongUse(`${name} needs a value: ${name}=0 is no limit`);
  return [name, typeof noLimits[name] === 'string' ? value : amountOf(name, value)];
}

function isLimit(name: string): name is keyof PackageLimits {
  return Object.hasOwn(noLimits, name);
}

/** A plain number, or a size with its unit. */
function amountOf(name: string, text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  try {
    return parseSize(text);
  } catch (error) {
    if (hasCode(error, 'config/invalid')) throw wrongUse(`${name} ${error.detail ?? 'is not an amount'}`);
    throw error;
  }
}

/** By name or by number. */
function accountOf(admin: HostAdmin, { account = '' }: HostQuestion['options']): AccountKeys {
  const accounts = admin.accounts();
  const found = accounts.find(({ username, accountId }) => username === account || accountId === account);
  if (found !== undefined) return found;
  const close = nearest(
    account,
    accounts.map(({ username }) => username),
  );
  throw wrongUse(`there is no account "${account}"${close === undefined ? '' : `; did you mean ${close}?`}`);
}

// ---------------------------------------------------------------------------------------------- trash

function listTrash(admin: HostAdmin, { accountId }: AccountKeys): DeskAnswer {
  const items = admin.trash(accountId);
  const width = Math.max(0, ...items.map((item) => referenceOf(item).length));
  const lines = items.map((item) => {
    const { name, size, trashedAt } = item;
    return `${referenceOf(item).padEnd(width)}  ${momentText(trashedAt)}  ${sizeText(size).padStart(8)}  ${nameText(name)}`;
  });
  return { text: lines.length === 0 ? 'the trash is empty' : lines.join('\n'), secret: null, json: { trash: items } };
}

function restore(admin: HostAdmin, { accountId }: AccountKeys, args: readonly string[]): DeskAnswer {
  // All are looked up first: a typing error in the second must not leave the first restored.
  const listed = new Map(admin.trash(accountId).map((item) => [referenceOf(item), item]));
  const items = args.map((argument) => {
    const item = listed.get(argument);
    if (item === undefined) throw wrongUse(`there is no ${argument} in the trash; \`trash list\` shows what there is`);
    return item;
  });
  for (const { kind, id } of items) admin.restore(accountId, kind, id);
  const text = items.map(({ name }) => `restored ${nameText(name)}`).join('\n');
  return { text, secret: null, json: { restored: args } };
}

function emptyTrash(admin: HostAdmin, { accountId }: AccountKeys): DeskAnswer {
  const count = admin.trash(accountId).length;
  admin.emptyTrash(accountId);
  return { text: `${countText(count, 'item')} gone for good`, secret: null, json: { emptied: count } };
}

function referenceOf({ kind, id }: TrashItem): string {
  return `${kind}/${id}`;
}
