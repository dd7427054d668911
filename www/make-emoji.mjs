/**
 * Makes js/lib/emoji-data.js, the table behind the emoji picker, of the list that Debian's package
 * `unicode-data` has, and of the aliases in common/shortcode.def (its other names are those of the list):
 *
 *     node www/make-emoji.mjs            writes the table
 *     node www/make-emoji.mjs --print    prints it (tests/www/emoji.test.mjs compares)
 *
 * Skin tones are folded: an emoji with a + has five toned forms, made by putting the tone behind every
 * base (js/lib/emoji.js). Forms of people with two different tones are left out.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SOURCE = '/usr/share/unicode/emoji/emoji-test.txt';
const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const TONES = ['\u{1f3fb}', '\u{1f3fc}', '\u{1f3fd}', '\u{1f3fe}', '\u{1f3ff}'];
const LINE = /^([0-9A-F ]+?)\s*; fully-qualified\s*# \S+ E[\d.]+ (.+)$/;

/** The same rule as in js/lib/emoji.js. @param {string} emoji @param {string} tone */
const toned = (emoji, tone) => emoji.replace(/(\p{Emoji_Modifier_Base})\ufe0f?/gu, `$1${tone}`);

/** Shortcodes by emoji. @returns {Map<string, string[]>} */
function shortcodes() {
    const path = at('../common/shortcode.def');
    const found = new Map();
    if (!existsSync(path)) return found;
    for (const [, name, emoji] of readFileSync(path, 'utf8').matchAll(/^SHORTCODE\("([^"]+)", "([^"]+)", .*\bALIAS\)/gm)) {
        const key = emoji.replaceAll('\ufe0f', '');
        found.set(key, [...found.get(key) ?? [], name]);
    }
    return found;
}

/** @param {string} text */
function table(text) {
    const codes = shortcodes();
    /** Every form of the list. @type {Set<string>} */
    const all = new Set();
    /** @type {{group: string, subgroups: {emoji: string, name: string}[][]}[]} */
    const groups = [];
    for (const line of text.split('\n')) {
        const head = /^# (sub)?group: (.+)$/.exec(line);
        if (head && !head[1]) groups.push({ group: head[2], subgroups: [] });
        else if (head) groups[groups.length - 1].subgroups.push([]);
        const entry = LINE.exec(line);
        if (!entry) continue;
        const emoji = String.fromCodePoint(...entry[1].split(' ').map((hex) => parseInt(hex, 16)));
        all.add(emoji);
        const { subgroups } = groups[groups.length - 1];
        if (!/[\u{1f3fb}-\u{1f3ff}]/u.test(emoji)) subgroups[subgroups.length - 1].push({ emoji, name: entry[2] });
    }
    const line = (/** @type {{emoji: string, name: string}} */ { emoji, name }) => {
        const folded = toned(emoji, TONES[0]) !== emoji && TONES.every((tone) => all.has(toned(emoji, tone)));
        const known = codes.get(emoji.replaceAll('\ufe0f', '')) ?? [];
        return `${emoji} ${folded ? '+' : ''}${name}${known.length ? `;${known.join(',')}` : ''}`;
    };
    const version = /^# Version: (\S+)/m.exec(text)?.[1];
    const body = groups.filter(({ group }) => group !== 'Component').map(({ group, subgroups }) => [
        `    [${JSON.stringify(group)}, \``,
        ...subgroups.filter((one) => one.length).map((one) => `${one.map(line).join('|')}|`),
        '`],',
    ].join('\n'));
    return `/**
 * The emoji of Unicode ${version}, in groups: made by www/make-emoji.mjs, not to be edited. Each entry is an
 * emoji, its name (with a + in front if it has skin tones), and after a semicolon its shortcodes.
 *
 * Data: © 2022 Unicode, Inc., https://www.unicode.org/terms_of_use.html (Unicode License V3: free to use, copy,
 * change and pass on with this notice; provided as it is, without warranty).
 *
 * @type {[group: string, entries: string][]}
 */
export const GROUPS = [
${body.join('\n')}
];
`;
}

const made = table(readFileSync(SOURCE, 'utf8'));
if (process.argv.includes('--print')) process.stdout.write(made);
else writeFileSync(at('js/lib/emoji-data.js'), made);
