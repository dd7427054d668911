// Streams through each web server that contrib/ has a config for.
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { Sse } from '../harness/client/sse.mjs';
import { Ws } from '../harness/client/ws.mjs';
import { withStack } from '../harness/stack.mjs';
import { assert, test } from '../harness/suite.mjs';
import { uuid7 } from '../harness/client/api.mjs';
import { until } from '../harness/until.mjs';

for (const web of /** @type {import('../harness/web.mjs').WebKind[]} */ (['lighttpd', 'apache-proxy', 'apache-fcgid'])) {
  test(`${web}: all three transports deliver at once, and WebSocket sends are relayed`, async () => {
    await withStack({ web, accounts: ['ada', 'bob'] }, async (stack) => {
      const [ada, bob] = [await stack.signIn('ada'), await stack.signIn('bob', { origin: stack.url })];
      const room = await ada.room('Front', { people: [bob] });
      const streams = await Promise.all(TRANSPORTS.map((t) => openStream(t, bob)));
      for (let i = 0; i < 10; i++) {
        await ada.send(room.id, `f${i}`);
        for (const s of streams) await s.message(`f${i}`, { timeout: 5000 });
      }
      const ws = /** @type {Ws} */ (streams[0]);
      ws.send({ do: 'send', room: room.id, client_id: uuid7(), text: 'relayed' });
      assert.equal((await ws.next('ack')).message.sender, bob.me.id);
      for (const s of streams.slice(1)) await s.message('relayed');
      for (const s of streams) await s.close();
    });
  });

  test(`${web}: a pusher that was killed is reached again at once`, async () => {
    await withStack({ web, accounts: ['ada'] }, async (stack) => {
      const ada = await stack.signIn('ada');
      const [ws, sse] = [await Ws.open(ada), await Sse.open(ada)];
      await stack.pusher?.kill();
      await Promise.all([ws.ending(), sse.ending()]);
      const refused = new Ws(ada);
      await assert.rejects(refused.opened);
      await stack.pusher?.start();
      const at = Date.now();
      await until('the pusher to be reached', async () => {
        const again = await Ws.open(ada);
        await again.close();
        return true;
      }, { every: 100 });
      assert.ok(Date.now() - at < 5000, `${Date.now() - at} ms`);
    });
  });
}

test('Apache: streams beyond its share are refused at once with 503, and the page stays quick', async () => {
  await withStack({ web: 'apache-proxy', accounts: ['ada'] }, async (stack) => {
    const ada = await stack.signIn('ada');
    const attempts = await Promise.all(Array.from({ length: 90 }, async () => {
      const sse = new Sse(ada);
      return { sse, status: await sse.opened.then(() => 200, (e) => e.status ?? 0) };
    }));
    const held = attempts.filter((a) => a.status === 200).length;
    const refused = attempts.filter((a) => a.status === 503).length;
    assert.ok(held >= 30 && refused >= 1 && held + refused === 90, `${held} held, ${refused} refused`);
    const at = Date.now();
    assert.equal((await ada.call('GET', '/api/me')).status, 200);
    assert.ok(Date.now() - at < 3000);
    for (const { sse } of attempts) sse.drop();
  });
});
