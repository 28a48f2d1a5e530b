/**
 * Downloads: `file/download` gives out an address, and the address gives the bytes, once.
 *
 * An address is good for one `GET` within ten minutes, whole or in part (`Range`); a `HEAD` and a range that cannot be
 * satisfied do not use it up. Whoever resumes asks for a new one. Addresses live in memory: a restart ends them.
 */
import type { Account } from './accounts.ts';
import type { HostAnswer } from './answers.ts';
import { parseId, type Call, type Reply } from './call.ts';
import type { Contents, OpenContent } from './contents.ts';
import { integer, type Database } from './database.ts';
import { mediaType } from './filing.ts';
import { UNKNOWN_FILE } from './files.ts';
import { isCareless, type Ways } from './habits.ts';
import { exceeds } from './limits.ts';
import type { Random } from '../ports.ts';
import { Refusal } from './refusal.ts';
import { fileAddress, findByShortUrl, findFile, type FileRow } from './rows.ts';

const ADDRESS_MS = 10 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** How often downloads that count no more are forgotten. */
const FORGET_EVERY_MS = 60 * 60 * 1000;

/** What a download address stands for. */
export interface Ticket {
  readonly account: Account;
  readonly fileId: number;
  readonly until: number;
}

export class Downloads {
  readonly #database: Database;
  readonly #contents: Contents;
  readonly #ways: Ways;
  readonly #random: Random;
  readonly #tickets = new Map<string, Ticket>();
  #forgotAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database, contents: Contents, ways: Ways, random: Random) {
    this.#database = database;
    this.#contents = contents;
    this.#ways = ways;
    this.#random = random;
  }

  /** `file/download`. */
  address(call: Call): Reply {
    const file = this.#named(call);
    if (file.status !== 'active') throw new Refusal('Could not generate download url.');
    const { max_download_filesize_allowed: largest } = call.account.limits;
    if (exceeds(file.size, largest)) {
      throw new Refusal("You can't download files of this size.", isCareless(this.#ways) ? { form: 'flat' } : {});
    }
    const busy = this.#hindrance(call.account, file.size, call.now);
    if (busy !== undefined) throw new Refusal(busy);
    this.#forgetOld(call.now);
    const token = this.#random.hex(32);
    this.#tickets.set(token, { account: call.account, fileId: file.id, until: call.now + ADDRESS_MS });
    const url = `${fileAddress(file, call.look)}?download_token=${token}`;
    return {
      response: 'Download url generated.',
      data: { file_id: String(file.id), filename: file.name, download_url: url },
    };
  }

  /** What an address stands for; a refusal where it is unknown, used up or too old. */
  ticket(token: string, now: number): Ticket {
    const ticket = this.#tickets.get(token);
    if (ticket === undefined || now > ticket.until) throw this.#page('This download link is no longer valid.', 404);
    return ticket;
  }

  /** The bytes behind an address. */
  async serve(
    token: string,
    ticket: Ticket,
    method: 'GET' | 'HEAD',
    range: string | undefined,
    now: number,
  ): Promise<HostAnswer> {
    const { account } = ticket;
    const file = findFile(this.#database, account.id, ticket.fileId);
    if (file?.status !== 'active') throw this.#page('File not found.', 404);
    const headers = {
      'content-type': mediaType(file.type),
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
      ...(this.#ways.has('awkward') ? {} : { 'accept-ranges': 'bytes' }),
    };
    const span = parseRange(range, file.size);
    if (span === 'unsatisfiable') {
      return {
        status: 416,
        headers: { ...headers, 'content-range': `bytes */${file.size}`, 'content-length': '0' },
        body: '',
      };
    }
    const { start, end } = span ?? { start: 0, end: file.size };
    const ranged = {
      ...headers,
      'content-length': String(end - start),
      ...(span === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${file.size}` }),
    };
    const status = span === undefined ? 200 : 206;
    if (method === 'HEAD') return { status, headers: ranged, body: '' };
    const busy = this.#hindrance(account, end - start, now);
    if (busy !== undefined) throw this.#page(busy, 429);
    this.#tickets.delete(token);
    const content = await this.#contents.open(file.md5);
    this.#record(account, file, end - start, now);
    return { status, headers: ranged, body: this.#counted(account, content, start, end) };
  }

  #named(call: Call): FileRow {
    const { file_id: id, short_url: short } = call.fields;
    if (id === undefined && short === undefined) throw new Refusal('Please provide the file_id param.');
    const number = id === undefined ? undefined : parseId(id);
    const byId = number === undefined ? undefined : findFile(this.#database, call.account.id, number);
    // Programs send the whole short address as well as its last part.
    const file = byId ?? findByShortUrl(this.#database, (short ?? '').replace(/^.*\//, ''));
    if (file === undefined || file.accountId !== call.account.id) throw new Refusal(UNKNOWN_FILE);
    return file;
  }

  /** Which limit on downloads stands in the way now, in the site's words. */
  #hindrance(account: Account, size: number, now: number): string | undefined {
    const { limits, downloadsNow, downloadedAt } = account;
    if (exceeds(downloadsNow + 1, limits.concurrent_downloads))
      return 'You have too many downloads at once. Please wait for one of them to end.';
    const waited = downloadedAt === undefined ? Infinity : (now - downloadedAt) / 1000;
    if (waited < limits.wait_between_downloads) {
      return `You must wait ${Math.ceil(limits.wait_between_downloads - waited)} seconds between downloads.`;
    }
    if (limits.downloads_per_24_hours === 0 && limits.download_size_per_24_hours === 0) return undefined;
    const row = this.#database.get(
      'SELECT COUNT(*) AS number, COALESCE(SUM(size), 0) AS size FROM downloads WHERE account_id = ? AND at > ?',
      account.id,
      now - DAY_MS,
    );
    const past =
      row === undefined ? { number: 0, size: 0 } : { number: integer(row, 'number'), size: integer(row, 'size') };
    if (exceeds(past.number + 1, limits.downloads_per_24_hours))
      return 'You have reached the maximum permitted downloads in the last 24 hours.';
    if (exceeds(past.size + size, limits.download_size_per_24_hours))
      return 'You have reached the maximum permitted download size in the last 24 hours.';
    return undefined;
  }

  #record(account: Account, file: FileRow, size: number, now: number): void {
    account.downloadedAt = now;
    this.#database.change(() => {
      if (Math.abs(now - this.#forgotAt) >= FORGET_EVERY_MS) {
        this.#database.run('DELETE FROM downloads WHERE at <= ?', now - DAY_MS);
        this.#forgotAt = now;
      }
      this.#database.run('INSERT INTO downloads (account_id, at, size) VALUES (?, ?, ?)', account.id, now, size);
      this.#database.run('UPDATE files SET downloads = downloads + 1, accessed_at = ? WHERE id = ?', now, file.id);
    });
  }

  /** The bytes; while they flow they count as one download. Ends the count and closes the content however the reader leaves. */
  #counted(account: Account, content: OpenContent, start: number, end: number): AsyncIterable<Uint8Array> {
    account.downloadsNow += 1;
    let over = false;
    const leave = async (): Promise<void> => {
      if (over) return;
      over = true;
      account.downloadsNow -= 1;
      await content.close();
    };
    const bytes = content.read(start, end)[Symbol.asyncIterator]();
    return {
      // Not a generator: `return` on one that was never started would not run its `finally`.
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          try {
            const next = await bytes.next();
            if (next.done === true) await leave();
            return next;
          } catch (error) {
            await leave();
            throw error;
          }
        },
        return: async () => {
          await bytes.return?.();
          await leave();
          return { done: true, value: undefined };
        },
      }),
    };
  }

  #forgetOld(now: number): void {
    // In order of birth: the first that is still good ends the walk.
    for (const [token, ticket] of this.#tickets) {
      if (now <= ticket.until) return;
      this.#tickets.delete(token);
    }
  }

  #page(message: string, status: number): Refusal {
    return new Refusal(message, { form: 'page', status: isCareless(this.#ways) ? 200 : status });
  }
}

/** The span a `Range` header asks for, its end not included; undefined for the whole (also where the header is not understood). */
export function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  const [, first = '', last = ''] = found ?? [];
  if (found === null || (first === '' && last === '')) return undefined;
  if (first === '') {
    const start = Math.max(0, size - Number(last));
    return start >= size ? 'unsatisfiable' : { start, end: size };
  }
  if (last !== '' && Number(last) < Number(first)) return undefined;
  const start = Number(first);
  const end = last === '' ? size : Math.min(size, Number(last) + 1);
  return start >= size ? 'unsatisfiable' : { start, end };
}
