/**
 * Decides over one run: pure functions over the history (history.mjs) and the final state
 * (checker/truth.mjs). It shares nothing with the product, and nothing with the clients but the table of
 * operations.
 *
 *     const { violations, counts } = check(history.records, truth, start);
 */
import { checkDelivery } from './checker/delivery.mjs';
import { checkLog } from './checker/log.mjs';
import { checkOperations, operationsOf } from './checker/operations.mjs';
import { checkState } from './checker/state.mjs';

/** Of each rule so many are kept in full; all are counted. */
const KEPT = 5;

/**
 * @param {any[]} records @param {import('./checker/truth.mjs').Truth} truth
 * @param {{feeds: Record<string, number>, roles: Record<string, string>}} start  where feeds stood and who had which role when the workload began
 */
export function check(records, truth, start) {
  /** @type {Map<string, {rule: string, times: number, examples: any[]}>} */
  const found = new Map();
  const violation = (/** @type {string} */ rule, /** @type {any} */ detail) => {
    const entry = found.get(rule) ?? { rule, times: 0, examples: [] };
    entry.times++;
    if (entry.examples.length < KEPT) entry.examples.push(detail);
    found.set(rule, entry);
  };
  checkLog(truth, violation);
  checkOperations(records, truth, start, violation);
  const delivery = checkDelivery(records, truth, violation);
  checkState(records, truth, violation);
  return { violations: [...found.values()], counts: { ...delivery, ...countOperations(records) } };
}

/** @param {any[]} records */
export function countOperations(records) {
  const ops = operationsOf(records);
  /** @type {Record<string, number>} */
  const kinds = {};
  for (const op of ops) kinds[op.kind] = (kinds[op.kind] ?? 0) + 1;
  /** @type {Record<string, number>} */
  const faults = {};
  for (const r of records) if (r.rec === 'fault') faults[r.name] = (faults[r.name] ?? 0) + 1;
  /** @type {Record<string, number>} */
  const effects = {};
  for (const r of records) if (r.rec === 'effect') effects[r.name] = (effects[r.name] ?? 0) + r.n;
  return {
    operations: ops.length,
    acknowledged: ops.filter((o) => o.outcome === 'done').length,
    refused: ops.filter((o) => o.outcome === 'refused').length,
    open: ops.filter((o) => o.outcome === 'open').length,
    retried: ops.filter((o) => o.lost > 0).length,
    kinds,
    faults,
    effects,
  };
}

/** The starting point, from a truth that was read before the workload. @param {import('./checker/truth.mjs').Truth} truth */
export const startOf = (truth) => ({
  feeds: Object.fromEntries(truth.feeds.map((f) => [f.id, f.last_seq])),
  roles: Object.fromEntries(truth.members.map((m) => [`${m.account}:${m.room}`, String(m.role)])),
});
