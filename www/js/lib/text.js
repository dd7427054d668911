/** Small questions about text that the server asks too. */

const BLANK = /^[\s\p{Cf}\u0000-\u0020]*$/u;
const HUES = 12;

/** Code points, as the server's limit counts them. @param {string} text */
export function countPoints(text) {
    let n = 0;
    for (const _ of text) n += 1;
    return n;
}

/** Nothing but white space and invisible characters? @param {string} text */
export function isBlank(text) {
    return BLANK.test(text);
}

/** Up to two initials of a name. @param {string} name */
export function initials(name) {
    const words = name.trim().split(/[\s._-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
    const first = firstLetter(words[0] ?? name);
    const last = words.length > 1 ? firstLetter(words[words.length - 1]) : '';
    return (first + last).toLocaleUpperCase() || '?';
}

/** @param {string} word */
function firstLetter(word) {
    return word.match(/[\p{L}\p{N}]/u)?.[0] ?? '';
}

/** A stable colour number for an id. @param {string} id */
export function hueOf(id) {
    let hash = 2166136261;
    for (let i = 0; i < id.length; i += 1) {
        hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
    }
    return (hash >>> 0) % HUES;
}

/** "1 person", "3 people". @param {number} n @param {string} one @param {string} many */
export function plural(n, one, many) {
    return `${n.toLocaleString()} ${n === 1 ? one : many}`;
}

/** "Ann, Bob and 3 others". @param {string[]} names  the first of them @param {number} [count]  of all @param {number} [most]  names shown */
export function listed(names, count = names.length, most = names.length) {
    const shown = names.slice(0, most);
    const others = count - shown.length;
    if (others > 0) return shown.length ? `${shown.join(', ')} and ${others === 1 ? 'one other' : `${others} others`}` : plural(count, 'person', 'people');
    return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown[shown.length - 1]}`;
}

/** Marks and invisible characters upon one letter. No language needs so many; a browser takes seconds for thousands. */
const HEAPED = /([\p{M}\p{Cf}]{30})[\p{M}\p{Cf}]+/gu;

/** What is shown of a text: without what is heaped upon a letter to disturb others. @param {string} text */
export const calm = (text) => text.replace(HEAPED, '$1');

const BIG_EMOJI = 6;

/** Up to six emoji and nothing else: such a message is shown large. @param {string} text */
export function isFewEmoji(text) {
    if (text.length > 200 || typeof Intl.Segmenter !== 'function') return false;
    const signs = [...new Intl.Segmenter().segment(text.replace(/\s/gu, ''))];
    return signs.length > 0 && signs.length <= BIG_EMOJI && signs.every(({ segment }) => isEmoji(segment));
}

/** Is it one emoji (with its modifiers), as an avatar must be? @param {string} text */
export function isEmoji(text) {
    if (!/\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(text)) return false;
    if (typeof Intl.Segmenter !== 'function') return countPoints(text) <= 8;
    return [...new Intl.Segmenter().segment(text)].length === 1;
}
