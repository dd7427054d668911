// What a tab sends when a person changes messages or types: how often, in which order, and what it says when it is refused.
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { MessageActions, mayDelete, mayEdit, mayPin } from '../../www/js/actions/messages.js';
import { TypingActions } from '../../www/js/actions/typing.js';
import { ApiError } from '../../www/js/api.js';
import { Store } from '../../www/js/store.js';

const AT = '2026-11-20T12:00:00.000Z';
const me = { id: '1', handle: 'me', name: 'Me', avatar: '', created_at: AT, tenant: { id: '9', name: 'T' }, session: '7' };
const message = { room: '50', seq: 4, no: 4, sender: '1', sent_at: AT, client_id: 'c', text: 'old', version: 1 };
const turn = () => new Promise((resolve) => { setTimeout(resolve, 5); });

/** An app whose server answers as told, one answer after the other. @param {(object | Error)[]} answers */
function app(...answers) {
    const store = new Store();
    const calls = [];
    const log = { status: 'ready', entries: [{ seq: 4, message }], low: 1, high: 4, head: 4, tail: true };
    store.update((state) => ({ ...state, me, rooms: { 50: { id: '50', role: 'member', kind: 'group', last_seq: 4 } }, logs: { 50: log }, net: { state: 'offline' } }));
    store.flush();
    const made = {
        store, calls, said: [], posted: [], get state() { return store.state; }, say: (text) => made.said.push(text), hub: { post: (note) => made.posted.push(note) },
        api: { call: async (method, path, request) => {
            calls.push([method, path.split('/messages/')[1], request?.body ?? request?.query]);
            const answer = answers.shift() ?? { data: null };
            if (answer instanceof Error) throw answer;
            return answer;
        } },
    };
    made.messages = new MessageActions(made);
    return made;
}
const shown = (one) => one.state.logs['50'].entries[0].message;

describe('changes of messages', () => {
    it('go one after the other for each message', async () => {
        const one = app({ data: null }, { data: null }, { data: { message: { ...message, text: 'new', version: 2 } } });
        one.messages.react(message, '👍', true);
        one.messages.react(message, '👍', false);
        one.messages.edit(message, 'new');
        assert.equal(one.state.changes.length, 3);
        await turn();
        assert.deepEqual(one.calls, [['PUT', '4/reactions', { emoji: '👍' }], ['DELETE', '4/reactions', { emoji: '👍' }], ['PATCH', '4', { text: 'new' }]]);
        assert.deepEqual([one.state.changes, shown(one).text, shown(one).reactions], [[], 'new', undefined]);
    });
    it('wait for the server to be there, and are tried again as soon as it is', async () => {
        const one = app(new ApiError(0, 'unreachable', 'no'), new ApiError(503, 'unavailable', 'no'), { data: null });
        one.messages.remove(message);
        await turn();
        assert.equal(one.calls.length, 1);
        for (const _ of [1, 2]) {
            one.store.update((state) => ({ ...state, net: { state: 'offline' } }));
            one.store.flush();
            one.store.update((state) => ({ ...state, net: { state: 'online' } }));
            one.store.flush();
            await turn();
        }
        assert.deepEqual([one.calls.length, one.state.changes.length, shown(one).deleted, one.said], [3, 0, true, []]);
    });
    it('that are refused are taken back with a remark; what was written is offered again', async () => {
        const one = app(new ApiError(409, 'conflict', 'There are too many.'), new ApiError(403, 'forbidden', 'It is too old.'), new ApiError(422, 'invalid', 'x', { errors: [{ field: 'text', detail: 'is empty' }] }));
        one.messages.react(message, '👍', true);
        one.messages.edit(message, 'better');
        await turn();
        assert.deepEqual(one.said, ['The reaction was not added: There are too many.', 'The change was not saved: It is too old.']);
        assert.deepEqual([one.state.changes, shown(one).text, one.state.editing], [[], 'old', { room: '50', seq: 4, text: 'better' }]);
        one.messages.edit(message, ' ');
        await turn();
        assert.equal(one.said[2], 'The change was not saved: the text is empty');
    });
    it('are offered only to those who may make them', () => {
        const state = (room, more = {}) => ({ me, limits: { change_seconds: 60, ...more }, rooms: { 50: { role: 'member', kind: 'group', ...room } } });
        const fresh = { ...message, sent_at: new Date().toISOString() };
        assert.deepEqual([mayEdit(fresh, state()), mayEdit(message, state()), mayEdit(message, state({}, { change_seconds: 0 })), mayEdit({ ...fresh, sender: '2' }, state()), mayEdit(fresh, state({ archived: true }))], [true, false, true, false, false]);
        const theirs = { ...message, sender: '2' };
        assert.deepEqual([mayDelete(theirs, state()), mayDelete(theirs, state({ role: 'moderator' })), mayDelete(theirs, state({ role: 'owner', kind: 'direct' })), mayDelete({ ...theirs, deleted: true }, state({ role: 'owner' }))], [false, true, false, false]);
        assert.deepEqual([mayPin(theirs, state()), mayPin(theirs, state({ kind: 'channel' })), mayPin(theirs, state({ kind: 'channel', role: 'owner' })), mayPin(theirs, state({ role: 'guest' }))], [true, false, true, false]);
    });
});

describe('typing', () => {
    it('is told at most every three seconds for each place, and at once after a message has gone', () => {
        mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
        const one = app();
        const typing = new TypingActions(one);
        for (let i = 0; i < 20; i += 1) {
            typing.wrote('50');
            mock.timers.tick(200);
        }
        typing.wrote('50', 7);
        assert.deepEqual(one.posted.map(({ thread }) => thread), [0, 0, 7]);
        typing.sent('50');
        typing.wrote('50');
        assert.equal(one.posted.length, 4);
        mock.timers.reset();
    });
});
