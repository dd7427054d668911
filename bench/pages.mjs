/** What each kind of request takes, asked of a handler over FastCGI: bench/pages starts it. Prints a table in Markdown. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { cpuUs } from './compare/lib/proc.mjs';

const { values: opt } = parseArgs({
  options: {
    title: { type: 'string' }, socket: { type: 'string' }, people: { type: 'string' }, rounds: { type: 'string', default: '200' },
    handler: { type: 'string' }, postgres: { type: 'string' }, psql: { type: 'string' }, big: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});
const rounds = Number(opt.rounds);
const [psql, ...psqlArguments] = opt.psql.split(' ');
const sql = (text) => execFileSync(psql, [...psqlArguments, '-c', text], { encoding: 'utf8' }).trim();

const people = fs.readFileSync(opt.people, 'utf8').trim().split('\n').map((line) => {
  const [id, token, big, rooms] = line.split(' ');
  return { id, token, big, rooms: rooms === '-' ? [] : rooms.split(',') };
});
const room = opt.big ? people[0].big : people[0].rooms.reduce((a, b) => (Number(a) < Number(b) ? a : b));

/* FastCGI: one connection a request, as lighttpd's first and simplest way; records of at most 65,535 bytes. */
const record = (type, content) => {
  const head = Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]);
  return Buffer.concat([head, content]);
};
const length = (n) => (n < 128 ? Buffer.from([n]) : Buffer.from([0x80 | (n >> 24), (n >> 16) & 255, (n >> 8) & 255, n & 255]));
const pair = ([name, value]) => Buffer.concat([length(Buffer.byteLength(name)), length(Buffer.byteLength(value)), Buffer.from(name), Buffer.from(value)]);

function ask(method, path, token, body) {
  const [, query = ''] = path.split('?');
  const content = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
  const params = {
    GATEWAY_INTERFACE: 'CGI/1.1', SERVER_PROTOCOL: 'HTTP/1.1', REQUEST_METHOD: method, REQUEST_URI: path, QUERY_STRING: query, SCRIPT_NAME: path.split('?')[0],
    SERVER_NAME: 'localhost', SERVER_PORT: '80', REMOTE_ADDR: '127.0.0.1', HTTP_HOST: 'localhost', HTTP_COOKIE: `confab=${token}`,
    CONTENT_LENGTH: String(content.length), ...(content.length ? { CONTENT_TYPE: 'application/json' } : {}),
  };
  const sent = Buffer.concat([record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])), record(4, Buffer.concat(Object.entries(params).map(pair))),
    record(4, Buffer.alloc(0)), ...(content.length ? [record(5, content)] : []), record(5, Buffer.alloc(0))]);
  return new Promise((resolve, reject) => {
    const parts = [];
    const begun = process.hrtime.bigint();
    const socket = net.connect(opt.socket, () => socket.write(sent));
    socket.on('data', (part) => parts.push(part));
    socket.on('error', reject);
    socket.on('close', () => {
      const us = Number(process.hrtime.bigint() - begun) / 1000;
      const all = Buffer.concat(parts), out = [];
      for (let at = 0; at + 8 <= all.length;) {
        const n = all.readUInt16BE(at + 4);
        if (all[at + 1] === 6) out.push(all.subarray(at + 8, at + 8 + n));
        at += 8 + n + all[at + 6];
      }
      const text = Buffer.concat(out).toString(), cut = text.indexOf('\r\n\r\n');
      const status = Number(/^Status: (\d+)/m.exec(text)?.[1] ?? 200);
      if (status >= 400) reject(new Error(`${method} ${path}: ${text}`));
      else resolve({ us, bytes: text.length, answer: () => JSON.parse(text.slice(cut + 4)) });
    });
  });
}

const one = (list) => list[Math.floor(Math.random() * list.length)];
const anybody = () => one(people);
const head = Number(sql(`SELECT last_seq FROM confab.feed WHERE id = ${room}`));
const rows = sql(`SELECT count(*) FROM confab.message WHERE feed_id = ${room}`);
const anywhere = () => 1 + Math.floor(Math.random() * head);
const lines = (text) => text.split('\n').filter(Boolean);
const roots = lines(sql(`SELECT root_seq FROM confab.thread WHERE feed_id = ${room} ORDER BY last_no DESC LIMIT 200`));
const page = (query) => () => ask('GET', `/api/rooms/${room}/messages?limit=50${query()}`, anybody().token);
/* Messages of people to be edited by them, and the recent ones to be reacted to. */
const token = new Map(people.map((p) => [p.id, p.token]));
const own = lines(sql(`SELECT sender_id || ' ' || seq FROM confab.message WHERE feed_id = ${room} AND body IS NOT NULL ORDER BY seq DESC LIMIT 2000`))
  .map((line) => line.split(' ')).filter(([who]) => token.has(who));
const recent = own.map(([, seq]) => seq);

const send = (to) => ask('POST', `/api/rooms/${to}/messages`, anybody().token, { client_id: randomUUID(), text: `A message as people write them, of some sixty bytes: ${Math.random()}` });
const kinds = {
  'the newest 50': page(() => ''),
  '50 far back (`before`)': page(() => `&before=${anywhere()}`),
  '50 `around`': page(() => `&around=${anywhere()}`),
  ...(roots.length ? { 'a page of a thread': page(() => `&thread=${one(roots)}`) } : {}),
  receipts: () => ask('GET', `/api/rooms/${room}/receipts`, anybody().token),
  'list of rooms': () => ask('GET', '/api/rooms', anybody().token),
  'sync, without cursor': () => ask('GET', '/api/sync', anybody().token),
  'sync, nothing missed': null,
  'sync, 200 rows missed': null,
  send: () => send(room),
  edit: (i) => ask('PATCH', `/api/rooms/${room}/messages/${own[i % own.length][1]}`, token.get(own[i % own.length][0]), { text: `Said otherwise: ${Math.random()}` }),
  react: (i) => ask('PUT', `/api/rooms/${room}/messages/${recent[i % recent.length]}/reactions`, people[i % people.length].token, { emoji: '\u{1F680}' }),
};

async function since() {
  const cursors = new Map();
  for (const who of people.slice(0, 40)) cursors.set(who, (await ask('GET', '/api/sync', who.token)).answer().cursor);
  const back = () => {
    const [who, cursor] = one([...cursors]);
    return ask('GET', `/api/sync?cursor=${encodeURIComponent(cursor)}`, who.token);
  };
  kinds['sync, nothing missed'] = back;
  return async () => {
    const to = people[0].rooms.length ? people[0].rooms : [room];
    for (let i = 0; i < 200; i++) await send(to[i % to.length]);
    return back;
  };
}

const backends = () => lines(sql("SELECT pid FROM pg_stat_activity WHERE usename = 'confab_api'")).map(Number);
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

async function measure(name, kind) {
  const n = Math.min(rounds, name === 'edit' || name === 'react' ? people.length * 100 : rounds);
  for (let i = 0; i < 5; i++) await kind(i);
  const pids = backends(), handlers = [Number(opt.handler)];
  const cpu = [cpuUs(handlers), cpuUs(pids)], load = os.loadavg()[0];
  const times = [];
  let bytes = 0;
  for (let i = 0; i < n; i++) {
    const r = await kind(i + 5);
    times.push(r.us);
    bytes += r.bytes;
  }
  const used = [cpuUs(handlers) - cpu[0], cpuUs(pids) - cpu[1]].map((us) => (us / n / 1000).toFixed(2));
  times.sort((a, b) => a - b);
  const ms = (us) => (us / 1000).toFixed(us < 10000 ? 2 : 0);
  console.log(`| ${name} | ${ms(times[0])} | ${ms(at(times, 0.5))} | ${ms(at(times, 0.95))} | ${used[0]} + ${used[1]} | ${(bytes / n / 1024).toFixed(1)} | ${load.toFixed(0)} |`);
}

console.log(`\n### ${opt.title}\n\nA room of ${rows} messages (head ${head}), ${people.length} people.\n`);
console.log('| | least | p50 | p95 ms | CPU handler + PostgreSQL, ms | KiB | load |\n|---|---|---|---|---|---|---|');
const missed = await since();
for (const name of Object.keys(kinds)) {
  if (opt.only && !opt.only.split(',').includes(name)) continue;
  await measure(name, name === 'sync, 200 rows missed' ? await missed() : kinds[name]);
}
