// The same promises behind every web server that contrib/ has a config for.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { uuid7 } from '../harness/client/api.mjs';
import { request } from '../harness/client/http.mjs';
import { withStack } from '../harness/stack.mjs';
import { assert, test } from '../harness/suite.mjs';
import { server } from '../harness/paths.mjs';
import { until } from '../harness/until.mjs';
import { filled } from '../harness/web.mjs';

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** @type {import('../harness/web.mjs').WebKind[]} */
const kinds = ['lighttpd', 'lighttpd-cgi', 'apache-fcgid', 'apache-proxy', 'apache-cgi'];

/** @param {import('../harness/stack.mjs').Stack} stack */
async function conversation(stack) {
  const [ada, bob] = [await stack.signIn('ada'), await stack.signIn('bob')];
  const room = await ada.room('Conversation', { people: [bob] });
  const text = 'Grüße ⚛ 🦊 "quoted" \\ back';
  const clientId = uuid7();
  const sent = await ada.send(room.id, text, clientId);
  assert.deepEqual(await ada.send(room.id, text, clientId), sent);
  assert.deepEqual((await bob.messages(room.id)).messages, [sent]);
  // Query strings, methods, headers and status codes come through as they are.
  assert.equal((await bob.get('/api/people', { q: 'ada' })).people[0].handle, 'ada');
  assert.deepEqual((await bob.get('/api/people', { q: 'a+b &=%/?#' })).people, []);
  assert.deepEqual(await bob.put(`/api/rooms/${room.id}/read`, { seq: sent.seq }), { read_seq: sent.seq, read_no: 1 });
  await ada.patch('/api/me', { name: 'Ada through the web server' });
  await ada.ok('DELETE', `/api/rooms/${room.id}/members/${bob.me.id}`, { status: 204 });
  await bob.refused(404, 'not-found', 'GET', `/api/rooms/${room.id}`);
  await ada.refused(405, 'method-not-allowed', 'DELETE', '/api/me');
  await ada.refused(422, 'invalid', 'PATCH', '/api/me', { body: { name: '' } });
  await stack.api().refused(401, 'signed-out', 'GET', '/api/me');
  const head = await ada.call('HEAD', '/api/me');
  assert.deepEqual([head.status, head.text], [200, '']);
  return { ada, room };
}

/** @param {any} ada @param {any} room */
async function bodies(ada, room) {
  const at = `/api/rooms/${room.id}/messages`;
  const padded = (/** @type {number} */ size) => {
    const body = JSON.stringify({ client_id: uuid7(), text: 'x' });
    return `${body.slice(0, -1)}${' '.repeat(size - body.length)}}`;
  };
  assert.equal((await ada.call('POST', at, { raw: padded(131072) })).status, 201);
  await ada.refused(413, 'too-large', 'POST', at, { raw: padded(131073) });
  await ada.refused(413, 'too-large', 'POST', at, { raw: padded(600000) });
  const chunked = await ada.call('POST', at, { raw: padded(5000), headers: { 'Transfer-Encoding': 'chunked' } });
  assert.equal(chunked.status, 201, chunked.text);
  await ada.refused(415, 'unsupported-media', 'POST', at, { raw: 'x', headers: { 'Content-Type': 'text/plain' } });
}

/** @param {import('../harness/stack.mjs').Stack} stack */
async function page(stack) {
  for (const [path, type] of /** @type {[string, RegExp][]} */ ([['/', /^text\/html/], ['/index.html', /^text\/html/]])) {
    const answer = await request({ url: stack.url, path });
    assert.equal(answer.status, 200, path);
    assert.match(String(answer.headers['content-type']), type);
    assert.equal(answer.headers['content-security-policy'], CSP);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(answer.headers['referrer-policy'], 'no-referrer');
    assert.match(String(answer.headers['cache-control']), /no-cache/);
    assert.doesNotMatch(answer.text, /<script(?![^>]*\ssrc=)|\son[a-z]+=|style="/i, 'script or style within the page');
    const again = await request({ url: stack.url, path, headers: { 'If-None-Match': String(answer.headers.etag) } });
    assert.equal(again.status, 304, path);
  }
  const script = /src="([^"]+\.m?js)"/.exec((await request({ url: stack.url, path: '/' })).text)?.[1] ?? '';
  const answer = await request({ url: stack.url, path: new URL(script, 'http://x/').pathname });
  assert.equal(answer.status, 200, script);
  assert.match(String(answer.headers['content-type']), /^text\/javascript/);
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  for (const path of ['/nothing', '/.git/config', '/js/', '/../confab.conf', '/%2e%2e/confab.conf']) {
    const missing = await request({ url: stack.url, path });
    assert.ok([301, 302, 400, 403, 404].includes(missing.status), `${path}: ${missing.status}`);
    assert.doesNotMatch(missing.text, /database_api|Index of|\[core\]/);
  }
}

for (const kind of kinds) {
  test(`${kind}: signing in, rooms, messages, refusals, body limits and the page work`, async () => {
    await withStack({ web: kind, accounts: ['ada', 'bob'] }, async (stack) => {
      await until('the first answer', async () => (await stack.api().call('GET', '/api/me', { check: false })).status === 401);
      const { ada, room } = await conversation(stack);
      await bodies(ada, room);
      const bot = stack.api();
      await bot.signIn('bob', 'bob-password', { bearer: true });
      bot.cookies.clear();
      assert.equal((await bot.get('/api/me')).handle, 'bob', 'the Authorization header does not come through');
      await page(stack);
    });
  });
}

test('mod_fcgid with more requests at once than processes answers them all', async () => {
  await withStack({ web: 'apache-fcgid', accounts: ['ada'] }, async (stack) => {
    const ada = await stack.signIn('ada');
    const room = await ada.room('Crowd');
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => ada.call('POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: `c${i}` } })));
    assert.deepEqual([...new Set(answers.map((a) => a.status))], [201]);
  });
});

const PLACES = { www: '/usr/share/confab/www', program: '/usr/lib/confab/confab.fcgi', conf: '/etc/confab/confab.conf', api_socket: '/run/confab/api.sock', files_socket: '/run/confab/files.sock', push_socket: '/run/confab/push.sock', processes: '32', push_max: '15' };

/** Runs a server's own check of its configuration. @param {string[]} command @param {Record<string, string>} [env] */
function accepted([file, ...args], env = {}) {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', ...env } });
  assert.equal(status, 0, `${file} ${args.join(' ')}\n${stdout}${stderr}`);
}

/** @param {(dir: string) => unknown} fn */
function inFolder(fn) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'confab-'));
  try {
    fn(dir);
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

for (const api of ['confab-fastcgi', 'confab-cgi']) {
  test(`Debian's lighttpd takes the examples confab-site and ${api} beside its own configuration`, () => {
    inFolder((dir) => {
      for (const name of ['confab-site', api]) fs.writeFileSync(path.join(dir, `${name}.conf`), filled(`lighttpd/${name}.conf.in`, PLACES));
      const own = fs.readFileSync('/etc/lighttpd/lighttpd.conf', 'utf8');
      const enabled = 'include "/etc/lighttpd/conf-enabled/*.conf"';
      assert.ok(own.includes(enabled));
      fs.writeFileSync(path.join(dir, 'lighttpd.conf'), own.replace(enabled, `include "${dir}/confab-site.conf"\ninclude "${dir}/${api}.conf"`));
      accepted([server('lighttpd'), '-tt', '-f', path.join(dir, 'lighttpd.conf')]);
    });
  });
}

for (const [api, ...modules] of [['confab-fcgid', 'fcgid'], ['confab-proxy-fcgi', 'proxy_fcgi'], ['confab-cgi', 'cgid', 'env']]) {
  test(`Debian's Apache takes the examples confab-site and ${api} beside its own configuration`, () => {
    inFolder((dir) => {
      const root = path.join(dir, 'apache2');
      fs.cpSync('/etc/apache2', root, { recursive: true, verbatimSymlinks: true });
      for (const m of ['proxy', 'proxy_http', 'headers', 'setenvif', 'alias', 'mime', 'dir', ...modules]) {
        for (const end of ['load', 'conf']) {
          const target = path.join(root, 'mods-enabled', `${m}.${end}`);
          if (fs.existsSync(path.join(root, 'mods-available', `${m}.${end}`)) && !fs.existsSync(target)) fs.symlinkSync(`../mods-available/${m}.${end}`, target);
        }
      }
      // Their folder need not exist here for the check of the rest.
      const www = fs.mkdtempSync(path.join(dir, 'www-'));
      const program = path.join(dir, 'confab.fcgi');
      fs.writeFileSync(program, '', { mode: 0o755 });
      for (const name of ['confab-site', api]) fs.writeFileSync(path.join(root, 'conf-enabled', `${name}.conf`), filled(`apache/${name}.conf.in`, { ...PLACES, www, program }));
      const env = { APACHE_RUN_USER: 'www-data', APACHE_RUN_GROUP: 'www-data', APACHE_PID_FILE: `${dir}/pid`, APACHE_RUN_DIR: dir, APACHE_LOCK_DIR: dir, APACHE_LOG_DIR: dir };
      accepted([server('apache2'), '-t', '-d', root, '-f', path.join(root, 'apache2.conf')], env);
    });
  });
}
