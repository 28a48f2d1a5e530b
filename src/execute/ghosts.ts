/**
 * Ghosts: older hosts show a trashed folder in the listing of the account's root, with the folders below it and without its files. Where a
 * pair is the whole account, that looks like a folder which somebody emptied, or moved to the top. Its files tell: one that went to the trash with
 * its folder still names it, one that was removed by itself does not.
 *
 * A folder that had no file cannot be told apart and is left alone.
 */
import { ACCOUNT_ROOT, ROOT_ENTRY } from '../core/entry.ts';
import type { BaseEntry, RemoteEntry, RemoteId } from '../core/entry.ts';
import type { TreeView } from '../core/tree.ts';
import { SyncError } from '../errors.ts';
import type { PairState, Remote } from '../ports.ts';
import type { Asked } from './asked.ts';

export interface GhostContext {
  readonly state: PairState;
  /** The state's, or a part of it. */
  readonly view: TreeView;
  readonly asked: Asked;
  readonly remote: Pick<Remote, 'fileInfo'>;
  readonly signal: AbortSignal;
}

/** So many of a folder's vanished files are asked for: a person may have removed some before the folder itself. */
const FILES_ASKED = 20;

/** Takes trashed folders that are still listed for what they are; true if there was one: it is to be decided anew. */
export async function hideGhosts(context: GhostContext): Promise<boolean> {
  const { state, view, asked } = context;
  if (view.remoteOf(ROOT_ENTRY)?.id !== ACCOUNT_ROOT) return false;
  let isAnyHidden = false;
  for (const [id, gone] of goneFiles(view)) {
    const top = view.remote(id);
    if (top === null || !asked.isDue(id, `${gone.length} ${gone.at(-1)?.remoteId ?? ''}`)) continue;
    const folders = foldersOf(top, view);
    if (folders === null || !(await wentWithFolder(gone, context))) continue;
    // Unlinked it is no entry's any more, and known for a ghost it is no new folder either, as long as no file is in it.
    state.rememberTrashed(folders.map((row) => row.id));
    state.record({ changes: folders.map((row) => ({ put: 'remote', row: { ...row, entry: null } })) });
    isAnyHidden = true;
  }
  return isAnyHidden;
}

/** Files of base that the host does not list any more, by the folder at the top in which they stood. */
function goneFiles(view: TreeView): ReadonlyMap<RemoteId, readonly BaseEntry[]> {
  const found = new Map<RemoteId, BaseEntry[]>();
  for (const base of view.openEntries()) {
    if (base.kind !== 'file' || base.parent === null || view.remoteOf(base.entry) !== null) continue;
    let top: RemoteEntry | null = null;
    for (let at = view.remoteOf(base.parent); at !== null && at.parent !== null; at = view.remote(at.parent)) top = at;
    if (top === null || top.entry === null) continue;
    const known = found.get(top.id);
    if (known === undefined) found.set(top.id, [base]);
    else known.push(base);
  }
  return found;
}

/** The folder and those below it; `null` if a file is among them: then it is no ghost. */
function foldersOf(top: RemoteEntry, view: TreeView): readonly RemoteEntry[] | null {
  const folders = [top];
  for (let nth = 0; nth < folders.length; nth++) {
    const folder = folders[nth];
    for (const row of folder === undefined ? [] : view.remoteChildren(folder.id)) {
      if (row.kind === 'file') return null;
      folders.push(row);
    }
  }
  return folders;
}

/** Whether the host says of one of the files that it went to the trash together with the folder in which it stood. */
async function wentWithFolder(files: readonly BaseEntry[], { state, remote, signal }: GhostContext): Promise<boolean> {
  for (const { remoteId, parent } of files.slice(0, FILES_ASKED)) {
    try {
      const info = await remote.fileInfo(remoteId, { signal });
      const home = parent === null ? null : state.view.base(parent);
      if (info?.status === 'trash' && info.parent !== null && info.parent === home?.remoteId) return true;
    } catch (error) {
      if (!(error instanceof SyncError) || error.disposition === 'halt') throw error; // else this one cannot tell
    }
  }
  return false;
}
