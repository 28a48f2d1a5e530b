/** Files for the demo: making them, reading a whole tree by content, and clearing up. */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Disk } from '../ports.ts';

/** What stands in a tree: the SHA-256 of each file that is not empty, `folder` for each folder, by path. */
export type Contents = ReadonlyMap<string, string>;

export async function writeFile(disk: Disk, path: string, content: string | Uint8Array): Promise<void> {
  await disk.mkdirAll(dirname(path));
  const temporary = `${path}.part~`;
  const file = await disk.open(temporary, 'create');
  try {
    await file.write(Buffer.from(content), 0);
  } finally {
    await file.close();
  }
  // As editors do: the new content takes the old one's name.
  await disk.rename(temporary, path);
}

/** Without yetisync's own folder, and without empty files: the host cannot hold those. */
export async function readTree(disk: Disk, root: string): Promise<Contents> {
  const found = new Map<string, string>();
  const walk = async (folder: string): Promise<void> => {
    for (const name of await disk.readdir(join(root, folder))) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (path === '.yetisync') continue;
      const { type, size } = await disk.lstat(join(root, path));
      if (type === 'folder') {
        found.set(path, 'folder');
        await walk(path);
      } else if (size > 0) {
        found.set(path, hashOf(await disk.readFile(join(root, path))));
      }
    }
  };
  await walk('');
  return found;
}

export function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The paths on which two trees differ. */
export function differences(one: Contents, other: Contents): readonly string[] {
  const paths = new Set([...one.keys(), ...other.keys()]);
  return [...paths].filter((path) => one.get(path) !== other.get(path)).sort();
}

/** Removes a folder with everything in it. Only for what the demo itself has made. */
export async function removeTree(disk: Disk, path: string): Promise<void> {
  const { type } = await disk.lstat(path);
  if (type !== 'folder') return disk.unlink(path);
  for (const name of await disk.readdir(path)) await removeTree(disk, join(path, name));
  await disk.rmdir(path);
}
