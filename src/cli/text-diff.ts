/** How two texts differ, line by line with three lines around each difference. */
import { structuredPatch } from 'diff';

export interface DiffLine {
  readonly kind: 'hunk' | 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Empty: they are equal. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const { hunks } = structuredPatch('', '', before, after, undefined, undefined, { context: 3 });
  return hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    { kind: 'hunk' as const, text: `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@` },
    ...lines.map((text): DiffLine => ({ kind: kindOf(text), text })),
  ]);
}

function kindOf(line: string): DiffLine['kind'] {
  if (line.startsWith('+')) return 'added';
  return line.startsWith('-') ? 'removed' : 'same';
}
