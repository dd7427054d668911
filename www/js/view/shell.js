/** The page of somebody who is signed in: rooms on the left, the open one beside, people on the right. */

import { statusChoice } from '../actions/status.js';
import { fill, h, setData, setText } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { alertsDialog } from './alertsettings.js';
import { jumpDialog } from './jumpdate.js';
import { openKeyHelp } from './keyhelp.js';
import { plural } from '../lib/text.js';
import { insideOf } from '../reducers/presence.js';
import { ClassView } from './classroom.js';
import { pollDialog } from './classdialogs.js';
import { Composer } from './composer.js';
import { LogView } from './log.js';
import { LIST_WORDS } from './lists.js';
import { menuButton } from './menu.js';
import { personAvatar, roomAvatar, roomAvatarKey, roomName } from './names.js';
import { browseDialog, createDialog, directDialog } from './newroom.js';
import { PanelView } from './panel.js';
import { passwordDialog, profileDialog, sessionsDialog } from './profile.js';
import { RoomList } from './roomlist.js';
import { roomMenu } from './roommenu.js';
import { openSearch } from './search.js';
import { StatusView } from './status.js';
import { openSwitcher } from './switcher.js';
import { TypingLine } from './typing.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Room} Room */

/** The ways of being here that I have not chosen. @param {App} app @returns {import('./menu.js').Item[]} */
function statusItems(app) {
    const now = statusChoice();
    /** @type {{choice: '' | 'dnd' | 'invisible', label: string, icon: import('../lib/icons.js').IconName}[]} */
    const ways = [{ choice: '', label: 'Available', icon: 'check' }, { choice: 'dnd', label: 'Do not disturb', icon: 'belloff' }, { choice: 'invisible', label: 'Be invisible', icon: 'dot' }];
    return ways.filter(({ choice }) => choice !== now).map(({ choice, label, icon: glyph }) => ({ label, icon: glyph, run: () => app.status.choose(choice) }));
}

export class Shell {
    #app;
    #list;
    #log;
    #composer;
    #status;
    #typing;
    #class;
    #panel;
    /** What of me stands all over the place, with how much of it is new. @type {Record<'threads' | 'mentions' | 'saved', HTMLButtonElement>} */
    #mine;
    #me = h('span', { class: 'me' });
    #title = h('h1', { class: 'room-title', dir: 'auto' });
    #facts = h('span', { class: 'room-count' });
    #topic = h('button', { type: 'button', class: 'room-topic', dir: 'auto', title: 'About this room', hidden: true, on: { click: () => this.#about() } }, h('span', { class: 'room-topic-text' }));
    #picture = h('span', { class: 'slot' });
    #room = h('section', { class: 'room', 'aria-label': 'Conversation' });
    #closed = h('p', { class: 'composer-closed', hidden: true }, icon('archive'), 'This room is in the archive. It can be read, and nothing is written any more.');
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
        this.#typing = new TypingLine(app);
        this.#class = new ClassView(app);
        this.#panel = new PanelView(app);
        this.#panel.leave = () => this.#composer.focus();
        this.#mine = { threads: this.#mineButton('threads'), mentions: this.#mineButton('mentions'), saved: this.#mineButton('saved') };
        this.#composer = new Composer(app, () => this.#log.toLatest());
        this.#log.leave = () => this.#composer.focus();
        this.#composer.accept(this.#room);
        this.#room.append(this.#head(), h('div', { class: 'room-body' }, this.#class.node, h('div', { class: 'talk' }, this.#log.node, this.#typing.node, this.#composer.node, this.#closed)));
        this.#welcome.append(
            h('img', { src: 'img/confab.svg', alt: '', width: 72, height: 72 }),
            h('h2', null, 'Pick a conversation'),
            h('p', { class: 'faint' }, 'Or begin a new one. ', h('kbd', null, 'Ctrl'), ' ', h('kbd', null, 'K'), ' takes you anywhere.'));
        this.node = h('div', { class: 'shell' }, this.#status.banner,
            h('main', { class: 'panes' }, this.#sidebar(), h('div', { class: 'main' }, this.#room, this.#welcome), this.#panel.node));
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
                        { label: 'New classroom', icon: 'school', run: () => createDialog(app, 'classroom') },
                        { label: 'Browse public rooms', icon: 'compass', run: () => browseDialog(app) },
                    ],
                })),
            h('button', { type: 'button', class: 'finder', on: { click: () => this.switcher() } }, icon('search'), h('span', null, 'Find a conversation'), h('kbd', null, 'Ctrl K')),
            h('nav', { class: 'mine', 'aria-label': 'Yours' }, ...Object.values(this.#mine)),
            this.#list.node,
            h('footer', { class: 'sidebar-foot' }, this.#me, this.#status.light,
                menuButton({
                    label: 'Your account', glyph: 'more',
                    items: () => [
                        { label: 'Your profile', icon: 'person', run: () => profileDialog(app) },
                        ...statusItems(app),
                        { label: 'Password', icon: 'key', run: () => passwordDialog(app) },
                        { label: 'Your sessions', icon: 'device', run: () => sessionsDialog(app) },
                        { label: 'Sound and notifications', icon: 'bell', run: alertsDialog },
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
            h('div', { class: 'room-heading' }, this.#title, h('p', { class: 'room-facts' }, this.#facts, this.#topic)),
            h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Search messages', title: 'Search messages (Ctrl Shift F)', on: { click: () => openSearch(app) } }, icon('search')),
            h('button', { type: 'button', class: 'icon-button pins-button', 'aria-label': 'Pinned messages', title: 'Pinned messages', on: { click: () => app.panels.toggle({ kind: 'pins', room: app.state.room }) } }, icon('pin')),
            h('button', { type: 'button', class: 'icon-button', 'aria-label': 'People', title: 'People', on: { click: () => this.showPeople() } }, icon('people')),
            menuButton({
                label: 'Room menu', glyph: 'more',
                items: () => {
                    const room = app.state.rooms[app.state.room];
                    return room ? [
                        { label: 'New poll', icon: 'poll', run: () => pollDialog(app, room.id) },
                        { label: 'Pinned messages', icon: 'pin', run: () => app.panels.show({ kind: 'pins', room: room.id }) }, ...roomMenu(app, room, () => this.showPeople()),
                    ] : [];
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
            case 'jump': {
                const room = this.#app.state.rooms[this.#app.state.room];
                if (room) jumpDialog(this.#app, room);
                break;
            }
            case 'latest': this.#log.toLatest(); break;
            case 'threads': case 'mentions': case 'saved': this.#app.panels.toggle({ kind: id }); break;
            case 'panel': this.#panel.enter(); break;
            default:
        }
    }

    showPeople() {
        const { panels, state } = this.#app;
        if (state.room) panels.toggle({ kind: 'people', room: state.room });
    }

    #about() {
        const { panels, state } = this.#app;
        if (state.room) panels.toggle({ kind: 'info', room: state.room });
    }

    /** @param {'threads' | 'mentions' | 'saved'} kind */
    #mineButton(kind) {
        const { title, icon: glyph } = LIST_WORDS[kind];
        return h('button', { type: 'button', class: 'mine-button', dataset: { kind }, 'aria-pressed': 'false', on: { click: () => this.#app.panels.toggle({ kind }) } },
            icon(glyph), h('span', null, title), h('span', { class: 'badge', hidden: true }));
    }

    /** @param {State} state */
    #drawMine(state) {
        const rooms = Object.values(state.rooms);
        const sums = { threads: rooms.reduce((sum, room) => sum + (room.threads_unread ?? 0), 0), mentions: rooms.reduce((sum, room) => sum + (room.mentions ?? 0), 0), saved: 0 };
        for (const kind of /** @type {const} */ (['threads', 'mentions', 'saved'])) {
            const button = this.#mine[kind];
            const badge = /** @type {HTMLElement} */ (button.lastElementChild);
            setText(badge, sums[kind] > 99 ? '99+' : String(sums[kind]));
            badge.hidden = sums[kind] === 0;
            badge.setAttribute('aria-label', `${sums[kind]} new`);
            const pressed = String(state.panel?.kind === kind);
            if (button.getAttribute('aria-pressed') !== pressed) button.setAttribute('aria-pressed', pressed);
        }
    }

    /** @param {State} state @param {State} old */
    render(state, old) {
        const room = state.rooms[state.room];
        setData(this.node, { pane: room ? 'room' : 'list', panel: state.panel?.kind });
        this.#room.hidden = !room;
        this.#welcome.hidden = Boolean(room);
        this.#composer.node.hidden = Boolean(room?.archived);
        this.#closed.hidden = !room?.archived;
        if (state.me && state.me !== old.me) fill(this.#me, personAvatar(state.me, 'small'));
        this.#status.render(state, old);
        this.#list.render(state, old);
        if (state.rooms !== old.rooms || state.panel !== old.panel || state.phase !== old.phase) this.#drawMine(state);
        setData(this.#room, { kind: room?.kind });
        this.#class.render(state, old);
        this.#drawHead(state, room);
        this.#log.render(state, old);
        this.#composer.render(state, room ? roomName(this.#app, room) : '');
        this.#typing.render(state, state.room);
        if (state.room !== this.#open) {
            this.#open = state.room;
            if (room && state.panel?.kind !== 'thread' && matchMedia('(pointer: fine)').matches) this.#composer.focus();
        }
        this.#panel.render(state, old);
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
        setText(/** @type {Node} */ (this.#topic.firstChild), room.topic ?? '');
        this.#topic.hidden = !room.topic;
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
