/** `yetisync verify`: proves both sides equal, or names what is not. Changes nothing anywhere. */
import type { PairEngine } from '../compose.ts';
import { openEngine } from '../compose.ts';
import { exitOfVerified } from '../compose/verify.ts';
import type { Difference, Verified } from '../compose/verify.ts';
import { assertNever, meaningOf, SyncError } from '../errors.ts';
import { realClock } from '../system/clock.ts';
import { countText, nameText, numberText, pathText, sizeText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { engineWorld, openConfig, openLog } from './open-config.ts';
import { factsOf, sentenceOf } from './operation-words.ts';
import { errorFacts, firstOf, heldLines, problemFacts, problemLines, stopText, worstOf } from './run-outcome.ts';
import type { Shell, Style } from './shell.ts';

export interface VerifyWords extends Where {
  readonly download?: boolean;
}

/** How often it is told how far the reading has come, in milliseconds. */
const toldEveryMs = { terminal: 3_000, elsewhere: 30_000 };

/** Resolves to the exit status: 0 equal, 1 not, 3 where a person must act. */
export async function verifyPairs(words: VerifyWords, shell: Shell): Promise<number> {
  const { config: path, json = false, download: isThorough = false } = words;
  const config = await openConfig(path, shell);
  const log = openLog(config, shell);
  const engine = await openEngine({ config, log, ...engineWorld(shell, 'yetisync verify'), isLook: true });
  const exits: number[] = [];
  try {
    for (const pair of engine.pairs) {
      const found = await look(pair, isThorough, shell);
      exits.push(found instanceof SyncError ? meaningOf(found.code).exit : exitOfVerified(found));
      if (found instanceof SyncError && found.code === 'bug') log.error('unexpected failure', { error: found });
      if (json) for (const line of verifiedLines(pair, found)) shell.print(JSON.stringify(line));
      else shell.print(verifiedText(pair, found, isThorough, shell.out.style));
      if (shell.signal.aborted) break;
    }
  } finally {
    await engine.close();
  }
  const exit = worstOf(exits);
  if (json) shell.print(JSON.stringify({ event: 'summary', exit, isThorough }));
  return exit;
}

async function look(engine: PairEngine, isThorough: boolean, shell: Shell): Promise<Verified | SyncError> {
  const { err } = shell;
  const everyMs = err.isTerminal ? toldEveryMs.terminal : toldEveryMs.elsewhere;
  let toldMs = realClock.monotonic();
  const onRead = (readBytes: number, ofBytes: number): void => {
    if (realClock.monotonic() - toldMs < everyMs) return;
    toldMs = realClock.monotonic();
    shell.tell(err.style.dim(`${nameText(engine.pair.name)}: read ${sizeText(readBytes)} of ${sizeText(ofBytes)}`));
  };
  try {
    return await engine.verify({ isThorough, onRead });
  } catch (error) {
    return error instanceof SyncError ? error : new SyncError('bug', { cause: error });
  }
}

// ---------------------------------------------------------------------------------------------- as text

function verifiedText({ pair }: PairEngine, found: Verified | SyncError, isThorough: boolean, style: Style): string {
  const head = style.bold(`${nameText(pair.local)} ⇄ ${nameText(pair.remote)}`);
  if (found instanceof SyncError) return [head, `  ${stopText(found, style)}`].join('\n');
  const { differences, held, problems, waiting } = found;
  return [
    head,
    ...differences.flatMap((difference) => differenceLines(difference, style)),
    ...(waiting.length === 0
      ? []
      : [
          `  ${style.yellow(`${numberText(waiting.length)} not decided yet`)}`,
          ...firstOf(waiting.map(({ path, why }) => `${pathText(path)}: ${why}`)),
        ]),
    ...heldLines(held, style),
    ...problemLines(problems, style),
    ...verdictLines(found, isThorough, style),
  ].join('\n');
}

function differenceLines(difference: Difference, style: Style): string[] {
  switch (difference.kind) {
    case 'open': {
      const { operation } = difference;
      return [`  ${pathText(operation.path)}`, style.dim(`      ${operation.reason}; next: ${sentenceOf(operation)}`)];
    }
    case 'unread':
      return [
        `  ${pathText(difference.path)}`,
        style.dim(
          '      both sides have a file of this size and never agreed on one: `yetisync verify --download` reads both',
        ),
      ];
    case 'content': {
      const { path, side, md5, agreed } = difference;
      const where = side === 'local' ? 'here' : 'on the host';
      return [
        `  ${pathText(path)}`,
        style.red(`      its content ${where} is another than both sides agreed on: MD5 ${md5}, not ${agreed}`),
      ];
    }
    default:
      return assertNever(difference);
  }
}

function verdictLines(found: Verified, isThorough: boolean, style: Style): string[] {
  const { files, folders, bytes, readBytes, differences } = found;
  const alike = `${countText(files, 'file')} (${sizeText(bytes)}) and ${countText(folders, 'folder')}`;
  const how = isThorough
    ? `, by reading ${sizeText(readBytes)}`
    : ', by what is known; `yetisync verify --download` reads every byte';
  const exit = exitOfVerified(found);
  if (exit === 0) return [style.green(`  equal: ${alike}${how}`)];
  const apart = differences.length === 0 ? '' : `; ${countText(differences.length, 'difference')}`;
  return [style.red(`  not equal${apart}`), `  alike: ${alike}${how}`];
}

// ---------------------------------------------------------------------------------------------- as JSON

function verifiedLines(
  { pair }: PairEngine,
  found: Verified | SyncError,
): readonly Readonly<Record<string, unknown>>[] {
  const name = { pair: pair.name };
  if (found instanceof SyncError) return [{ event: 'error', ...errorFacts(found), ...name }];
  const { files, folders, bytes, readBytes, differences, held, problems, waiting } = found;
  return [
    ...differences.map((it) => ({ event: 'difference', ...differenceFacts(it), ...name })),
    ...held.map(({ side, path, entryKind }) => ({ event: 'held', side, path, kind: entryKind, ...name })),
    ...problems.map((problem) => ({ event: 'problem', ...problemFacts(problem), ...name })),
    ...waiting.map((it) => ({ event: 'waiting', ...it, ...name })),
    { event: 'verified', isEqual: exitOfVerified(found) === 0, files, folders, bytes, readBytes, ...name },
  ];
}

function differenceFacts(difference: Difference): Readonly<Record<string, unknown>> {
  const { kind: about, ...rest } = difference;
  return difference.kind === 'open' ? { about, next: factsOf(difference.operation) } : { about, ...rest };
}
