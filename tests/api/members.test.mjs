// Who is in a room, who may change that, and what a newcomer may read.
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd', 'dan'] });
const people = async () => Promise.all(['ada', 'bob', 'cyd', 'dan'].map((h) => its.stack.signIn(h)));
const roles = (/** @type {any} */ answer) => Object.fromEntries(answer.members.map((/** @type {any} */ m) => [m.person.handle, m.role]));

test('members are listed with role and profile, in pages, to members alone', async () => {
  const [ada, bob, cyd, dan] = await people();
  const room = await ada.room('Listed', { people: [bob, cyd] });
  const all = await bob.get(`/api/rooms/${room.id}/members`);
  assert.deepEqual(roles(all), { ada: 'owner', bob: 'member', cyd: 'member' });
  assert.deepEqual(Object.keys(all.members[0].person).sort(), ['active', 'avatar', 'handle', 'id', 'name']);
  const first = await bob.call('GET', `/api/rooms/${room.id}/members`, { query: { limit: 2 } });
  assert.equal(first.body.members.length, 2);
  const next = /<([^>]+)>; *rel="next"/.exec(String(first.headers.link))?.[1] ?? '';
  assert.equal((await bob.call('GET', next)).body.members.length, 1);
  await dan.refused(404, 'not-found', 'GET', `/api/rooms/${room.id}/members`);
});

test('any member of a group adds people, of a channel only moderators', async () => {
  const [ada, bob, cyd, dan] = await people();
  const group = await ada.room('Group', { people: [bob] });
  assert.deepEqual(await bob.post(`/api/rooms/${group.id}/members`, { people: [cyd.me.id, ada.me.id] }), { added: 1 });
  assert.equal((await cyd.get(`/api/rooms/${group.id}`)).members, 3);
  const channel = await ada.room('Channel', { kind: 'channel', people: [bob] });
  await bob.refused(403, 'forbidden', 'POST', `/api/rooms/${channel.id}/members`, { body: { people: [cyd.me.id] } });
  await ada.post(`/api/rooms/${channel.id}/members`, { people: [cyd.me.id] });
  await dan.refused(404, 'not-found', 'POST', `/api/rooms/${channel.id}/members`, { body: { people: [dan.me.id] } });
  await ada.refused(404, 'not-found', 'POST', `/api/rooms/${channel.id}/members`, { body: { people: [dan.me.id, '999999999'] } });
  assert.equal((await ada.get(`/api/rooms/${channel.id}`)).members, 3);
  await ada.refused(422, 'invalid', 'POST', `/api/rooms/${channel.id}/members`, { body: { people: [] } });
});

test('a moderator removes those below, nobody of the same rank; who is removed is out at once', async () => {
  const [ada, bob, cyd, dan] = await people();
  const room = await ada.room('Ranks', { people: [bob, cyd, dan] });
  const at = `/api/rooms/${room.id}/members`;
  await ada.ok('PATCH', `${at}/${bob.me.id}`, { status: 204, body: { role: 'moderator' } });
  await ada.ok('PATCH', `${at}/${cyd.me.id}`, { status: 204, body: { role: 'moderator' } });
  await bob.refused(403, 'forbidden', 'DELETE', `${at}/${cyd.me.id}`);
  await bob.refused(403, 'forbidden', 'DELETE', `${at}/${ada.me.id}`);
  await dan.refused(403, 'forbidden', 'DELETE', `${at}/${bob.me.id}`);
  await bob.ok('DELETE', `${at}/${dan.me.id}`, { status: 204 });
  await bob.refused(404, 'not-found', 'DELETE', `${at}/${dan.me.id}`);
  await dan.refused(404, 'not-found', 'GET', `/api/rooms/${room.id}/messages`);
  await dan.refused(404, 'not-found', 'GET', `/api/rooms/${room.id}/changes`, { query: { after: 0 } });
  assert.equal((await ada.get(`/api/rooms/${room.id}`)).members, 3);
});

test('roles are given by owners alone, and a room keeps an owner', async () => {
  const [ada, bob, cyd] = await people();
  const room = await ada.room('Owned', { people: [bob, cyd] });
  const at = `/api/rooms/${room.id}/members`;
  await bob.refused(403, 'forbidden', 'PATCH', `${at}/${cyd.me.id}`, { body: { role: 'guest' } });
  await ada.refused(409, 'conflict', 'PATCH', `${at}/${ada.me.id}`, { body: { role: 'member' } });
  await ada.refused(422, 'invalid', 'PATCH', `${at}/${bob.me.id}`, { body: { role: 'king' } });
  await ada.ok('PATCH', `${at}/${bob.me.id}`, { status: 204, body: { role: 'owner' } });
  await ada.ok('PATCH', `${at}/${ada.me.id}`, { status: 204, body: { role: 'guest' } });
  assert.deepEqual(roles(await bob.get(at)), { ada: 'guest', bob: 'owner', cyd: 'member' });
  await ada.refused(403, 'forbidden', 'POST', at, { body: { people: [cyd.me.id] } });
});

test('when the last owner leaves, the next in rank takes over', async () => {
  const [ada, bob, cyd] = await people();
  const room = await ada.room('Inherited', { people: [bob, cyd] });
  await ada.ok('PATCH', `/api/rooms/${room.id}/members/${cyd.me.id}`, { status: 204, body: { role: 'moderator' } });
  await ada.ok('POST', `/api/rooms/${room.id}/leave`, { status: 204 });
  await ada.refused(404, 'not-found', 'GET', `/api/rooms/${room.id}`);
  assert.deepEqual(roles(await bob.get(`/api/rooms/${room.id}/members`)), { bob: 'member', cyd: 'owner' });
});

test('joining again changes nothing; leaving twice is not found', async () => {
  const [ada, bob] = await people();
  const room = await ada.room('Square', { kind: 'channel', visibility: 'public' });
  await bob.post(`/api/rooms/${room.id}/join`);
  await bob.post(`/api/rooms/${room.id}/join`);
  assert.equal((await ada.get(`/api/rooms/${room.id}`)).members, 2);
  await bob.ok('POST', `/api/rooms/${room.id}/leave`, { status: 204 });
  await bob.refused(404, 'not-found', 'POST', `/api/rooms/${room.id}/leave`);
  assert.equal((await ada.get(`/api/rooms/${room.id}`)).members, 1);
});

test('where history is open a newcomer reads it all', async () => {
  const [ada, bob] = await people();
  const room = await ada.room('Open book');
  await ada.send(room.id, 'before you came');
  await ada.post(`/api/rooms/${room.id}/members`, { people: [bob.me.id] });
  const { messages } = await bob.messages(room.id);
  assert.deepEqual(messages.map((/** @type {any} */ m) => m.text), ['before you came']);
  assert.equal((await bob.get(`/api/rooms/${room.id}`)).unread, 0);
});

test('where history is closed a newcomer reads nothing from before, by no way in, and its numbers stay whole', async () => {
  const [ada, bob] = await people();
  const room = await ada.room('Closed book', { history_open: false });
  await ada.send(room.id, 'secret one');
  const secret = await ada.send(room.id, 'secret two');
  await ada.post(`/api/rooms/${room.id}/members`, { people: [bob.me.id] });
  const seen = await bob.get(`/api/rooms/${room.id}`);
  assert.equal(seen.last_message, undefined);
  assert.equal(seen.unread, 0);
  const after = await ada.send(room.id, 'hello, newcomer');
  for (const query of [{}, { before: after.seq + 1 }, { after: 0 }, { around: secret.seq }]) {
    const page = await bob.messages(room.id, query);
    assert.deepEqual(page.messages.map((/** @type {any} */ m) => m.text), ['hello, newcomer'], JSON.stringify(query));
    assert.equal(page.more_before, false);
  }
  const changes = await bob.get(`/api/rooms/${room.id}/changes`, { after: 0 });
  assert.deepEqual(changes.events.map((/** @type {any} */ e) => e.seq), Array.from({ length: changes.head }, (_, i) => i + 1));
  for (const event of changes.events.filter((/** @type {any} */ e) => e.seq <= secret.seq)) {
    assert.deepEqual(Object.keys(event).sort(), ['at', 'event', 'feed', 'seq']);
    assert.equal(event.event, 'hidden');
  }
  assert.doesNotMatch(JSON.stringify(changes) + JSON.stringify(await bob.sync()), /secret/);
  // The one who was there all along reads everything.
  assert.equal((await ada.messages(room.id)).messages.length, 3);
});
