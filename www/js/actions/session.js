/** The life of a session in this tab: load the state, follow the stream, sign in, sign out. */

import { backoff } from '../lib/backoff.js';
import { wipeKept } from '../lib/kept.js';
import { applyEvent } from '../reducers/index.js';
import { signedOut, syncLoaded } from '../reducers/local.js';
import { without } from '../reducers/room.js';

const OVER = 'Your session has ended. Please sign in again.';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').WireEvent} WireEvent */
/** @typedef {import('../api.js').ApiError} ApiError */

export class SessionActions {
    #app;
    /** Counts loads: the answer of an older one is dropped. */
    #round = 0;
    #loading = false;
    /** Events that came while the state was being loaded. @type {{events: WireEvent[], cursor: string}[]} */
    #held = [];
    #failures = 0;
    /** Tells the other tabs directly that the person has signed out. @type {BroadcastChannel | null} */
    #channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('confab-session') : null;

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        if (this.#channel) {
            this.#channel.onmessage = ({ data }) => {
                if (data.t === 'signed-out') this.ended(data.account, '');
                else if (data.t === 'signed-in' && this.#app.state.phase === 'signed-out') void this.load();
            };
        }
    }

    /**
     * The whole state from the server, then the stream from there.
     * @param {{keepLogs?: boolean}} [options]
     */
    async load(options = {}) {
        const { store, api, hub } = this.#app;
        const round = ++this.#round;
        this.#loading = true;
        hub.listen();
        try {
            const { data } = await api.read('/api/sync');
            if (round !== this.#round) return;
            this.#failures = 0;
            store.update((state) => syncLoaded(state, data, options));
            this.#loading = false;
            const held = this.#held.splice(0);
            for (const { events, cursor } of held) this.batch(events, cursor);
            hub.join({ account: data.me.id, cursor: data.cursor, base: data.push.url, heartbeatMs: data.heartbeat_ms });
        } catch (error) {
            if (round === this.#round) this.#loadFailed(/** @type {ApiError} */ (error), options);
        }
    }

    /** The person does not want to wait. */
    retry() {
        this.#app.store.update((state) => (state.phase === 'failed' ? { ...state, phase: 'boot' } : state));
        return this.load();
    }

    /** @param {ApiError} error @param {{keepLogs?: boolean}} options */
    #loadFailed(error, options) {
        if (error.signedOut) return;
        const { store } = this.#app;
        if (!store.state.me) {
            this.#loading = false;
            store.update((state) => ({ ...state, phase: 'failed', problem: error.message }));
        }
        // What is on the page stays; it is not current, so events wait until it is.
        const round = this.#round;
        setTimeout(() => { if (round === this.#round) void this.load(options); }, backoff(this.#failures + 1));
        this.#failures += 1;
    }

    /** @param {WireEvent[]} events @param {string} cursor */
    batch(events, cursor) {
        const { store, hub } = this.#app;
        if (this.#loading) {
            this.#held.push({ events, cursor });
            return;
        }
        if (store.state.phase !== 'ready') return;
        store.update((state) => events.reduce(applyEvent, state));
        if (cursor) hub.covered(cursor);
        for (const event of events) {
            if (event.event === 'hello') this.#hello(event);
            if (event.event === 'session_revoked' && event.session === store.state.me?.session) this.ended(store.state.me?.id ?? '');
        }
    }

    /** What the server says about our cursor. @param {WireEvent} hello */
    #hello(hello) {
        const { store } = this.#app;
        if (hello.verdict === 'reset') {
            void this.load();
            return;
        }
        for (const { feed, verdict } of hello.feeds ?? []) {
            if (!(feed in store.state.rooms)) {
                void this.load({ keepLogs: true });
                return;
            }
            store.update((state) => ({
                ...state,
                wanted: { ...state.wanted, [feed]: true },
                logs: verdict === 'reset' ? without(state.logs, feed) : state.logs,
            }));
        }
    }

    /** @param {string} handle @param {string} password */
    async signIn(handle, password) {
        await this.#app.api.call('POST', '/api/session', { body: { handle, password } });
        this.#channel?.postMessage({ t: 'signed-in' });
        this.#app.store.update((state) => ({ ...state, phase: 'boot', problem: '' }));
        await this.load();
    }

    async signOut() {
        const account = this.#app.state.me?.id ?? '';
        await this.#app.api.call('DELETE', '/api/session').catch((error) => {
            if (!error.signedOut) throw error;
        });
        this.#channel?.postMessage({ t: 'signed-out', account });
        this.#wipe('');
        this.#app.hub.post({ t: 'end' });
    }

    /** The session is over, by whoever's hand. @param {string} account @param {string} [problem] */
    ended(account, problem = OVER) {
        const { me, phase } = this.#app.state;
        if (me && account && me.id !== account) return;
        if (phase === 'signed-out') return;
        this.#wipe(me ? problem : '');
    }

    /** Nothing of the person stays in this browser. @param {string} problem */
    #wipe(problem) {
        this.#round += 1;
        this.#loading = false;
        this.#held = [];
        this.#app.hub.forget();
        this.#app.uploads.stop();
        this.#app.store.update(() => signedOut(problem));
        wipeKept();
        void this.#app.db.then((db) => db.wipe()).catch(() => {});
        if (location.hash) history.replaceState(null, '', location.pathname + location.search);
    }
}
