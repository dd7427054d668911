// What people write is sealed before PostgreSQL sees it.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pgBin } from '../harness/paths.mjs';
import { refuses } from '../harness/refuse.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { writeFile } from '../harness/user.mjs';
import { openStream } from '../harness/client/streams.mjs';

const its = suite({ accounts: ['ada', 'bob'], postgres: { log_statement: 'all', log_min_messages: 'info' } });

/** Every file below dir. @param {string} dir @returns {string[]} */
function files(dir) {
  return fs.readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(path.join(dir, e.name)) : e.isFile() ? [path.join(dir, e.name)] : []));
}
const holding = (/** @type {string} */ dir, /** @type {string} */ word) => files(dir).filter((f) => fs.readFileSync(f).includes(word));

test('a rare word is in no file of the cluster, no dump, no WAL and no log, while its reader has it', async () => {
  const [ada, bob] = [await its.stack.signIn('ada'), await its.stack.signIn('bob')];
  const [text, name] = ['xylobrontosaurus', 'quizzaciouskumquat'];
  const room = await ada.room(name, { people: [bob], kind: 'channel', visibility: 'public' });
  const listening = await openStream('ws', bob);
  for (let i = 0; i < 20; i++) await ada.send(room.id, `${text} ${i}`);
  await listening.message(`${text} 19`);
  await listening.close();
  assert.equal((await bob.messages(room.id)).messages.length, 20);
  await its.stack.postgres.sql('CHECKPOINT', { db: 'postgres' });
  // It is there to be found if it is there at all: the handle is, in the table and its log.
  assert.notDeepEqual(holding(its.stack.pg, 'ada'), []);
  for (const word of [text, name]) {
    assert.deepEqual(holding(its.stack.pg, word), []);
    assert.deepEqual(holding(its.stack.logDir, word), []);
    assert.deepEqual(holding(its.stack.pg, Buffer.from(word).toString('hex')), []);
    assert.deepEqual(holding(its.stack.pg, Buffer.from(word).toString('base64').slice(0, 16)), []);
  }
  const dump = execFileSync(path.join(pgBin(), 'pg_dumpall'), ['-h', its.stack.run, '-U', 'confab_admin'], { encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.match(dump, /COPY confab\.message/);
  for (const word of [text, name]) {
    assert.ok(!dump.includes(word));
    assert.ok(!dump.includes(Buffer.from(word).toString('hex')));
  }
});

test('the same text twice looks different, and no row can take the place of another', async () => {
  const [ada, bob] = [await its.stack.signIn('ada'), await its.stack.signIn('bob')];
  const [one, two] = [await ada.room('One', { people: [bob] }), await ada.room('Two')];
  const [a, b, c] = [await ada.send(one.id, 'the same'), await ada.send(one.id, 'the same'), await ada.send(two.id, 'of two')];
  const body = (/** @type {any} */ m) => its.stack.postgres.sql(`SELECT encode(body, 'hex') FROM confab.message WHERE feed_id = ${m.room} AND seq = ${m.seq}`);
  assert.notEqual(await body(a), await body(b));
  for (const [from, to] of [[a, b], [c, a]]) {
    const kept = await body(to);
    await its.stack.postgres.sql(`UPDATE confab.message t SET body = f.body FROM confab.message f WHERE f.feed_id = ${from.room} AND f.seq = ${from.seq} AND t.feed_id = ${to.room} AND t.seq = ${to.seq}`);
    const { messages } = await bob.messages(one.id);
    const shown = messages.find((/** @type {any} */ m) => m.seq === to.seq);
    assert.equal(shown.damaged, true);
    assert.equal(shown.text, null);
    await its.stack.postgres.sql(`UPDATE confab.message SET body = decode('${kept}', 'hex') WHERE feed_id = ${to.room} AND seq = ${to.seq}`);
  }
});

test('a damaged row is a placeholder for that message; the rest of the history stands, and the log says so', async () => {
  const [ada, bob] = [await its.stack.signIn('ada'), await its.stack.signIn('bob')];
  const room = await ada.room('Damaged', { people: [bob] });
  const stored = [];
  const { cursor } = await bob.sync();
  for (let i = 0; i < 5; i++) stored.push(await ada.send(room.id, `m${i}`));
  await its.stack.postgres.sql(`UPDATE confab.message SET body = set_byte(body, 30, get_byte(body, 30) # 1) WHERE feed_id = ${room.id} AND seq = ${stored[2].seq}`);
  const { messages } = await bob.messages(room.id);
  assert.deepEqual(messages.map((/** @type {any} */ m) => m.text), ['m0', 'm1', null, 'm3', 'm4']);
  assert.deepEqual({ ...messages[2], sent_at: '' }, { ...stored[2], text: null, damaged: true, sent_at: '' });
  const changed = await bob.get('/api/sync', { cursor });
  assert.deepEqual(changed.events.map((/** @type {any} */ e) => e.message.text), ['m0', 'm1', null, 'm3', 'm4']);
  const stream = await openStream('sse', bob, { cursor });
  await stream.message('m4');
  assert.deepEqual(stream.texts(room.id), ['m0', 'm1', null, 'm3', 'm4']);
  await stream.close();
  const log = its.stack.tails() + fs.readFileSync(its.stack.handlers?.log ?? '', 'utf8');
  assert.match(log, /damaged/i);
  // A room whose last message is damaged is still listed, and so is a room whose name is.
  await its.stack.postgres.sql(`UPDATE confab.message SET body = '\\x00' WHERE feed_id = ${room.id} AND seq = ${stored[4].seq}; UPDATE confab.room SET name = '\\x0000' WHERE id = ${room.id}`);
  const listed = (await bob.get('/api/rooms')).rooms.find((/** @type {any} */ r) => r.id === room.id);
  assert.equal(listed.last_message.damaged, true);
  assert.equal((await bob.sync()).verdict, 'reset');
});

test('a new key is taken up by running programs without a restart, and old rows are still read', async () => {
  const [ada, bob] = [await its.stack.signIn('ada'), await its.stack.signIn('bob')];
  const room = await ada.room('Rotation', { people: [bob] });
  await ada.send(room.id, 'under the first key');
  const stream = await openStream('ws', bob);
  its.stack.ctl(['key', 'add']);
  assert.equal(fs.readFileSync(its.stack.key, 'utf8').split('\n').filter((l) => /^\d+ /.test(l)).length, 2);
  // One handler takes the new key; the others and the pusher meet a key id that they do not know.
  const workers = its.stack.handlers?.children() ?? [];
  if (workers.length > 0) process.kill(workers[0], 'SIGTERM');
  for (let i = 0; i < 30; i++) await ada.send(room.id, `r${i}`);
  for (let i = 0; i < 30; i++) await stream.message(`r${i}`);
  assert.equal((await bob.messages(room.id)).messages.filter((/** @type {any} */ m) => m.damaged).length, 0);
  await its.stack.handlers?.restart();
  await ada.send(room.id, 'under the second key');
  await stream.message('under the second key');
  assert.equal(await its.stack.postgres.sql(`SELECT string_agg(DISTINCT key_id::text, ',') FROM confab.message WHERE feed_id = ${room.id}`), '1,2');
  await stream.close();
});

test('without a key, or with one that others may read, the programs refuse to start and say what to do', async () => {
  const key = fs.readFileSync(its.stack.key, 'utf8');
  for (const proc of [its.stack.handlers, its.stack.pusher]) {
    await proc?.stop();
    fs.rmSync(its.stack.key);
    await refuses(its.stack, proc, /confabctl key new/);
    writeFile(its.stack.key, key, 0o644);
    await refuses(its.stack, proc, /chmod|0600|others/i);
    writeFile(its.stack.key, 'not a key\n', 0o600);
    await refuses(its.stack, proc, /key/);
    writeFile(its.stack.key, key, 0o600);
    await proc?.start();
  }
  await its.stack.back();
  const ada = await its.stack.signIn('ada');
  assert.equal((await ada.sync()).me.handle, 'ada');
});
