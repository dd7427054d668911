// The classroom's state in the page: what events make of it, and what they must not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classEvent, classLoaded, emptyClass } from '../../www/js/reducers/class.js';
import { nextInside } from '../../www/js/reducers/presence.js';
import { emptyState } from '../../www/js/store.js';
import { placeOf } from '../../www/js/view/classparts.js';

const ANSWER = { head: 10, locked: false, desks: [{ desk: 1, x: 0.5, y: 0.5, seats: 2 }], seats: [], hands: [], check: { no: 0, open: false, answers: [], waiting: [] } };
const loaded = () => classLoaded({ ...emptyState(), classes: { 7: emptyClass() } }, '7', ANSWER);
const after = (/** @type {any[]} */ events, state = loaded()) => events.reduce((now, event, i) => classEvent(now, { feed: '7', seq: 11 + i, ...event }), state).classes[7];

test('a seat is of one person, and a person has one seat', () => {
    const { seats } = after([{ event: 'seat_taken', person: 'a', desk: 1, seat: 1 }, { event: 'seat_taken', person: 'b', desk: 1, seat: 2 }, { event: 'seat_taken', person: 'a', desk: 1, seat: 2 }]);
    assert.deepEqual(seats, [{ desk: 1, seat: 2, person: 'a' }]);
    assert.deepEqual(after([{ event: 'seat_taken', person: 'a', desk: 1, seat: 1 }, { event: 'member_left', person: 'a' }]).seats, []);
});

test('hands stand in the order of their events', () => {
    const { hands } = after([{ event: 'hand_raised', person: 'a' }, { event: 'hand_raised', person: 'b' }, { event: 'hand_lowered', person: 'a' }, { event: 'hand_raised', person: 'a' }, { event: 'hand_called', person: 'b' }]);
    assert.deepEqual(hands.map(({ person, called }) => [person, called]), [['b', true], ['a', false]]);
    assert.deepEqual(after([{ event: 'hand_raised', person: 'a' }, { event: 'hands_lowered' }]).hands, []);
});

test('an answer counts for the check that is open, and takes its person off the list', () => {
    const state = classLoaded({ ...emptyState(), classes: { 7: emptyClass() } }, '7', { ...ANSWER, check: { no: 3, open: true, answers: [], waiting: ['a', 'b'] } });
    const { check } = after([{ event: 'check_answered', person: 'a', check: 3, answer: 'time' }, { event: 'check_answered', person: 'b', check: 2, answer: 'done' }, { event: 'check_answered', person: 'a', check: 3, answer: 'done' }], state);
    assert.deepEqual([check.answers, check.waiting], [[{ person: 'a', answer: 'done' }], ['b']]);
});

test('what the answer knew already is not applied again, and what overtook it is asked for', () => {
    const state = loaded();
    assert.equal(classEvent(state, { feed: '7', seq: 9, event: 'hand_raised', person: 'a' }), state);
    const ahead = classEvent(state, { feed: '7', seq: 12, event: 'hand_raised', person: 'a' });
    assert.equal(classLoaded(ahead, '7', ANSWER).classes[7].stale, true);
    assert.equal(after([{ event: 'class_changed', what: 'floor' }]).stale, true);
    assert.equal(after([{ event: 'class_changed', what: 'locked' }]).locked, true);
});

test('those inside are where they were last, and show what they last showed', () => {
    let inside = nextInside(undefined, { event: 'presence_state', people: ['a', 'b'], shown: [{ person: 'a', x: 0.1, y: 0.2, emoji: '👍' }], count: 2, settling: false });
    inside = nextInside(inside, { event: 'moved', moves: [['a', 0.3, 0.4], ['b', 0.5, 0.5]] });
    inside = nextInside(inside, { event: 'presence', joined: ['c'], left: ['b'], changed: [{ person: 'a', emoji: null, name: 'Al' }], count: 2 });
    assert.deepEqual(inside.people, ['a', 'c']);
    assert.deepEqual(inside.shown, { a: { person: 'a', x: 0.3, y: 0.4, name: 'Al' } });
    assert.deepEqual(placeOf('a', inside.shown.a), { x: 0.3, y: 0.4 });
    const place = placeOf('zed', undefined);
    assert.ok(place.x > 0 && place.x < 1 && place.y < 1);
});
