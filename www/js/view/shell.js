/** The page of somebody who is signed in: rooms on the left, the open one beside, people on the right. */

import { fill, h, setData, setText } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { openKeyHelp } from './keyhelp.js';
import { plural } from '../lib/text.js';
import { insideOf } from '../reducers/presence.js';
import { Composer } from './composer.js';
import { openDialog } from './dialog.js';
import { LogView } from './log.js';
import { menuButton } from './menu.js';
import { personAvatar, roomAvatar, roomAvatarKey, roomName } from './names.js';
import { browseDialog, createDialog, directDialog } from './newroom.js';
import { PeoplePanel } from './people.js';
import { passwordDialog, profileDialog, sessionsDialog } from './profile.js';
import { RoomList } from './roomlist.js';
import { roomMenu } from './roommenu.js';
import { openSearch } from './search.js';
import { StatusView } from './status.js';
import { openSwitcher } from './switcher.js';

/** Wide enough for the people beside the log (css/layout.css has the same figure). */
const WIDE = matchMedia('(min-width: 1100px)');

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Room} Room */

export class Shell {
    #app;
    #list;
    #log;
    #composer;
    #status;
    #people;
    #side = h('section', { class: 'side', 'aria-label': 'People in this room', hidden: true });
    #sideOpen = true;
    #me = h('span', { class: 'me' });
    #title = h('h1', { class: 'room-title', dir: 'auto' });
    #facts = h('p', { class: 'room-facts' });
    #picture = h('span', { class: 'slot' });
    #room = h('section', { class: 'room', 'aria-label': 'Conversation' });
    #welcome = h('section', { class: 'welcome' });
    node;
    #open = '';
    #pictureKey = '';

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        this.#list = new RoomList(app);
        this.#log = new LogView(app);
        this.#status = new StatusView(app);
        this.#people = new PeoplePanel(app);
        this.#composer = new Composer(app, () => this.#log.toLatest());
        this.#log.leave = () => this.#composer.focus();
        this.#composer.accept(this.#room);
        this.#room.append(this.#head(), this.#log.node, this.#composer.node);
        this.#welcome.append(
            h('img', { src: 'img/confab.svg', alt: '', width: 72, height: 72 }),
            h('h2', null, 'Pick a conversation'),
            h('p', { class: 'faint' }, 'Or begin a new one. ', h('kbd', null, 'Ctrl'), ' ', h('kbd', null, 'K'), ' takes you anywhere.'));
        this.node = h('div', { class: 'shell' }, this.#status.banner,
            h('main', { class: 'panes' }, this.#sidebar(), h('div', { class: 'main' }, this.#room, this.#welcome), this.#side));
        this.#side.append(this.#people.node);
        WIDE.addEventListener('change', () => this.#placePeople());
    }

    #sidebar() {
        const app = this.#app;
        return h('div', { class: 'sidebar' },
            h('header', { class: 'sidebar-head' },
                h('img', { src: 'img/confab.svg', alt: '', width: 28, height: 28 }),
                h('h1', { class: 'brand' }, 'Confab'),
                menuButton({
                    label: 'New conversation', glyph: 'plus',
                    items: () => [
                        { label: 'New message', icon: 'person', run: () => directDialog(app) },
                        { label: 'New group', icon: 'people', run: () => createDialog(app, 'group') },
                        { label: 'New channel', icon: 'hash', run: () => createDialog(app, 'channel') },
                        { label: 'Browse public rooms', icon: 'compass', run: () => browseDialog(app) },
                    ],
                })),
            h('button', { type: 'button', class: 'finder', on: { click: () => this.switcher() } }, icon('search'), h('span', null, 'Find a conversation'), h('kbd', null, 'Ctrl K')),
            this.#list.node,
            h('footer', { class: 'sidebar-foot' }, this.#me, this.#status.light,
                menuButton({
                    label: 'Your account', glyph: 'more',
                    items: () => [
                        { label: 'Your profile', icon: 'person', run: () => profileDialog(app) },
                        { label: 'Password', icon: 'key', run: () => passwordDialog(app) },
                        { label: 'Your sessions', icon: 'device', run: () => sessionsDialog(app) },
                        { label: 'Keyboard shortcuts', icon: 'keyboard', run: openKeyHelp },
                        { label: 'Sign out', icon: 'door', danger: true, run: () => void app.session.signOut().catch((error) => app.say(error.message)) },
                    ],
                })));
    }

    #head() {
        const app = this.#app;
        return h('header', { class: 'room-head' },
            h('button', { type: 'button', class: 'icon-button back', 'aria-label': 'Back to the conversations', on: { click: () => app.rooms.open('') } }, icon('back')),
            this.#picture,
            h('div', { class: 'room-heading' }, this.#title, this.#facts),
            h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Search messages', title: 'Search messages (Ctrl Shift F)', on: { click: () => openSearch(app) } }, icon('search')),
            h('button', { type: 'button', class: 'icon-button', 'aria-label': 'People', title: 'People', on: { click: () => this.showPeople() } }, icon('people')),
            menuButton({
                label: 'Room menu', glyph: 'more',
                items: () => {
                    const room = app.state.rooms[app.state.room];
                    return room ? roomMenu(app, room, () => this.showPeople()) : [];
                },
            }));
    }

    switcher() {
        openSwitcher(this.#app, () => this.#composer.focus());
    }

    /** @param {import('../keys.js').ShortcutId} id  one of the whole page */
    shortcut(id) {
        switch (id) {
            case 'switcher': this.switcher(); break;
            case 'search': openSearch(this.#app); break;
            case 'room-before': this.#list.step(-1, false); break;
            case 'room-after': this.#list.step(1, false); break;
            case 'unread-before': this.#list.step(-1, true); break;
            case 'unread-after': this.#list.step(1, true); break;
            case 'messages': this.#log.enter(); break;
            case 'compose': this.#composer.focus(); break;
            case 'emoji': this.#composer.pick(); break;
            case 'latest': this.#log.toLatest(); break;
            default:
        }
    }

    /** Beside the log if there is space, else in a dialog. */
    showPeople() {
        if (WIDE.matches) {
            this.#sideOpen = !this.#sideOpen;
            this.#placePeople();
            return;
        }
        const dialog = openDialog({ title: roomName(this.#app, this.#app.state.rooms[this.#app.state.room]), closed: () => this.#placePeople() });
        dialog.body.append(this.#people.node);
        this.#people.render(this.#app.state);
    }

    #placePeople() {
        if (this.#people.node.parentElement !== this.#side) this.#side.append(this.#people.node);
        this.#side.hidden = !this.#sideOpen || !WIDE.matches || !this.#app.state.room;
        if (!this.#side.hidden) this.#people.render(this.#app.state);
    }

    /** @param {State} state @param {State} old */
    render(state, old) {
        const room = state.rooms[state.room];
        setData(this.node, { pane: room ? 'room' : 'list' });
        this.#room.hidden = !room;
        this.#welcome.hidden = Boolean(room);
        if (state.me && state.me !== old.me) fill(this.#me, personAvatar(state.me, 'small'));
        this.#status.render(state, old);
        this.#list.render(state, old);
        this.#drawHead(state, room);
        this.#log.render(state, old);
        this.#composer.render(state, room ? roomName(this.#app, room) : '');
        if (state.room !== this.#open) {
            this.#open = state.room;
            if (!this.#people.node.closest('dialog')) this.#placePeople();
            if (room && matchMedia('(pointer: fine)').matches) this.#composer.focus();
        }
        if (!this.#side.hidden || this.#people.node.closest('dialog')) this.#people.render(state);
    }

    /** @param {State} state @param {Room | undefined} room */
    #drawHead(state, room) {
        if (!room) return;
        const key = `${room.id} ${roomAvatarKey(this.#app, room)}`;
        if (key !== this.#pictureKey) {
            this.#pictureKey = key;
            fill(this.#picture, roomAvatar(this.#app, room, 'small'));
        }
        setText(this.#title, roomName(this.#app, room));
        const inside = insideOf(state, room.id);
        const others = (inside?.people ?? []).filter((id) => id !== state.me?.id).length;
        const here = room.kind === 'direct' ? (others ? 'here now' : '') : inside ? `${inside.count} here` : '';
        const kind = room.kind === 'direct' ? this.#handle(room) : plural(room.members, 'person', 'people');
        setText(this.#facts, [kind, here].filter(Boolean).join(' · '));
    }

    /** @param {Room} room */
    #handle(room) {
        const handle = room.person ? this.#app.people.get(room.person).handle : '';
        return handle ? `@${handle}` : '';
    }

    stop() {
        this.#status.stop();
    }
}
