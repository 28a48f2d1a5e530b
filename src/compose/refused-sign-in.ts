/**
 * Which credentials were refused is kept with the states, as a keyed hash: failed sign-ins lock the account, so the same ones are never
 * tried twice, except by the one command that a person runs to try again.
 */
import type { Credentials } from '../config/config.ts';
import type { RefusedSignIn } from '../remote/session.ts';
import type { OpenState } from '../state/open-state.ts';
import { keyedDigest } from '../system/hasher.ts';

/** `states`: those that are open at the moment of the question. */
export function refusedSignIn(credentials: Credentials, states: () => Iterable<OpenState>): RefusedSignIn {
  const secret = JSON.stringify(credentials);
  const digestFor = (state: OpenState): string => keyedDigest(state.facts.get('hashKey') ?? '', secret);
  return {
    wasRefused: () => [...states()].some((state) => state.facts.get('refusedSignIn') === digestFor(state)),
    remember: () => {
      for (const state of states()) state.facts.set('refusedSignIn', digestFor(state));
    },
    clear: () => {
      for (const state of states()) state.facts.set('refusedSignIn', null);
    },
  };
}
