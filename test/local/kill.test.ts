/** Killed at any call to the disk: nothing is lost, no half file is seen, and what is left over can be gone on with. */
import nodeFs from 'node:fs';
import { expect, it } from 'vitest';
import type { EntryKind, RemoteId } from '../../src/core/entry.ts';
import { sweepIncoming } from '../../src/local/trash.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { at, filesBelow, pairFolder } from './pair-folder.ts';
import type { PairFolder } from './pair-folder.ts';

class Killed extends Error {}

interface Act {
  readonly run: (pair: PairFolder) => Promise<unknown>;
  /** What may stand in the person's folder after a kill, as `name=content`. */
  readonly visible: readonly (readonly string[])[];
  /** What must be somewhere below the root. */
  readonly kept: readonly string[];
}

async function expectedOf(pair: PairFolder, path: string) {
  const { kind, stamp, identity } = (await pair.files.look(at(path)))!;
  return { kind: kind as EntryKind, stamp, identity };
}

async function arrive(pair: PairFolder, to: string, over: boolean): Promise<void> {
  const arrival = await pair.files.receive('f7' as RemoteId, 5);
  try {
    await arrival.write(new TextEncoder().encode('newer'));
    await arrival.finish();
    await arrival.place(at(to), over ? { stamp: (await expectedOf(pair, to)).stamp, md5: null } : null);
  } finally {
    await arrival.abandon(true);
  }
}

const acts: Record<string, Act> = {
  'an arrival under a new name': {
    run: (pair) => arrive(pair, 'g', false),
    visible: [['f=old'], ['f=old', 'g=newer']],
    kept: ['old'],
  },
  'an arrival over a file': {
    run: (pair) => arrive(pair, 'f', true),
    visible: [['f=old'], ['f=newer']],
    kept: ['old'],
  },
  'a move of a file': {
    run: async (pair) => pair.files.move(at('f'), at('g'), await expectedOf(pair, 'f')),
    visible: [['f=old'], ['f=old', 'g=old'], ['g=old']],
    kept: ['old'],
  },
  'a removal': {
    run: async (pair) => pair.files.trash(at('f'), (await expectedOf(pair, 'f')).stamp, 'test'),
    visible: [['f=old'], []],
    kept: ['old'],
  },
};

it.each(Object.entries(acts))('%s loses nothing when killed at any call', async (_name, { run, visible, kept }) => {
  for (let call = 0, killed = true; killed; call++) {
    const pair = pairFolder();
    pair.write('f', 'old');
    killed = false;
    let calls = 0;
    const revive = pair.disk.on({
      act: () => {
        if (calls++ < call) return;
        killed = true;
        throw new Killed();
      },
    });
    await run(pair).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
    revive();
    const shown = () => pair.names().map((name) => `${name}=${pair.read(name)}`);
    expect(visible, `call ${call}`).toContainEqual(shown());

    await sweepIncoming({ ...pair, random: seededRandom(call), now: () => pair.clock.now() }, 3_600_000);
    expect(visible, `call ${call}, after the sweep`).toContainEqual(shown());
    const contents = filesBelow(pair.root).map((path) => nodeFs.readFileSync(path, 'utf8'));
    for (const content of kept) expect(contents, `call ${call}`).toContain(content);
  }
});
