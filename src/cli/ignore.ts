/** `yetisync ignore test`: which rule leaves a path out, and what rules that were changed, or are only tried, would let go of. */
import { findLetGo, testPath } from '../compose/ignore-test.ts';
import type { LetGo } from '../compose/ignore-test.ts';
import type { Config } from '../config/config.ts';
import type { IgnoreProblem } from '../core/ignore.ts';
import { realDisk } from '../system/disk.ts';
import { countText, nameText, numberText, sizeText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { findPaths, placeOf } from './find-path.ts';
import { problemText, verdictText } from './ignore-words.ts';
import { openConfig } from './open-config.ts';
import type { Shell } from './shell.ts';

export interface IgnoreWords extends Where {
  readonly rule?: readonly string[];
}

/** So many of what would be let go of are listed by name. */
const mostShown = 20;

export async function testIgnore(path: string | undefined, words: IgnoreWords, shell: Shell): Promise<number> {
  const { config: file, json = false, rule: tried = [] } = words;
  const config = await openConfig(file, shell);
  const problems = new Map<string, IgnoreProblem>();
  const print = (text: string, facts: unknown): void => shell.print(json ? JSON.stringify(facts) : text);
  if (path !== undefined) {
    for (const placed of await findPaths(path, config, shell, realDisk)) {
      const { pair } = placed;
      const options = { config, pair, tried, signal: shell.signal };
      const tested = await testPath(options, placed.path, path.endsWith('/') ? 'folder' : null);
      for (const problem of tested.problems) problems.set(problemText(problem), problem);
      const { verdict } = tested;
      print(`${nameText(placeOf(placed))}: ${verdictText(verdict)}`, {
        pair: pair.name,
        path: placed.path,
        ignored: verdict.ignored,
        rule: verdict.ignored ? verdict.rule : null,
      });
    }
  }
  if (path === undefined || tried.length > 0) await tellLetGo(config, tried, problems, { print, shell });
  for (const text of problems.keys()) shell.tell(text);
  return 0;
}

interface Telling {
  readonly print: (text: string, facts: unknown) => void;
  readonly shell: Shell;
}

async function tellLetGo(
  config: Config,
  tried: readonly string[],
  problems: Map<string, IgnoreProblem>,
  { print, shell }: Telling,
): Promise<void> {
  for (const pair of config.pairs) {
    const found = await findLetGo({ config, pair, tried, signal: shell.signal });
    for (const problem of found.problems) problems.set(problemText(problem), problem);
    print(letGoText(pair.local, found.letGo), { pair: pair.name, letGo: found.letGo });
  }
}

function letGoText(folder: string, letGo: readonly LetGo[]): string {
  const head = `${nameText(folder)}: `;
  if (letGo.length === 0) return `${head}nothing that is in step would be let go of`;
  const items = letGo.reduce((sum, one) => sum + one.items, 0);
  const size = letGo.reduce((sum, one) => sum + one.size, 0);
  const more = letGo.length - mostShown;
  return [
    `${head}${countText(items, 'item')} (${sizeText(size)}) would be let go of: they stay where they are, on both sides, and are no longer kept the same`,
    ...letGo.slice(0, mostShown).map(({ path, kind, items: count, verdict }) => {
      const amount = kind === 'folder' ? `/ (${countText(count, 'item')})` : '';
      return `  ${nameText(path)}${amount}  ${verdictText(verdict)}`;
    }),
    ...(more > 0 ? [`  … and ${numberText(more)} more`] : []),
  ].join('\n');
}
