/**
 * Tens of clients that change things and follow what changes. An operation is repeated until it is
 * answered; some sends are given up after a lost answer, which is what the checker's "at most one" is about.
 */
import { Ws } from '../harness/client/ws.mjs';
import { sleep } from '../harness/until.mjs';
import { Follower } from './follower.mjs';
import { OPERATIONS } from './operations.mjs';
import { Random } from './random.mjs';

const REQUEST_MS = 3000;
const GIVE_UP = 0.1;

let operations = 0;

export class Client extends Follower {
  /** @type {Map<string, (event: any) => void>} sends over the stream that wait, by client id */
  /** @param {any} answers @param {() => Promise<import('../harness/client/api.mjs').Api>} signIn */
  equip(answers, signIn) {
    this.world = answers;
    this.signIn = signIn;
    return this;
  }

  /** A session that nobody uses, or nothing if it cannot be had now. */
  async spareSession() {
    try {
      return (await this.signIn?.())?.session;
    } catch {
      return undefined;
    }
  }

  /** One try over the stream, if that is a WebSocket. @param {any} args @returns {Promise<{status: number, body?: any}>} */
  #frame(args) {
    const ws = /** @type {Ws} */ (this.connection);
    return new Promise((resolve, reject) => {
      const timer = setInterval(look, 10);
      const late = setTimeout(() => end(() => reject(new Error('late'))), REQUEST_MS);
      let at = ws.events.length;
      /** @param {() => void} settle */
      function end(settle) {
        clearInterval(timer);
        clearTimeout(late);
        settle();
      }
      function look() {
        for (; at < ws.events.length; at++) {
          const e = ws.events[at];
          if (e.client_id !== args.client_id) continue;
          if (e.event === 'ack') return end(() => resolve({ status: 201, body: { message: e.message } }));
          if (e.event === 'error') return end(() => resolve({ status: e.status, body: e }));
        }
        if (ws.end) end(() => reject(new Error('closed')));
      }
      const { room, client_id, text, thread, in_room } = args;
      ws.send({ do: 'send', room, client_id, text, ...(thread === undefined ? {} : { thread, in_room }) });
    });
  }

  /** @param {any} kind @param {any} args @returns {Promise<{status: number, body?: any}>} */
  #request(kind, args) {
    if (args.frame && this.connection instanceof Ws && !this.connection.end && this.connection.socket.readyState === 1) return this.#frame(args);
    const { frame, locks, ...rest } = args;
    const [method, path, body] = kind.request(rest);
    return this.api.call(method, path, { body, check: false, timeout: REQUEST_MS });
  }

  /** Does one operation to its end. @param {any} kind @param {any} args @param {Random} random @param {() => boolean} hurry */
  async operate(kind, args, random, hurry) {
    const op = operations++;
    const { locks, ...rest } = args;
    this.note({ rec: 'ask', op, kind: kind.kind, account: this.account, args: rest });
    let wait = 20;
    const givesUp = random.yes(GIVE_UP) && kind.kind === 'send';
    for (;;) {
      /** @type {any} */
      let answer;
      try {
        answer = await this.#request(kind, args);
      } catch {
        answer = undefined;
      }
      const status = answer?.status ?? 0;
      // A 5xx tells nothing: the transaction may have been stored all the same.
      const outcome = status >= 200 && status < 300 ? 'ok' : status >= 400 && status < 500 ? 'no' : 'lost';
      this.note({ rec: 'try', op, outcome, status });
      if (outcome === 'ok' || (outcome === 'no' && kind.done?.(answer))) {
        this.note({ rec: 'told', op, outcome: 'done', status, answer: outcome === 'ok' ? answer.body : undefined });
        if (outcome === 'ok' || kind.done) kind.learn?.(this.world, args, answer.body, this);
        return;
      }
      if (outcome === 'no' && status !== 429 && status !== 409) {
        this.note({ rec: 'told', op, outcome: 'refused', status });
        return;
      }
      if ((givesUp && outcome === 'lost') || hurry()) {
        this.note({ rec: 'told', op, outcome: 'open' });
        return;
      }
      await sleep(wait);
      wait = Math.min(wait * 2, 300);
    }
  }

  /**
   * Operates until told to stop; then finishes what it has begun.
   * @param {Random} random @param {() => boolean} stopped @param {() => boolean} hurry when even retries end
   * @param {number} pause at most between operations, in ms
   */
  async work(random, stopped, hurry, pause) {
    while (!stopped()) {
      const kind = random.weighted(OPERATIONS);
      const args = await kind.plan(this.world, this, random);
      if (args && this.world.lock(args.locks)) {
        try {
          await this.operate(kind, args, random, hurry);
        } finally {
          this.world.unlock(args.locks);
        }
      }
      await sleep(random.between(0, pause));
    }
  }
}
