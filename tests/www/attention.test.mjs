import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { badgeOf, isMuted, rings, titleCount } from '../../www/js/lib/attention.js';
import { mutedUntil } from '../../www/js/view/alertsettings.js';
import { dayStart, isoDay } from '../../www/js/view/jumpdate.js';
import { roomsInOrder } from '../../www/js/view/roomlist.js';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const room = (more = {}) => /** @type {any} */ ({ id: '1', unread: 0, mentions: 0, threads_unread: 0, notify: 'all', archived: false, active_at: '', ...more });
const badge = (more) => badgeOf(room(more), NOW);

describe('what a room asks of one’s attention', () => {
    it('is everything unread, or only mentions, or nothing, as the person wants it', () => {
        assert.deepEqual(badge({ unread: 3 }), { count: 3, mentions: false });
        assert.deepEqual(badge({ unread: 3, mentions: 1 }), { count: 3, mentions: true });
        assert.deepEqual(badge({ unread: 3, mentions: 1, notify: 'mentions' }), { count: 1, mentions: true });
        assert.deepEqual(badge({ unread: 3, notify: 'mentions' }), { count: 0, mentions: false });
        assert.deepEqual(badge({ unread: 3, mentions: 2, notify: 'nothing' }), { count: 0, mentions: false });
    });
    it('counts what is new in its threads', () => {
        assert.equal(badge({ unread: 1, threads_unread: 2 }).count, 3);
        assert.equal(badge({ unread: 1, threads_unread: 2, notify: 'mentions' }).count, 0);
    });
    it('is nothing while it is muted, and comes back by itself', () => {
        const muted = { unread: 3, mentions: 1, muted_until: '2026-11-20T12:30:00.000Z' };
        assert.equal(badge(muted).count, 0);
        assert.equal(isMuted(room(muted), NOW + 3_600_000), false);
        assert.equal(badgeOf(room(muted), NOW + 3_600_000).count, 3);
    });
    it('is nothing in the archive', () => assert.equal(badge({ unread: 3, archived: true }).count, 0));
    it('adds up in the title', () => {
        assert.equal(titleCount([room({ unread: 2 }), room({ unread: 9, notify: 'nothing' }), room({ unread: 9, mentions: 1, notify: 'mentions' })], NOW), 3);
    });
    it('rings for what has just come, by the same rules', () => {
        const ring = (more, now) => rings(room({ ...more, ...now }), room(more), NOW);
        assert.equal(ring({}, { unread: 1 }), true);
        assert.equal(ring({ unread: 2 }, { unread: 2 }), false);
        assert.equal(ring({ unread: 2 }, { unread: 0 }), false);
        assert.equal(ring({ notify: 'mentions' }, { unread: 1 }), false);
        assert.equal(ring({ notify: 'mentions' }, { unread: 1, mentions: 1 }), true);
        assert.equal(ring({ notify: 'nothing' }, { unread: 1, mentions: 1 }), false);
        assert.equal(ring({ muted_until: '2026-11-20T12:30:00.000Z' }, { unread: 1, mentions: 1 }), false);
    });
});

describe('muting', () => {
    it('lasts as long as its name says', () => {
        const now = new Date(2026, 10, 20, 22, 15);
        assert.equal(Date.parse(mutedUntil('hour', now)) - now.getTime(), 3_600_000);
        const morning = new Date(mutedUntil('day', now));
        assert.deepEqual([morning.getDate(), morning.getHours(), morning.getMinutes()], [21, 8, 0]);
        assert.equal(mutedUntil('no', now), now.toISOString());
        assert.ok(mutedUntil('ever', now) > '2900');
        assert.equal(mutedUntil('', now), '');
    });
});

describe('days', () => {
    it('begin at midnight here, and only real ones do', () => {
        assert.equal(dayStart('2026-11-20')?.getTime(), new Date(2026, 10, 20).getTime());
        for (const text of ['2026-02-30', '20.11.2026', '', '2026-11-20T00:00']) assert.equal(dayStart(text), null, text);
        assert.equal(isoDay(new Date(2026, 0, 5)), '2026-01-05');
    });
});

describe('the list of rooms', () => {
    it('has favourites in their order, then the latest activity, and the archive apart', () => {
        const rooms = [room({ id: '1', active_at: '1' }), room({ id: '2', active_at: '2', favourite: 2000 }), room({ id: '3', active_at: '3' }), room({ id: '4', active_at: '4', favourite: 1000 }), room({ id: '5', active_at: '5', archived: true, favourite: 1 })];
        const { favourites, others, archived } = roomsInOrder(/** @type {any} */ ({ rooms: Object.fromEntries(rooms.map((one) => [one.id, one])) }));
        assert.deepEqual([favourites, others, archived].map((list) => list.map(({ id }) => id)), [['4', '2'], ['3', '1'], ['5']]);
    });
});
