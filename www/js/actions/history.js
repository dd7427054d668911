/** Loading parts of a room's log. Each answer is dropped if the log has been begun anew meanwhile. */

import { appendPage, loadedPage, loadingLog, prependPage } from '../reducers/log.js';
import { patchLog } from '../reducers/local.js';

const PAGE = 60;
/** The answer to a date is the messages around its first one. */
const JUMP_LOOKS = 10;
/** Logs of rooms visited lately stay; older ones are loaded again. */
const LOGS_KEPT = 8;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Log} Log */
/** @typedef {import('../api.js').ApiError} ApiError */
/** @typedef {{before?: number, after?: number, around?: number}} Where */

export class HistoryActions {
    #app;
    #gen = 0;
    /** @type {string[]} */
    #visited = [];

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
    }

    /** Loads the newest part, or the part around a seq. @param {string} room @param {number} [around] */
    async load(room, around = 0) {
        const gen = ++this.#gen;
        this.#visit(room);
        this.#app.store.update((state) => ({ ...state, logs: { ...state.logs, [room]: loadingLog(gen) } }));
        try {
            const page = await this.#page(room, around ? { around } : {});
            this.#patch(room, gen, (log) => loadedPage(log, page));
        } catch (thrown) {
            const error = /** @type {ApiError} */ (thrown);
            this.#patch(room, gen, (log) => ({ ...log, status: 'failed', error: error.message }));
        }
    }

    /** Goes to the first message of that moment or after it; to the newest if there is none. @param {string} room @param {Date} date */
    async jump(room, date) {
        const { data } = await this.#app.api.read(`/api/rooms/${room}/messages`, { query: { at: date.toISOString(), limit: JUMP_LOOKS } });
        /** @type {import('../types.js').Message[]} */
        const messages = data.messages;
        const found = messages.find(({ sent_at }) => Date.parse(sent_at) >= date.getTime()) ?? messages[messages.length - 1];
        if (!found) throw new Error('There are no messages yet.');
        this.#app.rooms.open(room, found.seq);
    }

    /** @param {string} room */
    async older(room) {
        const log = this.#app.state.logs[room];
        if (log?.status !== 'ready' || !log.moreBefore || log.busy) return;
        await this.#grow(room, log, 'older', { before: log.low }, prependPage);
    }

    /** @param {string} room */
    async newer(room) {
        const log = this.#app.state.logs[room];
        if (log?.status !== 'ready' || log.tail || log.busy) return;
        await this.#grow(room, log, 'newer', { after: log.high }, appendPage);
    }

    /**
     * @param {string} room @param {Log} log @param {'older' | 'newer'} side @param {Where} where
     * @param {(log: Log, page: import('../reducers/log.js').Page) => Log} merge
     */
    async #grow(room, { gen }, side, where, merge) {
        this.#patch(room, gen, (log) => ({ ...log, busy: side, edgeError: '' }));
        try {
            const page = await this.#page(room, where);
            this.#patch(room, gen, (log) => merge(log, page));
        } catch {
            this.#patch(room, gen, (log) => ({ ...log, busy: '', edgeError: side }));
        }
    }

    /** @param {string} room @param {Where} where @returns {Promise<import('../reducers/log.js').Page>} */
    async #page(room, where) {
        const summary = this.#app.state.rooms[room];
        const { data } = await this.#app.api.read(`/api/rooms/${room}/messages`, { query: { ...where, limit: PAGE } });
        return {
            messages: data.messages, notices: data.notices ?? [], moreBefore: data.more_before, moreAfter: data.more_after,
            first: Math.max(1, summary?.visible_from ?? 1, summary?.min_seq ?? 1), head: data.head,
        };
    }

    /** @param {string} room @param {number} gen @param {(log: Log) => Log} change */
    #patch(room, gen, change) {
        this.#app.store.update((state) => patchLog(state, room, (log) => (log.gen === gen ? change(log) : log)));
    }

    /** @param {string} room */
    #visit(room) {
        this.#visited = [room, ...this.#visited.filter((one) => one !== room)];
        const gone = new Set(this.#visited.splice(LOGS_KEPT));
        if (!gone.size) return;
        this.#app.store.update((state) => ({
            ...state, logs: Object.fromEntries(Object.entries(state.logs).filter(([id]) => !gone.has(id))),
        }));
    }
}
