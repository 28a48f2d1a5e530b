/**
 * `yetisync adopt`: a moved, copied or restored folder is taken for the pair's. Shows what differs, asks, and leaves the rest to the next
 * pass, which is a first sync: both sides are compared, nothing is removed.
 */
import type { Adoption, PairEngine } from '../compose.ts';
import { assertNever, meaningOf, SyncError } from '../errors.ts';
import type { RootVerdict } from '../local/marker.ts';
import { agrees } from './agreement.ts';
import { openAlone } from './alone.ts';
import { nameText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { previewLines, previewText } from './dry-run.ts';
import { findPairs } from './find-path.ts';
import { engineWorld, openConfig, openLog } from './open-config.ts';
import { errorFacts, stopText, worstOf } from './run-outcome.ts';
import type { Shell } from './shell.ts';

export interface AdoptWords extends Where {
  readonly yes?: boolean;
}

/** Resolves to the exit status: 0 where the folders are this config's now, 1 where a person said no. */
export async function adopt(name: string | undefined, words: AdoptWords, shell: Shell): Promise<number> {
  const config = await openConfig(words.config, shell);
  const chosen = findPairs(name, config, shell);
  const engine = await openAlone({ config, log: openLog(config, shell), ...engineWorld(shell, 'yetisync adopt') });
  const exits: number[] = [];
  try {
    for (const pair of engine.pairs) if (chosen.includes(pair.pair)) exits.push(await adoptOne(pair, words, shell));
  } finally {
    await engine.close();
  }
  return worstOf(exits);
}

async function adoptOne(engine: PairEngine, { yes = false, json = false }: AdoptWords, shell: Shell): Promise<number> {
  const { pair } = engine;
  const say = (text: string, facts: Readonly<Record<string, unknown>>): void =>
    shell.print(json ? JSON.stringify({ ...facts, pair: pair.name, folder: pair.local }) : text);
  try {
    const found = await engine.lookAtAdoption({ onEvent: () => undefined });
    if (found.preview === null) {
      say(`${nameText(pair.local)} is this pair's: there is nothing to adopt`, { event: 'own' });
      return 0;
    }
    show(engine, found, json, shell);
    if (
      !yes &&
      !(await agrees(`Take ${nameText(pair.local)} for this pair's? Nothing is removed on either side.`, shell))
    )
      return 1;
    await engine.adopt();
    say('adopted: the next pass compares both sides and removes nothing', {
      event: 'adopted',
      why: found.verdict.kind,
    });
    return 0;
  } catch (error) {
    if (!(error instanceof SyncError) || error.code === 'bug' || error.code === 'usage/wrong') throw error;
    say(stopText(error, shell.out.style), { event: 'error', ...errorFacts(error) });
    return meaningOf(error.code).exit;
  }
}

function show(engine: PairEngine, { verdict, preview }: Adoption, json: boolean, shell: Shell): void {
  if (preview === null) return;
  if (json) for (const line of previewLines(engine, preview)) shell.print(JSON.stringify(line));
  else shell.print(`${shell.out.style.yellow(whyOf(verdict))}\n${previewText(engine, preview, shell.out.style)}`);
}

/** What is to be seen of the folder, for who decides whether it is the right one. */
function whyOf(verdict: RootVerdict): string {
  switch (verdict.kind) {
    case 'no-marker':
      return verdict.empty
        ? 'The folder is empty and was never synced as this pair: is its disk mounted?'
        : 'The folder has no marker: it was never synced as this pair, or was made anew.';
    case 'foreign':
      return "The folder has another pair's marker: that pair stops until it is given a folder again.";
    case 'damaged':
      return 'The folder has a marker that cannot be read any more.';
    case 'copy':
      return 'The folder is a copy, or was put back from a backup: the next pass would take it as it is, without being told.';
    case 'ok':
    case 'missing-folder':
    case 'not-a-folder':
    case 'unreadable':
      return '';
    default:
      return assertNever(verdict);
  }
}
