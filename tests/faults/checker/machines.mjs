/**
 * What each kind of operation does to its subject: from a state to the next, with the row that it leaves
 * (none: it changed nothing). `subject` of operations.mjs and `subjectOf` here name the same things.
 */
import { ROLES } from './truth.mjs';

/** @typedef {{kind: string, account: string, args: any}} Asked */

const number = (/** @type {string} */ role) => String(ROLES.indexOf(role));
const joined = (/** @type {string} */ actor, /** @type {string} */ role) => (/** @type {string} */ state) =>
  state === '0' ? { row: { kind: 'member_joined', actor, value: Number(role) }, state: role } : { row: null, state };
const left = (/** @type {string} */ actor) => (/** @type {string} */ state) => (state === '0' ? { row: null, state } : { row: { kind: 'member_left', actor }, state: '0' });
const once = (/** @type {any} */ row) => (/** @type {string} */ state) => (state === 'done' ? { row: null, state } : { row, state: 'done' });

/** @type {Record<string, (asked: Asked) => (state: string) => import('./explain.mjs').Effect>} */
export const MACHINES = {
  send: ({ account, args }) => once({ kind: 'message', actor: account, feed: args.room }),
  join: ({ account }) => joined(account, '3'),
  leave: ({ account }) => left(account),
  add: ({ account }) => joined(account, '3'),
  remove: ({ account }) => left(account),
  created: ({ account, args }) => joined(account, args.role),
  role: ({ account, args }) => (state) =>
    state === '0' || state === number(args.role) ? { row: null, state } : { row: { kind: 'member_role', actor: account, value: Number(number(args.role)) }, state: number(args.role) },
  rename: ({ account }) => (state) => (state === 'done' ? { row: null, state } : { row: { kind: 'room_changed', actor: account }, state }),
  delete: ({ account }) => once({ kind: 'room_deleted', actor: account }),
  profile: ({ account }) => (state) => ({ row: { kind: 'profile_changed', actor: account }, state }),
  revoke: ({ account }) => once({ kind: 'session_revoked', actor: account, feed: account }),
};

/** The subject that a row belongs to; nothing for rows that only accompany others. @param {import('./truth.mjs').Row} row */
export function subjectOf(row) {
  switch (row.kind) {
    case 'message':
      return `send:${row.client_id}`;
    case 'member_joined':
    case 'member_left':
    case 'member_role':
      return `member:${row.subject}:${row.feed}`;
    case 'room_changed':
    case 'room_deleted':
      return `room:${row.feed}`;
    case 'read_marked':
      return `read:${row.feed}:${row.subject}`;
    case 'profile_changed':
      return `profile:${row.subject}`;
    case 'session_revoked':
      return `session:${row.subject}`;
    case 'room_added':
    case 'room_removed':
    case 'room_listed':
    case 'room_unlisted':
      return undefined;
    default:
      return `unknown:${row.kind}`;
  }
}
