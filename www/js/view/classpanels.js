/** The two cards beside the floor: who wants to speak, in order; and how the check stands. */

import { fill, h } from '../lib/dom.js';
import { plural } from '../lib/text.js';
import { ANSWERS } from './classparts.js';
import { personAvatar, personName } from './names.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').ClassState} ClassState */
/** @typedef {import('../types.js').Room} Room */

/** @param {Room} room */
const teaches = (room) => room.role === 'owner' || room.role === 'moderator';

/** Draws only when something of it has changed, so that the focus stays. @param {HTMLElement} node @param {unknown} key */
function same(node, key) {
    const text = JSON.stringify(key);
    if (node.dataset.key === text) return true;
    node.dataset.key = text;
    return false;
}

/** @param {HTMLElement} node @param {App} app @param {ClassState} known @param {Room} room */
export function handPanel(node, app, known, room) {
    const people = known.hands.map((one) => app.people.get(one.person));
    node.hidden = known.hands.length === 0;
    if (same(node, [known.hands, room.role, people.map((person) => [person.name, person.avatar])])) return;
    fill(node, h('h2', null, plural(known.hands.length, 'hand', 'hands')),
        h('ol', { class: 'hands' }, ...known.hands.map((hand, i) => h('li', { dataset: { called: hand.called ? 'yes' : undefined } },
            personAvatar(people[i], 'small'), h('span', { class: 'hand-name', dir: 'auto' }, hand.person === app.state.me?.id ? 'You' : personName(people[i]), hand.called && h('em', null, ' speaks')),
            teaches(room) && !hand.called && h('button', { type: 'button', class: 'link', 'aria-label': `Call ${personName(people[i])}`, on: { click: () => void app.class.call(hand.person) } }, 'Call'),
            teaches(room) && h('button', { type: 'button', class: 'link', 'aria-label': `Done with ${personName(people[i])}`, on: { click: () => void app.class.lower(hand.person) } }, 'Done')))));
}

/** @param {HTMLElement} node @param {App} app @param {ClassState} known @param {Room} room */
export function checkPanel(node, app, known, room) {
    const { check } = known;
    const me = app.state.me?.id ?? '';
    const mine = check.answers.find((one) => one.person === me)?.answer;
    node.hidden = !check.open && check.answers.length === 0;
    const waiting = check.waiting.map((id) => personName(app.people.get(id)));
    if (same(node, [check, room.role, waiting])) return;
    const count = (/** @type {string} */ answer) => check.answers.filter((one) => one.answer === answer).length;
    const asked = check.answers.length + check.waiting.length;
    const focused = node.contains(document.activeElement) ? document.activeElement?.getAttribute('data-answer') : null;
    fill(node, h('h2', null, check.open ? 'How far are you?' : 'The check is over'),
        h('div', { class: 'answers', role: 'group', 'aria-label': 'Your answer' }, ...Object.entries(ANSWERS).map(([answer, { label, sign }]) => h('button', {
            type: 'button', class: 'answer', dataset: { answer }, 'aria-pressed': String(mine === answer), disabled: !check.open || room.role === 'guest',
            on: { click: () => void app.class.answer(/** @type {'done'} */ (answer)) },
        }, h('span', { 'aria-hidden': 'true' }, sign), h('span', null, label), h('strong', { class: 'answer-count', 'aria-label': `${count(answer)} people` }, String(count(answer)))))),
        h('div', { class: 'answer-bar', role: 'img', 'aria-label': `${check.answers.length} of ${asked} have answered` }, ...Object.keys(ANSWERS).map((answer) => {
            const part = h('span', { dataset: { answer } });
            part.style.flexGrow = String(count(answer));
            return part;
        }), (() => {
            const rest = h('span', { dataset: { answer: 'none' } });
            rest.style.flexGrow = String(check.waiting.length);
            return rest;
        })()),
        waiting.length > 0 && h('p', { class: 'waiting', dir: 'auto' }, h('strong', null, 'Not yet: '), waiting.slice(0, 30).join(', '), waiting.length > 30 && ` and ${waiting.length - 30} more`));
    if (focused) /** @type {HTMLElement | null} */ (node.querySelector(`[data-answer="${focused}"]`))?.focus();
}
