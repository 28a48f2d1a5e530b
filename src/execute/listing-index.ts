/** Finding a file in a listing without reading all of it: a folder's batch may ask a hundred thousand times. */
import type { RemoteId } from '../core/entry.ts';
import type { RemoteName } from '../core/path.ts';
import type { RemoteFile, RemoteListing } from '../ports.ts';

interface Index {
  readonly byId: ReadonlyMap<RemoteId, RemoteFile>;
  readonly byName: ReadonlyMap<RemoteName, readonly RemoteFile[]>;
}

const known = new WeakMap<RemoteListing, Index>();

export function fileIn(listing: RemoteListing, id: RemoteId): RemoteFile | undefined {
  return indexOf(listing).byId.get(id);
}

export function filesNamed(listing: RemoteListing, name: RemoteName): readonly RemoteFile[] {
  return indexOf(listing).byName.get(name) ?? [];
}

function indexOf(listing: RemoteListing): Index {
  let index = known.get(listing);
  if (index === undefined) {
    index = { byId: new Map(listing.files.map((file) => [file.id, file])), byName: byName(listing.files) };
    known.set(listing, index);
  }
  return index;
}

function byName(files: readonly RemoteFile[]): ReadonlyMap<RemoteName, readonly RemoteFile[]> {
  const names = new Map<RemoteName, RemoteFile[]>();
  for (const file of files) {
    const namesakes = names.get(file.name);
    if (namesakes === undefined) names.set(file.name, [file]);
    else namesakes.push(file);
  }
  return names;
}
