/**
 * Gives things on the host their names. Some hosts make another name of the one that is sent, or refuse it: then the reversible form is asked for,
 * which all computers show as the name that was meant. The answer says what became of it; nothing is taken on trust.
 *
 * RACE: between the two calls the item has the host's own version of the name, and other computers may show it so for a moment. If the
 * program dies there, the host's version stays, as if somebody had renamed it there. No content is touched.
 */
import { ACCOUNT_ROOT } from '../core/entry.ts';
import type { RemoteId } from '../core/entry.ts';
import { askedFor, isNamedAlike, spelledOut } from '../core/names.ts';
import type { RemoteName } from '../core/path.ts';
import { hasCode } from '../errors.ts';
import type { RemoteFile, RemoteFolder, RemoteListing } from '../ports.ts';
import type { Hands } from './hands.ts';

interface Named {
  readonly name: RemoteName;
}

/** `name`: the one that it has now, `null` if the host keeps neither form; `item` is then what the host made of it last. */
export interface Naming<T extends Named> {
  readonly item: T;
  readonly name: RemoteName | null;
}

/**
 * Calls `ask` with `wanted`, and again with its reversible form if the host did not keep that. Rejects as `ask` does; a refusal
 * of the second form alone is no more than the end of it, if the first call came to something.
 */
export async function giveName<T extends Named>(
  wanted: RemoteName,
  ask: (name: RemoteName) => Promise<T>,
): Promise<Naming<T>> {
  const first = askedFor(wanted);
  const spelled = spelledOut(first);
  let made: T | null = null;
  try {
    made = await ask(first);
    if (made.name === first || spelled === null) return { item: made, name: made.name === first ? first : null };
  } catch (error) {
    if (spelled === null || !hasCode(error, 'remote/refused')) throw error;
  }
  try {
    const item = await ask(spelled);
    return { item, name: item.name === spelled ? spelled : null };
  } catch (error) {
    if (made === null || !hasCode(error, 'remote/refused')) throw error;
    return { item: made, name: null };
  }
}

/** What stands in the way of `name` in a folder, beside `own` items, those that are about to leave, and ghosts of what was trashed here. */
export function holderOf(
  listing: RemoteListing,
  name: RemoteName,
  own: readonly RemoteId[],
  { state, isLeaving }: Pick<Hands, 'state' | 'isLeaving'>,
): RemoteFile | RemoteFolder | undefined {
  const isGhost = (it: RemoteFile | RemoteFolder): boolean =>
    it.kind === 'folder' &&
    it.parent === ACCOUNT_ROOT &&
    state.wasTrashedHere(it.id) &&
    state.view.baseOfRemote(it.id) === null;
  return [...listing.files, ...listing.folders].find(
    (it) => isNamedAlike(it.name, name) && !own.includes(it.id) && !isLeaving(it) && !isGhost(it),
  );
}
