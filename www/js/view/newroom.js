/** Dialogs that begin a conversation: with a person, in a new room, in a public one. */

import { fill, h } from '../lib/dom.js';
import { plural } from '../lib/text.js';
import { uuid7 } from '../lib/uuid.js';
import { checkField, field, openDialog, valueOf, workForm } from './dialog.js';
import { icon } from '../lib/icons.js';
import { peoplePicker } from './picker.js';

const TYPING_MS = 180;
const PAGE = 50;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').PublicRoom} PublicRoom */

/** @param {App} app */
export function directDialog(app) {
    const clientId = uuid7();
    const problem = h('p', { class: 'problem', role: 'alert' });
    const picker = peoplePicker(app, {
        label: 'Find a person', many: false, without: (id) => id === app.state.me?.id,
        async picked(person) {
            try {
                await app.rooms.direct(person.id, clientId);
                dialog.close();
            } catch (error) {
                fill(problem, /** @type {Error} */ (error).message);
            }
        },
    });
    const dialog = openDialog({ title: 'New message' }, picker.node, problem);
}

/** @param {App} app @param {'group' | 'channel' | 'classroom'} kind */
export function createDialog(app, kind) {
    const clientId = uuid7();
    const channel = kind !== 'group';
    const title = { group: 'New group', channel: 'New channel', classroom: 'New classroom' }[kind];
    const picker = peoplePicker(app, { label: 'Find people', many: true, without: (id) => id === app.state.me?.id });
    const form = workForm({
        submit: 'Create', cancel: () => dialog.close(),
        async run(data) {
            const name = valueOf(data, 'name').trim();
            await app.rooms.create({
                client_id: clientId, kind, ...(name || channel ? { name } : {}),
                visibility: valueOf(data, 'visibility') ? 'public' : 'private',
                history_open: valueOf(data, 'history_open') !== '', people: picker.ids(),
            });
            dialog.close();
        },
    },
    field('Name', h('input', { type: 'text', name: 'name', dir: 'auto', maxlength: 160, autocomplete: 'off', placeholder: kind === 'classroom' ? 'What is taught' : channel ? 'What it is about' : 'Who it is for' }), channel ? '' : 'Without a name it is called after those in it.'),
    checkField('visibility', 'Public', 'Everybody here can find it and join.', kind === 'channel'),
    checkField('history_open', 'Open history', 'Those who join later can read what was said before.', true),
    h('div', { class: 'field' }, h('span', { class: 'label' }, 'People'), picker.node));
    const dialog = openDialog({ title, wide: true }, form);
}

/** @param {App} app */
export function browseDialog(app) {
    const input = h('input', { type: 'search', placeholder: 'Search public rooms', 'aria-label': 'Search public rooms', autocomplete: 'off' });
    const list = h('ul', { class: 'browse' });
    const says = h('p', { class: 'found-says', role: 'status' });
    const more = h('button', { type: 'button', class: 'button quiet', hidden: true, on: { click: () => void load(true) } }, 'Show more');
    let next = '';
    let round = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;

    /** @param {PublicRoom} room */
    const line = (room) => {
        const problem = h('span', { class: 'problem', role: 'alert' });
        const go = async () => {
            try {
                if (room.id in app.state.rooms) app.rooms.open(room.id);
                else await app.rooms.join(room.id);
                dialog.close();
            } catch (error) {
                fill(problem, /** @type {Error} */ (error).message);
            }
        };
        const mine = room.id in app.state.rooms;
        return h('li', { class: 'browse-room' },
            h('span', { class: 'option-text' },
                h('span', { class: 'option-name', dir: 'auto' }, room.name),
                h('span', { class: 'option-note', dir: 'auto' }, [plural(room.members, 'person', 'people'), room.archived ? 'in the archive' : '', room.topic].filter(Boolean).join(' · ')),
                room.description && h('span', { class: 'browse-description', dir: 'auto' }, room.description), problem),
            h('button', { type: 'button', class: mine ? 'button quiet' : 'button', 'aria-label': `${mine ? 'Open' : 'Join'} ${room.name}`, on: { click: () => void go() } }, mine ? 'Open' : 'Join'));
    };

    const draw = () => {
        const rooms = app.state.browse ?? [];
        fill(list, ...rooms.map(line));
        more.hidden = next === '';
    };

    /** @param {boolean} [further] */
    async function load(further = false) {
        const mine = ++round;
        fill(says, further ? '' : 'Loading…');
        try {
            const query = { q: input.value.trim(), limit: PAGE, after: further ? next : '' };
            const answer = await app.api.read('/api/rooms/public', { query });
            if (mine !== round) return;
            next = new URLSearchParams(answer.next).get('after') ?? '';
            const old = further ? app.state.browse ?? [] : [];
            app.store.update((state) => ({ ...state, browse: [...old, ...answer.data.rooms] }));
            fill(says, app.state.browse?.length ? '' : input.value.trim() ? 'No public room matches.' : 'There are no public rooms yet.');
        } catch (error) {
            if (mine !== round) return;
            fill(says, `${/** @type {Error} */ (error).message} `, h('button', { type: 'button', class: 'link', on: { click: () => void load(further) } }, 'Retry'));
        }
    }

    input.addEventListener('input', () => {
        clearTimeout(timer);
        timer = setTimeout(() => void load(), TYPING_MS);
    });
    const stop = app.store.subscribe((state, old) => {
        if (state.browse !== old.browse || state.rooms !== old.rooms) draw();
    });
    const dialog = openDialog({
        title: 'Public rooms', wide: true,
        closed() {
            stop();
            app.store.update((state) => ({ ...state, browse: null }));
        },
    }, h('div', { class: 'search-box' }, icon('search'), input), says, list, more);
    void load();
}
