// Who types, told to those who have entered the room, whatever transport they use.
import { newStream, Ws } from '../harness/client/ws.mjs';
import { postFrames } from '../harness/client/poll.mjs';
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd', 'dan'] });
const all = () => Promise.all(['ada', 'bob', 'cyd', 'dan'].map((h) => its.stack.signIn(h)));
/** A client of any transport that has entered the room, and how it says something. @param {'ws' | 'sse' | 'poll'} transport @param {any} who @param {string} room */
async function inside(transport, who, room) {
  const stream = newStream();
  const client = await openStream(transport, who, { stream });
  const say = async (/** @type {any} */ frame) => {
    if (client instanceof Ws) return client.send(frame);
    await until('the stream to be known', async () => (await postFrames(who, stream, [frame])).status === 200);
  };
  await say({ do: 'enter', room });
  if (client instanceof Ws) await client.next('presence_state');
  return { client, say };
}
const typing = (/** @type {any} */ room, /** @type {string[]} */ people, /** @type {number | undefined} */ thread = undefined) => (/** @type {any} */ e) =>
  e.event === 'typing' && e.room === room.id && e.thread === thread && JSON.stringify([...e.people].sort()) === JSON.stringify([...people].sort());

for (const transport of TRANSPORTS) {
  test(`${transport}: a person who types is seen typing by the others inside, until the message is there`, async () => {
    const [ada, bob] = await all();
    const room = await ada.room(`Typing ${transport}`, { people: [bob] });
    const a = await inside(transport, ada, room.id);
    const b = await inside(transport, bob, room.id);
    await b.say({ do: 'typing', room: room.id });
    const seen = await a.client.next(typing(room, [bob.me.id]));
    assert.equal(seen.count, 1);
    assert.equal(seen.feed, undefined);
    await bob.send(room.id, 'here it is');
    await a.client.message('here it is');
    // A poll that was not held at that moment gets the room's state anew, which says that nobody types.
    await a.client.next((/** @type {any} */ e) => typing(room, [])(e) || (transport === 'poll' && e.event === 'presence_state' && e.room === room.id));
    for (const c of [a, b]) await c.client.close();
  });
}

test('typing on costs nobody an event; silence ends it after six seconds', async () => {
  const [ada, bob] = await all();
  const room = await ada.room('Silence', { people: [bob] });
  const a = await inside('ws', ada, room.id);
  const b = await inside('ws', bob, room.id);
  const since = Date.now();
  for (let i = 0; i < 5; i++) {
    await b.say({ do: 'typing', room: room.id });
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await a.client.next(typing(room, [bob.me.id]));
  const ended = await a.client.next((e) => e.event === 'typing');
  assert.deepEqual(ended.people, []);
  const lasted = ended.$at - since;
  assert.ok(lasted > 6500 && lasted < 8500, `it lasted ${lasted} ms`);
  for (const c of [a, b]) await c.client.close();
});

test('a thread has a list of its own, and a message in it ends that one alone', async () => {
  const [ada, bob] = await all();
  const room = await ada.room('Threads', { people: [bob] });
  const first = await ada.send(room.id, 'a thread begins');
  const a = await inside('ws', ada, room.id);
  const b = await inside('sse', bob, room.id);
  await b.say({ do: 'typing', room: room.id, thread: first.seq });
  await a.client.next(typing(room, [bob.me.id], first.seq));
  await b.say({ do: 'typing', room: room.id });
  await a.client.next(typing(room, [bob.me.id]));
  await bob.send(room.id, 'in the room');
  await a.client.next(typing(room, []));
  await a.client.quiet((e) => e.event === 'typing' && e.thread === first.seq, 300);
  for (const thread of [0, -1, 1.5, '3']) {
    a.client.at = a.client.events.length;
    await a.say({ do: 'typing', room: room.id, thread });
    assert.equal((await a.client.next('error')).status, 422, `${thread}`);
    if (thread === 1.5) break;
  }
  for (const c of [a, b]) await c.client.close();
});

test('several at once are one list; who leaves the room types no more', async () => {
  const [ada, bob, cyd, dan] = await all();
  const room = await ada.room('Several', { people: [bob, cyd, dan] });
  const a = await inside('ws', ada, room.id);
  const b = await inside('ws', bob, room.id);
  const c = await inside('ws', cyd, room.id);
  await b.say({ do: 'typing', room: room.id });
  await c.say({ do: 'typing', room: room.id });
  await a.client.next(typing(room, [bob.me.id, cyd.me.id]));
  await b.say({ do: 'exit', room: room.id });
  await a.client.next(typing(room, [cyd.me.id]));
  // Who comes later is told.
  const d = await inside('ws', dan, room.id);
  await d.client.next(typing(room, [cyd.me.id]));
  for (const s of [a, b, c, d]) await s.client.close();
});

test('only those inside hear it, and only members may say it', async () => {
  const [ada, bob, cyd] = await all();
  const room = await ada.room('Outside', { people: [bob] });
  const a = await inside('ws', ada, room.id);
  const outside = await Ws.open(bob);
  const stranger = await Ws.open(cyd);
  stranger.send({ do: 'typing', room: room.id });
  assert.equal((await stranger.next('error')).status, 404);
  // A member need not have entered to be seen typing.
  outside.send({ do: 'typing', room: room.id });
  await a.client.next(typing(room, [bob.me.id]));
  await outside.quiet((e) => e.event === 'typing', 300);
  for (const s of [a.client, outside, stranger]) await s.close();
});
