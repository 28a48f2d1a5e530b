import { describe, expect, it } from 'vitest';
import { at, home, Program, send } from './program.ts';

describe('signing in', () => {
  it('gives a token of 128 word characters and the account id for a pair of keys', async () => {
    const { program, keys } = await home();
    expect(program.token).toMatch(/^\w{128}$/);
    expect(program.accountId).toBe(keys.accountId);
    expect(keys.key1).toHaveLength(64);
  });

  it('asks for keys of the right length', async () => {
    const { program, keys } = await home();
    expect((await program.raw('authorize', {})).why).toBe('Please provide key1. It must be 64 characters in length.');
    expect((await program.raw('authorize', { key1: keys.key1, key2: 'short' })).why).toBe(
      'Please provide key2. It must be 64 characters in length.',
    );
  });

  it('takes a username and a password', async () => {
    const { program } = await home(['documented'], { username: 'yeti', password: 'snow' });
    expect((await program.raw('authorize', { username: 'yeti', password: 'snow' })).isSuccess).toBe(true);
    expect((await program.raw('authorize', { username: 'yeti', password: 'rain' })).why).toMatch(
      /^Could not authenticate user. The username and password/,
    );
  });

  it('locks the account after ten refused sign-ins, until its keys are renewed', async () => {
    const { host, program, keys } = await home();
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await program.raw('authorize', { key1: keys.key1, key2: 'x'.repeat(64) })).why).toMatch(
        /The key pair may be invalid/,
      );
    }
    expect((await program.raw('authorize', { key1: keys.key1, key2: keys.key2 })).isSuccess).toBe(false);
    const renewed = host.admin.revokeKeys(keys.accountId);
    expect((await new Program(host.transport).signIn(renewed)).isSuccess).toBe(true);
    expect((await program.raw('authorize', { key1: keys.key1, key2: keys.key2 })).isSuccess).toBe(false);
  });

  it('lets a token lapse after an hour without a call, not before', async () => {
    const { program, clock } = await home();
    for (let hour = 0; hour < 3; hour += 1) {
      clock.ms += 59 * 60_000;
      expect((await program.call('account/info')).isSuccess).toBe(true);
    }
    clock.ms += 61 * 60_000;
    const lapsed = await program.call('account/info');
    expect(lapsed).toMatchObject({
      status: 401,
      isSuccess: false,
      why: 'Could not validate access_token and account_id, please reauthenticate or try again.',
    });
  });

  it('keeps several tokens side by side, or only the last with the habit one-token', async () => {
    for (const [habit, survives] of [
      ['documented', true],
      ['one-token', false],
    ] as const) {
      const { host, program, keys } = await home([habit]);
      const other = new Program(host.transport);
      await other.signIn(keys);
      expect((await program.call('account/info')).isSuccess).toBe(survives);
      expect((await other.call('account/info')).isSuccess).toBe(true);
    }
  });

  it('ends a token on request and all of them by the administrator', async () => {
    const { host, program, keys } = await home();
    expect((await program.call('disable_access_token')).isSuccess).toBe(true);
    expect((await program.call('account/info')).isSuccess).toBe(false);
    await program.signIn(keys);
    host.admin.endTokens(keys.accountId);
    expect((await program.call('account/info')).isSuccess).toBe(false);
  });
});

describe('every call', () => {
  it('carries status and the clock of the server in its own zone', async () => {
    const { program } = await home(['documented'], {}, { timeZone: 'Europe/Berlin' });
    expect((await program.call('account/info')).json).toMatchObject({
      _status: 'success',
      _datetime: '2026-01-02 04:04:05',
    });
  });

  it('may come as GET, as JSON, as multipart, below another path', async () => {
    const { host, program } = await home();
    const pair = { access_token: program.token, account_id: program.accountId };
    const url = 'http://127.0.0.1/some/where/api/v2/account/info';
    expect(
      (await send(host.transport, `${url}?${new URLSearchParams(pair).toString()}`, {}, undefined, 'GET')).isSuccess,
    ).toBe(true);
    expect(
      (await send(host.transport, `${url}/`, { 'content-type': 'application/json' }, JSON.stringify(pair))).isSuccess,
    ).toBe(true);
    const body = `--x\r\nContent-Disposition: form-data; name="access_token"\r\n\r\n${pair.access_token}\r\n--x\r\nContent-Disposition: form-data; name="account_id"\r\n\r\n${pair.account_id}\r\n--x--`;
    expect(
      (await send(host.transport, url, { 'content-type': 'multipart/form-data; boundary=x' }, body)).isSuccess,
    ).toBe(true);
  });

  it('is refused with 404 for an unknown endpoint and 400 for a body that does not parse', async () => {
    const { host, program } = await home();
    expect(await program.call('file/teleport')).toMatchObject({ status: 404, isSuccess: false });
    for (const [type, body] of [
      ['application/json', '{'],
      ['application/json', '[]'],
      ['multipart/form-data; boundary=x', '--x\r\nnothing'],
    ]) {
      expect(
        await send(host.transport, `${program.base}account/info`, { 'content-type': type ?? '' }, body),
      ).toMatchObject({ status: 400, isSuccess: false });
    }
    expect(await program.call('account/info', { long: 'x'.repeat(2_000_000) })).toMatchObject({ status: 400 });
  });

  it('is answered with 429 and a time to wait where the pace is too high', async () => {
    const { host, program, clock, keys } = await home();
    host.admin.setLimits(keys.accountId, { requestsPerSecond: 2 });
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await program.call('account/info')).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await program.call('account/info')).headers['retry-after']).toBe('1');
    clock.ms += 1000;
    expect((await program.call('account/info')).status).toBe(200);
  });
});

describe('the account', () => {
  it('shows its package with limits as the administrator set them', async () => {
    const { host, program, keys } = await home();
    host.admin.setLimits(keys.accountId, { max_upload_size: 1000, can_upload: 0 });
    const { json } = await program.call('account/package');
    expect(at(json, 'data')).toMatchObject({ max_upload_size: '1000', can_upload: '0', max_storage_bytes: '0' });
    expect(at(json, 'data', 'requestsPerSecond')).toBeUndefined();
    expect(at((await program.call('account/info')).json, 'data')).toMatchObject({
      id: keys.accountId,
      username: keys.username,
    });
  });
});
