// Lives of the database: transaction numbers are used again after a crash, and a restore brings old ones back.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { uuid7 } from '../harness/client/api.mjs';
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { poll } from '../harness/client/poll.mjs';
import { refuses } from '../harness/refuse.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';
import { makeDir } from '../harness/user.mjs';

const its = suite({ accounts: ['ada', 'bob'] });
const two = () => Promise.all(['ada', 'bob'].map((h) => its.stack.signIn(h)));
const epochs = async () => Number(await its.stack.postgres.sql('SELECT count(*) FROM confab.epoch'));

/** Numbers that a crash gives again: transactions that took one and left nothing that must be flushed. */
const waste = () => its.stack.postgres.sql('BEGIN; SELECT pg_current_xact_id(); ROLLBACK; '.repeat(40));
/** @param {any} who @param {string} room @param {string} text */
async function send(who, room, text) {
  const body = { client_id: uuid7(), text };
  await until(`"${text}" to be taken`, async () => (await who.call('POST', `/api/rooms/${room}/messages`, { body })).status < 300, { every: 50 });
}

test('after a crash that uses transaction numbers again, old cursors are still complete, on every transport', async () => {
  const [ada, bob] = await two();
  const room = await ada.room('Crash', { people: [bob] });
  await send(ada, room.id, 'long ago');
  for (let round = 0; round < 3; round++) {
    await waste();
    const { cursor } = await bob.sync();
    const before = await epochs();
    const [, next] = [await its.stack.postgres.crash(), await its.stack.postgres.start()];
    assert.ok(next);
    for (let i = 0; i < 5; i++) await send(ada, room.id, `${round}/${i}`);
    assert.ok((await epochs()) > before, 'the new life was not noticed');
    const expected = Array.from({ length: 5 }, (_, i) => `${round}/${i}`);
    assert.deepEqual((await bob.get('/api/sync', { cursor })).events.map((/** @type {any} */ e) => e.message?.text), expected);
    for (const transport of TRANSPORTS) {
      const stream = await openStream(transport, bob, { cursor });
      await stream.message(`${round}/4`);
      assert.equal(stream.hello.verdict, 'complete');
      assert.deepEqual(stream.texts(room.id), expected, transport);
      await stream.close();
    }
  }
});

test('a client that comes back the moment the database does is not told to start afresh', async () => {
  const [ada, bob] = await two();
  const room = await ada.room('At once', { people: [bob] });
  for (let round = 0; round < 6; round++) {
    await waste();
    const { cursor } = await bob.sync();
    await its.stack.postgres.crash();
    await its.stack.postgres.launch();
    const answer = await until('an answer that is no refusal', async () => {
      const polled = await poll(bob, { cursor, wait: 200 });
      return polled.status === 200 && polled;
    }, { every: 1 });
    assert.equal(answer.body.verdict, 'complete');
    await its.stack.postgres.waitReady();
    await send(ada, room.id, `round ${round}`);
  }
});

test('open streams miss nothing over such a crash either', async () => {
  const [ada, bob] = await two();
  const room = await ada.room('Open over a crash', { people: [bob] });
  const streams = [await openStream('ws', bob), await openStream('sse', bob)];
  await send(ada, room.id, 'first');
  for (const s of streams) await s.message('first');
  for (let round = 0; round < 3; round++) {
    await waste();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await its.stack.postgres.crash();
    await its.stack.postgres.start();
    await send(ada, room.id, `r${round}`);
    for (const s of streams) await s.message(`r${round}`, { timeout: 20000 });
  }
  for (const s of streams) {
    assert.deepEqual(s.texts(room.id), ['first', 'r0', 'r1', 'r2']);
    await s.close();
  }
});

test('one killed backend of the database is a crash of all, and harms as little', async () => {
  const [ada, bob] = await two();
  const room = await ada.room('Backend', { people: [bob] });
  const { cursor } = await bob.sync();
  const [[pid]] = await its.stack.postgres.rows("SELECT pid FROM pg_stat_activity WHERE usename = 'confab_api' LIMIT 1");
  process.kill(Number(pid), 'SIGKILL');
  await until('the database to be back', async () => (await its.stack.postgres.sql('SELECT 1')) === '1');
  await send(ada, room.id, 'after the kill');
  const stream = await openStream('ws', bob, { cursor });
  await stream.message('after the kill');
  await stream.close();
});

test('after a restore the programs refuse until `confabctl adopt`, and then every client starts afresh, once', async () => {
  const { stack } = its;
  const [ada, bob] = await two();
  const room = await ada.room('Restored', { people: [bob] });
  await send(ada, room.id, 'in the dump');
  const dump = makeDir(path.join(stack.dir, 'backup'));
  const said = stack.ctl(['backup', dump]);
  assert.match(said, /key/, 'it does not say that the key file is half of a backup');
  await send(ada, room.id, 'after the dump');
  const { cursor } = await bob.sync();

  await stack.pusher?.stop();
  await stack.handlers?.stop();
  await stack.postgres.sql('DROP DATABASE confab', { db: 'postgres' });
  assert.match(stack.ctl(['restore', dump]), /adopt/);
  assert.throws(() => stack.ctl(['restore', dump]), /already/);

  for (const proc of [stack.handlers, stack.pusher]) await refuses(stack, proc, /confabctl adopt/);
  stack.ctl(['adopt']);
  await stack.handlers?.start();
  await stack.pusher?.start();
  await stack.back();
  assert.equal((await bob.get('/api/sync', { cursor })).verdict, 'reset');
  for (const transport of TRANSPORTS) {
    if (transport === 'poll') assert.equal((await poll(bob, { cursor, wait: 5000 })).body.verdict, 'reset');
    else {
      const stream = await openStream(transport, bob, { cursor });
      assert.equal(stream.hello.verdict, 'reset', transport);
      await stream.close();
    }
  }
  // What was restored is there once, is not told as new, and life goes on.
  const state = await bob.sync();
  assert.deepEqual((await bob.messages(room.id)).messages.map((/** @type {any} */ m) => m.text), ['in the dump']);
  const stream = await openStream('ws', bob, { cursor: state.cursor });
  await send(ada, room.id, 'a new life');
  await stream.message('a new life');
  assert.deepEqual(stream.texts(room.id), ['a new life']);
  await stream.close();
});

test('synchronous_commit=off is refused: what is acknowledged must be kept', async () => {
  const { stack } = its;
  await stack.pusher?.stop();
  await stack.handlers?.stop();
  await stack.postgres.sql('ALTER SYSTEM SET synchronous_commit = off', { db: 'postgres' });
  await stack.postgres.crash();
  await stack.postgres.start();
  for (const proc of [stack.handlers, stack.pusher]) await refuses(stack, proc, /synchronous_commit/);
  await stack.postgres.sql('ALTER SYSTEM RESET synchronous_commit', { db: 'postgres' });
  await stack.postgres.restart();
  await stack.handlers?.start();
  await stack.pusher?.start();
  await stack.back();
});

test('a copy of the data folder that is put back in time is noticed as well', async () => {
  const { stack } = its;
  const [ada, bob] = await two();
  const room = await ada.room('Time', { people: [bob] });
  await send(ada, room.id, 'before the copy');
  await stack.postgres.stop();
  const copy = path.join(stack.dir, 'pg-copy');
  execFileSync('cp', ['-a', stack.pg, copy]);
  await stack.postgres.start();
  await stack.back();
  for (let i = 0; i < 5; i++) await send(ada, room.id, `undone ${i}`);
  const { cursor } = await bob.sync();
  await stack.postgres.stop();
  execFileSync('rm', ['-rf', stack.pg]);
  execFileSync('mv', [copy, stack.pg]);
  await stack.postgres.start();
  await stack.back();
  for (let i = 0; i < 5; i++) await send(ada, room.id, `other ${i}`);
  // The cursor has seen rows that never were: it must not be taken for complete.
  const answer = await bob.call('GET', '/api/sync', { query: { cursor } });
  const told = answer.body.events?.map((/** @type {any} */ e) => e.message?.text) ?? [];
  assert.ok(answer.body.verdict === 'reset' || told.includes('other 0'), answer.text.slice(0, 500));
});
