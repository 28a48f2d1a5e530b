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
    movedSweep: 0,
    ...row,
  };
}

/** The rows in the order of their keys. */
export function inOrder<Key extends string | number, Row>(
  rows: ReadonlyMap<Key, Row>,
  isWanted: (row: Row) => boolean,
): Row[] {
  const wanted = [...rows].filter(([, row]) => isWanted(row));
  return wanted.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}
