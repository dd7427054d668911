/**
 * The one shape of all transports: open(…) gives something with close() and send(). A transport
 * tells what happens through `Handlers`; after `down` it says nothing more.
 *
 * @typedef {import('../types.js').WireEvent} WireEvent
 *
 * @typedef {object} Down
 * @property {boolean} [final]  signed out: do not come back
 * @property {boolean} [badCursor]  the server does not know our cursor
 * @property {number} [retryMs]  the server asked for this wait
 * @property {boolean} [restart]  the server said that it goes away for a moment
 *
 * @typedef {object} Handlers
 * @property {(event: WireEvent) => void} event
 * @property {(cursor: string) => void} cursor  everything before is covered
 * @property {(why: Down) => void} down
 *
 * @typedef {object} Params
 * @property {string} base  where the pusher is, such as `/push`; '' if there is none
 * @property {string} cursor
 * @property {string} stream  our name across transports and reconnects
 * @property {number} heartbeatMs
 * @property {Handlers} on
 *
 * @typedef {{close: () => void, send: (frame: object) => boolean, check?: () => void}} Transport
 *   `send` is false if the frame cannot go this way now; `check` asks whether the other side lives
 */

/** How a refusal over HTTP is to be taken. @param {Response} response @returns {Promise<Down>} */
export async function refusal(response) {
    if (response.status === 204 || response.status === 401) return { final: true };
    const retryMs = Number(response.headers.get('Retry-After') ?? 0) * 1000 || undefined;
    if (response.status !== 400) return { retryMs };
    const problem = await response.json().catch(() => ({}));
    return { badCursor: String(problem.type ?? '').endsWith('/bad-cursor') };
}

/** @param {string} path @param {Record<string, string>} query */
export function withQuery(path, query) {
    const given = Object.entries(query).filter(([, value]) => value !== '');
    return `${path}?${new URLSearchParams(given)}`;
}

/** Calls `late` when nothing has been heard for `ms`. @param {number} ms @param {() => void} late */
export function watchdog(ms, late) {
    let timer = setTimeout(late, ms);
    let last = Date.now();
    return {
        heard() {
            last = Date.now();
            clearTimeout(timer);
            timer = setTimeout(late, ms);
        },
        /** By the clock on the wall, which goes on while a computer sleeps. @param {number} limit */
        silentFor(limit) {
            return Date.now() - last > limit;
        },
        stop() {
            clearTimeout(timer);
        },
    };
}
