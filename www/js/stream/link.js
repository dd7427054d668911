/**
 * One connection to the server that is kept up: opens a transport, follows the cursor, and after a
 * loss waits, chooses the way, and resumes. Knows nothing of tabs or rooms.
 */

import { backoff, spread } from '../lib/backoff.js';
import { streamId } from '../lib/uuid.js';
import { Chooser } from '../transport/choose.js';
import { openPoll, openSync } from '../transport/poll.js';
import { openSse } from '../transport/sse.js';
import { openWs } from '../transport/ws.js';

const OPENERS = { ws: openWs, sse: openSse, poll: openPoll, sync: openSync };
const HELLO_MS = 20_000;
const STABLE_MS = 10_000;
const PROBE_MS = 8_000;
/** How often the pusher is looked for while the handlers stand in for it. */
const RETURN_MS = 15_000;
const RESTART_MS = 1_000;

/** @typedef {import('../types.js').Net} Net */
/** @typedef {import('../types.js').WireEvent} WireEvent */
/** @typedef {import('../transport/shape.js').Transport} Transport */
/** @typedef {import('../transport/shape.js').Down} Down */
/**
 * @typedef {{event: (event: WireEvent) => void, cursor: (cursor: string) => void,
 *   net: (net: Net) => void, ended: () => void}} LinkHandlers
 */

export class Link {
    cursor = '';
    stream = streamId();
    hidden = false;
    #on;
    #pinned;
    #base = '';
    #heartbeatMs = 20_000;
    /** @type {Chooser | null} */
    #chooser = null;
    /** @type {Transport | null} */
    #transport = null;
    #opened = false;
    #attempt = 0;
    #openedAt = 0;
    /** Counts connections, so that a late answer of an older one is known. */
    #round = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;
    #waiting = false;
    /** @type {Net} */
    net = { state: 'connecting', transport: '', retryAt: 0 };

    /** @param {{on: LinkHandlers, pinned?: string}} options */
    constructor({ on, pinned = '' }) {
        this.#on = on;
        this.#pinned = pinned;
    }

    get way() {
        return this.#chooser?.way ?? '';
    }

    get online() {
        return this.#opened;
    }

    get base() {
        return this.#base;
    }

    /** @param {{base: string, heartbeatMs: number, cursor: string}} where */
    start({ base, heartbeatMs, cursor }) {
        this.stop();
        this.#base = base;
        this.#heartbeatMs = heartbeatMs;
        this.cursor = cursor;
        this.#attempt = 0;
        this.#chooser = new Chooser({ pinned: this.#pinned, pusher: base !== '', now: Date.now() });
        this.#open();
    }

    stop() {
        this.#round += 1;
        clearTimeout(this.#timer);
        this.#waiting = false;
        this.#transport?.close();
        this.#transport = null;
        this.#opened = false;
    }

    /** Something gives hope (network is back, somebody looks): try now; if open, see whether it lives. */
    poke() {
        if (this.#waiting) {
            this.#attempt = 0;
            this.#open();
        } else if (this.#opened) {
            this.#transport?.check?.();
        }
    }

    /** @param {object} frame  only a WebSocket takes frames */
    send(frame) {
        return this.#opened && (this.#transport?.send(frame) ?? false);
    }

    /** @param {Net['state']} state @param {number} [retryAt] */
    #say(state, retryAt = 0) {
        this.net = { state, transport: state === 'online' ? this.way : '', retryAt };
        this.#on.net(this.net);
    }

    #open() {
        const round = ++this.#round;
        clearTimeout(this.#timer);
        this.#waiting = false;
        this.#opened = false;
        this.#say('connecting');
        /** @type {Transport | null} */
        let transport = null;
        const current = () => round === this.#round;
        transport = OPENERS[/** @type {Chooser} */ (this.#chooser).way]({
            base: this.#base, cursor: this.cursor, stream: this.stream, heartbeatMs: this.#heartbeatMs,
            on: {
                event: (event) => current() && this.#event(event),
                cursor: (cursor) => {
                    if (!current() || !cursor) return;
                    this.cursor = cursor;
                    this.#on.cursor(cursor);
                },
                down: (why) => current() && void this.#down(why),
            },
        });
        this.#transport = transport;
        this.#timer = setTimeout(() => {
            if (!current() || this.#opened) return;
            transport?.close();
            void this.#down({});
        }, HELLO_MS);
    }

    /** @param {WireEvent} event */
    #event(event) {
        if (event.event === 'hello') {
            if (!this.#opened) this.#hello();
            if (event.verdict === 'reset' && event.cursor) this.cursor = event.cursor;
        }
        this.#on.event(event);
    }

    #hello() {
        clearTimeout(this.#timer);
        this.#opened = true;
        this.#openedAt = Date.now();
        this.#chooser?.opened();
        this.#say('online');
        if (this.way === 'sync' && this.#base && !this.#pinned) this.#lookForPusher();
    }

    #lookForPusher() {
        const round = this.#round;
        this.#timer = setTimeout(async () => {
            const state = await this.#probe();
            if (round !== this.#round) return;
            if (state !== 'healthy') {
                this.#lookForPusher();
                return;
            }
            this.#transport?.close();
            this.#chooser?.restart(Date.now());
            this.#open();
        }, spread(RETURN_MS));
    }

    /** @param {Down} why */
    async #down(why) {
        const round = ++this.#round;
        const wasOpen = this.#opened;
        clearTimeout(this.#timer);
        this.#transport = null;
        this.#opened = false;
        if (why.final) {
            this.#on.ended();
            return;
        }
        if (why.badCursor) {
            this.cursor = '';
            this.#open();
            return;
        }
        if (wasOpen) {
            this.#chooser?.lost(Date.now());
            if (Date.now() - this.#openedAt > STABLE_MS) this.#attempt = 0;
        } else {
            const state = await this.#probe();
            if (round !== this.#round) return;
            if (state === 'signed-out') {
                this.#on.ended();
                return;
            }
            this.#chooser?.failed(state === 'healthy', Date.now());
        }
        this.#wait(why);
    }

    /** @param {Down} why */
    #wait(why) {
        const asked = why.retryMs ?? (why.restart ? RESTART_MS : 0);
        const polite = asked > 0 && (why.restart || this.#attempt === 0);
        const pause = polite ? spread(asked) : Math.max(asked, backoff(this.#attempt, { hidden: this.hidden }));
        this.#attempt += 1;
        this.#waiting = true;
        this.#timer = setTimeout(() => this.#open(), pause);
        this.#say('offline', Date.now() + pause);
    }

    /** Is it the transport, the server or the session? @returns {Promise<'healthy' | 'away' | 'signed-out'>} */
    async #probe() {
        try {
            const init = () => ({ cache: /** @type {RequestCache} */ ('no-store'), signal: AbortSignal.timeout(PROBE_MS) });
            const me = await fetch('/api/me', init());
            if (me.status === 401) return 'signed-out';
            if (!this.#base) return me.ok ? 'healthy' : 'away';
            const health = await fetch(`${this.#base}/health`, init());
            return health.ok ? 'healthy' : 'away';
        } catch {
            return 'away';
        }
    }
}
