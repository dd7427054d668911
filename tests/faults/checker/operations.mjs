/** Operations against the log: what was acknowledged is there, once; what is there was asked for. */
import { operation } from '../operations.mjs';
import { explains } from './explain.mjs';
import { textsOf } from './delivery.mjs';
import { MACHINES, subjectOf } from './machines.mjs';

/**
 * The operations of a history, in the order in which they were asked.
 * @param {any[]} records
 * @returns {{op: number, kind: string, account: string, args: any, t: number, end: number, outcome: string, status: number, answer: any, tries: number, lost: number, lossy: boolean}[]}
 */
export function operationsOf(records) {
  /** @type {Map<number, any>} */
  const ops = new Map();
  const loss = records.findLast((r) => r.rec === 'loss')?.t ?? -Infinity;
  for (const r of records) {
    if (r.rec === 'ask') ops.set(r.op, { op: r.op, kind: r.kind, account: r.account, args: r.args, t: r.t, end: Infinity, outcome: 'open', answer: undefined, lost: 1, tries: 0 });
    const op = ops.get(r.op);
    if (r.rec === 'try') {
      if (op.tries++ === 0) op.lost = 0;
      if (r.outcome === 'lost') op.lost++;
    }
    if (r.rec === 'told') Object.assign(op, { outcome: r.outcome, answer: r.answer, status: r.status, end: r.t });
  }
  return [...ops.values()].map((op) => ({ ...op, lossy: op.t < loss }));
}

/**
 * As steps of a search. What was acknowledged before a loss may be there or not; and what is not found
 * after it may be what was lost.
 * @param {any} op @param {boolean} afterLoss
 */
const step = (op, afterLoss) => {
  const required = op.outcome === 'done' && !op.lossy && !(afterLoss && op.status === 404);
  return { required, strays: op.lost + Number(op.outcome === 'done' && !required), run: MACHINES[op.kind](op) };
};

/**
 * @param {any[]} records @param {import('./truth.mjs').Truth} truth
 * @param {{feeds: Record<string, number>, roles: Record<string, string>}} start  where each feed stood, and the role of "person:room"
 * @param {(rule: string, detail: any) => void} violation
 */
export function checkOperations(records, truth, start, violation) {
  const ops = operationsOf(records);
  const lossy = records.some((r) => r.rec === 'loss');
  /** @type {Map<string, {ops: any[], rows: any[]}>} */
  const subjects = new Map();
  const at = (/** @type {string} */ subject) => subjects.get(subject) ?? subjects.set(subject, { ops: [], rows: [] }).get(subject);
  checkRooms(ops, truth, start, (subject, op) => at(subject)?.ops.push(op), violation);
  for (const op of ops) {
    if (op.kind === 'create' || op.kind === 'direct') continue;
    at(operation.get(op.kind).subject(op.args))?.ops.push(op);
  }
  // The last owner who leaves hands over, in the same transaction. Owners of the workload stay, but after a
  // loss a room may come again under the number of another, and its owner is not whom the workload thinks.
  const left = new Set(truth.rows.filter((r) => r.kind === 'member_left' && r.subject === r.actor).map((r) => `${r.feed} ${r.xid}`));
  for (const row of truth.rows) {
    const subject = subjectOf(row);
    if (row.kind === 'member_role' && row.value === 1 && left.has(`${row.feed} ${row.xid}`)) continue;
    if (subject && row.seq > (start.feeds[row.feed] ?? 0)) at(subject)?.rows.push(row);
  }
  for (const [subject, { ops: asked, rows }] of subjects) {
    if (subject.startsWith('read:')) checkReads(asked, rows, truth, lossy, violation);
    // A favourite ends with the membership, without a row of its own.
    else if ((lossy && COUNTED.test(subject)) || subject.startsWith('favourite:')) checkCounts(subject, asked, rows, violation);
    else {
      const state = start.roles[subject.slice('member:'.length)] ?? '0';
      if (!explains(asked.map((op) => step(op, lossy)), rows, subject.startsWith('member:') ? state : '')) violation(rows.length === 0 ? 'acknowledged and lost' : 'the log is not what was asked for', { subject, asked, rows });
    }
  }
  checkSends(ops, truth, textsOf(records), violation);
  checkRefusals(ops, records, violation);
}

/** Of what has more than two states only numbers can be compared once something was lost. */
const COUNTED = /^(member|message|reaction|pin|saved|favourite|votes):/;

/** Not in it, not allowed to: nothing else is a client's fault here. Sessions of clients never end. */
const REASONS = [403, 404];

/** @param {any[]} ops @param {any[]} records @param {(rule: string, detail: any) => void} violation */
function checkRefusals(ops, records, violation) {
  for (const op of ops) if (op.outcome === 'refused' && !REASONS.includes(op.status)) violation('refused without a reason', op);
  for (const r of records) if (r.rec === 'signed_out') violation('told to sign in though the session is good', r);
}

/** Rooms: one per client id, asked for; its first members come with it. @param {any[]} ops @param {import('./truth.mjs').Truth} truth @param {any} start @param {(subject: string, op: any) => void} ask @param {(rule: string, detail: any) => void} violation */
function checkRooms(ops, truth, start, ask, violation) {
  const made = ops.filter((o) => o.kind === 'create' || o.kind === 'direct');
  const byClient = new Map(made.map((o) => [`${o.account} ${o.args.client_id}`, o]));
  for (const room of truth.rooms) {
    if (room.id in start.feeds) continue;
    const op = byClient.get(`${room.created_by} ${room.client_id}`);
    if (!op) {
      violation('a room that nobody asked for', room);
      continue;
    }
    if (op.outcome === 'refused' && op.lost === 0) violation('a room that was refused', { room, op });
    const people = new Set([op.account, ...(op.kind === 'direct' ? [op.args.person] : op.args.people)]);
    for (const person of people) {
      const role = op.kind === 'create' && person === op.account ? '1' : '3';
      ask(`member:${person}:${room.id}`, { kind: 'created', account: op.account, args: { role }, outcome: 'done', lost: 0, lossy: false, t: op.t });
    }
  }
  const ids = new Set(truth.rooms.map((r) => r.id));
  for (const op of made) if (op.outcome === 'done' && !op.lossy && !ids.has(op.answer?.id)) violation('acknowledged and lost', op);
}

/** Where something was lost, only numbers can be compared. @param {string} subject @param {any[]} asked @param {any[]} rows @param {(rule: string, detail: any) => void} violation */
function checkCounts(subject, asked, rows, violation) {
  const most = asked.reduce((n, op) => n + op.lost + Number(op.outcome === 'done'), 0);
  if (rows.length > most) violation('the log has more than was asked for', { subject, asked, rows });
}

/** A mark is told at most once per operation, only upward, and never lost. @param {any[]} asked @param {any[]} rows @param {import('./truth.mjs').Truth} truth @param {boolean} lossy @param {(rule: string, detail: any) => void} violation */
function checkReads(asked, rows, truth, lossy, violation) {
  for (const row of rows) {
    // A mark beyond the head of a room that lost rows goes as far as there are rows: each try a bit further.
    const wanted = asked.filter((op) => op.args.seq >= row.target).reduce((n, op) => n + (lossy ? op.tries : 1), 0);
    const told = rows.filter((r) => r.target >= row.target).length;
    if (told > wanted) violation('more read marks than were asked for', { row, asked, rows });
  }
  for (const op of asked) {
    if (op.outcome !== 'done' || op.lossy) continue;
    // A room that lost rows may end before what was read.
    if (lossy) continue;
    if (op.answer.read_seq < op.args.seq) violation('a read mark was acknowledged and not made', op);
    const member = truth.members.find((m) => m.account === op.account && m.room === op.args.room);
    const again = truth.rows.some((r) => r.feed === op.args.room && r.kind === 'member_left' && r.subject === op.account);
    if (member && !again && member.read_seq < op.args.seq) violation('a read mark was lost', { op, member });
  }
}

/** The stored message is the acknowledged one. @param {any[]} ops @param {import('./truth.mjs').Truth} truth @param {(message: any) => boolean} texts @param {(rule: string, detail: any) => void} violation */
function checkSends(ops, truth, texts, violation) {
  const stored = new Map(truth.rows.filter((r) => r.kind === 'message').map((r) => [r.client_id, r]));
  for (const op of ops) {
    if (!op.answer?.message || op.kind === 'edit' || op.lossy) continue;
    const row = stored.get(op.args.client_id);
    const { message } = op.answer;
    if (row && (row.seq !== message.seq || row.no !== message.no || row.feed !== message.room)) violation('acknowledged under another number', { op, row });
    // A retry is answered with what it has become meanwhile.
    if (!texts(message) || message.client_id !== op.args.client_id) violation('acknowledged with another content', op);
  }
}
