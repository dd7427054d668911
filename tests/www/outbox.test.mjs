import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linkQuery, makeApi } from '../../www/js/api.js';
import { memoryDb } from '../../www/js/lib/db.js';
import { Outbox } from '../../www/js/outbox.js';

const entry = (id, room = '50') => ({ client_id: id, account: '1', room, text: `text of ${id}`, created_at: '', state: 'pending', reason: '' });
const answer = (status, body, headers = {}) => new Response(status === 204 ? null : JSON.stringify(body), { status, headers });
const problem = (status, type, detail = type, headers = {}) => answer(status, { type: `/problems/${type}`, detail }, headers);

/**
 * An outbox whose network is a list of answers: a Response, or an Error for no answer at all. After
 * the list everything is stored.
 */
function setUp({ script = [], frame = () => false, db = memoryDb() } = {}) {
    const posts = [];
    const changes = [];
    const stored = [];
    let running = 0;
    let most = 0;
    const api = makeApi({
        async request(url, { body }) {
            running += 1;
            most = Math.max(most, running);
            const sent = JSON.parse(body);
            posts.push(sent.client_id);
            await new Promise((resolve) => { setTimeout(resolve, 1); });
            running -= 1;
            const next = script.shift() ?? answer(201, { message: { ...sent, room: url.split('/')[3], seq: posts.length } });
            if (next instanceof Error) throw next;
            return next;
        },
    });
    const sleeps = [];
    const outbox = new Outbox({
        db, frame,
        post: async ({ room, client_id, text }) => (await api.call('POST', `/api/rooms/${room}/messages`, { body: { client_id, text } })).data.message,
        changed: (one) => changes.push([one.client_id, one.state, one.reason]),
        stored: (message) => stored.push(message.client_id),
        sleep: async (ms) => void sleeps.push(ms),
    });
    return { outbox, posts, changes, stored, sleeps, db, most: () => most };
}

async function until(what) {
    for (let i = 0; i < 500; i += 1) {
        if (what()) return;
        await new Promise((resolve) => { setTimeout(resolve, 2); });
    }
    assert.fail('it did not happen');
}

describe('the outbox', () => {
    it('sends in order, one at a time in a room', async () => {
        const { outbox, posts, stored, most } = setUp();
        for (const id of ['a', 'b', 'c']) outbox.add(entry(id));
        await until(() => stored.length === 3);
        assert.deepEqual(posts, ['a', 'b', 'c']);
        assert.equal(most(), 1);
    });
    it('does not let one room wait for another', async () => {
        const { outbox, stored, most } = setUp();
        outbox.add(entry('a', '50'));
        outbox.add(entry('b', '60'));
        await until(() => stored.length === 2);
        assert.equal(most(), 2);
    });
    it('retries the same id, before the next of the room', async () => {
        const { outbox, posts, stored, sleeps } = setUp({ script: [new TypeError('no network'), problem(503, 'unavailable', 'away', { 'Retry-After': '2' }), problem(429, 'too-many', 'slower', { 'Retry-After': '7' })] });
        outbox.add(entry('a'));
        outbox.add(entry('b'));
        await until(() => stored.length === 2);
        assert.deepEqual(posts, ['a', 'a', 'a', 'a', 'b']);
        assert.ok(sleeps[1] >= 2000 && sleeps[2] >= 7000, String(sleeps));
    });
    it('shows a refusal with its reason and goes on with the next', async () => {
        const { outbox, changes, stored, db } = setUp({ script: [answer(422, { type: '/problems/invalid', detail: 'One field needs attention.', errors: [{ field: 'text', detail: 'is too long' }] })] });
        await db.put(entry('a'));
        outbox.add(entry('a'));
        outbox.add(entry('b'));
        await until(() => stored.length === 1);
        assert.deepEqual(changes.filter(([, state]) => state === 'failed'), [['a', 'failed', 'text is too long']]);
        await until(() => true);
        assert.equal((await db.all())[0].state, 'failed');
        outbox.retry('a');
        await until(() => stored.length === 2);
        assert.deepEqual(stored, ['b', 'a']);
        assert.deepEqual(await db.all(), []);
    });
    it('gives up on a fault of the server only after some tries', async () => {
        const { outbox, changes, posts } = setUp({ script: Array.from({ length: 5 }, () => problem(500, 'internal', 'our fault')) });
        outbox.add(entry('a'));
        await until(() => changes.some(([, state]) => state === 'failed'));
        assert.equal(posts.length, 5);
    });
    it('forgets what was discarded', async () => {
        const { outbox, changes, posts, db } = setUp({ script: [problem(403, 'forbidden')] });
        await db.put(entry('a'));
        outbox.add(entry('a'));
        await until(() => changes.some(([, state]) => state === 'failed'));
        outbox.discard('a');
        outbox.retry('a');
        assert.deepEqual([outbox.entries, posts.length], [[], 1]);
        assert.deepEqual(await db.all(), []);
    });
    it('takes up what an earlier life has left, of this account only', async () => {
        const db = memoryDb();
        await db.put(entry('b'));
        await db.put(entry('a'));
        await db.put({ ...entry('c'), account: '2' });
        const { outbox, posts, stored } = setUp({ db });
        await outbox.load('1');
        await until(() => stored.length === 2);
        assert.deepEqual(posts, ['a', 'b']);
        assert.deepEqual((await db.all()).map((one) => one.client_id), ['c']);
    });
    it('stops when the session is over', async () => {
        const { outbox, posts, stored } = setUp({ script: [problem(401, 'signed-out')] });
        outbox.add(entry('a'));
        outbox.add(entry('b'));
        await until(() => posts.length === 1);
        outbox.stop();
        await new Promise((resolve) => { setTimeout(resolve, 10); });
        assert.deepEqual([posts, stored], [['a'], []]);
    });
});

describe('the outbox on a WebSocket', () => {
    it('takes the acknowledgement and posts nothing', async () => {
        const frames = [];
        const { outbox, posts, stored } = setUp({ frame: (frame) => frames.push(frame) > 0 });
        outbox.add(entry('a'));
        outbox.add(entry('b'));
        await until(() => frames.length === 1);
        assert.deepEqual(frames[0], { do: 'send', room: '50', client_id: 'a', text: 'text of a' });
        outbox.answered({ event: 'ack', client_id: 'a', message: { client_id: 'a' } });
        await until(() => frames.length === 2);
        outbox.answered({ event: 'ack', client_id: 'b', message: { client_id: 'b' } });
        await until(() => stored.length === 2);
        assert.deepEqual(posts, []);
    });
    it('posts the same id when the way is lost before the answer', async () => {
        let open = true;
        const { outbox, posts, stored } = setUp({ frame: () => open });
        outbox.add(entry('a'));
        open = false;
        outbox.wayLost();
        await until(() => stored.length === 1);
        assert.deepEqual(posts, ['a']);
        outbox.answered({ event: 'ack', client_id: 'a', message: { client_id: 'a' } });
        assert.equal(stored.length, 1);
    });
    it('takes an error frame as a refusal', async () => {
        const { outbox, changes, posts } = setUp({ frame: () => true });
        outbox.add(entry('a'));
        outbox.answered({ event: 'error', client_id: 'a', type: '/problems/not-found', status: 404, detail: 'There is no such room.' });
        await until(() => changes.some(([, state]) => state === 'failed'));
        assert.deepEqual([changes.at(-1)[2], posts], ['There is no such room.', []]);
    });
});

describe('the calls', () => {
    it('repeat a read while the failure looks passing', async () => {
        const script = [new TypeError('no network'), problem(503, 'unavailable'), answer(200, { ok: true })];
        let calls = 0;
        const api = makeApi({ sleep: async () => {}, request: async () => { calls += 1; const next = script.shift(); if (next instanceof Error) throw next; return next; } });
        assert.deepEqual((await api.read('/api/me')).data, { ok: true });
        assert.equal(calls, 3);
    });
    it('do not repeat what is refused, nor a write', async () => {
        let calls = 0;
        const api = makeApi({ sleep: async () => {}, request: async () => { calls += 1; return problem(calls === 1 ? 404 : 503, 'x', 'No.'); } });
        await assert.rejects(api.read('/api/me'), { status: 404, message: 'No.' });
        await assert.rejects(api.call('POST', '/api/x', { body: {} }), { status: 503 });
        assert.equal(calls, 2);
    });
    it('tell that the session is over, but not that a password is wrong', async () => {
        let over = 0;
        const answers = [problem(401, 'bad-credentials', 'Wrong.'), problem(401, 'signed-out')];
        const api = makeApi({ onSignedOut: () => { over += 1; }, request: async () => answers.shift() });
        await assert.rejects(api.call('POST', '/api/session', { body: {} }), { type: 'bad-credentials' });
        assert.equal(over, 0);
        await assert.rejects(api.call('GET', '/api/me'), { type: 'signed-out' });
        assert.equal(over, 1);
    });
    it('bear an error page that is not ours', async () => {
        const api = makeApi({ request: async () => new Response('<h1>Bad Gateway</h1>', { status: 502 }) });
        await assert.rejects(api.call('GET', '/api/me'), { status: 502, transient: true });
    });
    it('find the next page in a Link header', () => {
        const header = '</api/people?after=eli&limit=2>; rel="next", </api/people>; rel="prev"';
        assert.equal(linkQuery(header, 'next'), 'after=eli&limit=2');
        assert.equal(linkQuery(header, 'prev'), '');
        assert.equal(linkQuery(null, 'next'), '');
    });
});
