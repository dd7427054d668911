// The checker itself: a history without fault is left in peace, and each kind of violation is found.
import { assert, test } from '../harness/suite.mjs';
import { check, startOf } from './checker.mjs';
import { planted } from './planted-history.mjs';

test('a history without fault has no violation', () => {
  const { records, truth, start } = planted();
  assert.deepEqual(check(records, truth, start).violations, []);
});

test('a lost answer may have left its row or not', () => {
  for (const stored of [true, false]) {
    const p = planted();
    p.ask('cyd0', 'send', { room: '30', client_id: 'c9', text: 'maybe' }, 'open', ['lost']);
    if (stored) p.write({ feed: '30', kind: 'message', actor: '12', client_id: 'c9' }, 'maybe');
    p.finish();
    assert.deepEqual(check(p.records, p.truth, p.start).violations, []);
  }
});

/** What is done to a good history, and the rule that has to find it. @type {[string, string, (p: ReturnType<typeof planted>) => void][]} */
const VIOLATIONS = [
  ['an acknowledged message that is not stored', 'acknowledged and lost', (p) => p.ask('ada0', 'send', { room: '30', client_id: 'c8', text: 'lost' }, 'done', ['ok'], { message: { room: '30', seq: 99, no: 9, client_id: 'c8', text: 'lost' } })],
  ['a message that a retry stored twice', 'the log is not what was asked for', (p) => (p.write({ feed: '30', kind: 'message', actor: '10', client_id: 'c1' }, 'one'), p.finish())],
  ['a message that was never sent', 'the log is not what was asked for', (p) => (p.write({ feed: '30', kind: 'message', actor: '10', client_id: 'c7' }, 'invented'), p.finish())],
  ['a message that was refused and stored', 'the log is not what was asked for', (p) => (p.ask('ada0', 'send', { room: '30', client_id: 'c6', text: 'no' }, 'refused', ['no'], undefined, 404), p.write({ feed: '30', kind: 'message', actor: '10', client_id: 'c6' }, 'no'), p.finish())],
  ['a refusal for no reason', 'refused without a reason', (p) => p.ask('ada0', 'send', { room: '30', client_id: 'c5', text: 'no' }, 'refused', ['no'], undefined, 401)],
  ['a stream that a good session was refused', 'told to sign in though the session is good', (p) => p.records.push({ rec: 'signed_out', c: 'ada0' })],
  ['a second joining from one that was given up', 'the log is not what was asked for', (p) => (p.write({ feed: '30', kind: 'member_left', actor: '12', subject: '12' }), p.write({ feed: '12', kind: 'room_removed', actor: '12', subject: '30' }, '', true), p.dropMember('12'), p.finish())],
  ['a room that nobody made', 'a room that nobody asked for', (p) => p.truth.rooms.push({ ...p.truth.rooms[0], id: '77', client_id: 'zz', members: 0 })],
  ['a number that is given twice', 'a number is given twice', (p) => p.truth.rows.push({ ...p.truth.rows.findLast((r) => r.feed === '30'), kind: 'room_changed', client_id: null, no: null })],
  ['a number that is missing', 'a number is missing in the log', (p) => void p.truth.rows.splice(p.truth.rows.findIndex((r) => r.kind === 'message'), 1)],
  ['an acknowledgement with another number', 'acknowledged under another number', (p) => (p.records.find((r) => r.rec === 'told' && r.answer?.message).answer.message.seq = 1)],
  ['an event that came to nobody', 'missing at the end', (p) => p.unsee((r) => r.c === 'bob0' && r.row.event === 'message_pinned')],
  ['a hole in what was applied', 'applied with a hole', (p) => p.unsee((r) => r.c === 'bob0' && r.row.message?.client_id === 'c1')],
  ['a hole on a stream that nothing told of', 'a hole on a stream without a word', (p) => p.records.push({ rec: 'gap', c: 'bob0', s: 1, feed: '30', have: 3, got: 5 })],
  ['an event that was applied twice', 'seen twice', (p) => p.records.push({ ...p.records.find((r) => r.rec === 'saw' && r.c === 'bob0' && r.row.message) })],
  ['an event with another text', 'a message that nobody sent', (p) => (p.records.find((r) => r.rec === 'saw' && r.row.message).row.message.text = 'other')],
  ['an event that differs from the log', 'seen otherwise than the log says', (p) => (p.records.find((r) => r.rec === 'saw' && r.row.event === 'member_joined').row.person = '11')],
  ['an event seen by somebody outside', 'seen by somebody who may not', (p) => p.records.push({ ...p.records.find((r) => r.rec === 'saw' && r.row.message), c: 'dan0', fresh: false })],
  ['an event from before the joining', 'seen by somebody who may not', (p) => p.records.push({ ...p.records.find((r) => r.rec === 'saw' && r.row.message?.client_id === 'c1'), c: 'cyd0', fresh: false })],
  ['an event that was withheld', 'hidden from somebody who may see it', (p) => (p.records.find((r) => r.rec === 'saw' && r.c === 'bob0' && r.row.message).row = { event: 'hidden', feed: '30', seq: 3 })],
  ['a reset without a reason', 'told to start afresh though nothing was lost', (p) => p.records.push({ rec: 'hello', c: 'bob0', s: 2, verdict: 'reset', feeds: [] })],
  ['a wrong unread count', 'the unread count is not what a recount says', (p) => p.freshRoom('bob0').unread++],
  ['a wrong watermark', 'a watermark does not count what it covers', (p) => (p.truth.members[0].read_no += 1)],
  ['a read mark that was lost', 'a read mark was lost', (p) => (p.truth.members.find((m) => m.account === '11').read_seq = 0)],
  ['a state that events do not build', 'the state from events is not the one of a fresh load', (p) => (p.freshRoom('bob0').members = 7)],
  ['a role that no event told', 'the members are not those of the log', (p) => (p.truth.members[0].role = 4)],
  ['an edit that was acknowledged and is not stored', 'acknowledged and lost', (p) => p.ask('ada0', 'edit', { room: '30', seq: 3, text: 'one, changed' }, 'done', ['ok'], {})],
  ['an edit that nobody asked for', 'the log is not what was asked for', (p) => (p.write({ feed: '30', kind: 'message_edited', actor: '11', target: p.two, value: 0 }, 'two, changed'), p.finish())],
  ['a deletion that was acknowledged and is not stored', 'acknowledged and lost', (p) => p.ask('ada0', 'unsend', { room: '30', seq: 3 }, 'done', ['ok'])],
  ['a reaction that a retry made twice', 'the log is not what was asked for', (p) => (p.write({ feed: '30', kind: 'reaction_added', actor: '10', target: p.two, word: '👍' }), p.finish())],
  ['a reaction seen as another', 'seen otherwise than the log says', (p) => (p.records.find((r) => r.rec === 'saw' && r.row.emoji).row.emoji = '🎉')],
  ['a text that nobody gave a message', 'a message that nobody sent', (p) => (p.records.find((r) => r.rec === 'saw' && r.row.event === 'message_edited').row.message.text = 'other')],
  ['a page that shows what was changed as it was', 'a message from events is not the one of a fresh page', (p) => (p.page('bob0').text = 'two')],
  ['a page without a reaction', 'a message from events is not the one of a fresh page', (p) => (p.page('cyd0').reactions = [])],
  ['a page that shows a deleted message', 'a message from events is not the one of a fresh page', (p) => (p.page('ada0').deleted = true)],
  ['a joining that the person was not told', 'member_joined and room_added do not come together', (p) => void p.truth.rows.splice(p.truth.rows.findIndex((r) => r.kind === 'room_added' && r.feed === '12'), 1)],
];

for (const [what, rule, spoil] of VIOLATIONS) {
  test(`the checker finds ${what}`, () => {
    const p = planted();
    spoil(p);
    const { violations } = check(p.records, p.truth, p.start);
    assert.ok(violations.some((v) => v.rule === rule), `found only: ${JSON.stringify(violations.map((v) => v.rule))}`);
  });
}

test('where something was lost, a reset is honest, and what was seen before it does not count', () => {
  const p = planted();
  p.records.push({ rec: 'loss', t: p.now() });
  for (const c of ['ada0', 'bob0', 'cyd0', 'dan0']) p.reset(c);
  p.truth.rows = p.truth.rows.filter((r) => r.feed !== '30' || r.seq < p.two);
  p.recount();
  assert.deepEqual(check(p.records, p.truth, p.start).violations.map((v) => v.rule), []);
});

test('the start of a workload is told by the state before it', () => {
  const { truth } = planted();
  assert.equal(startOf(truth).feeds['30'], truth.feeds.find((f) => f.id === '30')?.last_seq);
});
