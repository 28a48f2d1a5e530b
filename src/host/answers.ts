/**
 * What an answer is made of: endpoints give documents; here they get their status and date, the spelling of the host's
 * habits, and the form in which they leave.
 */
import type { Ways } from './habits.ts';
import type { JsonObject } from './json.ts';
import type { Refusal } from './refusal.ts';
import { spellerOf } from './spelling.ts';

/** What leaves the host. `body` is read once. Header names in lower case. */
export interface HostAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | AsyncIterable<Uint8Array>;
}

export interface Answers {
  success(endpoint: string, document: JsonObject, now: number): HostAnswer;
  refusal(endpoint: string, refusal: Refusal, now: number): HostAnswer;
}

/** `zone`: an IANA time zone for `_datetime`, else the machine's own. */
export function makeAnswers(ways: Ways, formatDate: (ms: number) => string): Answers {
  const spell = spellerOf(ways);
  const write = ways.has('awkward') ? behindWarnings : json;
  const success = (endpoint: string, document: JsonObject, now: number): HostAnswer =>
    write(200, spell(endpoint, { ...document, _status: 'success', _datetime: formatDate(now) }));
  return {
    success,
    refusal(endpoint, refusal, now) {
      const { message, status, headers } = refusal;
      switch (refusal.form) {
        case 'page':
          return page(status, message);
        case 'flat':
          return write(status, { success: false, message }, headers);
        case 'result':
          return write(status, { message, result: false }, headers);
        case 'upload':
          return success(
            endpoint,
            { response: 'File uploaded', data: [{ name: '', size: '0', error: message, file_id: null }] },
            now,
          );
        case 'error':
          return write(
            status,
            spell(endpoint, { response: message, _status: 'error', _datetime: formatDate(now) }),
            headers,
          );
      }
    },
  };
}

export function json(status: number, document: JsonObject, headers: Readonly<Record<string, string>> = {}): HostAnswer {
  const body = JSON.stringify(document);
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
    body,
  };
}

/** What PHP says before an answer where nobody told it to be quiet; it holds a brace, so that no reader may trust the first. */
const warnings =
  '<br />\n<b>Warning</b>:  Undefined array key "thumb" in <b>/home/site/public_html/app/api/v2/ApiV2.php</b> on line <b>131</b><br />\n' +
  '<br />\n<b>Deprecated</b>:  ApiV2::{closure}(): Passing null to parameter #1 ($string) is deprecated in <b>/home/site/public_html/app/api/v2/ApiV2.php</b> on line <b>207</b><br />\n';

function behindWarnings(
  status: number,
  document: JsonObject,
  headers: Readonly<Record<string, string>> = {},
): HostAnswer {
  const body = warnings + JSON.stringify(document);
  const type = { 'content-type': 'text/html; charset=UTF-8', 'content-length': String(Buffer.byteLength(body)) };
  return { status, headers: { ...type, ...headers }, body };
}

export function page(status: number, message: string): HostAnswer {
  const safe = escapeHtml(message);
  const body = `<!DOCTYPE html><html><head><title>${safe}</title></head><body><h1>${safe}</h1></body></html>\n`;
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-length': String(Buffer.byteLength(body)) },
    body,
  };
}

export function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** `Y-m-d H:i:s` in a time zone: an IANA name, or undefined for the machine's own. */
export function dateFormat(zone: string | undefined): (ms: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    dateStyle: 'short',
    timeStyle: 'medium',
    ...(zone === undefined ? {} : { timeZone: zone }),
  });
  let second = Number.NaN;
  let formatted = '';
  return (ms) => {
    const wanted = Math.floor(ms / 1000);
    if (wanted !== second) {
      formatted = format.format(wanted * 1000);
      second = wanted;
    }
    return formatted;
  };
}
