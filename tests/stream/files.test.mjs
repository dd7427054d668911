// Files travel within their message, live and to whoever was away; with its deletion nobody gets them any more.
import { uuid7 } from '../harness/client/api.mjs';
import { download, upload } from '../harness/client/files.mjs';
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { Ws } from '../harness/client/ws.mjs';
import { png } from '../harness/images.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada', 'bob'] });

for (const transport of TRANSPORTS) {
  test(`${transport}: a message comes with its files, also to who was away, and its deletion follows`, async () => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((h) => its.stack.signIn(h)));
    const room = await ada.room(`Files by ${transport}`, { people: [bob] });
    const files = [await upload(ada, room.id, 'one.png', png(900, 100)), await upload(ada, room.id, 'two.txt', Buffer.from('two'))];
    const send = (/** @type {any[]} */ some) => ada.ok('POST', `/api/rooms/${room.id}/messages`, { status: 201, body: { client_id: uuid7(), text: '', files: some.map((f) => f.id) } });
    const one = await openStream(transport, bob, { cursor: (await bob.sync()).cursor });
    const { message } = await send([files[0]]);
    const live = await one.next((e) => e.event === 'message' && e.message.seq === message.seq);
    assert.deepEqual([live.message.type, live.message.text, live.message.files], ['image', '', [files[0]]]);
    assert.equal((await download(bob, files[0].id, {}, '/thumbnail')).status, 200);
    await until('a cursor that covers it', async () => (await bob.get('/api/sync', { cursor: /** @type {string} */ (one.cursor) })).events.length === 0);
    const { cursor } = one;
    await one.close();
    const { message: second } = await send([files[1]]);
    assert.equal(second.type, 'file');
    await ada.delete(`/api/rooms/${room.id}/messages/${message.seq}`);
    const two = await openStream(transport, bob, { cursor });
    assert.deepEqual((await two.next((e) => e.event === 'message' && e.message.seq === second.seq)).message.files, [files[1]]);
    await two.next((e) => e.event === 'message_deleted' && e.message_seq === message.seq);
    assert.equal((await download(bob, files[0].id)).status, 404);
    assert.equal((await download(bob, files[1].id)).text, 'two');
    await two.close();
  });
}

test('a WebSocket sends a message with files as well', async () => {
  const ada = await its.stack.signIn('ada');
  const room = await ada.room('By frame');
  const file = await upload(ada, room.id, 'framed.txt', Buffer.from('framed'));
  const ws = await Ws.open(ada);
  const clientId = uuid7();
  ws.send({ do: 'send', room: room.id, client_id: clientId, text: '', files: [file.id] });
  assert.deepEqual((await ws.next('ack')).message.files, [file]);
  ws.send({ do: 'send', room: room.id, client_id: uuid7(), text: '', files: [file.id] });
  assert.equal((await ws.next('error')).status, 409);
  await ws.close();
});
