/**
 * What is asked of each peer. Every function drives one crowd of clients and returns medians over the rounds.
 */
import { median, say, sleep } from './text.mjs';

const BYTES = ['--size', '420']; // an event of the yardstick, a post to nchan: as long as Confab's
const SETTLE_MS = 500;

const perSecond = (count, us) => (count * 1e6) / us;

/** Opens a crowd at a fresh server; fewer where the peer cannot hold so many in time. */
async function crowd(target, peer, list, wanted, seconds) {
  for (const streams of [wanted, wanted / 2, wanted / 5, wanted / 10].filter((n) => n >= 500 || n === wanted)) {
    await peer.restart();
    await sleep(SETTLE_MS);
    const before = peer.memoryKib();
    const swarm = await peer.swarm(target.dialect, list, streams, [...BYTES, ...(target.window ? ['--window', String(target.window)] : [])], seconds);
    const inTime = swarm.ready.streams;
    if (inTime === streams || (target.slow && inTime >= 100)) {
      await sleep(SETTLE_MS);
      return { swarm, streams: inTime, memory: ((peer.memoryKib() - before) * 1024) / inTime, before, openedS: swarm.ready.us / 1e6 };
    }
    say(`  only ${inTime} of ${streams} clients are in after ${seconds} s (refused ${swarm.ready.refused}, ended ${swarm.ready.ended})`);
    await swarm.end();
  }
  throw new Error('the peer holds no crowd');
}

/** So many posts that a flood takes about `seconds`, by a small one before. */
export async function floodSize(swarm, first, senders, seconds, most) {
  const trial = await swarm.measure(`flood ${first} ${senders}`);
  const count = Math.round((first * seconds * 1e6) / Math.max(trial.us, 1));
  return Math.max(first, Math.min(most, count - (count % first)));
}

function summary(results) {
  const of = (f) => median(results.map(f));
  return {
    deliveriesPerS: of((r) => perSecond(r.deliveries, r.us)),
    rounds: results.map((r) => perSecond(r.deliveries, r.us)),
    postsPerS: of((r) => perSecond(r.accepted, r.post_us)),
    cpuServerUs: of((r) => r.server_cpu_us / r.deliveries),
    cpuAllUs: of((r) => (r.server_cpu_us + r.rest_cpu_us) / r.deliveries),
    clientBusy: of((r) => r.own_cpu_us / r.us),
    serverBusy: of((r) => r.server_cpu_us / r.us),
    bytes: of((r) => r.bytes / r.deliveries),
    others: of((r) => r.others),
    readsPerDelivery: of((r) => r.reads / r.deliveries),
    missing: Math.max(...results.map((r) => r.expected - r.deliveries)),
    failed: Math.max(...results.map((r) => r.failed ?? 0)),
  };
}

async function floods(swarm, run, count, senders) {
  const results = [];
  for (let i = 0; i < run.rounds; i++) {
    const result = await swarm.measure(`flood ${count} ${senders}`);
    results.push(result);
    say(`  flood: ${Math.round(perSecond(result.deliveries, result.us))}/s, server ${(result.server_cpu_us / result.deliveries).toFixed(2)} us, all ${((result.server_cpu_us + result.rest_cpu_us) / result.deliveries).toFixed(2)} us, client ${Math.round((100 * result.own_cpu_us) / result.us)} %, missing ${result.expected - result.deliveries}`);
  }
  return summary(results);
}

/** One message at a time to all: from the first reader to the last, and what that makes a second. */
async function singles(swarm, run, count) {
  const results = [];
  for (let i = 0; i < run.rounds; i++) results.push(await swarm.measure(`single ${count}`));
  const spread = median(results.map((r) => r.spread_us / r.accepted));
  return { spreadMs: spread / 1000, deliveriesPerS: median(results.map((r) => perSecond(r.deliveries, r.spread_us))), cpuServerUs: median(results.map((r) => r.server_cpu_us / r.deliveries)) };
}

async function paced(swarm, run, rate, seconds) {
  const results = [];
  for (let i = 0; i < run.rounds; i++) results.push(await swarm.measure(`paced ${Math.max(1, Math.round(rate))} ${seconds} 16`));
  const of = (f) => median(results.map(f));
  const result = {
    rate: Math.max(1, Math.round(rate)),
    p50Ms: of((r) => r.latency_p50_us / 1000),
    p99Ms: of((r) => r.latency_p99_us / 1000),
    missing: Math.max(...results.map((r) => r.expected - r.deliveries)),
  };
  say(`  latency at ${result.rate} posts/s: p50 ${result.p50Ms} ms, p99 ${result.p99Ms} ms`);
  return result;
}

/** One room of `streams`: single messages, a flood, and with `latency` the times at half of that flood's rate. */
export async function oneRoom(target, peer, run, streams, latency) {
  const held = await crowd(target, peer, 'one', streams, run.openS);
  const { swarm } = held;
  try {
    const count = await floodSize(swarm, 10, 8, run.floodS, 4000);
    const single = await singles(swarm, run, held.streams > 2000 ? 5 : 10);
    const flood = await floods(swarm, run, count, 8);
    const result = { streams: held.streams, openedS: held.openedS, single, flood };
    if (!latency) return result;
    const most = flood.deliveriesPerS / held.streams;
    return { ...result, half: await paced(swarm, run, most / 2, run.pacedS), light: await paced(swarm, run, 10, run.pacedS) };
  } finally {
    await swarm.end();
  }
}

/** Rooms of ten: memory of idle connections, then posts to all rooms from 32 senders. */
export async function smallRooms(target, peer, run, streams) {
  const held = await crowd(target, peer, 'ten', streams, run.openS);
  const { swarm } = held;
  const rooms = Math.round(held.streams / 10);
  try {
    const count = await floodSize(swarm, rooms, 32, run.floodS, 40 * rooms);
    const flood = await floods(swarm, run, count, 32);
    const result = { streams: held.streams, rooms, memory: held.memory, beforeKib: held.before, openedS: held.openedS, flood };
    if (!target.direct) return result;
    return { ...result, direct: await direct(peer, swarm, run, rooms) };
  } finally {
    await swarm.end();
  }
}

/** Confab's pusher alone: a message for each room in one transaction, stored by bench/post. */
async function direct(peer, swarm, run, rooms) {
  const results = [];
  for (let i = 0; i < run.rounds; i++) {
    const result = await swarm.expect(rooms * 100, () => peer.ask(`post ten --rooms all --count ${rooms * 10} --per-transaction ${rooms} --depth 1`));
    results.push({ ...result, post_us: result.us, accepted: 0 });
  }
  return summary(results);
}

/** Posts that are answered, a second: each of 1, 8, 32 senders waits for its answer before the next. */
export async function posts(target, peer, run) {
  await peer.restart();
  const swarm = await peer.swarm(target.dialect, 'solo', 64, BYTES);
  const result = {};
  try {
    for (const senders of [1, 8, 32]) result[senders] = await postsOf(swarm, run, senders);
  } finally {
    await swarm.end();
  }
  return result;
}

export async function postsOf(swarm, run, senders) {
  const count = await floodSize(swarm, 64, senders, run.postS, 100000);
  const results = [];
  for (let i = 0; i < run.rounds; i++) results.push(await swarm.measure(`flood ${count} ${senders}`));
  const summary = postsSummary(results);
  say(`  posts, ${senders} senders: ${Math.round(summary.perS)}/s, others ${summary.others.toFixed(1)} cores`);
  return summary;
}

export function postsSummary(results) {
  const of = (f) => median(results.map(f));
  const rounds = results.map((r) => perSecond(r.accepted, r.post_us));
  return {
    perS: median(rounds),
    rounds,
    p50Ms: of((r) => r.answer_p50_us / 1000),
    p99Ms: of((r) => r.answer_p99_us / 1000),
    cpuUs: of((r) => (r.server_cpu_us + r.rest_cpu_us) / r.accepted),
    others: of((r) => r.others),
    failed: Math.max(...results.map((r) => r.failed)),
  };
}

/** All come back at once, each with what it has; `missed` messages wait for each. */
export async function comeBack(target, peer, run, streams, missed) {
  await peer.restart();
  const results = [];
  const most = target.slow ? 1 : run.rounds;
  for (let i = 0; i < most; i++) {
    // nchan's worker aborts when thousands come with an id that no message has: who has missed nothing brings none.
    let cursor = target.cursor === 'always' ? (await peer.ask('cursor')).cursor : null;
    if (missed) {
      const away = await peer.swarm(target.dialect, 'ten', streams, BYTES, run.openS);
      cursor = (await peer.ask('cursor')).cursor;
      const sent = await away.measure(`flood ${(streams / 10) * missed} 32`);
      await away.end();
      if (sent.accepted !== sent.posts) throw new Error('not every post was accepted');
    }
    await sleep(SETTLE_MS);
    const more = [...BYTES, '--window', String(streams), '--missed', String(missed), ...(cursor !== null ? ['--cursor', String(cursor)] : [])];
    const before = peer.cpu();
    const swarm = await peer.swarm(target.dialect, 'ten', streams, more, target.slow ? run.openS : run.backS);
    const after = peer.cpu();
    results.push({ ...swarm.ready, cpu_us: after.serving - before.serving, rest_us: after.rest - before.rest });
    say(`  return, ${missed} missed each: ${swarm.ready.current} of ${streams} in ${(swarm.ready.us / 1e6).toFixed(2)} s`);
    await swarm.end();
    if (swarm.ready.us > 10e6 || swarm.ready.current < streams) break;
  }
  const of = (f) => median(results.map(f));
  return {
    streams,
    current: Math.min(...results.map((r) => r.current)),
    rounds: results.map((r) => r.us / 1e6),
    allS: of((r) => r.us / 1e6),
    p50S: of((r) => r.p50_us / 1e6),
    cpuServerMs: of((r) => r.cpu_us / 1000 / streams),
    cpuAllMs: of((r) => (r.cpu_us + r.rest_us) / 1000 / streams),
    messages: of((r) => r.messages),
  };
}
