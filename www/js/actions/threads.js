/**
 * Threads: loading one, reading it, following it. Each answer is dropped if the thread has been begun anew
 * meanwhile. A thread that lacks events of its room asks for them, as a log does.
 */

import { applyEvent } from '../reducers/index.js';
import { appendPage, loadedPage, loadingLog, prependPage } from '../reducers/log.js';
import { heldMessage } from '../reducers/held.js';
import { patchThread, threadKey, threadMarked, unreadBelow } from '../reducers/threads.js';

const PAGE = 50;
/** So many opened threads stay as they are. */
const THREADS_KEPT = 6;
const ROOTS_KEPT = 300;
/** Events on their way get this long before one is missing. */
const GRACE_MS = 400;
const RETRY_MS = 3_000;
/** With more missed rows than this it is loaded anew. */
const MISSED_MOST = 1_000;
const READ_EVERY_MS = 2_000;
/** Nobody is in a hurry to know whether a thread is followed, and everybody in the room asks: within this time. */
const ROOT_SPREAD_MS = 4_000;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Thread} Thread */
/** @typedef {import('../types.js').Log} Log */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('../api.js').ApiError} ApiError */
/** @typedef {{before?: number, after?: number, around?: number}} Where */

/** Threads that lack events which their room has had. @param {State} state @returns {Thread[]} */
export function lacking(state) {
    return Object.values(state.threads).filter(({ room, log }) => log.status === 'ready' && !log.busy && log.head < (state.rooms[room]?.last_seq ?? 0));
}

export class ThreadActions {
    #app;
    #gen = 0;
    /** @type {string[]} */
    #visited = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #repair;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #asking;
    /** @type {Map<string, {seq: number, sentAt: number, timer?: ReturnType<typeof setTimeout>}>} */
    #reads = new Map();

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        app.store.subscribe((state) => {
            if (state.phase !== 'ready') return;
            const { panel } = state;
            if (panel?.kind === 'thread' && panel.room in state.rooms && !(threadKey(panel.room, panel.seq) in state.threads)) void this.load(panel.room, panel.seq, panel.at);
            if (this.#repair === undefined && lacking(state).length) this.#later(GRACE_MS);
            if (this.#asking === undefined && Object.values(state.roots).includes(null)) this.#asking = setTimeout(() => void this.#roots(), Math.random() * ROOT_SPREAD_MS);
        });
    }

    /** Loads the newest replies, or those around one. @param {string} room @param {number} seq @param {number} [around] */
    async load(room, seq, around = 0) {
        const gen = ++this.#gen;
        const key = threadKey(room, seq);
        this.#visited = [key, ...this.#visited.filter((one) => one !== key)];
        const gone = new Set(this.#visited.splice(THREADS_KEPT));
        this.#app.store.update((state) => {
            const held = state.threads[key]?.root?.message ?? heldMessage(state, room, seq);
            /** @type {Thread} */
            const thread = { room, seq, root: held ? { seq, message: held } : null, log: loadingLog(gen), marker: null };
            const threads = Object.fromEntries(Object.entries(state.threads).filter(([one]) => !gone.has(one)));
            return { ...state, threads: { ...threads, [key]: thread } };
        });
        try {
            const { page, root } = await this.#page(room, seq, around ? { around } : {});
            this.#patch(room, seq, gen, (thread) => ({
                ...thread, root: { seq, message: root, head: page.head }, log: loadedPage(thread.log, page),
                marker: unreadBelow(root) ? root.replies?.read_no ?? null : null,
            }));
        } catch (thrown) {
            const error = /** @type {ApiError} */ (thrown);
            this.#patch(room, seq, gen, (thread) => ({ ...thread, log: { ...thread.log, status: 'failed', error: error.message } }));
        }
    }

    /** @param {string} room @param {number} seq */
    older(room, seq) {
        const log = this.#app.state.threads[threadKey(room, seq)]?.log;
        return log?.status === 'ready' && log.moreBefore && !log.busy && this.#grow(room, seq, log, 'older', { before: log.low }, prependPage);
    }

    /** @param {string} room @param {number} seq */
    newer(room, seq) {
        const log = this.#app.state.threads[threadKey(room, seq)]?.log;
        return log?.status === 'ready' && !log.tail && !log.busy && this.#grow(room, seq, log, 'newer', { after: log.high }, appendPage);
    }

    /**
     * @param {string} room @param {number} seq @param {Log} log @param {'older' | 'newer'} side @param {Where} where
     * @param {typeof prependPage} merge
     */
    async #grow(room, seq, { gen }, side, where, merge) {
        const patch = (/** @type {(log: Log) => Log} */ change) => this.#patch(room, seq, gen, (thread) => ({ ...thread, log: change(thread.log) }));
        patch((log) => ({ ...log, busy: side, edgeError: '' }));
        try {
            const { page } = await this.#page(room, seq, where);
            patch((log) => merge(log, page));
        } catch {
            patch((log) => ({ ...log, busy: '', edgeError: side }));
        }
    }

    /** @param {string} room @param {number} seq @param {Where} where */
    async #page(room, seq, where) {
        const { data } = await this.#app.api.read(`/api/rooms/${room}/messages`, { query: { thread: seq, ...where, limit: PAGE } });
        /** @type {import('../reducers/log.js').Page} */
        const page = { messages: data.messages, notices: [], moreBefore: data.more_before, moreAfter: data.more_after, first: seq, head: data.head };
        return { page, root: /** @type {Message} */ (data.root) };
    }

    /** @param {string} room @param {number} seq @param {number} gen @param {(thread: Thread) => Thread} change */
    #patch(room, seq, gen, change) {
        this.#app.store.update((state) => patchThread(state, room, seq, (thread) => (thread.log.gen === gen ? change(thread) : thread)));
    }

    /** @param {number} ms */
    #later(ms) {
        this.#repair = setTimeout(async () => {
            try {
                for (const thread of lacking(this.#app.state)) await this.#missed(thread);
                this.#repair = undefined;
            } catch {
                this.#later(RETRY_MS);
            }
        }, ms);
    }

    /** @param {Thread} thread */
    async #missed({ room, seq, log: { head, gen } }) {
        const { store, api } = this.#app;
        if ((store.state.rooms[room]?.last_seq ?? 0) - head > MISSED_MOST) {
            await this.load(room, seq);
            return;
        }
        const { data } = await api.read(`/api/rooms/${room}/changes`, { query: { after: head, limit: 200 } });
        store.update((state) => data.events.reduce(applyEvent, state));
        if (data.verdict === 'reset') void this.load(room, seq);
        // Numbers up to the head that brought nothing are not missing: they are not for us.
        else if (data.verdict === 'complete') this.#patch(room, seq, gen, (thread) => (thread.log.head < data.head ? { ...thread, log: { ...thread.log, head: data.head } } : thread));
    }

    /** Threads in which somebody replied, and of which it is not known whether I follow them. */
    async #roots() {
        const { store, api } = this.#app;
        for (const [key, root] of Object.entries(store.state.roots)) {
            const [room, seq] = key.split('/');
            if (root) continue;
            try {
                const { data } = await api.read(`/api/rooms/${room}/messages`, { query: { thread: seq, limit: 1 } });
                store.update((state) => {
                    const roots = Object.fromEntries(Object.entries({ ...state.roots, [key]: data.root }).slice(-ROOTS_KEPT));
                    return { ...state, roots, wanted: unreadBelow(data.root) && room in state.rooms ? { ...state.wanted, [room]: true } : state.wanted };
                });
            } catch {
                store.update(({ roots: { [key]: _gone, ...roots }, ...state }) => ({ ...state, roots }));
            }
        }
        this.#asking = undefined;
    }

    /** @param {string} room @param {number} seq @param {boolean} following */
    async follow(room, seq, following) {
        const { store, api } = this.#app;
        const { data } = await api.call('PATCH', `/api/rooms/${room}/threads/${seq}`, { body: { following } });
        store.update((state) => threadMarked(state, room, seq, data));
    }

    /** This reply is in sight. @param {string} room @param {number} seq @param {Message} reply */
    seen(room, seq, reply) {
        const { store } = this.#app;
        const replies = heldMessage(store.state, room, seq)?.replies;
        const no = reply.thread_no ?? 0;
        if (!replies || no <= replies.read_no) return;
        // Where nothing of the room's own log is unread, a mention in the thread was the last that is.
        const summary = store.state.rooms[room];
        if (summary?.unread === 0 && summary.mentions > 0) this.#app.read.seen(room, reply.seq, summary.last_no);
        store.update((state) => threadMarked(state, room, seq, { read_no: no }));
        const key = threadKey(room, seq);
        const plan = this.#reads.get(key) ?? { seq: 0, sentAt: 0 };
        plan.seq = Math.max(plan.seq, reply.seq);
        this.#reads.set(key, plan);
        this.#plan(room, seq, Math.max(0, plan.sentAt + READ_EVERY_MS - Date.now()));
    }

    /** @param {string} room @param {number} seq @param {number} wait */
    #plan(room, seq, wait) {
        const plan = this.#reads.get(threadKey(room, seq));
        if (!plan || plan.timer !== undefined) return;
        plan.timer = setTimeout(async () => {
            plan.timer = undefined;
            plan.sentAt = Date.now();
            try {
                await this.#app.api.call('PATCH', `/api/rooms/${room}/threads/${seq}`, { body: { read: plan.seq } });
            } catch (error) {
                if (/** @type {ApiError} */ (error).transient) this.#plan(room, seq, READ_EVERY_MS * 2);
            }
        }, wait);
    }

    /** What came while nobody looked begins with a line; without one, or after one's own reply, there is none. @param {string} room @param {number} seq @param {number | null} marker */
    mark(room, seq, marker) {
        this.#app.store.update((state) => patchThread(state, room, seq, (thread) => (thread.marker === marker ? thread : { ...thread, marker })));
    }

    /** The session is over. */
    stop() {
        for (const plan of this.#reads.values()) clearTimeout(plan.timer);
        this.#reads.clear();
        this.#visited = [];
    }
}
