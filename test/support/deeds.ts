/**
 * What persons do in the histories of the engine: every kind of deed, on whatever is there when its turn comes. Numbers choose, so that a
 * deed means something in any history.
 */
import { EMPTY } from './ledger.ts';
import type { Person } from './person.ts';
import { md5Of } from './snapshot.ts';
import type { World } from './world.ts';

export const acts = [
  'create',
  'create again',
  'create equal',
  'edit',
  'edit by a new file',
  'edit with a backup',
  'edit unseen',
  'empty',
  'touch',
  'remove file',
  'remove',
  'rename',
  'move',
  'move back',
  'move over',
  'swap',
  'rotate',
  'merge',
  'invert',
  'respell',
  'mkdir',
  'copy',
  'kind',
  'twin',
  'restore',
  'move out',
  'move in',
  'link',
] as const;

export type Act = (typeof acts)[number];

/** Numbers choose among what is there. */
export interface Deed {
  readonly act: Act;
  readonly who: number;
  readonly a: number;
  readonly b: number;
  readonly name: number;
}

export class Deeds {
  readonly #world: World;
  /** The pool of names. */
  readonly #names: readonly string[];
  readonly #actors: readonly string[];
  /** Paths that were left: where something new is made, what was there before must not come back. */
  readonly #left: string[] = [];
  #hasTwins = false;
  #counter = 0;

  constructor(world: World, names: readonly string[], actors: readonly string[]) {
    this.#world = world;
    this.#names = names;
    this.#actors = actors;
  }

  /** Whether the host ever had several things under one name. */
  get hasTwins(): boolean {
    return this.#hasTwins;
  }

  noteTwins(): void {
    this.#hasTwins = true;
  }

  /** Whether somebody removed it, or moved it away, or what it is in. */
  wasLeft(path: string): boolean {
    return this.#left.some((one) => path === one || path.startsWith(`${one}/`));
  }

  /** The same file or folder on each computer, without a pass. */
  async everywhere(deed: Deed): Promise<void> {
    const content = this.content();
    for (const { name } of this.#world.computers) {
      const person = this.#world.person(name);
      const path = this.#place(person, deed);
      if (person.has(path)) continue;
      if (deed.act === 'mkdir') await person.mkdir(path);
      else await person.write(path, content);
    }
  }

  /** Returns who did it; `null`: there was nothing to do it to. */
  async deed(deed: Deed): Promise<string | null> {
    const who = pick(this.#actors, deed.who)!;
    const before = this.#world.steps.length;
    const shown = who === 'web' ? this.#world.web.shape() : null;
    await this.#do(who, this.#world.person(who), deed);
    if (this.#world.steps.length === before) return null;
    if (shown === null) return who;
    // by the names that the host made of those that were asked for
    for (const path of this.#world.web.shape().keys()) {
      if (!shown.has(path)) this.#world.ledger.made('web', path.replaceAll(/ #\d+/g, ''));
      if (!isPlain(path)) this.#hasTwins = true;
    }
    return who;
  }
  content(): string {
    const nth = this.#counter++;
    return this.#world.sized(`${this.#world.seed} ${nth}`, nth);
  }

  #name(nth: number): string {
    return pick(this.#names, nth)!;
  }

  #folders(person: Person): string[] {
    return [...person.shape()].flatMap(([path, value]) =>
      value === 'folder' && this.#isReachable(person, path) ? [path] : [],
    );
  }

  /** The host's page knows things by the host's own names. */
  #isReachable(person: Person, path: string): boolean {
    return isPlain(path) && (person.name !== 'web' || this.#world.web.find(path) !== undefined);
  }

  /** A path that may be taken or free, below a folder that is there. */
  #place(person: Person, { b, name }: Pick<Deed, 'b' | 'name'>): string {
    const above = pick(['', '', ...this.#folders(person).filter((path) => path.split('/').length < 3)], b)!;
    return above === '' ? this.#name(name) : `${above}/${this.#name(name)}`;
  }

  async #do(who: string, person: Person, deed: Deed): Promise<void> {
    const { act, a, b, name } = deed;
    const shape = person.shape();
    const all = [...shape.keys()].filter((path) => this.#isReachable(person, path));
    const files = all.filter((path) => !['folder', 'special'].includes(shape.get(path)!));
    const any = pick(all, a);
    const file = pick(files, a);
    const place = this.#place(person, deed);
    const computer = who === 'web' ? null : this.#world.computer(who);
    const isFree = (path: string): boolean =>
      !shape.has(path) && (parentOf(path) === '' || this.#folders(person).includes(parentOf(path)));
    switch (act) {
      case 'create':
        if (isFree(place)) await person.write(place, this.content());
        return;
      case 'create again': {
        const path = pick(
          this.#left.filter((one) => isFree(one)),
          a,
        );
        if (path !== undefined) await person.write(path, this.content());
        return;
      }
      case 'create equal':
        // two persons write the same
        if (isFree(place)) await person.write(place, `equal ${name % 2}`.padEnd(40, '.'));
        return;
      case 'edit':
        if (file !== undefined) await person.write(file, this.content());
        return;
      case 'edit by a new file':
        if (file === undefined || computer === null || shape.has(`${file}.new`)) return;
        await person.write(`${file}.new`, this.content());
        await person.move(`${file}.new`, file);
        return;
      case 'edit with a backup':
        if (file === undefined || computer === null || shape.has(`${file}.bak`)) return;
        await person.move(file, `${file}.bak`);
        await person.write(file, this.content());
        if (b % 2 === 0) await person.remove(`${file}.bak`);
        return;
      case 'edit unseen': {
        // same size, and the time of the last change put back
        if (file === undefined || computer === null || shape.get(file) === EMPTY) return;
        const mtimeNs = computer.mtimeNs(file);
        await person.write(file, this.content());
        if (mtimeNs !== undefined) computer.touch(file, mtimeNs);
        return;
      }
      case 'empty':
        if (computer === null) return;
        if (file !== undefined && b % 2 === 0) await person.write(file, '');
        else if (isFree(place)) await person.write(place, '');
        return;
      case 'touch':
        if (file === undefined || computer === null) return;
        if (b % 2 === 0) computer.touch(file, BigInt(a + 1) * 1_000_000_000n);
        else computer.chmod(file, b % 4 === 1 ? 0o600 : 0o755);
        return;
      case 'remove file':
        if (file !== undefined) await this.#leave(person, file);
        return;
      case 'remove':
        if (any !== undefined) await this.#leave(person, any);
        return;
      case 'rename': {
        if (any === undefined) return;
        const to = join(parentOf(any), this.#name(name));
        if (isFree(to)) await this.#move(person, any, to);
        return;
      }
      case 'move':
        if (any !== undefined && isFree(place)) await this.#move(person, any, place);
        return;
      case 'move back': {
        const to = pick(
          this.#left.filter((one) => isFree(one)),
          b,
        );
        if (any !== undefined && to !== undefined) await this.#move(person, any, to);
        return;
      }
      case 'move over': {
        const over = pick(
          files.filter((path) => path !== file),
          b,
        );
        if (file !== undefined && over !== undefined) await this.#move(person, file, over);
        return;
      }
      case 'swap': {
        const other = pick(all, b);
        if (any !== undefined && other !== undefined) await this.#rotate(person, [any, other]);
        return;
      }
      case 'rotate': {
        const [second, third] = [pick(all, b), pick(all, name)];
        if (any !== undefined && second !== undefined && third !== undefined)
          await this.#rotate(person, [any, second, third]);
        return;
      }
      case 'merge': {
        const folders = this.#folders(person);
        const [from, into] = [pick(folders, a), pick(folders, b)];
        if (from !== undefined && into !== undefined) await this.#merge(person, from, into);
        return;
      }
      case 'invert': {
        const inner = pick(
          this.#folders(person).filter((path) => parentOf(path) !== ''),
          a,
        );
        if (inner !== undefined) await this.#invert(person, inner, this.#name(name));
        return;
      }
      case 'respell': {
        if (any === undefined) return;
        const to = join(parentOf(any), respelled(lastOf(any)));
        if (isFree(to)) await this.#move(person, any, to);
        return;
      }
      case 'mkdir':
        if (isFree(place)) await person.mkdir(place);
        return;
      case 'copy':
        if (file === undefined || !isFree(place) || shape.get(file) === EMPTY) return;
        if (computer !== null) await person.write(place, computer.read(file));
        else if (this.#world.web.find(file) !== undefined)
          await person.write(place, await this.#world.host.admin.content(this.#world.web.mustFind(file).id));
        return;
      case 'kind':
        if (any === undefined) return;
        await person.remove(any);
        if (person.has(any)) return; // its twin on the host has the name now
        await person.write(shape.get(any) === 'folder' ? any : `${any}/${this.#name(name)}`, this.content());
        return;
      case 'twin': {
        // the host asks nobody whether a name is free
        if (computer !== null) return;
        if (a % 3 === 1 && any !== undefined) await this.#moveBeside(any, place);
        if (a % 3 === 2) await this.#makeBeside(place);
        if (a % 3 !== 0) return;
        const content = this.content();
        this.#hasTwins = true;
        this.#world.note(`web: upload beside ${JSON.stringify(place)}`);
        this.#world.ledger.wroteBeside(place, md5Of(content));
        await this.#world.web.upload(place, Buffer.from(content));
        return;
      }
      case 'restore':
        if (computer === null) await this.#restore(a);
        return;
      case 'move out':
        // to another place on the host: no computer has that
        if (computer === null && any !== undefined) await this.#moveOut(any);
        return;
      case 'move in':
        if (computer === null) await this.#moveIn(a, name);
        return;
      case 'link':
        // nothing that travels, in the place of something that does
        if (computer === null || any === undefined) return;
        await person.remove(any);
        computer.symlink(any);
    }
  }

  async #moveBeside(from: string, to: string): Promise<void> {
    const { web, ledger } = this.#world;
    if (from === to || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) return;
    this.#hasTwins = true;
    this.#world.note(`web: move ${JSON.stringify(from)} beside ${JSON.stringify(to)}`);
    const shape = web.shape();
    const inside = [...shape.keys()].filter((path) => path === from || path.startsWith(`${from}/`));
    const md5s = inside.map((path) => shape.get(path)!).filter((md5) => md5 !== 'folder');
    ledger.moved(
      'web',
      inside,
      inside.map((path) => to + path.slice(from.length)),
      md5s,
    );
    ledger.isCalled(to, await web.shiftBeside(from, to));
    this.#left.push(from);
  }

  async #makeBeside(path: string): Promise<void> {
    const { web, ledger } = this.#world;
    this.#hasTwins = true;
    this.#world.note(`web: mkdir beside ${JSON.stringify(path)}`);
    ledger.made('web', path);
    ledger.isCalled(path, await web.makeFolder(path));
  }

  async #moveOut(path: string): Promise<void> {
    const { web, ledger } = this.#world;
    this.#world.note(`web: move ${JSON.stringify(path)} out of the folder`);
    const { kind, id } = web.mustFind(path);
    const shown = web.shape();
    const inside = [...shown].filter(([at]) => at === path || at.startsWith(`${path}/`));
    for (const [at, md5] of inside) {
      const elsewhere = [...shown].some(([other, one]) => one === md5 && !inside.some(([own]) => own === other));
      ledger.removed('web', at, md5 === 'folder' ? null : md5, elsewhere);
    }
    await web.call(`${kind}/edit`, {
      [`${kind}_id`]: String(id),
      [kind === 'file' ? 'filename' : 'folder_name']: `out ${this.#counter++}`,
      [kind === 'file' ? 'folder_id' : 'parent_id']: 'null',
    });
    this.#left.push(path);
  }

  /** To the top of the pair's folder. */
  async #moveIn(nth: number, name: number): Promise<void> {
    const { host, keys, web } = this.#world;
    const outside = host.admin
      .tree(keys.accountId)
      .filter((item) => item.parentId === null && item.status === 'active' && item.name.startsWith('out '));
    const item = pick(outside, nth);
    const to = this.#name(name);
    if (item === undefined || web.find(to) !== undefined) return;
    await this.#comesBack(() => web.moveIn(item, to));
  }

  /** Something of the host's that nobody saw for a while is seen again. */
  async #comesBack(act: () => Promise<void> | void): Promise<void> {
    const { ledger, web } = this.#world;
    const before = new Set(web.items().map(({ id }) => id));
    await act();
    const back = web.items().filter(({ id }) => !before.has(id));
    this.#world.note(`web: back ${back.map(({ path }) => path).join(', ')}`);
    const files = back.filter(({ kind }) => kind === 'file');
    const folders = back.filter(({ kind }) => kind !== 'file');
    ledger.restored(
      [...files, ...folders].map(({ path }) => path),
      files.map(({ md5 }) => md5),
    );
    for (const { md5 } of files) ledger.written.set(md5, (ledger.written.get(md5) ?? 0) + 1);
  }

  async #leave(person: Person, path: string): Promise<void> {
    await person.remove(path);
    this.#left.push(path);
  }

  async #move(person: Person, from: string, to: string): Promise<void> {
    if (from === to || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) return;
    await person.move(from, to);
    this.#left.push(from);
  }

  /** As a person does it: by one name more. The last takes the place of the first. */
  async #rotate(person: Person, paths: readonly string[]): Promise<void> {
    if (new Set(paths).size < paths.length) return;
    if (paths.some((one) => paths.some((other) => other.startsWith(`${one}/`)))) return;
    const [first, ...rest] = paths as [string, ...string[]];
    const aside = `${first}.aside`;
    if (person.has(aside)) return;
    const stoodAside = await person.moveAs(first, aside);
    let free = first;
    for (const path of rest) {
      await person.move(path, free);
      free = path;
    }
    await person.move(stoodAside, free);
  }

  /** What is in a folder goes into another one, which takes the name of the first once that is gone. */
  async #merge(person: Person, from: string, into: string): Promise<void> {
    if (from === into || from.startsWith(`${into}/`) || into.startsWith(`${from}/`)) return;
    for (const path of person.shape().keys()) {
      const to = join(into, lastOf(path));
      if (parentOf(path) === from && this.#isReachable(person, path) && !person.has(to))
        await this.#move(person, path, to);
    }
    await this.#leave(person, from);
    if (!person.has(from)) await this.#move(person, into, from);
  }

  /** A folder comes out of the one that it is in, and that goes into it. */
  async #invert(person: Person, inner: string, name: string): Promise<void> {
    const outer = parentOf(inner);
    const to = join(parentOf(outer), name);
    if (person.has(to) || person.has(join(inner, lastOf(outer)))) return;
    const came = await person.moveAs(inner, to);
    this.#left.push(inner);
    await this.#move(person, outer, join(came, lastOf(outer)));
  }

  /** From the host's trash, on its page. */
  async #restore(nth: number): Promise<void> {
    const { host, keys } = this.#world;
    const item = pick(host.admin.trash(keys.accountId), nth);
    if (item === undefined) return;
    await this.#comesBack(() => host.admin.restore(keys.accountId, item.kind, item.id));
    this.#hasTwins = true; // it may come back beside what has its name by now
  }
}

export function pick<T>(choices: readonly T[], nth: number): T | undefined {
  return choices.length === 0 ? undefined : choices[nth % choices.length];
}

function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** What the host's page shows of twins. */
function isPlain(path: string): boolean {
  return !path.includes(' #');
}

/** The other case, or the other form of one letter. */
function respelled(name: string): string {
  if (name.normalize('NFD') !== name) return name.normalize('NFD');
  if (name.normalize('NFC') !== name) return name.normalize('NFC');
  return name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
}
