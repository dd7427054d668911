/** The state that events build equals the state that the server tells; unread counts equal a recount. */
import { byFeed } from './truth.mjs';

/** What of a room has to agree. */
const SAME = ['kind', 'visibility', 'history_open', 'name', 'members', 'role', 'visible_from', 'read_seq', 'read_no', 'last_seq', 'last_no', 'unread'];

/** @param {any} rooms @param {any} row @param {any} me */
function reduce(rooms, row, me) {
  if (row.event === 'room_removed' || row.event === 'room_deleted') return void rooms.delete(row.room);
  if (row.event === 'read_marked') {
    const room = rooms.get(row.room);
    if (room && row.read_seq > room.read_seq) Object.assign(room, { read_seq: row.read_seq, read_no: Math.max(room.read_no, row.read_no) });
    return;
  }
  if (row.event === 'profile_changed' && row.person === me.id) return void Object.assign(me, { name: row.name, avatar: row.avatar });
  const room = rooms.get(row.feed);
  // A room that was loaded as of a later row has this one in it.
  if (!room || row.seq <= room.last_seq) return;
  room.last_seq = row.seq;
  const { message } = row;
  if (row.event === 'message' && (message.thread === undefined || message.in_room)) {
    Object.assign(room, { last_no: message.no, last_message: message });
    // Who writes has read; a later mark of another device may have come before this row.
    if (message.sender === me.id) Object.assign(room, { read_seq: Math.max(room.read_seq, message.seq), read_no: Math.max(room.read_no, message.no) });
  }
  if (row.event === 'member_joined') room.members++;
  if (row.event === 'member_left') room.members--;
  if (row.event === 'member_role' && row.person === me.id) room.role = row.role;
  if (row.event === 'room_changed') for (const k of ['kind', 'visibility', 'history_open', 'name']) room[k] = row[k];
}

/**
 * What events make of a message that was seen from its row on. @param {Map<number, any>} log by seq @param {any} row
 */
function mark(log, row) {
  if (row.event === 'message') return void log.set(row.seq, { text: row.message.text, deleted: row.message.deleted === true, marks: new Set(), pinned: false });
  const known = log.get(row.message_seq);
  if (!known) return;
  const reaction = `${row.emoji} ${row.actor}`;
  // Not told to everybody: then it has to be asked for.
  if (row.event === 'message_edited') known.text = row.message ? row.message.text : undefined;
  if (row.event === 'message_deleted') Object.assign(known, { text: null, deleted: true, marks: new Set(), pinned: false });
  if (row.event === 'reaction_added') known.marks.add(reaction);
  if (row.event === 'reaction_removed') known.marks.delete(reaction);
  if (row.event === 'message_pinned') known.pinned = true;
  if (row.event === 'message_unpinned') known.pinned = false;
}

/** A client's state from its own history; messages by room and seq. @param {any[]} own @returns {{me: any, rooms: Map<string, any>, messages: Map<string, Map<number, any>>}} */
export function rebuild(own) {
  /** @type {Map<string, Map<number, any>>} */
  const messages = new Map();
  const of = (/** @type {string} */ room) => messages.get(room) ?? /** @type {Map<number, any>} */ (messages.set(room, new Map()).get(room));
  /** @type {Map<string, any>} */
  let rooms = new Map();
  /** @type {any} */
  let me = {};
  for (const r of own) {
    if (r.rec === 'state') {
      rooms = new Map(r.state.rooms.map((/** @type {any} */ room) => [room.id, { ...room }]));
      me = { ...r.state.me };
      messages.clear();
    } else if (r.rec === 'load') {
      rooms.set(r.room.id, { ...r.room });
      messages.delete(r.room.id);
    } else if (r.rec === 'drop') rooms.delete(r.room);
    else if (r.rec === 'saw' && r.fresh) {
      reduce(rooms, r.row, me);
      mark(of(r.row.feed), r.row);
    }
  }
  for (const room of rooms.values()) room.unread = room.last_no - room.read_no;
  return { me, rooms, messages };
}

/** @param {any[]} records @param {import('./truth.mjs').Truth} truth @param {(rule: string, detail: any) => void} violation */
export function checkState(records, truth, violation) {
  const feeds = byFeed(truth);
  const pages = records.filter((r) => r.rec === 'page');
  for (const client of records.filter((r) => r.rec === 'client')) {
    const own = records.filter((r) => r.c === client.c);
    const fresh = own.findLast((r) => r.rec === 'fresh')?.state;
    if (!fresh) {
      violation('no state at the end', { client: client.c });
      continue;
    }
    const { me, rooms, messages } = rebuild(own);
    for (const page of pages.filter((p) => p.account === client.account && rooms.has(p.room))) checkMessages(client, page, messages.get(page.room) ?? new Map(), violation);
    for (const k of ['id', 'name', 'avatar']) if (me[k] !== fresh.me[k]) violation('the profile from events is not the one of a fresh load', { client: client.c, rebuilt: me, fresh: fresh.me });
    const ids = new Set([...rooms.keys(), ...fresh.rooms.map((/** @type {any} */ r) => r.id)]);
    for (const id of ids) {
      const built = rooms.get(id);
      const told = fresh.rooms.find((/** @type {any} */ r) => r.id === id);
      const differ = built && told ? SAME.filter((k) => built[k] !== told[k]) : ['its presence'];
      if (built && told && built.last_message?.seq !== told.last_message?.seq) differ.push('last_message');
      if (differ.length > 0) violation('the state from events is not the one of a fresh load', { client: client.c, room: id, differ, built, told });
    }
    for (const room of fresh.rooms) recount(client, room, feeds.get(room.id) ?? [], violation);
  }
}

/** Messages as events made them, and as a fresh page tells them. @param {any} client @param {any} page @param {Map<number, any>} log @param {(rule: string, detail: any) => void} violation */
function checkMessages(client, page, log, violation) {
  for (const told of page.messages) {
    const built = log.get(told.seq);
    if (!built) continue;
    const marks = (told.reactions ?? []).flatMap((/** @type {any} */ r) => r.people.map((/** @type {string} */ p) => `${r.emoji} ${p}`));
    const differ = [];
    if (built.text !== undefined && built.text !== told.text) differ.push('text');
    if (built.deleted !== (told.deleted === true)) differ.push('deleted');
    if ([...built.marks].sort().join() !== marks.sort().join()) differ.push('reactions');
    if (built.pinned !== (told.pinned === true)) differ.push('pinned');
    if (differ.length > 0) violation('a message from events is not the one of a fresh page', { client: client.c, room: page.room, differ, built: { ...built, marks: [...built.marks] }, told });
  }
}

/** @param {any} client @param {any} room @param {any[]} rows @param {(rule: string, detail: any) => void} violation */
function recount(client, room, rows, violation) {
  const messages = rows.filter((r) => r.kind === 'message' && r.counts);
  const unread = messages.filter((r) => r.seq > room.read_seq).length;
  if (room.unread !== unread) violation('the unread count is not what a recount says', { client: client.c, room, recount: unread });
  if (room.last_seq !== (rows.at(-1)?.seq ?? 0) || room.last_no !== messages.length) violation('the head that is told is not the head', { client: client.c, room, messages: messages.length, rows: rows.length });
}
