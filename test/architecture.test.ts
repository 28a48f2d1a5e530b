/**
 * The house rules that a machine can check: who imports whom, which file may touch what, how long and how named files
 * are. Each rule is a function over files, and is first shown a violation, so that none of them passes for being blind.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { factsOf, type Facts, type SourceFile } from './support/source-facts.ts';

interface Rule {
  readonly title: string;
  /** A line for each violation. */
  readonly check: (files: readonly Facts[]) => string[];
  /** Each is a violation by itself. */
  readonly violations: readonly (readonly SourceFile[])[];
  /** Each looks like a violation and is none. */
  readonly innocent: readonly (readonly SourceFile[])[];
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const file = (path: string, text: string): SourceFile => ({ path, text });

// ---------------------------------------------------------------------------------------------- rooms

const edge = ['core', 'ports', 'errors', 'log'];

/** Which rooms each room may import besides itself. */
const rooms: Readonly<Record<string, readonly string[] | 'all'>> = {
  main: 'all',
  cli: [
    'compose',
    'cycle',
    'daemon',
    'system',
    'ports',
    'core',
    'local',
    'remote',
    'execute',
    'state',
    'host',
    'config',
    'errors',
    'log',
  ],
  compose: [
    'cycle',
    'daemon',
    'system',
    'ports',
    'core',
    'local',
    'remote',
    'execute',
    'state',
    'host',
    'config',
    'errors',
    'log',
  ],
  cycle: [...edge, 'execute'],
  daemon: [...edge, 'cycle'],
  system: ['ports', 'errors'],
  ports: ['core', 'errors'],
  core: ['errors'],
  local: edge,
  remote: edge,
  execute: edge,
  state: ['core', 'ports', 'errors'],
  host: ['errors', 'log', 'ports'],
  config: ['errors', 'ports', 'core'],
  log: ['errors'],
  errors: [],
};

/** `src/core/plan.ts` is in `core`, `src/main.ts` in `main`. */
function roomOf(path: string): string {
  return path.split('/')[1]?.replace(/\.ts$/, '') ?? '';
}

const isSource = ({ path }: Facts) => path.startsWith('src/');

const isRelative = (specifier: string) => specifier.startsWith('.');

const target = (from: string, specifier: string) => posix.join(posix.dirname(from), specifier);

const roomsRule: Rule = {
  title: 'a room imports only the rooms that it may',
  check: (files) =>
    files.filter(isSource).flatMap(({ path, imports }) => {
      const room = roomOf(path);
      const allowed = rooms[room];
      if (allowed === undefined) return [`${path}: src has no room "${room}"`];
      return imports
        .filter(({ from }) => isRelative(from))
        .map((one) => ({ ...one, to: target(path, one.from) }))
        .filter(
          ({ to }) =>
            !to.startsWith('src/') || !(allowed === 'all' || roomOf(to) === room || allowed.includes(roomOf(to))),
        )
        .map(({ to, line }) => `${path}:${line}: ${room} must not import ${to}`);
    }),
  violations: [
    [file('src/core/plan.ts', `import type { Clock } from '../ports.ts';`)],
    [file('src/local/scanner.ts', `import { request } from '../remote/client.ts';`)],
    [file('src/state/base.ts', `export const load = () => import('../local/scanner.ts');`)],
    [file('src/remote/files.ts', `type Scanner = import('../local/scanner.ts').Scanner;`)],
    [file('src/host/server.ts', `import { parse } from '../remote/wire.ts';`)],
    [file('src/compose.ts', `import { main } from './main.ts';`)],
    [file('src/cycle.ts', `import { base } from './state/base.ts';`)],
    [file('src/core/plan.ts', `import { world } from '../../test/support/world.ts';`)],
    [file('src/helping/hand.ts', '')],
  ],
  innocent: [
    [file('src/core/plan.ts', `import { a } from './tree.ts'; import { SyncError } from '../errors.ts';`)],
    [file('src/main.ts', `import { run } from './cli/run.ts'; import { compose } from './compose.ts';`)],
    [
      file(
        'src/core/plan.ts',
        `// import { request } from '../remote/client.ts';\nconst text = "from '../remote/client.ts'";`,
      ),
    ],
  ],
};

// ---------------------------------------------------------------------------------------------- packages

/** The one place, or the few, where each outside package may be imported; zod in files named after what they read. */
const packages: Readonly<Record<string, RegExp>> = {
  chokidar: /^src\/local\/watcher\.ts$/,
  'prom-client': /^src\/daemon\/metrics\.ts$/,
  undici: /^src\/remote\/client\.ts$/,
  'p-queue': /^src\/remote\/limit\.ts$/,
  'better-sqlite3': /^src\/(state|host)\/database\.ts$/,
  pino: /^src\/log\.ts$/,
  zod: /^src\/(config|remote|state|host|local|daemon)\/([a-z-]+-)?(schema|wire)(-[a-z-]+)?\.ts$/,
  ignore: /^src\/core\/ignore\.ts$/,
  commander: /^src\/(cli\/[^/]+|main)\.ts$/,
  '@clack/prompts': /^src\/cli\/questions\.ts$/,
  'fast-string-truncated-width': /^src\/cli\/live-lines\.ts$/,
  diff: /^src\/cli\/text-diff\.ts$/,
  '@fastify/busboy': /^src\/host\/multipart\.ts$/,
};

const isPackage = (specifier: string) => !isRelative(specifier) && !specifier.startsWith('node:');

const packagesRule: Rule = {
  title: 'an outside package is imported where it belongs and nowhere else',
  check: (files) =>
    files.filter(isSource).flatMap(({ path, imports }) =>
      imports
        .filter(({ from }) => isPackage(from))
        .filter(({ from }) => packages[packageOf(from)]?.test(path) !== true)
        .map(({ from, line }) => `${path}:${line}: ${from} does not belong here`),
    ),
  violations: [
    [file('src/remote/files.ts', `import { request } from 'undici';`)],
    [file('src/local/scanner.ts', `import type { FSWatcher } from 'chokidar';`)],
    [file('src/host/database.ts', `import { pino } from 'pino';`)],
    [file('src/core/plan.ts', `import { Volume } from 'memfs';`)],
    [file('src/core/schema.ts', `import { z } from 'zod/mini';`)],
    [file('src/state/history.ts', `import { z } from 'zod';`)],
    [file('src/system/disk.ts', `import fs from 'fs';`)],
  ],
  innocent: [
    [file('src/remote/client.ts', `import { Pool } from 'undici';`)],
    [file('src/remote/wire-listing.ts', `import { z } from 'zod';`)],
    [file('src/host/database.ts', `import Database from 'better-sqlite3';`)],
  ],
};

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

// ---------------------------------------------------------------------------------------------- seams

/** Modules of Node that reach outside the program. */
const outside =
  /^node:(fs|timers|child_process|cluster|worker_threads|net|tls|dgram|dns|http|https|http2|inspector|process|os)(\/|$)/;

const mayTouchTheWorld = (path: string) => /^src\/(system\/[^/]+|host\/.+|main)\.ts$/.test(path);

const modulesRule: Rule = {
  title: 'only system, host and main import the modules that reach outside, and the core imports no module of Node',
  check: (files) =>
    files.filter(isSource).flatMap(({ path, imports }) =>
      imports
        .filter(({ from }) => from.startsWith('node:'))
        .filter(({ from }) => roomOf(path) === 'core' || (outside.test(from) && !mayTouchTheWorld(path)))
        .map(({ from, line }) => `${path}:${line}: ${from}`),
    ),
  violations: [
    [file('src/core/path.ts', `import { join } from 'node:path';`)],
    [file('src/local/scanner.ts', `import { lstat } from 'node:fs/promises';`)],
    [file('src/remote/session.ts', `import { setTimeout } from 'node:timers/promises';`)],
    [file('src/cli/status.ts', `import type { Stats } from 'node:fs';`)],
    [file('src/daemon/notify.ts', `export const spawn = async () => import('node:child_process');`)],
  ],
  innocent: [
    [file('src/system/disk.ts', `import fs from 'node:fs';`)],
    [file('src/host/server.ts', `import { createServer } from 'node:http';`)],
    [file('src/local/files.ts', `import { join } from 'node:path';`)],
  ],
};

/** Chance by `crypto`, as a member of it or imported by name. */
const cryptoChance = ['randomUUID', 'randomBytes', 'randomInt', 'randomFill', 'randomFillSync', 'getRandomValues'];

const timeAndChance = new Set([
  'setTimeout',
  'setInterval',
  'fetch',
  'WebSocket',
  'Date.now',
  'new Date()',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'process.uptime',
  'Math.random',
  'AbortSignal.timeout',
  ...cryptoChance.map((name) => `crypto.${name}`),
]);

/** A request's deadline is exact only by the real clock; no decision hangs on it. */
const exempt = (path: string, name: string) => path === 'src/remote/client.ts' && name === 'AbortSignal.timeout';

const timeRule: Rule = {
  title: 'time, chance and the network come through ports, except in system',
  check: (files) =>
    files
      .filter(isSource)
      .filter(({ path }) => roomOf(path) !== 'system')
      .flatMap(({ path, uses, imports }) =>
        [
          ...uses.filter(({ name }) => timeAndChance.has(name.replace(/^globalThis\./, '')) && !exempt(path, name)),
          ...imports
            .flatMap(({ names, line }) => names.map((name) => ({ name, line })))
            .filter(({ name }) => cryptoChance.includes(name)),
        ].map(({ name, line }) => `${path}:${line}: ${name}`),
      ),
  violations: [
    [file('src/daemon/loop.ts', `setTimeout(() => {}, 5);`)],
    [file('src/daemon/loop.ts', `globalThis.setTimeout(() => {}, 5);`)],
    [file('src/daemon/loop.ts', `const later = { setInterval };`)],
    [file('src/remote/retry.ts', `const at = Date.now();`)],
    [file('src/remote/retry.ts', `const at = Date['now']();`)],
    [file('src/remote/retry.ts', `const at = new Date().toISOString();`)],
    [file('src/state/lock.ts', `import { randomUUID as id } from 'node:crypto';`)],
    [file('src/local/trash.ts', `const id = crypto.randomUUID();`)],
    [file('src/local/trash.ts', `import crypto from 'node:crypto'; const id = crypto.randomBytes(3);`)],
    [file('src/remote/retry.ts', `const wait = 5 * Math.random();`)],
    [file('src/remote/session.ts', `const answer = await fetch(url);`)],
  ],
  innocent: [
    [file('src/system/clock.ts', `setTimeout(() => Date.now(), 5);`)],
    [file('src/log.ts', `const at = new Date(0).toISOString();`)],
    [file('src/local/trash.ts', `const randomBytes = 8; random.hex(randomBytes);`)],
    [file('src/core/plan.ts', `clock.setTimeout(1); const a = { fetch: 1 }; a.fetch; // Date.now()\n'Math.random()';`)],
    [
      file(
        'src/remote/listing.ts',
        `interface Reader { fetch(page: number): void } class A { randomBytes = 1; setTimeout() {} }`,
      ),
    ],
  ],
};

const dateRule: Rule = {
  title: 'the core knows no dates of the system at all: times are numbers, and how they are written is an argument',
  check: (files) =>
    files
      .filter(({ path }) => path.startsWith('src/core/'))
      .flatMap(({ path, uses }) =>
        uses
          .filter(({ name }) => /^(new )?Date\b/.test(name) || name === 'console.log')
          .map(({ name, line }) => `${path}:${line}: ${name}`),
      ),
  violations: [
    [file('src/core/conflict.ts', `const at = new Date(5);`)],
    [file('src/core/conflict.ts', `const at = Date.UTC(2026, 1);`)],
  ],
  innocent: [[file('src/core/conflict.ts', `type At = Date; const updated = { Date: 1 };`)]],
};

const processRule: Rule = {
  title: 'only main meets the process: its environment, its arguments, its end',
  check: (files) =>
    files
      .filter(isSource)
      .filter(({ path }) => path !== 'src/main.ts')
      .flatMap(({ path, uses }) =>
        uses
          .filter(({ name }) => /^process\.(env|exit|argv|abort|exitCode)$/.test(name))
          .map(({ name, line }) => `${path}:${line}: ${name}`),
      ),
  violations: [
    [file('src/cli/sync.ts', `process.exit(1);`)],
    [file('src/config/load.ts', `const home = process.env['HOME'];`)],
    [file('src/config/load.ts', `const home = process['env'].HOME;`)],
  ],
  innocent: [[file('src/main.ts', `process.exit(1);`)], [file('src/system/disk.ts', `process.platform;`)]],
};

// ---------------------------------------------------------------------------------------------- files

const cyclesRule: Rule = {
  title: 'no file imports itself by a detour',
  check: (files) => {
    const next = new Map(
      files
        .filter(isSource)
        .map(({ path, imports }) => [
          path,
          imports.filter(({ from }) => isRelative(from)).map(({ from }) => target(path, from)),
        ]),
    );
    const found: string[] = [];
    const done = new Set<string>();
    const walk = (path: string, trail: readonly string[]): void => {
      const start = trail.indexOf(path);
      if (start >= 0) found.push([...trail.slice(start), path].join(' → '));
      if (start >= 0 || done.has(path)) return;
      for (const one of next.get(path) ?? []) walk(one, [...trail, path]);
      done.add(path);
    };
    for (const path of next.keys()) walk(path, []);
    return found;
  },
  violations: [
    [
      file('src/core/a.ts', `import { b } from './b.ts';`),
      file('src/core/b.ts', `import { c } from './c.ts';`),
      file('src/core/c.ts', `import type { A } from './a.ts';`),
    ],
    [file('src/core/a.ts', `import { a } from './a.ts';`)],
  ],
  innocent: [
    [
      file('src/core/a.ts', `import { b } from './b.ts'; import { c } from './c.ts';`),
      file('src/core/b.ts', `import { c } from './c.ts';`),
      file('src/core/c.ts', ''),
    ],
  ],
};

const barrelRule: Rule = {
  title: 'no file passes on what another file holds',
  check: (files) =>
    files
      .filter(isSource)
      .flatMap(({ path, reExports }) => [
        ...reExports.map((line) => `${path}:${line}: exports from another file`),
        ...(basename(path) === 'index.ts' ? [`${path}: a file is named after what it decides`] : []),
      ]),
  violations: [
    [file('src/core/all.ts', `export * from './plan.ts';`)],
    [file('src/core/all.ts', `export { plan } from './plan.ts';`)],
    [file('src/core/all.ts', `export type { Plan } from './plan.ts';`)],
    [file('src/core/index.ts', `export const a = 1;`)],
  ],
  innocent: [[file('src/core/plan.ts', `const plan = 1; export { plan };`)]],
};

const defaultRule: Rule = {
  title: 'nothing is exported by default: a thing has one name everywhere',
  check: (files) => files.flatMap(({ path, defaultExports }) => defaultExports.map((line) => `${path}:${line}`)),
  violations: [
    [file('src/core/plan.ts', `export default function plan() {}`)],
    [file('src/core/plan.ts', `const plan = 1; export default plan;`)],
    [file('src/core/plan.ts', `const plan = 1; export { plan as default };`)],
    [file('test/support/world.ts', `export default class World {}`)],
  ],
  innocent: [[file('src/core/plan.ts', `export function plan() { switch (1) { default: return 1; } }`)]],
};

const emptyNames = /^(utils?|helpers?|common|misc|shared|stuff)$/i;

const namesRule: Rule = {
  title: 'no file or folder has a name that says nothing',
  check: (files) =>
    files
      .map(({ path }) => path)
      .filter((path) => path.split('/').some((part) => part.split(/[.-]/).some((word) => emptyNames.test(word)))),
  violations: [
    [file('src/core/utils.ts', '')],
    [file('src/core/path-helpers.ts', '')],
    [file('src/common/tree.ts', '')],
    [file('test/support/misc.test.ts', '')],
  ],
  innocent: [[file('src/core/commonness.ts', '')]],
};

const mostLines = 400;

const lengthRule: Rule = {
  title: `no file is longer than ${mostLines} lines of code, comments and blank lines not counted`,
  check: (files) =>
    files
      .filter(({ path }) => !path.endsWith('.test.ts'))
      .filter(({ codeLines }) => codeLines > mostLines)
      .map(({ path, codeLines }) => `${path}: ${codeLines} lines of code`),
  violations: [
    [file('src/core/plan.ts', 'f();\n'.repeat(mostLines + 1))],
    [file('src/core/plan.ts', `const a = \`${'text\n'.repeat(mostLines)}\`;`)],
  ],
  innocent: [[file('src/core/plan.ts', '/** why */\n// why\n\n/* and\n   why */\nf();\n'.repeat(mostLines))]],
};

// ---------------------------------------------------------------------------------------------- honesty

const testsRunRule: Rule = {
  title: 'every test runs',
  check: (files) =>
    files
      .filter(({ path }) => path.startsWith('test/'))
      .flatMap(({ path, uses }) =>
        uses
          .filter(({ name }) => /^(it|test|describe|suite|context)\.(only|skip|skipIf|runIf|todo|fails)$/.test(name))
          .map(({ name, line }) => `${path}:${line}: ${name}`),
      ),
  violations: [
    [file('test/core/plan.test.ts', `it.only('works', () => {});`)],
    [file('test/core/plan.test.ts', `describe.skip('plan', () => {});`)],
    [file('test/core/plan.test.ts', `test.skipIf(true)('plan', () => {});`)],
  ],
  innocent: [[file('test/core/plan.test.ts', `it.each([1])('skips %i only', () => { reader.skip(1); });`)]],
};

const typesRule: Rule = {
  title: 'no type is silenced',
  check: (files) =>
    files.flatMap(({ path, anyCasts, comments }) => [
      ...anyCasts.map((line) => `${path}:${line}: as any`),
      ...(/@ts-(ignore|nocheck|expect-error)/.exec(comments) ?? []).slice(0, 1).map((found) => `${path}: ${found}`),
    ]),
  violations: [
    [file('src/core/plan.ts', `const a = b as any;`)],
    [file('src/core/plan.ts', `const a = <any>b;`)],
    [file('src/core/plan.ts', `// @ts-ignore\nf();`)],
    [file('src/core/plan.ts', `f({\n  // @ts-expect-error why\n});`)],
  ],
  innocent: [[file('src/core/plan.ts', `const a = '@ts-ignore'; const b = c as Any; // as any person knows`)]],
};

const rules: readonly Rule[] = [
  roomsRule,
  packagesRule,
  modulesRule,
  timeRule,
  dateRule,
  processRule,
  cyclesRule,
  barrelRule,
  defaultRule,
  namesRule,
  lengthRule,
  testsRunRule,
  typesRule,
];

describe('the house', () => {
  const files = ['src', 'test'].flatMap((folder) => filesBelow(folder)).map(factsOf);

  it('is read at all', () => {
    expect(files.map(({ path }) => path)).toContain('src/core/path.ts');
  });

  describe.each(rules)('$title', ({ check, violations, innocent }) => {
    it('holds', () => {
      expect(check(files)).toEqual([]);
    });

    it.each(violations.map((planted, index) => [index, planted] as const))('sees violation %i', (_index, planted) => {
      expect(check(planted.map(factsOf))).not.toEqual([]);
    });

    it.each(innocent.map((planted, index) => [index, planted] as const))('lets %i pass', (_index, planted) => {
      expect(check(planted.map(factsOf))).toEqual([]);
    });
  });
});

// ---------------------------------------------------------------------------------------------- top level

const allowedAtTop = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'config.example.json',
  'package-lock.json',
  'package.json',
  'src',
  'systemd',
  'test',
  'tsconfig.json',
];

/** `ignored` are lines of `.gitignore`: plain folders, or `*.ending`. */
function strangersAtTop(names: readonly string[], ignored: readonly string[]): string[] {
  return names
    .filter((name) => !name.startsWith('.') && !allowedAtTop.includes(name))
    .filter(
      (name) => !ignored.some((line) => line === `${name}/` || (line.startsWith('*') && name.endsWith(line.slice(1)))),
    );
}

describe('the top level', () => {
  it('holds only what belongs there', () => {
    const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n');
    expect(strangersAtTop(readdirSync(root), ignored)).toEqual([]);
  });

  it('would not go unwatched', () => {
    const names = ['src', '.config', 'node_modules', 'notes.md', 'vitest.config.ts', 'a.tgz'];
    expect(strangersAtTop(names, ['node_modules/', '*.tgz', ''])).toEqual(['notes.md', 'vitest.config.ts']);
  });
});

function filesBelow(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = posix.join(folder, name.replaceAll('\\', '/'));
      return { path, text: readFileSync(join(root, path), 'utf8') };
    });
}
