/**
 * Where things are: the source tree, and the build whose programs are tested (the environment's
 * CONFAB_BUILD, else var/build-test; ./run-tests makes it).
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const TOP = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const BUILD = path.resolve(process.env.CONFAB_BUILD || path.join(TOP, 'var/build-test'));

/** Program name -> its place in the build. */
const PROGRAMS = { 'confab.fcgi': 'cgi', 'confab-pushd': 'sse', confabctl: 'ctl' };

/** @param {keyof typeof PROGRAMS} name */
export function program(name) {
  for (const at of [path.join(BUILD, PROGRAMS[name], name), path.join(BUILD, name)]) {
    if (fs.existsSync(at)) return at;
  }
  throw new Error(`${name} has not been built in ${BUILD}: ./run-tests builds it, or set CONFAB_BUILD`);
}

export const programNames = /** @type {(keyof typeof PROGRAMS)[]} */ (Object.keys(PROGRAMS));

/** The folder of PostgreSQL's programs, the newest there is. */
export function pgBin() {
  const root = '/usr/lib/postgresql';
  const versions = fs.existsSync(root) ? fs.readdirSync(root).filter((v) => fs.existsSync(path.join(root, v, 'bin/postgres'))) : [];
  if (versions.length === 0) throw new Error('PostgreSQL is not installed: ./run-tests installs it');
  versions.sort((a, b) => Number(b) - Number(a));
  return path.join(root, versions[0], 'bin');
}

/** Looks a server program up where Debian keeps it. @param {string} name */
export function server(name) {
  for (const dir of ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin']) {
    if (fs.existsSync(path.join(dir, name))) return path.join(dir, name);
  }
  throw new Error(`${name} is not installed: ./run-tests installs it`);
}
