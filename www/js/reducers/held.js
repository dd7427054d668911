/**
 * Messages wherever this tab holds them: in a room's log, in a thread, in a list beside it. One that changes
 * (an edit, a reaction, a reply) changes in all of them.
 */

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Log} Log */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {(message: Message) => Message} Change */

/** @param {Log} log @param {number} seq @param {Change} change @returns {Log} */
function changedLog(log, seq, change) {
    const at = log.entries.findIndex((entry) => entry.seq === seq);
    const old = log.entries[at]?.message;
    if (!old) return log;
    const message = change(old);
    if (message === old) return log;
    const entries = [...log.entries];
    entries[at] = { ...log.entries[at], message };
    return { ...log, entries };
}

/**
 * The same record with some of its values changed, or itself if none is.
 * @template T @param {Record<string, T>} record @param {(value: T) => T} change @returns {Record<string, T>}
 */
function mapped(record, change) {
    let next = record;
    for (const [key, value] of Object.entries(record)) {
        const now = change(value);
        if (now !== value) next = { ...next, [key]: now };
    }
    return next;
}

/**
 * @param {State} state @param {string} room @param {number} seq
 * @param {Change} change  returns the message itself if nothing changes; it may be called several times
 * @param {{log?: boolean}} [where]  `log: false`: not in the logs of rooms and threads, which take events in order
 * @returns {State}
 */
export function patchMessage(state, room, seq, change, { log: inLog = true } = {}) {
    const next = { ...state };
    const is = (/** @type {Message | null | undefined} */ message) => message?.room === room && message.seq === seq;
    const log = inLog ? state.logs[room] : undefined;
    const changed = log && changedLog(log, seq, change);
    if (changed && changed !== log) next.logs = { ...state.logs, [room]: changed };
    next.threads = mapped(state.threads, (thread) => {
        if (thread.room !== room || !inLog) return thread;
        const replies = changedLog(thread.log, seq, change);
        const root = thread.root && thread.seq === seq ? change(thread.root.message) : thread.root?.message;
        if (replies === thread.log && root === thread.root?.message) return thread;
        return { ...thread, root: thread.root && root ? { ...thread.root, message: root } : null, log: replies };
    });
    next.roots = mapped(state.roots, (root) => (root && is(root) ? change(root) : root));
    next.lists = mapped(state.lists, (list) => {
        if (!list.items.some(is)) return list;
        const items = list.items.map((message) => (is(message) ? change(message) : message));
        return items.every((message, i) => message === list.items[i]) ? list : { ...list, items };
    });
    const summary = state.rooms[room];
    if (summary?.last_message && is(summary.last_message)) {
        const last_message = change(summary.last_message);
        if (last_message !== summary.last_message) next.rooms = { ...state.rooms, [room]: { ...summary, last_message } };
    }
    const same = /** @type {(keyof State)[]} */ (['logs', 'threads', 'roots', 'lists', 'rooms']).every((key) => next[key] === state[key]);
    return same ? state : next;
}

/** A message, if it is held anywhere. @param {State} state @param {string} room @param {number} seq @returns {Message | undefined} */
export function heldMessage(state, room, seq) {
    const inLog = (/** @type {Log | undefined} */ log) => log?.entries.find((entry) => entry.seq === seq)?.message;
    const found = inLog(state.logs[room]) ?? state.roots[`${room}/${seq}`];
    if (found) return found;
    for (const thread of Object.values(state.threads)) {
        if (thread.room !== room) continue;
        if (thread.root && thread.seq === seq) return thread.root.message;
        const reply = inLog(thread.log);
        if (reply) return reply;
    }
    for (const list of Object.values(state.lists)) {
        const message = list.items.find((one) => one.room === room && one.seq === seq);
        if (message) return message;
    }
    return undefined;
}
