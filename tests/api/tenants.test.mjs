// Tenants share a server and nothing else.
import { uuid7 } from '../harness/client/api.mjs';
import { passwordOf } from '../harness/stack.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const HOST = 'school.localhost';
const its = suite({ accounts: ['ada', 'bob'], config: { plain_http: 'yes' } }, (stack) => {
  stack.ctl(['tenant', 'create', 'school', '--name', 'School', '--host', HOST]);
  stack.addAccount('ada', { tenant: 'school', name: 'Ada of the school' });
  stack.addAccount('zoe', { tenant: 'school' });
});
const inSchool = (/** @type {string} */ handle) => its.stack.signIn(handle, { headers: { Host: HOST } });

test('the host name chooses the tenant, so one handle may be two people', async () => {
  const [here, there] = [await its.stack.signIn('ada'), await inSchool('ada')];
  assert.equal(here.me.tenant.name, 'Main');
  assert.equal(there.me.tenant.name, 'School');
  assert.notEqual(here.me.id, there.me.id);
  const nobody = await its.stack.api().call('POST', '/api/session', { body: { handle: 'zoe', password: passwordOf('zoe') } });
  assert.equal(nobody.status, 401);
});

test('a session belongs to its tenant, whatever host it is sent to', async () => {
  const there = await inSchool('ada');
  const carried = its.stack.api({ headers: there.identity() });
  const answer = await carried.call('GET', '/api/me');
  if (answer.status === 200) assert.equal(answer.body.tenant.name, 'School');
  else assert.equal(answer.status, 401);
});

test('people, rooms and feeds of another tenant are not there, by any call', async () => {
  const [ada, zoe] = [await its.stack.signIn('ada'), await inSchool('zoe')];
  const room = await zoe.room('Staff', { kind: 'channel', visibility: 'public' });
  const said = await zoe.send(room.id, 'school business');
  const { cursor } = await ada.sync();
  assert.deepEqual((await ada.get('/api/people', { ids: zoe.me.id })).people, []);
  assert.deepEqual((await ada.get('/api/people', { q: 'zoe' })).people, []);
  assert.deepEqual((await ada.get('/api/rooms/public')).rooms.filter((/** @type {any} */ r) => r.id === room.id), []);
  const at = `/api/rooms/${room.id}`;
  for (const [method, path, body] of /** @type {[string, string, unknown][]} */ ([
    ['GET', at, undefined],
    ['PATCH', at, { name: 'x' }],
    ['DELETE', at, undefined],
    ['POST', `${at}/join`, undefined],
    ['POST', `${at}/leave`, undefined],
    ['GET', `${at}/members`, undefined],
    ['POST', `${at}/members`, { people: [ada.me.id] }],
    ['PATCH', `${at}/members/${zoe.me.id}`, { role: 'guest' }],
    ['DELETE', `${at}/members/${zoe.me.id}`, undefined],
    ['GET', `${at}/messages`, undefined],
    ['POST', `${at}/messages`, { client_id: uuid7(), text: 'x' }],
    ['PUT', `${at}/read`, { seq: said.seq }],
    ['GET', `${at}/changes?after=0`, undefined],
    ['POST', '/api/rooms/direct', { person: zoe.me.id, client_id: uuid7() }],
    ['POST', '/api/rooms', { client_id: uuid7(), kind: 'group', name: 'Abduction', people: [zoe.me.id] }],
    ['DELETE', `/api/sessions/${zoe.session}`, undefined],
  ])) {
    await ada.refused(404, 'not-found', method, path, { body });
  }
  const theirs = await zoe.sync();
  assert.ok(theirs.cursor !== cursor);
  assert.deepEqual((await ada.get('/api/sync', { cursor: theirs.cursor })).events, []);
  assert.deepEqual((await zoe.get(`${at}/members`)).members.length, 1);
});

test('row-level security binds even the owner of the functions: without a tenant there are no rows', async () => {
  const zoe = await inSchool('zoe');
  await zoe.room('Guarded');
  const tables = (await its.stack.postgres.rows("SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' WHERE c.relnamespace = 'confab'::regnamespace AND c.relkind = 'r' ORDER BY 1"));
  assert.ok(tables.length >= 9);
  for (const [name, enabled, forced] of tables) {
    assert.deepEqual([enabled, forced], ['t', 't'], name);
    const count = await its.stack.postgres.sql(`SET ROLE confab_owner; SELECT count(*) FROM confab.${name}`);
    assert.equal(count, '0', name);
  }
  const roles = await its.stack.postgres.rows("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'confab\\_%' AND rolname <> 'confab_admin' ORDER BY 1");
  assert.deepEqual(roles.map(([name]) => name), ['confab_api', 'confab_owner', 'confab_push', 'confab_sight']);
  for (const [name, isSuper, bypasses] of roles) assert.deepEqual([isSuper, bypasses], ['f', 'f'], name);
});

test('the handlers read no table, the pusher no credential and no session', async () => {
  const refused = async (/** @type {string} */ user, /** @type {string} */ sql) => {
    await assert.rejects(its.stack.postgres.sql(sql, { user }), /permission denied/, `${user}: ${sql}`);
  };
  for (const table of ['message', 'event', 'account', 'credential', 'session', 'room', 'member', 'feed', 'job', 'bucket', 'tenant']) {
    await refused('confab_api', `SELECT * FROM confab.${table}`);
    await refused('confab_api', `DELETE FROM confab.${table}`);
    await refused('confab_push', `DELETE FROM confab.${table}`);
  }
  for (const table of ['credential', 'session', 'job', 'bucket', 'tenant']) await refused('confab_push', `SELECT * FROM confab.${table}`);
  for (const call of ["account_password(1, 'ada', 'x')", "account_create(1, 'eve', 'Eve', 'x')", "tenant_create('x', 'X', '{}')", 'epoch_begin(true)']) {
    await refused('confab_api', `SELECT confab.${call}`);
    await refused('confab_push', `SELECT confab.${call}`);
  }
  await refused('confab_push', "SELECT * FROM confab.signin_done(1, 1, 'x', '', '', 1)");
});
