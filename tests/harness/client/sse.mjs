/** The SSE transport, with a parser of our own (WHATWG HTML, section 9.2.6), so that tests see every field. */
import http from 'node:http';
import { deferred, within } from '../until.mjs';
import { Inbox } from './inbox.mjs';
import { query } from './ws.mjs';

/** Takes text in any pieces; calls back per field of a block, and at its end. */
export class SseParser {
  #rest = '';
  /** @type {{event: string, data: string[], id: string | undefined}} */
  #block = { event: '', data: [], id: undefined };

  /** @param {{block: (b: {event: string, data: string, id: string | undefined}) => void, comment?: (text: string) => void, retry?: (ms: number) => void}} on */
  constructor(on) {
    this.on = on;
  }

  /** @param {string} text */
  feed(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line.replace(/\r$/, ''));
  }

  /** @param {string} line */
  #line(line) {
    if (line === '') {
      const { event, data, id } = this.#block;
      this.#block = { event: '', data: [], id: undefined };
      if (data.length > 0 || id !== undefined) this.on.block({ event: event || 'message', data: data.join('\n'), id });
      return;
    }
    if (line.startsWith(':')) return this.on.comment?.(line.slice(1).trim());
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#block.event = value;
    else if (field === 'data') this.#block.data.push(value);
    else if (field === 'id') this.#block.id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.on.retry?.(Number(value));
  }
}

export class Sse extends Inbox {
  /** @type {http.ClientRequest} */
  #req;
  /** @type {any} */
  hello;

  /**
   * @param {import('./api.mjs').Api} api
   * @param {{cursor?: string, stream?: string, lastEventId?: string, headers?: Record<string, string>, url?: string}} [options]
   */
  constructor(api, { cursor, stream, lastEventId, headers = {}, url } = {}) {
    super();
    api.stack.streams.add(this);
    /** @type {string | undefined} */
    this.cursor = cursor;
    this.comments = 0;
    /** @type {number[]} */
    this.retries = [];
    /** @type {{id: string, event: string}[]} ids, with the event that each came with ('' for none) */
    this.ids = [];
    const opened = deferred();
    const closed = deferred();
    /** @type {Promise<http.IncomingMessage>} settles with the answer's head, or fails with a refusal */
    this.opened = /** @type {any} */ (opened.promise);
    this.opened.catch(() => {});
    this.closed = closed.promise;
    this.ended = false;
    const base = new URL(url ?? api.url);
    this.#req = http.request({
      host: base.hostname,
      port: base.port,
      path: `/push/events${query({ cursor, stream })}`,
      agent: false,
      headers: {
        Accept: 'text/event-stream',
        ...(api.options.origin ? { Origin: api.options.origin } : {}),
        ...(lastEventId ? { 'Last-Event-ID': lastEventId } : {}),
        ...api.identity(),
        ...headers,
      },
    });
    const finish = () => {
      this.ended = true;
      api.stack.streams.delete(this);
      closed.resolve(undefined);
    };
    this.#req.on('error', (error) => {
      opened.reject(error);
      finish();
    });
    this.#req.on('response', (res) => this.#answered(res, opened, finish));
    this.#req.end();
  }

  /** @param {http.IncomingMessage} res @param {any} opened @param {() => void} finish */
  #answered(res, opened, finish) {
    res.setEncoding('utf8');
    res.on('error', finish);
    res.on('close', finish);
    if (res.statusCode !== 200) {
      let text = '';
      res.on('data', (chunk) => (text += chunk));
      res.on('end', () => {
        let body;
        try {
          body = JSON.parse(text);
        } catch {
          body = text;
        }
        opened.reject(Object.assign(new Error(`the stream was refused: ${res.statusCode} ${text.slice(0, 300)}`), { status: res.statusCode, headers: res.headers, body, text }));
      });
      return;
    }
    const parser = new SseParser({
      comment: () => this.comments++,
      retry: (ms) => this.retries.push(ms),
      block: ({ event, data, id }) => {
        if (data !== '') this.push({ ...JSON.parse(data), $event: event });
        if (id !== undefined) {
          // The id covers what came before it and its own event: kept once that is in the inbox.
          this.cursor = id;
          this.ids.push({ id, event: data === '' ? '' : event });
          this.onCursor?.(id);
        }
      },
    });
    res.on('data', (chunk) => parser.feed(chunk));
    opened.resolve(res);
  }

  /** @type {((cursor: string) => void) | undefined} */
  onCursor;

  /** @param {import('./api.mjs').Api} api @param {ConstructorParameters<typeof Sse>[1]} [options] */
  static async open(api, options) {
    const sse = new Sse(api, options);
    sse.response = await within('the SSE stream to open', sse.opened);
    sse.hello = await sse.next('hello');
    return sse;
  }

  /** @type {http.IncomingMessage | undefined} */
  response;

  /** @param {number} [timeout] */
  ending(timeout = 10000) {
    return within('the SSE stream to end', this.closed, timeout);
  }

  drop() {
    this.#req.destroy();
  }

  async close() {
    this.drop();
  }
}
