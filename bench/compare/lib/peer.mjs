/**
 * Programs that are asked by a line and answer by a line: the peers' start scripts and the swarm of clients.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { cpuUs, machineUs, pssKib } from './proc.mjs';
import { fields } from './text.mjs';

const HERE = path.dirname(import.meta.dirname ?? new URL('.', import.meta.url).pathname.replace(/\/$/, ''));
const ANSWER_S = 60;

/** A TCP port that the kernel says is free now. @returns {Promise<number>} */
export const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });

class Talker {
  /** @param {string[]} command @param {string} log */
  constructor(command, log) {
    this.name = path.basename(command[0]);
    const err = fs.openSync(log, 'a');
    this.child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', err] });
    fs.closeSync(err);
    this.over = new Promise((resolve) => this.child.on('close', resolve));
    this.child.stdin.on('error', () => {});
    this.lines = [];
    this.waiting = null;
    readline.createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.waiting?.();
    });
    this.over.then(() => {
      this.ended = true;
      this.waiting?.();
    });
  }

  /** The next line, as fields. @param {number} [seconds] */
  async line(seconds = ANSWER_S) {
    const until = Date.now() + seconds * 1000;
    while (this.lines.length === 0) {
      if (this.ended) throw new Error(`${this.name} has ended`);
      if (Date.now() >= until) throw new Error(`${this.name} says nothing for ${seconds} s`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, until - Date.now());
        this.waiting = () => {
          clearTimeout(timer);
          resolve(undefined);
        };
      });
      this.waiting = null;
    }
    return fields(this.lines.shift());
  }

  /** @param {string} text @param {number} [seconds] */
  async ask(text, seconds) {
    this.child.stdin.write(`${text}\n`);
    return this.line(seconds);
  }

  async end() {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGTERM'), 10000);
    const hard = setTimeout(() => this.child.kill('SIGKILL'), 25000);
    await this.over;
    clearTimeout(timer);
    clearTimeout(hard);
  }
}

const pids = (text) => String(text ?? '').split(',').filter(Boolean).map(Number);

/** A running peer. */
export class Peer extends Talker {
  /** @param {string} name @param {{build: string, log: string, clients: number, tcp?: boolean}} options */
  static async start(name, { build, log, clients, tcp = false }) {
    const command = [path.join(HERE, 'peers', name, 'start'), '--build', build, '--port', String(await freePort()), '--clients', String(clients)];
    const peer = new Peer(tcp ? [...command, '--tcp'] : command, log);
    peer.build = build;
    peer.log = log;
    try {
      peer.take(await peer.line(120));
    } catch (error) {
      await peer.end();
      throw error;
    }
    return peer;
  }

  /** @param {Record<string, any>} ready */
  take(ready) {
    if (ready.word !== 'ready') throw new Error(`${this.name}: ${JSON.stringify(ready)}`);
    this.at = ready;
    this.serving = pids(ready.pids);
    this.rest = pids(ready.rest);
  }

  async restart() {
    this.take(await this.ask('restart'));
  }

  memoryKib() {
    return pssKib(this.serving);
  }

  cpu() {
    return { serving: cpuUs(this.serving), rest: cpuUs(this.rest), machine: machineUs(), at: performance.now() };
  }

  /** Clients of this peer. @param {string} dialect @param {string} list @param {number} streams @param {string[]} [more] @param {number} [seconds] */
  async swarm(dialect, list, streams, more = [], seconds = 60) {
    const { address, post, people } = this.at;
    const where = ['--dialect', dialect, '--address', address, '--people', path.join(people, list), '--streams', String(streams), '--timeout', String(seconds)];
    const program = [path.join(this.build, 'bench/compare/swarm'), ...where, ...(post ? ['--post', post] : []), ...more];
    const swarm = new Swarm(CLIENT_CORE ? ['taskset', '-c', CLIENT_CORE, ...program] : program, this.log);
    swarm.peer = this;
    try {
      swarm.ready = await swarm.line(seconds + 30);
    } catch (error) {
      await swarm.end();
      throw error;
    }
    return swarm;
  }
}

/** Servers are pinned to core 0 by the start scripts, the clients to core 1. */
const CLIENT_CORE = (await import('node:os')).cpus().length > 1 ? '1' : '';

export class Swarm extends Talker {
  /** Asks, and adds what CPU time the peer took meanwhile. @param {string} text @param {number} [seconds] */
  async measure(text, seconds = 120) {
    const before = this.peer.cpu();
    const result = await this.ask(text, seconds);
    return this.#withCpu(result, before);
  }

  /** Arms the counter, lets `work` cause the deliveries, and reads what came. @param {number} count @param {() => Promise<any>} work @param {number} seconds */
  async expect(count, work, seconds = 30) {
    const before = this.peer.cpu();
    const armed = await this.ask(`expect ${count} ${seconds}`);
    if (armed.word !== 'armed') throw new Error('the swarm is not armed');
    await work();
    return this.#withCpu(await this.line(seconds + 10), before);
  }

  #withCpu(result, before) {
    const after = this.peer.cpu();
    const server = after.serving - before.serving;
    const rest = after.rest - before.rest;
    // Cores that processes of others kept busy meanwhile: the wall clock is theirs too.
    const others = (after.machine - before.machine - server - rest - result.own_cpu_us) / 1000 / (after.at - before.at);
    return { ...result, server_cpu_us: server, rest_cpu_us: rest, others: Math.max(0, others) };
  }
}
