// A pooler between the programs and PostgreSQL: prepared statements, session settings and LISTEN do not
// survive it, so every program has to see it at its start, say so, and name what to do. A pooler that
// lets the first statements pass is the dangerous one: nothing would fail but the notifications.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { server } from '../harness/paths.mjs';
import { Proc } from '../harness/proc.mjs';
import { startStack } from '../harness/stack.mjs';
import { SANITIZER_ENV } from '../harness/template.mjs';
import { assert, test } from '../harness/suite.mjs';
import { makeDir, runAs, writeFile } from '../harness/user.mjs';
import { accepts } from '../harness/web.mjs';

const exec = promisify(execFile);
const PORT = 6432;
const SAID = /pooler such as pgbouncer.*Connect to PostgreSQL itself/;

/** pgbouncer before a stack's database, on a Unix socket. @param {import('../harness/stack.mjs').Stack} stack @param {Record<string, string>} more settings */
async function pooler(stack, more) {
  const dir = makeDir(path.join(stack.dir, 'pgbouncer'));
  const users = writeFile(path.join(dir, 'users'), ['confab_api', 'confab_push', 'confab_admin'].map((role) => `"${role}" ""\n`).join(''));
  const settings = { unix_socket_dir: dir, listen_addr: '', listen_port: PORT, auth_type: 'trust', auth_file: users, default_pool_size: 2, ...more };
  const lines = Object.entries(settings).map(([k, v]) => `${k} = ${v}\n`);
  const ini = writeFile(path.join(dir, 'pgbouncer.ini'), `[databases]\n* = host=${stack.run}\n[pgbouncer]\n${lines.join('')}`);
  const proc = new Proc({
    name: 'pgbouncer',
    logDir: stack.logDir,
    cwd: dir,
    command: () => [server('pgbouncer'), '-q', ini],
    ready: () => accepts({ path: path.join(dir, `.s.PGSQL.${PORT}`) }),
    stopSignal: 'SIGINT',
  });
  await proc.start();
  return { proc, dir };
}

/** Starts a program on this config and returns how it ended. @param {import('../harness/stack.mjs').Stack} stack @param {string[]} command */
async function endOf(stack, [name, ...args]) {
  const options = { cwd: '/', env: { PATH: process.env.PATH, TZ: 'UTC', ...SANITIZER_ENV }, timeout: 20000, ...runAs };
  try {
    const { stdout, stderr } = await exec(path.join(stack.template.bin, name), args, /** @type {any} */ (options));
    return { code: 0, said: `${stdout}${stderr}` };
  } catch (error) {
    const { code, stdout, stderr } = /** @type {any} */ (error);
    return { code, said: `${stdout}${stderr}` };
  }
}

/** @type {[string, Record<string, string>][]} */
const KINDS = [
  ['transaction mode', { pool_mode: 'transaction' }],
  ['transaction mode, told to ignore what it does not know', { pool_mode: 'transaction', ignore_startup_parameters: 'options' }],
  ['session mode, told to ignore what it does not know', { pool_mode: 'session', ignore_startup_parameters: 'options' }],
];
for (const [kind, more] of KINDS) {
  test(`behind pgbouncer in ${kind}, handlers, pusher and confabctl refuse to start and say why`, async () => {
    const stack = await startStack({ start: false });
    let between;
    try {
      await stack.postgres.start();
      between = await pooler(stack, more);
      const at = (/** @type {string} */ role) => `host=${between?.dir} port=${PORT} dbname=confab user=${role}`;
      const options = {
        database_api: at('confab_api'),
        database_push: at('confab_push'),
        database_admin: at('confab_admin'),
        key_file: stack.key,
        push_listen: `unix:${stack.pushSocket}`,
        // Nobody gets so far as to ask there.
        relay_url: 'http://127.0.0.1:1/api',
      };
      const conf = writeFile(path.join(stack.dir, 'pooled.conf'), Object.entries(options).map(([k, v]) => `${k} = ${v}\n`).join(''));
      for (const command of [
        ['confab.fcgi', '--config', conf, '--listen', `unix:${stack.apiSocket}`],
        ['confab-pushd', '--config', conf],
        ['confabctl', '--config', conf, 'migrate'],
        ['confabctl', '--config', conf, 'account', 'list', 'main'],
      ]) {
        const { code, said } = await endOf(stack, command);
        assert.equal(code, 1, `${command.join(' ')} ended with ${code}: ${said}`);
        assert.match(said, SAID, `${command.join(' ')} did not say what is wrong`);
      }
      const { code, said } = await endOf(stack, ['confabctl', '--config', conf, 'doctor']);
      assert.ok(code !== 0 && SAID.test(said), `doctor found nothing: ${said}`);
    } finally {
      await between?.proc.stop();
      await stack.postgres.stop();
      stack.vanish();
    }
  });
}
