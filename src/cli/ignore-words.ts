/** Where an ignore rule stands, for a person who wants to change it. */
import type { IgnoreProblem, IgnoreRule, IgnoreVerdict } from '../core/ignore.ts';
import { nameText } from './amounts.ts';

/** `"*.iso", rule 2 of "ignore" in the config`. */
export function ruleText({ pattern, source, line }: IgnoreRule): string {
  const shown = `"${nameText(pattern)}"`;
  if (source === 'built-in') return `${shown}, built in (a rule with ! in front takes it back in)`;
  if (source === 'exclude') return `${shown}, left out on this computer by \`exclude\` in the config`;
  if (source === 'config') return `${shown}, rule ${String(line)} of \`ignore\` in the config`;
  return `${shown}, line ${String(line)} of ${nameText(source)}`;
}

export function verdictText(verdict: IgnoreVerdict): string {
  if (verdict.ignored) return `ignored: ${ruleText(verdict.rule)}`;
  return verdict.takenBackIn ? 'not ignored: a rule with ! takes it back in' : 'not ignored: no rule matches';
}

export function problemText({ rule, detail }: IgnoreProblem): string {
  return `this rule means nothing and is left out: ${ruleText(rule)} (${detail})`;
}
