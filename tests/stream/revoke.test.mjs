// Ended sessions and changed memberships take effect on streams at once.
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { poll } from '../harness/client/poll.mjs';
import { Sse } from '../harness/client/sse.mjs';
import { Ws } from '../harness/client/ws.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd', 'dan'] });

/** Three streams of one person, and how long each takes to end. @param {any} who */
async function watch(who) {
  const cursor = (await who.sync()).cursor;
  const ws = await Ws.open(who);
  const sse = await Sse.open(who);
  const waiting = poll(who, { cursor, wait: 20000 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  return {
    ws,
    sse,
    async ends() {
      const at = Date.now();
      const end = await ws.ending(3000);
      await sse.ending(3000);
      const answer = await waiting;
      const took = Date.now() - at;
      assert.equal(end.code, 4401);
      assert.ok(ws.events.some((e) => e.event === 'bye' && e.reason === 'signed_out'), 'WebSocket: no bye');
      assert.ok(sse.events.some((e) => e.event === 'bye' && e.reason === 'signed_out'), 'SSE: no bye');
      assert.equal(answer.status, 401);
      assert.ok(took < 1500, `it took ${took} ms`);
    },
  };
}

test('signing out ends this session\'s streams within a second, and no other', async () => {
  const [here, there] = [await its.stack.signIn('ada'), await its.stack.signIn('ada')];
  const other = await Ws.open(there);
  const streams = await watch(here);
  const ending = streams.ends();
  await here.delete('/api/session');
  await ending;
  assert.equal(other.end, undefined);
  await other.close();
});

test('revoking a session from another device ends its streams', async () => {
  const [here, there] = [await its.stack.signIn('ada'), await its.stack.signIn('ada')];
  const streams = await watch(there);
  const ending = streams.ends();
  await here.delete(`/api/sessions/${there.session}`);
  await ending;
});

test('a new password ends the streams of every other session', async () => {
  const [here, there] = [await its.stack.signIn('dan'), await its.stack.signIn('dan')];
  const mine = await Ws.open(here);
  const streams = await watch(there);
  const ending = streams.ends();
  await here.put('/api/me/password', { old: 'dan-password', new: 'another-password' });
  await ending;
  assert.equal(mine.end, undefined);
  await mine.close();
});

test('an account that the operator closes loses its streams', async () => {
  const cyd = await its.stack.signIn('cyd');
  const streams = await watch(cyd);
  const ending = streams.ends();
  its.stack.ctl(['account', 'deactivate', 'main', 'cyd']);
  await ending;
  its.stack.ctl(['account', 'activate', 'main', 'cyd']);
});

test('after that SSE is told not to come back: 204 or 401, never a stream', async () => {
  const bob = await its.stack.signIn('bob');
  const kept = bob.identity();
  await bob.delete('/api/session');
  const sse = new Sse(its.stack.api(), { headers: kept });
  const error = await sse.opened.then(() => null, (e) => e);
  assert.ok([204, 401].includes(error?.status), String(error?.status));
  sse.drop();
});

for (const transport of TRANSPORTS) {
  test(`${transport}: who is removed from a room gets nothing more of it; who is added gets it without reconnecting`, async () => {
    const [ada, bob, cyd] = await Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h)));
    const room = await ada.room('Door', { people: [bob] });
    const [inside, outside] = [await openStream(transport, bob), await openStream(transport, cyd)];
    await ada.send(room.id, 'one');
    await inside.message('one');
    await ada.ok('DELETE', `/api/rooms/${room.id}/members/${bob.me.id}`);
    await inside.next((e) => e.event === 'room_removed' && e.room === room.id);
    await ada.post(`/api/rooms/${room.id}/members`, { people: [cyd.me.id] });
    await outside.next((e) => e.event === 'room_added' && e.room === room.id);
    await ada.send(room.id, 'two');
    await outside.message('two');
    await inside.quiet((e) => e.event === 'message', 400);
    await ada.post(`/api/rooms/${room.id}/members`, { people: [bob.me.id] });
    await ada.send(room.id, 'three');
    await inside.message('three');
    await inside.close();
    await outside.close();
  });
}

test('a public room that I join begins to stream, and one that I leave stops', async () => {
  const [ada, bob] = await Promise.all(['ada', 'bob'].map((h) => its.stack.signIn(h)));
  const room = await ada.room('Square', { kind: 'channel', visibility: 'public' });
  const ws = await Ws.open(bob);
  await ada.send(room.id, 'unheard');
  await bob.post(`/api/rooms/${room.id}/join`);
  await ada.send(room.id, 'heard');
  await ws.message('heard');
  assert.deepEqual(ws.texts(room.id), ['heard']);
  await bob.ok('POST', `/api/rooms/${room.id}/leave`);
  await ada.send(room.id, 'unheard again');
  await ws.quiet((e) => e.event === 'message');
  await ws.close();
});

test('a deleted room ends for everybody on every stream', async () => {
  const [ada, bob] = await Promise.all(['ada', 'bob'].map((h) => its.stack.signIn(h)));
  const room = await ada.room('Gone', { people: [bob] });
  const ws = await Ws.open(bob);
  ws.send({ do: 'enter', room: room.id });
  await ws.next('presence_state');
  await ada.ok('DELETE', `/api/rooms/${room.id}`);
  await ws.next((e) => e.event === 'room_deleted' && e.room === room.id);
  ws.send({ do: 'enter', room: room.id });
  assert.equal((await ws.next('error')).status, 404);
  await ws.close();
});
