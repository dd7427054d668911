/**
 * The watermark: what the person has seen is told to the server, at most every two seconds a room. What they have
 * marked as unread stays so until they come back to the room, write in it, or see something newer there.
 */

import { readLocally, unreadLocally } from '../reducers/local.js';
import { patchRoom, watermark } from '../reducers/room.js';

const EVERY_MS = 2_000;

/** @typedef {import('../app.js').App} App */

export class ReadActions {
    #app;
    /** @type {Map<string, {sentAt: number, timer?: ReturnType<typeof setTimeout>, under?: Promise<unknown>}>} */
    #rooms = new Map();
    /** Where nothing is read until something newer than this is seen. @type {Map<string, number>} */
    #held = new Map();

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        app.store.subscribe((state, old) => {
            if (state.room !== old.room) this.#held.delete(old.room);
        });
    }

    /** The message with this seq and number is in sight. @param {string} room @param {number} seq @param {number} no */
    seen(room, seq, no) {
        const { store } = this.#app;
        const summary = store.state.rooms[room];
        if (!summary || seq <= summary.read_seq || seq <= (this.#held.get(room) ?? 0)) return;
        this.#held.delete(room);
        store.update((state) => readLocally(state, room, seq, no));
        this.#plan(room, 0);
    }

    /** @param {import('../types.js').Message} message */
    async unread(message) {
        const { store, api } = this.#app;
        const { room } = message;
        const before = store.state.rooms[room];
        if (!before) return;
        const plan = this.#rooms.get(room);
        clearTimeout(plan?.timer);
        if (plan) plan.timer = undefined;
        this.#held.set(room, before.last_seq);
        store.update((state) => unreadLocally(state, message));
        await plan?.under;
        try {
            const { data } = await api.call('PUT', `/api/rooms/${room}/unread`, { body: { seq: message.seq } });
            store.update((state) => (this.#held.has(room) ? watermark(state, room, data.read_seq, data.read_no, { marked_seq: data.read_seq }) : state));
        } catch (error) {
            this.#held.delete(room);
            const { read_seq, read_no, unread, mentions, marked_seq } = before;
            store.update((state) => patchRoom(state, room, { read_seq, read_no, unread, mentions, marked_seq }));
            throw error;
        }
    }

    /** @param {string} room @param {number} extra */
    #plan(room, extra) {
        const plan = this.#rooms.get(room) ?? { sentAt: 0 };
        this.#rooms.set(room, plan);
        if (plan.timer !== undefined) return;
        const wait = Math.max(extra, plan.sentAt + EVERY_MS - Date.now());
        plan.timer = setTimeout(() => void this.#put(room, plan), Math.max(0, wait));
    }

    /** @param {string} room @param {{sentAt: number, timer?: ReturnType<typeof setTimeout>, under?: Promise<unknown>}} plan */
    async #put(room, plan) {
        plan.timer = undefined;
        plan.sentAt = Date.now();
        const summary = this.#app.state.rooms[room];
        if (!summary) return;
        const { read_seq } = summary;
        try {
            const call = this.#app.api.call('PUT', `/api/rooms/${room}/read`, { body: { seq: read_seq } });
            plan.under = call.catch(() => {});
            await call;
        } catch (error) {
            if (/** @type {import('../api.js').ApiError} */ (error).transient) this.#plan(room, EVERY_MS * 2);
        }
    }

    /** The session is over. */
    stop() {
        for (const plan of this.#rooms.values()) clearTimeout(plan.timer);
        this.#rooms.clear();
        this.#held.clear();
    }
}
