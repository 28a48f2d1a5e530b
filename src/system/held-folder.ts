/**
 * Folders held open, by Linux's `/proc/self/fd`: a path through an open descriptor leads to that folder whatever is
 * renamed or linked meanwhile. Node has no `openat`; this is as good. It costs no length either: trees deeper than the
 * system's longest path can be walked a folder at a time.
 */
import nodeFs from 'node:fs';
import type { HeldFolder } from '../ports.ts';

const descriptors = '/proc/self/fd';

/** Whether folders of `fs` can be held open: the real disk alone, on Linux, with `/proc` in place. */
export function holdsFolders(fs: typeof nodeFs): boolean {
  return fs === nodeFs && process.platform === 'linux' && nodeFs.existsSync(descriptors);
}

/** At once, as all that is done to one file on the way to its content: see disk.ts. */
export async function holdFolder(path: string): Promise<HeldFolder> {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = nodeFs.constants;
  const descriptor = nodeFs.openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const held = `${descriptors}/${descriptor}`;
  let open = true;
  return {
    path: held,
    standsAt() {
      try {
        return nodeFs.readlinkSync(held);
      } catch {
        return null; // longer than the system can say: then it is not known
      }
    },
    async close() {
      if (!open) return;
      open = false;
      nodeFs.closeSync(descriptor);
    },
  };
}
