/** What happened in a room besides messages, as quiet sentences. */

import { personName } from './names.js';

const NAMED = 4;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').WireEvent} WireEvent */

/** @type {Record<string, string>} */
export const ROLE_NAMES = { owner: 'an owner', moderator: 'a moderator', member: 'a member', guest: 'a guest' };

/** @param {string[]} names */
function listed(names) {
    if (names.length > NAMED) return `${names.slice(0, NAMED - 1).join(', ')} and ${names.length - NAMED + 1} others`;
    if (names.length < 2) return names.join('');
    return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

/** @param {App} app @param {WireEvent[]} events  several only if they are of one kind */
export function noticeText(app, events) {
    const [event] = events;
    const me = app.state.me?.id;
    const name = (/** @type {string} */ id) => (id === me ? 'You' : personName(app.people.get(id)));
    const actor = event.actor ? name(event.actor) : 'Somebody';
    const people = listed(events.map(({ person }) => (person === me && event.actor !== me ? 'you' : name(person))));
    const self = event.person === event.actor || !event.actor;
    switch (event.event) {
        case 'member_joined':
            if (self && event.role === 'owner') return `${upper(people)} began this conversation`;
            return self ? `${upper(people)} joined` : `${actor} added ${people}`;
        case 'member_left': return self ? `${upper(people)} left` : `${actor} removed ${people}`;
        case 'member_role': return `${actor} made ${people} ${ROLE_NAMES[event.role] ?? event.role}`;
        default: return event.renamed ? `${actor} renamed this to “${event.name}”` : `${actor} changed the settings`;
    }
}

/** @param {string} text */
function upper(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
}
