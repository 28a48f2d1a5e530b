/** The demo proves what it says: it ends well only when all three trees are equal, and leaves nothing behind. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runDemo } from '../../src/cli/demo.ts';
import { makeStyle, type Shell } from '../../src/cli/shell.ts';
import type { Transport } from '../../src/ports.ts';
import { makeHome, run } from './running.ts';

it('shows both computers and the host equal, in 80 columns, and removes its folder', async () => {
  const home = makeHome();
  const { status, stdout, stderr } = await run(home, ['demo']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('laptop = desktop\n   laptop = host\n');
  expect(stdout).toMatch(/kept as a copy +budget \(conflict .* desktop\)\.csv/);
  expect(stdout).toContain('because new here');
  expect(stdout.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
  expect(demoFolders(home)).toEqual([]);
});

it('keeps its folder when asked to, and the configs in it work on', async () => {
  const home = makeHome();
  const { status, stdout } = await run(home, ['demo', '--keep']);
  expect(status).toBe(0);
  const [folder = ''] = demoFolders(home);
  const config = join(home, 'tmp', folder, 'laptop/config.json');
  expect(stdout).toContain(`yetisync --once --config ${config}`);
  // The host of the demo is gone, but everything else is in its place.
  expect(await run(home, ['--once', '--config', config])).toMatchObject({ status: 1 });
});

it('notices one wrong byte: it ends with 1 and names the path', async () => {
  const home = makeHome();
  const printed: string[] = [];
  const status = await runDemo({ keep: false, sabotage: oneWrongByte }, shellInto(printed, home));
  expect(printed.join('\n')).toMatch(/laptop ≠ desktop: 1 path/);
  expect(printed.join('\n')).toContain('something went wrong');
  expect(status).toBe(1);
  expect(demoFolders(home)).toEqual([]);
});

it('clears up when a side fails for good', async () => {
  const home = makeHome();
  const broken = (transport: Transport): Transport => {
    return (request) => transport({ ...request, url: request.url.replace('/authorize', '/no-such-endpoint') });
  };
  await expect(runDemo({ keep: false, sabotage: broken }, shellInto([], home))).rejects.toThrow();
  expect(demoFolders(home)).toEqual([]);
});

/** Other programs, tsx for one, keep things there too. */
function demoFolders(home: string): string[] {
  return readdirSync(join(home, 'tmp')).filter((name) => name.startsWith('yetisync-demo-'));
}

/** Changes one byte of the largest photo, which nobody touches later. */
function oneWrongByte(transport: Transport): Transport {
  return async (request) => {
    const response = await transport(request);
    if (request.method !== 'GET' || Number(response.headers['content-length']) < 2_000_000) return response;
    return { ...response, body: withOtherFirstByte(response.body) };
  };
}

async function* withOtherFirstByte(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of body) {
    const changed = Buffer.from(chunk);
    if (isFirst) changed[0] = (changed[0] ?? 0) ^ 1;
    isFirst = false;
    yield changed;
  }
}

function shellInto(printed: string[], home: string): Shell {
  const screen = { isTerminal: false, columns: 80, style: makeStyle(false), canvas: null };
  return {
    print: (text) => printed.push(text),
    tell: () => undefined,
    keepSecret: () => undefined,
    ask: null,
    input: () => Promise.resolve(''),
    out: screen,
    err: screen,
    env: {},
    home,
    computer: 'tester',
    pid: process.pid,
    cwd: home,
    temporary: join(home, 'tmp'),
    program: ['node', 'yetisync'],
    system: 'test',
    endsWell: () => undefined,
    onHangUp: () => () => undefined,
    signal: new AbortController().signal,
  };
}
