/**
 * Which way to try next. WebSocket first; after two failures to open, although the pusher is well,
 * the next one. While the pusher itself is away the handlers are asked instead, so that a chat goes
 * on; it is tried again from time to time. Pure: it is told what happened and says what to do.
 */

/** @typedef {'ws' | 'sse' | 'poll' | 'sync'} Way */

const FAILURES_ALLOWED = 2;
const AWAY_ALLOWED = 3;
/** After this time on a lesser way the next reconnect starts from the top. */
export const PROMOTE_MS = 5 * 60_000;

export class Chooser {
    /** @type {Way[]} */
    #order;
    #at = 0;
    #failures = 0;
    #away = 0;
    #since = 0;
    #pinned;

    /** @param {{pinned?: string, pusher: boolean, now: number}} options */
    constructor({ pinned = '', pusher, now }) {
        const asked = /** @type {Way[]} */ (['ws', 'sse', 'poll', 'sync']).filter((way) => way === pinned);
        this.#pinned = asked.length > 0;
        this.#order = !pusher ? ['sync'] : this.#pinned ? asked : ['ws', 'sse', 'poll', 'sync'];
        this.#since = now;
    }

    /** @returns {Way} */
    get way() {
        return this.#order[this.#at];
    }

    /** Is a better way to be hoped for? */
    get lesser() {
        return this.#at > 0;
    }

    opened() {
        this.#failures = 0;
        this.#away = 0;
    }

    /** It was open and was lost. @param {number} now */
    lost(now) {
        if (this.lesser && now - this.#since > PROMOTE_MS) this.restart(now);
    }

    /** It did not open. @param {boolean} healthy  does the pusher answer otherwise? @param {number} now */
    failed(healthy, now) {
        if (this.#pinned || this.#order.length === 1) return;
        if (!healthy) {
            this.#away += 1;
            if (this.#away >= AWAY_ALLOWED) this.#move(this.way === 'sync' ? 0 : this.#order.length - 1, now);
            return;
        }
        this.#failures += 1;
        if (this.#failures >= FAILURES_ALLOWED) this.#move((this.#at + 1) % this.#order.length, now);
    }

    /** From the best way again. @param {number} now */
    restart(now) {
        this.#move(0, now);
    }

    /** @param {number} at @param {number} now */
    #move(at, now) {
        this.#at = at;
        this.#failures = 0;
        this.#away = 0;
        this.#since = now;
    }
}
