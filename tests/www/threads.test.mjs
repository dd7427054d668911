// Threads and lists in the state: what replies count, what an open thread takes, what lists must be loaded again.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lacking } from '../../www/js/actions/threads.js';
import { applyEvent } from '../../www/js/reducers/index.js';
import { listKey, loadingList } from '../../www/js/reducers/lists.js';
import { patchLog, sendStored, syncLoaded } from '../../www/js/reducers/local.js';
import { appendPage, loadedPage, loadingLog, prependPage } from '../../www/js/reducers/log.js';
import { isReply, queued } from '../../www/js/reducers/outbox.js';
import { dropRoom } from '../../www/js/reducers/room.js';
import { patchThread, threadMarked, unreadBelow } from '../../www/js/reducers/threads.js';
import { bodyOf } from '../../www/js/outbox.js';
import { emptyState } from '../../www/js/store.js';
import { threadRows } from '../../www/js/view/threadrows.js';

const ME = '1';
const AT = '2026-11-20T12:00:00.000Z';
const ROOT = 8;
const message = (seq, more = {}) => ({ room: '50', seq, no: seq, sender: '2', sent_at: AT, client_id: `c${seq}`, text: `text ${seq}`, version: 1, ...more });
const answer = (seq, no, more = {}) => message(seq, { no: null, thread: ROOT, thread_no: no, ...more });
const said = (one) => ({ event: 'message', feed: '50', seq: one.seq, at: AT, message: one });
const replied = (seq, no, more = {}) => said(answer(seq, no, more));
const of = (seq, event, more = {}) => ({ event, feed: '50', seq, at: AT, actor: '2', ...more });
const replies = (more = {}) => ({ count: 2, last_at: AT, last_no: 2, read_no: 2, following: true, people: ['2'], ...more });
const room = (more = {}) => ({
    id: '50', kind: 'group', visibility: 'private', history_open: true, name: 'Room', topic: '', description: '', archived: false, notices: true, receipts: true,
    members: 2, created_at: AT, active_at: AT, role: 'owner', read_seq: 10, read_no: 10, last_seq: 10, last_no: 10, unread: 0, mentions: 0, threads_unread: 0,
    min_seq: 1, visible_from: 1, notify: 'all', ...more,
});
const synced = () => syncLoaded(emptyState(), {
    verdict: 'reset', cursor: 'c', me: { id: ME, handle: 'me', name: 'Me', avatar: '', created_at: AT, tenant: { id: '9', name: 'T' }, session: '77' },
    rooms: [room()], people: [], push: { url: '/push' }, limits: { message_max: 2000 }, heartbeat_ms: 20000,
});
const page = (messages, more = {}) => ({ messages, notices: [], moreBefore: false, moreAfter: false, first: 1, head: 10, ...more });
/** A log of 6 to 10 in which 8 has two replies; none of them stands in it. */
const withLog = (root = {}) => ({ ...synced(), logs: { 50: loadedPage(loadingLog(1), page([6, 7, message(ROOT, { replies: replies(), ...root }), 9, 10].map((one) => (typeof one === 'number' ? message(one) : one)), { moreBefore: true })) } });
/** The same with that thread open. */
const withThread = (root = {}) => {
    const state = withLog(root);
    const log = loadedPage(loadingLog(2), page([answer(4, 1), answer(5, 2)], { first: ROOT }));
    return { ...state, threads: { [`50/${ROOT}`]: { room: '50', seq: ROOT, root: { seq: ROOT, message: message(ROOT, { replies: replies(), ...root }), head: 10 }, log, marker: null } } };
};
const apply = (state, ...events) => events.reduce(applyEvent, state);
const rootOf = (state) => state.logs['50'].entries.find((entry) => entry.seq === ROOT).message;
const thread = (state) => state.threads[`50/${ROOT}`];
const inThread = (state) => thread(state).log.entries.map((entry) => entry.seq);

describe('a reply', () => {
    it('is counted below the message that it answers, with who replied last', () => {
        const { replies: now } = rootOf(apply(withLog(), replied(11, 3, { sender: '3', sent_at: '2026-11-20T13:00:00.000Z' })));
        assert.deepEqual(now, { count: 3, last_at: '2026-11-20T13:00:00.000Z', last_no: 3, read_no: 2, following: true, people: ['3', '2'] });
    });
    it('stands in its thread and not in the log, and not among the unread of the room', () => {
        const state = apply(withThread(), replied(11, 3), said(message(12, { no: 11 })));
        assert.deepEqual(inThread(state), [4, 5, 11]);
        assert.deepEqual(state.logs['50'].entries.map((entry) => entry.seq), [6, 7, 8, 9, 10, 12]);
        assert.deepEqual([state.rooms['50'].unread, state.rooms['50'].threads_unread], [1, 1]);
    });
    it('that is shown in the room too stands in both', () => {
        const state = apply(withThread(), replied(11, 3, { in_room: true, no: 11 }));
        assert.deepEqual([inThread(state).at(-1), state.logs['50'].entries.at(-1).seq, state.rooms['50'].unread], [11, 11, 1]);
    });
    it('counts once, however often it comes and wherever its root is held', () => {
        const once = apply(withThread(), replied(11, 3));
        const again = apply(once, replied(11, 3), replied(11, 3));
        assert.deepEqual([rootOf(again).replies.count, thread(again).root.message.replies.count, inThread(again), again.rooms['50'].threads_unread], [3, 3, [4, 5, 11], 1]);
    });
    it('of mine is read, and I follow the thread from then on', () => {
        const state = apply(withLog({ replies: replies({ following: false, read_no: 0 }) }), replied(11, 3, { sender: ME }));
        assert.deepEqual([rootOf(state).replies.following, rootOf(state).replies.read_no, state.rooms['50'].threads_unread], [true, 3, 0]);
    });
    it('of mine clears what was unread in the thread', () => {
        const before = apply(withLog(), replied(11, 3), replied(12, 4));
        assert.equal(before.rooms['50'].threads_unread, 2);
        assert.equal(apply(before, replied(13, 5, { sender: ME })).rooms['50'].threads_unread, 0);
    });
    it('counts the same where only the open thread shows the root', () => {
        const alone = (state) => ({ ...state, logs: {} });
        const two = apply(alone(withThread()), replied(11, 3), replied(12, 4));
        assert.equal(two.rooms['50'].threads_unread, 2);
        assert.equal(apply(two, replied(13, 5, { sender: ME })).rooms['50'].threads_unread, 0);
    });
    it('is not new to who does not follow, unless it mentions them', () => {
        const state = withLog({ replies: replies({ following: false, read_no: 2 }) });
        assert.equal(apply(state, replied(11, 3)).rooms['50'].threads_unread, 0);
        const meant = apply(state, replied(11, 3, { nodes: [{ kind: 'paragraph', nodes: [{ kind: 'mention', handle: 'me' }] }] }));
        assert.deepEqual([rootOf(meant).replies.following, meant.rooms['50'].threads_unread], [true, 1]);
    });
    it('is the first: who began the thread follows it', () => {
        const state = apply(withLog({ replies: undefined, sender: ME }), replied(11, 1));
        assert.deepEqual([rootOf(state).replies, state.rooms['50'].threads_unread], [{ count: 1, last_at: AT, last_no: 1, read_no: 0, following: true, people: ['2'] }, 1]);
    });
    it('to a message that is not on the page makes that one asked for, once', () => {
        const state = apply(synced(), replied(11, 3), replied(12, 4));
        assert.deepEqual(state.roots, { [`50/${ROOT}`]: null });
        const known = { ...state, roots: { [`50/${ROOT}`]: message(ROOT, { replies: replies({ last_no: 4, read_no: 4 }) }) } };
        assert.equal(apply(known, replied(13, 5)).rooms['50'].threads_unread, 1);
    });
    it('that is deleted leaves its line in the thread and is not counted any more', () => {
        const state = apply(withThread(), replied(11, 3), of(12, 'message_deleted', { message_seq: 11 }));
        assert.equal(thread(state).log.entries.at(-1).message.deleted, true);
        assert.deepEqual([rootOf(state).replies.count, thread(state).root.message.replies.count], [2, 2]);
    });
    it('that is edited or reacted to changes in the open thread, once', () => {
        const edit = of(11, 'message_edited', { message_seq: 5, message: answer(5, 2, { text: 'better', version: 2 }) });
        const react = of(12, 'reaction_added', { message_seq: 5, emoji: '👍' });
        const state = apply(withThread(), edit, react, edit, react);
        const { text, reactions } = thread(state).log.entries[1].message;
        assert.deepEqual([text, reactions], ['better', [{ emoji: '👍', count: 1, mine: false, people: ['2'] }]]);
    });
    it('to which the root changes in the log and in the thread', () => {
        const state = apply(withThread(), of(11, 'message_edited', { message_seq: ROOT, message: message(ROOT, { text: 'other', version: 2 }) }));
        assert.deepEqual([rootOf(state).text, thread(state).root.message.text, rootOf(state).replies.count], ['other', 'other', 2]);
    });
});

describe('an open thread', () => {
    it('takes events in order, and says when it lacks some', () => {
        const gap = apply(withThread(), replied(13, 5));
        assert.deepEqual(inThread(gap), [4, 5]);
        assert.equal(lacking(gap).length, 1);
        const closed = apply(gap, replied(11, 3), of(12, 'hidden'), replied(13, 5));
        assert.deepEqual(inThread(closed), [4, 5, 11, 13]);
        assert.deepEqual(lacking(closed), []);
    });
    it('that ends in the past takes nothing at its end', () => {
        const past = patchThread(withThread(), '50', ROOT, (one) => ({ ...one, log: { ...one.log, tail: false } }));
        const state = apply(past, replied(11, 3));
        assert.deepEqual([inThread(state), rootOf(state).replies.count], [[4, 5], 3]);
    });
    it('grows at both ends by pages', () => {
        let log = loadedPage(loadingLog(1), page([answer(60, 30), answer(62, 31)], { first: ROOT, head: 70, moreBefore: true, moreAfter: true }));
        log = prependPage(log, page([answer(40, 20)], { first: ROOT, head: 70 }));
        log = appendPage(log, page([answer(64, 32)], { first: ROOT, head: 70 }));
        assert.deepEqual([log.entries.map((entry) => entry.seq), log.moreBefore, log.tail], [[40, 60, 62, 64], false, true]);
    });
    it('shows its first message, how many answered, the line of the new ones, and what is on its way', () => {
        const state = { ...withThread(), outbox: [{ client_id: 'z', account: ME, room: '50', text: 'soon', created_at: AT, state: 'pending', reason: '', thread: ROOT }, { client_id: 'y', account: ME, room: '50', text: 'elsewhere', created_at: AT, state: 'pending', reason: '' }] };
        const rows = threadRows({ ...thread(state), marker: 1 }, state);
        assert.deepEqual(rows.map((row) => (row.type === 'message' ? row.text : row.type)), ['day', 'text 8', 'count', 'text 4', 'marker', 'text 5', 'soon']);
        assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length);
    });
    it('goes with its room', () => {
        const state = dropRoom({ ...withThread(), roots: { '50/3': null, '60/3': null } }, '50');
        assert.deepEqual([state.threads, state.roots], [{}, { '60/3': null }]);
    });
});

describe('reading and following', () => {
    it('takes what was read from the room’s count, and only once', () => {
        const unread = apply(withThread(), replied(11, 3), replied(12, 4));
        const read = threadMarked(unread, '50', ROOT, { read_no: 3 });
        assert.deepEqual([read.rooms['50'].threads_unread, unreadBelow(rootOf(read))], [1, 1]);
        assert.equal(threadMarked(read, '50', ROOT, { read_no: 2 }), read);
        const told = apply(read, { event: 'thread_followed', feed: ME, seq: 1, room: '50', thread: ROOT, read_no: 3 });
        assert.equal(told.rooms['50'].threads_unread, 1);
    });
    it('on another device is told by the account’s feed', () => {
        const unread = apply(withThread(), replied(11, 3));
        const off = apply(unread, { event: 'thread_unfollowed', feed: ME, seq: 1, room: '50', thread: ROOT, read_no: 2 });
        assert.deepEqual([off.rooms['50'].threads_unread, rootOf(off).replies.following, thread(off).root.message.replies.following], [0, false, false]);
        const on = apply(off, { event: 'thread_followed', feed: ME, seq: 2, room: '50', thread: ROOT, read_no: 2 });
        assert.equal(on.rooms['50'].threads_unread, 1);
    });
    it('of a thread that is not on the page makes the room loaded again', () => {
        assert.deepEqual(apply(synced(), { event: 'thread_followed', feed: ME, seq: 1, room: '50', thread: 3, read_no: 2 }).wanted, { 50: true });
    });
});

describe('a reply on its way', () => {
    const entry = (more) => ({ client_id: 'x', account: ME, room: '50', text: 'hello', created_at: AT, state: 'pending', reason: '', thread: ROOT, ...more });
    it('is sent with its thread, by frame and by POST alike', () => {
        assert.deepEqual(bodyOf(entry()), { client_id: 'x', text: 'hello', thread: ROOT });
        assert.deepEqual(bodyOf(entry({ in_room: true, files: ['7'] })), { client_id: 'x', text: 'hello', thread: ROOT, in_room: true, files: ['7'] });
        assert.deepEqual(bodyOf(entry({ thread: undefined, in_room: true })), { client_id: 'x', text: 'hello' });
        assert.deepEqual([isReply(entry()), isReply(entry({ in_room: true })), isReply(entry({ thread: undefined }))], [true, false, false]);
    });
    it('gives way to the message in the thread', () => {
        const mine = answer(11, 3, { sender: ME, client_id: 'x' });
        const state = sendStored(queued(withThread(), entry()), mine);
        assert.deepEqual([state.outbox, inThread(state).at(-1), rootOf(state).replies.count], [[], 11, 3]);
        assert.deepEqual(apply(state, said(mine)).outbox, []);
    });
    it('stays, as sent, while the thread lacks what was before it', () => {
        const state = sendStored(queued(withThread(), entry()), answer(13, 5, { sender: ME, client_id: 'x' }));
        assert.equal(state.outbox[0].state, 'sent');
    });
    it('is forgotten when its thread is not open', () => {
        assert.deepEqual(sendStored(queued(withLog(), entry()), answer(13, 5, { sender: ME, client_id: 'x' })).outbox, []);
    });
});

describe('lists', () => {
    const list = (items = []) => ({ ...loadingList(1), status: 'ready', items });
    const lists = { threads: list(), mentions: list(), saved: list([message(9)]), 'pins/50': list([message(ROOT)]) };
    const stale = (event) => Object.entries(apply({ ...withThread(), lists }, event).lists).filter(([, one]) => one.stale).map(([key]) => key);
    it('are loaded again when something outside has changed them', () => {
        assert.deepEqual(stale(replied(11, 3)), ['threads']);
        assert.deepEqual(stale(said(message(11, { nodes: [{ kind: 'mention', handle: 'me' }] }))), ['mentions']);
        assert.deepEqual(stale(said(message(11))), []);
        assert.deepEqual(stale(of(11, 'message_pinned', { message_seq: 9 })), ['pins/50']);
        assert.deepEqual(stale(of(11, 'message_unpinned', { message_seq: 9 })), ['pins/50']);
        assert.deepEqual(stale({ event: 'message_saved', feed: ME, seq: 1, room: '50', message_seq: 9 }), ['saved']);
        assert.deepEqual(stale({ event: 'thread_unfollowed', feed: ME, seq: 1, room: '50', thread: ROOT, read_no: 0 }), ['threads']);
    });
    it('show messages as they are now', () => {
        const state = apply({ ...withThread(), lists }, of(11, 'message_edited', { message_seq: 9, message: message(9, { text: 'anew', version: 2 }) }), of(12, 'message_deleted', { message_seq: ROOT }));
        assert.equal(state.lists.saved.items[0].text, 'anew');
        assert.equal(state.lists['pins/50'].items[0].deleted, true);
    });
    it('that were missed something for may lack it', () => {
        const again = syncLoaded({ ...synced(), lists }, { ...{ verdict: 'reset', cursor: 'c', rooms: [room()], people: [], push: { url: '' }, limits: {}, heartbeat_ms: 1 }, me: synced().me });
        assert.ok(Object.values(again.lists).every((one) => one.stale));
    });
    it('have a name each, of a room or of all', () => {
        assert.deepEqual(['threads', 'mentions', 'saved', 'people'].map((kind) => listKey({ kind, room: '50' })), ['threads', 'mentions', 'saved', '']);
        assert.equal(listKey({ kind: 'pins', room: '50' }), 'pins/50');
        assert.equal(listKey(null), '');
    });
    it('keep what they show while they are loaded again', () => {
        const again = loadingList(2, list([message(9)]));
        assert.deepEqual([again.status, again.items.length, again.stale], ['ready', 1, false]);
        assert.equal(loadingList(1).status, 'loading');
    });
});

it('a log that is patched settles nothing of a thread', () => {
    const state = queued(withThread(), { client_id: 'x', account: ME, room: '50', text: 'hello', created_at: AT, state: 'pending', reason: '', thread: ROOT });
    assert.equal(patchLog(state, '50', (log) => ({ ...log, busy: 'older' })).outbox.length, 1);
});
