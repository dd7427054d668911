/**
 * A client as section 7 of docs/PROTOCOL.md describes it: sync once, follow a stream, drop repeats by
 * (feed, seq), page `changes` on gaps and on the verdict `more`, resume by cursor, change the
 * transport at will. It records the rows of each room in the order in which it applied them.
 */
import { deferred, sleep } from '../until.mjs';
import { Poll } from './poll.mjs';
import { newStream } from './ws.mjs';
import { Sse } from './sse.mjs';
import { Ws } from './ws.mjs';

/**
 * @typedef {import('./streams.mjs').Transport} Transport
 * @typedef {{events: number, repeats: number, gaps: number, pages: number, streams: number, resets: number, more: number}} Counts
 */

export class Reader {
  /** @type {Map<string, {base: number, last: number, rows: any[]}>} rows applied, by room */
  rooms = new Map();
  /** @type {any[]} durable events of other feeds (account, tenant) */
  others = [];
  /** @type {Counts} */
  counts = { events: 0, repeats: 0, gaps: 0, pages: 0, streams: 0, resets: 0, more: 0 };
  /** @type {string[]} what was told to start afresh, and for which cursor */
  resets = [];
  /** @type {string | undefined} */
  cursor;
  stream = newStream();
  /** @type {Ws | Sse | Poll | undefined} */
  connection;
  /** @type {Error | undefined} what a correct client could not go on from */
  failure;
  #stopped = false;
  /** @type {Promise<unknown>} everything is applied in the order of arrival */
  #chain = Promise.resolve();
  /** @type {Promise<void>} */
  #loop = Promise.resolve();
  #turn = 0;

  /**
   * @param {import('./api.mjs').Api} api
   * @param {{transports: Transport[], patience?: number}} options  one is used after the other, anew at
   *   each reconnect; patience: ms for a stream to open
   */
  constructor(api, { transports, patience = 5000 }) {
    this.api = api;
    api.stack.streams.add(this);
    this.transports = transports;
    this.patience = patience;
    this.#turn = 0;
  }

  /** Loads the state and begins to follow. */
  async start() {
    const state = await this.api.sync();
    for (const room of state.rooms) this.#room(room.id, room.last_seq);
    this.cursor = state.cursor;
    const first = deferred();
    this.#loop = this.#follow(first.resolve);
    await first.promise;
    return this;
  }

  /** @param {string} id @param {number} last */
  #room(id, last) {
    let room = this.rooms.get(id);
    if (!room) this.rooms.set(id, (room = { base: last, last, rows: [] }));
    return room;
  }

  /** As stop, without waiting. */
  drop() {
    this.#stopped = true;
    this.connection?.drop();
  }

  async stop() {
    this.drop();
    this.api.stack.streams.delete(this);
    await this.#loop;
    await this.#chain;
  }

  /** The transport in use, or the last one. */
  get transport() {
    return this.transports[Math.max(0, this.#turn - 1) % this.transports.length];
  }

  /** Breaks the stream off; the reader comes back on the next transport. */
  hop() {
    this.connection?.drop();
  }

  /** Texts of a room's messages in the order in which they were applied. @param {string} room */
  texts(room) {
    return (this.rooms.get(room)?.rows ?? []).filter((e) => e.event === 'message').map((e) => e.message.text);
  }

  /** @param {(value?: any) => void} opened */
  async #follow(opened) {
    let failures = 0;
    while (!this.#stopped && !this.failure) {
      const transport = this.transports[this.#turn++ % this.transports.length];
      try {
        await this.#session(transport, () => {
          failures = 0;
          this.counts.streams++;
          opened();
        });
      } catch (error) {
        const status = /** @type {any} */ (error).status;
        if (status === 401 || status === 403) this.failure = /** @type {Error} */ (error);
        if (status === 400) {
          // Section 6: a cursor that is refused is dropped.
          this.resets.push(`400 on ${transport} for ${this.cursor}: ${JSON.stringify(/** @type {any} */ (error).body)}`);
          this.cursor = undefined;
        }
        failures++;
      }
      opened();
      await this.#chain;
      if (!this.#stopped && !this.failure) await sleep(Math.min(1000, 25 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random()));
    }
  }

  /** One stream, until it ends. @param {Transport} transport @param {() => void} opened */
  async #session(transport, opened) {
    const start = { cursor: this.cursor, stream: this.stream };
    const Client = { ws: Ws, sse: Sse, poll: Poll }[transport];
    const client = new Client(this.api, /** @type {any} */ ({ ...start, wait: transport === 'poll' ? 5000 : undefined }));
    this.connection = client;
    const push = client.push.bind(client);
    client.push = (/** @type {any} */ event) => {
      push(event);
      this.#chain = this.#chain.then(() => this.#event(event)).catch((error) => this.#broken(client, error));
    };
    if (!(client instanceof Ws)) {
      client.onCursor = (cursor) => {
        this.#chain = this.#chain.then(() => this.#adopt(client, cursor));
      };
    }
    if (client instanceof Poll) opened();
    else {
      const timer = setTimeout(() => client.drop(), this.patience);
      try {
        await client.opened;
        opened();
      } finally {
        clearTimeout(timer);
      }
    }
    await client.closed;
    if (client instanceof Poll && client.failure) throw client.failure;
  }

  /** @type {object | undefined} a connection of which an event could not be applied: no cursor of it counts */
  #poisoned;

  /** @param {any} client @param {Error} error */
  #broken(client, error) {
    this.lastError = error;
    this.#poisoned = client;
    client.drop();
  }

  /** @type {Error | undefined} */
  lastError;

  /** @param {any} client @param {string} cursor */
  #adopt(client, cursor) {
    if (client !== this.#poisoned) this.cursor = cursor;
  }

  /** @param {any} event */
  async #event(event) {
    const client = this.connection;
    if (client === this.#poisoned && client !== undefined) return;
    if (event.event === 'hello') return this.#hello(event);
    if (event.event === 'cursor') return this.#adopt(client, event.cursor);
    if (event.feed === undefined) return;
    this.counts.events++;
    if (event.event === 'room_added' && !this.rooms.has(event.room)) this.#room(event.room, (await this.api.get(`/api/rooms/${event.room}`)).last_seq);
    const room = this.rooms.get(event.feed);
    if (!room) {
      this.others.push(event);
      return;
    }
    if (event.seq <= room.last) {
      this.counts.repeats++;
      return;
    }
    if (event.seq > room.last + 1) {
      this.counts.gaps++;
      await this.#page(event.feed);
      if (event.seq <= room.last) return;
      if (event.seq > room.last + 1) throw new Error(`rows ${room.last + 1} to ${event.seq - 1} of ${event.feed} cannot be had`);
    }
    this.#apply(room, event);
  }

  /** @param {{last: number, rows: any[]}} room @param {any} event */
  #apply(room, event) {
    room.rows.push(event);
    room.last = event.seq;
  }

  /** @param {any} hello */
  async #hello(hello) {
    if (hello.verdict === 'reset') {
      this.counts.resets++;
      this.resets.push(`reset on ${this.transport} for ${this.cursor}`);
      // All rooms may have moved: what this reader records must have no holes, so it pages.
      const state = await this.api.sync();
      for (const room of state.rooms) {
        this.#room(room.id, room.last_seq);
        await this.#page(room.id);
      }
      this.cursor = state.cursor;
      return;
    }
    for (const { feed, verdict } of hello.feeds ?? []) {
      if (verdict === 'complete' || !this.rooms.has(feed)) continue;
      if (verdict === 'reset') {
        this.counts.resets++;
        this.resets.push(`reset of ${feed} for ${this.cursor}`);
      } else this.counts.more++;
      await this.#page(feed);
    }
  }

  /** Pages a room's changes after its last row until there are no more. @param {string} id */
  async #page(id) {
    const room = this.#room(id, 0);
    for (;;) {
      const page = await this.api.get(`/api/rooms/${id}/changes`, { after: room.last, limit: 200 });
      this.counts.pages++;
      if (page.verdict === 'reset') throw new Error(`the changes of ${id} after ${room.last} are gone`);
      for (const event of page.events) {
        if (event.seq <= room.last) throw new Error(`a page of changes goes back to ${event.seq}`);
        if (event.seq !== room.last + 1) throw new Error(`a page of changes leaves out ${room.last + 1}`);
        this.#apply(room, event);
      }
      if (page.verdict === 'complete') return;
    }
  }
}
