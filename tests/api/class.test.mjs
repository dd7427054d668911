// The classroom: seats, hands, checks; and polls.
import { uuid7 } from '../harness/client/api.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd', 'dan', 'eve'] });
/** @type {any} */
let ada, bob, cyd, dan;
const begin = async () => ([ada, bob, cyd, dan] = ada ? [ada, bob, cyd, dan] : await Promise.all(['ada', 'bob', 'cyd', 'dan'].map((h) => its.stack.signIn(h))));
const lesson = () => ada.room('Lesson', { kind: 'classroom', people: [bob, cyd, dan] });
const klass = (/** @type {any} */ who, /** @type {any} */ room) => who.get(`/api/rooms/${room.id}/class`);
const at = (/** @type {any} */ room, /** @type {string} */ tail) => `/api/rooms/${room.id}/class/${tail}`;
const sit = (/** @type {any} */ who, /** @type {any} */ room, /** @type {any} */ body) => who.call('PUT', at(room, 'seat'), { body });

test('a classroom begins with desks in rows, and the teacher sets how many', async () => {
  await begin();
  const room = await lesson();
  assert.equal(room.kind, 'classroom');
  let { desks, seats, hands, locked } = await klass(bob, room);
  assert.equal(desks.length, 16);
  assert.deepEqual([seats, hands, locked], [[], [], false]);
  await ada.put(at(room, 'floor'), { rows: 2, columns: 3, seats: 4 });
  ({ desks } = await klass(bob, room));
  assert.equal(desks.length, 6);
  assert.ok(desks.every((/** @type {any} */ d) => d.x >= 0 && d.x <= 1 && d.y >= 0 && d.y <= 1 && d.seats === 4));
  await bob.refused(403, 'forbidden', 'PUT', at(room, 'floor'), { body: { rows: 1, columns: 1, seats: 1 } });
  await ada.refused(422, 'invalid', 'PUT', at(room, 'floor'), { body: { rows: 0, columns: 1, seats: 9 } });
});

test('desks are placed freely, and who sat at one that goes stands', async () => {
  await begin();
  const room = await lesson();
  const { desk } = await ada.ok('POST', at(room, 'desks'), { status: 201, body: { x: 0.25, y: 0.5, seats: 2 } });
  await ada.ok('PATCH', at(room, `desks/${desk}`), { status: 204, body: { x: 1, y: 0.125 } });
  assert.deepEqual((await klass(bob, room)).desks.find((/** @type {any} */ d) => d.desk === desk), { desk, x: 1, y: 0.125, seats: 2 });
  await sit(bob, room, { desk, seat: 2 });
  await ada.ok('PATCH', at(room, `desks/${desk}`), { status: 204, body: { seats: 1 } });
  assert.deepEqual((await klass(bob, room)).seats, []);
  await sit(bob, room, { desk, seat: 1 });
  await ada.ok('DELETE', at(room, `desks/${desk}`), { status: 204 });
  assert.deepEqual((await klass(bob, room)).seats, []);
  await ada.refused(404, 'not-found', 'PATCH', at(room, `desks/${desk}`), { body: { x: 0 } });
  for (const x of [-0.1, 1.1, '0.5', null]) await ada.refused(422, 'invalid', 'POST', at(room, 'desks'), { body: { x, y: 0, seats: 1 } });
});

test('two cannot take one seat: the first has it, the other is told, and moving frees the old one', async () => {
  await begin();
  const room = await lesson();
  assert.equal((await sit(bob, room, { desk: 1, seat: 1 })).status, 204);
  assert.equal((await sit(bob, room, { desk: 1, seat: 1 })).status, 204);
  const second = await sit(cyd, room, { desk: 1, seat: 1 });
  assert.equal(second.status, 409);
  assert.equal(second.body.detail, 'Somebody sits there already.');
  await sit(bob, room, { desk: 2, seat: 2 });
  assert.equal((await sit(cyd, room, { desk: 1, seat: 1 })).status, 204);
  assert.deepEqual((await klass(dan, room)).seats, [{ desk: 1, seat: 1, person: cyd.me.id }, { desk: 2, seat: 2, person: bob.me.id }]);
  assert.equal((await sit(cyd, room, { desk: 99, seat: 1 })).status, 404);
  assert.equal((await sit(cyd, room, { desk: 1, seat: 3 })).status, 404);
});

test('of a hundred who press the same seat at one moment exactly one gets it, and all get an answer', async () => {
  await begin();
  const { postgres } = its.stack;
  const room = await lesson();
  // A hundred people, each with a session of their own, would take a hundred passwords: four people, 25 times each.
  const tries = await Promise.all(Array.from({ length: 100 }, (_, i) => sit([ada, bob, cyd, dan][i % 4], room, { desk: 5, seat: 1 })));
  const codes = tries.map((t) => t.status);
  assert.ok(codes.every((c) => c === 204 || c === 409), codes.join());
  const { seats } = await klass(ada, room);
  assert.equal(seats.length, 1);
  const winner = [ada, bob, cyd, dan].findIndex((p) => p.me.id === seats[0].person);
  tries.forEach((t, i) => assert.equal(t.status, i % 4 === winner ? 204 : 409));
  assert.equal(await postgres.sql(`SELECT count(*) FROM confab.event WHERE feed_id = ${room.id} AND kind = 'seat_taken'`), '1');
});

test('a teacher seats people, locks the seats and shuffles them; an observer only looks', async () => {
  await begin();
  const room = await lesson();
  await ada.patch(`/api/rooms/${room.id}/members/${dan.me.id}`, { role: 'guest' });
  assert.equal((await sit(dan, room, { desk: 1, seat: 1 })).status, 403);
  await dan.refused(403, 'forbidden', 'PUT', at(room, 'hand'));
  // Whoever had a hand up before may take it down still.
  await cyd.ok('PUT', at(room, 'hand'));
  await ada.patch(`/api/rooms/${room.id}/members/${cyd.me.id}`, { role: 'guest' });
  await cyd.ok('DELETE', at(room, 'hand'), { status: 204 });
  assert.deepEqual((await klass(ada, room)).hands, []);
  await ada.patch(`/api/rooms/${room.id}/members/${cyd.me.id}`, { role: 'member' });
  assert.equal((await sit(ada, room, { desk: 1, seat: 1, person: bob.me.id })).status, 204);
  assert.equal((await sit(bob, room, { desk: 1, seat: 2, person: cyd.me.id })).status, 403);
  await ada.patch(`/api/rooms/${room.id}/class`, { locked: true });
  assert.equal((await sit(bob, room, { desk: 2, seat: 1 })).status, 403);
  await ada.ok('POST', at(room, 'shuffle'), { status: 204, body: { all: true } });
  const { seats, locked } = await klass(bob, room);
  assert.equal(locked, true);
  assert.deepEqual(seats.map((/** @type {any} */ s) => s.person).sort(), [bob.me.id, cyd.me.id].sort(), 'students sit, teacher and observer do not');
});

test('hands stand in the order in which they were raised, whatever happens in between', async () => {
  await begin();
  const room = await lesson();
  for (const who of [cyd, bob, dan, cyd]) await who.ok('PUT', at(room, 'hand'), { status: 204 });
  const queue = async () => (await klass(ada, room)).hands.map((/** @type {any} */ h) => [h.person, h.called]);
  assert.deepEqual(await queue(), [[cyd.me.id, false], [bob.me.id, false], [dan.me.id, false]]);
  await its.stack.postgres.crash();
  await its.stack.postgres.start();
  await ada.post(at(room, 'call'), { person: bob.me.id });
  assert.deepEqual(await queue(), [[cyd.me.id, false], [bob.me.id, true], [dan.me.id, false]]);
  await cyd.ok('DELETE', at(room, 'hand'), { status: 204 });
  await cyd.ok('PUT', at(room, 'hand'), { status: 204 });
  assert.deepEqual((await queue()).map(([who]) => who), [bob.me.id, dan.me.id, cyd.me.id]);
  await ada.ok('DELETE', at(room, 'hand'), { status: 204, query: { person: bob.me.id } });
  await dan.refused(403, 'forbidden', 'DELETE', at(room, 'hands'));
  await ada.ok('DELETE', at(room, 'hands'), { status: 204 });
  assert.deepEqual(await queue(), []);
  await ada.refused(409, 'conflict', 'POST', at(room, 'call'), { body: { person: bob.me.id } });
});

test('a check tells who has answered what, and who has not yet', async () => {
  await begin();
  const room = await lesson();
  await bob.refused(409, 'conflict', 'PUT', at(room, 'answer'), { body: { answer: 'done' } });
  await ada.post(at(room, 'check'));
  await bob.put(at(room, 'answer'), { answer: 'time' });
  await bob.put(at(room, 'answer'), { answer: 'done' });
  await cyd.put(at(room, 'answer'), { answer: 'question' });
  const { check } = await klass(ada, room);
  assert.deepEqual([check.no, check.open, check.waiting], [1, true, [dan.me.id]]);
  assert.deepEqual(check.answers.map((/** @type {any} */ a) => [a.person, a.answer]).sort(), [[bob.me.id, 'done'], [cyd.me.id, 'question']].sort());
  await ada.ok('DELETE', at(room, 'check'), { status: 204 });
  await dan.refused(409, 'conflict', 'PUT', at(room, 'answer'), { body: { answer: 'done' } });
  await ada.post(at(room, 'check'));
  assert.deepEqual((await klass(ada, room)).check.answers, [], 'a new one begins empty');
  await bob.refused(422, 'invalid', 'PUT', at(room, 'answer'), { body: { answer: 'maybe' } });
});

test('who leaves the room leaves their seat, and other rooms are no classrooms', async () => {
  await begin();
  const room = await lesson();
  await sit(bob, room, { desk: 1, seat: 1 });
  await bob.ok('PUT', at(room, 'hand'));
  await bob.ok('POST', `/api/rooms/${room.id}/leave`, { status: 204 });
  const { seats, hands } = await klass(ada, room);
  assert.deepEqual([seats, hands], [[], []]);
  await bob.refused(404, 'not-found', 'GET', `/api/rooms/${room.id}/class`);
  const group = await ada.room('Group', {});
  await ada.refused(409, 'conflict', 'GET', `/api/rooms/${group.id}/class`);
  await ada.refused(409, 'conflict', 'PUT', at(group, 'hand'));
});

const poll = (/** @type {any} */ who, /** @type {any} */ room, more = {}) =>
  who.ok('POST', `/api/rooms/${room.id}/messages`, { status: 201, body: { client_id: uuid7(), text: 'Tea or coffee?', choices: ['Tea', 'Coffee'], ...more } });

test('a poll is a message; each has one vote, the last counts, and named ones tell whose', async () => {
  await begin();
  const room = await ada.room('Polls', { people: [bob, cyd] });
  const { message } = await poll(ada, room);
  assert.deepEqual([message.type, message.poll], ['poll', { choices: ['Tea', 'Coffee'], anonymous: false }]);
  const path = `/api/rooms/${room.id}/messages/${message.seq}/poll`;
  for (const [who, choice] of [[bob, 1], [cyd, 2], [bob, 2], [bob, 2]]) await who.put(`${path}/vote`, { choice });
  assert.deepEqual(await bob.get(path), {
    anonymous: false,
    choices: [{ choice: 1, count: 0, mine: false, people: [] }, { choice: 2, count: 2, mine: true, people: [bob.me.id, cyd.me.id] }],
  });
  await bob.ok('DELETE', `${path}/vote`, { status: 204 });
  assert.equal((await ada.get(path)).choices[1].count, 1);
  await bob.refused(404, 'not-found', 'PUT', `${path}/vote`, { body: { choice: 3 } });
  await bob.refused(403, 'forbidden', 'POST', `${path}/close`);
  await ada.ok('POST', `${path}/close`, { status: 204 });
  await bob.refused(409, 'conflict', 'PUT', `${path}/vote`, { body: { choice: 1 } });
  assert.match((await bob.get(path)).closed_at, /Z$/);
  // The results stand in the room's history for as long as the poll does.
  assert.equal((await bob.get(`/api/rooms/${room.id}/messages`)).messages[0].poll.choices[1], 'Coffee');
});

test('an anonymous poll tells nobody who voted what: not in its state, not in its events', async () => {
  await begin();
  const room = await ada.room('Secret', { people: [bob, cyd] });
  const { message } = await poll(ada, room, { anonymous: true });
  const path = `/api/rooms/${room.id}/messages/${message.seq}/poll`;
  await bob.put(`${path}/vote`, { choice: 1 });
  const state = await ada.get(path);
  assert.deepEqual(state.choices, [{ choice: 1, count: 1, mine: false }, { choice: 2, count: 0, mine: false }]);
  const { events } = await ada.get(`/api/rooms/${room.id}/changes`, { after: message.seq });
  assert.ok(!JSON.stringify(events).includes(`"${bob.me.id}"`), JSON.stringify(events));
});

test('choices of bad form are refused', async () => {
  await begin();
  const room = await ada.room('Bad polls', {});
  for (const choices of [['one'], Array.from({ length: 9 }, (_, i) => `${i}`), ['a', ' '], ['a', 1], ['a', 'x'.repeat(101)], 'a,b']) {
    await ada.refused(422, 'invalid', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'x', choices } });
  }
});
