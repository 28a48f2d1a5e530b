/**
 * Where things lie on this computer: config file, state and socket, by the options, by what systemd sets, by the XDG
 * base directories, in this order. A relative `XDG_*` is ignored, as the XDG specification demands.
 */
import { isAbsolute, join, normalize, resolve } from 'node:path';
import type { Env } from './config.ts';

/** `~` and `~/x` below the home folder; others as they are. */
export function expandHome(path: string, home: string): string {
  if (path === '~') return home;
  return path.startsWith('~/') ? join(home, path.slice(2)) : path;
}

/** `option` is what `--config` says; relative to the working directory, as the shell's user expects. */
export function configPath(option: string | undefined, env: Env, home: string): string {
  const named = option ?? nonEmpty(env['YETISYNC_CONFIG']);
  if (named !== undefined) return resolve(expandHome(named, home));
  return join(absolute(env['XDG_CONFIG_HOME']) ?? join(home, '.config'), 'yetisync', 'config.json');
}

/** `configured` is the key `stateDir`. */
export function statePath(configured: string | undefined, env: Env, home: string): string {
  if (configured !== undefined) return localPath(configured, home);
  const bySystemd = firstOf(env['STATE_DIRECTORY']);
  if (bySystemd !== undefined) return bySystemd;
  return join(absolute(env['XDG_STATE_HOME']) ?? join(home, '.local', 'state'), 'yetisync');
}

/** The folder of the socket; null: there is none of that kind, the state's serves. */
export function runtimePath(env: Env): string | null {
  const bySystemd = firstOf(env['RUNTIME_DIRECTORY']);
  if (bySystemd !== undefined) return bySystemd;
  const ofUser = absolute(env['XDG_RUNTIME_DIR']);
  return ofUser === undefined ? null : join(ofUser, 'yetisync');
}

/** A path as the program keeps it: absolute, no `..`, no slash at its end. */
export function localPath(configured: string, home: string): string {
  return withoutSlash(normalize(expandHome(configured, home)));
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** systemd separates several directories by colons; the first is the unit's main one. */
function firstOf(list: string | undefined): string | undefined {
  return absolute(list?.split(':')[0]);
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? withoutSlash(normalize(path)) : undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
