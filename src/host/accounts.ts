/**
 * Accounts and who may speak for them: keys, passwords, tokens, the lock after failed sign-ins.
 *
 * A token lapses after one hour without a call. Its last use is written down at most once a minute, so that a call
 * that only reads stays one; after a restart a token may so live up to a minute less.
 */
import type { Random } from '../ports.ts';
import { SyncError } from '../errors.ts';
import { integer, integerOrNull, text, textOrNull, type Database, type Row } from './database.ts';
import type { Ways } from './habits.ts';
import { limitsOf, noLimits, Pace, withLimits, type PackageLimits } from './limits.ts';
import { fingerprint, hashPassword, matchesPassword, sameFingerprint } from './passwords.ts';
import { Refusal } from './refusal.ts';

/** What a person needs to sign in. `accounts()` gives it with empty secrets: the host keeps only their hashes. */
export interface AccountKeys {
  readonly accountId: string;
  readonly username: string;
  readonly password: string;
  readonly key1: string;
  readonly key2: string;
}

export interface NewAccount {
  readonly username?: string;
  readonly password?: string;
  readonly limits?: Partial<PackageLimits>;
}

/** An account in memory; what must survive is in its row too. */
export interface Account {
  readonly id: number;
  readonly username: string;
  limits: PackageLimits;
  readonly pace: Pace;
  uploadsNow: number;
  downloadsNow: number;
  /** When the last download began, in ms; undefined before the first since the start. */
  downloadedAt: number | undefined;
}

export interface Session {
  readonly account: Account;
  /** Counts the sign-ins of this host, from 1. */
  readonly serial: number;
  readonly hash: string;
  usedAt: number;
  savedAt: number;
}

export const TOKEN_LAPSED = 'Could not validate access_token and account_id, please reauthenticate or try again.';

const IDLE_MS = 60 * 60 * 1000;
const SAVE_EVERY_MS = 60 * 1000;
const FAILURES_TO_LOCK = 10;
const KEY_LENGTH = 64;

export class Accounts {
  readonly #database: Database;
  readonly #random: Random;
  readonly #ways: Ways;
  readonly #accounts = new Map<number, Account>();
  readonly #sessions = new Map<string, Session>();
  #serial = 0;

  constructor(database: Database, random: Random, ways: Ways) {
    this.#database = database;
    this.#random = random;
    this.#ways = ways;
    for (const row of database.all('SELECT id, username, limits FROM accounts')) this.#load(row);
    for (const row of database.all('SELECT hash, account_id, serial, used_at FROM tokens')) {
      const account = this.#accounts.get(integer(row, 'account_id'));
      const usedAt = integer(row, 'used_at');
      const serial = integer(row, 'serial');
      this.#serial = Math.max(this.#serial, serial);
      if (account === undefined) continue;
      const hash = text(row, 'hash');
      this.#sessions.set(hash, { account, serial, hash, usedAt, savedAt: usedAt });
    }
  }

  add(options: NewAccount, now: number): AccountKeys {
    const keys = this.#newKeys();
    const salt = this.#random.hex(16);
    const password = options.password ?? this.#random.hex(16);
    const hash = hashPassword(password, salt, options.password === undefined ? 'made' : 'chosen');
    const limits = JSON.stringify(withLimits(noLimits, options.limits ?? {}));
    const id = this.#database.change(() => {
      const last = this.#database.get('SELECT COALESCE(MAX(id), 0) AS id FROM accounts');
      const next = (last === undefined ? 0 : integer(last, 'id')) + 1;
      const name = options.username ?? `user${next}`;
      if (this.#database.get('SELECT 1 FROM accounts WHERE username = ?', name) !== undefined) {
        throw new SyncError('usage/wrong', { detail: `there is an account ${name} already` });
      }
      this.#database.run(
        'INSERT INTO accounts (id, username, password, key1, key2, limits, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        next,
        name,
        hash,
        fingerprint(keys.key1),
        fingerprint(keys.key2),
        limits,
        now,
      );
      return next;
    });
    const account = this.#load(this.#row(id));
    return { accountId: String(id), username: account.username, password, ...keys };
  }

  list(): readonly AccountKeys[] {
    return [...this.#accounts.values()].map(({ id, username }) => ({
      accountId: String(id),
      username,
      password: '',
      key1: '',
      key2: '',
    }));
  }

  /** The account of that id; throws `usage/wrong` where there is none. */
  find(accountId: string): Account {
    const account = this.#accounts.get(Number(accountId));
    if (account === undefined) throw new SyncError('usage/wrong', { detail: `no account ${accountId}` });
    return account;
  }

  setLimits(accountId: string, limits: Partial<PackageLimits>): void {
    const account = this.find(accountId);
    account.limits = withLimits(account.limits, limits);
    this.#database.change(() =>
      this.#database.run('UPDATE accounts SET limits = ? WHERE id = ?', JSON.stringify(account.limits), account.id),
    );
  }

  /** New keys in place of the old ones, which are refused from now on; also unlocks the account. Tokens stay. */
  revokeKeys(accountId: string): AccountKeys {
    const account = this.find(accountId);
    const keys = this.#newKeys();
    this.#database.change(() =>
      this.#database.run(
        'UPDATE accounts SET key1 = ?, key2 = ?, failures = 0 WHERE id = ?',
        fingerprint(keys.key1),
        fingerprint(keys.key2),
        account.id,
      ),
    );
    return { accountId, username: account.username, password: '', ...keys };
  }

  endTokens(accountId: string): void {
    const account = this.find(accountId);
    this.#database.change(() => this.#endTokensOf(account));
  }

  /** Signs in with keys or with name and password; returns a new token. Throws the refusals of `authorize`. */
  async signIn(
    fields: Readonly<Record<string, string>>,
    now: number,
    from: string,
  ): Promise<{ token: string; account: Account }> {
    const byName =
      fields['key1'] === undefined &&
      fields['key2'] === undefined &&
      (fields['username'] !== undefined || fields['password'] !== undefined);
    const row = byName ? await this.#byPassword(fields) : this.#byKeys(fields);
    const account = this.find(String(integer(row, 'id')));
    const token = this.#random.hex(64);
    const hash = fingerprint(token);
    this.#serial += 1;
    const session: Session = { account, serial: this.#serial, hash, usedAt: now, savedAt: now };
    this.#database.change(() => {
      if (this.#ways.has('one-token')) this.#endTokensOf(account);
      else this.#forgetLapsed(now);
      this.#database.run(
        'INSERT INTO tokens (hash, account_id, serial, used_at) VALUES (?, ?, ?, ?)',
        hash,
        account.id,
        session.serial,
        now,
      );
      this.#database.run(
        'UPDATE accounts SET failures = 0, signed_in_at = ?, signed_in_from = ? WHERE id = ?',
        now,
        from,
        account.id,
      );
    });
    this.#sessions.set(hash, session);
    return { token, account };
  }

  /** The session of a token pair, used now; undefined where the pair is wrong or has lapsed. */
  session(token: string, accountId: string, now: number): Session | undefined {
    const session = this.#sessions.get(fingerprint(token));
    if (session === undefined || String(session.account.id) !== accountId) return undefined;
    if (now - session.usedAt > IDLE_MS) return undefined;
    session.usedAt = now;
    if (Math.abs(now - session.savedAt) >= SAVE_EVERY_MS) {
      session.savedAt = now;
      this.#database.change(() =>
        this.#database.run('UPDATE tokens SET used_at = ? WHERE hash = ?', now, session.hash),
      );
    }
    return session;
  }

  end(session: Session): void {
    this.#database.change(() => this.#database.run('DELETE FROM tokens WHERE hash = ?', session.hash));
    this.#sessions.delete(session.hash);
  }

  /** The account's row for `account/info`: username, created_at, signed_in_at, signed_in_from. */
  info(account: Account): {
    username: string;
    createdAt: number;
    signedInAt: number | null;
    signedInFrom: string | null;
  } {
    const row = this.#row(account.id);
    return {
      username: text(row, 'username'),
      createdAt: integer(row, 'created_at'),
      signedInAt: integerOrNull(row, 'signed_in_at'),
      signedInFrom: textOrNull(row, 'signed_in_from'),
    };
  }

  #byKeys(fields: Readonly<Record<string, string>>): Row {
    const [key1, key2] = [fields['key1'] ?? '', fields['key2'] ?? ''];
    for (const [name, key] of [
      ['key1', key1],
      ['key2', key2],
    ]) {
      if (key?.length !== KEY_LENGTH) throw new Refusal(`Please provide ${name}. It must be 64 characters in length.`);
    }
    const row = this.#database.get('SELECT * FROM accounts WHERE key1 = ?', fingerprint(key1));
    const right = row !== undefined && sameFingerprint(text(row, 'key2'), fingerprint(key2));
    return this.#admit(row, right, 'key pair');
  }

  async #byPassword(fields: Readonly<Record<string, string>>): Promise<Row> {
    const { username = '', password = '' } = fields;
    if (username === '') throw new Refusal('Please provide a username.');
    if (password === '') throw new Refusal('Please provide a password.');
    const row = this.#database.get('SELECT * FROM accounts WHERE username = ?', username);
    const right = row !== undefined && (await matchesPassword(password, text(row, 'password')));
    return this.#admit(row, right, 'username and password');
  }

  /** A locked account refuses the right secret too, in the same words: else the lock would not stop a guesser. */
  #admit(row: Row | undefined, right: boolean, what: string): Row {
    // Read again: other sign-ins may have failed while the password was being checked.
    const failures = row === undefined ? 0 : integer(this.#row(integer(row, 'id')), 'failures');
    if (row !== undefined && right && failures < FAILURES_TO_LOCK) return row;
    if (row !== undefined) {
      this.#database.change(() =>
        this.#database.run('UPDATE accounts SET failures = failures + 1 WHERE id = ?', integer(row, 'id')),
      );
    }
    throw new Refusal(
      `Could not authenticate user. The ${what} may be invalid or your account may be locked from too many failed logins.`,
    );
  }

  #newKeys(): { key1: string; key2: string } {
    return { key1: this.#random.hex(KEY_LENGTH / 2), key2: this.#random.hex(KEY_LENGTH / 2) };
  }

  #row(id: number): Row {
    const row = this.#database.get('SELECT * FROM accounts WHERE id = ?', id);
    if (row === undefined) throw new SyncError('state/corrupt', { detail: `account ${id} is missing` });
    return row;
  }

  #load(row: Row): Account {
    const account: Account = {
      id: integer(row, 'id'),
      username: text(row, 'username'),
      limits: limitsOf(row),
      pace: new Pace(),
      uploadsNow: 0,
      downloadsNow: 0,
      downloadedAt: undefined,
    };
    this.#accounts.set(account.id, account);
    return account;
  }

  #endTokensOf(account: Account): void {
    this.#database.run('DELETE FROM tokens WHERE account_id = ?', account.id);
    for (const session of [...this.#sessions.values()])
      if (session.account === account) this.#sessions.delete(session.hash);
  }

  #forgetLapsed(now: number): void {
    for (const session of [...this.#sessions.values()]) {
      if (now - session.usedAt <= IDLE_MS) continue;
      this.#database.run('DELETE FROM tokens WHERE hash = ?', session.hash);
      this.#sessions.delete(session.hash);
    }
  }
}
