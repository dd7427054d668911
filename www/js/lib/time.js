/** Dates and times for people, in their own zone and language. */

const DAY_MS = 86_400_000;

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {Date} date @param {Intl.DateTimeFormatOptions} options */
function format(date, options) {
    const key = JSON.stringify(options);
    let made = formats.get(key);
    if (!made) {
        made = new Intl.DateTimeFormat(undefined, options);
        formats.set(key, made);
    }
    return made.format(date);
}

/** @param {Date} date */
function midnight(date) {
    return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** Whole calendar days from `date` to `now`. @param {Date} date @param {Date} now */
export function daysAgo(date, now) {
    return Math.round((midnight(now) - midnight(date)) / DAY_MS);
}

/** The same for all times of one local day. @param {string} at */
export function dayKey(at) {
    const d = new Date(at);
    return `${d.getFullYear()}-${d.getMonth() + 1}-${d.getDate()}`;
}

/** "14:05". @param {string} at */
export function clock(at) {
    return format(new Date(at), { hour: '2-digit', minute: '2-digit' });
}

/** "Friday, 20 November 2026 at 14:05". @param {string} at */
export function full(at) {
    return format(new Date(at), { dateStyle: 'full', timeStyle: 'short' });
}

/** The heading of a day. @param {string} at @param {Date} [now] */
export function dayLabel(at, now = new Date()) {
    const date = new Date(at);
    const ago = daysAgo(date, now);
    if (ago === 0) return 'Today';
    if (ago === 1) return 'Yesterday';
    const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric';
    return format(date, { weekday: 'long', day: 'numeric', month: 'long', year });
}

/** As short as a list allows. @param {string} at @param {Date} [now] */
export function listTime(at, now = new Date()) {
    const date = new Date(at);
    const ago = daysAgo(date, now);
    if (ago <= 0) return clock(at);
    if (ago === 1) return 'Yesterday';
    if (ago < 7) return format(date, { weekday: 'short' });
    if (date.getFullYear() === now.getFullYear()) return format(date, { day: 'numeric', month: 'short' });
    return format(date, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** "just now", "5 minutes ago", "3 days ago". @param {string} at @param {Date} [now] */
export function since(at, now = new Date()) {
    const minutes = Math.floor((now.getTime() - new Date(at).getTime()) / 60_000);
    if (minutes < 2) return 'just now';
    if (minutes < 60) return `${minutes} minutes ago`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return hours === 1 ? 'an hour ago' : `${hours} hours ago`;
    const days = Math.floor(hours / 24);
    return days === 1 ? 'a day ago' : `${days} days ago`;
}
