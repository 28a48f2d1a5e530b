/** The file that a person names with `-o`, private to them. One that cannot be written is their mistake, and no failure of ours. */
import { errnoOf } from '../local/disk-errors.ts';
import { realDisk } from '../system/disk.ts';
import { wrongUse } from './complaint.ts';

/** `shownAs`: what the person wrote for `place`. Rejects with `usage/wrong`; then what was there before is still there. */
export async function writeOutput(place: string, shownAs: string, text: string): Promise<void> {
  try {
    await realDisk.writeFileAtomic(await fileAt(place, shownAs), text, 0o600);
  } catch (error) {
    const code = errnoOf(error);
    if (code === null) throw error;
    const why = reasons[code] ?? code;
    throw wrongUse(`${shownAs} cannot be written: ${why}`);
  }
}

/** Where a link leads it is written, and nothing but a file is replaced: not a device, however much this user may. */
async function fileAt(place: string, shownAs: string): Promise<string> {
  let stat;
  try {
    stat = await realDisk.lstat(place);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return place;
    throw error;
  }
  if (stat.type === 'link') return fileAt(await realDisk.realpath(place), shownAs);
  if (stat.type !== 'file' && stat.type !== 'folder') throw wrongUse(`${shownAs} cannot be written: it is no file`);
  return place;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'its disk is read-only',
  ENOSPC: 'its disk is full',
};
