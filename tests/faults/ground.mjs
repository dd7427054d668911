/**
 * The servers of one run, with a proxy of ours in each of the places where they talk to each other:
 *
 *     clients --browser--> lighttpd --webHandlers--> handlers --handlersDb--> PostgreSQL
 *                           ^   |---webPusher------> pusher ---pusherDb---------^
 *                           |-----------relay-----------|
 */
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { copyCluster } from '../harness/postgres.mjs';
import { startStack } from '../harness/stack.mjs';
import { SANITIZER_ENV } from '../harness/template.mjs';
import { until } from '../harness/until.mjs';
import { makeDir, runAs, writeFile } from '../harness/user.mjs';
import { Proxy } from './proxy.mjs';

const exec = promisify(execFile);
/** Set by whoever gave this process mounts of its own: see namespace.mjs. */
const OWN_MOUNTS = process.env.CONFAB_FAULTS_MOUNTS === 'own';
const DISK_MIB = 192;
/** Of Debian's package libfaketime; not together with a sanitizer, which wants to be loaded first. */
const FAKETIME = ['/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1', '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1'].find((f) => fs.existsSync(f));
export const CLOCKS = /** @type {const} */ (['handlers', 'pusher', 'postgres']);
const PORT_FILE = '.s.PGSQL.5432';

/** No limit of ours may look like a fault, and dead streams must show soon. */
const CONFIG = {
  signin_burst: 100000,
  push_frame_burst: 100000,
  push_frame_period_ms: 1000,
  push_heartbeat_ms: 1000,
  log_level: 'warn',
};

export class Ground {
  /** @type {Promise<unknown>[]} */
  #background = [];
  /** @type {any} */
  stack;
  /** @type {string | undefined} */
  disk;
  /** @type {Record<'browser' | 'webHandlers' | 'webPusher' | 'relay' | 'pusherDb' | 'handlersDb', Proxy>} */
  proxies = /** @type {any} */ ({});

  /** @param {{handles: string[], settings?: Record<string, string>}} options */
  static async make({ handles, settings = {} }) {
    const ground = new Ground();
    const stack = (ground.stack = await startStack({ start: false, accounts: handles, workers: 4, config: CONFIG, postgres: { ...settings } }));
    try {
      if (OWN_MOUNTS) ground.#ownDisk();
      await ground.#start();
    } catch (error) {
      console.error(stack.tails());
      await ground.vanish();
      throw error;
    }
    return ground;
  }

  /** PostgreSQL's folder on a small disk of its own, in our own mounts, so that it can be filled. */
  #ownDisk() {
    const { pg } = this.stack;
    const aside = `${pg}-aside`;
    fs.renameSync(pg, aside);
    makeDir(pg, 0o700);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m,mode=700,uid=${runAs.uid},gid=${runAs.gid}`, 'tmpfs', pg]);
    copyCluster(`${aside}/.`, pg);
    fs.rmSync(aside, { recursive: true });
    this.disk = pg;
  }

  /** A clock of its own for a server, which setClock can step; what only measures goes on as it is. @param {typeof CLOCKS[number]} name */
  #ownClock(name) {
    const { plan } = this.stack[name];
    this.setClock(name, 0);
    const faketime = { LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: this.#clock(name), FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
    plan.env = { ...plan.env, ...faketime };
  }

  #clock(/** @type {string} */ name) {
    return path.join(this.stack.dir, `clock-${name}`);
  }

  /** @param {typeof CLOCKS[number]} name @param {number} seconds off the true time */
  setClock(name, seconds) {
    const at = this.#clock(name);
    // Never seen half written.
    writeFile(`${at}.new`, `${seconds < 0 ? '' : '+'}${seconds}s\n`);
    fs.renameSync(`${at}.new`, at);
  }

  async #start() {
    const { stack } = this;
    const database = () => ({ path: path.join(this.postgres.socketDir, PORT_FILE) });
    for (const name of /** @type {const} */ (['pusherDb', 'handlersDb'])) {
      this.proxies[name] = await new Proxy(name, database, { postgres: true }).listen(path.join(makeDir(path.join(stack.dir, name)), PORT_FILE));
    }
    for (const name of /** @type {const} */ (['browser', 'relay'])) {
      this.proxies[name] = await new Proxy(name, () => ({ host: '127.0.0.1', port: stack.web.port })).listen(undefined);
    }
    const sockets = /** @type {const} */ ([['webHandlers', 'apiSocket'], ['webPusher', 'pushSocket']]);
    for (const [name, socket] of sockets) {
      const at = path.join(stack.dir, `${name}.sock`);
      this.proxies[name] = await new Proxy(name, () => ({ path: stack[socket] })).listen(at);
      stack.web.options[socket] = at;
    }
    stack.writeConf = () => this.#writeConf();
    if (this.has('clock')) for (const name of CLOCKS) this.#ownClock(name);
    await stack.start();
  }

  /** As the harness writes it, but the database lies behind the proxies. */
  #writeConf() {
    const { stack } = this;
    const at = (/** @type {string} */ dir, /** @type {string} */ role) => `host=${dir} dbname=confab user=${role}`;
    const lines = {
      database_api: at(path.join(stack.dir, 'handlersDb'), 'confab_api'),
      database_push: at(path.join(stack.dir, 'pusherDb'), 'confab_push'),
      database_admin: at(this.postgres.socketDir, 'confab_admin'),
      key_file: stack.key,
      push_listen: `unix:${stack.pushSocket}`,
      relay_url: `http://127.0.0.1:${this.proxies.relay.port}/api`,
      ...stack.config,
    };
    writeFile(stack.conf, Object.entries(lines).map(([k, v]) => `${k} = ${v}\n`).join(''));
  }

  get postgres() {
    return this.stack.postgres;
  }

  /** What a fault may need: a disk that can be filled, clocks that can be stepped, a build without sanitizers. @param {'disk' | 'clock' | 'plain' | undefined} need */
  has(need) {
    // After a failover the database is elsewhere.
    if (need === 'disk') return this.disk !== undefined && this.postgres.data === this.disk;
    if (need === 'clock') return FAKETIME !== undefined && this.has('plain');
    if (need === 'plain') return !fs.readFileSync(path.join(this.stack.template.bin, 'confab-pushd')).includes('__asan_init');
    return true;
  }

  /** A client of that person, through the proxy. @param {string} handle */
  signIn(handle) {
    return this.stack.signIn(handle, { url: `http://127.0.0.1:${this.proxies.browser.port}` });
  }

  /** Runs confabctl. @param {string[]} args */
  async ctl(args) {
    const program = path.join(this.stack.template.bin, 'confabctl');
    const options = { cwd: '/', env: { PATH: process.env.PATH, TZ: 'UTC', ...SANITIZER_ENV }, timeout: 60000, ...runAs };
    return (await exec(program, ['--config', this.stack.conf, ...args], options)).stdout;
  }

  /** Something that a fault started and does not wait for. It may fail with what it broke. @param {Promise<unknown>} work */
  background(work) {
    this.#background.push(work.catch(() => {}));
  }

  /** PostgreSQL after what may have ended it. */
  async revivePostgres() {
    await until('PostgreSQL to run and answer', async () => {
      if (!this.postgres.running) await this.postgres.launch();
      return (await this.postgres.sql('SELECT 1')) === '1';
    }, { timeout: 60000, every: 100 });
    this.postgres.complaints.length = 0;
  }

  databaseAnswers() {
    return until('PostgreSQL to answer', async () => (await this.postgres.sql('SELECT 1')) === '1', { timeout: 60000 });
  }

  /** All faults mended: everything answers, and no request is under way any more. */
  async settle() {
    await Promise.all(this.#background.splice(0));
    for (const proxy of Object.values(this.proxies)) {
      proxy.delay = 0;
      proxy.notifications = 'pass';
      proxy.flow();
      proxy.release();
    }
    await this.databaseAnswers();
    // In good order: each finishes the request that it has.
    await this.stack.handlers.stop({ timeout: 60000 });
    await this.stack.handlers.start();
    await until('the pusher to be healthy', async () => (await this.stack.pushHealth()).status === 200, { timeout: 60000 });
    const busy = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'confab_api' AND state <> 'idle'";
    await until('the database to be idle', async () => (await this.postgres.sql(busy)) === '0', { timeout: 60000 });
  }

  /** Ends everything; returns what logs and exits say against the servers. */
  async stop() {
    for (const proxy of Object.values(this.proxies)) await proxy.close();
    for (const proc of this.stack.procs) await proc.stop();
    const complaints = this.stack.complaints();
    await this.vanish();
    return complaints;
  }

  async vanish() {
    for (const proxy of Object.values(this.proxies)) await proxy.close().catch(() => {});
    for (const proc of this.stack.procs) proc.destroy();
    try {
      if (this.disk) execFileSync('umount', ['-l', this.disk], { stdio: 'ignore' });
    } catch {
      // It is gone with its folder.
    }
    this.disk = undefined;
    this.stack.vanish();
  }

}
