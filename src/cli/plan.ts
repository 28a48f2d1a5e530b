/**
 * `yetisync plan` and `yetisync apply`: a plan to read and keep, and a pass that does nothing but what it lists. Making a plan changes
 * nothing anywhere.
 */
import { isAbsolute, relative, resolve } from 'node:path';
import { openEngine } from '../compose.ts';
import type { Applied, PairEngine } from '../compose.ts';
import { planFileOf, readPlanFor } from '../compose/plan-file.ts';
import type { PlannedPair } from '../compose/plan-file.ts';
import type { Preview } from '../compose/preview.ts';
import type { Config } from '../config/config.ts';
import type { PlannedStep } from '../core/planned-step.ts';
import { meaningOf, SyncError } from '../errors.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { openAlone } from './alone.ts';
import { countText, momentText, nameText, numberText, pathText, sizeText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { wrongUse } from './complaint.ts';
import { engineWorld, openConfig, openLog } from './open-config.ts';
import { sentenceOf } from './operation-words.ts';
import { writeOutput } from './output-file.ts';
import { stepText } from './plan-words.ts';
import { firstOf, problemLines, stopText, worstOf } from './run-outcome.ts';
import type { Shell, Style } from './shell.ts';

export interface PlanWords extends Where {
  readonly output?: string;
  readonly yes?: boolean;
}

/** Ends with 0 whatever is to be done; else with what stopped a pair, of which then nothing is in the plan. */
export async function makePlanFile(words: PlanWords, version: string, shell: Shell): Promise<number> {
  const { json = false, output } = words;
  const config = await openConfig(words.config, shell);
  const file = output === undefined ? null : placeFor(output, config, shell);
  const engine = await openEngine({
    config,
    log: openLog(config, shell),
    ...engineWorld(shell, 'yetisync plan'),
    isLook: true,
  });
  const previews: Preview[] = [];
  const exits: number[] = [];
  try {
    for (const pair of engine.pairs) {
      const found = await looked(pair);
      if (found instanceof SyncError) {
        exits.push(meaningOf(found.code).exit);
        shell.tell(`${nameText(pair.pair.local)}: ${stopText(found, shell.err.style)}`);
        continue;
      }
      previews.push(found);
      if (!json) shell.print(planText(found, shell.out.style));
    }
  } finally {
    await engine.close();
  }
  if (previews.length === 0) return worstOf(exits);
  const plan = planFileOf(previews, config, { version, nowMs: realClock.now() });
  if (json) shell.print(JSON.stringify(plan));
  if (file === null) {
    if (!json) shell.print('Nothing was changed. To keep this plan and carry it out: yetisync plan -o FILE');
    return worstOf(exits);
  }
  await writeOutput(file, output ?? file, `${JSON.stringify(plan, null, 2)}\n`);
  if (!json) shell.print(`Nothing was changed. To carry out just this: yetisync apply ${nameText(output ?? file)}`);
  return worstOf(exits);
}

/** In a synced folder it would be a new file itself, and belong to the next plan. */
function placeFor(output: string, config: Config, { cwd }: Shell): string {
  const file = resolve(cwd, output);
  for (const { local } of config.pairs) {
    const inside = relative(local, file);
    if (!inside.startsWith('..') && !isAbsolute(inside))
      throw wrongUse(`${output} lies in ${local}, which is synced: write the plan somewhere else`);
  }
  return file;
}

async function looked(engine: PairEngine): Promise<Preview | SyncError> {
  try {
    return await engine.preview({ onEvent: () => undefined });
  } catch (error) {
    if (error instanceof SyncError && error.code !== 'bug') return error;
    throw error;
  }
}

function planText({ pair, steps, problems, waiting, toCompareBytes }: Preview, style: Style): string {
  const free = steps.filter(({ held }) => !held);
  const held = steps.filter((step) => step.held);
  return [
    style.bold(`${nameText(pair.local)} ⇄ ${nameText(pair.remote)}`),
    ...free.flatMap((step) => linesOf(step, style)),
    ...(held.length === 0
      ? []
      : [
          `  ${style.red('held back')}: unusually many removals at once; \`yetisync apply\` asks before it does them:`,
          ...held.flatMap((step) => linesOf(step, style)),
        ]),
    ...problemLines(problems, style),
    ...(waiting.length === 0 ? [] : [`  ${numberText(waiting.length)} waiting for a later pass, and no part of this`]),
    ...(toCompareBytes === 0
      ? []
      : [`  ${sizeText(toCompareBytes)} will be read to compare files; what differs is for another plan`]),
    steps.length === 0 ? style.green('  nothing to do') : `  ${countText(steps.length, 'step')}`,
  ].join('\n');
}

function linesOf(step: PlannedStep, style: Style): string[] {
  return [`  ${stepText(step)}`, style.dim(`      ${step.reason}`)];
}

// ---------------------------------------------------------------------------------------------- carrying it out

/** 0: every step is done. 1: some are not, each told with why. 3: a person must act, as for a pass. */
export async function applyPlanFile(path: string, words: PlanWords, version: string, shell: Shell): Promise<number> {
  const config = await openConfig(words.config, shell);
  const { madeMs, pairs } = readPlanFor(await textOf(path, shell), config, version);
  const withHeld = await agreesToHeld(pairs, words, shell);
  const engine = await openAlone({
    config,
    log: openLog(config, shell),
    ...engineWorld(shell, 'yetisync apply'),
  });
  const exits: number[] = [];
  try {
    for (const { pair, plan } of pairs) {
      const one = engine.pairs.find((each) => each.pair === pair);
      if (one === undefined) continue;
      const came = await applied(one, plan, withHeld);
      exits.push(came instanceof SyncError ? meaningOf(came.code).exit : exitOf(came));
      if (words.json === true) for (const line of factsOf(one, came)) shell.print(JSON.stringify(line));
      else shell.print(appliedText(one, came, madeMs, shell.out.style));
    }
  } finally {
    await engine.close();
  }
  return worstOf(exits);
}

async function textOf(path: string, { cwd }: Shell): Promise<string> {
  try {
    return new TextDecoder().decode(await realDisk.readFile(resolve(cwd, path)));
  } catch {
    throw wrongUse(`${path} cannot be read: \`yetisync plan -o ${path}\` writes a plan there`);
  }
}

/** Only a person at a terminal can be asked; elsewhere they stay held unless that was said. */
async function agreesToHeld(pairs: readonly PlannedPair[], { yes }: PlanWords, shell: Shell): Promise<boolean> {
  const held = pairs.flatMap(({ plan }) => plan.steps.filter((step) => step.held && step.do === 'trash'));
  if (held.length === 0 || yes === true) return true;
  const count = held.reduce((sum, { covers }) => sum + 1 + covers.length, 0);
  if (shell.ask === null) return false;
  const paths = firstOf(held.map((step) => stepText(step))).join('\n');
  const answer = await shell.ask(
    `${countText(count, 'removal')} of this plan would be held back, as unusually many at once:\n${paths}\nDo them too? [y/N] `,
  );
  return /^y(es)?$/i.test(answer.trim());
}

async function applied(
  engine: PairEngine,
  { steps, conflictMade }: PlannedPair['plan'],
  withHeld: boolean,
): Promise<Applied | SyncError> {
  try {
    return await engine.apply({ steps, conflictMade, withHeld, onEvent: () => undefined });
  } catch (error) {
    if (error instanceof SyncError && error.code !== 'bug') return error;
    throw error;
  }
}

function exitOf({ steps, result }: Applied): number {
  const left = steps.filter(({ notDone }) => notDone !== null);
  if (left.length === 0) return 0;
  return left.some(({ step }) => step.held) || result.held.length > 0 ? 3 : 1;
}

function appliedText({ pair }: PairEngine, came: Applied | SyncError, madeMs: number, style: Style): string {
  const head = style.bold(`${nameText(pair.local)} ⇄ ${nameText(pair.remote)}, as planned at ${momentText(madeMs)}`);
  if (came instanceof SyncError) return [head, `  ${stopText(came, style)}`].join('\n');
  const { steps, beyond } = came;
  const done = steps.filter(({ notDone }) => notDone === null);
  return [
    head,
    ...done.map(({ step }) => `  ${style.green('done')}      ${stepText(step)}`),
    ...steps.flatMap(({ step, notDone }) =>
      notDone === null ? [] : [`  ${style.yellow('not done')}  ${stepText(step)}`, `            ${notDone}`],
    ),
    `  ${numberText(done.length)} of ${countText(steps.length, 'step')} done`,
    ...(steps.some(({ step, notDone }) => step.held && notDone !== null)
      ? ['  `--yes` agrees to the removals that are held back, as the plan lists them']
      : []),
    ...(beyond.length === 0
      ? []
      : [
          `  ${countText(beyond.length, 'more step')} came up that the plan does not list; the next pass does them:`,
          ...firstOf(beyond.map((operation) => sentenceOf(operation))),
        ]),
  ].join('\n');
}

function factsOf({ pair }: PairEngine, came: Applied | SyncError): readonly Readonly<Record<string, unknown>>[] {
  const name = { pair: pair.name };
  if (came instanceof SyncError) return [{ event: 'error', code: came.code, message: came.message, ...name }];
  const { steps, beyond } = came;
  return [
    ...steps.map(({ step, notDone }) => ({
      event: 'step',
      kind: step.do,
      side: step.side,
      path: step.path,
      done: notDone === null,
      why: notDone,
      ...name,
    })),
    {
      event: 'applied',
      done: steps.filter(({ notDone }) => notDone === null).length,
      steps: steps.length,
      beyond: beyond.map(({ kind, path }) => ({ kind, path: pathText(path) })),
      ...name,
    },
  ];
}
