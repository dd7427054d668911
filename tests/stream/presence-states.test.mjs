// What participants show of themselves: status, device, name, emoji, place; and how others hear of it.
import { newStream, Ws } from '../harness/client/ws.mjs';
import { postFrames } from '../harness/client/poll.mjs';
import { openStream, TRANSPORTS } from '../harness/client/streams.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { sleep, until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd', 'dan'], config: { presence_full_max: 2, push_frame_burst: 40 } });
const all = () => Promise.all(['ada', 'bob', 'cyd', 'dan'].map((h) => its.stack.signIn(h)));

/** A client of any transport inside a room. @param {'ws' | 'sse' | 'poll'} transport @param {any} who @param {string} room @param {any} [shown] */
async function inside(transport, who, room, shown = {}) {
  const stream = newStream();
  const client = await openStream(transport, who, { stream });
  const say = async (/** @type {any} */ frame) => {
    if (client instanceof Ws) return client.send(frame);
    let answer = /** @type {any} */ (undefined);
    await until('the stream to be known', async () => (answer = await postFrames(who, stream, [frame])).status === 200);
    return answer.body.events;
  };
  const events = await say({ do: 'enter', room, ...shown });
  const state = client instanceof Ws ? await client.next('presence_state') : events.find((/** @type {any} */ e) => e.event === 'presence_state');
  return { client, say, state, who, stream };
}
/** What the events of a client say of a person now. @param {any} at @param {any} person */
function shownTo(at, person) {
  /** @type {any} */
  let shown = {};
  const take = (/** @type {any} */ o) => o.person === person.me.id && Object.assign(shown, o);
  for (const e of [at.state, ...at.client.events]) {
    if (e.event === 'presence_state') {
      shown = {};
      e.shown?.forEach(take);
    }
    if (e.event === 'presence') e.changed?.forEach(take);
    if (e.event === 'moved') for (const [id, x, y] of e.moves) take({ person: id, x, y });
  }
  delete shown.person;
  return shown;
}
const changed = (/** @type {any} */ person, /** @type {any} */ fields) => (/** @type {any} */ e) =>
  e.event === 'presence' && e.changed?.some((/** @type {any} */ c) => c.person === person.me.id && Object.entries(fields).every(([k, v]) => c[k] === v));

for (const transport of TRANSPORTS) {
  test(`${transport}: what a person shows is in the state of who enters, and its changes alone are told to the others`, async () => {
    const [ada, bob] = await all();
    const room = await ada.room(`Shown ${transport}`, { people: [bob] });
    const a = await inside(transport, ada, room.id, { device: 'tablet' });
    const b = await inside(transport, bob, room.id, { status: 'idle', device: 'phone', name: '  Bobby\u202e  ', emoji: '👍', x: 0.25, y: 2 });
    assert.deepEqual(b.state.shown.find((/** @type {any} */ s) => s.person === ada.me.id), { person: ada.me.id, device: 'tablet' });
    await a.client.next((e) => e.event === 'presence' && e.joined.includes(bob.me.id));
    assert.deepEqual(shownTo(a, bob), { status: 'idle', device: 'phone', name: 'Bobby', emoji: '👍', x: 0.25, y: 1 });
    await b.say({ do: 'state', room: room.id, status: 'dnd', emoji: null, name: 'Bobby' });
    const event = await a.client.next(changed(bob, { status: 'dnd' }));
    assert.deepEqual(event.changed, [{ person: bob.me.id, status: 'dnd', emoji: null }]);
    assert.deepEqual([event.joined, event.left, event.count, event.feed], [[], [], 2, undefined]);
    await b.say({ do: 'move', room: room.id, x: 0.5, y: 0.75 });
    const moved = await a.client.next('moved');
    assert.deepEqual([moved.room, moved.moves], [room.id, [[bob.me.id, 0.5, 0.75]]]);
    await b.say({ do: 'move', room: room.id, x: null, y: null });
    await a.client.next(changed(bob, { x: null, y: null }));
    for (const c of [a, b]) await c.client.close();
  });
}

test('an emoji ends by itself when that was asked for', async () => {
  const [ada, bob] = await all();
  const room = await ada.room('Emoji', { people: [bob] });
  const [a, b] = [await inside('ws', ada, room.id), await inside('ws', bob, room.id)];
  await b.say({ do: 'state', room: room.id, emoji: '✋🏽', emoji_ms: 700 });
  const on = await a.client.next(changed(bob, { emoji: '✋🏽' }));
  const off = await a.client.next(changed(bob, { emoji: null }));
  assert.ok(off.$at - on.$at > 500 && off.$at - on.$at < 2000, `${off.$at - on.$at} ms`);
  for (const c of [a, b]) await c.client.close();
});

test('one person with two devices shows the more present of the two; invisible ones are not there at all', async () => {
  const [ada, bob] = await all();
  const room = await ada.room('Devices', { people: [bob] });
  const a = await inside('ws', ada, room.id);
  const hidden = await inside('ws', bob, room.id, { status: 'invisible', name: 'Nobody' });
  assert.deepEqual([hidden.state.people, hidden.state.count], [[ada.me.id], 1]);
  await hidden.say({ do: 'typing', room: room.id });
  await hidden.say({ do: 'move', room: room.id, x: 0.1, y: 0.1 });
  await a.client.quiet((e) => ['presence', 'typing', 'moved'].includes(e.event), 400);
  const phone = await inside('sse', bob, room.id, { status: 'idle', device: 'phone' });
  await a.client.next((e) => e.event === 'presence' && e.joined.includes(bob.me.id) && e.count === 2);
  assert.deepEqual([shownTo(a, bob).status, shownTo(a, bob).device], ['idle', 'phone']);
  await hidden.say({ do: 'state', room: room.id, status: 'online', device: 'desktop' });
  await a.client.next(changed(bob, { status: 'online', device: 'desktop' }));
  await hidden.say({ do: 'state', room: room.id, status: 'invisible' });
  await a.client.next(changed(bob, { status: 'idle', device: 'phone' }));
  await phone.say({ do: 'state', room: room.id, status: 'invisible' });
  const left = await a.client.next((e) => e.event === 'presence' && e.left.includes(bob.me.id));
  assert.equal(left.count, 1);
  for (const c of [a, hidden, phone]) await c.client.close();
});

test('moves are never punished: told at most ten times a second, and the last one is told', async () => {
  const [ada, bob] = await all();
  const room = await ada.room('Moves', { people: [bob] });
  const [a, b, poll] = [await inside('ws', ada, room.id), await inside('ws', bob, room.id, { x: 0, y: 0 }), await inside('poll', ada, room.id)];
  const began = Date.now();
  let sent = 0;
  while (Date.now() - began < 3000) {
    b.client instanceof Ws && b.client.send({ do: 'move', room: room.id, x: 0.9, y: (++sent % 1000) / 1000 });
    await sleep(8);
  }
  await b.say({ do: 'move', room: room.id, x: 0.123, y: 0.456 });
  await until('the last place', () => shownTo(a, bob).x === 0.123);
  const batches = a.client.events.filter((e) => e.event === 'moved').length;
  assert.ok(sent > 150 && batches >= 15 && batches <= 33, `${batches} batches of ${sent} moves`);
  assert.equal(b.client.events.filter((e) => e.event === 'error').length, 0);
  // A long-poll client hears of it too, at a pace that its requests can bear.
  await until('the last place, polled', () => shownTo(poll, bob).x === 0.123 && shownTo(poll, bob).y === 0.456);
  const polled = poll.client.events.filter((e) => e.event === 'moved').length;
  assert.ok(polled <= 8, `${polled} polled batches`);
  for (const c of [a, b, poll]) await c.client.close();
});

test('in a large room some are named and all are counted; the others are told on request', async () => {
  const [ada, bob, cyd, dan] = await all();
  const room = await ada.room('Large', { people: [bob, cyd, dan] });
  const a = await inside('ws', ada, room.id);
  const b = await inside('ws', bob, room.id);
  await a.client.next((e) => e.event === 'presence' && e.joined.includes(bob.me.id));
  const c = await inside('sse', cyd, room.id, { status: 'idle', name: 'Cy' });
  assert.deepEqual([[...c.state.people].sort(), c.state.count], [[ada.me.id, bob.me.id].sort(), 3]);
  const counted = await a.client.next((e) => e.event === 'presence' && e.count === 3);
  assert.deepEqual([counted.joined, counted.changed], [[], undefined]);
  const page = (await c.say({ do: 'people', room: room.id }))[0];
  assert.deepEqual([page.event, page.room, page.count, page.next], ['people', room.id, 3, null]);
  assert.deepEqual(page.people.map((/** @type {any} */ p) => [p.person, p.status, p.name]), [ada, bob, cyd].map((w) => [w.me.id, w === cyd ? 'idle' : 'online', w === cyd ? 'Cy' : undefined]).sort((x, y) => Number(x[0]) - Number(y[0])));
  // By API, without a stream or having entered; for members alone.
  const asked = await dan.ok('POST', '/push/frames', { status: 200, body: { stream: newStream(), frames: [{ do: 'people', room: room.id, after: page.people[1].person }] } });
  assert.deepEqual(asked.events[0].people.map((/** @type {any} */ p) => p.person), [page.people[2].person]);
  const other = await bob.room('Other');
  const refused = await dan.ok('POST', '/push/frames', { status: 200, body: { stream: newStream(), frames: [{ do: 'people', room: other.id }] } });
  assert.equal(refused.events[0].status, 404);
  // A place that becomes free is taken.
  await b.say({ do: 'exit', room: room.id });
  const promoted = await a.client.next((e) => e.event === 'presence' && e.left.includes(bob.me.id));
  assert.deepEqual([promoted.joined, promoted.count, promoted.changed], [[cyd.me.id], 2, [{ person: cyd.me.id, status: 'idle', name: 'Cy' }]]);
  for (const s of [a, b, c]) await s.client.close();
});

test('a frame that is too large or says nonsense is refused, counted and explained', async () => {
  const [ada] = await all();
  const room = await ada.room('Nonsense');
  const metric = async (/** @type {string} */ name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec((await ada.call('GET', '/push/metrics')).text)?.[1]);
  const before = [await metric('confab_client_frames_bad_total'), await metric('confab_client_frames_oversized_total')];
  const odd = /** @type {[any, number, RegExp][]} */ ([
    [{ status: 'away' }, 422, /status/], [{ device: 'fridge' }, 422, /device/], [{ emoji: 'ab' }, 422, /emoji/], [{ emoji: '👍👍' }, 422, /emoji/],
    [{ emoji_ms: 100 }, 422, /emoji_ms/], [{ emoji: '👍', emoji_ms: 0 }, 422, /emoji_ms/], [{ name: 'x'.repeat(65) }, 422, /name/], [{ name: 7 }, 422, /name/],
    [{ x: 0.5 }, 422, /x and y/], [{ x: '0.5', y: 0.5 }, 422, /x and y/], [{ x: 0.5, y: null }, 422, /x and y/], [{ name: 'x'.repeat(600) }, 413, /512/], [{ hand: true }, 422, /member/],
  ]);
  const stream = newStream();
  const a = await inside('sse', ada, room.id);
  for (const [fields, status, detail] of odd) {
    const [error] = await a.say({ do: 'state', room: room.id, ...fields });
    assert.deepEqual([error.event, error.status], ['error', status], JSON.stringify(fields));
    assert.match(error.detail, detail);
  }
  assert.deepEqual([await metric('confab_client_frames_bad_total') - before[0], await metric('confab_client_frames_oversized_total') - before[1]], [odd.length, 1]);
  const outside = await Ws.open(ada, { stream });
  outside.send({ do: 'move', room: room.id, x: 0.5, y: 0.5 });
  assert.equal((await outside.next('error')).status, 409);
  for (let i = 0; i < 4; i++) outside.send(JSON.stringify({ do: 'state', room: room.id, name: 'y'.repeat(600) }));
  assert.equal((await outside.next('error')).status, 413);
  assert.equal((await outside.ending()).code, 1008);
  await a.client.close();
});

test('a page that is loaded anew is not seen to leave; a goodbye is believed after two seconds', async () => {
  const [ada, bob] = await all();
  const room = await ada.room('Reload', { people: [bob] });
  const a = await inside('ws', ada, room.id);
  let b = await inside('ws', bob, room.id, { name: 'Bobby' });
  await a.client.next((e) => e.event === 'presence' && e.joined.includes(bob.me.id));
  await b.client.close();
  b = await inside('ws', bob, room.id, { name: 'Bobby' });
  await a.client.quiet((e) => e.event === 'presence', 3000);
  const at = Date.now();
  await b.client.close();
  const left = await a.client.next((e) => e.event === 'presence' && e.left.includes(bob.me.id));
  assert.ok(left.$at - at > 1500 && left.$at - at < 4000, `${left.$at - at} ms`);
  await a.client.close();
});

test('after a restart of the pusher clients say anew what they show, and nobody is seen to leave', async () => {
  const [ada, bob] = await all();
  const room = await ada.room('Restart', { people: [bob] });
  await inside('ws', bob, room.id, { name: 'Bobby', x: 0.1, y: 0.2 });
  await its.stack.pusher?.restart();
  const a = await inside('ws', ada, room.id);
  assert.equal(a.state.settling, true);
  const again = await inside('sse', bob, room.id, { name: 'Bobby', x: 0.1, y: 0.2 });
  const back = await a.client.next((e) => e.event === 'presence' && e.joined.includes(bob.me.id));
  assert.deepEqual([back.left, shownTo(a, bob)], [[], { name: 'Bobby', x: 0.1, y: 0.2 }]);
  await a.client.quiet((e) => e.event === 'presence' && e.left.length > 0, 500);
  for (const c of [a, again]) await c.client.close();
});
