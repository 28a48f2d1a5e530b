/**
 * Which credentials were refused is kept with the states, as a keyed hash: failed sign-ins lock the account, so the same ones are never
 * tried twice, except by the one command that a person runs to try again.
 */
import type { Credentials } from '../config/config.ts';
import type { RefusedSignIn } from '../remote/session.ts';
import type { OpenState } from '../state/open-state.ts';
import { keyedDigest } from '../system/hasher.ts';

export interface StatesToTell {
  /** Those that are open at the moment of the question. */
  readonly open: () => Iterable<OpenState>;
  /** Opens those that must learn of a refusal too; they are closed at once. */
  readonly closed?: () => Iterable<OpenState>;
}

export function refusedSignIn(credentials: Credentials, { open, closed = () => [] }: StatesToTell): RefusedSignIn {
  const secret = JSON.stringify(credentials);
  const digestFor = (state: OpenState): string => keyedDigest(state.facts.get('hashKey') ?? '', secret);
  const remember = (state: OpenState): void => state.facts.set('refusedSignIn', digestFor(state));
  return {
    wasRefused: () => [...open()].some((state) => state.facts.get('refusedSignIn') === digestFor(state)),
    remember: () => {
      for (const state of open()) remember(state);
      for (const state of closed()) {
        remember(state);
        state.close();
      }
    },
    clear: () => {
      // nothing is written where nothing was refused: a look ahead leaves even the time of the file as it is
      for (const state of open()) {
        if (state.facts.get('refusedSignIn') !== null) state.facts.set('refusedSignIn', null);
      }
    },
  };
}
