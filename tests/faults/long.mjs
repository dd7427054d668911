/**
 * The long form of the fault test: run after run, each with servers and a seed of its own.
 *
 *     node tests/faults/long.mjs --minutes 60 [--seed N]     runs from seed N on until the time is over
 *     node tests/faults/long.mjs --seeds 200 [--seed N]      so many runs
 *         --faults N        faults in each run (12)
 *         --scenarios no    without failover and restore, which else come in every fourth run
 *         --web KIND        always that web server (else by the seed, as the number of pushers and the network)
 *         --out FOLDER      where histories go (a temporary folder; those of clean runs are removed)
 *
 * It needs a build: CONFAB_BUILD names one. It ends with 1 if a run found a violation, and prints the
 * seed, the history's place and the servers' logs of each.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { shapeOf } from './ground.mjs';
import { enterOwnNamespaces } from './namespace.mjs';
import { describe, run } from './run.mjs';
import { scenarioOf } from './scenarios.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seeds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: '12' },
    scenarios: { type: 'string', default: 'yes' },
    web: { type: 'string' },
    out: { type: 'string' },
  },
});
if (!values.minutes && !values.seeds) {
  console.error('Say how long: --minutes 60, or --seeds 200');
  process.exit(2);
}

await enterOwnNamespaces();

const out = path.resolve(values.out ?? fs.mkdtempSync(path.join(os.tmpdir(), 'confab-faults-')));
const end = values.minutes ? Date.now() + Number(values.minutes) * 60000 : Infinity;
const first = Number(values.seed);
const last = values.seeds ? first + Number(values.seeds) : Infinity;

/** @type {Record<string, any>} */
const total = { runs: 0, seconds: 0, violations: 0, broken: 0 };

/** Adds numbers, and tables of numbers. @param {Record<string, any>} to @param {Record<string, any>} from */
function add(to, from) {
  for (const [k, v] of Object.entries(from)) {
    if (typeof v === 'number') to[k] = (to[k] ?? 0) + v;
    else add((to[k] ??= {}), v);
  }
}

for (let seed = first; seed < last && Date.now() < end; seed++) {
  const shape = { ...shapeOf(seed), ...(values.web ? { web: /** @type {any} */ (values.web) } : {}) };
  const scenario = values.scenarios === 'no' ? undefined : scenarioOf(seed);
  try {
    const result = await run({ seed, faults: Number(values.faults), dir: out, scenario, shape });
    add(total, { runs: 1, seconds: result.seconds, violations: result.violations.length + result.complaints.length, ...result.counts });
    const bad = result.violations.length + result.complaints.length > 0;
    console.log(`seed ${seed}: ${result.counts.operations} operations, ${result.counts.seen} events seen, ${Object.values(result.counts.faults).reduce((a, b) => a + b, 0)} faults, ${shape.web}, ${shape.pushers > 1 ? `${shape.pushers} pushers, ` : ''}${shape.network ? 'TCP, ' : ''}${scenario ? `${scenario.name}, ` : ''}${result.seconds.toFixed(1)} s${bad ? ', VIOLATIONS' : ''}`);
    if (bad) console.log(describe(result));
    else for (const name of [`history-${seed}.jsonl`, `truth-${seed}.json`]) fs.rmSync(path.join(out, name), { force: true });
  } catch (error) {
    // A run that could not be judged counts as one that failed.
    add(total, { runs: 1, broken: 1 });
    const { stack, logs = '', history = '' } = /** @type {any} */ (error);
    console.log(`seed ${seed}: no verdict: ${stack}\nhistory: ${history}\n${logs}`);
  }
}
if (fs.readdirSync(out).length === 0) fs.rmdirSync(out);
console.log(JSON.stringify({ ...total, seconds: Math.round(total.seconds) }, null, 2));
process.exit(total.violations + total.broken > 0 ? 1 : 0);
