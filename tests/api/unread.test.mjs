// Unread counts are a subtraction, and exact.
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd'] });
const three = () => Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h)));
const unread = async (/** @type {any} */ who, /** @type {string} */ room) => {
  const one = await who.get(`/api/rooms/${room}`);
  const listed = (await who.get('/api/rooms')).rooms.find((/** @type {any} */ r) => r.id === room);
  assert.equal(one.unread, listed.unread);
  assert.equal(one.unread, one.last_no - one.read_no);
  return one.unread;
};

test('each message counts once; events do not count', async () => {
  const [ada, bob, cyd] = await three();
  const room = await ada.room('Counts', { people: [bob] });
  for (let i = 0; i < 3; i++) await ada.send(room.id, `m${i}`);
  await ada.patch(`/api/rooms/${room.id}`, { name: 'Counts still' });
  await ada.post(`/api/rooms/${room.id}/members`, { people: [cyd.me.id] });
  assert.equal(await unread(bob, room.id), 3);
  assert.equal(await unread(cyd, room.id), 0);
  await ada.send(room.id, 'one more');
  assert.equal(await unread(bob, room.id), 4);
  assert.equal(await unread(cyd, room.id), 1);
  assert.equal(await unread(ada, room.id), 0);
});

test('who writes has read', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('Answered', { people: [bob] });
  for (let i = 0; i < 3; i++) await ada.send(room.id, `m${i}`);
  await bob.send(room.id, 'seen it all');
  assert.equal(await unread(bob, room.id), 0);
  assert.equal(await unread(ada, room.id), 1);
});

test('the watermark moves forward, never back, never past the end', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('Marks', { people: [bob] });
  const stored = [];
  for (let i = 0; i < 5; i++) stored.push(await ada.send(room.id, `m${i}`));
  const mark = (/** @type {number} */ seq) => bob.put(`/api/rooms/${room.id}/read`, { seq });
  assert.deepEqual(await mark(stored[2].seq), { read_seq: stored[2].seq, read_no: 3 });
  assert.equal(await unread(bob, room.id), 2);
  assert.deepEqual(await mark(stored[0].seq), { read_seq: stored[2].seq, read_no: 3 });
  assert.equal(await unread(bob, room.id), 2);
  assert.deepEqual(await mark(stored[4].seq + 1000), { read_seq: stored[4].seq, read_no: 5 });
  assert.equal(await unread(bob, room.id), 0);
  await ada.send(room.id, 'next');
  assert.equal(await unread(bob, room.id), 1);
  await bob.refused(422, 'invalid', 'PUT', `/api/rooms/${room.id}/read`, { body: { seq: -1 } });
  await bob.refused(422, 'invalid', 'PUT', `/api/rooms/${room.id}/read`, { body: { seq: 'x' } });
});

test('another device of mine learns what I have read, nobody else does', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('Devices', { people: [bob] });
  const message = await ada.send(room.id, 'read me');
  const phone = await its.stack.signIn('bob');
  const [mine, hers] = [(await phone.sync()).cursor, (await ada.sync()).cursor];
  await bob.put(`/api/rooms/${room.id}/read`, { seq: message.seq });
  const [event] = (await phone.get('/api/sync', { cursor: mine })).events;
  assert.deepEqual([event.event, event.feed, event.room, event.read_seq, event.read_no], ['read_marked', bob.me.id, room.id, message.seq, 1]);
  assert.deepEqual((await ada.get('/api/sync', { cursor: hers })).events, []);
  // Marking the same place again is no news.
  await bob.put(`/api/rooms/${room.id}/read`, { seq: message.seq });
  assert.equal((await phone.get('/api/sync', { cursor: mine })).events.length, 1);
});

test('counts stay exact under writers and readers at once', async () => {
  const [ada, bob, cyd] = await three();
  const room = await ada.room('Busy', { people: [bob, cyd] });
  await Promise.all([
    ...Array.from({ length: 20 }, (_, i) => ada.send(room.id, `a${i}`)),
    ...Array.from({ length: 20 }, (_, i) => cyd.send(room.id, `c${i}`)),
    ...Array.from({ length: 10 }, (_, i) => bob.put(`/api/rooms/${room.id}/read`, { seq: i })),
  ]);
  const all = (await bob.messages(room.id, { limit: 200 })).messages;
  assert.deepEqual(all.map((/** @type {any} */ m) => m.no), Array.from({ length: 40 }, (_, i) => i + 1));
  const read = await bob.put(`/api/rooms/${room.id}/read`, { seq: all[24].seq });
  assert.equal(read.read_no, 25);
  assert.equal(await unread(bob, room.id), 15);
});
