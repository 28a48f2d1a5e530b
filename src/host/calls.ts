/** What was called: counts for each endpoint and, where wanted, a bounded log of calls without their secrets. */
import type { Json, JsonObject } from './json.ts';
import { parseId, type Fields } from './call.ts';

export interface LoggedCall {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly endpoint: string;
  /** Without tokens, keys and passwords. */
  readonly fields: Fields;
  readonly outcome: 'success' | 'error';
  readonly status: number;
  /** The file it made or was about. */
  readonly fileId?: number;
  readonly folderId?: number;
}

const KEPT = 100_000;
const secrets = new Set(['access_token', 'key1', 'key2', 'password', 'access_password', 'download_token']);

export class CallBook {
  readonly #counts = new Map<string, number>();
  readonly #keepsLog: boolean;
  #log: LoggedCall[] = [];

  constructor(keepsLog: boolean) {
    this.#keepsLog = keepsLog;
  }

  /** `document` is what the endpoint answered, undefined where it refused. */
  note(at: number, endpoint: string, fields: Fields, status: number, document: JsonObject | undefined): void {
    this.#counts.set(endpoint, (this.#counts.get(endpoint) ?? 0) + 1);
    if (!this.#keepsLog) return;
    // Twice as many as are shown: so most calls cost no shifting.
    if (this.#log.length >= 2 * KEPT) this.#log = this.#log.slice(-KEPT);
    const shown = Object.fromEntries(Object.entries(fields).filter(([name]) => !secrets.has(name)));
    const outcome = document === undefined ? 'error' : 'success';
    this.#log.push({ at, endpoint, fields: shown, outcome, status, ...itemOf(endpoint, fields, document) });
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  resetCounts(): void {
    this.#counts.clear();
  }

  log(): readonly LoggedCall[] {
    return this.#log.slice(-KEPT);
  }
}

function itemOf(
  endpoint: string,
  fields: Fields,
  document: JsonObject | undefined,
): { fileId?: number; folderId?: number } {
  const kind = endpoint.startsWith('folder/') ? 'folderId' : 'fileId';
  const made = member(document?.['new_file'], 'data') ?? document?.['data'];
  const item = member(made, '0') ?? made;
  const candidates = [
    member(item, 'file_id'),
    member(item, 'id'),
    fields[kind === 'folderId' ? 'folder_id' : 'file_id'],
  ];
  const named = candidates.find((candidate) => typeof candidate === 'string');
  const id = typeof named === 'string' ? parseId(named) : undefined;
  return id === undefined || endpoint.startsWith('account/') ? {} : { [kind]: id };
}

/** A member of an object or list, by key or index. */
function member(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, Json>(Object.entries(value)).get(name);
}
