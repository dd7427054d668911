/**
 * Three bugs planted on purpose, each in a copy of the tree, and the fault test against each: it has to
 * find all three.
 *
 *     node tests/faults/planted.mjs [--runs 8]     at most so many runs per bug; it ends with 1 if one is not found
 *
 * A patch replaces text that must stand in the source exactly as often as told: if the source has changed,
 * this fails and says so.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { TOP } from '../harness/paths.mjs';

/** @type {{name: string, patches: {file: string, from: string, to: string, times?: number}[]}[]} */
const BUGS = [
  {
    name: 'the tail skips a row now and then',
    patches: [
      {
        file: 'sse/batch.c',
        from: "if (row.k == 'm' || row.k == 'e') event_read(",
        to: "static unsigned rows;\n        if ((row.k == 'm' || row.k == 'e') && ++rows % 97 != 0) event_read(",
      },
    ],
  },
  {
    name: 'a change is acknowledged before its commit is stored',
    patches: [
      {
        file: 'schema/functions/010_session.sql',
        from: "    PERFORM set_config('confab.account', account::text, true), set_config('confab.session', session::text, true);",
        to: "    PERFORM set_config('synchronous_commit', 'off', true);\n    PERFORM set_config('confab.account', account::text, true), set_config('confab.session', session::text, true);",
        times: 2,
      },
      // The product refuses this setting when a life begins.
      { file: 'schema/functions/000_feed.sql', from: "current_setting('synchronous_commit') = 'off'", to: 'false' },
    ],
  },
  {
    name: 'a number is used twice',
    patches: [
      {
        file: 'schema/functions/000_feed.sql',
        from: 'UPDATE feed SET last_seq = last_seq + 1, last_xid',
        to: "UPDATE feed SET last_seq = last_seq + (p_kind <> 'member_role')::int, last_xid",
      },
    ],
  },
];

const { values } = parseArgs({ options: { runs: { type: 'string', default: '8' } } });
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'confab-planted-'));
process.once('exit', () => fs.rmSync(work, { recursive: true, force: true }));
// Servers of tests may run as another user.
fs.chmodSync(work, 0o755);
const tree = path.join(work, 'tree');
const build = path.join(work, 'build');

/** @param {string} program @param {string[]} args @param {string} cwd */
function must(program, args, cwd) {
  try {
    execFileSync(program, args, { cwd, stdio: 'pipe', maxBuffer: 64 << 20 });
  } catch (error) {
    const { stdout, stderr } = /** @type {any} */ (error);
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`);
  }
}

/** Applies the patches; returns what undoes them. @param {typeof BUGS[number]} bug */
function plant(bug) {
  /** @type {Map<string, string>} */
  const before = new Map();
  for (const { file, from, to, times = 1 } of bug.patches) {
    const at = path.join(tree, file);
    const text = fs.readFileSync(at, 'utf8');
    const found = text.split(from).length - 1;
    if (found !== times) throw new Error(`"${bug.name}" cannot be planted: ${file} has ${found} times what should stand there ${times} times:\n${from}`);
    if (!before.has(file)) before.set(file, text);
    fs.writeFileSync(at, text.split(from).join(to));
  }
  return () => {
    for (const [file, text] of before) fs.writeFileSync(path.join(tree, file), text);
  };
}

/** Runs until the checker has found something; the rules that were broken, with the number of runs. */
function hunt() {
  const long = path.join(tree, 'tests/faults/long.mjs');
  for (let seed = 1; seed <= Number(values.runs); seed++) {
    const { stdout } = spawnSync(process.execPath, [long, '--seeds', '1', '--seed', String(seed), '--scenarios', 'no', '--out', path.join(work, `out-${seed}`)], {
      env: { ...process.env, CONFAB_BUILD: build, CONFAB_TEMPLATE: '' },
      encoding: 'utf8',
      maxBuffer: 256 << 20,
      timeout: 600000,
    });
    const rules = [...stdout.matchAll(/^(.*) \((\d+) times\), for example:$/gm)].map(([, rule, times]) => `${rule} (${times})`);
    if (rules.length > 0) return { seed, rules };
  }
  return undefined;
}

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: TOP, encoding: 'utf8' }).split('\0').filter((f) => f !== '');
for (const file of files) {
  // A link to a folder (node_modules of another tree) is none.
  if (!fs.statSync(path.join(TOP, file), { throwIfNoEntry: false })?.isFile()) continue;
  fs.mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
  fs.copyFileSync(path.join(TOP, file), path.join(tree, file));
}
fs.symlinkSync(path.join(TOP, 'node_modules'), path.join(tree, 'node_modules'));
must('autoreconf', ['-fi'], tree);
fs.mkdirSync(build);
must(path.join(tree, 'configure'), ['--silent', 'CFLAGS=-O1'], build);

let missed = 0;
for (const bug of BUGS) {
  const undo = plant(bug);
  must('make', ['-s', 'schema/schema_files.h', 'schema/schema_files.c', 'schema/queries.h', 'schema/queries.c'], build);
  must('make', ['-s', '-j2', 'confab.fcgi', 'confab-pushd', 'confab-thumb', 'confabctl'], build);
  const found = hunt();
  if (!found) missed++;
  console.log(`${bug.name}: ${found ? `found in run ${found.seed}: ${found.rules.join('; ')}` : `NOT FOUND in ${values.runs} runs`}`);
  undo();
}
process.exitCode = missed > 0 ? 1 : 0;
