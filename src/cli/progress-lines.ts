/** How a pass looks on a terminal while it runs: where it stands, a bar for all of it, and one for each large transfer under way. */
import { countText, nameText, sizeText } from './amounts.ts';
import { cutFrontTo, widthOf } from './live-lines.ts';
import type { Progress, Transfer } from './progress.ts';
import type { Style } from './shell.ts';

/** So many transfers are shown, the eldest first. */
const mostTransfers = 6;
const barColumns = 20;

export interface FrameOptions {
  readonly columns: number;
  readonly style: Style;
  /** Which of several pairs it is; `''`: there is only one. */
  readonly prefix: string;
  /** The person asked to stop. */
  readonly isStopping: boolean;
}

/** Also takes the measure on which the next frame's rate rests. */
export function frameLines(progress: Progress, { columns, style, prefix, isStopping }: FrameOptions): string[] {
  const stopping = isStopping ? style.yellow('stopping once this is done: ') : '';
  const head = `${prefix}${stopping}${progress.line()}`;
  const { share, held, transfers } = progress;
  const lines = wrapped(head, columns - 1);
  if (share !== null) lines.push(`${bar(share, Math.max(10, Math.min(60, columns - 9)), style)} ${percent(share)}`);
  for (const transfer of transfers.slice(0, mostTransfers)) lines.push(transferLine(transfer, columns, style));
  const more = transfers.length - mostTransfers;
  if (more > 0) lines.push(style.dim(`  … and ${countText(more, 'more file')} under way`));
  if (held > 0) lines.push(style.yellow(`${countText(held, 'removal')} held back: unusually many at once`));
  return lines;
}

/** In two lines where one is too narrow, broken between two facts. */
function wrapped(text: string, columns: number): string[] {
  if (widthOf(text) <= columns) return [text];
  const facts = text.split(', ');
  let first = facts.shift() ?? '';
  while (facts.length > 0 && widthOf(`${first}, ${facts[0] ?? ''},`) <= columns) first += `, ${facts.shift() ?? ''}`;
  return facts.length === 0 ? [first] : [`${first},`, facts.join(', ')];
}

function transferLine({ operation, bytes, size }: Transfer, columns: number, style: Style): string {
  const share = size === 0 ? 0 : Math.min(1, bytes / size);
  const arrow = operation.kind === 'upload' ? '↑' : operation.kind === 'download' ? '↓' : '↕';
  const tail = `${percent(share)} of ${sizeText(size)}`;
  const isWide = columns >= 60;
  const room = columns - 1 - widthOf(`  ${arrow} `) - widthOf(` ${tail}`) - (isWide ? barColumns + 3 : 0);
  const name = cutFrontTo(nameText(operation.path), Math.max(5, room));
  const gap = ' '.repeat(Math.max(0, room - widthOf(name)));
  return `  ${style.cyan(arrow)} ${name}${gap} ${isWide ? `${bar(share, barColumns, style)} ` : ''}${tail}`;
}

/** `share` from 0 to 1; `columns` without the brackets. */
function bar(share: number, columns: number, style: Style): string {
  const full = Math.floor(share * columns);
  return `[${style.green('█'.repeat(full))}${style.dim('░'.repeat(columns - full))}]`;
}

/** Never 100 % before all of it is done. */
function percent(share: number): string {
  return `${String(Math.min(share < 1 ? 99 : 100, Math.floor(share * 100))).padStart(3)} %`;
}
