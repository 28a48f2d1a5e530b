/** Where the files lie that came with the program: what is built lies flatter than the source, so no path beside a module would do. */
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);
const built = here.lastIndexOf('/dist/');
const source = here.lastIndexOf('/src/');
/** The folder of `package.json`, with its last `/`. */
const installation = here.slice(0, Math.max(built, source) + 1);

/** The pages of `yetisync help TOPIC`, with the last `/`. */
export const docsFolder = `${installation}${built > source ? 'dist' : 'src'}/docs/`;
/** The units of systemd, with the last `/`. */
export const unitsFolder = `${installation}systemd/`;
