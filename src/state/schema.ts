/** What the state keeps as JSON text, and how it is read back: strictly. Each reader throws on anything else. */
import * as z from 'zod';
import type { EntryNumber, Identity, Md5, NodeNumber, RemoteId, Stamp } from '../core/entry.ts';
import { isLocalName } from '../core/path.ts';
import type { LocalName, RelPath, RemoteName } from '../core/path.ts';
import type { HistoryLine, Intent, RunSummary } from '../ports.ts';

const isNumber = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0;
const isText = (value: unknown): value is string => typeof value === 'string';

const entry = z.custom<EntryNumber>(isNumber);
const node = z.custom<NodeNumber>(isNumber);
const id = z.custom<RemoteId>((value) => isText(value) && /^[df]\d+$/.test(value));
const md5 = z.custom<Md5>((value) => isText(value) && /^[0-9a-f]{32}$/.test(value));
const stamp = z.custom<Stamp>(isText);
const identity = z.custom<Identity>(isText);
const localName = z.custom<LocalName>((value) => isText(value) && isLocalName(value));
const remoteName = z.custom<RemoteName>(isText);
const path = z.custom<RelPath>((value) => isText(value) && (value === '' || value.split('/').every(isLocalName)));
const size = z.number().int().nonnegative();

const place = z.strictObject({ parent: entry, localName, remoteName });

const intentSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('upload'),
    entry,
    node,
    stamp,
    identity,
    size,
    md5,
    sentTo: id,
    to: place,
    replaces: z.strictObject({ id, parent: id, name: remoteName, size }).nullable(),
    stagedName: z.string().nullable(),
    answer: id.nullable(),
  }),
  z.strictObject({ kind: z.literal('remoteFolder'), entry, sentTo: id, to: place, identity }),
  z.strictObject({ kind: z.literal('remoteMove'), entry, id, to: place }),
  z.strictObject({ kind: z.literal('copy'), entry, name: remoteName, size }),
  z.strictObject({
    kind: z.literal('arrival'),
    entry,
    remote: id,
    path,
    parent: entry,
    localName,
    remoteName,
    size,
    md5,
    identity,
    changedAtMs: z.number(),
  }),
  z.strictObject({ kind: z.literal('localFolder'), entry, remote: id, path, to: place }),
  z.strictObject({
    kind: z.literal('localMove'),
    entry,
    node,
    from: path,
    to: path,
    identity,
    conflict: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('localTrash'), entry, node, from: path, identity }),
]);

const factsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
const countsSchema = z.record(z.string(), z.number());
const holderSchema = z.object({ pid: z.number().int(), command: z.string() });

/** Who holds a lock, as the next one is told. `command` must hold no secret. */
export type LockHolder = z.infer<typeof holderSchema>;

export const readIntent = (text: string): Intent => intentSchema.parse(JSON.parse(text));
export const readFacts = (text: string): HistoryLine['facts'] => factsSchema.parse(JSON.parse(text));
export const readCounts = (text: string): RunSummary['counts'] => countsSchema.parse(JSON.parse(text));
export const readHolder = (text: string): LockHolder => holderSchema.parse(JSON.parse(text));
