/** Waiting for a condition, never for a time. */
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

/**
 * Calls probe until it returns something true, and returns that. An error in probe counts as "not
 * yet"; the last one is told when time is up.
 * @template T
 * @param {string} what is waited for, for the message
 * @param {() => T | Promise<T>} probe
 * @param {{timeout?: number, every?: number}} [options] in ms
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, probe, { timeout = 15000, every = 20 } = {}) {
  const end = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      throw new Error(`waited ${timeout} ms for: ${what}${last ? ` (last error: ${/** @type {Error} */ (last).message})` : ''}`);
    }
    await sleep(every);
  }
}

/**
 * Fails unless the promise settles in time.
 * @template T
 * @param {string} what
 * @param {Promise<T>} promise
 * @param {number} [timeout]
 */
export async function within(what, promise, timeout = 15000) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeout} ms for: ${what}`)), timeout);
  });
  try {
    return /** @type {T} */ (await Promise.race([promise, late]));
  } finally {
    clearTimeout(timer);
  }
}

/** A promise with its ends outside. @template T */
export function deferred() {
  /** @type {(value: T) => void} */
  let resolve = () => {};
  /** @type {(error: unknown) => void} */
  let reject = () => {};
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise: /** @type {Promise<T>} */ (promise), resolve, reject };
}
