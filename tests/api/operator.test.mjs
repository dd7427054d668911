// What the operator's command makes of odd words, and of being run twice.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { SANITIZER_ENV } from '../harness/template.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { makeDir, runAs } from '../harness/user.mjs';

const its = suite({ pusher: false, accounts: ['ada'], config: { plain_http: 'yes' } });
const sql = (/** @type {string} */ text) => its.stack.postgres.sql(text);

/** @param {string[]} args @returns {Promise<{code: number | string, out: string}>} */
function run(...args) {
  const { bin } = its.stack.template;
  const options = { cwd: '/', env: { PATH: process.env.PATH, TZ: 'UTC', ...SANITIZER_ENV }, ...runAs };
  return new Promise((resolve) => {
    const child = execFile(path.join(bin, 'confabctl'), ['--config', its.stack.conf, ...args], options, (error, out, err) => resolve({ code: error ? /** @type {any} */ (error).code : 0, out: `${out}${err}` }));
    child.stdin?.end();
  });
}

test('a host of a tenant is found in any case, belongs to one tenant, and is a bare name', async () => {
  its.stack.ctl(['tenant', 'create', 'school', '--name', 'School', '--host', 'School.LocalHost']);
  its.stack.addAccount('zoe', { tenant: 'school' });
  const zoe = await its.stack.signIn('zoe', { headers: { Host: 'schooL.localhost' } });
  assert.equal(zoe.me.tenant.name, 'School');
  assert.throws(() => its.stack.ctl(['tenant', 'create', 'other', '--host', 'SCHOOL.localhost']), /has that host/);
  for (const odd of ['https://x', 'x:80', 'x/y', 'a","b', '', 'é']) assert.throws(() => its.stack.ctl(['tenant', 'create', 'other', '--host', odd]), /without scheme/, odd);
});

test('odd words are refused with a sentence, or cleaned; none crashes the program', async () => {
  const long = 'a'.repeat(100000);
  for (const args of [
    ['tenant', 'create', 'bad\nname'], ['tenant', 'create', long], ['tenant', 'create', 'x', '--name', '\u202e'], ['tenant', 'create', 'x', '--name', long],
    ['account', 'create', 'main', 'ada'], ['account', 'create', 'main', 'x\n'], ['account', 'create', 'main', long], ['account', 'create', long, 'x'],
    ['account', 'password', 'main', 'nobody'], ['account', 'deactivate', 'main', 'nobody'], ['account', 'create', 'main', 'eve', '--password-stdin'],
    ['room', 'create', 'main', 'nobody', 'Name'], ['room', 'create', 'main', 'ada', '\u0001\u200b'], ['backup', '/nonexistent/x'], ['key', 'new'],
  ]) {
    const { code, out } = await run(...args);
    assert.equal(code, 1, `${args.join(' ').slice(0, 60)}: ${code} ${out.slice(0, 300)}`);
    assert.match(out, /confabctl: /);
  }
  for (const args of [['account'], ['account', 'create', 'main'], ['tenant', 'rename'], ['key'], ['work', '--often'], ['nothing'], ['']]) assert.equal((await run(...args)).code, 2, args.join(' '));
  const { out } = await run('room', 'create', 'main', 'ada', 'Tea\u0007\u001b[31m room');
  assert.match(out, /created room Tea\[31m room/);
});

test('two workers at once do each job once, piece by piece, and one that fails comes later', async () => {
  const ada = await its.stack.signIn('ada');
  const room = await ada.room('Large');
  await sql(`INSERT INTO confab.message (feed_id, seq, tenant_id, no, sender_id, sent_at, client_id, key_id, body)
    SELECT ${room.id}, 1 + g, ${ada.me.tenant.id}, g, ${ada.me.id}, now(), gen_random_uuid(), 1, 'x' FROM generate_series(1, 2500) g;
    UPDATE confab.feed SET last_seq = 2501, last_no = 2500 WHERE id = ${room.id}`);
  await ada.ok('DELETE', `/api/rooms/${room.id}`, { status: 204 });
  const both = async () => {
    for (const { code, out } of await Promise.all([run('work', '--once'), run('work', '--once')])) assert.equal(code, 0, out);
  };
  await both();
  assert.equal(await sql(`SELECT count(*) || ' ' || count(body) FROM confab.message WHERE feed_id = ${room.id}`), '2500 0');
  assert.equal(await sql("SELECT count(*) FROM confab.job WHERE kind = 'purge_room' AND run_at > now() + interval '29 days'"), '1');
  await sql(`UPDATE confab.room SET deleted_at = now() - interval '31 days' WHERE id = ${room.id}; UPDATE confab.job SET run_at = now();
    INSERT INTO confab.job (tenant_id, kind, subject_id) VALUES (${ada.me.tenant.id}, 'of_a_newer_program', 1)`);
  await both();
  for (const [table, column] of [['message', 'feed_id'], ['event', 'feed_id'], ['member', 'room_id'], ['feed', 'id'], ['room', 'id']]) {
    assert.equal(await sql(`SELECT count(*) FROM confab.${table} WHERE ${column} = ${room.id}`), '0', table);
  }
  assert.equal(await sql("SELECT kind || ' ' || attempts || ' ' || (run_at > now()) FROM confab.job"), 'of_a_newer_program 1 true');
});

test('a dump is for the eyes of its owner alone, also in a folder that others may read', async () => {
  const dir = makeDir(path.join(its.stack.dir, 'backup'), 0o755);
  its.stack.ctl(['backup', dir]);
  assert.equal(fs.statSync(path.join(dir, 'confab.dump')).mode & 0o777, 0o600);
});
