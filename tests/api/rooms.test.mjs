// Rooms: creating, listing, changing, deleting them.
import { randomUUID } from 'node:crypto';
import { uuid7 } from '../harness/client/api.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd'] });
const people = async () => Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h)));
const ids = (/** @type {any[]} */ list) => list.map((x) => x.id);

test('a room is made with its people in one call', async () => {
  const [ada, bob, cyd] = await people();
  const room = await ada.room('Physics ⚛', { people: [bob, cyd] });
  assert.equal(room.kind, 'group');
  assert.equal(room.visibility, 'private');
  assert.equal(room.history_open, true);
  assert.equal(room.name, 'Physics ⚛');
  assert.equal(room.members, 3);
  assert.equal(room.role, 'owner');
  assert.equal(room.unread, 0);
  const seen = await bob.get(`/api/rooms/${room.id}`);
  assert.equal(seen.name, 'Physics ⚛');
  assert.equal(seen.role, 'member');
  assert.ok(ids((await cyd.get('/api/rooms')).rooms).includes(room.id));
});

test('a creation that is retried makes one room', async () => {
  const [ada, bob] = await people();
  const body = { client_id: randomUUID(), kind: 'group', name: 'Once', people: [bob.me.id] };
  const first = await ada.ok('POST', '/api/rooms', { status: 201, body });
  const second = await ada.ok('POST', '/api/rooms', { status: 200, body });
  assert.equal(second.id, first.id);
  const named = (await ada.get('/api/rooms')).rooms.filter((/** @type {any} */ r) => r.name === 'Once');
  assert.equal(named.length, 1);
  // Another person's same number is another room.
  assert.notEqual((await bob.ok('POST', '/api/rooms', { status: 201, body: { ...body, people: [] } })).id, first.id);
});

test('a creation that names somebody who is not there makes nothing', async () => {
  const [ada] = await people();
  const before = (await ada.get('/api/rooms')).rooms.length;
  const body = { client_id: uuid7(), kind: 'group', name: 'Half', people: [ada.me.id, '999999999'] };
  await ada.refused(404, 'not-found', 'POST', '/api/rooms', { body });
  assert.equal((await ada.get('/api/rooms')).rooms.length, before);
});

test('the direct room of two people is the same one, whoever starts', async () => {
  const [ada, bob, cyd] = await people();
  const one = await ada.ok('POST', '/api/rooms/direct', { status: 201, body: { person: bob.me.id, client_id: uuid7() } });
  const two = await bob.ok('POST', '/api/rooms/direct', { status: 200, body: { person: ada.me.id, client_id: uuid7() } });
  assert.equal(two.id, one.id);
  assert.equal(one.kind, 'direct');
  assert.equal(one.members, 2);
  assert.equal(one.person, bob.me.id);
  assert.equal(two.person, ada.me.id);
  await cyd.refused(404, 'not-found', 'GET', `/api/rooms/${one.id}`);
  await ada.refused(404, 'not-found', 'POST', '/api/rooms/direct', { body: { person: '999999999', client_id: uuid7() } });
});

test('two people who start the same direct room at once get one', async () => {
  const [, bob, cyd] = await people();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => (i % 2 ? bob : cyd).post('/api/rooms/direct', { person: (i % 2 ? cyd : bob).me.id, client_id: uuid7() })),
  );
  assert.equal(new Set(ids(answers)).size, 1);
});

test('a direct room with myself is for notes', async () => {
  const [ada] = await people();
  const notes = await ada.post('/api/rooms/direct', { person: ada.me.id, client_id: uuid7() });
  assert.equal(notes.members, 1);
  assert.equal((await ada.send(notes.id, 'remember')).text, 'remember');
});

test('a direct room has two people and no settings: nobody joins, leaves, renames or is thrown out', async () => {
  const [ada, bob, cyd] = await people();
  const { id } = await ada.post('/api/rooms/direct', { person: bob.me.id, client_id: uuid7() });
  await ada.refused(403, 'forbidden', 'POST', `/api/rooms/${id}/members`, { body: { people: [cyd.me.id] } });
  await ada.refused(403, 'forbidden', 'POST', `/api/rooms/${id}/leave`);
  await ada.refused(403, 'forbidden', 'PATCH', `/api/rooms/${id}`, { body: { name: 'Ours' } });
  await ada.refused(403, 'forbidden', 'DELETE', `/api/rooms/${id}/members/${bob.me.id}`);
  await cyd.refused(404, 'not-found', 'POST', `/api/rooms/${id}/join`);
});

test('my rooms come by latest activity, with their last message', async () => {
  const [ada, bob] = await people();
  const one = await ada.room('First', { people: [bob] });
  const two = await ada.room('Second', { people: [bob] });
  await bob.send(two.id, 'in two');
  await bob.send(one.id, 'in one');
  const { rooms } = await ada.get('/api/rooms');
  assert.deepEqual(ids(rooms.slice(0, 2)), [one.id, two.id]);
  assert.equal(rooms[0].last_message.text, 'in one');
  assert.equal(rooms[0].last_message.sender, bob.me.id);
  assert.equal(rooms[0].active_at, rooms[0].last_message.sent_at);
  await bob.send(two.id, 'again');
  assert.deepEqual(ids((await ada.get('/api/rooms')).rooms.slice(0, 2)), [two.id, one.id]);
});

test('a public room is found by its name and seen before joining; a private one is not there for others', async () => {
  const [ada, bob] = await people();
  const open = await ada.room('Open Garden', { kind: 'channel', visibility: 'public' });
  const closed = await ada.room('Closed Garden', { kind: 'channel' });
  const found = (await bob.get('/api/rooms/public', { q: 'garden' })).rooms;
  assert.deepEqual(ids(found), [open.id]);
  assert.equal(found[0].joined, false);
  assert.equal(found[0].members, 1);
  const seen = await bob.get(`/api/rooms/${open.id}`);
  assert.equal(seen.joined, false);
  assert.equal(seen.last_message, undefined);
  assert.equal(seen.role, undefined);
  await bob.refused(404, 'not-found', 'GET', `/api/rooms/${closed.id}`);
  await bob.refused(404, 'not-found', 'GET', `/api/rooms/${open.id}/messages`);
  await bob.refused(404, 'not-found', 'POST', `/api/rooms/${open.id}/messages`, { body: { client_id: uuid7(), text: 'x' } });
  const joined = await bob.post(`/api/rooms/${open.id}/join`);
  assert.equal(joined.role, 'member');
  assert.equal((await ada.get('/api/rooms/public', { q: 'garden' })).rooms[0].joined, true);
});

test('public rooms come in pages', async () => {
  const [ada, bob] = await people();
  const made = [];
  for (let i = 0; i < 5; i++) made.push((await ada.room(`Hall ${i}`, { kind: 'channel', visibility: 'public' })).id);
  const seen = [];
  let path = '/api/rooms/public?q=hall&limit=2';
  for (let i = 0; i < 10; i++) {
    const answer = await bob.call('GET', path);
    seen.push(...ids(answer.body.rooms));
    const next = /<([^>]+)>; *rel="next"/.exec(String(answer.headers.link ?? ''))?.[1];
    if (!next) break;
    path = next;
  }
  assert.deepEqual(seen, made);
});

test('a room is renamed and its settings are changed by its moderators alone', async () => {
  const [ada, bob, cyd] = await people();
  const room = await ada.room('Old name', { people: [bob] });
  assert.equal((await ada.patch(`/api/rooms/${room.id}`, { name: 'New name' })).name, 'New name');
  assert.equal((await bob.get(`/api/rooms/${room.id}`)).name, 'New name');
  await bob.refused(403, 'forbidden', 'PATCH', `/api/rooms/${room.id}`, { body: { name: 'Mine' } });
  await cyd.refused(404, 'not-found', 'PATCH', `/api/rooms/${room.id}`, { body: { name: 'Mine' } });
  await ada.refused(422, 'invalid', 'PATCH', `/api/rooms/${room.id}`, { body: { name: 'x'.repeat(81) } });
  await ada.refused(422, 'invalid', 'PATCH', `/api/rooms/${room.id}`, { body: { visibility: 'secret' } });
  const opened = await ada.patch(`/api/rooms/${room.id}`, { visibility: 'public', history_open: false });
  assert.equal(opened.visibility, 'public');
  assert.equal(opened.history_open, false);
  assert.equal(opened.name, 'New name');
  await ada.ok('PATCH', `/api/rooms/${room.id}/members/${bob.me.id}`, { status: 204, body: { role: 'moderator' } });
  assert.equal((await bob.patch(`/api/rooms/${room.id}`, { name: 'By a moderator' })).name, 'By a moderator');
});

test('a deleted room is gone for everybody at once, and its text with the next background pass', async () => {
  const [ada, bob] = await people();
  const room = await ada.room('Short-lived', { people: [bob] });
  await bob.send(room.id, 'going soon');
  await bob.refused(403, 'forbidden', 'DELETE', `/api/rooms/${room.id}`);
  await ada.ok('DELETE', `/api/rooms/${room.id}`, { status: 204 });
  for (const person of [ada, bob]) {
    await person.refused(404, 'not-found', 'GET', `/api/rooms/${room.id}`);
    await person.refused(404, 'not-found', 'GET', `/api/rooms/${room.id}/messages`);
    await person.refused(404, 'not-found', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'x' } });
    assert.ok(!ids((await person.get('/api/rooms')).rooms).includes(room.id));
  }
  its.stack.ctl(['work', '--once']);
  assert.equal(await its.stack.postgres.sql(`SELECT count(*) FROM confab.message WHERE feed_id = ${room.id} AND body IS NOT NULL`), '0');
});

test('what is no room is not found, whatever stands in its place', async () => {
  const [ada] = await people();
  await ada.refused(404, 'not-found', 'GET', '/api/rooms/999999999');
  for (const odd of ['abc', '-1', '1.5', '99999999999999999999999999']) {
    const answer = await ada.call('GET', `/api/rooms/${odd}`);
    assert.ok([400, 404].includes(answer.status), `${odd}: ${answer.status}`);
  }
  // A person's or the tenant's id names a feed as well, yet no room.
  await ada.refused(404, 'not-found', 'GET', `/api/rooms/${ada.me.id}`);
  await ada.refused(404, 'not-found', 'POST', `/api/rooms/${ada.me.id}/messages`, { body: { client_id: uuid7(), text: 'x' } });
  await ada.refused(404, 'not-found', 'GET', `/api/rooms/${ada.me.tenant.id}/changes`, { query: { after: 0 } });
});
