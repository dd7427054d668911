/**
 * A classroom: the floor with desks, seats and those who walk about; the queue of hands; the check; and the
 * same as a table, which is what a phone and a screen reader get. The chat beside it is that of any room.
 */

import { fill, h, keyed, setData, setText } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { hueOf, initials, plural } from '../lib/text.js';
import { ANSWERS, badges, placeOf, studentsOf } from './classparts.js';
import { checkPanel, handPanel } from './classpanels.js';
import { floorDialog, nameDialog } from './classdialogs.js';
import { menuButton } from './menu.js';
import { personName } from './names.js';

/** An arrow key walks so far; with Shift four times as far. */
const STEP = 0.02;
const SIGNS = ['👍', '❤️', '😂', '🎉', '🤔'];

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').ClassState} ClassState */
/** @typedef {import('../types.js').Shown} Shown */
/** @typedef {ClassState['desks'][number]} Desk */

export class ClassView {
    #app;
    #floor = h('div', { class: 'floor', role: 'group', 'aria-label': 'Floor of the classroom' });
    #desks = h('div', { class: 'desks' });
    #walkers = h('div', { class: 'walkers' });
    #front = h('div', { class: 'floor-front', 'aria-hidden': 'true' }, 'Board');
    #says = h('p', { class: 'sr', role: 'status', 'aria-live': 'polite' });
    #tools = h('div', { class: 'class-tools', role: 'toolbar', 'aria-label': 'What you can do' });
    #hands = h('section', { class: 'class-card', 'aria-label': 'Raised hands' });
    #check = h('section', { class: 'class-card', 'aria-label': 'Check' });
    #table = h('table', { class: 'class-table' });
    #problem = h('p', { class: 'class-problem', role: 'alert', hidden: true });
    node = h('section', { class: 'classroom', 'aria-label': 'Classroom', hidden: true });
    /** Is the floor being rebuilt by the teacher? */
    #editing = false;
    #drawn = '';
    /** @type {ClassState | undefined} */
    #last;

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        this.#floor.append(this.#front, this.#desks, this.#walkers);
        this.#floor.addEventListener('pointerdown', (event) => this.#press(event));
        this.node.append(this.#tools, this.#problem, h('div', { class: 'class-body' }, this.#floor, h('div', { class: 'class-side' }, this.#check, this.#hands)),
            h('details', { class: 'class-list' }, h('summary', null, 'Everybody, as a list'), h('div', { class: 'class-scroll' }, this.#table)), this.#says);
        if (matchMedia('(max-width: 719px)').matches) /** @type {HTMLDetailsElement} */ (this.node.querySelector('details')).open = true;
    }

    /** @param {State} state @param {State} old */
    render(state, old) {
        const room = state.rooms[state.room];
        const shown = room?.kind === 'classroom';
        this.node.hidden = !shown;
        if (!shown) return;
        const known = state.classes[room.id];
        const inside = state.inside[room.id];
        if (known !== old.classes[room.id] || room !== old.rooms[room.id] || state.people !== old.people || room.id !== this.#drawn || inside?.people !== old.inside[room.id]?.people
            || state.rosters[room.id] !== old.rosters[room.id] || inside?.shown !== old.inside[room.id]?.shown) this.#draw(state, known, room);
        this.#drawn = room.id;
    }

    /** @param {State} state @param {ClassState | undefined} known @param {import('../types.js').Room} room */
    #draw(state, known, room) {
        setData(this.node, { status: known?.status ?? 'loading', editing: this.#editing ? 'yes' : undefined });
        this.#problem.hidden = known?.status !== 'failed';
        setText(this.#problem, known?.status === 'failed' ? `The classroom could not be loaded: ${known.error} It is asked for again.` : '');
        if (known?.status !== 'ready') return;
        if (this.#last && this.#drawn === room.id) this.#announce(this.#last, known);
        this.#last = known;
        this.#drawTools(known, room);
        this.#drawDesks(state, known, room);
        this.#drawWalkers(state, known, room);
        handPanel(this.#hands, this.#app, known, room);
        checkPanel(this.#check, this.#app, known, room);
        this.#drawTable(state, known, room);
    }

    /** @param {string} id */
    #name(id) {
        const { state, people } = this.#app;
        return id === state.me?.id ? 'You' : state.inside[state.room]?.shown[id]?.name || personName(people.get(id));
    }

    /** @param {import('../types.js').Room} room */
    #teaches(room) {
        return room.role === 'owner' || room.role === 'moderator';
    }

    /** @param {ClassState} known @param {import('../types.js').Room} room */
    #drawTools(known, room) {
        const app = this.#app;
        const me = app.state.me?.id ?? '';
        const hand = known.hands.findIndex((one) => one.person === me);
        const seat = known.seats.find((one) => one.person === me);
        const teaches = this.#teaches(room);
        const key = [room.role, hand, seat ? 1 : 0, known.locked, known.check.open, this.#editing].join();
        if (this.#tools.dataset.key === key) return;
        this.#tools.dataset.key = key;
        const focused = this.#tools.contains(document.activeElement) ? document.activeElement?.getAttribute('data-tool') : null;
        const tool = (/** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ run, /** @type {Record<string, unknown>} */ more = {}) =>
            h('button', { type: 'button', class: 'button quiet tool', dataset: { tool: name }, on: { click: run }, ...more }, label);
        fill(this.#tools,
            room.role !== 'guest' && tool('hand', hand < 0 ? '✋ Raise hand' : `✋ Lower hand (${hand + 1}${hand === 0 ? ', next' : ''})`, () => void (hand < 0 ? app.class.raise() : app.class.lower()), { 'aria-pressed': String(hand >= 0) }),
            h('span', { class: 'signs', role: 'group', 'aria-label': 'React' }, ...SIGNS.map((sign) => h('button', { type: 'button', class: 'sign', 'aria-label': `React with ${sign}`, on: { click: () => app.class.react(sign) } }, sign))),
            seat && tool('stand', 'Stand up', () => void app.class.stand()),
            !this.#editing && tool('name', 'Your name here', () => nameDialog(this.#app, room.id)),
            teaches && this.#editing && tool('desk', 'Add a desk', () => void app.class.addDesk(0.5, 0.5, 2)),
            teaches && this.#editing && tool('done', 'Done', () => this.#edit(false)),
            teaches && !this.#editing && menuButton({ label: 'Teach', glyph: 'sliders', items: () => this.#teach(this.#app.state.classes[room.id]) }));
        if (focused) /** @type {HTMLElement | null} */ (this.#tools.querySelector(`[data-tool="${focused}"]`))?.focus();
    }

    /** @param {ClassState} known @returns {import('./menu.js').Item[]} */
    #teach(known) {
        const run = this.#app.class;
        return [
            known.check.open ? { label: 'End the check', icon: 'check', run: () => void run.check(false) } : { label: 'Ask all: done?', icon: 'check', run: () => void run.check(true) },
            { label: 'Lower all hands', icon: 'down', run: () => void run.clear() },
            { label: known.locked ? 'Unlock the seats' : 'Lock the seats', icon: 'lock', run: () => void run.lock(!known.locked) },
            { label: 'Seat all at random', icon: 'again', run: () => void run.shuffle(true) },
            { label: 'Desks in rows', icon: 'hash', run: () => floorDialog(this.#app) },
            { label: 'Move the desks', icon: 'pencil', run: () => this.#edit(true) },
        ];
    }

    /** @param {boolean} on */
    #edit(on) {
        this.#editing = on;
        this.#drawn = '';
        this.render(this.#app.state, this.#app.state);
    }

    /** @param {State} state @param {ClassState} known @param {import('../types.js').Room} room */
    #drawDesks(state, known, room) {
        // Where many stand, desks are smaller.
        this.#floor.style.setProperty('--desk-width', `${Math.max(7, Math.min(20, 78 / Math.sqrt(Math.max(1, known.desks.length))))}%`);
        keyed(this.#desks, known.desks, {
            key: (desk) => `${desk.desk}`,
            make: (desk) => {
                const node = h('div', { class: 'desk', dataset: { desk: desk.desk }, role: 'group', 'aria-label': `Desk ${desk.desk}` }, h('div', { class: 'desk-seats' }));
                node.addEventListener('pointerdown', (event) => this.#grab(event, node));
                this.#fillDesk(node, desk, state, known, room);
                return node;
            },
            update: (node, desk) => this.#fillDesk(node, desk, state, known, room),
        });
    }

    /** @param {HTMLElement} node @param {Desk} desk @param {State} state @param {ClassState} known @param {import('../types.js').Room} room */
    #fillDesk(node, desk, state, known, room) {
        if (!node.dataset.held) Object.assign(node.style, { left: `${desk.x * 100}%`, top: `${desk.y * 100}%` });
        const people = Array.from({ length: desk.seats }, (_, i) => known.seats.find((one) => one.desk === desk.desk && one.seat === i + 1)?.person ?? '');
        const shown = state.inside[room.id];
        const key = JSON.stringify([people.map((id) => id && [id, this.#name(id), badges(state, known, room.id, id), shown?.people.includes(id)]), this.#editing, known.locked, room.role]);
        if (node.dataset.key === key) return;
        node.dataset.key = key;
        const seats = /** @type {HTMLElement} */ (node.firstElementChild);
        const focused = seats.contains(document.activeElement) ? [...seats.children].indexOf(/** @type {Element} */ (document.activeElement)) : -1;
        fill(seats, ...people.map((id, i) => this.#seat(desk, i + 1, id, state, known, room)));
        if (focused >= 0) /** @type {HTMLElement | undefined} */ (seats.children[focused])?.focus();
        node.querySelector('.desk-remove')?.remove();
        if (this.#editing) node.append(h('button', { type: 'button', class: 'desk-remove', 'aria-label': `Remove desk ${desk.desk}`, on: { click: () => void this.#app.class.removeDesk(desk.desk) } }, icon('close')));
    }

    /** @param {Desk} desk @param {number} seat @param {string} id  who sits there, or '' @param {State} state @param {ClassState} known @param {import('../types.js').Room} room */
    #seat(desk, seat, id, state, known, room) {
        const me = state.me?.id ?? '';
        const where = `Desk ${desk.desk}, seat ${seat}`;
        if (!id) {
            const free = room.role !== 'guest' && (!known.locked || this.#teaches(room)) && !this.#editing;
            return h('button', { type: 'button', class: 'seat free', 'aria-label': `${where}: free. Sit down`, disabled: !free, on: { click: () => void this.#app.class.sit(desk.desk, seat) } }, h('span', { class: 'seat-face' }, icon('plus')));
        }
        const { signs, words } = badges(state, known, room.id, id);
        const away = !state.inside[room.id]?.people.includes(id);
        const person = this.#app.people.get(id);
        return h('button', {
            type: 'button', class: 'seat taken', dataset: { me: id === me ? 'yes' : undefined, away: away ? 'yes' : undefined, person: id },
            'aria-label': `${where}: ${this.#name(id)}${away ? ', away' : ''}${words ? `, ${words}` : ''}`,
            title: `${this.#name(id)}${words ? ` – ${words}` : ''}`, on: { click: () => this.#pressSeat(id, room) },
        },
        h('span', { class: 'seat-face', dataset: { hue: hueOf(id), face: person.avatar || initials(personName(person)) } }),
        h('span', { class: 'seat-name', dir: 'auto' }, this.#name(id)),
        signs.length > 0 && h('span', { class: 'badges', 'aria-hidden': 'true' }, ...signs.map((sign) => h('span', { class: 'sign-badge' }, sign))));
    }

    /** @param {string} id @param {import('../types.js').Room} room */
    #pressSeat(id, room) {
        if (id === this.#app.state.me?.id) void this.#app.class.stand();
        else if (this.#teaches(room) && this.#app.state.classes[room.id]?.hands.some((one) => one.person === id)) void this.#app.class.call(id);
        else this.#app.say(`${this.#name(id)} sits there.`);
    }

    /** Those inside who do not sit, where they are. @param {State} state @param {ClassState} known @param {import('../types.js').Room} room */
    #drawWalkers(state, known, room) {
        const inside = state.inside[room.id];
        const seated = new Set(known.seats.map((one) => one.person));
        const me = state.me?.id ?? '';
        const who = [...new Set([...(inside?.people ?? []), me])].filter((id) => id && !seated.has(id));
        keyed(this.#walkers, who, {
            key: (id) => id,
            make: (id) => {
                const mine = id === me;
                const node = h(mine ? 'button' : 'span', { class: 'walker', dataset: { me: mine ? 'yes' : undefined, person: id }, ...(mine ? { type: 'button' } : {}) },
                    h('span', { class: 'walker-face', dataset: { hue: hueOf(id) } }), h('span', { class: 'walker-name', dir: 'auto' }), h('span', { class: 'badges', 'aria-hidden': 'true' }));
                if (mine) node.addEventListener('keydown', (event) => this.#walk(/** @type {KeyboardEvent} */ (event)));
                this.#fillWalker(node, id, state, known, room.id);
                return node;
            },
            update: (node, id) => this.#fillWalker(node, id, state, known, room.id),
        });
    }

    /** @param {HTMLElement} node @param {string} id @param {State} state @param {ClassState} known @param {string} room */
    #fillWalker(node, id, state, known, room) {
        const shown = state.inside[room]?.shown[id];
        const { x, y } = placeOf(id, node.dataset.held ? this.#mine : shown);
        Object.assign(node.style, { left: `${x * 100}%`, top: `${y * 100}%` });
        const person = this.#app.people.get(id);
        const [face, name, marks] = /** @type {HTMLElement[]} */ ([...node.children]);
        setData(face, { face: person.avatar || initials(personName(person)) });
        setText(name, shown?.name || this.#name(id));
        const { signs, words } = badges(state, known, room, id);
        setText(marks, signs.join(' '));
        const label = id === state.me?.id ? `You${words ? `, ${words}` : ''}. Arrow keys walk` : '';
        if (label && node.getAttribute('aria-label') !== label) node.setAttribute('aria-label', label);
    }

    /** Where I am going: it is drawn before anybody answers. @type {{x: number, y: number} | undefined} */
    #mine;

    /** @param {number} x @param {number} y */
    #go(x, y) {
        const me = this.#app.state.me?.id ?? '';
        const node = /** @type {HTMLElement | null} */ (this.#walkers.querySelector('[data-me]'));
        if (!node) return;
        this.#mine = { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) };
        const { x: left, y: top } = placeOf(me, this.#mine);
        Object.assign(node.style, { left: `${left * 100}%`, top: `${top * 100}%` });
        node.dataset.held = 'yes';
        this.#app.class.move(this.#mine.x, this.#mine.y);
        clearTimeout(this.#release);
        this.#release = setTimeout(() => delete node.dataset.held, 1_000);
    }

    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #release;

    /** @param {KeyboardEvent} event */
    #walk(event) {
        const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
        if (!way) return;
        event.preventDefault();
        const { state } = this.#app;
        const me = state.me?.id ?? '';
        const from = placeOf(me, this.#mine ?? state.inside[state.room]?.shown[me]);
        const step = STEP * (event.shiftKey ? 4 : 1);
        this.#go(from.x + way[0] * step, from.y + way[1] * step);
    }

    /** A press on the floor walks there; kept down, I follow. @param {PointerEvent} event */
    #press(event) {
        if (event.button !== 0 || this.#editing || (event.target instanceof Element && event.target.closest('.seat, .desk-remove'))) return;
        const box = this.#floor.getBoundingClientRect();
        const to = (/** @type {PointerEvent} */ e) => this.#go((e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height);
        to(event);
        this.#follow(event, to);
    }

    /** @param {PointerEvent} event @param {(event: PointerEvent) => void} move @param {() => void} [end] */
    #follow(event, move, end) {
        const stop = () => {
            removeEventListener('pointermove', move);
            removeEventListener('pointerup', stop);
            removeEventListener('pointercancel', stop);
            end?.();
        };
        event.preventDefault();
        addEventListener('pointermove', move);
        addEventListener('pointerup', stop);
        addEventListener('pointercancel', stop);
    }

    /** The teacher takes a desk and puts it elsewhere. @param {PointerEvent} event @param {HTMLElement} node */
    #grab(event, node) {
        if (!this.#editing || event.button !== 0 || (event.target instanceof Element && event.target.closest('.desk-remove'))) return;
        const box = this.#floor.getBoundingClientRect();
        const clamp = (/** @type {number} */ v) => Math.min(1, Math.max(0, v));
        let place = { x: parseFloat(node.style.left) / 100, y: parseFloat(node.style.top) / 100 };
        node.dataset.held = 'yes';
        this.#follow(event, (e) => {
            place = { x: clamp((e.clientX - box.left) / box.width), y: clamp((e.clientY - box.top) / box.height) };
            Object.assign(node.style, { left: `${place.x * 100}%`, top: `${place.y * 100}%` });
        }, () => {
            delete node.dataset.held;
            void this.#app.class.moveDesk(Number(node.dataset.desk), place.x, place.y);
        });
    }

    /** @param {State} state @param {ClassState} known @param {import('../types.js').Room} room */
    #drawTable(state, known, room) {
        const rows = studentsOf(state, known, room.id).map((id) => {
            const seat = known.seats.find((one) => one.person === id);
            const hand = known.hands.findIndex((one) => one.person === id);
            const answer = known.check.answers.find((one) => one.person === id)?.answer;
            return h('tr', null, h('th', { scope: 'row', dir: 'auto' }, this.#name(id)),
                h('td', null, seat ? `Desk ${seat.desk}, seat ${seat.seat}` : '–'),
                h('td', null, hand >= 0 ? `✋ ${hand + 1}${known.hands[hand].called ? ', called' : ''}` : '–'),
                h('td', null, answer ? ANSWERS[/** @type {keyof typeof ANSWERS} */ (answer)].label : known.check.waiting.includes(id) ? 'not yet' : '–'),
                h('td', null, state.inside[room.id]?.people.includes(id) || id === state.me?.id ? 'here' : 'away'));
        });
        fill(this.#table, h('caption', { class: 'sr' }, 'Seats and states'), h('thead', null, h('tr', null, ...['Name', 'Seat', 'Hand', 'Check', ''].map((title) => h('th', { scope: 'col' }, title)))), h('tbody', null, ...rows));
    }

    /** What a screen reader is told: seats, hands and the check, never a step on the floor. @param {ClassState} old @param {ClassState} now */
    #announce(old, now) {
        /** @type {string[]} */
        const said = [];
        for (const hand of now.hands) if (!old.hands.some((one) => one.person === hand.person)) said.push(`${this.#name(hand.person)} raised a hand.`);
        for (const seat of now.seats) if (!old.seats.some((one) => one.person === seat.person)) said.push(`${this.#name(seat.person)} sat down at desk ${seat.desk}.`);
        if (now.check.open && now.check.no !== old.check.no) said.push('The teacher asks: done, more time, or a question?');
        if (said.length > 0) setText(this.#says, said.length > 3 ? plural(said.length, 'change', 'changes') : said.join(' '));
    }
}
