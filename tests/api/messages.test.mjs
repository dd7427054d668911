// Sending and reading messages.
import { randomUUID } from 'node:crypto';
import { uuid7 } from '../harness/client/api.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd', 'dan'] });
/** @type {any} */
let ada, bob, cyd;
const begin = async () => ([ada, bob, cyd] = ada ? [ada, bob, cyd] : await Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h))));
const texts = (/** @type {any} */ page) => page.messages.map((/** @type {any} */ m) => m.text);
const seqs = (/** @type {any} */ page) => page.messages.map((/** @type {any} */ m) => m.seq);

test('a message is stored once and read by every member in the same place', async () => {
  await begin();
  const room = await ada.room('Talk', { people: [bob] });
  const clientId = uuid7();
  const stored = (await ada.ok('POST', `/api/rooms/${room.id}/messages`, { status: 201, body: { client_id: clientId, text: 'Hello' } })).message;
  assert.equal(stored.room, room.id);
  assert.equal(stored.text, 'Hello');
  assert.equal(stored.sender, ada.me.id);
  assert.equal(stored.client_id, clientId);
  assert.equal(stored.no, 1);
  assert.equal(stored.version, 1);
  assert.match(stored.sent_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(stored.sent_at) - Date.now()) < 60e3);
  assert.deepEqual((await bob.messages(room.id)).messages, [stored]);
});

test('a retry with the same client id posts nothing and answers with what is stored', async () => {
  await begin();
  const room = await ada.room('Retry', { people: [bob] });
  const body = { client_id: randomUUID(), text: 'only once' };
  const first = await ada.ok('POST', `/api/rooms/${room.id}/messages`, { status: 201, body });
  await bob.send(room.id, 'between');
  for (let i = 0; i < 3; i++) {
    const again = await ada.ok('POST', `/api/rooms/${room.id}/messages`, { status: 200, body });
    assert.deepEqual(again, first);
  }
  const upper = await ada.ok('POST', `/api/rooms/${room.id}/messages`, { status: 200, body: { ...body, client_id: body.client_id.toUpperCase() } });
  assert.deepEqual(upper, first);
  assert.deepEqual(texts(await bob.messages(room.id)), ['only once', 'between']);
});

test('twenty retries at once still post one message', async () => {
  await begin();
  const room = await ada.room('Rush');
  const body = { client_id: uuid7(), text: 'a rush' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => ada.call('POST', `/api/rooms/${room.id}/messages`, { body })));
  assert.deepEqual(answers.map((a) => a.status).sort(), [...Array(19).fill(200), 201]);
  assert.equal(new Set(answers.map((a) => a.body.message.seq)).size, 1);
  assert.equal((await ada.messages(room.id)).messages.length, 1);
});

test('the same client id with another text is refused, and the first text stands', async () => {
  await begin();
  const room = await ada.room('Reuse', { people: [bob] });
  const clientId = uuid7();
  await ada.send(room.id, 'the first', clientId);
  await ada.refused(422, 'client-id-reused', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: clientId, text: 'the second' } });
  assert.deepEqual(texts(await ada.messages(room.id)), ['the first']);
  // It is the sender's own: another person and another room may have the same.
  assert.equal((await bob.send(room.id, 'of bob', clientId)).text, 'of bob');
  const elsewhere = await ada.room('Reuse elsewhere');
  assert.equal((await ada.send(elsewhere.id, 'over there', clientId)).text, 'over there');
  // A poll's choices are its text too, and an answer in a thread is another message than one in the room.
  const poll = { client_id: uuid7(), text: 'which?', choices: ['a', 'b'], anonymous: true };
  const first = await ada.ok('POST', `/api/rooms/${room.id}/messages`, { status: 201, body: poll });
  assert.deepEqual(await ada.ok('POST', `/api/rooms/${room.id}/messages`, { status: 200, body: poll }), first);
  for (const other of [{ choices: ['a', 'c'] }, { choices: undefined }, { anonymous: false }, { thread: first.message.seq }])
    await ada.refused(422, 'client-id-reused', 'POST', `/api/rooms/${room.id}/messages`, { body: { ...poll, ...other } });
});

test('a text has 1 to 2,000 code points', async () => {
  await begin();
  const room = await ada.room('Limits');
  for (const good of ['x', 'x'.repeat(2000), '🦊'.repeat(2000), 'é'.repeat(2000), ' leading and trailing kept? ', 'line\nbreak\ttab']) {
    const stored = await ada.send(room.id, good);
    assert.equal([...stored.text].length <= 2000, true);
    assert.equal(stored.text.trim(), good.trim());
  }
  for (const bad of ['', ' ', '\n\t ', '\u00a0\u2003\u3000', '\u200b\u200d\u2060', 'x'.repeat(2001), '🦊'.repeat(2001)]) {
    const refused = await ada.refused(422, 'invalid', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: bad } });
    assert.equal(refused.errors[0].field, 'text', JSON.stringify(bad).slice(0, 40));
  }
  assert.equal((await ada.messages(room.id)).messages.length, 6);
});

test('any script comes back as it was sent', async () => {
  await begin();
  const room = await ada.room('Scripts');
  const all = ['日本語のテキスト', 'مرحبا بالعالم', 'हिन्दी', '👩🏽‍🚀🏳️‍🌈', 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A', '<script>alert(1)</script>', '"\\/\b\f\n\r\t', 'a\u2028b\u2029c', '\ufeffbom', 'not\uffffa character', '💩'.repeat(3), "'; DROP TABLE message; --", '{"event":"message"}', 'data: x\n\nevent: y\n'];
  for (const text of all) await ada.send(room.id, text);
  assert.deepEqual(texts(await ada.messages(room.id)), all);
});

test('NUL, half a surrogate and broken UTF-8 are refused', async () => {
  await begin();
  const room = await ada.room('Bytes');
  const at = `/api/rooms/${room.id}/messages`;
  const wrap = (/** @type {string} */ inner) => Buffer.concat([Buffer.from(`{"client_id":"${uuid7()}","text":"`), Buffer.from(inner, 'latin1'), Buffer.from('"}')]);
  for (const bad of ['a\\u0000b', 'a\\ud800b', 'a\\udc00\\ud800', 'a\x00b', 'a\xffb', '\xc0\xaf', '\xed\xa0\x80', '\xf4\x90\x80\x80', '\xe2\x82', 'a\nb']) {
    const answer = await ada.call('POST', at, { raw: wrap(bad) });
    assert.ok([400, 422].includes(answer.status), `${JSON.stringify(bad)}: ${answer.status} ${answer.text}`);
  }
  assert.equal((await ada.messages(room.id)).messages.length, 0);
});

test('the longest text may be configured', async () => {
  await begin();
  its.stack.config.message_max = 10;
  its.stack.writeConf();
  await its.stack.handlers?.restart();
  const room = await ada.room('Short');
  assert.equal((await ada.sync()).limits.message_max, 10);
  await ada.send(room.id, '0123456789');
  await ada.refused(422, 'invalid', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: '0123456789x' } });
  delete its.stack.config.message_max;
  its.stack.writeConf();
  await its.stack.handlers?.restart();
});

test('the latest 50 come first, older pages follow by their links, ascending within each', async () => {
  await begin();
  const room = await ada.room('Long', { people: [bob] });
  for (let i = 1; i <= 120; i++) await ada.send(room.id, `m${i}`);
  const first = await bob.call('GET', `/api/rooms/${room.id}/messages`);
  assert.deepEqual(texts(first.body), Array.from({ length: 50 }, (_, i) => `m${i + 71}`));
  assert.equal(first.body.more_before, true);
  assert.equal(first.body.more_after, false);
  const all = [...first.body.messages];
  let link = /<([^>]+)>; *rel="prev"/.exec(String(first.headers.link))?.[1];
  assert.doesNotMatch(String(first.headers.link), /rel="next"/);
  while (link) {
    const page = await bob.call('GET', link);
    assert.equal(page.status, 200, link);
    all.unshift(...page.body.messages);
    link = /<([^>]+)>; *rel="prev"/.exec(String(page.headers.link ?? ''))?.[1];
    assert.equal(page.body.more_before, link !== undefined);
  }
  assert.deepEqual(all.map((m) => m.text), Array.from({ length: 120 }, (_, i) => `m${i + 1}`));
});

test('before, after and around a place give the page on that side, with links both ways', async () => {
  await begin();
  const room = await ada.room('Places');
  const stored = [];
  for (let i = 1; i <= 30; i++) stored.push(await ada.send(room.id, `m${i}`));
  const seq = (/** @type {number} */ n) => stored[n - 1].seq;
  assert.deepEqual(texts(await ada.messages(room.id, { before: seq(11), limit: 3 })), ['m8', 'm9', 'm10']);
  assert.deepEqual(texts(await ada.messages(room.id, { after: seq(11), limit: 3 })), ['m12', 'm13', 'm14']);
  const around = await ada.call('GET', `/api/rooms/${room.id}/messages`, { query: { around: seq(15), limit: 5 } });
  assert.ok(texts(around.body).includes('m15'));
  assert.equal(around.body.messages.length, 5);
  assert.deepEqual(seqs(around.body), [...seqs(around.body)].sort((a, b) => a - b));
  assert.equal(around.body.more_before && around.body.more_after, true);
  const link = (/** @type {string} */ rel) => new RegExp(`<([^>]+)>; *rel="${rel}"`).exec(String(around.headers.link))?.[1] ?? '';
  const prev = (await ada.call('GET', link('prev'))).body;
  const next = (await ada.call('GET', link('next'))).body;
  assert.equal(seqs(prev).at(-1) + 1, seqs(around.body)[0]);
  assert.equal(seqs(next)[0] - 1, seqs(around.body).at(-1));
  assert.deepEqual(texts(await ada.messages(room.id, { after: seq(30) })), []);
  assert.deepEqual(texts(await ada.messages(room.id, { before: 1 })), []);
  assert.equal((await ada.messages(room.id, { before: seq(30) })).more_after, true);
});

test('one place at a time, within limits', async () => {
  await begin();
  const room = await ada.room('Odd queries');
  const at = `/api/rooms/${room.id}/messages`;
  for (const query of [{ limit: 0 }, { limit: 201 }, { limit: 'ten' }, { before: -1 }, { before: 'x' }, { before: '1e3' }, { before: 1, after: 1 }, { before: 1, around: 1 }, { nonsense: 1 }, { after: '99999999999999999999' }]) {
    await ada.refused(422, 'invalid', 'GET', at, { query: /** @type {any} */ (query) });
  }
  assert.deepEqual((await ada.messages(room.id, { limit: 200 })).messages, []);
});

test('who is not in the room neither reads nor writes, and is not told that there is one', async () => {
  await begin();
  const room = await ada.room('Private', { people: [bob] });
  const at = `/api/rooms/${room.id}/messages`;
  const one = await cyd.refused(404, 'not-found', 'GET', at);
  const two = await cyd.refused(404, 'not-found', 'GET', '/api/rooms/999999999/messages');
  assert.equal(one.detail, two.detail);
  await cyd.refused(404, 'not-found', 'POST', at, { body: { client_id: uuid7(), text: 'let me in' } });
  await its.stack.api().refused(401, 'signed-out', 'GET', at);
});

test('a retry by somebody who was removed meanwhile is answered with what is stored, a new send is not', async () => {
  await begin();
  const room = await ada.room('Left', { people: [bob] });
  const clientId = uuid7();
  const sent = await bob.send(room.id, 'still here', clientId);
  await ada.ok('DELETE', `/api/rooms/${room.id}/members/${bob.me.id}`, { status: 204 });
  const retry = await bob.ok('POST', `/api/rooms/${room.id}/messages`, { status: 200, body: { client_id: clientId, text: 'still here' } });
  assert.equal(retry.message.seq, sent.seq);
  await bob.refused(422, 'client-id-reused', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: clientId, text: 'another' } });
  await bob.refused(404, 'not-found', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'new' } });
});

test('sends are limited per person, over all rooms; a retry costs nothing', async () => {
  await begin();
  Object.assign(its.stack.config, { send_burst: 3, send_period_ms: 600000 });
  its.stack.writeConf();
  await its.stack.handlers?.restart();
  const dan = await its.stack.signIn('dan');
  const [one, two] = [await dan.room('One'), await dan.room('Two')];
  const last = uuid7();
  await dan.send(one.id, 'a');
  await dan.send(two.id, 'b');
  await dan.send(one.id, 'c', last);
  const refused = await dan.call('POST', `/api/rooms/${two.id}/messages`, { body: { client_id: uuid7(), text: 'd' } });
  assert.equal(refused.status, 429);
  assert.equal(refused.body.type, '/problems/too-many');
  const wait = Number(refused.headers['retry-after']);
  assert.ok(wait >= 100 && wait <= 200, `wait ${wait}`);
  assert.ok(refused.headers.ratelimit && refused.headers['ratelimit-policy']);
  assert.equal((await dan.send(one.id, 'c', last)).text, 'c');
  assert.equal((await dan.messages(two.id)).messages.length, 1);
});
