/** How far the others have read, where the room tells. State beside the log: marks only go forward. */

import { without } from './records.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').WireEvent} WireEvent */
/** @typedef {{person: string, seq: number}} ReadMark */

/** @param {State} state @param {string} room @param {ReadMark[]} read @returns {State} */
export function receiptsTold(state, room, read) {
    const marks = { ...state.receipts[room] };
    let moved = !(room in state.receipts);
    for (const { person, seq } of read) {
        if (seq <= (marks[person] ?? -1)) continue;
        marks[person] = seq;
        moved = true;
    }
    return moved ? { ...state, receipts: { ...state.receipts, [room]: marks } } : state;
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function message_read(state, event) {
    return receiptsTold(state, event.room, event.read);
}

/** Who has gone has no mark. @param {State} state @param {string} room @param {string} person @returns {State} */
export function receiptGone(state, room, person) {
    const marks = state.receipts[room];
    if (!marks || !(person in marks)) return state;
    return { ...state, receipts: { ...state.receipts, [room]: without(marks, person) } };
}

/** The room does not tell any more. @param {State} state @param {string} room @returns {State} */
export function receiptsOff(state, room) {
    return room in state.receipts ? { ...state, receipts: without(state.receipts, room) } : state;
}
