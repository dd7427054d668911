/** What a room is about: its topic, its description, since when it is there, and how it is set. */

import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { linkify } from '../lib/linkify.js';
import { plural } from '../lib/text.js';
import { full } from '../lib/time.js';
import { roomAvatar, roomName } from './names.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Room} Room */

/** @type {Record<import('../types.js').RoomKind, string>} */
const KINDS = { direct: 'Direct messages', group: 'Group', channel: 'Channel', classroom: 'Classroom' };

/** @param {string} text */
const linked = (text) => linkify(text).map(({ text: words, href }) => (href ? h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, words) : words));

/** @param {import('../lib/icons.js').IconName} glyph @param {string} text */
const fact = (glyph, text) => h('li', null, icon(glyph), h('span', null, text));

export class RoomInfo {
    #app;
    node = h('div', { class: 'panel-scroll room-info' });
    /** @type {unknown[]} */
    #drawn = [];

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
    }

    /** @param {State} state @param {{room: string}} panel */
    render(state, panel) {
        const room = state.rooms[panel.room];
        if (!room) return;
        const from = [room, state.people];
        if (from.every((one, i) => one === this.#drawn[i])) return;
        this.#drawn = from;
        const app = this.#app;
        fill(this.node,
            h('div', { class: 'room-info-head' }, roomAvatar(app, room, 'huge'), h('h3', { dir: 'auto' }, roomName(app, room))),
            room.topic && h('section', null, h('h4', null, 'Topic'), h('p', { class: 'written', dir: 'auto' }, ...linked(room.topic))),
            room.description && h('section', null, h('h4', null, 'Description'), h('p', { class: 'written', dir: 'auto' }, ...linked(room.description))),
            h('section', null, h('h4', null, 'About'), h('ul', { class: 'room-facts-list' },
                fact(room.kind === 'channel' ? (room.visibility === 'public' ? 'hash' : 'lock') : room.kind === 'group' ? 'people' : 'person',
                    [KINDS[room.kind], room.kind !== 'direct' && (room.visibility === 'public' ? 'everybody can join' : 'by invitation')].filter(Boolean).join(', ')),
                room.kind !== 'direct' && fact('people', plural(room.members, 'person', 'people')),
                room.kind !== 'direct' && fact('clock', room.history_open ? 'Who joins can read what was said before' : 'Who joins sees what is said from then on'),
                room.archived && fact('archive', 'Archived: nothing can be written'),
                fact('calendar', `Created on ${full(room.created_at)}`))),
            h('div', { class: 'room-info-links' },
                h('button', { type: 'button', class: 'button quiet wide', on: { click: () => app.panels.show({ kind: 'pins', room: room.id }) } }, icon('pin'), 'Pinned messages'),
                h('button', { type: 'button', class: 'button quiet wide', on: { click: () => app.panels.show({ kind: 'people', room: room.id }) } }, icon('people'), 'People')));
    }
}
