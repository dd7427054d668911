/** Randomness from a seed: the same seed draws the same numbers, whatever ran before. */

export class Random {
  #state;

  /** @param {number} seed @param {string} [stream] draws of different streams do not disturb each other */
  constructor(seed, stream = '') {
    this.#state = seed >>> 0;
    for (const c of stream) this.#state = Math.imul(this.#state ^ c.charCodeAt(0), 0x9e3779b1) >>> 0;
  }

  /** In [0, 1). (mulberry32) */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from low to high, both included. @param {number} low @param {number} high */
  between(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** @param {number} chance of yes */
  yes(chance) {
    return this.next() < chance;
  }

  /** @template T @param {readonly T[]} list @returns {T} */
  pick(list) {
    return list[Math.floor(this.next() * list.length)];
  }

  /** One of a table, by its weights. @template {{weight: number}} T @param {readonly T[]} table @returns {T} */
  weighted(table) {
    let at = this.next() * table.reduce((sum, row) => sum + row.weight, 0);
    for (const row of table) if ((at -= row.weight) < 0) return row;
    return table[table.length - 1];
  }
}
