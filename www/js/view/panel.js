/**
 * The panel beside the log, one view at a time. Where there is no space it takes the log's place, with a way
 * back. The focus goes in when somebody opens it and back to where it was when it closes.
 */

import { fill, h, setData, setText } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { isShortcut } from '../keys.js';
import { plural } from '../lib/text.js';
import { LIST_WORDS, ListView } from './lists.js';
import { roomName } from './names.js';
import { PeoplePanel } from './people.js';
import { RoomInfo } from './roominfo.js';
import { ThreadView } from './thread.js';

/** Wide enough for something beside the log (css/panel.css has the same figure). */
export const WIDE = matchMedia('(min-width: 1100px)');

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').PanelState} PanelState */
/** @typedef {import('../types.js').ThreadPanel} ThreadPanel */

/** What is a panel to a reader: another view, not another reply in it. @param {PanelState | null} panel */
function viewKey(panel) {
    return !panel ? '' : panel.kind === 'thread' ? `thread ${panel.room}/${panel.seq}` : panel.kind;
}

export class PanelView {
    #app;
    #title = h('h2', { id: 'panel-title' });
    #sub = h('p', { class: 'side-sub', dir: 'auto' });
    #tools = h('span', { class: 'side-tools' });
    #back = h('button', { type: 'button', class: 'icon-button side-back', 'aria-label': 'Back', on: { click: () => this.#app.panels.close() } }, icon('back'));
    #close = h('button', { type: 'button', class: 'icon-button side-close', 'aria-label': 'Close', title: 'Close (Esc)', on: { click: () => this.#app.panels.close() } }, icon('close'));
    #body = h('div', { class: 'side-body' });
    node = h('section', { class: 'side', 'aria-labelledby': 'panel-title', tabIndex: -1, hidden: true },
        h('header', { class: 'side-head' }, this.#back, h('div', { class: 'side-heading' }, this.#title, this.#sub), this.#tools, this.#close), this.#body);
    #thread;
    #lists;
    #people;
    #info;
    #shown = '';
    /** Had the focus before the panel. @type {Element | null} */
    #before = null;
    /** Takes the focus when nothing else can. */
    leave = () => {};

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        this.#thread = new ThreadView(app);
        this.#lists = new ListView(app);
        this.#people = new PeoplePanel(app);
        this.#info = new RoomInfo(app);
        app.panels.beside = () => WIDE.matches;
        WIDE.addEventListener('change', () => app.panels.resized());
        this.node.addEventListener('keydown', (event) => {
            if (event.defaultPrevented || !isShortcut(event, 'panel-close')) return;
            event.preventDefault();
            event.stopPropagation();
            app.panels.close();
        });
    }

    /** @param {PanelState} panel */
    #viewOf(panel) {
        switch (panel.kind) {
            case 'thread': return this.#thread;
            case 'people': return this.#people;
            case 'info': return this.#info;
            default: return this.#lists;
        }
    }

    /** @param {State} state @param {State} old */
    render(state, old) {
        const panel = state.panel && 'room' in state.panel && !(state.panel.room in state.rooms) ? null : state.panel;
        const key = viewKey(panel);
        const changed = key !== this.#shown;
        const held = this.node.contains(document.activeElement);
        if (changed && !held) this.#before = document.activeElement;
        this.node.hidden = !panel;
        if (panel && changed) this.#begin(panel);
        this.#thread.render(state, panel?.kind === 'thread' ? panel : null);
        if (panel) {
            this.#head(state, panel);
            if (panel.kind === 'people') this.#people.render(state);
            else if (panel.kind === 'info') this.#info.render(state, panel);
            else if (panel.kind !== 'thread') this.#lists.render(state, panel);
        }
        if (!changed) return;
        const was = this.#shown;
        this.#shown = key;
        // What stands there by itself leaves the focus alone.
        const asked = state.room === old.room || panel?.kind === 'thread';
        if (panel && (panel.kind !== 'people' || !WIDE.matches) && asked) this.#enter(panel);
        else if (was && held) this.#giveBack(was);
    }

    /** @param {PanelState} panel */
    #begin(panel) {
        fill(this.#body, this.#viewOf(panel).node);
        fill(this.#tools, panel.kind === 'thread' && this.#thread.tools);
        setData(this.node, { kind: panel.kind });
    }

    /** @param {State} state @param {PanelState} panel */
    #head(state, panel) {
        const room = 'room' in panel ? state.rooms[panel.room] : undefined;
        const name = room ? roomName(this.#app, room) : '';
        const title = panel.kind === 'thread' ? 'Thread' : panel.kind === 'people' ? plural(room?.members ?? 0, 'person', 'people') : panel.kind === 'info' ? 'About' : LIST_WORDS[panel.kind].title;
        setText(this.#title, title);
        setText(this.#sub, name);
        this.#sub.hidden = !name;
    }

    /** The keyboard comes here. */
    enter() {
        const { panel } = this.#app.state;
        if (panel && !this.node.hidden) this.#enter(panel);
    }

    /** @param {PanelState} panel */
    #enter(panel) {
        if (panel.kind === 'thread' && !panel.at && matchMedia('(pointer: fine)').matches) this.#thread.focus();
        else if (panel.kind === 'thread' && panel.at) this.node.focus({ preventScroll: true });
        else if (panel.kind === 'people' || panel.kind === 'info' || panel.kind === 'thread' || !this.#lists.focus()) this.node.focus({ preventScroll: true });
    }

    /** @param {string} was  the view that closed */
    #giveBack(was) {
        const before = this.#before;
        this.#before = null;
        const seq = /^thread \S+\/(\d+)$/.exec(was)?.[1];
        const line = seq ? document.querySelector(`.room .msg[data-seq="${seq}"]`) : null;
        for (const one of [before, line]) {
            if (!(one instanceof HTMLElement) || !one.isConnected || one === document.body || !one.getClientRects().length) continue;
            one.focus({ preventScroll: true });
            return;
        }
        this.leave();
    }
}
