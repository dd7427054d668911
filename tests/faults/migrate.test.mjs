// `confabctl migrate` on a site that runs: who holds what it changes must not stop everybody else, and
// programs of the same series run on with a newer schema.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { SANITIZER_ENV } from '../harness/template.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { sleep, until } from '../harness/until.mjs';
import { runAs } from '../harness/user.mjs';

const its = suite({ accounts: ['ada', 'bob'] });

/** Runs confabctl and goes on; `said` grows, `ended` tells the exit code. @param {string[]} args */
function ctl(args) {
  const { stack } = its;
  const child = spawn(path.join(stack.template.bin, 'confabctl'), ['--config', stack.conf, ...args], /** @type {any} */ ({ cwd: '/', env: { PATH: process.env.PATH, TZ: 'UTC', ...SANITIZER_ENV }, ...runAs }));
  const run = { said: '', ended: new Promise((resolve) => child.on('exit', resolve)) };
  for (const out of [child.stdout, child.stderr]) out.on('data', (/** @type {Buffer} */ bytes) => (run.said += bytes));
  return run;
}

test('a migration that has to wait steps back, lets others pass, and tries again', async () => {
  const { postgres } = its.stack;
  const [ada, bob] = await Promise.all(['ada', 'bob'].map((h) => its.stack.signIn(h)));
  const room = await ada.room('Open', { people: [bob] });
  // Somebody reads and forgets to end his transaction.
  const forgetful = postgres.sql('BEGIN; SELECT count(*) FROM confab.session; SELECT pg_sleep(3); COMMIT');
  await until('him to have begun', async () => (await postgres.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'BEGIN; SELECT count(*) FROM confab.session%' AND pid <> pg_backend_pid()")) === '1');
  const migration = ctl(['migrate']);
  await until('the migration to say that it waits', () => /waits: somebody uses what it changes/.test(migration.said));
  for (let i = 0; i < 10; i++) {
    const began = Date.now();
    await ada.send(room.id, `meanwhile ${i}`);
    assert.ok(Date.now() - began < 1500, 'a send waited behind the migration');
    await sleep(100);
  }
  await forgetful;
  assert.equal(await migration.ended, 0, migration.said);
  assert.match(migration.said, /schema at version/);
});

test('programs run on with a newer schema of their own series, and refuse the next series', async () => {
  const { stack } = its;
  const { postgres } = stack;
  const ada = await stack.signIn('ada');
  const room = await ada.room('Newer');
  const most = Number(await postgres.sql('SELECT max(version) FROM confab.migration'));
  await postgres.sql(`ALTER TABLE confab.message ADD COLUMN later int; INSERT INTO confab.migration (version, name, digest) VALUES (${most + 1}, 'later', 'of a later release')`);
  const away = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('confab_api', 'confab_push')";
  await postgres.sql(away);
  await stack.back();
  await ada.send(room.id, 'as before');
  await stack.pusher?.restart();
  assert.equal((await stack.pushHealth()).status, 200);
  assert.throws(() => stack.ctl(['migrate']), /install the newer program/);
  await postgres.sql(`UPDATE confab.migration SET version = ${Math.floor(most / 100) * 100 + 100} WHERE name = 'later'`);
  await postgres.sql(away);
  await until('the handlers to refuse', async () => (await ada.call('GET', '/api/me', { check: false })).body?.type === '/problems/wrong-schema');
  await until('the pusher to say so', async () => (await stack.pushHealth()).status === 503);
});
