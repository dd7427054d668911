/**
 * What I do with messages: edit, delete, react, pin, save. Shown at once (js/reducers/changes.js), sent in order,
 * again and again while the server is out of reach, and taken back with a remark if it refuses.
 */

import { ApiError } from '../api.js';
import { backoff } from '../lib/backoff.js';
import { changeBegun, changeDone, changeEnded } from '../reducers/changes.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Change} Change */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('../types.js').State} State */
/** @typedef {Pick<Message, 'room' | 'seq'>} Named  as much of a message as says which it is */

/** @type {Record<Change['do'], [string, string]>} */
const REMARKS = {
    edit: ['The change was not saved', ''], delete: ['The message was not deleted', ''],
    react: ['The reaction was not added', 'The reaction was not taken away'],
    pin: ['The message was not pinned', 'The message is still pinned'], save: ['The message was not saved', 'The message is still saved'],
};

/** May I change what it says now? @param {Message} message @param {State} state */
export function mayEdit(message, state) {
    const room = state.rooms[message.room];
    const seconds = state.limits.change_seconds;
    return Boolean(room) && !room.archived && message.sender === state.me?.id && !message.deleted && !message.damaged && message.text !== null
        && (!seconds || Date.now() - Date.parse(message.sent_at) < seconds * 1000);
}

/** @param {Message} message @param {State} state */
export function mayDelete(message, state) {
    const room = state.rooms[message.room];
    if (!room || message.deleted) return false;
    const moderates = room.kind !== 'direct' && (room.role === 'owner' || room.role === 'moderator');
    const seconds = state.limits.change_seconds;
    return moderates || (message.sender === state.me?.id && (!seconds || Date.now() - Date.parse(message.sent_at) < seconds * 1000));
}

/** @param {Message} message @param {State} state */
export function mayPin(message, state) {
    const room = state.rooms[message.room];
    if (!room || message.deleted) return false;
    return room.role === 'owner' || room.role === 'moderator' || (room.role === 'member' && room.kind !== 'channel');
}

export class MessageActions {
    #app;
    #count = 0;
    /** What is under way for each message: one after the other. @type {Map<string, Promise<void>>} */
    #lines = new Map();
    /** @type {Set<() => void>} */
    #wakers = new Set();

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        app.store.subscribe((state, old) => {
            if (state.editing && state.room !== old.room) this.endEdit();
            if (state.net.state === 'online' && old.net.state !== 'online') for (const wake of this.#wakers) wake();
        });
    }

    /** Begins rewriting one. @param {Message} message */
    beginEdit(message) {
        const { room, seq } = message;
        this.#app.store.update((state) => ({ ...state, editing: { room, seq, text: message.text ?? '' } }));
    }

    endEdit() {
        this.#app.store.update((state) => (state.editing ? { ...state, editing: null } : state));
    }

    /** My last message of those loaded, if I may change it. @param {string} room @param {number} [thread] @returns {boolean} */
    editLast(room, thread = 0) {
        const { state } = this.#app;
        const log = thread ? state.threads[`${room}/${thread}`]?.log : state.logs[room];
        const mine = log?.tail ? log.entries.filter(({ message }) => message && message.sender === state.me?.id && !message.deleted).pop()?.message : undefined;
        if (!mine || !mayEdit(mine, state)) return false;
        this.beginEdit(mine);
        return true;
    }

    /** @param {Named & {text: string | null}} message @param {string} text */
    edit(message, text) {
        this.endEdit();
        if (text !== message.text) void this.#do(message, { do: 'edit', text }, 'PATCH', '', { body: { text } });
    }

    /** @param {Named} message */
    remove(message) {
        void this.#do(message, { do: 'delete' }, 'DELETE', '');
    }

    /** @param {Named} message @param {string} emoji @param {boolean} on */
    react(message, emoji, on) {
        void this.#do(message, { do: 'react', emoji, on }, on ? 'PUT' : 'DELETE', '/reactions', on ? { body: { emoji } } : { query: { emoji } });
    }

    /** @param {Named} message @param {boolean} on */
    pin(message, on) {
        void this.#do(message, { do: 'pin', on }, on ? 'PUT' : 'DELETE', '/pin');
    }

    /** @param {Named} message @param {boolean} on */
    save(message, on) {
        void this.#do(message, { do: 'save', on }, on ? 'PUT' : 'DELETE', '/saved');
    }

    /**
     * @param {Named} message @param {Omit<Change, 'id' | 'room' | 'seq'>} what @param {string} method @param {string} tail
     * @param {import('../api.js').Request} [request]
     */
    #do({ room, seq }, what, method, tail, request) {
        const { store } = this.#app;
        const change = { id: this.#count += 1, room, seq, ...what };
        store.update((state) => changeBegun(state, change));
        const key = `${room}/${seq}`;
        const work = async () => {
            try {
                const answer = await this.#insist(method, `/api/rooms/${room}/messages/${seq}${tail}`, request, change);
                store.update((state) => changeDone(state, change, answer?.message));
            } catch (error) {
                this.#refused(change, /** @type {ApiError} */ (error));
            }
        };
        const line = (this.#lines.get(key) ?? Promise.resolve()).then(work);
        this.#lines.set(key, line);
        return line.then(() => { if (this.#lines.get(key) === line) this.#lines.delete(key); });
    }

    /** Until there is an answer. @param {string} method @param {string} path @param {import('../api.js').Request | undefined} request @param {Change} change */
    async #insist(method, path, request, change) {
        for (let tries = 0; ; tries += 1) {
            if (!this.#app.state.changes.some(({ id }) => id === change.id)) throw new ApiError(404, 'not-found', '');
            try {
                return (await this.#app.api.call(method, path, request)).data;
            } catch (thrown) {
                const error = /** @type {ApiError} */ (thrown);
                if (!error.transient || (error.status === 500 && tries > 3)) throw error;
                await this.#pause(Math.max(error.retryAfterMs, backoff(tries)));
            }
        }
    }

    /** @param {number} ms */
    #pause(ms) {
        return new Promise((/** @type {(v: void) => void} */ resolve) => {
            const wake = () => {
                clearTimeout(timer);
                this.#wakers.delete(wake);
                resolve();
            };
            const timer = setTimeout(wake, ms);
            this.#wakers.add(wake);
        });
    }

    /** @param {Change} change @param {ApiError} error */
    #refused(change, error) {
        const { store } = this.#app;
        if (!store.state.changes.some(({ id }) => id === change.id)) return;
        const { room, seq, text = '' } = change;
        store.update((state) => changeEnded(state, change.id));
        if (error.signedOut) return;
        const remark = REMARKS[change.do][change.on === false ? 1 : 0];
        const reason = error.errors.length ? error.errors.map((one) => `the ${one.field} ${one.detail}`).join('; ') : error.message;
        this.#app.say(`${remark}: ${reason}`);
        // What was written is not lost.
        if (change.do === 'edit' && error.status !== 404) store.update((state) => (state.editing ? state : { ...state, editing: { room, seq, text } }));
    }
}
