/**
 * One reducer per event of docs/PROTOCOL.md, section 5, and the rule by which an event is taken at
 * most once. To teach the client a new event: write a reducer, name it here.
 */

import * as account from './account.js';
import { appendEvent, contradicts } from './log.js';
import { settle, stored } from './outbox.js';
import { presence } from './presence.js';
import * as room from './room.js';
import * as tenant from './tenant.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').WireEvent} WireEvent */
/** @typedef {(state: State, event: WireEvent) => State} Reducer */

/** @type {Record<string, Reducer>} */
export const ROOM_EVENTS = {
    message: room.message,
    member_joined: room.member_joined,
    member_left: room.member_left,
    member_role: room.member_role,
    room_changed: room.room_changed,
    room_deleted: room.room_deleted,
    hidden: room.hidden,
};

/** @type {Record<string, Reducer>} */
export const PERSONAL_EVENTS = {
    room_added: account.room_added,
    room_removed: account.room_removed,
    read_marked: account.read_marked,
    session_revoked: account.session_revoked,
    profile_changed: tenant.profile_changed,
    room_listed: tenant.room_listed,
    room_unlisted: tenant.room_unlisted,
};

/** @type {Record<string, Reducer>} */
export const EPHEMERAL_EVENTS = {
    presence_state: presence,
    presence,
};

/**
 * A numbered row of a room. The summary and the log each know how far they have come, because each
 * may have been loaded at another moment: what one has already may still be new to the other.
 * @type {Reducer}
 */
function applyRoomEvent(state, event) {
    const id = String(event.feed);
    const seq = Number(event.seq);
    const summary = state.rooms[id];
    if (!summary) return state;
    let next = state;
    const log = state.logs[id];
    if (log && contradicts(log, event)) return { ...state, logs: room.without(state.logs, id), wanted: { ...state.wanted, [id]: true } };
    if (log) {
        const noted = event.event === 'room_changed' ? { ...event, renamed: event.name !== summary.name } : event;
        const grown = appendEvent(log, noted);
        if (grown !== log) next = { ...next, logs: { ...next.logs, [id]: grown } };
    }
    if (seq > summary.last_seq) {
        if (seq > summary.last_seq + 1) next = { ...next, wanted: { ...next.wanted, [id]: true } };
        next = ROOM_EVENTS[event.event]?.(next, event) ?? next;
        next = room.patchRoom(next, id, { last_seq: seq });
    }
    return event.event === 'message' ? settle(stored(next, event.message)) : next;
}

/** A numbered row of the account's or the tenant's feed. @type {Reducer} */
function applyPersonalEvent(state, event) {
    const feed = String(event.feed);
    const seq = Number(event.seq);
    const reduce = PERSONAL_EVENTS[event.event];
    if (!reduce || seq <= (state.feeds[feed] ?? 0)) return state;
    return { ...reduce(state, event), feeds: { ...state.feeds, [feed]: seq } };
}

/** Any event of the wire; unknown ones change nothing but the count. @type {Reducer} */
export function applyEvent(state, event) {
    if (event.feed === undefined) return EPHEMERAL_EVENTS[event.event]?.(state, event) ?? state;
    if (event.event in PERSONAL_EVENTS) return applyPersonalEvent(state, event);
    return applyRoomEvent(state, event);
}
