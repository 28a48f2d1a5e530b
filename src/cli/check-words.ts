/** What `yetisync check` makes of each thing it looked at: the verdict, what is the matter, and what to do about it. */
import type { Look } from '../compose/check.ts';
import { ownRoomBytes } from '../local/own-room.ts';
import type { AccountLimits } from '../ports.ts';
import { assertNever, meaningOf } from '../errors.ts';
import type { ErrorCode, ExitStatus, SyncError } from '../errors.ts';
import { agoText, countText, durationText, nameText, sizeText } from './amounts.ts';

export interface Finding {
  readonly verdict: 'ok' | 'warning' | 'problem';
  readonly about: Look['about'] | 'config';
  /** The local folder of the pair it is about; `null`: all of them. */
  readonly folder: string | null;
  readonly what: string;
  readonly cure: string | null;
  /** What the whole check ends with, if nothing is worse. 0 for all but problems. */
  readonly exit: ExitStatus;
}

/** More than this apart, a person is misled by the times in names and reports. */
const clocksApartMs = 120_000;

/** `nowMs` in milliseconds since 1970. */
export function findingOf(look: Look, nowMs: number): Finding {
  const folder = 'pair' in look ? look.pair.local : null;
  const place = { about: look.about, folder };
  const ok = (what: string): Finding => ({ ...place, verdict: 'ok', what, cure: null, exit: 0 });
  const warning = (what: string, cure: string | null): Finding => ({
    ...place,
    verdict: 'warning',
    what,
    cure,
    exit: 0,
  });
  const problem = (code: ErrorCode, what: string, cure: string | null): Finding => {
    return { ...place, verdict: 'problem', what, cure, exit: meaningOf(code).exit };
  };
  if ('error' in look && look.error !== null) {
    const { error } = look;
    const [what, cure] = wordsOf(error);
    switch (error.code) {
      case 'state/locked':
        return problem(error.code, `${what}; the host was not asked`, 'run `yetisync check` again when that has ended');
      case 'state/corrupt':
        return warning(what, 'nothing to do: the next pass sets it aside and is a first sync, which removes nothing');
      default:
        return problem(error.code, what, cure);
    }
  }
  switch (look.about) {
    case 'lock':
      return ok(look.isLent ? 'the daemon is at work, and lends its sign-in' : 'no other yetisync is at work');
    case 'state': {
      if (!look.isKnown)
        return ok('never synced on this computer: the first pass compares both sides and removes nothing');
      if (look.held > 0) {
        return problem3(place, `${countText(look.held, 'removal')} held back`, 'see `yetisync held`');
      }
      const last = look.lastSuccessMs;
      if (last === null) return warning('never in sync yet', 'run `yetisync --once`, and see `yetisync status`');
      if (look.troubled > 0) {
        const what = `${countText(look.troubled, 'item')} not in step, last in sync ${agoText(last, nowMs)}`;
        return warning(what, 'see `yetisync status`');
      }
      return ok(`last in sync ${agoText(last, nowMs)}`);
    }
    case 'local folder': {
      if (!look.canWrite)
        return problem('local/read-only', 'cannot be written', 'check its permissions, and how its disk is mounted');
      switch (look.verdict) {
        case 'copy':
          return warning(
            'its marker is not in step with the state, as after a restored backup or a lost state',
            'nothing to do: the next pass compares both sides and removes nothing',
          );
        case 'no-marker':
          return ok('is there and can be written; it is new to yetisync');
        default:
          return ok("is this pair's and can be written");
      }
    }
    case 'disk space': {
      const { freeBytes, reserveBytes } = look;
      const what = `${sizeText(freeBytes)} free, of which ${sizeText(reserveBytes)} are kept free`;
      if (freeBytes > reserveBytes) return ok(what);
      return problem(
        'local/disk-full',
        `${what}: nothing can be downloaded`,
        reserveBytes > ownRoomBytes ? 'free some space, or lower `reserveDisk`' : 'free some space',
      );
    }
    case 'sign-in':
      return ok(`the host knows these credentials (account ${nameText(look.account ?? 'not told')})`);
    case 'limits': {
      const { limits } = look;
      if (limits === null) return ok('the host tells none');
      if (!limits.canUpload) {
        return problem('remote/upload-forbidden', 'uploads are not allowed', 'change the package on the account page');
      }
      return ok(limitsText(limits));
    }
    case 'clock': {
      const apart = Math.abs(look.aheadMs);
      if (apart <= clocksApartMs) return ok("this computer's agrees with the host's");
      return warning(
        `this computer's is ${durationText(apart)} ${look.aheadMs > 0 ? 'ahead of' : 'behind'} the host's`,
        'set it right: conflict copies carry its time in their names',
      );
    }
    case 'remote folder':
      return look.found === 'new'
        ? ok(`${nameText(look.pair.remote)} is not on the host yet: the first pass makes it`)
        : ok(`${nameText(look.pair.remote)} is on the host`);
    case 'staging folder':
      if (look.waiting === null) return ok('not there yet: made when a new version is first sent');
      if (look.waiting === 0) return ok('there, and empty');
      return ok(
        `${countText(look.waiting, 'upload')} in it, under way or cut off: a pass takes them up or clears them away`,
      );
    default:
      return assertNever(look);
  }
}

/** A line of a config that is not valid, or a warning about it. */
export function configFinding(line: string, verdict: 'ok' | 'warning' | 'problem'): Finding {
  const exit = verdict === 'problem' ? meaningOf('config/invalid').exit : 0;
  const [what, cure] = verdict === 'ok' ? [line, null] : split(line, ': run ');
  return { verdict, about: 'config', folder: null, what, cure: cure === null ? null : `run ${cure}`, exit };
}

/** What waits for a person is what the exit status 3 is for. */
function problem3(place: Pick<Finding, 'about' | 'folder'>, what: string, cure: string): Finding {
  return { ...place, verdict: 'problem', what, cure, exit: 3 };
}

/** The table's sentence is what is wrong and, after its colon, the cure. */
function wordsOf(error: SyncError): readonly [string, string | null] {
  const { message } = meaningOf(error.code);
  const [what, cure] = split(message, ': ');
  const more = error.detail === undefined ? '' : ` (${error.detail})`;
  return [`${what}${more}`, cure];
}

function split(text: string, at: string): readonly [string, string | null] {
  const index = text.indexOf(at);
  return index < 0 ? [text, null] : [text.slice(0, index), text.slice(index + at.length)];
}

/** What an account may do, as one line. */
export function limitsText(limits: AccountLimits): string {
  const { maxUploadSize, maxDownloadSize, maxStorage, parallelUploads, parallelDownloads } = limits;
  const { downloadsPerDay, downloadBytesPerDay, waitBetweenDownloadsMs } = limits;
  const parallel = [
    ...(parallelUploads === null ? [] : [countText(parallelUploads, 'upload')]),
    ...(parallelDownloads === null ? [] : [countText(parallelDownloads, 'download')]),
  ];
  const perDay = [
    ...(downloadsPerDay === null ? [] : [countText(downloadsPerDay, 'download')]),
    ...(downloadBytesPerDay === null ? [] : [`${sizeText(downloadBytesPerDay)} of downloads`]),
  ];
  return [
    'uploads allowed',
    maxUploadSize === null ? 'files of any size' : `files up to ${sizeText(maxUploadSize)}`,
    ...(maxDownloadSize === null ? [] : [`downloads up to ${sizeText(maxDownloadSize)}`]),
    maxStorage === null ? 'space without limit' : `space for ${sizeText(maxStorage)}`,
    parallel.length === 0 ? 'any number at once' : `${parallel.join(' and ')} at once`,
    perDay.length === 0 ? 'no limit per day' : `${perDay.join(' and ')} per day`,
    ...(waitBetweenDownloadsMs === 0 ? [] : [`${durationText(waitBetweenDownloadsMs)} between downloads`]),
  ].join(', ');
}
