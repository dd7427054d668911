// Restarts of the pusher and of the database.
import { uuid7 } from '../harness/client/api.mjs';
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { poll } from '../harness/client/poll.mjs';
import { Sse } from '../harness/client/sse.mjs';
import { Ws } from '../harness/client/ws.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada', 'bob'] });
const two = () => Promise.all(['ada', 'bob'].map((h) => its.stack.signIn(h)));

test('a stop announces itself on every transport, and tells each client another time to come back', async () => {
  const [, bob] = await two();
  const sockets = await Promise.all(Array.from({ length: 8 }, () => Ws.open(bob)));
  const sse = await Sse.open(bob);
  const waiting = poll(bob, { cursor: (await bob.sync()).cursor, wait: 20000 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  await its.stack.pusher?.stop();
  const ends = await Promise.all(sockets.map((s) => s.ending()));
  assert.deepEqual([...new Set(ends.map((e) => e.code))], [1001]);
  const delays = sockets.map((s) => s.events.find((e) => e.event === 'bye'));
  for (const bye of delays) {
    assert.equal(bye?.reason, 'restart');
    assert.ok(bye.retry_ms >= 0 && bye.retry_ms <= 60000);
  }
  assert.ok(new Set(delays.map((b) => b.retry_ms)).size > 1, 'they all come back at the same moment');
  await sse.ending();
  const bye = sse.events.find((e) => e.event === 'bye');
  assert.equal(bye?.reason, 'restart');
  assert.ok(sse.retries.length >= 1);
  const answer = await waiting;
  assert.ok([200, 503].includes(answer.status), String(answer.status));
  await its.stack.pusher?.start();
});

test('the pusher starts before the database is up, says so, and serves as soon as it is', async () => {
  const [ada, bob] = await two();
  const room = await ada.room('Early', { people: [bob] });
  const { cursor } = await bob.sync();
  await ada.send(room.id, 'while the pusher was away');
  await its.stack.pusher?.stop();
  await its.stack.postgres.stop();
  await its.stack.pusher?.launch();
  const health = await until('an answer', () => its.stack.pushHealth());
  assert.equal(health.status, 503);
  assert.equal((await poll(bob, { cursor, wait: 500 })).status, 503);
  await its.stack.postgres.start();
  await its.stack.pusher?.waitReady();
  for (const transport of TRANSPORTS) {
    const stream = await openStream(transport, bob, { cursor });
    await stream.message('while the pusher was away');
    await stream.close();
  }
});

test('open streams outlive a restart and a crash of the database, and miss nothing', async () => {
  const [ada, bob] = await two();
  const room = await ada.room('Outlive', { people: [bob] });
  const streams = [await Ws.open(bob), await Sse.open(bob)];
  const send = (/** @type {string} */ text) => {
    const body = { client_id: uuid7(), text };
    return until(`"${text}" to be taken`, async () => (await ada.call('POST', `/api/rooms/${room.id}/messages`, { body })).status < 300, { every: 50 });
  };
  await send('one');
  for (const how of ['stop', 'crash']) {
    if (how === 'stop') await its.stack.postgres.stop();
    else await its.stack.postgres.crash();
    await its.stack.postgres.start();
    await send(`after ${how}`);
  }
  for (const stream of streams) {
    await stream.message('after crash', { timeout: 20000 });
    assert.deepEqual(stream.texts(room.id), ['one', 'after stop', 'after crash']);
    assert.equal(stream.events.filter((e) => e.event === 'hello').length, 1, 'the stream began anew');
    await stream.close();
  }
});

test('a message whose notification was lost comes with the next sweep', async () => {
  const [ada, bob] = await two();
  const room = await ada.room('Sweep', { people: [bob] });
  const ws = await Ws.open(bob);
  // As a handler that dies between commit and notification leaves it: a row, and no word of it.
  await ada.send(room.id, 'first');
  await ws.message('first');
  await its.stack.postgres.sql(`SET ROLE confab_owner; SET search_path = confab; SELECT set_config('confab.tenant', '${ada.me.tenant.id}', false);
    BEGIN; SELECT feed_lock(${room.id}); SELECT feed_event(${room.id}, 'member_role', ${ada.me.id}, ${bob.me.id}, NULL, 3); COMMIT`);
  await ws.next((e) => e.event === 'member_role' && e.person === bob.me.id, { timeout: 6000 });
  await ws.close();
});

test('SIGHUP rereads the config without touching a stream', async () => {
  const [ada] = await two();
  const ws = await Ws.open(ada);
  its.stack.config.push_heartbeat_ms = 300;
  its.stack.writeConf();
  its.stack.pusher?.signal('SIGHUP');
  await until('a new stream to tell the new heartbeat', async () => {
    const other = await Ws.open(ada);
    await other.close();
    return other.hello.heartbeat_ms === 300;
  });
  assert.equal(ws.end, undefined);
  // A config that is wrong changes nothing and is complained about.
  its.stack.config.push_heartbeat_ms = 'soon';
  its.stack.writeConf();
  const before = its.stack.marks();
  its.stack.pusher?.signal('SIGHUP');
  await until('the complaint', () => /push_heartbeat_ms/.test(its.stack.tails(before)));
  ws.send({ do: 'ping', id: 'alive' });
  await ws.next((e) => e.event === 'pong' && e.id === 'alive');
  await ws.close();
  delete its.stack.config.push_heartbeat_ms;
  its.stack.writeConf();
});

test('a frozen pusher that thaws catches up from its own snapshot', async () => {
  const [ada, bob] = await two();
  const room = await ada.room('Frozen', { people: [bob] });
  const ws = await Ws.open(bob);
  its.stack.pusher?.freeze();
  for (let i = 0; i < 50; i++) await ada.send(room.id, `f${i}`);
  its.stack.pusher?.thaw();
  await ws.message('f49');
  assert.deepEqual(ws.texts(room.id), Array.from({ length: 50 }, (_, i) => `f${i}`));
  await ws.close();
});

test('the pid file names the process while it runs', async () => {
  const fs = await import('node:fs');
  const file = `${its.stack.run}/pushd.pid`;
  its.stack.config.push_pid_file = file;
  its.stack.writeConf();
  await its.stack.pusher?.restart();
  assert.equal(Number(fs.readFileSync(file, 'utf8')), its.stack.pusher?.pid);
  await its.stack.pusher?.stop();
  assert.ok(!fs.existsSync(file));
  await its.stack.pusher?.start();
});

test('the pusher listens on TCP as well if asked, on a port of the kernel\'s choice', async () => {
  const net = await import('node:net');
  its.stack.options.pushTcp = true;
  its.stack.writeConf();
  await its.stack.pusher?.restart();
  assert.ok(its.stack.pushPort > 0);
  const socket = net.connect(its.stack.pushPort, '127.0.0.1');
  await new Promise((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('error', reject);
  });
  socket.destroy();
});
