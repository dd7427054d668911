/** Confab's posts the other ways: bare libpq clients, and Apache in front instead of lighttpd. */
import { floodSize, postsOf, postsSummary } from './measure.mjs';
import { median, say } from './text.mjs';

const FIRST = 100;
const SENDERS = [1, 8, 32];

/**
 * As many libpq clients as senders, by the handlers' own statements, and the same through lighttpd and FastCGI. The
 * two take turns: whatever else the machine does slows both, and the ratio of a round stands.
 */
export async function frontAndBare(target, peer, run) {
  const result = { bare: {}, front: {}, ratio: {} };
  const swarm = await peer.swarm(target.dialect, 'solo', 64);
  try {
    for (const senders of SENDERS) await turns(peer, swarm, run, senders, result);
  } finally {
    await swarm.end();
  }
  return result;
}

async function turns(peer, swarm, run, senders, result) {
  const trial = await peer.ask(`bare ${senders} ${FIRST}`);
  const each = Math.max(FIRST, Math.round((run.postS * 1e6 * FIRST) / trial.us));
  const count = await floodSize(swarm, 64, senders, run.postS, 100000);
  const rates = [];
  const fronts = [];
  for (let i = 0; i < run.rounds; i++) {
    const { messages, us } = await peer.ask(`bare ${senders} ${each}`);
    rates.push((messages * 1e6) / us);
    fronts.push(await swarm.measure(`flood ${count} ${senders}`));
  }
  const front = postsSummary(fronts);
  result.bare[senders] = { perS: median(rates), rounds: rates };
  result.front[senders] = front;
  result.ratio[senders] = median(front.rounds.map((rate, i) => rate / rates[i]));
  say(`  ${senders}: bare libpq ${Math.round(median(rates))}/s, through the web server ${Math.round(front.perS)}/s, ratio ${result.ratio[senders].toFixed(2)}`);
}

/** The three ways of contrib/apache. */
export async function apacheWays(target, peer, run) {
  const result = {};
  for (const way of ['apache-fcgid', 'apache-proxy', 'apache-cgi']) {
    say(`posts: ${way}`);
    peer.take(await peer.ask(`web ${way}`));
    const swarm = await peer.swarm(target.dialect, 'solo', 64);
    try {
      result[way] = {};
      for (const senders of SENDERS) result[way][senders] = await postsOf(swarm, run, senders);
    } finally {
      await swarm.end();
    }
  }
  peer.take(await peer.ask('web lighttpd'));
  return result;
}
