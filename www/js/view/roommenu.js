/** What can be done with the open room: favourites, notifications, settings, leave, delete. */

import { isMuted } from '../lib/attention.js';
import { roomAlertsDialog } from './alertsettings.js';
import { confirmDialog } from './dialog.js';
import { jumpDialog } from './jumpdate.js';
import { roomName } from './names.js';
import { addPeopleDialog, mayManage } from './people.js';
import { roomsInOrder } from './roomlist.js';
import { archiveDialog, roomSettingsDialog } from './roomsettings.js';

/** A new favourite stands so far behind the last one; the server takes numbers up to a million. */
const PLACE_STEP = 1_000;
const PLACE_MOST = 1_000_000;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Room} Room */
/** @typedef {import('./menu.js').Item} Item */

/**
 * In and out of the favourites, and up and down among them. Their places are numbers with room between them, so
 * that one move is one change.
 * @param {App} app @param {Room} room @param {(work: Promise<unknown>) => void} failing @returns {Item[]}
 */
function favouriteItems(app, room, failing) {
    if (room.archived) return [];
    const { favourites } = roomsInOrder(app.state);
    const places = favourites.map((one) => Number(one.favourite));
    const put = (/** @type {number} */ place) => failing(app.rooms.settings(room.id, { favourite: place }));
    if (!room.favourite) return [{ label: 'Add to favourites', icon: 'star', run: () => put(Math.min(PLACE_MOST, Math.max(0, ...places) + PLACE_STEP)) }];
    const at = favourites.findIndex(({ id }) => id === room.id);
    /** @type {Item[]} */
    const items = [{ label: 'Remove from favourites', icon: 'star', run: () => put(0) }];
    const between = (/** @type {number} */ low, /** @type {number} */ high) => failing(app.rooms.place(favourites, room.id, low, high));
    if (at > 0) items.push({ label: 'Move up', icon: 'up', run: () => between(places[at - 2] ?? 0, places[at - 1]) });
    if (at < favourites.length - 1) items.push({ label: 'Move down', icon: 'down', run: () => between(places[at + 1], places[at + 2] ?? places[at + 1] + 2 * PLACE_STEP) });
    return items;
}

/** @param {App} app @param {Room} room @param {() => void} showPeople @returns {Item[]} */
export function roomMenu(app, room, showPeople) {
    const failing = (/** @type {Promise<unknown>} */ work) => void work.catch((error) => app.say(error.message));
    /** @type {Item[]} */
    const items = [{ label: 'People', icon: 'people', run: showPeople }, ...favouriteItems(app, room, failing),
        { label: 'Notifications', icon: isMuted(room) ? 'belloff' : 'bell', run: () => roomAlertsDialog(app, room) },
        { label: 'Go to a day', icon: 'calendar', run: () => jumpDialog(app, room) }];
    if (room.kind === 'direct') return items;
    if (mayManage(room)) {
        if (!room.archived) items.push({ label: 'Add people', icon: 'plus', run: () => addPeopleDialog(app, room) });
        items.push({ label: 'Name and settings', icon: 'sliders', run: () => roomSettingsDialog(app, room) });
        items.push(room.archived ? { label: 'Take out of the archive', icon: 'archive', run: () => failing(app.rooms.change(room.id, { archived: false })) }
            : { label: 'Archive', icon: 'archive', run: () => archiveDialog(app, room) });
    }
    items.push({ label: 'About this room', icon: 'chat', run: () => app.panels.show({ kind: 'info', room: room.id }) });
    items.push({
        label: 'Leave', icon: 'door',
        run: () => confirmDialog({
            title: `Leave ${roomName(app, room)}?`, submit: 'Leave',
            text: room.visibility === 'public' ? 'You can join again at any time.' : 'Somebody in it has to add you if you want to come back.',
            run: () => app.rooms.leave(room.id),
        }),
    });
    if (room.role === 'owner') {
        items.push({
            label: 'Delete', icon: 'bin', danger: true,
            run: () => confirmDialog({
                title: `Delete ${roomName(app, room)}?`, submit: 'Delete for everybody',
                text: 'All its messages go, for everybody. This cannot be undone.',
                run: () => app.rooms.remove(room.id),
            }),
        });
    }
    return items;
}
