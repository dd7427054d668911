/** What rings: for this browser, and for one room. */

import { fill, h } from '../lib/dom.js';
import { isMuted } from '../lib/attention.js';
import { ring } from '../lib/sound.js';
import { full } from '../lib/time.js';
import { noticesWanted, permission, soundWanted, wantNotices, wantSound } from './alerts.js';
import { checkField, choiceField, field, openDialog, valueOf, workForm } from './dialog.js';

const HOUR_MS = 3_600_000;
/** Later than anybody's patience. */
const FOR_EVER = '2999-12-31T00:00:00.000Z';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Room} Room */

/** Sound and notifications of this browser. */
export function alertsDialog() {
    const notices = h('div', { class: 'alert-notices' });
    const sound = checkField('sound', 'Sound', 'Two soft notes for what is new while you look elsewhere.', soundWanted());
    sound.addEventListener('change', () => wantSound(/** @type {HTMLInputElement} */ (sound.querySelector('input')).checked));

    function draw() {
        const state = permission();
        if (state === 'granted') {
            const box = checkField('notices', 'Notifications', 'Shown by your system while this page is in the background.', noticesWanted());
            box.addEventListener('change', () => wantNotices(/** @type {HTMLInputElement} */ (box.querySelector('input')).checked));
            fill(notices, box);
        } else if (state === 'default') {
            fill(notices, h('p', { class: 'hint' }, 'Your system can show what is new while this page is in the background. Your browser will ask you.'),
                h('button', {
                    type: 'button', class: 'button',
                    on: {
                        click: async () => {
                            await Notification.requestPermission();
                            draw();
                            /** @type {HTMLElement | null} */ (notices.querySelector('input, button'))?.focus();
                        },
                    },
                }, 'Allow notifications'));
        } else {
            fill(notices, h('p', { class: 'hint' }, state === 'denied'
                ? 'Notifications are blocked for this site in your browser. Its site settings can allow them again.'
                : 'Notifications need a browser that has them and a site with https.'));
        }
    }
    draw();
    openDialog({ title: 'Sound and notifications' },
        h('p', { class: 'faint' }, 'These hold for this browser. What a room may ring for is set in the room’s menu.'),
        sound, h('div', null, h('button', { type: 'button', class: 'button quiet', on: { click: () => void ring() } }, 'Hear it')), notices);
}

/** Tomorrow at eight in the morning, here. @param {Date} now */
function tomorrow(now) {
    return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 8);
}

/** Until when, by the name of a choice. @param {string} choice @param {Date} [now] @returns {string}  '' leaves it as it is */
export function mutedUntil(choice, now = new Date()) {
    switch (choice) {
        case 'no': return now.toISOString();
        case 'hour': return new Date(now.getTime() + HOUR_MS).toISOString();
        case 'day': return tomorrow(now).toISOString();
        case 'week': return new Date(now.getTime() + 7 * 24 * HOUR_MS).toISOString();
        case 'ever': return FOR_EVER;
        default: return '';
    }
}

/** What a room rings for. @param {App} app @param {Room} room */
export function roomAlertsDialog(app, room) {
    const muted = room.muted_until !== undefined && isMuted({ ...room, notify: 'all' });
    const since = muted ? (String(room.muted_until) >= FOR_EVER ? 'Muted for good' : `Muted until ${full(String(room.muted_until))}`) : 'Not muted';
    const mute = h('select', { name: 'mute' }, h('option', { value: '' }, since), muted && h('option', { value: 'no' }, 'Not muted any more'),
        h('option', { value: 'hour' }, 'For an hour'), h('option', { value: 'day' }, 'Until tomorrow morning'), h('option', { value: 'week' }, 'For a week'), h('option', { value: 'ever' }, 'For good'));
    const form = workForm({
        submit: 'Save', cancel: () => dialog.close(),
        async run(data) {
            const until = mutedUntil(valueOf(data, 'mute'));
            await app.rooms.settings(room.id, { notify: valueOf(data, 'notify'), ...(until ? { muted_until: until } : {}) });
            dialog.close();
        },
    },
    choiceField('notify', 'Tell me of', room.notify ?? 'all', [
        ['all', 'All messages', 'Badge, sound and notifications for everything that is said.'],
        ['mentions', 'Only what means me', 'When somebody writes @ and your handle, or @room.'],
        ['nothing', 'Nothing', 'The room stays quiet. What is new is still shown as new.'],
    ]),
    field('Mute', mute, 'A muted room stays quiet, whatever is set above.'));
    const dialog = openDialog({ title: 'Notifications of this room' }, form);
}
