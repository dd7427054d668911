/** Who is inside a room. Ephemeral: each state supersedes what was known, unless it is settling. */

import { typingForgotten } from './typing.js';

/** @typedef {import('../types.js').Inside} Inside */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').WireEvent} WireEvent */

/** @param {Inside | undefined} inside @param {WireEvent} event @returns {Inside} */
export function nextInside(inside, event) {
    if (event.event === 'presence_state') {
        const people = event.settling && inside ? union(inside.people, event.people) : event.people;
        return { people, count: Math.max(event.count, people.length), settling: Boolean(event.settling) };
    }
    const left = new Set(event.left ?? []);
    const people = union((inside?.people ?? []).filter((id) => !left.has(id)), event.joined ?? []);
    return { people, count: event.count, settling: inside?.settling ?? false };
}

/** @param {string[]} a @param {string[]} b */
function union(a, b) {
    return [...new Set([...a, ...b])];
}

/** Who is in a room, if we can know: without a connection nobody tells. @param {State} state @param {string} room */
export function insideOf(state, room) {
    return state.net.state === 'online' ? state.inside[room] : undefined;
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function presence(state, event) {
    const inside = nextInside(state.inside[event.room], event);
    // Behind a state anew the server says who types.
    const next = event.event === 'presence_state' ? typingForgotten(state, event.room) : state;
    return { ...next, inside: { ...next.inside, [event.room]: inside } };
}
