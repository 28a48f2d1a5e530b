/** Everything below a folder as it is now: to compare trees, and to see that a pass touched nothing. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Shot {
  readonly kind: 'file' | 'folder' | 'special';
  readonly ino: bigint;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** `''` for what is no file. */
  readonly md5: string;
}

/** By path relative to the folder, sorted. */
export type Snapshot = ReadonlyMap<string, Shot>;

/** What of a tree must be the same everywhere: path to MD5, `folder` for folders. */
export type Shape = ReadonlyMap<string, string>;

export function md5Of(content: string | Uint8Array): string {
  return createHash('md5').update(content).digest('hex');
}

/** The person's folder without yetisync's own one. */
export function snapshot(root: string): Snapshot {
  const found = new Map<string, Shot>();
  const walk = (folder: string, prefix: string): void => {
    for (const name of readdirSync(folder).sort()) {
      if (prefix === '' && name === '.yetisync') continue;
      const full = join(folder, name);
      const stat = lstatSync(full, { bigint: true });
      const kind = stat.isDirectory() ? 'folder' : stat.isFile() ? 'file' : 'special';
      found.set(prefix + name, {
        kind,
        ino: stat.ino,
        size: Number(stat.size),
        mtimeNs: stat.mtimeNs,
        ctimeNs: stat.ctimeNs,
        md5: kind === 'file' ? readable(full) : '',
      });
      if (kind === 'folder') walk(full, `${prefix}${name}/`);
    }
  };
  try {
    walk(root, '');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')))
      throw error;
  }
  return found;
}

function readable(file: string): string {
  try {
    return md5Of(readFileSync(file));
  } catch {
    return 'unreadable';
  }
}

export function shapeOf(shots: Snapshot): Shape {
  return new Map([...shots].map(([path, { kind, md5 }]) => [path, kind === 'file' ? md5 : kind]));
}

/** Lines for what differs, at most some of them. */
export function differences(one: Shape, other: Shape, [here, there]: readonly [string, string]): string[] {
  const lines: string[] = [];
  for (const path of [...new Set([...one.keys(), ...other.keys()])].sort()) {
    const [a, b] = [one.get(path), other.get(path)];
    if (a === b) continue;
    const say = (value: string | undefined): string => (value === undefined ? 'nothing' : value.slice(0, 8));
    lines.push(`${JSON.stringify(path)}: ${here} ${say(a)}, ${there} ${say(b)}`);
  }
  return lines.slice(0, 12);
}

/** Lines for what was touched between two looks: content, place, or only a time. */
export function touched(before: Snapshot, after: Snapshot): string[] {
  const lines: string[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const [a, b] = [before.get(path), after.get(path)];
    if (a === undefined || b === undefined) lines.push(`${path}: ${a === undefined ? 'came' : 'went'}`);
    else if (
      a.ino !== b.ino ||
      a.size !== b.size ||
      a.mtimeNs !== b.mtimeNs ||
      a.ctimeNs !== b.ctimeNs ||
      a.md5 !== b.md5
    )
      lines.push(`${path}: touched`);
  }
  return lines;
}
