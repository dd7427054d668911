/** What happened in a room besides messages, as quiet sentences. */

import { fill, h, setText } from '../lib/dom.js';
import { listed } from '../lib/text.js';
import { personName } from './names.js';

const NAMED = 4;
const TOPIC_SHOWN = 120;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').WireEvent} WireEvent */

/** @type {Record<string, string>} */
export const ROLE_NAMES = { owner: 'an owner', moderator: 'a moderator', member: 'a member', guest: 'a guest' };

/**
 * The same, where the event may have been told how the room is now and not how it was made then.
 * @type {Record<string, string>}
 */
const THEN = {
    name: 'renamed this', topic: 'changed the topic', description: 'changed the description', visibility: 'changed who finds this',
    history_open: 'changed what newcomers see', archived: 'changed whether this is in the archive', notices: 'changed whether such lines are kept',
    receipts: 'changed whether one sees who has read',
};

/** What a room is after a change, by the names of what was changed. @type {Record<string, (event: WireEvent) => string>} */
const CHANGES = {
    name: ({ name }) => (name ? `renamed this to “${name}”` : 'took the name away'),
    topic: ({ topic }) => (topic ? `set the topic to “${[...topic].length > TOPIC_SHOWN ? `${[...topic].slice(0, TOPIC_SHOWN).join('')}…` : topic}”` : 'took the topic away'),
    description: ({ description }) => (description ? 'changed the description' : 'took the description away'),
    visibility: ({ visibility }) => (visibility === 'public' ? 'made this public' : 'made this private'),
    history_open: ({ history_open }) => (history_open ? 'let newcomers see what was said before' : 'closed what was said before to newcomers'),
    archived: ({ archived }) => (archived ? 'put this into the archive: it can be read, but nothing is added' : 'took this out of the archive'),
    notices: ({ notices }) => (notices ? 'turned on lines such as this one' : 'turned off lines such as this one'),
    receipts: ({ receipts }) => (receipts ? 'turned on who has read' : 'turned off who has read'),
};

/** @param {WireEvent} event @param {string} past  words that were changed again later */
function changes(event, past) {
    const later = past.split(' ');
    const parts = String(event.what ?? '').split(' ').filter((word) => Object.hasOwn(CHANGES, word)).map((word) => (later.includes(word) ? THEN[word] : CHANGES[word](event)));
    return parts.length ? listed(parts) : 'changed the settings';
}

/**
 * @param {App} app @param {WireEvent[]} events  several only if they are of one kind
 * @param {string} [past]  what of a room_changed is not as it says any more
 */
export function noticeText(app, events, past = '') {
    const [event] = events;
    const me = app.state.me?.id;
    const name = (/** @type {string} */ id) => (id === me ? 'You' : personName(app.people.get(id)));
    const actor = event.actor ? name(event.actor) : 'Somebody';
    const names = events.map(({ person }) => (person === me && event.actor !== me ? 'you' : name(person)));
    const people = names.length > NAMED ? listed(names, names.length, NAMED - 1) : listed(names);
    const self = event.person === event.actor || !event.actor;
    switch (event.event) {
        case 'member_joined':
            if (self && event.role === 'owner') return `${upper(people)} began this conversation`;
            return self ? `${upper(people)} joined` : `${actor} added ${people}`;
        case 'member_left': return self ? `${upper(people)} left` : `${actor} removed ${people}`;
        case 'member_role': return self ? `${upper(people)} became ${ROLE_NAMES[event.role] ?? event.role}` : `${actor} made ${people} ${ROLE_NAMES[event.role] ?? event.role}`;
        case 'message_pinned': return `${actor} pinned a message`;
        default: return `${actor} ${changes(event, past)}`;
    }
}

/** @param {HTMLElement} node @param {App} app @param {import('./rows.js').NoticeRow} row */
export function drawNotice(node, app, { events, past }) {
    const [event] = events;
    const text = noticeText(app, events, past);
    if (event.event !== 'message_pinned') setText(node, text);
    else if (node.textContent !== text) {
        const end = ' a message';
        fill(node, text.slice(0, -end.length), ' ', h('a', { href: `#/room/${event.feed}/${event.message_seq}` }, end.trim()));
    }
    return node;
}

/** @param {string} text */
function upper(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
}
