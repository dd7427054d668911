/**
 * What all stacks of a run share: the programs and the page where the servers' user may read them,
 * and a cluster with schema, key and the tenant "main". Made once by ./run-tests (which names it in
 * CONFAB_TEMPLATE), or by each test file that runs alone.
 *
 *     node tests/harness/template.mjs DIR
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TOP, program, programNames } from './paths.mjs';
import { ADMIN, initCluster, Postgres } from './postgres.mjs';
import { makeDir, runAs, writeFile } from './user.mjs';

/** @typedef {{dir: string, pg: string, key: string, bin: string, www: string}} Template */

/** @param {string} dir @returns {Template} */
const at = (dir) => ({ dir, pg: path.join(dir, 'pg'), key: path.join(dir, 'secret/key'), bin: path.join(dir, 'bin'), www: path.join(dir, 'www') });

/** Sanitizers: every report ends the program, with an exit code that the harness takes for an error. */
export const SANITIZER_ENV = {
  ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0:exitcode=86:strict_string_checks=1:detect_stack_use_after_return=1:malloc_context_size=12',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1:exitcode=86',
  LSAN_OPTIONS: 'exitcode=86',
};

/** Runs confabctl. @param {Template} t @param {string} conf @param {string[]} args @param {string} [input] */
export function confabctl(t, conf, args, input = '') {
  const options = { input, encoding: /** @type {const} */ ('utf8'), stdio: /** @type {any} */ ('pipe'), cwd: '/', env: { PATH: process.env.PATH, TZ: 'UTC', ...SANITIZER_ENV }, ...runAs };
  try {
    return execFileSync(path.join(t.bin, 'confabctl'), ['--config', conf, ...args], options);
  } catch (error) {
    const e = /** @type {any} */ (error);
    throw Object.assign(new Error(`confabctl ${args.join(' ')}: exit ${e.status ?? e.signal}\n${e.stdout}${e.stderr}`), { status: e.status, stderr: e.stderr, stdout: e.stdout });
  }
}

/** The part of confab.conf that says where the database and the key are. @param {string} socketDir @param {string} key */
export function databaseConf(socketDir, key) {
  return ['api', 'push', 'admin']
    .map((role) => `database_${role} = host=${socketDir} dbname=confab user=${role === 'admin' ? ADMIN : `confab_${role}`}\n`)
    .concat(`key_file = ${key}\n`)
    .join('');
}

/** @param {string} dir an empty folder */
export async function makeTemplate(dir) {
  const t = at(dir);
  fs.chmodSync(dir, 0o755);
  fs.mkdirSync(t.bin);
  for (const name of programNames) fs.copyFileSync(program(name), path.join(t.bin, name));
  fs.cpSync(path.join(TOP, 'www'), t.www, { recursive: true });
  const logDir = makeDir(path.join(dir, 'log'));
  const socketDir = makeDir(path.join(dir, 'run'));
  makeDir(path.dirname(t.key), 0o700);
  makeDir(t.pg, 0o700);
  initCluster(t.pg);
  const postgres = new Postgres({ data: t.pg, socketDir, logDir });
  const conf = writeFile(path.join(dir, 'confab.conf'), databaseConf(socketDir, t.key));
  try {
    await postgres.start();
    await postgres.sql('CREATE DATABASE confab', { db: 'postgres' });
    confabctl(t, conf, ['key', 'new']);
    confabctl(t, conf, ['init']);
    confabctl(t, conf, ['migrate']);
    confabctl(t, conf, ['tenant', 'create', 'main', '--name', 'Main']);
  } finally {
    await postgres.stop();
  }
  return t;
}

/** @type {Promise<Template> | undefined} */
let own;

/** The run's template, or one that this process makes once and removes at its end. @returns {Promise<Template>} */
export function template() {
  const given = process.env.CONFAB_TEMPLATE;
  if (given) return Promise.resolve(at(given));
  if (!own) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'confab-tpl-'));
    process.once('exit', () => fs.rmSync(dir, { recursive: true, force: true }));
    own = makeTemplate(dir);
  }
  return own;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makeTemplate(path.resolve(process.argv[2]));
