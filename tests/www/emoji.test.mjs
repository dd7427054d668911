import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { GROUPS } from '../../www/js/lib/emoji-data.js';
import { readTable, searchEmoji, withTone } from '../../www/js/lib/emoji.js';
import { tokenAt } from '../../www/js/view/complete.js';
import { rankPeople, triggersFor } from '../../www/js/view/triggers.js';

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const table = readTable(GROUPS);
const found = (text) => searchEmoji(table, text, 8).map(({ emoji }) => emoji);

describe('the table of emoji', () => {
    it('is what its script makes of Debian’s list', (t) => {
        const source = '/usr/share/unicode/emoji/emoji-test.txt';
        if (!existsSync(source) || !readFileSync(source, 'utf8').includes('Version: 15.0')) return t.skip('unicode-data 15.0 is not installed');
        const printed = execFileSync(process.execPath, [at('www/make-emoji.mjs'), '--print'], { encoding: 'utf8', maxBuffer: 1 << 24 });
        assert.equal(printed, readFileSync(at('www/js/lib/emoji-data.js'), 'utf8'));
    });
    it('has every emoji once, with a name and something to write between colons', () => {
        assert.ok(table.all.length > 1800);
        assert.equal(new Set(table.all.map(({ emoji }) => emoji)).size, table.all.length);
        for (const { emoji, name, codes } of table.all) {
            assert.match(emoji, /\p{Emoji}/u);
            assert.ok(name && codes.length > 0 && codes.every((code) => /^[a-z0-9_+-]+$/.test(code)), `${emoji} ${name} ${codes}`);
        }
    });
    it('knows every shortcode that messages know, as the same emoji', () => {
        const plain = (emoji) => (emoji ?? 'none').replaceAll('\ufe0f', '');
        const byCode = new Map(table.all.flatMap(({ emoji, codes }) => codes.map((code) => [code, emoji])));
        const rows = [...readFileSync(at('common/shortcode.def'), 'utf8').matchAll(/^SHORTCODE\("([^"]+)", "([^"]+)"/gm)];
        assert.ok(rows.length > 1800);
        for (const [, code, emoji] of rows) assert.equal(plain(byCode.get(code)), plain(emoji), code);
    });
    it('fits the limits of a reaction', () => {
        for (const { emoji, toned } of table.all) assert.ok(Buffer.byteLength(withTone(emoji, toned ? '\u{1f3ff}' : '')) <= 64, emoji);
    });
    it('is not part of the first screen', () => {
        assert.doesNotMatch(readFileSync(at('www/js/lib/emoji.js'), 'utf8'), /^import .*emoji-data/m);
    });
});

describe('the search for emoji', () => {
    it('finds by the beginning of a word, by shortcode, and by everyday words', () => {
        assert.ok(found('thumb').includes('👍'));
        assert.equal(found('thumbs_up')[0], '👍');
        assert.equal(found('thumbs up')[0], '👍');
        assert.equal(found('tada')[0], '🎉');
        assert.ok(found('lol').includes('😂'));
        assert.deepEqual(found('flag france'), ['🇫🇷']);
        assert.deepEqual(found('zzzz'), []);
        assert.deepEqual(found('  '), []);
    });
    it('tones what has tones, by the rule of Unicode’s own list', () => {
        assert.equal(withTone('👍', '\u{1f3fd}'), '👍🏽');
        assert.equal(withTone('☝️', '\u{1f3fb}'), '☝🏻');
        assert.equal(withTone('🧑‍🚀', '\u{1f3ff}'), '🧑🏿‍🚀');
        assert.equal(withTone('🦊', '\u{1f3ff}'), '🦊');
    });
});

describe('completion', () => {
    const triggers = triggersFor(/** @type {any} */ ({}), () => '');
    const token = (text) => {
        const one = tokenAt(text, triggers);
        return one && [one.trigger.sign, one.query, one.start];
    };
    it('begins at a sign that begins a word', () => {
        assert.deepEqual(token('well :smi'), [':', 'smi', 5]);
        assert.deepEqual(token('@'), ['@', '', 0]);
        assert.deepEqual(token('(@bo'), ['@', 'bo', 1]);
        assert.deepEqual(token('line\n@bo'), ['@', 'bo', 5]);
    });
    it('leaves times, addresses, smileys and finished words alone', () => {
        for (const text of ['at 10:30', 'https://x', ':s', ':) ', 'me@example.org', '@bob and', ':smile: ', 'a: b']) assert.equal(token(text), null, text);
    });
    it('ranks people by handle and name, accents or not', () => {
        const people = [['zoe', 'Zoë Ångström'], ['bob', 'Robert'], ['robin', 'Bo Robin'], ['al', 'Alice']].map(([handle, name]) => ({ id: handle, handle, name, avatar: '', active: true }));
        assert.deepEqual(rankPeople(people, 'bo').map(({ id }) => id), ['robin', 'bob']);
        assert.deepEqual(rankPeople(people, 'ang').map(({ id }) => id), ['zoe']);
        assert.deepEqual(rankPeople(people, 'rob').map(({ id }) => id), ['robin', 'bob']);
        assert.equal(rankPeople(people, '').length, 4);
    });
});
