/**
 * Closes gaps. A loaded log that lacks events (they were missed, or a page was loaded while one came) is
 * completed from `changes`; a summary that saw a number missing is loaded again, one whose counts are in
 * doubt a little later; a message that has changed in a way that was not told is asked for.
 */

import { applyEvent } from '../reducers/index.js';
import { reloaded } from '../reducers/log.js';
import { patchLog, roomLoaded } from '../reducers/local.js';
import { dropRoom, without } from '../reducers/room.js';

/** Events on their way get this long before a gap is one. */
const GRACE_MS = 400;
const RETRY_MS = 3_000;
/** Counts that are in doubt are asked for after this long, and up to twice that: not by everybody at once. */
const DOUBT_MS = 2_500;
const PAGE = 200;
/** After so many pages the log is loaded anew instead. */
const PAGES_ALLOWED = 5;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../api.js').ApiError} ApiError */

export class RepairActions {
    #app;
    /** @type {Set<string>} */
    #busy = new Set();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #doubts;

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        app.store.subscribe((state) => {
            if (state.phase !== 'ready') return;
            for (const room of Object.keys(state.wanted)) void this.#summary(room);
            if (gaps(state).length && this.#timer === undefined) this.#later(GRACE_MS);
            if (Object.keys(state.doubted).length) this.#doubts ??= setTimeout(() => this.#settleDoubts(), DOUBT_MS * (1 + Math.random()));
            for (const key of Object.keys(state.stale)) void this.#message(key);
        });
    }

    /** @param {number} ms */
    #later(ms) {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
            this.#timer = undefined;
            for (const room of gaps(this.#app.state)) void this.#log(room);
        }, ms);
    }

    /** @param {string} room */
    async #log(room) {
        if (this.#busy.has(room)) return;
        this.#busy.add(room);
        try {
            await this.#pages(room);
        } catch {
            this.#later(RETRY_MS);
        } finally {
            this.#busy.delete(room);
        }
    }

    /** @param {string} room */
    async #pages(room) {
        const { store, api, history } = this.#app;
        for (let n = 0; n < PAGES_ALLOWED; n += 1) {
            const log = store.state.logs[room];
            if (!log || !gaps(store.state).includes(room)) return;
            const { data } = await api.read(`/api/rooms/${room}/changes`, { query: { after: log.head, limit: PAGE } });
            if (data.verdict === 'reset') break;
            store.update((state) => data.events.reduce(applyEvent, state));
            if (data.verdict === 'complete') {
                // Numbers up to the head that brought nothing are not missing: they are not for us.
                store.update((state) => patchLog(state, room, (now) => (now.gen === log.gen && now.head < data.head
                    ? { ...now, head: data.head, high: now.tail ? Math.max(now.high, data.head) : now.high } : now)));
                return;
            }
        }
        const log = store.state.logs[room];
        await history.load(room, log && !log.tail ? log.entries[log.entries.length >> 1]?.seq : 0);
    }

    #settleDoubts() {
        this.#doubts = undefined;
        this.#app.store.update((state) => ({ ...state, doubted: {}, wanted: { ...state.wanted, ...state.doubted } }));
    }

    /** A message, or what it answers if it is a reply that the log does not show. @param {string} key */
    async #message(key) {
        if (this.#busy.has(key)) return;
        this.#busy.add(key);
        const { store, api } = this.#app;
        const [room, seq] = key.split('/');
        try {
            const { data } = await api.read(`/api/rooms/${room}/messages/${seq}`);
            const shown = data.message.thread ?? data.message.seq;
            const page = (await api.read(`/api/rooms/${room}/messages`, { query: { around: shown, limit: 2 } })).data;
            const message = page.messages.find((/** @type {import('../types.js').Message} */ one) => one.seq === shown);
            if (message) store.update((state) => patchLog(state, room, (log) => reloaded(log, message, page.head)));
        } catch (thrown) {
            // What cannot be had any more is left as it was.
            if (/** @type {ApiError} */ (thrown).transient) await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
        }
        store.update((state) => ({ ...state, stale: without(state.stale, key) }));
        this.#busy.delete(key);
    }

    /** @param {string} room */
    async #summary(room) {
        const key = `summary ${room}`;
        if (this.#busy.has(key)) return;
        this.#busy.add(key);
        const { store, api } = this.#app;
        try {
            const { data } = await api.read(`/api/rooms/${room}`);
            const mine = 'role' in data;
            store.update((state) => (mine ? roomLoaded(state, data) : dropRoom(state, room)));
        } catch (thrown) {
            const error = /** @type {ApiError} */ (thrown);
            if (error.status === 404 || error.status === 403) store.update((state) => dropRoom(state, room));
            else if (error.transient) await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
            else store.update((state) => ({ ...state, wanted: without(state.wanted, room) }));
        } finally {
            this.#busy.delete(key);
        }
        if (room in store.state.wanted) void this.#summary(room);
    }
}

/** Rooms whose loaded log does not reach as far as it should. @param {State} state */
export function gaps(state) {
    return Object.entries(state.logs).filter(([room, log]) => log.status === 'ready' && !log.busy
        && log.head < (state.rooms[room]?.last_seq ?? 0)).map(([room]) => room);
}
