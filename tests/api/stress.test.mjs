// Everybody does everything at once; then the rows are counted.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { uuid7 } from '../harness/client/api.mjs';
import { SANITIZER_ENV } from '../harness/template.mjs';
import { passwordOf } from '../harness/stack.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { runAs } from '../harness/user.mjs';

const SECONDS = Number(process.env.CONFAB_STRESS_SECONDS ?? 20);
const CLIENTS = 12;
const HANDLES = Array.from({ length: 8 }, (_, i) => `stress${i}`);
const its = suite({
  pusher: false,
  accounts: HANDLES,
  workers: 8,
  config: { signin_burst: 100000 },
  postgres: { track_commit_timestamp: 'on', deadlock_timeout: '200ms' },
});

const pick = (/** @type {any} */ list) => list[Math.floor(Math.random() * list.length)];
const chance = (/** @type {number} */ p) => Math.random() < p;

/** Refusals that the rules of rooms explain. 409 and 404: somebody else was faster. */
const EXPECTED = new Set([200, 201, 204, 401, 403, 404, 409]);

class Crowd {
  constructor() {
    /** @type {string[]} ids of rooms that were made; some are gone by now */
    this.rooms = [];
    /** @type {string[]} */
    this.people = [];
    /** @type {Map<string, number>} */
    this.counts = new Map();
    /** @type {string[]} */
    this.wrong = [];
    this.until = 0;
    this.done = false;
  }

  over() {
    return Date.now() >= this.until || this.wrong.length > 10;
  }

  room() {
    // A few rooms get most of what happens, so that it happens at once.
    return chance(0.7) ? pick(this.rooms.slice(0, 4)) : pick(this.rooms);
  }

  /** @param {any} api @param {string} method @param {string} path @param {unknown} [body] */
  async call(api, method, path, body) {
    const answer = await api.call(method, path, { body, check: false });
    const kind = `${method} ${path.replace(/\d+/g, '{id}').replace(/\?.*/, '')} ${answer.status}`;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    if (!EXPECTED.has(answer.status)) this.wrong.push(`${kind} ${answer.text.slice(0, 300)}`);
    return answer;
  }
}

const crowd = new Crowd();

/** What one person does, by how often. @type {[number, (api: any) => Promise<unknown>][]} */
const deeds = [
  [30, (api) => crowd.call(api, 'POST', `/api/rooms/${crowd.room()}/messages`, { client_id: uuid7(), text: `said at ${Date.now()}` })],
  [8, async (api) => {
    // The same send twice at once: a client that lost patience.
    const body = { client_id: uuid7(), text: 'once' };
    const at = `/api/rooms/${crowd.room()}/messages`;
    const [one, two] = await Promise.all([crowd.call(api, 'POST', at, body), crowd.call(api, 'POST', at, body)]);
    if (one.status < 300 && two.status < 300 && one.body.message.seq !== two.body.message.seq) crowd.wrong.push('one client id, two messages');
  }],
  [12, (api) => crowd.call(api, 'PUT', `/api/rooms/${crowd.room()}/read`, { seq: Math.floor(Math.random() * 4000) })],
  [8, (api) => crowd.call(api, 'POST', `/api/rooms/${crowd.room()}/join`)],
  [5, (api) => crowd.call(api, 'POST', `/api/rooms/${crowd.room()}/leave`)],
  [8, (api) => crowd.call(api, 'POST', `/api/rooms/${crowd.room()}/members`, { people: [pick(crowd.people), pick(crowd.people), pick(crowd.people)] })],
  [6, (api) => crowd.call(api, 'DELETE', `/api/rooms/${crowd.room()}/members/${pick(crowd.people)}`)],
  [4, (api) => crowd.call(api, 'PATCH', `/api/rooms/${crowd.room()}/members/${pick(crowd.people)}`, { role: pick(['owner', 'moderator', 'member', 'guest']) })],
  [6, (api) => crowd.call(api, 'PATCH', `/api/rooms/${crowd.room()}`, chance(0.5) ? { name: `Name ${Date.now()}` } : { visibility: pick(['public', 'public', 'public', 'public', 'private']), history_open: chance(0.5) })],
  [4, async (api) => {
    // A creation and its retry at once make one room.
    const body = { client_id: uuid7(), kind: pick(['group', 'channel']), name: 'New', visibility: pick(['public', 'private']), people: [pick(crowd.people), pick(crowd.people)] };
    const answers = await Promise.all([1, 2].map(() => crowd.call(api, 'POST', '/api/rooms', body)));
    const ids = new Set(answers.filter((a) => a.status < 300).map((a) => a.body.id));
    if (ids.size > 1) crowd.wrong.push('one client id, two rooms');
    for (const id of ids) crowd.rooms.push(id);
  }],
  [4, async (api) => {
    const answer = await crowd.call(api, 'POST', '/api/rooms/direct', { person: pick(crowd.people), client_id: uuid7() });
    if (answer.status === 201) crowd.rooms.push(answer.body.id);
  }],
  [1, (api) => crowd.call(api, 'DELETE', `/api/rooms/${pick(crowd.rooms.slice(4)) ?? '1'}`)],
  [6, (api) => crowd.call(api, 'PATCH', '/api/me', { name: `Name ${Math.floor(Math.random() * 1000)}` })],
  [2, (api) => crowd.call(api, 'DELETE', '/api/sessions/others')],
  [4, async (api) => {
    // Several devices at once, one with a typing error.
    await Promise.all([passwordOf(api.handle), passwordOf(api.handle), 'mistyped-password'].map((password) => crowd.call(its.stack.api(), 'POST', '/api/session', { handle: api.handle, password })));
  }],
  [1, async (api) => {
    await crowd.call(api, 'PUT', '/api/me/password', { old: passwordOf(api.handle), new: passwordOf(api.handle) });
  }],
  [4, (api) => crowd.call(api, 'GET', `/api/rooms/${crowd.room()}/messages?limit=20`)],
  [2, (api) => crowd.call(api, 'GET', '/api/sync')],
  [2, (api) => crowd.call(api, 'GET', '/api/rooms/public?limit=20')],
];

const WEIGHT = deeds.reduce((sum, [n]) => sum + n, 0);

function deed() {
  let at = Math.random() * WEIGHT;
  for (const [n, fn] of deeds) if ((at -= n) < 0) return fn;
  return deeds[0][1];
}

/** Signs in as soon as the account is open. @param {any} api */
async function comeIn(api) {
  while (!crowd.over()) {
    const answer = await crowd.call(api, 'POST', '/api/session', { handle: api.handle, password: passwordOf(api.handle) });
    if (answer.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** @param {string} handle */
async function someone(handle) {
  const api = /** @type {any} */ (its.stack.api());
  api.handle = handle;
  await comeIn(api);
  while (!crowd.over()) {
    const answer = /** @type {any} */ (await deed()(api));
    if (answer?.status === 401) await comeIn(api);
  }
}

/** Follows everything by cursor, as a client does, and keeps every number that it got. */
async function follow(/** @type {any} */ api, /** @type {Map<string, Set<number>>} */ got) {
  const take = (/** @type {any[]} */ events) => {
    for (const e of events) (got.get(e.feed) ?? got.set(e.feed, new Set()).get(e.feed))?.add(e.seq);
  };
  let { cursor } = await api.sync();
  for (let last = false; ; ) {
    const answer = await api.get('/api/sync', { cursor });
    if (answer.verdict === 'reset') throw new Error('the follower was told to start afresh');
    cursor = answer.cursor;
    take(answer.events);
    for (const f of answer.feeds) {
      for (let after = Math.max(0, ...(got.get(f.feed) ?? [])), more = f.verdict === 'more'; more; ) {
        const page = await api.call('GET', `/api/rooms/${f.feed}/changes?after=${after}`);
        if (page.status !== 200) break;
        take(page.body.events);
        more = page.body.verdict === 'more';
        after = page.body.events.at(-1)?.seq ?? after;
      }
    }
    if (last) return cursor;
    last = crowd.over() && crowd.done;
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}

/** confabctl beside the load: the schema's functions replaced, two background workers at once. */
function operator(/** @type {string[]} */ ...args) {
  const { bin } = its.stack.template;
  return new Promise((resolve) => {
    execFile(path.join(bin, 'confabctl'), ['--config', its.stack.conf, ...args], { cwd: '/', env: { PATH: process.env.PATH, TZ: 'UTC', ...SANITIZER_ENV }, ...runAs }, (error, out, err) => {
      if (error) crowd.wrong.push(`confabctl ${args.join(' ')}: ${error.code} ${out}${err}`);
      resolve(undefined);
    });
  });
}

async function operate() {
  while (!crowd.over()) {
    await Promise.all([operator('migrate'), operator('migrate')]);
    await Promise.all([operator('work', '--once'), operator('work', '--once')]);
    const handle = HANDLES[HANDLES.length - 1];
    await operator('account', 'deactivate', 'main', handle);
    await operator('account', 'activate', 'main', handle);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Rows that must not be there. @type {[string, string][]} */
const invariants = [
  ['a feed has no gap and no number twice', `
    SELECT f.id, f.kind, f.last_seq, count(n.seq), count(DISTINCT n.seq), max(n.seq) FROM confab.feed f
      LEFT JOIN (SELECT feed_id, seq FROM confab.message UNION ALL SELECT feed_id, seq FROM confab.event) n ON n.feed_id = f.id
     GROUP BY f.id HAVING count(n.seq) <> f.last_seq OR count(DISTINCT n.seq) <> f.last_seq OR coalesce(max(n.seq), 0) <> f.last_seq`],
  ['messages are numbered 1, 2, 3 in the order of their seq', `
    SELECT * FROM (SELECT feed_id, seq, no, row_number() OVER (PARTITION BY feed_id ORDER BY seq) AS want FROM confab.message) q WHERE no <> want`],
  ['the counters of a feed are those of its newest message', `
    SELECT f.id FROM confab.feed f LEFT JOIN confab.message m ON m.feed_id = f.id AND m.no = f.last_no
     WHERE coalesce(m.seq, 0) <> f.last_message_seq OR (SELECT count(*) FROM confab.message x WHERE x.feed_id = f.id) <> f.last_no`],
  ['a room counts its members rightly', `
    SELECT r.id, r.members FROM confab.room r WHERE r.members <> (SELECT count(*) FROM confab.member m WHERE m.room_id = r.id)`],
  ['no watermark stands past the head, and unread is what a count finds', `
    SELECT m.account_id, m.room_id, m.read_seq, m.read_no, f.last_seq, f.last_no FROM confab.member m JOIN confab.feed f ON f.id = m.room_id
     WHERE m.read_seq > f.last_seq OR f.last_no - m.read_no <> (SELECT count(*) FROM confab.message x WHERE x.feed_id = m.room_id AND x.seq > m.read_seq)`],
  ['rows of a feed were committed in the order of their numbers', `
    SELECT * FROM (SELECT feed_id, seq, pg_xact_commit_timestamp(xid::xid) AS at, lag(pg_xact_commit_timestamp(xid::xid)) OVER (PARTITION BY feed_id ORDER BY seq) AS before
      FROM (SELECT feed_id, seq, xid FROM confab.message UNION ALL SELECT feed_id, seq, xid FROM confab.event) n) q WHERE at < before`],
  ['the members of a room are those whose events say so', `
    WITH last AS (SELECT DISTINCT ON (e.feed_id, e.subject_id) e.feed_id, e.subject_id, e.kind FROM confab.event e
                   WHERE e.kind IN ('member_joined', 'member_left') ORDER BY e.feed_id, e.subject_id, e.seq DESC)
    SELECT * FROM (SELECT feed_id, subject_id FROM last WHERE kind = 'member_joined') a
      FULL JOIN (SELECT room_id, account_id FROM confab.member) m ON m.room_id = a.feed_id AND m.account_id = a.subject_id
     WHERE a.feed_id IS NULL OR m.room_id IS NULL`],
  ["a person's own feed says the same", `
    WITH last AS (SELECT DISTINCT ON (e.feed_id, e.subject_id) e.feed_id, e.subject_id, e.kind FROM confab.event e
                   WHERE e.kind IN ('room_added', 'room_removed') ORDER BY e.feed_id, e.subject_id, e.seq DESC)
    SELECT * FROM (SELECT feed_id, subject_id FROM last WHERE kind = 'room_added') a
      FULL JOIN (SELECT room_id, account_id FROM confab.member) m ON m.room_id = a.subject_id AND m.account_id = a.feed_id
     WHERE a.feed_id IS NULL OR m.room_id IS NULL`],
  ['a role is what the last event about it says', `
    SELECT m.room_id, m.account_id, m.role, e.value FROM confab.member m, LATERAL (SELECT x.value FROM confab.event x
      WHERE x.feed_id = m.room_id AND x.subject_id = m.account_id AND x.kind IN ('member_joined', 'member_role') ORDER BY x.seq DESC LIMIT 1) e
     WHERE e.value <> m.role`],
  ['a room with members that is no direct one has an owner', `
    SELECT r.id FROM confab.room r WHERE r.kind <> 'direct' AND r.members > 0 AND r.deleted_at IS NULL
       AND NOT EXISTS (SELECT FROM confab.member m WHERE m.room_id = r.id AND m.role = 1)`],
  ['read marks only rise', `
    SELECT * FROM (SELECT feed_id, subject_id, seq, target_seq, value, lag(target_seq) OVER w AS target_before, lag(value) OVER w AS value_before
      FROM confab.event WHERE kind = 'read_marked' WINDOW w AS (PARTITION BY feed_id, subject_id ORDER BY seq)) q
     WHERE target_seq < target_before OR value < value_before`],
  ['a deleted room takes nothing more', `
    SELECT e.feed_id, e.seq FROM confab.event e JOIN confab.feed f ON f.id = e.feed_id WHERE e.kind = 'room_deleted' AND e.seq <> f.last_seq`],
];

test('many people doing everything at once leave every feed whole, and nobody is refused for a lock', async () => {
  const { stack } = its;
  const first = await Promise.all(HANDLES.map((h) => stack.signIn(h)));
  crowd.people = first.map((a) => a.me.id);
  for (let i = 0; i < 4; i++) {
    crowd.rooms.push((await first[i].room(`Busy ${i}`, { kind: i % 2 ? 'channel' : 'group', visibility: 'public', people: first })).id);
  }
  stack.addAccount('watcher');
  const watcher = await stack.signIn('watcher');
  const owner = first[0];
  const quiet = await owner.room('Watched', { people: [watcher, first[1]] });
  /** @type {Map<string, Set<number>>} */
  const got = new Map([[quiet.id, new Set()]]);
  const from = Number(await stack.postgres.sql(`SELECT last_seq FROM confab.feed WHERE id = ${quiet.id}`));
  crowd.until = Date.now() + SECONDS * 1000;
  const following = follow(watcher, got);
  const speak = async (/** @type {any} */ api) => {
    while (!crowd.over()) if ((await crowd.call(api, 'POST', `/api/rooms/${quiet.id}/messages`, { client_id: uuid7(), text: 'watched' })).status === 401) await comeIn(api);
  };
  const speakers = [0, 1].map((i) => Object.assign(stack.api(), { handle: HANDLES[i] }));
  await Promise.all(speakers.map(comeIn));
  await Promise.all([operate(), ...speakers.map(speak), ...Array.from({ length: CLIENTS }, (_, i) => someone(HANDLES[i % HANDLES.length]))]);
  crowd.done = true;
  await following;
  if (process.env.CONFAB_STRESS_COUNTS) console.error([...crowd.counts].sort().map(([k, n]) => `${n}\t${k}`).join('\n'));
  assert.deepEqual(crowd.wrong, []);
  for (const [promise, sql] of invariants) {
    const rows = await stack.postgres.rows(`SET enable_nestloop = on; ${sql} LIMIT 5`);
    assert.deepEqual(rows, [], promise);
  }
  const head = Number(await stack.postgres.sql(`SELECT last_seq FROM confab.feed WHERE id = ${quiet.id}`));
  const missed = Array.from({ length: head - from }, (_, i) => from + 1 + i).filter((seq) => !got.get(quiet.id)?.has(seq));
  assert.deepEqual(missed, [], `the follower missed rows of ${head}`);
}, { timeout: (SECONDS + 120) * 1000 });
