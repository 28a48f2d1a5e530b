/**
 * `file/url_upload_add` and `file/url_upload_status`: the host fetches a web address in the background and files what it
 * got. What was asked for is in the database; what a restart interrupts is begun anew.
 */
import type { Account, Accounts } from './accounts.ts';
import { parseId, parsePlace, required, type Call, type Reply } from './call.ts';
import type { Contents } from './contents.ts';
import { integer, integerOrNull, text, type Database, type Row } from './database.ts';
import { fetchAddress, parseAddress, type Fetched } from './fetch.ts';
import { fileAway, mediaType } from './filing.ts';
import type { Ways } from './habits.ts';
import { exceeds } from './limits.ts';
import { receivedName } from './names.ts';
import type { Random } from '../ports.ts';
import { SyncError } from '../errors.ts';
import { Refusal } from './refusal.ts';
import { fileAddress, findFile, findFolder, ROOT } from './rows.ts';
import { refuseOverQuota } from './storage.ts';

export interface UrlUploadParts {
  readonly database: Database;
  readonly contents: Contents;
  readonly accounts: Accounts;
  readonly ways: Ways;
  readonly random: Random;
  readonly now: () => number;
  readonly refusePrivate: boolean;
  readonly onFault: (error: unknown) => void;
}

const MAX_MS = 6 * 60 * 60 * 1000;
const MAX_URL = 4096;
/** How many addresses the host fetches at once; the others are pending. */
const MAX_AT_ONCE = 4;

export class UrlUploads {
  readonly #parts: UrlUploadParts;
  readonly #waiting: Row[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(parts: UrlUploadParts) {
    this.#parts = parts;
    for (const row of parts.database.all("SELECT * FROM url_uploads WHERE status IN ('pending', 'downloading')"))
      this.#start(row);
  }

  add(call: Call): Reply {
    const { database } = this.#parts;
    const url = Buffer.from(required(call.fields, 'file_url_base64'), 'base64').toString('utf8').trim();
    if (url.length > MAX_URL || parseAddress(url) === undefined)
      throw new Refusal('Could not read a url from the file_url_base64 param.');
    const busy = database.get(
      "SELECT COUNT(*) AS number FROM url_uploads WHERE account_id = ? AND status IN ('pending', 'downloading')",
      call.account.id,
    );
    if (exceeds((busy === undefined ? 0 : integer(busy, 'number')) + 1, call.account.limits.max_remote_download_urls)) {
      throw new Refusal('You have reached the maximum of remote urls at once.');
    }
    if (call.account.limits.can_upload === 0) throw new Refusal('Your account is not permitted to upload files.');
    const folder = this.#folder(call);
    const id = database.change(
      () =>
        database.run(
          "INSERT INTO url_uploads (account_id, folder_id, url, status, created_at) VALUES (?, ?, ?, 'pending', ?)",
          call.account.id,
          folder,
          url,
          call.now,
        ).lastId,
    );
    const row = database.get('SELECT * FROM url_uploads WHERE id = ?', id);
    if (row !== undefined) this.#start(row);
    return { response: 'Url scheduled for download.', data: { scheduled_item_id: String(id), url } };
  }

  status(call: Call): Reply {
    const { database } = this.#parts;
    const id = parseId(required(call.fields, 'scheduled_item_id'));
    const row =
      id === undefined
        ? undefined
        : database.get('SELECT * FROM url_uploads WHERE id = ? AND account_id = ?', id, call.account.id);
    if (row === undefined) throw new Refusal('Could not find the item based on scheduled_item_id.');
    const fileId = integerOrNull(row, 'file_id');
    const file = fileId === null ? undefined : findFile(database, call.account.id, fileId);
    const date = (column: string): string | null => {
      const at = integerOrNull(row, column);
      return at === null ? null : call.look.formatDate(at);
    };
    return {
      data: {
        scheduled_item_id: String(id),
        status: text(row, 'status'),
        created: date('created_at'),
        started: date('started_at'),
        finished: date('finished_at'),
        total_size: String(integer(row, 'total_size')),
        downloaded_file:
          file === undefined
            ? null
            : { file_id: String(file.id), name: file.name, size: String(file.size), url: fileAddress(file, call.look) },
      },
    };
  }

  /** Breaks off what is running; it will be begun anew at the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  #folder(call: Call): number {
    const place = parsePlace(call.fields['folder_id'], 'is-root');
    if (place.kind !== 'folder') return ROOT;
    const folder = place.id === undefined ? undefined : findFolder(this.#parts.database, call.account.id, place.id);
    if (folder !== undefined) return folder.id;
    if (this.#parts.ways.has('servers')) return ROOT;
    throw new Refusal('Could not find folder based on folder_id.');
  }

  #start(row: Row): void {
    this.#waiting.push(row);
    this.#next();
  }

  #next(): void {
    if (this.#running.size >= MAX_AT_ONCE || this.#stop.signal.aborted) return;
    const row = this.#waiting.shift();
    if (row === undefined) return;
    const running = this.#run(row)
      .catch((error: unknown) => {
        this.#fail(integer(row, 'id'), error);
      })
      .finally(() => {
        this.#running.delete(running);
        this.#next();
      });
    this.#running.add(running);
  }

  async #run(row: Row): Promise<void> {
    const { accounts, now, refusePrivate, database } = this.#parts;
    const account = accounts.find(String(integer(row, 'account_id')));
    const url = parseAddress(text(row, 'url'));
    if (url === undefined) throw new SyncError('remote/refused', { detail: 'not an address' });
    // Its own turn: the answer to the call that asked for it says nothing of how it ends.
    await database.settled();
    this.#set(row, "status = 'downloading', started_at = ?", now());
    const fetched = await fetchAddress(url, {
      maxBytes: account.limits.max_upload_size,
      maxMs: MAX_MS,
      refusePrivate,
      now,
      signal: this.#stop.signal,
    });
    await this.#file(row, account, fetched);
  }

  async #file(row: Row, account: Account, fetched: Fetched): Promise<void> {
    const { contents, database, now, random, ways } = this.#parts;
    const sink = contents.receive();
    try {
      for await (const chunk of fetched.body) await sink.write(chunk);
    } catch (error) {
      await sink.abandon();
      throw error;
    }
    const content = await sink.finish();
    try {
      if (content.size === 0) throw new Refusal('Filesize received was zero.');
      refuseOverQuota(database, account, content.size);
      const name = receivedName(nameIn(fetched.url), ways) || 'download';
      database.change(() => {
        const file = fileAway(database, ways, random, {
          accountId: account.id,
          folderId: integer(row, 'folder_id'),
          name,
          type: mediaType(fetched.contentType),
          content,
          uploadedAt: now(),
          uploadedBy: null,
        });
        database.run(
          "UPDATE url_uploads SET status = 'complete', finished_at = ?, total_size = ?, file_id = ? WHERE id = ?",
          now(),
          file.size,
          file.id,
          integer(row, 'id'),
        );
      });
    } finally {
      content.release();
    }
  }

  #set(row: Row, assignment: string, value: number): void {
    const { database } = this.#parts;
    database.change(() => database.run(`UPDATE url_uploads SET ${assignment} WHERE id = ?`, value, integer(row, 'id')));
  }

  #fail(id: number, error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const { database, now, onFault } = this.#parts;
    if (!(error instanceof Refusal) && !(error instanceof SyncError)) onFault(error);
    const failure = error instanceof Error ? error.message : 'unknown';
    database.change(() =>
      database.run(
        "UPDATE url_uploads SET status = 'failed', finished_at = ?, failure = ? WHERE id = ?",
        now(),
        failure,
        id,
      ),
    );
  }
}

/** The last part of the address's path, decoded where it can be. */
function nameIn(url: URL): string {
  const last = url.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last) || 'download';
  } catch {
    return last; // percent signs that are just percent signs
  }
}
