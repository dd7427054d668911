/**
 * One reducer per event of docs/PROTOCOL.md, section 5, and the rule by which an event is taken at
 * most once. To teach the client a new event: write a reducer, name it here.
 */

import * as account from './account.js';
import { classEvent } from './class.js';
import { patchMessage } from './held.js';
import { touched } from './lists.js';
import { contradicts, messageAt, takeEvent } from './log.js';
import { changed } from './marks.js';
import { settle, stored } from './outbox.js';
import { presence } from './presence.js';
import { message_read } from './receipts.js';
import * as room from './room.js';
import * as tenant from './tenant.js';
import * as threads from './threads.js';
import { typing } from './typing.js';

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
    message_edited: room.message_edited,
    message_deleted: room.message_deleted,
    reaction_added: room.markedOnly,
    reaction_removed: room.markedOnly,
    message_pinned: room.markedOnly,
    message_unpinned: room.markedOnly,
    hidden: room.hidden,
    class_changed: room.markedOnly,
    seat_taken: room.markedOnly,
    seat_left: room.markedOnly,
    hand_raised: room.markedOnly,
    hand_lowered: room.markedOnly,
    hand_called: room.markedOnly,
    hands_lowered: room.markedOnly,
    check_started: room.markedOnly,
    check_answered: room.markedOnly,
    check_ended: room.markedOnly,
    poll_voted: room.markedOnly,
    poll_closed: room.markedOnly,
};

/** @type {Record<string, Reducer>} */
export const PERSONAL_EVENTS = {
    room_added: account.room_added,
    room_removed: account.room_removed,
    read_marked: account.read_marked,
    message_saved: account.message_saved,
    message_unsaved: account.message_saved,
    thread_followed: threads.thread_followed,
    thread_unfollowed: threads.thread_unfollowed,
    settings_changed: account.settings_changed,
    session_revoked: account.session_revoked,
    profile_changed: tenant.profile_changed,
    room_listed: tenant.room_listed,
    room_unlisted: tenant.room_unlisted,
};

/** @type {Record<string, Reducer>} */
export const EPHEMERAL_EVENTS = {
    presence_state: presence,
    presence,
    moved: presence,
    typing,
    message_read,
};

/**
 * A message has changed, and what is told does not say all: it has to be loaded again. @type {Reducer}
 */
function noteStale(state, event) {
    const id = String(event.feed);
    const log = state.logs[id];
    const seq = Number(event.message_seq);
    if (log?.status !== 'ready' || seq < log.low) return state;
    const held = messageAt(log, seq);
    // What the log does not show is a reply: the message that it answers tells how many there are.
    const wanted = event.event === 'message_deleted' ? !held || held.thread !== undefined : event.event === 'message_edited' && held && !event.message;
    return wanted ? { ...state, stale: { ...state.stale, [`${id}/${seq}`]: true } } : state;
}

/**
 * A numbered row of a room. The summary and the log each know how far they have come, because each
 * may have been loaded at another moment: what one has already may still be new to the other. The
 * summary goes first: it looks at messages as they were before.
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
    if (seq > summary.last_seq) {
        if (seq > summary.last_seq + 1) next = { ...next, wanted: { ...next.wanted, [id]: true } };
        next = ROOM_EVENTS[event.event]?.(next, event) ?? next;
        next = room.patchRoom(next, id, { last_seq: seq });
    }
    if (log && next.logs[id]) {
        const grown = takeEvent(log, event, { me: state.me?.id ?? '', quiet: summary.notices === false });
        if (grown !== log) next = noteStale({ ...next, logs: { ...next.logs, [id]: grown } }, event);
    }
    next = classEvent(threads.threadEvent(next, event, seq > summary.last_seq), event);
    if (event.event === 'message') return settle(stored(next, event.message));
    return event.message_seq ? patchMessage(next, id, event.message_seq, (message) => changed(message, event, state.me?.id ?? ''), { log: false }) : next;
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
    const next = event.event in PERSONAL_EVENTS ? applyPersonalEvent(state, event) : applyRoomEvent(state, event);
    return next === state ? state : touched(next, event);
}
