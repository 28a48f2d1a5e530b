/**
 * `yetisync undo`: takes back what a run did. Says beforehand what it can do and what it cannot, asks, and does it here; the pass that
 * follows carries it over to the host. It is a run itself, and can be taken back in turn.
 */
import { askDaemon } from '../compose/control.ts';
import { copyState } from '../compose/state-copy.ts';
import { previewBeside, undoBeside } from '../compose/undo-beside.ts';
import type { BesideOptions } from '../compose/undo-beside.ts';
import type { UndoneAct, Undone, UndoOptions, UndoPreview } from '../compose/undo.ts';
import type { Config, Pair } from '../config/config.ts';
import { ROOT } from '../core/path.ts';
import type { RelPath } from '../core/path.ts';
import type { UndoAct } from '../core/undo.ts';
import type { CycleResult } from '../cycle.ts';
import { SyncError } from '../errors.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { openAlone } from './alone.ts';
import { countText, momentText, nameText, numberText, pathText, sizeText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { wrongUse } from './complaint.ts';
import { findPaths } from './find-path.ts';
import { engineWorld, openConfig, openLog } from './open-config.ts';
import { Progress } from './progress.ts';
import { outcomeText, worstOf } from './run-outcome.ts';
import type { Shell, Style } from './shell.ts';

export interface UndoWords extends Where {
  readonly pair?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** 0: all of it is taken back, and both sides are alike. 1: some of it stays, each told with why. */
export async function undoRun(run: string, path: string | undefined, words: UndoWords, shell: Shell): Promise<number> {
  const config = await openConfig(words.config, shell);
  const { pair, within } = await placeOf(path, words.pair, config, shell);
  const number = run === 'last' ? await lastRun(pair, config) : runNumber(run);
  const options = { run: number, within };
  if ((await askDaemon(config, { command: 'status' })) !== undefined)
    return undoBesideDaemon({ ...options, config, pair, signal: shell.signal }, words, shell);
  const log = openLog(config, shell);
  const engine = await openAlone({ config, log, ...engineWorld(shell, 'yetisync undo') });
  try {
    const one = engine.pairs.find((each) => each.pair === pair);
    if (one === undefined) throw new SyncError('bug', { detail: 'no such pair' });
    const found = await one.previewUndo(options);
    const end = await shownAndAgreed(found, options, words, shell);
    if (end !== null) return end;
    const progress = new Progress(() => realClock.monotonic());
    const startedMs = realClock.monotonic();
    const came = await one.undo({ ...options, shown: found.acts, onEvent: (event) => progress.note(event) });
    const tookMs = realClock.monotonic() - startedMs;
    if (words.json === true) for (const line of undoneFacts(came)) shell.print(JSON.stringify(line));
    else {
      const { counts, conflicts, bytes } = progress;
      shell.print(undoneText(came, shell.out.style));
      shell.print(
        outcomeText(
          { pair, exit: came.result.exit, result: came.result, counts, conflicts, bytes, tookMs },
          shell.out.style,
        ),
      );
    }
    return exitOf(came);
  } finally {
    await engine.close();
  }
}

/** The daemon carries it over to the host, as whatever a person does here. */
async function undoBesideDaemon(options: BesideOptions, words: UndoWords, shell: Shell): Promise<number> {
  const found = await previewBeside(options);
  const end = await shownAndAgreed(found, options, words, shell);
  if (end !== null) return end;
  const came = await undoBeside({ ...options, shown: found.acts });
  await askDaemon(options.config, { command: 'now', pair: options.pair.name });
  if (words.json === true) for (const line of stepFacts(came)) shell.print(JSON.stringify(line));
  else {
    shell.print(undoneText(came, shell.out.style));
    shell.print(
      'The running yetisync carries it over to the host; unusually many removals at once wait in `yetisync held`.',
    );
  }
  return isWhole(came) ? 0 : 1;
}

/** `null`: it is to be done; else the exit status. */
async function shownAndAgreed(
  found: UndoPreview,
  options: UndoOptions,
  words: UndoWords,
  shell: Shell,
): Promise<number | null> {
  if (found.run === null) throw wrongUse(`there is no run ${options.run}: \`yetisync history --runs\` lists them`);
  if (options.within !== ROOT && found.acts.length + found.refused.length === 0)
    throw wrongUse(
      `run ${options.run} did nothing at ${nameText(options.within)} that could be taken back: \`yetisync history --path\` tells what was done there`,
    );
  if (words.json !== true) shell.print(previewText(found, options, shell.out.style));
  if (found.acts.length === 0 || words.dryRun === true) {
    if (words.json === true) for (const line of previewFacts(found)) shell.print(JSON.stringify(line));
    return words.dryRun !== true && found.refused.length > 0 ? 1 : 0;
  }
  return words.yes === true || (await agrees(shell)) ? null : 1;
}

async function placeOf(
  path: string | undefined,
  name: string | undefined,
  config: Config,
  shell: Shell,
): Promise<{ readonly pair: Pair; readonly within: RelPath }> {
  const places =
    path === undefined
      ? config.pairs.map((pair) => ({ pair, path: ROOT }))
      : await findPaths(path, config, shell, realDisk);
  const [first, ...more] =
    name === undefined ? places : places.filter(({ pair }) => pair.name === name || pair.local === name);
  if (first === undefined) throw wrongUse(`there is no folder pair ${name ?? ''}: \`yetisync status\` names them`);
  if (more.length > 0)
    throw wrongUse(
      `each folder pair counts its own runs: say which with --pair (${places.map(({ pair }) => pair.name).join(', ')})`,
    );
  return { pair: first.pair, within: first.path };
}

function runNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw wrongUse('undo takes the number of a run, or `last`: `yetisync history --runs` lists them');
  return Number(text);
}

/** The newest that did something. */
async function lastRun(pair: Pair, config: Config): Promise<number> {
  const state = await copyState(pair, { config });
  try {
    const [line] = state?.history({ limit: 1 }) ?? [];
    if (line === undefined) throw wrongUse('nothing was done yet that could be taken back');
    return line.run;
  } finally {
    state?.close();
  }
}

async function agrees(shell: Shell): Promise<boolean> {
  if (shell.ask === null) throw wrongUse('Do it? Add --yes to do it without being asked, or --dry-run only to look.');
  return /^y(es)?$/i.test((await shell.ask('Do it? [y/N] ')).trim());
}

function exitOf(came: Undone & { readonly result: CycleResult }): number {
  return worstOf([isWhole(came) ? 0 : 1, came.result.exit]);
}

function isWhole({ acts, refused }: Undone): boolean {
  return refused.length === 0 && acts.every(({ error }) => error === null);
}

// ---------------------------------------------------------------------------------------------- as text

function previewText(
  { run, acts, refused }: UndoPreview,
  { run: number, within }: { readonly run: number; readonly within: RelPath },
  style: Style,
): string {
  const where = within === ROOT ? '' : ` of ${nameText(within)}`;
  const head = style.bold(`To take back${where} run ${number} (${momentText(run?.startedMs ?? 0)}):`);
  const shown = told(acts);
  return [
    head,
    ...shown.map((act) => `  ${actText(act, acts)}`),
    ...refusedLines(refused, style),
    shown.length === 0
      ? '  there is nothing that could be taken back'
      : `  ${countText(shown.length, 'step')} here; the pass after it does the same on the host`,
  ].join('\n');
}

function undoneText({ acts, refused }: Undone, style: Style): string {
  const all = acts.map(({ act }) => act);
  const shown = acts.filter(({ act }) => !isAside(act));
  const failed = shown.filter((one): one is UndoneAct & { error: SyncError } => one.error !== null);
  return [
    `${numberText(shown.length - failed.length)} of ${countText(shown.length, 'step')} done`,
    ...failed.map(({ act, error }) => `  ${style.red('not done')}: ${actText(act, all)}: ${nameText(error.message)}`),
    ...refusedLines(refused, style),
  ].join('\n');
}

function refusedLines(refused: UndoPreview['refused'], style: Style): string[] {
  return refused.map(({ path, why }) => `  ${style.yellow('stays as it is')}: ${pathText(path)}: ${nameText(why)}`);
}

function isAside(act: UndoAct): boolean {
  return act.kind === 'move' && act.aside;
}

function told(acts: readonly UndoAct[]): readonly UndoAct[] {
  return acts.filter((act) => !isAside(act));
}

function actText(act: UndoAct, all: readonly UndoAct[]): string {
  const path = pathText(act.path);
  switch (act.kind) {
    case 'trash':
      return `move ${path} to the trash`;
    case 'removeFolder':
      return `remove the folder ${path}, which is empty by then`;
    case 'move':
      return `move ${pathText(startOf(act, all))} back to ${pathText(act.to)}`;
    case 'makeFolder':
      return `make the folder ${path} again`;
    case 'restore':
      return `put back ${path} (${sizeText(act.content.size)})`;
    case 'replace':
      return `put back the former content of ${path} (${sizeText(act.content.size)}); the present one goes to the trash`;
  }
}

/** Where it stood before it stepped aside. */
function startOf(act: Extract<UndoAct, { kind: 'move' }>, all: readonly UndoAct[]): RelPath {
  const first = all.find((one) => one.kind === 'move' && one.aside && one.node === act.node);
  return first?.path ?? act.path;
}

// ---------------------------------------------------------------------------------------------- as JSON

function previewFacts({ acts, refused }: UndoPreview): readonly Readonly<Record<string, unknown>>[] {
  return [
    ...told(acts).map((act) => ({ event: 'step', ...actFacts(act, acts) })),
    ...refused.map((one) => ({ event: 'refused', ...one })),
  ];
}

function undoneFacts(came: Undone & { readonly result: CycleResult }): readonly Readonly<Record<string, unknown>>[] {
  const { exit, counts } = came.result;
  return [...stepFacts(came), { event: 'undone', exit, counts }];
}

function stepFacts({ acts, refused }: Undone): readonly Readonly<Record<string, unknown>>[] {
  const all = acts.map(({ act }) => act);
  const shown = acts.filter(({ act }) => !isAside(act));
  return [
    ...shown.map(({ act, error }) => {
      const outcome = { done: error === null, code: error?.code ?? null };
      return { event: 'step', ...actFacts(act, all), ...outcome };
    }),
    ...refused.map((one) => ({ event: 'refused', ...one })),
  ];
}

function actFacts(act: UndoAct, all: readonly UndoAct[]): Readonly<Record<string, unknown>> {
  const { kind, path } = act;
  if (act.kind === 'move') return { kind, path: startOf(act, all), to: act.to };
  return 'content' in act ? { kind, path, size: act.content.size } : { kind, path };
}
