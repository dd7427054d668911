/** The search for messages, in a dialog: the field, the filters, what was found. */

import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { excerpt, readQuestion, toggleFilter } from '../lib/searchquery.js';
import { full, listTime } from '../lib/time.js';
import { closeDialogs, openDialog } from './dialog.js';
import { personAvatar, personName, roomName } from './names.js';
import { arrows } from './picker.js';

const TYPING_MS = 250;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../actions/search.js').Hit} Hit */
/** @typedef {import('../lib/searchquery.js').FilterKey} FilterKey */

/** @param {App} app @param {Hit} hit @param {() => void} chosen */
function hitNode(app, hit, chosen) {
    const { message, highlights } = hit;
    const person = app.people.get(message.sender);
    const room = app.state.rooms[message.room];
    const own = message.sender === app.state.me?.id;
    const name = room ? roomName(app, room) : 'a conversation';
    const where = room?.kind !== 'direct' ? `in ${name}` : own ? `to ${name}` : 'to you';
    const what = message.text ? excerpt(message.text, highlights) : [];
    const names = (message.files ?? []).map((file) => file.name);
    return h('li', null, h('button', {
        type: 'button', class: 'hit',
        on: {
            click: () => {
                chosen();
                app.search.show(hit);
            },
        },
    },
    personAvatar(person, 'small'),
    h('span', { class: 'hit-main' },
        h('span', { class: 'hit-meta' },
            h('span', { class: 'hit-who', dir: 'auto' }, own ? 'You' : personName(person)),
            h('span', { class: 'hit-where', dir: 'auto' }, where),
            h('time', { datetime: message.sent_at, title: full(message.sent_at) }, listTime(message.sent_at))),
        h('span', { class: 'hit-text', dir: 'auto' }, ...what.map(({ text, mark }) => (mark ? h('mark', null, text) : text))),
        names.length > 0 && h('span', { class: 'hit-files', dir: 'auto' }, `${names.length === 1 ? 'File' : 'Files'}: ${names.join(', ')}`))));
}

/** What can be typed, as long as nothing is. */
function help() {
    /** @type {[string, string][]} */
    const rows = [
        ['hel', 'words that begin so'], ['"good morning"', 'exactly these words'], ['from:ada', 'written by @ada; also from:me'], ['in:"Book club"', 'in that conversation; also in:here'],
        ['has:link', 'with a link, file or image'], ['before:2026-11-21', 'also after: and on:, today, yesterday'],
    ];
    return h('dl', { class: 'search-help' }, ...rows.map(([what, means]) => h('div', null, h('dt', null, h('code', null, what)), h('dd', null, means))));
}

/** @param {App} app */
export function openSearch(app) {
    closeDialogs();
    const input = h('input', {
        type: 'search', id: 'message-search', placeholder: 'Search messages', 'aria-label': 'Search messages', autocomplete: 'off', spellcheck: 'false',
        maxlength: 200, enterkeyhint: 'search', 'aria-controls': 'search-hits', value: app.search.now.text,
    });
    const chips = h('div', { class: 'search-chips', role: 'group', 'aria-label': 'Filters' });
    const says = h('p', { class: 'found-says', role: 'status' });
    const list = h('ol', { class: 'hits', id: 'search-hits', 'aria-label': 'Messages found' });
    const below = h('div', { class: 'hits-below' });
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;

    const ask = () => {
        clearTimeout(timer);
        if (input.value !== app.search.now.text || app.search.now.status === 'failed') void app.search.ask(input.value);
        drawChips();
    };
    const link = (/** @type {string} */ words, /** @type {() => void} */ run) => h('button', { type: 'button', class: 'link', on: { click: run } }, words);
    const chosen = () => dialog.close();

    function drawChips() {
        const { filters } = readQuestion(input.value);
        const here = app.state.rooms[app.state.room];
        /** @type {[string, FilterKey, string][]} */
        const all = [['Links', 'has', 'link'], ['Files', 'has', 'file'], ['Images', 'has', 'image'], ['From me', 'from', 'me']];
        if (here) all.unshift([`In ${roomName(app, here)}`, 'in', 'here']);
        const at = chips.contains(document.activeElement) ? [...chips.children].indexOf(/** @type {Element} */ (document.activeElement)) : -1;
        fill(chips, ...all.map(([label, key, value]) => h('button', {
            type: 'button', class: 'search-chip', 'aria-pressed': String(filters.some((one) => one.key === key && one.value.toLowerCase() === value)),
            on: {
                click: () => {
                    input.value = toggleFilter(input.value, key, value);
                    ask();
                },
            },
        }, label)));
        if (at >= 0) /** @type {HTMLElement | undefined} */ (chips.children[at])?.focus();
    }

    function draw() {
        const { status, hits, next, more, whole, error } = app.search.now;
        list.setAttribute('aria-busy', String(status === 'busy' || more === 'busy'));
        const at = [...list.children].findIndex((one) => one.contains(document.activeElement));
        fill(list, ...hits.map((hit) => hitNode(app, hit, chosen)));
        if (at >= 0) list.children[at]?.querySelector('button')?.focus();
        const searching = status === 'busy' || (more === 'busy' && !hits.length);
        if (searching) fill(says, h('span', { class: 'spinner', role: 'img', 'aria-label': 'Searching' }), ' Searching…');
        else if (status === 'failed') fill(says, `${error} `, link('Retry', () => void app.search.ask(input.value)));
        else if (status === 'wrong') fill(says, error);
        else if (status === 'ready') fill(says, hits.length ? `${hits.length}${next ? ' or more' : ''} found` : next ? '' : 'No message has all of that.', !whole && ' The newest messages may still be missing.');
        else fill(says);
        const moreNode = more === 'failed' ? h('p', { class: 'found-says' }, 'The rest could not be loaded. ', link('Retry', () => void app.search.more()))
            : next && hits.length ? h('button', { type: 'button', class: 'button quiet', disabled: more === 'busy', on: { click: () => void app.search.more() } }, more === 'busy' ? 'Loading…' : 'Show more') : false;
        fill(below, status === 'idle' && help(), status === 'ready' && moreNode);
    }

    input.addEventListener('input', () => {
        clearTimeout(timer);
        timer = setTimeout(ask, TYPING_MS);
    });
    const body = h('div', { class: 'search-panel' }, h('div', { class: 'search-box' }, icon('search'), input), chips, says, list, below);
    body.addEventListener('keydown', (event) => {
        // Enter asks at once; it goes to the first message found only when that answers what stands there.
        if (event.key === 'Enter' && event.target === input && !event.isComposing && input.value !== app.search.now.text) {
            event.preventDefault();
            ask();
        } else {
            arrows(event, input, list);
        }
    });
    let people = app.state.people;
    const stop = app.store.subscribe((state) => {
        if (state.people === people) return;
        people = state.people;
        draw();
    });
    app.search.changed = draw;
    const dialog = openDialog({
        title: 'Search messages',
        wide: true,
        closed: () => {
            clearTimeout(timer);
            stop();
            app.search.changed = () => {};
        },
    }, body);
    dialog.node.classList.add('search');
    drawChips();
    draw();
    input.focus();
    input.select();
}
