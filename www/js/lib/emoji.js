/**
 * Emoji: the table (loaded when it is first needed), the search in it, skin tones, those used lately.
 *
 *     const table = await loadEmoji();
 *     searchEmoji(table, 'smil', 20)
 */

import { keep, kept } from './kept.js';

const RECENT_KEPT = 24;

/**
 * @typedef {{emoji: string, name: string, codes: string[], toned: boolean}} Emoji  `codes`: what may stand
 *   between colons, the first one is shown
 * @typedef {{groups: {name: string, list: Emoji[]}[], all: Emoji[], also: Map<string, string[]>}} EmojiTable
 */

/** Everyday words by which an emoji is looked for though its name does not have them. */
const ALSO = {
    happy: '😀😄😊🥳', laugh: '😂🤣😄😆', lol: '😂🤣', haha: '😂😄', sad: '😢😭😞🙁', cry: '😢😭', angry: '😠😡🤬', love: '❤️😍🥰💕', like: '👍', yes: '👍✅💯', ok: '👌👍🆗', no: '👎❌🙅',
    thanks: '🙏💐', please: '🙏', sorry: '🙇😔', hello: '👋🙂', hi: '👋', bye: '👋', party: '🎉🥳🎊', tada: '🎉', celebrate: '🎉🥂🍾', congratulations: '🎉👏💐', done: '✅☑️', check: '✅✔️',
    wrong: '❌', bug: '🐛🐞', ship: '🚀🚢', launch: '🚀', fast: '⚡🚀', idea: '💡', think: '🤔💭', hmm: '🤔', wow: '😮🤩', shock: '😱🤯', mindblown: '🤯', cool: '😎🆒', tired: '😴🥱', sleep: '😴💤',
    sick: '🤒🤢😷', work: '💼🛠️', computer: '💻🖥️', coffee: '☕', tea: '🍵🫖', beer: '🍺🍻', food: '🍕🍔🍜', cake: '🎂🍰', birthday: '🎂🎈', money: '💰💶', time: '⏰⌛', wait: '⏳✋', eyes: '👀', look: '👀',
    strong: '💪', muscle: '💪', luck: '🍀🤞', sun: '☀️🌞', rain: '🌧️☔', snow: '❄️⛄', hot: '🥵🔥', cold: '🥶❄️', music: '🎵🎶🎧', dance: '💃🕺', star: '⭐🌟', plusone: '👍', '+1': '👍', '-1': '👎', shrug: '🤷',
    facepalm: '🤦', applause: '👏', bravo: '👏', welcome: '🤗👋', hug: '🤗🫂', kiss: '😘💋', wink: '😉', smile: '😄🙂😊😀', joke: '😜🤡', secret: '🤫🔒', warning: '⚠️', stop: '🛑✋', question: '❓🤔', deal: '🤝', poop: '💩',
};

/** @type {Promise<EmojiTable> | undefined} */
let loading;

/** The table. The first screen does without it. @returns {Promise<EmojiTable>} */
export function loadEmoji() {
    loading ??= import('./emoji-data.js').then(({ GROUPS }) => readTable(GROUPS));
    loading.catch(() => { loading = undefined; });
    return loading;
}

/** @param {[string, string][]} groups @returns {EmojiTable} */
export function readTable(groups) {
    const read = groups.map(([name, entries]) => ({
        name,
        list: entries.split('|').map((entry) => entry.trim()).filter(Boolean).map((entry) => {
            const space = entry.indexOf(' ');
            const [words, codes = ''] = entry.slice(space + 1).split(';');
            const toned = words.startsWith('+');
            const called = toned ? words.slice(1) : words;
            return { emoji: entry.slice(0, space), name: called, codes: [...codes.split(',').filter(Boolean), codeOf(called)], toned };
        }),
    }));
    const also = new Map(Object.entries(ALSO).map(([word, list]) => [word, graphemes(list)]));
    return { groups: read, all: read.flatMap(({ list }) => list), also };
}

/** @param {string} text */
function graphemes(text) {
    return typeof Intl.Segmenter === 'function' ? [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment) : [...text.replaceAll('\ufe0f', '')];
}

/** "grinning face" is :grinning_face:, as common/shortcode.awk has it. @param {string} name */
function codeOf(name) {
    const signs = name === 'keycap: #' ? 'keycap_hash' : name === 'keycap: *' ? 'keycap_star' : name;
    return signs.replaceAll('&', ' and ').normalize('NFKD').replace(/[\p{M}’'.]/gu, '').toLowerCase().replace(/[^a-z0-9]+/gu, '_').replace(/^_|_$/gu, '');
}

/** Lower is better; -1: it does not match. @param {Emoji} one @param {string} query @param {string[]} words */
function rank(one, query, words) {
    const joined = words.join('_');
    if (one.codes.some((code) => code === joined) || one.name === query) return 0;
    if (one.codes.some((code) => code.startsWith(joined))) return 2;
    const parts = one.name.toLowerCase().split(/[\s:,-]+/u);
    if (words.every((word) => parts.some((part) => part.startsWith(word)))) return 3;
    return words.every((word) => one.codes.some((code) => code.includes(word))) ? 4 : -1;
}

/** The best matches first. @param {EmojiTable} table @param {string} text @param {number} limit @returns {Emoji[]} */
export function searchEmoji(table, text, limit) {
    const query = text.trim().toLowerCase();
    const words = query.split(/[\s_]+/u).filter(Boolean);
    if (!words.length) return [];
    const everyday = new Set([...table.also].filter(([word]) => word === query || (query.length > 2 && word.startsWith(query))).flatMap(([, list]) => list));
    return table.all
        .map((one, at) => {
            const own = rank(one, query, words);
            return { one, at, rank: everyday.has(one.emoji) && own !== 0 ? 1 : own };
        })
        .filter((hit) => hit.rank >= 0)
        .sort((a, b) => a.rank - b.rank || a.at - b.at)
        .slice(0, limit)
        .map(({ one }) => one);
}

/** @param {string} emoji @param {string} tone  '' or one of TONES */
export function withTone(emoji, tone) {
    return tone ? emoji.replace(/(\p{Emoji_Modifier_Base})\ufe0f?/gu, `$1${tone}`) : emoji;
}

/** Skin tones, from light to dark. */
export const TONES = ['', '\u{1f3fb}', '\u{1f3fc}', '\u{1f3fd}', '\u{1f3fe}', '\u{1f3ff}'];
export const TONE_NAMES = ['No skin tone', 'Light', 'Medium light', 'Medium', 'Medium dark', 'Dark'];

export const chosenTone = () => kept('emoji.tone');
/** @param {string} tone */
export const chooseTone = (tone) => keep('emoji.tone', tone);

/** @returns {string[]}  the latest first */
export function recentEmoji() {
    return kept('emoji.recent').split(' ').filter(Boolean);
}

/** @param {string} emoji */
export function usedEmoji(emoji) {
    keep('emoji.recent', [emoji, ...recentEmoji().filter((one) => one !== emoji)].slice(0, RECENT_KEPT).join(' '));
}
