/**
 * Makes `dist` from `src`: the program in a few files, its packages among them, since to find and read some five hundred small ones takes
 * longer than most commands do. What is needed later is in files of its own and read then. `better-sqlite3` stays outside: it is compiled.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import { build } from 'esbuild';

const project = fileURLToPath(new URL('../', import.meta.url));
const dist = join(project, 'dist');

/**
 * Of undici only what `remote/client.ts` uses: its front door brings a browser's `fetch`, caches, mocks and web sockets along, half a megabyte
 * that each command would have to read.
 */
const lessOfUndici = {
  name: 'less-of-undici',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'less' }));
    onLoad({ filter: /.*/, namespace: 'less' }, () => ({
      resolveDir: project,
      contents: `
        import Agent from 'undici/lib/dispatcher/agent.js';
        import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
        import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
        import calls from 'undici/lib/api/index.js';
        Object.assign(Dispatcher.prototype, calls);
        export { Agent, EnvHttpProxyAgent };
        export function request(address, { dispatcher, ...options }) {
          const { origin, pathname, search } = new URL(address);
          return dispatcher.request({ origin, path: pathname + search, ...options });
        }`,
    }));
  },
};

rmSync(dist, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: project,
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  external: ['better-sqlite3'],
  plugins: [lessOfUndici],
  // Read at each start; names stay as they are, for whoever reports where something went wrong.
  minifyWhitespace: true,
  minifySyntax: true,
  // Packages of the older kind ask for Node's own modules with `require`, which a module of today does not have.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);",
  },
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
});
cpSync(join(project, 'src/docs'), join(dist, 'docs'), { recursive: true });
writeFileSync(join(dist, 'LICENSES.txt'), licences(Object.keys(metafile.inputs)));

/** The licences of all packages that went in, as they ask for. */
function licences(inputs) {
  const folders = new Set(
    inputs
      .flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [])
      .map((path) => join(project, path)),
  );
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    const text = file === undefined ? `License: ${license}` : readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version}\n\n${text}\n`;
  });
  return `The program holds these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
