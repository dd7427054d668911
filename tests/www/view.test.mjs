import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Chooser, PROMOTE_MS } from '../../www/js/transport/choose.js';
import { deviceName } from '../../www/js/view/profile.js';
import { noticeText } from '../../www/js/view/notice.js';
import { quoteOf } from '../../www/js/view/quote.js';
import { rowsOf } from '../../www/js/view/rows.js';
import { typingText } from '../../www/js/view/typing.js';
import { matchRank } from '../../www/js/view/switcher.js';

const minute = (n, day = 20) => new Date(2026, 10, day, 12, n).toISOString();
const message = (seq, sender, at) => ({ seq, message: { room: '50', seq, no: seq, sender, sent_at: at, client_id: `c${seq}`, text: 't', version: 1 } });
const log = (entries, more = {}) => ({ status: 'ready', entries, low: 1, high: 99, tail: true, moreBefore: false, ...more });
const out = (id, at) => ({ client_id: id, account: '1', room: '50', text: 'mine', created_at: at, state: 'pending', reason: '' });
const shape = (rows) => rows.map((row) => (row.type === 'message' ? `${row.seq}${row.head ? '^' : ''}${row.tail ? '$' : ''}` : row.type));

describe('rows', () => {
    it('group one sender’s messages within five minutes', () => {
        const rows = rowsOf({ log: log([message(1, '2', minute(0)), message(2, '2', minute(4)), message(3, '2', minute(10)), message(4, '3', minute(11))]), outbox: [], me: '1', markerSeq: null });
        assert.deepEqual(shape(rows), ['day', '1^', '2$', '3^$', '4^$']);
    });
    it('separate days, and groups at midnight', () => {
        const rows = rowsOf({ log: log([message(1, '2', new Date(2026, 10, 19, 23, 59).toISOString()), message(2, '2', new Date(2026, 10, 20, 0, 1).toISOString())]), outbox: [], me: '1', markerSeq: null });
        assert.deepEqual(shape(rows), ['day', '1^$', 'day', '2^$']);
    });
    it('put the line of the new ones before the first of somebody else', () => {
        const entries = [message(1, '2', minute(0)), message(2, '1', minute(1)), message(3, '2', minute(2))];
        assert.deepEqual(shape(rowsOf({ log: log(entries), outbox: [], me: '1', markerSeq: 1 })), ['day', '1^$', '2^$', 'marker', '3^$']);
        assert.deepEqual(shape(rowsOf({ log: log(entries), outbox: [], me: '1', markerSeq: 3 })), ['day', '1^$', '2^$', '3^$']);
    });
    it('end with what is on its way, each once', () => {
        const entries = [message(1, '1', minute(0))];
        const rows = rowsOf({ log: log(entries), outbox: [out('c1', minute(0)), out('z', minute(1))], me: '1', markerSeq: null });
        assert.deepEqual(rows.filter((row) => row.type === 'message').map((row) => [row.clientId, row.state, row.own]), [['c1', 'sent', true], ['z', 'pending', true]]);
        assert.equal(rowsOf({ log: log(entries, { tail: false }), outbox: [out('z', minute(1))], me: '1', markerSeq: null }).length, 2);
    });
    it('keep the key when a pending message has been stored', () => {
        const pending = rowsOf({ log: log([]), outbox: [out('c7', minute(0))], me: '1', markerSeq: null }).at(-1);
        const stored = rowsOf({ log: log([message(7, '1', minute(0))]), outbox: [], me: '1', markerSeq: null }).at(-1);
        assert.equal(pending.key, stored.key);
    });
    it('make one line of people who were added together', () => {
        const joined = (seq, person) => ({ seq, notice: { event: 'member_joined', feed: '50', seq, at: minute(seq), actor: '2', person } });
        const rows = rowsOf({ log: log([joined(1, '3'), joined(2, '4'), message(3, '2', minute(3)), joined(4, '5')]), outbox: [], me: '1', markerSeq: null });
        assert.deepEqual(shape(rows), ['day', 'notice', '3^$', 'notice']);
        assert.equal(rows[1].events.length, 2);
    });
});

describe('what stands at the rows', () => {
    const made = (more) => rowsOf({ log: log([message(1, '2', minute(0)), message(2, '1', minute(1)), message(3, '2', minute(2))]), outbox: [], me: { id: '1', handle: 'me' }, markerSeq: null, ...more })
        .filter((row) => row.type === 'message');
    it('each other person stands at the last message that they have read, but not at their own', () => {
        assert.deepEqual(made({ receipts: { 1: 3, 2: 3, 3: 2, 4: 9, 5: 0 } }).map((row) => row.seen), ['', '3', '4']);
    });
    it('a change of the room that was made again later does not claim to be how it is', () => {
        const changed = (seq, what) => ({ seq, notice: { event: 'room_changed', feed: '50', seq, at: minute(seq), actor: '2', what } });
        const past = (tail) => rowsOf({ log: log([changed(1, 'name topic'), changed(2, 'name')], { tail }), outbox: [], me: '1', markerSeq: null }).slice(1).map((row) => row.past);
        assert.deepEqual([past(true), past(false)], [['name', ''], ['name topic', 'name']]);
    });
    it('what I have just done is in them, and what I rewrite has its text', () => {
        const rows = made({ changes: [{ id: 1, room: '50', seq: 2, do: 'edit', text: 'better' }, { id: 2, room: '50', seq: 3, do: 'react', emoji: '👍', on: true }], editing: { seq: 2, text: 'bet' } });
        assert.deepEqual([rows[1].text, rows[1].busy, rows[1].editing, rows[2].reactions.length, rows[2].busy], ['better', true, 'bet', 1, false]);
    });
});

describe('the line of those who type', () => {
    it('names three, or two and how many others', () => {
        assert.equal(typingText([], 0), '');
        assert.equal(typingText(['Ann'], 1), 'Ann is writing …');
        assert.equal(typingText(['Ann', 'Bob', 'Cem'], 3), 'Ann, Bob and Cem are writing …');
        assert.equal(typingText(['Ann', 'Bob', 'Cem', 'Dea'], 12), 'Ann, Bob and 10 others are writing …');
    });
});

describe('a quote', () => {
    it('says whose it is and where it stands, and holds nothing that would spill out of it', () => {
        assert.equal(quoteOf({ text: 'one\n\n*two*' }, 'A [b]', 'https://x/#/room/1/2'), '> [A \\[b\\]](https://x/#/room/1/2):\n> one\n>\n> *two*\n\n');
        assert.equal(quoteOf({ text: '> old\nnew' }, 'A', 'l'), '> [A](l):\n> new\n\n');
        const cut = quoteOf({ text: `\`\`\`\n${'x\n'.repeat(40)}` }, 'A', 'l').trimEnd().split('\n');
        assert.deepEqual([cut.length, cut.at(-2), cut.at(-1)], [11, '> …', '> ```']);
        assert.ok([...quoteOf({ text: '😀'.repeat(1000) }, 'A', 'l')].length < 420);
    });
});

describe('notices', () => {
    const app = { state: { me: { id: '1' } }, people: { get: (id) => ({ id, name: `P${id}`, handle: '' }) } };
    const text = (...events) => noticeText(app, events.map((event) => ({ event: 'member_joined', ...event })));
    it('are sentences', () => {
        assert.equal(text({ actor: '2', person: '2' }), 'P2 joined');
        assert.equal(text({ actor: '1', person: '1' }), 'You joined');
        assert.equal(text({ actor: '2', person: '1' }, { actor: '2', person: '3' }), 'P2 added you and P3');
        assert.equal(text(...['3', '4', '5', '6', '7'].map((person) => ({ actor: '1', person }))), 'You added P3, P4, P5 and 2 others');
        assert.equal(text({ event: 'member_left', actor: '2', person: '3' }), 'P2 removed P3');
        assert.equal(text({ event: 'room_changed', actor: '2', what: 'name', name: 'New' }), 'P2 renamed this to “New”');
        assert.equal(text({ event: 'room_changed', actor: '1', what: 'topic archived', topic: 'Tea', archived: false }), 'You set the topic to “Tea” and took this out of the archive');
        assert.equal(noticeText(app, [{ event: 'room_changed', actor: '2', what: 'name topic', name: 'Now', topic: 'Tea' }], 'name'), 'P2 renamed this and set the topic to “Tea”');
        assert.equal(text({ event: 'room_changed', actor: '2', what: 'something_new' }), 'P2 changed the settings');
        assert.equal(text({ event: 'message_pinned', actor: '2', message_seq: 4 }), 'P2 pinned a message');
        assert.equal(text({ event: 'member_role', actor: '2', person: '1', role: 'moderator' }), 'P2 made you a moderator');
    });
});

describe('the switcher', () => {
    it('ranks a beginning before a middle, and bears accents', () => {
        assert.ok(matchRank('Élise Moreau', 'eli') < matchRank('Camélia', 'eli'));
        assert.ok(matchRank('Garden committee', 'com') < matchRank('Welcome', 'com'));
        assert.ok(matchRank('Saturday hike', 'sh') > 0);
        assert.equal(matchRank('Welcome', 'xyz'), -1);
        assert.equal(matchRank('anything', ''), 0);
    });
});

describe('devices', () => {
    it('are called by browser and system', () => {
        assert.equal(deviceName('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36'), 'Chrome on Linux');
        assert.equal(deviceName('Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'), 'Firefox on Linux');
        assert.equal(deviceName('node'), 'node');
        assert.equal(deviceName(''), 'Unknown device');
    });
});

describe('the choice of transport', () => {
    const chooser = (more = {}) => new Chooser({ pusher: true, now: 0, ...more });
    it('goes down after two failures each while the pusher is well', () => {
        const choice = chooser();
        const ways = [choice.way];
        for (let i = 0; i < 8; i += 1) {
            choice.failed(true, 0);
            ways.push(choice.way);
        }
        assert.deepEqual(ways, ['ws', 'ws', 'sse', 'sse', 'poll', 'poll', 'sync', 'sync', 'ws']);
    });
    it('does not blame the transport when the pusher is away, and asks the handlers then', () => {
        const choice = chooser();
        choice.failed(false, 0);
        choice.failed(false, 0);
        assert.equal(choice.way, 'ws');
        choice.failed(false, 0);
        assert.equal(choice.way, 'sync');
        choice.restart(0);
        assert.equal(choice.way, 'ws');
    });
    it('forgets failures once it was open', () => {
        const choice = chooser();
        choice.failed(true, 0);
        choice.opened();
        choice.failed(true, 0);
        assert.equal(choice.way, 'ws');
    });
    it('tries the best again after a while on a lesser way', () => {
        const choice = chooser();
        choice.failed(true, 0);
        choice.failed(true, 0);
        choice.lost(1000);
        assert.equal(choice.way, 'sse');
        choice.lost(PROMOTE_MS + 1);
        assert.equal(choice.way, 'ws');
    });
    it('stays where a test has pinned it, and polls where there is no pusher', () => {
        const pinned = chooser({ pinned: 'sse' });
        for (let i = 0; i < 9; i += 1) pinned.failed(i % 2 === 0, 0);
        assert.equal(pinned.way, 'sse');
        assert.equal(chooser({ pusher: false }).way, 'sync');
        assert.equal(chooser({ pinned: 'nonsense' }).way, 'ws');
    });
});
