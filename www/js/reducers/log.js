/** The loaded window of a room's log. All functions are pure and know nothing of the page. */

/** @typedef {import('../types.js').Log} Log */
/** @typedef {import('../types.js').Entry} Entry */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('../types.js').WireEvent} WireEvent */

/** More lines than this are never kept: far ones are dropped and loaded again when needed. */
export const MAX_ENTRIES = 260;
/** How many remain after dropping. */
export const KEEP_ENTRIES = 200;

/** Events of a room's feed that are drawn as a quiet line. */
const NOTICES = new Set(['member_joined', 'member_left', 'member_role', 'room_changed']);

/** @param {number} gen @returns {Log} */
export function loadingLog(gen) {
    return {
        status: 'loading', error: '', entries: [], low: 0, high: 0,
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

/**
 * Appends a live event, if it is the very next one of a log that reaches the newest. Anything else
 * is known already, or is a gap that js/actions/repair.js fills.
 * @param {Log} log @param {WireEvent} event @returns {Log}
 */
export function appendEvent(log, event) {
    const seq = /** @type {number} */ (event.seq);
    if (log.status !== 'ready' || !log.tail || seq !== log.high + 1) return log;
    const entry = entryOf(event);
    const grown = { ...log, high: seq, entries: entry ? [...log.entries, entry] : log.entries };
    return trimHead(grown);
}

/**
 * A page of messages as the answer of GET messages describes it.
 * @typedef {{messages: Message[], moreBefore: boolean, moreAfter: boolean, first: number,
 *   newest: number}} Page  `first`: least seq that may be read; `newest`: the room's last seq when
 *   the page was asked for, which it covers if nothing is after it
 */

/** @param {Page} page @returns {Entry[]} */
function entriesOf(page) {
    return page.messages.map((message) => ({ seq: message.seq, message }));
}

/** @param {Page} page */
function lastSeq(page) {
    return page.messages.length ? page.messages[page.messages.length - 1].seq : 0;
}

/** @param {Log} log @param {Page} page @returns {Log} */
export function loadedPage(log, page) {
    const entries = entriesOf(page);
    const low = page.moreBefore && entries.length ? entries[0].seq : page.first;
    const high = page.moreAfter ? lastSeq(page) : Math.max(lastSeq(page), page.newest);
    return {
        ...log, status: 'ready', error: '', entries, low, high,
        moreBefore: page.moreBefore, tail: !page.moreAfter, busy: '', edgeError: '',
    };
}

/** @param {Log} log @param {Page} page @returns {Log} */
export function prependPage(log, page) {
    const entries = mergeEntries(entriesOf(page), log.entries);
    const low = page.moreBefore && entries.length ? entries[0].seq : page.first;
    return trimTail({ ...log, entries, low, moreBefore: page.moreBefore, busy: '', edgeError: '' });
}

/** @param {Log} log @param {Page} page @returns {Log} */
export function appendPage(log, page) {
    const entries = mergeEntries(log.entries, entriesOf(page));
    const high = Math.max(log.high, page.moreAfter ? lastSeq(page) : Math.max(lastSeq(page), page.newest));
    return trimHead({ ...log, entries, high, tail: !page.moreAfter, busy: '', edgeError: '' });
}

/** Notices of the covered part, found afterwards. @param {Log} log @param {WireEvent[]} events @returns {Log} */
export function addNotices(log, events) {
    const known = new Set(log.entries.map((entry) => entry.seq));
    const more = events.flatMap((event) => {
        const entry = entryOf(event);
        return entry?.notice && entry.seq >= log.low && entry.seq <= log.high && !known.has(entry.seq) ? [entry] : [];
    });
    return more.length ? { ...log, entries: mergeEntries(log.entries, more) } : log;
}

/** Are there numbers without a line between the first and the last covered one? @param {Log} log */
export function hasHoles(log) {
    return log.status === 'ready' && log.high - log.low + 1 > log.entries.length;
}
