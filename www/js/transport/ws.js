/**
 * WebSocket. The server's own pings are invisible to scripts, so a quiet connection is asked with a
 * ping of ours; without an answer it is taken for dead.
 */

import { watchdog, withQuery } from './shape.js';

const OPEN_MS = 10_000;
const PONG_MS = 8_000;
const GOING_AWAY = 1001;
const TRY_LATER = 1013;
const SIGNED_OUT = 4401;

/** @param {string} base @param {Record<string, string>} query */
function address(base, query) {
    const url = new URL(withQuery(`${base}/ws`, query), globalThis.location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return url.href;
}

/** @param {import('./shape.js').Params} params @returns {import('./shape.js').Transport} */
export function openWs({ base, cursor, stream, heartbeatMs, on }) {
    const socket = new WebSocket(address(base, { cursor, stream }), 'confab.v1');
    let over = false;
    /** @type {import('./shape.js').Down} */
    let farewell = {};

    /** @param {import('./shape.js').Down} why */
    const end = (why) => {
        if (over) return;
        over = true;
        opening.stop();
        quiet.stop();
        clearTimeout(asked);
        socket.close();
        on.down(why);
    };
    const opening = watchdog(OPEN_MS, () => end({}));
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let asked;
    const quiet = watchdog(heartbeatMs, ask);
    function ask() {
        if (!send({ do: 'ping' })) return;
        clearTimeout(asked);
        asked = setTimeout(() => end({}), PONG_MS);
    }

    /** @param {object} frame */
    function send(frame) {
        if (over || socket.readyState !== WebSocket.OPEN) return false;
        socket.send(JSON.stringify(frame));
        return true;
    }

    socket.onopen = () => opening.stop();
    socket.onmessage = ({ data }) => {
        if (over) return;
        quiet.heard();
        clearTimeout(asked);
        /** @type {import('../types.js').WireEvent} */
        let event;
        try {
            event = JSON.parse(data);
        } catch {
            end({});
            return;
        }
        if (event.event === 'bye') farewell = { restart: event.reason === 'restart', final: event.reason === 'signed_out', retryMs: event.retry_ms };
        else if (event.event === 'cursor') on.cursor(event.cursor);
        else on.event(event);
    };
    socket.onclose = ({ code }) => {
        if (code === SIGNED_OUT) farewell = { final: true };
        if (code === GOING_AWAY) farewell = { restart: true, ...farewell };
        if (code === TRY_LATER) farewell = { retryMs: 1000, ...farewell };
        end(farewell);
    };
    return {
        close() {
            over = true;
            opening.stop();
            quiet.stop();
            clearTimeout(asked);
            socket.close(1000);
        },
        send,
        check: ask,
    };
}
