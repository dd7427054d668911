/**
 * Everything that is broken on purpose, once. A fault begins, lasts for a bounded time, and is mended
 * before the next: `run` returns when all is as before, or when it mends itself.
 *
 * name, weight
 * needs  what the run must have (see ground.mjs); a fault that cannot be had is left out
 * run(ground, random)  how much came of it, as a number that is 0 when nothing did: packets doubled,
 *     connections cut, refused, ... Nothing returned counts as once: it would have thrown otherwise.
 *     `node tests/faults/each.mjs` shows it for every row.
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { sleep } from '../harness/until.mjs';
import { runAs } from '../harness/user.mjs';
import { fill } from './exhaust.mjs';

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
  const of = (/** @type {Ground} */ g, /** @type {Random} */ r) => /** @type {import('../harness/proc.mjs').Proc} */ (which === 'handlers' ? g.stack.handlers : r.pick(g.fronts)[which]);
  const needs = /** @type {any} */ (which === 'handlers' ? 'handlers' : undefined);
  return [
    {
      name: `${which} killed`,
      weight: 3,
      needs,
      run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
        const proc = of(g, r);
        await proc.kill();
        await moment(r);
        await proc.start();
      },
    },
    {
      name: `${which} stopped and started`,
      weight: 2,
      needs,
      run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
        const proc = of(g, r);
        await proc.stop({ timeout: 60000 });
        await moment(r);
        await proc.start();
      },
    },
    {
      name: `${which} frozen`,
      weight: 2,
      needs,
      run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
        const proc = of(g, r);
        proc.freeze();
        await moment(r, 100, 1500);
        proc.thaw();
      },
    },
  ];
};

/** @param {keyof Ground['proxies']} which @param {string} between */
const connectionFaults = (which, between) => {
  const needs = /** @type {any} */ (which === 'webHandlers' ? 'handlers' : undefined);
  return [
    {
      name: `connections cut between ${between}`,
      weight: 3,
      needs,
      run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
        const proxy = r.pick(g.proxies[which]);
        const before = proxy.counts.cut;
        for (let i = r.between(1, 4); i > 0; i--) {
          const some = r.yes(0.5);
          proxy.cut((k) => !some || k % 2 === 0);
          await moment(r, 20, 300);
        }
        return proxy.counts.cut - before;
      },
    },
    {
      name: `connections delayed between ${between}`,
      weight: 1,
      needs,
      run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
        const proxy = r.pick(g.proxies[which]);
        const before = proxy.counts.delayed;
        proxy.delay = r.between(5, 150);
        await moment(r, 300, 1500);
        proxy.delay = 0;
        return proxy.counts.delayed - before;
      },
    },
    {
      name: `connections stalled between ${between}`,
      weight: 2,
      needs,
      run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
        const proxy = r.pick(g.proxies[which]);
        const before = proxy.counts.stalled;
        proxy.stall();
        await moment(r, 200, 1500);
        // Either the bytes come late, or they never come.
        if (r.yes(0.5)) proxy.cut();
        proxy.flow();
        return proxy.counts.stalled - before;
      },
    },
  ];
};

/** @param {'swallow' | 'double' | 'hold'} mode @param {string} name */
const notificationFault = (mode, name) => ({
  name: `notifications ${name}`,
  weight: 2,
  run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
    const proxy = r.pick(g.proxies.pusherDb);
    const before = proxy.counts.notifications;
    proxy.notifications = mode;
    await moment(r, 500, 2000);
    proxy.notifications = 'pass';
    proxy.release();
    return proxy.counts.notifications - before;
  },
});

/**
 * Between all servers and all clients at once, below what a proxy can touch: the kernel's TCP mends it, at a price.
 * @param {string} name @param {'lost' | 'doubled' | 'late' | 'reordered'} what is counted
 * @param {(r: Random) => {lost?: number, doubled?: number, delay?: number, jitter?: number}} how
 */
const packetFault = (name, what, how) => ({
  name: `packets ${name}`,
  weight: 4,
  needs: /** @type {const} */ ('network'),
  run: async (/** @type {Ground} */ g, /** @type {Random} */ r) => {
    const net = /** @type {import('./network.mjs').Network} */ (g.network);
    await net.count();
    net.set(how(r));
    await moment(r, 500, 2500);
    net.set();
    return (await net.count())[what];
  },
});

/** Bounds what a process may have, for a while. @param {number[]} pids @param {(pid: number) => string} limit for prlimit @param {(pid: number) => string} back @param {() => Promise<unknown>} meanwhile */
async function limited(pids, limit, back, meanwhile) {
  const before = new Map(pids.map((pid) => [pid, back(pid)]));
  const set = (/** @type {number} */ pid, /** @type {string} */ to) => exec('prlimit', ['--pid', String(pid), to], runAs).then(() => 1, () => 0);
  const done = await Promise.all(pids.map((pid) => set(pid, limit(pid))));
  try {
    await meanwhile();
  } finally {
    // Who ended meanwhile needs nothing back.
    for (const [pid, to] of before) await set(pid, to);
  }
  return done.reduce((sum, n) => sum + n, 0);
}

const openFiles = (/** @type {number} */ pid) => fs.readdirSync(`/proc/${pid}/fd`).length;
const fileLimit = (/** @type {number} */ pid) => `--nofile=${/^Max open files\s+(\S+)/m.exec(fs.readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]}:`;
const addressSpace = (/** @type {number} */ pid) => Number(/^VmSize:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** @param {string} whose @param {(g: Ground, r: Random) => number[]} pids @param {(g: Ground) => void} stir makes it need more */
const exhaustionFaults = (whose, pids, stir) => [
  {
    name: `${whose} file descriptors used up`,
    weight: 2,
    run: (/** @type {Ground} */ g, /** @type {Random} */ r) =>
      limited(pids(g, r), (pid) => `--nofile=${openFiles(pid) + r.between(0, 2)}:`, fileLimit, () => {
        stir(g);
        return moment(r, 300, 1500);
      }),
  },
  {
    name: `${whose} memory used up`,
    weight: 2,
    // A sanitizer reserves more address space than any limit.
    needs: /** @type {const} */ ('plain'),
    run: (/** @type {Ground} */ g, /** @type {Random} */ r) =>
      limited(pids(g, r), (pid) => `--as=${addressSpace(pid) + r.between(0, 4) * 65536}:`, () => '--as=unlimited:', () => {
        stir(g);
        return moment(r, 300, 1500);
      }),
  },
];

/** @type {{name: string, weight: number, needs?: 'disk' | 'clock' | 'plain' | 'handlers' | 'network', run: (g: Ground, r: Random) => Promise<unknown>}[]} */
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
  packetFault('lost', 'lost', (r) => ({ lost: r.between(10, 150) })),
  packetFault('doubled', 'doubled', (r) => ({ doubled: r.between(50, 500) })),
  packetFault('out of order', 'reordered', (r) => ({ jitter: r.between(2, 30) })),
  packetFault('late', 'late', (r) => ({ delay: r.between(5, 60) })),
  packetFault('lost, doubled and out of order', 'reordered', (r) => ({ lost: r.between(5, 50), doubled: r.between(20, 200), delay: r.between(0, 10), jitter: r.between(2, 20) })),
  {
    name: 'one handler process killed',
    weight: 3,
    run: async (g, r) => {
      const pids = g.handlerPids();
      if (pids.length > 0) signal([r.pick(pids)], 'SIGKILL');
      await moment(r);
    },
  },
  {
    name: 'one handler process frozen',
    weight: 2,
    run: async (g, r) => {
      const pids = g.handlerPids();
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
    name: "all of PostgreSQL's connections used up",
    weight: 2,
    // Those that are open stay; who is cut off then comes to a full house.
    run: async (g, r) => {
      const guests = await fill(g.postgres, 'confab_api');
      try {
        await g.postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('confab_api', 'confab_push') AND application_name <> 'guest' AND random() < 0.7");
        await guests.more();
        await moment(r, 300, 1500);
        await guests.more();
      } finally {
        guests.leave();
      }
      return guests.refused;
    },
  },
  ...exhaustionFaults("the pusher's", (g, r) => [r.pick(g.fronts).pusher.pid], (g) => {
    for (const proxy of [...g.proxies.browser, ...g.proxies.pusherDb]) proxy.cut((k) => k % 3 === 0);
  }),
  ...exhaustionFaults("the handlers'", (g) => g.handlerPids(), (g) => g.proxies.handlersDb[0].cut()),
  {
    name: "PostgreSQL's disk full",
    weight: 3,
    needs: 'disk',
    run: async (g, r) => {
      if (!g.has('disk')) return 0;
      const before = g.complaintsOfDisk();
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
      return g.complaintsOfDisk() - before;
    },
  },
  {
    name: 'a clock stepped',
    weight: 3,
    needs: 'clock',
    run: async (g, r) => {
      const which = r.pick(g.clocks);
      const off = r.pick([-7200, -30, 30, 7200]);
      g.setClock(which, off);
      await moment(r, 300, 2000);
      // Rows that were stamped meanwhile tell whether the backends that were there saw it.
      const seen = which === 'postgres' ? Number(await g.postgres.sql(`SELECT count(*) FROM confab.event WHERE at BETWEEN to_timestamp(${Date.now() / 1000 + off}) - interval '4 seconds' AND to_timestamp(${Date.now() / 1000 + off})`)) : 1;
      g.setClock(which, 0);
      return seen;
    },
  },
  {
    name: 'keys added to the key file',
    weight: 2,
    run: async (g, r) => {
      for (let i = r.between(1, 3); i > 0; i--) await g.ctl(['key', 'add']);
      // Nobody has to be told: who meets a key that he does not know looks for it.
      if (r.yes(0.5)) return;
      for (const { pusher } of g.fronts) pusher.signal('SIGHUP');
      g.stack.handlers?.signal('SIGHUP');
    },
  },
  {
    name: 'the functions of the schema replaced under load',
    weight: 2,
    run: async (g) => {
      // Not over a schema that has become newer than these programs: confabctl refuses that.
      if (g.expanded > 0) return 0;
      await g.ctl(['migrate']);
      return 1;
    },
  },
  {
    name: 'the schema expanded under load, old programs running on',
    weight: 2,
    run: async (g, r) => {
      const version = await g.expand();
      // Everybody meets the new version when he connects, not only who does so by chance.
      await g.postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('confab_api', 'confab_push')");
      await moment(r);
      return version;
    },
  },
];
