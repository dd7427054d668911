/**
 * From a loaded log to the rows that are drawn: day separators, the "new messages" line, notices,
 * messages in groups by sender, and at the end what is still on its way. Pure.
 */

import { foreseen } from '../reducers/changes.js';
import { mentionsMe } from '../reducers/marks.js';
import { isFewEmoji } from '../lib/text.js';
import { dayKey } from '../lib/time.js';

/** Messages of one person within this time form a group. */
const GROUP_MS = 5 * 60_000;

/** @typedef {import('../types.js').Log} Log */
/** @typedef {import('../types.js').Entry} Entry */
/** @typedef {import('../types.js').OutEntry} OutEntry */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('../types.js').WireEvent} WireEvent */
/** @typedef {import('../types.js').Change} Change */
/** @typedef {import('../reducers/marks.js').Reader} Reader */
/**
 * @typedef {{type: 'day', key: string, at: string}} DayRow
 * @typedef {{type: 'marker', key: string}} MarkerRow
 * @typedef {{type: 'notice', key: string, at: string, events: WireEvent[], past: string}} NoticeRow  `past`: what the
 *   event tells otherwise than it was then, since it says how the room is now
 * @typedef {{type: 'message', key: string, sender: string, at: string, text: string | null,
 *   nodes: import('../types.js').MarkdownNode[] | undefined, big: boolean,
 *   files: import('../types.js').FileInfo[] | undefined, poll?: import('../types.js').Message['poll'],
 *   seq: number, no: number, clientId: string, state: 'pending' | 'failed' | 'sent', reason: string,
 *   damaged: boolean, deleted: boolean, thread: number, inRoom: boolean, replies: import('../types.js').Replies | undefined,
 *   edited: string, reactions: import('../types.js').Reaction[] | undefined, pinned: boolean, saved: boolean, means: boolean,
 *   busy: boolean, editing: string | undefined, seen: string,
 *   own: boolean, head: boolean, tail: boolean}} MessageRow  `means`: me; `busy`: a change is on its way; `editing`: the text
 *   to begin with; `seen`: ids of those who have read so far
 * @typedef {DayRow | MarkerRow | NoticeRow | MessageRow} Row
 */

/** @param {Message} message @param {Reader} me @returns {MessageRow} */
function messageRow(message, me) {
    return {
        type: 'message', key: `m:${message.sender}:${message.client_id}`, sender: message.sender,
        at: message.sent_at, text: message.text, nodes: message.nodes, big: Boolean(message.big), files: message.files, poll: message.deleted ? undefined : message.poll, seq: message.seq, no: message.no,
        clientId: message.client_id, state: 'sent', reason: '', damaged: Boolean(message.damaged),
        deleted: Boolean(message.deleted), thread: message.thread ?? 0, inRoom: Boolean(message.in_room), replies: message.replies,
        edited: message.deleted ? '' : message.edited_at ?? '', reactions: message.reactions, pinned: Boolean(message.pinned), saved: Boolean(message.saved),
        means: mentionsMe(message, me), busy: false, editing: undefined, seen: '',
        own: message.sender === me.id, head: true, tail: true,
    };
}

/** @param {OutEntry} entry @param {Reader} me @returns {MessageRow} */
function outRow(entry, me) {
    if (entry.message) return messageRow(entry.message, me);
    return {
        type: 'message', key: `m:${me.id}:${entry.client_id}`, sender: me.id, at: entry.created_at,
        text: entry.text, nodes: undefined, big: isFewEmoji(entry.text), files: entry.shown, seq: 0, no: 0, clientId: entry.client_id, state: entry.state,
        reason: entry.reason, damaged: false, deleted: false, thread: entry.thread ?? 0, inRoom: Boolean(entry.in_room), replies: undefined,
        edited: '', reactions: undefined, pinned: false, saved: false, means: false, busy: false, editing: undefined, seen: '',
        own: true, head: true, tail: true,
    };
}

/** @param {Row | undefined} before @param {MessageRow} row */
function sameGroup(before, row) {
    return before?.type === 'message' && before.sender === row.sender
        && Date.parse(row.at) - Date.parse(before.at) < GROUP_MS;
}

/** Joins right after each other are one line. @param {Row | undefined} before @param {WireEvent} event */
function sameNotice(before, event) {
    if (before?.type !== 'notice' || event.event !== 'member_joined') return false;
    const [first] = before.events;
    return first.event === event.event && first.actor === event.actor
        && (first.person === first.actor) === (event.person === event.actor);
}

/** @param {Message} message @param {Change[]} changes  of this room @param {Reader} me @returns {MessageRow} */
function changedRow(message, changes, me) {
    const mine = changes.filter(({ seq }) => seq === message.seq);
    const row = messageRow(mine.reduce((now, change) => foreseen(now, change, me.id), message), me);
    row.busy = mine.some((change) => change.do === 'edit' || change.do === 'delete');
    return row;
}

/** Only the last change of a kind is sure to be told as it was made. @param {Row[]} rows @param {boolean} tail  the newest is among them */
function notePast(rows, tail) {
    /** @type {Set<string>} */
    const later = new Set();
    for (let i = rows.length - 1; i >= 0; i -= 1) {
        const row = rows[i];
        if (row.type !== 'notice' || row.events[0].event !== 'room_changed') continue;
        const words = String(row.events[0].what ?? '').split(' ');
        row.past = words.filter((word) => !tail || later.has(word)).join(' ');
        for (const word of words) later.add(word);
    }
}

/** Each of the others stands at the last message that they have read, unless it is their own. @param {Row[]} rows @param {Record<string, number>} receipts @param {string} me */
function placeReaders(rows, receipts, me) {
    const marks = Object.entries(receipts).filter(([person]) => person !== me).sort(([, a], [, b]) => b - a);
    let next = 0;
    for (let i = rows.length - 1; i >= 0 && next < marks.length; i -= 1) {
        const row = rows[i];
        if (row.type !== 'message') continue;
        for (; next < marks.length && marks[next][1] >= row.seq; next += 1) {
            const [person] = marks[next];
            if (person !== row.sender) row.seen = row.seen ? `${row.seen} ${person}` : person;
        }
    }
}

/**
 * @param {{log: Log, outbox: OutEntry[], me: string | Reader, markerSeq: number | null, changes?: Change[],
 *   editing?: {seq: number, text: string} | null, receipts?: Record<string, number>}} what
 *   `outbox`, `changes`, `editing`: of this room only
 * @returns {Row[]}
 */
export function rowsOf({ log, outbox, me: reader, markerSeq, changes = [], editing = null, receipts }) {
    const me = typeof reader === 'string' ? { id: reader, handle: '' } : reader;
    /** @type {Row[]} */
    const rows = [];
    let day = '';
    let marked = markerSeq === null;
    const last = () => rows[rows.length - 1];

    /** @param {string} at */
    const beginDay = (at) => {
        const key = dayKey(at);
        if (key === day) return;
        day = key;
        rows.push({ type: 'day', key: `d:${key}`, at });
    };
    /** @param {MessageRow} row */
    const add = (row) => {
        const before = last();
        if (sameGroup(before, row)) {
            row.head = false;
            /** @type {MessageRow} */ (before).tail = false;
        }
        rows.push(row);
    };

    /** @type {Set<string>} */
    const shown = new Set();
    for (const { seq, message, notice } of log.entries) {
        const at = message ? message.sent_at : String(notice.at);
        beginDay(at);
        if (!marked && message && seq > Number(markerSeq) && message.sender !== me.id) {
            marked = true;
            rows.push({ type: 'marker', key: 'marker' });
        }
        if (message) {
            if (message.sender === me.id) shown.add(message.client_id);
            const row = changedRow(message, changes, me);
            if (editing?.seq === seq && !message.deleted) row.editing = editing.text;
            add(row);
        } else {
            const before = last();
            if (sameNotice(before, notice)) /** @type {NoticeRow} */ (before).events.push(notice);
            else rows.push({ type: 'notice', key: `n:${seq}`, at, events: [notice], past: '' });
        }
    }
    notePast(rows, log.tail);
    if (receipts && log.tail) placeReaders(rows, receipts, me.id);
    if (!log.tail) return rows;
    for (const entry of outbox) {
        if (shown.has(entry.client_id)) continue;
        beginDay(entry.created_at);
        add(outRow(entry, me));
    }
    return rows;
}
