/** The steps of a plan that is kept in a file, in a person's words. */
import { assertNever } from '../errors.ts';
import type { PlannedStep } from '../core/planned-step.ts';
import { countText, nameText, pathText, sizeText } from './amounts.ts';

/** `upload photos/a.jpg (3.4 MB)`. */
export function stepText(step: PlannedStep): string {
  const { size, covers } = step;
  const amount =
    size > 0 ? ` (${sizeText(size)})` : covers.length > 0 ? ` (with ${countText(covers.length, 'item')} in it)` : '';
  const name = step.do === 'conflictCopy' && step.newName !== null ? ` → ${nameText(step.newName)}` : '';
  return `${verbOf(step)} ${pathText(step.path)}${name}${amount}`;
}

function verbOf({ do: kind, side, here, there, follows }: PlannedStep): string {
  switch (kind) {
    case 'upload':
      return there === null || follows ? 'upload' : 'upload new version of';
    case 'download':
      return here === null || follows ? 'download' : 'download new version of';
    case 'createFolder':
      return side === 'local' ? 'make folder here' : 'make folder on the host';
    case 'move': {
      const from = side === 'local' ? here?.path : there?.name;
      const what = from === undefined ? '' : ` ${pathText(from)}`;
      return side === 'local' ? `move here${what} to` : `move on the host${what} to`;
    }
    case 'park':
      return 'put aside for a moment';
    case 'conflictCopy':
      return side === 'local' ? 'keep as a conflict copy here' : 'keep as a conflict copy on the host';
    case 'trash':
      return side === 'local' ? 'move to the trash here' : "move to the host's trash";
    case 'mergeTwin':
      return 'merge with its twin on the host';
    case 'compare':
      return 'compare';
    case 'link':
      return 'note as equal';
    case 'forget':
      return 'forget';
    default:
      return assertNever(kind);
  }
}
