/**
 * Measures all peers, one after the other, and writes results.json, results.md and the plots.
 *
 *     node compare.mjs --build DIR --out DIR [--quick] [--only NAME,...] [--minutes N]
 *     node compare.mjs --out DIR --render       the page anew, from results.json
 *
 * Started by `run`, which sees to packages and programs.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { comeBack, oneRoom, posts, smallRooms } from './lib/measure.mjs';
import { Peer } from './lib/peer.mjs';
import { apacheWays, frontAndBare } from './lib/posts.mjs';
import { report } from './lib/report.mjs';
import { say } from './lib/text.mjs';

const { values } = parseArgs({
  options: { build: { type: 'string' }, out: { type: 'string' }, quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' }, minutes: { type: 'string' }, render: { type: 'boolean', default: false } },
});

const FULL = { rounds: 3, small: 1000, big: 10000, back: 5000, floodS: 1, pacedS: 2, postS: 1, openS: 60, backS: 20, minutes: 24 };
const QUICK = { rounds: 1, small: 1000, big: 2000, back: 1000, floodS: 0.7, pacedS: 2, postS: 0.7, openS: 20, backS: 10, minutes: 5.5 };

/**
 * `rows`: what is measured. The first transport of a peer gets everything; another one, or TCP, the fan-out only, as
 * what depends on it. The most telling come first: when the time is up, the rest is left out and said so.
 */
/* Who joins a room of Prosody costs it a walk over all who are there: 10,000 would take it half an hour. */
const ALL = ['one', 'big', 'ten', 'posts', 'back', 'missed'];
const TARGETS = [
  { name: 'yardstick', peer: 'yardstick', dialect: 'yard-ws', transport: 'WebSocket', socket: 'Unix', rows: ['one', 'big', 'ten', 'back'] },
  { name: 'Confab', peer: 'confab', dialect: 'confab-ws', transport: 'WebSocket', socket: 'Unix', cursor: 'always', direct: true, rows: [...ALL, 'ways'] },
  { name: 'nchan', peer: 'nchan', dialect: 'nchan-ws', transport: 'WebSocket', socket: 'Unix', cursor: 'missed', rows: ALL },
  { name: 'Socket.IO', peer: 'socketio', dialect: 'socketio', transport: 'WebSocket', socket: 'Unix', cursor: 'always', rows: ALL },
  { name: 'Prosody', peer: 'prosody', dialect: 'xmpp', transport: 'XMPP', socket: 'TCP', cursor: 'always', slow: true, rows: ['ten', 'posts', 'one', 'back', 'missed'] },
  { name: 'yardstick', peer: 'yardstick', dialect: 'yard-ws', transport: 'WebSocket', socket: 'TCP', tcp: true, rows: ['one', 'big', 'ten'] },
  { name: 'Confab', peer: 'confab', dialect: 'confab-ws', transport: 'WebSocket', socket: 'TCP', tcp: true, rows: ['one', 'big', 'ten'] },
  { name: 'yardstick', peer: 'yardstick', dialect: 'yard-sse', transport: 'SSE', socket: 'Unix', rows: ['big', 'ten'] },
  { name: 'Confab', peer: 'confab', dialect: 'confab-sse', transport: 'SSE', socket: 'Unix', rows: ['big', 'ten'] },
  { name: 'nchan', peer: 'nchan', dialect: 'nchan-sse', transport: 'SSE', socket: 'Unix', rows: ['big', 'ten'] },
];

const ROWS = {
  one: (target, peer, run) => oneRoom(target, peer, run, run.small, true),
  big: (target, peer, run) => oneRoom(target, peer, run, run.big, false),
  ten: (target, peer, run) => smallRooms(target, peer, run, run.big),
  posts,
  back: (target, peer, run) => comeBack(target, peer, run, run.back, 0),
  missed: (target, peer, run) => comeBack(target, peer, run, run.back, 5),
  ways: async (target, peer, run) => ({ ...(await frontAndBare(target, peer, run)), apache: await apacheWays(target, peer, run) }),
};

const output = (command, ...args) => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
};
const packaged = (name) => output('dpkg-query', '-W', '-f', '${Version}', name);
const npmVersion = (name) => JSON.parse(fs.readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;

function machine() {
  const top = new URL('../..', import.meta.url).pathname;
  const dirty = output('git', '-C', top, 'status', '--porcelain', '--', 'sse', 'cgi', 'common', 'schema', 'bench') ? ' with changes' : '';
  return {
    date: new Date().toISOString(),
    revision: output('git', '-C', top, 'rev-parse', '--short', 'HEAD') + dirty,
    cpu: os.cpus()[0].model,
    cores: os.cpus().length,
    memoryGib: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    versions: {
      PostgreSQL: packaged('postgresql-15'),
      lighttpd: packaged('lighttpd'),
      Apache: packaged('apache2'),
      nginx: packaged('nginx'),
      nchan: packaged('libnginx-mod-nchan'),
      Prosody: packaged('prosody'),
      'Node.js': process.version,
      'Socket.IO': npmVersion('socket.io'),
      'its Postgres adapter': npmVersion('@socket.io/postgres-adapter'),
    },
    loadBefore: os.loadavg()[0],
  };
}

/** Once more if need be: a port that was free may be taken a moment later. */
async function start(target, run) {
  const options = { build: run.build, log: run.log, clients: run.big, tcp: target.tcp };
  try {
    return await Peer.start(target.peer, options);
  } catch {
    return Peer.start(target.peer, options);
  }
}

/** All rows of one target; what fails or finds no time is noted, and the rest goes on. */
async function measure(target, run, results) {
  const kept = { ...target, result: {} };
  results.targets.push(kept);
  let peer;
  const title = `${target.name}, ${target.transport}, ${target.socket}`;
  try {
    peer = await start(target, run);
    for (const row of target.rows) {
      if (Date.now() > run.until) {
        results.notes.push(`${title}: ${row} was left out, the time was up.`);
        continue;
      }
      say(`${title}: ${row}`);
      try {
        kept.result[row] = await ROWS[row](target, peer, run);
        run.save();
      } catch (error) {
        say(`  failed: ${error.message}`);
        results.notes.push(`${title}: ${row} could not be measured: ${error.message}.`);
      }
    }
  } catch (error) {
    results.notes.push(`${title} could not be started: ${error.message}.`);
  } finally {
    await peer?.end();
  }
}

async function main() {
  const out = path.resolve(values.out);
  const sizes = values.quick ? QUICK : FULL;
  fs.mkdirSync(out, { recursive: true });
  const run = { ...sizes, build: path.resolve(values.build), log: path.join(out, 'compare.log'), until: Date.now() + Number(values.minutes ?? sizes.minutes) * 60000 };
  const only = values.only.split(',').filter(Boolean);
  const results = { quick: values.quick, sizes, machine: machine(), targets: [], notes: [] };
  const began = Date.now();
  // After every row: what has been measured is not lost with what has not.
  run.save = () => {
    results.machine.loadAfter = os.loadavg()[0];
    results.machine.minutes = (Date.now() - began) / 60000;
    fs.writeFileSync(path.join(out, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
    report(results, out);
  };
  for (const target of TARGETS) {
    if (only.length > 0 && !only.includes(target.peer)) continue;
    await measure(target, run, results);
    run.save();
  }
  say(`written: ${path.join(out, 'results.md')}`);
}

if (values.render) report(JSON.parse(fs.readFileSync(path.join(values.out, 'results.json'), 'utf8')), path.resolve(values.out));
else await main();
