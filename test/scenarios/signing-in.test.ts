/** The way in, closed in the middle of things: keys that are taken back, an account that is locked, a token that ends for many at once. */
import { describe, expect, it } from 'vitest';
import { defaults } from '../../src/config/defaults.ts';
import { Program } from '../host/program.ts';
import type { Pass } from '../support/computer.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { begin, countOf, expectFiles } from './play.ts';

/** What is to be sent when the way in closes. */
const files = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`f${at}`, `content ${at}`]));

async function writeAll(world: World): Promise<void> {
  for (const [path, content] of Object.entries(files)) await world.person('A').write(path, content);
}

/** A pass of `A`, in which `act` happens just before the call of that number to the endpoint. */
function passWith(world: World, endpoint: string, number: number, act: () => Promise<void>): Promise<Pass> {
  let seen = 0;
  return world.pass('A', {
    onCall: async (call) => {
      if (call.endpoint === endpoint && ++seen === number) await act();
      return null;
    },
  });
}

describe('S311: a sign-in that is refused in the middle of a pass', () => {
  it.each([
    ['the keys were taken back', takeKeysBack],
    ['another program locked the account', lock],
  ] as const)('is tried once, ever, until the credentials change: %s', (_why, close): Promise<void> =>
    inWorld({ computers: ['A'] }, async (world) => {
      await begin(world, { old: '1' });
      await writeAll(world);
      const pass = await passWith(world, 'file/upload', 4, async () => {
        await close(world);
        world.host.admin.endTokens(world.keys.accountId);
      });
      expect(pass.error).toMatchObject({ code: 'remote/sign-in-refused' });
      expect(pass.exit).toBe(3);
      expect(countOf(pass.calls, 'authorize'), 'the first, and the refused one').toBe(2);

      for (let again = 0; again < 3; again++) {
        await world.clock.advance(3_600_000);
        const later = await world.pass('A');
        expect({ exit: later.exit, calls: later.calls }).toEqual({ exit: 3, calls: [] });
      }

      const { key1, key2 } = world.host.admin.revokeKeys(world.keys.accountId);
      world.computer('A').config = { credentials: { kind: 'keys', key1, key2 } };
      await world.finish({ copies: 0, withoutFresh: true });
      expectFiles(world, { old: '1', ...files });
    }),
  );
});

async function takeKeysBack({ host, keys }: World): Promise<void> {
  host.admin.revokeKeys(keys.accountId);
}

/** What somebody does who guesses; the host then refuses the right keys too. */
async function lock({ host, keys }: World): Promise<void> {
  const stranger = new Program(host.transport);
  for (let guess = 0; guess < 12; guess++) await stranger.signIn({ key1: keys.key1, key2: 'x'.repeat(64) });
}

it('S313: a token that ends under eight uploads is renewed once, and each file is on the host once', () =>
  inWorld({ computers: ['A'] }, async (world) => {
    await begin(world, { old: '1' });
    world.computer('A').config = { limits: { ...defaults.limits, requestsPerSecond: 0, uploads: 8 } };
    await writeAll(world);
    const pass = await passWith(world, 'file/upload', 8, async () => world.host.admin.endTokens(world.keys.accountId));
    expect(pass.exit).toBe(0);
    expect(countOf(pass.calls, 'authorize')).toBe(2);
    await world.finish({ copies: 0 });
    expectFiles(world, { old: '1', ...files });
  }));
