/** One sign-in for all, renewed when it must be and never forced on a host that refused it. */
import { describe, expect, it } from 'vitest';
import { ACCOUNT_ROOT } from '../../src/core/entry.ts';
import type { CallOptions } from '../../src/ports.ts';
import { bench, failure, key1, page, refusal, success, tokenEnded, unreachable } from './scripted-transport.ts';
import type { Reply, Seen } from './scripted-transport.ts';

const nothing = success({ folders: [], files: [] });
const bytes = (count: number) => new Uint8Array(count);
async function* once(content: Uint8Array) {
  yield content;
}

/** A host that forgets a token when told to, and answers its calls with `ended`. */
function forgetful(ended: Reply = tokenEnded, options: Parameters<typeof bench>[1] = {}) {
  const known = new Set<string>();
  let next = 0;
  const made = bench(({ call, fields, sent }) => {
    if (call === 'authorize') {
      const token = `t${++next}-`.padEnd(128, 'x');
      known.add(token);
      return success({ access_token: token, account_id: '7' });
    }
    const token = fields['access_token'] ?? /t\d+-x+/.exec(sent)?.[0] ?? '';
    if (!known.has(token)) return ended;
    if (call === 'file/upload') return success([{ name: 'f', size: 3, file_id: 9, error: null }]);
    return nothing;
  }, options);
  return { ...made, forget: () => known.clear() };
}

const list = (made: { remote: ReturnType<typeof bench>['remote'] }, options: CallOptions = {}) =>
  made.remote.list(ACCOUNT_ROOT, options);

describe('the token', () => {
  it('is asked for once, by the first call, and goes with every other', async () => {
    const made = forgetful();
    await Promise.all([list(made), list(made), list(made)]);
    expect(made.signIns()).toBe(1);
    expect(made.seen[0]).toMatchObject({ call: 'authorize', fields: { key1 } });
    expect(made.seen[1]!.fields).toMatchObject({ account_id: '7', parent_folder_id: '' });
    expect(made.seen[0]!.fields).not.toHaveProperty('access_token');
  });

  it.each<[string, Reply]>([
    ['the documented text', tokenEnded],
    ['status 401', { status: 401, ...tokenEnded }],
    ['a page with status 401', { ...page, status: 401 }],
    ['a user who could not be found', { body: { message: 'Username could not be found.', result: false } }],
  ])('that lapsed (%s) is renewed once for eight calls, which are repeated', async (_, ended) => {
    const made = forgetful(ended);
    await list(made);
    made.forget();
    const results = await Promise.all(Array.from({ length: 8 }, () => list(made)));
    expect(results).toHaveLength(8);
    expect(made.signIns()).toBe(2);
  });

  it('is renewed without asking when it has not been used for an hour', async () => {
    const made = forgetful();
    await list(made);
    await made.clock.sleep(61 * 60_000);
    made.forget();
    await list(made);
    expect(made.seen.map(({ call }) => call)).toEqual(['authorize', 'folder/listing', 'authorize', 'folder/listing']);
  });

  it('is given back at the end, and giving it back never fails', async () => {
    const made = bench(({ call }) => (call === 'disable_access_token' ? unreachable() : null));
    await made.remote.signOut();
    expect(made.seen).toHaveLength(0);
    await made.remote.account();
    await made.remote.signOut();
    await made.remote.signOut();
    expect(made.calls()).toEqual(['disable_access_token']);
  });

  it('is given back after everything else was stopped', async () => {
    const stop = new AbortController();
    const made = bench(() => null, { signal: stop.signal });
    await made.remote.account();
    stop.abort();
    expect(await failure(made.remote.limits())).toMatchObject({ code: 'stopped' });
    await made.remote.signOut();
    expect(made.calls()).toEqual(['disable_access_token']);
  });

  it('of a call that was stopped while it waited for a sign-in still serves the others', async () => {
    const made = bench(() => null);
    const stop = new AbortController();
    const stopped = failure(made.remote.account({ signal: stop.signal }));
    const other = made.remote.account();
    stop.abort();
    expect(await stopped).toMatchObject({ code: 'stopped' });
    expect(await other).toEqual({ id: '7' });
    expect(made.signIns()).toBe(1);
  });

  it('of another account than before halts', async () => {
    let account = 7;
    let ended = false;
    const made = bench(({ call }) => {
      if (call === 'authorize') return success({ access_token: `t${account}`, account_id: account });
      return ended ? tokenEnded : nothing;
    });
    await list(made);
    account = 8;
    ended = true;
    expect(await failure(list(made))).toMatchObject({ code: 'remote/other-account', disposition: 'halt' });
  });
});

describe('a refused sign-in', () => {
  const refusing = () =>
    bench(({ call }) =>
      call === 'authorize' ? refusal('Could not authenticate user. The key pair may be invalid.') : null,
    );

  it('is remembered and not tried again, neither now nor by the next run', async () => {
    const made = refusing();
    const both = await Promise.all([failure(list(made)), failure(list(made))]);
    expect(both.map(({ code }) => code)).toEqual(['remote/sign-in-refused', 'remote/sign-in-refused']);
    expect(await failure(list(made))).toMatchObject({ code: 'remote/sign-in-refused' });
    expect(made.signIns()).toBe(1);
    expect(made.refused.remembered).toBe(true);

    const next = bench(() => null, {
      refused: { wasRefused: () => true, remember: () => undefined, clear: () => undefined },
    });
    expect(await failure(list(next))).toMatchObject({ code: 'remote/sign-in-refused' });
    expect(next.signIns()).toBe(0);
  });

  it.each<[string, Reply]>([
    [
      'Please provide key1. It must be 64 characters in length.',
      refusal('Please provide key1. It must be 64 characters in length.'),
    ],
    ['an unheard-of reason', refusal('Your account was suspended.')],
    ['status 401', { status: 401 }],
    ['status 401 with a reason', { status: 401, body: { status: 'error', response: 'No.' } }],
    ['result false', { body: { result: false, message: 'Username could not be found.' } }],
  ])('can be said by %s', async (_, reply) => {
    const made = bench(({ call }) => (call === 'authorize' ? reply : null));
    expect(await failure(made.remote.account())).toMatchObject({ code: 'remote/sign-in-refused', disposition: 'halt' });
    expect(made.signIns()).toBe(1);
  });

  it('in the middle of a run ends it after one attempt', async () => {
    let revoked = false;
    const made = bench(({ call }) => {
      if (!revoked) return call === 'folder/listing' ? nothing : null;
      return call === 'authorize' ? refusal('The key pair may be invalid.') : tokenEnded;
    });
    await list(made);
    revoked = true;
    const failures = await Promise.all(Array.from({ length: 5 }, () => failure(list(made))));
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['remote/sign-in-refused']));
    expect(made.signIns()).toBe(2);
  });

  it.each<[string, () => Reply]>([
    ['the network', unreachable],
    ['a page', () => page],
    ['status 503', () => ({ ...page, status: 503 })],
    ['status 429', () => ({ status: 429 })],
    ['a gate that forbids', () => ({ ...page, status: 403 })],
    ['an answer without a token', () => success({})],
  ])('is not what trouble on the way is: %s', async (_, trouble) => {
    let bad = true;
    const made = bench(({ call }) => (call === 'authorize' && bad ? trouble() : null));
    expect((await failure(made.remote.account())).disposition).toBe('retry');
    expect(made.refused.remembered).toBe(false);
    bad = false;
    expect(await made.remote.account()).toEqual({ id: '7' });
  });

  it('is forgotten once a sign-in succeeds', async () => {
    const made = bench(() => null);
    let cleared = 0;
    const again = bench(() => null, {
      clock: made.clock,
      refused: { wasRefused: () => false, remember: () => undefined, clear: () => cleared++ },
    });
    await again.remote.account();
    expect(cleared).toBe(1);
  });
});

describe('a computer that was put out by another', () => {
  const always = { fraction: () => 1 - Number.EPSILON, hex: (count: number) => 'ab'.repeat(count) };

  /** How long each of several put-outs in a row keeps it away, in whole seconds; `pause` of use in between. */
  const waits = async (times: number, pauseMs: number) => {
    const made = forgetful(tokenEnded, { random: always });
    await list(made);
    const seconds: number[] = [];
    for (let turn = 0; turn < times; turn++) {
      await made.clock.sleep(pauseMs);
      made.forget();
      const began = made.clock.monotonic();
      await list(made);
      seconds.push(Math.round((made.clock.monotonic() - began) / 1000));
    }
    return seconds;
  };

  it('waits up to 5 s, and twice as long each time it happens again within ten minutes, up to 15 min', async () => {
    expect(await waits(10, 60_000)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
  });

  it('waits as at first when it happens rarely', async () => {
    expect(await waits(3, 20 * 60_000)).toEqual([5, 5, 5]);
  });

  it('waits a random time', async () => {
    const made = forgetful(tokenEnded, { random: { fraction: () => 0.5, hex: always.hex } });
    await list(made);
    made.forget();
    const began = made.clock.monotonic();
    await list(made);
    expect(made.clock.monotonic() - began).toBe(2_500);
  });

  it('stays away a poll interval when it has nothing to send, but not when it has', async () => {
    const made = forgetful(tokenEnded, { random: always, idleAwayMs: 60_000 });
    await list(made);
    made.forget();
    const began = made.clock.monotonic();
    await list(made, { urgency: 'sweep' });
    expect(made.clock.monotonic() - began).toBe(60_000);

    await made.clock.sleep(11 * 60_000);
    made.forget();
    const later = made.clock.monotonic();
    await Promise.all([list(made, { urgency: 'sweep' }), list(made, { urgency: 'operation' })]);
    expect(made.clock.monotonic() - later).toBe(5_000);
  });

  it('waits up to twice as long as the upload took that it lost, and does not repeat the upload by itself', async () => {
    const made = forgetful(tokenEnded, { random: always });
    await list(made);
    made.forget();
    const content = (async function* () {
      await made.clock.sleep(120_000);
      yield bytes(3);
    })();
    const lost = await failure(made.remote.upload({ parent: ACCOUNT_ROOT, name: 'f', size: 3, content }));
    expect(lost).toMatchObject({ code: 'remote/token-lapsed' });
    expect(made.signIns()).toBe(1);
    const began = made.clock.monotonic();
    await made.remote.upload({ parent: ACCOUNT_ROOT, name: 'f', size: 3, content: once(bytes(3)) });
    expect(made.clock.monotonic() - began).toBe(240_000);
    expect(made.calls()).toEqual(['folder/listing', 'file/upload', 'file/upload']);
  });

  it('gives up a call whose every new token is refused, and says why', async () => {
    const made = bench(({ call }: Seen) => (call === 'folder/listing' ? tokenEnded : null));
    expect(await failure(list(made))).toMatchObject({ code: 'remote/put-out', disposition: 'retry' });
    expect(made.signIns()).toBe(3);
  });

  it('can be stopped while it waits', async () => {
    const stop = new AbortController();
    const made = forgetful(tokenEnded, { random: always });
    made.clock.setAuto(false);
    await list(made);
    made.forget();
    const waiting = failure(list(made, { signal: stop.signal }));
    await made.clock.advance(1_000);
    stop.abort();
    expect(await waiting).toMatchObject({ code: 'stopped' });
    expect(made.clock.sleepers).toBe(0);
  });
});

it('a password serves where the host has no keys', async () => {
  const made = bench(() => null, { credentials: { kind: 'password', username: 'ann', password: 'pass word' } });
  await made.remote.account();
  expect(made.seen[0]!.fields).toEqual({ username: 'ann', password: 'pass word' });
});
