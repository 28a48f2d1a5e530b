/** `yetisync report`: one file for whoever is to help, in which everything can be read and nothing names a file. */
import { resolve } from 'node:path';
import { makeReport } from '../compose/report.ts';
import { countText, nameText, sizeText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { openConfig } from './open-config.ts';
import { writeOutput } from './output-file.ts';
import type { Shell } from './shell.ts';

export interface ReportWords extends Where {
  readonly output?: string;
}

export async function writeReport(words: ReportWords, version: string, shell: Shell): Promise<number> {
  const config = await openConfig(words.config, shell);
  const report = await makeReport({ config, version, system: shell.system, signal: shell.signal });
  const text = JSON.stringify(report, null, words.json === true ? 0 : 1);
  if (words.output === undefined) {
    shell.print(text);
    return 0;
  }
  const file = resolve(shell.cwd, words.output);
  await writeOutput(file, words.output, `${text}\n`);
  const entries = report.pairs.reduce((sum, pair) => sum + pair.entries, 0);
  shell.print(
    [
      `${nameText(words.output)}: ${countText(entries, 'entry', 'entries')}, ${sizeText(Buffer.byteLength(text))}`,
      'Names, contents and places stand as pseudonyms in it, sizes and times as they are; no secret is in it. Read it before you send it.',
    ].join('\n'),
  );
  return 0;
}
