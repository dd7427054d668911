/** The log by itself: gapless numbers, pairs of rows, and counts that equal a recount. */
import { byFeed, intervals } from './truth.mjs';

/** A row of a room that always comes with one in another feed, written by the same transaction. */
const PAIRS = [
  { row: 'member_joined', partner: 'room_added', place: (/** @type {any} */ r) => [r.subject, r.feed] },
  { row: 'member_left', partner: 'room_removed', place: (/** @type {any} */ r) => [r.subject, r.feed] },
];

/** @param {import('./truth.mjs').Truth} truth @param {(rule: string, detail: any) => void} violation */
export function checkLog(truth, violation) {
  const feeds = byFeed(truth);
  for (const feed of truth.feeds) {
    const rows = feeds.get(feed.id) ?? [];
    let no = 0;
    rows.forEach((row, i) => {
      if (i > 0 && row.seq === rows[i - 1].seq) violation('a number is given twice', { feed: feed.id, seq: row.seq, rows: [rows[i - 1], row] });
      else if (row.seq !== (i > 0 ? rows[i - 1].seq + 1 : 1)) violation('a number is missing in the log', { feed: feed.id, before: row });
      // A reply that stands in its thread alone has the number of the message before it.
      if (row.kind === 'message' && row.no !== (no += Number(row.counts))) violation('message numbers do not count the messages', { feed: feed.id, row, counted: no });
    });
    if ((rows.at(-1)?.seq ?? 0) !== feed.last_seq) violation('the head is not the last row', { feed, last: rows.at(-1) });
    if (no !== feed.last_no) violation('the count of messages is wrong', { feed, counted: no });
  }
  checkPairs(truth, violation);
  checkMembers(truth, feeds, violation);
}

/** @param {import('./truth.mjs').Truth} truth @param {(rule: string, detail: any) => void} violation */
function checkPairs(truth, violation) {
  for (const { row: kind, partner, place } of PAIRS) {
    /** @type {Map<string, number>} */
    const open = new Map();
    const count = (/** @type {string} */ key, /** @type {number} */ by) => open.set(key, (open.get(key) ?? 0) + by);
    for (const row of truth.rows) {
      if (row.kind === kind) count([...place(row), row.xid].join(), 1);
      if (row.kind === partner) count([row.feed, row.subject, row.xid].join(), -1);
    }
    for (const [key, n] of open) if (n !== 0) violation(`${kind} and ${partner} do not come together`, { person_room_xid: key, surplus: n });
  }
}

/** Members, roles and their number as the log tells them. @param {import('./truth.mjs').Truth} truth @param {Map<string, any[]>} feeds @param {(rule: string, detail: any) => void} violation */
function checkMembers(truth, feeds, violation) {
  for (const room of truth.rooms) {
    const rows = feeds.get(room.id) ?? [];
    const role = new Map(rows.filter((r) => r.kind === 'member_joined' || r.kind === 'member_role').map((r) => [r.subject, r.value]));
    const told = [...intervals(rows)].filter(([, list]) => list.at(-1)?.to === Infinity).map(([who]) => `${who} ${role.get(who)}`);
    const stored = truth.members.filter((m) => m.room === room.id).map((m) => `${m.account} ${m.role}`);
    if (told.sort().join() !== stored.sort().join()) violation('the members are not those of the log', { room: room.id, told, stored });
    if (room.members !== stored.length) violation('the number of members is wrong', { room, counted: stored.length });
  }
  for (const m of truth.members) {
    const seen = (feeds.get(m.room) ?? []).filter((r) => r.kind === 'message' && r.counts && r.seq <= m.read_seq).length;
    if (m.read_no !== seen) violation('a watermark does not count what it covers', { ...m, counted: seen });
  }
}
