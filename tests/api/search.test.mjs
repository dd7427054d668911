// Search over sealed messages: what is found, by whom, and that nothing of a message stays in the index
// when it is changed or deleted.
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { pgBin } from '../harness/paths.mjs';
import { upload } from '../harness/client/files.mjs';
import { uuid7 } from '../harness/client/api.mjs';
import { png } from '../harness/images.mjs';
import { ADMIN } from '../harness/postgres.mjs';
import { SANITIZER_ENV } from '../harness/template.mjs';
import { until } from '../harness/until.mjs';
import { runAs } from '../harness/user.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const HOST = 'school.localhost';
const its = suite({ accounts: ['ada', 'bob', 'cyd'], files: true, config: { plain_http: 'yes' } }, (stack) => {
  stack.ctl(['tenant', 'create', 'school', '--name', 'School', '--host', HOST]);
  stack.addAccount('zoe', { tenant: 'school' });
});
/** @type {any} */
let ada, bob, cyd;
const begin = async () => ([ada, bob, cyd] = ada ? [ada, bob, cyd] : await Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h))));
const work = () => its.stack.ctl(['work', '--once']);
/** Texts found. @param {any} who @param {any} query */
const find = async (who, query) => (await who.get('/api/search', typeof query === 'string' ? { q: query } : query)).results.map((/** @type {any} */ r) => r.message.text);
const MAIN = "tenant_id = (SELECT id FROM confab.tenant WHERE slug = 'main')";
const entries = (/** @type {string} */ where = 'true') => its.stack.postgres.sql(`SELECT count(*) FROM confab.search_entry WHERE ${where}`);
const dump = () => execFileSync(path.join(pgBin(), 'pg_dump'), ['-h', its.stack.postgres.socketDir, '-U', ADMIN, 'confab'], { encoding: 'utf8' });
/** Sends without regard to the limit on how fast one may. @param {any} who @param {string} room @param {string[]} texts */
async function say(who, room, ...texts) {
  const sent = [];
  for (const text of texts) {
    await its.stack.postgres.sql('DELETE FROM confab.bucket');
    sent.push(await who.send(room, text));
  }
  return sent;
}

test('a message is found by its words, in any case, by their beginnings, newest first', async () => {
  await begin();
  const room = await ada.room('Words', { people: [bob] });
  await say(ada, room.id, 'Hello World, this is Confab', 'Say hello to the Straße', 'nothing of that kind');
  work();
  assert.deepEqual(await find(bob, 'hello'), ['Say hello to the Straße', 'Hello World, this is Confab']);
  assert.deepEqual(await find(bob, 'HEL wor'), ['Hello World, this is Confab']);
  assert.deepEqual(await find(bob, 'strasse'), ['Say hello to the Straße']);
  assert.deepEqual(await find(bob, 'ello'), []);
  assert.deepEqual(await find(bob, 'hello missing'), []);
  const { results, whole } = await bob.get('/api/search', { q: 'hello' });
  assert.equal(whole, true);
  assert.deepEqual(results[0].highlights, [[4, 9]]);
  assert.equal(results[0].message.room, room.id);
  assert.equal(results[0].message.sender, ada.me.id);
});

test('phrases, accents, handles, addresses and scripts without spaces', async () => {
  await begin();
  const room = await ada.room('Kinds');
  const texts = ['the quick brown fox', 'brown and quick', 'Un café à Ålesund', 'see https://docs.example.org/guide/setup.html', 'ask @bob.builder', '私は日本語を話します', '日曜日は本を読む', '학교에서 만나요', '😀 zebra 😀'];
  await say(ada, room.id, ...texts);
  work();
  assert.deepEqual(await find(ada, '"quick brown"'), ['the quick brown fox']);
  assert.deepEqual(await find(ada, 'quick brown'), ['brown and quick', 'the quick brown fox']);
  assert.deepEqual(await find(ada, 'CAFE ales'), ['Un café à Ålesund']);
  for (const q of ['example', 'docs.example.org', 'https://docs.example.org/guide/setup', 'setup']) assert.deepEqual(await find(ada, q), [texts[3]], q);
  for (const q of ['@bob.builder', 'builder']) assert.deepEqual(await find(ada, q), [texts[4]], q);
  assert.deepEqual(await find(ada, '日本語'), ['私は日本語を話します']);
  assert.deepEqual(await find(ada, '本'), ['日曜日は本を読む', '私は日本語を話します']);
  assert.deepEqual(await find(ada, '日語'), []);
  assert.deepEqual(await find(ada, '학교'), ['학교에서 만나요']);
  // Code points, not bytes or UTF-16: the emoji before it counts as one.
  assert.deepEqual((await ada.get('/api/search', { q: 'zebra' })).results[0].highlights, [[2, 7]]);
});

test('filters: from, in, before, after, has', async () => {
  await begin();
  const one = await ada.room('One', { people: [bob] });
  const two = await ada.room('Two', { people: [bob] });
  const [first] = await say(ada, one.id, 'filter alpha https://x.example/');
  await say(bob, one.id, 'filter beta');
  const [last] = await say(bob, two.id, 'filter gamma');
  work();
  assert.deepEqual(await find(ada, 'filter'), ['filter gamma', 'filter beta', 'filter alpha https://x.example/']);
  assert.deepEqual(await find(ada, { q: 'filter', from: bob.me.id }), ['filter gamma', 'filter beta']);
  assert.deepEqual(await find(ada, { q: 'filter', from: bob.me.id, in: one.id }), ['filter beta']);
  assert.deepEqual(await find(ada, { q: 'filter', in: two.id }), ['filter gamma']);
  assert.deepEqual(await find(ada, { has: 'link', in: one.id }), ['filter alpha https://x.example/']);
  assert.deepEqual(await find(ada, { q: 'filter', has: 'image' }), []);
  assert.deepEqual(await find(ada, { from: bob.me.id, in: two.id }), ['filter gamma']);
  assert.deepEqual(await find(ada, { q: 'filter', before: last.sent_at }), ['filter beta', 'filter alpha https://x.example/']);
  assert.deepEqual(await find(ada, { q: 'filter', after: last.sent_at }), ['filter gamma']);
  assert.deepEqual(await find(ada, { q: 'filter', before: first.sent_at }), []);
  assert.deepEqual(await find(ada, { q: 'filter', after: '2999-01-01T00:00:00Z' }), []);
  await cyd.refused(404, 'not-found', 'GET', '/api/search', { query: { q: 'filter', in: one.id } });
});

test('files are found by their names, and messages by what they carry', async () => {
  await begin();
  const room = await ada.room('Attached', { people: [bob] });
  const files = [await upload(ada, room.id, 'Budget 2031.txt', Buffer.from('figures')), await upload(ada, room.id, 'flowchart.png', png(30, 20))];
  const send = (/** @type {any} */ file, /** @type {string} */ text) => ada.ok('POST', `/api/rooms/${room.id}/messages`, { status: 201, body: { client_id: uuid7(), text, files: [file.id] } });
  await send(files[0], '');
  await send(files[1], 'attached flowchart');
  await say(ada, room.id, 'attached nothing');
  work();
  const { results } = await bob.get('/api/search', { q: 'budget 2031' });
  assert.deepEqual(results.map((/** @type {any} */ r) => [r.message.files[0].name, r.highlights]), [['Budget 2031.txt', []]]);
  assert.deepEqual((await bob.get('/api/search', { q: 'flowchart' })).results[0].highlights, [[9, 18]]);
  assert.deepEqual(await find(bob, { has: 'file', in: room.id }), ['attached flowchart', '']);
  assert.deepEqual(await find(bob, { q: 'attached', has: 'image', in: room.id }), ['attached flowchart']);
});

test('only members find something, and only what they may read', async () => {
  await begin();
  const closed = await ada.room('Closed', { people: [bob], history_open: false });
  await say(ada, closed.id, 'secret before');
  await ada.post(`/api/rooms/${closed.id}/members`, { people: [cyd.me.id] });
  await say(ada, closed.id, 'secret after');
  work();
  assert.deepEqual(await find(ada, 'secret'), ['secret after', 'secret before']);
  assert.deepEqual(await find(cyd, 'secret'), ['secret after']);
  assert.deepEqual(await find(cyd, { from: ada.me.id, in: closed.id }), ['secret after']);
  await bob.ok('POST', `/api/rooms/${closed.id}/leave`, { status: 204 });
  assert.deepEqual(await find(bob, 'secret'), []);
});

test('pages follow each other without a gap or a repeat', async () => {
  await begin();
  const room = await ada.room('Pages');
  const texts = Array.from({ length: 23 }, (_, i) => `pagination ${i}`);
  await say(ada, room.id, ...texts);
  work();
  const found = [];
  let target = '/api/search?q=pagination&limit=5';
  for (let pages = 0; target; pages++) {
    assert.ok(pages < 7);
    const answer = await ada.call('GET', target);
    assert.equal(answer.status, 200);
    found.push(...answer.body.results.map((/** @type {any} */ r) => r.message.text));
    target = /<([^>]+)>; rel="next"/.exec(answer.headers.link ?? '')?.[1] ?? '';
  }
  assert.deepEqual(found, texts.reverse());
});

test('messages of other weeks are found too, in order', async () => {
  await begin();
  const room = await ada.room('Weeks');
  const sent = await say(ada, room.id, 'archaeology old', 'archaeology older', 'archaeology new');
  const age = (/** @type {any} */ m, /** @type {string} */ ago) => its.stack.postgres.sql(`UPDATE confab.message SET sent_at = sent_at - interval '${ago}' WHERE feed_id = ${room.id} AND seq = ${m.seq}`);
  await age(sent[0], '40 days');
  await age(sent[1], '9 years');
  work();
  assert.deepEqual(await find(ada, 'archaeology'), ['archaeology new', 'archaeology old', 'archaeology older']);
  assert.deepEqual(await find(ada, { q: 'archaeology', before: sent[2].sent_at, limit: 1 }), ['archaeology old']);
});

test('what is not indexed yet is told', async () => {
  await begin();
  const room = await cyd.room('Fresh');
  await say(cyd, room.id, 'unindexed so far');
  const { whole, results } = await cyd.get('/api/search', { q: 'unindexed' });
  assert.equal(whole, false);
  assert.deepEqual(results, []);
  work();
  assert.deepEqual(await find(cyd, 'unindexed'), ['unindexed so far']);
  assert.equal((await cyd.get('/api/search', { q: 'unindexed' })).whole, true);
  // Neither a reply in a thread nor an edit raises what the room tells of its last message.
  const [root] = await say(cyd, room.id, 'unindexed root');
  work();
  await cyd.ok('POST', `/api/rooms/${room.id}/messages`, { status: 201, body: { client_id: uuid7(), text: 'unindexed reply', thread: root.seq } });
  assert.equal((await cyd.get('/api/search', { q: 'unindexed' })).whole, false);
  work();
  assert.equal((await cyd.get('/api/search', { q: 'unindexed' })).whole, true);
  await cyd.ok('PATCH', `/api/rooms/${room.id}/messages/${root.seq}`, { body: { text: 'unindexed edit' } });
  assert.equal((await cyd.get('/api/search', { q: 'unindexed' })).whole, false);
  work();
  assert.equal((await cyd.get('/api/search', { q: 'unindexed' })).whole, true);
  assert.match(its.stack.ctl(['search', 'status', 'main']), /^on, \d+ messages indexed, 0 rows waiting/);
});

test('an edited message is found by its new words alone', async () => {
  await begin();
  const room = await ada.room('Edits');
  const [m] = await say(ada, room.id, 'giraffe in the room');
  work();
  assert.deepEqual(await find(ada, 'giraffe'), ['giraffe in the room']);
  await ada.patch(`/api/rooms/${room.id}/messages/${m.seq}`, { text: 'elephant in the room' });
  assert.equal(await entries(`feed_id = ${room.id}`), '0');
  assert.deepEqual(await find(ada, 'giraffe'), []);
  work();
  assert.deepEqual(await find(ada, 'giraffe'), []);
  assert.deepEqual(await find(ada, 'elephant'), ['elephant in the room']);
});

test('a deleted message leaves no token, whenever it is deleted', async () => {
  await begin();
  const room = await ada.room('Deletions');
  const [indexed, waiting, changed] = await say(ada, room.id, 'rhinoceros one', 'rhinoceros two', 'rhinoceros three');
  const remove = (/** @type {any} */ m) => ada.ok('DELETE', `/api/rooms/${room.id}/messages/${m.seq}`, { status: 204 });
  await remove(waiting);
  work();
  assert.deepEqual(await find(ada, 'rhinoceros'), ['rhinoceros three', 'rhinoceros one']);
  const tokens = await its.stack.postgres.sql(`SELECT array_to_string(tokens, ',') FROM confab.search_entry WHERE feed_id = ${room.id} AND seq = ${indexed.seq}`);
  assert.ok(tokens.split(',').length > 8);
  assert.ok(dump().includes(`{${tokens}}`));
  await remove(indexed);
  await its.stack.postgres.sql('DELETE FROM confab.bucket');
  await ada.patch(`/api/rooms/${room.id}/messages/${changed.seq}`, { text: 'hippopotamus' });
  await remove(changed);
  assert.equal(await entries(`feed_id = ${room.id}`), '0');
  assert.equal(await its.stack.postgres.sql(`SELECT count(*) FROM confab.search_queue WHERE feed_id = ${room.id}`), '0');
  work();
  assert.equal(await entries(`feed_id = ${room.id}`), '0');
  assert.ok(!dump().includes(tokens));
  assert.deepEqual(await find(ada, 'rhinoceros'), []);
});

test('a worker that read a message before it was deleted adds nothing after', async () => {
  await begin();
  const room = await ada.room('Race');
  const [gone, edited] = await say(ada, room.id, 'okapi gone', 'okapi edited');
  const tenant = await its.stack.postgres.sql("SELECT id FROM confab.tenant WHERE slug = 'main'");
  const key = await its.stack.postgres.sql(`SELECT key_id FROM confab.search_state WHERE tenant_id = ${tenant}`);
  await ada.ok('DELETE', `/api/rooms/${room.id}/messages/${gone.seq}`, { status: 204 });
  await ada.patch(`/api/rooms/${room.id}/messages/${edited.seq}`, { text: 'zebra instead' });
  // What such a worker would store: both messages as they were, and the room done so far.
  const rows = [room.id, gone.seq, 1, 2900, 2, 11, 12, room.id, edited.seq, 1, 2900, 2, 13, 14, room.id, edited.seq, 0, 0, 0];
  await its.stack.postgres.sql(`SET ROLE confab_owner; SELECT confab.search_add(${tenant}, ${key}, '{${rows}}')`);
  assert.equal(await entries(`feed_id = ${room.id}`), '0');
  work();
  assert.deepEqual(await find(ada, 'zebra instead'), ['zebra instead']);
  assert.deepEqual(await find(ada, 'okapi'), []);
});

test('a deleted room leaves no token', async () => {
  await begin();
  const room = await ada.room('Doomed');
  await say(ada, room.id, 'doomed words', 'more doomed words');
  work();
  assert.equal(await entries(`feed_id = ${room.id}`), '2');
  await ada.ok('DELETE', `/api/rooms/${room.id}`, { status: 204 });
  assert.deepEqual(await find(ada, 'doomed'), []);
  work();
  assert.equal(await entries(`feed_id = ${room.id}`), '0');
  assert.equal(await its.stack.postgres.sql(`SELECT count(*) FROM confab.search_feed WHERE feed_id = ${room.id}`), '0');
});

test('hostile queries are refused or find nothing', async () => {
  await begin();
  const refused = (/** @type {any} */ query, status = 422, type = 'invalid') => ada.refused(status, type, 'GET', '/api/search', { query });
  for (const q of ['', ' ', 'a', '"', '!!!', '😀', '\u0301\u0301', '%_', "'; --"]) await refused({ q });
  await refused({ q: 'ab '.repeat(60) });
  await refused({ q: 'a'.repeat(201) });
  await refused({ q: 'hello', from: 'bob' });
  await refused({ q: 'hello', has: 'everything' });
  await refused({ q: 'hello', before: 'yesterday' });
  await refused({ q: 'hello', nonsense: '1' });
  for (const cursor of ['x', '1.2', '1.2.3.4', '-1.2.3', '99999999999999999999.1.1', '9223372036854775807.1.1']) await refused({ q: 'hello', cursor }, 400, 'bad-cursor');
  for (const q of ['"\u201c\u201d\u201e ab', `a${'\u0301'.repeat(150)}b`, 'ab'.repeat(100), '\ufdfa\ufdfa', '\u202eab\u200b']) assert.deepEqual(await find(ada, q), []);
  const nobody = its.stack.api();
  await nobody.refused(401, 'signed-out', 'GET', '/api/search', { query: { q: 'hello' } });
});

test('another key changes nothing until the index is made anew', async () => {
  await begin();
  const room = await ada.room('Keys');
  await say(ada, room.id, 'walrus before');
  work();
  its.stack.ctl(['key', 'add']);
  await say(ada, room.id, 'walrus after');
  work();
  assert.deepEqual(await find(ada, 'walrus'), ['walrus after', 'walrus before']);
  const keys = "SELECT s.key_id FROM confab.search_state s JOIN confab.tenant t ON t.id = s.tenant_id WHERE t.slug = 'main'";
  const before = await its.stack.postgres.sql(keys);
  its.stack.ctl(['search', 'reindex', 'main']);
  assert.equal(await entries(MAIN), '0');
  work();
  assert.notEqual(await its.stack.postgres.sql(keys), before);
  assert.deepEqual(await find(ada, 'walrus'), ['walrus after', 'walrus before']);
});

test('the same words in two tenants have no token in common, and nobody finds the other\'s', async () => {
  await begin();
  const zoe = await its.stack.signIn('zoe', { headers: { Host: HOST } });
  const [here, there] = [await ada.room('Here'), await zoe.room('There')];
  await say(ada, here.id, 'narwhal of two seas');
  await say(zoe, there.id, 'narwhal of two seas');
  work();
  const tokens = async (/** @type {any} */ room) => (await its.stack.postgres.sql(`SELECT unnest(tokens) FROM confab.search_entry WHERE feed_id = ${room.id}`)).split('\n');
  const [a, b] = [await tokens(here), await tokens(there)];
  assert.ok(a.length > 10);
  assert.deepEqual(a.filter((token) => b.includes(token)), []);
  assert.equal((await ada.get('/api/search', { q: 'narwhal' })).results.length, 1);
  assert.equal((await zoe.get('/api/search', { q: 'narwhal' })).results[0].message.room, there.id);
  await ada.refused(404, 'not-found', 'GET', '/api/search', { query: { q: 'narwhal', in: there.id } });
});

test('the service indexes what is written while it runs', async () => {
  await begin();
  const room = await ada.room('Service');
  const { template, conf } = its.stack;
  const service = spawn(path.join(template.bin, 'confabctl'), ['--config', conf, 'work'], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH ?? '', ...SANITIZER_ENV }, ...runAs });
  let output = '';
  for (const stream of [service.stdout, service.stderr]) stream.on('data', (data) => { output += data; });
  const ended = new Promise((resolve) => { service.once('exit', (code, signal) => resolve(`${code} ${signal}`)); });
  try {
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    await say(ada, room.id, 'platypus live');
    await until('the message to be found', async () => (await find(ada, 'platypus')).length === 1, { every: 200 });
  } finally {
    service.kill('SIGTERM');
  }
  assert.equal(await ended, '0 null', output);
  assert.equal(output, '');
});

test('search that is off leaves nothing behind, and comes back', async () => {
  await begin();
  const room = await ada.room('Off');
  const [m] = await say(ada, room.id, 'penguin');
  work();
  its.stack.ctl(['search', 'off', 'main']);
  for (const table of ['search_entry', 'search_feed', 'search_queue']) assert.equal(await its.stack.postgres.sql(`SELECT count(*) FROM confab.${table} WHERE ${MAIN}`), '0', table);
  await ada.refused(404, 'search-off', 'GET', '/api/search', { query: { q: 'penguin' } });
  await ada.patch(`/api/rooms/${room.id}/messages/${m.seq}`, { text: 'penguins' });
  work();
  for (const table of ['search_entry', 'search_queue']) assert.equal(await its.stack.postgres.sql(`SELECT count(*) FROM confab.${table} WHERE ${MAIN}`), '0', table);
  its.stack.ctl(['search', 'on', 'main']);
  work();
  assert.deepEqual(await find(ada, 'penguin'), ['penguins']);
});
