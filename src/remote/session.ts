/**
 * One sign-in for all who call. What must hold: a token that is gone is renewed once, however many calls it failed; a
 * refused sign-in is never tried again, not even by the next run, for failed ones lock the account; and two computers on
 * one account, whose sign-ins end each other's tokens, keep out of each other's way instead of doing nothing else.
 */
import { hasCode, SyncError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, Random, Urgency } from '../ports.ts';
import type { Send, Token } from './request.ts';
import { joinSignals, throwIfStopped, unlessStopped } from './signals.ts';
import { readToken } from './wire.ts';

export type Credentials =
  | { readonly kind: 'keys'; readonly key1: string; readonly key2: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: string };

/** What outlives the program about these credentials: whether the host refused them. */
export interface RefusedSignIn {
  wasRefused(): boolean;
  remember(): void;
  clear(): void;
}

export interface SessionOptions {
  readonly credentials: Credentials;
  /** With its retries and limits. */
  readonly send: Send;
  /** Sends once, whatever the rest of the program waits for: to give the token back on the way out. */
  readonly sendAtOnce: Send;
  readonly refused: RefusedSignIn;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal | undefined;
  /** Put out by another computer, one that has nothing to send stays away at least so long, in milliseconds. */
  readonly idleAwayMs: number;
  /** Where there is one, this program neither signs in nor out. */
  readonly lender?: Lender | undefined;
}

/** Another program of the same user that is signed in: of one account only one token may be good. */
export interface Lender {
  /** A token that is good by now. `ended`: the one that was lent before and is not good any more; `null`: none was. */
  borrow(ended: string | null): Promise<Token>;
}

export interface TokenUse {
  readonly urgency: Urgency;
  readonly signal: AbortSignal | undefined;
  /** Whether the call can be made again with another token. */
  readonly repeatable: boolean;
}

/** Hosts let a token lapse after an hour without a call. One that may have is renewed before an upload is sent in vain. */
const lapsesAfterMs = 55 * 60_000;

/** The longest wait after another computer's sign-in: at first, and at last when it happens again and again. */
const firstAwayMs = 5_000;
const longestAwayMs = 15 * 60_000;
/** Within this time it counts as happening again. */
const recursWithinMs = 10 * 60_000;

/** Within this time after an answer to a small call a token counts as good, also where another computer signs in again and again. */
const provenForMs = 5_000;

/** How often one call is made before its token's end is reported as what another computer does to us. */
const mostRounds = 3;

/** A call on the way out must not hold up the end of the program. */
export const signOutMs = 5_000;

export class Session {
  readonly #options: SessionOptions;
  #token: Token | null = null;
  #ended: Token | null = null;
  #accountId: string | null = null;
  #refused = false;
  #signingIn: Promise<Token> | null = null;
  #usedAt = 0;
  #signedInAt = -Infinity;
  #awayMs = 0;
  #endedAt = -Infinity;
  #provenAt = -Infinity;
  #proving: Promise<boolean> | null = null;
  /** Nobody signs in before these moments. */
  readonly #notBefore: Record<Urgency, number> = { operation: -Infinity, sweep: -Infinity };
  readonly #waiting = new Set<AbortController>();

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** The account's id, after a sign-in if there was none yet. */
  async account(use: Omit<TokenUse, 'repeatable'>): Promise<string> {
    return this.#accountId ?? (await this.#valid(use)).accountId;
  }

  /** Makes a call with a token. A call that finds its token gone is made again with a new one, if it can be. */
  async run<T>(use: TokenUse, call: (token: Token) => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    for (let round = 1; ; round++) {
      const token = await this.#valid(use);
      if (!use.repeatable && round < mostRounds && this.#isInDoubt() && !(await this.#isGood(token, use))) continue;
      const began = clock.monotonic();
      try {
        const result = await call(token);
        this.#usedAt = clock.monotonic();
        if (use.repeatable) this.#provenAt = this.#usedAt;
        return result;
      } catch (error) {
        // A refusal of the item was an answer too: the token was good.
        if (error instanceof SyncError && error.disposition === 'skip') this.#usedAt = clock.monotonic();
        if (!hasCode(error, 'remote/token-lapsed')) throw error;
        this.#end(token, use.repeatable ? 0 : clock.monotonic() - began);
        if (!use.repeatable) throw error;
        if (round === mostRounds) throw new SyncError('remote/put-out', { cause: error });
      }
    }
  }

  /** Another computer ended our token not long ago, and may have done so again: hosts tell of that at the end of an upload, when all of it was sent. */
  #isInDoubt(): boolean {
    const now = this.#options.clock.monotonic();
    return now - this.#endedAt < recursWithinMs && now - this.#provenAt > provenForMs;
  }

  /** By a small call, one for all who ask at the same time. What else it fails for, the upload finds out itself. */
  #isGood(token: Token, use: TokenUse): Promise<boolean> {
    this.#proving ??= this.#prove(token, use).finally(() => (this.#proving = null));
    return this.#proving;
  }

  async #prove(token: Token, { urgency, signal }: TokenUse): Promise<boolean> {
    const { send, clock } = this.#options;
    try {
      await send({ endpoint: 'account/package', fields: {}, token, urgency, signal });
      this.#provenAt = clock.monotonic();
    } catch (error) {
      if (!hasCode(error, 'remote/token-lapsed')) return true;
      this.#end(token, 0);
      return false;
    }
    return true;
  }

  /** For another program of this user, which must not sign in. `ended`: what was lent to it before, and is not good any more. */
  async lend(ended: string | null): Promise<Token> {
    if (this.#token !== null && this.#token.accessToken === ended) this.#end(this.#token, 0);
    const token = await this.#valid({ urgency: 'operation', signal: this.#options.signal });
    this.#usedAt = this.#options.clock.monotonic();
    return token;
  }

  /** Gives the token back; never rejects. */
  async signOut(): Promise<void> {
    const token = this.#token;
    this.#token = null;
    if (token === null || this.#options.lender !== undefined) return;
    const { sendAtOnce, log } = this.#options;
    try {
      await sendAtOnce({
        endpoint: 'disable_access_token',
        fields: {},
        token,
        urgency: 'operation',
        // Not the program's signal: this is what it does after that one.
        signal: undefined,
      });
    } catch (error) {
      // It lapses by itself within the hour.
      log.debug('sign-out failed', { error });
    }
  }

  async #valid({ urgency, signal }: Omit<TokenUse, 'repeatable'>): Promise<Token> {
    const { clock } = this.#options;
    for (;;) {
      throwIfStopped(signal);
      if (this.#token !== null && clock.monotonic() - this.#usedAt > lapsesAfterMs) this.#token = null;
      if (this.#token !== null) return this.#token;
      const wait = this.#notBefore[urgency] - clock.monotonic();
      if (this.#signingIn === null && wait > 0) {
        await this.#stayAway(wait, signal);
        continue;
      }
      this.#signingIn ??= this.#signIn().finally(() => {
        this.#signingIn = null;
      });
      await unlessStopped(this.#signingIn, signal);
    }
  }

  /** Sleeps, but no longer than until somebody more urgent has signed in. */
  async #stayAway(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const wake = new AbortController();
    const joined = joinSignals(wake.signal, signal);
    this.#waiting.add(wake);
    try {
      await this.#options.clock.sleep(ms, joined.signal);
    } catch (error) {
      if (!hasCode(error, 'stopped') || !wake.signal.aborted) throw error;
    } finally {
      this.#waiting.delete(wake);
      joined.release();
    }
  }

  async #signIn(): Promise<Token> {
    const { send, refused, clock, log, credentials, signal, lender } = this.#options;
    if (lender !== undefined) return this.#use(await lender.borrow(this.#ended?.accessToken ?? null));
    if (this.#refused || refused.wasRefused()) throw new SyncError('remote/sign-in-refused');
    const fields =
      credentials.kind === 'keys'
        ? { key1: credentials.key1, key2: credentials.key2 }
        : { username: credentials.username, password: credentials.password };
    const token = await send({ endpoint: 'authorize', fields, token: null, urgency: 'operation', signal }).then(
      readToken,
      (error: unknown) => {
        if (hasCode(error, 'remote/sign-in-refused')) {
          this.#refused = true;
          refused.remember();
        }
        throw error;
      },
    );
    refused.clear();
    this.#use(token);
    this.#signedInAt = clock.monotonic();
    for (const wake of this.#waiting) wake.abort();
    log.debug('signed in', { account: token.accountId });
    return token;
  }

  #use(token: Token): Token {
    if (this.#accountId !== null && this.#accountId !== token.accountId) throw new SyncError('remote/other-account');
    this.#accountId = token.accountId;
    this.#token = token;
    this.#usedAt = this.#options.clock.monotonic();
    this.#provenAt = this.#usedAt;
    return token;
  }

  /** The host no longer knows `token`. `lostMs`: how long an upload ran that was lost with it. */
  #end(token: Token, lostMs: number): void {
    // Another call noticed before; it has been dealt with.
    if (this.#token !== token) return;
    this.#token = null;
    this.#ended = token;
    this.#endedAt = this.#options.clock.monotonic();
    const { clock, random, log, idleAwayMs, lender } = this.#options;
    if (lender !== undefined) return; // who lends keeps out of the others' way
    const now = clock.monotonic();
    const recurs = now - this.#signedInAt < recursWithinMs && this.#awayMs > 0;
    this.#awayMs = recurs ? Math.min(longestAwayMs, this.#awayMs * 2) : firstAwayMs;
    // Of two computers that lost uploads to each other, the one with the shorter wait gets through within the other's.
    const waitMs = Math.ceil(random.fraction() * Math.max(this.#awayMs, 2 * lostMs));
    this.#notBefore.operation = now + waitMs;
    this.#notBefore.sweep = now + Math.max(waitMs, idleAwayMs);
    log.info('put out by another sign-in', { waitMs });
  }
}
