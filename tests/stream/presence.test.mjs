// Entering and leaving rooms: who is inside, and how many.
import { newStream, Ws } from '../harness/client/ws.mjs';
import { postFrames } from '../harness/client/poll.mjs';
import { openStream } from '../harness/client/streams.mjs';
import { Sse } from '../harness/client/sse.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd'], config: { push_lease_ms: 2000, push_lease_ws_ms: 2000, push_heartbeat_ms: 500 } });
const three = () => Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h)));
const enter = (/** @type {Ws} */ ws, /** @type {string} */ room) => ws.send({ do: 'enter', room });
/** By POST, as soon as the stream is known. @param {any} who @param {string} stream @param {string} room */
const enterByPost = (who, stream, room) => until('the stream to be known', async () => {
  const answer = await postFrames(who, stream, [{ do: 'enter', room }]);
  if (answer.status === 404) return false;
  assert.equal(answer.status, 200, answer.text);
  return answer;
});
const inside = (/** @type {any} */ state) => [...state.people].sort();

test('who enters gets the state of the room, the others inside a notice with the count', async () => {
  const [ada, bob, cyd] = await three();
  const room = await ada.room('Parlour', { people: [bob, cyd] });
  const [a, b, c] = [await Ws.open(ada), await Ws.open(bob), await Ws.open(cyd)];
  enter(a, room.id);
  const alone = await a.next('presence_state');
  assert.deepEqual([alone.room, inside(alone), alone.count], [room.id, [ada.me.id], 1]);
  assert.equal(typeof alone.settling, 'boolean');
  assert.equal(alone.feed, undefined);
  enter(b, room.id);
  const both = await b.next('presence_state');
  assert.deepEqual([inside(both), both.count], [[ada.me.id, bob.me.id].sort(), 2]);
  const notice = await a.next((e) => e.event === 'presence' && e.joined.includes(bob.me.id));
  assert.deepEqual([notice.room, notice.left, notice.count], [room.id, [], 2]);
  // Being a member is not being inside: no presence for who has not entered.
  await c.quiet((e) => e.event.startsWith('presence'), 300);
  b.send({ do: 'exit', room: room.id });
  const left = await a.next((e) => e.event === 'presence' && e.left.includes(bob.me.id));
  assert.deepEqual([left.joined, left.left, left.count], [[], [bob.me.id], 1]);
  for (const s of [a, b, c]) await s.close();
});

test('a person with two streams is there once, and leaves with the last one', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('Twice', { people: [bob] });
  const watcher = await Ws.open(ada);
  enter(watcher, room.id);
  await watcher.next('presence_state');
  const [one, two] = [await Ws.open(bob), await Ws.open(bob)];
  enter(one, room.id);
  await watcher.next((e) => e.event === 'presence' && e.joined.includes(bob.me.id) && e.count === 2);
  enter(two, room.id);
  assert.equal((await two.next('presence_state')).count, 2);
  await one.close();
  await watcher.quiet((e) => e.event === 'presence', 500);
  await two.close();
  const gone = await watcher.next((e) => e.event === 'presence' && e.left.includes(bob.me.id));
  assert.equal(gone.count, 1);
  await watcher.close();
});

test('entering twice is entering once; leaving a room that one is not in is nothing', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('Again', { people: [bob] });
  const [a, b] = [await Ws.open(ada), await Ws.open(bob)];
  enter(a, room.id);
  await a.next('presence_state');
  enter(b, room.id);
  await a.next((e) => e.event === 'presence');
  enter(b, room.id);
  assert.equal((await b.next('presence_state')).count, 2);
  a.send({ do: 'exit', room: '999999999' });
  await a.quiet((e) => e.event === 'presence', 300);
  for (const s of [a, b]) await s.close();
});

test('nobody enters a room that they are not a member of, and a removed member is put out', async () => {
  const [ada, bob, cyd] = await three();
  const room = await ada.room('Members', { people: [bob] });
  const [a, b, c] = [await Ws.open(ada), await Ws.open(bob), await Ws.open(cyd)];
  for (const id of [room.id, '999999999', cyd.me.id]) {
    enter(c, id);
    assert.equal((await c.next('error')).status, 404, id);
  }
  enter(a, room.id);
  await a.next('presence_state');
  enter(b, room.id);
  await a.next((e) => e.event === 'presence' && e.joined.includes(bob.me.id));
  await ada.ok('DELETE', `/api/rooms/${room.id}/members/${bob.me.id}`);
  const out = await a.next((e) => e.event === 'presence' && e.left.includes(bob.me.id));
  assert.equal(out.count, 1);
  b.at = b.events.length;
  enter(a, room.id);
  await b.quiet((e) => e.event.startsWith('presence'), 300);
  for (const s of [a, b, c]) await s.close();
});

test('SSE clients enter by POST, and stay for as long as they say so', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('By POST', { people: [bob] });
  const watcher = await Ws.open(ada);
  enter(watcher, room.id);
  await watcher.next('presence_state');
  const stream = newStream();
  const sse = await Sse.open(bob, { stream });
  const answer = await enterByPost(bob, stream, room.id);
  const state = answer.body.events.find((/** @type {any} */ e) => e.event === 'presence_state') ?? (await sse.next('presence_state'));
  assert.equal(state.count, 2);
  await watcher.next((e) => e.event === 'presence' && e.joined.includes(bob.me.id));
  // Renewed for longer than a lease.
  for (let i = 0; i < 6; i++) {
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal((await postFrames(bob, stream, [{ do: 'ping' }])).status, 200);
  }
  await watcher.quiet((e) => e.event === 'presence', 100);
  // The stream stays open, but nothing comes from the client any more: the lease runs out.
  const gone = await watcher.next((e) => e.event === 'presence' && e.left.includes(bob.me.id), { timeout: 8000 });
  assert.equal(gone.count, 1);
  sse.drop();
  await watcher.close();
});

test('a goodbye is taken soon', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('Goodbye', { people: [bob] });
  const watcher = await Ws.open(ada);
  enter(watcher, room.id);
  const stream = newStream();
  const polled = await openStream('poll', bob, { stream });
  await enterByPost(bob, stream, room.id);
  await watcher.next((e) => e.event === 'presence' && e.joined.includes(bob.me.id));
  await polled.close();
  await postFrames(bob, stream, [{ do: 'bye' }]);
  await watcher.next((e) => e.event === 'presence' && e.left.includes(bob.me.id), { timeout: 3500 });
  await watcher.close();
});

test('a poll client that has entered keeps its place from poll to poll, and hears of the others', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('Polling', { people: [bob] });
  const stream = newStream();
  const polled = await openStream('poll', bob, { stream });
  await enterByPost(bob, stream, room.id);
  const a = await Ws.open(ada);
  enter(a, room.id);
  assert.equal((await a.next('presence_state')).count, 2);
  await polled.next((e) => e.event === 'presence' && e.joined.includes(ada.me.id));
  await ada.send(room.id, 'between two polls');
  await polled.message('between two polls');
  await a.quiet((e) => e.event === 'presence' && e.left.length > 0, 400);
  await polled.close();
  await a.close();
});

test('the name of a stream belongs to its person: nobody else speaks for it', async () => {
  const [ada, bob, cyd] = await three();
  const room = await ada.room('Names', { people: [bob, cyd] });
  const stream = newStream();
  const sse = await Sse.open(bob, { stream });
  await enterByPost(bob, stream, room.id);
  const watcher = await Ws.open(ada);
  enter(watcher, room.id);
  assert.deepEqual(inside(await watcher.next('presence_state')), [ada.me.id, bob.me.id].sort());
  await postFrames(cyd, stream, [{ do: 'bye' }]);
  await watcher.quiet((e) => e.event === 'presence' && e.left.includes(bob.me.id), 400);
  sse.drop();
  await watcher.close();
});

test('after a restart of the pusher its state says that it settles', async () => {
  const [ada] = await three();
  const room = await ada.room('Settling');
  await its.stack.pusher?.restart();
  const ws = await Ws.open(ada);
  enter(ws, room.id);
  assert.equal((await ws.next('presence_state')).settling, true);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  ws.send({ do: 'exit', room: room.id });
  enter(ws, room.id);
  assert.equal((await ws.next('presence_state')).settling, false);
  await ws.close();
});
