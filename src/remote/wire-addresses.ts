/** What the host says of addresses: of its own items, and of those that it was asked to fetch. Any value may be a string, a number or `null`. */
import * as z from 'zod';
import type { RemoteId } from '../core/entry.ts';
import { SyncError } from '../errors.ts';
import type { JsonObject } from './answer.ts';

const text = z.union([z.string(), z.number().transform(String)]);
const id = text.transform((value) => value.trim()).refine((value) => /^0*[1-9]\d*$/.test(value));
const count = text
  .transform((value) => Number(value.trim()))
  .refine((value) => Number.isSafeInteger(value) && value >= 0);

/** How far a fetch is. `failed`: the host gave it up, in its own word. */
export type Fetching =
  | { readonly kind: 'under way'; readonly word: string; readonly totalSize: number | null }
  | { readonly kind: 'done'; readonly file: RemoteId }
  | { readonly kind: 'failed'; readonly word: string };

const scheduled = z.object({ data: z.object({ scheduled_item_id: id }) });

/** Reads `file/url_upload_add`: under which number it is asked for. */
export function readScheduled(answer: JsonObject): string {
  return parsed(scheduled, answer, 'file/url_upload_add').data.scheduled_item_id;
}

const state = z.object({
  data: z.object({
    status: text.nullish(),
    finished: text.nullish(),
    total_size: count.nullish().catch(null),
    downloaded_file: z.object({ file_id: id }).nullish().catch(null),
  }),
});

const givenUp = /fail|error|cancel|abort|invalid/i;

/** Reads `file/url_upload_status`. Its words for the state are not documented: what counts is the file, and that an end was reached without one. */
export function readFetching(answer: JsonObject): Fetching {
  const {
    status,
    finished,
    total_size: totalSize,
    downloaded_file: file,
  } = parsed(state, answer, 'file/url_upload_status').data;
  const word = status ?? '';
  if (file !== null && file !== undefined)
    return { kind: 'done', file: `f${file.file_id.replace(/^0+/, '')}` as RemoteId };
  const hasEnded = finished !== null && finished !== undefined && !/^(|0+|0000-.*)$/.test(finished.trim());
  if (givenUp.test(word) || hasEnded) return { kind: 'failed', word };
  return { kind: 'under way', word, totalSize: totalSize ?? null };
}

export interface ItemAddress {
  readonly url: string;
  /** `private`: only who is signed in to the account gets in. */
  readonly visibility: 'private' | 'open' | 'unknown';
}

const item = z.object({
  data: z.object({ url_file: z.url().nullish(), url_folder: z.url().nullish(), isPublic: text.nullish().catch(null) }),
});

/** Reads the address out of `file/info` or `folder/info`; `null`: the host does not say one. */
export function readAddress(answer: JsonObject, endpoint: 'file/info' | 'folder/info'): ItemAddress | null {
  const { url_file: file, url_folder: folder, isPublic } = parsed(item, answer, endpoint).data;
  const url = endpoint === 'file/info' ? file : folder;
  if (url === null || url === undefined) return null;
  const shown = isPublic?.trim() ?? '';
  return { url, visibility: shown === '0' ? 'private' : shown === '' ? 'unknown' : 'open' };
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, endpoint: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const path = (result.error.issues[0]?.path ?? []).map(String).join('.');
  throw new SyncError('remote/bad-answer', { detail: `${endpoint}: ${path} is missing or not what it should be` });
}
