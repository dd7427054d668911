// What happens to messages after they were said: edits, deletions, reactions, pins, saved ones, read marks, typing, receipts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gaps } from '../../www/js/actions/repair.js';
import { changeBegun, changeDone, changeEnded, shownMessage } from '../../www/js/reducers/changes.js';
import { applyEvent } from '../../www/js/reducers/index.js';
import { patchLog, readLocally, roomLoaded, syncLoaded, unreadLocally } from '../../www/js/reducers/local.js';
import { appendPage, loadedPage, loadingLog, messageAt, prependPage, reloaded } from '../../www/js/reducers/log.js';
import { typistsOf } from '../../www/js/reducers/typing.js';
import { emptyState } from '../../www/js/store.js';

const ME = '1';
const AT = '2026-11-20T12:00:00.000Z';
const message = (seq, more = {}) => ({ room: '50', seq, no: seq, sender: '2', sent_at: AT, client_id: `c${seq}`, text: `text ${seq}`, version: 1, ...more });
const said = (seq, more = {}) => ({ event: 'message', feed: '50', seq, at: AT, message: message(seq, more) });
const room = (more = {}) => ({
    id: '50', kind: 'group', visibility: 'private', history_open: true, name: 'Room', members: 3, created_at: AT, active_at: AT, role: 'owner', notices: true, receipts: true,
    read_seq: 10, read_no: 10, last_seq: 10, last_no: 10, unread: 0, mentions: 0, threads_unread: 0, min_seq: 1, visible_from: 1, notify: 'all', last_message: message(10), ...more,
});
const synced = (rooms = [room()]) => syncLoaded(emptyState(), {
    verdict: 'reset', cursor: 'c', me: { id: ME, handle: 'me', name: 'Me', avatar: '', created_at: AT, tenant: { id: '9', name: 'T' }, session: '77' },
    rooms, people: [], push: { url: '/push' }, limits: { message_max: 2000, change_seconds: 0, receipts_max: 50 }, heartbeat_ms: 20000,
});
const page = (from, to, more = {}) => ({ messages: Array.from({ length: to - from + 1 }, (_, i) => message(from + i)), notices: [], moreBefore: true, moreAfter: false, first: 1, head: to, ...more });
/** A log that holds messages 6 to 10 of a room that ends at 10. */
const withLog = (more = {}, rooms = undefined) => ({ ...synced(rooms), logs: { 50: loadedPage(loadingLog(1), page(6, 10, more)) } });
const apply = (state, ...events) => events.reduce(applyEvent, state);
const on = (seq, event, message_seq, more = {}) => ({ event, feed: '50', seq, at: AT, actor: '2', message_seq, ...more });
const react = (seq, target, emoji, actor = '2', what = 'reaction_added') => on(seq, what, target, { emoji, actor });
const held = (state, seq) => messageAt(state.logs['50'], seq);
const hello = { nodes: [{ kind: 'paragraph', nodes: ['hi ', { kind: 'strong', nodes: [{ kind: 'mention', handle: 'me' }] }] }] };

describe('an edit', () => {
    const edited = (seq, target, more = {}) => on(seq, 'message_edited', target, { message: message(target, { text: 'new', version: 2, edited_at: AT, ...more }) });
    it('changes the message, and the last one in the list, and keeps what stands beside it', () => {
        const state = apply(withLog(), react(11, 10, '👍'), edited(12, 10));
        assert.deepEqual([held(state, 10).text, held(state, 10).edited_at, held(state, 10).reactions.length], ['new', AT, 1]);
        assert.equal(state.rooms['50'].last_message.text, 'new');
        assert.equal(state.rooms['50'].unread, 0);
    });
    it('does not go back to an older version', () => {
        const state = apply(withLog(), edited(11, 10, { version: 3, text: 'newest' }), edited(12, 10, { version: 2, text: 'late' }));
        assert.equal(held(state, 10).text, 'newest');
    });
    it('without a text has the message asked for', () => {
        const state = apply(withLog(), on(11, 'message_edited', 10), on(12, 'message_edited', 7), on(13, 'message_edited', 2));
        assert.deepEqual(Object.keys(state.stale), ['50/10', '50/7'], 'the one that is not loaded is not missed');
        assert.deepEqual(state.wanted, { 50: true }, 'the list shows the last one');
        const log = reloaded(state.logs['50'], message(7, { text: 'asked for', version: 2 }), 13);
        assert.equal(messageAt(log, 7).text, 'asked for');
    });
    it('may bring a mention of me, or take it away, as long as I have not read it', () => {
        const unread = withLog({}, [room({ read_seq: 8, read_no: 8, unread: 2 })]);
        const state = apply(unread, edited(11, 9, hello));
        assert.equal(state.rooms['50'].mentions, 1);
        assert.equal(apply(state, edited(12, 9, { version: 3 })).rooms['50'].mentions, 0);
        assert.equal(apply(state, on(12, 'message_deleted', 9)).rooms['50'].mentions, 0);
        assert.equal(apply(unread, edited(11, 7, hello)).rooms['50'].mentions, 0);
    });
});

describe('a deletion', () => {
    it('leaves a tombstone without content, reactions and pin', () => {
        const state = apply(withLog(), react(11, 10, '👍'), on(12, 'message_pinned', 10), on(13, 'message_deleted', 10));
        const { text, deleted, reactions, pinned, nodes } = held(state, 10);
        assert.deepEqual([text, deleted, reactions, pinned, nodes], [null, true, undefined, undefined, undefined]);
        assert.equal(state.rooms['50'].last_message.deleted, true);
    });
    it('is final: what was on its way to it comes to nothing', () => {
        const state = apply(withLog(), on(11, 'message_deleted', 9), react(12, 9, '👍'), on(13, 'message_edited', 9, { message: message(9, { version: 5 }) }));
        assert.deepEqual([held(state, 9).text, held(state, 9).reactions], [null, undefined]);
    });
    it('of a reply has the message asked for that it answers', () => {
        const state = apply(withLog(), said(11, { thread: 7, thread_no: 1, no: 10 }), on(12, 'message_deleted', 11));
        assert.deepEqual(Object.keys(state.stale), ['50/11']);
    });
});

describe('reactions', () => {
    it('are counted in the order in which they came, with who', () => {
        const state = apply(withLog(), react(11, 8, '👍'), react(12, 8, '🎉', ME), react(13, 8, '👍', '3'), react(14, 8, '👍', ME));
        assert.deepEqual(held(state, 8).reactions, [
            { emoji: '👍', count: 3, mine: true, people: ['2', '3', ME] }, { emoji: '🎉', count: 1, mine: true, people: [ME] },
        ]);
        const less = apply(state, react(15, 8, '🎉', ME, 'reaction_removed'), react(16, 8, '👍', '2', 'reaction_removed'));
        assert.deepEqual(held(less, 8).reactions, [{ emoji: '👍', count: 2, mine: true, people: ['3', ME] }]);
    });
    it('are taken once, however often they are told', () => {
        const events = [react(11, 8, '👍'), react(12, 8, '👍', '3'), react(13, 8, '👍', '2', 'reaction_removed')];
        const once = apply(withLog(), ...events);
        const again = apply(once, ...events, ...events);
        assert.deepEqual(held(again, 8).reactions, [{ emoji: '👍', count: 1, mine: false, people: ['3'] }]);
        assert.equal(again.logs['50'].head, 13);
    });
    it('of more people than are named are counted all the same', () => {
        const many = { emoji: '👍', count: 70, mine: false, people: Array.from({ length: 50 }, (_, i) => `p${i}`) };
        const state = apply(withLog({ messages: [message(6, { reactions: [many] })] }), react(11, 6, '👍', 'p90'), react(12, 6, '👍', 'p91', 'reaction_removed'), react(13, 6, '👍', ME));
        const [now] = held(state, 6).reactions;
        assert.deepEqual([now.count, now.people.length, now.mine], [71, 50, true]);
    });
    it('that a page’s answer has already are not counted again, whichever was first', () => {
        const known = { messages: [3, 4, 5].map((n) => message(n, { reactions: [{ emoji: '👍', count: 70, mine: false, people: ['2'] }] })), head: 12, moreAfter: true };
        // The older page knows more than the log: its messages take nothing until the log has come so far.
        let state = patchLog(withLog(), '50', (log) => prependPage(log, page(3, 5, known)));
        state = apply(state, react(11, 4, '👍', '3'), react(12, 9, '👍', '3'), react(13, 4, '👍', '4'));
        assert.deepEqual([held(state, 4).reactions[0].count, held(state, 9).reactions[0].count, state.logs['50'].head], [71, 1, 13]);
        // It knows less: the log is set back, what lies between is asked for, and the others do not take it twice.
        let late = apply(withLog(), react(11, 9, '👍', '3'), react(12, 4, '👍', '3'));
        late = patchLog(late, '50', (log) => prependPage(log, page(3, 5, { ...known, head: 10 })));
        assert.deepEqual(gaps(late), ['50']);
        late = apply(late, react(11, 9, '👍', '3'), react(12, 4, '👍', '3'));
        assert.deepEqual([held(late, 4).reactions[0].count, held(late, 9).reactions[0].count, gaps(late).length], [71, 1, 0]);
    });
    it('reach a log that ends in the past', () => {
        let state = patchLog(withLog(), '50', (log) => ({ ...log, entries: log.entries.slice(0, 3), high: 8, tail: false }));
        state = apply(state, said(11), react(12, 7, '👍'));
        assert.equal(held(state, 7).reactions[0].count, 1);
        state = patchLog(state, '50', (log) => appendPage(log, page(9, 11, { head: 12 })));
        assert.deepEqual([state.logs['50'].tail, state.logs['50'].high, state.logs['50'].entries.map(({ seq }) => seq)], [true, 12, [6, 7, 8, 9, 10, 11]]);
    });
});

describe('pins and saved messages', () => {
    it('are marked, and a pin stands in the log as a line', () => {
        const state = apply(withLog(), on(11, 'message_pinned', 8), { event: 'message_saved', feed: ME, seq: 3, at: AT, actor: ME, room: '50', message_seq: 8 });
        assert.deepEqual([held(state, 8).pinned, held(state, 8).saved], [true, true]);
        assert.equal(state.logs['50'].entries.at(-1).notice.event, 'message_pinned');
        const less = apply(state, on(12, 'message_unpinned', 8), { event: 'message_unsaved', feed: ME, seq: 4, at: AT, actor: ME, room: '50', message_seq: 8 });
        assert.deepEqual([held(less, 8).pinned, held(less, 8).saved], [undefined, undefined]);
    });
    it('keep no line in a room that keeps none', () => {
        const state = apply(withLog({}, [room({ notices: false })]), on(11, 'message_pinned', 8));
        assert.deepEqual([state.logs['50'].entries.at(-1).seq, state.logs['50'].high, held(state, 8).pinned], [10, 11, true]);
    });
});

describe('mentions', () => {
    it('of me or of everybody are counted live, but my own words are not', () => {
        const state = apply(withLog(), said(11, hello), said(12, { mentions_room: true }), said(13), said(14, { ...hello, nodes: [{ kind: 'mention', handle: 'someone' }] }));
        assert.deepEqual([state.rooms['50'].unread, state.rooms['50'].mentions], [4, 2]);
        const own = apply(withLog(), said(11, { ...hello, sender: ME, mentions_room: true }));
        assert.deepEqual([own.rooms['50'].mentions, own.rooms['50'].unread], [0, 0]);
    });
    it('go as they are read, one by one, here or elsewhere', () => {
        const state = apply(withLog(), said(11, hello), said(12), said(13, hello));
        assert.equal(readLocally(state, '50', 12, 12).rooms['50'].mentions, 1);
        assert.equal(apply(state, { event: 'read_marked', feed: ME, seq: 1, room: '50', read_seq: 11, read_no: 11 }).rooms['50'].mentions, 1);
        assert.equal(readLocally(state, '50', 13, 13).rooms['50'].mentions, 0);
    });
    it('in replies count too, and are asked for when the watermark moves', () => {
        const state = apply(withLog(), said(11, { ...hello, thread: 7, thread_no: 1, no: 10 }));
        assert.deepEqual([state.rooms['50'].mentions, state.rooms['50'].unread], [1, 0]);
        assert.deepEqual(readLocally(state, '50', 11, 10).doubted, { 50: true });
    });
});

describe('the watermark', () => {
    const mark = (seq, at) => ({ event: 'read_marked', feed: ME, seq, room: '50', read_seq: at, read_no: at });
    const behind = () => synced([room({ last_seq: 20, last_no: 20, unread: 10 })]);
    it('goes back when another device marks as unread, and not when it tells late what is read', () => {
        const here = readLocally(behind(), '50', 18, 18);
        assert.equal(apply(here, mark(1, 12)).rooms['50'].read_seq, 18, 'an older mark of mine, on its way');
        assert.equal(apply(here, mark(1, 12), mark(2, 18), mark(3, 14)).rooms['50'].unread, 6, 'marked as unread');
        assert.equal(apply(here, mark(1, 18), mark(2, 14), mark(3, 20)).rooms['50'].unread, 0);
    });
    it('goes back here at once, with the line of the new ones', () => {
        const state = unreadLocally({ ...withLog(), room: '50' }, message(8));
        assert.deepEqual([state.rooms['50'].unread, state.rooms['50'].read_seq, state.marker], [3, 7, { room: '50', seq: 7 }]);
        assert.equal(apply(state, mark(1, 7)).rooms['50'].unread, 3);
    });
    it('that this tab has not told yet survives a summary that is loaded again', () => {
        const here = readLocally(behind(), '50', 18, 18);
        assert.equal(roomLoaded(here, room({ last_seq: 20, last_no: 20, unread: 10 })).rooms['50'].unread, 2);
        const told = apply(here, mark(1, 18));
        assert.equal(roomLoaded(told, room({ last_seq: 20, last_no: 20, read_seq: 15, read_no: 15, unread: 5 })).rooms['50'].unread, 5, 'the server knows better');
    });
});

describe('what I do to a message', () => {
    const begun = (what) => changeBegun(withLog(), { id: 1, room: '50', seq: 9, ...what });
    const shown = (state) => shownMessage(state, held(state, 9));
    it('is seen at once, and never was if it is refused', () => {
        assert.equal(shown(begun({ do: 'edit', text: 'better' })).text, 'better');
        assert.equal(shown(begun({ do: 'delete' })).deleted, true);
        assert.deepEqual(shown(begun({ do: 'react', emoji: '👍', on: true })).reactions, [{ emoji: '👍', count: 1, mine: true, people: [ME] }]);
        const back = changeEnded(begun({ do: 'delete' }), 1);
        assert.equal(shown(back), held(withLog(), 9) && held(back, 9));
        assert.equal(shown(back).text, 'text 9');
    });
    it('stays when it is done, and the stream’s word changes nothing more', () => {
        const change = { id: 1, room: '50', seq: 9, do: 'react', emoji: '👍', on: true };
        const done = changeDone(begun(change), change);
        assert.deepEqual([done.changes, held(done, 9).reactions[0].count], [[], 1]);
        assert.equal(held(apply(done, react(11, 9, '👍', ME)), 9).reactions[0].count, 1);
    });
    it('of an edit is what the server made of it', () => {
        const change = { id: 1, room: '50', seq: 10, do: 'edit', text: '*b*' };
        const state = changeDone(changeBegun(withLog(), change), change, message(10, { text: '*b*', version: 2, edited_at: AT, nodes: [{ kind: 'emphasis', nodes: ['b'] }] }));
        assert.equal(held(state, 10).nodes.length, 1);
        assert.equal(state.rooms['50'].last_message.text, '*b*');
    });
});

describe('who types, and who has read', () => {
    const online = (state) => ({ ...state, net: { state: 'online', transport: 'ws', retryAt: 0 } });
    it('is a list of the others, until their message is there, or the room is shown anew', () => {
        const state = online(apply(synced(), { event: 'typing', room: '50', people: [ME, '2', '3'], count: 3 }, { event: 'typing', room: '50', thread: 7, people: ['3'], count: 1 }));
        assert.deepEqual([typistsOf(state, '50'), typistsOf(state, '50', 7)], [{ people: ['2', '3'], count: 2 }, { people: ['3'], count: 1 }]);
        assert.deepEqual(typistsOf(apply(state, said(11)), '50'), { people: ['3'], count: 1 });
        assert.deepEqual(typistsOf(apply(state, { event: 'presence_state', room: '50', people: [], count: 0, settling: false }), '50', 7).count, 0);
        assert.equal(typistsOf({ ...state, net: { ...state.net, state: 'offline' } }, '50').count, 0);
    });
    it('goes forward only, and who writes has read', () => {
        const state = apply(synced(), { event: 'message_read', room: '50', read: [{ person: '2', seq: 8 }, { person: '3', seq: 9 }] },
            { event: 'message_read', room: '50', read: [{ person: '3', seq: 7 }] }, said(11));
        assert.deepEqual(state.receipts['50'], { 2: 11, 3: 9 });
        const left = apply(state, { event: 'member_left', feed: '50', seq: 12, at: AT, actor: '3', person: '3' });
        assert.deepEqual(left.receipts['50'], { 2: 11 });
    });
});
