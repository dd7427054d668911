/**
 * The loaded window of a room's log. All functions are pure and know nothing of the page.
 *
 * What is loaded comes from answers of different moments, while events go on. `log.head` is how far events have
 * been taken into all entries; an entry whose page knew more says so in its own `head`, and takes no event twice.
 * A page that knows less than the log does sets `log.head` back: js/actions/repair.js then asks for the rows
 * between, and each entry takes those that it lacks.
 */

import { changed } from './marks.js';

/** @typedef {import('../types.js').Log} Log */
/** @typedef {import('../types.js').Entry} Entry */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('../types.js').WireEvent} WireEvent */

/** More lines than this are never kept: far ones are dropped and loaded again when needed. */
export const MAX_ENTRIES = 260;
/** How many remain after dropping. */
export const KEEP_ENTRIES = 200;

/** Events of a room's feed that are drawn as a quiet line. */
const NOTICES = new Set(['member_joined', 'member_left', 'member_role', 'room_changed', 'message_pinned']);

/** @param {number} gen @returns {Log} */
export function loadingLog(gen) {
    return {
        status: 'loading', error: '', entries: [], low: 0, high: 0, head: 0,
        moreBefore: false, tail: false, busy: '', edgeError: '', gen,
    };
}

/** What an event puts into the log, if anything. @param {WireEvent} event @returns {Entry | null} */
export function entryOf(event) {
    const seq = /** @type {number} */ (event.seq);
    // A reply has its place in its thread, and in the log only if its sender wanted that.
    if (event.event === 'message') return event.message.thread && !event.message.in_room ? null : { seq, message: event.message };
    return NOTICES.has(event.event) ? { seq, notice: event } : null;
}

/** Both lists merged in order, each seq once; `more` wins. @param {Entry[]} list @param {Entry[]} more */
export function mergeEntries(list, more) {
    /** @type {Map<number, Entry>} */
    const bySeq = new Map(list.map((entry) => [entry.seq, entry]));
    for (const entry of more) bySeq.set(entry.seq, entry);
    return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** Drops the oldest lines. @param {Log} log @returns {Log} */
export function trimHead(log) {
    if (log.entries.length <= MAX_ENTRIES) return log;
    const entries = log.entries.slice(-KEEP_ENTRIES);
    return { ...log, entries, low: entries[0].seq, moreBefore: true };
}

/** Drops the newest lines: the log ends in the past then. @param {Log} log @returns {Log} */
export function trimTail(log) {
    if (log.entries.length <= MAX_ENTRIES) return log;
    const entries = log.entries.slice(0, KEEP_ENTRIES);
    return { ...log, entries, high: entries[entries.length - 1].seq, tail: false };
}

/**
 * Does an event say something else of a row that the log holds? Then the server has lost what we saw
 * (its data were put back) and has given the number again.
 * @param {Log} log @param {WireEvent} event
 */
export function contradicts(log, event) {
    const held = log.entries.find((entry) => entry.seq === event.seq);
    if (!held || event.event === 'hidden') return false;
    if (event.event === 'message') return held.message?.client_id !== event.message.client_id;
    return held.notice?.at !== event.at;
}

/** Where the line with this seq is, or -1. @param {Entry[]} entries @param {number} seq */
export function placeOf(entries, seq) {
    let low = 0;
    let high = entries.length - 1;
    while (low <= high) {
        const middle = (low + high) >> 1;
        if (entries[middle].seq === seq) return middle;
        if (entries[middle].seq < seq) low = middle + 1;
        else high = middle - 1;
    }
    return -1;
}

/** The message with this seq, if it is loaded. @param {Log | undefined} log @param {number} seq @returns {Message | undefined} */
export function messageAt(log, seq) {
    return log?.entries[placeOf(log.entries, seq)]?.message;
}

/** The same log with one message made anew. @param {Log} log @param {number} seq @param {(message: Message) => Message} change @returns {Log} */
export function withMessage(log, seq, change) {
    const at = placeOf(log.entries, seq);
    const old = log.entries[at];
    if (!old?.message) return log;
    const message = change(old.message);
    if (message === old.message) return log;
    const entries = [...log.entries];
    entries[at] = { ...old, message };
    return { ...log, entries };
}

/** The log after an event that names one of its messages. @param {Log} log @param {WireEvent} event @param {string} me */
function told(log, event, me) {
    const seq = event.message_seq ?? 0;
    const known = log.entries[placeOf(log.entries, seq)]?.head ?? 0;
    return seq && known < /** @type {number} */ (event.seq) ? withMessage(log, seq, (message) => changed(message, event, me)) : log;
}

/**
 * Takes an event, if it is the very next one after those that the log knows. Anything else is known
 * already, or is a gap that js/actions/repair.js fills.
 * @param {Log} log @param {WireEvent} event
 * @param {{me: string, quiet?: boolean}} options  `quiet`: the room keeps no notices
 * @returns {Log}
 */
export function takeEvent(log, event, { me, quiet = false }) {
    const seq = /** @type {number} */ (event.seq);
    if (log.status !== 'ready' || seq !== log.head + 1) return log;
    const now = told(log, event, me);
    if (!log.tail || seq <= log.high) return { ...now, head: seq };
    const entry = entryOf(event);
    const kept = entry && !(entry.notice && quiet);
    return trimHead({ ...now, head: seq, high: seq, entries: kept ? [...now.entries, entry] : now.entries });
}

/**
 * A page of messages as the answer of GET messages describes it.
 * @typedef {{messages: Message[], notices: WireEvent[], moreBefore: boolean, moreAfter: boolean, first: number,
 *   head: number}} Page  `first`: least seq that may be read; `head`: the room's last seq that the answer knows
 */

/** @param {Page} page @returns {Entry[]} */
function entriesOf(page) {
    const messages = page.messages.map((message) => ({ seq: message.seq, message, head: page.head }));
    return page.notices.length ? mergeEntries(page.notices.flatMap((event) => entryOf(event) ?? []), messages) : messages;
}

/** @param {Page} page */
function lastSeq(page) {
    return page.messages.length ? page.messages[page.messages.length - 1].seq : 0;
}

/** How far a page goes down. @param {Page} page */
function lowOf(page) {
    return page.moreBefore && page.messages.length ? page.messages[0].seq : page.first;
}

/** How far a page goes up. @param {Page} page */
function highOf(page) {
    return page.moreAfter ? lastSeq(page) : Math.max(lastSeq(page), page.head);
}

/** The log's entries and a page's, each message as the one knows it that knows more. @param {Log} log @param {Page} page */
function joined(log, page) {
    const held = page.head === log.head ? log.entries : log.entries.map((entry) => (
        entry.message ? { ...entry, head: Math.max(entry.head ?? 0, log.head) } : entry));
    const more = entriesOf(page).filter(({ seq, head = 0 }) => (held[placeOf(held, seq)]?.head ?? -1) < head);
    return { entries: mergeEntries(held, more), head: Math.min(log.head, page.head) };
}

/** @param {Log} log @param {Page} page @returns {Log} */
export function loadedPage(log, page) {
    return {
        ...log, status: 'ready', error: '', entries: entriesOf(page), low: lowOf(page), high: highOf(page), head: page.head,
        moreBefore: page.moreBefore, tail: !page.moreAfter, busy: '', edgeError: '',
    };
}

/** @param {Log} log @param {Page} page @returns {Log} */
export function prependPage(log, page) {
    return trimTail({ ...log, ...joined(log, page), low: Math.min(log.low, lowOf(page)), moreBefore: page.moreBefore, busy: '', edgeError: '' });
}

/** @param {Log} log @param {Page} page @returns {Log} */
export function appendPage(log, page) {
    return trimHead({ ...log, ...joined(log, page), high: Math.max(log.high, highOf(page)), tail: !page.moreAfter, busy: '', edgeError: '' });
}

/** One message has been loaded again. @param {Log} log @param {Message} message @param {number} head @returns {Log} */
export function reloaded(log, message, head) {
    if (log.status !== 'ready' || placeOf(log.entries, message.seq) < 0) return log;
    return { ...log, ...joined(log, { messages: [message], notices: [], moreBefore: true, moreAfter: true, first: 0, head }) };
}
