/** `yetisync check` from outside: what it finds, what it ends with, and how often it asks the host to sign in. */
import { chmodSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configFinding, findingOf } from '../../src/cli/check-words.ts';
import type { Look } from '../../src/compose/check.ts';
import { SyncError } from '../../src/errors.ts';
import { countCallsTo } from './counting-proxy.ts';
import { call } from './in-process.ts';
import { allFacts, makeHome, startHost, writeConfig } from './running.ts';
import type { Facts } from './running.ts';

const wrongKeys = { key1: 'a'.repeat(64), key2: 'b'.repeat(64) };

async function findings(home: string, config: string): Promise<{ status: number | null; found: readonly Facts[] }> {
  const { status, stdout, stderr } = await call(home, ['check', '--json', '--config', config]);
  expect(stderr).toBe('');
  return { status, found: allFacts(stdout) };
}

const about = (found: readonly Facts[], what: string) => found.filter((one) => one['about'] === what);
const verdicts = (found: readonly Facts[]): Facts =>
  Object.fromEntries<unknown>(found.map((one) => [String(one['about']), one['verdict']]));

describe('a check', () => {
  it('finds all well before the first pass and after it, and changes nothing on either side', async () => {
    const home = makeHome();
    const { url } = await startHost(home);
    const config = writeConfig(home, 'laptop', { url });
    const first = await call(home, ['check', '--config', config]);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toContain('ok       sign-in: the host knows these credentials');
    expect(first.stdout).toContain('/Cloud is not on the host yet: the first pass makes it');
    expect(first.stdout).toMatch(/limits: uploads allowed, .* no limit per day\n/);
    expect(first.stdout).toMatch(/all is well\n$/);
    expect(readdirSync(join(home, 'laptop'))).toEqual([]);
    const again = await call(home, ['check', '--config', config]);
    expect(again.stdout).toBe(first.stdout);

    writeFileSync(join(home, 'laptop/notes.txt'), 'hello\n');
    expect(await call(home, ['--once', '--config', config])).toMatchObject({ status: 0 });
    const { status, found } = await findings(home, config);
    expect(status).toBe(0);
    expect(verdicts(found)).toEqual({
      config: 'ok',
      lock: 'ok',
      state: 'ok',
      'local folder': 'ok',
      'disk space': 'ok',
      'sign-in': 'ok',
      clock: 'ok',
      limits: 'ok',
      'remote folder': 'ok',
      'staging folder': 'ok',
    });
    expect(await call(home, ['--once', '--config', config])).toMatchObject({
      stdout: expect.stringContaining('nothing to do') as string,
    });
  });

  it('tells each of several things that are wrong, with its cure, and ends with the worst', async () => {
    const home = makeHome();
    const { url, data } = await startHost(home);
    const config = writeConfig(home, 'laptop', {
      url,
      credentials: { key1File: join(data, 'keys/user1.key1'), key2File: join(data, 'keys/user1.key2') },
      folders: [
        { local: join(home, 'photos'), remote: '/Photos' },
        { local: join(home, 'work'), remote: '/Work' },
      ],
      more: { reserveDisk: '8000TB' },
    });
    await call(home, ['--once', '--config', config]);
    renameSync(join(home, 'photos'), join(home, 'photos-away'));
    mkdirSync(join(home, 'photos'));
    chmodSync(join(data, 'keys/user1.key2'), 0o644);
    await call(home, ['host', 'account', 'limits', '--data', data, '--account', 'user1', 'max_upload_size=5MB']);
    const { status, found } = await findings(home, config);
    expect(status).toBe(3);
    const told = found.filter(({ verdict }) => verdict !== 'ok');
    expect(told).toEqual([
      expect.objectContaining({ about: 'config', verdict: 'warning', exit: 0 }),
      expect.objectContaining({ about: 'local folder', folder: join(home, 'photos'), verdict: 'problem', exit: 3 }),
      expect.objectContaining({ about: 'disk space', folder: join(home, 'work'), verdict: 'problem', exit: 1 }),
    ]);
    expect(told[0]?.['cure']).toBe(`run \`chmod 600 ${join(data, 'keys/user1.key2')}\``);
    expect(told[1]?.['what']).toContain('is its disk mounted?');
    expect(about(found, 'limits')[0]?.['what']).toContain('files up to 5.0 MB');
    expect(about(found, 'remote folder')).toHaveLength(2);
  });

  it('tells each problem of a config that is not valid, and ends with 2', async () => {
    const home = makeHome();
    const config = writeConfig(home, 'laptop', { url: 'https://example.org', credentials: {}, more: { setle: '2s' } });
    const { status, found } = await findings(home, config);
    expect(found).toMatchObject([
      { about: 'config', verdict: 'problem', exit: 2 },
      { about: 'config', verdict: 'problem', exit: 2 },
    ]);
    expect(status).toBe(2);
  });

  it('ends with 1 when the host is out of reach, and does not come back to it', async () => {
    const home = makeHome();
    const { url, running } = await startHost(home);
    await running.stop();
    const { status, found } = await findings(home, writeConfig(home, 'laptop', { url }));
    expect(about(found, 'sign-in')).toMatchObject([{ verdict: 'problem', exit: 1 }]);
    expect(about(found, 'limits').concat(about(found, 'remote folder'))).toEqual([]);
    expect(status).toBe(1);
  });

  it('asks the host nothing while another yetisync is at work, and says who', async () => {
    const home = makeHome();
    const proxy = await countCallsTo((await startHost(home)).url);
    const config = writeConfig(home, 'laptop', { url: proxy.url });
    // A check holds the lock as a pass does; settled by the lock alone, whichever of the two comes first.
    const { takeLock } = await import('../../src/state/lock.ts');
    const { realDisk } = await import('../../src/system/disk.ts');
    mkdirSync(join(home, 'laptop-state'));
    const lock = await takeLock(
      join(home, 'laptop-state/lock.db'),
      { pid: 4711, command: 'yetisync --once' },
      realDisk,
    );
    const { status, found } = await findings(home, config);
    lock.release();
    expect(about(found, 'lock')[0]?.['what']).toContain('process 4711: yetisync --once');
    expect(about(found, 'local folder')).toMatchObject([{ verdict: 'ok' }]);
    expect(about(found, 'sign-in')).toEqual([]);
    expect(proxy.count('authorize')).toBe(0);
    expect(status).toBe(1);
  });
});

describe('a refused sign-in', () => {
  it.each([
    ['never synced', false],
    ['synced before', true],
  ])('is tried again by a check alone (%s)', async (_title, isKnown) => {
    const home = makeHome();
    const { url } = await startHost(home);
    const proxy = await countCallsTo(url);
    const right = writeConfig(home, 'laptop', { url: proxy.url });
    if (isKnown) await call(home, ['--once', '--config', right]);
    const before = proxy.count('authorize');
    const calls = () => proxy.count('authorize') - before;
    const wrong = writeConfig(home, 'wrong', {
      url: proxy.url,
      credentials: wrongKeys,
      folders: [{ local: join(home, 'laptop'), remote: '/Cloud' }],
      more: { stateDir: join(home, 'laptop-state') },
    });

    const first = await findings(home, wrong);
    expect(first.status).toBe(3);
    expect(about(first.found, 'sign-in')).toMatchObject([{ verdict: 'problem', exit: 3 }]);
    expect(about(first.found, 'sign-in')[0]?.['cure']).toContain('yetisync check');
    expect(JSON.stringify(first.found)).not.toMatch(/aaaaaaaa|bbbbbbbb/);
    expect(calls()).toBe(1);
    expect(await call(home, ['--once', '--config', wrong])).toMatchObject({ status: 3 });
    expect(calls()).toBe(1);
    expect((await call(home, ['status', '--config', wrong])).stdout).toContain('the host refused the sign-in');
    expect(await findings(home, wrong)).toMatchObject({ status: 3 });
    expect(calls()).toBe(2);

    expect(await findings(home, right)).toMatchObject({ status: 0 });
    expect(calls()).toBe(3);
    expect((await call(home, ['status', '--config', right])).stdout).not.toContain('refused');
  });

  it('is forgotten once a check with the very same credentials succeeds', async () => {
    const home = makeHome();
    const { url } = await startHost(home);
    const stranger = makeHome(); // its host knows other keys
    const proxy = await countCallsTo((await startHost(stranger)).url);
    const config = writeConfig(home, 'laptop', { url: proxy.url });
    expect(await call(home, ['--once', '--config', config])).toMatchObject({ status: 3 });
    proxy.leadTo(url);
    expect(await call(home, ['--once', '--config', config])).toMatchObject({ status: 3 });
    expect(proxy.count('authorize')).toBe(1);
    expect(await findings(home, config)).toMatchObject({ status: 0 });
    expect(await call(home, ['--once', '--config', config])).toMatchObject({ status: 0 });
  });
});

describe('the words for a finding', () => {
  const pair = { name: 'Cloud', local: '/home/ann/Cloud', remote: '/Cloud', exclude: [] };
  const limits = {
    canUpload: true,
    maxUploadSize: 100_000_000,
    maxDownloadSize: null,
    maxStorage: 5_000_000_000,
    parallelUploads: 2,
    parallelDownloads: 1,
    downloadsPerDay: 50,
    downloadBytesPerDay: null,
    waitBetweenDownloadsMs: 30_000,
  };
  const state = { about: 'state', pair, isKnown: true, lastSuccessMs: 0, held: 0, troubled: 0, error: null } as const;
  const local = { about: 'local folder', pair, verdict: 'ok', canWrite: true, error: null } as const;

  it.each<[string, Look, object]>([
    [
      'limits',
      { about: 'limits', limits, error: null },
      {
        verdict: 'ok',
        what: 'uploads allowed, files up to 100 MB, space for 5.0 GB, 2 uploads and 1 download at once, 50 downloads per day, 30 s between downloads',
      },
    ],
    [
      'a package without uploads',
      { about: 'limits', limits: { ...limits, canUpload: false }, error: null },
      { verdict: 'problem', exit: 1 },
    ],
    ['a clock ahead', { about: 'clock', aheadMs: 200_000 }, { verdict: 'warning', exit: 0 }],
    ['a clock a little behind', { about: 'clock', aheadMs: -60_000 }, { verdict: 'ok' }],
    ['a folder that cannot be written', { ...local, canWrite: false }, { verdict: 'problem', exit: 1 }],
    ['a restored folder', { ...local, verdict: 'copy' }, { verdict: 'warning', exit: 0 }],
    [
      'less room than is always left free',
      { about: 'disk space', pair, freeBytes: 4_000_000, reserveBytes: 4_194_304 },
      { verdict: 'problem', exit: 1, cure: 'free some space' },
    ],
    ['a damaged state', { ...state, error: new SyncError('state/corrupt') }, { verdict: 'warning', exit: 0 }],
    ['a state of a newer version', { ...state, error: new SyncError('state/newer') }, { verdict: 'problem', exit: 2 }],
    [
      'what is not in step',
      { ...state, troubled: 2 },
      { verdict: 'warning', exit: 0, what: '2 items not in step, last in sync just now' },
    ],
    ['held removals', { ...state, held: 3 }, { verdict: 'problem', exit: 3, what: '3 removals held back' }],
    [
      'another account',
      { about: 'remote folder', pair, found: null, error: new SyncError('remote/other-account') },
      { verdict: 'problem', exit: 3, cure: expect.stringContaining('put the old ones back') as string },
    ],
    [
      'staged files',
      { about: 'staging folder', pair, waiting: 2, error: null },
      { verdict: 'ok', what: expect.stringMatching(/^2 uploads/) as string },
    ],
  ])('%s', (_title, look, expected) => {
    expect(findingOf(look, 0)).toMatchObject(expected);
  });

  it('the cure in a warning about the config stands apart', () => {
    expect(configFinding('/c.json can be read by others: run `chmod 600 /c.json`', 'warning')).toMatchObject({
      what: '/c.json can be read by others',
      cure: 'run `chmod 600 /c.json`',
    });
  });
});
