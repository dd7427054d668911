// A slow reader costs itself, nobody else.
import { Raw, RawWs } from '../harness/client/raw.mjs';
import { request } from '../harness/client/http.mjs';
import { poll } from '../harness/client/poll.mjs';
import { newStream, Ws } from '../harness/client/ws.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd'], config: { push_queue_kib: 64 } });

/** One sample of the metrics. @param {RegExp} name */
async function metric(name) {
  const { text } = await request({ socketPath: its.stack.pushSocket, path: '/push/metrics' });
  return text.split('\n').filter((l) => name.test(l) && !l.startsWith('#')).reduce((sum, l) => sum + Number(l.split(' ').at(-1)), 0);
}

for (const kind of ['WebSocket', 'SSE']) {
  test(`${kind}: a reader that stops reading is cut at a bounded queue and counted; the others do not notice; it resumes without a gap`, async () => {
    const [ada, bob, cyd] = await Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h)));
    const room = await ada.room(`Slow ${kind}`, { people: [bob, cyd] });
    const { cursor } = await bob.sync();
    const cutBefore = await metric(/slow/);
    const target = { path: its.stack.pushSocket };
    let stuck;
    if (kind === 'WebSocket') stuck = await RawWs.open(bob, target);
    else {
      stuck = new Raw(target);
      const head = Object.entries({ Host: new URL(bob.url).host, ...bob.identity() }).map(([k, v]) => `${k}: ${v}\r\n`).join('');
      stuck.write(`GET /push/events HTTP/1.1\r\n${head}\r\n`);
      await stuck.match(/hello/);
    }
    stuck.socket.pause();
    const quick = await Ws.open(cyd);
    const text = 'x'.repeat(1900);
    for (let i = 0; i < 400; i++) await ada.send(room.id, `${i} ${text}`);
    await until('the others to have everything', () => quick.texts(room.id).length === 400);
    await until('the slow reader to be cut', async () => (await metric(/slow/)) > cutBefore, { timeout: 20000 });
    stuck.drop();
    const again = await Ws.open(bob, { cursor });
    const seen = [];
    if (again.hello.feeds.length > 0) {
      for (let after = room.last_seq, verdict = 'more'; verdict === 'more'; ) {
        const page = await bob.get(`/api/rooms/${room.id}/changes`, { after, limit: 200 });
        verdict = page.verdict;
        seen.push(...page.events.map((/** @type {any} */ e) => e.message.text));
        after = page.events.at(-1).seq;
      }
    } else {
      await until('the missed ones', () => again.texts(room.id).length === 400);
      seen.push(...again.texts(room.id));
    }
    assert.deepEqual(seen, Array.from({ length: 400 }, (_, i) => `${i} ${text}`));
    await again.close();
    await quick.close();
  });
}

test('a held poll that more comes for than can be kept loses nothing', async () => {
  const [ada, bob] = await Promise.all(['ada', 'bob'].map((h) => its.stack.signIn(h)));
  const room = await ada.room('Burst', { people: [bob] });
  let { cursor } = await bob.sync();
  const stream = newStream();
  const held = poll(bob, { cursor, stream, wait: 20000 });
  await until('the poll to be held', async () => (await metric(/^confab_connections{.*poll/)) > 0);
  // All of it in one batch.
  its.stack.pusher?.freeze();
  const sent = Array.from({ length: 60 }, (_, i) => `${i} ${'x'.repeat(1900)}`);
  for (const text of sent) await ada.send(room.id, text);
  its.stack.pusher?.thaw();
  const seen = [];
  let last = room.last_seq;
  await until('all of it', async () => {
    const answer = seen.length === 0 && last === room.last_seq ? await held : await poll(bob, { cursor, stream, wait: 200 });
    last++;
    if (answer.status === 503) return false;
    assert.equal(answer.status, 200);
    for (const { feed, verdict } of answer.body.feeds) {
      assert.deepEqual([feed, verdict], [room.id, 'more']);
      const page = await bob.get(`/api/rooms/${room.id}/changes`, { after: room.last_seq, limit: 200 });
      seen.push(...page.events.map((/** @type {any} */ e) => e.message.text));
    }
    seen.push(...answer.body.events.map((/** @type {any} */ e) => e.message?.text));
    cursor = answer.body.cursor;
    return seen.length >= sent.length;
  });
  assert.deepEqual(seen, sent);
});

test('metrics tell connections by transport, events, deliveries, slow readers, latency and the database', async () => {
  const ada = await its.stack.signIn('ada');
  const ws = await Ws.open(ada);
  const { status, headers, text } = await request({ socketPath: its.stack.pushSocket, path: '/push/metrics' });
  assert.equal(status, 200);
  assert.match(String(headers['content-type']), /^text\/plain\b/);
  for (const line of text.trimEnd().split('\n')) {
    assert.match(line, /^(# (HELP|TYPE) [a-z_:][a-z0-9_:]* .+|[a-z_:][a-z0-9_:]*(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+|[a-z_:][a-z0-9_:]*(\{.*\})? (\+Inf|NaN))$/i);
  }
  for (const about of [/transport="ws"\} 1$/m, /event/, /deliver/, /slow/, /database/, /tail/]) assert.match(text, about);
  await ws.close();
  await until('the connection to be forgotten', async () => (await metric(/connections\{.*transport="ws"/)) === 0);
});
