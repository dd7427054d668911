/**
 * What ./run-tests prints of the node tests: a line per test, what failed ones and their servers said,
 * and in the end the counts, which also go to the file that CONFAB_COUNTS names ("passed failed").
 */
import fs from 'node:fs';
import path from 'node:path';

/** @param {AsyncIterable<{type: string, data: any}>} source */
export default async function* report(source) {
  let passed = 0;
  const failures = [];
  for await (const { type, data } of source) {
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    // A file is a test of its own to node; it fails when one of its tests does, which is counted there.
    const isFile = data.nesting === 0 && path.isAbsolute(data.name ?? '');
    const error = data.details?.error;
    if (data.details?.type === 'suite' || (isFile && (type === 'test:pass' || error?.failureType === 'subtestsFailed'))) continue;
    const name = isFile ? path.relative(process.cwd(), data.name) : data.name;
    if (type === 'test:pass') {
      passed++;
      yield `  ok    ${name} (${Math.round(data.details?.duration_ms ?? 0)} ms)\n`;
      continue;
    }
    failures.push(name);
    const text = String(error?.cause?.stack ?? error?.cause ?? error?.message ?? error);
    yield `  FAIL  ${name}\n${text.replace(/^/gm, '        ')}\n`;
  }
  if (failures.length > 0) yield `\nFailed:\n${failures.map((name) => `  ${name}\n`).join('')}`;
  if (process.env.CONFAB_COUNTS) fs.appendFileSync(process.env.CONFAB_COUNTS, `${passed} ${failures.length}\n`);
}
