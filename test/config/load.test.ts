import { readFileSync } from 'node:fs';
import { createFsFromVolume, Volume } from 'memfs';
import { describe, expect, it } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import type { Env } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { diskOver, type NodeFs } from '../../src/system/disk.ts';

const home = '/home/ann';
const file = `${home}/.config/yetisync/config.json`;
const key1 = 'a'.repeat(64);
const key2 = 'b'.repeat(64);
const least = {
  host: 'https://xcloudfile.com',
  credentials: { key1, key2 },
  folders: [{ local: '~/Cloud', remote: '/Cloud' }],
};

/** Loads from a disk that holds `files`; a file that is an object is written as JSON. */
function load(
  files: Readonly<Record<string, unknown>>,
  { path, env = {}, modes = {} }: { path?: string; env?: Env; modes?: Readonly<Record<string, number>> } = {},
) {
  const volume = new Volume();
  for (const [name, content] of Object.entries(files)) {
    volume.mkdirSync(name.slice(0, name.lastIndexOf('/')), { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    if (text.startsWith('-> ')) volume.symlinkSync(text.slice(3), name);
    else volume.writeFileSync(name, text, { mode: modes[name] ?? 0o600 });
  }
  const disk = diskOver(createFsFromVolume(volume) as unknown as NodeFs);
  return loadConfig({ path, env, home, disk });
}

async function problemsOf(loading: Promise<unknown>): Promise<string[]> {
  const error: unknown = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SyncError) || error.code !== 'config/invalid')
    throw new Error(`not refused: ${String(error)}`);
  expect(error.message).not.toContain(key1);
  expect(error.cause instanceof SyntaxError).toBe(false);
  return error.detail?.split('\n') ?? [];
}

const problems = (change: Record<string, unknown>, env: Env = {}) =>
  problemsOf(load({ [file]: { ...least, ...change } }, { env }));

describe('a config file', () => {
  it('of host, credentials and folders is enough; the rest has defaults', async () => {
    const { config, path, warnings } = await load({ [file]: least });
    expect(path).toBe(file);
    expect(warnings).toEqual([]);
    expect(config).toEqual({
      host: { base: 'https://xcloudfile.com/api/v2/', identity: 'xcloudfile.com' },
      credentials: { kind: 'keys', key1, key2 },
      pairs: [{ name: 'Cloud', local: '/home/ann/Cloud', remote: '/Cloud', exclude: [] }],
      stateDir: '/home/ann/.local/state/yetisync',
      runtimeDir: null,
      poll: { intervalMs: 60_000, fullSweepMs: 900_000 },
      settleMs: 2_000,
      limits: {
        requestsPerSecond: 5,
        uploads: 4,
        downloads: 4,
        uploadRate: [{ fromMinute: 0, bytesPerSecond: 0 }],
        downloadRate: [{ fromMinute: 0, bytesPerSecond: 0 }],
      },
      holdRemovals: { percent: 50, count: 1_000 },
      ignore: [],
      trashKeepMs: 2_592_000_000,
      reserveDiskBytes: 200_000_000,
      onStale: null,
      metrics: null,
      notify: true,
      allowInsecure: false,
      logLevel: 'info',
    });
  });

  it('may set every key: the example that comes with the program is valid and shows the defaults', async () => {
    const example = readFileSync(new URL('../../config.example.json', import.meta.url), 'utf8');
    const { config, warnings } = await load({ [file]: example });
    const { config: plain } = await load({ [file]: least });
    expect(warnings).toEqual([]);
    expect({ ...config, limits: { ...config.limits, downloadRate: plain.limits.downloadRate } }).toEqual({
      ...plain,
      credentials: config.credentials,
      pairs: [{ name: 'Cloud', local: '/home/ann/Cloud', remote: '/Cloud', exclude: ['Videos'] }],
      ignore: ['*.iso'],
      onStale: { afterMs: 21_600_000, command: "notify-send yetisync 'no sync for six hours'" },
      metrics: { port: 9188 },
    });
  });

  it('may begin with a byte order mark', async () => {
    const { config } = await load({ [file]: `\ufeff${JSON.stringify(least)}` });
    expect(config.pairs).toHaveLength(1);
  });

  it('may be a link', async () => {
    const { path } = await load({ '/repository/config.json': least, [file]: '-> /repository/config.json' });
    expect(path).toBe(file);
  });

  it('that is missing is refused with the command that makes one', async () => {
    const loading = load({});
    await expect(loading).rejects.toMatchObject({ code: 'config/invalid', path: file });
    expect(await problemsOf(loading)).toEqual(['there is no such file: run `yetisync init` to make one']);
  });

  it.each([
    ['{\n  "host": "x",\n}', 3],
    [`{\n  "key1": "${key1}"\n  "key2": 1\n}`, 3],
    [`{\n  "key1": "${key1}",\n  "notify": tru,\n  "metrics": { "port": 1 }\n}`, 3],
    ['{ "host": "x"', 1],
  ])('that is not JSON is refused with its line, and without a word of it: %#', async (text, line) => {
    expect(await problemsOf(load({ [file]: text }))).toEqual([
      `is not JSON (line ${line}): look for a comma or quote too many or too few`,
    ]);
  });

  it.each([[[]], ['"text"'], ['null'], ['3']])('that is not an object (%j) is refused', async (json) => {
    const [first] = await problemsOf(load({ [file]: json }));
    expect(first).toMatch(/^the config must be an object with "host", "credentials", "folders"/);
  });

  it('is refused with all its problems at once, each with its key and what is allowed there', async () => {
    const found = await problems({
      host: 'http://files.example.org',
      credentials: { key1: 'short', key2 },
      folders: [{ local: 'Cloud', remote: '/a' }, { local: '~/B' }],
      poll: { interval: '1s', fullSwep: '15m' },
      settle: 2,
      limits: { uploads: 0, requestsPerSecond: -1, uploadRate: 'fast' },
      holdRemovals: { percent: 101, count: 1.5 },
      ignore: '*.iso',
      trash: [],
      onStale: { after: '6h' },
      metrics: { port: 70_000 },
      notify: 'yes',
      log: { level: 'loud' },
      hots: 'x',
    });
    expect(found.sort()).toEqual(
      [
        'host: plain http shows keys and files to the network: use https, or set `allowInsecure` to true',
        'credentials.key1: must be a key of 64 characters',
        'folders[0].local: must be a path on this computer that begins with "/" or "~/"',
        'folders[1].remote: is missing: it must be a path on the host such as "/Cloud" or "/", without "." and ".." parts',
        'poll.interval: must be at least "5s"',
        'poll.fullSwep: unknown key, did you mean "fullSweep"? (known here: interval, fullSweep)',
        'settle: must be a duration such as "500ms", "30s", "5m", "12h" or "30d"',
        'limits.uploads: must be a whole number from 1 to 64',
        'limits.requestsPerSecond: must be 0 or more',
        'limits.uploadRate: must be a rate such as "500kB" a second, "0" for no limit, or a timetable such as [["08:00", "500kB"], ["19:00", "0"]]',
        'holdRemovals.percent: must be a number from 0 to 100',
        'holdRemovals.count: must be a whole number from 0 to 9007199254740991',
        'ignore: must be a list of rules such as ["*.iso"]',
        'trash: must be an object with "keep"',
        'onStale.command: is missing: it must be a text',
        'metrics.port: must be a whole number from 1 to 65535',
        'notify: must be true or false',
        'log.level: must be one of "error", "warn", "info", "debug", "trace"',
        'hots: unknown key, did you mean "host"? (known here: host, credentials, folders, stateDir, poll, settle, limits, holdRemovals, ignore, trash, reserveDisk, onStale, metrics, notify, allowInsecure, log)',
      ].sort(),
    );
  });

  it('is refused with a rule that means nothing: what was to be left out would travel', async () => {
    expect(await problems({ ignore: ['*.iso', '[', '# [', ''] })).toEqual([
      'ignore[1]: the rule "[" cannot be read: [ without ]',
      'ignore[3]: must be a rule such as "*.iso"',
    ]);
  });

  it('that lacks what is needed is told so, key by key', async () => {
    expect(await problemsOf(load({ [file]: {} }))).toEqual([
      'host: is missing: it must be the address of a host such as "https://xcloudfile.com"',
      'folders: is missing: it must be a list of folder pairs',
      'credentials: are missing: give `key1` and `key2`, or `username` and `password`',
    ]);
    expect(await problems({ folders: [] })).toEqual(['folders: must be a list of at least one folder pair']);
  });

  it('suggests no key where none is near', async () => {
    expect((await problems({ xyzzyxyzzy: 1 }))[0]).toMatch(/^xyzzyxyzzy: unknown key \(known here: /);
  });

  it('takes a limit of 0 for none', async () => {
    const limits = { requestsPerSecond: 0, uploadRate: 0, downloadRate: '0' };
    const { config } = await load({ [file]: { ...least, limits } });
    expect(config.limits).toMatchObject({ requestsPerSecond: 0, uploadRate: [{ bytesPerSecond: 0 }] });
  });

  it('may allow plain http, and need not for this computer itself', async () => {
    const insecure = { ...least, host: 'http://files.example.org', allowInsecure: true };
    expect((await load({ [file]: insecure })).config.host.base).toBe('http://files.example.org/api/v2/');
    const loopback = { ...least, host: 'http://localhost:8080' };
    expect((await load({ [file]: loopback })).config.host.identity).toBe('localhost:8080');
  });
});

describe('the places', () => {
  it.each([
    ['--config first', '/etc/a.json', { YETISYNC_CONFIG: '/etc/b.json', XDG_CONFIG_HOME: '/xdg' }, '/etc/a.json'],
    ['--config below the home folder', '~/a.json', {}, '/home/ann/a.json'],
    ['then $YETISYNC_CONFIG', undefined, { YETISYNC_CONFIG: '/etc/b.json', XDG_CONFIG_HOME: '/xdg' }, '/etc/b.json'],
    ['then $XDG_CONFIG_HOME', undefined, { YETISYNC_CONFIG: '', XDG_CONFIG_HOME: '/xdg' }, '/xdg/yetisync/config.json'],
    ['not a relative one', undefined, { XDG_CONFIG_HOME: 'xdg' }, file],
    ['then ~/.config', undefined, {}, file],
  ])('of the config file: %s', async (_title, path, env: Env, expected) => {
    const loaded = await load({ [expected]: least }, path === undefined ? { env } : { env, path });
    expect(loaded.path).toBe(expected);
  });

  it.each([
    ['stateDir first', '~/state/', { STATE_DIRECTORY: '/var/lib/yetisync' }, '/home/ann/state'],
    [
      'then $STATE_DIRECTORY',
      undefined,
      { STATE_DIRECTORY: '/var/lib/yetisync:/b', XDG_STATE_HOME: '/x' },
      '/var/lib/yetisync',
    ],
    ['then $XDG_STATE_HOME', undefined, { XDG_STATE_HOME: '/x' }, '/x/yetisync'],
    ['not a relative one', undefined, { XDG_STATE_HOME: 'x' }, '/home/ann/.local/state/yetisync'],
  ])('of the state: %s', async (_title, stateDir, env: Env, expected) => {
    const { config } = await load({ [file]: { ...least, ...(stateDir === undefined ? {} : { stateDir }) } }, { env });
    expect(config.stateDir).toBe(expected);
  });

  it.each([
    [{ RUNTIME_DIRECTORY: '/run/yetisync', XDG_RUNTIME_DIR: '/run/user/1000' }, '/run/yetisync'],
    [{ XDG_RUNTIME_DIR: '/run/user/1000' }, '/run/user/1000/yetisync'],
    [{ XDG_RUNTIME_DIR: 'run' }, null],
  ])('of the socket, with %j', async (env: Env, expected) => {
    expect((await load({ [file]: least }, { env })).config.runtimeDir).toBe(expected);
  });
});

describe('folder pairs', () => {
  const pair = (local: string, remote: string) => ({ local, remote });

  it('go by the last part of their folder, or by all of it where two end alike', async () => {
    const folders = [pair('~/Cloud', '/a'), pair('/srv/x/docs', '/b'), pair('/srv/y/docs/', '/c')];
    const { config } = await load({ [file]: { ...least, folders } });
    expect(config.pairs.map(({ name }) => name)).toEqual(['Cloud', '/srv/x/docs', '/srv/y/docs']);
  });

  it.each([
    [
      'the same local folder',
      [pair('/a', '/x'), pair('/a/', '/y')],
      'folders[1].local: /a and folders[0].local /a overlap',
    ],
    [
      'one local folder in another',
      [pair('/a/b', '/x'), pair('/a', '/y')],
      'folders[1].local: /a and folders[0].local /a/b overlap',
    ],
    [
      'a local folder by a detour',
      [pair('/a/b', '/x'), pair('/c/../a', '/y')],
      'folders[1].local: /a and folders[0].local /a/b overlap',
    ],
    [
      'the same remote folder',
      [pair('/a', '/x'), pair('/b', '/x/')],
      'folders[1].remote: /x and folders[0].remote /x overlap',
    ],
    [
      'one remote folder in another',
      [pair('/a', '/'), pair('/b', '/x')],
      'folders[1].remote: /x and folders[0].remote / overlap',
    ],
    [
      'remote folders that differ in case',
      [pair('/a', '/X/y'), pair('/b', '/x')],
      'folders[1].remote: /x and folders[0].remote /X/y overlap',
    ],
  ])('are refused where they share something: %s', async (_title, folders, line) => {
    expect(await problems({ folders })).toEqual([line]);
  });

  it('may lie side by side, also when one name begins like the other', async () => {
    const folders = [pair('/a', '/x'), pair('/ab', '/xy'), pair('/a b', '/x y')];
    expect((await load({ [file]: { ...least, folders } })).config.pairs).toHaveLength(3);
  });

  it('are refused where a link makes them one', async () => {
    const loading = load({
      '/data/cloud/keep': '',
      '/home/ann/link': '-> /data/cloud',
      [file]: { ...least, folders: [pair('/data/cloud', '/x'), pair('~/link/below', '/y')] },
    });
    expect(await problemsOf(loading)).toEqual([
      'folders[1].local: /home/ann/link/below and folders[0].local /data/cloud overlap',
    ]);
  });

  it('are refused around the state directory', async () => {
    expect(await problems({ folders: [pair('~', '/x')] })).toEqual([
      'stateDir: /home/ann/.local/state/yetisync lies inside the synced folder /home/ann: put it elsewhere',
    ]);
  });

  it('around the config file itself are pointed out', async () => {
    const folders = [pair('~/.config', '/x')];
    const { warnings } = await load({ [file]: { ...least, folders } });
    expect(warnings).toEqual([`${file} lies inside the synced folder /home/ann/.config: it travels to the host`]);
  });
});

describe('credentials', () => {
  const credentialsOf = async (...args: Parameters<typeof load>) => (await load(...args)).config.credentials;
  const without = { host: least.host, folders: least.folders };
  const keys = { kind: 'keys', key1, key2 };
  const password = { kind: 'password', username: 'ann', password: 'secret word' };

  it('may be name and password', async () => {
    const credentials = { username: 'ann', password: 'secret word' };
    expect(await credentialsOf({ [file]: { ...least, credentials } })).toEqual(password);
  });

  it('may come from the environment alone', async () => {
    expect(await credentialsOf({ [file]: without }, { env: { YETISYNC_KEY1: key1, YETISYNC_KEY2: key2 } })).toEqual(
      keys,
    );
    const env = { YETISYNC_USERNAME: 'ann', YETISYNC_PASSWORD: 'secret word' };
    expect(await credentialsOf({ [file]: without }, { env })).toEqual(password);
  });

  it('from the environment go before those of the file, of whichever kind', async () => {
    const other = 'c'.repeat(64);
    expect(await credentialsOf({ [file]: least }, { env: { YETISYNC_KEY2: other } })).toEqual({ ...keys, key2: other });
    const env = { YETISYNC_USERNAME: 'ann', YETISYNC_PASSWORD: 'secret word' };
    expect(await credentialsOf({ [file]: least }, { env })).toEqual(password);
  });

  it('may lie in files of their own, named absolutely, from home, or beside the config', async () => {
    const credentials = { key1File: '~/secrets/one', key2File: 'two' };
    const files = {
      [file]: { ...least, credentials },
      '/run/secret-store/one': `${key1}\n`,
      '/home/ann/secrets/one': '-> /run/secret-store/one',
      '/home/ann/.config/yetisync/two': key2,
    };
    expect(await credentialsOf(files)).toEqual(keys);
  });

  it('may come from systemd', async () => {
    const files = { [file]: without, '/run/credentials/key1': `${key1}\n`, '/run/credentials/key2': key2 };
    expect(await credentialsOf(files, { env: { CREDENTIALS_DIRECTORY: '/run/credentials' } })).toEqual(keys);
  });

  it.each([
    [
      'both kinds at once',
      { key1, key2, password: 'x' },
      'credentials: both kinds at once: give `key1` and `key2`, or `username` and `password`',
    ],
    [
      'half a pair of keys',
      { key1 },
      'credentials.key2: is missing: give `key1` and `key2`, or `username` and `password`',
    ],
    [
      'a name without password',
      { username: 'ann' },
      'credentials.password: is missing: give `key1` and `key2`, or `username` and `password`',
    ],
    ['none', {}, 'credentials: are missing: give `key1` and `key2`, or `username` and `password`'],
    [
      'a key and its file',
      { key1, key1File: 'x', key2 },
      'credentials.key1File: `key1` is given too: keep one of them',
    ],
    ['a file that is missing', { key1File: '/x/y', key2 }, 'credentials.key1File: /x/y: there is no such file'],
    ['a key with a letter too few', { key1: key1.slice(1), key2 }, 'credentials.key1: must be a key of 64 characters'],
  ])('are refused: %s', async (_title, credentials, line) => {
    expect(await problems({ credentials })).toEqual([line]);
  });

  it('from elsewhere are checked too, without being quoted', async () => {
    const env = { YETISYNC_KEY1: `${key1}x`, YETISYNC_KEY2: key2 };
    expect(await problems({}, env)).toEqual(['credentials.key1: must be a key of 64 characters']);
    const empty = load({
      [file]: { ...least, credentials: { key1File: 'one', key2 } },
      [`${home}/.config/yetisync/one`]: '\n',
    });
    expect(await problemsOf(empty)).toEqual([`credentials.key1File: ${home}/.config/yetisync/one: is empty`]);
  });

  it('that other users can read are pointed out, file by file', async () => {
    const one = `${home}/.config/yetisync/one`;
    const credentials = { key1File: 'one', key2 };
    const { warnings } = await load(
      { [file]: { ...least, credentials }, [one]: key1 },
      { modes: { [file]: 0o640, [one]: 0o604 } },
    );
    expect(warnings).toEqual([
      `${file} holds secrets and can be read by others: run \`chmod 600 ${file}\``,
      `${one} holds secrets and can be read by others: run \`chmod 600 ${one}\``,
    ]);
  });

  it('elsewhere make a readable config file no cause for a warning', async () => {
    const env = { YETISYNC_KEY1: key1, YETISYNC_KEY2: key2 };
    expect((await load({ [file]: without }, { env, modes: { [file]: 0o644 } })).warnings).toEqual([]);
  });
});
