/**
 * What the clients of one run were told and saw, as JSON lines: the only thing, beside the final state,
 * that the checker knows. The records, by `rec` (t: monotonic ms, c: client):
 *
 * | rec    | says                                                                                     |
 * |--------|------------------------------------------------------------------------------------------|
 * | client | c is a client of `account`, on these transports; `bases`: seq of account and tenant feed   |
 * | ask    | operation `op` of kind `kind` begins, with `args`                                          |
 * | try    | one request of it was answered: `outcome` ok, no (a definite refusal) or lost              |
 * | told   | the operation ended: `outcome` done, refused or open (given up), with what was answered    |
 * | hello  | stream `s` opened on `transport` with `verdict` and `feeds`                                 |
 * | state  | c loaded the whole state (`why`: start or reset)                                           |
 * | load   | c loaded `room`, and pages its rows from `base` on                                          |
 * | saw    | a durable event came: on stream `s` (0: by paging), `fresh` if c did not have it            |
 * | gap    | on stream `s` came `got` of `feed` where `have`+1 was due                                  |
 * | drop   | c dropped `room`                                                                           |
 * | bad_cursor | a stream was refused to c with 400: its cursor was                                      |
 * | signed_out | a stream was refused to c with 401                                                    |
 * | fault  | a fault `name` began                                                                       |
 * | effect | it has ended, and did something `n` times (see faults.mjs)                                 |
 * | failover | another server took over, to which everything acknowledged had come                        |
 * | loss   | what was acknowledged before may be lost from here on (restore, asynchronous failover)     |
 * | page   | the newest `messages` of `room` as they were told to `account` at the very end            |
 * | fresh  | the state that /api/sync told c at the very end                                            |
 */
import fs from 'node:fs';
import { performance } from 'node:perf_hooks';

export class History {
  /** @type {any[]} */
  records = [];
  #file;

  /** @param {string} [file] */
  constructor(file) {
    this.file = file;
    this.#file = file ? fs.openSync(file, 'w') : undefined;
  }

  /** @param {{rec: string, [key: string]: any}} record */
  add(record) {
    const whole = { t: Math.round(performance.now() * 1000) / 1000, ...record };
    this.records.push(whole);
    return whole;
  }

  /** How many records fit. @param {(r: any) => boolean} fits */
  count(fits) {
    return this.records.reduce((n, r) => n + Number(fits(r)), 0);
  }

  /** Writes them out, once. */
  close() {
    if (this.#file === undefined) return;
    for (const r of this.records) fs.writeSync(this.#file, `${JSON.stringify(r)}\n`);
    fs.closeSync(this.#file);
    this.#file = undefined;
  }
}
