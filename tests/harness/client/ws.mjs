/** The WebSocket transport: every text message is one event. */
import { randomBytes } from 'node:crypto';
import WebSocket from 'ws';
import { deferred, within } from '../until.mjs';
import { Inbox } from './inbox.mjs';

/** A client's name for its stream: 128 random bits. */
export const newStream = () => randomBytes(16).toString('base64url');

/** @param {Record<string, string | undefined>} values those that are not undefined */
export function query(values) {
  const set = Object.entries(values).filter(([, v]) => v !== undefined);
  return set.length === 0 ? '' : `?${new URLSearchParams(/** @type {[string, string][]} */ (set))}`;
}

export class Ws extends Inbox {
  /**
   * @param {import('./api.mjs').Api} api
   * @param {{cursor?: string, stream?: string, headers?: Record<string, string>, protocol?: string | null, url?: string, autoPong?: boolean}} [options]
   */
  constructor(api, { cursor, stream, headers = {}, protocol = 'confab.v1', url, autoPong = true } = {}) {
    super();
    this.api = api;
    api.stack.streams.add(this);
    /** @type {string | undefined} the newest one that we may resume from */
    this.cursor = cursor;
    this.pings = 0;
    const target = `${(url ?? api.url).replace(/^http/, 'ws')}/push/ws${query({ cursor, stream })}`;
    const origin = api.options.origin ? { Origin: api.options.origin } : {};
    const options = { headers: { ...origin, ...api.identity(), ...headers }, autoPong, perMessageDeflate: false, handshakeTimeout: 20000 };
    this.socket = protocol === null ? new WebSocket(target, options) : new WebSocket(target, protocol, options);
    const opened = deferred();
    const closed = deferred();
    /** Settles when the handshake is done, or with {status, body} of its refusal. */
    this.opened = /** @type {Promise<void>} */ (opened.promise);
    /** @type {Promise<{code: number, reason: string}>} */
    this.closed = /** @type {any} */ (closed.promise);
    this.opened.catch(() => {});
    /** @type {{code: number, reason: string} | undefined} */
    this.end = undefined;
    this.socket.on('open', () => opened.resolve(undefined));
    this.socket.on('unexpected-response', (_req, res) => {
      let text = '';
      res.on('data', (chunk) => (text += chunk));
      res.on('end', () => {
        let body;
        try {
          body = JSON.parse(text);
        } catch {
          body = text;
        }
        opened.reject(Object.assign(new Error(`the handshake was refused: ${res.statusCode} ${text.slice(0, 300)}`), { status: res.statusCode, headers: res.headers, body, text }));
        this.socket.terminate();
      });
    });
    this.socket.on('error', (error) => opened.reject(error));
    this.socket.on('close', (code, reason) => {
      api.stack.streams.delete(this);
      this.end = { code, reason: reason.toString() };
      opened.reject(new Error(`closed with ${code} before it was open`));
      closed.resolve(this.end);
    });
    this.socket.on('ping', () => this.pings++);
    this.socket.on('message', (data, binary) => {
      if (binary) return this.push({ event: '$binary' });
      const event = JSON.parse(data.toString());
      // What hello says may lie before rows that are still to come.
      if (event.event === 'cursor') this.cursor = event.cursor;
      this.push(event);
    });
  }

  /** Opens one and waits for its hello. @param {import('./api.mjs').Api} api @param {ConstructorParameters<typeof Ws>[1]} [options] */
  static async open(api, options) {
    const ws = new Ws(api, options);
    await within('the WebSocket to open', ws.opened);
    ws.hello = await ws.next('hello');
    return ws;
  }

  /** @type {any} */
  hello;

  /** @param {unknown} frame an object becomes JSON; a text goes as it is */
  send(frame) {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** How it ended. @param {number} [timeout] */
  ending(timeout = 10000) {
    return within('the WebSocket to close', this.closed, timeout);
  }

  async close() {
    if (this.end) return this.end;
    this.socket.close(1000);
    return this.ending();
  }

  /** Breaks the connection off. */
  drop() {
    this.socket.terminate();
  }
}
