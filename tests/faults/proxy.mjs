/**
 * A small proxy between two that talk, over TCP or a Unix socket, which can cut, delay and stall what
 * goes through it. Nothing is changed on the way; bytes are only lost by closing, as a network loses them.
 * For PostgreSQL it can also swallow, double and hold back notifications, whole messages of its protocol.
 */
import fs from 'node:fs';
import net from 'node:net';

/** NotificationResponse in PostgreSQL's protocol: a type byte, then a length that counts itself. */
const NOTIFICATION = 'A'.charCodeAt(0);

/** Splits what a PostgreSQL server sends into messages, and does to notifications as told. */
class Notifications {
  #rest = Buffer.alloc(0);

  /** @param {() => 'pass' | 'swallow' | 'double' | 'hold'} mode @param {(bytes: Buffer) => void} later called for each that is held back @param {() => void} changed called for each that does not pass as it came */
  constructor(mode, later, changed) {
    this.changed = changed;
    this.mode = mode;
    this.later = later;
  }

  /** @param {Buffer} chunk @returns {Buffer} what goes on now */
  feed(chunk) {
    let rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const out = [];
    while (rest.length >= 5) {
      const size = 1 + rest.readUInt32BE(1);
      if (rest.length < size) break;
      const message = rest.subarray(0, size);
      rest = rest.subarray(size);
      const mode = message[0] === NOTIFICATION ? this.mode() : 'pass';
      if (mode !== 'pass') this.changed();
      if (mode === 'hold') this.later(Buffer.from(message));
      else if (mode !== 'swallow') out.push(message);
      if (mode === 'double') out.push(message);
    }
    this.#rest = Buffer.from(rest);
    return Buffer.concat(out);
  }
}

export class Proxy {
  /** @type {Set<{client: net.Socket, server: net.Socket}>} */
  #pairs = new Set();
  #server = net.createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  delay = 0;
  #stalled = false;
  /** @type {'pass' | 'swallow' | 'double' | 'hold'} */
  notifications = 'pass';
  /** @type {(() => void)[]} held-back notifications */
  #held = [];
  /** What was done to whom: connections cut and stalled, pieces that came late, notifications that did not pass as they came. */
  counts = { cut: 0, stalled: 0, delayed: 0, notifications: 0 };

  /**
   * @param {string} name @param {() => net.NetConnectOpts} target  asked anew for each connection
   * @param {{postgres?: boolean}} [options]
   */
  constructor(name, target, { postgres = false } = {}) {
    this.name = name;
    this.target = target;
    this.postgres = postgres;
  }

  /** @param {string | undefined} socketPath a Unix socket, else a TCP port of the loopback */
  async listen(socketPath) {
    await new Promise((resolve) => this.#server.listen(socketPath ? { path: socketPath } : { host: '127.0.0.1', port: 0 }, () => resolve(undefined)));
    // Servers of tests may run as another user.
    if (socketPath) fs.chmodSync(socketPath, 0o777);
    return this;
  }

  get port() {
    return /** @type {net.AddressInfo} */ (this.#server.address()).port;
  }

  /** @param {net.Socket} client */
  #accept(client) {
    const server = net.connect(/** @type {any} */ ({ ...this.target(), allowHalfOpen: true }));
    const pair = { client, server };
    this.#pairs.add(pair);
    const filter = this.postgres ? new Notifications(() => this.notifications, (bytes) => this.#held.push(() => client.writable && client.write(bytes)), () => this.counts.notifications++) : undefined;
    this.#pump(client, server);
    this.#pump(server, client, filter);
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    if (!this.#stalled) return;
    this.counts.stalled++;
    for (const socket of [client, server]) socket.pause();
  }

  /** @param {net.Socket} from @param {net.Socket} to @param {Notifications} [filter] */
  #pump(from, to, filter) {
    const pass = (/** @type {Buffer | null} */ bytes) => {
      if (to.destroyed) return;
      if (bytes === null) to.end();
      else if (bytes.length > 0 && !to.write(bytes) && !this.#stalled) {
        from.pause();
        to.once('drain', () => !this.#stalled && from.resume());
      }
    };
    // Pieces keep their order, whatever their delay: one queue, one timer.
    /** @type {{due: number, bytes: Buffer | null}[]} */
    const queue = [];
    const drain = () => {
      while (queue.length > 0 && queue[0].due <= Date.now()) pass(/** @type {any} */ (queue.shift()).bytes);
      if (queue.length > 0) setTimeout(drain, queue[0].due - Date.now());
    };
    const send = (/** @type {Buffer | null} */ bytes) => {
      if (this.delay === 0 && queue.length === 0) return pass(bytes);
      this.counts.delayed++;
      queue.push({ due: Date.now() + this.delay, bytes });
      if (queue.length === 1) drain();
    };
    from.on('data', (/** @type {Buffer} */ chunk) => send(filter ? filter.feed(chunk) : chunk));
    from.on('end', () => send(null));
  }

  /** Cuts all connections that are open, or a share of them. @param {(i: number) => boolean} [which] */
  cut(which = () => true) {
    [...this.#pairs].forEach((pair, i) => {
      if (!which(i)) return;
      this.counts.cut++;
      pair.client.destroy();
      pair.server.destroy();
    });
  }

  /** Nothing goes through, in either direction, and nobody is told. */
  stall() {
    this.#stalled = true;
    this.counts.stalled += this.#pairs.size;
    for (const { client, server } of this.#pairs) for (const s of [client, server]) s.pause();
  }

  flow() {
    this.#stalled = false;
    for (const { client, server } of this.#pairs) for (const s of [client, server]) s.resume();
  }

  /** Lets go of the notifications that were held back. */
  release() {
    for (const go of this.#held.splice(0)) go();
  }

  async close() {
    this.cut();
    await new Promise((resolve) => this.#server.close(() => resolve(undefined)));
  }
}
