/**
 * Long-poll, and, where there is no pusher, asking the handlers every few seconds. Both answers have
 * the form of GET /api/sync with a cursor, which is handed on as the events of a stream.
 */

import { refusal, watchdog, withQuery } from './shape.js';

const POLL_LIMIT_MS = 40_000;
/** An answer takes 25 s at most. */
const ANSWER_MS = 30_000;
const SHORT_MIN_MS = 2_000;
const SHORT_MAX_MS = 10_000;

/** @typedef {import('./shape.js').Params} Params */
/** @typedef {import('./shape.js').Transport} Transport */

/**
 * @param {Params} params
 * @param {(cursor: string, first: boolean) => string} urlOf
 * @param {(idle: number) => number} pause  milliseconds before the next, after `idle` empty answers
 * @returns {Transport}
 */
function openLoop({ cursor, on }, urlOf, pause) {
    const ender = new AbortController();
    const limit = watchdog(POLL_LIMIT_MS, () => end({}));
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    let over = false;
    let newest = cursor;
    let idle = 0;

    /** @param {import('./shape.js').Down} why */
    function end(why) {
        if (over) return;
        over = true;
        limit.stop();
        clearTimeout(timer);
        ender.abort();
        on.down(why);
    }

    /** @param {any} answer @param {boolean} first */
    function take(answer, first) {
        newest = answer.cursor;
        const { verdict, cursor: now, feeds } = answer;
        if (first || verdict === 'reset' || feeds?.length) on.event({ event: 'hello', verdict, cursor: now, feeds: feeds ?? [] });
        for (const event of answer.events ?? []) {
            if (event.event === 'bye') {
                end({ restart: event.reason === 'restart', final: event.reason === 'signed_out', retryMs: event.retry_ms });
                return;
            }
            on.event(event);
        }
        on.cursor(now);
        idle = answer.events?.length ? 0 : idle + 1;
    }

    /** @param {boolean} first */
    async function ask(first) {
        limit.heard();
        const response = await fetch(urlOf(newest, first), {
            headers: { Accept: 'application/json' }, cache: 'no-store', signal: ender.signal,
        });
        if (over) return;
        if (response.status !== 200) {
            end(await refusal(response));
            return;
        }
        const answer = await response.json();
        if (over) return;
        take(answer, first);
        if (!over) timer = setTimeout(next, pause(idle));
    }

    function next() {
        ask(false).catch(() => end({}));
    }

    ask(true).catch(() => end({}));
    return {
        close() {
            over = true;
            limit.stop();
            clearTimeout(timer);
            ender.abort();
        },
        send: () => false,
        check() {
            if (limit.silentFor(ANSWER_MS)) end({});
        },
    };
}

/** @param {Params} params */
export function openPoll(params) {
    const { base, stream } = params;
    // The first one is not to wait: its answer tells that the way is open.
    return openLoop(params, (cursor, first) => withQuery(`${base}/poll`, { cursor, stream, wait: first ? '0' : '' }), () => 0);
}

/** @param {Params} params */
export function openSync(params) {
    return openLoop(params, (cursor) => withQuery('/api/sync', { cursor }),
        (idle) => Math.min(SHORT_MAX_MS, SHORT_MIN_MS + idle * 500));
}
