import { describe, expect, it } from 'vitest';
import { Progress } from '../../src/cli/progress.ts';
import type { RemoteId } from '../../src/core/entry.ts';
import type { Operation, OperationNumber, OperationOf } from '../../src/core/operation.ts';
import type { Amount } from '../../src/core/portions.ts';
import { parseRelPath, type RemoteName } from '../../src/core/path.ts';

/** A download of so many bytes; what else it carries is of no account here. */
function download(number: number, size: number): OperationOf<'download'> {
  const name = `${number}.bin` as RemoteName;
  const parent = 'd1' as RemoteId;
  return {
    kind: 'download',
    number: number as OperationNumber,
    after: [],
    entry: number as Operation['entry'],
    path: parseRelPath(name),
    reason: 'new on the host',
    remote: { id: `f${number}` as RemoteId, parent, name, size },
    to: { parent: 1, localName: name, remoteName: name } as unknown as OperationOf<'download'>['to'],
    over: null,
  };
}

class Pass {
  now = 0;
  readonly progress = new Progress(() => this.now);

  begin(operations: readonly Operation[], later?: Amount): void {
    this.progress.note({ kind: 'planned', round: 1, operations, held: [], ...(later && { later }) });
    this.progress.note({ kind: 'phase', phase: 'execute', round: 1 });
  }
}

describe('progress', () => {
  it('says what it looks at, each side by itself', () => {
    const { progress } = new Pass();
    progress.note({ kind: 'phase', phase: 'observe', round: 0 });
    expect(progress.line()).toBe('looking at both sides');
    progress.note({ kind: 'observing', local: { folders: 2, entries: 1200, hashedFiles: 1, hashedBytes: 5e6 } });
    progress.note({ kind: 'observing', remote: { listed: 3, waiting: 0 } });
    expect(progress.line()).toBe('looking at both sides, 1,200 items here (5.0 MB read), 3 folders of the host');
  });

  it('promises no time before something was measured', () => {
    const pass = new Pass();
    pass.begin([download(1, 1e6), download(2, 1e6)]);
    pass.now = 3_000;
    expect(pass.progress.line()).toBe('0 of 2 steps, 0 B of 2.0 MB');
    pass.now = 6_000;
    expect(pass.progress.line()).toBe('0 of 2 steps, 0 B of 2.0 MB');
  });

  it('tells rate and time left by the bytes of one large file', () => {
    const pass = new Pass();
    const large = download(1, 100e6);
    pass.begin([large]);
    pass.now = 10_000;
    pass.progress.note({ kind: 'bytes', operation: large, bytes: 10e6 });
    expect(pass.progress.line()).toBe('0 of 1 step, 10 MB of 100 MB, 1.0 MB/s, about 2 min left');
  });

  it('tells the time left by the count of many small files, which the bytes would make too short', () => {
    const pass = new Pass();
    const files = Array.from({ length: 100 }, (_, index) => download(index, 10));
    pass.begin(files);
    pass.now = 10_000;
    for (const operation of files.slice(0, 10)) {
      pass.progress.note({ kind: 'bytes', operation, bytes: 10 });
      pass.progress.note({ kind: 'done', operation });
    }
    expect(pass.progress.line()).toBe('10 of 100 steps, 100 B of 1.0 kB, 10 B/s, about 2 min left');
  });

  it('counts a file whose bytes are over, though its batch is confirmed later', () => {
    const pass = new Pass();
    const files = Array.from({ length: 10 }, (_, index) => download(index, 10));
    pass.begin(files);
    pass.now = 5_000;
    for (const operation of files.slice(0, 5)) pass.progress.note({ kind: 'bytes', operation, bytes: 10 });
    expect(pass.progress.line()).toBe('5 of 10 steps, 50 B of 100 B, 10 B/s, about 10 s left');
  });

  it('promises no time for a large file while only small ones were measured', () => {
    const pass = new Pass();
    const files = [...Array.from({ length: 10 }, (_, index) => download(index, 10)), download(10, 60e6)];
    pass.begin(files);
    pass.now = 5_000;
    for (const operation of files.slice(0, 10)) pass.progress.note({ kind: 'bytes', operation, bytes: 10 });
    expect(pass.progress.line()).toBe('10 of 11 steps, 100 B of 60 MB, 20 B/s');
  });

  it('does not add the times of what goes on side by side', () => {
    const pass = new Pass();
    const large = download(100, 100e6);
    const files = Array.from({ length: 100 }, (_, index) => download(index, 10));
    pass.begin([large, ...files]);
    for (const [now, part] of [
      [5_000, 25e6],
      [10_000, 25e6],
    ] as const) {
      pass.now = now;
      pass.progress.note({ kind: 'bytes', operation: large, bytes: part });
      for (const operation of files.splice(0, 25)) pass.progress.note({ kind: 'bytes', operation, bytes: 10 });
    }
    expect(pass.progress.line()).toBe('50 of 101 steps, 50 MB of 100 MB, 5.0 MB/s, about 10 s left');
  });

  it('counts what is decided later too, and goes on measuring from portion to portion', () => {
    const pass = new Pass();
    const first = Array.from({ length: 100 }, (_, index) => download(index, 10));
    pass.begin(first, { items: 800, bytes: 8_000 });
    pass.now = 10_000;
    for (const operation of first) {
      pass.progress.note({ kind: 'bytes', operation, bytes: 10 });
      pass.progress.note({ kind: 'done', operation });
    }
    expect(pass.progress.line()).toBe('100 of about 900 steps, 1.0 kB of 9.0 kB, 100 B/s, about 2 min left');
    pass.begin(
      Array.from({ length: 100 }, (_, index) => download(100 + index, 10)),
      { items: 700, bytes: 7_000 },
    );
    expect(pass.progress.line()).toBe('100 of about 900 steps, 1.0 kB of 9.0 kB, 100 B/s, about 2 min left');
    expect(pass.progress.share).toBeCloseTo(1 / 9);
  });

  it('keeps count of large files, whether they are under way behind the next portion or left for the end', () => {
    const pass = new Pass();
    const [moving, left] = [download(1, 100e6), download(2, 50e6)];
    pass.begin([moving, left], { items: 1, bytes: 10 });
    pass.progress.note({ kind: 'started', operation: moving });
    pass.progress.note({ kind: 'bytes', operation: moving, bytes: 40e6 });
    const small = download(1, 10);
    pass.begin([small], { items: 0, bytes: 0 });
    pass.progress.note({ kind: 'bytes', operation: small, bytes: 10 });
    expect(pass.progress.line()).toBe('1 of about 3 steps, 40 MB of 150 MB');
    expect(pass.progress.transfers.map(({ operation, bytes }) => [operation, bytes])).toEqual([[moving, 40e6]]);
    pass.progress.note({ kind: 'done', operation: small });
    pass.begin([download(1, 50e6)]);
    pass.progress.note({ kind: 'bytes', operation: moving, bytes: 60e6 });
    pass.progress.note({ kind: 'done', operation: moving });
    expect(pass.progress.line()).toBe('2 of 3 steps, 100 MB of 150 MB');
    expect(pass.progress.counts).toEqual({ download: 2 });
  });

  it('forgets a rate that is over', () => {
    const pass = new Pass();
    const large = download(1, 100e6);
    pass.begin([large]);
    pass.now = 5_000;
    pass.progress.note({ kind: 'bytes', operation: large, bytes: 50e6 });
    expect(pass.progress.line()).toContain('10 MB/s');
    pass.now = 15_000;
    pass.progress.line();
    pass.now = 60_000;
    expect(pass.progress.line()).toBe('0 of 1 step, 50 MB of 100 MB');
  });

  it('counts what failed, and carries no bytes of it', () => {
    const pass = new Pass();
    const [one, other] = [download(1, 1000), download(2, 500)];
    pass.begin([one, other]);
    pass.progress.note({ kind: 'bytes', operation: one, bytes: 700 });
    pass.progress.note({ kind: 'failed', operation: one, why: 'no' });
    pass.progress.note({ kind: 'bytes', operation: other, bytes: 500 });
    pass.progress.note({ kind: 'done', operation: other });
    expect(pass.progress.line()).toBe('2 of 2 steps, 500 B of 500 B, 1 failed');
    expect(pass.progress.bytes).toEqual({ up: 0, down: 500 });
  });
});
