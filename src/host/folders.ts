/**
 * The `folder/…` endpoints.
 *
 * Where real servers are careless (habit `servers`): a folder is created below any parent, an edit that names an unknown
 * parent leaves the place as it is, and nothing stops a folder from being put below itself. Everywhere: the root has no
 * id and is the word `null` in moves and edits; siblings may share a name.
 */
import type { JsonObject } from './json.ts';
import { parseId, parsePlace, required, type Call, type Reply } from './call.ts';
import type { Database } from './database.ts';
import type { Ways } from './habits.ts';
import { keptName } from './names.ts';
import { Refusal, type RefusalOptions } from './refusal.ts';
import {
  fileEntry,
  findFolder,
  folderDetails,
  folderEntry,
  folderRow,
  listedColumns,
  listedFile,
  ROOT,
  type Counted,
  type FolderRow,
  type Look,
} from './rows.ts';
import { countNewFolder, isWithin, placeFolder } from './sums.ts';
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
    const folders = below.map((folder) => folderEntry(folder, this.#counted, call.look));
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
    const name = keptName(required(call.fields, 'folder_name').trim(), this.#ways);
    const parent = this.#newParent(call);
    const id = this.#database.change(() => {
      const { lastId } = this.#database.run(
        'INSERT INTO folders (account_id, parent_id, name, is_public, access_password, secret, added_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        call.account.id,
        parent,
        name,
        publicity(call) ?? 0,
        call.fields['access_password'] ?? '',
        this.#random.hex(16),
        call.now,
        call.now,
      );
      countNewFolder(this.#database, { id: lastId, accountId: call.account.id, parentId: parent });
      return lastId;
    });
    return { response: 'Folder created.', data: this.#detailsOf(call, id) };
  }

  edit(call: Call): Reply {
    const folder = this.#active(call, this.#ways.has('awkward') ? this.#fallsOver() : {});
    const name = keptName((call.fields['folder_name'] ?? '').trim(), this.#ways) || folder.name;
    const parent = this.#editedParent(call, folder);
    const password = call.fields['access_password'] ?? folder.accessPassword;
    this.#database.change(() => {
      this.#database.run(
        'UPDATE folders SET name = ?, is_public = ?, access_password = ?, updated_at = ? WHERE id = ?',
        name,
        publicity(call) ?? folder.isPublic,
        password,
        call.now,
        folder.id,
      );
      placeFolder(this.#database, folder, parent);
    });
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
      if (!this.#ways.has('servers') && isWithin(this.#database, parent, folder)) throw new Refusal(RING);
    }
    this.#database.change(() => {
      this.#database.run('UPDATE folders SET updated_at = ? WHERE id = ?', call.now, folder.id);
      placeFolder(this.#database, folder, parent);
    });
    return { response: 'Folder moved.', data: this.#detailsOf(call, folder.id) };
  }

  delete(call: Call): Reply {
    const folder = this.#active(call, this.#fallsOver());
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

  #active(call: Call, options: RefusalOptions = {}): FolderRow {
    const id = parseId(required(call.fields, 'folder_id'));
    const folder = id === undefined ? undefined : findFolder(this.#database, call.account.id, id);
    if (folder?.status !== 'active') throw new Refusal(UNKNOWN_FOLDER, options);
    return folder;
  }

  /** How a script that did not look ends where the folder is gone. */
  #fallsOver(): RefusalOptions {
    if (this.#ways.has('awkward')) return { form: 'page', status: 200 };
    return this.#ways.has('servers') ? { form: 'page', status: 500 } : {};
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
    if (isWithin(this.#database, parent, folder)) throw new Refusal(RING);
    return parent;
  }

  #detailsOf(call: Call, id: number): JsonObject {
    const folder = findFolder(this.#database, call.account.id, id);
    if (folder === undefined) throw new Refusal(UNKNOWN_FOLDER);
    return this.#details(folder, call.look);
  }

  #details(folder: FolderRow, look: Look): JsonObject {
    return folderDetails(folder, this.#counted, look);
  }

  get #counted(): Counted {
    return this.#ways.has('servers') ? 'all' : 'active';
  }
}

function refuse(message: string): never {
  throw new Refusal(message);
}

function publicity(call: Call): number | undefined {
  const value = call.fields['is_public']?.trim();
  return value === '0' || value === '1' || value === '2' ? Number(value) : undefined;
}
