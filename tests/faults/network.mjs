/**
 * The bad network (packets.c): who connects to FAR at a port reaches who listens there on NEAR, and every
 * packet on the way may be lost, doubled, late or out of order, as told. One for the whole process.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';

export const NEAR = '10.77.0.1';
export const FAR = '10.77.0.2';
/** Set by namespace.mjs. */
const PROGRAM = process.env.CONFAB_FAULTS_PACKETS;
const NOTHING = { packets: 0, lost: 0, doubled: 0, late: 0, reordered: 0 };

export class Network {
  #child = spawn(/** @type {string} */ (PROGRAM), [], { stdio: ['pipe', 'pipe', 'inherit'] });
  #lines = readline.createInterface({ input: this.#child.stdout });

  /** Waits until it is there. */
  async start() {
    const [line] = await once(this.#lines, 'line');
    if (line !== 'ready') throw new Error(`packets: ${line}`);
    this.#hold(false);
    return this;
  }

  /** Only while somebody waits for its answer does it keep this process alive. @param {boolean} on */
  #hold(on) {
    for (const it of /** @type {any[]} */ ([this.#child, this.#child.stdin, this.#child.stdout])) on ? it.ref() : it.unref();
  }

  /** @param {{lost?: number, doubled?: number, delay?: number, jitter?: number}} how  per mille, and ms */
  set({ lost = 0, doubled = 0, delay = 0, jitter = 0 } = {}) {
    this.#child.stdin.write(`set ${lost} ${doubled} ${delay} ${jitter}\n`);
  }

  /** What has happened since the last time. @returns {Promise<typeof NOTHING>} */
  async count() {
    this.#hold(true);
    const answer = once(this.#lines, 'line');
    this.#child.stdin.write('count\n');
    const [line] = await answer;
    this.#hold(false);
    return JSON.parse(line);
  }
}

/** @type {Promise<Network> | undefined} */
let only;

/** The network of this process, or nothing where there is none. */
export const network = () => (PROGRAM ? (only ??= new Network().start()) : undefined);
