// Attachments: uploading in chunks, what the server makes of a file, downloading it, and its end.
import { uuid7 } from '../harness/client/api.mjs';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { begin, CHUNK, download, filesIn, noise, put, upload } from '../harness/client/files.mjs';
import { png, pngBomb } from '../harness/images.mjs';
import { withStack } from '../harness/stack.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { runAs } from '../harness/user.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd'], files: true });
/** @type {any} */
let ada, bob, cyd;
const beginning = async () => ([ada, bob, cyd] = ada ? [ada, bob, cyd] : await Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h))));

test('a file comes back byte for byte, whatever its size', async () => {
  await beginning();
  const room = await ada.room('Sizes');
  for (const size of [1, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 1000000]) {
    const bytes = noise(size, size);
    const file = await upload(ada, room.id, `noise ${size}.bin`, bytes);
    assert.deepEqual({ ...file, id: '' }, { id: '', name: `noise ${size}.bin`, type: 'application/octet-stream', size });
    const back = await download(ada, file.id);
    assert.equal(back.status, 200);
    assert.equal(back.headers['content-length'], String(size));
    assert.ok(back.bytes.equals(bytes), `${size} bytes differ`);
  }
});

test('a chunk that is sent again is fine, one that is not the next is told where to go on', async () => {
  await beginning();
  const room = await ada.room('Offsets');
  const bytes = noise(2 * CHUNK + 10);
  const clientId = uuid7();
  const { id, offset, chunk_max: max } = await begin(ada, room.id, 'again.bin', bytes.length, clientId);
  assert.deepEqual([offset, max], [0, CHUNK]);
  const early = await put(ada, id, CHUNK, bytes.subarray(CHUNK, 2 * CHUNK));
  assert.equal(early.status, 409);
  assert.equal(early.headers['upload-offset'], '0');
  for (let i = 0; i < 3; i++) assert.equal((await put(ada, id, 0, bytes.subarray(0, CHUNK))).body.offset, CHUNK);
  assert.equal((await ada.get(`/api/files/${id}/upload`)).offset, CHUNK);
  assert.equal((await begin(ada, room.id, 'again.bin', bytes.length, clientId)).id, id, 'a retry began another one');
  // What it says the second time counts as little as a lie: the first bytes stand.
  assert.equal((await put(ada, id, 0, noise(CHUNK, 9))).body.offset, CHUNK);
  assert.equal((await put(ada, id, CHUNK, bytes.subarray(CHUNK, 2 * CHUNK))).body.offset, 2 * CHUNK);
  assert.equal((await put(ada, id, 12345, bytes.subarray(0, CHUNK))).status, 409);
  assert.equal((await put(ada, id, 2 * CHUNK, bytes.subarray(0, 11))).status, 422, 'more than was announced');
  const { file } = (await put(ada, id, 2 * CHUNK, bytes.subarray(2 * CHUNK))).body;
  assert.equal(file.size, bytes.length);
  assert.deepEqual((await put(ada, id, 2 * CHUNK, bytes.subarray(2 * CHUNK))).body.file, file);
  assert.ok((await download(ada, id)).bytes.equals(bytes));
});

test('twenty of the same chunk at once make one file', async () => {
  await beginning();
  const room = await ada.room('Rush');
  const bytes = noise(CHUNK + 100);
  const { id } = await begin(ada, room.id, 'rush.bin', bytes.length);
  for (const at of [0, CHUNK]) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => put(ada, id, at, bytes.subarray(at, at + CHUNK))));
    assert.deepEqual([...new Set(answers.map((a) => a.status))], [200]);
  }
  assert.ok((await download(ada, id)).bytes.equals(bytes));
});

test('what is no chunk is refused', async () => {
  await beginning();
  const room = await ada.room('Odd bodies');
  const { id } = await begin(ada, room.id, 'odd.bin', 1000);
  const at = `/api/files/${id}`;
  await ada.refused(415, 'unsupported-media', 'PUT', at, { query: { offset: 0 }, raw: Buffer.alloc(1000) });
  await ada.refused(422, 'invalid', 'PUT', at, { raw: Buffer.alloc(1000), headers: { 'Content-Type': 'application/octet-stream' } });
  await ada.refused(422, 'invalid', 'PUT', at, { query: { offset: 0, content: 'x' }, raw: Buffer.alloc(1000), headers: { 'Content-Type': 'application/octet-stream' } });
  for (const size of [0, 999, 1001, 65537]) assert.equal((await put(ada, id, 0, Buffer.alloc(size))).status, 422, String(size));
  assert.equal((await put(ada, id, 0, Buffer.alloc(200000))).status, 413);
  for (const body of [{}, { name: '' }, { size: 0 }, { size: -1 }, { size: 1.5 }, { name: 'x'.repeat(201) }, { type: 'image/png' }, { url: 'http://elsewhere.example/x.png' }]) {
    const good = { client_id: uuid7(), name: 'x', size: 1, ...body };
    if (Object.keys(body).length === 0) delete good.client_id;
    await ada.refused(422, 'invalid', 'POST', `/api/rooms/${room.id}/files`, { body: good });
  }
});

test('the type is what the bytes are, not what anybody says', async () => {
  await beginning();
  const room = await ada.room('Types');
  const picture = await upload(ada, room.id, 'report.pdf', png(1200, 800));
  assert.deepEqual({ ...picture, size: 0, id: '' }, { id: '', name: 'report.pdf', type: 'image/png', size: 0, width: 1200, height: 800, thumbnail: true });
  const shown = await download(ada, picture.id);
  assert.equal(shown.headers['content-type'], 'image/png');
  assert.match(String(shown.headers['content-disposition']), /^inline; filename="report\.pdf"/);
  const small = await download(ada, picture.id, {}, '/thumbnail');
  assert.equal(small.headers['content-type'], 'image/webp');
  assert.equal(small.bytes.subarray(0, 4).toString(), 'RIFF');
  for (const [name, text, type] of [['photo.png', '<html><script>alert(1)</script></html>', 'text/html'], ['x.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'image/svg+xml'], ['doc.pdf', '%PDF-1.4\n1 0 obj\n', 'application/pdf']]) {
    const file = await upload(ada, room.id, name, Buffer.from(text));
    assert.equal(file.type, type);
    const { headers } = await download(ada, file.id);
    assert.equal(headers['content-type'], 'application/octet-stream', type);
    assert.match(String(headers['content-disposition']), /^attachment; /, type);
    await ada.refused(404, 'not-found', 'GET', `/api/files/${file.id}/thumbnail`);
  }
  const words = await upload(ada, room.id, 'words.txt', Buffer.from('Grüße\n'));
  assert.equal((await download(ada, words.id)).headers['content-type'], 'text/plain; charset=utf-8');
});

test('every answer with bytes keeps a browser from running them', async () => {
  await beginning();
  const room = await ada.room('Headers');
  const file = await upload(ada, room.id, 'a "quoted" näme/\\.png', png(700, 10));
  for (const rest of ['', '/thumbnail']) {
    const { headers } = await download(ada, file.id, {}, rest);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['content-security-policy'], "sandbox; default-src 'none'");
    assert.match(String(headers['cache-control']), /^private, .*immutable/);
    assert.equal(headers['accept-ranges'], 'bytes');
  }
  const saved = await ada.call('GET', `/api/files/${file.id}`, { query: { download: 'true' } });
  assert.equal(saved.headers['content-disposition'], 'attachment; filename="a _quoted_ n_me__.png"; filename*=UTF-8\'\'a%20%22quoted%22%20n%C3%A4me%2F%5C.png');
  const head = await ada.call('HEAD', `/api/files/${file.id}`);
  assert.deepEqual([head.status, head.bytes.length, head.headers['content-length']], [200, 0, String(file.size)]);
});

test('a part, or nothing that the client has already', async () => {
  await beginning();
  const room = await ada.room('Ranges');
  const bytes = noise(200000);
  const { id } = await upload(ada, room.id, 'ranges.bin', bytes);
  const etag = String((await download(ada, id)).headers.etag);
  for (const [range, first, last] of /** @type {[string, number, number][]} */ ([['bytes=0-0', 0, 0], ['bytes=0-', 0, 199999], ['bytes=65530-65540', 65530, 65540], ['bytes=131072-', 131072, 199999], ['bytes=-1', 199999, 199999], ['bytes=-999999', 0, 199999], ['bytes=100-999999', 100, 199999], ['bytes=65536-131071', 65536, 131071]])) {
    const part = await download(ada, id, { Range: range });
    assert.equal(part.status, 206, range);
    assert.equal(part.headers['content-range'], `bytes ${first}-${last}/200000`);
    assert.equal(part.headers['content-length'], String(last - first + 1));
    assert.ok(part.bytes.equals(bytes.subarray(first, last + 1)), range);
  }
  for (const range of ['bytes=200000-', 'bytes=-0', 'bytes=999999-9999999']) {
    const outside = await download(ada, id, { Range: range });
    assert.equal(outside.status, 416, range);
    assert.equal(outside.headers['content-range'], 'bytes */200000');
  }
  for (const range of ['bytes=0-1,5-6', 'items=0-1', 'bytes=5-2', 'bytes=x-y', 'bytes', 'bytes=--1']) {
    const whole = await ada.call('GET', `/api/files/${id}`, { headers: { Range: range }, check: false });
    // The whole, by us; a web server may cut or refuse by itself.
    assert.ok([200, 206, 416].includes(whole.status), `${range}: ${whole.status}`);
    if (whole.status === 200) assert.equal(whole.bytes.length, 200000);
  }
  assert.equal((await download(ada, id, { Range: 'bytes=5-9', 'If-Range': etag })).status, 206);
  assert.equal((await download(ada, id, { Range: 'bytes=5-9', 'If-Range': '"another"' })).status, 200);
  for (const value of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const same = await download(ada, id, { 'If-None-Match': value });
    assert.deepEqual([same.status, same.bytes.length, same.headers.etag], [304, 0, etag], value);
  }
  assert.equal((await download(ada, id, { 'If-None-Match': '"x"' })).status, 200);
});

test('before it is sent, a file is its uploader\'s alone', async () => {
  await beginning();
  const room = await ada.room('Unsent', { people: [bob] });
  const file = await upload(ada, room.id, 'mine.txt', Buffer.from('mine'));
  for (const rest of ['', '/upload', '/thumbnail']) await bob.refused(404, 'not-found', 'GET', `/api/files/${file.id}${rest}`);
  assert.equal((await put(bob, file.id, 0, Buffer.from('mine'))).status, 404);
  await bob.refused(404, 'not-found', 'DELETE', `/api/files/${file.id}`);
  await cyd.refused(404, 'not-found', 'POST', `/api/rooms/${room.id}/files`, { body: { client_id: uuid7(), name: 'x', size: 1 } });
  await its.stack.api().refused(401, 'signed-out', 'GET', `/api/files/${file.id}`);
  assert.equal((await download(ada, file.id)).text, 'mine');
});

test('nothing of a file stands readable on disk or in the database', async () => {
  await beginning();
  const room = await ada.room('Sealed');
  const secret = 'the eagle lands at dawn ';
  const { id } = await upload(ada, room.id, 'operation-eagle.txt', Buffer.from(secret.repeat(6000)));
  const [row] = await its.stack.postgres.rows(`SELECT place, name FROM confab.file WHERE id = ${id}`);
  const place = String(Object.values(row)[0]).replace(/-/g, '');
  const at = filesIn(its.stack.filesDir).filter((f) => f.includes(place));
  assert.deepEqual(at, [`${its.stack.filesDir}/${place.slice(0, 2)}/${place.slice(2, 4)}/${place}`]);
  assert.ok(!fs.readFileSync(at[0]).includes('eagle'));
  assert.equal(fs.statSync(at[0]).mode & 0o777, 0o600);
  assert.ok(!JSON.stringify(row).includes(Buffer.from('eagle').toString('hex')) && !JSON.stringify(row).includes('eagle'));
});

test('a file that was changed on disk is refused, in the middle too', async () => {
  await beginning();
  const room = await ada.room('Tampered');
  const bytes = noise(3 * CHUNK);
  const place = async (/** @type {string} */ id) => {
    const name = String(Object.values((await its.stack.postgres.rows(`SELECT place FROM confab.file WHERE id = ${id}`))[0])[0]).replace(/-/g, '');
    return `${its.stack.filesDir}/${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`;
  };
  const first = await upload(ada, room.id, 'first', bytes);
  const at = await place(first.id);
  const sealed = fs.readFileSync(at);
  sealed[100] ^= 1;
  fs.writeFileSync(at, sealed);
  await ada.refused(500, 'internal', 'GET', `/api/files/${first.id}`);
  // Chunks that lie beyond the damage are whole.
  const part = await download(ada, first.id, { Range: `bytes=${CHUNK}-` });
  assert.ok(part.bytes.equals(bytes.subarray(CHUNK)));
  sealed[100] ^= 1;
  sealed[16 + (CHUNK + 40) * 2 + 50] ^= 1;
  fs.writeFileSync(at, sealed);
  await assert.rejects(download(ada, first.id), 'an answer that breaks off must not look whole');
});

test('an upload that is cancelled is off the disk at once, and its room is free again', async () => {
  await beginning();
  const room = await ada.room('Cancel');
  const used = async () => Number(Object.values((await its.stack.postgres.rows(`SELECT bytes FROM confab.file_usage WHERE account_id = ${ada.me.id}`))[0])[0]);
  const [before, usedBefore] = [filesIn(its.stack.filesDir).length, await used()];
  const { id } = await begin(ada, room.id, 'half.bin', 3 * CHUNK);
  await put(ada, id, 0, noise(CHUNK));
  assert.equal(await used(), usedBefore + 3 * CHUNK);
  const whole = await upload(ada, room.id, 'whole.png', png(800, 600));
  assert.equal(filesIn(its.stack.filesDir).length, before + 3);
  for (const one of [id, whole.id]) {
    await ada.ok('DELETE', `/api/files/${one}`, { status: 204 });
    await ada.refused(404, 'not-found', 'GET', `/api/files/${one}/upload`);
    await ada.refused(404, 'not-found', 'DELETE', `/api/files/${one}`);
  }
  assert.equal(filesIn(its.stack.filesDir).length, before);
  assert.equal(await used(), usedBefore);
});

test('what no message carries for a day is removed; younger ones stay', async () => {
  await beginning();
  const room = await ada.room('Orphans');
  const [old, young] = [await upload(ada, room.id, 'old.png', png(800, 600)), await upload(ada, room.id, 'young.bin', noise(10))];
  await its.stack.postgres.sql(`UPDATE confab.file SET created_at = now() - interval '25 hours' WHERE id = ${old.id}`);
  const before = filesIn(its.stack.filesDir).length;
  its.stack.ctl(['work', '--once']);
  assert.equal(filesIn(its.stack.filesDir).length, before - 2);
  await ada.refused(404, 'not-found', 'GET', `/api/files/${old.id}`);
  assert.equal((await download(ada, young.id)).status, 200);
  assert.deepEqual(await its.stack.postgres.rows(`SELECT id FROM confab.file WHERE id = ${old.id}`), []);
});

test('hostile pictures are taken as files, and harm nothing', async () => {
  await beginning();
  const room = await ada.room('Hostile');
  const bomb = await upload(ada, room.id, 'bomb.png', pngBomb(30000, 30000));
  assert.deepEqual([bomb.width, bomb.height, bomb.thumbnail], [30000, 30000, undefined]);
  const whole = png(900, 700);
  for (const bytes of [whole.subarray(0, 30), whole.subarray(0, 5000), Buffer.concat([whole.subarray(0, 33), noise(CHUNK * 2)])]) {
    const file = await upload(ada, room.id, 'broken.png', bytes);
    assert.ok((await download(ada, file.id)).bytes.equals(bytes));
  }
});

test('a server that dies while chunks come loses none that it has acknowledged', async () => {
  await beginning();
  const room = await ada.room('Crash');
  const bytes = noise(6 * CHUNK + 5);
  const { id } = await begin(ada, room.id, 'crash.bin', bytes.length);
  let kills = 1;
  for (let at = 0; at < bytes.length; ) {
    if (at === kills * 2 * CHUNK) {
      kills++;
      await its.stack.files?.kill();
      await its.stack.files?.start();
    }
    const answer = await put(ada, id, at, bytes.subarray(at, at + CHUNK)).catch(() => ({ status: 0, body: {} }));
    if (answer.status === 200) at = answer.body.offset;
    else at = (await ada.get(`/api/files/${id}/upload`)).offset;
  }
  assert.ok((await download(ada, id)).bytes.equals(bytes));
});

/** @param {any} api @param {string} room @param {string[]} files @param {string} [text] @param {string} [clientId] */
const sendFiles = (api, room, files, text = '', clientId = uuid7()) => api.call('POST', `/api/rooms/${room}/messages`, { body: { client_id: clientId, text, files } });

test('a message carries files: everybody in the room sees and reads them, nobody else', async () => {
  await beginning();
  const room = await ada.room('Carried', { people: [bob] });
  const files = [await upload(ada, room.id, 'one.png', png(1000, 500)), await upload(ada, room.id, 'two.txt', Buffer.from('two'))];
  const clientId = uuid7();
  const sent = await sendFiles(ada, room.id, files.map((f) => f.id), 'Look', clientId);
  assert.equal(sent.status, 201, sent.text);
  assert.deepEqual(sent.body.message.files, files);
  const again = await sendFiles(ada, room.id, files.map((f) => f.id), 'Look', clientId);
  assert.deepEqual([again.status, again.body.message], [200, sent.body.message], 'a retry');
  assert.equal((await sendFiles(ada, room.id, [files[0].id], 'Look', clientId)).body.type, '/problems/client-id-reused');
  const [read] = (await bob.messages(room.id)).messages;
  assert.deepEqual([read.text, read.files], ['Look', files]);
  assert.equal((await download(bob, files[1].id)).text, 'two');
  assert.equal((await download(bob, files[0].id, {}, '/thumbnail')).status, 200);
  await cyd.refused(404, 'not-found', 'GET', `/api/files/${files[1].id}`);
  await ada.refused(409, 'conflict', 'DELETE', `/api/files/${files[0].id}`);
  // Words are not needed, but something is.
  const bare = await upload(ada, room.id, 'bare.txt', Buffer.from('bare'));
  assert.equal((await sendFiles(ada, room.id, [bare.id], '  ')).body.message.text, '');
  await ada.refused(422, 'invalid', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: ' ' } });
  // Who leaves reads no more.
  await ada.ok('DELETE', `/api/rooms/${room.id}/members/${bob.me.id}`, { status: 204 });
  await bob.refused(404, 'not-found', 'GET', `/api/files/${files[1].id}`);
  await bob.refused(404, 'not-found', 'GET', `/api/files/${files[1].id}/upload`);
});

test('only complete uploads of one\'s own, to that room, and each only once', async () => {
  await beginning();
  const [room, other] = [await ada.room('Claims', { people: [bob] }), await ada.room('Another', { people: [bob] })];
  const [mine, theirs, elsewhere] = [await upload(ada, room.id, 'a', noise(5)), await upload(bob, room.id, 'b', noise(5)), await upload(ada, other.id, 'c', noise(5))];
  const half = await begin(ada, room.id, 'half', 100);
  for (const ids of [[theirs.id], [elsewhere.id], [half.id], ['999999'], [mine.id, theirs.id], [mine.id, mine.id]]) {
    const answer = await sendFiles(ada, room.id, ids, 'no');
    assert.equal(answer.status, 422, `${ids}: ${answer.text}`);
  }
  await ada.refused(422, 'invalid', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'x', files: [] } });
  await ada.refused(422, 'invalid', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'x', files: Array(11).fill(mine.id) } });
  await ada.refused(422, 'invalid', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'x', files: ['http://elsewhere.example/x.png'] } });
  await ada.refused(422, 'invalid', 'POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'x', files: [mine.id], choices: ['a', 'b'] } });
  assert.equal((await ada.messages(room.id)).messages.length, 0, 'a refused one was stored');
  assert.equal((await sendFiles(ada, room.id, [mine.id])).status, 201);
  assert.equal((await sendFiles(ada, room.id, [mine.id])).status, 409);
  const at = await Promise.all(Array.from({ length: 6 }, async () => (await upload(ada, room.id, 'rush', noise(5))).id));
  const rush = await Promise.all(Array.from({ length: 6 }, () => sendFiles(ada, room.id, at.slice(0, 3))));
  assert.deepEqual(rush.map((a) => a.status).sort(), [201, 409, 409, 409, 409, 409]);
});

test('an edit keeps the files; with its message a file is gone at once, and its bytes after work', async () => {
  await beginning();
  const room = await ada.room('Gone', { people: [bob] });
  const file = await upload(ada, room.id, 'gone.png', png(900, 900));
  const { message } = (await sendFiles(ada, room.id, [file.id], 'before')).body;
  const at = `/api/rooms/${room.id}/messages/${message.seq}`;
  const edited = (await ada.patch(at, { text: 'after' })).message;
  assert.deepEqual([edited.text, edited.files], ['after', [file]]);
  assert.equal((await ada.patch(at, { text: '' })).message.text, '');
  const before = filesIn(its.stack.filesDir).length;
  await ada.delete(at);
  for (const api of [ada, bob]) for (const rest of ['', '/thumbnail']) await api.refused(404, 'not-found', 'GET', `/api/files/${file.id}${rest}`);
  const [tombstone] = (await bob.messages(room.id)).messages;
  assert.deepEqual([tombstone.text, tombstone.deleted, tombstone.files], [null, true, undefined]);
  its.stack.ctl(['work', '--once']);
  assert.equal(filesIn(its.stack.filesDir).length, before - 2);
  assert.deepEqual(await its.stack.postgres.rows(`SELECT id FROM confab.file WHERE id = ${file.id}`), []);
});

test('with its room go its files', async () => {
  await beginning();
  const room = await ada.room('Doomed', { people: [bob] });
  const [sent, unsent] = [await upload(ada, room.id, 'sent', noise(70000)), await upload(ada, room.id, 'unsent', noise(5))];
  await sendFiles(ada, room.id, [sent.id]);
  const before = filesIn(its.stack.filesDir).length;
  await ada.ok('DELETE', `/api/rooms/${room.id}`, { status: 204 });
  await bob.refused(404, 'not-found', 'GET', `/api/files/${sent.id}`);
  its.stack.ctl(['work', '--once']);
  assert.equal(filesIn(its.stack.filesDir).length, before - 2);
});

test('who may not read what was said before does not read what was shown', async () => {
  await beginning();
  const room = await ada.room('Closed history', { history_open: false });
  const file = await upload(ada, room.id, 'early', Buffer.from('early'));
  await sendFiles(ada, room.id, [file.id]);
  await ada.post(`/api/rooms/${room.id}/members`, { people: [cyd.me.id] });
  await cyd.refused(404, 'not-found', 'GET', `/api/files/${file.id}`);
  const later = await upload(ada, room.id, 'later', Buffer.from('later'));
  await sendFiles(ada, room.id, [later.id]);
  assert.equal((await download(cyd, later.id)).text, 'later');
});

test('a full disk is told as passing, loses nothing, and the upload goes on when there is room', async () => {
  if (process.getuid?.() !== 0) return; // only root can make a small disk
  await withStack({ accounts: ['ada'], pusher: false }, async (stack) => {
    const owner = runAs.uid === undefined ? '' : `,uid=${runAs.uid},gid=${runAs.gid}`;
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=600k,mode=0700${owner}`, 'tmpfs', stack.filesDir], { stdio: 'ignore' });
    } catch {
      return; // not in a container that forbids it
    }
    try {
      const me = await stack.signIn('ada');
      const room = await me.room('Full');
      const bytes = noise(12 * CHUNK);
      const { id } = await begin(me, room.id, 'large.bin', bytes.length);
      let at = 0;
      let full;
      while (!full && at < bytes.length) {
        const answer = await put(me, id, at, bytes.subarray(at, at + CHUNK));
        if (answer.status === 200) at = answer.body.offset;
        else full = answer;
      }
      assert.deepEqual([full?.status, full?.body.type], [503, '/problems/unavailable']);
      assert.match(full?.body.detail, /disk is full/);
      assert.equal((await me.get(`/api/files/${id}/upload`)).offset, at);
      execFileSync('mount', ['-o', 'remount,size=4m', stack.filesDir]);
      for (; at < bytes.length; at += CHUNK) assert.equal((await put(me, id, at, bytes.subarray(at, at + CHUNK))).status, 200);
      assert.ok((await download(me, id)).bytes.equals(bytes));
    } finally {
      execFileSync('umount', ['-l', stack.filesDir], { stdio: 'ignore' });
    }
  });
});

test('size, quotas, and a server that takes none are told clearly', async () => {
  await beginning();
  const room = await ada.room('Limits');
  const at = `/api/rooms/${room.id}/files`;
  const asked = (/** @type {number} */ size) => ({ body: { client_id: uuid7(), name: 'x', size } });
  assert.match((await ada.refused(413, 'too-large', 'POST', at, asked(26214401))).detail, /26214400/);
  Object.assign(its.stack.config, { files_person_mib: 1 });
  its.stack.writeConf();
  await its.stack.handlers?.restart();
  // What is begun counts, whether its bytes have come or not; a retry counts once.
  const body = { client_id: uuid7(), name: 'x', size: 700000 };
  for (let i = 0; i < 2; i++) await cyd.ok('POST', `/api/rooms/${(await cyd.room('Quota')).id}/files`, { status: i === 0 ? 201 : 409, body });
  const mine = await cyd.room('Quota of mine');
  await cyd.refused(413, 'quota-exceeded', 'POST', `/api/rooms/${mine.id}/files`, asked(400000));
  await cyd.ok('POST', `/api/rooms/${mine.id}/files`, { status: 201, ...asked(300000) });
  Object.assign(its.stack.config, { files_person_mib: 0, files_tenant_mib: 1 });
  its.stack.writeConf();
  await its.stack.handlers?.restart();
  await bob.refused(413, 'quota-exceeded', 'POST', `/api/rooms/${(await bob.room('Of all')).id}/files`, asked(900000));
  Object.assign(its.stack.config, { files_dir: '' });
  its.stack.writeConf();
  await Promise.all([its.stack.handlers?.restart(), its.stack.files?.restart()]);
  await ada.refused(404, 'files-off', 'POST', at, asked(1));
  await ada.refused(404, 'files-off', 'GET', '/api/files/1001');
  assert.equal((await ada.sync()).limits.files, null);
});
