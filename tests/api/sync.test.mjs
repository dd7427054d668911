// Sync: the state of one moment, and what changed since a cursor.
import { uuid7 } from '../harness/client/api.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd'] });
const three = () => Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h)));
const since = (/** @type {any} */ who, /** @type {string} */ cursor) => who.get('/api/sync', { cursor });
const named = (/** @type {any} */ answer, /** @type {string} */ feed) => answer.events.filter((/** @type {any} */ e) => e.feed === feed).map((/** @type {any} */ e) => e.event);

test('without a cursor it is everything for the first screen, and a cursor of that moment', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('First screen', { people: [bob] });
  const last = await bob.send(room.id, 'the last word');
  const direct = await ada.post('/api/rooms/direct', { person: bob.me.id, client_id: uuid7() });
  const state = await ada.sync();
  assert.equal(state.verdict, 'reset');
  assert.equal(state.me.handle, 'ada');
  assert.equal(typeof state.cursor, 'string');
  assert.match(state.cursor, /^[A-Za-z0-9._~-]+$/, 'a cursor needs no escaping in an address');
  const mine = state.rooms.find((/** @type {any} */ r) => r.id === room.id);
  assert.deepEqual(mine.last_message, last);
  assert.equal(mine.unread, 1);
  assert.ok(state.rooms.some((/** @type {any} */ r) => r.id === direct.id));
  for (const id of [ada.me.id, bob.me.id]) assert.ok(state.people.some((/** @type {any} */ p) => p.id === id));
  assert.equal(state.push.url, '/push');
  assert.deepEqual(state.limits, { message_max: 2000, send_burst: 100000, send_period_ms: 1000, body_max: 131072, change_seconds: 86400, receipts_max: 50, files: { size_max: 26214400, count_max: 10, chunk_max: 65536 } });
  assert.equal(state.heartbeat_ms, 20000);
  const changed = await since(ada, state.cursor);
  assert.deepEqual({ ...changed, cursor: '' }, { verdict: 'complete', cursor: '', feeds: [], events: [] });
});

test('with a cursor it is what changed since: every message and event of my feeds, once and in order', async () => {
  const [ada, bob, cyd] = await three();
  const room = await ada.room('Changes', { people: [bob] });
  const { cursor } = await bob.sync();
  const first = await ada.send(room.id, 'one');
  await ada.patch(`/api/rooms/${room.id}`, { name: 'Changed' });
  await ada.post(`/api/rooms/${room.id}/members`, { people: [cyd.me.id] });
  await ada.ok('PATCH', `/api/rooms/${room.id}/members/${cyd.me.id}`, { body: { role: 'moderator' } });
  await cyd.ok('POST', `/api/rooms/${room.id}/leave`);
  await ada.patch('/api/me', { name: 'Countess' });
  await ada.send(room.id, 'two');
  const changed = await since(bob, cursor);
  assert.equal(changed.verdict, 'complete');
  assert.deepEqual(changed.feeds, []);
  assert.deepEqual(named(changed, room.id), ['message', 'room_changed', 'member_joined', 'member_role', 'member_left', 'message']);
  const rows = changed.events.filter((/** @type {any} */ e) => e.feed === room.id);
  assert.deepEqual(rows.map((/** @type {any} */ e) => e.seq), Array.from({ length: 6 }, (_, i) => first.seq + i));
  assert.deepEqual(rows[0].message, first);
  assert.equal(rows[0].actor, undefined);
  assert.equal(rows[1].name, 'Changed');
  assert.equal(rows[1].actor, ada.me.id);
  assert.deepEqual([rows[2].person, rows[2].role, rows[2].actor], [cyd.me.id, 'member', ada.me.id]);
  assert.deepEqual([rows[3].person, rows[3].role], [cyd.me.id, 'moderator']);
  assert.deepEqual([rows[4].person, rows[4].actor], [cyd.me.id, cyd.me.id]);
  const profile = changed.events.find((/** @type {any} */ e) => e.event === 'profile_changed');
  assert.deepEqual([profile.feed, profile.person, profile.name, profile.active], [ada.me.tenant.id, ada.me.id, 'Countess', true]);
  assert.deepEqual((await since(bob, changed.cursor)).events, []);
  // The same cursor again gives the same rows: asking moves nothing.
  assert.deepEqual((await since(bob, cursor)).events, changed.events);
});

test('a cursor grants nothing: with mine another person gets their own changes', async () => {
  const [ada, bob, cyd] = await three();
  const room = await ada.room('Not for cyd', { people: [bob] });
  const { cursor } = await ada.sync();
  await ada.send(room.id, 'between us');
  assert.equal(named(await since(bob, cursor), room.id).length, 1);
  assert.deepEqual(named(await since(cyd, cursor), room.id), []);
  await its.stack.api().refused(401, 'signed-out', 'GET', '/api/sync', { query: { cursor } });
});

test('a cursor that is not ours is refused, whatever it looks like', async () => {
  const [ada] = await three();
  const { cursor } = await ada.sync();
  const flip = (/** @type {number} */ at) => cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
  for (const bad of ['x', '0', 'null', flip(cursor.length >> 1), flip(3), cursor.slice(0, -1), `${cursor}A`, cursor.slice(1), 'A'.repeat(2000), '../..']) {
    await ada.refused(400, 'bad-cursor', 'GET', '/api/sync', { query: { cursor: bad } });
  }
});

test('who was added to a room learns of it, and who was removed does too', async () => {
  const [ada, , cyd] = await three();
  const room = await ada.room('Comings');
  const { cursor } = await cyd.sync();
  await ada.post(`/api/rooms/${room.id}/members`, { people: [cyd.me.id] });
  const added = await since(cyd, cursor);
  const event = added.events.find((/** @type {any} */ e) => e.event === 'room_added');
  assert.deepEqual([event.feed, event.room, event.actor], [cyd.me.id, room.id, ada.me.id]);
  await ada.ok('DELETE', `/api/rooms/${room.id}/members/${cyd.me.id}`);
  const removed = await since(cyd, added.cursor);
  assert.deepEqual(removed.events.map((/** @type {any} */ e) => e.event), ['room_removed']);
  await ada.send(room.id, 'behind their back');
  assert.deepEqual((await since(cyd, removed.cursor)).events, []);
});

test('who was away for long is told to page that room, and paging gives every row', async () => {
  const [ada, bob] = await three();
  const [busy, quiet] = [await ada.room('Busy', { people: [bob] }), await ada.room('Quiet', { people: [bob] })];
  const state = await bob.sync();
  const base = state.rooms.find((/** @type {any} */ r) => r.id === busy.id).last_seq;
  for (let i = 0; i < 320; i++) await ada.send(busy.id, `b${i}`);
  await ada.send(quiet.id, 'a quiet word');
  const changed = await since(bob, state.cursor);
  assert.equal(changed.verdict, 'complete');
  assert.deepEqual(changed.feeds, [{ feed: busy.id, verdict: 'more', head: base + 320 }]);
  assert.deepEqual(named(changed, busy.id), []);
  assert.deepEqual(named(changed, quiet.id), ['message']);
  const rows = [];
  for (let after = base, verdict = 'more'; verdict === 'more'; ) {
    const page = await bob.get(`/api/rooms/${busy.id}/changes`, { after, limit: 150 });
    verdict = page.verdict;
    assert.equal(page.head, base + 320);
    rows.push(...page.events);
    after = rows.at(-1).seq;
  }
  assert.deepEqual(rows.map((e) => e.message.text), Array.from({ length: 320 }, (_, i) => `b${i}`));
  assert.deepEqual((await since(bob, changed.cursor)).feeds, []);
});

test('changes before what was pruned, or after the head, are told as a reset', async () => {
  const [ada] = await three();
  const room = await ada.room('Pruned');
  for (let i = 0; i < 5; i++) await ada.send(room.id, `p${i}`);
  const at = `/api/rooms/${room.id}/changes`;
  assert.equal((await ada.get(at, { after: 99 })).verdict, 'reset');
  const { cursor } = await ada.sync();
  const head = (await ada.get(at, { after: 0 })).head;
  await its.stack.postgres.sql(`DELETE FROM confab.message WHERE feed_id = ${room.id} AND seq < ${head};
    UPDATE confab.feed SET min_seq = ${head}, pruned_xid = pg_current_xact_id() WHERE id = ${room.id}`);
  assert.deepEqual({ ...(await ada.get(at, { after: 0 })), head: 0 }, { verdict: 'reset', head: 0, events: [] });
  assert.equal((await ada.get(at, { after: head - 1 })).verdict, 'complete');
  await ada.send(room.id, 'after the pruning');
  const changed = await since(ada, cursor);
  assert.deepEqual(changed.feeds.map((/** @type {any} */ f) => [f.feed, f.verdict]), [[room.id, 'reset']]);
});

test('a page of changes starts after the row that is named, and says whether more follow', async () => {
  const [ada] = await three();
  const room = await ada.room('Pages');
  for (let i = 0; i < 4; i++) await ada.send(room.id, `p${i}`);
  const at = `/api/rooms/${room.id}/changes`;
  const whole = await ada.get(at, { after: 0 });
  assert.equal(whole.verdict, 'complete');
  assert.equal(whole.events.length, whole.head);
  const part = await ada.get(at, { after: 2, limit: 2 });
  assert.deepEqual(part.events, whole.events.slice(2, 4));
  assert.equal(part.verdict, 'more');
  assert.deepEqual((await ada.get(at, { after: whole.head })).events, []);
  await ada.refused(422, 'invalid', 'GET', at);
  await ada.refused(422, 'invalid', 'GET', at, { query: { after: 0, limit: 201 } });
});

test('a deleted room is told to those who are away', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('To be deleted', { people: [bob] });
  await ada.send(room.id, 'unread and lost');
  const { cursor } = await bob.sync();
  await ada.ok('DELETE', `/api/rooms/${room.id}`);
  const changed = await since(bob, cursor);
  assert.ok(changed.events.some((/** @type {any} */ e) => e.event === 'room_deleted' && e.room === room.id));
  assert.ok(!(await bob.sync()).rooms.some((/** @type {any} */ r) => r.id === room.id));
});

test('public rooms are announced to the tenant when they come and when they go', async () => {
  const [ada, bob] = await three();
  const { cursor } = await bob.sync();
  const room = await ada.room('Plaza', { kind: 'channel', visibility: 'public' });
  await ada.patch(`/api/rooms/${room.id}`, { name: 'Piazza' });
  await ada.patch(`/api/rooms/${room.id}`, { visibility: 'private' });
  const told = (await since(bob, cursor)).events.filter((/** @type {any} */ e) => e.room === room.id);
  assert.deepEqual(told.map((/** @type {any} */ e) => [e.event, e.name]).at(-1), ['room_unlisted', undefined]);
  assert.ok(told.some((/** @type {any} */ e) => e.event === 'room_listed'));
});

test('of a room that was public once nobody outside learns what it is called now', async () => {
  const [ada, cyd] = await Promise.all(['ada', 'cyd'].map((h) => its.stack.signIn(h)));
  const listed = async (/** @type {string} */ cursor, /** @type {any} */ room) =>
    (await cyd.get('/api/sync', { cursor })).events.filter((/** @type {any} */ e) => e.room === room.id).map((/** @type {any} */ e) => [e.event, e.name]);
  const { cursor } = await cyd.sync();
  const room = await ada.room('Open', { kind: 'channel', visibility: 'public' });
  assert.deepEqual(await listed(cursor, room), [['room_listed', 'Open']]);
  await ada.patch(`/api/rooms/${room.id}`, { visibility: 'private', name: 'Secret', topic: 'Very' });
  assert.deepEqual(await listed(cursor, room), [['room_listed', ''], ['room_unlisted', undefined]]);
  await ada.patch(`/api/rooms/${room.id}`, { visibility: 'public' });
  assert.deepEqual((await listed(cursor, room)).at(-1), ['room_listed', 'Secret']);
  await ada.ok('DELETE', `/api/rooms/${room.id}`);
  assert.ok((await listed(cursor, room)).every(([, name]) => !name));
});
