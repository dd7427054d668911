/** The message log of the open room: drawing, scrolling, loading at the edges, telling what was read. */

import { h, keyed, setData, setText } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { dayLabel } from '../lib/time.js';
import { shownMessage } from '../reducers/changes.js';
import { messageAt } from '../reducers/log.js';
import { isReply } from '../reducers/outbox.js';
import { messageAround } from './around.js';
import { jumpDialog } from './jumpdate.js';
import { MessageMenu } from './messagemenu.js';
import { emptyLog, failedLog, loadingLog } from './logstates.js';
import { makeMessage, updateMessage } from './message.js';
import { roomName } from './names.js';
import { drawNotice } from './notice.js';
import { rowsOf } from './rows.js';
import { ScrollKeeper } from './scroll.js';

/** This far from an edge the next page is asked for. */
const EDGE_PX = 600;
/** A message that was looked for stands out for this long. */
const TARGET_MS = 3_000;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('./rows.js').Row} Row */

/** Is somebody looking at this tab? */
function attentive() {
    return document.visibilityState === 'visible' && document.hasFocus();
}

export class LogView {
    #app;
    #list = h('div', { class: 'log-list', role: 'log', 'aria-live': 'polite', 'aria-label': 'Messages' });
    #above = h('div', { class: 'log-edge' });
    #below = h('div', { class: 'log-edge' });
    #scroller = h('div', { class: 'log-scroll', role: 'group', 'aria-label': 'Conversation so far', tabIndex: -1 }, this.#above, this.#list, this.#below);
    #count = h('span', { class: 'count' });
    #jump = h('button', { type: 'button', class: 'jump', hidden: true, on: { click: () => this.toLatest() } }, icon('down'), h('span', { class: 'sr' }, 'Jump to the latest message'), this.#count);
    #other = h('div', { class: 'log-other' });
    node = h('div', { class: 'log' }, this.#scroller, this.#other, this.#jump);
    #keeper = new ScrollKeeper(this.#scroller, this.#list);
    #room = '';
    #gen = -1;
    #status = '';
    /** @type {number | undefined} */
    #frame;

    /** @type {MessageMenu} */
    #menu;
    /** Takes the focus when it leaves the messages. */
    leave = () => {};

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        this.#menu = new MessageMenu(app, {
            scroller: this.#scroller, list: this.#list, leave: () => this.leave(),
            messageOf: ({ dataset }) => {
                const message = messageAt(app.state.logs[this.#room], Number(dataset.seq));
                return message && shownMessage(app.state, message);
            },
        });
        this.#scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
        for (const type of ['focus', 'visibilitychange']) {
            (type === 'focus' ? window : document).addEventListener(type, () => this.#looked());
        }
    }

    /** @param {State} state @param {State} old */
    render(state, old) {
        if (this.#same(state, old)) return;
        const log = state.logs[state.room];
        if (state.room !== this.#room || (log?.gen ?? -1) !== this.#gen) {
            this.#room = state.room;
            this.#gen = log?.gen ?? -1;
            this.#status = '';
            this.#keeper.stick = true;
        }
        if (!log) {
            this.#other.replaceChildren();
            keyed(this.#list, /** @type {Row[]} */ ([]), this.#how);
            this.#jump.hidden = true;
            return;
        }
        const outbox = state.outbox.filter((entry) => entry.room === state.room && !isReply(entry));
        const markerSeq = state.marker?.room === state.room ? state.marker.seq : null;
        const rows = log.status === 'ready' ? rowsOf({
            log, outbox, me: state.me ?? '', markerSeq, receipts: state.receipts[state.room],
            changes: state.changes.filter((change) => change.room === state.room), editing: state.editing?.room === state.room ? state.editing : null,
        }) : [];
        const began = log.status !== this.#status;
        this.#status = log.status;
        // A screen reader is told of new messages, not of the history being drawn.
        this.#list.setAttribute('aria-busy', String(began || log.busy !== ''));
        this.#drawOther(state, log, rows);
        this.#keeper.around(() => {
            this.#drawEdges(log);
            keyed(this.#list, rows, this.#how);
        });
        if (state.target?.room === this.#room && log.status === 'ready') this.#showTarget(state.target.seq);
        else if (began && log.status === 'ready') this.#settle();
        this.#menu.follow();
        this.#drawJump(state);
        this.#mark(state, old);
        this.#later();
    }

    /** Is all that is drawn here as it was? @param {State} state @param {State} old */
    #same(state, old) {
        const { room } = state;
        return room === this.#room && state.logs[room] === old.logs[room] && state.rooms[room] === old.rooms[room]
            && state.outbox === old.outbox && state.marker === old.marker && state.people === old.people
            && state.me === old.me && state.day === old.day && state.target === old.target && state.changes === old.changes
            && state.editing === old.editing && state.receipts[room] === old.receipts[room];
    }

    /** @type {{key: (row: Row) => string, make: (row: Row) => HTMLElement, update: (node: HTMLElement, row: Row) => void}} */
    #how = {
        key: (row) => row.key,
        make: (row) => {
            switch (row.type) {
                case 'day': return h('div', { class: 'day' }, h('button', { type: 'button', tabIndex: -1, title: 'Go to a day', on: { click: () => this.#jumpFrom(row.at) } }, dayLabel(row.at)));
                case 'marker': return h('div', { class: 'marker', role: 'separator' }, h('span', null, 'New messages'));
                case 'notice': return drawNotice(h('div', { class: 'notice' }), this.#app, row);
                default: return makeMessage(row, this.#around(row.sender));
            }
        },
        update: (node, row) => {
            if (row.type === 'message') updateMessage(node, row, this.#around(row.sender));
            else if (row.type === 'notice') drawNotice(node, this.#app, row);
            else if (row.type === 'day') setText(/** @type {Node} */ (node.firstChild), dayLabel(row.at));
        },
    };

    /** @param {string} sender */
    #around(sender) {
        return messageAround(this.#app, this.#room, sender);
    }

    /** @param {State} state @param {import('../types.js').Log} log @param {Row[]} rows */
    #drawOther(state, log, rows) {
        const quiet = log.status === 'ready' && log.tail && !log.moreBefore && !rows.some((row) => row.type === 'message');
        const kind = log.status !== 'ready' ? log.status : quiet ? 'empty' : '';
        const room = state.rooms[state.room];
        const key = `${kind} ${this.#gen} ${kind === 'empty' && room ? roomName(this.#app, room) : ''}`;
        if (this.#other.dataset.kind === key) return;
        setData(this.#other, { kind: key });
        if (kind === 'loading') this.#other.replaceChildren(loadingLog());
        else if (kind === 'failed') this.#other.replaceChildren(failedLog(log.error, () => void this.#app.history.load(state.room)));
        else if (kind === 'empty' && room) this.#other.replaceChildren(emptyLog(this.#app, room));
        else this.#other.replaceChildren();
    }

    /** @param {import('../types.js').Log} log */
    #drawEdges(log) {
        const words = (/** @type {'older' | 'newer'} */ side) => {
            if (log.edgeError === side) return 'failed';
            return log.busy === side ? 'busy' : '';
        };
        for (const [node, side] of /** @type {[HTMLElement, 'older' | 'newer'][]} */ ([[this.#above, 'older'], [this.#below, 'newer']])) {
            const now = words(side);
            if ((node.dataset.now ?? '') === now) continue;
            setData(node, { now: now || undefined });
            const again = () => void this.#app.history[side](this.#room);
            node.replaceChildren(...(now === 'busy' ? [h('span', { class: 'spinner', role: 'status', 'aria-label': 'Loading' })]
                : now === 'failed' ? [`${side === 'older' ? 'Older' : 'Newer'} messages could not be loaded. `, h('button', { type: 'button', class: 'link', on: { click: again } }, 'Retry')] : []));
        }
    }

    /** A log has just been loaded: where to begin reading. */
    #settle() {
        const marker = this.#list.querySelector('.marker');
        const log = this.#app.state.logs[this.#room];
        if (marker) this.#keeper.show(marker);
        else if (log?.tail) this.#keeper.toBottom();
    }

    /** Shows one message, and says which it is. @param {number} seq */
    #showTarget(seq) {
        const { store } = this.#app;
        const all = /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll('.msg[data-seq]')]);
        const line = all.find((node) => Number(node.dataset.seq) >= seq) ?? all[all.length - 1];
        store.update((state) => ({ ...state, target: null }));
        if (!line) return;
        if (Number(line.dataset.seq) !== seq) void this.#app.panels.elsewhere(this.#room, seq);
        this.#keeper.stick = false;
        this.#keeper.show(line);
        this.#menu.focus(line);
        line.classList.remove('target');
        void line.offsetWidth; // begins the animation anew
        line.classList.add('target');
        setTimeout(() => line.classList.remove('target'), TARGET_MS);
    }

    /** @param {string} at */
    #jumpFrom(at) {
        const room = this.#app.state.rooms[this.#room];
        if (room) jumpDialog(this.#app, room, at);
    }

    /** The keyboard comes to the messages. */
    enter() {
        this.#menu.enter();
    }

    /** @param {State} state */
    #drawJump(state) {
        const log = state.logs[state.room];
        const unread = state.rooms[state.room]?.unread ?? 0;
        this.#jump.hidden = log?.status !== 'ready' || (this.#keeper.stick && log.tail);
        setText(this.#count, unread > 0 ? (unread > 99 ? '99+' : String(unread)) : '');
        this.#count.hidden = unread === 0;
    }

    /**
     * What arrives while nobody looks begins with the "new messages" line. It stays where it is while
     * those below it are being read. @param {State} state @param {State} old
     */
    #mark(state, old) {
        const room = state.rooms[state.room];
        if (!room || room.unread === 0 || (attentive() && this.#keeper.stick)) return;
        const { marker } = state;
        if (marker?.room === room.id && (marker.seq >= room.read_seq || (old.rooms[room.id]?.unread ?? 0) > 0)) return;
        this.#app.store.update((now) => ({ ...now, marker: { room: room.id, seq: room.read_seq } }));
    }

    #scrolled() {
        this.#keeper.noticed();
        this.#drawJump(this.#app.state);
        this.#later();
    }

    #looked() {
        if (this.#room) this.#later();
    }

    /** Once per frame: the edges, and what has been seen. */
    #later() {
        this.#frame ??= requestAnimationFrame(() => {
            this.#frame = undefined;
            const log = this.#app.state.logs[this.#room];
            if (log?.status !== 'ready') return;
            if (!log.edgeError) {
                if (this.#keeper.fromTop < EDGE_PX) void this.#app.history.older(this.#room);
                if (this.#keeper.fromBottom < EDGE_PX) void this.#app.history.newer(this.#room);
            }
            this.#list.setAttribute('aria-busy', String(log.busy !== ''));
            if (!attentive()) return;
            const seen = Number(this.#keeper.lastSeen()?.dataset.seq ?? 0);
            const entry = log.entries.find((one) => one.seq === seen);
            if (entry?.message) this.#app.read.seen(this.#room, seen, entry.message.no);
        });
    }

    toLatest() {
        const log = this.#app.state.logs[this.#room];
        this.#keeper.stick = true;
        if (log?.tail) this.#keeper.toBottom();
        else void this.#app.history.load(this.#room);
        this.#drawJump(this.#app.state);
    }
}
