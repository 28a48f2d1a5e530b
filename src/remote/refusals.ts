/**
 * What a host's error text means. Hosts tell the reason in a sentence and nowhere else, so this is a table of sentences,
 * the documented ones and those of servers in use; the first row that fits counts. A text that fits none is a refusal.
 */
import type { ErrorCode } from '../errors.ts';

const rows: readonly (readonly [RegExp, ErrorCode])[] = [
  [
    /could not validate access_?token|reauthenticate|provide the (access_token|account_id) param/i,
    'remote/token-lapsed',
  ],
  // What some servers say to a token they no longer know.
  [/username could not be found/i, 'remote/token-lapsed'],
  [/too many requests|rate limit/i, 'remote/rate-limited'],
  [
    /wait .*\bbetween downloads|wait .*(until|before).*download|(too many|concurrent|simultaneous) downloads|downloads at once/i,
    'remote/download-wait',
  ],
  [
    /(maximum|permitted|allowed|limit).*download.*(24 ?hours?|\bday\b|daily|today)|(daily|24 ?hours?).*download.*(limit|maximum|exceed|reached)/i,
    'remote/download-limit',
  ],
  [/(filesize|size).*\bzero\b|\bzero (size|bytes?)\b|\bempty file/i, 'remote/empty-file'],
  [/\bbanned\b/i, 'remote/banned'],
  [
    /larger than|too (large|big)|files of this size|(exceed|above|over).*(file ?size|maximum size|max.*upload)/i,
    'remote/too-large',
  ],
  [
    /(space|storage|quota).*(full|exceed|used|reached|limit|not enough|insufficient|left)|(not (have )?enough|insufficient|exceed\w*|no more|out of).*(space|storage|quota)/i,
    'remote/quota',
  ],
  [
    /upload(s|ing)? (is|are|has been|have been)( currently| temporarily)? (disabled|not allowed|not permitted)|(not allowed|not permitted|unable) to upload/i,
    'remote/upload-forbidden',
  ],
  [/(could not|couldn't|can ?not|can't|failed to|unable to) (find|locate|load) .*(file|folder)/i, 'remote/not-found'],
  [
    /\b(file|folder)\b.* (not found|does not exist|doesn't exist|no longer exists|could not be found)/i,
    'remote/not-found',
  ],
];

/** The code for a host's error text. */
export function meaningOfRefusal(text: string): ErrorCode {
  return rows.find(([pattern]) => pattern.test(text))?.[1] ?? 'remote/refused';
}

/** How long the host asks to be left alone, in milliseconds; `undefined`: it names no time. */
export function waitOfRefusal(text: string): number | undefined {
  const found = /\bwait (?:another )?(\d{1,6}) ?(s\b|sec|min)/i.exec(text);
  return found === null ? undefined : Number(found[1]) * (/^m/i.test(found[2] ?? '') ? 60_000 : 1_000);
}

/** Long enough for a reason, too short for a page. */
const longestDetail = 200;

/** A host's text as it may stand in an error: one line, no markup, no address, nothing as long as a key or token. */
export function presentable(text: string, secrets: readonly string[]): string {
  let line = text;
  for (const secret of secrets) if (secret.length >= 4) line = line.replaceAll(secret, '[redacted]');
  line = line
    .replace(/<[^>]*>/g, ' ')
    .replace(/\w+:\/\/\S+/g, '[address]')
    .replace(/\w{40,}/g, '[redacted]')
    // eslint-disable-next-line no-control-regex
    .replace(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .trim();
  return line.length > longestDetail ? `${line.slice(0, longestDetail)}…` : line;
}
