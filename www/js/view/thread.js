/**
 * A thread: the message that began it, its replies, and where one writes to it. Drawn like the log and by the
 * same parts; what was seen is told as long as the tab has the focus.
 */

import { h, keyed, setData, setText } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { plural } from '../lib/text.js';
import { dayLabel } from '../lib/time.js';
import { unreadReplies } from '../reducers/marks.js';
import { threadKey } from '../reducers/threads.js';
import { messageAround } from './around.js';
import { Composer } from './composer.js';
import { failedLog, loadingLog } from './logstates.js';
import { makeMessage, updateMessage } from './message.js';
import { MessageMenu } from './messagemenu.js';
import { ScrollKeeper } from './scroll.js';
import { threadRows } from './threadrows.js';
import { TypingLine } from './typing.js';

const EDGE_PX = 300;
const TARGET_MS = 3_000;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Thread} Thread */
/** @typedef {import('../types.js').ThreadPanel} ThreadPanel */
/** @typedef {import('./rows.js').Row} Row */
/** @typedef {import('./threadrows.js').CountRow} CountRow */

export class ThreadView {
    #app;
    #list = h('div', { class: 'log-list', role: 'log', 'aria-live': 'polite', 'aria-label': 'Replies' });
    #above = h('div', { class: 'log-edge' });
    #scroller = h('div', { class: 'log-scroll', role: 'group', 'aria-label': 'Thread', tabIndex: -1 }, this.#list);
    #other = h('div', { class: 'log-other' });
    #inRoom = h('input', { type: 'checkbox', id: 'thread-in-room' });
    #inRoomLabel = h('label', { class: 'in-room', for: 'thread-in-room' }, this.#inRoom, h('span', null, 'Also send to the room'));
    #follow = h('button', { type: 'button', class: 'follow', on: { click: () => void this.#toggle() } });
    /** @type {Composer} */
    #composer;
    #typing;
    node = h('div', { class: 'thread', dataset: { composer: 'thread' } }, h('div', { class: 'log' }, this.#scroller, this.#other));
    /** Stands in the head of the panel. */
    tools = this.#follow;
    #keeper = new ScrollKeeper(this.#scroller, this.#list);
    #menu;
    /** @type {ThreadPanel | null} */
    #panel = null;
    #gen = -1;
    #status = '';
    #at = 0;
    /** @type {unknown[]} */
    #drawn = [];
    /** @type {number | undefined} */
    #frame;

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        this.#composer = new Composer(app, () => this.#sent(), { id: 'thread-compose', more: () => this.#more() });
        this.#composer.below.append(this.#inRoomLabel);
        this.#composer.accept(this.node);
        this.#typing = new TypingLine(app);
        this.node.append(this.#typing.node, this.#composer.node);
        this.#menu = new MessageMenu(app, {
            scroller: this.#scroller, list: this.#list, leave: () => this.focus(),
            messageOf: ({ dataset }) => {
                const thread = this.#thread;
                if (String(thread?.seq) === dataset.seq) return thread?.root?.message;
                return thread?.log.entries.find(({ seq }) => String(seq) === dataset.seq)?.message;
            },
        });
        this.#scroller.addEventListener('scroll', () => {
            this.#keeper.noticed();
            this.#later();
        }, { passive: true });
        window.addEventListener('focus', () => this.#later());
        document.addEventListener('visibilitychange', () => this.#later());
    }

    get #thread() {
        return this.#panel ? this.#app.state.threads[threadKey(this.#panel.room, this.#panel.seq)] : undefined;
    }

    #sent() {
        if (this.#panel) this.#app.threads.mark(this.#panel.room, this.#panel.seq, null);
        this.#keeper.stick = true;
        this.#keeper.toBottom();
    }

    /** What is sent besides the text. */
    #more() {
        const in_room = this.#inRoom.checked;
        this.#inRoom.checked = false;
        return in_room ? { in_room } : {};
    }

    focus() {
        this.#composer.focus();
    }

    async #toggle() {
        const panel = this.#panel;
        if (!panel) return;
        const following = !this.#thread?.root?.message.replies?.following;
        await this.#app.threads.follow(panel.room, panel.seq, following).then(
            () => this.#app.say(following ? 'You follow this thread: its new replies are counted.' : 'You no longer follow this thread.'),
            (error) => this.#app.say(error.message));
    }

    /** @param {State} state @param {ThreadPanel | null} panel  null: it is not shown */
    render(state, panel) {
        this.#panel = panel;
        const thread = this.#thread;
        this.#composer.render(state, '', panel ? { room: panel.room, thread: panel.seq, hint: 'Reply…' } : { room: '' });
        if (panel) this.#typing.render(state, panel.room, panel.seq);
        if (!panel || !thread) return;
        const from = [thread, state.outbox, state.people, state.me, state.day, panel, state.rooms[panel.room]?.archived, state.changes, state.editing];
        if (from.length === this.#drawn.length && from.every((one, i) => one === this.#drawn[i])) return;
        this.#drawn = from;
        const { log, root } = thread;
        if (log.gen !== this.#gen || panel.at !== this.#at) {
            // One that has been read before is where it was; a reply that is looked for is shown.
            if (log.gen !== this.#gen) this.#status = '';
            this.#gen = log.gen;
            this.#at = panel.at;
            if (panel.at) this.#status = '';
            this.#keeper.stick = !panel.at;
        }
        const began = log.status !== this.#status;
        this.#status = log.status;
        this.#list.setAttribute('aria-busy', String(began || log.busy !== ''));
        this.#drawOther(thread);
        this.#drawFollow(Boolean(root?.message.replies?.following));
        const room = state.rooms[panel.room];
        setText(/** @type {Node} */ (this.#inRoomLabel.lastChild), room?.kind === 'direct' ? 'Also send to the conversation' : `Also send to ${room?.name || 'the room'}`);
        this.#composer.node.hidden = Boolean(root?.message.deleted || room?.archived);
        this.#drawEdge(thread);
        this.#keeper.around(() => keyed(this.#list, threadRows(thread, state, !this.#app.panels.beside()), this.#how));
        if (began && log.status === 'ready') this.#settle(thread, panel.at);
        this.#menu.follow();
        const { replies } = root?.message ?? {};
        if (replies && thread.marker === null && unreadReplies(replies) > 0 && !attentive()) this.#app.threads.mark(panel.room, panel.seq, replies.read_no);
        this.#later();
    }

    /** @type {{key: (row: Row | CountRow) => string, make: (row: Row | CountRow) => HTMLElement, update: (node: HTMLElement, row: Row | CountRow) => void}} */
    #how = {
        key: (row) => row.key,
        make: (row) => {
            switch (row.type) {
                case 'day': return h('div', { class: 'day', role: 'separator' }, h('span', null, dayLabel(row.at)));
                case 'marker': return h('div', { class: 'marker', role: 'separator' }, h('span', null, 'New replies'));
                case 'count': return h('div', { class: 'reply-count' }, h('span', null, countText(row.count)), this.#above);
                case 'message': return makeMessage(row, this.#around(row.sender));
                default: return h('div', { hidden: true });
            }
        },
        update: (node, row) => {
            if (row.type === 'message') updateMessage(node, row, this.#around(row.sender));
            else if (row.type === 'count') setText(/** @type {Node} */ (node.firstChild), countText(row.count));
            else if (row.type === 'day') setText(/** @type {Node} */ (node.firstChild), dayLabel(row.at));
        },
    };

    /** @param {string} sender */
    #around(sender) {
        return messageAround(this.#app, this.#panel?.room ?? '', sender, true);
    }

    /** @param {boolean} following */
    #drawFollow(following) {
        if (this.#follow.getAttribute('aria-pressed') === String(following)) return;
        this.#follow.setAttribute('aria-pressed', String(following));
        this.#follow.title = following ? 'You are told of new replies' : 'Be told of new replies';
        this.#follow.replaceChildren(icon(following ? 'check' : 'bell'), following ? 'Following' : 'Follow');
    }

    /** @param {Thread} thread */
    #drawOther({ room, seq, root, log }) {
        const kind = log.status === 'ready' || (log.status === 'loading' && root) ? '' : `${log.status} ${log.gen}`;
        if (this.#other.dataset.kind === kind) return;
        setData(this.#other, { kind });
        if (log.status === 'failed') this.#other.replaceChildren(failedLog(log.error, () => void this.#app.threads.load(room, seq)));
        else this.#other.replaceChildren(...(kind ? [loadingLog()] : []));
    }

    /** @param {Thread} thread */
    #drawEdge({ room, seq, log }) {
        const now = log.status === 'loading' || log.busy ? 'busy' : log.edgeError ? 'failed' : '';
        if ((this.#above.dataset.now ?? '') === now) return;
        setData(this.#above, { now: now || undefined });
        const again = () => void (log.edgeError === 'newer' ? this.#app.threads.newer(room, seq) : this.#app.threads.older(room, seq));
        this.#above.replaceChildren(...(now === 'busy' ? [h('span', { class: 'spinner', role: 'status', 'aria-label': 'Loading' })]
            : now === 'failed' ? ['Some replies could not be loaded. ', h('button', { type: 'button', class: 'link', on: { click: again } }, 'Retry')] : []));
    }

    /** It has just been loaded: where to begin reading. @param {Thread} thread @param {number} at */
    #settle(thread, at) {
        const line = at ? /** @type {HTMLElement | null} */ (this.#list.querySelector(`.msg[data-seq="${at}"]`)) : null;
        const marker = this.#list.querySelector('.marker');
        if (line) {
            this.#keeper.stick = false;
            this.#keeper.show(line);
            this.#menu.focus(line);
            line.classList.add('target');
            setTimeout(() => line.classList.remove('target'), TARGET_MS);
        } else if (marker) this.#keeper.show(marker);
        else if (thread.log.tail) this.#keeper.toBottom();
    }

    /** Once per frame: the edges, and what has been seen. */
    #later() {
        this.#frame ??= requestAnimationFrame(() => {
            this.#frame = undefined;
            const thread = this.#thread;
            if (!this.#panel || thread?.log.status !== 'ready' || !this.node.isConnected) return;
            const { room, seq, log } = thread;
            if (!log.edgeError) {
                if (this.#keeper.fromTop < EDGE_PX) void this.#app.threads.older(room, seq);
                if (this.#keeper.fromBottom < EDGE_PX) void this.#app.threads.newer(room, seq);
            }
            this.#list.setAttribute('aria-busy', String(log.busy !== ''));
            if (!attentive()) return;
            const seen = Number(this.#keeper.lastSeen()?.dataset.seq ?? 0);
            const reply = log.entries.find((entry) => entry.seq === seen)?.message;
            if (reply) this.#app.threads.seen(room, seq, reply);
        });
    }
}

/** Is somebody looking at this tab? */
function attentive() {
    return document.visibilityState === 'visible' && document.hasFocus();
}

/** @param {number} count */
function countText(count) {
    return count > 0 ? plural(count, 'reply', 'replies') : 'No replies yet';
}
