/**
 * A person's client of the REST calls: keeps cookies as a browser does, sends JSON, and holds every
 * answer against docs/openapi.yaml.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { check } from '../openapi.mjs';
import { request } from './http.mjs';

/**
 * @typedef {{url?: string, origin?: string, headers?: Record<string, string>}} ApiOptions
 * @typedef {import('./http.mjs').Answer} Answer
 * @typedef {{body?: unknown, raw?: string | Buffer, headers?: Record<string, string | string[]>, query?: Record<string, string | number>,
 *   timeout?: number, check?: boolean}} CallOptions  raw: a body that is sent as it stands
 */

/** A UUID of version 7, as clients make them. */
export function uuid7() {
  const time = Date.now().toString(16).padStart(12, '0');
  const random = randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}

export class Api {
  /** @param {import('../stack.mjs').Stack} stack @param {ApiOptions} [options] */
  constructor(stack, options = {}) {
    this.stack = stack;
    this.options = options;
    /** @type {Map<string, string>} */
    this.cookies = new Map();
    /** @type {string | undefined} a bearer token, used in place of cookies */
    this.token = undefined;
    /** @type {any} */
    this.me = undefined;
    this.session = '';
  }

  get url() {
    return this.options.url ?? this.stack.url;
  }

  /** What identifies us on any request. @returns {Record<string, string>} */
  identity() {
    if (this.token) return { Authorization: `Bearer ${this.token}` };
    if (this.cookies.size === 0) return {};
    return { Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  /** @param {string[]} lines Set-Cookie headers */
  #keep(lines) {
    for (const line of lines) {
      const [pair, ...attributes] = line.split(';').map((s) => s.trim());
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const gone = attributes.some((a) => /^max-age=0$/i.test(a) || (/^expires=/i.test(a) && Date.parse(a.slice(8)) < Date.now()));
      if (gone || value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  /**
   * @param {string} method @param {string} path below the host, e.g. /api/me @param {CallOptions} [options]
   * @returns {Promise<Answer>}
   */
  async call(method, path, { body, raw, headers = {}, query, timeout, check: checked = true } = {}) {
    const target = query ? `${path}?${new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]))}` : path;
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await request({
      url: this.url,
      path: target,
      method,
      headers: {
        ...(content === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(this.options.origin ? { Origin: this.options.origin } : {}),
        ...this.identity(),
        ...this.options.headers,
        ...headers,
      },
      body: content,
      timeout,
    });
    this.#keep(/** @type {string[]} */ (answer.headers['set-cookie'] ?? []));
    if (checked) check(method, path, answer);
    return answer;
  }

  /**
   * As call, and the status must be as told (or 2xx): the body comes back.
   * @param {string} method @param {string} path @param {CallOptions & {status?: number}} [options]
   */
  async ok(method, path, { status, ...options } = {}) {
    const answer = await this.call(method, path, options);
    const good = status === undefined ? answer.status >= 200 && answer.status < 300 : answer.status === status;
    assert.ok(good, `${method} ${path}: expected ${status ?? '2xx'}, got ${answer.status} ${answer.text.slice(0, 600)}`);
    return answer.body;
  }

  /** @param {string} path @param {CallOptions['query']} [query] */
  get(path, query) {
    return this.ok('GET', path, { query });
  }

  /** @param {string} path @param {unknown} [body] */
  post(path, body) {
    return this.ok('POST', path, { body });
  }

  /** @param {string} path @param {unknown} [body] */
  put(path, body) {
    return this.ok('PUT', path, { body });
  }

  /** @param {string} path @param {unknown} [body] */
  patch(path, body) {
    return this.ok('PATCH', path, { body });
  }

  /** @param {string} path */
  delete(path) {
    return this.ok('DELETE', path);
  }

  /** Expects a problem document of that kind, and returns it. @param {number} status @param {string} type @param {string} method @param {string} path @param {CallOptions} [options] */
  async refused(status, type, method, path, options) {
    const answer = await this.call(method, path, options);
    problem(answer, status, type);
    return { ...answer.body, headers: answer.headers };
  }

  /** @param {string} handle @param {string} password @param {{bearer?: boolean}} [options] */
  async signIn(handle, password, { bearer } = {}) {
    const answer = await this.ok('POST', '/api/session', { status: 200, body: { handle, password, ...(bearer ? { bearer } : {}) } });
    this.me = answer.account;
    this.session = answer.session;
    if (bearer) this.token = answer.token;
    return answer;
  }

  /** @param {string} name @param {{people?: Api[], kind?: string, visibility?: string, history_open?: boolean}} [options] */
  room(name, { people = [], kind = 'group', ...rest } = {}) {
    return this.ok('POST', '/api/rooms', { status: 201, body: { client_id: uuid7(), kind, name, people: people.map((p) => p.me.id), ...rest } });
  }

  /** The stored message. @param {string} room @param {string} text @param {string} [clientId] */
  async send(room, text, clientId = uuid7()) {
    return (await this.ok('POST', `/api/rooms/${room}/messages`, { body: { client_id: clientId, text } })).message;
  }

  /** @param {string} room @param {Record<string, string | number>} [query] */
  messages(room, query) {
    return this.get(`/api/rooms/${room}/messages`, query);
  }

  sync() {
    return this.get('/api/sync');
  }
}

/** Is it a problem document with that status and type, and does it help a person? @param {Answer} answer @param {number} status @param {string} type */
export function problem(answer, status, type) {
  const shown = `${answer.status} ${answer.headers['content-type']} ${answer.text.slice(0, 600)}`;
  assert.equal(answer.status, status, `expected ${status} ${type}, got ${shown}`);
  assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json\b/, shown);
  assert.equal(answer.body.type, `/problems/${type}`, shown);
  assert.equal(answer.body.status, status, shown);
  assert.ok(typeof answer.body.title === 'string' && answer.body.title !== '', shown);
  assert.ok(answer.body.detail === undefined || typeof answer.body.detail === 'string', shown);
  // Nobody outside learns how we are made.
  assert.doesNotMatch(answer.text, /SELECT|INSERT|confab\.[a-z_]+\(|\.c:\d|\/tmp\/|pg_|libpq|postgres/i, `it tells too much: ${shown}`);
  if (status === 429 || status === 503) assert.match(String(answer.headers['retry-after'] ?? ''), /^\d+$/, `${status} without Retry-After: ${shown}`);
}
