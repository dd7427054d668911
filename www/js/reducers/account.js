/** Events of the account's feed: what concerns only this person. */

import { patchMessage } from './held.js';
import { changed } from './marks.js';
import { dropRoom, patchRoom, watermark } from './room.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').WireEvent} WireEvent */

/** @param {State} state @param {WireEvent} event @returns {State} */
export function room_added(state, event) {
    return { ...state, wanted: { ...state.wanted, [event.room]: true } };
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function room_removed(state, event) {
    const room = state.rooms[event.room];
    const byOther = event.actor !== undefined && event.actor !== state.me?.id;
    const notice = room && byOther && state.room === room.id ? `You are no longer in “${room.name}”.` : state.notice;
    return { ...dropRoom(state, event.room), notice };
}

/**
 * The server has another watermark. Further than what it had: somebody has read, here or elsewhere, and this tab may
 * know of more already. Back from it: the person wants to come back to a message. @param {State} state @param {WireEvent} event @returns {State}
 */
export function read_marked(state, event) {
    const room = state.rooms[event.room];
    if (!room) return state;
    const { read_seq, read_no } = event;
    const back = read_seq < (room.marked_seq ?? room.read_seq);
    if (!back && read_seq <= room.read_seq) return patchRoom(state, room.id, { marked_seq: read_seq });
    return watermark(state, room.id, read_seq, back ? read_no : Math.max(room.read_no, read_no), { marked_seq: read_seq });
}

/** Also when it is no more. @param {State} state @param {WireEvent} event @returns {State} */
export function message_saved(state, event) {
    return patchMessage(state, event.room, event.message_seq, (message) => changed(message, event, state.me?.id ?? ''));
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function settings_changed(state, event) {
    return event.room in state.rooms ? { ...state, wanted: { ...state.wanted, [event.room]: true } } : state;
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function session_revoked(state, event) {
    if (!state.sessions) return state;
    return { ...state, sessions: state.sessions.filter((session) => session.id !== event.session) };
}
