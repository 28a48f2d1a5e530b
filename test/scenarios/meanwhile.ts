/** Things that happen in the middle of a pass: at one of its calls to the host, or at one of its calls to the disk. */
import type { PassOptions } from '../support/computer.ts';
import { faultyDisk } from '../support/faulty-disk.ts';
import type { DiskHook, FaultyDisk } from '../support/faulty-disk.ts';
import type { Call } from '../support/traffic.ts';
import { realDisk } from '../../src/system/disk.ts';
import type { World } from '../support/world.ts';

/** Does `deed` directly before the first call that `isIt`. */
export function beforeCall(
  isIt: (call: Call) => boolean,
  deed: () => Promise<void> | void,
): Required<Pick<PassOptions, 'onCall'>> {
  let isDone = false;
  return {
    async onCall(call) {
      if (isDone || !isIt(call)) return null;
      isDone = true;
      await deed();
      return null;
    },
  };
}

/** A call of this endpoint. */
export function to(endpoint: string): (call: Call) => boolean {
  return (call) => call.endpoint === endpoint;
}

/** The listing of the folder that the host has at `path` now. */
export function listingOf(world: World, path: string): (call: Call) => boolean {
  const id = String(world.web.items().find((item) => item.path === path)?.id);
  return ({ endpoint, fields }) => endpoint === 'folder/listing' && fields['parent_folder_id'] === id;
}

/** The real disk with hooks in front of it. */
export function diskWith(...hooks: readonly DiskHook[]): { readonly disk: FaultyDisk } {
  const disk = faultyDisk(realDisk);
  for (const hook of hooks) disk.on(hook);
  return { disk };
}
