/** The state of one tab, and who wants to hear that it changed. */

/** @typedef {import('./types.js').State} State */

/** Which day it is here: lines that say "Today" depend on it. */
export function today() {
    return new Date().toDateString();
}

/** @returns {State} */
export function emptyState() {
    return {
        phase: 'boot',
        problem: '',
        me: null,
        rooms: {},
        people: {},
        wanted: {},
        logs: {},
        rosters: {},
        inside: {},
        feeds: {},
        outbox: [],
        sessions: null,
        browse: null,
        limits: { message_max: 2000, send_burst: 5, send_period_ms: 5000, body_max: 131072, change_seconds: 86400, receipts_max: 50, files: null },
        net: { state: 'connecting', transport: '', retryAt: 0 },
        room: '',
        marker: null,
        target: null,
        threads: {},
        roots: {},
        lists: {},
        panel: null,
        typing: {},
        classes: {},
        polls: {},
        receipts: {},
        stale: {},
        doubted: {},
        changes: [],
        editing: null,
        notice: '',
        day: today(),
    };
}

/** @typedef {(state: State, previous: State) => void} Listener */

export class Store {
    #state = emptyState();
    /** What the listeners have seen last. */
    #told = this.#state;
    /** @type {Set<Listener>} */
    #listeners = new Set();
    #queued = false;

    get state() {
        return this.#state;
    }

    /**
     * Replaces the state by what a pure function makes of it. Listeners run once per turn of the
     * event loop, however many updates it had.
     * @param {(state: State) => State} change
     */
    update(change) {
        const next = change(this.#state);
        if (next === this.#state) return;
        this.#state = next;
        if (this.#queued) return;
        this.#queued = true;
        queueMicrotask(() => this.flush());
    }

    /** Tells the listeners now. */
    flush() {
        this.#queued = false;
        if (this.#told === this.#state) return;
        const previous = this.#told;
        this.#told = this.#state;
        for (const listener of [...this.#listeners]) listener(this.#told, previous);
    }

    /** @param {Listener} listener @returns {() => void} how to stop */
    subscribe(listener) {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }
}
