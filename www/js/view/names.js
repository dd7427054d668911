/** How people and rooms are called and pictured, everywhere the same. */

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { hueOf, initials } from '../lib/text.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Person} Person */
/** @typedef {import('../types.js').Room} Room */

/** @param {Person} person */
export function personName(person) {
    return person.name || person.handle || 'Somebody';
}

/** @param {App} app @param {Room} room */
export function roomName(app, room) {
    if (room.kind !== 'direct') return room.name || groupName(app, room);
    const { me } = app.state;
    if (!room.person || room.person === me?.id) return `${me ? personName({ ...me, active: true }) : ''} (notes to yourself)`;
    return personName(app.people.get(room.person));
}

/** A group without a name is called after those in it. @param {App} app @param {Room} room */
function groupName(app, room) {
    const names = (room.people ?? []).map((id) => personName(app.people.get(id)));
    const more = room.members - 1 - names.length;
    return names.length ? `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}` : 'Group without a name';
}

/** @param {Pick<Person, 'id' | 'name' | 'handle' | 'avatar'>} person @param {string} [size] */
export function personAvatar(person, size = '') {
    const label = person.avatar || initials(person.name || person.handle);
    return h('span', {
        class: `avatar ${size}`, 'aria-hidden': 'true',
        dataset: { hue: hueOf(person.id), emoji: person.avatar ? 'yes' : undefined },
    }, label);
}

/** @param {App} app @param {Room} room @param {string} [size] */
export function roomAvatar(app, room, size = '') {
    if (room.kind === 'direct') {
        const me = app.state.me;
        return personAvatar(room.person || !me ? app.people.get(room.person ?? '') : me, size);
    }
    const glyph = room.kind === 'classroom' ? icon('school') : room.kind === 'channel' ? icon(room.visibility === 'public' ? 'hash' : 'lock') : initials(roomName(app, room));
    return h('span', { class: `avatar square ${size}`, 'aria-hidden': 'true', dataset: { hue: hueOf(room.id) } }, glyph);
}

/** What `roomAvatar` depends on, to know when to draw it again. @param {App} app @param {Room} room */
export function roomAvatarKey(app, room) {
    if (room.kind !== 'direct') return `${room.kind} ${room.visibility} ${roomName(app, room)}`;
    const person = room.person ? app.people.get(room.person) : app.state.me;
    return `${person?.id} ${person?.avatar} ${person?.name}`;
}
