/**
 * From a request to an answer, in this order: which endpoint, its fields (an upload's bytes stream in here), who calls, how
 * often, the `before` hook, the endpoint itself, durable on the disk, the `after` hook.
 *
 * Every failure becomes an answer: a refusal as the endpoint worded it, anything else a 500 page and a word to `onFault`.
 */
import { TOKEN_LAPSED, type Accounts, type Session } from './accounts.ts';
import { page, type Answers, type HostAnswer } from './answers.ts';
import type { JsonObject } from './json.ts';
import type { Endpoint, Fields } from './call.ts';
import type { CallBook } from './calls.ts';
import type { Database } from './database.ts';
import type { Downloads } from './downloads.ts';
import { readFields, type HostRequest } from './form.ts';
import type { Ways } from './habits.ts';
import { stripTags } from './names.ts';
import { Refusal } from './refusal.ts';
import type { Incoming, Uploads } from './uploads.ts';
import type { Look } from './rows.ts';

/**
 * One call as a hook sees it: `endpoint` is `file/upload`, `folder/listing`, …, and `download` for the bytes of a file.
 * Of an upload, `upload_file` is the name as sent.
 */
export interface HostCall {
  readonly endpoint: string;
  readonly fields: Fields;
  readonly accountId: string | null;
}

type Hooked = HostAnswer | 'drop' | undefined;

/**
 * Seam for fault tests: `before` runs when a call is known and allowed but has not acted, `after` when it has acted and is
 * durable but its answer has not left. Either may give another answer, or `drop` to break the connection.
 */
export interface CallHook {
  before?(call: HostCall): Promise<Hooked> | Hooked;
  after?(call: HostCall, answer: HostAnswer): Promise<Hooked> | Hooked;
}

export interface DispatchParts {
  readonly accounts: Accounts;
  readonly answers: Answers;
  readonly book: CallBook;
  readonly database: Database;
  readonly downloads: Downloads;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly uploads: Uploads;
  readonly ways: Ways;
  readonly hook: CallHook;
  readonly now: () => number;
  readonly formatDate: (ms: number) => string;
  /** What addresses start with; undefined: whatever the client used. */
  readonly baseUrl: () => string | undefined;
  readonly onFault: (error: unknown) => void;
  /** Runs after each call that changed something. */
  readonly check: () => void;
}

/** What an endpoint did: the answer to send and, where it succeeded, the document in it. */
interface Outcome {
  readonly answer: HostAnswer;
  readonly document?: JsonObject;
}

const API = '/api/v2/';
/** Endpoints that change nothing a check could find wrong. */
const reading = new Set([
  'authorize',
  'disable_access_token',
  'account/info',
  'account/package',
  'file/info',
  'file/download',
  'file/url_upload_status',
  'folder/info',
  'folder/listing',
  'download',
]);

export class Dispatch {
  readonly #parts: DispatchParts;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
  }

  /** Rejects only where the request's connection broke, or where the check found the tree broken. */
  async handle(request: HostRequest): Promise<HostAnswer | 'drop'> {
    const path = request.target.split('?', 1)[0] ?? '';
    const at = path.lastIndexOf(API);
    if (at < 0) return this.#download(request);
    const endpoint = path.slice(at + API.length).replace(/\/+$/, '');
    const origin = this.#parts.baseUrl() ?? request.origin + path.slice(0, at);
    const isKnown = endpoint === 'authorize' || endpoint === 'file/upload' || this.#parts.endpoints.has(endpoint);
    if (!isKnown) return this.#refuse(endpoint, new Refusal('Endpoint not found.', { status: 404 }));
    if (request.method !== 'POST' && request.method !== 'GET') {
      return this.#refuse(
        endpoint,
        new Refusal('Method not allowed.', { status: 405, headers: { allow: 'GET, POST' } }),
      );
    }
    return this.#call(endpoint, request, { origin, formatDate: this.#parts.formatDate });
  }

  async #call(endpoint: string, request: HostRequest, look: Look): Promise<HostAnswer | 'drop'> {
    const incoming =
      endpoint === 'file/upload' ? this.#parts.uploads.begin((fields) => this.#sessionOf(fields)) : undefined;
    try {
      let fields: Fields;
      try {
        fields = await this.#fields(request, incoming);
      } catch (error) {
        if (error instanceof Refusal) return this.#refuse(endpoint, error);
        throw error; // the connection broke, or the disk is full
      }
      if (endpoint === 'authorize') {
        return await this.#hooked({ endpoint, fields, accountId: null }, () => this.#signIn(fields, request.from));
      }
      const session = this.#sessionOf(fields);
      if (session === undefined) return this.#refuse(endpoint, this.#lapsed(), fields);
      const wait = session.account.pace.take(session.account.limits.requestsPerSecond, this.#parts.now());
      if (wait > 0) return this.#refuse(endpoint, tooMany(wait), fields);
      const act = async (): Promise<JsonObject> => {
        const call = { endpoint, fields, account: session.account, session, now: this.#parts.now(), look };
        if (incoming !== undefined) return this.#parts.uploads.store(call, incoming);
        const run = this.#parts.endpoints.get(endpoint);
        if (run === undefined) throw new Refusal('Endpoint not found.', { status: 404 });
        return run(call);
      };
      const named = incoming?.name === undefined ? fields : { ...fields, upload_file: incoming.name };
      return await this.#hooked({ endpoint, fields: named, accountId: String(session.account.id) }, act);
    } finally {
      incoming?.close();
    }
  }

  async #signIn(fields: Fields, from: string): Promise<JsonObject> {
    const { token, account } = await this.#parts.accounts.signIn(fields, this.#parts.now(), from);
    return { data: { access_token: token, account_id: String(account.id) } };
  }

  async #hooked(call: HostCall, act: () => Promise<JsonObject>): Promise<HostAnswer | 'drop'> {
    return this.#around(call, async () => {
      const document = await act();
      return { answer: this.#parts.answers.success(call.endpoint, document, this.#parts.now()), document };
    });
  }

  /** The hooks around one call, its entry in the book, and durability between acting and answering. */
  async #around(call: HostCall, act: () => Promise<Outcome>): Promise<HostAnswer | 'drop'> {
    const { hook } = this.#parts;
    const instead = await hook.before?.(call);
    if (instead !== undefined) {
      this.#note(call, instead === 'drop' ? 0 : instead.status);
      return instead;
    }
    const { answer, document } = await this.#outcome(call, act);
    this.#note(call, answer.status, document);
    if (!reading.has(call.endpoint)) this.#parts.check();
    const changed = await hook.after?.(call, answer);
    // A body that nobody will read still holds a file open. One put in place of another by a stream may be reading it.
    if (changed !== undefined && (changed === 'drop' || typeof changed.body === 'string')) await abandon(answer);
    return changed ?? answer;
  }

  async #outcome(call: HostCall, act: () => Promise<Outcome>): Promise<Outcome> {
    try {
      const outcome = await act();
      // Reads wait too: nobody may be told of a change that a crash could still undo.
      await this.#parts.database.settled();
      return outcome;
    } catch (error) {
      if (error instanceof Refusal) {
        await this.#parts.database.settled().catch(this.#parts.onFault);
        return { answer: this.#parts.answers.refusal(call.endpoint, error, this.#parts.now()) };
      }
      this.#parts.onFault(error);
      return { answer: page(500, 'Internal server error') };
    }
  }

  /** The bytes of a file behind an address that `file/download` gave out; everything else here is no page of ours. */
  async #download(request: HostRequest): Promise<HostAnswer | 'drop'> {
    const query = new URLSearchParams(request.target.slice(request.target.indexOf('?') + 1));
    const token = query.get('download_token');
    if (token === null || token === '') return page(404, 'Page not found');
    const { method } = request;
    if (method !== 'GET' && method !== 'HEAD')
      return { ...page(405, 'Method not allowed'), headers: { allow: 'GET, HEAD' } };
    const now = this.#parts.now();
    try {
      const ticket = this.#parts.downloads.ticket(token, now);
      const isAwkward = this.#parts.ways.has('awkward');
      if (isAwkward && !query.has(SERVER_FIELD)) return toFileServer(token);
      const range = request.headers['range'];
      const fields = { file_id: String(ticket.fileId), ...(range === undefined ? {} : { range }) };
      return await this.#around({ endpoint: 'download', fields, accountId: String(ticket.account.id) }, async () => ({
        answer: await this.#parts.downloads.serve(token, ticket, method, isAwkward ? undefined : range, now),
        document: {},
      }));
    } catch (error) {
      if (error instanceof Refusal) return this.#parts.answers.refusal('download', error, now);
      throw error;
    }
  }

  async #fields(request: HostRequest, incoming: Incoming | undefined): Promise<Fields> {
    const { headers } = request;
    if (this.#parts.ways.has('awkward') && headers['transfer-encoding'] !== undefined) {
      throw new Refusal('A request with a body needs a Content-Length.', { form: 'page', status: 411 });
    }
    const fields = await readFields(request, incoming?.take);
    if (!this.#parts.ways.has('servers')) return fields;
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, stripTags(value)]));
  }

  #sessionOf(fields: Fields): Session | undefined {
    return this.#parts.accounts.session(fields['access_token'] ?? '', fields['account_id'] ?? '', this.#parts.now());
  }

  #refuse(endpoint: string, refusal: Refusal, fields: Fields = {}): HostAnswer {
    const answer = this.#parts.answers.refusal(endpoint, refusal, this.#parts.now());
    this.#note({ endpoint, fields }, answer.status);
    return answer;
  }

  #note(call: Pick<HostCall, 'endpoint' | 'fields'>, status: number, document?: JsonObject): void {
    this.#parts.book.note(this.#parts.now(), call.endpoint, call.fields, status, document);
  }

  /** The documentation lists 401 for it; servers answer 200, and some look for the user before they look at the token. */
  #lapsed(): Refusal {
    if (this.#parts.ways.has('awkward')) return new Refusal('Username could not be found.', { form: 'result' });
    return new Refusal(TOKEN_LAPSED, { status: this.#parts.ways.has('servers') ? 200 : 401 });
  }
}

/** Present in an address of the file server. */
const SERVER_FIELD = 'fs';

/** Sends a download on to a file server, which is the same host under another path. */
function toFileServer(token: string): HostAnswer {
  const location = `/storage/?download_token=${token}&${SERVER_FIELD}=2`;
  return { status: 302, headers: { location, 'content-length': '0' }, body: '' };
}

async function abandon({ body }: HostAnswer): Promise<void> {
  if (typeof body !== 'string') await body[Symbol.asyncIterator]().return?.();
}

function tooMany(waitMs: number): Refusal {
  return new Refusal('Too many requests.', {
    status: 429,
    headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) },
  });
}
