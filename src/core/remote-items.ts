/** Folders and files of the host, as it shows them. */
import type { RemoteEntry, RemoteId } from './entry.ts';
import type { RemoteName } from './path.ts';

export interface RemoteFolder {
  readonly kind: 'folder';
  readonly id: RemoteId;
  /** `ACCOUNT_ROOT` for a child of the root, in all the forms in which hosts say so. */
  readonly parent: RemoteId;
  readonly name: RemoteName;
  /** What the host tells about the folder's state (dates, counts, sizes), joined; only ever compared. */
  readonly summary: string;
  readonly visibility: 'private' | 'unlisted' | 'public' | 'unknown';
}

export interface RemoteFile {
  readonly kind: 'file';
  readonly id: RemoteId;
  /** `null` once it is in the trash by itself. */
  readonly parent: RemoteId | null;
  readonly name: RemoteName;
  /** In bytes. */
  readonly size: number;
  readonly status: 'active' | 'trash';
  /** The end of the host's own short address of the file, which it never gives to another; `null`: it was not told. */
  readonly shortUrl: string | null;
}

/** The direct children of one folder, active ones. */
export interface RemoteListing {
  readonly folder: RemoteId;
  readonly folders: readonly RemoteFolder[];
  readonly files: readonly RemoteFile[];
  /** Ids that were there but without a usable name or size: not gone, not usable. */
  readonly unclear: readonly RemoteId[];
  /** False when an item without an id was among them: then an id that is missing here is not known to be gone. */
  readonly complete: boolean;
}

/** A child of a folder of the host as far as a listing tells of it. */
export interface ShownChild extends Pick<RemoteEntry, 'id' | 'name' | 'size' | 'absentSince' | 'unlisted'> {
  /** `null`: the host did not tell yet, or this is a folder. */
  readonly shortUrl: string | null;
}
