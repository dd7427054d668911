// Away and back, on any transport, missing nothing.
import { Reader } from '../harness/client/reader.mjs';
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { Sse } from '../harness/client/sse.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd'] });
const three = () => Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h)));

for (const from of TRANSPORTS) {
  for (const to of TRANSPORTS) {
    test(`what is missed between ${from} and ${to} comes on ${to}, once and in order, before anything new`, async () => {
      const [ada, bob] = await three();
      const room = await ada.room(`${from} to ${to}`, { people: [bob] });
      const one = await openStream(from, bob, { cursor: (await bob.sync()).cursor });
      await ada.send(room.id, 'before');
      await one.message('before');
      await until('a cursor that covers it', async () => (await bob.get('/api/sync', { cursor: /** @type {string} */ (one.cursor) })).events.length === 0);
      const { cursor } = one;
      await one.close();
      for (let i = 0; i < 10; i++) await ada.send(room.id, `missed ${i}`);
      const two = await openStream(to, bob, { cursor });
      await ada.send(room.id, 'live');
      await two.message('live');
      assert.equal(two.hello.verdict, 'complete');
      assert.deepEqual(two.texts(room.id), [...Array.from({ length: 10 }, (_, i) => `missed ${i}`), 'live']);
      await two.close();
    });
  }
}

test('a reader that changes its transport at every reconnect has every message once, in order', async () => {
  const [ada, bob, cyd] = await three();
  const rooms = [await ada.room('Hop one', { people: [bob, cyd] }), await ada.room('Hop two', { people: [bob, cyd] })];
  const reader = await new Reader(cyd, { transports: ['ws', 'sse', 'poll'] }).start();
  let writing = true;
  const hopping = (async () => {
    while (writing) {
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60));
      reader.hop();
    }
  })();
  const sent = /** @type {string[][]} */ ([[], []]);
  await Promise.all([ada, bob].map(async (who, w) => {
    for (let i = 0; i < 150; i++) {
      const r = (i + w) % 2;
      sent[r].push((await who.send(rooms[r].id, `${w}/${i}`)).text);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }));
  writing = false;
  await hopping;
  for (const [r, room] of rooms.entries()) {
    await until(`all messages of room ${r} (${JSON.stringify(reader.counts)}, ${reader.failure ?? reader.lastError})`, () => reader.texts(room.id).length >= 150);
    const stored = /** @type {string[]} */ ([]);
    for (let after = 0; ; ) {
      const page = await ada.messages(room.id, { after, limit: 200 });
      stored.push(...page.messages.map((/** @type {any} */ m) => m.text));
      if (!page.more_after) break;
      after = page.messages.at(-1).seq;
    }
    assert.deepEqual(reader.texts(room.id), stored);
  }
  assert.equal(reader.failure, undefined);
  assert.equal(reader.counts.resets, 0);
  assert.ok(reader.counts.streams >= 8, JSON.stringify(reader.counts));
  await reader.stop();
});

test('who was away for long is told which rooms to page, and gets the other rooms at once', async () => {
  const [ada, bob] = await three();
  const [busy, quiet] = [await ada.room('Busy', { people: [bob] }), await ada.room('Quiet', { people: [bob] })];
  const { cursor } = await bob.sync();
  for (let i = 0; i < 320; i++) await ada.send(busy.id, `b${i}`);
  await ada.send(quiet.id, 'a quiet word');
  for (const transport of TRANSPORTS) {
    const stream = await openStream(transport, bob, { cursor });
    await stream.message('a quiet word');
    const hello = stream.hello;
    assert.equal(hello.verdict, 'complete');
    assert.deepEqual(hello.feeds.map((/** @type {any} */ f) => [f.feed, f.verdict]), [[busy.id, 'more']]);
    assert.deepEqual(stream.texts(busy.id), []);
    await stream.close();
  }
});

test('the browser\'s own Last-Event-ID resumes, and wins over the cursor in the address', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('Last-Event-ID', { people: [bob] });
  const { cursor: early } = await bob.sync();
  await ada.send(room.id, 'first');
  const { cursor: late } = await bob.sync();
  await ada.send(room.id, 'second');
  const sse = await Sse.open(bob, { cursor: early, lastEventId: late });
  await sse.message('second');
  assert.deepEqual(sse.texts(room.id), ['second']);
  await sse.close();
});

test('a cursor outlives the restart of everything: pusher, handlers, web server and database', async () => {
  const [ada, bob] = await three();
  const room = await ada.room('Survivor', { people: [bob] });
  const { cursor } = await bob.sync();
  await ada.send(room.id, 'before the restart');
  const { web, handlers, pusher, postgres } = its.stack;
  for (const proc of [web, pusher, handlers, postgres]) await proc?.stop();
  for (const proc of [postgres, handlers, pusher, web]) await proc?.start();
  await its.stack.back();
  await until('a send to be taken', async () => (await ada.call('POST', `/api/rooms/${room.id}/messages`, { body: { client_id: '01890000-0000-7000-8000-000000000001', text: 'after the restart' } })).status < 300);
  for (const transport of TRANSPORTS) {
    const stream = await openStream(transport, bob, { cursor });
    await stream.message('after the restart');
    assert.equal(stream.hello.verdict, 'complete');
    assert.deepEqual(stream.texts(room.id), ['before the restart', 'after the restart']);
    await stream.close();
  }
});
