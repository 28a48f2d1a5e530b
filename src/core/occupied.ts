/**
 * Operations whose name is held by something that stays where it is: an entry that is held back, or something that the core
 * does not know. They wait; to try would be refused each time, or put a twin beside it on the host.
 */
import type { RemoteId } from './entry.ts';
import type { Draft } from './draft.ts';
import type { Items } from './item.ts';
import { putsHere } from './operation.ts';
import type { Act, Place } from './operation.ts';
import type { Steps } from './steps.ts';
import type { TreeView } from './tree.ts';

/** The drafts that cannot take their name. */
export function* findOccupied(drafts: readonly Draft[], items: Items, view: TreeView): Steps<ReadonlySet<Draft>> {
  const leavesHere = new Set<number>();
  const leavesThere = new Set<RemoteId>();
  for (const { act } of drafts) {
    if (act.kind === 'move' || act.kind === 'trash' || act.kind === 'conflictCopy') {
      if (act.side === 'local') leavesHere.add(act.local.node);
      else leavesThere.add(act.remote.id);
    }
    if (act.kind === 'upload' && act.replaces !== null) leavesThere.add(act.replaces.id);
  }
  const isOccupied = ({ act, entry }: Draft): boolean => {
    if (!('to' in act)) return false;
    const folder = items.byEntry.get(act.to.parent)?.local ?? view.localOf(act.to.parent);
    const occupant = folder === null || !putsHere(act) ? null : view.localAt(folder.node, act.to.localName);
    if (occupant !== null && occupant.entry !== entry && !isOwn(act, occupant.node) && !leavesHere.has(occupant.node))
      return true;
    const id = items.byEntry.get(act.to.parent)?.remote?.id ?? view.remoteOf(act.to.parent)?.id ?? null;
    if (id === null || !arrivesThere(act, id, act.to)) return false;
    return view.remoteAt(id, act.to.remoteName).some((row) => row.entry !== entry && !leavesThere.has(row.id));
  };
  const occupied = new Set<Draft>();
  for (const draft of drafts) {
    yield;
    if (isOccupied(draft)) occupied.add(draft);
  }
  return occupied;
}

/** A new version of what has the name already takes it from nobody, also where a twin of it stands beside. */
function arrivesThere(act: Act, folder: RemoteId, to: Place): boolean {
  if (act.kind === 'upload') return act.replaces?.parent !== folder || act.replaces.name !== to.remoteName;
  return (act.kind === 'createFolder' || act.kind === 'move') && act.side === 'remote';
}

function isOwn(act: Act, node: number): boolean {
  return act.kind === 'download' && act.over?.node === node;
}
