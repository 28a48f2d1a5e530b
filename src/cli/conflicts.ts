/**
 * `yetisync conflicts`: files that were changed on both sides and are kept twice. On every computer *mine* is the conflict copy, *theirs*
 * the file under the plain name.
 */
import { findConflicts, keep, textsOf } from '../compose/conflicts.ts';
import type { Conflict, Keep, Kept } from '../compose/conflicts.ts';
import type { Config } from '../config/config.ts';
import { meaningOf, SyncError } from '../errors.ts';
import { realDisk } from '../system/disk.ts';
import { countText, momentText, nameText, sizeText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { complaintOf, wrongUse } from './complaint.ts';
import { findPaths } from './find-path.ts';
import { openConfig } from './open-config.ts';
import { worstOf } from './run-outcome.ts';
import type { Shell, Style } from './shell.ts';
import { diffLines } from './text-diff.ts';

export interface ConflictWords extends Where {
  readonly all?: boolean;
}

export async function showConflicts({ config: file, json = false }: ConflictWords, shell: Shell): Promise<number> {
  const config = await openConfig(file, shell);
  const conflicts = await allConflicts(config, shell);
  if (json) {
    for (const conflict of conflicts) shell.print(JSON.stringify(factsOf(conflict)));
    return 0;
  }
  if (conflicts.length === 0) {
    shell.print('no conflicts');
    return 0;
  }
  for (const { local } of config.pairs) {
    const some = conflicts.filter(({ pair }) => pair.local === local);
    if (some.length > 0) shell.print(conflictsText(local, some, shell.out.style));
  }
  shell.print(
    [
      'How they differ:  yetisync conflicts diff PATH',
      'To decide:        yetisync conflicts keep mine|theirs|both PATH (or --all)',
    ].join('\n'),
  );
  return 0;
}

export async function diffConflict(path: string, { config: file }: ConflictWords, shell: Shell): Promise<number> {
  const config = await openConfig(file, shell);
  const { style } = shell.out;
  for (const conflict of await chosen([path], config, shell)) {
    const { pair, mine, theirs } = conflict;
    const texts = await textsOf(conflict, { config, pair, signal: shell.signal });
    shell.print(style.bold(`--- theirs: ${nameText(theirs.path)}\n+++ mine:   ${nameText(mine.path)}`));
    if (texts === null) {
      shell.print(
        theirs.size === null
          ? 'there is no file under the plain name any more'
          : 'not both are texts of a length to compare',
      );
      continue;
    }
    const lines = diffLines(texts.theirs, texts.mine);
    if (lines.length === 0) shell.print('they are equal');
    const colours = { hunk: style.cyan, same: (text: string) => text, removed: style.red, added: style.green };
    for (const { kind, text } of lines) shell.print(colours[kind](nameText(text.replaceAll('\t', '    '))));
  }
  return 0;
}

export async function keepConflicts(
  which: string,
  paths: readonly string[],
  { config: file, json = false, all = false }: ConflictWords,
  shell: Shell,
): Promise<number> {
  if (which !== 'mine' && which !== 'theirs' && which !== 'both')
    throw wrongUse(`keep mine, theirs or both; "${which}" is none of them`);
  if (all === paths.length > 0) throw wrongUse('name the files to decide, or --all of them');
  const config = await openConfig(file, shell);
  const conflicts = all ? await allConflicts(config, shell) : await chosen(paths, config, shell);
  if (which === 'mine') refuseRivals(conflicts);
  const kept = await keep(which, conflicts, { config, signal: shell.signal });
  for (const one of kept) {
    if (json) shell.print(JSON.stringify(keptFacts(which, one)));
    else if (one.error === null) shell.print(keptText(which, one));
    else shell.tell(complaintOf(one.error));
  }
  const done = kept.filter(({ error }) => error === null).length;
  if (!json && done > 0)
    shell.print(`${countText(done, 'conflict')} decided; the next pass does the same on the host.`);
  if (!json && conflicts.length === 0) shell.print('no conflicts');
  return worstOf(kept.map(({ error }) => (error === null ? 0 : meaningOf(error.code).exit)));
}

/** Of several copies of one file only one can take its name. */
function refuseRivals(conflicts: readonly Conflict[]): void {
  const seen = new Set<string>();
  for (const { pair, theirs } of conflicts) {
    const place = `${pair.local}/${theirs.path}`;
    if (seen.has(place))
      throw wrongUse(
        `${theirs.path} has several conflict copies: name the one to keep as \`yetisync conflicts\` shows it`,
      );
    seen.add(place);
  }
}

async function allConflicts(config: Config, shell: Shell): Promise<readonly Conflict[]> {
  const found: Conflict[] = [];
  for (const pair of config.pairs) {
    try {
      found.push(...(await findConflicts({ config, pair, signal: shell.signal })));
    } catch (error) {
      if (!(error instanceof SyncError) || error.code === 'bug') throw error;
      shell.tell(complaintOf(error));
    }
  }
  return found;
}

/** By the name of the copy, or by the plain one: then all its copies. */
async function chosen(paths: readonly string[], config: Config, shell: Shell): Promise<readonly Conflict[]> {
  const conflicts = await allConflicts(config, shell);
  const found = new Set<Conflict>();
  for (const text of paths) {
    const places = await findPaths(text, config, shell, realDisk);
    const some = conflicts.filter(({ pair, mine, theirs }) =>
      places.some((one) => one.pair === pair && (one.path === mine.path || one.path === theirs.path)),
    );
    if (some.length === 0) throw wrongUse(`there is no conflict about ${text}: \`yetisync conflicts\` lists them`);
    for (const one of some) found.add(one);
  }
  return [...found];
}

// ---------------------------------------------------------------------------------------------- words

function conflictsText(folder: string, conflicts: readonly Conflict[], style: Style): string {
  return [
    style.bold(`${nameText(folder)}: ${countText(conflicts.length, 'conflict')}`),
    ...conflicts.flatMap(({ mark, mine, theirs }) => [
      `  ${nameText(theirs.path)}`,
      `    theirs  ${theirs.size === null ? 'is not there any more' : `${sizeText(theirs.size)}, changed here ${momentText(theirs.changedAtMs)}`}`,
      `    mine    ${sizeText(mine.size)}, of ${nameText(mark.computer)}, ${momentOf(mark.at)}`,
      style.dim(`            ${nameText(mine.path)}`),
    ]),
  ].join('\n');
}

/** As the name has it, with colons. */
function momentOf(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11).replaceAll('-', ':')}`;
}

function keptText(which: Keep, { conflict, path, trash }: Kept): string {
  if (which === 'both') return `${nameText(conflict.mine.path)} is ${nameText(path)} from now on`;
  const dropped = which === 'mine' ? 'the other version' : 'the conflict copy';
  return `kept ${which} as ${nameText(path)}${trash === null ? '' : `; ${dropped} is in the trash`}`;
}

function factsOf({ pair, mark, mine, theirs }: Conflict): Readonly<Record<string, unknown>> {
  return {
    pair: pair.name,
    path: theirs.path,
    copy: mine.path,
    computer: mark.computer,
    at: momentOf(mark.at),
    size: theirs.size,
    copySize: mine.size,
  };
}

function keptFacts(which: Keep, { conflict, path, trash, error }: Kept): Readonly<Record<string, unknown>> {
  return { ...factsOf(conflict), kept: which, now: path, trash, done: error === null, code: error?.code ?? null };
}
