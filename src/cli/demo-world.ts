/**
 * The small world of the demo: a bundled host that really listens, two computers with a folder, a config and an engine
 * each, and a web page that signs in for itself. All below one folder.
 */
import { join } from 'node:path';
import type { Engine } from '../compose.ts';
import type { ObserveProgress } from '../compose/pair-world.ts';
import { openEngine } from '../compose.ts';
import { loadConfig } from '../config/load.ts';

import type { RemoteId } from '../core/entry.ts';
import type { CycleEvent, CycleResult } from '../cycle.ts';
import { SyncError } from '../errors.ts';
import type { AccountKeys } from '../host/accounts.ts';
import type { TreeItem } from '../host/admin.ts';
import type { Host } from '../host/host.ts';
import { listTrash, type TrashEntry } from '../local/trash.ts';
import type { Log } from '../log.ts';
import type { Remote, Transport } from '../ports.ts';
import { openTransport } from '../remote/client.ts';
import { findFolder } from '../remote/folder-path.ts';
import { openRemote } from '../remote/remote.ts';
import { realClock } from '../system/clock.ts';
import { realDisk } from '../system/disk.ts';
import { realRandom } from '../system/random.ts';
import { hashOf, type Contents } from './demo-folder.ts';
import { openHostAt } from './host-data.ts';
import { keepKeys, type KeyFiles } from './host-desk.ts';

export interface Computer {
  readonly name: string;
  /** Its synced folder. */
  readonly folder: string;
  readonly configFile: string;
  /** One full pass. */
  sync(onEvent: (event: CycleEvent | ObserveProgress) => void): Promise<CycleResult>;
  /** What yetisync moved out of the folder. */
  trash(): Promise<readonly TrashEntry[]>;
  close(): Promise<void>;
}

export interface DemoWorld {
  readonly url: string;
  readonly hostData: string;
  readonly laptop: Computer;
  readonly desktop: Computer;
  readonly webPage: Remote;
  /** The id of a folder of the host, by its path below the synced folder. */
  folderOnHost(path: string): Promise<RemoteId>;
  /** What the host holds below the synced folder, every byte read. */
  hostContents(): Promise<Contents>;
  hostTrash(): readonly string[];
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly log: Log;
  readonly pid: number;
  readonly signal: AbortSignal;
  /** Put around the desktop's line to the host: a test shows by it that the demo would notice. */
  readonly sabotage?: ((transport: Transport) => Transport) | undefined;
}

const remoteFolder = '/Cloud';

export async function openWorld(home: string, options: WorldOptions): Promise<DemoWorld> {
  const hostData = join(home, 'host');
  const host = await openHostAt(hostData, ['documented']);
  const account = host.admin.addAccount();
  const keys = await keepKeys(account, hostData, realDisk);
  const { url } = await host.listen({ port: 0, address: '127.0.0.1' });
  // No proxy of the environment: everything stays on this computer.
  const line = openTransport({ proxyEnv: {}, connections: 16 });
  const place = { home, url, keys, line: line.transport };
  const laptop = await openComputer('laptop', place, options);
  const desktop = await openComputer(
    'desktop',
    { ...place, line: options.sabotage?.(line.transport) ?? line.transport },
    options,
  );
  const webPage = signIn(url, account, line.transport, options);
  return {
    url,
    hostData,
    laptop,
    desktop,
    webPage,
    async folderOnHost(path) {
      const found = await findFolder(
        webPage,
        [...remoteFolder.split('/'), ...path.split('/')].filter((name) => name !== ''),
      );
      if (found.kind === 'missing') throw new SyncError('remote/not-found', { path });
      return found.id;
    },
    hostContents: () => readHost(host, account.accountId),
    hostTrash: () => host.admin.trash(account.accountId).map(({ name }) => name),
    async close() {
      await laptop.close();
      await desktop.close();
      await webPage.signOut();
      await line.close();
      await host.close();
    },
  };
}

interface Place {
  readonly home: string;
  readonly url: string;
  readonly keys: KeyFiles;
  readonly line: Transport;
}

async function openComputer(name: string, { home, url, keys, line }: Place, options: WorldOptions): Promise<Computer> {
  const folder = join(home, name, 'Cloud');
  const configFile = join(home, name, 'config.json');
  await realDisk.mkdirAll(folder);
  await realDisk.writeFileAtomic(
    configFile,
    `${JSON.stringify(configOf({ folder, home, name, url, keys }), null, 2)}\n`,
    0o600,
  );
  const { config } = await loadConfig({ path: configFile, env: {}, home, disk: realDisk });
  const engine: Engine = await openEngine({
    config,
    log: options.log,
    env: {},
    computer: name,
    process: { pid: options.pid, command: 'yetisync demo' },
    signal: options.signal,
    seams: { transport: line },
  });
  return {
    name,
    folder,
    configFile,
    sync: async (onEvent) => {
      const [pair] = engine.pairs;
      if (pair === undefined) throw new SyncError('bug', { detail: 'the demo has no pair' });
      return pair.runOnce({ onEvent });
    },
    trash: () => listTrash({ root: folder, disk: realDisk, random: realRandom, now: () => realClock.now() }),
    close: () => engine.close(),
  };
}

/** Nobody types meanwhile and nobody else uses the host: neither patience nor a pace is needed. */
function configOf(at: {
  readonly folder: string;
  readonly home: string;
  readonly name: string;
  readonly url: string;
  readonly keys: KeyFiles;
}): Readonly<Record<string, unknown>> {
  return {
    host: at.url,
    credentials: { key1File: at.keys.key1File, key2File: at.keys.key2File },
    folders: [{ local: at.folder, remote: remoteFolder }],
    stateDir: join(at.home, at.name, 'state'),
    settle: '10ms',
    limits: { requestsPerSecond: 0 },
    reserveDisk: '0',
  };
}

function signIn(url: string, account: AccountKeys, transport: Transport, { log, signal }: WorldOptions): Remote {
  return openRemote({
    transport,
    base: `${url}/api/v2/`,
    credentials: { kind: 'password', username: account.username, password: account.password },
    limits: { requestsPerSecond: 0, uploads: 1, downloads: 1 },
    clock: realClock,
    random: realRandom,
    refused: { wasRefused: () => false, remember: () => undefined, clear: () => undefined },
    log,
    signal,
  });
}

async function readHost(host: Host, accountId: string): Promise<Contents> {
  const active = host.admin.tree(accountId).filter(({ status }) => status === 'active');
  const folders = new Map(active.filter(({ kind }) => kind === 'folder').map((item) => [item.id, item]));
  const pathOf = ({ name, parentId }: TreeItem): string => {
    const parent = parentId === null ? undefined : folders.get(parentId);
    return `${parent === undefined ? '' : pathOf(parent)}/${name}`;
  };
  const found = new Map<string, string>();
  for (const item of active) {
    const path = pathOf(item);
    // yetisync keeps what is on its way in a folder of its own, left alone by every computer
    if (!path.startsWith(`${remoteFolder}/`) || path.startsWith(`${remoteFolder}/yetisync-staging`)) continue;
    const content = item.kind === 'folder' ? 'folder' : hashOf(await host.admin.content(item.id));
    found.set(path.slice(remoteFolder.length + 1), content);
  }
  return found;
}
