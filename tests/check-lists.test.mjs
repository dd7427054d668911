// Lists that must agree: options, problems, events, routes, fields, queries, and what documents and the
// page say of them. Each is a table in one place; here the other places are held against it.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import { BUILD, TOP } from './harness/paths.mjs';
import { ADMIN, copyCluster, Postgres } from './harness/postgres.mjs';
import { template } from './harness/template.mjs';
import { assert, test } from './harness/suite.mjs';
import { makeDir } from './harness/user.mjs';

const require = createRequire(import.meta.url);
const read = (/** @type {string} */ file) => fs.readFileSync(path.join(TOP, file), 'utf8');

/** The rows of a .def file: MACRO(first, second, ...) as arrays of texts, comments left out. @param {string} file @param {string} macro */
function rows(file, macro) {
  const text = read(file).replace(/\/\*[\s\S]*?\*\//g, '');
  const found = [...text.matchAll(new RegExp(`^${macro}\\((.*)\\)$`, 'gm'))].map(([, inner]) => {
    const parts = [];
    let part = '';
    let depth = 0;
    let quoted = false;
    for (const c of inner) {
      if (c === '"') quoted = !quoted;
      if (!quoted && c === '(') depth++;
      if (!quoted && c === ')') depth--;
      if (c === ',' && depth === 0 && !quoted) {
        parts.push(part.trim());
        part = '';
      } else part += c;
    }
    return [...parts, part.trim()].map((p) => p.replace(/^"(.*)"$/, '$1'));
  });
  assert.ok(found.length > 0, `${file} has no row ${macro}(...)`);
  return found;
}

/** Every file below a folder. @param {string} dir @returns {string[]} */
function files(dir) {
  return fs.readdirSync(path.join(TOP, dir), { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(`${dir}/${e.name}`) : [`${dir}/${e.name}`]));
}

/** The section of a Markdown document that begins with this heading. @param {string} text @param {RegExp} heading */
function section(text, heading) {
  const parts = text.split(/^(?=#{1,3} )/m);
  const found = parts.filter((p) => heading.test(p.split('\n')[0]));
  assert.ok(found.length > 0, `no heading ${heading}`);
  return found.join('');
}

const protocol = read('docs/PROTOCOL.md');
/** Names in the first column of a table. @param {string} text */
const firstColumn = (text) => [...text.matchAll(/^\| `?([^|`]+?)`? *\|/gm)].map((m) => m[1].trim()).filter((n) => !/^-+$/.test(n));

test('every option is in confab.conf(5), with its default, and nothing else is', () => {
  const manual = read('docs/man/confab.conf.5').replace(/\\-/g, '-');
  const described = [...manual.matchAll(/^\.TP\n\.B (\S+)\n([\s\S]*?)(?=^\.(?:TP|SH)\b|(?![\s\S]))/gm)];
  const options = rows('common/option.def', 'OPTION');
  assert.deepEqual(described.map((d) => d[1]).sort(), options.map(([name]) => name).sort());
  for (const [name, , value] of options) {
    const text = described.find((d) => d[1] === name)?.[2] ?? '';
    assert.ok(text.includes(`Default: ${value === '' ? 'none' : value}`) || (value === '' && /Default: (none|empty)/.test(text)), `${name}: its default "${value}" is not told`);
  }
});

test('`confabctl options` prints every option', () => {
  const printed = execFileSync(path.join(BUILD, 'confabctl'), ['options'], { encoding: 'utf8' });
  for (const [name] of rows('common/option.def', 'OPTION')) assert.match(printed, new RegExp(`^${name}\\b`, 'm'));
});

test('every problem is in PROTOCOL.md with its status, and nothing else is', () => {
  const table = section(protocol, /^### Errors/);
  const told = [...table.matchAll(/^\| ([a-z-]+) \| (\d{3}) \|/gm)].map((m) => `${m[1]} ${m[2]}`);
  assert.deepEqual(told.sort(), rows('common/problem.def', 'PROBLEM').map(([name, status]) => `${name.replace(/_/g, '-')} ${status}`).sort());
});

test('every SQLSTATE that a function raises is a problem', () => {
  const known = new Set(rows('common/problem.def', 'PROBLEM').map(([, , state]) => state));
  for (const file of files('schema')) {
    for (const [, code] of read(file).matchAll(/'(CF[0-9A-Z]{3})'/g)) assert.ok(known.has(code), `${file} raises ${code}`);
  }
});

test('every event is in PROTOCOL.md, in the feed that the table names, and nothing else is', () => {
  const durable = section(protocol, /^## 5\. Events/).split(/^Ephemeral events/m)[0];
  const told = new Map([...durable.matchAll(/^\| ([a-z_]+) \| (room|account|tenant) \|/gm)].map((m) => [m[1], m[2]]));
  const events = rows('common/event.def', 'EVENT');
  // Messages and hidden rows are rows of their own.
  assert.deepEqual([...told.keys()].sort(), [...events.map(([name]) => name), 'message', 'hidden'].sort());
  for (const [name, feed] of events) assert.equal(told.get(name), feed.toLowerCase(), name);
});

test('the page has a reducer for every event', () => {
  const reducers = files('www/js/reducers').map(read).join('\n');
  const events = [...rows('common/event.def', 'EVENT').map(([name]) => name), 'message', 'hidden'];
  for (const name of events) assert.match(reducers, new RegExp(`\\b${name}\\b`), `no reducer for ${name}`);
});

test('every event that a function writes is in the table, and every row of the table is written', () => {
  const names = new Set(rows('common/event.def', 'EVENT').map(([name]) => name));
  const sql = files('schema/functions').map(read).join('\n');
  // The kind is the second argument: a name, or a CASE of names.
  const kinds = [...sql.matchAll(/feed_event\((?:current_tenant\(\)|me\(\)|\w+), (CASE .*? END|'[a-z_]+')/g)].map((m) => m[1]);
  const written = new Set(kinds.flatMap((k) => [...k.replace(/WHEN .*? THEN/g, '').matchAll(/'([a-z_]+)'/g)].map((m) => m[1])));
  assert.deepEqual([...written].sort(), [...names].sort());
});

/** Method and path of each route, parameters unnamed. */
const shape = (/** @type {string} */ p) => p.replace(/\{[^}]+\}/g, '{}');
const routes = rows('cgi/routes.def', 'ROUTE').map(([method, pattern, who, fields]) => ({ method, pattern, who, fields, key: `${method} ${shape(pattern)}` }));

test('every route is in PROTOCOL.md, and nothing else is', () => {
  const told = [...section(protocol, /^## 3\. REST/).matchAll(/^\| `(GET|POST|PUT|PATCH|DELETE) (\/api\/[^`]*)` \|/gm)].map((m) => `${m[1]} ${shape(m[2])}`);
  assert.deepEqual(told.sort(), routes.map((r) => r.key).sort());
});

/** @returns {any} */
const openapi = () => require('yaml').parse(read('docs/openapi.yaml'));
/** Follows $ref. @param {any} doc @param {any} node */
function follow(doc, node) {
  while (node?.$ref) node = node.$ref.replace(/^#\//, '').split('/').reduce((/** @type {any} */ at, /** @type {string} */ key) => at[key.replace(/~1/g, '/').replace(/~0/g, '~')], doc);
  return node;
}

test('every route is in openapi.yaml, with its fields, and nothing else is', () => {
  const doc = openapi();
  const base = doc.servers?.[0]?.url?.replace(/\/$/, '') ?? '';
  const told = new Map();
  for (const [at, item] of Object.entries(/** @type {Record<string, any>} */ (doc.paths))) {
    for (const method of ['get', 'post', 'put', 'patch', 'delete']) if (item[method]) told.set(`${method.toUpperCase()} ${shape(base + at)}`, { item, operation: item[method] });
  }
  assert.deepEqual([...told.keys()].sort(), routes.map((r) => r.key).sort());
  const names = new Map(rows('cgi/fields.def', 'FIELD').map(([id, name]) => [id, name]));
  for (const route of routes) {
    const { item, operation } = told.get(route.key);
    const want = [...route.fields.matchAll(/(NEED|MAY)\((\w+)\)/g)].map(([, need, id]) => `${names.get(id)}${need === 'NEED' ? '' : '?'}`);
    const query = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((p) => follow(doc, p)).filter((p) => p.in === 'query').map((p) => (p.required ? p.name : `${p.name}?`));
    let have;
    // A body of bytes is the field `content`; the others stand in the query.
    if (follow(doc, operation.requestBody)?.content?.['application/octet-stream']) have = [...query, 'content'];
    else if (['POST', 'PUT', 'PATCH'].includes(route.method)) {
      const schema = follow(doc, follow(doc, operation.requestBody)?.content?.['application/json']?.schema) ?? { properties: {} };
      have = Object.keys(schema.properties ?? {}).map((name) => (schema.required ?? []).includes(name) ? name : `${name}?`);
    } else {
      have = query;
    }
    assert.deepEqual(have.sort(), want.sort(), route.key);
  }
});

test('every problem that openapi.yaml names exists', () => {
  const known = new Set(rows('common/problem.def', 'PROBLEM').map(([name]) => `/problems/${name.replace(/_/g, '-')}`));
  for (const [type] of read('docs/openapi.yaml').matchAll(/\/problems\/[a-z-]+/g)) assert.ok(known.has(type), type);
});

test('every address that a document sends a reader to exists', () => {
  for (const file of ['README.md', ...files('docs').filter((f) => f.endsWith('.md'))]) {
    for (const [, link] of read(file).matchAll(/\]\((?!https?:|mailto:|#)([^)#]+)[^)]*\)/g)) {
      assert.ok(fs.existsSync(path.join(TOP, path.dirname(file), link)), `${file}: ${link}`);
    }
  }
});

test('the example configs send one and the same content security policy, and README tells what they are', () => {
  const policies = files('contrib').filter((f) => f.endsWith('.in')).flatMap((f) => [...read(f).matchAll(/default-src 'none';[^"]*/g)].map((m) => m[0]));
  assert.ok(policies.length >= 2);
  assert.equal(new Set(policies).size, 1);
  for (const needed of ["script-src 'self'", "style-src 'self'", "worker-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"]) assert.ok(policies[0].includes(needed));
});

test('nothing in the tree is half done or tied to one machine', () => {
  const folders = ['common', 'cgi', 'sse', 'ctl', 'schema', 'www', 'tests', 'bench', 'contrib', 'docs'].flatMap(files);
  const tracked = ['quickstart', 'run-tests', 'README.md', 'configure.ac', 'Makefile.am', ...folders.filter((f) => !f.includes('node_modules/') && /\.(c|h|def|sql|js|mjs|sh|mk|md|in|yaml|html|css)$/.test(f))];
  const odd = new RegExp(['TO' + 'DO', 'FIX' + 'ME', '\\bXX' + 'X\\b', '/ro' + 'ot/', '/wo' + 'rk/'].join('|'));
  for (const file of tracked) {
    const line = read(file).split('\n').findIndex((l) => odd.test(l));
    assert.ok(line < 0, `${file}:${line + 1}`);
  }
});

test('the lock file names versions and digests, no addresses', () => {
  assert.doesNotMatch(read('package-lock.json'), /"resolved"/);
});

/** @type {Postgres | undefined} */
let postgres;
/** @type {string} */
let dir;
before(async () => {
  const tpl = await template();
  dir = fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'confab-'));
  fs.chmodSync(dir, 0o755);
  copyCluster(tpl.pg, path.join(dir, 'pg'));
  postgres = new Postgres({ data: path.join(dir, 'pg'), socketDir: makeDir(path.join(dir, 'run')), logDir: makeDir(path.join(dir, 'log')) });
  await postgres.start();
}, { timeout: 120000 });
after(async () => {
  await postgres?.stop();
  fs.rmSync(dir, { recursive: true, force: true });
});
process.once('exit', () => postgres?.destroy());

for (const [file, role] of [['api', 'confab_api'], ['push', 'confab_push'], ['ctl', ADMIN]]) {
  test(`every query of schema/queries/${file}.sql prepares against a fresh schema, as ${role === ADMIN ? 'confab_owner' : role}`, async () => {
    const statements = read(`schema/queries/${file}.sql`).split(/^-- name: /m).slice(1).map((s) => {
      const [name, ...lines] = s.split('\n');
      return { name: name.trim(), sql: lines.filter((l) => !l.startsWith('--')).join('\n').trim() };
    });
    assert.ok(statements.length > 10);
    for (const { name, sql } of statements) {
      // What PostgreSQL cannot prepare (LISTEN) is run.
      const text = /^(SELECT|WITH|INSERT|UPDATE|DELETE)/.test(sql) ? `PREPARE q AS ${sql}` : sql;
      const as = role === ADMIN ? `SET ROLE confab_owner; ${text}` : text;
      await assert.doesNotReject(postgres?.sql(as, { user: role }) ?? Promise.reject(new Error('no server')), `${file}: ${name}`);
    }
  });
}

test('every function that handlers and pusher may not call is closed to them', async () => {
  const open = await postgres?.rows(`SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'confab' AND has_function_privilege('public', p.oid, 'EXECUTE')`);
  assert.deepEqual(open, []);
});

test('every SECURITY DEFINER function fixes its search path', async () => {
  const loose = await postgres?.rows(`SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'confab' AND p.prosecdef AND NOT coalesce(p.proconfig::text LIKE '%search_path=confab, pg_temp%', false)`);
  assert.deepEqual(loose, []);
});
