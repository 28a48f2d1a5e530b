/** The unit as it is written for one installation of yetisync. Pure. */
import type { Env } from '../config/config.ts';

/** `template` with the whole command line in the place of the bare name, and with the path on which node and its tools were found. */
export function unitWith(template: string, command: readonly string[], env: Env): string {
  const path = env['PATH'];
  const lines = [
    ...(path === undefined ? [] : [`Environment=${quoted(`PATH=${path}`)}`]),
    `ExecStart=${command.map(quoted).join(' ')}`,
  ];
  return template.replace(/^ExecStart=yetisync$/m, () => lines.join('\n'));
}

/** As systemd reads a word: `%` and `$` mean something to it, quotes and backslashes too. */
function quoted(word: string): string {
  return `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}
