/** `yetisync service install|uninstall|status`: the unit of systemd that runs `yetisync` for this user, with the program's own path in it. */
import { configPath } from '../config/places.ts';
import { SyncError } from '../errors.ts';
import { runProgram } from '../system/child.ts';
import { realDisk } from '../system/disk.ts';
import { nameText } from './amounts.ts';
import type { Where } from './command-parts.ts';
import { openConfig } from './open-config.ts';
import { unitsFolder } from './own-files.ts';
import type { Shell } from './shell.ts';
import { unitWith } from './unit-text.ts';

export type ServiceCommand = 'install' | 'uninstall' | 'status';

const unitName = 'yetisync.service';
const longestMs = 30_000;

export async function runService(command: ServiceCommand, words: Where, shell: Shell): Promise<number> {
  switch (command) {
    case 'install':
      return install(words, shell);
    case 'uninstall':
      return uninstall(shell);
    case 'status':
      return status(shell);
  }
}

/** Whether this user's own systemd answers here. */
export async function hasUserManager({ env }: Shell): Promise<boolean> {
  return (await runProgram('systemctl', ['--user', 'show-environment'], { env, longestMs })).status === 0;
}

async function install({ config: path }: Where, shell: Shell): Promise<number> {
  await openConfig(path, shell); // a unit that fails at its first start helps nobody
  const template = new TextDecoder().decode(await realDisk.readFile(`${unitsFolder}${unitName}`));
  const place = unitPlace(shell);
  const config = configPath(path, shell.env, shell.home);
  await realDisk.mkdirAll(place.slice(0, place.lastIndexOf('/')));
  await realDisk.writeFileAtomic(place, unitWith(template, [...shell.program, '--config', config], shell.env), 0o644);
  shell.print(`wrote ${nameText(place)}`);
  await systemctl(['daemon-reload'], shell);
  await systemctl(['enable', '--now', unitName], shell);
  shell.print('yetisync is running, and starts with your session from now on');
  shell.print('also without one: `loginctl enable-linger`; its log: `journalctl --user -u yetisync`');
  return 0;
}

async function uninstall(shell: Shell): Promise<number> {
  const place = unitPlace(shell);
  try {
    await realDisk.lstat(place);
  } catch {
    shell.print('there is no such unit');
    return 0;
  }
  // where systemd does not answer the unit goes all the same: it would be started at the next login
  const disabled = await outcomeOf(systemctl(['disable', '--now', unitName], shell));
  await realDisk.unlink(place);
  shell.print(`removed ${nameText(place)}; config, state and files are as they were`);
  if (disabled !== null) throw disabled;
  await systemctl(['daemon-reload'], shell);
  return 0;
}

async function status(shell: Shell): Promise<number> {
  const { output } = await runProgram('systemctl', ['--user', '--no-pager', 'status', unitName], {
    env: shell.env,
    longestMs,
  });
  shell.print(output.trimEnd() === '' ? 'systemd does not answer here' : output.trimEnd());
  return 0;
}

/** What it was rejected with; `null`: it was not. */
async function outcomeOf(work: Promise<void>): Promise<SyncError | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
}

async function systemctl(words: readonly string[], shell: Shell): Promise<void> {
  const { status: end, output } = await runProgram('systemctl', ['--user', ...words], { env: shell.env, longestMs });
  if (end === 0) return;
  const said = output.trim().split('\n')[0] ?? '';
  throw new SyncError('service/failed', {
    detail: `systemctl --user ${words.join(' ')}${said === '' ? '' : `: ${said}`}`,
  });
}

function unitPlace({ env, home }: Shell): string {
  const base = env['XDG_CONFIG_HOME'];
  return `${base?.startsWith('/') === true ? base : `${home}/.config`}/systemd/user/${unitName}`;
}
