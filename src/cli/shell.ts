/** What a command sees of the process it runs in; built by `main.ts`, by hand in tests. */
import type { Env } from '../config/config.ts';
import type { Canvas } from './live-lines.ts';

export interface Shell {
  /** One line, or several, on stdout: what the command was asked for. */
  print(text: string): void;
  /** The same on stderr: how it goes, and what is wrong. */
  tell(text: string): void;
  /** From here on these values appear in nothing that is printed about a failure. */
  keepSecret(values: readonly string[]): void;
  /** Asks a person at the terminal for a line; `null` where nobody sits at one. Rejects with `stopped`. */
  readonly ask: ((question: string) => Promise<string>) | null;
  /** All of stdin, for what is piped in. */
  readonly input: () => Promise<string>;
  readonly out: Screen;
  readonly err: Screen;
  readonly env: Env;
  /** The user's home folder, absolute. */
  readonly home: string;
  /** The folder that the command was started in, absolute. */
  readonly cwd: string;
  /** What this computer calls itself. */
  readonly computer: string;
  /** Operating system and Node, for a report. */
  readonly system: string;
  readonly pid: number;
  /** What starts this program, as words: node and its file. */
  readonly program: readonly string[];
  /** A folder for what may be lost, absolute. */
  readonly temporary: string;
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** To be stopped is how this command ends, and no failure, also where the stop takes too long. */
  endsWell(): void;
  /** Calls back at each SIGHUP, until the returned function is called; before the first such call SIGHUP ends the program. */
  readonly onHangUp: (listener: () => void) => () => void;
}

/** One of the two streams. */
export interface Screen {
  readonly isTerminal: boolean;
  /** How wide text should be set. */
  readonly columns: number;
  readonly style: Style;
  /** `null`: no terminal, or one on which the cursor cannot be moved. */
  readonly canvas: Canvas | null;
}

/** Puts weight and colour around a text, or nothing. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

export function makeStyle(hasColours: boolean): Style {
  const around = (open: number, close: number) => (text: string) =>
    hasColours ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: around(1, 22),
    dim: around(2, 22),
    red: around(31, 39),
    green: around(32, 39),
    yellow: around(33, 39),
    cyan: around(36, 39),
  };
}
