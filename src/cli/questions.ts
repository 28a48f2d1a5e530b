/** Questions to a person at a terminal, as a conversation that can be read back. What must hold: Ctrl+C and Esc end the command. */
import { cancel, confirm, intro, isCancel, log, note, outro, password, select, spinner, text } from '@clack/prompts';
import { SyncError } from '../errors.ts';
import { nameText } from './amounts.ts';

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

/** Why an answer will not do; `null`: it will. */
export type Check = (answer: string) => string | null;

/** All of them reject with `stopped` when the person leaves. */
export interface Questions {
  begin(title: string): void;
  end(text: string): void;
  /** Something to read, with its title. */
  tell(title: string, lines: readonly string[]): void;
  warn(line: string): void;
  choose<T extends string>(question: string, choices: readonly Choice<T>[], first: T): Promise<T>;
  /** `usual` is taken when nothing is typed. */
  line(question: string, usual: string | null, check: Check): Promise<string>;
  /** What is typed is not shown. */
  secret(question: string, check: Check): Promise<string>;
  yes(question: string): Promise<boolean>;
  /** Shows that something is going on; `say` changes what. */
  during<T>(what: string, work: (say: (text: string) => void) => Promise<T>): Promise<T>;
}

export function terminalQuestions(signal: AbortSignal): Questions {
  return {
    begin: (title) => intro(title),
    end: (line) => outro(line),
    tell: (title, lines) => note(lines.map(nameText).join('\n'), title),
    warn: (line) => log.warn(nameText(line)),
    async choose(question, choices, first) {
      // by its place: the package's options are typed by the type of their value, which must not be a parameter
      const options = choices.map(({ label, hint }, value) => ({
        value,
        label: nameText(label),
        ...(hint === undefined ? {} : { hint: nameText(hint) }),
      }));
      const initialValue = choices.findIndex(({ value }) => value === first);
      const picked = answered(await select({ message: question, options, initialValue, maxItems: 12, signal }));
      return choices[picked]?.value ?? first;
    },
    async line(question, usual, check) {
      const given = answered(
        await text({
          message: question,
          ...(usual === null ? {} : { placeholder: usual, defaultValue: usual }),
          validate: (value) => complaint(check, value === undefined || value === '' ? (usual ?? '') : value),
          signal,
        }),
      );
      return given.trim();
    },
    async secret(question, check) {
      return answered(
        await password({ message: question, validate: (value) => complaint(check, value ?? ''), signal }),
      ).trim();
    },
    async yes(question) {
      return answered(await confirm({ message: question, initialValue: true, signal }));
    },
    async during(what, work) {
      const wheel = spinner({ indicator: 'timer' });
      wheel.start(what);
      try {
        const result = await work((say) => wheel.message(nameText(say)));
        wheel.stop(what);
        return result;
      } catch (error) {
        wheel.error(what);
        throw error;
      }
    },
  };
}

function complaint(check: Check, value: string): string | undefined {
  return check(value.trim()) ?? undefined;
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isAnswer(answer)) return answer;
  cancel('Nothing was written.');
  throw new SyncError('stopped');
}

function isAnswer<T>(answer: T): answer is Exclude<T, symbol> {
  return !isCancel(answer);
}
