// Leaving is free both ways: everything goes out as JSON Lines and files, and comes back in.
import fs from 'node:fs';
import path from 'node:path';
import { uuid7 } from '../harness/client/api.mjs';
import { noise, upload } from '../harness/client/files.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { passwordOf } from '../harness/stack.mjs';
import { makeDir } from '../harness/user.mjs';

const HOST = 'other.localhost';
const its = suite({ accounts: ['ada', 'bob', 'cyd'], files: true, config: { plain_http: 'yes' } }, (stack) => {
  stack.ctl(['tenant', 'create', 'other', '--host', HOST]);
});
/** @type {string} */
let room;
const lines = (/** @type {string} */ dir) => fs.readFileSync(path.join(dir, 'export.jsonl'), 'utf8').trimEnd().split('\n');
const folder = (/** @type {string} */ name) => {
  const dir = path.join(its.stack.dir, name);
  makeDir(dir);
  return dir;
};
const at = (/** @type {any} */ m, tail = '') => `/api/rooms/${m.room}/messages/${m.seq}${tail}`;

/** A bit of everything that there is. */
async function life() {
  const [ada, bob, cyd] = await Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h)));
  const group = await ada.room('Everything', { people: [bob, cyd] });
  room = group.id;
  await ada.patch(`/api/rooms/${room}`, { topic: 'All of it', description: 'And more.', notices: false });
  const first = await ada.send(room, 'Hello @bob, **look** "\\ \u{1f980}');
  await ada.patch(at(first), { text: 'Hello @bob and @room' });
  await bob.put(at(first, '/reactions'), { emoji: '👍' });
  await cyd.put(at(first, '/reactions'), { emoji: '👩‍🚀' });
  await ada.ok('PUT', at(first, '/pin'));
  await bob.ok('PUT', at(first, '/saved'));
  const gone = await bob.send(room, 'not for ever');
  await bob.ok('DELETE', at(gone));
  await bob.post(`/api/rooms/${room}/messages`, { client_id: uuid7(), text: 'a reply', thread: first.seq });
  await cyd.post(`/api/rooms/${room}/messages`, { client_id: uuid7(), text: 'for all', thread: first.seq, in_room: true });
  const file = await upload(ada, room, 'noise ü.bin', noise(200000));
  await ada.post(`/api/rooms/${room}/messages`, { client_id: uuid7(), text: 'a file', files: [file.id] });
  const { message: poll } = await ada.post(`/api/rooms/${room}/messages`, { client_id: uuid7(), text: 'Tea?', choices: ['Yes', 'No'] });
  await bob.put(at(poll, '/poll/vote'), { choice: 2 });
  const lesson = await ada.room('Lesson', { kind: 'classroom', visibility: 'public', people: [bob] });
  await bob.put(`/api/rooms/${lesson.id}/class/seat`, { desk: 2, seat: 1 });
  await bob.ok('PUT', `/api/rooms/${lesson.id}/class/hand`);
  const direct = await ada.post('/api/rooms/direct', { person: bob.me.id, client_id: uuid7() });
  await ada.send(direct.id, 'between us');
  await bob.patch(`/api/rooms/${room}/settings`, { notify: 'mentions', favourite: 2 });
  const nameless = await ada.ok('POST', '/api/rooms', { body: { client_id: uuid7(), kind: 'group', people: [bob.me.id] } });
  for (let i = 0; i < 30; i++) await bob.send(nameless.id, `m${i}`);
}

test('an export of an import of an export is the export', async () => {
  await life();
  const [one, two, three] = ['one', 'two', 'three'].map(folder);
  its.stack.ctl(['export', 'main', one]);
  const said = its.stack.ctl(['import', 'other', one]);
  assert.match(said, /rows and 1 files are new/);
  its.stack.ctl(['export', 'other', two]);
  assert.deepEqual(lines(two), lines(one));
  const files = fs.readdirSync(path.join(one, 'files')).sort();
  assert.deepEqual(fs.readdirSync(path.join(two, 'files')).sort(), files);
  for (const name of files) assert.ok(fs.readFileSync(path.join(two, 'files', name)).equals(fs.readFileSync(path.join(one, 'files', name))), name);
  // Once more changes nothing.
  assert.match(its.stack.ctl(['import', 'other', one]), /: 0 rows and 0 files are new/);
  its.stack.ctl(['export', 'other', three]);
  assert.deepEqual(lines(three), lines(one));
});

test('who was imported signs in with the same password and finds everything', async () => {
  const bob = await its.stack.signIn('bob', { headers: { Host: HOST }, password: passwordOf('bob') });
  const state = await bob.sync();
  const group = state.rooms.find((/** @type {any} */ r) => r.name === 'Everything');
  assert.deepEqual([group.topic, group.notify, group.favourite, group.members], ['All of it', 'mentions', 2, 3]);
  const { messages } = await bob.get(`/api/rooms/${group.id}/messages`);
  assert.deepEqual(messages.map((/** @type {any} */ m) => m.text), ['Hello @bob and @room', null, 'for all', 'a file', 'Tea?']);
  assert.equal(messages[0].reactions.length, 2);
  assert.deepEqual([messages[0].pinned, messages[0].saved, messages[0].replies.count], [true, true, 2]);
  const [file] = messages[3].files;
  const bytes = await bob.call('GET', `/api/files/${file.id}`, { binary: true, check: false });
  assert.equal(bytes.status, 200);
  assert.equal((await bob.get(at(messages[4], '/poll'))).choices[1].count, 1);
  const lesson = state.rooms.find((/** @type {any} */ r) => r.name === 'Lesson');
  const { seats, hands } = await bob.get(`/api/rooms/${lesson.id}/class`);
  assert.deepEqual([seats.length, hands.length], [1, 1]);
  // And goes on from there.
  await bob.send(group.id, 'I am here now');
});

test('an import that was broken off goes on, and one into a room that has gone on since is refused', async () => {
  const half = folder('half');
  const all = lines(path.join(its.stack.dir, 'one'));
  its.stack.ctl(['tenant', 'create', 'third', '--host', 'third.localhost']);
  makeDir(path.join(half, 'files'));
  for (const name of fs.readdirSync(path.join(its.stack.dir, 'one/files'))) {
    fs.writeFileSync(path.join(half, 'files', name), fs.readFileSync(path.join(its.stack.dir, 'one/files', name)));
  }
  fs.writeFileSync(path.join(half, 'export.jsonl'), `${all.slice(0, 20).join('\n')}\n{"kind":"message","da`);
  assert.throws(() => its.stack.ctl(['import', 'third', half]), /line 21.*\n?.*run it again to go on/s);
  fs.writeFileSync(path.join(half, 'export.jsonl'), `${all.join('\n')}\n`);
  its.stack.ctl(['import', 'third', half]);
  const again = folder('again');
  its.stack.ctl(['export', 'third', again]);
  assert.deepEqual(lines(again), all);
  // Both go on by themselves: what comes from there would take the numbers of what was said here.
  const ada = await its.stack.signIn('ada');
  await ada.send(room, 'said there');
  const later = folder('later');
  its.stack.ctl(['export', 'main', later]);
  assert.throws(() => its.stack.ctl(['import', 'other', later]), /has gone on since/);
});

test('what is no export is refused by its line', () => {
  const dir = folder('bad');
  for (const [text, why] of [['', /empty/], ['{}', /no export/], ['nonsense', /line 1/], [`{"kind":"confab-export","version":9}`, /no export/],
    [`{"kind":"confab-export","version":1}\n{"kind":"message","data":{"seq":1}}`, /line 2.*of nobody/], [`{"kind":"confab-export","version":1}\n{"kind":"spell","data":{}}`, /does not know/]]) {
    fs.writeFileSync(path.join(dir, 'export.jsonl'), /** @type {string} */ (text));
    assert.throws(() => its.stack.ctl(['import', 'other', dir]), /** @type {RegExp} */ (why), `${text}`);
  }
  assert.throws(() => its.stack.ctl(['import', 'other', path.join(dir, 'nowhere')]), /cannot read/);
  assert.throws(() => its.stack.ctl(['export', 'nobody', dir]), /no tenant/);
});

test('a folder of a stranger is read with care', async () => {
  const dir = folder('stranger');
  const all = lines(path.join(its.stack.dir, 'one'));
  makeDir(path.join(dir, 'files'));
  its.stack.ctl(['tenant', 'create', 'fourth', '--host', 'fourth.localhost']);
  const stored = () => fs.readdirSync(its.stack.filesDir, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).length;
  const before = stored();
  const find = (/** @type {string} */ kind) => all.findIndex((l) => l.startsWith(`{"kind":"${kind}"`));
  const file = JSON.parse(all[find('file')]);
  const name = path.join(dir, 'files', file.data.file);
  const write = (/** @type {string[]} */ text) => fs.writeFileSync(path.join(dir, 'export.jsonl'), `${text.join('\n')}\n`);
  const refused = (/** @type {RegExp} */ why) => assert.throws(() => its.stack.ctl(['import', 'fourth', dir]), why);
  // Nothing behind a link, and no pipe.
  write(all);
  fs.symlinkSync(path.join(its.stack.dir, 'one/files', file.data.file), name);
  refused(/its file is missing/);
  fs.unlinkSync(name);
  fs.writeFileSync(name, fs.readFileSync(path.join(its.stack.dir, 'one/files', file.data.file)));
  // Bytes whose row is refused do not stay.
  const start = all.slice(0, find('file'));
  write([...start, JSON.stringify({ ...file, data: { ...file.data, created_at: 'never' } })]);
  refused(/invalid input/);
  for (const key of ['../../x', `${file.data.file}/../../x`, 'ada:/etc/passwd', 'nobody:x', '']) {
    write([...start, JSON.stringify({ ...file, data: { ...file.data, file: key } })]);
    refused(/of nobody|missing/);
  }
  assert.equal(stored(), before);
  // What would be trusted once it is sealed has the form that it should have.
  const message = JSON.parse(all[find('message')]);
  for (const more of [{ text: 7 }, { text: 'a\u0000b' }, { poll: [] }, { poll: { choices: ['a', 2], anonymous: true } }, { poll: { choices: 'ab', anonymous: 1 } }, { files: {} }, { files: [{}] }, { files: [7] }]) {
    write([...start, JSON.stringify({ ...message, ...more })]);
    refused(/another form|is none|NUL|not JSON|cannot be used/);
  }
  // Numbers with which the room could not go on.
  const at = all.findIndex((l) => l.startsWith('{"kind":"room"'));
  const made = JSON.parse(all[at]);
  for (const [data, seq] of [[{ last_seq: 5 }, 6], [{ last_seq: 5 }, 0], [{ last_seq: '9223372036854775807' }, 1], [{ last_seq: -1 }, 1], [{ last_no: 9999 }, 1]]) {
    const client = uuid7();
    write([...all.slice(0, at), JSON.stringify({ ...made, data: { ...made.data, .../** @type {any} */ (data), room: `ada:${client}` } }), JSON.stringify({ ...message, data: { ...message.data, seq } })]);
    refused(/none of this room|cannot be/);
  }
  // A hash that would keep the handlers busy for years.
  const person = JSON.parse(all[1]);
  for (const password of ['$argon2id$v=19$m=99999999,t=2,p=1$AAAA$AAAA', '$argon2id$v=19$m=8192,t=4000000000,p=1$AAAA$AAAA', 'plain']) {
    write([all[0], JSON.stringify({ ...person, data: { ...person.data, handle: 'eve', password } })]);
    refused(/no Argon2id hash/);
  }
  // No end of a line, no end of memory.
  fs.writeFileSync(path.join(dir, 'export.jsonl'), `${all[0]}\n`);
  fs.truncateSync(path.join(dir, 'export.jsonl'), 100 << 20);
  refused(/line 2.*longer/);
});
