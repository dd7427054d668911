// The fault test, short form: fixed seeds, each with servers, twenty-four clients and faults of its own.
// The long form is tests/faults/long.mjs; what is checked stands in tests/faults/checker.mjs.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { assert, test } from '../harness/suite.mjs';
import { enterOwnNamespaces } from './namespace.mjs';
import { describe, run } from './run.mjs';
import { scenarios } from './scenarios.mjs';

await enterOwnNamespaces();

const out = fs.mkdtempSync(path.join(os.tmpdir(), 'confab-faults-'));
after(() => {
  if (!process.env.CONFAB_KEEP) fs.rmSync(out, { recursive: true, force: true });
});

/** @param {Parameters<typeof run>[0]} options */
async function judge(options) {
  const result = await run(options).catch((error) => {
    console.error(error.logs);
    throw error;
  });
  assert.ok(result.violations.length + result.complaints.length === 0, describe(result));
  // A run in which nothing happened proves nothing.
  assert.ok(result.counts.acknowledged > 20, 'hardly an operation was acknowledged');
  const { operations, acknowledged, retried, seen, repeats, effects } = result.counts;
  console.log(`seed ${options.seed}: ${operations} operations, ${acknowledged} acknowledged, ${retried} after a lost answer; ${seen} events seen once, ${repeats} repeats dropped; ${Object.entries(effects).map(([name, n]) => `${name} (${n})`).join(', ')}`);
}

/** @type {[number, import('./ground.mjs').Shape, string][]} */
const RUNS = [
  [1, { pushers: 2, network: true }, 'behind lighttpd, two pushers, over a network that loses packets'],
  [2, { web: 'apache-fcgid' }, 'behind Apache with mod_fcgid and mod_proxy'],
  [3, {}, 'behind lighttpd'],
];
for (const [seed, shape, where] of RUNS) {
  test(`under the faults of seed ${seed}, ${where}: every acknowledged change is seen once, in order, by everyone entitled and nobody else`, () => judge({ seed, shape, faults: 6, dir: out }));
}
for (const scenario of scenarios) {
  test(`with ${scenario.name}: ${scenario.promise}`, () => judge({ seed: 50, faults: 2, dir: out, scenario, only: /cut|killed/ }));
}
