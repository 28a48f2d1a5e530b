/** How fast, how many at once, in which order and how often again. */
import { describe, expect, it } from 'vitest';
import { ACCOUNT_ROOT } from '../../src/core/entry.ts';
import type { RemoteId } from '../../src/core/entry.ts';
import type { RemoteName } from '../../src/core/path.ts';
import { SyncError } from '../../src/errors.ts';
import { Limit } from '../../src/remote/limit.ts';
import { Pace } from '../../src/remote/pace.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { bench, failure, page, success, unreachable } from './scripted-transport.ts';
import type { Reply } from './scripted-transport.ts';

const nothing = success({ folders: [], files: [] });
const folderRow = success({ id: 3, folderName: 'x', parentId: null });

describe('the pace', () => {
  const starts = async (pace: Pace, clock: FakeClock, count: number) => {
    const times: number[] = [];
    for (let turn = 0; turn < count; turn++) {
      await pace.turn(undefined);
      times.push(clock.monotonic());
    }
    return times;
  };

  it('lets no more calls start in a second than were asked for, after a first second at once', async () => {
    const clock = new FakeClock({ auto: true });
    const times = await starts(new Pace(clock, 5), clock, 30);
    expect(times.filter((time) => time === 0)).toHaveLength(5);
    expect(times.at(-1)).toBeGreaterThanOrEqual(5_000);
    expect(times.at(-1)).toBeLessThan(5_100);
  });

  it('has no limit where 0 is asked for', async () => {
    const clock = new FakeClock({ auto: true });
    expect((await starts(new Pace(clock, 0), clock, 1_000)).at(-1)).toBe(0);
  });

  it('halves once for calls that met the same trouble, and comes back as calls go well', () => {
    const clock = new FakeClock();
    const pace = new Pace(clock, 8);
    for (let call = 0; call < 5; call++) pace.troubled(undefined);
    expect(pace.rate).toBe(4);
    for (let call = 0; call < 10; call++) pace.succeeded();
    expect(pace.rate).toBeGreaterThan(4);
    expect(pace.rate).toBeLessThan(8);
    for (let call = 0; call < 50; call++) pace.succeeded();
    expect(pace.rate).toBe(8);
  });

  it('goes on halving while the trouble lasts, but never stands still', async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock, 4);
    for (let turn = 0; turn < 20; turn++) {
      await clock.advance(2_000);
      pace.troubled(undefined);
    }
    expect(pace.rate).toBe(0.1);
  });

  it('finds a rate where none was set, and drops it again when all is well', () => {
    const pace = new Pace(new FakeClock(), 0);
    pace.troubled(undefined);
    expect(pace.rate).toBe(8);
    for (let call = 0; call < 100; call++) pace.succeeded();
    expect(pace.rate).toBe(0);
  });

  it('pauses for as long as the host asks, but not for ever', async () => {
    const clock = new FakeClock({ auto: true });
    const pace = new Pace(clock, 0);
    pace.troubled(30_000);
    await pace.turn(undefined);
    expect(clock.monotonic()).toBe(30_000);
    pace.troubled(24 * 3_600_000);
    await pace.turn(undefined);
    expect(clock.monotonic()).toBe(30_000 + 5 * 60_000);
  });
});

describe('the limit', () => {
  const open = (calls: number) =>
    new Limit(new FakeClock({ auto: true }), { requestsPerSecond: 0, calls, uploads: 1, downloads: 1 });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

  it('runs so many calls at once and no more', async () => {
    const limit = open(3);
    let running = 0;
    let most = 0;
    const task = async () => {
      most = Math.max(most, ++running);
      await turn();
      running--;
    };
    await Promise.all(Array.from({ length: 20 }, () => limit.call('operation', undefined, task)));
    expect(most).toBe(3);
  });

  it('lets operations go ahead of sweeps, which keep at least a fifth', async () => {
    const limit = open(1);
    const order: string[] = [];
    const run = (urgency: 'operation' | 'sweep') =>
      limit.call(urgency, undefined, async () => {
        order.push(urgency);
        await turn();
      });
    await Promise.all([
      ...Array.from({ length: 20 }, () => run('sweep')),
      ...Array.from({ length: 20 }, () => run('operation')),
    ]);
    const firstHalf = order.slice(3, 23);
    expect(firstHalf.filter((one) => one === 'sweep').length).toBeGreaterThanOrEqual(4);
    expect(firstHalf.filter((one) => one === 'sweep').length).toBeLessThanOrEqual(6);
    expect(order).toHaveLength(40);
  });

  describe('gathers the listings of a sweep', () => {
    const atFive = () => {
      const clock = new FakeClock({ auto: true });
      const limit = new Limit(clock, { requestsPerSecond: 5, calls: 8, uploads: 1, downloads: 1 });
      const started = (urgency: 'operation' | 'sweep', signal?: AbortSignal) =>
        limit.call(urgency, signal, () => Promise.resolve(clock.monotonic()));
      return { clock, started };
    };
    const many = (count: number, one: () => Promise<number>) => Promise.all(Array.from({ length: count }, one));

    it('so that a program wakes up once for all that may go', async () => {
      const { started } = atFive();
      expect(new Set(await many(5, () => started('sweep')))).toEqual(new Set([0]));
      expect(new Set(await many(5, () => started('sweep')))).toEqual(new Set([1_000]));
      expect(new Set(await many(3, () => started('sweep')))).toEqual(new Set([1_600]));
    });

    it('and takes no longer for them all', async () => {
      const { started } = atFive();
      const times: number[] = [];
      await many(8, async () => {
        for (let nth = 0; nth < 10; nth++) times.push(await started('sweep'));
        return 0;
      });
      expect(times).toHaveLength(80);
      expect(times.filter((time) => time < 10_000).length).toBeGreaterThanOrEqual(50);
      expect(times.at(-1)).toBeLessThan(16_000);
    });

    it('while an operation goes as soon as it may', async () => {
      const clock = new FakeClock();
      const limit = new Limit(clock, { requestsPerSecond: 5, calls: 8, uploads: 1, downloads: 1 });
      const times: [string, number][] = [];
      const start = (urgency: 'operation' | 'sweep') =>
        limit.call(urgency, undefined, () => Promise.resolve(times.push([urgency, clock.monotonic()])));
      await Promise.all(Array.from({ length: 5 }, () => start('sweep')));
      const later = Array.from({ length: 5 }, () => start('sweep'));
      await clock.advance(500);
      const operation = start('operation');
      await clock.advance(1_000);
      await Promise.all([...later, operation]);
      expect(times[5]).toEqual(['operation', 500]);
      expect(times).toHaveLength(11);
    });

    it('and lets the others go on where one of them is stopped', async () => {
      const { started } = atFive();
      await many(5, () => started('sweep'));
      const stop = new AbortController();
      const stopped = started('sweep', stop.signal).catch((error: unknown) => error);
      const others = many(3, () => started('sweep'));
      stop.abort();
      expect(await stopped).toMatchObject({ code: 'stopped' });
      expect((await others).every((time) => time <= 1_000)).toBe(true);
    });
  });

  it('does not let a long upload stand in the way of calls', async () => {
    const limit = open(1);
    let finish: () => void = () => undefined;
    const upload = limit.upload(undefined, () => new Promise<void>((resolve) => (finish = resolve)));
    expect(await limit.call('sweep', undefined, () => Promise.resolve('listed'))).toBe('listed');
    finish();
    await upload;
  });

  it('takes what was stopped out of the queue', async () => {
    const limit = open(1);
    const stop = new AbortController();
    let finish: () => void = () => undefined;
    const first = limit.call('operation', undefined, () => new Promise<void>((resolve) => (finish = resolve)));
    let ran = false;
    const others = Array.from({ length: 3 }, () =>
      failure(limit.call('operation', stop.signal, async () => void (ran = true))),
    );
    await turn();
    stop.abort();
    expect((await Promise.all(others)).map(({ code }) => code)).toEqual(['stopped', 'stopped', 'stopped']);
    finish();
    await first;
    expect(ran).toBe(false);
    expect(await limit.call('operation', undefined, () => Promise.resolve('next'))).toBe('next');
  });
});

describe('a failed call', () => {
  /** Fails `times` times, then answers well. */
  const failing = (times: number, trouble: () => Reply, good: Reply = nothing, endpoint = 'folder/listing') => {
    let left = times;
    return bench(({ call }) => (call === endpoint ? (left-- > 0 ? trouble() : good) : null));
  };
  const troubles: [string, () => Reply][] = [
    ['the network', unreachable],
    [
      'a time-out',
      () => {
        throw new SyncError('remote/timeout');
      },
    ],
    ['status 503', () => ({ ...page, status: 503 })],
    ['a page', () => page],
    ['an empty answer', () => ({})],
    ['429', () => ({ status: 429 })],
  ];

  it.each(troubles)('that only reads is tried again after %s', async (_, trouble) => {
    const made = failing(2, trouble);
    expect(await made.remote.list(ACCOUNT_ROOT)).toMatchObject({ complete: true });
    expect(made.calls()).toHaveLength(3);
  });

  it.each(troubles)('is given up when %s lasts', async (_, trouble) => {
    const made = failing(Infinity, trouble);
    expect((await failure(made.remote.list(ACCOUNT_ROOT))).disposition).toBe('retry');
    expect(made.calls().length).toBeLessThanOrEqual(8);
    expect(made.clock.monotonic()).toBeLessThan(10 * 60_000);
  });

  it.each(troubles.slice(0, 5))('that changes something is sent once, whatever came back: %s', async (_, trouble) => {
    const file = 'f5' as RemoteId;
    const folder = 'd5' as RemoteId;
    const name = 'n' as RemoteName;
    const made = bench(({ call }) => (call === 'authorize' ? null : trouble()));
    const { remote } = made;
    await failure(remote.createFolder(ACCOUNT_ROOT, name));
    await failure(remote.editFolder(folder, { name }));
    await failure(remote.editFile(file, { name }));
    await failure(remote.copyFile(file, folder));
    await failure(remote.trashFolder(folder));
    await failure(remote.trashFile(file));
    await failure(remote.upload({ parent: folder, name, size: 0, content: empty() }));
    expect(made.calls()).toEqual([
      'folder/create',
      'folder/edit',
      'file/edit',
      'file/copy',
      'folder/delete',
      'file/delete',
      'file/upload',
    ]);
  });

  it('that changes something is sent again after 429, for the host did not act', async () => {
    const made = failing(2, () => ({ status: 429 }), folderRow, 'folder/create');
    expect(await made.remote.createFolder(ACCOUNT_ROOT, 'x' as RemoteName)).toMatchObject({ id: 'd3' });
    expect(made.calls()).toHaveLength(3);
  });

  it('is not tried again after a refusal', async () => {
    const made = bench(({ call }) => (call === 'folder/listing' ? { status: 403 } : null));
    await failure(made.remote.list(ACCOUNT_ROOT));
    expect(made.calls()).toHaveLength(1);
  });

  it('waits at least as long as Retry-After says, as seconds or as a date', async () => {
    for (const header of ['40', new Date(Date.UTC(2026, 0, 1) + 40_000).toUTCString()]) {
      const made = failing(1, () => ({ status: 429, headers: { 'retry-after': header } }));
      await made.remote.list(ACCOUNT_ROOT);
      expect(made.clock.monotonic()).toBeGreaterThanOrEqual(40_000);
      expect(made.clock.monotonic()).toBeLessThan(42_000);
    }
  });

  it('is left to the caller when the host asks for more patience than a call has', async () => {
    const made = failing(1, () => ({ status: 503, headers: { 'retry-after': '3600' } }));
    expect(await failure(made.remote.list(ACCOUNT_ROOT))).toMatchObject({ retryAfterMs: 3_600_000 });
    expect(made.calls()).toHaveLength(1);
  });

  it('waits twice as long each time, never exactly as long as another computer', async () => {
    const times: number[] = [];
    const made = bench(({ call }) => {
      if (call === 'folder/listing') times.push(made.clock.monotonic());
      return call === 'folder/listing' ? { ...page, status: 503 } : null;
    });
    await failure(made.remote.list(ACCOUNT_ROOT));
    const waits = times.slice(1).map((time, index) => time - times[index]!);
    expect(waits).toHaveLength(3);
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(500 * 2 ** index);
      expect(wait).toBeLessThanOrEqual(1_000 * 2 ** index);
    }
  });

  it('tells the next ones that the host is out of reach, so that each finds it out once', async () => {
    let down = true;
    const made = bench(({ call }) => (call === 'folder/listing' ? (down ? unreachable() : nothing) : null));
    await failure(made.remote.list(ACCOUNT_ROOT));
    const before = made.calls().length;
    await failure(made.remote.list(ACCOUNT_ROOT));
    await failure(made.remote.list(ACCOUNT_ROOT));
    expect(made.calls().length - before).toBe(2);
    down = false;
    await made.remote.list(ACCOUNT_ROOT);
  });

  it('can be stopped while it waits for the next attempt', async () => {
    const stop = new AbortController();
    const made = failing(Infinity, unreachable);
    made.clock.setAuto(false);
    const waiting = failure(made.remote.list(ACCOUNT_ROOT, { signal: stop.signal }));
    await made.clock.advance(10);
    expect(made.clock.sleepers).toBe(1);
    stop.abort();
    expect(await waiting).toMatchObject({ code: 'stopped' });
    expect(made.clock.sleepers).toBe(0);
  });

  it('of many slows the rest down: no storm after 429', async () => {
    const made = bench(({ call }) => {
      if (call !== 'folder/listing') return null;
      return made.clock.monotonic() < 5_000 ? { status: 429 } : nothing;
    });
    await Promise.all(Array.from({ length: 40 }, () => made.remote.list(ACCOUNT_ROOT)));
    const duringTrouble = made.calls().length - 40;
    expect(duringTrouble).toBeLessThan(60);
  });
});

async function* empty(): AsyncGenerator<Uint8Array> {
  // nothing to send
}
