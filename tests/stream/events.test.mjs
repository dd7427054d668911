// The same events with the same cursor on every transport, live.
import { uuid7 } from '../harness/client/api.mjs';
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { Sse } from '../harness/client/sse.mjs';
import { Ws } from '../harness/client/ws.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd'] });
const three = () => Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h)));
const bare = (/** @type {any[]} */ events) => events.filter((e) => e.feed !== undefined).map(({ $at, $event, ...e }) => e);

test('every kind of event comes alike on WebSocket, SSE and long-poll, and as sync tells it', async () => {
  const [ada, bob, cyd] = await three();
  const room = await ada.room('Kinds', { people: [bob] });
  const { cursor } = await bob.sync();
  const streams = await Promise.all(TRANSPORTS.map((t) => openStream(t, bob, { cursor })));
  await ada.send(room.id, 'a message ⚛');
  await ada.patch(`/api/rooms/${room.id}`, { name: 'Kinds, renamed', visibility: 'public' });
  await ada.post(`/api/rooms/${room.id}/members`, { people: [cyd.me.id] });
  await ada.ok('PATCH', `/api/rooms/${room.id}/members/${cyd.me.id}`, { body: { role: 'guest' } });
  await ada.ok('DELETE', `/api/rooms/${room.id}/members/${cyd.me.id}`);
  await cyd.patch('/api/me', { name: 'Cyd the Great', avatar: '🎈' });
  const other = await cyd.room('Of cyd', { people: [bob] });
  const said = await cyd.send(other.id, 'hello bob');
  await bob.put(`/api/rooms/${other.id}/read`, { seq: said.seq });
  await cyd.ok('DELETE', `/api/rooms/${other.id}/members/${bob.me.id}`);
  const direct = await ada.post('/api/rooms/direct', { person: bob.me.id, client_id: uuid7() });
  await ada.patch(`/api/rooms/${room.id}`, { visibility: 'private' });
  // Who asks after the deletion is told of nothing else in that room any more.
  for (const s of streams) await s.next((e) => e.event === 'room_changed' && e.visibility === 'private');
  await ada.ok('DELETE', `/api/rooms/${room.id}`);
  await ada.send(direct.id, 'the end');
  await Promise.all(streams.map((s) => s.message('the end')));
  const all = streams.map((s) => bare(s.events));
  // A room that one is put into while a stream runs is loaded: from where on its rows come is no promise.
  const known = (/** @type {any[]} */ events) => events.filter((e) => ![other.id, direct.id].includes(e.feed) || e.event === 'message');
  const [ws, sse, polled] = all.map(known);
  const order = (/** @type {any[]} */ events) => [...events].sort((a, b) => Number(a.feed) - Number(b.feed) || a.seq - b.seq);
  assert.deepEqual(order(sse), order(ws));
  assert.deepEqual(order(polled), order(ws));
  const kinds = new Set(ws.map((e) => e.event));
  for (const kind of ['message', 'member_joined', 'member_left', 'member_role', 'room_changed', 'room_deleted', 'room_added', 'room_removed', 'read_marked', 'profile_changed', 'room_listed', 'room_unlisted']) {
    assert.ok(kinds.has(kind), `${kind} did not come; there came ${[...kinds]}`);
  }
  // Once each, and in the order of each feed.
  const keys = ws.map((e) => `${e.feed}/${e.seq}`);
  assert.equal(new Set(keys).size, keys.length);
  for (const list of all) {
    const last = new Map();
    for (const e of list) {
      assert.ok(e.seq > (last.get(e.feed) ?? 0), `feed ${e.feed}: ${e.seq} after ${last.get(e.feed)}`);
      last.set(e.feed, e.seq);
    }
  }
  // Sync tells them in the same words, as far as the rooms are still mine.
  const told = order(known((await bob.get('/api/sync', { cursor })).events));
  const mine = new Set(told.map((e) => e.feed));
  // Of a room that was deleted nothing is told any more but that.
  assert.deepEqual(told.map((e) => e.event), order(ws).filter((e) => mine.has(e.feed)).map((e) => (e.feed === room.id && e.event !== 'room_deleted' ? 'hidden' : e.event)));
  for (const s of streams) await s.close();
});

test('SSE names the event, gives durable ones an id behind them, ephemeral ones none', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('Ids', { people: [bob] });
  const sse = await Sse.open(bob);
  for (let i = 0; i < 5; i++) await ada.send(room.id, `i${i}`);
  await sse.message('i4');
  for (const e of sse.events) assert.equal(e.$event, e.event);
  await until('an id to come', () => sse.ids.length > 0);
  assert.ok(sse.ids.every(({ event }) => !['presence', 'presence_state', 'pong', 'error'].includes(event)));
  // The last id covers everything that came: nothing is repeated after it.
  await until('the cursor behind the last event', async () => (await bob.get('/api/sync', { cursor: /** @type {string} */ (sse.cursor) })).events.length === 0);
  await sse.close();
});

test("a cursor never runs ahead: with any that a stream ever gave, everything after it comes again", async () => {
  const [ada, bob] = await three();
  const room = await ada.room('Behind', { people: [bob] });
  const first = (await bob.sync()).cursor;
  const ws = await Ws.open(bob, { cursor: first });
  for (let i = 0; i < 40; i++) await ada.send(room.id, `b${i}`);
  await ws.message('b39');
  const cursors = /** @type {{at: number, cursor: string}[]} */ ([]);
  ws.events.forEach((e, at) => e.event === 'cursor' && cursors.push({ at, cursor: e.cursor }));
  assert.ok(cursors.length > 0);
  for (const { at, cursor } of cursors) {
    const seen = ws.events.slice(0, at).filter((e) => e.event === 'message').length;
    const left = (await bob.get('/api/sync', { cursor })).events.filter((/** @type {any} */ e) => e.event === 'message').length;
    assert.ok(seen + left >= 40, `after ${seen} messages the cursor leaves ${left}`);
  }
  await ws.close();
});

test('I see my own messages on my streams, on every device', async () => {
  const [ada] = await three();
  const phone = await its.stack.signIn('ada');
  const room = await ada.room('Own');
  const streams = [await Ws.open(ada), await Sse.open(phone)];
  const clientId = uuid7();
  await ada.send(room.id, 'to myself', clientId);
  for (const s of streams) assert.equal((await s.message('to myself')).message.client_id, clientId);
  for (const s of streams) await s.close();
});

test('nobody gets a row of a room that they are not in', async () => {
  const [ada, bob, cyd] = await three();
  const room = await ada.room('Whispers', { people: [bob] });
  const streams = [await Ws.open(cyd), await Sse.open(cyd), await openStream('poll', cyd)];
  const witness = await Ws.open(bob);
  for (let i = 0; i < 5; i++) await ada.send(room.id, `psst ${i}`);
  await witness.message('psst 4');
  for (const s of [...streams, witness]) {
    if (s !== witness) await s.quiet((e) => e.feed === room.id || JSON.stringify(e).includes('psst'), 200);
    await s.close();
  }
});

test('where history is closed a newcomer gets rows from before as empty ones only', async () => {
  const [ada, , cyd] = await three();
  const room = await ada.room('Closed', { history_open: false });
  await ada.send(room.id, 'not for later');
  const ws = await Ws.open(cyd);
  await ada.post(`/api/rooms/${room.id}/members`, { people: [cyd.me.id] });
  await ada.send(room.id, 'for all');
  await ws.message('for all');
  assert.doesNotMatch(JSON.stringify(ws.events), /not for later/);
  await ws.close();
});

test('two hundred messages at once arrive at every transport, each once and in order', async () => {
  const [ada, bob, cyd] = await three();
  const room = await ada.room('Burst', { people: [bob, cyd] });
  const { cursor } = await bob.sync();
  const streams = await Promise.all(TRANSPORTS.map((t) => openStream(t, bob, { cursor })));
  const senders = [ada, cyd];
  await Promise.all(senders.flatMap((who, w) => Array.from({ length: 4 }, async (_, lane) => {
    for (let i = 0; i < 25; i++) await who.send(room.id, `${w}/${lane}/${i}`);
  })));
  const stored = (await bob.messages(room.id, { limit: 200 })).messages.map((/** @type {any} */ m) => m.text);
  assert.equal(stored.length, 200);
  for (const s of streams) {
    await until('all messages', () => s.texts(room.id).length >= 200);
    assert.deepEqual(s.texts(room.id), stored);
    await s.close();
  }
});

test('a message is at the reader within a moment of its acceptance', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('Moment', { people: [bob] });
  const ws = await Ws.open(bob);
  const waits = [];
  for (let i = 0; i < 20; i++) {
    await ada.send(room.id, `t${i}`);
    const at = Date.now();
    await ws.message(`t${i}`);
    waits.push(Date.now() - at);
  }
  waits.sort((a, b) => a - b);
  // No measurement, a promise: woken by the notification, not by the sweep of a second or two.
  assert.ok(waits[10] < 500, `median ${waits[10]} ms`);
  await ws.close();
});
