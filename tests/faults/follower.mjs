/**
 * A client that follows its feeds as docs/PROTOCOL.md section 7 says: sync once, follow a stream, drop
 * repeats by (feed, seq), page on gaps and on the verdict `more`, start afresh on `reset`. It changes
 * transports at reconnects, leaves streams that have gone silent, and writes into the history all that
 * it saw. It judges nothing.
 */
import { Poll } from '../harness/client/poll.mjs';
import { newStream, Ws } from '../harness/client/ws.mjs';
import { Sse } from '../harness/client/sse.mjs';
import { deferred, sleep } from '../harness/until.mjs';

const CLIENTS = { ws: Ws, sse: Sse, poll: Poll };
/** Rows before the head that a client fetches of a room that it got into. */
const BACKLOG = 30;
/** Without a byte for so long a stream counts as dead; the servers' heartbeat is far shorter. */
const SILENCE_MS = 4000;

/** How far a stream is: the same twice means silence. @param {any} s */
const pulse = (s) => `${s.events.length}/${s.pings ?? 0}/${s.comments ?? 0}/${s.polls ?? 0}`;

export class Follower {
  /** @type {Map<string, number>} the newest row of each feed that is held */
  last = new Map();
  /** @type {string | undefined} */
  cursor;
  /** @type {Ws | Sse | Poll | undefined} */
  connection;
  streams = 0;
  /** @type {string[]} where it turns to, in turn; one alone: always there */
  places = [];
  #stopped = false;
  #stream = newStream();
  /** @type {object | undefined} a connection of which an event could not be applied: no cursor of it counts */
  #poisoned;
  /** @type {Promise<unknown>} everything is applied in the order of arrival */
  #chain = Promise.resolve();
  /** @type {Promise<void>} */
  #loop = Promise.resolve();

  /**
   * @param {string} name @param {import('../harness/client/api.mjs').Api} api
   * @param {import('./history.mjs').History} history @param {('ws' | 'sse' | 'poll')[]} transports
   */
  constructor(name, api, history, transports) {
    this.name = name;
    this.api = api;
    this.history = history;
    this.transports = transports;
    this.account = api.me.id;
    this.tenant = api.me.tenant.id;
  }

  /** @param {any} record */
  note(record) {
    return this.history.add({ c: this.name, ...record });
  }

  /** Loads the state and begins to follow. @param {Record<string, number>} bases seq of the account's and the tenant's feed now */
  async start(bases) {
    this.note({ rec: 'client', account: this.account, tenant: this.tenant, transports: this.transports, bases });
    for (const [feed, seq] of Object.entries(bases)) this.last.set(feed, seq);
    await this.#load('start');
    const first = deferred();
    this.#loop = this.#follow(() => first.resolve(undefined));
    await first.promise;
  }

  /** Ends whatever it does, and waits for nothing. */
  abandon() {
    this.#stopped = true;
    this.connection?.drop();
  }

  async stop() {
    this.#stopped = true;
    this.connection?.drop();
    await this.#loop;
    await this.#chain;
  }

  /** A GET that tells; servers that fail make it fail. @param {string} path @param {any} [query] */
  async #get(path, query) {
    const answer = await this.api.call('GET', path, { query, check: false, timeout: 5000 });
    if (answer.status === 200 && answer.body !== undefined) return answer.body;
    if (answer.status === 404 && answer.body?.type === '/problems/not-found') return undefined;
    this.note({ rec: 'failed', path, status: answer.status, text: answer.text.slice(0, 300), headers: answer.headers });
    throw Object.assign(new Error(`GET ${path}: ${answer.status}`), { status: answer.status });
  }

  /** @param {'start' | 'reset'} why */
  async #load(why) {
    const state = await this.#get('/api/sync');
    if (why === 'reset') this.last.clear();
    for (const room of state.rooms) this.last.set(room.id, room.last_seq);
    this.cursor = state.cursor;
    this.note({ rec: 'state', why, state });
  }

  /** @param {() => void} opened */
  async #follow(opened) {
    let failures = 0;
    for (let turn = 0; !this.#stopped; turn++) {
      try {
        await this.#session(this.transports[turn % this.transports.length], opened);
        failures = 0;
      } catch (error) {
        if (/** @type {any} */ (error).status === 401) this.note({ rec: 'signed_out' });
        if (/** @type {any} */ (error).status === 400) await this.#refusedCursor();
        failures++;
      }
      await this.#chain;
      if (!this.#stopped) await sleep(Math.min(600, 25 * 2 ** Math.min(failures, 5)));
    }
  }

  /** A cursor that the server refuses: the state is loaded anew. It gave it out itself. */
  async #refusedCursor() {
    this.note({ rec: 'bad_cursor' });
    await this.#load('reset').catch(() => {});
  }

  /** One stream, until it ends. @param {'ws' | 'sse' | 'poll'} transport @param {() => void} opened */
  async #session(transport, opened) {
    if (this.places.length > 0) this.api.options.url = this.places[(this.streams + Math.floor(this.streams / 2)) % this.places.length];
    const client = new CLIENTS[transport](this.api, /** @type {any} */ ({ cursor: this.cursor, stream: this.#stream, wait: transport === 'poll' ? 2000 : undefined }));
    const s = ++this.streams;
    this.connection = client;
    const push = client.push.bind(client);
    client.push = (/** @type {any} */ event) => {
      push(event);
      this.#chain = this.#chain.then(() => this.#event(client, s, transport, event)).catch(() => this.#poison(client));
    };
    if (!(client instanceof Ws)) client.onCursor = (cursor) => (this.#chain = this.#chain.then(() => this.#adopt(client, cursor)));
    let before = '';
    const watch = setInterval(() => {
      const now = pulse(client);
      if (now === before || this.#stopped) client.drop();
      before = now;
    }, SILENCE_MS);
    try {
      if (!(client instanceof Poll)) await client.opened;
      opened();
      await client.closed;
    } finally {
      clearInterval(watch);
      client.drop();
    }
    if (client instanceof Poll && client.failure) throw client.failure;
  }

  /** @param {any} client */
  #poison(client) {
    this.#poisoned = client;
    client.drop();
  }

  /** @param {any} client @param {string} cursor */
  #adopt(client, cursor) {
    if (client !== this.#poisoned) this.cursor = cursor;
  }

  /** @param {any} client @param {number} s @param {string} transport @param {any} event */
  async #event(client, s, transport, event) {
    if (client === this.#poisoned) return;
    if (event.event === 'hello') return this.#hello(client, s, transport, event);
    if (event.event === 'cursor') return this.#adopt(client, event.cursor);
    if (event.feed === undefined) return;
    const { $at, $event, ...row } = event;
    const last = this.last.get(row.feed);
    const own = row.feed === this.account || row.feed === this.tenant;
    if (last !== undefined && row.seq > last + 1) {
      this.note({ rec: 'gap', s, feed: row.feed, have: last, got: row.seq });
      if (!own) await this.#page(row.feed);
    }
    const held = this.last.get(row.feed);
    const fresh = own ? held === undefined || row.seq > held : held !== undefined && row.seq === held + 1;
    // Applied only when what it asks for could be done: else the stream is left and the row comes again.
    let applied = false;
    try {
      if (fresh && row.event === 'room_added' && !this.last.has(row.room)) await this.#enter(row.room);
      applied = fresh;
    } finally {
      this.note({ rec: 'saw', s, transport, fresh: applied, row });
    }
    if (!fresh) return;
    if (own || this.last.has(row.feed)) this.last.set(row.feed, row.seq);
    if (row.event === 'room_removed' || row.event === 'room_deleted') this.#drop(row.room);
  }

  /** @param {any} client @param {number} s @param {string} transport @param {any} hello */
  async #hello(client, s, transport, hello) {
    this.note({ rec: 'hello', s, transport, verdict: hello.verdict, feeds: hello.feeds ?? [] });
    if (hello.verdict === 'reset') {
      await this.#load('reset');
      // A poll goes on with the cursor of its answer; the state's own is newer or the same.
      return;
    }
    for (const { feed, verdict } of hello.feeds ?? []) {
      if (!this.last.has(feed)) continue;
      if (verdict === 'reset') await this.#enter(feed);
      else if (verdict === 'more') await this.#page(feed);
    }
  }

  /** Loads a room and its newest rows. @param {string} room */
  async #enter(room) {
    const body = await this.#get(`/api/rooms/${room}`);
    if (!body?.role) return this.#drop(room);
    const base = Math.max(0, body.last_seq - BACKLOG);
    this.note({ rec: 'load', room: body, base });
    this.last.set(room, base);
    await this.#page(room);
  }

  /** @param {string} room */
  #drop(room) {
    if (this.last.delete(room)) this.note({ rec: 'drop', room });
  }

  /** Pages a room's rows after the last one that is held. @param {string} room */
  async #page(room) {
    for (;;) {
      const after = this.last.get(room) ?? 0;
      const page = await this.#get(`/api/rooms/${room}/changes`, { after, limit: 200 });
      if (!page) return this.#drop(room);
      if (page.verdict === 'reset') {
        this.note({ rec: 'page_reset', room, after });
        this.#drop(room);
        return this.#enter(room);
      }
      for (const row of page.events) {
        this.note({ rec: 'saw', s: 0, transport: 'page', fresh: true, row });
        this.last.set(room, row.seq);
        if (row.event === 'room_deleted') return this.#drop(room);
      }
      if (page.verdict === 'complete') return;
    }
  }

  /** The state as the server tells it now, for the checker to hold the rebuilt one against. @param {boolean} pages the newest messages of each room as well */
  async finish(pages) {
    const state = await this.#get('/api/sync');
    for (const { id } of pages ? state.rooms : []) {
      const page = await this.#get(`/api/rooms/${id}/messages`, { limit: 100 });
      if (page) this.note({ rec: 'page', account: this.account, room: id, messages: page.messages });
    }
    this.note({ rec: 'fresh', state, held: Object.fromEntries(this.last) });
  }
}
