/**
 * A server process of a test. It leads a process group of its own, so that nothing it starts can
 * outlive the test; its output goes to a log; an end that nobody asked for is remembered and fails
 * the test.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runAs } from './user.mjs';
import { deferred, sleep, until } from './until.mjs';

/**
 * @typedef {object} Plan
 * @property {string} name  of the process and its log
 * @property {() => string[]} command  program and arguments
 * @property {string} logDir
 * @property {string} [cwd]
 * @property {Record<string, string>} [env]
 * @property {() => boolean | Promise<boolean>} ready  does it answer?
 * @property {NodeJS.Signals} [stopSignal]
 * @property {number[]} [cleanExits]  exit codes of a good end
 * @property {(proc: Proc) => void | Promise<void>} [beforeStart]
 */

/** Process ids whose process group is `group`. @param {number} group */
export function groupMembers(group) {
  const members = [];
  for (const entry of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${entry}/stat`, 'utf8');
      const [state, parent, pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(pgrp) === group && state !== 'Z') members.push({ pid: Number(entry), parent: Number(parent) });
    } catch {
      // It ended while we looked.
    }
  }
  return members;
}

export class Proc {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  #group = 0;
  #expected = false;
  /** @type {ReturnType<typeof deferred<{code: number | null, signal: string | null}>>} */
  #ended = deferred();

  /** @param {Plan} plan */
  constructor(plan) {
    this.plan = plan;
    this.name = plan.name;
    this.log = path.join(plan.logDir, `${plan.name}.log`);
    /** @type {string[]} */
    this.complaints = [];
    this.starts = 0;
  }

  get running() {
    return this.#child !== undefined;
  }

  get pid() {
    if (!this.#child?.pid) throw new Error(`${this.name} does not run`);
    return this.#child.pid;
  }

  /** The processes that it has started, itself left out. */
  children() {
    return groupMembers(this.#group)
      .map((m) => m.pid)
      .filter((pid) => pid !== this.#child?.pid);
  }

  /** Starts it without waiting for an answer. */
  async launch() {
    if (this.running) throw new Error(`${this.name} runs already`);
    await this.plan.beforeStart?.(this);
    const [file, ...args] = this.plan.command();
    const out = fs.openSync(this.log, 'a');
    this.#expected = false;
    this.#ended = deferred();
    const ended = this.#ended;
    const child = spawn(file, args, {
      detached: true,
      cwd: this.plan.cwd,
      stdio: ['ignore', out, out],
      env: { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', TZ: 'UTC', ...this.plan.env },
      ...runAs,
    });
    fs.closeSync(out);
    this.starts++;
    this.#child = child;
    this.#group = child.pid ?? 0;
    child.once('error', (error) => {
      this.complaints.push(`${this.name} could not be started: ${error.message}`);
      this.#child = undefined;
      ended.resolve({ code: null, signal: null });
    });
    child.once('exit', (code, signal) => {
      if (!this.#expected) this.complaints.push(`${this.name} ended by itself: ${signal ?? `exit ${code}`}`);
      else if (code !== null && !(this.plan.cleanExits ?? [0]).includes(code)) this.complaints.push(`${this.name} ended with exit ${code}`);
      this.#child = undefined;
      ended.resolve({ code, signal });
    });
  }

  /** Starts it and waits until it answers. @param {{timeout?: number}} [options] */
  async start({ timeout = 30000 } = {}) {
    await this.launch();
    await this.waitReady({ timeout });
    return this;
  }

  /** @param {{timeout?: number}} [options] */
  async waitReady({ timeout = 30000 } = {}) {
    await until(`${this.name} to answer`, () => !this.running || this.plan.ready(), { timeout, every: 10 });
    if (!this.running) throw new Error(`${this.name} ended instead of answering; its log:\n${this.logTail()}`);
  }

  logTail() {
    return fs.existsSync(this.log) ? fs.readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-30).join('\n') : '';
  }

  /** Waits for an end that the test expects, and returns it. */
  async ended({ timeout = 20000 } = {}) {
    this.#expected = true;
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve(null), timeout);
    });
    const end = await Promise.race([this.#ended.promise, late]);
    clearTimeout(timer);
    return /** @type {{code: number | null, signal: string | null} | null} */ (end);
  }

  /** @param {NodeJS.Signals} signal to the main process alone */
  signal(signal) {
    process.kill(this.pid, signal);
  }

  /** Ends it in good order; killed (and complained about) if it takes too long. */
  async stop({ signal = this.plan.stopSignal ?? 'SIGTERM', timeout = 20000 } = {}) {
    if (!this.running) return this.#sweep();
    this.#expected = true;
    this.signal(/** @type {NodeJS.Signals} */ (signal));
    if (!(await this.ended({ timeout }))) {
      this.complaints.push(`${this.name} did not stop within ${timeout} ms of ${signal}`);
      await this.kill();
    }
    await this.#sweep(2000);
  }

  /** SIGKILL to it and all that it started. */
  async kill() {
    this.#expected = true;
    if (this.#group) {
      try {
        process.kill(-this.#group, 'SIGKILL');
      } catch {
        // Nobody is left in the group.
      }
    }
    await this.ended();
    await this.#sweep();
  }

  /** SIGKILL to all of it, at once and without waiting: for the end of the test process. */
  destroy() {
    this.#expected = true;
    if (!this.#group || groupMembers(this.#group).length === 0) return;
    try {
      process.kill(-this.#group, 'SIGKILL');
    } catch {
      // They ended just now.
    }
  }

  /** SIGKILL to the main process alone. */
  async killMain() {
    this.#expected = true;
    this.signal('SIGKILL');
    await this.ended();
  }

  /** Stops it from running without ending it (SIGSTOP), children included. */
  freeze() {
    process.kill(-this.pid, 'SIGSTOP');
  }

  thaw() {
    process.kill(-this.pid, 'SIGCONT');
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  /** Nothing of its group may outlive it: it gets a moment, then SIGKILL. */
  async #sweep(grace = 0) {
    if (!this.#group) return;
    const end = Date.now() + grace;
    while (groupMembers(this.#group).length > 0 && Date.now() < end) await sleep(20);
    const left = groupMembers(this.#group);
    if (left.length === 0) return;
    if (grace > 0) this.complaints.push(`${this.name} left ${left.length} process(es) behind`);
    try {
      process.kill(-this.#group, 'SIGKILL');
    } catch {
      // They ended just now.
    }
    await until(`the processes of ${this.name} to be gone`, () => groupMembers(this.#group).length === 0);
  }
}
