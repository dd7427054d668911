/** The watermark: what the person has seen is told to the server, at most every two seconds a room. */

import { readLocally } from '../reducers/local.js';

const EVERY_MS = 2_000;

/** @typedef {import('../app.js').App} App */

export class ReadActions {
    #app;
    /** @type {Map<string, {sentAt: number, timer?: ReturnType<typeof setTimeout>}>} */
    #rooms = new Map();

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
    }

    /** The message with this seq and number is in sight. @param {string} room @param {number} seq @param {number} no */
    seen(room, seq, no) {
        const { store } = this.#app;
        const summary = store.state.rooms[room];
        if (!summary || seq <= summary.read_seq) return;
        store.update((state) => readLocally(state, room, seq, no));
        this.#plan(room, 0);
    }

    /** @param {string} room @param {number} extra */
    #plan(room, extra) {
        const plan = this.#rooms.get(room) ?? { sentAt: 0 };
        this.#rooms.set(room, plan);
        if (plan.timer !== undefined) return;
        const wait = Math.max(extra, plan.sentAt + EVERY_MS - Date.now());
        plan.timer = setTimeout(() => void this.#put(room, plan), Math.max(0, wait));
    }

    /** @param {string} room @param {{sentAt: number, timer?: ReturnType<typeof setTimeout>}} plan */
    async #put(room, plan) {
        plan.timer = undefined;
        plan.sentAt = Date.now();
        const summary = this.#app.state.rooms[room];
        if (!summary) return;
        const { read_seq } = summary;
        try {
            await this.#app.api.call('PUT', `/api/rooms/${room}/read`, { body: { seq: read_seq } });
        } catch (error) {
            if (/** @type {import('../api.js').ApiError} */ (error).transient) this.#plan(room, EVERY_MS * 2);
        }
    }

    /** The session is over. */
    stop() {
        for (const plan of this.#rooms.values()) clearTimeout(plan.timer);
        this.#rooms.clear();
    }
}
