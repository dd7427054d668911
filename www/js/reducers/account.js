/** Events of the account's feed: what concerns only this person. */

import { dropRoom, patchRoom } from './room.js';

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

/** @param {State} state @param {WireEvent} event @returns {State} */
export function read_marked(state, event) {
    const room = state.rooms[event.room];
    if (!room || event.read_seq <= room.read_seq) return state;
    const read_no = Math.max(room.read_no, event.read_no);
    return patchRoom(state, room.id, {
        read_seq: event.read_seq, read_no, unread: Math.max(0, room.last_no - read_no),
    });
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function session_revoked(state, event) {
    if (!state.sessions) return state;
    return { ...state, sessions: state.sessions.filter((session) => session.id !== event.session) };
}
