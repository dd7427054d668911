/** Who is inside a room. Ephemeral: each state supersedes what was known, unless it is settling. */

import { typingForgotten } from './typing.js';

/** @typedef {import('../types.js').Inside} Inside */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').WireEvent} WireEvent */

/** @param {Inside | undefined} inside @param {WireEvent} event @returns {Inside} */
export function nextInside(inside, event) {
    if (event.event === 'presence_state') {
        const people = event.settling && inside ? union(inside.people, event.people) : event.people;
        const shown = event.settling ? { ...inside?.shown } : {};
        for (const one of event.shown ?? []) shown[one.person] = one;
        return { people, count: Math.max(event.count, people.length), settling: Boolean(event.settling), shown };
    }
    if (event.event === 'moved') {
        const shown = { ...inside?.shown };
        for (const [person, x, y] of event.moves ?? []) shown[person] = { ...shown[person], person, x, y };
        return { people: inside?.people ?? [], count: inside?.count ?? 0, settling: inside?.settling ?? false, shown };
    }
    const left = new Set(event.left ?? []);
    const people = union((inside?.people ?? []).filter((id) => !left.has(id)), event.joined ?? []);
    return { people, count: event.count, settling: inside?.settling ?? false, shown: nextShown(inside?.shown ?? {}, left, event.changed ?? []) };
}

/**
 * What those inside show, by person: null in a change takes a member away.
 * @param {Inside['shown']} old @param {Set<string>} left @param {any[]} changed @returns {Inside['shown']}
 */
function nextShown(old, left, changed) {
    const shown = { ...old };
    for (const id of left) delete shown[id];
    for (const change of changed) {
        const one = /** @type {any} */ ({ ...shown[change.person] });
        for (const [key, value] of Object.entries(change)) {
            if (value === null) delete one[key];
            else one[key] = value;
        }
        shown[change.person] = one;
    }
    return shown;
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
