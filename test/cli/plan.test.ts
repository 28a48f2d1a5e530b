/** A plan is made, read, and carried out: just that, and only where all is still as it was. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { call } from './in-process.ts';
import { allFacts, makeHome, Running, startHost, writeConfig } from './running.ts';

async function twoComputers(more: Readonly<Record<string, unknown>> = {}) {
  const home = makeHome();
  const { url } = await startHost(home);
  const computer = (name: string) => {
    const config = writeConfig(home, name, { url, more });
    const folder = join(home, name);
    return {
      config,
      folder,
      yetisync: (...words: readonly string[]) =>
        call(home, [...words, '--config', config], { shell: { computer: name } }),
      write: (path: string, text: string) => writeFileSync(join(folder, path), text),
      files: () =>
        readdirSync(folder, { recursive: true, encoding: 'utf8' })
          .filter((file) => !file.startsWith('.yetisync'))
          .sort(),
    };
  };
  return { home, laptop: computer('laptop'), desktop: computer('desktop') };
}

type Computer = Awaited<ReturnType<typeof twoComputers>>['laptop'];

async function passes(...computers: readonly Computer[]): Promise<void> {
  for (const one of computers) expect(await one.yetisync('--once')).toMatchObject({ status: 0 });
}

const stepsOf = (stdout: string) =>
  Object.fromEntries(
    allFacts(stdout)
      .filter(({ event }) => event === 'step')
      .map(({ kind, path, done, why }) => [`${String(kind)} ${String(path)}`, done === true ? 'done' : why]),
  );

describe('a plan', () => {
  it('lists each step with its reason, as text and in a file, and is carried out step by step', async () => {
    const { home, laptop, desktop } = await twoComputers();
    mkdirSync(join(laptop.folder, 'Plans'));
    laptop.write('Plans/garden.txt', 'beans');
    laptop.write('notes.txt', 'hello');
    laptop.write('old.txt', 'old');
    await passes(laptop, desktop);
    desktop.write('notes.txt', 'hello from the desktop');
    desktop.write('from-desktop.txt', 'new');
    await passes(desktop);
    laptop.write('notes.txt', 'hello from the laptop');
    rmSync(join(laptop.folder, 'old.txt'));
    renameSync(join(laptop.folder, 'Plans'), join(laptop.folder, 'Ideas'));
    laptop.write('fresh.txt', 'fresh');
    const before = laptop.files();
    const { stdout, status } = await laptop.yetisync('plan', '-o', 'plan.json');
    expect(status).toBe(0);
    expect(stdout).toContain('  upload fresh.txt (5 B)\n      new here\n');
    expect(stdout).toContain('  move on the host Plans to Ideas\n      moved or renamed here\n');
    expect(stdout).toContain("  move to the host's trash old.txt\n      removed here");
    expect(stdout).toMatch(/upload notes \(conflict .* laptop\)\.txt \(21 B\)\n {6}the copy of a conflict is a file/);
    expect(stdout).toContain('yetisync apply plan.json');
    expect(laptop.files()).toEqual(before);
    const file = JSON.parse(readFileSync(join(home, 'plan.json'), 'utf8')) as { pairs: { steps: object[] }[] };
    expect(file.pairs[0]?.steps).toContainEqual(
      expect.objectContaining({ do: 'upload', path: 'fresh.txt', reason: 'new here', size: 5 }),
    );
    const applied = await laptop.yetisync('apply', 'plan.json');
    expect(applied).toMatchObject({ status: 0, stderr: '' });
    expect(applied.stdout).toContain('7 of 7 steps done');
    await passes(desktop);
    expect(desktop.files()).toEqual(laptop.files());
    expect((await laptop.yetisync('--once')).stdout).toContain('nothing to do');
  });

  it('does only what is still as it was, says why not of the rest, and nothing that it does not list', async () => {
    const { laptop, desktop } = await twoComputers();
    for (const name of ['a', 'b', 'c', 'd']) laptop.write(name, name);
    await passes(laptop, desktop);
    desktop.write('d', 'd of the desktop');
    await passes(desktop);
    laptop.write('a', 'a, edited');
    laptop.write('b', 'b, edited');
    laptop.write('new', 'n');
    rmSync(join(laptop.folder, 'c'));
    await laptop.yetisync('plan', '-o', 'plan.json');
    // meanwhile
    laptop.write('a', 'a, edited again');
    laptop.write('c', 'c');
    laptop.write('later', 'not in the plan');
    desktop.write('d', 'd of the desktop, again');
    rmSync(join(desktop.folder, 'b'));
    await passes(desktop);
    const { status, stdout } = await laptop.yetisync('apply', 'plan.json', '--json');
    expect(status).toBe(1);
    expect(stepsOf(stdout)).toEqual({
      'upload a': 'it was changed here since',
      'upload b': 'it was changed on the host since',
      'upload new': 'done',
      'trash c': 'there is nothing to do there any more',
      'download d': 'it was changed on the host since',
    });
    expect(allFacts(stdout).at(-1)).toMatchObject({
      beyond: expect.arrayContaining([{ kind: 'upload', path: 'later' }]) as unknown,
    });
    await passes(laptop, desktop);
    expect(desktop.files()).toEqual(['a', 'b', 'c', 'd', 'later', 'new']);
    expect(desktop.files()).toEqual(laptop.files());
  });

  it('holds removals back, unless the plan lists them and the person agrees', async () => {
    const { laptop } = await twoComputers({ holdRemovals: { count: 2 } });
    for (const name of ['a', 'b', 'c', 'd', 'e']) laptop.write(name, name);
    await passes(laptop);
    for (const name of ['a', 'b', 'c']) rmSync(join(laptop.folder, name));
    const planned = await laptop.yetisync('plan', '-o', 'plan.json');
    expect(planned.stdout).toContain('held back');
    rmSync(join(laptop.folder, 'd'));
    const unasked = await laptop.yetisync('apply', 'plan.json');
    expect(unasked.status).toBe(3);
    expect(unasked.stdout).toContain('it is held back, and was not agreed to');
    const agreed = await laptop.yetisync('apply', 'plan.json', '--yes');
    expect(agreed.stdout).toContain('3 of 3 steps done');
    const rest = await laptop.yetisync('--once');
    expect(rest.status).toBe(3);
    expect(rest.stdout).toContain('1 removal on the host held back');
  });

  it('is refused where it is none, or was made by another version, for another pair or by other rules', async () => {
    const { home, laptop, desktop } = await twoComputers();
    laptop.write('a', 'a');
    await laptop.yetisync('plan', '-o', 'plan.json');
    const text = readFileSync(join(home, 'plan.json'), 'utf8');
    const tried = async (one: Computer, changed: string) => {
      writeFileSync(join(home, 'other.json'), changed);
      const { status, stderr } = await one.yetisync('apply', 'other.json');
      expect(status).toBe(2);
      return stderr;
    };
    expect(await tried(laptop, 'upload everything')).toContain('this is no plan');
    expect(await tried(laptop, text.replace('"size": 1', '"size": "1"'))).toContain('pairs.0.steps.0.size');
    expect(await tried(laptop, text.replace('"version": "0"', '"version": "9"'))).toContain('made by yetisync 9');
    expect(await tried(desktop, text)).toContain('no pair of this config');
    expect(await tried(laptop, text.replace(/"rules": "\w+"/, '"rules": "other"'))).toContain('ignore, exclude');
    expect((await laptop.yetisync('apply', 'nowhere.json')).stderr).toContain('cannot be read');
    expect((await laptop.yetisync('plan', '-o', 'laptop/plan.json')).stderr).toContain('which is synced');
    expect(await laptop.yetisync('plan', '-o', 'nowhere/plan.json')).toMatchObject({
      status: 2,
      stderr: 'yetisync: nowhere/plan.json cannot be written: there is no such folder\n',
    });
    expect(laptop.files()).toEqual(['a']);
  });
});

describe('undo', () => {
  it('says what it can and cannot, asks, does it on both sides, and is a run that can be taken back', async () => {
    const { laptop, desktop } = await twoComputers();
    laptop.write('notes.txt', 'hello');
    laptop.write('old.txt', 'old');
    await passes(laptop, desktop, laptop);
    desktop.write('notes.txt', 'hello from the desktop');
    rmSync(join(desktop.folder, 'old.txt'));
    await passes(desktop);
    laptop.write('mine.txt', 'mine');
    await passes(laptop);
    const looked = await laptop.yetisync('undo', 'last', '--dry-run');
    expect(looked).toMatchObject({ status: 0, stderr: '' });
    expect(looked.stdout).toMatch(/^To take back run 3 \(.*\):\n/);
    expect(looked.stdout).toContain('  move mine.txt to the trash\n');
    expect(looked.stdout).toContain('  put back old.txt (3 B)\n');
    expect(looked.stdout).toContain(
      'put back the former content of notes.txt (5 B); the present one goes to the trash',
    );
    expect((await laptop.yetisync('undo', '3')).stderr).toContain('--yes');
    expect(laptop.files()).toEqual(['mine.txt', 'notes.txt']);
    const { status, stdout } = await laptop.yetisync('undo', '3', '--yes');
    expect(status).toBe(0);
    expect(stdout).toContain('3 of 3 steps done');
    expect(stdout).toContain('in sync');
    expect((await laptop.yetisync('--once')).stdout).toContain('nothing to do');
    await passes(desktop);
    expect(desktop.files()).toEqual(['notes.txt', 'old.txt']);
    expect(readFileSync(join(desktop.folder, 'notes.txt'), 'utf8')).toBe('hello');
    expect((await laptop.yetisync('history', '--run', '4', '--kind', 'restore')).stdout).toContain(
      'put back notes.txt (5 B): run 3 was taken back',
    );
    const facts = allFacts((await laptop.yetisync('undo', '4', '--yes', '--json')).stdout);
    expect(facts.filter(({ event }) => event === 'step')).toHaveLength(3);
    expect(laptop.files()).toEqual(['mine.txt', 'notes.txt']);
    expect((await laptop.yetisync('undo', '99')).stderr).toContain('there is no run 99');
    const nowhere = await laptop.yetisync('undo', '1', join(laptop.folder, 'nowhere'));
    expect([nowhere.status, nowhere.stderr]).toEqual([2, expect.stringContaining('run 1 did nothing at nowhere')]);
    expect((await laptop.yetisync('undo', 'all')).stderr).toContain('the number of a run');
    expect((await laptop.yetisync('undo', '1', '--pair', 'other')).stderr).toContain('no folder pair other');
  });

  it('works beside a running daemon, which carries it over; so does what only looks; what needs the state to itself says that the daemon is in the way', async () => {
    const { home, laptop } = await twoComputers({ settle: '50ms' });
    laptop.write('mine.txt', 'mine');
    await passes(laptop);
    const daemon = new Running(home, ['--config', laptop.config]);
    onTestFinished(async () => {
      await daemon.stop();
    });
    const until = async (what: () => Promise<boolean>): Promise<void> => {
      while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 30));
    };
    await until(() => Promise.resolve(daemon.stderr.includes('daemon began')));
    const { status, stdout } = await laptop.yetisync('undo', 'last', '--yes');
    expect(status).toBe(0);
    expect(stdout).toContain('1 of 1 step done');
    expect(stdout).toContain('The running yetisync carries it over');
    expect(laptop.files()).toEqual([]);
    await until(async () => (await laptop.yetisync('history')).stdout.includes("moved to the host's trash mine.txt"));
    const refused = await laptop.yetisync('apply', 'plan.json');
    expect(refused.stderr).toContain('cannot be read');
    expect((await laptop.yetisync('plan', '-o', 'plan.json')).status).toBe(0);
    const { status: ended, stderr } = await laptop.yetisync('apply', 'plan.json');
    expect({ ended, stderr }).toEqual({
      ended: 1,
      stderr: expect.stringContaining('the daemon, process ') as string,
    });
  });
});
