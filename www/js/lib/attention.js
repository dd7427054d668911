/**
 * How much a room asks for attention, by the person's settings of it: the badge in the list, the count in the
 * window's title, whether a new message rings. Pure.
 */

/** @typedef {import('../types.js').Room} Room */

/** @param {Room} room @param {number} [now] */
export function isMuted(room, now = Date.now()) {
    return room.notify === 'nothing' || (room.muted_until !== undefined && Date.parse(room.muted_until) > now);
}

/**
 * What the badge says. A room that is muted, or in the archive, has none; one of which only mentions are wanted
 * counts these. `mentions`: some of it means the person.
 * @param {Room} room @param {number} [now] @returns {{count: number, mentions: boolean}}
 */
export function badgeOf(room, now = Date.now()) {
    if (room.archived || isMuted(room, now)) return { count: 0, mentions: false };
    const mentions = room.mentions ?? 0;
    const threads = room.threads_unread ?? 0;
    return { count: room.notify === 'mentions' ? mentions : Math.max(room.unread, mentions) + threads, mentions: mentions > 0 };
}

/** @param {Iterable<Room>} rooms @param {number} [now] */
export function titleCount(rooms, now = Date.now()) {
    let sum = 0;
    for (const room of rooms) sum += badgeOf(room, now).count;
    return sum;
}

/**
 * Does what has just come into this room ring? @param {Room} room @param {Room} old  before it came
 * @param {number} [now]
 */
export function rings(room, old, now = Date.now()) {
    if (room.archived || isMuted(room, now)) return false;
    if ((room.mentions ?? 0) > (old.mentions ?? 0)) return true;
    return room.notify !== 'mentions' && room.unread > old.unread;
}
