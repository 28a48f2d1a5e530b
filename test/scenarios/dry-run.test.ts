/** I29: a look ahead lists what the next pass does, no more and no less, and changes not one byte on either side nor in the state. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasEffect } from '../../src/core/operation.ts';
import type { Preview } from '../../src/compose/preview.ts';
import { isChanging } from '../support/traffic.ts';
import { inWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { everyHabit } from './hosts.ts';
import { begin } from './play.ts';

/** By the keys of what a pass counts. */
function countsOf({ operations, followUps }: Preview): Record<string, number> {
  const counts: Record<string, number> = {};
  const count = (key: string): void => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  for (const op of operations.filter(hasEffect)) count('side' in op ? `${op.kind} ${op.side}` : op.kind);
  for (const { kind } of followUps) count(kind);
  return counts;
}

/** Content and times of all that yetisync keeps: its own folder in the pair's, and the state. Who has the lock is written down by whoever does. */
function kept(world: World): string[] {
  const { root, stateDir } = world.computer('A');
  return [root, stateDir].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.includes('lock.db'))
      .sort()
      .flatMap((name) => {
        const path = join(folder, name);
        const stat = statSync(path);
        return stat.isFile() ? [`${path} ${stat.mtimeMs} ${readFileSync(path).toString('base64')}`] : [path];
      }),
  );
}

async function expectAsForetold(world: World): Promise<void> {
  const [here, there] = [kept(world), world.web.shape()];
  const { found, calls, touched } = await world.computer('A').preview();
  expect(touched).toEqual([]);
  expect(calls.filter(isChanging)).toEqual([]);
  expect(kept(world)).toEqual(here);
  expect(world.web.shape()).toEqual(there);
  const { result } = await world.goodPass('A');
  expect(result?.counts).toEqual(countsOf(found));
  expect(Object.keys(countsOf(found)).length).toBeGreaterThan(0);
}

it('a look ahead foretells what the account may not do as what cannot be synced', () =>
  inWorld({}, async (world) => {
    await begin(world, { f: '1' });
    world.host.admin.setLimits(world.keys.accountId, { max_upload_size: 100 });
    await world.person('A').write('large', 'x'.repeat(101));
    await world.person('A').write('small', '2');
    const { found } = await world.computer('A').preview();
    const { result } = await world.pass('A');
    expect(countsOf(found)).toEqual(result?.counts);
    expect(found.problems).toEqual(result?.problems);
    expect(found.problems.map(({ path, code }) => [path, code])).toEqual([['large', 'remote/too-large']]);
  }));

describe.each(everyHabit.slice(0, 2))('on a host that is %s, a look ahead', (_, habits) => {
  it('S355: at all kinds of changes foretells the pass', () =>
    inWorld({ habits }, async (world) => {
      await begin(world, {
        edit: '1',
        edited: '2',
        gone: '3',
        'gone there': '4',
        both: '5',
        'd/x': '6',
        'm/y': '7',
        keep: '0',
      });
      const [a, web] = [world.person('A'), world.person('web')];
      await a.write('edit', '1 edited');
      await web.write('edited', '2 edited');
      await a.remove('gone');
      await web.remove('gone there');
      await a.write('both', '5 here');
      await web.write('both', '5 there too');
      await a.move('d', 'd2');
      await web.move('m', 'm2');
      await a.write('new/here', 'n');
      await web.write('new there/file', 'm');
      await expectAsForetold(world);
      await world.finish({ copies: 1, withoutFresh: true });
    }));

  it('at a first sync foretells the pass', () =>
    inWorld({ habits }, async (world) => {
      await world.person('web').write('d/there', '1');
      await world.person('web').write('other', '2');
      await world.goodPass('B');
      await world.person('A').write('d/here', '3');
      await world.person('A').write('other', '2 here');
      const { found, calls } = await world.computer('A').preview();
      expect(calls.filter(isChanging)).toEqual([]);
      const { result } = await world.goodPass('A');
      expect(result?.counts).toEqual(countsOf(found));
      await world.finish({ copies: 1, withoutFresh: true });
    }));
});
