// Attachments: uploading in chunks, what the server makes of a file, downloading it, and its end.
import { uuid7 } from '../harness/client/api.mjs';
import { begin, CHUNK, download, noise, put, upload } from '../harness/client/files.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

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
  for (const body of [{ name: 'x', size: 1 }, { name: '', size: 1 }, { name: 'x', size: 0 }, { name: 'x', size: -1 }, { name: 'x', size: 1.5 }, { name: 'x'.repeat(201), size: 1 }]) {
    const status = 'client_id' in body ? 201 : 422;
    await ada.refused(status, 'invalid', 'POST', `/api/rooms/${room.id}/files`, { body: body.name === 'x' && body.size === 1 ? body : { client_id: uuid7(), ...body } });
  }
});
