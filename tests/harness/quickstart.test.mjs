// ./quickstart as a stranger runs it: from nothing to a conversation, again, broken, and gone.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { promisify } from 'node:util';
import { Api } from './client/api.mjs';
import { openStream, TRANSPORTS } from './client/streams.mjs';
import { TOP } from './paths.mjs';
import { test } from './suite.mjs';
import { until } from './until.mjs';

const run = promisify(execFile);
/** @type {string} */
let dir;
/** @type {any} stands for the stack of other tests: an address, and streams that end with it */
const place = { url: '', streams: new Set() };

/** @param {string[]} args @returns {Promise<{code: number, out: string}>} */
async function quickstart(...args) {
  try {
    const { stdout, stderr } = await run(path.join(TOP, 'quickstart'), args, { env: { ...process.env, CONFAB_VAR: path.join(dir, 'var') }, timeout: 600000 });
    return { code: 0, out: stdout + stderr };
  } catch (error) {
    const e = /** @type {any} */ (error);
    return { code: e.code ?? -1, out: `${e.stdout}${e.stderr}` };
  }
}

/** Processes that have to do with our folder. */
const ours = () => execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n').filter((l) => l.includes(dir) && !l.includes(' ps -eo') && !/node|run-tests/.test(l));

/** @param {string} name */
const pidOf = (name) => Number(fs.readFileSync(path.join(dir, 'var/run', `${name}.pid`), 'utf8').split(' ')[0]);
const PROCESSES = ['postgres', 'handlers', 'files', 'pusher', 'work', 'lighttpd'];

before(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'confab-'));
  fs.chmodSync(dir, 0o755);
});
after(async () => {
  for (const stream of place.streams) stream.drop();
  await quickstart('stop');
  fs.rmSync(dir, { recursive: true, force: true });
}, { timeout: 60000 });

/** @param {string} out */
const account = (out) => ({
  url: /Confab is at +(http:\/\/\S+?)\/$/m.exec(out)?.[1].replace('localhost', '127.0.0.1') ?? '',
  handle: /Sign in as +(\S+)$/m.exec(out)?.[1] ?? '',
  password: /with password +(\S+)$/m.exec(out)?.[1] ?? '',
});
/** @type {ReturnType<typeof account>} */
let first;
/** @type {Api} */
let admin;
/** @type {any} */
let room;

test('one command builds, starts and prints an address and an account, which work', async () => {
  const { code, out } = await quickstart();
  assert.equal(code, 0, out);
  first = account(out);
  assert.ok(first.url && first.handle && first.password, out);
  place.url = first.url;
  admin = new Api(place);
  await admin.signIn(first.handle, first.password);
  [room] = (await admin.get('/api/rooms')).rooms;
  assert.equal(room.name, 'Welcome');
  await admin.send(room.id, 'hello from the stranger');
  assert.match((await admin.call('GET', '/', { check: false })).text, /<html/i);
}, { timeout: 600000 });

test('secrets are for their owner alone', () => {
  for (const file of ['secret/key', 'first-account']) assert.equal(fs.statSync(path.join(dir, 'var', file)).mode & 0o777, 0o600, file);
  for (const folder of ['pg', 'run', 'secret']) assert.equal(fs.statSync(path.join(dir, 'var', folder)).mode & 0o077, 0, folder);
  if (process.getuid?.() === 0) assert.notEqual(fs.statSync(path.join(dir, 'var/pg')).uid, 0);
});

test('more accounts come by ./quickstart ctl, and people talk on every transport', async () => {
  const { code, out } = await quickstart('ctl', 'account', 'create', 'main', 'bea', '--name', 'Bea');
  assert.equal(code, 0, out);
  const bea = new Api(place);
  await bea.signIn('bea', /^password: (\S+)$/m.exec(out)?.[1] ?? '');
  await bea.post(`/api/rooms/${room.id}/join`);
  for (const transport of TRANSPORTS) {
    const stream = await openStream(transport, bea);
    await admin.send(room.id, `by ${transport}`);
    await stream.message(`by ${transport}`);
    await stream.close();
  }
});

test('what was said is found a moment later: the background jobs run', async () => {
  await until('the message to be found', async () => (await admin.get('/api/search', { q: 'stranger' })).results.length === 1, { timeout: 40000, every: 500 });
});

test('status says that all run and answer', async () => {
  const { code, out } = await quickstart('status');
  assert.equal(code, 0, out);
  for (const name of PROCESSES) assert.match(out, new RegExp(`${name} +runs .* and answers`));
});

test('any process that is killed comes back', async () => {
  for (const name of PROCESSES) {
    const pid = pidOf(name);
    process.kill(pid, 'SIGKILL');
    await until(`${name} to be back`, async () => pidOf(name) !== pid && (await admin.call('GET', '/api/me', { check: false, timeout: 2000 })).status === 200, { timeout: 40000, every: 100 });
  }
  await until('all to answer', async () => (await quickstart('status')).code === 0, { timeout: 40000, every: 300 });
  await admin.send(room.id, 'still here');
});

test('run again, it keeps the data and the account', async () => {
  const pids = PROCESSES.map(pidOf);
  const { code, out } = await quickstart();
  assert.equal(code, 0, out);
  assert.deepEqual(account(out), first);
  assert.deepEqual(PROCESSES.map(pidOf), pids, 'nothing had changed, yet something was started anew');
  assert.equal((await admin.messages(room.id)).messages[0].text, 'hello from the stranger');
});

test('logs are shown, all or one', async () => {
  assert.match((await quickstart('logs')).out, /database system is ready/);
  assert.match((await quickstart('logs', 'pusher')).out, /confab-pushd/);
  assert.equal((await quickstart('logs', 'nonsense')).code, 1);
});

test('stop leaves nothing running, and start has everything again', async () => {
  const { code, out } = await quickstart('stop');
  assert.equal(code, 0, out);
  await until('everything to be gone', () => ours().length === 0);
  assert.equal((await quickstart('status')).code, 3);
  const again = await quickstart('start');
  assert.equal(again.code, 0, again.out);
  place.url = account(again.out).url;
  await admin.signIn(first.handle, first.password);
  assert.equal((await admin.messages(room.id)).messages.at(-1).text, 'still here');
}, { timeout: 300000 });

test('a taken port, an unknown command and a bad argument are refused with a sentence', async () => {
  await quickstart('stop');
  const net = await import('node:net');
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const port = /** @type {any} */ (server.address()).port;
  for (const args of [['--port', String(port)], ['dance'], ['--port', 'x'], ['--colour']]) {
    const { code, out } = await quickstart(...args);
    assert.equal(code, 1, args.join(' '));
    assert.match(out, /^quickstart: .{10,}$/m);
  }
  server.close();
});
