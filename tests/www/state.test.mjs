import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { gaps } from '../../www/js/actions/repair.js';
import { EPHEMERAL_EVENTS, PERSONAL_EVENTS, ROOM_EVENTS, applyEvent } from '../../www/js/reducers/index.js';
import { patchLog, readLocally, roomLoaded, sendStored, signedOut, syncLoaded } from '../../www/js/reducers/local.js';
import { MAX_ENTRIES, appendPage, loadedPage, loadingLog, prependPage } from '../../www/js/reducers/log.js';
import { nextInside } from '../../www/js/reducers/presence.js';
import { queued } from '../../www/js/reducers/outbox.js';
import { Store, emptyState } from '../../www/js/store.js';

const ME = '1';
const AT = '2026-11-20T12:00:00.000Z';

const message = (seq, more = {}) => ({ room: '50', seq, no: seq, sender: '2', sent_at: AT, client_id: `c${seq}`, text: `text ${seq}`, version: 1, ...more });
const said = (seq, more = {}) => ({ event: 'message', feed: '50', seq, at: AT, message: message(seq, more) });
const room = (more = {}) => ({
    id: '50', kind: 'group', visibility: 'private', history_open: true, name: 'Room', members: 2, created_at: AT,
    active_at: AT, role: 'owner', read_seq: 10, read_no: 10, last_seq: 10, last_no: 10, unread: 0, min_seq: 1, visible_from: 1, ...more,
});
const synced = (rooms = [room()]) => syncLoaded(emptyState(), {
    verdict: 'reset', cursor: 'c', me: { id: ME, handle: 'me', name: 'Me', avatar: '', created_at: AT, tenant: { id: '9', name: 'T' }, session: '77' },
    rooms, people: [], push: { url: '/push' }, limits: { message_max: 2000 }, heartbeat_ms: 20000,
});
/** A state whose log holds messages 6 to 10 of a room that ends at 10. */
function withLog() {
    const log = loadedPage(loadingLog(1), { messages: [6, 7, 8, 9, 10].map((n) => message(n)), notices: [], moreBefore: true, moreAfter: false, first: 1, head: 10 });
    return { ...synced(), logs: { 50: log } };
}
const apply = (state, ...events) => events.reduce(applyEvent, state);
const seqs = (state) => state.logs['50'].entries.map((entry) => entry.seq);

describe('the table of events', () => {
    it('names every event of docs/PROTOCOL.md', () => {
        const page = readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8');
        const section = page.slice(page.indexOf('## 5.'), page.indexOf('## 6.'));
        const durable = [...section.matchAll(/^\| (\w+) \| (room|account|tenant) \|/gm)].map((match) => match[1]);
        assert.ok(durable.length >= 14);
        for (const name of durable) assert.ok(name in ROOM_EVENTS || name in PERSONAL_EVENTS, `no reducer for ${name}`);
        assert.ok('presence' in EPHEMERAL_EVENTS && 'presence_state' in EPHEMERAL_EVENTS);
    });
    it('ignores what it does not know, but counts it', () => {
        const state = apply(synced(), { event: 'reaction_of_2031', feed: '50', seq: 11, at: AT });
        assert.equal(state.rooms['50'].last_seq, 11);
        assert.equal(apply(state, { event: 'weather' }), state);
        assert.equal(apply(state, { event: 'weather', feed: '9', seq: 1 }), state);
    });
});

describe('messages', () => {
    it('raise unread, preview and activity', () => {
        const { 50: now } = apply(synced(), said(11, { sent_at: '2026-11-20T13:00:00.000Z' })).rooms;
        assert.deepEqual([now.unread, now.last_no, now.last_seq, now.active_at, now.last_message.text], [1, 11, 11, '2026-11-20T13:00:00.000Z', 'text 11']);
    });
    it('of mine are read already', () => {
        const now = apply(synced(), said(11), said(12, { sender: ME })).rooms['50'];
        assert.deepEqual([now.unread, now.read_seq, now.read_no], [0, 12, 12]);
    });
    it('that contradict what is held make the room load anew: the server lost what we saw', () => {
        const state = apply(withLog(), said(10, { client_id: 'another', text: 'in its place' }));
        assert.equal(state.logs['50'], undefined);
        assert.deepEqual(state.wanted, { 50: true });
        const notice = apply(withLog(), { event: 'member_left', feed: '50', seq: 10, at: AT, actor: '2', person: '2' });
        assert.equal(notice.logs['50'], undefined);
        assert.equal(apply(withLog(), said(10), { event: 'hidden', feed: '50', seq: 9, at: AT }).logs['50'].entries.length, 5);
    });
    it('are taken once, by feed and seq', () => {
        const once = apply(withLog(), said(11), said(12));
        const again = apply(once, said(11), said(12), said(7), said(12));
        assert.deepEqual(seqs(again), [6, 7, 8, 9, 10, 11, 12]);
        assert.deepEqual(again.rooms, once.rooms);
    });
    it('of rooms that we are not in change nothing', () => {
        const state = synced();
        assert.equal(apply(state, { ...said(1), feed: '51' }), state);
    });
    it('in a thread have no number of their own: they neither count nor stand in the log', () => {
        const state = apply(withLog(), said(11, { no: null, thread: 7 }), said(12, { no: 11 }));
        assert.deepEqual([state.rooms['50'].unread, state.rooms['50'].last_no, state.rooms['50'].last_seq], [1, 11, 12]);
        assert.deepEqual(seqs(state), [6, 7, 8, 9, 10, 12]);
    });
});

describe('gaps', () => {
    it('are seen in the log and in the summary', () => {
        const state = apply(withLog(), said(13));
        assert.deepEqual(seqs(state), [6, 7, 8, 9, 10]);
        assert.deepEqual(gaps(state), ['50']);
        assert.deepEqual(state.wanted, { 50: true });
    });
    it('close when the missing rows come, late, and those after them', () => {
        const state = apply(apply(withLog(), said(13)), said(11), { event: 'hidden', feed: '50', seq: 12, at: AT }, said(13));
        assert.deepEqual(seqs(state), [6, 7, 8, 9, 10, 11, 13]);
        assert.deepEqual(gaps(state), []);
    });
    it('in a log that ends in the past are none by new messages', () => {
        const past = patchLog(withLog(), '50', (log) => ({ ...log, tail: false }));
        const state = apply(past, said(11));
        assert.deepEqual([gaps(state), seqs(state)], [[], [6, 7, 8, 9, 10]]);
        assert.deepEqual(gaps(apply(state, { event: 'hidden', feed: '50', seq: 14, at: AT })), ['50'], 'it has to hear of changes all the same');
    });
    it('a summary loaded later than newer events keeps what is newer', () => {
        const state = roomLoaded(apply(synced(), said(11), said(12)), room({ name: 'New name', last_seq: 11, last_no: 11, unread: 1 }));
        assert.deepEqual([state.rooms['50'].name, state.rooms['50'].last_seq, state.rooms['50'].unread], ['New name', 12, 2]);
    });
});

describe('the log', () => {
    const page = (from, to, more = {}) => ({ messages: Array.from({ length: to - from + 1 }, (_, i) => message(from + i)), notices: [], moreBefore: true, moreAfter: false, first: 1, head: to, ...more });
    it('covers the rows behind its last message too', () => {
        const log = loadedPage(loadingLog(1), page(6, 10, { head: 14 }));
        assert.deepEqual([log.low, log.high, log.tail], [6, 14, true]);
    });
    it('begins where one may read once there is nothing older', () => {
        assert.equal(loadedPage(loadingLog(1), page(6, 10, { moreBefore: false, first: 3 })).low, 3);
    });
    it('stays small while one reads back, and ends in the past then', () => {
        let log = loadedPage(loadingLog(1), page(901, 1000));
        for (let to = 900; to > 500; to -= 100) log = prependPage(log, page(to - 99, to));
        assert.ok(log.entries.length <= MAX_ENTRIES);
        assert.deepEqual([log.low, log.tail, log.entries[0].seq], [501, false, 501]);
        assert.equal(log.high, log.entries.at(-1).seq);
        log = appendPage(log, page(log.high + 1, log.high + 60, { moreAfter: true }));
        assert.equal(log.tail, false);
    });
    it('stays small while messages arrive', () => {
        let state = withLog();
        for (let seq = 11; seq < 700; seq += 1) state = apply(state, said(seq));
        const log = state.logs['50'];
        assert.ok(log.entries.length <= MAX_ENTRIES);
        assert.deepEqual([log.high, log.tail, log.moreBefore, log.low], [699, true, true, log.entries[0].seq]);
    });
    it('shows the joins and renames that a page tells of', () => {
        const notices = [{ event: 'member_joined', feed: '50', seq: 7, at: AT, person: '3' }, { event: 'message_pinned', feed: '50', seq: 9, at: AT, message_seq: 6 }];
        const log = loadedPage(loadingLog(1), { ...page(6, 10), messages: [6, 8, 10].map((n) => message(n)), notices });
        assert.deepEqual(log.entries.map((entry) => entry.seq), [6, 7, 8, 9, 10]);
        const older = prependPage(log, { ...page(2, 4), notices: [{ event: 'member_left', feed: '50', seq: 5, at: AT, person: '3' }], head: 10 });
        assert.deepEqual(older.entries.map((entry) => entry.seq), [2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });
    it('drops the answer of a load that has been begun anew', () => {
        const state = { ...synced(), logs: { 50: loadingLog(2) } };
        assert.equal(patchLog(state, '50', (log) => (log.gen === 1 ? { ...log, status: 'ready' } : log)), state);
    });
});

describe('rooms and people', () => {
    it('follow joins, leaves, roles and renames', () => {
        const roster = { status: 'ready', error: '', next: '', list: [{ person: { id: ME }, role: 'owner', joined_at: AT }] };
        const state = apply(
            { ...synced(), rosters: { 50: roster } },
            { event: 'member_joined', feed: '50', seq: 11, at: AT, actor: ME, person: '3', role: 'member' },
            { event: 'member_role', feed: '50', seq: 12, at: AT, actor: ME, person: '3', role: 'moderator' },
            { event: 'room_changed', feed: '50', seq: 13, at: AT, actor: ME, room: '50', kind: 'group', visibility: 'public', history_open: false, name: 'Other' },
        );
        assert.deepEqual([state.rooms['50'].members, state.rooms['50'].name, state.rooms['50'].visibility], [3, 'Other', 'public']);
        assert.deepEqual(state.rosters['50'].list.map((member) => [member.person.id, member.role]), [[ME, 'owner'], ['3', 'moderator']]);
        const left = apply(state, { event: 'member_left', feed: '50', seq: 14, at: AT, actor: '3', person: '3' });
        assert.deepEqual([left.rooms['50'].members, left.rosters['50'].list.length], [2, 1]);
    });
    it('my role follows', () => {
        assert.equal(apply(synced(), { event: 'member_role', feed: '50', seq: 11, actor: '2', person: ME, role: 'member' }).rooms['50'].role, 'member');
    });
    it('rooms come and go by the account’s feed', () => {
        const added = apply(synced(), { event: 'room_added', feed: ME, seq: 4, actor: '2', room: '60' });
        assert.deepEqual(added.wanted, { 60: true });
        const gone = apply({ ...added, room: '50' }, { event: 'room_removed', feed: ME, seq: 5, actor: '2', room: '50' });
        assert.deepEqual(Object.keys(gone.rooms), []);
        assert.match(gone.notice, /no longer/);
        assert.equal(apply(gone, { event: 'room_added', feed: ME, seq: 5, actor: '2', room: '70' }), gone);
    });
    it('a deleted room goes with its log', () => {
        const state = apply({ ...withLog(), room: '50' }, { event: 'room_deleted', feed: '50', seq: 11, actor: '2', room: '50' });
        assert.deepEqual([state.rooms, state.logs], [{}, {}]);
    });
    it('read marks of other devices count', () => {
        const state = apply(synced([room({ last_seq: 20, last_no: 20, unread: 10 })]), { event: 'read_marked', feed: ME, seq: 1, room: '50', read_seq: 15, read_no: 15 });
        assert.equal(state.rooms['50'].unread, 5);
        assert.equal(readLocally(state, '50', 18, 18).rooms['50'].unread, 2);
        assert.equal(readLocally(state, '50', 3, 3), state);
    });
    it('profiles change everywhere', () => {
        const base = { ...synced(), people: { 2: { id: '2', handle: 'b', name: 'B', avatar: '', active: true } } };
        const state = apply(base, { event: 'profile_changed', feed: '9', seq: 1, person: '2', handle: 'b', name: 'Bea', avatar: '🦊', active: true });
        assert.equal(state.people['2'].name, 'Bea');
        const mine = apply(base, { event: 'profile_changed', feed: '9', seq: 2, person: ME, handle: 'me', name: 'I', avatar: '', active: true });
        assert.equal(mine.me.name, 'I');
    });
    it('public rooms change while their list is open', () => {
        const listed = { event: 'room_listed', feed: '9', seq: 3, at: AT, room: '80', kind: 'channel', visibility: 'public', history_open: true, name: 'News' };
        const state = apply({ ...synced(), browse: [] }, listed, { ...listed, seq: 4, name: 'Newer' });
        assert.deepEqual(state.browse.map((one) => one.name), ['Newer']);
        assert.deepEqual(apply(state, { event: 'room_unlisted', feed: '9', seq: 5, room: '80' }).browse, []);
    });
});

describe('presence', () => {
    it('is replaced by a state and changed by deltas', () => {
        const state = apply(synced(), { event: 'presence_state', room: '50', people: ['1', '2'], count: 2, settling: false }, { event: 'presence', room: '50', joined: ['3'], left: ['2'], count: 2 });
        assert.deepEqual(state.inside['50'], { people: ['1', '3'], count: 2, settling: false, shown: {} });
    });
    it('is merged while it settles', () => {
        const before = { people: ['1', '2'], count: 2, settling: false, shown: {} };
        const settling = nextInside(before, { event: 'presence_state', people: ['1'], count: 1, settling: true });
        assert.deepEqual(settling.people, ['1', '2']);
        assert.deepEqual(nextInside(settling, { event: 'presence_state', people: ['1'], count: 1, settling: false }).people, ['1']);
    });
});

describe('what I send', () => {
    const entry = (id) => ({ client_id: id, account: ME, room: '50', text: 'hello', created_at: AT, state: 'pending', reason: '' });
    it('gives way to the message, whichever news comes first', () => {
        const mine = message(11, { sender: ME, client_id: 'x' });
        for (const settle of [
            (state) => sendStored(state, mine),
            (state) => apply(state, { ...said(11), message: mine }),
            (state) => apply(sendStored(state, mine), { ...said(11), message: mine }),
            (state) => sendStored(apply(state, { ...said(11), message: mine }), mine),
        ]) {
            const state = settle(queued(withLog(), entry('x')));
            assert.deepEqual(state.outbox, []);
            assert.deepEqual(seqs(state), [6, 7, 8, 9, 10, 11]);
        }
    });
    it('stays, as sent, while rows before it are missing', () => {
        const mine = message(13, { sender: ME, client_id: 'x' });
        const state = sendStored(queued(withLog(), entry('x')), mine);
        assert.equal(state.outbox[0].state, 'sent');
        assert.deepEqual(state.wanted, {});
        const closed = apply(state, said(11), said(12), { ...said(13), message: mine });
        assert.deepEqual([closed.outbox, seqs(closed)], [[], [6, 7, 8, 9, 10, 11, 12, 13]]);
    });
    it('is not confused with another person’s id', () => {
        const state = apply(queued(withLog(), entry('x')), said(11, { client_id: 'x' }));
        assert.equal(state.outbox[0].state, 'pending');
    });
});

describe('the store', () => {
    it('tells its listeners once per turn, with what was before', async () => {
        const store = new Store();
        const told = [];
        store.subscribe((state, before) => told.push([before.room, state.room]));
        store.update((state) => ({ ...state, room: 'a' }));
        store.update((state) => ({ ...state, room: 'b' }));
        store.update((state) => state);
        await null;
        assert.deepEqual(told, [['', 'b']]);
    });
    it('is empty after signing out', () => {
        const { problem, phase, ...rest } = signedOut('bye');
        assert.deepEqual([problem, phase], ['bye', 'signed-out']);
        const { problem: _p, phase: _q, ...empty } = emptyState();
        assert.deepEqual(rest, empty);
    });
});
