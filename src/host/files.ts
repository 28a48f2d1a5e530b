/**
 * The `file/…` endpoints that move no bytes: info, edit, delete, move, copy.
 *
 * A trashed file keeps its id: it can still be looked at, edited, moved and deleted, and stays trash. Nothing here looks for
 * siblings of the same name.
 */
import type { JsonObject } from './json.ts';
import { parseId, parsePlace, required, type Call, type Reply } from './call.ts';
import type { Contents } from './contents.ts';
import type { Database } from './database.ts';
import type { Ways } from './habits.ts';
import { fold, keptName } from './names.ts';
import type { Random } from '../ports.ts';
import { Refusal } from './refusal.ts';
import { fileDetails, findFile, findFolder, ROOT, type FileRow } from './rows.ts';
import { refuseOverQuota } from './storage.ts';
import { countFiles, recountMoved } from './sums.ts';
import { trashFile } from './trash.ts';

export const UNKNOWN_FILE = 'Could not find file based on file_id.';

export class Files {
  readonly #database: Database;
  readonly #contents: Contents;
  readonly #ways: Ways;
  readonly #random: Random;

  constructor(database: Database, contents: Contents, ways: Ways, random: Random) {
    this.#database = database;
    this.#contents = contents;
    this.#ways = ways;
    this.#random = random;
  }

  info(call: Call): Reply {
    return { data: this.#details(call, this.#named(call)) };
  }

  edit(call: Call): Reply {
    const file = this.#named(call);
    const name = keptName((call.fields['filename'] ?? '').trim(), this.#ways) || file.name;
    const type = (call.fields['fileType'] ?? '').trim() || file.type;
    const folder = this.#editedFolder(call, file);
    this.#database.change(() => {
      this.#database.run(
        'UPDATE files SET name = ?, folded = ?, type = ?, folder_id = ? WHERE id = ?',
        name,
        fold(name),
        type,
        folder,
        file.id,
      );
      recountMoved(this.#database, file, folder);
    });
    return { response: 'File successfully updated.', data: this.#detailsOf(call, file.id) };
  }

  move(call: Call): Reply {
    const file = this.#named(call);
    const folder = this.#target(call, 'new_parent_folder_id');
    this.#database.change(() => {
      this.#database.run('UPDATE files SET folder_id = ? WHERE id = ?', folder, file.id);
      recountMoved(this.#database, file, folder);
    });
    return { response: 'File successfully moved.', data: this.#detailsOf(call, file.id) };
  }

  copy(call: Call): Reply {
    const file = this.#named(call);
    if (file.status !== 'active') throw new Refusal(UNKNOWN_FILE);
    const folder = this.#target(call, 'copy_to_folder_id');
    refuseOverQuota(this.#database, call.account, file.size);
    const id = this.#database.change(() => {
      this.#contents.share(file.md5);
      countFiles(this.#database, { accountId: file.accountId, folderId: folder }, 1, file.size);
      return this.#database.run(
        'INSERT INTO files (account_id, folder_id, name, folded, type, size, md5, secret, keywords, uploaded_at, uploaded_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        file.accountId,
        folder,
        file.name,
        fold(file.name),
        file.type,
        file.size,
        file.md5,
        this.#random.hex(32),
        file.keywords,
        call.now,
        call.session.serial,
      ).lastId;
    });
    return {
      response: 'File successfully copied.',
      original_file: { data: this.#detailsOf(call, file.id) },
      new_file: { data: this.#detailsOf(call, id) },
    };
  }

  delete(call: Call): Reply {
    const file = this.#named(call);
    trashFile(this.#database, file, call.now);
    return { response: 'File successfully deleted.', data: this.#detailsOf(call, file.id) };
  }

  #named(call: Call): FileRow {
    const id = parseId(required(call.fields, 'file_id'));
    const file = id === undefined ? undefined : findFile(this.#database, call.account.id, id);
    if (file === undefined) throw new Refusal(UNKNOWN_FILE);
    return file;
  }

  #editedFolder(call: Call, file: FileRow): number {
    const place = parsePlace(call.fields['folder_id'], 'is-an-id');
    if (place.kind === 'blank') return file.folderId;
    if (place.kind === 'root') return ROOT;
    const folder = place.id === undefined ? undefined : findFolder(this.#database, call.account.id, place.id);
    if (folder?.status === 'active') return folder.id;
    if (this.#ways.has('servers')) return file.folderId;
    throw new Refusal('Could not find folder based on folder_id.');
  }

  #target(call: Call, field: 'new_parent_folder_id' | 'copy_to_folder_id'): number {
    required(call.fields, field);
    const place = parsePlace(call.fields[field], 'is-an-id');
    if (place.kind !== 'folder') return ROOT;
    const folder = place.id === undefined ? undefined : findFolder(this.#database, call.account.id, place.id);
    if (folder?.status !== 'active') throw new Refusal(`Could not find the destination folder id defined by ${field}.`);
    return folder.id;
  }

  #detailsOf(call: Call, id: number): JsonObject {
    const file = findFile(this.#database, call.account.id, id);
    if (file === undefined) throw new Refusal(UNKNOWN_FILE);
    return this.#details(call, file);
  }

  #details(call: Call, file: FileRow): JsonObject {
    return fileDetails(file, call.look, this.#ways.has('servers') ? 'file_status' : 'status');
  }
}
