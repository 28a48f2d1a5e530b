/** `yetisync explain PATH`: what is known of one path, which rule applied, what was done with it last and what comes next. */
import { explain } from '../compose/explain.ts';
import type { Explanation } from '../compose/explain.ts';
import { meaningOf } from '../errors.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { agoText, countText, durationText, momentText, nameText, pathText, sizeText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { complaintOf } from './complaint.ts';
import { findPaths, placeOf } from './find-path.ts';
import { ruleText } from './ignore-words.ts';
import { openConfig } from './open-config.ts';
import { factsOf, happenedOf, sentenceOf } from './operation-words.ts';
import { errorFacts, problemFacts } from './run-outcome.ts';
import type { Shell, Style } from './shell.ts';

export async function explainPath(text: string, { config: file, json = false }: Where, shell: Shell): Promise<number> {
  const config = await openConfig(file, shell);
  const { computer, signal } = shell;
  const found: Explanation[] = [];
  for (const { pair, path } of await findPaths(text, config, shell, realDisk))
    found.push(await explain({ config, pair, path, computer, signal }));
  // Of several pairs those that know it; if none does, all say so.
  const known = found.filter(isAnywhere);
  for (const one of known.length > 0 ? known : found) {
    shell.print(json ? JSON.stringify(explanationFacts(one)) : explanationText(one, realClock.now(), shell.out.style));
  }
  return 0;
}

function isAnywhere({ now, local, remote, base, history }: Explanation): boolean {
  return now !== null || local !== null || remote !== null || base !== null || history.length > 0;
}

// ---------------------------------------------------------------------------------------------- as text

/** `nowMs` in milliseconds since 1970. */
export function explanationText(it: Explanation, nowMs: number, style: Style): string {
  return [
    style.bold(nameText(placeOf(it))),
    ...(it.stopped === null
      ? []
      : [`  ${style.red('stopped')}      ${complaintOf(it.stopped).slice('yetisync: '.length)}`]),
    `  here         ${hereText(it)}`,
    `  on the host  ${hostText(it, nowMs)}`,
    `  last agreed  ${agreedText(it)}`,
    ...nameLines(it),
    `  rule         ${ruleLine(it, style)}`,
    ...nextLines(it, nowMs, style),
    ...historyLines(it),
  ].join('\n');
}

function hereText({ stopped, now, local, path }: Explanation): string {
  if (stopped !== null) return 'not looked at';
  if (now === null) return local === null || local.path === path ? 'nothing' : `moved to ${nameText(local.path)}`;
  if (now.kind === 'folder') return 'a folder';
  if (now.kind === 'special') return 'a link, socket, pipe or device';
  const md5 = local?.md5 ?? null;
  return `a file, ${sizeText(now.size)}, changed ${momentText(now.changedAtMs)}${md5 === null ? '' : `, MD5 ${md5}`}`;
}

function hostText({ pair, isKnown, remote, hostSeenMs }: Explanation, nowMs: number): string {
  if (!isKnown) return 'not asked yet: this folder was never synced on this computer';
  const seen = hostSeenMs === null ? '' : `, as listed ${agoText(hostSeenMs, nowMs)}`;
  if (remote === null) return `nothing${seen}`;
  const place = `${pair.remote === '/' ? '' : pair.remote}/${remote.path}`;
  if (remote.kind === 'folder') return `the folder ${nameText(place)} (id ${remote.id.slice(1)})${seen}`;
  const md5 = remote.md5 === null ? '' : `, MD5 ${remote.md5}`;
  return `${nameText(place)}, ${sizeText(remote.size)} (id ${remote.id.slice(1)})${md5}${seen}`;
}

function agreedText({ isKnown, base, path }: Explanation): string {
  if (!isKnown) return 'never';
  if (base === null) return 'never: both sides have not agreed on it yet, or on its removal';
  const where = base.path === path ? '' : ` at ${nameText(base.path)}`;
  return base.kind === 'folder' ? `a folder${where}` : `${sizeText(base.size)}, MD5 ${base.md5 ?? 'not known'}${where}`;
}

function nameLines({ local, remote, base }: Explanation): string[] {
  const here = local?.name ?? base?.localName;
  const there = remote?.name ?? base?.remoteName;
  if (here === undefined || there === undefined || (here as string) === there) return [];
  return [`  names        ${nameText(here)} here, ${nameText(there)} on the host`];
}

function ruleLine(it: Explanation, style: Style): string {
  if (it.isExcluded) return style.yellow('left out on this computer by `exclude` in the config');
  if (it.ignored.ignored) return style.yellow(`ignored: ${ruleText(it.ignored.rule)}`);
  if (it.problem !== null) {
    const { message } = meaningOf(it.problem.code);
    return style.red(`${message}${it.problem.detail === null ? '' : ` (${nameText(it.problem.detail)})`}`);
  }
  if (it.waiting !== null) return style.yellow(it.waiting);
  if (it.reason !== null) return it.reason;
  if (it.base !== null) return style.green('in step: both sides are as they were when they last agreed');
  return it.isKnown ? 'nothing is known of it' : 'the first pass compares both sides and removes nothing';
}

function nextLines(it: Explanation, nowMs: number, style: Style): string[] {
  const { next, nextBelow, goesWith, isHeld, problem } = it;
  const lines = next.map((operation) => `  next         ${sentenceOf(operation)}: ${operation.reason}`);
  if (goesWith !== null) lines.push(`  next         goes to the trash with ${pathText(goesWith)}`);
  if (isHeld) {
    lines.push(
      `  next         ${style.red('its removal waits for you')}: \`yetisync held\` shows it with the others that wait`,
    );
  }
  if (problem?.nextTryMs !== undefined && problem.tries !== undefined) {
    const wait = problem.nextTryMs - nowMs;
    const when = wait > 0 ? `in ${durationText(wait)}, or at once when it changes` : 'in the next pass';
    lines.push(`  next         is tried again ${when} (tried ${countText(problem.tries, 'time')})`);
  }
  if (lines.length === 0) lines.push('  next         nothing to do');
  if (nextBelow > 0)
    lines.push(`               and ${countText(nextBelow, 'step')} below it: \`yetisync --once --dry-run\` lists them`);
  return lines;
}

function historyLines({ history, path }: Explanation): string[] {
  return history.map((line, at) => {
    const where = line.path === path ? '' : ` ${pathText(line.path)}`;
    const title = at === 0 ? 'last done    ' : '             ';
    return `  ${title}${momentText(line.atMs)}  ${happenedOf(line.kind, line.side)}${where}: ${line.reason}`;
  });
}

// ---------------------------------------------------------------------------------------------- as JSON

function explanationFacts(it: Explanation): Readonly<Record<string, unknown>> {
  const { pair, path, stopped, problem, next, ignored, ...rest } = it;
  return {
    pair: pair.name,
    path,
    file: placeOf(it),
    ...rest,
    ignored: ignored.ignored ? ignored.rule : null,
    stopped: stopped === null ? null : errorFacts(stopped),
    problem: problem === null ? null : problemFacts(problem),
    next: next.map(factsOf),
  };
}
