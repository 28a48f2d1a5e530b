import { expect, it } from 'vitest';
import { runProgram } from '../../src/system/child.ts';

it('another program gets the environment, and none of the keys in it', async () => {
  const env = {
    PATH: process.env['PATH'],
    OTHER: 'seen',
    YETISYNC_KEY1: 'k1',
    YETISYNC_KEY2: 'k2',
    YETISYNC_PASSWORD: 'p',
  };
  const { status, output } = await runProgram('env', [], { env, longestMs: 10_000 });
  expect(status).toBe(0);
  expect(output).toContain('OTHER=seen');
  expect(output).not.toContain('YETISYNC_');
});

it('one that is missing, or takes too long, is no failure', async () => {
  const env = { PATH: process.env['PATH'] };
  expect((await runProgram('no-such-program', [], { env, longestMs: 10_000 })).status).toBeNull();
  expect((await runProgram('sleep', ['60'], { env, longestMs: 10 })).status).toBeNull();
});
