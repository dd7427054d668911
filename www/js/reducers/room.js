/** Events of a room's feed, applied to the summary that the room list shows. */

import { messageAt } from './log.js';
import { mentionsMe } from './marks.js';
import { receiptGone, receiptsOff, receiptsTold } from './receipts.js';
import { without } from './records.js';
import { withoutThreads } from './threads.js';
import { typingDone, typingForgotten } from './typing.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Room} Room */
/** @typedef {import('../types.js').Member} Member */
/** @typedef {import('../types.js').WireEvent} WireEvent */

export { without };

/** @param {State} state @param {string} id @param {Partial<Room>} change @returns {State} */
export function patchRoom(state, id, change) {
    const room = state.rooms[id];
    return room ? { ...state, rooms: { ...state.rooms, [id]: { ...room, ...change } } } : state;
}

/** Everything about a room goes. @param {State} state @param {string} id @returns {State} */
export function dropRoom(state, id) {
    return {
        ...typingForgotten(receiptsOff(state, id), id),
        ...withoutThreads(state, id),
        rooms: without(state.rooms, id),
        logs: without(state.logs, id),
        rosters: without(state.rosters, id),
        inside: without(state.inside, id),
        wanted: without(state.wanted, id),
        doubted: without(state.doubted, id),
        changes: state.changes.filter((change) => change.room !== id),
        marker: state.marker?.room === id ? null : state.marker,
        editing: state.editing?.room === id ? null : state.editing,
    };
}

/** @param {State} state @param {string} room @param {(list: Member[]) => Member[]} change @returns {State} */
function patchRoster(state, room, change) {
    const roster = state.rosters[room];
    if (roster?.status !== 'ready') return state;
    return { ...state, rosters: { ...state.rosters, [room]: { ...roster, list: change(roster.list) } } };
}

/** The person as far as it is known. @param {State} state @param {string} id */
function personOf(state, id) {
    return state.people[id] ?? { id, handle: '', name: '', avatar: '', active: true };
}

/** Mentions are counted up to here, as by the server. */
const MENTIONS_MOST = 100;

/**
 * How many mentions are unread once I have read so far. What the log does not show (replies, far messages) is
 * asked for later: see `doubted`.
 * @param {State} state @param {Room} room @param {number} readSeq @param {number} readNo
 */
function mentionsLeft(state, room, readSeq, readNo) {
    const old = room.mentions ?? 0;
    if (readNo >= room.last_no) return 0;
    const [from, to] = [Math.min(readSeq, room.read_seq), Math.max(readSeq, room.read_seq)];
    const between = (state.logs[room.id]?.entries ?? []).filter(({ seq, message }) => message && seq > from && seq <= to && mentionsMe(message, state.me)).length;
    return Math.max(0, Math.min(MENTIONS_MOST, readSeq >= room.read_seq ? old - between : old + between));
}

/**
 * The watermark stands here now. @param {State} state @param {string} id @param {number} readSeq @param {number} readNo
 * @param {Partial<Room>} [more] @returns {State}
 */
export function watermark(state, id, readSeq, readNo, more = {}) {
    const room = state.rooms[id];
    if (!room) return state;
    const mentions = mentionsLeft(state, room, readSeq, readNo);
    const unsure = (room.mentions ?? 0) > 0 || readSeq < room.read_seq;
    const next = patchRoom(state, id, { read_seq: readSeq, read_no: readNo, unread: Math.max(0, room.last_no - readNo), mentions, ...more });
    return unsure ? { ...next, doubted: { ...next.doubted, [id]: true } } : next;
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function message(state, event) {
    const { message: said } = event;
    const room = state.rooms[said.room];
    if (!room) return state;
    let next = typingDone(state, said);
    const means = mentionsMe(said, state.me) && said.seq > room.read_seq;
    const mentions = Math.min(MENTIONS_MOST, (room.mentions ?? 0) + (means ? 1 : 0));
    if (!(said.no > room.last_no)) return means ? patchRoom(next, said.room, { mentions }) : next;
    if (said.room in state.receipts) next = receiptsTold(next, said.room, [{ person: said.sender, seq: said.seq }]);
    next = patchRoom(next, said.room, { last_no: said.no, last_message: said, active_at: said.sent_at, mentions });
    // Who writes has read.
    if (said.sender === state.me?.id) {
        return watermark(next, said.room, Math.max(room.read_seq, said.seq), Math.max(room.read_no, said.no), { marked_seq: Math.max(room.marked_seq ?? 0, said.seq) });
    }
    return patchRoom(next, said.room, { unread: Math.max(0, said.no - room.read_no) });
}

/** The number of mentions after a message was changed. @param {State} state @param {WireEvent} event @returns {State} */
function mentionsChanged(state, event) {
    const id = String(event.feed);
    const room = state.rooms[id];
    if (event.message_seq <= room.read_seq) return state;
    const before = messageAt(state.logs[id], event.message_seq);
    const now = event.event === 'message_deleted' ? false : event.message && mentionsMe(event.message, state.me);
    if (before && now !== undefined) {
        const change = Number(now) - Number(mentionsMe(before, state.me));
        return change ? patchRoom(state, id, { mentions: Math.max(0, (room.mentions ?? 0) + change) }) : state;
    }
    return now !== false || room.mentions > 0 ? { ...state, doubted: { ...state.doubted, [id]: true } } : state;
}

/** What shows the message is changed by the caller. @param {State} state @param {WireEvent} event @returns {State} */
export function message_edited(state, event) {
    const next = mentionsChanged(state, event);
    const room = state.rooms[String(event.feed)];
    const unseen = !event.message && room.last_message?.seq === event.message_seq;
    return unseen ? { ...next, wanted: { ...next.wanted, [room.id]: true } } : next;
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function message_deleted(state, event) {
    return mentionsChanged(state, event);
}

/** Nothing of it is in a summary. @param {State} state @returns {State} */
export function markedOnly(state) {
    return state;
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function member_joined(state, event) {
    const id = String(event.feed);
    const next = patchRoom(state, id, { members: state.rooms[id].members + 1 });
    return patchRoster(next, id, (list) => [
        ...list.filter((member) => member.person.id !== event.person),
        { person: personOf(state, event.person), role: event.role, joined_at: String(event.at) },
    ]);
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function member_left(state, event) {
    const id = String(event.feed);
    const next = patchRoom(receiptGone(state, id, event.person), id, { members: Math.max(0, state.rooms[id].members - 1) });
    return patchRoster(next, id, (list) => list.filter((member) => member.person.id !== event.person));
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function member_role(state, event) {
    const id = String(event.feed);
    const next = event.person === state.me?.id ? patchRoom(state, id, { role: event.role }) : state;
    return patchRoster(next, id, (list) => list.map(
        (member) => (member.person.id === event.person ? { ...member, role: event.role } : member),
    ));
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function room_changed(state, event) {
    const { kind, visibility, history_open, name, topic, description, archived, notices, receipts } = event;
    const next = receipts === false ? receiptsOff(state, event.room) : state;
    return patchRoom(next, event.room, { kind, visibility, history_open, name, topic, description, archived, notices, receipts });
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function room_deleted(state, event) {
    const room = state.rooms[event.room];
    if (!room) return state;
    const notice = state.room === event.room && event.actor !== state.me?.id ? `“${room.name}” has been deleted.` : state.notice;
    return { ...dropRoom(state, event.room), notice };
}

/** A row that is not for us: it only keeps the count. @param {State} state @returns {State} */
export function hidden(state) {
    return state;
}
