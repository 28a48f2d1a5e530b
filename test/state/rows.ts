/** Short words for rows, findings and listings. */
import type {
  BaseEntry,
  EntryNumber,
  Identity,
  LocalEntry,
  LocalKind,
  LocalSeen,
  Md5,
  NodeNumber,
  RemoteEntry,
  RemoteId,
  Stamp,
} from '../../src/core/entry.ts';
import type { LocalName, RelPath, RemoteName } from '../../src/core/path.ts';
import type { FolderDifference, LocalFinding, RemoteFile, RemoteFolder, RemoteListing } from '../../src/ports.ts';

export const entry = (number: number) => number as EntryNumber;
export const node = (number: number) => number as NodeNumber;
export const id = (text: string) => text as RemoteId;
export const path = (text: string) => text as RelPath;
export const local = (text: string) => text as LocalName;
export const remote = (text: string) => text as RemoteName;
export const stamp = (text: string) => text as Stamp;
/** An MD5 for every text. */
export const md5 = (text: string) => Buffer.from(text.padEnd(16, '.').slice(0, 16)).toString('hex') as Md5;

export const rootId = id('d5');

export function seen(kind: LocalKind, text: string): LocalSeen {
  return {
    kind,
    size: kind === 'file' ? text.length : 0,
    identity: `at ${text}` as Identity,
    stamp: `stamp ${text}` as Stamp,
    changedAtMs: 1_700_000_000_000.5,
  };
}

/** A name found on the disk. Of a file `text` is the content. */
export function found(kind: LocalKind, name: string, text = name, changes: Partial<LocalFinding> = {}): LocalFinding {
  const content = kind === 'file' ? md5(text) : null;
  return { ...seen(kind, text), node: null, name: local(name), md5: content, racy: false, trouble: null, ...changes };
}

export function difference(changes: Partial<FolderDifference>): FolderDifference {
  return { put: [], gone: [], ignored: [], trouble: null, isFree: true, ...changes };
}

export function folderItem(of: string, parent: string, name = of): RemoteFolder {
  const words = { summary: '', visibility: 'private' } as const;
  return { kind: 'folder', id: id(of), parent: id(parent), name: remote(name), ...words };
}

export function fileItem(of: string, parent: string, name = of, text = name): RemoteFile {
  return {
    kind: 'file',
    id: id(of),
    parent: id(parent),
    name: remote(name),
    size: text.length,
    status: 'active',
    shortUrl: null,
  };
}

export function listing(
  folder: string,
  items: readonly (RemoteFile | RemoteFolder)[],
  changes: Partial<RemoteListing> = {},
): RemoteListing {
  const folders = items.filter((item) => item.kind === 'folder');
  const files = items.filter((item) => item.kind === 'file');
  return { folder: id(folder), folders, files, unclear: [], complete: true, ...changes };
}

export function baseRow(number: number, of: string, name: string, changes: Partial<BaseEntry> = {}): BaseEntry {
  const file = of.startsWith('f');
  return {
    entry: entry(number),
    parent: entry(1),
    kind: file ? 'file' : 'folder',
    localName: local(name),
    remoteName: remote(name),
    remoteId: id(of),
    size: file ? name.length : 0,
    md5: file ? md5(name) : null,
    identity: `at ${name}` as Identity,
    stamp: '',
    putSweep: 0,
    movedSweep: 0,
    ...changes,
  };
}

export function localRow(
  kind: LocalKind,
  name: string,
  changes: Partial<LocalEntry> = {},
): Omit<LocalEntry, 'node'> & { readonly node: NodeNumber | null } {
  const { node: number = null, ...rest } = changes;
  const row = found(kind, name);
  return { ...row, parent: node(1), entry: null, released: false, ...rest, node: number };
}

export function remoteRow(of: string, name: string, changes: Partial<RemoteEntry> = {}): RemoteEntry {
  const file = of.startsWith('f');
  return {
    id: id(of),
    parent: rootId,
    kind: file ? 'file' : 'folder',
    name: remote(name),
    size: file ? name.length : 0,
    md5: file ? md5(name) : null,
    entry: null,
    firstSeenMs: 7,
    absentSince: null,
    unlisted: false,
    released: false,
    ...changes,
  };
}
