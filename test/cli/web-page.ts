/** A person on the host's web page, who works through the API beside the program: sees what is there, removes, uploads. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningHost } from './running.ts';

interface Item {
  readonly id: string;
  readonly name: string;
}

export interface Listing {
  readonly folders: readonly Item[];
  readonly files: readonly Item[];
}

export class WebPage {
  readonly #url: string;
  readonly #token: Readonly<Record<string, string>>;

  private constructor(url: string, token: Readonly<Record<string, string>>) {
    this.#url = url;
    this.#token = token;
  }

  static async open({ url, data }: Pick<RunningHost, 'url' | 'data'>, account = 'user1'): Promise<WebPage> {
    const key = (part: string) => readFileSync(join(data, `keys/${account}.${part}`), 'utf8').trim();
    const answer = await call(url, 'authorize', { key1: key('key1'), key2: key('key2') });
    const { access_token, account_id } = answer['data'] as Record<string, string>;
    return new WebPage(url, { access_token: String(access_token), account_id: String(account_id) });
  }

  /** What lies in the folder of that path. */
  async list(path: string): Promise<Listing> {
    let listing = await this.#listing('');
    for (const name of path.split('/').filter((part) => part !== '')) {
      const folder = listing.folders.find((one) => one.name === name);
      if (folder === undefined) return { folders: [], files: [] };
      listing = await this.#listing(folder.id);
    }
    return listing;
  }

  /** To the host's trash. */
  async trash(path: string, names: readonly string[]): Promise<void> {
    const { files } = await this.list(path);
    for (const { id, name } of files) {
      if (names.includes(name)) await this.#ask('file/delete', { file_id: id });
    }
  }

  /** As web pages of hosts do it: the old version goes to the trash, the new one is another file. */
  async replace(path: string, name: string, content: string): Promise<void> {
    const parent = path.slice(0, path.lastIndexOf('/'));
    const folder = (await this.list(parent)).folders.find((one) => `${parent}/${one.name}` === path);
    await this.trash(path, [name]);
    await this.#ask('file/upload', { folder_id: folder?.id ?? '', upload_file: new File([content], name) });
  }

  /** To another name in its folder. */
  async rename(path: string, name: string, to: string): Promise<void> {
    const file = (await this.list(path)).files.find((one) => one.name === name);
    if (file !== undefined) await this.#ask('file/edit', { file_id: file.id, filename: to });
  }

  /** At the account's root. */
  async makeFolder(name: string): Promise<void> {
    await this.#ask('folder/create', { folder_name: name, parent_id: '', is_public: '0' });
  }

  async #listing(id: string): Promise<Listing> {
    const { data } = await this.#ask('folder/listing', { parent_folder_id: id });
    const { folders, files } = data as Record<'folders' | 'files', readonly Record<string, unknown>[]>;
    return {
      folders: folders.map((one) => ({ id: String(one['id']), name: String(one['folderName']) })),
      files: files.map((one) => ({ id: String(one['id']), name: String(one['filename']) })),
    };
  }

  #ask(endpoint: string, fields: Readonly<Record<string, string | File>>): Promise<Record<string, unknown>> {
    return call(this.#url, endpoint, { ...this.#token, ...fields });
  }
}

async function call(
  url: string,
  endpoint: string,
  fields: Readonly<Record<string, string | File>>,
): Promise<Record<string, unknown>> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const response = await fetch(`${url}/api/v2/${endpoint}`, { method: 'POST', body });
  const answer = (await response.json()) as Record<string, unknown>;
  if (answer['_status'] !== 'success') throw new Error(`${endpoint}: ${JSON.stringify(answer)}`);
  return answer;
}
