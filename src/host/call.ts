/** One call of an endpoint, signed in, and how endpoints read its fields. */
import type { Account, Session } from './accounts.ts';
import type { JsonObject } from './json.ts';
import { Refusal } from './refusal.ts';
import type { Look } from './rows.ts';

export type Fields = Readonly<Record<string, string>>;

export interface Call {
  readonly endpoint: string;
  readonly fields: Fields;
  readonly account: Account;
  readonly session: Session;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly look: Look;
}

/** What an endpoint answers beside status and date. */
export type Reply = JsonObject;
export type Endpoint = (call: Call) => Reply | Promise<Reply>;

/** The field, or the refusal that asks for it. */
export function required(fields: Fields, name: string): string {
  const value = fields[name] ?? '';
  if (value.trim() === '') throw new Refusal(`Please provide the ${name} param.`);
  return value;
}

/** An id as it comes over the wire; undefined for what cannot be one. */
export function parseId(value: string): number | undefined {
  const trimmed = value.trim();
  return /^[1-9]\d{0,14}$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** How a call names a place: nothing, the root, or a folder by its id (undefined: something that is no id). */
export type Place =
  { readonly kind: 'blank' } | { readonly kind: 'root' } | { readonly kind: 'folder'; readonly id: number | undefined };

/** Where the documentation says "blank or 0: root", the zero is one; in moves and edits only the word `null` is. */
export function parsePlace(value: string | undefined, zero: 'is-root' | 'is-an-id'): Place {
  const trimmed = (value ?? '').trim();
  if (trimmed === '') return { kind: 'blank' };
  if (trimmed === 'null' || (trimmed === '0' && zero === 'is-root')) return { kind: 'root' };
  return { kind: 'folder', id: parseId(trimmed) };
}
