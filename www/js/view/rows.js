/**
 * From a loaded log to the rows that are drawn: day separators, the "new messages" line, notices,
 * messages in groups by sender, and at the end what is still on its way. Pure.
 */

import { isFewEmoji } from '../lib/text.js';
import { dayKey } from '../lib/time.js';

/** Messages of one person within this time form a group. */
const GROUP_MS = 5 * 60_000;

/** @typedef {import('../types.js').Log} Log */
/** @typedef {import('../types.js').Entry} Entry */
/** @typedef {import('../types.js').OutEntry} OutEntry */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('../types.js').WireEvent} WireEvent */
/**
 * @typedef {{type: 'day', key: string, at: string}} DayRow
 * @typedef {{type: 'marker', key: string}} MarkerRow
 * @typedef {{type: 'notice', key: string, at: string, events: WireEvent[]}} NoticeRow
 * @typedef {{type: 'message', key: string, sender: string, at: string, text: string | null,
 *   nodes: import('../types.js').MarkdownNode[] | undefined, big: boolean,
 *   files: import('../types.js').FileInfo[] | undefined,
 *   seq: number, no: number, clientId: string, state: 'pending' | 'failed' | 'sent', reason: string,
 *   damaged: boolean, deleted: boolean, own: boolean, head: boolean, tail: boolean}} MessageRow
 * @typedef {DayRow | MarkerRow | NoticeRow | MessageRow} Row
 */

/** @param {Message} message @param {string} me @returns {MessageRow} */
function messageRow(message, me) {
    return {
        type: 'message', key: `m:${message.sender}:${message.client_id}`, sender: message.sender,
        at: message.sent_at, text: message.text, nodes: message.nodes, big: Boolean(message.big), files: message.files, seq: message.seq, no: message.no,
        clientId: message.client_id, state: 'sent', reason: '', damaged: Boolean(message.damaged),
        deleted: Boolean(message.deleted), own: message.sender === me, head: true, tail: true,
    };
}

/** @param {OutEntry} entry @param {string} me @returns {MessageRow} */
function outRow(entry, me) {
    if (entry.message) return messageRow(entry.message, me);
    return {
        type: 'message', key: `m:${me}:${entry.client_id}`, sender: me, at: entry.created_at,
        text: entry.text, nodes: undefined, big: isFewEmoji(entry.text), files: entry.shown, seq: 0, no: 0, clientId: entry.client_id, state: entry.state,
        reason: entry.reason, damaged: false, deleted: false, own: true, head: true, tail: true,
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

/**
 * @param {{log: Log, outbox: OutEntry[], me: string, markerSeq: number | null}} what
 *   `outbox`: of this room only
 * @returns {Row[]}
 */
export function rowsOf({ log, outbox, me, markerSeq }) {
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
        if (!marked && message && seq > Number(markerSeq) && message.sender !== me) {
            marked = true;
            rows.push({ type: 'marker', key: 'marker' });
        }
        if (message) {
            if (message.sender === me) shown.add(message.client_id);
            add(messageRow(message, me));
        } else {
            const before = last();
            if (sameNotice(before, notice)) /** @type {NoticeRow} */ (before).events.push(notice);
            else rows.push({ type: 'notice', key: `n:${seq}`, at, events: [notice] });
        }
    }
    if (!log.tail) return rows;
    for (const entry of outbox) {
        if (shown.has(entry.client_id)) continue;
        beginDay(entry.created_at);
        add(outRow(entry, me));
    }
    return rows;
}
