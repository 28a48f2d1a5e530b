import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { SyncError } from '../src/errors.ts';
import { createLog, silentLog, type LogOptions } from '../src/log.ts';

const secret = 'q'.repeat(64);

function recorded(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({ level: 'info', ...options, stream: { write: (line) => lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') as unknown };
}

describe('the log', () => {
  it('writes one JSON object a line: level, facts, constant message', () => {
    const { log, lines } = recorded();
    log.info('uploaded', { path: 'a\nb', bytes: 3 });
    expect(lines).toEqual(['{"level":"info","path":"a\\nb","bytes":3,"msg":"uploaded"}\n']);
  });

  it('carries the facts of its parents', () => {
    const { log, last } = recorded();
    log.child({ component: 'remote' }).child({ pair: 'Cloud' }).warn('slow');
    expect(last()).toEqual({ level: 'warn', component: 'remote', pair: 'Cloud', msg: 'slow' });
  });

  it('leaves out what lies below its level', () => {
    const { log, lines } = recorded({ level: 'warn' });
    log.info('not this');
    log.child({}).debug('nor this');
    log.error('this');
    expect(lines).toHaveLength(1);
  });

  it('stamps its lines with the given clock, or leaves that to the reader', () => {
    const stamped = recorded({ now: () => 0 });
    stamped.log.info('started');
    expect(stamped.last()).toMatchObject({ time: '1970-01-01T00:00:00.000Z' });
    const { log, last } = recorded();
    log.info('started');
    expect(last()).not.toHaveProperty('time');
  });

  it('writes identities and sets as JSON can hold them', () => {
    const { log, last } = recorded();
    log.info('seen', { inode: 12n, kinds: new Set(['a']), at: new Date(0), data: Buffer.from('abc'), none: null });
    expect(last()).toMatchObject({
      inode: '12',
      kinds: ['a'],
      at: '1970-01-01T00:00:00.000Z',
      data: '[3 bytes]',
      none: null,
    });
  });

  it('survives facts that hold themselves', () => {
    const { log, lines } = recorded();
    const ring: Record<string, unknown> = {};
    ring['self'] = ring;
    log.info('ring', { ring });
    expect(lines[0]).toContain('[too deep]');
  });

  it('shows of a known error code, path and cause, of an unknown one the stack too', () => {
    const { log, last } = recorded();
    const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    log.warn('failed', { error: new SyncError('remote/unreachable', { path: 'a.txt', cause }) });
    expect(last()).toMatchObject({
      error: { type: 'SyncError', code: 'remote/unreachable', path: 'a.txt', cause: { code: 'ECONNRESET' } },
    });
    expect(last()).not.toHaveProperty('error.stack');
    expect(last()).toHaveProperty('error.cause.stack');
  });

  it('says nothing when silent', () => {
    silentLog.child({ component: 'x' }).error('nothing');
  });

  it('loses no line when the process is killed', () => {
    const program = `
      import { createLog } from '${new URL('../src/log.ts', import.meta.url).href}';
      const log = createLog({ level: 'info' });
      for (let line = 0; line < 1000; line++) log.info('line', { line });
      process.kill(process.pid, 'SIGKILL');
    `;
    const ran = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
      cwd: new URL('..', import.meta.url),
      encoding: 'utf8',
    });
    expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1_000);
    expect(ran.stdout).toBe('');
  });
});

describe('no secret gets into a line', () => {
  it.each([
    'access_token',
    'accessToken',
    'key1',
    'key2',
    'password',
    'username',
    'download_url',
    'downloadUrl',
    'Authorization',
    'set-cookie',
  ])('as a field %s, at the top, deep down, in a list, or in a child', (field) => {
    const { log, lines } = recorded();
    log.info('call', { [field]: secret });
    log.info('call', { request: { body: { fields: [{ [field]: secret }] } } });
    log.info('call', { headers: new Map([['x', { [field]: secret }]]) });
    log.child({ [field]: secret }).info('call');
    log.child({ request: { [field]: secret } }).info('call');
    expect(lines.join('')).not.toContain(secret);
    expect(lines.every((line) => line.includes('[redacted]'))).toBe(true);
  });

  it.each([
    `access_token=${secret}&account_id=7`,
    `{"access_token":"${secret}","account_id":"7"}`,
    `{ "download_url": "https://host/x?download_token=${secret}" }`,
    `https://host/file?download_token=${secret}`,
    `Authorization: Bearer ${secret}`,
    `key1=${secret}&key2=${secret}`,
    `password: ${secret}`,
  ])('inside a text: %#', (text) => {
    const { log, lines } = recorded();
    log.error('failed', { text, error: new Error(text, { cause: new SyncError('bug', { detail: text }) }) });
    log.error('failed', { url: text.startsWith('https') ? new URL(text) : '' });
    expect(lines.join('')).not.toContain(secret);
  });

  it('that was named beforehand, wherever it stands', () => {
    const { log, lines } = recorded({ secrets: [secret, ''] });
    log.error(`failed`, { answer: `no user with ${secret} here`, list: [[secret]] });
    expect(lines.join('')).not.toContain(secret);
    expect(lines.join('')).toContain('no user with [redacted] here');
  });

  it('and what is no secret stays readable', () => {
    const { log, last } = recorded();
    const facts = { path: 'keys/key1.txt', reason: 'the password may be invalid', tokens: 3, keyed: 'a=b' };
    log.info('kept', facts);
    expect(last()).toMatchObject(facts);
  });
});
