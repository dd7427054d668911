// The database goes away and comes back.
import { uuid7 } from '../harness/client/api.mjs';
import { refuses } from '../harness/refuse.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada', 'bob'] });

test('while the database is away the answer is 503 with Retry-After, and afterwards all is as it was', async () => {
  const ada = await its.stack.signIn('ada');
  const room = await ada.room('Outage');
  await ada.send(room.id, 'before');
  await its.stack.postgres.stop();
  for (let i = 0; i < 6; i++) {
    const refused = await ada.refused(503, 'unavailable', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'lost?' } });
    assert.ok(Number(refused.headers['retry-after']) <= 30);
  }
  await ada.refused(503, 'unavailable', 'GET', '/api/me');
  await its.stack.postgres.start();
  const text = await until('a send to be taken again', async () => {
    const answer = await ada.call('POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'after' } });
    return answer.status === 201 && answer.body.message.text;
  });
  assert.equal(text, 'after');
  await its.stack.back();
  assert.deepEqual((await ada.messages(room.id)).messages.map((/** @type {any} */ m) => m.text), ['before', 'after']);
});

test('an answer that was given is kept through a crash of the database', async () => {
  const ada = await its.stack.signIn('ada');
  const room = await ada.room('Crash');
  const acknowledged = [];
  for (let round = 0; round < 4; round++) {
    /** @type {Promise<void> | undefined} */
    let crashing;
    for (let i = 0, down = false; !down; i++) {
      const clientId = uuid7();
      if (i === 20) crashing = its.stack.postgres.crash();
      const answer = await ada.call('POST', `/api/rooms/${room.id}/messages`, { body: { client_id: clientId, text: `${round}/${i}` } });
      if (answer.status === 201) acknowledged.push(clientId);
      else assert.equal(answer.status, 503);
      down = crashing !== undefined && answer.status !== 201;
    }
    await crashing;
    await its.stack.postgres.start();
    await its.stack.back();
  }
  const stored = new Set();
  for (let after = 0; ; ) {
    const page = await ada.messages(room.id, { after, limit: 200 });
    for (const m of page.messages) stored.add(m.client_id);
    if (!page.more_after) break;
    after = page.messages.at(-1).seq;
  }
  for (const id of acknowledged) assert.ok(stored.has(id), `acknowledged and lost: ${id}`);
  assert.ok(acknowledged.length >= 80);
});

test('a killed handler process is replaced, and a request in flight ends in an answer or a retry, never twice', async () => {
  const ada = await its.stack.signIn('ada');
  const room = await ada.room('Workers');
  const ids = Array.from({ length: 60 }, uuid7);
  let killed = 0;
  for (const [i, clientId] of ids.entries()) {
    const workers = its.stack.handlers?.children() ?? [];
    if (i % 10 === 5 && workers.length > 0) {
      process.kill(workers[killed++ % workers.length], 'SIGKILL');
    }
    await until('the send to be acknowledged', async () => {
      const answer = await ada.call('POST', `/api/rooms/${room.id}/messages`, { body: { client_id: clientId, text: `w${i}` }, check: false });
      return [200, 201].includes(answer.status);
    });
  }
  assert.ok(killed >= 5);
  const { messages } = await ada.messages(room.id, { limit: 200 });
  assert.deepEqual(messages.map((/** @type {any} */ m) => m.client_id), ids);
  await until('all workers to be back', () => (its.stack.handlers?.children() ?? []).length >= 3);
});

test('SIGTERM lets the request in flight finish', async () => {
  const ada = await its.stack.signIn('ada');
  const room = await ada.room('Drain');
  // Hold the room's lock, so that the send is under way for as long as we like.
  const holding = its.stack.postgres.sql(`BEGIN; SELECT pg_advisory_xact_lock(${room.id}); SELECT pg_sleep(1.5); COMMIT`);
  await until('the lock to be held', async () => (await its.stack.postgres.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")) !== '0');
  const sending = ada.call('POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'in flight' } });
  await until('the send to wait', async () => (await its.stack.postgres.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")) !== '0');
  const stopping = its.stack.handlers?.stop();
  assert.equal((await sending).status, 201);
  await Promise.all([stopping, holding]);
  await its.stack.handlers?.start();
  assert.equal((await ada.messages(room.id)).messages.length, 1);
});

test('when the first process of the handlers is killed its workers end too', async () => {
  const workers = its.stack.handlers?.children() ?? [];
  assert.ok(workers.length >= 3);
  await its.stack.handlers?.killMain();
  await until('the workers to end', () => (its.stack.handlers?.children() ?? []).length === 0, { timeout: 10000 });
  await its.stack.handlers?.start();
  await its.stack.back();
});

test('on a schema that is too new or too old the programs refuse, and say which command to run', async () => {
  /** @param {string} sql @param {RegExp} advice */
  const refusesAfter = async (sql, advice) => {
    await its.stack.postgres.sql(sql);
    for (const proc of [its.stack.handlers, its.stack.pusher]) {
      await proc?.stop();
      await refuses(its.stack, proc, advice);
    }
  };
  await refusesAfter('UPDATE confab.migration SET version = version + 1000', /newer/);
  await refusesAfter('DELETE FROM confab.migration', /confabctl (init|migrate)/);
});
