// How a stream begins, on each transport.
import { newStream, Ws } from '../harness/client/ws.mjs';
import { poll, Poll } from '../harness/client/poll.mjs';
import { Sse } from '../harness/client/sse.mjs';
import { problem } from '../harness/client/api.mjs';
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { request } from '../harness/client/http.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob'], config: { origins: 'https://partner.example' } });

for (const [name, Client] of /** @type {[string, typeof Ws | typeof Sse][]} */ ([['WebSocket', Ws], ['SSE', Sse]])) {
  test(`${name}: the first event is hello, with who I am, the heartbeat and the time`, async () => {
    const ada = await its.stack.signIn('ada');
    const stream = await Client.open(ada, { cursor: (await ada.sync()).cursor });
    assert.equal(stream.events[0].event, 'hello');
    const { verdict, feeds, account, session, heartbeat_ms: beat, server_time: time, cursor } = stream.hello;
    assert.deepEqual([verdict, feeds, account, session, beat], ['complete', [], ada.me.id, ada.session, 20000]);
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60e3);
    assert.equal(typeof cursor, 'string');
    assert.match(stream.hello.stream, /^[A-Za-z0-9_-]{22}$/);
    await stream.close();
  });

  test(`${name}: without a cursor hello says reset, and live events flow`, async () => {
    const [ada, bob] = [await its.stack.signIn('ada'), await its.stack.signIn('bob')];
    const room = await ada.room('Live', { people: [bob] });
    const stream = await Client.open(bob);
    assert.equal(stream.hello.verdict, 'reset');
    await ada.send(room.id, 'fresh');
    assert.equal((await stream.message('fresh')).feed, room.id);
    await stream.close();
  });

  test(`${name}: the name of a stream is the client's own, kept through reconnects`, async () => {
    const ada = await its.stack.signIn('ada');
    const mine = newStream();
    for (let i = 0; i < 2; i++) {
      const stream = await Client.open(ada, { stream: mine });
      assert.equal(stream.hello.stream, mine);
      await stream.close();
    }
  });
}

test('SSE: the head is what proxies and browsers need, and a comment and retry come at once', async () => {
  const ada = await its.stack.signIn('ada');
  const stream = await Sse.open(ada);
  const { headers } = /** @type {any} */ (stream.response);
  assert.match(headers['content-type'], /^text\/event-stream\b/);
  assert.match(headers['cache-control'], /no-cache|no-store/);
  assert.match(headers['cache-control'], /no-transform/);
  assert.equal(headers['x-accel-buffering'], 'no');
  assert.equal(headers['content-length'], undefined);
  assert.ok(stream.comments >= 1 || stream.retries.length >= 1);
  assert.ok(stream.retries.every((ms) => ms >= 200 && ms <= 60000));
  await stream.close();
});

test('the poll answers at once when something was missed, and after `wait` when nothing happens', async () => {
  const [ada, bob] = [await its.stack.signIn('ada'), await its.stack.signIn('bob')];
  const room = await ada.room('Polled', { people: [bob] });
  const { cursor } = await bob.sync();
  const sent = await ada.send(room.id, 'missed');
  const first = await poll(bob, { cursor, wait: 20000, timeout: 8000 });
  assert.equal(first.status, 200);
  assert.deepEqual(first.body.events.map((/** @type {any} */ e) => e.message), [sent]);
  assert.equal(first.body.verdict, 'complete');
  assert.match(first.body.stream, /^[A-Za-z0-9_-]{22}$/);
  assert.match(String(first.headers['cache-control']), /no-store|no-cache/);
  const at = Date.now();
  const empty = await poll(bob, { cursor: first.body.cursor, wait: 700 });
  assert.deepEqual(empty.body.events, []);
  assert.ok(Date.now() - at >= 600 && Date.now() - at < 6000, `${Date.now() - at} ms`);
});

test('a waiting poll answers as soon as something happens', async () => {
  const [ada, bob] = [await its.stack.signIn('ada'), await its.stack.signIn('bob')];
  const room = await ada.room('Awaited', { people: [bob] });
  const { cursor } = await bob.sync();
  const waiting = poll(bob, { cursor, wait: 20000 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const at = Date.now();
  await ada.send(room.id, 'now');
  const answer = await waiting;
  assert.deepEqual(answer.body.events.map((/** @type {any} */ e) => e.message.text), ['now']);
  assert.ok(Date.now() - at < 3000);
});

test('a poll without a cursor says reset at once', async () => {
  const ada = await its.stack.signIn('ada');
  const answer = await poll(ada, { wait: 20000, timeout: 5000 });
  assert.equal(answer.body.verdict, 'reset');
});

/** Each transport's refusal. @param {any} api @param {Record<string, string | undefined>} options */
async function refusals(api, options = {}) {
  const { headers, ...rest } = /** @type {any} */ (options);
  const caught = async (/** @type {any} */ stream) => {
    try {
      await stream.opened;
    } catch (error) {
      return error;
    } finally {
      stream.drop();
    }
    throw new Error('it was let in');
  };
  return {
    ws: await caught(new Ws(api, { headers, ...rest })),
    sse: await caught(new Sse(api, { headers, ...rest })),
    poll: await poll(api, { headers, wait: 200, ...rest }),
  };
}

test('nobody is let in without a session, on no transport, and nothing is sent before that is known', async () => {
  for (const identity of [{}, { Cookie: `confab=c1.1001.${'A'.repeat(43)}` }, { Authorization: 'Bearer x' }]) {
    for (const [name, answer] of Object.entries(await refusals(its.stack.api({ headers: identity }), { headers: identity }))) {
      // 204 is how SSE tells a browser not to come back.
      if (name === 'sse' && answer.status === 204) continue;
      assert.equal(answer.status, 401, name);
      assert.equal(answer.body.type, '/problems/signed-out', name);
    }
  }
});

test('a foreign origin is refused on every transport, a listed one and the own are not', async () => {
  const ada = await its.stack.signIn('ada');
  for (const [name, answer] of Object.entries(await refusals(ada, { headers: { Origin: 'https://evil.example' } }))) {
    assert.equal(answer.status, 403, name);
    assert.equal(answer.body.type, '/problems/foreign-origin', name);
  }
  for (const Origin of [its.stack.url, 'https://partner.example']) {
    const ws = await Ws.open(ada, { headers: { Origin } });
    await ws.close();
    const sse = await Sse.open(ada, { headers: { Origin } });
    await sse.close();
    assert.equal((await poll(ada, { headers: { Origin }, wait: 200 })).status, 200);
  }
});

test('a cursor that is not ours is refused on every transport', async () => {
  const ada = await its.stack.signIn('ada');
  const { cursor } = await ada.sync();
  for (const bad of ['nonsense', `${cursor.slice(0, -2)}${cursor.endsWith('AA') ? 'BB' : 'AA'}`]) {
    for (const [name, answer] of Object.entries(await refusals(ada, { cursor: bad }))) {
      assert.equal(answer.status, 400, name);
      assert.equal(answer.body.type, '/problems/bad-cursor', name);
    }
  }
});

test('a stream name that is none is refused', async () => {
  const ada = await its.stack.signIn('ada');
  for (const bad of ['short', 'x'.repeat(23), 'x'.repeat(21) + '!', 'x'.repeat(5000)]) {
    const answer = await poll(ada, { stream: bad, wait: 200 });
    assert.ok([400, 414, 422, 431].includes(answer.status), `${bad.slice(0, 30)}: ${answer.status}`);
  }
});

test('a plain request to the WebSocket address is told to upgrade', async () => {
  const ada = await its.stack.signIn('ada');
  const answer = await request({ socketPath: its.stack.pushSocket, path: '/push/ws', headers: ada.identity() });
  problem(answer, 426, 'upgrade-required');
  assert.match(String(answer.headers.upgrade), /websocket/i);
});

test('the subprotocol is confab.v1; a client that wants another is refused', async () => {
  const ada = await its.stack.signIn('ada');
  const ws = await Ws.open(ada);
  assert.equal(ws.socket.protocol, 'confab.v1');
  await ws.close();
  const other = new Ws(ada, { protocol: 'chat.v9' });
  await assert.rejects(other.opened);
});

test('a bearer token opens every transport as well', async () => {
  const bot = its.stack.api();
  await bot.signIn('bob', 'bob-password', { bearer: true });
  bot.cookies.clear();
  for (const transport of TRANSPORTS) {
    const stream = await openStream(transport, bot);
    if (!(stream instanceof Poll)) assert.equal(stream.hello.account, bot.me.id);
    await stream.close();
  }
});

test('a stream may begin in the URL path alone: unknown addresses and methods are refused', async () => {
  const ada = await its.stack.signIn('ada');
  const ask = (/** @type {string} */ method, /** @type {string} */ path) => request({ url: its.stack.url, path, method, headers: ada.identity() });
  problem(await ask('GET', '/push/nothing'), 404, 'not-found');
  problem(await ask('POST', '/push/events'), 405, 'method-not-allowed');
  problem(await ask('DELETE', '/push/poll'), 405, 'method-not-allowed');
});

test('over https a plain cookie is nobody: a neighbouring host may have planted it', async () => {
  const ada = await its.stack.signIn('ada');
  const { cursor } = await ada.sync();
  const token = [...ada.cookies.values()][0];
  const ask = (/** @type {Record<string, string>} */ headers) =>
    request({ url: ada.url, path: `/push/poll?wait=0&cursor=${cursor}`, headers: { Host: 'chat.example', ...headers } }).then((answer) => answer.status);
  const [plain, guarded] = [{ Cookie: `confab=${token}` }, { Cookie: `x=1; __Host-confab=${token}` }];
  assert.equal(await ask(plain), 200);
  for (const https of [{ Origin: 'https://chat.example' }, { 'Sec-Fetch-Site': 'same-origin' }]) {
    assert.equal(await ask({ ...plain, ...https }), 401, JSON.stringify(https));
    assert.equal(await ask({ ...guarded, ...https }), 200, JSON.stringify(https));
  }
  for (const http of [{ Origin: 'http://chat.example' }, { Host: 'localhost', 'Sec-Fetch-Site': 'same-origin' }]) assert.equal(await ask({ ...plain, ...http }), 200, JSON.stringify(http));
});
