/**
 * What clients saw against the log: every row once, in feed order, without a hole, by everyone entitled
 * and by nobody else. Membership by seq decides who is entitled.
 */
import { byFeed, intervals, ROLES } from './truth.mjs';

/** How a row of the log shows in an event. @param {any} event @returns {Record<string, any>} */
function shown(event) {
  if (event.event === 'message') return { kind: 'message', actor: event.message.sender, client_id: event.message.client_id, no: event.message.no };
  const subject = event.person ?? event.room ?? event.session;
  const value = event.role ? ROLES.indexOf(event.role) : event.read_no;
  return { kind: event.event, actor: event.actor, subject, value, target: event.message_seq ?? event.read_seq, word: event.emoji };
}

/**
 * What a message may say: what it was sent with, what it was changed to; nothing, if somebody asked to delete it.
 * @param {any[]} records @returns {(message: any) => boolean}
 */
export function textsOf(records) {
  /** @type {Map<string, Set<string | null>>} by client id, and by "room seq" */
  const said = new Map();
  const add = (/** @type {string} */ key, /** @type {string | null} */ text) => said.set(key, (said.get(key) ?? new Set()).add(text));
  for (const { kind, args } of records.filter((r) => r.rec === 'ask')) {
    if (args.client_id && args.text !== undefined) add(args.client_id, args.text);
    if (kind === 'edit') add(`${args.room} ${args.seq}`, args.text);
    if (kind === 'unsend') add(`${args.room} ${args.seq}`, null);
  }
  return (m) => Boolean(said.get(m.client_id)?.has(m.text) || (said.has(m.client_id) && said.get(`${m.room} ${m.seq}`)?.has(m.text)));
}

/** One client's way through its feeds. */
class Holder {
  /** @type {Map<string, number>} */
  last = new Map();
  /** @type {any[]} rows applied since the last start afresh */
  rows = [];
  /** Feeds that ended for it, with a room_deleted or by being dropped. @type {Set<string>} */
  ended = new Set();
}

/**
 * @param {any[]} records @param {import('./truth.mjs').Truth} truth @param {(rule: string, detail: any) => void} violation
 * @returns {{clients: number, seen: number, repeats: number, resets: number, gaps: number}}
 */
export function checkDelivery(records, truth, violation) {
  const feeds = byFeed(truth);
  const rooms = new Map(truth.rooms.map((r) => [r.id, { ...r, members: intervals(feeds.get(r.id) ?? []) }]));
  const texts = textsOf(records);
  const lossAt = records.findLast((r) => r.rec === 'loss')?.t;
  // A new server cannot always tell that what it lacks was seen by nobody.
  const mayReset = lossAt !== undefined || records.some((r) => r.rec === 'failover');
  /** @type {Map<string, any[]>} */
  const index = new Map();
  for (const row of truth.rows) index.set(`${row.feed} ${row.seq}`, [...(index.get(`${row.feed} ${row.seq}`) ?? []), row]);
  const counts = { clients: 0, seen: 0, repeats: 0, resets: 0, gaps: 0 };
  for (const client of records.filter((r) => r.rec === 'client')) {
    counts.clients++;
    const own = records.filter((r) => r.c === client.c);
    followOne(client, own, { feeds, index, rooms, texts, lossAt, mayReset, counts }, violation);
  }
  return counts;
}

/** @param {any} client @param {any[]} own @param {any} context @param {(rule: string, detail: any) => void} violation */
function followOne(client, own, { feeds, index, rooms, texts, lossAt, mayReset, counts }, violation) {
  let holder = new Holder();
  for (const [feed, seq] of Object.entries(client.bases)) holder.last.set(feed, Number(seq));
  /** @type {Map<number, Set<string>>} feeds that a stream's hello told to page */
  const told = new Map();
  for (const r of own) {
    switch (r.rec) {
      case 'state':
        if (r.why === 'reset') {
          counts.resets++;
          holder = new Holder();
        }
        for (const room of r.state.rooms) holder.last.set(room.id, room.last_seq);
        break;
      case 'hello':
        told.set(r.s, new Set(r.feeds.map((/** @type {any} */ f) => f.feed)));
        if (r.verdict === 'reset' && !mayReset) violation('told to start afresh though nothing was lost', { client: client.c, hello: r });
        break;
      case 'load':
        holder.ended.delete(r.room.id);
        holder.last.set(r.room.id, r.base);
        break;
      case 'drop':
        holder.last.delete(r.room);
        break;
      case 'page_reset':
        if (lossAt === undefined) violation('told that rows are gone though nothing was lost', { client: client.c, ...r });
        break;
      case 'bad_cursor':
        violation('a cursor was refused that the server had given', { client: client.c, ...r });
        break;
      case 'gap':
        counts.gaps++;
        if (!told.get(r.s)?.has(r.feed)) violation('a hole on a stream without a word', { client: client.c, ...r });
        break;
      case 'saw':
        if (r.fresh) counts.seen++;
        else counts.repeats++;
        see(client, holder, r, texts, violation);
        break;
      default:
    }
  }
  // Before a reset that a loss made necessary, rows may have been seen that are no more.
  for (const r of holder.rows) compare(client, r, index, lossAt === undefined ? rooms : undefined, violation);
  if (lossAt === undefined) for (const r of own) if (r.rec === 'saw') entitled(client, r, rooms, violation);
  complete(client, holder, feeds, rooms, violation);
}

/** @param {any} client @param {Holder} holder @param {any} r @param {(message: any) => boolean} texts @param {(rule: string, detail: any) => void} violation */
function see(client, holder, r, texts, violation) {
  const { row } = r;
  if (row.message && !texts(row.message)) violation('a message that nobody sent', { client: client.c, row });
  if (!r.fresh) return;
  const last = holder.last.get(row.feed);
  if (last !== undefined && row.seq <= last) violation('seen twice', { client: client.c, last, row });
  if (last !== undefined && row.seq > last + 1) violation('applied with a hole', { client: client.c, last, row });
  holder.last.set(row.feed, row.seq);
  holder.rows.push(row);
  if (row.event === 'room_deleted') holder.ended.add(row.feed);
}

/** Is what was seen what the log says? @param {any} client @param {any} row @param {Map<string, any[]>} index rows by "feed seq" @param {Map<string, any> | undefined} rooms where it is known since when they see what @param {(rule: string, detail: any) => void} violation */
function compare(client, row, index, rooms, violation) {
  const at = index.get(`${row.feed} ${row.seq}`) ?? [];
  if (at.length === 0) return violation('seen, and not in the log', { client: client.c, row });
  if (row.event === 'hidden') return void (rooms && withheld(client, row, at[0], rooms.get(row.feed), violation));
  const fields = shown(row);
  if (!at.some((r) => Object.entries(fields).every(([k, v]) => v === undefined || r[k] === v))) violation('seen otherwise than the log says', { client: client.c, row, log: at });
}

/** A row may be hidden from whom it was entitled to only after a new joining, or when the room is gone. @param {any} client @param {any} row @param {any} log @param {any} room @param {(rule: string, detail: any) => void} violation */
function withheld(client, row, log, room, violation) {
  const list = room?.members.get(client.account) ?? [];
  // What happens to a message that is older than what somebody may see is not told either.
  const inside = list.some((/** @type {any} */ i) => row.seq >= i.from && row.seq <= i.to && (log.target === null || log.target >= i.from));
  const laterJoin = list.some((/** @type {any} */ i) => i.from > row.seq);
  if (room && !room.deleted && (room.history_open || inside) && !laterJoin) violation('hidden from somebody who may see it', { client: client.c, row, log });
}

/** @param {any} client @param {any} r @param {Map<string, any>} rooms @param {(rule: string, detail: any) => void} violation */
function entitled(client, { row }, rooms, violation) {
  if (row.feed === client.account || row.feed === client.tenant) return;
  const room = rooms.get(row.feed);
  const list = room?.members.get(client.account) ?? [];
  const may = list.some((/** @type {any} */ i) => row.seq <= i.to && (row.event === 'hidden' || room.history_open || row.seq >= i.from));
  if (!may) violation('seen by somebody who may not', { client: client.c, account: client.account, row, intervals: list });
}

/** At the end everybody has everything. @param {any} client @param {Holder} holder @param {Map<string, any[]>} feeds @param {Map<string, any>} rooms @param {(rule: string, detail: any) => void} violation */
function complete(client, holder, feeds, rooms, violation) {
  const due = [client.account, client.tenant];
  for (const room of rooms.values()) {
    const inside = room.members.get(client.account)?.at(-1)?.to === Infinity;
    if (inside && !room.deleted) due.push(room.id);
    // Who holds a room that was deleted has to have learnt of it.
    if (inside && room.deleted && holder.last.has(room.id) && !holder.ended.has(room.id)) due.push(room.id);
  }
  for (const feed of due) {
    const head = feeds.get(feed)?.at(-1)?.seq ?? 0;
    const last = holder.last.get(feed);
    // After a reset a person's own feed begins wherever it begins.
    if (last === undefined && (feed === client.account || feed === client.tenant)) continue;
    if (last !== head) violation('missing at the end', { client: client.c, transports: client.transports, feed, has: last ?? 'nothing', head });
  }
}
