/**
 * The `folder/…` endpoints.
 *
 * Where real servers are careless (habit `servers`): a folder is created below any parent, an edit that names an unknown
 * parent leaves the place as it is, and nothing stops a folder from being put below itself. Everywhere: the root has no
 * id and is the word `null` in moves and edits; siblings may share a name.
 */
import type { JsonObject } from './answers.ts';
import { parseId, parsePlace, required, type Call, type Reply } from './call.ts';
import { integer, type Database } from './database.ts';
import type { Ways } from './habits.ts';
import { Refusal } from './refusal.ts';
import {
  fileEntry,
  findFolder,
  folderDetails,
  folderEntry,
  folderRow,
  listedColumns,
  listedFile,
  ROOT,
  type FolderRow,
  type FolderSums,
  type Look,
} from './rows.ts';
import { trashFolder } from './trash.ts';
import type { Random } from '../ports.ts';

const UNKNOWN_FOLDER = 'Could not find folder based on folder_id.';
const UNKNOWN_TARGET = 'Could not find the destination folder id defined by new_parent_folder_id.';
const RING = 'A folder can not be moved into itself or into one of its sub-folders.';

export class Folders {
  readonly #database: Database;
  readonly #ways: Ways;
  readonly #random: Random;

  constructor(database: Database, ways: Ways, random: Random) {
    this.#database = database;
    this.#ways = ways;
    this.#random = random;
  }

  listing(call: Call): Reply {
    const parent = this.#listed(call);
    const account = call.account.id;
    // A ghost is a trashed folder that the listing's query does not leave out.
    const seen = this.#ways.has('ghosts') ? '' : "AND status = 'active'";
    const below = this.#database
      .all(`SELECT * FROM folders WHERE account_id = ? AND parent_id = ? ${seen} ORDER BY name, id`, account, parent)
      .map(folderRow);
    const sums = below.length === 0 ? undefined : this.#childSums(account, parent);
    const folders = below.map((folder) => folderEntry(folder, sums?.get(folder.id) ?? nothing, call.look));
    const files = this.#database
      .all(
        `SELECT ${listedColumns} FROM files WHERE account_id = ? AND folder_id = ? AND status = 'active' ORDER BY name, id`,
        account,
        parent,
      )
      .map((row) => fileEntry(listedFile(row), call.look));
    return { data: { folders, files } };
  }

  info(call: Call): Reply {
    const { folder_id: byId, parent_folder_id: byDocumentation } = call.fields;
    const named = this.#ways.has('servers')
      ? required(call.fields, 'folder_id')
      : byDocumentation?.trim() || byId?.trim();
    if (named === undefined || named === '') throw new Refusal('Please provide the parent_folder_id param.');
    const id = parseId(named);
    const folder = id === undefined ? undefined : findFolder(this.#database, call.account.id, id);
    if (folder === undefined) throw new Refusal(UNKNOWN_FOLDER);
    return { data: this.#details(folder, call.look) };
  }

  create(call: Call): Reply {
    const name = required(call.fields, 'folder_name').trim();
    const parent = this.#newParent(call);
    const { id } = this.#database.change(() => ({
      id: this.#database.run(
        'INSERT INTO folders (account_id, parent_id, name, is_public, access_password, secret, added_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        call.account.id,
        parent,
        name,
        publicity(call) ?? 0,
        call.fields['access_password'] ?? '',
        this.#random.hex(16),
        call.now,
        call.now,
      ).lastId,
    }));
    return { response: 'Folder created.', data: this.#detailsOf(call, id) };
  }

  edit(call: Call): Reply {
    const folder = this.#active(call);
    const name = (call.fields['folder_name'] ?? '').trim() || folder.name;
    const parent = this.#editedParent(call, folder);
    const password = call.fields['access_password'] ?? folder.accessPassword;
    this.#database.change(() =>
      this.#database.run(
        'UPDATE folders SET name = ?, parent_id = ?, is_public = ?, access_password = ?, updated_at = ? WHERE id = ?',
        name,
        parent,
        publicity(call) ?? folder.isPublic,
        password,
        call.now,
        folder.id,
      ),
    );
    return { response: 'Folder updated.', data: this.#detailsOf(call, folder.id) };
  }

  move(call: Call): Reply {
    const folder = this.#active(call);
    required(call.fields, 'new_parent_folder_id');
    const target = parsePlace(call.fields['new_parent_folder_id'], 'is-an-id');
    let parent = ROOT;
    if (target.kind === 'folder') {
      if (target.id === folder.id) throw new Refusal('Param folder_id can not match new_parent_folder_id.');
      parent = this.#activeId(call, target.id) ?? refuse(UNKNOWN_TARGET);
      if (!this.#ways.has('servers') && this.#isWithin(parent, folder)) throw new Refusal(RING);
    }
    this.#database.change(() =>
      this.#database.run('UPDATE folders SET parent_id = ?, updated_at = ? WHERE id = ?', parent, call.now, folder.id),
    );
    return { response: 'Folder moved.', data: this.#detailsOf(call, folder.id) };
  }

  delete(call: Call): Reply {
    const folder = this.#active(call, this.#ways.has('servers') ? { form: 'page', status: 500 } : {});
    trashFolder(this.#database, folder, call.now);
    return { response: 'Folder deleted.' };
  }

  /** Which folder a listing is about. A trashed one can be looked into only where trash shows at all. */
  #listed(call: Call): number {
    const place = parsePlace(call.fields['parent_folder_id'], 'is-root');
    if (place.kind !== 'folder') return ROOT;
    const folder = place.id === undefined ? undefined : findFolder(this.#database, call.account.id, place.id);
    const shows = folder?.status === 'active' || this.#ways.has('servers') || this.#ways.has('ghosts');
    if (folder === undefined || !shows) throw new Refusal('Could not find folder based on parent_folder_id.');
    return folder.id;
  }

  #active(call: Call, options: ConstructorParameters<typeof Refusal>[1] = {}): FolderRow {
    const id = parseId(required(call.fields, 'folder_id'));
    const folder = id === undefined ? undefined : findFolder(this.#database, call.account.id, id);
    if (folder?.status !== 'active') throw new Refusal(UNKNOWN_FOLDER, options);
    return folder;
  }

  #activeId(call: Call, id: number | undefined): number | undefined {
    const folder = id === undefined ? undefined : findFolder(this.#database, call.account.id, id);
    return folder?.status === 'active' ? folder.id : undefined;
  }

  #newParent(call: Call): number {
    const place = parsePlace(call.fields['parent_id'], 'is-root');
    if (place.kind !== 'folder') return ROOT;
    if (this.#ways.has('servers') && place.id !== undefined) return place.id;
    return this.#activeId(call, place.id) ?? refuse('Could not find the parent folder based on parent_id.');
  }

  #editedParent(call: Call, folder: FolderRow): number {
    const place = parsePlace(call.fields['parent_id'], 'is-an-id');
    if (place.kind === 'blank') return folder.parentId;
    if (place.kind === 'root') return ROOT;
    const parent = this.#activeId(call, place.id);
    if (this.#ways.has('servers')) return parent ?? folder.parentId;
    if (parent === undefined) throw new Refusal('Could not find the parent folder based on parent_id.');
    if (this.#isWithin(parent, folder)) throw new Refusal(RING);
    return parent;
  }

  #isWithin(id: number, folder: FolderRow): boolean {
    const found = this.#database.get(
      `WITH RECURSIVE up (id) AS (SELECT ? UNION SELECT parent_id FROM folders JOIN up ON folders.id = up.id)
       SELECT 1 FROM up WHERE id = ?`,
      id,
      folder.id,
    );
    return found !== undefined;
  }

  #detailsOf(call: Call, id: number): JsonObject {
    const folder = findFolder(this.#database, call.account.id, id);
    if (folder === undefined) throw new Refusal(UNKNOWN_FOLDER);
    return this.#details(folder, call.look);
  }

  #details(folder: FolderRow, look: Look): JsonObject {
    return folderDetails(folder, this.#sums(folder), look);
  }

  /** `totalSize` covers the whole sub-tree, the counts the folder itself. Rings end because no folder is visited twice. */
  #sums(folder: FolderRow): FolderSums {
    const row = this.#database.get(
      `WITH RECURSIVE below (id) AS (SELECT ?1 UNION SELECT folders.id FROM folders JOIN below ON folders.parent_id = below.id WHERE account_id = ?2)
       SELECT COALESCE(SUM(size), 0) AS total, COALESCE(SUM(folder_id = ?1), 0) AS files,
         (SELECT COUNT(*) FROM folders WHERE account_id = ?2 AND parent_id = ?1 ${this.#countedFolders()}) AS folders
       FROM files JOIN below ON files.folder_id = below.id WHERE account_id = ?2 AND status = 'active'`,
      folder.id,
      folder.accountId,
    );
    return row === undefined
      ? nothing
      : { totalSize: integer(row, 'total'), files: integer(row, 'files'), folders: integer(row, 'folders') };
  }

  /** The sums of all sub-folders of one folder, in one query. */
  #childSums(account: number, parent: number): Map<number, FolderSums> {
    const rows = this.#database.all(
      `WITH RECURSIVE below (top, id) AS (
         SELECT id, id FROM folders WHERE account_id = ?1 AND parent_id = ?2
         UNION SELECT top, folders.id FROM folders JOIN below ON folders.parent_id = below.id WHERE account_id = ?1
       )
       SELECT top, SUM(size) AS total, SUM(files) AS files,
         (SELECT COUNT(*) FROM folders WHERE account_id = ?1 AND parent_id = top ${this.#countedFolders()}) AS folders
       FROM (
         SELECT top,
           (SELECT COALESCE(SUM(size), 0) FROM files WHERE account_id = ?1 AND folder_id = below.id AND status = 'active') AS size,
           CASE WHEN id = top THEN (SELECT COUNT(*) FROM files WHERE account_id = ?1 AND folder_id = top AND status = 'active') ELSE 0 END AS files
         FROM below
       )
       GROUP BY top`,
      account,
      parent,
    );
    return new Map(
      rows.map((row) => [
        integer(row, 'top'),
        { totalSize: integer(row, 'total'), files: integer(row, 'files'), folders: integer(row, 'folders') },
      ]),
    );
  }

  #countedFolders(): string {
    return this.#ways.has('servers') ? '' : "AND status = 'active'";
  }
}

const nothing: FolderSums = { totalSize: 0, folders: 0, files: 0 };

function refuse(message: string): never {
  throw new Refusal(message);
}

function publicity(call: Call): number | undefined {
  const value = call.fields['is_public']?.trim();
  return value === '0' || value === '1' || value === '2' ? Number(value) : undefined;
}
