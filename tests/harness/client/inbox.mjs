/** Events as they come, and waiting for the one that a test is about. */
import assert from 'node:assert/strict';
import { sleep, until } from '../until.mjs';

export class Inbox {
  constructor() {
    /** @type {any[]} every event, in order */
    this.events = [];
    this.at = 0;
  }

  /** @param {any} event */
  push(event) {
    this.events.push({ ...event, $at: Date.now() });
  }

  /**
   * The next event, after the last one that was taken, that fits; those before it are passed over.
   * @param {string | ((event: any) => boolean)} want  an event's name, or a question
   * @param {{timeout?: number}} [options]
   */
  async next(want, { timeout = 10000 } = {}) {
    const fits = typeof want === 'string' ? (/** @type {any} */ e) => e.event === want : want;
    let from = this.at;
    try {
      return await until(
        typeof want === 'string' ? `the event ${want}` : `an event with ${want}`,
        () => {
          for (; from < this.events.length; from++) {
            if (fits(this.events[from])) {
              this.at = from + 1;
              return this.events[from];
            }
          }
          return undefined;
        },
        { timeout, every: 5 },
      );
    } catch (error) {
      const seen = this.events.slice(this.at).map((e) => JSON.stringify(e));
      throw new Error(`${/** @type {Error} */ (error).message}; since the last one came ${seen.length} events:\n${seen.slice(-20).join('\n')}`);
    }
  }

  /** Message events with that text. @param {string} text @param {{timeout?: number}} [options] */
  message(text, options) {
    return this.next((e) => e.event === 'message' && e.message.text === text, options);
  }

  /** Nothing that fits comes for a while. @param {(event: any) => boolean} unwanted @param {number} [ms] */
  async quiet(unwanted, ms = 600) {
    await sleep(ms);
    const found = this.events.slice(this.at).filter(unwanted);
    assert.deepEqual(found, [], 'events came that must not');
  }

  /** Texts of the messages that came for a room, in order. @param {string} room */
  texts(room) {
    return this.events.filter((e) => e.event === 'message' && e.feed === room).map((e) => e.message.text);
  }
}
