/** What cannot be mended in place: failover and restore. Each comes once, in the middle of a run. */

/** @type {{name: string, promise: string, run: any}[]} */
export const scenarios = [];

/** The scenario of a seed of the long form, if it has one. @param {number} seed */
export const scenarioOf = (seed) => (scenarios.length > 0 && seed % 4 === 0 ? scenarios[(seed / 4) % scenarios.length] : undefined);
