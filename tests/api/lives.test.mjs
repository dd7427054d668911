// A cursor across crashes and restores of PostgreSQL: what was acknowledged is found, what was lost is
// never hidden behind a number that is given twice.
import { copyCluster } from '../harness/postgres.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';
import fs from 'node:fs';

const its = suite({ accounts: ['ada', 'bob'], pusher: false, workers: 1 });
/** @type {any} */
let ada, bob, room;
const begin = async () => {
  ada ??= await its.stack.signIn('ada');
  bob ??= await its.stack.signIn('bob');
  room ??= await ada.room('Lives', { people: [bob] });
};
const sync = (/** @type {string} */ cursor) => bob.get('/api/sync', cursor ? { cursor } : undefined);
const texts = (/** @type {any} */ answer) => answer.events.filter((/** @type {any} */ e) => e.event === 'message').map((/** @type {any} */ e) => e.message.text);
/** The handlers find the database again by themselves; until then they say that it is away. */
const back = () => until('the handlers have the database again', async () => (await bob.call('GET', '/api/me')).status === 200);

async function crash() {
  await its.stack.postgres.crash();
  await its.stack.postgres.start();
  await back();
}

/** Transactions that draw ids and leave nothing in the log: a crash forgets them, and they are given again. */
async function burnIds() {
  for (let i = 0; i < 5; i++) await its.stack.postgres.sql("SELECT pg_notify('confab', ''), pg_current_xact_id()");
}

test('after a crash a cursor still finds every message that came after it, though ids are given again', async () => {
  await begin();
  let cursor = (await sync('')).cursor;
  for (let life = 0; life < 4; life++) {
    await ada.send(room.id, `before crash ${life}`);
    cursor = (await sync(cursor)).cursor;
    await burnIds();
    const late = (await sync(cursor)).cursor;
    await crash();
    await ada.send(room.id, `after crash ${life}`);
    const answer = await sync(late);
    assert.equal(answer.verdict, 'complete');
    assert.deepEqual(texts(answer), [`after crash ${life}`]);
    cursor = answer.cursor;
  }
});

test('a cursor from four lives ago is still good', async () => {
  await begin();
  const { cursor } = await sync('');
  const sent = [];
  for (let life = 0; life < 3; life++) {
    await burnIds();
    await crash();
    await ada.send(room.id, `life ${life}`);
    sent.push(`life ${life}`);
  }
  const answer = await sync(cursor);
  assert.equal(answer.verdict, 'complete');
  assert.deepEqual(texts(answer), sent);
});

test('an orderly restart costs nobody the cursor', async () => {
  await begin();
  const { cursor } = await sync('');
  await its.stack.postgres.stop();
  await its.stack.postgres.start();
  await back();
  await ada.send(room.id, 'after the restart');
  const answer = await sync(cursor);
  assert.equal(answer.verdict, 'complete');
  assert.deepEqual(texts(answer), ['after the restart']);
});

/** Puts the data folder back to a copy that was made while the server was down, as a snapshot would. */
async function backInTime(/** @type {() => Promise<unknown>} */ lost, { orderly = false } = {}) {
  const down = () => (orderly ? its.stack.postgres.stop() : its.stack.postgres.crash());
  const copy = `${its.stack.pg}-copy`;
  await down();
  copyCluster(its.stack.pg, copy);
  await its.stack.postgres.start();
  await back();
  const result = await lost();
  await its.stack.postgres.crash();
  fs.rmSync(its.stack.pg, { recursive: true });
  copyCluster(copy, its.stack.pg);
  fs.rmSync(copy, { recursive: true });
  await its.stack.postgres.start();
  await back();
  return result;
}

for (const orderly of [false, true]) {
  test(`after the data folder was put back (copied after ${orderly ? 'an orderly stop' : 'a crash'}), only cursors that saw what was lost reset`, async () => {
    await begin();
    await ada.send(room.id, 'in the copy');
    const old = (await sync('')).cursor;
    let saw = '';
    const lost = /** @type {any} */ (
      await backInTime(
        async () => {
          const message = await ada.send(room.id, 'not in the copy');
          saw = (await sync(old)).cursor;
          return message;
        },
        { orderly },
      )
    );
    // Its number is given again: whoever saw the lost one must not take the new one for a repeat. And
    // there is enough new to pass every number that the lost cursor knew.
    const again = await ada.send(room.id, 'in its place');
    assert.equal(again.seq, lost.seq);
    for (let i = 0; i < 30; i++) await ada.send(room.id, `more ${i}`);
    assert.equal((await sync(saw)).verdict, 'reset');
    const answer = await sync(old);
    assert.equal(answer.verdict, 'complete');
    assert.equal(texts(answer).length, 31);
  });
}

/** The same life goes on in a copy that recovery has not touched yet: only the log's position tells. */
test('a cursor whose life went on beyond the copy resets by the position in the log', async () => {
  await begin();
  await ada.send(room.id, 'so that the life has begun');
  let epoch = '';
  let saw = '';
  // The copy is of a running server, as a file system's snapshot is.
  const copy = `${its.stack.pg}-snapshot`;
  await its.stack.postgres.sql('CHECKPOINT');
  its.stack.postgres.freeze();
  try {
    copyCluster(its.stack.pg, copy);
  } finally {
    its.stack.postgres.thaw();
  }
  await ada.send(room.id, 'after the snapshot');
  saw = (await sync('')).cursor;
  epoch = await its.stack.postgres.sql('SELECT max(n) FROM confab.epoch');
  await its.stack.postgres.crash();
  fs.rmSync(its.stack.pg, { recursive: true });
  copyCluster(copy, its.stack.pg);
  fs.rmSync(copy, { recursive: true });
  fs.rmSync(`${its.stack.pg}/postmaster.pid`, { force: true });
  await its.stack.postgres.start();
  await back();
  assert.equal(await its.stack.postgres.sql(`SELECT count(*) FROM confab.epoch WHERE n <= ${epoch}`), epoch, 'the cursor names a life that the copy knows');
  for (let i = 0; i < 30; i++) await ada.send(room.id, `instead ${i}`);
  assert.equal((await sync(saw)).verdict, 'reset');
});

test('a cursor of a life that a restore undid is worthless, whatever the numbers say', async () => {
  await begin();
  await ada.send(room.id, 'kept');
  const undone = /** @type {string} */ (
    await backInTime(async () => {
      await ada.send(room.id, 'in a life that will be undone');
      return (await sync('')).cursor;
    })
  );
  for (let i = 0; i < 20; i++) await ada.send(room.id, `new ${i}`);
  assert.equal((await sync(undone)).verdict, 'reset');
});
