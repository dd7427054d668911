// Requests are taken strictly, and refusals help.
import { uuid7 } from '../harness/client/api.mjs';
import { request } from '../harness/client/http.mjs';
import { exchange } from '../harness/client/raw.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob'] });
/** @type {any} */
let ada;
const me = async () => (ada ??= await its.stack.signIn('ada'));

test('an unknown member is refused by name, a missing one too, all at once', async () => {
  await me();
  const refused = await ada.refused(422, 'invalid', 'POST', '/api/rooms', { body: { kind: 'tower', colour: 'red', visibility: 'public' } });
  assert.deepEqual(refused.errors.map((/** @type {any} */ e) => e.field).sort(), ['client_id', 'colour', 'kind']);
  for (const error of refused.errors) assert.ok(error.detail.length > 3);
});

test('a member twice is malformed', async () => {
  await me();
  await ada.refused(400, 'malformed', 'PATCH', '/api/me', { raw: '{"name":"One","name":"Two"}' });
  assert.notEqual((await ada.get('/api/me')).name, 'Two');
});

test('what is not one JSON object is malformed', async () => {
  await me();
  for (const raw of ['{', '[]', 'null', '"x"', '1', '{"name":"a"}{"name":"b"}', '{"name":"a"} x', "{'name':'a'}", '{name:"a"}', '{"name":"a",}', '\ufeff{"name":"a"}', '{"name":01}', `${'['.repeat(3000)}`]) {
    await ada.refused(400, 'malformed', 'PATCH', '/api/me', { raw });
  }
});

test('types are types: no number for a text, no text for a bool, no fraction for a count', async () => {
  await me();
  const room = await ada.room('Types');
  const cases = /** @type {[string, string, any][]} */ ([
    ['PATCH', '/api/me', { name: 1 }],
    ['PATCH', '/api/me', { name: null }],
    ['PATCH', '/api/me', { name: ['x'] }],
    ['PATCH', '/api/me', { avatar: {} }],
    ['POST', '/api/rooms', { client_id: uuid7(), kind: 'group', name: 'x', history_open: 'yes' }],
    ['POST', '/api/rooms', { client_id: uuid7(), kind: 'group', name: 'x', history_open: 1 }],
    ['POST', '/api/rooms', { client_id: uuid7(), kind: 'group', name: 'x', people: 'all' }],
    ['POST', '/api/rooms', { client_id: uuid7(), kind: 'group', name: 'x', people: [1] }],
    ['POST', '/api/rooms', { client_id: uuid7(), kind: 'group', name: 'x', people: Array(101).fill('1') }],
    ['POST', '/api/rooms', { client_id: 'not-a-uuid', kind: 'group', name: 'x' }],
    ['POST', '/api/rooms', { client_id: uuid7().replace(/-/g, ''), kind: 'group', name: 'x' }],
    ['POST', `/api/rooms/${room.id}/messages`, { client_id: uuid7(), text: 5 }],
    ['POST', `/api/rooms/${room.id}/messages`, { client_id: uuid7(), text: null }],
    ['PUT', `/api/rooms/${room.id}/read`, { seq: 1.5 }],
    ['PUT', `/api/rooms/${room.id}/read`, { seq: '1' }],
    ['POST', '/api/rooms/direct', { client_id: uuid7(), person: 5 }],
  ]);
  for (const [method, path, body] of cases) {
    const refused = await ada.refused(422, 'invalid', method, path, { body });
    assert.equal(refused.errors.length, 1, JSON.stringify(body));
  }
});

test('only application/json is a body; a charset other than UTF-8 is not', async () => {
  await me();
  const send = (/** @type {string | undefined} */ type) => ada.call('PATCH', '/api/me', { raw: '{"name":"Ada"}', headers: type === undefined ? {} : { 'Content-Type': type } });
  for (const good of ['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"']) assert.equal((await send(good)).status, 200, good);
  for (const bad of ['text/plain', 'application/x-www-form-urlencoded', 'application/json-patch+json', 'application/json; charset=iso-8859-1', 'multipart/form-data; boundary=x', 'text/json']) {
    const answer = await send(bad);
    assert.deepEqual([answer.status, answer.body?.type], [415, '/problems/unsupported-media'], bad);
  }
});

test('a body over the limit is refused with 413, one at the limit is read', async () => {
  await me();
  const room = await ada.room('Sizes');
  const padded = (/** @type {number} */ size) => {
    const body = JSON.stringify({ client_id: uuid7(), text: 'x' });
    return `${body.slice(0, -1)}${' '.repeat(size - body.length)}}`;
  };
  const at = `/api/rooms/${room.id}/messages`;
  assert.equal((await ada.call('POST', at, { raw: padded(131072) })).status, 201);
  await ada.refused(413, 'too-large', 'POST', at, { raw: padded(131073) });
  await ada.refused(413, 'too-large', 'POST', at, { raw: padded(700000) });
  const chunked = await ada.call('POST', at, { raw: padded(200000), headers: { 'Transfer-Encoding': 'chunked' } });
  assert.equal(chunked.status, 413);
  const fine = await ada.call('POST', at, { raw: padded(1000), headers: { 'Transfer-Encoding': 'chunked' } });
  assert.equal(fine.status, 201);
  assert.equal((await ada.messages(room.id)).messages.length, 2);
});

test('a body that breaks off is not taken for a whole one', async () => {
  await me();
  const room = await ada.room('Broken');
  const body = JSON.stringify({ client_id: uuid7(), text: 'cut' });
  const headers = Object.entries(ada.identity()).map(([k, v]) => `${k}: ${v}\r\n`).join('');
  await exchange({ port: its.stack.web.port }, `POST /api/rooms/${room.id}/messages HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length + 10}\r\nConnection: close\r\n\r\n${body}`, { timeout: 1500 });
  assert.deepEqual((await ada.messages(room.id)).messages, []);
});

test('where no body belongs, none is taken', async () => {
  await me();
  const room = await ada.room('No body', { kind: 'channel', visibility: 'public' });
  const answer = await ada.call('POST', `/api/rooms/${room.id}/join`, { raw: '{"role":"owner"}' });
  assert.ok([400, 422].includes(answer.status), String(answer.status));
  assert.equal((await ada.call('POST', `/api/rooms/${room.id}/join`, { raw: '{}' })).status, 200);
});

test('an address that does not exist is 404, a method that does not is 405 and names those that do', async () => {
  await me();
  for (const path of ['/api/nothing', '/api/', '/api/rooms/1/2/3', '/api/me/too', '/api/session/x']) await ada.refused(404, 'not-found', 'GET', path);
  const refused = await ada.refused(405, 'method-not-allowed', 'POST', '/api/me', { body: {} });
  assert.deepEqual(String(refused.headers.allow).split(/, */).sort(), ['GET', 'HEAD', 'OPTIONS', 'PATCH']);
  await ada.refused(405, 'method-not-allowed', 'DELETE', '/api/rooms');
});

test('path segments hold letters, digits, dot, underscore and hyphen', async () => {
  await me();
  for (const path of ['/api/rooms/%00', '/api/rooms/a%20b', '/api/rooms/..%2f..%2fetc', '/api/rooms/1;x', '/api/rooms/é']) {
    const answer = await request({ url: its.stack.url, path: encodeURI(path).replace(/%25/g, '%'), headers: ada.identity() });
    assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
    assert.doesNotMatch(answer.text, /root:/);
  }
});

test('query parameters are known, once each, well-encoded text', async () => {
  await me();
  for (const query of ['nonsense=1', 'q=a&q=b', 'limit=1&limit=2']) await ada.refused(422, 'invalid', 'GET', `/api/people?${query}`);
  for (const query of ['q=%', 'q=%zz', 'q=%ff', 'q=%00', 'q=%c0%af']) {
    const answer = await ada.call('GET', `/api/people?${query}`, { check: false });
    assert.ok([400, 422].includes(answer.status), `${query}: ${answer.status}`);
  }
  assert.equal((await ada.call('GET', '/api/people?q=a%2Bb+c')).status, 200);
});

test('HEAD is GET without the body', async () => {
  await me();
  const [head, get] = [await ada.call('HEAD', '/api/me'), await ada.call('GET', '/api/me')];
  assert.equal(head.status, 200);
  assert.equal(head.text, '');
  assert.equal(head.headers['content-type'], get.headers['content-type']);
});

test('every answer has a request id, which the log has too; answers are not kept by caches', async () => {
  await me();
  for (const [path, status] of /** @type {[string, number][]} */ ([['/api/me', 200], ['/api/nothing', 404]])) {
    const answer = await ada.call('GET', path);
    assert.equal(answer.status, status);
    assert.match(String(answer.headers['x-request-id']), /^[A-Za-z0-9_-]{6,64}$/);
    assert.match(String(answer.headers['cache-control']), /no-store/);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  }
  const [one, two] = [await ada.call('GET', '/api/me'), await ada.call('GET', '/api/me', { headers: { 'X-Request-Id': 'mine' } })];
  assert.notEqual(one.headers['x-request-id'], two.headers['x-request-id']);
  assert.notEqual(two.headers['x-request-id'], 'mine');
});

test('an id of a person or room is a text of digits, exactly one way to write it', async () => {
  await me();
  const room = await ada.room('Ids');
  for (const odd of [`0${room.id}`, `+${room.id}`, ` ${room.id}`, `${room.id}.0`, `${room.id}x`]) {
    const answer = await ada.call('GET', `/api/rooms/${encodeURIComponent(odd)}`);
    assert.ok([400, 404].includes(answer.status), `${odd}: ${answer.status}`);
  }
});
