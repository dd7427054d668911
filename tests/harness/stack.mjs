/**
 * A whole Confab for one test file: PostgreSQL, handlers, pusher and a web server in a temporary
 * folder, on Unix sockets and one TCP port, with accounts to sign in as. Nothing of it is shared with
 * another test file, and nothing outlives `stop`.
 *
 *     const stack = await startStack({ accounts: ['ada', 'bob'] });
 *     const ada = await stack.signIn('ada');
 *     ...
 *     await stack.stop();
 *
 * In tests, use suite.mjs, which adds logs on failure and the checks at the end.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Api } from './client/api.mjs';
import { request } from './client/http.mjs';
import { alarms, marks, tails } from './logs.mjs';
import { copyCluster, Postgres } from './postgres.mjs';
import { Proc } from './proc.mjs';
import { confabctl, databaseConf, SANITIZER_ENV, template } from './template.mjs';
import { until } from './until.mjs';
import { makeDir, writeFile } from './user.mjs';
import { accepts, startsHandlers, Web } from './web.mjs';

/**
 * @typedef {object} StackOptions
 * @property {import('./web.mjs').WebKind} [web]
 * @property {Record<string, string | number>} [config]  options of confab.conf
 * @property {string[]} [accounts]  handles of the tenant "main"; the password of each is its handle and "-password"
 * @property {number} [workers]  handler processes
 * @property {boolean} [pusher]  false: none
 * @property {boolean} [pushTcp]  the pusher listens on a TCP port as well
 * @property {Record<string, string>} [postgres]  settings of the server
 * @property {boolean} [files]  handlers of files of their own, as in production
 * @property {boolean} [fcgidDefaults]  mod_fcgid takes no more than it does by default
 * @property {boolean} [start]  false: set up, start nothing
 */

/** What tests want otherwise than people: cheap passwords, no limits on sends. */
const TEST_CONFIG = {
  tenant: 'main',
  password_ops: 1,
  password_memory_kib: 8192,
  send_burst: 100000,
  send_period_ms: 1000,
  signin_burst: 10000,
  trust_forwarded: 'no',
  log_level: 'info',
};

/** Stacks that have not been stopped: whatever way this process ends, they end with it. @type {Set<Stack>} */
const living = new Set();
process.once('exit', () => {
  for (const stack of living) stack.vanish();
});
for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.once(signal, () => process.exit(130));

export const passwordOf = (/** @type {string} */ handle) => `${handle}-password`;

export class Stack {
  /** @param {StackOptions} options @param {import('./template.mjs').Template} tpl */
  constructor(options, tpl) {
    this.options = options;
    this.template = tpl;
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'confab-'));
    fs.chmodSync(this.dir, 0o755);
    living.add(this);
    this.logDir = makeDir(path.join(this.dir, 'log'));
    this.run = makeDir(path.join(this.dir, 'run'));
    this.conf = path.join(this.dir, 'confab.conf');
    makeDir(path.join(this.dir, 'secret'), 0o700);
    this.filesDir = makeDir(path.join(this.dir, 'files'), 0o700);
    this.key = path.join(this.dir, 'secret/key');
    writeFile(this.key, fs.readFileSync(tpl.key, 'utf8'), 0o600);
    this.pg = path.join(this.dir, 'pg');
    copyCluster(tpl.pg, this.pg);
    this.apiSocket = path.join(this.run, 'api.sock');
    this.filesSocket = options.files ? path.join(this.run, 'files.sock') : this.apiSocket;
    this.pushSocket = path.join(this.run, 'push.sock');
    this.pushPort = 0;
    /** @type {Record<string, string | number>} */
    this.config = { ...TEST_CONFIG, files_dir: this.filesDir, ...options.config };
    this.kind = options.web ?? 'lighttpd';

    this.postgres = new Postgres({ data: this.pg, socketDir: this.run, logDir: this.logDir, settings: options.postgres });
    this.web = new Web({
      kind: this.kind,
      dir: path.join(this.dir, 'web'),
      logDir: this.logDir,
      www: tpl.www,
      program: path.join(tpl.bin, 'confab.fcgi'),
      conf: this.conf,
      apiSocket: this.apiSocket,
      filesSocket: this.filesSocket,
      fcgidDefaults: options.fcgidDefaults,
      pushSocket: this.pushSocket,
    });
    this.handlers = startsHandlers(this.kind) ? undefined : this.#handlers('handlers', this.apiSocket, options.workers ?? 3);
    this.files = startsHandlers(this.kind) || !options.files ? undefined : this.#handlers('files', this.filesSocket, 2);
    this.pusher = options.pusher === false ? undefined : this.#pusher();
    /** Servers that a test adds: they end with the stack. @type {Proc[]} */
    this.others = [];
    /** Open streams of tests: they end with the stack, or they would keep the process alive. @type {Set<{drop: () => void}>} */
    this.streams = new Set();
  }

  /** @param {string} name @param {string} socket @param {number} workers */
  #handlers(name, socket, workers) {
    return new Proc({
      name,
      logDir: this.logDir,
      cwd: this.dir,
      env: SANITIZER_ENV,
      command: () => [path.join(this.template.bin, 'confab.fcgi'), '--config', this.conf, '--listen', `unix:${socket}`, '--workers', String(workers)],
      ready: () => accepts({ path: socket }),
    });
  }

  #pusher() {
    return new Proc({
      name: 'pusher',
      logDir: this.logDir,
      cwd: this.dir,
      env: SANITIZER_ENV,
      command: () => [path.join(this.template.bin, 'confab-pushd'), '--config', this.conf],
      ready: async () => this.#readPushPort() && (await this.pushHealth()).status === 200,
    });
  }

  /** The "ready" line tells the port that the kernel gave. */
  #readPushPort() {
    if (!this.pusher || !this.options.pushTcp) return true;
    const lines = fs.readFileSync(this.pusher.log, 'utf8').split('\n').filter((l) => l.startsWith('ready '));
    if (lines.length < this.pusher.starts) return false;
    const port = /127\.0\.0\.1:(\d+)/.exec(lines[lines.length - 1]);
    this.pushPort = port ? Number(port[1]) : 0;
    return true;
  }

  /** Asks the pusher itself, past the web server. */
  pushHealth() {
    return request({ socketPath: this.pushSocket, path: '/push/health', timeout: 5000 });
  }

  get url() {
    return this.web.url;
  }

  get procs() {
    return [this.web, this.handlers, this.files, this.pusher, ...this.others, this.postgres].filter((p) => p !== undefined);
  }

  /** Writes confab.conf; call again after changing this.config (programs read it at start or SIGHUP). */
  writeConf() {
    const own = {
      push_listen: `unix:${this.pushSocket}${this.options.pushTcp ? ' 127.0.0.1:0' : ''}`,
      relay_url: `http://127.0.0.1:${this.web.port}/api`,
      ...(this.options.pusher === false ? { push_url: '' } : {}),
      ...this.config,
    };
    const lines = Object.entries(own).map(([name, value]) => `${name} = ${value}\n`);
    writeFile(this.conf, databaseConf(this.run, this.key) + lines.join(''));
  }

  async start() {
    await this.postgres.start();
    await this.web.start();
    this.writeConf();
    for (const handle of this.options.accounts ?? []) this.addAccount(handle);
    await Promise.all([this.handlers?.start(), this.files?.start(), this.pusher?.start()]);
    return this;
  }

  /** @param {string[]} args @param {string} [input] its output */
  ctl(args, input) {
    return confabctl(this.template, this.conf, args, input);
  }

  /** @param {string} handle @param {{tenant?: string, name?: string}} [options] */
  addAccount(handle, { tenant = 'main', name = handle[0].toUpperCase() + handle.slice(1) } = {}) {
    this.ctl(['account', 'create', tenant, handle, '--name', name, '--password-stdin'], passwordOf(handle));
  }

  /** A client without a session. @param {import('./client/api.mjs').ApiOptions} [options] */
  api(options) {
    return new Api(this, options);
  }

  /** Signs in and returns the client; a fresh session each time. @param {string} handle @param {import('./client/api.mjs').ApiOptions} [options] */
  async signIn(handle, options) {
    const api = this.api(options);
    await api.signIn(handle, passwordOf(handle));
    return api;
  }

  /** Waits until every handler answers well again through the web server, after any of them was away. */
  async back() {
    const headers = { Authorization: `Bearer c1.1001.${'A'.repeat(43)}` };
    const ask = async () => (await this.api({ headers }).call('GET', '/api/me', { check: false })).status === 401;
    await until('all handlers to be back', async () => (await Promise.all(Array.from({ length: 8 }, ask))).every(Boolean));
  }

  /** Everything that a log or an exit says against us. */
  complaints() {
    return [...this.procs.flatMap((p) => p.complaints), ...alarms(this.logDir).map((a) => `a sanitizer spoke in ${a}`)];
  }

  /** Where the logs end now, for tails(). */
  marks() {
    return marks(this.logDir);
  }

  /** @param {Map<string, number>} [since] */
  tails(since) {
    return tails(this.logDir, since);
  }

  /** Stops all in the order in which they need each other; returns the complaints. */
  async stop() {
    for (const proc of [this.web, this.pusher, this.files, this.handlers, ...this.others, this.postgres]) await proc?.stop();
    const complaints = this.complaints();
    this.vanish();
    return complaints;
  }

  /** Kills what still runs and removes the folder (unless CONFAB_KEEP is set). */
  vanish() {
    living.delete(this);
    for (const stream of this.streams) stream.drop();
    for (const proc of this.procs) proc.destroy();
    if (!process.env.CONFAB_KEEP) fs.rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @param {StackOptions} [options] */
export async function startStack(options = {}) {
  const stack = new Stack(options, await template());
  if (options.start === false) return stack;
  try {
    return await stack.start();
  } catch (error) {
    const text = stack.tails();
    stack.vanish();
    throw Object.assign(/** @type {Error} */ (error), { message: `${/** @type {Error} */ (error).message}\n${text}` });
  }
}

/**
 * For tests that want a stack each: starts it, lets fn use it, stops it. Logs are shown on failure, and
 * a server that did not run and end cleanly is one.
 * @param {StackOptions} options @param {(stack: Stack) => unknown} fn
 */
export async function withStack(options, fn) {
  const stack = await startStack(options);
  let complaints;
  try {
    await fn(stack);
    complaints = await stack.stop();
  } catch (error) {
    console.error(stack.tails());
    stack.vanish();
    throw error;
  }
  if (complaints.length > 0) throw new Error(`the servers did not run and end cleanly:\n${complaints.join('\n')}`);
}
