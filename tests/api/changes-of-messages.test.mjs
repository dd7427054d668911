// Editing and deleting messages.
import { uuid7 } from '../harness/client/api.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd'], config: { change_seconds: 3600 } });
/** @type {any} */
let ada, bob, cyd;
const begin = async () => ([ada, bob, cyd] = ada ? [ada, bob, cyd] : await Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h))));
const at = (/** @type {any} */ m, tail = '') => `/api/rooms/${m.room}/messages/${m.seq}${tail}`;
const edit = (/** @type {any} */ who, /** @type {any} */ m, /** @type {string} */ text) => who.ok('PATCH', at(m), { body: { text } });
const events = async (/** @type {any} */ who, /** @type {any} */ m) => (await who.get(`/api/rooms/${m.room}/changes`, { after: m.seq })).events;

test('an edited message has the new text for everybody, is marked, and the event carries it', async () => {
  await begin();
  const room = await ada.room('Edits', { people: [bob] });
  const sent = await ada.send(room.id, 'teh first');
  const { message } = await edit(ada, sent, 'the first');
  assert.equal(message.text, 'the first');
  assert.equal(message.version, 2);
  assert.equal(message.client_id, sent.client_id);
  assert.match(message.edited_at, /Z$/);
  const page = await bob.get(`/api/rooms/${room.id}/messages`);
  assert.deepEqual(page.messages, [message]);
  const [event] = await events(bob, sent);
  assert.equal(event.event, 'message_edited');
  assert.equal(event.actor, ada.me.id);
  assert.deepEqual(event.message, message);
});

test('the same text again changes nothing, so an edit may be retried', async () => {
  await begin();
  const room = await ada.room('Again', {});
  const sent = await ada.send(room.id, 'a');
  await edit(ada, sent, 'b');
  const { message } = await edit(ada, sent, 'b');
  assert.equal(message.version, 2);
  assert.equal((await events(ada, sent)).length, 1);
});

test('only the author edits; author and moderators delete', async () => {
  await begin();
  const room = await ada.room('Rights', { people: [bob, cyd] });
  const sent = await bob.send(room.id, 'mine');
  await ada.refused(403, 'forbidden', 'PATCH', at(sent), { body: { text: 'yours' } });
  await cyd.refused(403, 'forbidden', 'DELETE', at(sent));
  await ada.ok('DELETE', at(sent), { status: 204 });
  const own = await bob.send(room.id, 'also mine');
  await bob.ok('DELETE', at(own), { status: 204 });
});

test('in a direct conversation nobody deletes what the other wrote', async () => {
  await begin();
  const room = await ada.post('/api/rooms/direct', { person: bob.me.id, client_id: uuid7() });
  const sent = await bob.send(room.id, 'for you');
  await ada.refused(403, 'forbidden', 'DELETE', at(sent));
});

test('a deleted message leaves a tombstone: nothing of it is read any more, and it cannot be changed', async () => {
  await begin();
  const room = await ada.room('Gone', { people: [bob] });
  const sent = await ada.send(room.id, 'to be forgotten');
  await ada.ok('PUT', at(sent, '/reactions'), { body: { emoji: '👍' } });
  await ada.ok('DELETE', at(sent), { status: 204 });
  await ada.ok('DELETE', at(sent), { status: 204 });
  const { message } = await bob.get(at(sent));
  assert.equal(message.text, null);
  assert.equal(message.deleted, true);
  assert.equal(message.reactions, undefined);
  assert.deepEqual((await events(bob, sent)).map((/** @type {any} */ e) => e.event), ['reaction_added', 'message_deleted']);
  await ada.refused(409, 'conflict', 'PATCH', at(sent), { body: { text: 'back' } });
  await ada.refused(409, 'conflict', 'PUT', at(sent, '/reactions'), { body: { emoji: '👍' } });
  // A retry of the send does not bring it back.
  const retry = await ada.ok('POST', `/api/rooms/${room.id}/messages`, { status: 200, body: { client_id: sent.client_id, text: 'to be forgotten' } });
  assert.equal(retry.message.deleted, true);
});

test('nothing of a deleted message is in a dump of the database, sealed or not', async () => {
  await begin();
  const room = await ada.room('Dump', {});
  const kept = await ada.send(room.id, 'kept');
  const sent = await ada.send(room.id, 'dropped');
  const bodies = () => its.stack.postgres.sql(`SELECT encode(body, 'hex') FROM confab.message WHERE feed_id = ${room.id} AND body IS NOT NULL ORDER BY seq`);
  const [, sealed] = (await bodies()).split('\n');
  await ada.ok('DELETE', at(sent), { status: 204 });
  assert.equal((await bodies()).split('\n').length, 1);
  for (const table of (await its.stack.postgres.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'confab'")).split('\n')) {
    const rows = await its.stack.postgres.sql(`SELECT t::text FROM confab.${table} t`);
    assert.ok(!rows.includes(sealed), `${table} holds it`);
  }
  assert.equal((await ada.get(at(kept))).message.text, 'kept');
});

test('an old message stays as it is', async () => {
  await begin();
  const room = await ada.room('Old', {});
  const sent = await ada.send(room.id, 'long ago');
  await its.stack.postgres.sql(`UPDATE confab.message SET sent_at = sent_at - interval '2 hours' WHERE feed_id = ${room.id}`);
  await ada.refused(403, 'forbidden', 'PATCH', at(sent), { body: { text: 'now' } });
  const notOwner = await bob.call('DELETE', at(sent));
  assert.equal(notOwner.status, 404);
  assert.equal((await ada.get('/api/sync')).limits.change_seconds, 3600);
});

test('who may not see a message does not get its new text either, and cannot tell that it is there', async () => {
  await begin();
  const room = await ada.room('Closed', { history_open: false });
  const sent = await ada.send(room.id, 'before you');
  await ada.post(`/api/rooms/${room.id}/members`, { people: [bob.me.id] });
  await edit(ada, sent, 'before you, edited');
  await bob.refused(404, 'not-found', 'GET', at(sent));
  await bob.refused(404, 'not-found', 'PUT', at(sent, '/reactions'), { body: { emoji: '👍' } });
  const mine = (await events(ada, sent)).find((/** @type {any} */ e) => e.event === 'message_edited');
  assert.equal(mine.message_seq, sent.seq);
  assert.equal(mine.message, undefined, 'its frame goes to everybody');
  const his = (await bob.get(`/api/rooms/${room.id}/changes`, { after: 0 })).events;
  assert.ok(his.every((/** @type {any} */ e) => e.event !== 'message_edited'));
  assert.ok(!JSON.stringify(his).includes('before you'));
});

test('two edits at the same time both succeed, one after the other', async () => {
  await begin();
  const room = await ada.room('Race', {});
  const sent = await ada.send(room.id, '0');
  const answers = await Promise.all([1, 2, 3].map((n) => ada.call('PATCH', at(sent), { body: { text: `${n}` } })));
  assert.ok(answers.some((a) => a.status === 200));
  assert.ok(answers.every((a) => a.status === 200 || a.status === 409), answers.map((a) => a.status).join());
  const good = answers.filter((a) => a.status === 200).length;
  assert.equal((await ada.get(at(sent))).message.version, 1 + good);
});

test('bad forms are refused with a reason', async () => {
  await begin();
  const room = await ada.room('Bad', {});
  const sent = await ada.send(room.id, 'x');
  await ada.refused(422, 'invalid', 'PATCH', at(sent), { body: { text: '   ' } });
  await ada.refused(422, 'invalid', 'PATCH', at(sent), { body: {} });
  await ada.refused(422, 'invalid', 'PATCH', at(sent), { body: { text: 'y', sender: bob.me.id } });
  await ada.refused(404, 'not-found', 'PATCH', at({ ...sent, seq: 999 }), { body: { text: 'y' } });
  await ada.refused(404, 'not-found', 'DELETE', at({ ...sent, seq: 1 }));
  await ada.refused(404, 'not-found', 'GET', `/api/rooms/${room.id}/messages/0`);
});
