/**
 * Server-sent events, read with fetch and not with EventSource: that hides comments (so a dead
 * connection looks alive) and the status of a refusal (so signed out looks like no network).
 */

import { sseParser } from '../lib/sseparse.js';
import { refusal, watchdog, withQuery } from './shape.js';

const OPEN_MS = 15_000;
const GRACE_MS = 4_000;

/** @param {import('./shape.js').Params} params @returns {import('./shape.js').Transport} */
export function openSse({ base, cursor, stream, heartbeatMs, on }) {
    const ender = new AbortController();
    let over = false;
    /** @type {import('./shape.js').Down} */
    let farewell = {};
    const quiet = watchdog(Math.max(OPEN_MS, heartbeatMs * 2), () => end({}));

    /** @param {import('./shape.js').Down} why */
    function end(why) {
        if (over) return;
        over = true;
        quiet.stop();
        ender.abort();
        on.down(why);
    }

    const parser = sseParser((block) => {
        if (over) return;
        if (block.retry !== undefined) farewell = { ...farewell, retryMs: block.retry };
        if (block.data) {
            const event = JSON.parse(block.data);
            if (event.event === 'bye') farewell = { restart: event.reason === 'restart', final: event.reason === 'signed_out', retryMs: event.retry_ms ?? block.retry };
            else on.event(event);
        }
        if (block.id) on.cursor(block.id);
    });

    async function run() {
        const response = await fetch(withQuery(`${base}/events`, { cursor, stream }), {
            headers: { Accept: 'text/event-stream' }, cache: 'no-store', signal: ender.signal,
        });
        if (response.status !== 200 || !response.body) {
            end(await refusal(response));
            return;
        }
        const reader = response.body.getReader();
        const decoder = new TextDecoder();
        for (;;) {
            const { value, done } = await reader.read();
            if (done) break;
            quiet.heard();
            parser.feed(decoder.decode(value, { stream: true }));
        }
        end(farewell);
    }

    run().catch(() => end(farewell));
    return {
        close() {
            over = true;
            quiet.stop();
            ender.abort();
        },
        send: () => false,
        check() {
            if (quiet.silentFor(heartbeatMs + GRACE_MS)) end({});
        },
    };
}
