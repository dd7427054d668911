// What people put beside messages: reactions, threads, mentions, pins, saved ones, settings.
import { uuid7 } from '../harness/client/api.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd'] });
/** @type {any} */
let ada, bob, cyd;
const begin = async () => ([ada, bob, cyd] = ada ? [ada, bob, cyd] : await Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h))));
const at = (/** @type {any} */ m, tail = '') => `/api/rooms/${m.room}/messages/${m.seq}${tail}`;
const reply = async (/** @type {any} */ who, /** @type {any} */ root, /** @type {string} */ text, more = {}) =>
  (await who.ok('POST', `/api/rooms/${root.room}/messages`, { status: 201, body: { client_id: uuid7(), text, thread: root.seq, ...more } })).message;
const summary = (/** @type {any} */ who, /** @type {string} */ room) => who.get(`/api/rooms/${room}`);
const page = (/** @type {any} */ who, /** @type {string} */ room, query = {}) => who.get(`/api/rooms/${room}/messages`, query);

test('reactions count people once, in the order in which they came, and go again', async () => {
  await begin();
  const room = await ada.room('React', { people: [bob] });
  const sent = await ada.send(room.id, 'well?');
  for (const [who, emoji] of [[ada, '👍'], [bob, '🎉'], [bob, '👍'], [bob, '👍']]) await who.ok('PUT', at(sent, '/reactions'), { status: 204, body: { emoji } });
  let [message] = (await page(bob, room.id)).messages;
  assert.deepEqual(message.reactions, [
    { emoji: '👍', count: 2, mine: true, people: [ada.me.id, bob.me.id] },
    { emoji: '🎉', count: 1, mine: true, people: [bob.me.id] },
  ]);
  await bob.ok('DELETE', at(sent, '/reactions'), { status: 204, query: { emoji: '👍' } });
  await bob.ok('DELETE', at(sent, '/reactions'), { status: 204, query: { emoji: '👍' } });
  [message] = (await page(ada, room.id)).messages;
  assert.deepEqual(message.reactions[0], { emoji: '👍', count: 1, mine: true, people: [ada.me.id] });
  assert.equal(message.reactions[1].mine, false);
  const events = (await ada.get(`/api/rooms/${room.id}/changes`, { after: sent.seq })).events;
  assert.deepEqual(events.map((/** @type {any} */ e) => [e.event, e.actor, e.message_seq, e.emoji]), [
    ['reaction_added', ada.me.id, sent.seq, '👍'], ['reaction_added', bob.me.id, sent.seq, '🎉'],
    ['reaction_added', bob.me.id, sent.seq, '👍'], ['reaction_removed', bob.me.id, sent.seq, '👍'],
  ]);
});

test('a reaction is one emoji, and a message has at most twenty kinds', async () => {
  await begin();
  const room = await ada.room('Emoji', {});
  const sent = await ada.send(room.id, 'x');
  for (const emoji of ['', 'a', '👍👍', '👍 ', ':+1:', '‍']) await ada.refused(422, 'invalid', 'PUT', at(sent, '/reactions'), { body: { emoji } });
  for (let i = 0; i < 20; i++) await ada.ok('PUT', at(sent, '/reactions'), { body: { emoji: String.fromCodePoint(0x1f600 + i) } });
  await ada.refused(409, 'conflict', 'PUT', at(sent, '/reactions'), { body: { emoji: '👩‍💻' } });
  await ada.ok('PUT', at(sent, '/reactions'), { status: 204, body: { emoji: String.fromCodePoint(0x1f600) } });
});

test('replies stand in their thread, count there, and the root tells of them', async () => {
  await begin();
  const room = await ada.room('Threads', { people: [bob, cyd] });
  const root = await ada.send(room.id, 'who comes?');
  const before = await summary(cyd, room.id);
  const first = await reply(bob, root, 'me');
  const second = await reply(cyd, root, 'me too');
  assert.equal(first.thread, root.seq);
  assert.deepEqual([first.thread_no, second.thread_no], [1, 2]);
  const log = await page(ada, room.id);
  assert.deepEqual(log.messages.map((/** @type {any} */ m) => m.text), ['who comes?']);
  assert.deepEqual({ ...log.messages[0].replies, last_at: undefined },
    { count: 2, last_at: undefined, last_no: 2, read_no: 0, following: true, people: [cyd.me.id, bob.me.id] });
  const thread = await page(bob, room.id, { thread: root.seq });
  assert.deepEqual(thread.messages.map((/** @type {any} */ m) => m.text), ['me', 'me too']);
  assert.equal(thread.root.text, 'who comes?');
  assert.equal((await summary(cyd, room.id)).last_no, before.last_no, 'replies are not unread in the room');
  // Who began it follows it, and so does who wrote in it; the others do not.
  assert.equal((await summary(ada, room.id)).threads_unread, 2);
  assert.equal((await summary(bob, room.id)).threads_unread, 1);
  assert.equal((await summary(cyd, room.id)).threads_unread, 0);
  const [mine] = (await ada.get('/api/threads')).threads;
  assert.deepEqual([mine.root.seq, mine.count, mine.unread], [root.seq, 2, 2]);
});

test('a thread is read, unfollowed and followed again', async () => {
  await begin();
  const room = await ada.room('Follow', { people: [bob] });
  const root = await ada.send(room.id, 'root');
  const first = await reply(bob, root, '1');
  await reply(bob, root, '2');
  const path = `/api/rooms/${room.id}/threads/${root.seq}`;
  assert.deepEqual(await ada.ok('PATCH', path, { body: { read: first.seq } }), { following: true, read_no: 1 });
  assert.equal((await summary(ada, room.id)).threads_unread, 1);
  assert.deepEqual(await ada.ok('PATCH', path, { body: { following: false } }), { following: false, read_no: 1 });
  assert.equal((await summary(ada, room.id)).threads_unread, 0);
  await reply(ada, root, '3');
  assert.equal((await ada.get('/api/threads')).threads[0].read_no, 3, 'who writes in it follows it, and has read it');
  await ada.refused(404, 'not-found', 'PATCH', `/api/rooms/${room.id}/threads/999`, { body: { following: true } });
});

test('a reply may be shown in the room as well', async () => {
  await begin();
  const room = await ada.room('Both', { people: [bob] });
  const root = await ada.send(room.id, 'root');
  const shown = await reply(bob, root, 'for all', { in_room: true });
  assert.equal(shown.in_room, true);
  assert.deepEqual((await page(ada, room.id)).messages.map((/** @type {any} */ m) => m.text), ['root', 'for all']);
  assert.equal((await summary(ada, room.id)).unread, 1);
});

test('there is no thread below a reply, below nothing, or below a deleted message', async () => {
  await begin();
  const room = await ada.room('No thread', {});
  const root = await ada.send(room.id, 'root');
  const one = await reply(ada, root, 'reply');
  const body = (/** @type {number} */ thread) => ({ body: { client_id: uuid7(), text: 'x', thread } });
  await ada.refused(409, 'conflict', 'POST', `/api/rooms/${room.id}/messages`, body(one.seq));
  await ada.refused(404, 'not-found', 'POST', `/api/rooms/${room.id}/messages`, body(9999));
  await ada.ok('DELETE', at(root));
  await ada.refused(409, 'conflict', 'POST', `/api/rooms/${room.id}/messages`, body(root.seq));
  assert.deepEqual((await page(ada, room.id, { thread: root.seq })).messages.map((/** @type {any} */ m) => m.text), ['reply'], 'what was said stays');
});

test('a mention counts apart from unread until it is read, and is listed', async () => {
  await begin();
  const room = await ada.room('Mentions', { people: [bob, cyd] });
  await ada.send(room.id, 'hello @bob and @cyd, not `@bob` twice');
  await ada.send(room.id, 'mail to someone@bob.example');
  await ada.send(room.id, '@room come all');
  assert.equal((await summary(bob, room.id)).mentions, 2);
  assert.equal((await summary(ada, room.id)).mentions, 0);
  const { messages } = await bob.get('/api/mentions');
  assert.deepEqual(messages.map((/** @type {any} */ m) => m.text), ['@room come all', 'hello @bob and @cyd, not `@bob` twice']);
  assert.equal(messages[0].mentions_room, true);
  await bob.put(`/api/rooms/${room.id}/read`, { seq: messages[0].seq });
  assert.equal((await summary(bob, room.id)).mentions, 0);
});

test('an edit that adds a mention announces it, one that takes it away forgets it', async () => {
  await begin();
  const room = await ada.room('Edited mention', { people: [bob] });
  const sent = await ada.send(room.id, 'hello');
  await ada.ok('PATCH', at(sent), { body: { text: 'hello @bob' } });
  assert.equal((await summary(bob, room.id)).mentions, 1);
  await ada.ok('PATCH', at(sent), { body: { text: 'hello' } });
  assert.equal((await summary(bob, room.id)).mentions, 0);
  await ada.ok('PATCH', at(sent), { body: { text: '@bob' } });
  await ada.ok('DELETE', at(sent));
  assert.equal((await summary(bob, room.id)).mentions, 0);
});

test('messages are pinned for all, by whom the room allows it', async () => {
  await begin();
  const group = await ada.room('Pins', { people: [bob] });
  const sent = await ada.send(group.id, 'keep me');
  await bob.ok('PUT', at(sent, '/pin'), { status: 204 });
  assert.deepEqual((await ada.get(`/api/rooms/${group.id}/pins`)).messages.map((/** @type {any} */ m) => m.text), ['keep me']);
  assert.equal((await page(ada, group.id)).messages[0].pinned, true);
  await ada.ok('DELETE', at(sent, '/pin'), { status: 204 });
  assert.deepEqual((await bob.get(`/api/rooms/${group.id}/pins`)).messages, []);
  const channel = await ada.room('Pins too', { kind: 'channel', people: [bob] });
  const other = await ada.send(channel.id, 'x');
  await bob.refused(403, 'forbidden', 'PUT', at(other, '/pin'));
});

test('saved messages are mine alone', async () => {
  await begin();
  const room = await ada.room('Saved', { people: [bob] });
  const sent = await ada.send(room.id, 'for later');
  await bob.ok('PUT', at(sent, '/saved'), { status: 204 });
  assert.deepEqual((await bob.get('/api/saved')).messages.map((/** @type {any} */ m) => m.text), ['for later']);
  assert.deepEqual((await ada.get('/api/saved')).messages, []);
  assert.equal((await page(bob, room.id)).messages[0].saved, true);
  await bob.ok('DELETE', at(sent, '/saved'), { status: 204 });
  assert.deepEqual((await bob.get('/api/saved')).messages, []);
});

test('settings of a room are mine, and my other devices are told', async () => {
  await begin();
  const room = await ada.room('Settings', { people: [bob] });
  const { cursor } = await bob.get('/api/sync');
  const until = new Date(Date.now() + 3600e3).toISOString();
  const mine = await bob.ok('PATCH', `/api/rooms/${room.id}/settings`, { body: { notify: 'mentions', muted_until: until, favourite: 3 } });
  assert.deepEqual([mine.notify, mine.muted_until, mine.favourite], ['mentions', until, 3]);
  const theirs = await summary(ada, room.id);
  assert.deepEqual([theirs.notify, theirs.muted_until, theirs.favourite], ['all', undefined, undefined]);
  const { events } = await bob.get('/api/sync', { cursor });
  assert.deepEqual(events.map((/** @type {any} */ e) => [e.event, e.room]), [['settings_changed', room.id]]);
  const ended = await bob.ok('PATCH', `/api/rooms/${room.id}/settings`, { body: { muted_until: '2020-01-01T00:00:00Z', favourite: 0 } });
  assert.deepEqual([ended.notify, ended.muted_until, ended.favourite], ['mentions', undefined, undefined]);
  await bob.refused(422, 'invalid', 'PATCH', `/api/rooms/${room.id}/settings`, { body: { muted_until: 'tomorrow' } });
});

test('topic and description are sealed with the name and change apart from it', async () => {
  await begin();
  const room = await ada.room('Topics', { people: [bob] });
  await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { topic: 'Zebras', description: 'All about them.' } });
  const changed = await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { name: 'Animals' } });
  assert.deepEqual([changed.name, changed.topic, changed.description], ['Animals', 'Zebras', 'All about them.']);
  const notice = (await page(bob, room.id)).notices.at(-1);
  assert.deepEqual([notice.event, notice.what, notice.topic], ['room_changed', 'name', 'Zebras']);
  assert.ok(!(await its.stack.postgres.sql(`SELECT r::text FROM confab.room r WHERE id = ${room.id}`)).includes('Zebras'));
});

test('an archived room is read only, until it is opened again', async () => {
  await begin();
  const room = await ada.room('Archive', { people: [bob] });
  const said = await bob.send(room.id, 'before');
  await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { archived: true } });
  await bob.refused(409, 'conflict', 'PATCH', at(said), { body: { text: 'after' } });
  await bob.refused(409, 'conflict', 'PUT', at(said, '/reactions'), { body: { emoji: '👍' } });
  await bob.refused(409, 'conflict', 'PUT', at(said, '/pin'));
  await bob.refused(409, 'conflict', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'x' } });
  assert.equal((await summary(bob, room.id)).archived, true);
  await bob.refused(403, 'forbidden', 'PATCH', `/api/rooms/${room.id}`, { body: { archived: false } });
  await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { archived: false } });
  await bob.send(room.id, 'back');
});

test('what happened stands between the messages, unless the room does not keep it', async () => {
  await begin();
  const room = await ada.room('Notices', {});
  await ada.send(room.id, '1');
  await ada.post(`/api/rooms/${room.id}/members`, { people: [bob.me.id] });
  await ada.send(room.id, '2');
  const kinds = async () => (await page(ada, room.id)).notices.map((/** @type {any} */ e) => e.event);
  assert.deepEqual(await kinds(), ['member_joined', 'member_joined']);
  await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { notices: false } });
  assert.deepEqual(await kinds(), []);
});

test('between two pages no notice is lost, from either side', async () => {
  await begin();
  const room = await ada.room('Borders', {});
  const texts = [];
  for (let i = 0; i < 5; i++) texts.push(await ada.send(room.id, `${i}`), (await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { topic: `topic ${i}` } })));
  const all = (await page(ada, room.id)).notices.map((/** @type {any} */ e) => e.seq);
  assert.equal(all.length, 6);
  const down = [];
  for (let query = { limit: 1 }, more = true; more;) {
    const { messages, notices, more_before } = await page(ada, room.id, query);
    down.unshift(...notices.map((/** @type {any} */ e) => e.seq));
    more = more_before;
    query = { limit: 1, before: messages[0].seq };
  }
  assert.deepEqual(down, all);
  const up = [];
  for (let query = { limit: 1, after: 0 }, more = true; more;) {
    const { messages, notices, more_after } = await page(ada, room.id, query);
    up.push(...notices.map((/** @type {any} */ e) => e.seq));
    more = more_after;
    query = { limit: 1, after: messages[0].seq };
  }
  assert.deepEqual(up, all);
});

test('marking as unread moves my watermark back, and only mine', async () => {
  await begin();
  const room = await ada.room('Unread', { people: [bob] });
  const sent = [];
  for (const text of ['1', '2', '3']) sent.push(await ada.send(room.id, text));
  await bob.put(`/api/rooms/${room.id}/read`, { seq: sent[2].seq });
  assert.equal((await summary(bob, room.id)).unread, 0);
  await bob.put(`/api/rooms/${room.id}/unread`, { seq: sent[1].seq });
  assert.equal((await summary(bob, room.id)).unread, 2);
  const receipts = (await ada.get(`/api/rooms/${room.id}/receipts`)).read;
  assert.deepEqual(receipts, [{ person: ada.me.id, seq: sent[2].seq }, { person: bob.me.id, seq: sent[0].seq }]);
  await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { receipts: false } });
  assert.deepEqual((await ada.get(`/api/rooms/${room.id}/receipts`)).read, []);
});

test('a page begins at a moment', async () => {
  await begin();
  const room = await ada.room('Moment', {});
  for (let i = 1; i <= 9; i++) await ada.send(room.id, `m${i}`);
  await its.stack.postgres.sql(`UPDATE confab.message SET sent_at = '2026-01-01T00:00:00Z'::timestamptz + no * interval '1 day' WHERE feed_id = ${room.id}`);
  const found = await page(ada, room.id, { at: '2026-01-05T00:00:00Z', limit: 3 });
  assert.deepEqual(found.messages.map((/** @type {any} */ m) => m.text), ['m2', 'm3', 'm4']);
  assert.equal((await page(ada, room.id, { at: '2027-01-01T00:00:00Z', limit: 3 })).messages.at(-1).text, 'm9');
});

test('a group without a name is called after its people', async () => {
  await begin();
  const room = await ada.ok('POST', '/api/rooms', { status: 201, body: { client_id: uuid7(), kind: 'group', people: [bob.me.id, cyd.me.id] } });
  assert.equal(room.name, '');
  assert.deepEqual(room.people, [bob.me.id, cyd.me.id]);
  assert.deepEqual((await summary(bob, room.id)).people, [ada.me.id, cyd.me.id]);
  await ada.refused(422, 'invalid', 'POST', '/api/rooms', { body: { client_id: uuid7(), kind: 'channel' } });
});

test('lists across rooms take any place, and are not cut short by rooms that one has left', async () => {
  await begin();
  const stays = await ada.room('Stays', { people: [bob] });
  const left = await ada.room('Left', { people: [bob] });
  await ada.send(stays.id, '@bob the old one');
  for (let i = 0; i < 5; i++) await ada.send(left.id, `@bob ${i}`);
  await bob.ok('POST', `/api/rooms/${left.id}/leave`);
  const { messages } = await bob.get('/api/mentions', { limit: 1 });
  assert.deepEqual(messages.map((/** @type {any} */ m) => m.text), ['@bob the old one']);
  for (const list of ['mentions', 'threads', 'saved'])
    for (const before of ['0', '253402300800000000', '9223372036854775806', '9223372036854775807']) await bob.get(`/api/${list}`, { before });
});

test('unread replies are counted right while one reads and others answer at once', async () => {
  await begin();
  const room = await ada.room('Both', { people: [bob, cyd] });
  const root = await ada.send(room.id, 'root');
  await reply(bob, root, '0');
  const path = `/api/rooms/${room.id}/threads/${root.seq}`;
  for (let i = 0; i < 15; i++) {
    const { last_seq: head } = await summary(ada, room.id);
    await Promise.all([reply(bob, root, `b${i}`), ada.ok('PATCH', path, { body: { read: head } }), reply(cyd, root, `c${i}`)]);
    const [thread] = (await ada.get('/api/threads')).threads;
    assert.equal((await summary(ada, room.id)).threads_unread, thread.last_no - thread.read_no);
  }
  await ada.ok('PATCH', path, { body: { read: (await summary(ada, room.id)).last_seq } });
  assert.equal((await summary(ada, room.id)).threads_unread, 0);
  assert.equal(await its.stack.postgres.sql(`SELECT unread FROM confab.follower WHERE feed_id = ${room.id} AND account_id = ${ada.me.id}`), 'f', 'what was read costs nothing more');
});

test('a thread that began before one may look is neither followed nor counted', async () => {
  await begin();
  const room = await ada.room('Closed', { history_open: false });
  const root = await ada.send(room.id, 'before');
  await ada.ok('POST', `/api/rooms/${room.id}/members`, { body: { people: [bob.me.id] } });
  await reply(ada, root, 'hear, @bob');
  assert.equal((await summary(bob, room.id)).threads_unread, 0, 'he could never read it');
  assert.equal((await summary(bob, room.id)).mentions, 1, 'but he is meant');
  const own = await bob.send(room.id, 'mine');
  await bob.ok('POST', `/api/rooms/${room.id}/leave`);
  await reply(ada, own, 'too late');
  await ada.ok('POST', `/api/rooms/${room.id}/members`, { body: { people: [bob.me.id] } });
  assert.equal((await summary(bob, room.id)).threads_unread, 0, 'who comes back begins anew');
  // Who follows a message before its first reply is told of that one, even if it is just under way.
  const next = await ada.send(room.id, 'next');
  await bob.patch(`/api/rooms/${room.id}/threads/${next.seq}`, { following: true });
  assert.equal(await its.stack.postgres.sql(`SELECT unread FROM confab.follower WHERE feed_id = ${room.id} AND root_seq = ${next.seq} AND account_id = ${bob.me.id}`), 't');
  await reply(ada, next, 'first');
  assert.equal((await summary(bob, room.id)).threads_unread, 1);
  await ada.refused(404, 'not-found', 'GET', `/api/rooms/${room.id}/messages`, { query: { thread: 0 } });
});

test('what is pinned or saved stays so when there may be no more of it', async () => {
  await begin();
  const room = await ada.room('Full', {});
  const sent = await ada.send(room.id, 'one');
  for (const tail of ['/pin', '/saved']) await ada.ok('PUT', at(sent, tail), { status: 204 });
  await its.stack.postgres.sql(`INSERT INTO confab.pin (feed_id, seq, tenant_id, account_id) SELECT feed_id, 1000 + g, tenant_id, account_id FROM confab.pin, generate_series(1, 99) g WHERE feed_id = ${room.id};
    INSERT INTO confab.saved (feed_id, seq, tenant_id, account_id) SELECT feed_id, 1000 + g, tenant_id, account_id FROM confab.saved, generate_series(1, 9999) g WHERE feed_id = ${room.id}`);
  for (const tail of ['/pin', '/saved']) await ada.ok('PUT', at(sent, tail), { status: 204 });
  const other = await ada.send(room.id, 'two');
  for (const tail of ['/pin', '/saved']) await ada.refused(409, 'conflict', 'PUT', at(other, tail));
  await its.stack.postgres.sql(`DELETE FROM confab.saved WHERE feed_id = ${room.id}`);
});

test('what was said before one may look is out of reach of every call, for strangers and for those who come later', async () => {
  await begin();
  const room = await ada.room('Sealed', { people: [bob], history_open: false });
  const path = `/api/rooms/${room.id}`;
  const old = await ada.send(room.id, 'long ago @bob @cyd');
  const poll = (await ada.ok('POST', `${path}/messages`, { status: 201, body: { client_id: uuid7(), text: 'long ago?', choices: ['a', 'b'] } })).message;
  for (const tail of ['/saved', '/pin']) await bob.ok('PUT', at(old, tail));
  await bob.ok('POST', `${path}/leave`);
  const of = (/** @type {any} */ who) => [
    ['GET', at(old)], ['PATCH', at(old), { text: 'mine' }], ['DELETE', at(old)], ['PUT', at(old, '/reactions'), { emoji: '👍' }], ['PUT', at(old, '/pin')], ['DELETE', at(old, '/pin')],
    ['PUT', at(old, '/saved')], ['GET', at(poll, '/poll')], ['PUT', at(poll, '/poll/vote'), { choice: 1 }], ['DELETE', at(poll, '/poll/vote')], ['POST', at(poll, '/poll/close')],
    ['POST', `${path}/messages`, { client_id: uuid7(), text: who.me.handle, thread: old.seq }], ['PATCH', `${path}/threads/${old.seq}`, { following: true }],
    ['GET', `${path}/messages?thread=${old.seq}`], ['PUT', `${path}/unread`, { seq: old.seq }]];
  const lists = ['/api/saved', '/api/mentions', '/api/threads', '/api/search?q=ago'];
  const inside = ['/messages', '/messages?after=0', `/messages?before=${poll.seq}`, `/messages?around=${old.seq}`, '/messages?at=2000-01-01T00:00:00Z', '/pins', '/changes?after=0'].map((p) => path + p);
  const check = async (/** @type {any} */ who, /** @type {string[]} */ seen) => {
    for (const [method, where, body] of of(who)) await who.refused(404, 'not-found', method, where, { body });
    for (const where of seen) assert.doesNotMatch(JSON.stringify(await who.get(where)), /long ago/, where);
  };
  for (const who of [bob, cyd]) await check(who, lists);
  await ada.ok('POST', `${path}/members`, { body: { people: [bob.me.id, cyd.me.id] } });
  for (const who of [bob, cyd]) await check(who, [...lists, ...inside]);
});
