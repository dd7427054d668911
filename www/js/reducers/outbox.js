/** Messages on their way, as this tab shows them. js/outbox.js does the sending. */

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').OutEntry} OutEntry */
/** @typedef {import('../types.js').Message} Message */

/** @param {State} state @param {OutEntry} entry @returns {State} */
export function queued(state, entry) {
    const at = state.outbox.findIndex((one) => one.client_id === entry.client_id);
    if (at < 0) {
        const outbox = [...state.outbox, entry].sort((a, b) => (a.client_id < b.client_id ? -1 : 1));
        return { ...state, outbox };
    }
    if (state.outbox[at].state === 'sent') return state;
    return { ...state, outbox: replaceAt(state.outbox, at, entry) };
}

/** @template T @param {T[]} list @param {number} at @param {T} item */
function replaceAt(list, at, item) {
    return [...list.slice(0, at), item, ...list.slice(at + 1)];
}

/** @param {State} state @param {string} clientId @returns {State} */
export function discarded(state, clientId) {
    const outbox = state.outbox.filter((entry) => entry.client_id !== clientId);
    return outbox.length === state.outbox.length ? state : { ...state, outbox };
}

/** The server has it, under this number. @param {State} state @param {Message} message @returns {State} */
export function stored(state, message) {
    if (message.sender !== state.me?.id) return state;
    const at = state.outbox.findIndex((entry) => entry.client_id === message.client_id && entry.room === message.room);
    if (at < 0) return state;
    const entry = /** @type {OutEntry} */ ({ ...state.outbox[at], state: 'sent', reason: '', message });
    return { ...state, outbox: replaceAt(state.outbox, at, entry) };
}

/** Is it a reply that stands in its thread alone? @param {OutEntry} entry */
export function isReply(entry) {
    return Boolean(entry.thread && !entry.in_room);
}

/** A sent entry stays until the log itself, or the thread, shows the message. @param {State} state @returns {State} */
export function settle(state) {
    const outbox = state.outbox.filter((entry) => {
        if (entry.state !== 'sent' || !entry.message) return true;
        const log = isReply(entry) ? state.threads[`${entry.room}/${entry.thread}`]?.log : state.logs[entry.room];
        return log?.status === 'ready' && log.tail && log.high < entry.message.seq;
    });
    return outbox.length === state.outbox.length ? state : { ...state, outbox };
}
