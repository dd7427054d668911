// Signing in and out, sessions, passwords, and what an operator may do to them.
import { passwordOf } from '../harness/stack.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { problem } from '../harness/client/api.mjs';
import { request } from '../harness/client/http.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd', 'dan'] });

/** @param {string} handle @param {string} password @param {Record<string, string>} [headers] */
const attempt = (handle, password, headers) => its.stack.api().call('POST', '/api/session', { body: { handle, password }, headers });

test('a right password gives a session, told as a cookie that scripts cannot read', async () => {
  const answer = await attempt('ada', passwordOf('ada'));
  assert.equal(answer.status, 200);
  assert.equal(answer.body.account.handle, 'ada');
  assert.equal(answer.body.account.name, 'Ada');
  assert.equal(answer.body.account.tenant.name, 'Main');
  assert.equal(answer.body.account.session, answer.body.session);
  assert.equal(answer.body.token, undefined);
  const [cookie, ...more] = answer.headers['set-cookie'] ?? [];
  assert.equal(more.length, 0);
  // Plain http on this very machine: no Secure, hence the plain name.
  assert.match(cookie, /^confab=c1\.\d+\.[A-Za-z0-9_-]{43};/);
  assert.match(cookie, /; *HttpOnly/i);
  assert.match(cookie, /; *SameSite=Lax/i);
  assert.match(cookie, /; *Path=\//i);
  assert.doesNotMatch(cookie, /; *(Secure|Domain)/i);
  assert.match(String(answer.headers['cache-control']), /no-store/);
});

test('a session is who I am on the next request, and nobody without it', async () => {
  const ada = await its.stack.signIn('ada');
  assert.equal((await ada.get('/api/me')).handle, 'ada');
  await its.stack.api().refused(401, 'signed-out', 'GET', '/api/me');
  const forged = its.stack.api({ headers: { Cookie: `confab=${[...ada.cookies.values()][0].slice(0, -4)}AAAA` } });
  await forged.refused(401, 'signed-out', 'GET', '/api/me');
  await its.stack.api({ headers: { Cookie: 'confab=nonsense' } }).refused(401, 'signed-out', 'GET', '/api/me');
});

test("headers that name a person are worth nothing if a client sends them", async () => {
  const headers = { 'X-User-Id': '1002', 'X-Remote-User': 'ada', Remote_User: 'ada', 'X-Confab-Account': 'ada' };
  await its.stack.api({ headers }).refused(401, 'signed-out', 'GET', '/api/me');
  const relay = `v1 1 1001 1002 1 ${Math.floor(Date.now() / 1000)} 127.0.0.1 ${'00'.repeat(32)}`;
  await its.stack.api({ headers: { 'X-Confab-Relay': relay } }).refused(401, 'signed-out', 'GET', '/api/me');
  const ada = await its.stack.signIn('ada', { headers: {} });
  // A forged relay header spoils a request that would be good without it.
  await ada.refused(401, 'signed-out', 'GET', '/api/me', { headers: { 'X-Confab-Relay': relay } });
});

test('a bearer token is the same session for clients that are not browsers', async () => {
  const bot = its.stack.api();
  const answer = await bot.signIn('bob', passwordOf('bob'), { bearer: true });
  assert.match(answer.token, /^c1\.\d+\.[A-Za-z0-9_-]{43}$/);
  bot.cookies.clear();
  assert.equal((await bot.get('/api/me')).handle, 'bob');
  await bot.delete('/api/session');
  await bot.refused(401, 'signed-out', 'GET', '/api/me');
});

test('the database holds a hash of a token, never the token', async () => {
  const bot = its.stack.api();
  const { token } = await bot.signIn('bob', passwordOf('bob'), { bearer: true });
  const rows = await its.stack.postgres.sql("SELECT encode(hash, 'escape') || encode(hash, 'hex') || encode(hash, 'base64') FROM confab.session");
  assert.ok(!rows.includes(token));
  assert.ok(!rows.includes(Buffer.from(token).toString('hex')));
});

test('a wrong password, an unknown and a closed account are told apart by nothing', async () => {
  its.stack.ctl(['account', 'deactivate', 'main', 'cyd']);
  const wrong = await attempt('ada', 'not-the-password');
  const unknown = await attempt('nobody-of-that-name', 'not-the-password');
  const closed = await attempt('cyd', passwordOf('cyd'));
  for (const answer of [wrong, unknown, closed]) problem(answer, 401, 'bad-credentials');
  const shape = (/** @type {any} */ a) => JSON.stringify({ ...a.body, instance: undefined });
  assert.equal(shape(unknown), shape(wrong));
  assert.equal(shape(closed), shape(wrong));
  assert.equal(wrong.headers['set-cookie'], undefined);
  its.stack.ctl(['account', 'activate', 'main', 'cyd']);
  assert.equal((await attempt('cyd', passwordOf('cyd'))).status, 200);
});

test('an unknown account costs as much work as a known one', async () => {
  const timed = async (/** @type {string} */ handle) => {
    const at = process.hrtime.bigint();
    await attempt(handle, 'not-the-password', {});
    return Number(process.hrtime.bigint() - at) / 1e6;
  };
  // Argon2id dominates: without it the unknown account would answer in a fraction of the time.
  const known = await timed('dan');
  const unknown = await timed('somebody-else');
  assert.ok(unknown > known / 5, `unknown ${unknown} ms, known ${known} ms`);
});

test('a handle is the same in any case', async () => {
  const answer = await attempt('ADA', passwordOf('ada'));
  assert.equal(answer.status, 200);
  assert.equal(answer.body.account.handle, 'ada');
});

test('I see my sessions, which one this is, and where they came from', async () => {
  const one = await its.stack.signIn('bob', { headers: { 'User-Agent': 'Old Phone/1.0' } });
  const two = await its.stack.signIn('bob', { headers: { 'User-Agent': 'Laptop/2.0' } });
  const { sessions } = await two.get('/api/sessions');
  const mine = sessions.find((/** @type {any} */ s) => s.id === two.session);
  const other = sessions.find((/** @type {any} */ s) => s.id === one.session);
  assert.equal(mine.current, true);
  assert.equal(mine.agent, 'Laptop/2.0');
  assert.equal(mine.address, '127.0.0.1');
  assert.equal(other.current, false);
  assert.equal(other.agent, 'Old Phone/1.0');
  assert.ok(Date.parse(mine.expires_at) > Date.now() + 29 * 86400e3);
  assert.ok(sessions.every((/** @type {any} */ s) => !('hash' in s) && !('token' in s)));
});

test('I revoke one session, or all but this one; nobody revokes mine', async () => {
  const [one, two, three] = [await its.stack.signIn('dan'), await its.stack.signIn('dan'), await its.stack.signIn('dan')];
  const bob = await its.stack.signIn('bob');
  await bob.refused(404, 'not-found', 'DELETE', `/api/sessions/${one.session}`);
  await two.ok('DELETE', `/api/sessions/${one.session}`, { status: 204 });
  await one.refused(401, 'signed-out', 'GET', '/api/me');
  await two.refused(404, 'not-found', 'DELETE', `/api/sessions/${one.session}`);
  await two.ok('DELETE', '/api/sessions/others', { status: 204 });
  await three.refused(401, 'signed-out', 'GET', '/api/me');
  assert.equal((await two.get('/api/sessions')).sessions.length, 1);
  await two.ok('DELETE', '/api/sessions/others', { status: 204 });
});

test('signing out ends the session and takes the cookie back', async () => {
  const ada = await its.stack.signIn('ada');
  const kept = ada.identity();
  await ada.ok('DELETE', '/api/session', { status: 204 });
  assert.equal(ada.cookies.size, 0);
  await its.stack.api({ headers: kept }).refused(401, 'signed-out', 'GET', '/api/me');
});

test('changing the password needs the old one and ends every other session', async () => {
  const here = await its.stack.signIn('cyd');
  const there = await its.stack.signIn('cyd');
  const refused = await here.refused(422, 'invalid', 'PUT', '/api/me/password', { body: { old: 'not-it-at-all', new: 'a-new-password' } });
  assert.equal(refused.errors[0].field, 'old');
  await here.refused(422, 'invalid', 'PUT', '/api/me/password', { body: { old: passwordOf('cyd'), new: 'short' } });
  await here.ok('PUT', '/api/me/password', { status: 204, body: { old: passwordOf('cyd'), new: 'a-new-password ✓' } });
  assert.equal((await here.get('/api/me')).handle, 'cyd');
  await there.refused(401, 'signed-out', 'GET', '/api/me');
  problem(await attempt('cyd', passwordOf('cyd')), 401, 'bad-credentials');
  assert.equal((await attempt('cyd', 'a-new-password ✓')).status, 200);
});

test('the operator sets a password, closes an account and opens it again; sessions end each time', async () => {
  const before = await its.stack.signIn('bob');
  its.stack.ctl(['account', 'password', 'main', 'bob', '--password-stdin'], 'given-by-the-operator');
  await before.refused(401, 'signed-out', 'GET', '/api/me');
  const bob = its.stack.api();
  await bob.signIn('bob', 'given-by-the-operator');
  its.stack.ctl(['account', 'deactivate', 'main', 'bob']);
  await bob.refused(401, 'signed-out', 'GET', '/api/me');
  problem(await attempt('bob', 'given-by-the-operator'), 401, 'bad-credentials');
  its.stack.ctl(['account', 'activate', 'main', 'bob']);
  await bob.refused(401, 'signed-out', 'GET', '/api/me');
  await bob.signIn('bob', 'given-by-the-operator');
  const made = its.stack.ctl(['account', 'password', 'main', 'bob']);
  const password = /^password: (\S+)$/m.exec(made)?.[1] ?? '';
  await its.stack.api().signIn('bob', password);
});

test('over plain http from another host nobody signs in, unless the operator allows it', async () => {
  const body = JSON.stringify({ handle: 'ada', password: passwordOf('ada') });
  const headers = { Host: 'chat.example.org', 'Content-Type': 'application/json' };
  const ask = () => request({ url: its.stack.url, path: '/api/session', method: 'POST', headers, body });
  problem(await ask(), 403, 'insecure');
  its.stack.config.plain_http = 'yes';
  its.stack.writeConf();
  await its.stack.handlers?.restart();
  const allowed = await ask();
  assert.equal(allowed.status, 200);
  assert.match(allowed.headers['set-cookie']?.[0] ?? '', /^confab=/);
});

test('behind a proxy that ends TLS the cookie is Secure and bound to the host, if the proxy is trusted', async () => {
  its.stack.config.plain_http = 'no';
  its.stack.config.trust_forwarded = 'yes';
  its.stack.writeConf();
  await its.stack.handlers?.restart();
  const headers = { Host: 'chat.example.org', 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '203.0.113.7' };
  const answer = await attempt('ada', passwordOf('ada'), headers);
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers['set-cookie']?.[0] ?? '', /^__Host-confab=c1\..*; *Secure/);
  const again = its.stack.api({ headers: { ...headers, Cookie: (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] } });
  const { sessions } = await again.get('/api/sessions');
  assert.equal(sessions.find((/** @type {any} */ s) => s.current).address, '203.0.113.7');
});
