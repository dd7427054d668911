// Random joins, drops, goodbyes, duplicate clients, lapsed leases and a restart of the pusher; whoever watched all
// the time knows in the end what is so, on every transport, and nobody is left behind as a ghost. (That joins and
// leaves alternate is held by tests/unit/test_sse_roster.c, which sees every case.)
import { newStream, Ws } from '../harness/client/ws.mjs';
import { postFrames } from '../harness/client/poll.mjs';
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { sleep, until } from '../harness/until.mjs';

const LEASE = 2500;
const its = suite({ accounts: ['ada', 'bob', 'cyd', 'dan', 'eve'], config: { push_lease_ms: LEASE, push_lease_ws_ms: LEASE, push_heartbeat_ms: 500, push_frame_burst: 1000 } });

/** @param {number} seed */
function random(seed) {
  let s = seed >>> 0;
  return (/** @type {number} */ n) => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return Math.floor((s / 2 ** 32) * n);
  };
}

/** A client that is inside a room, or tries to be, until it is dropped. */
class Client {
  /** @param {'ws' | 'sse' | 'poll'} transport @param {any} who @param {string} room */
  constructor(transport, who, room) {
    Object.assign(this, { transport, who, room });
    this.stream = newStream();
    /** @type {any} what it shows: said again whenever it enters */
    this.shown = {};
    this.inside = false;
    this.failed = 0;
  }
  /** @type {any} */ transport;
  /** @type {any} */ who;
  /** @type {any} */ room;
  /** @type {any} */ io;

  async open() {
    // The web server may take a moment to see that the pusher is back.
    this.io = await until('a stream to open', () => openStream(this.transport, this.who, { stream: this.stream }).catch(() => undefined));
    return this;
  }
  /** @param {any} frame */
  async say(frame) {
    if (this.io instanceof Ws) this.io.end ?? this.io.send(frame);
    else {
      const answer = await postFrames(this.who, this.stream, [frame]).catch(() => ({ status: 0 }));
      if (answer.status !== 200) this.failed++;
      return answer;
    }
  }
  async enter() {
    this.inside = true;
    return this.say({ do: 'enter', room: this.room, ...this.shown });
  }
  drop() {
    this.inside = false;
    this.io?.drop();
  }
}

/** What a watcher knows, by the rules of docs/PROTOCOL.md. */
class View {
  people = new Map();
  sure = new Set();
  count = 0;
  settling = false;
  /** @param {any} e */
  take(e) {
    const set = (/** @type {any} */ { person, ...fields }) => {
      const p = this.people.get(person);
      if (!p) return;
      for (const [k, v] of Object.entries(fields)) {
        if (v === null || (k === 'status' && v === 'online')) delete p[k];
        else p[k] = v;
      }
    };
    if (e.event === 'presence_state') {
      this.settling = e.settling;
      if (!e.settling) this.people.clear();
      this.sure = new Set(e.people);
      for (const id of e.people) this.people.set(id, {});
      e.shown?.forEach(set);
    } else if (e.event === 'presence') {
      for (const id of e.joined) {
        if (!this.people.has(id) || this.settling) this.people.set(id, {});
        this.sure.add(id);
      }
      for (const id of e.left) {
        this.people.delete(id);
        this.sure.delete(id);
      }
      e.changed?.forEach(set);
    } else if (e.event === 'moved') {
      for (const [person, x, y] of e.moves) set({ person, x, y });
      return;
    } else return;
    this.count = e.count;
  }
  /** The lease after a restart is over. */
  settled() {
    for (const id of [...this.people.keys()]) if (!this.sure.has(id)) this.people.delete(id);
    this.settling = false;
  }
  get text() {
    return JSON.stringify([this.count, [...this.people].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, p]) => [id, Object.entries(p).sort()])]);
  }
}

for (const seed of [1, 2]) {
  test(`storm ${seed}: those who watch agree with who has just come, and nobody stays longer than a lease`, async () => {
    const pick = random(seed * 7919);
    const [ada, ...others] = await Promise.all(['ada', 'bob', 'cyd', 'dan', 'eve'].map((h) => its.stack.signIn(h)));
    const room = (await ada.room(`Storm ${seed}`, { people: others })).id;
    const watchers = TRANSPORTS.map((t) => ({ client: new Client(t, ada, room), view: new View(), at: 0 }));
    const watch = async (/** @type {any} */ w) => {
      w.client = await new Client(w.client.transport, ada, room).open();
      w.at = 0;
      await until('the watcher to be inside', async () => {
        const answer = await w.client.enter();
        if (answer?.status === 200) answer.body.events.forEach((/** @type {any} */ e) => w.view.take(e));
        return !answer || answer.status === 200;
      });
    };
    const catchUp = (/** @type {any} */ w) => {
      for (; w.at < w.client.io.events.length; w.at++) w.view.take(w.client.io.events[w.at]);
    };
    for (const w of watchers) await watch(w);
    /** @type {Client[]} */
    let actors = [];
    const act = async () => {
      const c = actors[pick(actors.length)];
      switch (pick(9)) {
        case 0:
        case 1:
          if (actors.length < 10) actors.push(await new Client(TRANSPORTS[pick(3)], others[pick(4)], room).open());
          return;
        case 2:
          if (c) actors = actors.filter((a) => a !== c);
          return c?.drop();
        case 3:
          if (!c || !(c.io instanceof Ws)) return;
          actors = actors.filter((a) => a !== c);
          return void c.io.close().catch(() => {});
        case 4:
          if (c?.inside) await c.say({ do: 'exit', room });
          if (c) c.inside = false;
          return;
        case 5:
          if (!c?.inside) return;
          Object.assign(c.shown, [{ status: ['online', 'idle', 'dnd', 'invisible'][pick(4)] }, { name: `n${pick(5)}` }, { emoji: pick(2) ? '👍' : null }][pick(3)]);
          return c.say({ do: 'state', room, ...c.shown });
        case 6:
          if (!c?.inside) return;
          Object.assign(c.shown, { x: pick(11) / 10, y: pick(11) / 10 });
          return c.say({ do: 'move', room, x: c.shown.x, y: c.shown.y });
        default:
          if (c && !c.inside) await c.enter();
      }
    };
    const beat = setInterval(() => [...actors, ...watchers.map((w) => w.client)].forEach((c) => c.io && !(c.io instanceof Ws) && c.say({ do: 'ping' })), 700);
    try {
      for (const half of [1, 2]) {
        for (const end = Date.now() + 6000; Date.now() < end; ) {
          await act();
          watchers.forEach(catchUp);
          await sleep(pick(40));
        }
        if (half === 2) break;
        await its.stack.pusher?.restart();
        for (const w of watchers) {
          catchUp(w);
          w.client.drop();
          await watch(w);
        }
        // Clients come back with what they showed, some never do.
        for (const c of actors) c.drop();
        actors = actors.filter(() => pick(3) > 0);
        for (const c of actors) {
          await c.open();
          await c.enter();
        }
        await sleep(LEASE + 500);
        watchers.forEach((w) => {
          catchUp(w);
          w.view.settled();
        });
      }
      // What is under way arrives, leases of those who were dropped end.
      await sleep(LEASE + 2500);
      const fresh = await new Client('ws', ada, room).open();
      await fresh.enter();
      await fresh.io.next('presence_state');
      const truth = new View();
      fresh.io.events.forEach((/** @type {any} */ e) => truth.take(e));
      const visible = new Set([ada.me.id, ...actors.filter((c) => c.inside && c.shown.status !== 'invisible').map((c) => c.who.me.id)]);
      assert.deepEqual([...truth.people.keys()].sort(), [...visible].sort(), 'those who are there');
      for (const w of watchers) {
        await until(`${w.client.transport} to see what is so: ${truth.text}`, () => {
          catchUp(w);
          return w.view.text === truth.text;
        }).catch((error) => assert.fail(`${error.message}\n${w.client.transport} sees ${w.view.text}`));
        }
      // All fall silent at once.
      actors.forEach((c) => c.drop());
      actors = [];
      await until('the ghosts to go', () => (watchers.forEach(catchUp), watchers.every((w) => w.view.count === 1 && w.view.people.size === 1)), { timeout: LEASE + 6000 });
      fresh.drop();
    } finally {
      clearInterval(beat);
      [...actors, ...watchers.map((w) => w.client)].forEach((c) => c.drop());
    }
  });
}
