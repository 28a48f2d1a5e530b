/**
 * A few lines at the bottom of a terminal that are written anew again and again, with everything else above them. What must hold: whatever
 * the width, also when it changes in between, nothing but these lines is ever wiped, and no line is wider than the terminal.
 */
import stringWidth from 'fast-string-truncated-width';

/** A terminal on which the cursor can be moved. */
export interface Canvas {
  /** Right now; 0 where the terminal does not know. */
  readonly columns: number;
  readonly rows: number;
  /** As it is: without a line's end. */
  write(text: string): void;
}

/** Narrower ones, and those of no width, get plain lines now and then. */
export const leastColumns = 30;

const CLEAR_LINE = '\u001b[2K';
const UP_AND_CLEAR = `\u001b[1A${CLEAR_LINE}`;

export class LiveLines {
  readonly #canvas: Canvas;
  /** Widths of the lines that stand there. */
  #drawn: readonly number[] = [];

  constructor(canvas: Canvas) {
    this.#canvas = canvas;
  }

  /** Puts `lines` in the place of those before; what is too wide or too many is cut. */
  draw(lines: readonly string[]): void {
    const { columns, rows } = this.#canvas;
    const shown = lines.slice(0, rows > 1 ? rows - 1 : 23).map((line) => cutTo(line, columns - 1));
    this.#canvas.write(`${this.#wipe()}${shown.map((line) => `${line}\n`).join('')}`);
    this.#drawn = shown.map(widthOf);
  }

  /** Takes the lines away; what is written next stands where they were. */
  clear(): void {
    const wipe = this.#wipe();
    if (wipe !== '') this.#canvas.write(wipe);
    this.#drawn = [];
  }

  /** A terminal that became narrower has broken what stood there into more lines. */
  #wipe(): string {
    const columns = Math.max(1, this.#canvas.columns);
    const lines = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    // The cursor's own line too: the terminal shows there what is typed, such as ^C.
    return lines === 0 ? '' : `\r${CLEAR_LINE}${UP_AND_CLEAR.repeat(lines)}`;
  }
}

/** Columns that a text takes: wide letters two, colours none. */
export function widthOf(text: string): number {
  return stringWidth(text).width;
}

/** `text` in at most `columns` columns, with an ellipsis where it was cut; colours end with it. */
export function cutTo(text: string, columns: number): string {
  const { truncated, index } = stringWidth(text, { limit: columns, ellipsis: '…', ellipsisWidth: 1 });
  if (!truncated) return text;
  const kept = `${text.slice(0, index)}…`;
  return kept.includes('\u001b') ? `${kept}\u001b[0m` : kept;
}

/** The same, from the front: of a path its end says most. */
export function cutFrontTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 1;
  for (const c of [...text].reverse()) {
    width += widthOf(c);
    if (width > columns) break;
    kept = c + kept;
  }
  return `…${kept}`;
}
