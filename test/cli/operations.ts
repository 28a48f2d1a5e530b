/** Operations for what only shows them: with what is shown, and no more. */
import type { NodeNumber, Stamp } from '../../src/core/entry.ts';
import type { Operation, OperationNumber, OperationOf } from '../../src/core/operation.ts';
import { nameOf, parseRelPath } from '../../src/core/path.ts';

export function uploadOf(path: string, size: number, number = path.length): OperationOf<'upload'> {
  const name = nameOf(parseRelPath(path));
  return {
    kind: 'upload',
    number: number as OperationNumber,
    after: [],
    entry: number as Operation['entry'],
    path: parseRelPath(path),
    reason: 'new here',
    local: { node: number as NodeNumber, stamp: '' as Stamp, md5: null },
    size,
    to: { parent: 1, localName: name, remoteName: name } as unknown as OperationOf<'upload'>['to'],
    replaces: null,
  };
}
