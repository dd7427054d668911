/**
 * The REST calls: JSON in and out, problems as ApiError, and the rules of what may be repeated.
 * Used by the page and by the shared worker alike.
 */

import { backoff } from './lib/backoff.js';

const TIMEOUT_MS = 20_000;
const READ_ATTEMPTS = 4;

/** @typedef {{field: string, detail: string}} FieldError */
/**
 * @typedef {object} Request
 * @property {unknown} [body]
 * @property {ArrayBuffer} [bytes]  a body that is no JSON
 * @property {Record<string, string | number | undefined>} [query]
 * @property {AbortSignal} [signal]
 * @property {number} [timeout]  milliseconds
 */
/** @typedef {{data: any, status: number, next: string}} Answer  `next`: the query of the next page */

export class ApiError extends Error {
    /**
     * @param {number} status  0: no answer came
     * @param {string} type  the last part of the problem's type
     * @param {string} detail
     * @param {{errors?: FieldError[], retryAfterMs?: number}} [more]
     */
    constructor(status, type, detail, { errors = [], retryAfterMs = 0 } = {}) {
        super(detail);
        this.status = status;
        this.type = type;
        this.errors = errors;
        this.retryAfterMs = retryAfterMs;
    }

    /** May the same request succeed later? */
    get transient() {
        return this.status === 0 || this.status === 429 || this.status >= 500;
    }

    get signedOut() {
        return this.status === 401 && this.type !== 'bad-credentials';
    }
}

/** @param {Response} response @returns {Promise<ApiError>} */
async function problemOf(response) {
    /** @type {any} */
    let problem = {};
    try {
        problem = await response.json();
    } catch {
        /* The web server's own error page, not ours. */
    }
    const type = String(problem.type ?? '').split('/').pop() ?? '';
    const detail = problem.detail || problem.title || `The server answered ${response.status}.`;
    const retryAfterMs = Number(response.headers.get('Retry-After') ?? 0) * 1000 || 0;
    return new ApiError(response.status, type, detail, { errors: problem.errors ?? [], retryAfterMs });
}

/** The query of the page that a Link header calls `rel`. @param {string | null} header @param {string} rel */
export function linkQuery(header, rel) {
    for (const part of (header ?? '').split(/,\s*(?=<)/)) {
        const match = /^<([^>]*)>(.*)$/.exec(part.trim());
        if (match && new RegExp(`\\brel="?${rel}"?`).test(match[2])) return match[1].split('?')[1] ?? '';
    }
    return '';
}

/** @param {Record<string, string | number | undefined> | undefined} query */
function queryString(query) {
    const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '');
    return pairs.length ? `?${new URLSearchParams(pairs.map(([k, v]) => [k, String(v)]))}` : '';
}

/**
 * @param {{request?: typeof globalThis.fetch, base?: string, sleep?: (ms: number) => Promise<void>,
 *   onSignedOut?: () => void}} [options]
 */
export function makeApi({
    request: ask = (input, init) => globalThis.fetch(input, init),
    base = '',
    sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); }),
    onSignedOut = () => {},
} = {}) {
    /**
     * One request, one answer.
     * @param {string} method @param {string} path @param {Request} [request]
     * @returns {Promise<Answer>}
     */
    async function call(method, path, { body, bytes, query, signal, timeout = TIMEOUT_MS } = {}) {
        const ender = new AbortController();
        const timer = setTimeout(() => ender.abort(), timeout);
        const forward = () => ender.abort();
        signal?.addEventListener('abort', forward);
        try {
            const response = await ask(`${base}${path}${queryString(query)}`, {
                method,
                headers: body === undefined && !bytes ? { Accept: 'application/json' }
                    : { Accept: 'application/json', 'Content-Type': bytes ? 'application/octet-stream' : 'application/json' },
                body: bytes ?? (body === undefined ? undefined : JSON.stringify(body)),
                credentials: 'same-origin',
                cache: 'no-store',
                signal: ender.signal,
            });
            if (!response.ok) throw await problemOf(response);
            const data = response.status === 204 ? null : await response.json();
            return { data, status: response.status, next: linkQuery(response.headers.get('Link'), 'next') };
        } catch (error) {
            const known = error instanceof ApiError ? error
                : new ApiError(0, 'unreachable', 'The server could not be reached.');
            if (known.signedOut) onSignedOut();
            throw known;
        } finally {
            clearTimeout(timer);
            signal?.removeEventListener('abort', forward);
        }
    }

    /**
     * A read, repeated a few times while the failure looks passing.
     * @param {string} path @param {Request} [request]
     */
    async function read(path, request = {}) {
        for (let attempt = 0; ; attempt += 1) {
            try {
                return await call('GET', path, request);
            } catch (error) {
                const known = /** @type {ApiError} */ (error);
                if (request.signal?.aborted || !known.transient || attempt + 1 >= READ_ATTEMPTS) throw known;
                await sleep(Math.max(known.retryAfterMs, backoff(attempt)));
            }
        }
    }

    return { call, read };
}

/** @typedef {ReturnType<typeof makeApi>} Api */
