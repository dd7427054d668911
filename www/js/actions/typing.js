/** Says that I am writing, at most every three seconds for each room or thread. */

import { typingKey } from '../reducers/typing.js';

const EVERY_MS = 3_000;

/** @typedef {import('../app.js').App} App */

export class TypingActions {
    #app;
    /** @type {Map<string, number>} */
    #said = new Map();

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
    }

    /** The person has typed there. @param {string} room @param {number} [thread] */
    wrote(room, thread = 0) {
        const key = typingKey(room, thread);
        const now = Date.now();
        if (now - (this.#said.get(key) ?? 0) < EVERY_MS) return;
        this.#said.set(key, now);
        this.#app.hub.post({ t: 'typing', room, thread });
    }

    /** What was written has gone out: the next word is told at once. @param {string} room @param {number} [thread] */
    sent(room, thread = 0) {
        this.#said.delete(typingKey(room, thread));
    }
}
