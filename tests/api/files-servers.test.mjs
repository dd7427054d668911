// Attachments behind every web server that contrib/ has a config for, and slow readers.
import net from 'node:net';
import { begin, CHUNK, download, noise, put, upload } from '../harness/client/files.mjs';
import { png } from '../harness/images.mjs';
import { withStack } from '../harness/stack.mjs';
import { assert, test } from '../harness/suite.mjs';
import { sleep, until } from '../harness/until.mjs';

/** @type {[string, import('../harness/stack.mjs').StackOptions][]} */
const fronts = [
  ['lighttpd', { web: 'lighttpd' }],
  ['lighttpd with plain CGI', { web: 'lighttpd-cgi' }],
  ['Apache with mod_fcgid', { web: 'apache-fcgid' }],
  ['Apache with mod_fcgid as it is by default', { web: 'apache-fcgid', fcgidDefaults: true }],
  ['Apache with mod_proxy_fcgi', { web: 'apache-proxy' }],
  ['Apache with plain CGI', { web: 'apache-cgi' }],
];

for (const [name, options] of fronts) {
  test(`${name}: a file is uploaded, looked at, downloaded whole and in part, and cancelled`, async () => {
    await withStack({ ...options, accounts: ['ada'], files: true, pusher: false }, async (stack) => {
      await until('the first answer', async () => (await stack.api().call('GET', '/api/me', { check: false })).status === 401);
      const ada = await stack.signIn('ada');
      const room = await ada.room('Files');
      const bytes = noise(300000);
      const file = await upload(ada, room.id, 'näme (1).bin', bytes);
      const back = await download(ada, file.id);
      assert.ok(back.bytes.equals(bytes));
      assert.match(String(back.headers['content-disposition']), /^attachment; filename="n_me \(1\)\.bin"; filename\*=UTF-8''n%C3%A4me%20%281%29\.bin$/);
      const part = await download(ada, file.id, { Range: 'bytes=65000-70000' });
      assert.deepEqual([part.status, part.headers['content-range']], [206, 'bytes 65000-70000/300000']);
      assert.ok(part.bytes.equals(bytes.subarray(65000, 70001)));
      const same = await download(ada, file.id, { 'If-None-Match': String(back.headers.etag) });
      assert.deepEqual([same.status, same.bytes.length], [304, 0]);
      const head = await ada.call('HEAD', `/api/files/${file.id}`);
      assert.deepEqual([head.status, head.bytes.length], [200, 0]);
      const picture = await upload(ada, room.id, 'p.png', png(900, 600));
      assert.deepEqual([picture.type, picture.width, picture.height, picture.thumbnail], ['image/png', 900, 600, true]);
      assert.equal((await download(ada, picture.id, {}, '/thumbnail')).headers['content-type'], 'image/webp');
      const { id } = await begin(ada, room.id, 'x', CHUNK + 1);
      const early = await put(ada, id, CHUNK, Buffer.alloc(1));
      assert.deepEqual([early.status, early.headers['upload-offset']], [409, '0']);
      await ada.ok('DELETE', `/api/files/${id}`, { status: 204 });
    });
  });
}

/** Asks for a file and reads none of it. @param {any} api @param {string} id */
function slowReader(api, id) {
  const { hostname, port } = new URL(api.url);
  const socket = net.connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  socket.pause();
  const identity = Object.entries(api.identity()).map(([k, v]) => `${k}: ${v}\r\n`).join('');
  socket.write(`GET /api/files/${id} HTTP/1.1\r\nHost: ${hostname}\r\n${identity}Connection: close\r\n\r\n`);
  return socket;
}

for (const web of /** @type {import('../harness/web.mjs').WebKind[]} */ (['lighttpd', 'apache-fcgid', 'apache-proxy'])) {
  test(`${web}: readers who do not read keep no message waiting`, async () => {
    await withStack({ web, accounts: ['ada'], files: true, pusher: false }, async (stack) => {
      await until('the first answer', async () => (await stack.api().call('GET', '/api/me', { check: false })).status === 401);
      const ada = await stack.signIn('ada');
      const room = await ada.room('Slow');
      const { id } = await upload(ada, room.id, 'large.bin', noise(12e6));
      const readers = Array.from({ length: 12 }, () => slowReader(ada, id));
      await sleep(1500);
      const times = [];
      for (let i = 0; i < 10; i++) {
        const began = Date.now();
        await ada.send(room.id, `while they wait ${i}`);
        times.push(Date.now() - began);
      }
      for (const reader of readers) reader.destroy();
      assert.ok(Math.max(...times) < 1000, `sends took ${times} ms`);
    });
  });
}
