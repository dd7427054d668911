/**
 * Where things are: the source tree, and the build whose programs are tested (the environment's
 * CONFAB_BUILD, else var/build-test; ./run-tests makes it).
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const TOP = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const BUILD = path.resolve(process.env.CONFAB_BUILD || path.join(TOP, 'var/build-test'));

export const programNames = ['confab.fcgi', 'confab-pushd', 'confab-thumb', 'confabctl'];

/** @param {string} name */
export function program(name) {
  const at = path.join(BUILD, name);
  if (!fs.existsSync(at)) throw new Error(`${name} has not been built in ${BUILD}: ./run-tests builds it, or set CONFAB_BUILD`);
  return at;
}

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
