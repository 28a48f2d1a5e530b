/**
 * `yetisync held`: removals that were unusually many at once, and wait for a person. To agree lets the next pass carry them out;
 * to refuse lets it bring back what was removed, on the side that lost it.
 */
import { askDaemon } from '../compose/control.ts';
import { decideHeld } from '../compose/held.ts';
import { readStatus } from '../compose/status.ts';
import { parentOf, parseRelPath, ROOT } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import type { HeldRemoval } from '../ports.ts';
import { countText, nameText } from './amounts.ts';
import { wrongUse } from './complaint.ts';
import type { OnceWords } from './once.ts';
import { engineWorld, openConfig } from './open-config.ts';
import type { Shell } from './shell.ts';

/** So many folders are listed by name. */
const FOLDERS_SHOWN = 20;

export async function showHeld({ config: path, json = false }: OnceWords, shell: Shell): Promise<number> {
  const config = await openConfig(path, shell);
  let count = 0;
  for (const { pair, held, removedLately } of await readStatus({ config })) {
    count += held.length;
    if (json) for (const removal of held) shell.print(JSON.stringify({ folder: pair.local, ...factsOf(removal) }));
    else if (held.length > 0) shell.print(heldText(pair.local, held, removedLately));
  }
  if (json) return 0;
  shell.print(
    count === 0
      ? 'no removals are held'
      : 'To carry them out:   yetisync held approve [PATH]\nTo bring them back:  yetisync held reject [PATH]\nBoth are done by the next pass.',
  );
  return 0;
}

export async function decide(
  verdict: 'approve' | 'reject',
  within: string | undefined,
  { config: file, json = false }: OnceWords,
  shell: Shell,
): Promise<number> {
  const config = await openConfig(file, shell);
  const { process } = engineWorld(shell, `yetisync held ${verdict}`);
  const path = within === undefined ? undefined : parseRelPath(within);
  // A running daemon has the state in its hands, and carries out at once what is decided.
  const told = await askDaemon(config, { command: 'held', verdict, ...(path === undefined ? {} : { within: path }) });
  const decided =
    told?.decided ??
    (await decideHeld({ config, process, verdict, ...(path === undefined ? {} : { within: path }) })).map(
      ({ pair, removals }) => ({
        local: pair.local,
        removals: removals.map((it) => ({ ...it, kind: it.entryKind })),
      }),
    );
  for (const { local, removals } of decided) {
    if (json) shell.print(JSON.stringify({ folder: local, verdict, removals: removals.map(decidedFacts) }));
    else shell.print(`${nameText(local)}: ${countText(removals.length, 'removal')} ${doneText[verdict]}`);
  }
  if (decided.length === 0 && within !== undefined)
    throw wrongUse(`no removal is held at ${nameText(within)}: \`yetisync held\` lists those that are`);
  if (decided.length === 0 && !json) shell.print('no removals are held');
  return 0;
}

const doneText = {
  approve: 'agreed to: the next pass carries them out',
  reject: 'refused: the next pass brings back what was removed',
} as const;

function decidedFacts({
  side,
  path,
  kind,
  sinceMs,
}: {
  readonly side: string;
  readonly path: string;
  readonly kind: string;
  readonly sinceMs: number;
}): Record<string, unknown> {
  return { side, path, kind, approved: true, since: new Date(sinceMs).toISOString() };
}

function factsOf({ side, path, entryKind, approved, sinceMs }: HeldRemoval): Record<string, unknown> {
  return { side, path, kind: entryKind, approved, since: new Date(sinceMs).toISOString() };
}

/** By folder: a person thinks of the folder that went, not of its thousand files. */
function heldText(
  folder: string,
  held: readonly HeldRemoval[],
  lately: Readonly<Record<HeldRemoval['side'], number>>,
): string {
  const lines = [nameText(folder)];
  for (const side of ['remote', 'local'] as const) {
    const some = held.filter((it) => it.side === side);
    if (some.length === 0) continue;
    const where =
      side === 'remote'
        ? "removed here, waiting to go to the host's trash"
        : 'removed on the host, waiting to go to the trash here';
    lines.push(`  ${countText(some.length, 'item')} ${where}:`);
    if (lately[side] > 0)
      lines.push(`    (with the ${countText(lately[side], 'item')} that went within the last hour, unusually many)`);
    const folders = new Map<RelPath, number>();
    for (const { path, entryKind } of some) {
      const at = entryKind === 'folder' ? path : parentOf(path);
      folders.set(at, (folders.get(at) ?? 0) + 1);
    }
    const shown = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [at, count] of shown.slice(0, FOLDERS_SHOWN)) {
      lines.push(`    ${at === ROOT ? './' : nameText(`${at}/`)}  ${countText(count, 'item')}`);
    }
    if (shown.length > FOLDERS_SHOWN) lines.push(`    … and ${countText(shown.length - FOLDERS_SHOWN, 'more folder')}`);
    const approved = some.filter((it) => it.approved).length;
    if (approved > 0) lines.push(`    ${countText(approved, 'item')} agreed to: the next pass carries them out`);
  }
  return lines.join('\n');
}
