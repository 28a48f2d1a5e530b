/**
 * What the editor says at once. The rules on rooms, packages and seams stand here in short; the whole of them is in
 * `test/architecture.test.ts`. Style is prettier's: every rule below is here because it catches a mistake.
 */
import js from '@eslint/js';
import { URL } from 'node:url';
import tseslint from 'typescript-eslint';

/** Modules that reach outside the program. Only the places named in `seams` below may. */
const outside = [
  'fs',
  'fs/promises',
  'timers',
  'timers/promises',
  'child_process',
  'net',
  'http',
  'https',
  'dgram',
  'tls',
];

/** Packages that one file (or the files of one folder) may import. */
const packageHomes = {
  chokidar: ['src/local/watcher.ts'],
  undici: ['src/remote/client.ts'],
  'p-queue': ['src/remote/limit.ts'],
  'better-sqlite3': ['src/state/database.ts', 'src/host/database.ts'],
  pino: ['src/log.ts'],
  ignore: ['src/core/ignore.ts'],
  '@fastify/busboy': ['src/host/**'],
  commander: ['src/cli/**', 'src/main.ts'],
  diff: ['src/cli/text-diff.ts'],
  'fast-string-truncated-width': ['src/cli/live-lines.ts'],
  '@clack/prompts': ['src/cli/questions.ts'],
};

const everyPackage = Object.entries(packageHomes).map(([name, homes]) => ({
  name,
  message: `Only ${homes.join(', ')} may import ${name}; its types stay there.`,
}));

const everyOutside = outside.flatMap((name) =>
  [name, `node:${name}`].map((spelling) => ({
    name: spelling,
    message:
      'Take Disk, Clock, Transport or the like from src/ports.ts; only src/system and src/host touch the real thing.',
  })),
);

const randomImports = ['node:crypto', 'crypto'].map((name) => ({
  name,
  importNames: ['randomUUID', 'randomBytes', 'randomInt', 'getRandomValues'],
  message: 'Chance is an argument: take Random from src/ports.ts.',
}));

/** Relative imports that a room must not have. `rooms` are folder or file names below `src`. */
const notFrom = (rooms, message) => ({ regex: `^(\\.\\./)+(${rooms.join('|')})(/|\\.ts$)`, message });

const adapters = ['local', 'remote', 'state'];
const others = (room) => [
  ...adapters.filter((one) => one !== room),
  'execute',
  'host',
  'cli',
  'daemon',
  'compose',
  'main',
  'system',
  'config',
];

/** One room's `no-restricted-imports`; a later block replaces the whole of an earlier one, so each is complete. */
const imports = (files, { without = [], patterns = [] }) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths: [...everyPackage, ...everyOutside, ...randomImports].filter(
          ({ name }) => !without.includes(name) && !without.includes(name.replace(/^node:/, '')),
        ),
        patterns,
      },
    ],
  },
});

const defaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'No default exports: a thing has one name everywhere.',
};
const barrel = { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that holds the thing.' };
const today = {
  selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
  message: 'Time is an argument: use Clock.now() from src/ports.ts.',
};
const only = {
  selector: 'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo)$/]',
  message: 'Every test runs.',
};

const clockAndChance = [
  ['Date', 'now'],
  ['performance', 'now'],
  ['process', 'hrtime'],
  ['process', 'uptime'],
  ['Math', 'random'],
  ['crypto', 'randomUUID'],
  ['crypto', 'getRandomValues'],
  ['AbortSignal', 'timeout'],
].map(([object, property]) => ({ object, property, message: 'Time and chance come from src/ports.ts.' }));

const theProgram = ['exit', 'env', 'argv', 'abort', 'kill'].map((property) => ({
  object: 'process',
  property,
  message: 'Only src/main.ts meets the process; take what you need as an argument.',
}));

const timers = ['setTimeout', 'setInterval', 'fetch'].map((name) => ({
  name,
  message: 'Use Clock.sleep() or Transport from src/ports.ts.',
}));

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: new URL('..', import.meta.url).pathname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always'],
      'prefer-const': 'error',
      'no-restricted-syntax': ['error', defaultExport, barrel],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // An implementation of an asynchronous port need not await anything.
      '@typescript-eslint/require-await': 'off',
      // Wrong where a field changes during an await, which is where such a check is needed.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // By code points is how names are to be taken apart.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      '@typescript-eslint/prefer-return-this-type': 'off',
      '@typescript-eslint/unified-signatures': 'off',
    },
  },

  // ------------------------------------------------------------------------------------------ seams
  {
    files: ['src/**'],
    rules: {
      'no-restricted-syntax': ['error', defaultExport, barrel, today],
      'no-restricted-properties': ['error', ...clockAndChance, ...theProgram],
      'no-restricted-globals': ['error', ...timers],
    },
  },
  {
    files: ['src/system/**'],
    rules: {
      'no-restricted-syntax': ['error', defaultExport, barrel],
      'no-restricted-properties': ['error', ...theProgram.filter(({ property }) => property !== 'kill')],
      'no-restricted-globals': 'off',
    },
  },
  { files: ['src/main.ts'], rules: { 'no-restricted-properties': 'off', 'no-restricted-globals': 'off' } },
  {
    files: ['src/remote/client.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...clockAndChance.filter(({ object }) => object !== 'AbortSignal'),
        ...theProgram,
      ],
    },
  },

  // ------------------------------------------------------------------------------------------ rooms and packages
  imports(['src/**'], {}),
  imports(['src/core/**'], {
    without: ['ignore'],
    patterns: [
      { regex: '^node:', message: 'The core is pure.' },
      { regex: '^\\.\\./(?!errors\\.ts$|core/)', message: 'The core imports only itself and errors.' },
    ],
  }),
  imports(['src/local/**'], {
    without: ['chokidar'],
    patterns: [notFrom(others('local'), 'local imports core, ports, errors, log.')],
  }),
  imports(['src/remote/**'], {
    without: ['undici', 'p-queue'],
    patterns: [notFrom(others('remote'), 'remote imports core, ports, errors, log.')],
  }),
  imports(['src/state/**'], {
    without: ['better-sqlite3'],
    patterns: [notFrom([...others('state'), 'log'], 'state imports core, ports, errors.')],
  }),
  imports(['src/execute/**'], {
    patterns: [
      notFrom(
        [...adapters, 'host', 'cli', 'daemon', 'compose', 'main', 'system', 'config'],
        'execute imports core, ports, errors, log.',
      ),
    ],
  }),
  imports(['src/host/**'], {
    without: [...outside, '@fastify/busboy', 'better-sqlite3'],
    patterns: [
      notFrom(
        [...adapters, 'execute', 'cli', 'daemon', 'compose', 'main', 'core', 'config', 'system'],
        'host imports errors, log, ports.',
      ),
    ],
  }),
  imports(['src/system/**'], {
    without: [...outside, 'crypto'],
    patterns: [
      notFrom(
        [...adapters, 'execute', 'host', 'cli', 'daemon', 'compose', 'main', 'config'],
        'system imports ports, errors.',
      ),
    ],
  }),
  imports(['src/cli/**', 'src/main.ts'], {
    without: ['commander', 'diff', '@clack/prompts', 'fast-string-truncated-width'],
  }),
  imports(['src/log.ts'], { without: ['pino'] }),

  // ------------------------------------------------------------------------------------------ tests and tool settings
  {
    files: ['test/**'],
    rules: {
      'no-restricted-syntax': ['error', defaultExport, only],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['.config/**'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
);
