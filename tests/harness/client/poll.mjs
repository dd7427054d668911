/** The long-poll transport: one answer per request; and frames over POST for it and SSE. */
import { Inbox } from './inbox.mjs';
import { request } from './http.mjs';
import { newStream, query } from './ws.mjs';

/**
 * One poll. @param {import('./api.mjs').Api} api
 * @param {{cursor?: string, stream?: string, wait?: number, timeout?: number, signal?: AbortSignal, headers?: Record<string, string>}} [options]
 */
export function poll(api, { cursor, stream, wait, timeout = 40000, signal, headers = {} } = {}) {
  const target = `/push/poll${query({ cursor, stream, wait: wait === undefined ? undefined : String(wait) })}`;
  return request({ url: api.url, path: target, headers: { ...(api.options.origin ? { Origin: api.options.origin } : {}), ...api.identity(), ...headers }, timeout, signal });
}

/** @param {import('./api.mjs').Api} api @param {string} stream @param {unknown[]} frames */
export function postFrames(api, stream, frames) {
  return api.call('POST', '/push/frames', { body: { stream, frames } });
}

/** A client that polls on and on. */
export class Poll extends Inbox {
  #stop = new AbortController();
  /** @type {any} the first answer, in the form of the other transports' hello */
  hello;
  /** @type {any} why it ended */
  failure;

  /** @param {import('./api.mjs').Api} api @param {{cursor?: string, stream?: string, wait?: number}} [options] */
  constructor(api, { cursor, stream = newStream(), wait } = {}) {
    super();
    this.api = api;
    api.stack.streams.add(this);
    this.cursor = cursor;
    this.stream = stream;
    this.wait = wait;
    this.polls = 0;
    this.ended = false;
    this.closed = this.#run();
  }

  async #run() {
    try {
      while (!this.#stop.signal.aborted) {
        const answer = await poll(this.api, { cursor: this.cursor, stream: this.stream, wait: this.wait, signal: this.#stop.signal });
        if (answer.status !== 200) throw Object.assign(new Error(`the poll was refused: ${answer.status} ${answer.text.slice(0, 300)}`), { status: answer.status, body: answer.body, headers: answer.headers });
        this.polls++;
        const { verdict, cursor, feeds = [], events = [], stream } = answer.body;
        const hello = { event: 'hello', verdict, feeds, cursor, stream };
        if (!this.hello || verdict !== 'complete' || feeds.length > 0) this.push((this.hello = hello));
        for (const event of events) this.push(event);
        this.cursor = cursor;
        this.onCursor?.(cursor);
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.failure = error;
    } finally {
      this.api.stack.streams.delete(this);
      this.ended = true;
    }
  }

  /** @type {((cursor: string) => void) | undefined} */
  onCursor;

  drop() {
    this.#stop.abort();
  }

  async close() {
    this.drop();
    await this.closed;
  }
}
