/**
 * One run: servers, clients, faults of one seed, then the verdict.
 *
 *     const result = await run({ seed: 7, faults: 10, dir: '/somewhere' });
 *
 * The seed decides which faults come, in which order and with which figures, and what each client wants to
 * do next. What the machine's scheduling makes of it differs from run to run.
 */
import fs from 'node:fs';
import path from 'node:path';
import { sleep, until } from '../harness/until.mjs';
import { check, startOf } from './checker.mjs';
import { byFeed, intervals, readTruth } from './checker/truth.mjs';
import { FAULTS } from './faults.mjs';
import { Ground } from './ground.mjs';
import { History } from './history.mjs';
import { Random } from './random.mjs';
import { Client } from './workload.mjs';
import { World } from './world.mjs';

const HANDLES = ['ada', 'bob', 'cyd', 'dan', 'eve', 'fay', 'gus', 'hal'];
/** Each person has three devices. @type {('ws' | 'sse' | 'poll')[][]} */
const DEVICES = [['ws'], ['sse'], ['poll'], ['ws', 'sse', 'poll'], ['poll', 'ws'], ['sse', 'ws']];
const PER_PERSON = 3;
const ROOMS = [
  { name: 'Hall', kind: 'channel', visibility: 'public', history_open: true },
  { name: 'Attic', kind: 'group', visibility: 'private', history_open: true },
  { name: 'Vault', kind: 'group', visibility: 'private', history_open: false },
  { name: 'Porch', kind: 'channel', visibility: 'public', history_open: false },
];

/** What faults come, from the seed alone. @param {number} seed @param {number} count @param {(row: any) => boolean} usable */
export function planOf(seed, count, usable) {
  const random = new Random(seed, 'faults');
  const table = FAULTS.filter(usable);
  return Array.from({ length: count }, () => random.weighted(table));
}

/** Rooms with everybody or some in them, each with an owner. @param {import('../harness/client/api.mjs').Api[]} people @param {World} world @param {Random} random */
async function furnish(people, world, random) {
  for (const [i, { name, ...room }] of ROOMS.entries()) {
    const owner = people[i % people.length];
    const others = people.filter((p) => p !== owner && (i === 0 || random.yes(0.6)));
    const { id } = await owner.room(name, { ...room, people: others });
    world.addRoom(id, { kind: room.kind, visibility: room.visibility, owner: owner.me.id, people: [owner, ...others].map((p) => p.me.id) });
  }
}

/** @param {Ground} ground @param {number} seed @param {History} history */
async function openWorld(ground, seed, history) {
  const people = await Promise.all(HANDLES.map((h) => ground.signIn(h)));
  const world = new World(people.map((p) => p.me.id));
  await furnish(people, world, new Random(seed, 'rooms'));
  const truth = await readTruth(ground.postgres);
  const heads = new Map(truth.feeds.map((f) => [f.id, f.last_seq]));
  const clients = [];
  for (let i = 0; i < HANDLES.length * PER_PERSON; i++) {
    const handle = HANDLES[i % HANDLES.length];
    const api = await ground.signIn(handle);
    const client = new Client(`${handle}${Math.floor(i / HANDLES.length)}`, api, history, DEVICES[i % DEVICES.length]);
    // Where there are two pushers, a third of the clients goes from one to the other at every reconnect.
    client.places = i % 3 === 0 ? ground.places : [ground.places[i % ground.places.length]];
    clients.push(client.equip(world, () => ground.signIn(handle)));
  }
  await Promise.all(clients.map((c) => c.start({ [c.account]: heads.get(c.account) ?? 0, [c.tenant]: heads.get(c.tenant) ?? 0 })));
  return { world, clients, start: startOf(truth) };
}

/** Does every client have all that it is entitled to? @param {Client[]} clients @param {import('./checker/truth.mjs').Truth} truth */
function caughtUp(clients, truth) {
  const feeds = byFeed(truth);
  const deleted = new Set(truth.rooms.filter((r) => r.deleted).map((r) => r.id));
  const inside = new Map(truth.rooms.map((r) => [r.id, intervals(feeds.get(r.id) ?? [])]));
  const head = (/** @type {string} */ feed) => feeds.get(feed)?.at(-1)?.seq ?? 0;
  return clients.every((c) => {
    const rooms = [...inside].filter(([id, who]) => !deleted.has(id) && who.get(c.account)?.at(-1)?.to === Infinity).map(([id]) => id);
    const stray = [...c.last.keys()].some((f) => deleted.has(f));
    // After a reset nobody knows where a person's own feed begins, until its first row.
    const own = [c.account, c.tenant].every((f) => (c.last.get(f) ?? Infinity) >= head(f));
    return !stray && own && rooms.every((f) => (c.last.get(f) ?? -1) >= head(f));
  });
}

/**
 * The end: servers settle, clients catch up, and the final state is read while nothing moves.
 * @param {Ground} ground @param {Client[]} clients
 */
async function conclude(ground, clients) {
  await ground.settle();
  let truth = await readTruth(ground.postgres);
  for (let i = 0; i < 5; i++) {
    // Who cannot catch up is the checker's business.
    await until('everybody to have everything', () => caughtUp(clients, truth), { timeout: 20000, every: 50 }).catch(() => {});
    const again = await readTruth(ground.postgres);
    if (JSON.stringify(again) === JSON.stringify(truth)) break;
    truth = again;
  }
  await Promise.all(clients.map((c) => c.stop()));
  // The devices of a person see the same.
  await Promise.all(clients.map((c, i) => c.finish(i < HANDLES.length)));
  return truth;
}

/**
 * @param {{seed: number, faults?: number, dir: string, pause?: number, only?: RegExp, scenario?: {name: string, run: (ground: Ground, history: History, random: Random) => Promise<unknown>},
 *   settings?: Record<string, string>, shape?: import('./ground.mjs').Shape, each?: (name: string) => boolean, tell?: (step: string) => void}} options
 *   only: of the faults, those that fit; each: not by the seed, but those of the table, once; scenario: comes in the middle of the faults
 */
export async function run({ seed, faults = 8, dir, pause = 150, only, scenario, settings, shape, each, tell = () => {} }) {
  fs.mkdirSync(dir, { recursive: true });
  const history = new History(path.join(dir, `history-${seed}.jsonl`));
  const ground = await Ground.make({ handles: HANDLES, settings, shape });
  const began = Date.now();
  let stopped = false;
  let hurry = false;
  /** @type {Client[]} */
  let crew = [];
  try {
    tell('servers run');
    const { world, clients, start } = await openWorld(ground, seed, history);
    crew = clients;
    tell('clients work');
    const working = clients.map((c, i) => c.work(new Random(seed, `client ${i}`), () => stopped, () => hurry, pause));
    const random = new Random(seed, 'figures');
    const usable = (/** @type {any} */ row) => ground.has(row.needs) && (!only || only.test(row.name));
    const plan = each ? FAULTS.filter((row) => usable(row) && each(row.name)) : planOf(seed, faults, usable);
    for (const [i, fault] of plan.entries()) {
      if (scenario && i === Math.floor(plan.length / 2)) {
        tell(scenario.name);
        history.add({ rec: 'fault', name: scenario.name });
        await scenario.run(ground, history, random);
      };
      await sleep(random.between(100, 500));
      tell(fault.name);
      history.add({ rec: 'fault', name: fault.name });
      const effect = await fault.run(ground, random);
      history.add({ rec: 'effect', name: fault.name, n: typeof effect === 'number' ? effect : 1 });
    }
    tell('the last operations end');
    stopped = true;
    const late = setTimeout(() => (hurry = true), 20000);
    await Promise.all(working);
    clearTimeout(late);
    tell('clients catch up');
    const truth = await conclude(ground, clients);
    tell('the checker decides');
    fs.writeFileSync(path.join(dir, `truth-${seed}.json`), JSON.stringify({ truth, start }));
    const { violations, counts } = check(history.records, truth, start);
    const logs = violations.length > 0 ? ground.stack.tails() : '';
    const complaints = await ground.stop();
    return { seed, seconds: (Date.now() - began) / 1000, violations, counts, complaints, logs, history: history.file };
  } catch (error) {
    stopped = hurry = true;
    for (const c of crew) c.abandon();
    throw Object.assign(/** @type {Error} */ (error), { logs: ground.stack.tails(), history: history.file });
  } finally {
    history.close();
    await ground.vanish();
  }
}

/** For a person: what was found, and how to see it again. @param {Awaited<ReturnType<typeof run>>} result */
export function describe({ seed, violations, complaints, logs, history }) {
  const lines = violations.map((v) => `${v.rule} (${v.times} times), for example:\n  ${v.examples.slice(0, 2).map((e) => JSON.stringify(e).slice(0, 1500)).join('\n  ')}`);
  return [`seed ${seed}; history: ${history}`, ...lines, ...complaints, logs].filter((l) => l !== '').join('\n');
}
