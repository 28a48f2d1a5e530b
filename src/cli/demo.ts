/**
 * `yetisync demo`: two computers and a host on this one, with real files over real HTTP. Shows what yetisync does and why,
 * then proves it: both folders and the host are read whole and compared. Ends with 0 only if all three are equal.
 */
import { join } from 'node:path';
import { createLog } from '../log.ts';
import type { Transport } from '../ports.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { realRandom } from '../system/random.ts';
import { countText, durationText, nameText } from './amounts.ts';
import { differences, readTree, removeTree, writeFile } from './demo-folder.ts';
import { Narrator } from './demo-narration.ts';
import { openWorld, type Computer, type DemoWorld } from './demo-world.ts';
import { firstOf } from './run-outcome.ts';
import type { Shell } from './shell.ts';

export interface DemoWords {
  readonly keep: boolean;
  /** Put around the desktop's line to the host, so that a test can see the demo fail. */
  readonly sabotage?: (transport: Transport) => Transport;
}

/** Resolves to 0 if everything is equal in the end, else to 1; rejects with what ended it early. */
export async function runDemo({ keep, sabotage }: DemoWords, shell: Shell): Promise<number> {
  const home = join(shell.temporary, `yetisync-demo-${realRandom.hex(3)}`);
  await realDisk.mkdirAll(home, 0o700);
  const log = createLog({ level: 'error' });
  const narrator = new Narrator(shell);
  const startedMs = realClock.monotonic();
  try {
    const world = await openWorld(home, { log, pid: shell.pid, signal: shell.signal, sabotage });
    try {
      begin(narrator, home, world, shell);
      await firstSync(narrator, world);
      await secondComputer(narrator, world);
      await everydayLife(narrator, world);
      await conflict(narrator, world);
      await whereThingsAre(narrator, world);
      const isEqual = await proof(narrator, world, shell);
      farewell(narrator, { isEqual, keep, home, world, tookMs: realClock.monotonic() - startedMs }, shell);
      return isEqual ? 0 : 1;
    } finally {
      await world.close();
    }
  } finally {
    if (!keep) await removeTree(realDisk, home);
  }
}

// ---------------------------------------------------------------------------------------------- the story

function begin(narrator: Narrator, home: string, { url }: DemoWorld, { out }: Shell): void {
  narrator.say(out.style.bold('yetisync demo: two computers, one host, real files, real HTTP'));
  narrator.say(`   in     ${home}`);
  narrator.say(`   host   ${url} (the bundled one)`);
}

async function firstSync(narrator: Narrator, world: DemoWorld): Promise<void> {
  narrator.chapter('The laptop has a folder. The host is empty.');
  narrator.act('laptop', 'has eight files: letters, photos, plans, one that is empty');
  const put = (path: string, content: string | Uint8Array) =>
    writeFile(realDisk, join(world.laptop.folder, path), content);
  await put('Letters/Grüße an Zoë.txt', 'Liebe Zoë,\nbis bald!\n');
  await put('Photos/2026/lake.jpg', picture(2_400_000));
  await put('Photos/2026/旅行.jpg', picture(310_000));
  await realDisk.mkdirAll(join(world.laptop.folder, 'Photos/for later'));
  await put('Plans/budget.csv', 'rent,900\nfood,400\n');
  await put('Plans/garden.txt', 'beans\npeas\n');
  await put('.bookmarks', 'https://example.org\n');
  await put('old draft.txt', 'not needed any more\n');
  await put('empty.txt', '');
  await sync(narrator, world.laptop);
}

async function secondComputer(narrator: Narrator, world: DemoWorld): Promise<void> {
  narrator.chapter('The desktop joins, with an empty folder.');
  await sync(narrator, world.desktop);
}

async function everydayLife(narrator: Narrator, world: DemoWorld): Promise<void> {
  const { laptop, desktop, webPage } = world;
  narrator.chapter("Everyday life, on both computers and on the host's web page.");
  narrator.act('laptop', 'renames the folder Photos to Pictures');
  await realDisk.rename(join(laptop.folder, 'Photos'), join(laptop.folder, 'Pictures'));
  narrator.act('laptop', 'edits Plans/garden.txt');
  await writeFile(realDisk, join(laptop.folder, 'Plans/garden.txt'), 'beans\npeas\npumpkins\n');
  narrator.act('laptop', 'removes old draft.txt');
  await realDisk.unlink(join(laptop.folder, 'old draft.txt'));
  narrator.act('desktop', 'adds a photo to Photos/2026, which has that name there still');
  await writeFile(realDisk, join(desktop.folder, 'Photos/2026/harbour.jpg'), picture(480_000));
  narrator.act('web page', 'uploads shopping.txt and renames Letters to Post');
  const content = Buffer.from('bread\nolives\n');
  await webPage.upload({
    parent: await world.folderOnHost(''),
    name: 'shopping.txt',
    size: content.length,
    content: once(content),
  });
  await webPage.editFolder(await world.folderOnHost('Letters'), { name: 'Post' as never });
  await sync(narrator, laptop);
  await sync(narrator, desktop);
  await sync(narrator, laptop);
}

async function conflict(narrator: Narrator, world: DemoWorld): Promise<void> {
  const { laptop, desktop } = world;
  narrator.chapter('A conflict: both edit one file before either has synced.');
  narrator.act('laptop', 'changes Plans/budget.csv: rent is 950');
  await writeFile(realDisk, join(laptop.folder, 'Plans/budget.csv'), 'rent,950\nfood,400\n');
  narrator.act('desktop', 'changes Plans/budget.csv: food is 450');
  await writeFile(realDisk, join(desktop.folder, 'Plans/budget.csv'), 'rent,900\nfood,450\n');
  await sync(narrator, laptop);
  await sync(narrator, desktop);
  await sync(narrator, laptop);
}

async function whereThingsAre(narrator: Narrator, world: DemoWorld): Promise<void> {
  const { laptop, desktop } = world;
  narrator.chapter('Nothing was lost. Where to find it:');
  const copies = (await realDisk.readdir(join(laptop.folder, 'Plans'))).filter((name) => name.includes('(conflict'));
  narrator.places(
    "The desktop's version of the budget, on both computers and on the host",
    copies.map((name) => ({ where: `Plans/${nameText(name)}` })),
  );
  for (const computer of [laptop, desktop]) {
    const entries = await computer.trash();
    narrator.places(
      `What yetisync took out of the folder of the ${computer.name}, in its .yetisync/trash`,
      entries.map(({ from, why }) => ({ where: nameText(from), why })),
    );
  }
  narrator.places('What the host has in its own trash', [{ where: world.hostTrash().map(nameText).join(', ') }]);
}

async function proof(narrator: Narrator, world: DemoWorld, { out }: Shell): Promise<boolean> {
  const { green, red } = out.style;
  narrator.chapter('The proof: every byte on both computers and on the host is read.');
  const laptop = await readTree(realDisk, world.laptop.folder);
  const others = { desktop: await readTree(realDisk, world.desktop.folder), host: await world.hostContents() };
  let isEqual = laptop.size > 0;
  for (const [name, contents] of Object.entries(others)) {
    const paths = differences(laptop, contents);
    if (paths.length > 0) isEqual = false;
    if (paths.length === 0) narrator.say(green(`   laptop = ${name}`));
    else
      narrator.say(
        [red(`   laptop ≠ ${name}: ${countText(paths.length, 'path')} differ`), ...firstOf(paths.map(nameText))].join(
          '\n',
        ),
      );
  }
  const files = [...laptop.values()].filter((content) => content !== 'folder').length;
  narrator.say(`   ${countText(files, 'file')} and ${countText(laptop.size - files, 'folder')}, compared by SHA-256`);
  return isEqual;
}

interface Ending {
  readonly isEqual: boolean;
  readonly keep: boolean;
  readonly home: string;
  readonly world: DemoWorld;
  readonly tookMs: number;
}

function farewell(narrator: Narrator, { isEqual, keep, home, world, tookMs }: Ending, { out }: Shell): void {
  const { bold, green, red } = out.style;
  narrator.say();
  narrator.say(
    isEqual
      ? green(`All three are equal, after ${durationText(tookMs)}.`)
      : red('They are not equal: something went wrong.'),
  );
  narrator.say();
  if (keep) {
    narrator.say(`Everything is kept in ${home}. To go on there:`);
    const port = new URL(world.url).port;
    narrator.say(bold(`  yetisync host --data ${world.hostData} --port ${port}`));
    narrator.say(bold(`  yetisync --once --config ${world.laptop.configFile}`));
    return;
  }
  narrator.say('The temporary folder was removed. What to type next:');
  narrator.say(bold('  yetisync host --data ~/yetihost'));
  narrator.say('    runs a host of your own, and prints a config for it');
  narrator.say(bold('  yetisync --once --dry-run'));
  narrator.say('    shows what a first pass would do; without --dry-run it does it');
}

// ---------------------------------------------------------------------------------------------- small parts

async function sync(narrator: Narrator, computer: Computer): Promise<void> {
  const startedMs = realClock.monotonic();
  const pass = narrator.pass(computer.name);
  const result = await computer.sync(pass.onEvent);
  pass.end(result, realClock.monotonic() - startedMs);
}

/** As good as a picture: bytes that nothing else has. */
function picture(size: number): Uint8Array {
  return Buffer.from(realRandom.hex(Math.ceil(size / 2)).slice(0, size), 'latin1');
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
