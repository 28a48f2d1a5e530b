import { expect, it } from 'vitest';
import { MoveTurns } from '../../src/local/move-turns.ts';

interface Step {
  readonly move: () => Promise<void>;
  readonly end: (error?: Error) => void;
}

function makeSteps(told: string[]) {
  return (name: string): Step => {
    let end: (error?: Error) => void = () => undefined;
    const ended = new Promise<void>((resolve, reject) => {
      end = (error) => (error === undefined ? resolve() : reject(error));
    });
    return {
      end: (error) => end(error),
      async move() {
        told.push(`${name} begins`);
        await ended;
        told.push(`${name} ends`);
      },
    };
  };
}

const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('moves files side by side, and a folder when none of them is on its way', async () => {
  const told: string[] = [];
  const step = makeSteps(told);
  const turns = new MoveTurns();
  const [one, two, folder, three] = [step('one'), step('two'), step('folder'), step('three')];
  const all = [turns.file(one.move), turns.file(two.move), turns.folder(folder.move), turns.file(three.move)];
  await settled();
  expect(told).toEqual(['one begins', 'two begins']);
  one.end();
  two.end();
  await settled();
  expect(told.slice(4)).toEqual(['folder begins']);
  folder.end();
  three.end();
  await Promise.all(all);
  expect(told.slice(5)).toEqual(['folder ends', 'three begins', 'three ends']);
});

it('goes on after moves that failed', async () => {
  const step = makeSteps([]);
  const turns = new MoveTurns();
  const [file, folder, last] = [step('file'), step('folder'), step('last')];
  const failing = [turns.file(file.move), turns.folder(folder.move)];
  file.end(new Error('no'));
  folder.end(new Error('no'));
  last.end();
  await turns.folder(last.move);
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
