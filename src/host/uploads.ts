/**
 * `file/upload`: bytes stream in while the fields are still coming, so an upload is judged twice. As soon as the token
 * is known (it usually comes before the file), what must be refused is no longer stored, only read to its end, so that the
 * client hears why. Once all is here, everything is judged again and filed in one change.
 */
import { TOKEN_LAPSED, type Session } from './accounts.ts';
import { escapeHtml } from './answers.ts';
import { parsePlace, type Call, type Fields, type Reply } from './call.ts';
import type { Arrived, Contents, Sink } from './contents.ts';
import type { Database } from './database.ts';
import { fileAway, mediaType } from './filing.ts';
import { readOff, type TakeFile } from './form.ts';
import { isCareless, type Ways } from './habits.ts';
import { exceeds } from './limits.ts';
import { receivedName } from './names.ts';
import type { Random } from '../ports.ts';
import { Refusal } from './refusal.ts';
import { fileAddress, findFolder, ROOT, shortUrl, type FileRow, type Look } from './rows.ts';
import { refuseOverQuota } from './storage.ts';

/** One upload on its way in. `close` must be called at last: it gives back what was not filed. */
export class Incoming {
  readonly #contents: Contents;
  readonly #sessionOf: (fields: Fields) => Session | undefined;
  #session: Session | undefined;
  name: string | undefined;
  type = '';
  size = 0;
  refusal: Refusal | undefined;
  content: Arrived | undefined;

  constructor(contents: Contents, sessionOf: (fields: Fields) => Session | undefined) {
    this.#contents = contents;
    this.#sessionOf = sessionOf;
  }

  readonly take: TakeFile = async (fields, part, chunks) => {
    if (this.name !== undefined || !/^upload_file(\[\d*\])?$/.test(part.name)) {
      await readOff(chunks);
      return;
    }
    this.name = part.filename;
    this.type = mediaType(part.contentType);
    this.#admit(fields);
    const sink = this.#contents.receive();
    try {
      for await (const chunk of chunks) {
        this.size += chunk.length;
        if (this.#isStored()) await sink.write(chunk);
      }
    } catch (error) {
      await sink.abandon();
      throw error;
    }
    await this.#finish(sink);
  };

  close(): void {
    if (this.#session !== undefined) this.#session.account.uploadsNow -= 1;
    this.#session = undefined;
    this.content?.release();
  }

  #admit(fields: Fields): void {
    // A token that is missing yet may still come; one that is there and wrong will not get better.
    const session = this.#sessionOf(fields);
    if (session === undefined) {
      if (fields['access_token'] !== undefined && fields['account_id'] !== undefined)
        this.refusal = new Refusal(TOKEN_LAPSED);
      return;
    }
    const { account } = session;
    this.#session = session;
    account.uploadsNow += 1;
    if (exceeds(account.uploadsNow, account.limits.concurrent_uploads)) {
      this.refusal = new Refusal('You have too many uploads at once. Please wait for one of them to end.');
    }
  }

  #isStored(): boolean {
    const limits = this.#session?.account.limits;
    return this.refusal === undefined && limits?.can_upload !== 0 && !exceeds(this.size, limits?.max_upload_size ?? 0);
  }

  async #finish(sink: Sink): Promise<void> {
    if (this.size === 0 || !this.#isStored()) await sink.abandon();
    else this.content = await sink.finish();
  }
}

export class Uploads {
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

  begin(sessionOf: (fields: Fields) => Session | undefined): Incoming {
    return new Incoming(this.#contents, sessionOf);
  }

  /** Files what has come in, or says why not. */
  store(call: Call, incoming: Incoming): Reply {
    const { account } = call;
    const { max_upload_size: largest } = account.limits;
    if (incoming.name === undefined) throw new Refusal('Did not receive uploaded file.');
    if (incoming.refusal !== undefined) throw incoming.refusal;
    if (account.limits.can_upload === 0) throw new Refusal('Your account is not permitted to upload files.');
    if (incoming.size === 0) throw this.#inside('Filesize received was zero.');
    if (exceeds(incoming.size, largest)) throw this.#inside(`File is larger than the permitted ${largest} bytes.`);
    if (incoming.content === undefined) throw new Refusal('Did not receive uploaded file.');
    refuseOverQuota(this.#database, account, incoming.size);
    const name = receivedName(incoming.name, this.#ways);
    if (name === '') throw new Refusal('Did not receive uploaded file.');
    const file = fileAway(this.#database, this.#ways, this.#random, {
      accountId: account.id,
      folderId: this.folder(call),
      name,
      type: incoming.type,
      content: incoming.content,
      uploadedAt: call.now,
      uploadedBy: call.session.serial,
    });
    return { response: 'File uploaded', data: [uploadedFile(file, call.look)] };
  }

  /** Where an upload goes. Into a trashed folder it goes too, out of sight. */
  folder(call: Call): number {
    const place = parsePlace(call.fields['folder_id'], 'is-root');
    if (place.kind !== 'folder') return ROOT;
    const folder = place.id === undefined ? undefined : findFolder(this.#database, call.account.id, place.id);
    if (folder !== undefined) return folder.id;
    if (this.#ways.has('servers')) return ROOT;
    throw new Refusal('Could not find folder based on folder_id.');
  }

  /** Servers report what the upload script finds wrong beside a success. */
  #inside(message: string): Refusal {
    return new Refusal(message, isCareless(this.#ways) ? { form: 'upload' } : {});
  }
}

function uploadedFile(file: FileRow, look: Look): Reply {
  const url = fileAddress(file, look);
  const short = `${look.origin}/${shortUrl(file)}`;
  const deleteHash = file.secret.slice(32);
  return {
    name: file.name,
    size: String(file.size),
    type: file.type,
    error: null,
    url,
    delete_url: `${short}~d?${deleteHash}`,
    info_url: `${short}~i?${deleteHash}`,
    delete_type: 'DELETE',
    delete_hash: deleteHash,
    hash: file.md5,
    stats_url: `${short}~s`,
    short_url: shortUrl(file),
    file_id: String(file.id),
    unique_hash: file.secret,
    url_html: `<a href="${url}">${escapeHtml(file.name)}</a>`,
    url_bbcode: `[url]${url}[/url]`,
  };
}
