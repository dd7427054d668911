/** The page that a run leaves: tables in Markdown, plots beside it. */
import fs from 'node:fs';
import path from 'node:path';
import { bars } from './plot.mjs';
import { short } from './text.mjs';

const table = (head, rows) => [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map((row) => `| ${row.join(' | ')} |`), ''].join('\n');
const called = (t) => `${t.name}, ${t.transport === 'XMPP' ? 'XMPP' : t.transport}, ${t.socket}`;
const of = (results, row) => results.targets.filter((t) => t.result[row]);
const k = (perS) => short(perS / 1000);
const percent = (share) => `${Math.round(share * 100)} %`;

const DOES = {
  yardstick: ['no', 'no', 'nothing'],
  nchan: ['no', 'no: memory', 'messages by time and id, from memory, one channel a connection'],
  'Socket.IO': ['a token in PostgreSQL', 'PostgreSQL', 'own code: rows after the last id, at most 1,000'],
  Prosody: ['a password (SASL PLAIN)', 'SQLite', 'room history since a time, at most 100 a room; or the archive on request'],
  Confab: ['a session in PostgreSQL', 'PostgreSQL, encrypted', 'a cursor over all feeds: gapless, or told so'],
};

/** The yardstick's figure for the same transport and kind of socket; Prosody is held against it over TCP. */
function yardstick(results, target, figure) {
  const same = (t) => t.name === 'yardstick' && t.socket === target.socket && (t.transport === target.transport || target.transport === 'XMPP');
  const found = results.targets.find((t) => same(t) && figure(t) !== undefined);
  return found ? figure(found) : NaN;
}

function fanOut(results, row, title, file, out) {
  const rows = of(results, row).map((t) => {
    const { flood, single, streams } = t.result[row];
    const yard = yardstick(results, t, (y) => y.result[row]?.flood.deliveriesPerS);
    const yardSingle = yardstick(results, t, (y) => y.result[row]?.single?.spreadMs);
    const cells = [called(t), short(streams), k(flood.deliveriesPerS), short(flood.deliveriesPerS / yard)];
    if (single) cells.push(short(single.spreadMs), short(yardSingle / single.spreadMs), short(single.cpuServerUs));
    return [...cells, short(flood.cpuServerUs), short(flood.cpuAllUs), short(1 / flood.readsPerDelivery), short(flood.bytes), percent(flood.clientBusy), short(flood.others), flood.missing + flood.failed > 0 ? `${flood.missing} missing, ${flood.failed} refused` : 'all'];
  });
  if (rows.length === 0) return '';
  const single = row === 'ten' ? [] : ['one message to all, ms', 'yardstick / it', 'CPU serving then, µs/delivery'];
  plot(out, file, title, 'thousand deliveries a second', of(results, row).map((t) => ({ t, value: t.result[row].flood.deliveriesPerS / 1000 })));
  plot(out, `${file}-cpu`, `${title}: what a delivery costs`, 'microseconds of CPU in the serving process', of(results, row).map((t) => ({ t, value: t.result[row].flood.cpuServerUs })), true);
  const head = ['', 'readers', 'k deliveries/s', '× yardstick', ...single, 'CPU serving, µs/delivery', 'CPU all, µs/delivery', 'messages/read', 'bytes', 'generator busy', 'others, cores', 'arrived'];
  return `## ${title}\n\n![${title}](${file}.svg)\n\n![${title}, CPU](${file}-cpu.svg)\n\n${table(head, rows)}\n`;
}

function plot(out, file, title, unit, all, logarithmic = false) {
  const list = all.map(({ t, label, value }) => ({ label: label ?? called(t), value, text: short(value), ours: (label ?? t.name).startsWith('Confab') }));
  if (list.some((bar) => Number.isFinite(bar.value))) fs.writeFileSync(path.join(out, `${file}.svg`), bars({ title, unit, bars: list, logarithmic }));
}

function direct(results) {
  const t = of(results, 'ten').find((x) => x.result.ten.direct);
  if (!t) return '';
  const d = t.result.ten.direct;
  return `Confab's pusher alone, one message for each of the ${t.result.ten.rooms} rooms in one transaction (stored by \`bench/post\`, so that neither HTTP nor the commit of each post sets the pace): ${k(d.deliveriesPerS)} thousand deliveries a second, ${short(d.cpuServerUs)} µs of CPU in the pusher for each.\n\n`;
}

function latency(results, out) {
  const all = of(results, 'one').filter((t) => t.result.one.half);
  if (all.length === 0) return '';
  const title = 'Latency in a room of 1,000, at half of its own most';
  plot(out, 'latency', title, '99th percentile, milliseconds', all.map((t) => ({ t, value: t.result.one.half.p99Ms })), true);
  plot(out, 'latency-light', 'Latency in a room of 1,000, 10 posts a second', '99th percentile, milliseconds', all.map((t) => ({ t, value: t.result.one.light.p99Ms })), true);
  const cells = (r) => [short(r.p50Ms), short(r.p99Ms)];
  const rows = all.map((t) => [called(t), short(t.result.one.half.rate), ...cells(t.result.one.half), ...cells(t.result.one.light), t.result.one.half.missing || t.result.one.light.missing ? `${t.result.one.half.missing} missing` : 'all']);
  return `## ${title}\n\nFrom the moment when a post was due to each reader's receipt, over all deliveries. Half of the most is another load for each: beside it, 10 posts a second for all.\n\n![${title}](latency.svg)\n\n![10 posts a second](latency-light.svg)\n\n${table(['', 'posts/s', 'p50 ms', 'p99 ms', 'at 10/s: p50 ms', 'p99 ms', 'arrived'], rows)}\n`;
}

function posted(results, out) {
  const senders = [1, 8, 32];
  const ways = of(results, 'ways')[0]?.result.ways;
  const lines = of(results, 'posts').map((t) => ({ label: t.name === 'Confab' ? 'Confab, lighttpd + FastCGI' : t.name, stored: DOES[t.name][1], r: t.result.posts }));
  for (const [way, r] of Object.entries(ways?.apache ?? {})) lines.push({ label: `Confab, ${NAMED[way]}`, stored: DOES.Confab[1], r });
  if (ways) lines.push({ label: 'bare libpq, the same statements', stored: 'PostgreSQL', r: ways.bare });
  if (lines.length === 0) return '';
  const title = 'Posts answered a second, 32 senders';
  plot(out, 'posts', title, 'posts a second', lines.map(({ label, r }) => ({ label, value: r[32]?.perS })));
  const ratio = ways ? `In turns with as many bare libpq clients that call the same SQL function, posts through lighttpd and FastCGI reach ${senders.map((n) => `${short(ways.ratio[n])} (${n})`).join(', ')} of theirs; the aim is 0.7. Then: ${senders.map((n) => `${short(ways.front[n].perS)} against ${short(ways.bare[n].perS)} a second`).join(', ')}.\n` : '';
  const rows = lines.map(({ label, stored, r }) => [label, stored, ...senders.map((n) => short(r[n]?.perS)), `${short(r[32]?.p50Ms)} / ${short(r[32]?.p99Ms)}`, short(r[32]?.cpuUs), short(r[32]?.others)]);
  return `## Posts a second\n\nEach sender waits for its answer before it posts again; each message goes to a room with one reader.\n\n![${title}](posts.svg)\n\n${table(['', 'stored in', '1 sender', '8 senders', '32 senders', 'p50 / p99 ms of 32', 'CPU all, µs/post', 'others, cores'], rows)}\n${ratio}\n`;
}
const NAMED = { 'apache-fcgid': 'Apache mod_fcgid', 'apache-proxy': 'Apache mod_proxy_fcgi', 'apache-cgi': 'Apache CGI' };

function memory(results, out) {
  const all = of(results, 'ten');
  if (all.length === 0) return '';
  const title = 'Memory of an idle connection';
  plot(out, 'memory', title, 'bytes in user space (Pss of the serving processes)', all.map((t) => ({ t, value: t.result.ten.memory })), true);
  const rows = all.map((t) => [called(t), short(t.result.ten.streams), short(t.result.ten.memory), short(t.result.ten.beforeKib / 1024), short(t.result.ten.openedS)]);
  return `## ${title}\n\nEach connection is another account in a room of ten (Prosody: another resource). The kernel's share is left out, and the same for all of a kind.\n\n![${title}](memory.svg)\n\n${table(['', 'connections', 'bytes each', 'process before, MiB', 'opened in, s'], rows)}\n`;
}

function back(results, out) {
  const all = of(results, 'back');
  if (all.length === 0) return '';
  const n = short(all[0].result.back.streams);
  const title = `Return of ${n} clients at once`;
  plot(out, 'return', title, 'seconds until the last is current, 5 messages missed each', of(results, 'missed').map((t) => ({ t, value: t.result.missed.allS })), true);
  const cells = (r) => (r ? [short(r.allS), short(r.p50S), short(r.cpuAllMs), r.current < r.streams ? `${r.current} of ${r.streams}` : 'all'] : ['–', '–', '–', '–']);
  const rows = all.map((t) => [called(t), DOES[t.name][0], ...cells(t.result.back), ...cells(t.result.missed), DOES[t.name][2]]);
  return `## ${title}\n\nFrom the first connect until the last client is in, signed in where that is asked for, and has all that it missed: nothing, then 5 messages each.\n\n![${title}](return.svg)\n\n${table(['', 'authenticates by', 'nothing missed: all, s', 'median, s', 'CPU all, ms each', 'current', '5 missed: all, s', 'median, s', 'CPU all, ms each', 'current', 'what it offers'], rows)}\n`;
}

function heading(results) {
  const { machine: m, sizes, quick } = results;
  return `# Side by side

Made by \`bench/compare/run${quick ? ' --quick' : ''}\` in one run on one machine. Nothing here passes or fails.

- ${m.date}, revision ${m.revision}, ${short(m.minutes)} minutes; load average when it began ${short(m.loadBefore)}, when it ended ${short(m.loadAfter)}
- ${m.cpu}, ${m.cores} cores, ${m.memoryGib} GiB, Linux ${m.kernel}
- ${Object.entries(m.versions).map(([name, version]) => `${name} ${version}`).join(', ')}
- Medians of ${sizes.rounds} round${sizes.rounds > 1 ? 's' : ''}. The process that serves the clients is pinned to one core and the generator to the other; database, handlers and web server are free. So each peer has one worker.
- One generator for all (\`swarm\`); its column tells how much of the time it was busy: where that is near 100 %, the peer may be faster than shown. Confab's posts go through lighttpd on loopback TCP and the handlers (8 processes), nchan's straight to nginx, those of Socket.IO and Prosody on the readers' own connections.
- *others, cores*: how much of the machine processes that are no part of this kept busy meanwhile.
- PostgreSQL with fsync; Prosody's archive in SQLite with Prosody's own settings, TLS off, plain passwords, presence broadcast off (10,000 in one room would be 100 million stanzas). nchan keeps 500 messages a channel.
`;
}

/** @param {any} results @param {string} out the folder */
export function report(results, out) {
  const { small, big } = results.sizes;
  const who = table(['', 'authenticates', 'persists before it sends', 'what a client that returns is offered'], Object.entries(DOES).map(([name, does]) => [name, ...does]));
  const text = [
    heading(results),
    `## Who does what\n\n${who}\n`,
    `Fan-out: posts as fast as they are answered, until all have arrived. *One message to all*: one at a time, from the first reader to the last; nothing can be merged. *CPU serving* is the process that holds the connections, *all* adds database, handlers and web server. Where a peer hands several messages to a socket in one write, a flood can beat the yardstick, which never does.\n`,
    fanOut(results, 'one', `One room of ${short(small)}`, 'fan-out-1000', out),
    fanOut(results, 'big', `One room of ${short(big)}`, 'fan-out-big', out),
    fanOut(results, 'ten', `${short(big / 10)} rooms of ten, 32 senders`, 'fan-out-ten', out),
    direct(results),
    latency(results, out),
    posted(results, out),
    memory(results, out),
    back(results, out),
    results.notes.length ? `## Left out\n\n${results.notes.map((n) => `- ${n}`).join('\n')}\n` : '',
  ];
  fs.writeFileSync(path.join(out, 'results.md'), text.join('\n').replace(/\n{3,}/g, '\n\n'));
}
