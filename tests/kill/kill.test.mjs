// The kill test, short form: everything is killed again and again under load, and nothing is lost.
//
// Three people write into three rooms; nine readers follow them, each on transports of its own. While
// they do, the handlers, the pusher, the web server and PostgreSQL (immediate stop) are killed and
// started again in turn. A writer repeats each send, with the same client id, until it is answered.
// At the end every reader has every acknowledged message exactly once, in the order of its room, after
// having dropped repeats by (feed, seq); nobody has anything that was never sent.
//
//     CONFAB_KILL_ROUNDS, CONFAB_KILL_SENDS   how often each is killed, how much is sent at least
import { uuid7 } from '../harness/client/api.mjs';
import { Reader } from '../harness/client/reader.mjs';
import { Ws } from '../harness/client/ws.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { sleep, until } from '../harness/until.mjs';

const ROUNDS = Number(process.env.CONFAB_KILL_ROUNDS ?? 10);
const SENDS = Number(process.env.CONFAB_KILL_SENDS ?? 5000);
const WRITERS = ['ada', 'bob', 'cyd'];
const READERS = Array.from({ length: 9 }, (_, i) => `reader${i}`);
/** @type {import('../harness/client/streams.mjs').Transport[][]} */
const TRANSPORTS = [['ws'], ['ws'], ['sse'], ['sse'], ['poll'], ['poll'], ['ws', 'sse', 'poll'], ['poll', 'ws', 'sse'], ['sse', 'poll', 'ws']];

const its = suite({
  accounts: [...WRITERS, ...READERS],
  workers: 4,
  // A real disk's order of things; and enough of every allowance for a load that no person makes.
  postgres: { fsync: 'on' },
  config: { send_burst: 100000, send_period_ms: 100, push_frame_burst: 100000, push_frame_period_ms: 1000, log_level: 'warn' },
});

/** What was sent, and what was answered. */
class Ledger {
  /** @type {Map<string, {room: string, text: string, writer: string, tries: number, seq?: number}>} by client id */
  sends = new Map();
  acknowledged = 0;

  /** @param {string} writer @param {string} room */
  next(writer, room) {
    const clientId = uuid7();
    const send = { room, writer, text: `${writer} ${this.sends.size} ⚛`, tries: 0 };
    this.sends.set(clientId, send);
    return { clientId, send };
  }

  /** @param {string} clientId @param {any} message as the server stored it */
  acknowledge(clientId, message) {
    const send = this.sends.get(clientId);
    if (!send) throw new Error(`acknowledged, never sent: ${clientId}`);
    assert.deepEqual([message.client_id, message.room, message.text], [clientId, send.room, send.text]);
    if (send.seq !== undefined) assert.equal(message.seq, send.seq, 'stored twice');
    else this.acknowledged++;
    send.seq = message.seq;
  }
}

/** Sends over HTTP until told to stop. @param {any} api @param {string[]} rooms @param {Ledger} ledger @param {() => boolean} stopped */
async function writeByHttp(api, rooms, ledger, stopped) {
  for (let i = 0; !stopped(); i++) {
    const { clientId, send } = ledger.next(api.me.handle, rooms[i % rooms.length]);
    for (let wait = 20; ; wait = Math.min(wait * 2, 400)) {
      send.tries++;
      try {
        const answer = await api.call('POST', `/api/rooms/${send.room}/messages`, { body: { client_id: clientId, text: send.text }, check: false, timeout: 4000 });
        if (answer.status === 200 || answer.status === 201) {
          ledger.acknowledge(clientId, answer.body.message);
          break;
        }
        // No answer says that a send is wrong or unwelcome: all failures are failures of servers.
        assert.ok(answer.status >= 500, `${answer.status} ${answer.text.slice(0, 300)}`);
      } catch (error) {
        if (/** @type {any} */ (error).code === 'ERR_ASSERTION') throw error;
      }
      await sleep(wait);
    }
  }
}

/** Sends frames on a WebSocket, a few under way at once, until told to stop. @param {any} api @param {string[]} rooms @param {Ledger} ledger @param {() => boolean} stopped */
async function writeByWebSocket(api, rooms, ledger, stopped) {
  /** @type {Map<string, {room: string, text: string, tries: number}>} */
  const open = new Map();
  for (let i = 0; !stopped() || open.size > 0; ) {
    const ws = new Ws(api);
    try {
      await Promise.race([ws.opened, sleep(4000).then(() => Promise.reject(new Error('late')))]);
      let heard = Date.now();
      for (const [clientId, send] of open) ws.send({ do: 'send', room: send.room, client_id: clientId, text: (send.tries++, send.text) });
      let at = 0;
      while (!ws.end && (!stopped() || open.size > 0)) {
        for (; at < ws.events.length; at++) {
          const event = ws.events[at];
          const send = event.client_id && open.get(event.client_id);
          if (event.event === 'ack') {
            ledger.acknowledge(event.client_id, event.message);
            open.delete(event.client_id);
            heard = Date.now();
          } else if (event.event === 'error' && send) {
            assert.ok(event.status >= 500 || event.status === 429, JSON.stringify(event));
            heard = Date.now();
            const again = () => !ws.end && open.has(event.client_id) && ws.send({ do: 'send', room: send.room, client_id: event.client_id, text: (send.tries++, send.text) });
            setTimeout(again, Math.min(event.retry_after_ms ?? 100, 300));
          }
        }
        if (open.size > 0 && Date.now() - heard > 5000) break;
        while (!stopped() && !ws.end && open.size < 4) {
          const { clientId, send } = ledger.next(api.me.handle, rooms[i++ % rooms.length]);
          open.set(clientId, send);
          if (open.size === 1) heard = Date.now();
          send.tries++;
          ws.send({ do: 'send', room: send.room, client_id: clientId, text: send.text });
        }
        await sleep(2);
      }
    } catch (error) {
      if (/** @type {any} */ (error).code === 'ERR_ASSERTION') throw error;
    }
    ws.drop();
    await sleep(50 + Math.random() * 100);
  }
}

/** Kills and starts all four in turn. @param {import('../harness/stack.mjs').Stack} stack @param {Record<string, number>} kills */
async function killInTurn(stack, kills) {
  const { handlers, pusher, web, postgres } = stack;
  if (!handlers || !pusher) throw new Error('this stack lacks a process');
  const turns = {
    handlers: async (/** @type {number} */ round) => {
      // A worker alone, then the first process alone (its workers must end by themselves), then all.
      if (round % 3 === 0) {
        const [worker] = handlers.children();
        if (worker) process.kill(worker, 'SIGKILL');
      }
      if (round % 3 === 1) await handlers.killMain();
      await handlers.kill();
      await sleep(Math.random() * 200);
      await handlers.start();
    },
    pusher: async () => {
      await pusher.kill();
      await sleep(Math.random() * 200);
      await pusher.start();
    },
    'web server': async () => {
      await web.kill();
      await sleep(Math.random() * 200);
      await web.start();
    },
    postgres: async () => {
      await postgres.crash();
      await sleep(Math.random() * 200);
      await postgres.start();
    },
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, turn] of Object.entries(turns)) {
      await sleep(300 + Math.random() * 400);
      await turn(round);
      kills[name] = (kills[name] ?? 0) + 1;
    }
  }
}

/** @param {Reader} reader @param {string} name @param {string[]} rooms @param {Ledger} ledger */
function judge(reader, name, rooms, ledger) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  for (const room of rooms) {
    const log = reader.rooms.get(room);
    assert.ok(log, `${name} does not know room ${room}`);
    // Without a hole and in order: each row follows the one before it.
    log.rows.forEach((row, i) => assert.equal(row.seq, log.base + 1 + i, `${name}, room ${room}: row ${i}`));
    for (const row of log.rows) {
      assert.equal(row.event, 'message', `${name}: ${JSON.stringify(row)}`);
      const { client_id: clientId, text, sender } = row.message;
      const send = ledger.sends.get(clientId);
      assert.ok(send, `${name} got what nobody sent: ${JSON.stringify(row)}`);
      assert.ok(!seen.has(clientId), `${name} got ${clientId} twice: at ${seen.get(clientId)} and ${row.seq}`);
      seen.set(clientId, row.seq);
      assert.deepEqual([row.feed, text], [send.room, send.text], name);
      if (send.seq !== undefined) assert.equal(row.seq, send.seq, `${name}: ${clientId} stands elsewhere than was acknowledged`);
      assert.ok(sender);
    }
  }
  const missing = [...ledger.sends].filter(([id, send]) => send.seq !== undefined && !seen.has(id));
  assert.deepEqual(missing, [], `${name} lacks ${missing.length} acknowledged messages`);
  return seen.size;
}

test(
  `${WRITERS.length} writers, ${READERS.length} readers on mixed transports, everything killed ${ROUNDS} times: every acknowledged message exactly once, in order, at every reader`,
  async () => {
    const { stack } = its;
    const writers = await Promise.all(WRITERS.map((h) => stack.signIn(h)));
    const people = await Promise.all(READERS.map((h) => stack.signIn(h)));
    const rooms = [];
    for (const writer of writers) rooms.push((await writer.room(`Room of ${writer.me.handle}`, { people: [...writers.filter((w) => w !== writer), ...people] })).id);
    const readers = await Promise.all(people.map((p, i) => new Reader(p, { transports: TRANSPORTS[i] }).start()));

    const ledger = new Ledger();
    /** @type {Record<string, number>} */
    const kills = {};
    let killing = true;
    const stopped = () => !killing && ledger.acknowledged >= SENDS;
    const began = Date.now();
    const writing = [
      writeByHttp(writers[0], rooms, ledger, stopped),
      writeByHttp(writers[1], rooms, ledger, stopped),
      // A person with two devices, one of which sends on its stream.
      writeByHttp(writers[2], rooms, ledger, stopped),
      writeByWebSocket(writers[2], rooms, ledger, stopped),
    ];
    await Promise.all([...writing, killInTurn(stack, kills).finally(() => (killing = false))]);
    const seconds = (Date.now() - began) / 1000;

    const last = new Map(rooms.map((room) => [room, Math.max(...[...ledger.sends.values()].filter((s) => s.room === room).map((s) => s.seq ?? 0))]));
    for (const [i, reader] of readers.entries()) {
      await until(
        `${READERS[i]} to have everything: ${JSON.stringify(reader.counts)} ${reader.failure ?? reader.lastError ?? ''}`,
        () => reader.failure || rooms.every((room) => (reader.rooms.get(room)?.last ?? 0) >= (last.get(room) ?? 0)),
        { timeout: 60000, every: 50 },
      );
      assert.equal(reader.failure, undefined);
    }
    await Promise.all(readers.map((r) => r.stop()));

    const lines = [];
    for (const [i, reader] of readers.entries()) {
      const got = judge(reader, READERS[i], rooms, ledger);
      const { events, repeats, gaps, pages, streams, more } = reader.counts;
      assert.deepEqual(reader.resets, [], `${READERS[i]} was told to start afresh`);
      lines.push(`  ${READERS[i]} (${TRANSPORTS[i].join(', ')}): ${got} messages once each; ${events} events, ${repeats} repeats dropped, ${streams} streams begun, ${gaps} gaps and ${more} long absences filled by ${pages} pages`);
    }
    const sends = [...ledger.sends.values()];
    const retried = sends.filter((s) => s.tries > 1).length;
    for (const [name, count] of Object.entries(kills)) assert.ok(count >= ROUNDS, `${name} was killed ${count} times only`);
    assert.ok(ledger.acknowledged >= SENDS);
    console.log(
      [
        `${seconds.toFixed(0)} s; killed: ${Object.entries(kills).map(([name, n]) => `${name} ${n} times`).join(', ')}`,
        `${sends.length} sends, ${ledger.acknowledged} acknowledged, ${retried} of them after more than one try (${sends.reduce((n, s) => n + s.tries, 0)} tries)`,
        ...lines,
      ].join('\n'),
    );
  },
  { timeout: 600000 },
);
