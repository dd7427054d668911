import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { describe, it } from 'node:test';
import { backoff, spread } from '../../www/js/lib/backoff.js';
import { linkify } from '../../www/js/lib/linkify.js';
import { sseParser } from '../../www/js/lib/sseparse.js';
import { countPoints, hueOf, initials, isBlank, isEmoji } from '../../www/js/lib/text.js';
import { clock, dayKey, dayLabel, daysAgo, listTime, since } from '../../www/js/lib/time.js';
import { streamId, uuid7 } from '../../www/js/lib/uuid.js';

// Node.js 18 has it, but not as a global.
globalThis.crypto ??= webcrypto;

describe('uuid', () => {
    it('is version 7 with the time in front', () => {
        const id = uuid7(Date.UTC(2040, 0, 1));
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        assert.equal(parseInt(id.replaceAll('-', '').slice(0, 12), 16), Date.UTC(2040, 0, 1));
    });
    it('sorts in order of making, within a millisecond and when the clock steps back', () => {
        const made = [];
        for (let i = 0; i < 10_000; i += 1) made.push(uuid7(Date.UTC(2041, 0, 1) - (i % 3)));
        assert.deepEqual([...made].sort(), made);
        assert.equal(new Set(made).size, made.length);
    });
    it('names a stream with 22 characters of base64url', () => {
        for (let i = 0; i < 50; i += 1) assert.match(streamId(), /^[A-Za-z0-9_-]{22}$/);
    });
});

describe('backoff', () => {
    it('doubles its ceiling from 1 s to 30 s', () => {
        const most = [0, 1, 2, 3, 4, 5, 6, 60].map((n) => backoff(n, { random: () => 1 }));
        assert.deepEqual(most, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
    });
    it('takes anything below the ceiling, but never no time at all', () => {
        assert.equal(backoff(3, { random: () => 0.5 }), 4000);
        assert.ok(backoff(3, { random: () => 0 }) > 0);
    });
    it('is slower when nobody looks', () => {
        assert.equal(backoff(2, { hidden: true, random: () => 1 }), 8000);
    });
    it('spreads what a server asked for upwards only', () => {
        assert.equal(spread(1000, () => 0), 1000);
        assert.equal(spread(1000, () => 1), 1500);
    });
});

describe('linkify', () => {
    const links = (text) => linkify(text).filter((piece) => piece.href).map((piece) => piece.href);
    it('keeps the text as it is', () => {
        for (const text of ['', 'no link', 'a https://x.example/y, b', 'https://a.example https://b.example.']) {
            assert.equal(linkify(text).map((piece) => piece.text).join(''), text);
        }
    });
    it('takes http and https only', () => {
        assert.deepEqual(links('http://a.example https://b.example/c?d=e#f'), ['http://a.example/', 'https://b.example/c?d=e#f']);
        assert.deepEqual(links('javascript:alert(1) data:text/html,x ftp://a.example mailto:a@b.example //a.example'), []);
        assert.deepEqual(links('xhttps://a.example'), []);
    });
    it('leaves the punctuation of the sentence out', () => {
        assert.deepEqual(links('See https://a.example/b. Or (https://a.example/c)! "https://a.example/d"'), ['https://a.example/b', 'https://a.example/c', 'https://a.example/d']);
        assert.deepEqual(links('https://en.example/wiki/Bench_(seat)'), ['https://en.example/wiki/Bench_(seat)']);
    });
    it('refuses what hides its target', () => {
        assert.deepEqual(links('https://bank.example@evil.example/'), []);
        assert.deepEqual(links('https://'), []);
        assert.deepEqual(links('https://a.example/<script>'), ['https://a.example/']);
    });
});

describe('text', () => {
    it('counts code points', () => {
        assert.equal(countPoints('aé🦊'), 3);
        assert.equal(countPoints('👩‍👩‍👧'), 5);
    });
    it('knows blank from text', () => {
        for (const text of ['', '  \n\t', '\u00a0\u2003', '\u200b']) assert.ok(isBlank(text), JSON.stringify(text));
        for (const text of ['a', ' . ', '🦊']) assert.ok(!isBlank(text));
    });
    it('makes initials of any name', () => {
        assert.equal(initials('Ada Okafor'), 'AO');
        assert.equal(initials('ada'), 'A');
        assert.equal(initials('Élise de la Tour'), 'ÉT');
        assert.equal(initials('هانا صالح'), 'هص');
        assert.equal(initials('  '), '?');
        assert.equal(initials('!!! bob'), 'B');
    });
    it('gives an id always the same colour', () => {
        const hues = new Set(Array.from({ length: 300 }, (_, i) => hueOf(String(1000 + i))));
        assert.equal(hues.size, 12);
        assert.equal(hueOf('1004'), hueOf('1004'));
    });
    it('knows one emoji', () => {
        for (const text of ['🦊', '👍🏽', '👩‍👩‍👧', '🇩🇪', '☕']) assert.ok(isEmoji(text), text);
        for (const text of ['', 'a', '🦊🦊', 'fox', '12']) assert.ok(!isEmoji(text), text);
    });
});

describe('time', () => {
    const now = new Date(2026, 10, 20, 15, 30);
    const at = (...parts) => new Date(2026, 10, ...parts).toISOString();
    it('counts calendar days, not hours', () => {
        assert.equal(daysAgo(new Date(2026, 10, 19, 23, 59), now), 1);
        assert.equal(daysAgo(new Date(2026, 10, 20, 0, 0), now), 0);
        assert.equal(daysAgo(new Date(2026, 2, 28, 12), new Date(2026, 2, 30, 1)), 2);
    });
    it('tells days apart', () => {
        assert.notEqual(dayKey(at(19, 23, 59)), dayKey(at(20, 0, 0)));
        assert.equal(dayKey(at(20, 0, 0)), dayKey(at(20, 23, 59)));
    });
    it('speaks of today and yesterday', () => {
        assert.equal(dayLabel(at(20, 1), now), 'Today');
        assert.equal(dayLabel(at(19, 1), now), 'Yesterday');
        assert.doesNotMatch(dayLabel(at(2, 1), now), /2026/);
        assert.match(dayLabel('2025-03-01T12:00:00.000Z', now), /2025/);
    });
    it('is short in lists', () => {
        assert.equal(listTime(at(20, 9, 5), now), clock(at(20, 9, 5)));
        assert.equal(listTime(at(19, 9, 5), now), 'Yesterday');
        assert.match(listTime('2024-03-01T12:00:00.000Z', now), /2024/);
    });
    it('says how long ago', () => {
        assert.equal(since(at(20, 15, 29), now), 'just now');
        assert.equal(since(at(20, 15, 10), now), '20 minutes ago');
        assert.equal(since(at(20, 14, 20), now), 'an hour ago');
        assert.equal(since(at(18, 15, 0), now), '2 days ago');
    });
});

describe('server-sent events', () => {
    const stream = [
        ': welcome\r\n\r\nretry: 2500\r\n\r\n',
        'id: c1\nevent: message\ndata: {"a":1}\n\n',
        'id: c2\n\n: heartbeat\n\n',
        'data: one\ndata: two\rid:x\r\r',
        'id: bad\0id\ndata\n\nunfinished: yes\ndata: lost',
    ].join('');
    const wanted = [
        { event: '', data: '', retry: 2500 },
        { event: 'message', data: '{"a":1}', id: 'c1' },
        { event: '', data: '', id: 'c2' },
        { event: '', data: 'one\ntwo', id: 'x' },
        { event: '', data: '' },
    ];
    it('come out the same in one piece and letter by letter', () => {
        for (const step of [stream.length, 7, 1]) {
            const got = [];
            const parser = sseParser((block) => got.push(block));
            for (let i = 0; i < stream.length; i += step) parser.feed(stream.slice(i, i + step));
            assert.deepEqual(got, wanted, `in steps of ${step}`);
        }
    });
});
