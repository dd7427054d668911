/**
 * Connect, resume, disconnect, again and again: the memory and the descriptors of pusher and handlers
 * have to stay flat.
 *
 *     node tests/faults/soak.mjs [--cycles 60000] [--at-once 40]
 *
 * 144,000 cycles are ten a second for four hours.
 *
 * Memory is compared from when half of the cycles is done: until then caches fill and the heap finds its shape. A build with
 * sanitizers keeps freed memory back on purpose and cannot be measured: use another.
 */
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { poll } from '../harness/client/poll.mjs';
import { startStack } from '../harness/stack.mjs';
import { until } from '../harness/until.mjs';

const { values } = parseArgs({ options: { cycles: { type: 'string', default: '60000' }, 'at-once': { type: 'string', default: '40' } } });
const cycles = Number(values.cycles);
const SLACK_KIB = 1024;
const PIECES = 8;
const HANDLES = ['ada', 'bob', 'cyd', 'dan'];

const stack = await startStack({ accounts: HANDLES, config: { log_level: 'error' } });
const people = await Promise.all(HANDLES.map((h) => stack.signIn(h)));
const room = await people[0].room('Soak', { people: people.slice(1) });

/** Resident KiB and open descriptors. @param {number[]} pids */
function measure(pids) {
  const kib = (/** @type {number} */ pid) => Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { kib: pids.reduce((n, p) => n + kib(p), 0), fds: pids.reduce((n, p) => n + fs.readdirSync(`/proc/${p}/fd`).length, 0) };
}
const look = () => ({ pusher: measure([stack.pusher?.pid ?? 0]), handlers: measure([stack.handlers?.pid ?? 0, ...(stack.handlers?.children() ?? [])]) });

let done = 0;
let resumed = 0;
/** One client that comes, gets what it missed, and goes, on transports in turn. @param {number} i @param {number} end */
async function visit(i, end) {
  const api = people[i % people.length];
  let { cursor } = await api.sync();
  while (done < end) {
    const n = done++;
    const transport = TRANSPORTS[n % TRANSPORTS.length];
    if (n % 10 === 0) await api.send(room.id, `message ${n}`);
    if (transport === 'poll') {
      const { body } = await poll(api, { cursor, wait: 1 });
      cursor = body.cursor;
      resumed += body.events.length;
      continue;
    }
    const stream = /** @type {any} */ (await openStream(transport, api, { cursor }));
    cursor = stream.hello.cursor ?? stream.cursor ?? cursor;
    resumed += stream.events.length - 1;
    stream.drop();
    await stream.closed;
  }
}

const before = look();
/** @type {ReturnType<typeof look>[]} */
const samples = [];
for (let piece = 1; piece <= PIECES; piece++) {
  await Promise.all(Array.from({ length: Number(values['at-once']) }, (_, i) => visit(i, (cycles * piece) / PIECES)));
  // Streams that were left are noticed soon after.
  await until('the pusher to have let go', () => look().pusher.fds <= before.pusher.fds + 4, { timeout: 90000, every: 100 }).catch(() => {});
  samples.push(look());
  const s = samples[samples.length - 1];
  console.log(`${done} cycles: pusher ${s.pusher.kib} KiB, ${s.pusher.fds} descriptors; handlers ${s.handlers.kib} KiB, ${s.handlers.fds} descriptors`);
}
const complaints = await stack.stop();
const early = samples[PIECES / 2 - 1];
const last = samples[samples.length - 1];
const grown = /** @type {const} */ (['pusher', 'handlers']).filter((who) => last[who].kib > early[who].kib + SLACK_KIB || last[who].fds > before[who].fds + 4);
console.log(`${done} cycles, ${resumed} events resumed: ${grown.length === 0 ? 'flat' : `grown: ${grown.join(', ')}`}`);
for (const c of complaints) console.log(c);
process.exit(grown.length + complaints.length > 0 ? 1 : 0);
