/**
 * A disk that fails, or at which something happens, just where a test wants it. Each call first goes through the hooks: one
 * may throw, or do something to the real disk as another program would, and then the call goes on.
 */
import type { Disk } from '../../src/ports.ts';

export type DiskCall = keyof Disk;

export interface DiskHook {
  /** Which calls; any if left out. */
  readonly call?: DiskCall | readonly DiskCall[];
  /** What the first path (or, for `link` and renames, either path) must match. */
  readonly path?: RegExp;
  /** Skips so many matching calls first. */
  readonly after?: number;
  /** Acts only so often; without it, always. */
  readonly times?: number;
  readonly act: (call: DiskCall, ...paths: string[]) => void;
}

export interface FaultyDisk extends Disk {
  /** Adds a hook; returns what takes it away again. */
  on(hook: DiskHook): () => void;
  /** `call path` of all that was asked for. */
  readonly calls: string[];
}

export function faultyDisk(disk: Disk): FaultyDisk {
  const hooks = new Set<{ readonly hook: DiskHook; seen: number; done: number }>();
  const calls: string[] = [];
  const before = (call: DiskCall, paths: string[]) => {
    calls.push([call, ...paths].join(' '));
    for (const state of hooks) {
      const { call: wanted, path, after = 0, times = Infinity, act } = state.hook;
      if (wanted !== undefined && ![wanted].flat().includes(call)) continue;
      if (path !== undefined && !paths.some((one) => path.test(one))) continue;
      if (state.seen++ < after || state.done >= times) continue;
      state.done++;
      act(call, ...paths);
    }
  };
  const wrapped = Object.fromEntries(
    Object.entries(disk).map(([call, run]: [string, (...args: unknown[]) => unknown]) => {
      const isSync = call.endsWith('Sync');
      const hooked = (...args: unknown[]) => {
        const paths = args.filter((arg): arg is string => typeof arg === 'string');
        before(call as DiskCall, call === 'open' ? paths.slice(0, 1) : paths);
        return run(...args);
      };
      return [call, isSync ? hooked : async (...args: unknown[]) => hooked(...args)];
    }),
  ) as unknown as Disk;
  return {
    ...wrapped,
    calls,
    on(hook) {
      const state = { hook, seen: 0, done: 0 };
      hooks.add(state);
      return () => hooks.delete(state);
    },
  };
}

/** An act for a hook: the call fails with this errno. */
export function fails(code: string): DiskHook['act'] {
  return (call, ...paths) => {
    throw Object.assign(new Error(`${code}: injected, ${call} '${paths.join("' '")}'`), { code, syscall: call });
  };
}
