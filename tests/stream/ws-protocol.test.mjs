// RFC 6455, to the byte.
import { exchange, frame, OP, RawWs } from '../harness/client/raw.mjs';
import { Ws } from '../harness/client/ws.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada'], config: { push_frame_burst: 1000 } });
const target = () => ({ path: its.stack.pushSocket });
const open = async () => RawWs.open(await its.stack.signIn('ada'), target());
const ping = (/** @type {unknown} */ id) => JSON.stringify({ do: 'ping', id });
/** @param {RawWs} ws @param {unknown} id */
const answered = (ws, id) => until(`the pong ${id}`, () => ws.events.some((e) => e.event === 'pong' && e.id === id));

test('frames of the server are not masked, whole, without reserved bits', async () => {
  const ws = await open();
  ws.write(frame(OP.TEXT, ping('a')));
  await answered(ws, 'a');
  for (const f of ws.frames) assert.deepEqual([f.masked, f.rsv, f.fin], [false, 0, true]);
  assert.match(ws.head, /^sec-websocket-protocol: confab\.v1\r$/im);
  assert.doesNotMatch(ws.head, /sec-websocket-extensions/i);
  ws.drop();
});

test('a message in any number of fragments, with control frames between them, is one message', async () => {
  const ws = await open();
  const text = Buffer.from(ping('zersplittert ⚛🦊'));
  ws.write(frame(OP.TEXT, text.subarray(0, 1), { fin: false }));
  for (let i = 1; i < text.length; i++) {
    ws.write(frame(OP.CONTINUE, text.subarray(i, i + 1), { fin: i === text.length - 1 }));
    if (i % 7 === 3) ws.write(frame(OP.PING, `between ${i}`));
  }
  await answered(ws, 'zersplittert ⚛🦊');
  assert.ok(ws.frames.filter((f) => f.opcode === OP.PONG).length >= 3);
  ws.write(frame(OP.TEXT, '', { fin: false })).write(frame(OP.CONTINUE, ping('empty first'), { fin: true }));
  await answered(ws, 'empty first');
  ws.drop();
});

test('bytes in any pieces are the same frames', async () => {
  const ws = await open();
  const bytes = Buffer.concat([frame(OP.TEXT, ping(1)), frame(OP.PING, 'x'), frame(OP.TEXT, ping('y'.repeat(300))), frame(OP.TEXT, ping(3))]);
  for (const byte of bytes) {
    ws.write(Buffer.from([byte]));
    if (Math.random() < 0.05) await new Promise((resolve) => setImmediate(resolve));
  }
  await answered(ws, 3);
  const pongs = ws.events.filter((e) => e.event === 'pong').map((e) => e.id);
  assert.deepEqual(pongs, [1, 'y'.repeat(300), 3]);
  ws.drop();
});

test('many frames in one piece are all answered, in order', async () => {
  const ws = await open();
  ws.write(Buffer.concat(Array.from({ length: 50 }, (_, i) => frame(OP.TEXT, ping(i)))));
  await answered(ws, 49);
  assert.deepEqual(ws.events.filter((e) => e.event === 'pong').map((e) => e.id), Array.from({ length: 50 }, (_, i) => i));
  ws.drop();
});

test('a ping is answered by a pong with the same payload; a pong that nobody asked for is ignored', async () => {
  const ws = await open();
  ws.write(frame(OP.PONG, 'unasked')).write(frame(OP.PING, '')).write(frame(OP.PING, Buffer.from([0, 255, 128, 1]))).write(frame(OP.PING, 'p'.repeat(125)));
  const pongs = await until('three pongs', () => {
    const found = ws.frames.filter((f) => f.opcode === OP.PONG);
    return found.length === 3 && found;
  });
  assert.deepEqual(pongs.map((f) => f.payload.toString('latin1')), ['', '\x00\xff\x80\x01', 'p'.repeat(125)]);
  ws.write(frame(OP.TEXT, ping('alive')));
  await answered(ws, 'alive');
  ws.drop();
});

/** @type {[string, Buffer[], number][]} */
const violations = [
  ['a frame without a mask', [frame(OP.TEXT, ping(1), { mask: false })], 1002],
  ['a reserved bit', [frame(OP.TEXT, ping(1), { rsv: 4 })], 1002],
  ['an unknown opcode', [frame(3, 'x')], 1002],
  ['an unknown control opcode', [frame(11, 'x')], 1002],
  ['a control frame in fragments', [frame(OP.PING, 'x', { fin: false })], 1002],
  ['a control frame of 126 bytes', [frame(OP.PING, 'x'.repeat(126))], 1002],
  ['a continuation of nothing', [frame(OP.CONTINUE, 'x')], 1002],
  ['a new message within another', [frame(OP.TEXT, 'a', { fin: false }), frame(OP.TEXT, 'b')], 1002],
  ['a close frame of one byte', [frame(OP.CLOSE, 'x')], 1002],
  ['a close code that may not be sent', [frame(OP.CLOSE, Buffer.from([1005 >> 8, 1005 & 255]))], 1002],
  ['a close reason that is not UTF-8', [frame(OP.CLOSE, Buffer.from([3, 232, 0xff]))], 1007],
  ['binary data', [frame(OP.BINARY, 'x')], 1003],
  ['text that is not UTF-8', [frame(OP.TEXT, Buffer.from([0x7b, 0xc3, 0x28, 0x7d]))], 1007],
  ['overlong UTF-8', [frame(OP.TEXT, Buffer.from([0xc0, 0xaf]))], 1007],
  ['half a surrogate', [frame(OP.TEXT, Buffer.from([0xed, 0xa0, 0x80]))], 1007],
  ['a code point beyond Unicode', [frame(OP.TEXT, Buffer.from([0xf4, 0x90, 0x80, 0x80]))], 1007],
  ['text that ends within a character', [frame(OP.TEXT, Buffer.from([0x22, 0xe2, 0x82]))], 1007],
  ['bad UTF-8 in a later fragment', [frame(OP.TEXT, '{"x":"', { fin: false }), frame(OP.CONTINUE, Buffer.from([0xff]), { fin: false })], 1007],
  ['a message beyond 64 KiB', [frame(OP.TEXT, 'x'.repeat(65537))], 1009],
  ['fragments that together go beyond 64 KiB', [frame(OP.TEXT, 'x'.repeat(40000), { fin: false }), frame(OP.CONTINUE, 'x'.repeat(40000))], 1009],
  ['a length of many gigabytes', [frame(OP.TEXT, 'x', { length: 2 ** 40 })], 1009],
];

for (const [what, frames, code] of violations) {
  test(`${what} closes with ${code}`, async () => {
    const ws = await open();
    for (const f of frames) ws.write(f);
    assert.equal(await ws.closeCode(), code);
    await ws.ending();
  });
}

test('a length whose first bit is set is refused', async () => {
  const ws = await open();
  ws.write(Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]));
  assert.ok([1002, 1009].includes(await ws.closeCode()));
});

test('a character that is split between fragments is one character', async () => {
  const ws = await open();
  const bytes = Buffer.from(ping('€'));
  const cut = bytes.indexOf(Buffer.from('€')) + 1;
  ws.write(frame(OP.TEXT, bytes.subarray(0, cut), { fin: false })).write(frame(OP.CONTINUE, bytes.subarray(cut)));
  await answered(ws, '€');
  ws.drop();
});

test('a message of exactly 64 KiB is read', async () => {
  const ws = await open();
  const room = `{"do":"ping","id":"big"${' '.repeat(65536 - 24)}}`;
  assert.equal(room.length, 65536);
  ws.write(frame(OP.TEXT, room));
  await answered(ws, 'big');
  ws.drop();
});

test('a close is answered with the same code, and the connection ends', async () => {
  // One without a code may be answered without one, or with 1000.
  for (const [payload, ...codes] of /** @type {[Buffer, ...number[]][]} */ ([[Buffer.alloc(0), 1005, 1000], [Buffer.from([3, 232]), 1000], [Buffer.concat([Buffer.from([0x0f, 0xa0]), Buffer.from('bye ⚛')]), 4000]])) {
    const ws = await open();
    ws.write(frame(OP.CLOSE, payload)).write(frame(OP.TEXT, ping('too late')));
    assert.ok(codes.includes(await ws.closeCode()));
    await ws.ending();
    assert.ok(!ws.events.some((e) => e.event === 'pong'));
  }
});

test('a handshake is checked: version, key, method, upgrade', async () => {
  const ada = await its.stack.signIn('ada');
  const good = { Host: 'localhost', Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13', ...ada.identity() };
  const ask = async (/** @type {Record<string, string | undefined>} */ change, method = 'GET') => {
    const lines = Object.entries({ ...good, ...change }).filter(([, v]) => v !== undefined);
    return exchange(target(), `${method} /push/ws HTTP/1.1\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`, { idle: 200 });
  };
  assert.deepEqual((await ask({})).statuses, [101]);
  const version = await ask({ 'Sec-WebSocket-Version': '8' });
  assert.ok([400, 426].includes(version.statuses[0]), version.text);
  assert.match(version.text, /sec-websocket-version: *13/i);
  for (const bad of [{ 'Sec-WebSocket-Key': undefined }, { 'Sec-WebSocket-Key': 'short' }, { 'Sec-WebSocket-Key': 'not base64 at all!!!!!!!=' }]) {
    assert.equal((await ask(bad)).statuses[0], 400, JSON.stringify(bad));
  }
  for (const bad of [{ Upgrade: undefined }, { Upgrade: 'h2c' }, { Connection: 'close' }]) assert.ok([400, 426].includes((await ask(bad)).statuses[0]), JSON.stringify(bad));
  assert.ok([400, 405].includes((await ask({ 'Content-Length': '0' }, 'POST')).statuses[0]));
  // Header values are lists, in any case.
  assert.deepEqual((await ask({ Upgrade: 'WebSocket', Connection: 'keep-alive, UPGRADE' })).statuses, [101]);
});

test('what comes before the handshake is answered is never mistaken for another request', async () => {
  const ada = await its.stack.signIn('ada');
  const lines = Object.entries({ Host: 'localhost', Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13', ...ada.identity() });
  const head = `GET /push/ws HTTP/1.1\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`;
  for (const eager of [frame(OP.TEXT, ping('eager')), Buffer.from('GET /push/health HTTP/1.1\r\nHost: localhost\r\n\r\n')]) {
    const answer = await exchange(target(), Buffer.concat([Buffer.from(head), eager]), { idle: 400 });
    assert.equal(answer.statuses.length, 1, answer.text.slice(0, 600));
  }
});

test('the server pings, and who does not answer for the time of a lease is gone', async () => {
  const { stack } = its;
  Object.assign(stack.config, { push_heartbeat_ms: 300, push_lease_ws_ms: 1500 });
  stack.writeConf();
  await stack.pusher?.restart();
  const ada = await stack.signIn('ada');
  const alive = await Ws.open(ada);
  const silent = await Ws.open(ada, { autoPong: false });
  await silent.ending(6000);
  assert.ok(silent.pings >= 2);
  await until('more pings', () => alive.pings >= 8);
  assert.equal(alive.end, undefined);
  await alive.close();
});
