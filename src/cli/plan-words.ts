/** The steps of a plan that is kept in a file, in a person's words. */
import type { PlannedStep } from '../core/planned-step.ts';
import { countText, nameText, pathText, sizeText } from './amounts.ts';
import { verbOf } from './operation-words.ts';

/** `upload photos/a.jpg (3.4 MB)`. */
export function stepText(step: PlannedStep): string {
  const { size, covers } = step;
  const amount =
    size > 0 ? ` (${sizeText(size)})` : covers.length > 0 ? ` (with ${countText(covers.length, 'item')} in it)` : '';
  const name = step.do === 'conflictCopy' && step.newName !== null ? ` → ${nameText(step.newName)}` : '';
  return `${verbOfStep(step)} ${pathText(step.path)}${name}${amount}`;
}

function verbOfStep({ do: kind, side, here, there, follows }: PlannedStep): string {
  const before = kind === 'upload' ? there : here;
  const from = side === 'local' ? here?.path : there?.name;
  return verbOf({
    kind,
    side,
    isNewVersion: before !== null && !follows,
    from: from === undefined ? undefined : pathText(from),
  });
}
