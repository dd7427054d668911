// Who has read how far, told to those inside a room that is small enough for it.
import { uuid7 } from '../harness/client/api.mjs';
import { newStream, Ws } from '../harness/client/ws.mjs';
import { postFrames } from '../harness/client/poll.mjs';
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd', 'dan'], config: { receipts_max: 3 } });
const all = () => Promise.all(['ada', 'bob', 'cyd', 'dan'].map((h) => its.stack.signIn(h)));
/** @param {'ws' | 'sse' | 'poll'} transport @param {any} who @param {string} room */
async function inside(transport, who, room) {
  const stream = newStream();
  const client = await openStream(transport, who, { stream });
  await until('the stream to be known', async () => (await postFrames(who, stream, [{ do: 'enter', room }])).status === 200);
  return client;
}
const read = (/** @type {any} */ who, /** @type {string} */ room, /** @type {number} */ seq) => who.ok('PUT', `/api/rooms/${room}/read`, { status: 200, body: { seq } });

for (const transport of TRANSPORTS) {
  test(`${transport}: how far the others have read is told to those inside`, async () => {
    const [ada, bob] = await all();
    const room = await ada.room(`Read ${transport}`, { people: [bob] });
    const sent = await ada.send(room.id, 'have you read this?');
    const a = await inside(transport, ada, room.id);
    await read(bob, room.id, sent.seq);
    const told = await a.next('message_read');
    assert.deepEqual([told.room, told.read, told.feed], [room.id, [{ person: bob.me.id, seq: sent.seq }], undefined]);
    await a.close();
  });
}

test('much reading is one event in half a second, with the newest mark of each', async () => {
  const [ada, bob, cyd] = await all();
  const room = await ada.room('Much', { people: [bob, cyd] });
  const seqs = [];
  for (let i = 0; i < 8; i++) seqs.push((await ada.send(room.id, `n${i}`)).seq);
  const a = await inside('ws', ada, room.id);
  for (const seq of seqs) await Promise.all([read(bob, room.id, seq), read(cyd, room.id, seq)]);
  const last = seqs[7];
  const done = () => ['bob', 'cyd'].map((_, i) => [bob, cyd][i]).every((who) => a.events.some((e) => e.event === 'message_read' && e.read.some((/** @type {any} */ r) => r.person === who.me.id && r.seq === last)));
  await until('the last marks', done);
  const events = a.events.filter((e) => e.event === 'message_read');
  assert.ok(events.length <= 3, `${events.length} events`);
  for (let i = 1; i < events.length; i++) assert.ok(events[i].$at - events[i - 1].$at > 400);
  await a.close();
});

test('nobody hears of it outside the room, nor in a room with too many members', async () => {
  const [ada, bob, cyd, dan] = await all();
  const small = await ada.room('Small', { people: [bob] });
  const large = await ada.room('Large', { people: [bob, cyd, dan] });
  const [inSmall, inLarge] = [await ada.send(small.id, 'x'), await ada.send(large.id, 'x')];
  const outside = await Ws.open(ada);
  const a = await inside('ws', cyd, large.id);
  await read(bob, small.id, inSmall.seq);
  await read(bob, large.id, inLarge.seq);
  await a.quiet((e) => e.event === 'message_read', 1200);
  await outside.quiet((e) => e.event === 'message_read', 10);
  for (const s of [outside, a]) await s.close();
});

test('a send moves the sender\'s own mark without an event', async () => {
  const [ada, bob] = await all();
  const room = await ada.room('Own', { people: [bob] });
  const a = await inside('ws', ada, room.id);
  await bob.send(room.id, 'mine', uuid7());
  await a.message('mine');
  await a.quiet((e) => e.event === 'message_read', 800);
  await a.close();
});

test('a room whose owner does not want it tells nobody who has read', async () => {
  const [ada, bob] = await all();
  const room = await ada.room('Private reading', { people: [bob] });
  const seqs = [(await ada.send(room.id, 'one')).seq, (await ada.send(room.id, 'two')).seq];
  const a = await inside('ws', ada, room.id);
  await read(bob, room.id, seqs[0]);
  await a.next('message_read');
  await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { receipts: false } });
  await a.next('room_changed');
  await read(bob, room.id, seqs[1]);
  await a.quiet((e) => e.event === 'message_read', 1500);
  await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { receipts: true } });
  await a.next('room_changed');
  const three = await ada.send(room.id, 'three');
  await read(bob, room.id, three.seq);
  assert.equal((await a.next('message_read')).read[0].seq, three.seq);
  await a.close();
});
