/**
 * Messages on their way. Each has an id made by the client and is sent again under that id until the
 * server has answered, so it is posted once however often it is tried. Within a room they keep their
 * order. A refusal (too long, not a member) ends the trying: the person decides.
 */

import { ApiError } from './api.js';
import { backoff } from './lib/backoff.js';

const ACK_MS = 10_000;
/** A fault of the server may be the message's own: after so many it is shown as failed. */
const FAULTS_ALLOWED = 5;

/** @typedef {import('./types.js').OutEntry} OutEntry */
/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').WireEvent} WireEvent */
/** @typedef {import('./lib/db.js').OutboxDb} OutboxDb */
/**
 * @typedef {object} OutboxParts
 * @property {OutboxDb} db
 * @property {(entry: OutEntry) => Promise<Message>} post  by REST
 * @property {(frame: object) => boolean} frame  by WebSocket; false if there is none
 * @property {(entry: OutEntry) => void} changed
 * @property {(message: Message) => void} stored
 * @property {(ms: number) => Promise<void>} [sleep]
 */

/** @param {ApiError} error */
function reasonOf(error) {
    return error.errors.length ? error.errors.map((one) => `${one.field} ${one.detail}`).join('; ') : error.message;
}

/** What is sent of an entry, by whichever way. @param {OutEntry} entry */
export function bodyOf({ client_id, text, thread, in_room, files }) {
    return { client_id, text, ...(thread && { thread, ...(in_room && { in_room }) }), ...(files?.length && { files }) };
}

export class Outbox {
    #db;
    #post;
    #frame;
    #changed;
    #stored;
    #sleep;
    /** @type {Map<string, OutEntry>} */
    #entries = new Map();
    /** @type {Set<string>} rooms that are being worked on */
    #busy = new Set();
    /** @type {Map<string, {resolve: (m: Message) => void, reject: (e: ApiError | null) => void}>} */
    #acks = new Map();
    #stopped = false;
    /** @type {Set<() => void>} */
    #wakers = new Set();

    /** @param {OutboxParts} parts */
    constructor({ db, post, frame, changed, stored, sleep }) {
        this.#db = db;
        this.#post = post;
        this.#frame = frame;
        this.#changed = changed;
        this.#stored = stored;
        this.#sleep = sleep ?? ((ms) => new Promise((resolve) => { setTimeout(resolve, ms); }));
    }

    get entries() {
        return [...this.#entries.values()];
    }

    /** What an earlier life of the page has left. @param {string} account */
    async load(account) {
        const rows = await this.#db.all().catch(() => []);
        rows.sort((a, b) => (a.client_id < b.client_id ? -1 : 1));
        for (const entry of rows) if (entry.account === account) this.add(entry);
    }

    /** The entry is in the database already: whoever wrote it has put it there. @param {OutEntry} entry */
    add(entry) {
        if (this.#stopped || this.#entries.has(entry.client_id)) return;
        this.#set(entry);
        void this.#work(entry.room);
    }

    /** @param {string} id */
    retry(id) {
        const entry = this.#entries.get(id);
        if (entry?.state !== 'failed') return;
        const again = /** @type {OutEntry} */ ({ ...entry, state: 'pending', reason: '' });
        this.#set(again);
        this.#db.put(again).catch(() => {});
        void this.#work(entry.room);
    }

    /** @param {string} id */
    discard(id) {
        this.#entries.delete(id);
        this.#db.remove(id).catch(() => {});
    }

    /** There is hope: end all waiting. */
    poke() {
        for (const wake of this.#wakers) wake();
    }

    stop() {
        this.#stopped = true;
        this.#entries.clear();
        this.poke();
        this.wayLost();
    }

    /** An `ack` or an `error` frame with a client id. @param {WireEvent} event */
    answered(event) {
        const waiting = this.#acks.get(event.client_id);
        if (!waiting) return;
        if (event.event === 'ack') {
            waiting.resolve(event.message);
            return;
        }
        const type = String(event.type ?? '').split('/').pop() ?? '';
        waiting.reject(new ApiError(event.status ?? 0, type, event.detail ?? event.title ?? '', {
            errors: event.errors ?? [], retryAfterMs: event.retry_after_ms ?? 0,
        }));
    }

    /** The WebSocket has gone: no acknowledgement will come over it. */
    wayLost() {
        for (const waiting of [...this.#acks.values()]) waiting.reject(null);
    }

    /** @param {OutEntry} entry */
    #set(entry) {
        this.#entries.set(entry.client_id, entry);
        this.#changed(entry);
    }

    /** @param {string} room @returns {OutEntry | undefined} */
    #next(room) {
        return this.entries.find((entry) => entry.room === room && entry.state === 'pending');
    }

    /** @param {string} room */
    async #work(room) {
        if (this.#busy.has(room)) return;
        this.#busy.add(room);
        let tries = 0;
        let faults = 0;
        for (let entry = this.#next(room); entry && !this.#stopped; entry = this.#next(room)) {
            try {
                const message = await this.#deliver(entry);
                this.#done(entry, message);
                tries = 0;
                faults = 0;
            } catch (thrown) {
                const error = thrown instanceof ApiError ? thrown : new ApiError(0, 'unreachable', String(thrown));
                if (error.signedOut) break;
                faults += error.status === 500 ? 1 : 0;
                if (!error.transient || faults >= FAULTS_ALLOWED) {
                    this.#fail(entry, error);
                    tries = 0;
                    faults = 0;
                } else {
                    await this.#pause(Math.max(error.retryAfterMs, backoff(tries)));
                    tries += 1;
                }
            }
        }
        this.#busy.delete(room);
    }

    /** @param {OutEntry} entry @param {Message} message */
    #done(entry, message) {
        const known = this.#entries.delete(entry.client_id);
        this.#db.remove(entry.client_id).catch(() => {});
        if (known && !this.#stopped) this.#stored(message);
    }

    /** @param {OutEntry} entry @param {ApiError} error */
    #fail(entry, error) {
        if (!this.#entries.has(entry.client_id)) return;
        const failed = /** @type {OutEntry} */ ({ ...entry, state: 'failed', reason: reasonOf(error) });
        this.#set(failed);
        this.#db.put(failed).catch(() => {});
    }

    /** @param {OutEntry} entry @returns {Promise<Message>} */
    async #deliver(entry) {
        const answer = this.#awaitAck(entry.client_id);
        if (this.#frame({ do: 'send', room: entry.room, ...bodyOf(entry) })) {
            try {
                return await answer.promise;
            } catch (error) {
                if (error instanceof ApiError) throw error;
            } finally {
                answer.end();
            }
        }
        answer.end();
        return this.#post(entry);
    }

    /** @param {string} id */
    #awaitAck(id) {
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        let timer;
        const promise = new Promise((/** @type {(m: Message) => void} */ resolve, reject) => {
            timer = setTimeout(() => reject(null), ACK_MS);
            this.#acks.set(id, { resolve, reject });
        });
        promise.catch(() => {});
        return {
            promise,
            end: () => {
                clearTimeout(timer);
                this.#acks.delete(id);
            },
        };
    }

    /** @param {number} ms */
    async #pause(ms) {
        /** @type {() => void} */
        let wake = () => {};
        const woken = new Promise((/** @type {(v: void) => void} */ resolve) => { wake = () => resolve(); });
        this.#wakers.add(wake);
        await Promise.race([this.#sleep(ms), woken]);
        this.#wakers.delete(wake);
    }
}
