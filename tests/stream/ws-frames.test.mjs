// What a client may say on a WebSocket: ping, send; and what happens to the rest.
import { uuid7 } from '../harness/client/api.mjs';
import { Sse } from '../harness/client/sse.mjs';
import { newStream, Ws } from '../harness/client/ws.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd', 'dan'] });
const two = () => Promise.all(['ada', 'bob'].map((h) => its.stack.signIn(h)));

test('ping is answered by pong with the same id, whatever that is', async () => {
  const [ada] = await two();
  const ws = await Ws.open(ada);
  for (const id of [1, 'text', null, [1, 2], { a: 1 }]) {
    ws.send({ do: 'ping', id });
    assert.deepEqual((await ws.next('pong')).id, id);
  }
  ws.send({ do: 'ping' });
  assert.equal((await ws.next('pong')).id, undefined);
  await ws.close();
});

test('a message sent on the stream is stored, acknowledged by its client id and seen by all', async () => {
  const [ada, bob] = await two();
  const room = await ada.room('Sent by frame', { people: [bob] });
  const [mine, theirs] = [await Ws.open(ada), await Ws.open(bob)];
  const clientId = uuid7();
  mine.send({ do: 'send', room: room.id, client_id: clientId, text: 'by WebSocket ⚛' });
  const ack = await mine.next('ack');
  assert.equal(ack.client_id, clientId);
  const { messages } = await bob.messages(room.id);
  assert.deepEqual(ack.message, messages[0]);
  assert.equal(messages[0].sender, ada.me.id);
  assert.deepEqual((await theirs.message('by WebSocket ⚛')).message, messages[0]);
  await until('my own event', () => mine.events.some((e) => e.event === 'message'));
  // A retry is acknowledged with what is stored.
  mine.send({ do: 'send', room: room.id, client_id: clientId, text: 'by WebSocket ⚛' });
  assert.deepEqual((await mine.next('ack')).message, messages[0]);
  assert.equal((await bob.messages(room.id)).messages.length, 1);
  await mine.close();
  await theirs.close();
});

test('a send may be a reply in a thread, shown in the room as well, and is judged as over REST', async () => {
  const [ada, bob] = await two();
  const room = await ada.room('Thread by frame', { people: [bob] });
  const root = await bob.send(room.id, 'root');
  const ws = await Ws.open(ada);
  const clientId = uuid7();
  const frame = { do: 'send', room: room.id, client_id: clientId, text: 'a reply', thread: root.seq, in_room: true };
  ws.send(frame);
  const { message } = await ws.next('ack');
  assert.deepEqual([message.thread, message.thread_no, message.in_room], [root.seq, 1, true]);
  ws.send(frame);
  assert.deepEqual((await ws.next('ack')).message, message, 'a retry is the same message');
  assert.deepEqual((await bob.get(`/api/rooms/${room.id}/messages`, { thread: root.seq })).messages.map((/** @type {any} */ m) => m.text), ['a reply']);
  for (const [more, status] of /** @type {[object, number][]} */ ([[{ thread: 'x' }, 422], [{ thread: 9999 }, 404], [{ files: 'x' }, 422], [{ thread: root.seq, in_room: 5 }, 422]])) {
    const id = uuid7();
    ws.send({ do: 'send', room: room.id, client_id: id, text: 'x', ...more });
    const error = await ws.next('error');
    assert.deepEqual([error.client_id, error.status], [id, status], JSON.stringify(more));
  }
  await ws.close();
});

test('many sends on one stream are stored in their order', async () => {
  const [ada, bob] = await two();
  its.stack.config.push_frame_burst = 1000;
  its.stack.writeConf();
  await its.stack.pusher?.restart();
  const room = await ada.room('In order', { people: [bob] });
  const ws = await Ws.open(ada);
  const ids = Array.from({ length: 25 }, uuid7);
  for (const [i, id] of ids.entries()) ws.send({ do: 'send', room: room.id, client_id: id, text: `n${i}` });
  for (const id of ids) assert.equal((await ws.next('ack')).client_id, id);
  assert.deepEqual((await bob.messages(room.id, { limit: 200 })).messages.map((/** @type {any} */ m) => m.client_id), ids);
  // So many that wait are no longer taken: each gets its answer all the same, and none is stored unanswered.
  const flood = Array.from({ length: 150 }, uuid7);
  const from = ws.events.length;
  for (const [i, id] of flood.entries()) ws.send({ do: 'send', room: room.id, client_id: id, text: `f${i}` });
  await until('an answer to each', () => ws.events.slice(from).filter((e) => e.event === 'ack' || e.event === 'error').length >= 150);
  const answers = new Map(ws.events.slice(from).filter((e) => e.event === 'ack' || e.event === 'error').map((e) => [e.client_id, e]));
  for (const id of flood) assert.ok(answers.get(id)?.event === 'ack' || answers.get(id)?.status === 429, id);
  const stored = (await bob.messages(room.id, { limit: 200 })).messages.map((/** @type {any} */ m) => m.client_id);
  assert.deepEqual(stored.slice(25), flood.filter((id) => answers.get(id)?.event === 'ack'));
  await ws.close();
});

test('a send that is refused says why, names the message and leaves the stream open', async () => {
  const [ada, bob] = await two();
  const foreign = await bob.room('Foreign');
  const own = await ada.room('Own');
  const ws = await Ws.open(ada);
  const cases = /** @type {[any, string, number][]} */ ([
    [{ room: foreign.id, text: 'let me in' }, 'not-found', 404],
    [{ room: '999999999', text: 'x' }, 'not-found', 404],
    [{ room: own.id, text: '   ' }, 'invalid', 422],
    [{ room: own.id, text: 'x'.repeat(2001) }, 'invalid', 422],
  ]);
  for (const [rest, type, status] of cases) {
    const clientId = uuid7();
    ws.send({ do: 'send', client_id: clientId, ...rest });
    const error = await ws.next('error');
    assert.deepEqual([error.client_id, error.type, error.status], [clientId, `/problems/${type}`, status]);
  }
  const clientId = uuid7();
  await ada.send(own.id, 'one text', clientId);
  ws.send({ do: 'send', room: own.id, client_id: clientId, text: 'another text' });
  assert.equal((await ws.next('error')).type, '/problems/client-id-reused');
  ws.send({ do: 'ping', id: 'still here' });
  await ws.next((e) => e.event === 'pong' && e.id === 'still here');
  await ws.close();
});

test('a relayed send is the person\'s own: nobody else\'s words are put into anybody\'s mouth', async () => {
  const [ada, bob] = await two();
  const room = await ada.room('Mouths', { people: [bob] });
  const ws = await Ws.open(bob);
  ws.send({ do: 'send', room: room.id, client_id: uuid7(), text: 'it is me', sender: ada.me.id, account: ada.me.id });
  const answer = await ws.next((e) => e.event === 'ack' || e.event === 'error');
  if (answer.event === 'ack') assert.equal(answer.message.sender, bob.me.id);
  await ws.close();
});

test('while the handlers are away a send is answered by an error that says when to come again; it is not lost by that', async () => {
  const [ada] = await two();
  const room = await ada.room('Handlers away');
  const ws = await Ws.open(ada);
  await its.stack.handlers?.stop();
  const clientId = uuid7();
  ws.send({ do: 'send', room: room.id, client_id: clientId, text: 'hold on' });
  const error = await ws.next('error', { timeout: 15000 });
  assert.deepEqual([error.client_id, error.status], [clientId, 503]);
  assert.ok(error.retry_after_ms > 0 && error.retry_after_ms <= 60000, JSON.stringify(error));
  await its.stack.handlers?.start();
  await until('the send to be acknowledged', async () => {
    ws.send({ do: 'send', room: room.id, client_id: clientId, text: 'hold on' });
    return (await ws.next((e) => e.event === 'ack' || e.event === 'error', { timeout: 15000 })).event === 'ack';
  }, { every: 400, timeout: 20000 });
  assert.equal((await ada.messages(room.id)).messages.length, 1);
  await ws.close();
});

test('sends on a stream are limited per person; the error says when to come again', async () => {
  const { stack } = its;
  Object.assign(stack.config, { send_burst: 3, send_period_ms: 60000 });
  stack.writeConf();
  await stack.pusher?.restart();
  await stack.handlers?.restart();
  await stack.back();
  const dan = await stack.signIn('dan');
  const room = await dan.room('Limited');
  const ws = await Ws.open(dan);
  for (let i = 0; i < 5; i++) ws.send({ do: 'send', room: room.id, client_id: uuid7(), text: `l${i}` });
  for (let i = 0; i < 3; i++) await ws.next('ack');
  for (let i = 0; i < 2; i++) {
    const error = await ws.next('error');
    assert.deepEqual([error.status, error.type], [429, '/problems/too-many']);
    assert.ok(error.retry_after_ms > 1000 && error.retry_after_ms <= 60000, JSON.stringify(error));
    assert.equal(typeof error.client_id, 'string');
  }
  assert.equal(ws.end, undefined);
  await ws.close();
  Object.assign(stack.config, { send_burst: 100000, send_period_ms: 1000 });
  delete stack.config.push_frame_burst;
  stack.writeConf();
  await stack.pusher?.restart();
  await stack.handlers?.restart();
});

test('an unknown or malformed frame is answered by an error; the fourth in a minute closes with 1008', async () => {
  const [ada] = await two();
  for (const bad of ['{"do":"dance"}', 'not json', '[]', '{"do":5}', '{}', '{"do":"send"}', '{"do":"enter"}', '{"do":"ping","do":"ping"}', '{"do":"enter","room":5}']) {
    const ws = await Ws.open(ada);
    for (let i = 0; i < 3; i++) {
      ws.send(bad);
      const error = await ws.next('error');
      assert.ok([400, 422].includes(error.status), `${bad}: ${JSON.stringify(error)}`);
      assert.ok(error.detail.length > 0);
    }
    ws.send(bad);
    assert.equal((await ws.ending()).code, 1008, bad);
  }
});

test('twenty frames in five seconds are allowed; more get 429, and twice that closes with 1008', async () => {
  const [ada] = await two();
  const ws = await Ws.open(ada);
  for (let i = 0; i < 20; i++) ws.send({ do: 'ping', id: i });
  for (let i = 0; i < 20; i++) await ws.next('pong');
  for (let i = 20; i < 30; i++) ws.send({ do: 'ping', id: i });
  const error = await ws.next('error');
  assert.deepEqual([error.status, error.type], [429, '/problems/too-many']);
  assert.ok(error.retry_after_ms > 0);
  assert.equal(ws.end, undefined);
  for (let i = 0; i < 40; i++) ws.send({ do: 'ping', id: i });
  assert.equal((await ws.ending()).code, 1008);
});

test('pings and pongs of the protocol are free', async () => {
  const [ada] = await two();
  const ws = await Ws.open(ada);
  for (let i = 0; i < 300; i++) ws.socket.ping(`${i}`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  ws.send({ do: 'ping', id: 'alive' });
  await ws.next((e) => e.event === 'pong' && e.id === 'alive');
  assert.equal(ws.events.filter((e) => e.event === 'error').length, 0);
  await ws.close();
});

test('frames over POST: ping and unknown ones, for SSE and long-poll', async () => {
  const [ada, bob] = await two();
  const stream = newStream();
  const sse = await Sse.open(ada, { stream });
  const good = await ada.ok('POST', '/push/frames', { status: 200, body: { stream, frames: [{ do: 'ping', id: 7 }] } });
  assert.deepEqual(good.events, [{ event: 'pong', id: 7 }]);
  const odd = await ada.ok('POST', '/push/frames', { status: 200, body: { stream, frames: [{ do: 'dance' }, { do: 'ping', id: 8 }] } });
  assert.deepEqual(odd.events.map((/** @type {any} */ e) => e.event), ['error', 'pong']);
  for (const body of [{}, { stream }, { stream, frames: 'x' }, { stream: 'short', frames: [] }, { stream, frames: [], more: 1 }]) {
    const answer = await ada.call('POST', '/push/frames', { body });
    assert.ok([400, 404, 422].includes(answer.status), `${JSON.stringify(body)}: ${answer.status}`);
  }
  // A name that somebody else uses is another stream: nobody speaks for anybody.
  const room = await ada.room('Frames', { people: [bob] });
  const enter = await bob.call('POST', '/push/frames', { body: { stream, frames: [{ do: 'enter', room: room.id }] } });
  assert.ok([200, 404].includes(enter.status));
  if (enter.status === 200) assert.deepEqual(enter.body.events.find((/** @type {any} */ e) => e.event === 'presence_state')?.people, [bob.me.id]);
  assert.equal((await its.stack.api().call('POST', '/push/frames', { body: { stream, frames: [] } })).status, 401);
  assert.equal((await bob.call('POST', '/push/frames', { body: { stream, frames: [] }, headers: { Origin: 'https://evil.example' } })).status, 403);
  assert.equal((await bob.call('POST', '/push/frames', { raw: '{"stream":', headers: {} })).status, 400);
  assert.equal((await bob.call('POST', '/push/frames', { raw: JSON.stringify({ stream, frames: [] }), headers: { 'Content-Type': 'text/plain' } })).status, 415);
  sse.drop();
});
