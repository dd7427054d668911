/** Waiting times between attempts: exponential with full jitter, so that a restart causes no stampede. */

export const BASE_MS = 1000;
export const CAP_MS = 30_000;
const FLOOR_MS = 150;
const HIDDEN_FACTOR = 2;

/**
 * @param {number} attempt  0 for the first failure
 * @param {{hidden?: boolean, random?: () => number}} [options]
 */
export function backoff(attempt, { hidden = false, random = Math.random } = {}) {
    const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 16));
    const stretch = hidden ? HIDDEN_FACTOR : 1;
    return Math.max(FLOOR_MS, Math.round(random() * ceiling * stretch));
}

/**
 * The wait that a server asked for, spread so that its clients do not all return at once.
 * @param {number} ms
 * @param {() => number} [random]
 */
export function spread(ms, random = Math.random) {
    return Math.round(ms * (1 + random() * 0.5));
}
