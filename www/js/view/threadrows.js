/** From a loaded thread to the rows that are drawn: its first message, how many answered, the replies. Pure. */

import { rowsOf } from './rows.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Thread} Thread */
/** @typedef {import('./rows.js').Row} Row */
/** @typedef {{type: 'count', key: string, count: number}} CountRow */

/**
 * The lines of a thread. @param {Thread} thread @param {State} state
 * @param {boolean} [alone]  nothing else is shown: what stands in the log as well is rewritten here
 * @returns {(Row | CountRow)[]}
 */
export function threadRows({ room, seq, root, log, marker }, state, alone = false) {
    const me = state.me ?? '';
    if (!root) return [];
    const changes = state.changes.filter((change) => change.room === room);
    const rewritten = state.editing?.room === room ? state.editing : null;
    const inLog = rewritten && (rewritten.seq === seq || log.entries.some((entry) => entry.seq === rewritten.seq && entry.message?.in_room));
    const editing = inLog && !alone ? null : rewritten;
    const first = rowsOf({ log: { ...log, entries: [root], tail: false }, outbox: [], me, markerSeq: null, changes, editing });
    /** @type {(Row | CountRow)[]} */
    const rows = [...first, { type: 'count', key: 'count', count: root.message.replies?.count ?? 0 }];
    if (log.status !== 'ready') return rows;
    const outbox = state.outbox.filter((entry) => entry.room === room && entry.thread === seq);
    // The line stands at a seq, what was read at a number of the thread.
    const unread = marker === null ? undefined : log.entries.find(({ message }) => (message?.thread_no ?? 0) > marker);
    const days = new Set(first.map(({ key }) => key));
    const rest = rowsOf({ log, outbox, me, markerSeq: unread ? unread.seq - 1 : null, changes, editing });
    return [...rows, ...rest.filter(({ key }) => !days.has(key))];
}
