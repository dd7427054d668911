/** Who is in the room, with those who are here now on top; adding, removing, roles. */

import { fill, h, keyed } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { plural } from '../lib/text.js';
import { uuid7 } from '../lib/uuid.js';
import { insideOf } from '../reducers/presence.js';
import { confirmDialog, openDialog, workForm } from './dialog.js';
import { menuButton } from './menu.js';
import { personAvatar, personName } from './names.js';
import { peoplePicker } from './picker.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Room} Room */
/** @typedef {import('../types.js').Role} Role */
/** @typedef {import('../types.js').Member} Member */
/** @typedef {import('./menu.js').Item} Item */

/** @type {Record<Role, string>} */
const ROLE_WORDS = { owner: 'Owner', moderator: 'Moderator', member: '', guest: 'Guest' };

/** May I change who is in this room? @param {Room} room */
export function mayManage(room) {
    return room.kind !== 'direct' && (room.role === 'owner' || room.role === 'moderator');
}

/** @param {App} app @param {Room} room */
export function addPeopleDialog(app, room) {
    const roster = app.state.rosters[room.id]?.list ?? [];
    const inRoom = new Set(roster.map(({ person }) => person.id));
    const picker = peoplePicker(app, { label: 'Find people', many: true, without: (id) => inRoom.has(id) || id === app.state.me?.id });
    const form = workForm({
        submit: 'Add', cancel: () => dialog.close(),
        async run() {
            const ids = picker.ids();
            if (!ids.length) throw new Error('Choose at least one person.');
            await app.rooms.add(room.id, ids);
            dialog.close();
        },
    }, picker.node);
    const dialog = openDialog({ title: `Add people to ${room.name}` }, form);
}

export class PeoplePanel {
    #app;
    #title = h('h2', null, 'People');
    #list = h('ul', { class: 'people' });
    #says = h('div', { class: 'found-says', role: 'status' });
    #add = h('button', { type: 'button', class: 'button quiet wide', on: { click: () => this.#room && addPeopleDialog(this.#app, this.#room) } }, icon('plus'), 'Add people');
    #more = h('button', { type: 'button', class: 'button quiet wide', on: { click: () => this.#room && void this.#app.rooms.roster(this.#room.id, true) } }, 'Show more');
    node = h('div', { class: 'people-panel' }, h('header', { class: 'panel-head' }, this.#title), this.#add, this.#says, this.#list, this.#more);
    /** @type {Room | undefined} */
    #room;
    /** What the list was drawn from. @type {unknown[]} */
    #drawn = [];

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
    }

    /** @param {State} state */
    render(state) {
        const room = state.rooms[state.room];
        this.#room = room;
        if (!room) return;
        const roster = this.#app.state.rosters[room.id];
        if (!roster) {
            void this.#app.rooms.roster(room.id);
            return;
        }
        const from = [room, roster, state.inside[room.id], state.net.state === 'online'];
        if (from.every((one, i) => one === this.#drawn[i])) return;
        this.#drawn = from;
        const now = insideOf(state, room.id);
        const inside = new Set(now?.people ?? []);
        const here = inside.size ? ` · ${inside.size} here` : '';
        fill(this.#title, plural(room.members, 'person', 'people'), h('span', { class: 'faint' }, here));
        this.#add.hidden = !mayManage(room);
        this.#more.hidden = !roster.next;
        if (roster.status === 'failed') fill(this.#says, `${roster.error} `, h('button', { type: 'button', class: 'link', on: { click: () => void this.#app.rooms.roster(room.id) } }, 'Retry'));
        else fill(this.#says, roster.status === 'loading' && !roster.list.length ? 'Loading…' : '');
        const sorted = [...roster.list].sort((a, b) => Number(inside.has(b.person.id)) - Number(inside.has(a.person.id))
            || personName(a.person).localeCompare(personName(b.person)));
        keyed(this.#list, sorted, {
            // The node is made anew whenever something that it shows is different.
            key: (member) => [member.person.id, member.role, room.role, inside.has(member.person.id), now?.shown[member.person.id]?.status, now?.shown[member.person.id]?.name, member.person.name, member.person.avatar].join('\n'),
            make: (member) => this.#line(room, member, inside.has(member.person.id), now?.shown[member.person.id]),
        });
    }

    /** @param {Room} room @param {Member} member @param {boolean} here @param {import('../types.js').Shown} [shown] */
    #line(room, member, here, shown) {
        const { person, role } = member;
        const me = this.#app.state.me?.id;
        const items = this.#items(room, member);
        const note = [ROLE_WORDS[role], person.active === false ? 'Deactivated' : ''].filter(Boolean).join(' · ');
        return h('li', { class: 'person', dataset: { here: here ? 'yes' : undefined } },
            h('span', { class: 'avatar-box' }, personAvatar(person, 'small'), here && h('span', { class: 'here-dot', dataset: { status: shown?.status }, title: shown?.status === 'dnd' ? 'Do not disturb' : shown?.status === 'idle' ? 'Idle' : 'Here' })),
            h('span', { class: 'option-text' },
                h('span', { class: 'option-name', dir: 'auto' }, shown?.name || personName(person), person.id === me && h('span', { class: 'faint' }, ' (you)')),
                h('span', { class: 'option-note' }, note || `@${person.handle}`),
                here && h('span', { class: 'sr' }, shown?.status === 'dnd' ? 'is here, not to be disturbed' : shown?.status === 'idle' ? 'is here, idle' : 'is here')),
            items.length > 0 && menuButton({ label: `More about ${personName(person)}`, glyph: 'more', items: () => items }));
    }

    /** @param {Room} room @param {Member} member @returns {Item[]} */
    #items(room, { person, role }) {
        const app = this.#app;
        /** @type {Item[]} */
        const items = [];
        if (person.id === app.state.me?.id || room.kind === 'direct') return items;
        const failing = (/** @type {Promise<unknown>} */ work) => void work.catch((error) => app.say(error.message));
        items.push({ label: 'Message', icon: 'chat', run: () => failing(app.rooms.direct(person.id, uuid7())) });
        if (room.role === 'owner') {
            for (const next of /** @type {Role[]} */ (['owner', 'moderator', 'member'])) {
                if (next !== role) items.push({ label: `Make ${ROLE_WORDS[next].toLowerCase() || 'ordinary member'}`, icon: 'key', run: () => failing(app.rooms.setRole(room.id, person.id, next)) });
            }
        }
        if (room.role === 'owner' || (room.role === 'moderator' && role !== 'owner' && role !== 'moderator')) {
            items.push({
                label: 'Remove from room', icon: 'door', danger: true,
                run: () => confirmDialog({
                    title: 'Remove from room', text: `${personName(person)} will no longer see “${room.name}”.`,
                    submit: 'Remove', run: () => app.rooms.expel(room.id, person.id),
                }),
            });
        }
        return items;
    }
}
