/**
 * A small history without fault, made by hand, for the tests of the checker to spoil: ada made a room with
 * bob, where newcomers do not see what was said before; she wrote, added cyd, bob read and wrote, ada
 * reacted to that, bob changed it and cyd pinned it. dan is not in it.
 */
import { startOf } from './checker.mjs';

const TENANT = '1';
const ROOM = '30';
const PEOPLE = { ada0: '10', bob0: '11', cyd0: '12', dan0: '13' };
const ROLES = ['', 'owner', 'moderator', 'member', 'guest'];

export function planted() {
  /** @type {any[]} */
  const records = [];
  /** @type {any} */
  const truth = {
    feeds: [TENANT, ...Object.values(PEOPLE), ROOM].map((id) => ({ id, kind: 3, last_seq: 0, last_no: 0 })),
    rows: [],
    rooms: [{ id: ROOM, kind: 'group', visibility: 'private', history_open: false, created_by: '10', client_id: 'r1', deleted: false, members: 2 }],
    members: [
      { account: '10', room: ROOM, role: 1, visible_from: 0, read_seq: 1, read_no: 0 },
      { account: '11', room: ROOM, role: 3, visible_from: 0, read_seq: 2, read_no: 0 },
    ],
  };
  /** What messages say, by seq. @type {Map<number, string>} */
  const texts = new Map();
  let time = 0;
  let xid = 100;
  let ops = 0;
  const now = () => ++time;
  const add = (/** @type {any} */ r) => void records.push({ t: now(), ...r });
  const rows = (/** @type {string} */ feed) => truth.rows.filter((/** @type {any} */ r) => r.feed === feed);
  const member = (/** @type {string} */ account) => truth.members.find((/** @type {any} */ m) => m.account === account);

  /** The room as its member is told of it. @param {string} account */
  const roomFor = (account) => {
    const m = member(account);
    const messages = rows(ROOM).filter((/** @type {any} */ r) => r.kind === 'message');
    const { kind, visibility, history_open, members } = truth.rooms[0];
    const visible = messages.filter((/** @type {any} */ r) => r.seq >= m.visible_from).at(-1);
    return {
      ...{ id: ROOM, kind, visibility, history_open, members, name: 'Room', role: ROLES[m.role], visible_from: m.visible_from },
      ...{ read_seq: m.read_seq, read_no: m.read_no, last_seq: rows(ROOM).at(-1)?.seq ?? 0, last_no: messages.length, unread: messages.length - m.read_no },
      ...(visible ? { last_message: { seq: visible.seq } } : {}),
    };
  };
  const stateFor = (/** @type {string} */ account) => ({ me: { id: account, name: account, avatar: '' }, rooms: member(account) ? [roomFor(account)] : [] });

  /** A row of the log, and its way to those who are entitled. @param {any} row @param {string} [text] @param {boolean} [together] in the transaction of the row before */
  const write = (row, text = '', together = false) => {
    const feed = truth.feeds.find((/** @type {any} */ f) => f.id === row.feed);
    const full = { subject: null, target: null, value: null, client_id: null, no: null, word: null, thread: null, counts: row.kind === 'message', empty: false, ...row, seq: ++feed.last_seq, xid: String(together ? xid : ++xid) };
    if (row.kind === 'message') full.no = ++feed.last_no;
    truth.rows.push(full);
    if (text !== '') texts.set(full.target ?? full.seq, text);
    if (row.kind === 'message') Object.assign(member(row.actor), { read_seq: full.seq, read_no: full.no });
    const { feed: id, seq, actor } = full;
    const common = { feed: id, seq };
    const shown = {
      message: { ...common, event: 'message', message: { room: id, seq, no: full.no, sender: actor, client_id: full.client_id, text } },
      read_marked: { ...common, event: row.kind, actor, room: full.subject, read_seq: full.target, read_no: full.value },
      message_edited: { ...common, event: row.kind, actor, message_seq: full.target, message: { room: id, seq: full.target, client_id: 'c2', text } },
      reaction_added: { ...common, event: row.kind, actor, message_seq: full.target, emoji: full.word },
      message_pinned: { ...common, event: row.kind, actor, message_seq: full.target },
      room_added: { ...common, event: row.kind, actor, room: full.subject },
      room_removed: { ...common, event: row.kind, actor, room: full.subject },
    }[/** @type {string} */ (row.kind)] ?? { ...common, event: row.kind, actor, person: full.subject, ...(full.value ? { role: ROLES[full.value] } : {}) };
    for (const [c, account] of Object.entries(PEOPLE)) {
      if (id === account || (id === ROOM && member(account))) if (records.some((r) => r.rec === 'client' && r.c === c)) add({ rec: 'saw', c, s: 1, transport: 'ws', fresh: true, row: structuredClone(shown) });
    }
    return full;
  };

  /** @param {string} c @param {string} kind @param {any} args @param {string} outcome @param {string[]} tries @param {any} [answer] @param {number} [status] */
  const ask = (c, kind, args, outcome, tries, answer, status = 200) => {
    const op = ops++;
    add({ rec: 'ask', op, kind, account: /** @type {any} */ (PEOPLE)[c], args });
    for (const t of tries) add({ rec: 'try', op, outcome: t });
    add({ rec: 'told', op, outcome, status, answer });
  };

  /** Messages as a page tells them. @param {number} from */
  const page = (from) => {
    const about = (/** @type {number} */ seq, /** @type {string} */ kind) => rows(ROOM).filter((/** @type {any} */ r) => r.kind === kind && r.target === seq);
    return rows(ROOM)
      .filter((/** @type {any} */ r) => r.kind === 'message' && r.seq >= from)
      .map(({ seq, client_id }) => ({ seq, client_id, text: texts.get(seq), pinned: about(seq, 'message_pinned').length > 0, reactions: about(seq, 'reaction_added').map((r) => ({ emoji: r.word, people: [r.actor] })) }));
  };

  /** What the server tells at the end, and at every start afresh, as the log is now. */
  const finish = () => {
    for (const [c, account] of Object.entries(PEOPLE)) {
      for (const r of records) if (r.c === c && r.why === 'reset') r.state = stateFor(account);
      for (const rec of ['fresh', 'page']) {
        const last = records.findIndex((r) => r.rec === rec && r.c === c);
        if (last >= 0) records.splice(last, 1);
      }
      if (member(account)) add({ rec: 'page', c, account, room: ROOM, messages: page(member(account).visible_from) });
      add({ rec: 'fresh', c, state: stateFor(account) });
    }
  };
  /** Counts everything anew after rows were taken away. */
  const recount = () => {
    for (const feed of truth.feeds) {
      feed.last_seq = rows(feed.id).at(-1)?.seq ?? 0;
      feed.last_no = rows(feed.id).filter((/** @type {any} */ r) => r.kind === 'message').length;
    }
    for (const m of truth.members) {
      m.read_seq = Math.min(m.read_seq, rows(ROOM).at(-1).seq);
      m.read_no = rows(ROOM).filter((/** @type {any} */ r) => r.kind === 'message' && r.seq <= m.read_seq).length;
    }
    finish();
  };

  write({ feed: ROOM, kind: 'member_joined', actor: '10', subject: '10', value: 1 });
  write({ feed: '10', kind: 'room_added', actor: '10', subject: ROOM }, '', true);
  write({ feed: ROOM, kind: 'member_joined', actor: '10', subject: '11', value: 3 }, '', true);
  write({ feed: '11', kind: 'room_added', actor: '10', subject: ROOM }, '', true);
  const start = startOf(structuredClone(truth));
  for (const [c, account] of Object.entries(PEOPLE)) {
    add({ rec: 'client', c, account, tenant: TENANT, transports: ['ws'], bases: { [account]: start.feeds[account], [TENANT]: 0 } });
    add({ rec: 'state', c, why: 'start', state: stateFor(account) });
    add({ rec: 'hello', c, s: 1, verdict: 'complete', feeds: [] });
  }

  const one = write({ feed: ROOM, kind: 'message', actor: '10', client_id: 'c1' }, 'one');
  ask('ada0', 'send', { room: ROOM, client_id: 'c1', text: 'one' }, 'done', ['lost', 'ok'], { message: { room: ROOM, seq: one.seq, no: 1, client_id: 'c1', text: 'one' } });
  const joined = write({ feed: ROOM, kind: 'member_joined', actor: '10', subject: '12', value: 3 });
  truth.members.push({ account: '12', room: ROOM, role: 3, visible_from: joined.seq, read_seq: joined.seq, read_no: 1 });
  truth.rooms[0].members = 3;
  add({ rec: 'load', c: 'cyd0', room: roomFor('12'), base: joined.seq });
  write({ feed: '12', kind: 'room_added', actor: '10', subject: ROOM }, '', true);
  ask('ada0', 'add', { room: ROOM, person: '12' }, 'done', ['ok'], {});
  write({ feed: '11', kind: 'read_marked', actor: '11', subject: ROOM, target: one.seq, value: 1 });
  ask('bob0', 'mark_read', { room: ROOM, person: '11', seq: one.seq }, 'done', ['ok'], { read_seq: one.seq, read_no: 1 });
  const two = write({ feed: ROOM, kind: 'message', actor: '11', client_id: 'c2' }, 'two');
  ask('bob0', 'send', { room: ROOM, client_id: 'c2', text: 'two' }, 'done', ['ok'], { message: { room: ROOM, seq: two.seq, no: 2, client_id: 'c2', text: 'two' } });
  write({ feed: ROOM, kind: 'reaction_added', actor: '10', target: two.seq, word: '👍' });
  ask('ada0', 'react', { room: ROOM, seq: two.seq, person: '10', emoji: '👍', on: true }, 'done', ['lost', 'ok']);
  write({ feed: ROOM, kind: 'message_edited', actor: '11', target: two.seq, value: 0 }, 'two, changed');
  ask('bob0', 'edit', { room: ROOM, seq: two.seq, text: 'two, changed' }, 'done', ['ok'], { message: { seq: two.seq, text: 'two, changed' } });
  write({ feed: ROOM, kind: 'message_pinned', actor: '12', target: two.seq });
  ask('cyd0', 'pin', { room: ROOM, seq: two.seq, on: true }, 'done', ['ok']);
  finish();

  return {
    records,
    truth,
    start,
    now,
    ask,
    write,
    finish,
    recount,
    dropMember: (/** @type {string} */ account) => {
      truth.members = truth.members.filter((/** @type {any} */ m) => m.account !== account);
      truth.rooms[0].members--;
    },
    /** Takes away what was seen. @param {(r: any) => boolean} fits */
    unsee: (fits) => void records.splice(records.findIndex((r) => r.rec === 'saw' && fits(r)), 1),
    reset: (/** @type {string} */ c) => add({ rec: 'state', c, why: 'reset', state: {} }),
    page: (/** @type {string} */ c) => records.find((r) => r.rec === 'page' && r.c === c).messages.at(-1),
    two: two.seq,
    freshRoom: (/** @type {string} */ c) => records.find((r) => r.rec === 'fresh' && r.c === c).state.rooms[0],
  };
}
