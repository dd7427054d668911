/**
 * The servers of one run, with a proxy of ours in each of the places where they talk to each other:
 *
 *     clients --browser--> web server --webHandlers--> handlers --handlersDb--> PostgreSQL
 *                           ^   |---webPusher------> pusher ---pusherDb---------^
 *                           |-----------relay-----------|
 *
 * A run has a shape (shapeOf): which web server; one pusher, or two, each with a web server of its own in
 * front, between which clients change; and whether what lies between proxy and server is a Unix socket or
 * TCP through the bad network (network.mjs).
 */
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { request } from '../harness/client/http.mjs';
import { freePort } from '../harness/ports.mjs';
import { copyCluster } from '../harness/postgres.mjs';
import { groupMembers, Proc } from '../harness/proc.mjs';
import { startStack } from '../harness/stack.mjs';
import { SANITIZER_ENV } from '../harness/template.mjs';
import { until } from '../harness/until.mjs';
import { makeDir, runAs, writeFile } from '../harness/user.mjs';
import { accepts, startsHandlers, Web } from '../harness/web.mjs';
import { FAR, NEAR, network } from './network.mjs';
import { Proxy } from './proxy.mjs';

const exec = promisify(execFile);
/** Set by whoever gave this process mounts of its own: see namespace.mjs. */
const OWN_MOUNTS = process.env.CONFAB_FAULTS_OWN === 'mounts';
const DISK_MIB = 192;
/** Of Debian's package libfaketime; not together with a sanitizer, which wants to be loaded first. */
const FAKETIME = ['/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1', '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1'].find((f) => fs.existsSync(f));
export const CLOCKS = /** @type {const} */ (['handlers', 'pusher', 'postgres']);
const PORT = 5432;
const PORT_FILE = `.s.PGSQL.${PORT}`;

/** No limit of ours may look like a fault, and dead streams must show soon. */
const CONFIG = {
  signin_burst: 100000,
  push_frame_burst: 100000,
  push_frame_period_ms: 1000,
  push_heartbeat_ms: 1000,
  log_level: 'warn',
};

/**
 * @typedef {{web?: import('../harness/web.mjs').WebKind, pushers?: number, network?: boolean}} Shape
 * @typedef {'browser' | 'webHandlers' | 'webPusher' | 'relay' | 'pusherDb' | 'handlersDb'} Place
 */

/** The shape of a seed's run. @param {number} seed @returns {Required<Shape>} */
export const shapeOf = (seed) => ({
  web: (/** @type {const} */ (['lighttpd', 'lighttpd', 'lighttpd', 'apache-fcgid', 'apache-proxy']))[seed % 5],
  pushers: seed % 7 < 2 ? 2 : 1,
  network: seed % 2 === 1,
});

export class Ground {
  /** @type {Promise<unknown>[]} */
  #background = [];
  /** @type {any} */
  stack;
  /** @type {string | undefined} */
  disk;
  /** @type {import('./network.mjs').Network | undefined} */
  network;
  /** Those of a second front come second. @type {Record<Place, Proxy[]>} */
  proxies = { browser: [], webHandlers: [], webPusher: [], relay: [], pusherDb: [], handlersDb: [] };
  /** @type {{web: Web, pusher: Proc, socket: string, conf: string, port: number}[]} each pusher with the web server in front of it */
  fronts = [];
  /** How often the schema has been expanded. */
  expanded = 0;
  #handlersPort = 0;
  /** @type {any} the server that listens on the bad network as well */
  #reachable;

  /** @param {{handles: string[], settings?: Record<string, string>, shape?: Shape}} options */
  static async make({ handles, settings = {}, shape = {} }) {
    const ground = new Ground();
    // Started in any case: it also brings up the loopback of a namespace of our own.
    const bad = await network();
    ground.network = shape.network ? bad : undefined;
    const postgres = ground.network ? { listen_addresses: NEAR, port: String(PORT), ...settings } : settings;
    const stack = (ground.stack = await startStack({ start: false, accounts: handles, workers: 4, config: CONFIG, web: shape.web, postgres }));
    try {
      if (ground.network) fs.appendFileSync(path.join(stack.pg, 'pg_hba.conf'), `host all all ${NEAR}/24 trust\n`);
      if (OWN_MOUNTS) ground.#ownDisk();
      await ground.#start(shape.pushers ?? 1);
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

  /** The servers whose clock can be stepped. */
  get clocks() {
    return CLOCKS.filter((name) => this.stack[name]);
  }

  /** @param {typeof CLOCKS[number]} name @param {number} seconds off the true time */
  setClock(name, seconds) {
    const at = this.#clock(name);
    // Never seen half written.
    writeFile(`${at}.new`, `${seconds < 0 ? '' : '+'}${seconds}s\n`);
    fs.renameSync(`${at}.new`, at);
  }

  /** A proxy at a Unix socket or at a port of its own. @param {Place} place @param {() => import('node:net').NetConnectOpts} target @param {string} [socket] */
  async #proxy(place, target, socket) {
    const proxy = await new Proxy(place, target, { postgres: place.endsWith('Db') }).listen(socket);
    this.proxies[place].push(proxy);
    return proxy;
  }

  /** @param {string} name of the folder that takes the place of PostgreSQL's @param {Place} place */
  async #databaseProxy(name, place) {
    const target = () => (this.network && this.postgres === this.#reachable ? { host: FAR, port: PORT } : { path: path.join(this.postgres.socketDir, PORT_FILE) });
    await this.#proxy(place, target, path.join(makeDir(path.join(this.stack.dir, name)), PORT_FILE));
  }

  /** A server that listens on the bad network where there is one, else on its Unix socket. @param {string} socket @param {() => number} port */
  #near(socket, port) {
    return () => (this.network ? { host: FAR, port: port() } : { path: socket });
  }

  /** A pusher, with a web server before it and proxies around both. @param {{web: Web, pusher: Proc, socket: string, conf: string}} front */
  async #addFront(front) {
    const { stack } = this;
    const n = this.fronts.length === 0 ? '' : String(this.fronts.length + 1);
    const port = this.network ? await freePort() : 0;
    this.fronts.push({ ...front, port });
    await this.#databaseProxy(`pusherDb${n}`, 'pusherDb');
    const at = (/** @type {Web} */ web) => () => ({ host: this.network ? FAR : '127.0.0.1', port: web.port });
    await this.#proxy('browser', at(front.web));
    if (n === '') await this.#proxy('relay', at(front.web));
    const socket = path.join(stack.dir, `webPusher${n}.sock`);
    await this.#proxy('webPusher', this.#near(front.socket, () => port), socket);
    front.web.options.pushSocket = socket;
    if (this.network) front.web.options.address = '0.0.0.0';
    if (!stack.handlers) return;
    if (n === '') await this.#proxy('webHandlers', this.#near(stack.apiSocket, () => this.#handlersPort), path.join(stack.dir, 'webHandlers.sock'));
    front.web.options.apiSocket = path.join(stack.dir, 'webHandlers.sock');
  }

  async #start(/** @type {number} */ pushers) {
    const { stack } = this;
    this.#reachable = stack.postgres;
    await this.#databaseProxy('handlersDb', 'handlersDb');
    if (this.network && stack.handlers) await this.#handlersOnTcp();
    await this.#addFront({ web: stack.web, pusher: stack.pusher, socket: stack.pushSocket, conf: stack.conf });
    for (let n = 2; n <= pushers; n++) await this.#addFront(this.#another(n));
    stack.writeConf = () => this.#writeConf();
    if (this.has('clock')) for (const name of this.clocks) this.#ownClock(name);
    await stack.start();
    for (const { web, pusher } of this.fronts.slice(1)) {
      await web.start();
      await pusher.start();
    }
  }

  async #handlersOnTcp() {
    const { plan } = this.stack.handlers;
    const port = (this.#handlersPort = await freePort());
    const command = plan.command;
    plan.command = () => command().map((/** @type {string} */ word) => (word === `unix:${this.stack.apiSocket}` ? `${NEAR}:${port}` : word));
    plan.ready = () => accepts({ host: NEAR, port });
  }

  /** Web server and pusher beside the first ones. @param {number} n */
  #another(n) {
    const { stack } = this;
    const conf = path.join(stack.dir, `confab${n}.conf`);
    const socket = path.join(stack.run, `push${n}.sock`);
    const web = new Web({ ...stack.web.options, name: `web${n}`, dir: path.join(stack.dir, `web${n}`) });
    const pusher = new Proc({
      ...stack.pusher.plan,
      name: `pusher${n}`,
      command: () => [path.join(stack.template.bin, 'confab-pushd'), '--config', conf],
      ready: async () => (await request({ socketPath: socket, path: '/push/health', timeout: 5000 })).status === 200,
    });
    stack.others.push(web, pusher);
    return { web, pusher, socket, conf };
  }

  /** As the harness writes it, but the database lies behind the proxies; a file for each pusher. */
  #writeConf() {
    const { stack } = this;
    const at = (/** @type {string} */ dir, /** @type {string} */ role) => `host=${dir} dbname=confab user=${role}`;
    this.fronts.forEach((front, i) => {
      const lines = {
        database_api: at(path.join(stack.dir, 'handlersDb'), 'confab_api'),
        database_push: at(path.join(stack.dir, `pusherDb${i === 0 ? '' : i + 1}`), 'confab_push'),
        database_admin: at(this.postgres.socketDir, 'confab_admin'),
        key_file: stack.key,
        push_listen: `unix:${front.socket}${this.network ? ` ${NEAR}:${front.port}` : ''}`,
        relay_url: `http://127.0.0.1:${this.proxies.relay[0].port}/api`,
        ...stack.config,
      };
      writeFile(front.conf, Object.entries(lines).map(([k, v]) => `${k} = ${v}\n`).join(''));
    });
  }

  get postgres() {
    return this.stack.postgres;
  }

  /** Every proxy. */
  get allProxies() {
    return Object.values(this.proxies).flat();
  }

  /** Processes that answer requests, whoever started them. @returns {number[]} */
  handlerPids() {
    if (this.stack.handlers) return this.stack.handlers.children();
    return this.fronts.flatMap(({ web }) => (web.running ? groupMembers(web.pid) : [])).map((m) => m.pid).filter((pid) => {
      try {
        return path.basename(fs.readlinkSync(`/proc/${pid}/exe`)) === 'confab.fcgi';
      } catch {
        // It ended just now.
        return false;
      }
    });
  }

  /** What a fault may need: a disk that can be filled, clocks that can be stepped, a build without sanitizers, handlers of our own, a bad network. @param {'disk' | 'clock' | 'plain' | 'handlers' | 'network' | undefined} need */
  has(need) {
    switch (need) {
      // After a failover the database is elsewhere.
      case 'disk': return this.disk !== undefined && this.postgres.data === this.disk;
      case 'clock': return FAKETIME !== undefined && this.has('plain');
      case 'plain': return !fs.readFileSync(path.join(this.stack.template.bin, 'confab-pushd')).includes('__asan_init');
      case 'handlers': return !startsHandlers(this.stack.kind);
      case 'network': return this.network !== undefined;
      default: return true;
    }
  }

  /** Where a client may turn to. */
  get places() {
    return this.proxies.browser.map((p) => `http://127.0.0.1:${p.port}`);
  }

  /** A client of that person, through a proxy. @param {string} handle @param {number} [place] */
  signIn(handle, place = 0) {
    return this.stack.signIn(handle, { url: this.places[place % this.places.length] });
  }

  /** Runs confabctl. @param {string[]} args */
  async ctl(args) {
    const program = path.join(this.stack.template.bin, 'confabctl');
    const options = { cwd: '/', env: { PATH: process.env.PATH, TZ: 'UTC', ...SANITIZER_ENV }, timeout: 60000, ...runAs };
    return (await exec(program, ['--config', this.stack.conf, ...args], options)).stdout;
  }

  /** How often PostgreSQL has said that its disk is full. */
  complaintsOfDisk() {
    return fs.readFileSync(this.postgres.log, 'utf8').split('No space left on device').length - 1;
  }

  /** What a newer confabctl of the same series would do: more columns, tables and indexes, and a higher version. */
  async expand() {
    const n = ++this.expanded;
    const most = Number(await this.postgres.sql('SELECT max(version) FROM confab.migration'));
    const steps = [
      'BEGIN',
      "SET LOCAL lock_timeout = '500ms'",
      'SET LOCAL ROLE confab_owner',
      'LOCK TABLE confab.session IN ACCESS EXCLUSIVE MODE',
      'SET LOCAL search_path = confab',
      `ALTER TABLE message ADD COLUMN later_${n} int`,
      `ALTER TABLE room ADD COLUMN later_${n} text NOT NULL DEFAULT 'as before'`,
      `ALTER TABLE event ADD COLUMN later_${n} bigint`,
      `CREATE INDEX later_${n}_index ON event (later_${n})`,
      `CREATE TABLE later_${n} (id bigint PRIMARY KEY, feed_id bigint NOT NULL REFERENCES feed)`,
      `INSERT INTO migration (version, name, digest) VALUES (${most + 1}, 'later_${n}', 'of a later release')`,
      'COMMIT',
    ];
    // A lock that cannot be had at once is asked for again, as confabctl does.
    await until('the schema to have been expanded', () => this.postgres.sql(steps.join('; ')).then(() => true), { timeout: 60000, every: 200 });
    return most + 1;
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

  /** All that serves requests, in good order: each finishes what it has. @param {'stop' | 'start'} verb */
  async #serve(verb) {
    const all = this.stack.handlers ? [this.stack.handlers] : this.fronts.map((f) => f.web);
    for (const proc of all) await proc[verb](verb === 'stop' ? { timeout: 60000 } : {});
  }

  stopHandlers() {
    return this.#serve('stop');
  }

  startHandlers() {
    return this.#serve('start');
  }

  /** Stops or starts every pusher. @param {'stop' | 'start'} verb */
  async pushers(verb) {
    for (const { pusher } of this.fronts) await pusher[verb](verb === 'stop' ? { timeout: 60000 } : {});
  }

  /** All faults mended: everything answers, and no request is under way any more. */
  async settle() {
    await Promise.all(this.#background.splice(0));
    this.network?.set();
    for (const proxy of this.allProxies) {
      proxy.delay = 0;
      proxy.notifications = 'pass';
      proxy.flow();
      proxy.release();
    }
    await this.databaseAnswers();
    await this.stopHandlers();
    await this.startHandlers();
    for (const { socket } of this.fronts) await until('the pusher to be healthy', async () => (await request({ socketPath: socket, path: '/push/health', timeout: 5000 })).status === 200, { timeout: 60000 });
    const busy = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'confab_api' AND state <> 'idle'";
    await until('the database to be idle', async () => (await this.postgres.sql(busy)) === '0', { timeout: 60000 });
  }

  /** Ends everything; returns what logs and exits say against the servers. */
  async stop() {
    for (const proxy of this.allProxies) await proxy.close();
    for (const proc of this.stack.procs) await proc.stop();
    const complaints = this.stack.complaints();
    await this.vanish();
    return complaints;
  }

  async vanish() {
    this.network?.set();
    for (const proxy of this.allProxies) await proxy.close().catch(() => {});
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
