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

const turned = (/** @type {boolean} */ on, /** @type {any} */ row) => (/** @type {string} */ state) => ((state === 'on') === on ? { row: null, state } : { row, state: on ? 'on' : '' });

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
  reply: ({ account, args }) => once({ kind: 'message', actor: account, feed: args.room, thread: Number(args.thread), counts: args.in_room }),
  poll: ({ account, args }) => once({ kind: 'message', actor: account, feed: args.room }),
  edit: ({ account, args }) => (state) => (state === 'gone' || state === args.text ? { row: null, state } : { row: { kind: 'message_edited', actor: account }, state: args.text }),
  unsend: ({ account }) => (state) => (state === 'gone' ? { row: null, state } : { row: { kind: 'message_deleted', actor: account }, state: 'gone' }),
  react: ({ account, args }) => turned(args.on, { kind: args.on ? 'reaction_added' : 'reaction_removed', actor: account }),
  pin: ({ account, args }) => turned(args.on, { kind: args.on ? 'message_pinned' : 'message_unpinned', actor: account }),
  save: ({ account, args }) => turned(args.on, { kind: args.on ? 'message_saved' : 'message_unsaved', actor: account }),
  favourite: ({ account, args }) => (state) => ((state || '0') === String(args.place) ? { row: null, state } : { row: { kind: 'settings_changed', actor: account }, state: String(args.place) }),
  // Who votes is not told: one at a time, and the state knows all.
  vote: ({ account, args }) => (state) => {
    const votes = JSON.parse(state || '{}');
    return votes[account] === args.choice ? { row: null, state } : { row: { kind: 'poll_voted' }, state: JSON.stringify({ ...votes, [account]: args.choice }) };
  },
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
    case 'message_edited':
    case 'message_deleted':
      return `message:${row.feed}:${row.target}`;
    case 'reaction_added':
    case 'reaction_removed':
      return `reaction:${row.feed}:${row.target}:${row.actor}:${row.word}`;
    case 'message_pinned':
    case 'message_unpinned':
      return `pin:${row.feed}:${row.target}`;
    case 'message_saved':
    case 'message_unsaved':
      return `saved:${row.feed}:${row.subject}:${row.target}`;
    case 'settings_changed':
      return `favourite:${row.feed}:${row.subject}`;
    case 'poll_voted':
      return `votes:${row.feed}:${row.target}`;
    case 'room_added':
    case 'room_removed':
    case 'room_listed':
    case 'room_unlisted':
      return undefined;
    default:
      return `unknown:${row.kind}`;
  }
}
