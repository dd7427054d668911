// What somebody who means harm tries, by ways that the calls themselves allow.
import { uuid7 } from '../harness/client/api.mjs';
import { problem } from '../harness/client/api.mjs';
import { passwordOf } from '../harness/stack.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { sleep, until } from '../harness/until.mjs';

const HOST = 'school.localhost';
const its = suite(
  { pusher: false, accounts: ['ada', 'bob', 'cyd', 'eve'], workers: 4, config: { plain_http: 'yes', trust_forwarded: 'yes', signin_burst: 4, signin_period_s: 20000 } },
  (stack) => {
    stack.ctl(['tenant', 'create', 'school', '--name', 'School', '--host', HOST]);
    stack.addAccount('zoe', { tenant: 'school' });
  },
);
let visitors = 0;
/** Each from a network of its own, so that no test spends what another one needs. */
const elsewhere = () => `198.51.100.${++visitors}`;
/** @param {string} handle @param {string} [from] @param {Record<string, string>} [headers] */
const signIn = (handle, from = elsewhere(), headers = {}) => its.stack.signIn(handle, { headers: { 'X-Forwarded-For': from, ...headers } });
/** @param {string} handle @param {string} password @param {string} from */
const attempt = (handle, password, from) => its.stack.api({ headers: { 'X-Forwarded-For': from } }).call('POST', '/api/session', { body: { handle, password } });
const sql = (/** @type {string} */ text, /** @type {any} */ options) => its.stack.postgres.sql(text, options);
/** Bucket rows whose name is like that: how much is spent. @param {string} like */
const spent = async (like) => Number((await sql(`SELECT coalesce(sum(spent), 0) FROM confab.bucket WHERE what LIKE '${like}'`)) ?? 0);

test("ids of another tenant's people lock nothing of theirs while a call waits", async () => {
  const [ada, zoe] = [await signIn('ada'), await signIn('zoe', elsewhere(), { Host: HOST })];
  const room = await ada.room('Waiting');
  // Somebody holds the room's lock; the call stands in its queue with whatever it has locked before.
  const holder = sql(`SELECT pg_advisory_xact_lock(${room.id}), pg_sleep(3)`);
  await until('the lock to be held', async () => (await sql(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = ${room.id}`)) === '1');
  const call = ada.call('POST', `/api/rooms/${room.id}/members`, { body: { people: [zoe.me.id, zoe.me.tenant.id] } });
  await until('the call to wait', async () => (await sql(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = ${room.id} AND NOT granted`)) === '1');
  assert.equal(await sql(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid IN (${zoe.me.id}, ${zoe.me.tenant.id})`), '0');
  await holder;
  problem(await call, 404, 'not-found');
});

test('signing in from many devices at once never fails for a lock', async () => {
  const [ids, tenant] = [await sql("SELECT string_agg(id::text, ',' ORDER BY handle) FROM confab.account WHERE handle IN ('ada', 'bob', 'cyd')"), await sql("SELECT id FROM confab.tenant WHERE slug = 'main'")];
  const device = `DO $$
    DECLARE
        h text[] := '{ada,bob,cyd}'; a bigint[] := '{${ids}}'; i int; n int;
    BEGIN
        FOR n IN 1..150 LOOP
            i := 1 + floor(random() * 3);
            PERFORM confab.signin_begin(${tenant}, h[i], '192.0.2.' || (1 + n % 2), 1000000, 300);
            COMMIT;
            PERFORM confab.signin_done(${tenant}, a[i], decode(md5(random()::text), 'hex'), '', '192.0.2.' || (1 + n % 2), 1);
            COMMIT;
        END LOOP;
    END $$`;
  await Promise.all(Array.from({ length: 8 }, () => sql(device, { user: 'confab_api' })));
  await sql("DELETE FROM confab.session WHERE address LIKE '192.0.2.%'");
});

test('one address that goes on beyond its bound does not shut an account for others', async () => {
  const from = elsewhere();
  for (let i = 0; i < 4; i++) problem(await attempt('bob', `guess-number-${i}`, from), 401, 'bad-credentials');
  for (let i = 0; i < 45; i++) problem(await attempt('bob', `guess-number-${i}`, from), 429, 'too-many');
  assert.ok((await spent('signin * bob')) <= 4.01, 'refused tries were charged to the account');
  assert.ok((await spent(`signin ${from}`)) <= 4.01, 'refused tries were charged to the address');
  assert.equal((await attempt('bob', passwordOf('bob'), elsewhere())).status, 200);
});

test('an address that was refused leaves no row for each handle that it names', async () => {
  const from = elsewhere();
  let i = 0;
  while ((await attempt(`nobody-${i++}`, 'guess-number-one', from)).status === 401) assert.ok(i < 100);
  const rows = () => sql("SELECT count(*) FROM confab.bucket WHERE what LIKE '%nobody-%'");
  const before = await rows();
  for (let k = 0; k < 10; k++) problem(await attempt(`nobody-at-all-${k}`, 'guess-number-one', from), 429, 'too-many');
  assert.equal(await rows(), before);
});

test('addresses of one IPv6 network are one source of tries, and IPv4 in IPv6 is IPv4', async () => {
  for (let i = 0; i < 4; i++) problem(await attempt('cyd', 'guess-number-one', `2001:db8:1:2::${i + 1}`), 401, 'bad-credentials');
  problem(await attempt('cyd', 'guess-number-one', '2001:db8:1:2:ffff::77'), 429, 'too-many');
  problem(await attempt('cyd', 'guess-number-one', '2001:db8:1:3::1'), 401, 'bad-credentials');
  const from = elsewhere();
  for (let i = 0; i < 2; i++) problem(await attempt('cyd', 'guess-number-one', from), 401, 'bad-credentials');
  for (let i = 0; i < 2; i++) problem(await attempt('cyd', 'guess-number-one', `::ffff:${from}`), 401, 'bad-credentials');
  problem(await attempt('cyd', 'guess-number-one', from), 429, 'too-many');
  assert.equal((await attempt('cyd', passwordOf('cyd'), `::ffff:${elsewhere()}`)).status, 200);
});

test('who signs in with the old password while it is changed gets no session', async () => {
  const [tenant, id] = [await sql("SELECT id FROM confab.tenant WHERE slug = 'main'"), await sql("SELECT id FROM confab.account WHERE handle = 'eve' AND tenant_id = (SELECT id FROM confab.tenant WHERE slug = 'main')")];
  const old = await sql(`SELECT password FROM confab.credential WHERE account_id = ${id}`);
  const begin = (/** @type {string} */ hash) => sql(`BEGIN; SELECT confab.signin_hold(${tenant}, ${id}, '${hash}'); SELECT confab.signin_done(${tenant}, ${id}, '\\x01', '', '-', 1); ROLLBACK`, { user: 'confab_api' });
  await begin(old);
  its.stack.ctl(['account', 'password', 'main', 'eve', '--password-stdin'], 'another-password');
  await assert.rejects(begin(old), /wrong/);
  // And one that began before the change is over, but has not said so yet, waits for it.
  const now = await sql(`SELECT password FROM confab.credential WHERE account_id = ${id}`);
  const change = sql(`BEGIN; SET LOCAL ROLE confab_owner; SELECT confab.account_password(${tenant}, 'eve', '${old}'); SELECT pg_sleep(1); COMMIT`);
  await sleep(400);
  await assert.rejects(begin(now), /wrong/);
  await change;
  assert.equal((await attempt('eve', passwordOf('eve'), elsewhere())).status, 200);
});

test('over https the plain cookie, which a neighbouring host can plant, is worth nothing', async () => {
  const eve = await signIn('eve');
  const planted = eve.identity().Cookie;
  assert.match(planted, /^confab=/);
  const secure = its.stack.api({ headers: { 'X-Forwarded-For': elsewhere(), 'X-Forwarded-Proto': 'https', Cookie: planted } });
  problem(await secure.call('GET', '/api/me'), 401, 'signed-out');
  // What is not the session of this request is not renewed either.
  const both = its.stack.api({ headers: { 'X-Forwarded-For': elsewhere(), Cookie: `confab=planted; ${planted}` } });
  const answer = await both.call('GET', '/api/me');
  assert.equal(answer.status, 401);
  assert.equal(answer.headers['set-cookie'], undefined);
});

test('the largest numbers are numbers like others', async () => {
  const ada = await signIn('ada');
  const room = await ada.room('Numbers');
  await ada.send(room.id, 'one');
  const most = '9223372036854775807';
  for (const where of ['before', 'after', 'around']) await ada.ok('GET', `/api/rooms/${room.id}/messages`, { status: 200, query: { [where]: most } });
  assert.equal((await ada.get(`/api/rooms/${room.id}/changes`, { after: most })).verdict, 'reset');
  assert.equal((await ada.call('PUT', `/api/rooms/${room.id}/read`, { raw: `{"seq":${most}}` })).body.read_seq, 2);
});

test('a creation and its retry at the same moment make one room, and both are told which', async () => {
  const ada = await signIn('ada');
  for (let round = 0; round < 5; round++) {
    const body = { client_id: uuid7(), kind: 'group', name: 'Twice' };
    const answers = await Promise.all(Array.from({ length: 4 }, () => ada.call('POST', '/api/rooms', { body })));
    assert.deepEqual(answers.map((a) => a.status).sort(), [200, 200, 200, 201]);
    assert.equal(new Set(answers.map((a) => a.body.id)).size, 1);
  }
});

test('the client id of a direct room makes no other room', async () => {
  const [ada, bob] = [await signIn('ada'), await signIn('bob')];
  const id = uuid7();
  await ada.ok('POST', '/api/rooms/direct', { status: 201, body: { person: bob.me.id, client_id: id } });
  await ada.refused(409, 'conflict', 'POST', '/api/rooms', { body: { client_id: id, kind: 'group', name: 'Other' } });
});

test('the direct room with somebody whose account was closed is still there', async () => {
  const [ada, cyd] = [await signIn('ada'), await signIn('cyd')];
  const room = await ada.post('/api/rooms/direct', { person: cyd.me.id, client_id: uuid7() });
  its.stack.ctl(['account', 'deactivate', 'main', 'cyd']);
  assert.equal((await ada.ok('POST', '/api/rooms/direct', { status: 200, body: { person: cyd.me.id, client_id: uuid7() } })).id, room.id);
  its.stack.ctl(['account', 'activate', 'main', 'cyd']);
});

test('a public room that everybody left has an owner again with the first who comes', async () => {
  const [ada, bob] = [await signIn('ada'), await signIn('bob')];
  const room = await ada.room('Deserted', { visibility: 'public' });
  await ada.post(`/api/rooms/${room.id}/leave`);
  assert.equal((await bob.post(`/api/rooms/${room.id}/join`)).role, 'owner');
  assert.equal((await ada.post(`/api/rooms/${room.id}/join`)).role, 'member');
});

test('a profile that stays as it was is no event for everybody', async () => {
  const ada = await signIn('ada');
  await ada.patch('/api/me', { name: 'Ada L.', avatar: '🦉' });
  const head = () => sql(`SELECT last_seq FROM confab.feed WHERE id = ${ada.me.tenant.id}`);
  const before = await head();
  for (let i = 0; i < 3; i++) await ada.patch('/api/me', { name: 'Ada L.' });
  assert.equal(await head(), before);
  await ada.patch('/api/me', { avatar: '' });
  assert.equal(await head(), String(Number(before) + 1));
});
