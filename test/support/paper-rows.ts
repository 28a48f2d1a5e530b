/** Rows of trees on paper, with what does not matter filled in. */
import type { BaseEntry, Identity } from '../../src/core/entry.ts';
import type { LocalName, RemoteName } from '../../src/core/path.ts';

export function paperBase(
  row: Partial<BaseEntry> & Pick<BaseEntry, 'entry' | 'parent' | 'kind' | 'remoteId'>,
): BaseEntry {
  return {
    localName: '' as LocalName,
    remoteName: '' as RemoteName,
    size: 0,
    md5: null,
    identity: '' as Identity,
    stamp: '',
    putSweep: 0,
    ...row,
  };
}
