/**
 * What the uploads of one plan have in common: of several files with one content the first is sent, and the others wait for it and are
 * copied. Only files of which there are several of one size are looked at for it. Contents that files exchange are copied while each is
 * there still.
 */
import type { Md5, RemoteId } from '../core/entry.ts';
import type { Operation } from '../core/operation.ts';
import type { RemoteName } from '../core/path.ts';

/** A file on the host, as far as a copy of it needs to know. */
export interface Source {
  readonly id: RemoteId;
  readonly name: RemoteName;
}

export interface Sending {
  /** Whether another upload of the plan is of that size, in bytes. */
  isShared(size: number): boolean;
  /** Whether the plan replaces or trashes that file on the host: at the moment of a copy it may be gone. */
  isLeaving(id: RemoteId): boolean;
  /** Announces an upload of that size, in bytes. What it returns is to be called once it has its copy, or needs none. */
  looksForCopy(size: number): () => void;
  /** Resolves when all uploads of that size that were announced have their copies: what they are made from may go then. */
  areCopied(size: number): Promise<void>;
  /** `null`: none with that content is being sent. Else the first that was, once it is there; with `null` if it came to nothing. */
  first(md5: Md5): Promise<Source | null> | null;
  /** Announces that the file with that content is being sent; the others wait until `done` is called, with `null` if it came to nothing. */
  begin(md5: Md5): { readonly done: (source: Source | null) => void };
}

export function makeSending(operations: readonly Operation[]): Sending {
  const counts = new Map<number, number>();
  const leaving = new Set<RemoteId>();
  for (const op of operations) {
    if (op.kind === 'upload') {
      counts.set(op.size, (counts.get(op.size) ?? 0) + 1);
      if (op.replaces !== null) leaving.add(op.replaces.id);
    } else if (op.kind === 'trash' && op.side === 'remote') {
      leaving.add(op.remote.id);
      for (const one of op.covers) if (one.side === 'remote') leaving.add(one.expect.id);
    }
  }
  const sent = new Map<Md5, Promise<Source | null>>();
  const looking = new Map<number, Set<Promise<void>>>();
  return {
    looksForCopy: (size) => {
      let resolve = (): void => undefined;
      const one = new Promise<void>((done) => (resolve = done));
      const all = looking.get(size) ?? new Set();
      looking.set(size, all.add(one));
      return () => {
        all.delete(one);
        resolve();
      };
    },
    areCopied: async (size) => {
      await Promise.all([...(looking.get(size) ?? [])]);
    },
    isLeaving: (id) => leaving.has(id),
    isShared: (size) => (counts.get(size) ?? 0) > 1,
    first: (md5) => sent.get(md5) ?? null,
    begin: (md5) => {
      let done: (source: Source | null) => void = () => undefined;
      sent.set(md5, new Promise((resolve) => (done = resolve)));
      return { done };
    },
  };
}
