import { describe, expect, it } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import {
  parseDuration,
  parseDurationFrom,
  parseExclude,
  parseLocalPath,
  parseRate,
  parseRemotePath,
  parseSize,
  parseTimetable,
  rateAt,
} from '../../src/config/values.ts';

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
    ['0s', 0],
    [' 2s ', 2_000],
  ])('%j is %d milliseconds', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', '5 minutes', '-5s', '5M', '1h30m', 's', 'Infinityd', '5constructor', 5, null, undefined, ['5s']])(
    '%j is none, and the complaint says how one is written',
    (text) => {
      expect(complaint(() => parseDuration(text))).toBe(
        'must be a duration such as "500ms", "30s", "5m", "12h" or "30d"',
      );
    },
  );

  it('below the least one is refused with the least one', () => {
    const parse = parseDurationFrom(5_000, '5s');
    expect(parse('5s')).toBe(5_000);
    expect(complaint(() => parse('4999ms'))).toBe('must be at least "5s"');
  });
});

describe('sizes', () => {
  it.each([
    ['0', 0],
    ['12B', 12],
    ['500kB', 500_000],
    ['500KB', 500_000],
    ['4KiB', 4_096],
    ['200MB', 200_000_000],
    ['1.5GB', 1_500_000_000],
    ['1GiB', 2 ** 30],
    ['2 TiB', 2 ** 41],
  ])('%j is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', '12', '12 bytes', '12Mb', '12mb', '-1MB', '9999999TB', 12, null])('%j is none', (text) => {
    expect(complaint(() => parseSize(text))).toMatch(/^must be a size such as "500kB", "200MB" or "1GiB"/);
  });
});

describe('rates', () => {
  it('are sizes a second, with or without saying so', () => {
    expect(parseRate('500kB')).toBe(500_000);
    expect(parseRate('500kB/s')).toBe(500_000);
  });

  it('of 0 are no limit', () => {
    expect(parseRate('0')).toBe(0);
    expect(parseRate(0)).toBe(0);
  });

  it('that would round to no limit are refused', () => {
    expect(complaint(() => parseRate('0.4B'))).toMatch(/^must be a rate/);
  });
});

describe('timetables', () => {
  it('of one rate hold all day', () => {
    expect(parseTimetable('1MB')).toEqual([{ fromMinute: 0, bytesPerSecond: 1_000_000 }]);
  });

  it('are sorted by time of day', () => {
    const table = [
      ['19:00', '0'],
      ['8:00', '500kB'],
    ];
    expect(parseTimetable(table)).toEqual([
      { fromMinute: 480, bytesPerSecond: 500_000 },
      { fromMinute: 1_140, bytesPerSecond: 0 },
    ]);
  });

  it('hold the last rate of yesterday until the first time of today', () => {
    const table = parseTimetable([
      ['08:00', '500kB'],
      ['19:00', '2MB'],
    ]);
    expect([0, 479, 480, 1_139, 1_140, 1_439].map((minute) => rateAt(table, minute))).toEqual([
      2_000_000, 2_000_000, 500_000, 500_000, 2_000_000, 2_000_000,
    ]);
  });

  it.each([
    ['must name times of day from "00:00" to "23:59"', [['24:00', '0']]],
    ['must name times of day from "00:00" to "23:59"', [['12:60', '0']]],
    ['must name times of day from "00:00" to "23:59"', [['noon', '0']]],
    [
      'must name each time of day only once',
      [
        ['08:00', '0'],
        ['19:00', '0'],
        ['8:00', '1MB'],
      ],
    ],
  ])('complain: %s', (message, table) => {
    expect(complaint(() => parseTimetable(table))).toBe(message);
  });

  it.each([[[]], [['08:00', '500kB']], [[['08:00']]], [[['08:00', 'fast']]], ['fast'], [null], [{}]])(
    'are not written as %j',
    (table) => {
      expect(complaint(() => parseTimetable(table))).toMatch(/^must be a rate .* or a timetable such as \[\["08:00"/);
    },
  );
});

describe('paths', () => {
  it.each([
    ['/', '/'],
    ['/Cloud', '/Cloud'],
    ['/Cloud/', '/Cloud'],
    ['//Cloud//Photos/', '/Cloud/Photos'],
  ])('%j on the host is %j', (text, path) => {
    expect(parseRemotePath(text)).toBe(path);
  });

  it.each(['', 'Cloud', '/a/../b', '/./a', '/a\nb', '/a\0', 7])('%j is none on the host', (text) => {
    expect(complaint(() => parseRemotePath(text))).toMatch(/^must be a path on the host/);
  });

  it('of left-out folders start at the pair, with or without a slash', () => {
    expect(parseExclude('/Videos/Old/')).toBe('Videos/Old');
    expect(parseExclude('Videos')).toBe('Videos');
    expect(complaint(() => parseExclude('/'))).toMatch(/^must be a folder below/);
    expect(complaint(() => parseExclude('/../Videos'))).toMatch(/^must be a path/);
  });

  it('on this computer are absolute or below the home folder', () => {
    expect(['/srv/cloud', '~', '~/Cloud'].map(parseLocalPath)).toEqual(['/srv/cloud', '~', '~/Cloud']);
    for (const text of ['Cloud', './Cloud', '~other/Cloud', '', '/a\0b', 3]) {
      expect(complaint(() => parseLocalPath(text))).toMatch(/^must be a path on this computer/);
    }
  });
});

function complaint(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return error instanceof SyncError && error.code === 'config/invalid' ? error.detail : String(error);
  }
}
