/**
 * The language of the search field: words, "phrases", and filters as `from:ada`, `in:"Book club"`, `has:link`,
 * `before:2026-11-21`, `after:yesterday`, `on:today`. Filters are taken out here; the server gets the rest as it is.
 */

const FILTER = /(^|\s)(from|in|has|before|after|on):(?:"([^"]*)"?|(\S*))/giu;
const HAS = ['link', 'file', 'image'];
const DAY = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;

/** @typedef {'from' | 'in' | 'has' | 'before' | 'after' | 'on'} FilterKey */
/** @typedef {{key: FilterKey, value: string}} Filter */
/** @typedef {{words: string, filters: Filter[]}} Question */

/** @param {string} text @returns {Question} */
export function readQuestion(text) {
    /** @type {Filter[]} */
    const filters = [];
    const words = text.replace(FILTER, (_, before, key, quoted, plain) => {
        const value = (quoted ?? plain).trim();
        if (value) filters.push({ key: key.toLowerCase(), value });
        return before;
    });
    return { words: words.replace(/\s+/gu, ' ').trim(), filters };
}

/** A filter as one would write it. @param {FilterKey} key @param {string} value */
export function writeFilter(key, value) {
    return `${key}:${/\s/u.test(value) ? `"${value.replaceAll('"', '')}"` : value}`;
}

/** The text with a filter put in, or taken out if it stands there. @param {string} text @param {FilterKey} key @param {string} value */
export function toggleFilter(text, key, value) {
    const { words, filters } = readQuestion(text);
    const rest = filters.filter((one) => one.key !== key);
    const stood = filters.some((one) => one.key === key && one.value.toLowerCase() === value.toLowerCase());
    if (!stood) rest.push({ key, value });
    return [words, ...rest.map((one) => writeFilter(one.key, one.value))].filter(Boolean).join(' ');
}

/** The local midnight at which a day begins. @param {string} value @param {Date} now @returns {Date | null} */
export function readDay(value, now) {
    const word = value.toLowerCase();
    if (word === 'today') return new Date(now.getFullYear(), now.getMonth(), now.getDate());
    if (word === 'yesterday') return new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
    const [, year, month, day] = DAY.exec(value) ?? [];
    if (!year) return null;
    const date = new Date(Number(year), Number(month) - 1, Number(day));
    return date.getMonth() === Number(month) - 1 && date.getDate() === Number(day) && Number(year) >= 1970 ? date : null;
}

/** What is wrong with a filter, for a person to read. */
export class QuestionError extends Error {}

/**
 * What the server is asked. Before a day and after a day leave that day out.
 * @param {Question} question
 * @param {{now: Date, person: (name: string) => Promise<string>, room: (name: string) => string}} look  ids of names; '' if there is none
 * @returns {Promise<Record<string, string>>}
 */
export async function resolve({ words, filters }, { now, person, room }) {
    /** @type {Record<string, string>} */
    const query = words ? { q: words } : {};
    /** @param {Date} day @param {number} days */
    const instant = (day, days) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).toISOString();
    for (const { key, value } of filters) {
        if (key === 'from') {
            query.from = await person(value.replace(/^@/, ''));
            if (!query.from) throw new QuestionError(`Nobody here has the handle “${value.replace(/^@/, '')}”.`);
        } else if (key === 'in') {
            query.in = room(value.replace(/^[#@]/, ''));
            if (!query.in) throw new QuestionError(`You are in no conversation that is called “${value}”.`);
        } else if (key === 'has') {
            if (!HAS.includes(value.toLowerCase())) throw new QuestionError(`“has:” is followed by one of ${HAS.join(', ')}.`);
            query.has = value.toLowerCase();
        } else {
            const day = readDay(value, now);
            if (!day) throw new QuestionError(`“${key}:” is followed by a day such as 2026-11-21, today or yesterday.`);
            if (key !== 'before') query.after = instant(day, key === 'after' ? 1 : 0);
            if (key !== 'after') query.before = instant(day, key === 'on' ? 1 : 0);
        }
    }
    return query;
}

/**
 * A piece of a text around its first highlight, cut into plain and marked parts.
 * @param {string} text @param {[number, number][]} highlights  in code points @param {number} [length]  of the piece
 * @returns {{text: string, mark: boolean}[]}
 */
export function excerpt(text, highlights, length = 200) {
    const points = [...text];
    const first = highlights[0]?.[0] ?? 0;
    let from = points.length <= length || first < length / 2 ? 0 : first - Math.floor(length / 4);
    // Not in the middle of a word, if there is a blank soon.
    if (from > 0) for (let i = 0; i < 20 && from < first && !/\s/u.test(points[from - 1]); i += 1) from += 1;
    let to = Math.min(points.length, from + length);
    if (to < points.length) for (let i = 0; i < 20 && to > from && !/\s/u.test(points[to]); i += 1) to -= 1;
    /** @type {{text: string, mark: boolean}[]} */
    const parts = [];
    /** @param {number} a @param {number} b @param {boolean} mark */
    const add = (a, b, mark) => {
        const piece = points.slice(Math.max(a, from), Math.min(b, to)).join('').replace(/\s+/gu, ' ');
        if (piece) parts.push({ text: piece, mark });
    };
    let at = from;
    for (const [a, b] of highlights) {
        if (a >= to) break;
        add(at, a, false);
        add(a, b, true);
        at = Math.max(at, b);
    }
    add(at, to, false);
    if (from > 0) parts.unshift({ text: '… ', mark: false });
    if (to < points.length) parts.push({ text: ' …', mark: false });
    return parts;
}
