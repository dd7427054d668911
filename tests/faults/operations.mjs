/**
 * Every kind of durable change, once: how a client does it and what it must leave in the log. A new kind
 * of change is a new row here.
 *
 * kind, weight
 * plan(world, client, random)  the arguments, or nothing when there is no occasion. `locks` names what no
 *     other operation may change meanwhile, so that each acknowledged state is known.
 * request(args)  the REST call.
 * done(answer)   beside 2xx: is this refusal the goal itself (a retry finds its work done)?
 * once           a second execution changes nothing (so it is retried until it is answered); operations
 *     without it are retried too, and each unanswered try may have left one row.
 * learn(world, args, answer)  what the workload believes afterwards.
 * subject(args)  the machine of the checker that it belongs to: see checker/machines.mjs.
 */
import { uuid7 } from '../harness/client/api.mjs';

/** @typedef {import('./world.mjs').World} World */

const member = (/** @type {any} */ a) => `member:${a.person}:${a.room}`;
const gone = (/** @type {any} */ answer) => answer.status === 404;

/** What was said can be answered, changed and marked. @param {World} w @param {any} a @param {any} answer @param {any} c */
const said = (w, a, answer, c) => w.sent(a.room, { seq: answer.message.seq, sender: c.account, reply: a.thread !== undefined, poll: a.choices !== undefined });

/** @type {any[]} */
export const OPERATIONS = [
  {
    kind: 'send',
    weight: 60,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const room = r.pick(w.roomsOf(c.account));
      return room && { room, client_id: uuid7(), text: `${c.name} ${w.next()} ⚛ ${'x'.repeat(r.between(0, 60))}`, frame: r.yes(0.5), locks: [] };
    },
    request: (/** @type {any} */ a) => ['POST', `/api/rooms/${a.room}/messages`, { client_id: a.client_id, text: a.text }],
    learn: said,
    subject: (/** @type {any} */ a) => `send:${a.client_id}`,
  },
  {
    kind: 'reply',
    weight: 10,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const m = w.message(c.account, r, (m) => !m.reply);
      return m && { room: m.room, thread: m.seq, in_room: r.yes(0.3), client_id: uuid7(), text: `${c.name} ${w.next()} in a thread`, frame: r.yes(0.5), locks: [] };
    },
    request: ({ room, ...body }) => ['POST', `/api/rooms/${room}/messages`, body],
    learn: said,
    subject: (/** @type {any} */ a) => `send:${a.client_id}`,
  },
  {
    kind: 'poll',
    weight: 3,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const room = r.pick(w.roomsOf(c.account));
      return room && { room, client_id: uuid7(), text: `${c.name} ${w.next()}?`, choices: ['yes', 'no', 'perhaps'], anonymous: r.yes(0.5), locks: [] };
    },
    request: ({ room, locks, ...body }) => ['POST', `/api/rooms/${room}/messages`, body],
    learn: said,
    subject: (/** @type {any} */ a) => `send:${a.client_id}`,
  },
  {
    kind: 'vote',
    weight: 6,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const m = w.message(c.account, r, (m) => m.poll);
      return m && { room: m.room, seq: m.seq, choice: r.between(1, 3), locks: [`votes:${m.room}:${m.seq}`] };
    },
    request: (/** @type {any} */ a) => ['PUT', `/api/rooms/${a.room}/messages/${a.seq}/poll/vote`, { choice: a.choice }],
    subject: (/** @type {any} */ a) => `votes:${a.room}:${a.seq}`,
  },
  {
    kind: 'edit',
    weight: 8,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const m = w.message(c.account, r, (m) => m.sender === c.account && !m.poll);
      return m && { room: m.room, seq: m.seq, text: `${c.name} ${w.next()} changed`, locks: [`say:${m.room}:${m.seq}`] };
    },
    request: (/** @type {any} */ a) => ['PATCH', `/api/rooms/${a.room}/messages/${a.seq}`, { text: a.text }],
    subject: (/** @type {any} */ a) => `message:${a.room}:${a.seq}`,
  },
  {
    kind: 'unsend',
    weight: 3,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const m = w.message(c.account, r, (m) => m.sender === c.account);
      return m && { room: m.room, seq: m.seq, locks: [...['say', 'pin', 'votes'].map((what) => `${what}:${m.room}:${m.seq}`), ...w.people.map((p) => `mark:${p}:${m.room}:${m.seq}`)] };
    },
    request: (/** @type {any} */ a) => ['DELETE', `/api/rooms/${a.room}/messages/${a.seq}`],
    learn: (/** @type {World} */ w, /** @type {any} */ a) => w.unsaid(a.room, a.seq),
    subject: (/** @type {any} */ a) => `message:${a.room}:${a.seq}`,
  },
  {
    kind: 'react',
    weight: 12,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const m = w.message(c.account, r);
      return m && { room: m.room, seq: m.seq, person: c.account, emoji: r.pick(['👍', '🎉', '❤️']), on: r.yes(0.6), locks: [`mark:${c.account}:${m.room}:${m.seq}`] };
    },
    request: (/** @type {any} */ a) => {
      const at = `/api/rooms/${a.room}/messages/${a.seq}/reactions`;
      return a.on ? ['PUT', at, { emoji: a.emoji }] : ['DELETE', `${at}?emoji=${encodeURIComponent(a.emoji)}`];
    },
    subject: (/** @type {any} */ a) => `reaction:${a.room}:${a.seq}:${a.person}:${a.emoji}`,
  },
  {
    kind: 'pin',
    weight: 3,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const m = w.message(c.account, r);
      return m && { room: m.room, seq: m.seq, on: r.yes(0.6), locks: [`pin:${m.room}:${m.seq}`] };
    },
    request: (/** @type {any} */ a) => [a.on ? 'PUT' : 'DELETE', `/api/rooms/${a.room}/messages/${a.seq}/pin`],
    subject: (/** @type {any} */ a) => `pin:${a.room}:${a.seq}`,
  },
  {
    kind: 'save',
    weight: 4,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const m = w.message(c.account, r);
      return m && { room: m.room, seq: m.seq, person: c.account, on: r.yes(0.7), locks: [`saved:${c.account}:${m.room}:${m.seq}`] };
    },
    request: (/** @type {any} */ a) => [a.on ? 'PUT' : 'DELETE', `/api/rooms/${a.room}/messages/${a.seq}/saved`],
    subject: (/** @type {any} */ a) => `saved:${a.person}:${a.room}:${a.seq}`,
  },
  {
    kind: 'favourite',
    weight: 3,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const room = r.pick(w.roomsOf(c.account));
      return room && { room, person: c.account, place: r.between(0, 4), locks: [`favourite:${c.account}:${room}`, `member:${c.account}:${room}`] };
    },
    request: (/** @type {any} */ a) => ['PATCH', `/api/rooms/${a.room}/settings`, { favourite: a.place }],
    subject: (/** @type {any} */ a) => `favourite:${a.person}:${a.room}`,
  },
  {
    kind: 'mark_read',
    weight: 12,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const room = r.pick(w.roomsOf(c.account));
      const head = room && w.head(room);
      return head ? { room, person: c.account, seq: r.between(Math.max(1, head - 10), head), locks: [] } : undefined;
    },
    request: (/** @type {any} */ a) => ['PUT', `/api/rooms/${a.room}/read`, { seq: a.seq }],
    subject: (/** @type {any} */ a) => `read:${a.person}:${a.room}`,
  },
  {
    kind: 'join',
    weight: 5,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const room = r.pick(w.outside(c.account, 'public'));
      return room && { room, person: c.account, locks: [`member:${c.account}:${room}`] };
    },
    request: (/** @type {any} */ a) => ['POST', `/api/rooms/${a.room}/join`],
    learn: (/** @type {World} */ w, /** @type {any} */ a) => w.enter(a.room, a.person),
    subject: member,
  },
  {
    kind: 'leave',
    weight: 4,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const room = r.pick(w.leavable(c.account));
      return room && { room, person: c.account, locks: [`member:${c.account}:${room}`] };
    },
    request: (/** @type {any} */ a) => ['POST', `/api/rooms/${a.room}/leave`],
    done: gone,
    learn: (/** @type {World} */ w, /** @type {any} */ a) => w.exit(a.room, a.person),
    subject: member,
  },
  {
    kind: 'add',
    weight: 8,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const room = r.pick(w.ownedBy(c.account));
      const person = room && r.pick(w.strangers(room));
      return person && { room, person, locks: [`member:${person}:${room}`] };
    },
    request: (/** @type {any} */ a) => ['POST', `/api/rooms/${a.room}/members`, { people: [a.person] }],
    learn: (/** @type {World} */ w, /** @type {any} */ a) => w.enter(a.room, a.person),
    subject: member,
  },
  {
    kind: 'remove',
    weight: 5,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const room = r.pick(w.ownedBy(c.account));
      const person = room && r.pick(w.others(room, c.account));
      return person && { room, person, locks: [`member:${person}:${room}`] };
    },
    request: (/** @type {any} */ a) => ['DELETE', `/api/rooms/${a.room}/members/${a.person}`],
    done: gone,
    learn: (/** @type {World} */ w, /** @type {any} */ a) => w.exit(a.room, a.person),
    subject: member,
  },
  {
    kind: 'role',
    weight: 6,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const room = r.pick(w.ownedBy(c.account));
      const person = room && r.pick(w.others(room, c.account));
      return person && { room, person, role: r.pick(['moderator', 'member', 'guest']), locks: [`member:${person}:${room}`] };
    },
    request: (/** @type {any} */ a) => ['PATCH', `/api/rooms/${a.room}/members/${a.person}`, { role: a.role }],
    subject: member,
  },
  {
    kind: 'rename',
    weight: 4,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const room = r.pick(w.ownedBy(c.account));
      return room && { room, name: `Room ${w.next()}`, locks: [`room:${room}`] };
    },
    request: (/** @type {any} */ a) => ['PATCH', `/api/rooms/${a.room}`, { name: a.name }],
    subject: (/** @type {any} */ a) => `room:${a.room}`,
  },
  {
    kind: 'create',
    weight: 4,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => ({
      client_id: uuid7(),
      kind: r.pick(['group', 'channel']),
      name: `New ${w.next()}`,
      visibility: r.pick(['public', 'private']),
      history_open: r.yes(0.5),
      people: w.people.filter((p) => p !== c.account && r.yes(0.3)),
      locks: [],
    }),
    request: ({ locks, ...body }) => ['POST', '/api/rooms', body],
    learn: (/** @type {World} */ w, /** @type {any} */ a, /** @type {any} */ answer, /** @type {any} */ c) =>
      w.addRoom(answer.id, { kind: a.kind, visibility: a.visibility, owner: c.account, people: [c.account, ...a.people], passing: true }),
    subject: (/** @type {any} */ a) => `create:${a.client_id}`,
  },
  {
    kind: 'direct',
    weight: 3,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const person = r.pick(w.people);
      return { person, client_id: uuid7(), locks: [`direct:${[c.account, person].sort()}`] };
    },
    request: (/** @type {any} */ a) => ['POST', '/api/rooms/direct', { person: a.person, client_id: a.client_id }],
    learn: (/** @type {World} */ w, /** @type {any} */ a, /** @type {any} */ answer, /** @type {any} */ c) =>
      w.addRoom(answer.id, { kind: 'direct', visibility: 'private', owner: '', people: [...new Set([c.account, a.person])] }),
    subject: (/** @type {any} */ a) => `direct:${a.client_id}`,
  },
  {
    kind: 'delete',
    weight: 2,
    once: true,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => {
      const room = r.pick(w.passing(c.account));
      return room && { room, locks: w.allLocks(room) };
    },
    request: (/** @type {any} */ a) => ['DELETE', `/api/rooms/${a.room}`],
    done: gone,
    learn: (/** @type {World} */ w, /** @type {any} */ a) => w.forget(a.room),
    subject: (/** @type {any} */ a) => `room:${a.room}`,
  },
  {
    kind: 'profile',
    weight: 3,
    plan: (/** @type {World} */ w, /** @type {any} */ c, /** @type {any} */ r) => ({ person: c.account, name: `${c.name} ${w.next()}`, avatar: r.pick(['', '🦊', '🐙']), locks: [`profile:${c.account}`] }),
    request: (/** @type {any} */ a) => ['PATCH', '/api/me', { name: a.name, avatar: a.avatar }],
    subject: (/** @type {any} */ a) => `profile:${a.person}`,
  },
  {
    kind: 'revoke',
    weight: 3,
    once: true,
    // A spare session of one's own, which the workload opened for this.
    plan: async (/** @type {World} */ w, /** @type {any} */ c) => {
      const session = await c.spareSession();
      return session && { session, person: c.account, locks: [] };
    },
    request: (/** @type {any} */ a) => ['DELETE', `/api/sessions/${a.session}`],
    done: gone,
    subject: (/** @type {any} */ a) => `session:${a.session}`,
  },
];

/** @type {Map<string, any>} */
export const operation = new Map(OPERATIONS.map((o) => [o.kind, o]));
