/**
 * `yetisync check`: the doctor. Each finding is one line, told as soon as it was found; the worst one is the exit status. It is
 * also the one command that signs in again after the host refused: a person runs it once the credentials are mended.
 */
import { check } from '../compose/check.ts';
import { hasCode } from '../errors.ts';
import { realClock } from '../system/clock.ts';
import { countText, nameText } from './amounts.ts';
import { configFinding, findingOf } from './check-words.ts';
import type { Finding } from './check-words.ts';
import type { OnceWords } from './once.ts';
import { engineWorld, openLog, readConfig } from './open-config.ts';
import { worstOf } from './run-outcome.ts';
import type { Shell, Style } from './shell.ts';

export async function runCheck(words: OnceWords, shell: Shell): Promise<number> {
  const { json = false } = words;
  const found: Finding[] = [];
  const tell = (finding: Finding): void => {
    found.push(finding);
    shell.print(json ? JSON.stringify(finding) : findingText(finding, shell.out.style));
  };
  await look(words, shell, tell);
  if (!json) shell.print(totalText(found));
  return worstOf(found.map(({ exit }) => exit));
}

async function look({ config: path }: OnceWords, shell: Shell, tell: (finding: Finding) => void): Promise<void> {
  const loaded = await readConfig(path, shell).catch((error: unknown) => {
    if (!hasCode(error, 'config/invalid')) throw error;
    const where = error.path === undefined ? '' : `${error.path}: `;
    for (const line of (error.detail ?? error.message).split('\n')) tell(configFinding(`${where}${line}`, 'problem'));
    return null;
  });
  if (loaded === null) return;
  const { config, warnings } = loaded;
  for (const warning of warnings) tell(configFinding(warning, 'warning'));
  tell(configFinding(`${loaded.path} is valid, ${countText(config.pairs.length, 'folder pair')}`, 'ok'));
  await check({
    config,
    log: openLog(config, shell),
    ...engineWorld(shell, 'yetisync check'),
    onLook: (seen) => tell(findingOf(seen, realClock.now())),
  });
}

/** `problem  sign-in: the host refused the sign-in; mend the credentials, then run …` */
export function findingText({ verdict, about, folder, what, cure }: Finding, style: Style): string {
  const colour = { ok: style.green, warning: style.yellow, problem: style.red }[verdict];
  const where = folder === null ? about : `${about} of ${folder}`;
  const todo = cure === null ? '' : ` → ${cure}`;
  return `${colour(verdict.padEnd(7))}  ${nameText(`${where}: ${what}${todo}`)}`;
}

function totalText(found: readonly Finding[]): string {
  const count = (wanted: Finding['verdict']): number => found.filter(({ verdict }) => verdict === wanted).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  if (problems === 0 && warnings === 0) return 'all is well';
  const parts = [
    ...(problems === 0 ? [] : [countText(problems, 'problem')]),
    ...(warnings === 0 ? [] : [countText(warnings, 'warning')]),
  ];
  return parts.join(', ');
}
