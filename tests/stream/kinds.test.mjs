/**
 * Every kind of durable change reaches every transport, live and afterwards: who was away gets what they
 * missed of it in order, edits and deletions too. The table has a row for each kind of common/event.def.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { uuid7 } from '../harness/client/api.mjs';
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { TOP } from '../harness/paths.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd'], config: { send_burst: 1000 } });

/**
 * What happens, as ada does it in `room` to `old` (a message of hers) unless it is bob's own. Each returns
 * what the event must say. @type {Record<string, (c: any) => Promise<any>>}
 */
const KINDS = {
  message: async ({ ada, room }) => ({ message: await ada.send(room.id, 'news') }),
  message_edited: async ({ ada, room, old }) => {
    await ada.patch(`/api/rooms/${room.id}/messages/${old.seq}`, { text: 'as I meant it' });
    return { message_seq: old.seq };
  },
  reaction_added: async ({ ada, room, old }) => {
    await ada.put(`/api/rooms/${room.id}/messages/${old.seq}/reactions`, { emoji: '👩‍🚀' });
    return { message_seq: old.seq, emoji: '👩‍🚀' };
  },
  reaction_removed: async ({ ada, room, old }) => {
    await ada.ok('DELETE', `/api/rooms/${room.id}/messages/${old.seq}/reactions`, { query: { emoji: '👩‍🚀' } });
    return { message_seq: old.seq, emoji: '👩‍🚀' };
  },
  message_pinned: async ({ ada, room, old }) => {
    await ada.ok('PUT', `/api/rooms/${room.id}/messages/${old.seq}/pin`);
    return { message_seq: old.seq };
  },
  message_unpinned: async ({ ada, room, old }) => {
    await ada.ok('DELETE', `/api/rooms/${room.id}/messages/${old.seq}/pin`);
    return { message_seq: old.seq };
  },
  message_deleted: async ({ ada, room, old }) => {
    await ada.ok('DELETE', `/api/rooms/${room.id}/messages/${old.seq}`);
    return { message_seq: old.seq };
  },
  poll_voted: async ({ bob, room, poll }) => {
    await bob.put(`/api/rooms/${room.id}/messages/${poll.seq}/poll/vote`, { choice: 2 });
    return { message_seq: poll.seq };
  },
  poll_closed: async ({ ada, room, poll }) => {
    await ada.ok('POST', `/api/rooms/${room.id}/messages/${poll.seq}/poll/close`);
    return { message_seq: poll.seq };
  },
  class_changed: async ({ ada, lesson }) => {
    await ada.put(`/api/rooms/${lesson.id}/class/floor`, { rows: 2, columns: 2, seats: 1 });
    return { room: lesson.id, what: 'floor' };
  },
  seat_taken: async ({ bob, lesson }) => {
    await bob.put(`/api/rooms/${lesson.id}/class/seat`, { desk: 3, seat: 1 });
    return { person: bob.me.id, desk: 3, seat: 1 };
  },
  seat_left: async ({ bob, lesson }) => {
    await bob.ok('DELETE', `/api/rooms/${lesson.id}/class/seat`);
    return { person: bob.me.id };
  },
  hand_raised: async ({ bob, lesson }) => {
    await bob.ok('PUT', `/api/rooms/${lesson.id}/class/hand`);
    return { person: bob.me.id };
  },
  hand_called: async ({ ada, bob, lesson }) => {
    await ada.post(`/api/rooms/${lesson.id}/class/call`, { person: bob.me.id });
    return { person: bob.me.id, actor: ada.me.id };
  },
  hand_lowered: async ({ bob, lesson }) => {
    await bob.ok('DELETE', `/api/rooms/${lesson.id}/class/hand`);
    return { person: bob.me.id };
  },
  check_started: async ({ ada, lesson }) => {
    await ada.post(`/api/rooms/${lesson.id}/class/check`);
    return { check: 1 };
  },
  check_answered: async ({ bob, lesson }) => {
    await bob.put(`/api/rooms/${lesson.id}/class/answer`, { answer: 'time' });
    return { person: bob.me.id, check: 1, answer: 'time' };
  },
  check_ended: async ({ ada, lesson }) => {
    await ada.ok('DELETE', `/api/rooms/${lesson.id}/class/check`);
    return { check: 1 };
  },
  hands_lowered: async ({ ada, lesson }) => {
    await ada.ok('DELETE', `/api/rooms/${lesson.id}/class/hands`);
    return { actor: ada.me.id };
  },
  member_joined: async ({ ada, room, cyd }) => {
    await ada.post(`/api/rooms/${room.id}/members`, { people: [cyd.me.id] });
    return { person: cyd.me.id, role: 'member' };
  },
  member_role: async ({ ada, room, cyd }) => {
    await ada.patch(`/api/rooms/${room.id}/members/${cyd.me.id}`, { role: 'guest' });
    return { person: cyd.me.id, role: 'guest' };
  },
  member_left: async ({ ada, room, cyd }) => {
    await ada.ok('DELETE', `/api/rooms/${room.id}/members/${cyd.me.id}`);
    return { person: cyd.me.id };
  },
  room_changed: async ({ ada, room }) => {
    await ada.patch(`/api/rooms/${room.id}`, { topic: 'Kinds', archived: false });
    return { what: 'topic archived', topic: 'Kinds', name: 'Kinds' };
  },
  room_listed: async ({ ada, room }) => {
    await ada.patch(`/api/rooms/${room.id}`, { visibility: 'public' });
    return { room: room.id, name: 'Kinds' };
  },
  room_unlisted: async ({ ada, room }) => {
    await ada.patch(`/api/rooms/${room.id}`, { visibility: 'private' });
    return { room: room.id };
  },
  profile_changed: async ({ cyd, room }) => {
    const name = `Cyd of ${room.id}`;
    await cyd.patch('/api/me', { name });
    return { person: cyd.me.id, name };
  },
  read_marked: async ({ bob, room, last }) => {
    await bob.put(`/api/rooms/${room.id}/read`, { seq: last.seq });
    return { room: room.id, read_seq: last.seq };
  },
  message_saved: async ({ bob, room, last }) => {
    await bob.ok('PUT', `/api/rooms/${room.id}/messages/${last.seq}/saved`);
    return { room: room.id, message_seq: last.seq };
  },
  message_unsaved: async ({ bob, room, last }) => {
    await bob.ok('DELETE', `/api/rooms/${room.id}/messages/${last.seq}/saved`);
    return { room: room.id, message_seq: last.seq };
  },
  thread_followed: async ({ bob, room, last }) => {
    await bob.patch(`/api/rooms/${room.id}/threads/${last.seq}`, { following: true });
    return { room: room.id, thread: last.seq, read_no: 0 };
  },
  thread_unfollowed: async ({ bob, room, last }) => {
    await bob.patch(`/api/rooms/${room.id}/threads/${last.seq}`, { following: false });
    return { room: room.id, thread: last.seq };
  },
  settings_changed: async ({ bob, room }) => {
    await bob.patch(`/api/rooms/${room.id}/settings`, { notify: 'mentions' });
    return { room: room.id };
  },
  session_revoked: async ({ bob, stack }) => {
    const other = await stack.signIn('bob');
    await bob.ok('DELETE', `/api/sessions/${other.me.session}`);
    return { session: other.me.session };
  },
  room_added: async ({ cyd, bob, own }) => {
    const room = await cyd.room('Of cyd', { people: [bob] });
    own.id = room.id;
    return { room: room.id };
  },
  room_removed: async ({ cyd, bob, own }) => {
    await cyd.ok('DELETE', `/api/rooms/${own.id}/members/${bob.me.id}`);
    return { room: own.id };
  },
  room_deleted: async ({ ada, doomed }) => {
    await ada.ok('DELETE', `/api/rooms/${doomed.id}`);
    return { room: doomed.id };
  },
};

const named = [...readFileSync(path.join(TOP, 'common/event.def'), 'utf8').matchAll(/^EVENT\((\w+)/gm)].map((m) => m[1]);

test('there is a row for each kind of event', () => {
  assert.deepEqual(Object.keys(KINDS).sort(), [...named, 'message'].sort());
});

const has = (/** @type {any} */ event, /** @type {any} */ wanted) => Object.entries(wanted).every(([k, v]) => JSON.stringify(event[k]) === JSON.stringify(v));

async function ground() {
  const [ada, bob, cyd] = await Promise.all(['ada', 'bob', 'cyd'].map((h) => its.stack.signIn(h)));
  const room = await ada.room('Kinds', { people: [bob] });
  const doomed = await ada.room('Doomed', { people: [bob] });
  const old = await ada.send(room.id, 'as I wrote it');
  const last = await ada.send(room.id, 'the last one');
  const lesson = await ada.room('Lesson', { kind: 'classroom', people: [bob] });
  const { message: poll } = await ada.post(`/api/rooms/${room.id}/messages`, { client_id: uuid7(), text: 'When?', choices: ['Now', 'Later'], anonymous: true });
  return { ada, bob, cyd, room, doomed, lesson, poll, old, last, own: { id: '' }, stack: its.stack };
}

test('each kind comes live on WebSocket, SSE and long-poll', async () => {
  const c = await ground();
  const { cursor } = await c.bob.sync();
  const streams = await Promise.all(TRANSPORTS.map((t) => openStream(t, c.bob, { cursor })));
  for (const [kind, act] of Object.entries(KINDS)) {
    const wanted = await act(c);
    for (const [i, s] of streams.entries()) {
      await s.next((/** @type {any} */ e) => e.event === kind && has(e, wanted)).catch((error) => assert.fail(`${kind} on ${TRANSPORTS[i]}: ${error.message}`));
    }
  }
  for (const s of streams) await s.close();
});

test('each kind comes in order to whoever was away, on each transport and by sync, with the content of now', async () => {
  const c = await ground();
  const { cursor } = await c.bob.sync();
  const wanted = [];
  for (const [kind, act] of Object.entries(KINDS)) wanted.push([kind, await act(c)]);
  // Rows of a room that was deleted or left since tell nothing but that they are there.
  const told = (/** @type {any[]} */ events) => events.filter((e) => e.feed !== undefined && e.event !== 'hidden');
  const sync = told((await c.bob.get('/api/sync', { cursor })).events);
  for (const t of TRANSPORTS) {
    const s = await openStream(t, c.bob, { cursor });
    await s.next((/** @type {any} */ e) => e.event === 'room_removed');
    await s.next((/** @type {any} */ e) => e.event === 'room_deleted' && e.room === c.doomed.id);
    await s.close();
    const events = told(s.events).map(({ $at, $event, ...e }) => e);
    const place = (/** @type {any} */ e) => `${e.feed}/${e.seq}`;
    assert.deepEqual(events.toSorted((a, b) => place(a).localeCompare(place(b))), sync.toSorted((a, b) => place(a).localeCompare(place(b))), t);
  }
  for (const [kind, members] of wanted) {
    const found = sync.filter((e) => e.event === kind);
    // What is told as it is now may have changed again since.
    if (kind === 'profile_changed' || kind.startsWith('room_')) assert.ok(found.length > 0, kind);
    else assert.ok(found.some((e) => has(e, members)), `${kind} ${JSON.stringify(members)} is not among ${JSON.stringify(found)}`);
  }
  // The edit was overtaken by the deletion: nothing of either text comes.
  const edited = sync.find((e) => e.event === 'message_edited');
  assert.equal(edited.message.text, null);
  assert.equal(edited.message.deleted, true);
  assert.ok(!JSON.stringify(sync).includes('as I meant it'));
});
