/**
 * What cannot be mended in place: failover and restore. Each comes once, in the middle of a run. Where
 * committed rows may be gone, the history says `loss`: from then on the checker wants every client that
 * saw what is no more to have been told to start afresh.
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { pgBin } from '../harness/paths.mjs';
import { ADMIN, copyCluster, Postgres } from '../harness/postgres.mjs';
import { sleep, until } from '../harness/until.mjs';
import { makeDir, runAs, writeFile } from '../harness/user.mjs';
import { Proxy } from './proxy.mjs';

/** @typedef {import('./ground.mjs').Ground} Ground */

const exec = promisify(execFile);
/** How long clients go on between a copy and the loss of what came after it. */
const WORK_MS = 1000;

/** A streaming standby. @param {Ground} ground @param {string} primary the folder of the primary's socket, or of a proxy to it */
async function standbyOf(ground, primary) {
  const { stack } = ground;
  const data = path.join(stack.dir, 'standby');
  const socketDir = makeDir(path.join(stack.dir, 'standby-run'));
  makeDir(data, 0o700);
  const args = ['-D', data, '-h', primary, '-U', ADMIN, '-X', 'stream', '-c', 'fast', '--no-sync'];
  await exec(path.join(pgBin(), 'pg_basebackup'), args, { cwd: data, env: { PATH: process.env.PATH, TZ: 'UTC' }, timeout: 60000, ...runAs });
  writeFile(path.join(data, 'standby.signal'), '');
  const settings = { primary_conninfo: `host=${primary} user=${ADMIN} application_name=standby`, wal_retrieve_retry_interval: '100ms' };
  const standby = new Postgres({ data, socketDir, logDir: stack.logDir, settings });
  await standby.start({ timeout: 60000 });
  await until('the standby to follow', async () => (await ground.postgres.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")) === '1', { timeout: 30000 });
  return standby;
}

/** The primary dies; the standby takes its place, and everybody finds it there. @param {Ground} ground @param {Postgres} standby */
async function promote(ground, standby) {
  await ground.postgres.crash();
  await standby.sql('SELECT pg_promote()', { db: 'postgres' });
  ground.stack.postgres = standby;
  ground.stack.writeConf();
}

/** @type {{name: string, promise: string, run: (ground: Ground, history: import('./history.mjs').History) => Promise<void>}[]} */
export const scenarios = [
  {
    name: 'failover to a synchronous standby',
    promise: 'nothing that was acknowledged is lost',
    async run(ground, history) {
      const standby = await standbyOf(ground, ground.postgres.socketDir);
      await ground.postgres.sql("ALTER SYSTEM SET synchronous_standby_names = '*'", { db: 'postgres' });
      await ground.postgres.sql('SELECT pg_reload_conf()', { db: 'postgres' });
      await until('the standby to be synchronous', async () => (await ground.postgres.sql("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")) === '1', { timeout: 30000 });
      await sleep(WORK_MS);
      history.add({ rec: 'failover' });
      await promote(ground, standby);
    },
  },
  {
    name: 'failover to an asynchronous standby that lags',
    promise: 'who saw what was lost is told to start afresh',
    async run(ground, history) {
      const link = await new Proxy('replication', () => ({ path: path.join(ground.stack.run, '.s.PGSQL.5432') })).listen(path.join(makeDir(path.join(ground.stack.dir, 'replication')), '.s.PGSQL.5432'));
      try {
        const standby = await standbyOf(ground, path.join(ground.stack.dir, 'replication'));
        link.stall();
        await sleep(WORK_MS);
        // The primary is gone before it can send the rest.
        link.cut();
        const crash = promote(ground, standby);
        await link.close();
        await crash;
      } finally {
        await link.close().catch(() => {});
      }
      history.add({ rec: 'loss' });
    },
  },
  {
    name: 'a restored backup',
    promise: 'everybody is told to start afresh, and goes on from what the backup had',
    async run(ground, history) {
      const { stack } = ground;
      const dump = makeDir(path.join(stack.dir, 'backup'));
      await ground.ctl(['backup', dump]);
      await sleep(WORK_MS);
      await ground.pushers('stop');
      await ground.stopHandlers();
      await ground.postgres.sql('DROP DATABASE confab WITH (FORCE)', { db: 'postgres' });
      await ground.ctl(['restore', dump]);
      await ground.ctl(['adopt']);
      history.add({ rec: 'loss' });
      await ground.startHandlers();
      await ground.pushers('start');
    },
  },
  {
    name: 'a data folder that was put back and adopted',
    promise: 'everybody is told to start afresh, and goes on from what the copy had',
    async run(ground, history) {
      const { postgres, stack } = ground;
      const copy = `${postgres.data}-copy`;
      await postgres.stop({ timeout: 60000 });
      copyCluster(postgres.data, copy);
      await postgres.start({ timeout: 60000 });
      await sleep(WORK_MS);
      await ground.pushers('stop');
      await ground.stopHandlers();
      await postgres.stop({ timeout: 60000 });
      // Its content alone: the folder may be a disk of its own.
      for (const name of fs.readdirSync(postgres.data)) fs.rmSync(path.join(postgres.data, name), { recursive: true });
      copyCluster(`${copy}/.`, postgres.data);
      fs.rmSync(copy, { recursive: true });
      await postgres.start({ timeout: 60000 });
      await ground.ctl(['adopt']);
      history.add({ rec: 'loss' });
      await ground.startHandlers();
      await ground.pushers('start');
    },
  },
];

/** The scenario of a seed of the long form, if it has one: every fourth. @param {number} seed */
export const scenarioOf = (seed) => (seed % 4 === 0 ? scenarios[(seed / 4) % scenarios.length] : undefined);
