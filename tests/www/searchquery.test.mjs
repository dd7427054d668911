import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QuestionError, excerpt, readDay, readQuestion, resolve, toggleFilter } from '../../www/js/lib/searchquery.js';

const NOW = new Date(2026, 10, 21, 15, 30);
const look = { now: NOW, person: async (/** @type {string} */ name) => (name === 'ada' ? '7' : ''), room: (/** @type {string} */ name) => (name === 'Book club' ? '12' : '') };
const ask = (/** @type {string} */ text) => resolve(readQuestion(text), look);
const midnight = (/** @type {number} */ day) => new Date(2026, 10, day).toISOString();

describe('the language of the search field', () => {
    it('takes filters out wherever they stand', () => {
        assert.deepEqual(readQuestion('hello from:ada world'), { words: 'hello world', filters: [{ key: 'from', value: 'ada' }] });
        assert.deepEqual(readQuestion('IN:"Book club" "good morning"'), { words: '"good morning"', filters: [{ key: 'in', value: 'Book club' }] });
        assert.deepEqual(readQuestion('has:link has:'), { words: '', filters: [{ key: 'has', value: 'link' }] });
        assert.deepEqual(readQuestion('https://x.org wherefrom:here'), { words: 'https://x.org wherefrom:here', filters: [] });
        assert.deepEqual(readQuestion('  '), { words: '', filters: [] });
        assert.deepEqual(readQuestion('in:"open'), { words: '', filters: [{ key: 'in', value: 'open' }] });
    });
    it('puts a filter in, out, and in place of another', () => {
        assert.equal(toggleFilter('hello', 'has', 'link'), 'hello has:link');
        assert.equal(toggleFilter('hello has:link', 'has', 'link'), 'hello');
        assert.equal(toggleFilter('has:link hello', 'has', 'file'), 'hello has:file');
        assert.equal(toggleFilter('', 'in', 'Book club'), 'in:"Book club"');
    });
    it('asks the server by ids and instants', async () => {
        assert.deepEqual(await ask('hi from:@ada in:"Book club" has:IMAGE'), { q: 'hi', from: '7', in: '12', has: 'image' });
        assert.deepEqual(await ask('hi before:2026-11-20'), { q: 'hi', before: midnight(20) });
        assert.deepEqual(await ask('hi after:2026-11-18'), { q: 'hi', after: midnight(19) });
        assert.deepEqual(await ask('hi on:yesterday'), { q: 'hi', after: midnight(20), before: midnight(21) });
        for (const wrong of ['from:bob', 'in:nowhere', 'has:fun', 'before:soon', 'on:2026-02-30', 'after:2026-13-01']) await assert.rejects(ask(wrong), QuestionError, wrong);
    });
    it('knows days', () => {
        assert.equal(readDay('today', NOW)?.getDate(), 21);
        assert.equal(readDay('2026-2-3', NOW)?.getMonth(), 1);
        assert.equal(readDay('0000-01-01', NOW), null);
    });
});

describe('the piece of a message that is shown', () => {
    it('marks what was found, in code points', () => {
        assert.deepEqual(excerpt('😀 zebra!', [[2, 7]]), [{ text: '😀 ', mark: false }, { text: 'zebra', mark: true }, { text: '!', mark: false }]);
        assert.deepEqual(excerpt('a\n\nb', []), [{ text: 'a b', mark: false }]);
    });
    it('is cut around the first place of a long text', () => {
        const text = `${'word '.repeat(300)}needle${' word'.repeat(300)}`;
        const parts = excerpt(text, [[1500, 1506]], 100);
        assert.ok(parts.some((part) => part.mark && part.text === 'needle'));
        assert.equal(parts[0].text, '… ');
        assert.equal(parts[parts.length - 1].text, ' …');
        assert.ok(parts.map((part) => part.text).join('').length < 110);
    });
});
