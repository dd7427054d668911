/**
 * Finds the hub for this tab: in a SharedWorker; else in whichever tab holds a Web Lock, reached over
 * a BroadcastChannel; else a hub of this tab's own. All three look the same from here.
 */

import { Hub } from './hub.js';

const WORKER_MS = 4_000;
const LEADER_MS = 6_000;
const NAME = 'confab-stream-1';

/** @typedef {import('./hub.js').Note} Note */
/** @typedef {'worker' | 'locks' | 'solo'} Mode */
/**
 * @typedef {{mode: Mode, post: (note: Note) => void, revive: () => void}} Share  `revive`: the hub
 *   does not answer any more, find or become another
 */
/** @typedef {{tab: string, pinned: string, hear: (note: Note) => void}} Options */

/** @param {Options} options @returns {Promise<Share>} */
async function byWorker({ tab, pinned, hear }) {
    const url = new URL('./worker.js', import.meta.url);
    if (pinned) url.searchParams.set('transport', pinned);
    const connect = () => new Promise((/** @type {(port: MessagePort) => void} */ resolve, reject) => {
        const worker = new SharedWorker(url, { type: 'module', name: `${NAME} ${pinned}` });
        const { port } = worker;
        worker.onerror = reject;
        setTimeout(reject, WORKER_MS, new Error('the worker is silent'));
        port.onmessage = ({ data }) => {
            hear(data);
            if (data.t === 'attached') resolve(port);
        };
        port.postMessage({ t: 'attach', tab });
    });
    let port = await connect();
    return {
        mode: 'worker',
        post: (note) => port.postMessage(note),
        revive() {
            connect().then((fresh) => {
                port = fresh;
                hear({ t: 'unknown' });
            }, () => { /* It is tried again when the silence goes on. */ });
        },
    };
}

/** @param {Options} options @returns {Promise<Share>} */
async function byLocks({ tab, pinned, hear }) {
    const name = `${NAME} ${pinned}`;
    const channel = new BroadcastChannel(name);
    /** @type {Hub | null} */
    let hub = null;
    /** @param {Note} note @param {string} [to] */
    const tell = (note, to) => {
        if (to !== tab) channel.postMessage({ down: note, to });
        if (to === undefined || to === tab) queueMicrotask(() => hear(note));
    };
    const lead = () => {
        hub = new Hub({ pinned, tell });
        hub.handle({ t: 'attach', tab });
        return new Promise(() => {});
    };
    /** @param {LockOptions} options */
    const compete = (options) => navigator.locks.request(name, options, lead).catch((error) => {
        if (!hub) throw error;
        // The others thought us dead (a browser may freeze hidden tabs) and took the lock away.
        hub.stop();
        hub = null;
        void compete({});
    });
    await new Promise((resolve, reject) => {
        setTimeout(reject, LEADER_MS, new Error('the leader is silent'));
        const listen = hear;
        hear = (note) => {
            listen(note);
            if (note.t === 'attached') resolve(undefined);
        };
        channel.onmessage = ({ data }) => {
            if (data.up) hub?.handle(data.up);
            else if (data.to === undefined || data.to === tab) hear(data.down);
        };
        compete({}).catch(reject);
        channel.postMessage({ up: { t: 'attach', tab } });
    });
    return {
        mode: 'locks',
        post(note) {
            if (hub) hub.handle(note);
            else channel.postMessage({ up: note });
        },
        revive: () => void compete({ steal: true }).catch(() => {}),
    };
}

/** @param {Options} options @returns {Share} */
function alone({ tab, pinned, hear }) {
    const hub = new Hub({ pinned, tell: (note, to) => { if (to === undefined || to === tab) queueMicrotask(() => hear(note)); } });
    hub.handle({ t: 'attach', tab });
    return { mode: 'solo', post: (note) => hub.handle(note), revive: () => {} };
}

/**
 * @param {Options} options
 * @param {string} [only]  for tests: the one mode to use
 * @returns {Promise<Share>}
 */
export async function shareHub(options, only = '') {
    const may = (/** @type {Mode} */ mode) => !only || only === mode;
    // A way that failed half-way must not go on speaking to this tab.
    const guarded = () => {
        let live = true;
        return { ...options, hear: (/** @type {Note} */ note) => live && options.hear(note), mute: () => { live = false; } };
    };
    if (may('worker') && typeof SharedWorker === 'function') {
        const attempt = guarded();
        try {
            return await byWorker(attempt);
        } catch {
            attempt.mute();
        }
    }
    if (may('locks') && navigator.locks && typeof BroadcastChannel === 'function') {
        const attempt = guarded();
        try {
            return await byLocks(attempt);
        } catch {
            attempt.mute();
        }
    }
    return alone(options);
}
