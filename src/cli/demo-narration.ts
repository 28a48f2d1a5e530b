/** How the demo tells its story: chapters, what somebody does, and every step of yetisync with its reason, in 80 columns. */
import type { CycleEvent, CycleResult } from '../cycle.ts';
import type { ObserveProgress } from '../compose/pair-world.ts';
import type { Operation } from '../core/operation.ts';
import { hasEffect } from '../core/operation.ts';
import { assertNever, meaningOf } from '../errors.ts';
import { durationText, nameText, pathText, sizeText } from './amounts.ts';
import { bytesOf, newNameOf } from './operation-words.ts';
import type { Shell } from './shell.ts';

const widest = 80;
const stepIndent = '     ';
const verbWidth = 17;

export class Narrator {
  readonly #shell: Shell;
  readonly #width: number;
  #chapter = 0;
  /** What each computer left alone is told once. */
  readonly #leftAlone = new Set<string>();

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#width = Math.min(widest, shell.out.columns);
  }

  say(text = ''): void {
    this.#shell.print(text);
  }

  chapter(title: string): void {
    this.#chapter++;
    this.say();
    this.say(this.#shell.out.style.bold(`${this.#chapter}. ${title}`));
  }

  /** Somebody does something, without yetisync. */
  act(who: string, what: string): void {
    const { cyan } = this.#shell.out.style;
    this.say(`   ${cyan(who.padEnd(9))}${what}`);
  }

  /** A heading and, below it, where something is and why it is there. */
  places(heading: string, places: readonly { readonly where: string; readonly why?: string }[]): void {
    if (places.length === 0) return;
    const { dim } = this.#shell.out.style;
    this.say(`   ${heading}`);
    for (const { where, why } of places) {
      this.say(`${stepIndent}${shortened(where, this.#width - stepIndent.length)}`);
      if (why === undefined) continue;
      for (const line of wrapped(`because ${why}`, this.#width - 9)) this.say(dim(`       ${line}`));
    }
  }

  /** Returns what hears the events of a pass and, at its end, its result. */
  pass(who: string): {
    readonly onEvent: (event: CycleEvent | ObserveProgress) => void;
    end(result: CycleResult, ms: number): void;
  } {
    const { cyan, dim, green, red, yellow } = this.#shell.out.style;
    this.say();
    this.say(`   ${cyan(who)}: yetisync --once`);
    let reason = '';
    const because = (next: string): void => {
      if (reason !== '' && reason !== next)
        for (const line of wrapped(`because ${reason}`, this.#width - 9)) this.say(dim(`       ${line}`));
      reason = next;
    };
    return {
      onEvent: (event) => {
        if (event.kind === 'done' && hasEffect(event.operation) && event.operation.kind !== 'park') {
          because(event.operation.reason);
          this.#step(event.operation);
        }
        if (event.kind === 'failed') {
          because('');
          this.say(
            `${stepIndent}${red('failed'.padEnd(verbWidth))}${pathText(event.operation.path)}: ${event.why ?? ''}`,
          );
        }
      },
      end: ({ exit, problems, waiting }, ms) => {
        because('');
        for (const { path, code, detail } of problems) {
          const isFailure = meaningOf(code).exit !== 0;
          if (!isFailure && this.#leftAlone.has(`${who} ${path}`)) continue;
          this.#leftAlone.add(`${who} ${path}`);
          const verb = isFailure ? red('not synced'.padEnd(verbWidth)) : yellow('left alone'.padEnd(verbWidth));
          this.say(`${stepIndent}${verb}${pathText(path)}`);
          because(detail === null ? meaningOf(code).message : `${meaningOf(code).message} (${detail})`);
        }
        because('');
        for (const { path, why } of waiting)
          this.say(`${stepIndent}${'waits'.padEnd(verbWidth)}${pathText(path)}: ${why}`);
        this.say(
          exit === 0 ? green(`${stepIndent}in sync after ${durationText(ms)}`) : red(`${stepIndent}not in sync`),
        );
      },
    };
  }

  #step(operation: Operation): void {
    const bytes = bytesOf(operation);
    const size = bytes === 0 ? '' : sizeText(bytes);
    const room = this.#width - stepIndent.length - verbWidth;
    const name = newNameOf(operation);
    const path = name === null ? pathText(operation.path) : nameText(name);
    const what = shortened(
      operation.kind === 'move' ? `to ${path}` : path,
      size === '' ? room : room - size.length - 2,
    );
    const gap = size === '' ? '' : ' '.repeat(Math.max(2, room - columnsOf(what) - size.length));
    this.say(`${stepIndent}${shortVerbOf(operation).padEnd(verbWidth)}${what}${gap}${size}`);
  }
}

function shortVerbOf(operation: Operation): string {
  switch (operation.kind) {
    case 'upload':
      return operation.replaces === null ? 'uploaded' : 'uploaded anew';
    case 'download':
      return operation.over === null ? 'downloaded' : 'downloaded anew';
    case 'createFolder':
      return operation.side === 'local' ? 'folder here' : 'folder on host';
    case 'move':
      return operation.side === 'local' ? 'moved here' : 'moved on host';
    case 'trash':
      return operation.side === 'local' ? 'to trash here' : "to host's trash";
    case 'conflictCopy':
      return 'kept as a copy';
    case 'mergeTwin':
      return 'merged on host';
    case 'park':
    case 'compare':
    case 'link':
    case 'forget':
      return operation.kind;
    default:
      return assertNever(operation);
  }
}

/** The folders give way first: the name says most. */
function shortened(path: string, room: number): string {
  if (columnsOf(path) <= room) return path;
  const name = `…/${path.slice(path.lastIndexOf('/') + 1)}`;
  return columnsOf(name) <= room ? name : `${name.slice(0, room - 12)}…${name.slice(-11)}`;
}

/** How many columns a text takes: East Asian characters take two. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const one of text.normalize('NFC'))
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(one)
      ? 2
      : 1;
  return columns;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
