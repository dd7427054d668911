/**
 * Threads. An open one is a log of its replies that takes every event of its room in order, as the room's own
 * log does: what comes out of order waits until js/actions/threads.js has asked for what is missing. A reply is
 * counted at the message that began the thread, wherever that one is held; one that has been counted is not
 * counted again (js/reducers/marks.js).
 */

import { heldMessage, patchMessage } from './held.js';
import { trimHead } from './log.js';
import { changed, replied, replyGone, unreadReplies } from './marks.js';
import { patchRoom } from './room.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Thread} Thread */
/** @typedef {import('../types.js').Replies} Replies */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('../types.js').MessageEntry} MessageEntry */
/** @typedef {import('../types.js').Entry} Entry */
/** @typedef {import('../types.js').WireEvent} WireEvent */

/** @param {string} room @param {number} seq  of the message that began it */
export function threadKey(room, seq) {
    return `${room}/${seq}`;
}

/** Unread replies below a message, if it is known. @param {Message | null | undefined} root */
export function unreadBelow(root) {
    return unreadReplies(root?.replies);
}

/**
 * What an event makes of one line; a line may be newer than the log that it stands in.
 * @template {Entry} E @param {E} entry @param {WireEvent} event @param {string} me @returns {E}
 */
function taken(entry, event, me) {
    const seq = Number(event.seq);
    if (!entry.message || entry.seq !== event.message_seq || seq <= (entry.head ?? 0)) return entry;
    const message = changed(entry.message, event, me);
    return message === entry.message ? entry : { ...entry, message };
}

/** @param {Thread} thread @param {WireEvent} event @param {NonNullable<State['me']>} me @returns {Thread} */
function takes(thread, event, me) {
    const seq = Number(event.seq);
    const { log } = thread;
    if (log.status !== 'ready' || seq !== log.head + 1) return thread;
    let { root } = thread;
    let next = { ...log, head: seq };
    const said = event.event === 'message' ? event.message : null;
    if (said?.thread === thread.seq) {
        if (root) root = { ...root, message: replied(root.message, said, me) };
        if (log.tail) next = trimHead({ ...next, high: seq, entries: [...log.entries, { seq, message: said }] });
    } else if (event.message_seq !== undefined) {
        root = root && taken(root, event, me.id);
        if (log.entries.some((entry) => entry.seq === event.message_seq)) next.entries = log.entries.map((entry) => taken(entry, event, me.id));
    }
    return { ...thread, root, log: next };
}

/** @param {State} state @param {string} room @param {(thread: Thread) => Thread} change @returns {State} */
function eachThread(state, room, change) {
    let { threads } = state;
    for (const [key, thread] of Object.entries(state.threads)) {
        const next = thread.room === room ? change(thread) : thread;
        if (next !== thread) threads = { ...threads, [key]: next };
    }
    return threads === state.threads ? state : { ...state, threads };
}

/**
 * An event of a room, for all that is held of its threads.
 * @param {State} state @param {WireEvent} event
 * @param {boolean} fresh  the room's summary has not taken it yet
 * @returns {State}
 */
export function threadEvent(state, event, fresh) {
    const { me } = state;
    const room = String(event.feed);
    if (!me) return state;
    const said = event.event === 'message' ? /** @type {Message} */ (event.message) : null;
    if (said?.thread) return reply(eachThread(state, room, (thread) => takes(thread, event, me)), said, fresh, heldMessage(state, room, said.thread));
    if (event.event === 'message_deleted') state = gone(state, room, event.message_seq);
    return eachThread(state, room, (thread) => takes(thread, event, me));
}

/**
 * @param {State} state  in which open threads have taken it @param {Message} said @param {boolean} fresh
 * @param {Message | undefined} root  as it was before @returns {State}
 */
function reply(state, said, fresh, root) {
    const { room, thread: seq = 0 } = said;
    const key = threadKey(room, seq);
    const next = patchMessage(state, room, seq, (message) => replied(message, said, /** @type {NonNullable<State['me']>} */ (state.me)));
    if (!fresh) return next;
    if (root) return unreadChanged(next, room, seq, unreadBelow(root));
    // Whether I follow it is not known: js/actions/threads.js asks.
    return key in next.roots ? next : { ...next, roots: { ...next.roots, [key]: null } };
}

/** A reply is gone: the thread has one less. @param {State} state @param {string} room @param {number} seq @returns {State} */
function gone(state, room, seq) {
    const message = Object.values(state.threads).filter((thread) => thread.room === room)
        .map((thread) => thread.log.entries.find((entry) => entry.seq === seq)?.message).find(Boolean)
        ?? state.logs[room]?.entries.find((entry) => entry.seq === seq)?.message;
    if (!message?.thread || message.deleted) return state;
    return patchMessage(state, room, message.thread, replyGone);
}

/** @param {State} state @param {string} room @param {number} seq @param {number} before @returns {State} */
function unreadChanged(state, room, seq, before) {
    const change = unreadBelow(heldMessage(state, room, seq)) - before;
    const summary = state.rooms[room];
    return change && summary ? patchRoom(state, room, { threads_unread: Math.max(0, (summary.threads_unread ?? 0) + change) }) : state;
}

/**
 * I follow a thread or not, and have read so far: said here, or on another device.
 * @param {State} state @param {string} room @param {number} seq @param {{following?: boolean, read_no?: number}} now
 * @returns {State}
 */
export function threadMarked(state, room, seq, now) {
    const root = heldMessage(state, room, seq);
    if (!root) return state.rooms[room] ? { ...state, wanted: { ...state.wanted, [room]: true } } : state;
    const next = patchMessage(state, room, seq, (message) => {
        /** @type {Replies} */
        const had = message.replies ?? { count: 0, last_at: '', last_no: 0, read_no: 0, following: false, people: [] };
        const replies = { ...had, following: now.following ?? had.following, read_no: Math.max(had.read_no, now.read_no ?? 0) };
        return replies.following === had.following && replies.read_no === had.read_no ? message : { ...message, replies };
    });
    return unreadChanged(next, room, seq, unreadBelow(root));
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function thread_followed(state, event) {
    return threadMarked(state, event.room, event.thread, { following: true, read_no: event.read_no });
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function thread_unfollowed(state, event) {
    return threadMarked(state, event.room, event.thread, { following: false, read_no: event.read_no });
}

/** @param {State} state @param {string} room @param {number} seq @param {(thread: Thread) => Thread} change @returns {State} */
export function patchThread(state, room, seq, change) {
    const key = threadKey(room, seq);
    const thread = state.threads[key];
    const next = thread && change(thread);
    return next === thread ? state : { ...state, threads: { ...state.threads, [key]: next } };
}

/** All that is held of a room's threads goes. @param {State} state @param {string} room @returns {Pick<State, 'threads' | 'roots'>} */
export function withoutThreads({ threads, roots }, room) {
    return {
        threads: Object.fromEntries(Object.entries(threads).filter(([, thread]) => thread.room !== room)),
        roots: Object.fromEntries(Object.entries(roots).filter(([key]) => !key.startsWith(`${room}/`))),
    };
}
