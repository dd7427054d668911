/** Confab's posts the other ways: bare libpq clients, and Apache in front instead of lighttpd. */
import { postsOf } from './measure.mjs';
import { median, say } from './text.mjs';

const FIRST = 100;

/** As many libpq clients as there would be senders, by the handlers' statements. */
export async function bareClients(peer, run) {
  const result = {};
  for (const clients of [1, 8, 32]) {
    const trial = await peer.ask(`bare ${clients} ${FIRST}`);
    const count = Math.max(FIRST, Math.round((run.postS * 1e6 * FIRST) / trial.us));
    const rates = [];
    for (let i = 0; i < run.rounds; i++) {
      const { messages, us } = await peer.ask(`bare ${clients} ${count}`);
      rates.push((messages * 1e6) / us);
    }
    result[clients] = { perS: median(rates), rounds: rates };
    say(`  bare libpq, ${clients} clients: ${Math.round(result[clients].perS)}/s`);
  }
  return result;
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
      for (const senders of [1, 8, 32]) result[way][senders] = await postsOf(swarm, run, senders);
    } finally {
      await swarm.end();
    }
  }
  peer.take(await peer.ask('web lighttpd'));
  return result;
}
