/**
 * Every fault of the table once, and how much came of it: a fault that does nothing proves nothing.
 *
 *     node tests/faults/each.mjs [--web apache-fcgid] [--pushers 2] [--network no] [--seed N] [--only TEXT]
 *
 * It ends with 1 if a fault did nothing in three runs, or if the checker found a violation. A build with sanitizers leaves
 * out clocks and memory limits.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { enterOwnNamespaces } from './namespace.mjs';
import { describe, run } from './run.mjs';

const { values } = parseArgs({
  options: {
    web: { type: 'string', default: 'lighttpd' },
    pushers: { type: 'string', default: '2' },
    network: { type: 'string', default: 'yes' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
});
await enterOwnNamespaces();

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'confab-each-'));
process.once('exit', () => fs.rmSync(dir, { recursive: true, force: true }));
const shape = { web: /** @type {any} */ (values.web), pushers: Number(values.pushers), network: values.network === 'yes' };
/** @type {Record<string, number>} */
const effects = {};
let bad = 0;
for (let turn = 0; turn < 3; turn++) {
  const due = (/** @type {string} */ name) => !effects[name] && name.includes(values.only);
  const result = await run({ seed: Number(values.seed) + turn, dir, shape, each: due });
  for (const [name, n] of Object.entries(result.counts.effects)) effects[name] = (effects[name] ?? 0) + n;
  if (result.violations.length + result.complaints.length > 0) {
    bad++;
    console.log(describe(result));
  }
  if (Object.values(effects).every((n) => n > 0)) break;
}
for (const [name, n] of Object.entries(effects)) console.log(`${String(n).padStart(6)}  ${name}`);
process.exit(bad > 0 || Object.values(effects).some((n) => n === 0) ? 1 : 0);
