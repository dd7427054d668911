/** Changes of the state that come from answers and from this tab, not from the stream. */

import { emptyState } from '../store.js';
import { applyEvent } from './index.js';
import { settle, stored } from './outbox.js';
import { staleLists } from './lists.js';
import { watermark, without } from './room.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Room} Room */
/** @typedef {import('../types.js').Log} Log */
/** @typedef {import('../types.js').Person} Person */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('../types.js').SyncAnswer} SyncAnswer */

/** @param {State} state @param {Person[]} people @returns {State} */
export function peopleLoaded(state, people) {
    const known = { ...state.people };
    for (const person of people) known[person.id] = person;
    return { ...state, people: known };
}

/**
 * The whole state of one moment. Loaded logs are dropped, unless the caller knows that they are
 * sound and only lack what came since.
 * @param {State} state @param {SyncAnswer} answer @param {{keepLogs?: boolean}} [options]
 * @returns {State}
 */
export function syncLoaded(state, answer, { keepLogs = false } = {}) {
    /** @type {Record<string, Room>} */
    const rooms = {};
    for (const room of answer.rooms) rooms[room.id] = told(room, keepLogs ? state.rooms[room.id] : undefined);
    const logs = keepLogs
        ? Object.fromEntries(Object.entries(state.logs).filter(([id]) => id in rooms)) : {};
    return settle(peopleLoaded({
        ...state, phase: 'ready', problem: '', me: answer.me, rooms, logs, wanted: {}, doubted: {}, feeds: {},
        threads: keepLogs ? state.threads : {}, roots: {}, lists: staleLists(state.lists),
        rosters: {}, typing: {}, classes: {}, polls: {}, limits: answer.limits,
    }, answer.people));
}

/**
 * A summary as the server has it, with what this tab has read meanwhile and has not told yet.
 * @param {Room} room @param {Room | undefined} old @returns {Room}
 */
function told(room, old) {
    const now = { ...room, marked_seq: room.read_seq };
    if (!old || old.read_seq <= room.read_seq || old.read_seq <= (old.marked_seq ?? old.read_seq)) return now;
    const read_no = Math.max(old.read_no, room.read_no);
    return { ...now, read_seq: old.read_seq, read_no, unread: Math.max(0, room.last_no - read_no), mentions: Math.min(old.mentions ?? 0, room.mentions ?? 0) };
}

/**
 * A room's summary, fresh. It may be older than events that have been applied since it was asked for.
 * @param {State} state @param {Room} room @returns {State}
 */
export function roomLoaded(state, room) {
    const old = state.rooms[room.id];
    let merged = told(room, old);
    const behind = old && old.last_seq > room.last_seq;
    if (behind) {
        const read_no = Math.max(old.read_no, room.read_no);
        merged = {
            ...room, last_seq: old.last_seq, last_no: old.last_no, last_message: old.last_message,
            active_at: old.active_at, read_seq: Math.max(old.read_seq, room.read_seq), read_no,
            marked_seq: Math.max(old.marked_seq ?? 0, room.read_seq),
            unread: Math.max(0, old.last_no - read_no), mentions: old.mentions, threads_unread: old.threads_unread,
        };
    }
    // What was counted beside the log is not known as long as the answer is behind.
    const wanted = without(state.wanted, room.id);
    return {
        ...state, rooms: { ...state.rooms, [room.id]: merged }, wanted,
        doubted: behind && room.id in state.wanted ? { ...state.doubted, [room.id]: true } : without(state.doubted, room.id),
    };
}

/** @param {State} state @param {string} room @param {(log: Log) => Log} change @returns {State} */
export function patchLog(state, room, change) {
    const log = state.logs[room];
    if (!log) return state;
    const next = change(log);
    return next === log ? state : settle({ ...state, logs: { ...state.logs, [room]: next } });
}

/** The person has read up to here, says this tab. @param {State} state @param {string} id @param {number} seq @param {number} no @returns {State} */
export function readLocally(state, id, seq, no) {
    const room = state.rooms[id];
    if (!room || seq <= room.read_seq) return state;
    return watermark(state, id, seq, Math.max(room.read_no, no));
}

/** The person wants to come back to this message. @param {State} state @param {Message} message @returns {State} */
export function unreadLocally(state, message) {
    const { room: id, seq, no } = message;
    const room = state.rooms[id];
    if (!room || seq > room.read_seq) return state;
    return { ...watermark(state, id, seq - 1, Math.min(room.read_no, no - 1), { marked_seq: seq - 1 }), marker: state.room === id ? { room: id, seq: seq - 1 } : state.marker };
}

/**
 * The server has stored a message of ours. The stream will bring it too; if it is the very next row
 * it is taken at once.
 * @param {State} state @param {Message} message @returns {State}
 */
export function sendStored(state, message) {
    const next = stored(state, message);
    const room = next.rooms[message.room];
    if (room && message.seq === room.last_seq + 1) {
        return applyEvent(next, { event: 'message', feed: message.room, seq: message.seq, at: message.sent_at, message });
    }
    return settle(next);
}

/** Nothing of the person is left. @param {string} problem  what the sign-in page says @returns {State} */
export function signedOut(problem) {
    return { ...emptyState(), phase: 'signed-out', problem };
}
