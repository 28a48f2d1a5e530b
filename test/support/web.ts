/**
 * The host's own web page, or any other program on the account: it works through the API, in the host's odd ways. A new version is a delete
 * and an upload, which may come out under another name and has to be renamed.
 */
import type { Host } from '../../src/host/host.ts';
import type { AccountKeys } from '../../src/host/accounts.ts';
import type { TreeItem } from '../../src/host/admin.ts';
import { localNameFor } from '../../src/core/names.ts';
import type { RemoteName } from '../../src/core/path.ts';
import { Program, at } from '../host/program.ts';
import type { Answer } from '../host/program.ts';
import type { Grip } from './person.ts';
import type { Shape } from './snapshot.ts';

export interface HostItem extends TreeItem {
  /** By the host's own names, below the pair's folder. */
  readonly path: string;
}

export class Web implements Grip {
  readonly name = 'web';
  readonly program: Program;
  readonly #host: Host;
  readonly #keys: AccountKeys;
  readonly #pairFolder: readonly string[];

  constructor(host: Host, keys: AccountKeys, pairFolder: string) {
    this.#host = host;
    this.#keys = keys;
    this.#pairFolder = pairFolder.split('/').filter((name) => name !== '');
    this.program = new Program(host.transport);
  }

  /** Calls the API, signing in where the token is gone. Throws where the host refuses. */
  async call(endpoint: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#must(endpoint, () => this.program.call(endpoint, fields));
  }

  /** All active items below the pair's folder, the staging folder left out; parents before children. */
  items(): HostItem[] {
    const root = this.#pairId();
    if (root === null) return [];
    const all = this.#host.admin.tree(this.#keys.accountId).filter(({ status }) => status === 'active');
    const children = new Map<number | null, TreeItem[]>();
    for (const item of all) children.set(item.parentId, [...(children.get(item.parentId) ?? []), item]);
    const found: HostItem[] = [];
    const walk = (parent: number | null, prefix: string): void => {
      for (const item of children.get(parent) ?? []) {
        if (prefix === '' && item.name === 'yetisync-staging') continue;
        found.push({ ...item, path: prefix + item.name });
        if (item.kind === 'folder') walk(item.id, `${prefix}${item.name}/`);
      }
    };
    walk(root === 'root' ? null : root, '');
    return found;
  }

  /** What lies in the staging folder. */
  staged(): string[] {
    const staging = this.#staging();
    return this.#active()
      .filter(({ parentId }) => parentId !== null && staging.includes(parentId))
      .map(({ name }) => name);
  }

  /** The folder in which versions stand until they are published. */
  staging(): number {
    const [first] = this.#staging();
    if (first === undefined) throw new Error('there is no staging folder yet');
    return first;
  }

  #staging(): number[] {
    const root = this.#pairId();
    const above = root === 'root' ? null : root;
    return this.#active()
      .filter(({ name, parentId }) => name === 'yetisync-staging' && parentId === above)
      .map(({ id }) => id);
  }

  #active(): readonly TreeItem[] {
    return this.#host.admin.tree(this.#keys.accountId).filter(({ status }) => status === 'active');
  }

  /** As a computer would show it. Of several items under one name all but the first get ` #2`, ` #3`. */
  shape(): Shape {
    const shape = new Map<string, string>();
    for (const { kind, path, md5 } of this.items()) {
      const here = shownAs(path);
      let key = here;
      for (let nth = 2; shape.has(key); nth++) key = `${here} #${nth}`;
      shape.set(key, kind === 'file' ? md5 : 'folder');
    }
    return shape;
  }

  async put(path: string, content: Uint8Array): Promise<string> {
    const old = this.find(path);
    if (old !== undefined) await this.call('file/delete', { file_id: String(old.id) });
    return this.#pathOf('file', await this.upload(path, content));
  }

  /** Uploads beside whatever is there, then gives it its name. Returns the id. */
  async upload(path: string, content: Uint8Array): Promise<number> {
    const [folder, name] = await this.#place(path);
    const answer = await this.#must('file/upload', () => this.program.upload('upload.bin', content, folder));
    const id = Number(at(answer.json, 'data', 0, 'file_id'));
    await this.call('file/edit', { file_id: String(id), filename: name });
    return id;
  }

  async makeFolder(path: string): Promise<string> {
    const [folder, name] = await this.#place(path);
    const made = await this.call('folder/create', { folder_name: name, parent_id: folder, is_public: '0' });
    return this.#pathOf('folder', Number(at(made.json, 'data', 'id')));
  }

  async take(path: string): Promise<void> {
    const item = this.mustFind(path);
    await this.call(`${item.kind}/delete`, { [`${item.kind}_id`]: String(item.id) });
  }

  /** A host keeps no links. */
  hasTwoNames(): boolean {
    return false;
  }

  async shift(from: string, to: string): Promise<string> {
    const item = this.mustFind(from);
    const over = this.find(to);
    if (over !== undefined && over.id !== item.id) await this.take(to);
    return this.shiftBeside(from, to);
  }

  /** Whether the name is free or not: the host does not ask. */
  async shiftBeside(from: string, to: string): Promise<string> {
    const item = this.mustFind(from);
    const [folder, name] = await this.#place(to);
    if (item.kind === 'folder')
      await this.call('folder/edit', {
        folder_id: String(item.id),
        folder_name: name,
        parent_id: folder === '' ? 'null' : folder,
      });
    else
      await this.call('file/edit', {
        file_id: String(item.id),
        filename: name,
        folder_id: folder === '' ? 'null' : folder,
      });
    return this.#pathOf(item.kind, item.id);
  }

  /** From elsewhere on the host to the top of the pair's folder. */
  async moveIn({ kind, id }: TreeItem, name: string): Promise<void> {
    const folder = await this.#pairIdMade();
    await this.call(`${kind}/edit`, {
      [`${kind}_id`]: String(id),
      [kind === 'file' ? 'filename' : 'folder_name']: name,
      [kind === 'file' ? 'folder_id' : 'parent_id']: folder,
    });
  }

  /** The path by which the page, and a computer, know it. */
  #pathOf(kind: HostItem['kind'], id: number): string {
    const item = this.items().find((one) => one.id === id && one.kind === kind);
    if (item === undefined) throw new Error(`the host has no ${kind} ${id}`);
    return shownAs(item.path);
  }

  find(path: string): HostItem | undefined {
    const items = this.items();
    // a name that is spelled out there is read as what it says
    return items.find((item) => item.path === path) ?? items.find((item) => shownAs(item.path) === path);
  }

  mustFind(path: string): HostItem {
    const item = this.find(path);
    if (item === undefined) throw new Error(`the host has no ${path}`);
    return item;
  }

  async #place(path: string): Promise<[string, string]> {
    const cut = path.lastIndexOf('/');
    const name = path.slice(cut + 1);
    return [cut < 0 ? await this.#pairIdMade() : String(this.mustFind(path.slice(0, cut)).id), name];
  }

  #pairId(): number | 'root' | null {
    let at: number | null = null;
    for (const name of this.#pairFolder) {
      const next = this.#host.admin
        .tree(this.#keys.accountId)
        .find(
          (item) => item.kind === 'folder' && item.status === 'active' && item.parentId === at && item.name === name,
        );
      if (next === undefined) return null;
      at = next.id;
    }
    return at ?? 'root';
  }

  async #pairIdMade(): Promise<string> {
    const known = this.#pairId();
    if (known !== null) return known === 'root' ? '' : String(known);
    let parent = '';
    for (const name of this.#pairFolder) {
      const made = await this.call('folder/create', { folder_name: name, parent_id: parent, is_public: '0' });
      parent = String(at(made.json, 'data', 'id'));
    }
    return parent;
  }

  async #must(endpoint: string, send: () => Promise<Answer>): Promise<Answer> {
    if (this.program.token === '') await this.program.signIn(this.#keys);
    let answer = await send();
    if (!answer.isSuccess && /access_token|Username could not/.test(answer.why)) {
      await this.program.signIn(this.#keys);
      answer = await send();
    }
    if (!answer.isSuccess) throw new Error(`the host refused ${endpoint}: ${answer.text.slice(0, 200)}`);
    return answer;
  }
}

/** The path as a computer would spell it. */
export function shownAs(path: string): string {
  return path
    .split('/')
    .map((name) => localNameFor(name as RemoteName) ?? name)
    .join('/');
}
