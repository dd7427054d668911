// What the pusher refuses that its HTTP library lets through: two readings of one request.
import { exchange, Raw } from '../harness/client/raw.mjs';
import { request } from '../harness/client/http.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada'] });
const target = () => ({ path: its.stack.pushSocket });
const HOST = 'Host: localhost\r\n';

/** @type {[string, string][]} */
const smuggled = [
  ['Content-Length with Transfer-Encoding', `POST /push/frames HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['Transfer-Encoding with Content-Length', `POST /push/frames HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`],
  ['two different Content-Lengths', `POST /push/frames HTTP/1.1\r\n${HOST}Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}GET`],
  ['two equal Content-Lengths', `POST /push/frames HTTP/1.1\r\n${HOST}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`],
  ['a list as Content-Length', `POST /push/frames HTTP/1.1\r\n${HOST}Content-Length: 2, 2\r\n\r\n{}`],
  ['a signed Content-Length', `POST /push/frames HTTP/1.1\r\n${HOST}Content-Length: +2\r\n\r\n{}`],
  ['a negative Content-Length', `POST /push/frames HTTP/1.1\r\n${HOST}Content-Length: -2\r\n\r\n{}`],
  ['a Content-Length that is no number', `POST /push/frames HTTP/1.1\r\n${HOST}Content-Length: two\r\n\r\n{}`],
  ['a hexadecimal Content-Length', `POST /push/frames HTTP/1.1\r\n${HOST}Content-Length: 0x2\r\n\r\n{}`],
  ['an endless Content-Length', `POST /push/frames HTTP/1.1\r\n${HOST}Content-Length: 99999999999999999999999\r\n\r\n{}`],
  ['an encoding besides chunked', `POST /push/frames HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['an unknown encoding', `POST /push/frames HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['chunked twice', `POST /push/frames HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['a blank before the colon', `POST /push/frames HTTP/1.1\r\n${HOST}Content-Length : 2\r\n\r\n{}`],
  ['a blank within a name', `GET /push/health HTTP/1.1\r\n${HOST}X Y: 1\r\n\r\n`],
  ['a folded header', `GET /push/health HTTP/1.1\r\n${HOST}X-A: 1\r\n Content-Length: 5\r\n\r\n`],
  ['no Host', 'GET /push/health HTTP/1.1\r\n\r\n'],
  ['two Hosts', `GET /push/health HTTP/1.1\r\n${HOST}${HOST}\r\n`],
];

for (const [what, bytes] of smuggled) {
  test(`${what} is refused and the connection ends, so that nothing behind it is read as a request`, async () => {
    const answer = await exchange(target(), `${bytes}GET /push/health HTTP/1.1\r\n${HOST}\r\n`, { idle: 500, timeout: 5000 });
    assert.ok(answer.statuses.every((s) => s >= 400 && s < 500), `${answer.statuses}: it was taken, or what follows it was read:\n${answer.text}`);
    assert.equal(answer.open, false, 'the connection stays open');
  });
}

test('a head that never ends, or is too large, is given up', async () => {
  const long = await exchange(target(), `GET /push/health HTTP/1.1\r\n${HOST}X: ${'x'.repeat(100000)}\r\n\r\n`, { idle: 500 });
  assert.ok(long.statuses.length === 0 || [400, 413, 414, 431].includes(long.statuses[0]), long.text.slice(0, 200));
  const path = await exchange(target(), `GET /push/${'x'.repeat(70000)} HTTP/1.1\r\n${HOST}\r\n`, { idle: 500 });
  assert.ok(path.statuses.length === 0 || path.statuses[0] >= 400, path.text.slice(0, 200));
});

test('a body larger than it may be is refused with 413', async () => {
  const ada = await its.stack.signIn('ada');
  const answer = await ada.call('POST', '/push/frames', { raw: JSON.stringify({ stream: 'A'.repeat(22), frames: [{ do: 'ping', id: 'x'.repeat(300000) }] }) });
  assert.equal(answer.status, 413);
});

for (const path of ['/push/health', '/push/events', '/push/poll', '/push/ws', '/push/metrics', '/push/nothing']) {
  test(`HEAD ${path} has no body, and the next request on the connection is read rightly`, async () => {
    const ada = await its.stack.signIn('ada');
    const identity = Object.entries(ada.identity()).map(([k, v]) => `${k}: ${v}\r\n`).join('');
    const raw = new Raw(target());
    raw.write(`HEAD ${path} HTTP/1.1\r\n${HOST}${identity}\r\n`);
    await raw.match(/\r\n\r\n/);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const first = raw.text;
    assert.match(first, /^HTTP\/1\.1 \d{3} [^\r]*\r\n(?:[^\r\n]+\r\n)*\r\n$/, `a body follows:\n${first}`);
    assert.doesNotMatch(first, /transfer-encoding/i);
    if (!raw.ended && !/connection: *close/i.test(first)) {
      raw.write(`GET /push/health HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
      await raw.ending();
      assert.match(raw.text.slice(first.length), /^HTTP\/1\.1 200 /);
    }
    raw.drop();
  });
}

test('health is 200 with {"status":"ok"} while the database is there', async () => {
  const answer = await its.stack.pushHealth();
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, { status: 'ok' });
});

test('an HTTP/1.0 client gets its poll answered and the connection closed', async () => {
  const ada = await its.stack.signIn('ada');
  const identity = Object.entries(ada.identity()).map(([k, v]) => `${k}: ${v}\r\n`).join('');
  const answer = await exchange(target(), `GET /push/poll?wait=200 HTTP/1.0\r\n${identity}\r\n`, { idle: 600 });
  assert.ok(answer.statuses[0] === 200 || answer.statuses[0] === 400, answer.text);
  assert.equal(answer.open, false);
  assert.doesNotMatch(answer.text, /transfer-encoding: *chunked/i);
});

test('the same requests through the web server reach nobody either', async () => {
  const port = { port: its.stack.web.port };
  for (const [what, bytes] of smuggled.slice(0, 5)) {
    const answer = await exchange(port, `${bytes}GET /push/health HTTP/1.1\r\n${HOST}\r\n`, { idle: 400, timeout: 4000 });
    assert.ok(answer.statuses.filter((s) => s === 200).length <= 1, `${what}:\n${answer.text}`);
  }
});

test('many connections that send nothing do not keep others out', async () => {
  const idle = Array.from({ length: 200 }, () => new Raw(target()));
  for (const raw of idle) raw.write('GET /push/hea');
  assert.equal((await request({ socketPath: its.stack.pushSocket, path: '/push/health', timeout: 4000 })).status, 200);
  for (const raw of idle) raw.drop();
});
