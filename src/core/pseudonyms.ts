/**
 * Names without what they say: the same name always has the same pseudonym, and whatever a name does to a decision it still does. Names that
 * differ in case or in normal form only still do; extensions, ` (2)`, the mark of a conflict copy, leading dots and blanks stay; what a
 * host alters in a name is still in it.
 */
import { IGNORE_FILE, PARKED_PREFIX } from './ignore.ts';
import { localNameFor, remoteNameFor, spelledOut } from './names.ts';
import type { LocalName, RemoteName } from './path.ts';

/** Eight letters: their case tells 256 forms of one name apart. */
const word = 'document';
/** The same in both normal forms, for names that have two. */
const accented = { NFC: '\u00e9', NFD: 'e\u0301' } as const;

const extension = /^(.+?)(\.[A-Za-z0-9]{1,5})$/s;
const marks = /^(.*?)((?: \((?:\d+|conflict \d{4}-\d\d-\d\d \d\d-\d\d-\d\d [^()]*)\))*)$/s;
/** What hosts alter or refuse; one of each stays. */
const special = /["'\\<>%]|\p{Cc}|[\u{10000}-\u{10ffff}]/gu;

export class Pseudonyms {
  /** By what is left of a name when case and normal form are taken from it. */
  readonly #stems = new Map<string, number>();
  /** The forms of one stem, in the order in which they came. */
  readonly #forms = new Map<string, Map<string, number>>();
  readonly #computers = new Map<string, string>();

  /** Of one name on the local disk. */
  local(name: LocalName): LocalName {
    if (name === IGNORE_FILE || name.startsWith(PARKED_PREFIX)) return name;
    return this.#plain(name) as LocalName;
  }

  /** Of one name on the host, which may be the spelled-out form of another. */
  remote(name: RemoteName): RemoteName {
    const local = localNameFor(name);
    if (local === null || (local as string) === (name as string)) return this.#plain(name) as RemoteName;
    const shown = this.local(local);
    const trimmed = remoteNameFor(shown);
    if (remoteNameFor(local) === name && trimmed !== null) return trimmed;
    return spelledOut(shown as string as RemoteName) ?? (shown as string as RemoteName);
  }

  path(path: string): string {
    if (path === '') return '';
    return path
      .split('/')
      .map((name) => this.local(name as LocalName))
      .join('/');
  }

  #plain(name: string): string {
    const [, before = '', core = '', after = ''] = /^(\s*\.?)(.*?)(\s*)$/s.exec(name) ?? [];
    const [, stem = core, ending = ''] = extension.exec(core) ?? [];
    const [, body = stem, ends = ''] = marks.exec(stem) ?? [];
    return `${before}${this.#stem(body)}${this.#withoutComputers(ends)}${ending}${after}`;
  }

  #stem(body: string): string {
    if (body === '') return '';
    const key = body.normalize('NFC').toLowerCase();
    const number = this.#stems.get(key) ?? this.#stems.size + 1;
    this.#stems.set(key, number);
    const forms = this.#forms.get(key) ?? new Map<string, number>();
    this.#forms.set(key, forms);
    const composed = body.normalize('NFC');
    const form = forms.get(composed) ?? forms.size;
    forms.set(composed, form);
    const letters = Array.from(word, (letter, at) => (((form >> at) & 1) === 1 ? letter.toUpperCase() : letter)).join(
      '',
    );
    const hasForms = composed !== body.normalize('NFD');
    const accent = hasForms ? accented[body === composed ? 'NFC' : 'NFD'] : '';
    const odd = [...new Set(body.match(special) ?? [])].join('');
    return `${letters}${accent}${odd}${number}`;
  }

  #withoutComputers(ends: string): string {
    return ends.replace(
      /( \(conflict \d{4}-\d\d-\d\d \d\d-\d\d-\d\d )([^() ]+)/g,
      (_, mark: string, computer: string) => {
        const shown = this.#computers.get(computer) ?? `computer${this.#computers.size + 1}`;
        this.#computers.set(computer, shown);
        return mark + shown;
      },
    );
  }
}
