/** `yetisync forget`: drops what is known of a pair, and no content. Asks before. */
import { withForgetting } from '../compose/forget.ts';
import type { Forgettable, Forgotten } from '../compose/forget.ts';
import { agrees } from './agreement.ts';
import { countText, nameText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { wrongUse } from './complaint.ts';
import { findPairs } from './find-path.ts';
import { engineWorld, openConfig } from './open-config.ts';
import type { Shell } from './shell.ts';

export interface ForgetWords extends Where {
  readonly yes?: boolean;
}

/** Resolves to the exit status: 0 where it is forgotten, 1 where a person said no. */
export async function forget(name: string | undefined, words: ForgetWords, shell: Shell): Promise<number> {
  const { config: path, yes = false, json = false } = words;
  const config = await openConfig(path, shell);
  const [pair, ...more] = findPairs(name, config, shell);
  if (pair === undefined || more.length > 0)
    throw wrongUse(`which one? Name the folder pair: ${config.pairs.map((one) => one.name).join(', ')}`);
  const { process } = engineWorld(shell, 'yetisync forget');
  return withForgetting({ config, process }, async (forgetting) => {
    const found = await forgetting.look(pair);
    if (!yes) {
      for (const line of warningLines(found)) shell.tell(line);
      if (!(await agrees(`Forget what is known of ${nameText(pair.local)}? No file is touched.`, shell))) return 1;
    }
    const done = await forgetting.forget(pair);
    const { hadState, hadMarker } = done;
    const facts = { event: 'forgotten', pair: pair.name, folder: pair.local, hadState, hadMarker };
    shell.print(json ? JSON.stringify(facts) : doneText(done));
    return 0;
  });
}

function warningLines({ pair, hasState, entries, held }: Forgettable): string[] {
  const known =
    entries === null ? (hasState ? 'a state' : 'no state') : `${countText(entries, 'entry', 'entries')} in step`;
  return [
    `${nameText(pair.local)} ⇄ ${nameText(pair.remote)}: ${known}`,
    '  The next pass compares both sides as if they had never met, and removes nothing: what was removed on one side comes back.',
    '  The history ends, and what was refused at the sign-in may be tried once more. Files and trash stay on both sides.',
    ...(held === 0 ? [] : [`  ${countText(held, 'removal')} held back will be as if never made.`]),
  ];
}

function doneText({ pair, hadState, hadMarker }: Forgotten): string {
  if (!hadState && !hadMarker) return `nothing was known of ${nameText(pair.local)}`;
  const away = hadMarker ? '' : '; the folder had no marker of this pair';
  return `forgotten${away}: the next pass is a first sync, which removes nothing`;
}
