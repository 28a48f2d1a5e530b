/**
 * What was not seen cannot be decided about. These two questions are asked before any other: is it known what became of the item
 * on this computer, and on the host? A failed look, an unreadable folder or a link in a folder's place is not a removal.
 */
import type { EntryNumber, NodeNumber, RemoteId } from './entry.ts';
import type { Hold, Item } from './item.ts';
import { AWAITS_LISTING, AWAITS_SWEEP } from './waits.ts';
import type { TreeView } from './tree.ts';

/** `null`: what the local tree says about the item was seen. */
export function localUnknown(item: Item, view: TreeView): Hold | null {
  if (item.local !== null) return item.local.parent === null ? null : troubleAbove(view, item.local.parent);
  if (item.base === null) return null;
  // Gone, by the local tree. Climb to the first folder that is there: what stands in the place below it?
  let { parent, localName } = item.base;
  const seen = new Set<EntryNumber>();
  while (parent !== null && !seen.has(parent)) {
    seen.add(parent);
    const folder = view.localOf(parent);
    if (folder !== null) {
      const occupant = view.localAt(folder.node, localName);
      if (occupant?.kind === 'special') {
        return { problem: 'local/special-in-place', detail: null, node: occupant.node };
      }
      return troubleAbove(view, folder.node);
    }
    const above = view.base(parent);
    if (above === null) return null;
    ({ parent, localName } = above);
  }
  return null;
}

/** `null`: what the remote tree says about the item was seen. */
export function remoteUnknown(item: Item, view: TreeView): Hold | null {
  const known = item.base === null ? item.remote : view.remoteOf(item.entry);
  if (known !== null && known.absentSince !== null) return { wait: AWAITS_SWEEP };
  if (item.remote !== null) return item.remote.parent === null ? null : unlistedAbove(view, item.remote.parent);
  let parent = item.base?.parent ?? null;
  const seen = new Set<EntryNumber>();
  while (parent !== null && !seen.has(parent)) {
    seen.add(parent);
    const folder = view.remoteOf(parent);
    if (folder !== null) return unlistedAbove(view, folder.id);
    parent = view.base(parent)?.parent ?? null;
  }
  return null;
}

function troubleAbove(view: TreeView, from: NodeNumber): Hold | null {
  for (let at = view.local(from); at !== null; at = at.parent === null ? null : view.local(at.parent)) {
    if (at.trouble !== null) return { problem: at.trouble, detail: null, node: at.node };
  }
  return null;
}

/** Whether what is in this folder on the host is not known: it, or one above it, could not be listed or was not shown. */
export function isUnlisted(folder: RemoteId, view: TreeView): boolean {
  return unlistedAbove(view, folder) !== null;
}

function unlistedAbove(view: TreeView, from: RemoteId): Hold | null {
  for (let at = view.remote(from); at !== null; at = at.parent === null ? null : view.remote(at.parent)) {
    if (at.absentSince !== null) return { wait: AWAITS_SWEEP };
    if (at.unlisted) return { wait: AWAITS_LISTING };
  }
  return null;
}
