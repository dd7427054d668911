/**
 * Everything that is broken on purpose, once. A fault begins, lasts for a bounded time, and is mended
 * before the next: `run` returns when all is as before, or when it mends itself.
 *
 * name, weight
 * needs  what the run must have (see ground.mjs); a fault that cannot be had is left out, and said so
 * run(ground, random)
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { sleep } from '../harness/until.mjs';
import { runAs } from '../harness/user.mjs';
import { CLOCKS } from './ground.mjs';

/** @typedef {import('./ground.mjs').Ground} Ground @typedef {import('./random.mjs').Random} Random */

const exec = promisify(execFile);
const moment = (/** @type {Random} */ r, low = 50, high = 600) => sleep(r.between(low, high));

/** Backends of a role, by process id. @param {Ground} g @param {string} role */
async function backends(g, role) {
  const rows = await g.postgres.rows(`SELECT pid FROM pg_stat_activity WHERE usename = '${role}' AND pid <> pg_backend_pid()`);
  return rows.map(([pid]) => Number(pid));
}

/** Signals processes that may just have ended. @param {number[]} pids @param {NodeJS.Signals} signal */
function signal(pids, signal) {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself.
    }
  }
}

/** @param {'handlers' | 'pusher' | 'web'} which */
const processFaults = (which) => {
  const of = (/** @type {Ground} */ g) => /** @type {import('../harness/proc.mjs').Proc} */ (g.stack[which]);
  return [
    {
      name: `${which} killed`,
      weight: 3,
      run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
        await of(g).kill();
        await moment(r);
        await of(g).start();
      },
    },
    {
      name: `${which} stopped and started`,
      weight: 2,
      run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
        await of(g).stop({ timeout: 60000 });
        await moment(r);
        await of(g).start();
      },
    },
    {
      name: `${which} frozen`,
      weight: 2,
      run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
        of(g).freeze();
        await moment(r, 100, 1500);
        of(g).thaw();
      },
    },
  ];
};

/** @param {keyof Ground['proxies']} which @param {string} between */
const connectionFaults = (which, between) => [
  {
    name: `connections cut between ${between}`,
    weight: 3,
    run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
      for (let i = r.between(1, 4); i > 0; i--) {
        const some = r.yes(0.5);
        g.proxies[which].cut((k) => !some || k % 2 === 0);
        await moment(r, 20, 300);
      }
    },
  },
  {
    name: `connections delayed between ${between}`,
    weight: 1,
    run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
      g.proxies[which].delay = r.between(5, 150);
      await moment(r, 300, 1500);
      g.proxies[which].delay = 0;
    },
  },
  {
    name: `connections stalled between ${between}`,
    weight: 2,
    run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
      g.proxies[which].stall();
      await moment(r, 200, 1500);
      // Either the bytes come late, or they never come.
      if (r.yes(0.5)) g.proxies[which].cut();
      g.proxies[which].flow();
    },
  },
];

/** @param {'swallow' | 'double' | 'hold'} mode @param {string} name */
const notificationFault = (mode, name) => ({
  name: `notifications ${name}`,
  weight: 2,
  run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
    g.proxies.pusherDb.notifications = mode;
    await moment(r, 500, 2000);
    g.proxies.pusherDb.notifications = 'pass';
    g.proxies.pusherDb.release();
  },
});

/** @type {{name: string, weight: number, needs?: 'disk' | 'clock' | 'plain', run: (g: Ground, r: Random) => Promise<unknown>}[]} */
export const FAULTS = [
  ...processFaults('handlers'),
  ...processFaults('pusher'),
  ...processFaults('web'),
  ...connectionFaults('browser', 'clients and web server'),
  ...connectionFaults('webHandlers', 'web server and handlers'),
  ...connectionFaults('webPusher', 'web server and pusher'),
  ...connectionFaults('relay', 'pusher and web server'),
  ...connectionFaults('pusherDb', 'pusher and PostgreSQL'),
  ...connectionFaults('handlersDb', 'handlers and PostgreSQL'),
  notificationFault('swallow', 'lost'),
  notificationFault('double', 'doubled'),
  notificationFault('hold', 'late'),
  {
    name: 'one handler process killed',
    weight: 3,
    run: async (g, r) => {
      const pids = g.stack.handlers?.children() ?? [];
      if (pids.length > 0) signal([r.pick(pids)], 'SIGKILL');
      await moment(r);
    },
  },
  {
    name: 'one handler process frozen',
    weight: 2,
    run: async (g, r) => {
      const pids = g.stack.handlers?.children() ?? [];
      const pid = pids.length > 0 ? [r.pick(pids)] : [];
      signal(pid, 'SIGSTOP');
      await moment(r, 100, 1500);
      signal(pid, 'SIGCONT');
    },
  },
  {
    name: 'a database backend killed',
    weight: 2,
    run: async (g, r) => {
      const pids = await backends(g, r.pick(['confab_api', 'confab_push']));
      if (pids.length > 0) signal([r.pick(pids)], 'SIGKILL');
      await g.databaseAnswers();
    },
  },
  {
    name: 'database backends terminated',
    weight: 2,
    run: (g, r) => g.postgres.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${r.pick(['confab_api', 'confab_push'])}'`),
  },
  {
    name: 'database backends frozen',
    weight: 2,
    run: async (g, r) => {
      const pids = await backends(g, r.pick(['confab_api', 'confab_push']));
      signal(pids, 'SIGSTOP');
      await moment(r, 100, 1500);
      signal(pids, 'SIGCONT');
    },
  },
  {
    name: 'PostgreSQL stopped at once',
    weight: 3,
    run: async (g, r) => {
      await g.postgres.crash();
      await moment(r);
      await g.postgres.start({ timeout: 60000 });
    },
  },
  {
    name: 'PostgreSQL stopped in good order',
    weight: 1,
    run: async (g, r) => {
      await g.postgres.stop({ timeout: 60000 });
      await moment(r);
      await g.postgres.start({ timeout: 60000 });
    },
  },
  {
    name: 'a transaction held open',
    weight: 2,
    run: async (g, r) => {
      // It has an id, so it stays in every snapshot's list until it ends.
      const seconds = r.between(1, 4);
      const end = r.pick(['COMMIT', 'ROLLBACK']);
      g.background(g.postgres.sql(`BEGIN; SELECT pg_current_xact_id(); SELECT pg_sleep(${seconds}); ${end}`));
      await moment(r);
    },
  },
  {
    name: "PostgreSQL's connections used up",
    weight: 2,
    run: async (g, r) => {
      const role = r.pick(['confab_api', 'confab_push']);
      try {
        await g.postgres.sql(`ALTER ROLE ${role} CONNECTION LIMIT 1; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
        await moment(r, 300, 1500);
      } finally {
        await g.postgres.sql(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
      }
    },
  },
  {
    name: "the pusher's file descriptors used up",
    weight: 2,
    run: async (g, r) => {
      const pid = g.stack.pusher?.pid ?? 0;
      const open = fs.readdirSync(`/proc/${pid}/fd`).length;
      const before = /^Max open files\s+(\S+)/m.exec(fs.readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
      await exec('prlimit', ['--pid', String(pid), `--nofile=${open + r.between(0, 2)}:`], runAs);
      try {
        g.proxies.browser.cut((k) => k % 3 === 0);
        g.proxies.pusherDb.cut();
        await moment(r, 300, 1500);
      } finally {
        await exec('prlimit', ['--pid', String(pid), `--nofile=${before}:`], runAs);
      }
    },
  },
  {
    name: "the pusher's memory used up",
    weight: 2,
    // A sanitizer reserves more address space than any limit.
    needs: 'plain',
    run: async (g, r) => {
      const pid = g.stack.pusher?.pid ?? 0;
      const size = Number(/^VmSize:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
      await exec('prlimit', ['--pid', String(pid), `--as=${size + r.between(0, 4) * 65536}:`], runAs);
      try {
        g.proxies.browser.cut((k) => k % 3 === 0);
        await moment(r, 300, 1500);
      } finally {
        await exec('prlimit', ['--pid', String(pid), '--as=unlimited:'], runAs);
      }
    },
  },
  {
    name: "PostgreSQL's disk full",
    weight: 3,
    needs: 'disk',
    run: async (g, r) => {
      if (!g.has('disk')) return;
      const filler = `${g.disk}/filler`;
      const file = fs.openSync(filler, 'w');
      try {
        // Writes as much as there is room for, and no more than the disk's size.
        for (const piece = Buffer.alloc(1 << 20); ; ) if (fs.writeSync(file, piece) < piece.length) break;
      } catch {
        // It is full.
      }
      fs.closeSync(file);
      await moment(r, 300, 1500);
      fs.rmSync(filler);
      // It may have given up: that is not held against it.
      await g.revivePostgres();
    },
  },
  {
    name: 'a clock stepped',
    weight: 3,
    needs: 'clock',
    run: async (g, r) => {
      const which = r.pick(CLOCKS);
      g.setClock(which, r.pick([-7200, -30, 30, 7200]));
      await moment(r, 300, 2000);
      g.setClock(which, 0);
    },
  },
  {
    name: 'a key added to the key file',
    weight: 1,
    run: async (g) => {
      g.ctl(['key', 'add']);
      g.stack.pusher?.signal('SIGHUP');
      g.stack.handlers?.signal('SIGHUP');
    },
  },
  {
    name: 'the schema migrated under load',
    weight: 2,
    run: async (g) => g.ctl(['migrate']),
  },
];
