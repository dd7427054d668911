/**
 * Can the rows of one thing (a message, a membership, a room's name ...) be the work of the operations
 * that clients asked for? Each acknowledged operation was executed exactly once, in its order; each try
 * that was never answered at most once, whenever it pleased; nothing else happened.
 */

/**
 * @typedef {{row: any | null, state: string}} Effect
 * @typedef {{required: boolean, strays: number, run: (state: string) => Effect}} Step
 *   strays: unanswered tries
 */

/** Bounded: past it we say that we could not tell, which is a finding too. */
const MOST_NODES = 200000;

/** @param {any} want @param {any} row */
const fits = (want, row) => row !== undefined && Object.entries(want).every(([k, v]) => row[k] === v);

/**
 * @param {Step[]} steps in order @param {any[]} rows in order @param {string} start
 * @returns {boolean}
 */
export function explains(steps, rows, start) {
  const used = steps.map(() => 0);
  /** @type {Set<string>} dead ends */
  const dead = new Set();
  let nodes = 0;
  /** @param {number} i next step @param {number} j next row @param {string} state @returns {boolean} */
  const search = (i, j, state) => {
    if (i === steps.length && j === rows.length) return true;
    const key = `${i} ${j} ${state} ${used.join()}`;
    if (dead.has(key)) return false;
    if (++nodes > MOST_NODES) throw new Error('too many possibilities to decide');
    if (i < steps.length) {
      const { required, run } = steps[i];
      const { row, state: then } = required ? run(state) : { row: null, state };
      if (row === null ? search(i + 1, j, then) : fits(row, rows[j]) && search(i + 1, j + 1, then)) return true;
    }
    for (let k = 0; k <= i && k < steps.length && j < rows.length; k++) {
      if (used[k] === steps[k].strays) continue;
      const { row, state: then } = steps[k].run(state);
      if (row === null || !fits(row, rows[j])) continue;
      used[k]++;
      if (search(i, j + 1, then)) return true;
      used[k]--;
    }
    dead.add(key);
    return false;
  };
  return search(0, 0, start);
}
