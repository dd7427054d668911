/** A poll in a message: its choices as bars that grow while people vote. */

import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { plural } from '../lib/text.js';
import { pollKey } from '../reducers/class.js';
import { personName } from './names.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').PollState} PollState */
/** @typedef {{room: string, seq: number, own: boolean, poll: {choices: string[], anonymous: boolean}}} Asked */

/** @param {App} app @param {PollState['choices'][number]} choice */
function voters(app, choice) {
    return (choice.people ?? []).map((id) => (id === app.state.me?.id ? 'You' : personName(app.people.get(id)))).join(', ');
}

/**
 * @param {App} app @param {Asked} asked
 * @returns {HTMLElement}
 */
export function pollView(app, asked) {
    const { room, seq, poll } = asked;
    const node = h('div', { class: 'poll', role: 'group', 'aria-label': 'Poll' });
    const rows = poll.choices.map((text, i) => {
        const bar = h('span', { class: 'poll-bar' });
        const count = h('span', { class: 'poll-count' });
        const button = h('button', { type: 'button', class: 'poll-choice', 'aria-pressed': 'false', on: { click: () => void app.class.vote(room, seq, button.getAttribute('aria-pressed') === 'true' ? 0 : i + 1) } },
            bar, h('span', { class: 'poll-text', dir: 'auto' }, text), count);
        return { bar, count, button };
    });
    const foot = h('p', { class: 'poll-foot' });
    node.append(...rows.map(({ button }) => button), foot);

    /** @param {PollState | undefined} state */
    const draw = (state) => {
        const total = state?.choices.reduce((sum, choice) => sum + choice.count, 0) ?? 0;
        rows.forEach(({ bar, count, button }, i) => {
            const choice = state?.choices[i];
            bar.style.inlineSize = total && choice ? `${(choice.count / total) * 100}%` : '0';
            fill(count, choice?.mine && icon('check'), state ? String(choice?.count ?? 0) : '');
            button.setAttribute('aria-pressed', String(Boolean(choice?.mine)));
            button.disabled = !state || Boolean(state.closed_at);
            button.title = choice ? voters(app, choice) : '';
        });
        fill(foot, state ? plural(total, 'vote', 'votes') : 'Counting…', poll.anonymous ? ' · anonymous' : '', state?.closed_at ? ' · closed' : '',
            state && !state.closed_at && asked.own && h('button', { type: 'button', class: 'link', on: { click: () => void app.class.closePoll(room, seq) } }, 'Close'));
    };

    const key = pollKey(room, seq);
    let last = app.state.polls[key];
    draw(last);
    app.class.poll(room, seq);
    // The message goes with its log; a listener that finds its node gone takes itself away.
    const stop = app.store.subscribe((state) => {
        if (last && !node.isConnected) stop();
        else if (state.polls[key] !== last) draw((last = state.polls[key]));
    });
    return node;
}
