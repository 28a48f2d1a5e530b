/** A line between the computers and the host that breaks now and then: cuts connections, holds bytes back, or leads nowhere for a while. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { SeededRandom } from '../support/seeded-random.ts';

export interface BadLine {
  readonly url: string;
  /** How the line is from now on. `cut`: each connection ends after some bytes; `slow`: bytes come late; `away`: nobody answers. */
  be(how: LineWay): void;
  close(): Promise<void>;
}

export type LineWay = 'well' | 'cut' | 'slow' | 'away';

export async function openBadLine(port: number, random: SeededRandom): Promise<BadLine> {
  let how: LineWay = 'well';
  const open = new Set<Socket>();
  const server = createServer((near) => {
    if (how === 'away') {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    let left = how === 'cut' ? random.int(6_000) : Infinity;
    const end = (): void => {
      near.destroy();
      far.destroy();
      open.delete(near);
    };
    const pass = (from: Socket, to: Socket): void => {
      from.on('data', (bytes: Buffer) => {
        left -= bytes.length;
        if (left < 0) end();
        else if (how !== 'slow') to.write(bytes);
        else {
          from.pause();
          setTimeout(() => {
            to.write(bytes);
            from.resume();
          }, random.int(1_500));
        }
      });
      from.on('end', () => to.end());
      from.on('error', end).on('close', end);
    };
    open.add(near);
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    be(way) {
      how = way;
      if (way === 'away') for (const socket of open) socket.destroy();
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
