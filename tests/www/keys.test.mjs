import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SHORTCUTS, WHERE, holdsWhileWriting, isShortcut, pressed, spell } from '../../www/js/keys.js';
import { allShortcuts } from '../../www/js/view/keyhelp.js';
import { MESSAGE_ACTIONS, actionsFor, labelOf } from '../../www/js/view/messageactions.js';
import { MESSAGE } from './samples.mjs';

const press = (key, more = {}) => /** @type {any} */ ({ key, code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

describe('the table of shortcuts', () => {
    const all = allShortcuts();
    it('has no key twice in one place, nor one that the whole page has', () => {
        const anywhere = all.filter(({ where }) => where === 'anywhere').flatMap(({ keys }) => keys);
        for (const where of Object.keys(WHERE)) {
            const keys = all.filter((row) => row.where === where).flatMap((row) => row.keys);
            assert.equal(new Set(keys.map((one) => one.toLowerCase())).size, keys.length, where);
            if (where !== 'anywhere') assert.deepEqual(keys.filter((one) => anywhere.includes(one)), [], where);
        }
        assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
    });
    it('leaves to the browser what is the browser’s', () => {
        const taken = ['t', 'n', 'w', 'r', 'l', 'f', 'p', 's', 'd', 'j', 'h', 'c', 'v', 'x', 'a', 'z', 'y', 'b', 'i', 'u'].map((key) => `mod+${key}`);
        for (const { keys } of all) for (const one of keys) assert.ok(!taken.includes(one.toLowerCase()) && !['alt+d', 'alt+f', 'alt+arrowleft', 'alt+arrowright', 'alt+home', 'alt+f4'].includes(one.toLowerCase()), one);
    });
    it('names every place, and every row can be spelt', () => {
        for (const { where, keys, label } of all) {
            assert.ok(where in WHERE && label);
            for (const one of keys) assert.ok(spell(one).every(Boolean), one);
        }
        assert.ok(SHORTCUTS.filter(({ where }) => where === 'anywhere').every(({ keys, id }) => id === 'help' || keys.every(holdsWhileWriting)), 'one that is dead while one writes');
    });
});

describe('a combination', () => {
    it('is pressed with exactly its modifiers', () => {
        assert.ok(pressed(press('k', { ctrlKey: true }), 'Mod+K'));
        assert.ok(!pressed(press('k'), 'Mod+K'));
        assert.ok(!pressed(press('K', { ctrlKey: true, shiftKey: true }), 'Mod+K'));
        assert.ok(!pressed(press('k', { ctrlKey: true, altKey: true }), 'Mod+K'));
        assert.ok(pressed(press('ArrowUp', { altKey: true, shiftKey: true }), 'Alt+Shift+ArrowUp'));
        assert.ok(!pressed(press('ArrowUp', { altKey: true, shiftKey: true }), 'Alt+ArrowUp'));
        assert.ok(!pressed(press('c', { ctrlKey: true }), 'c'), 'Ctrl+C copies what is selected');
    });
    it('with a sign does not ask how the sign is typed', () => {
        assert.ok(pressed(press('?', { shiftKey: true }), '?'));
        assert.ok(pressed(press('?'), '?'));
        assert.ok(pressed(press('/', { ctrlKey: true, shiftKey: true }), 'Mod+/'));
    });
    it('with Alt goes by the place of the key, where Alt makes another sign of it', () => {
        assert.ok(pressed(press('µ', { altKey: true, code: 'KeyM' }), 'Alt+M'));
    });
    it('is found by its row', () => {
        assert.ok(isShortcut(press('Enter'), 'composer-send'));
        assert.ok(!isShortcut(press('Enter', { shiftKey: true }), 'composer-send'));
    });
});

describe('the actions of a message', () => {
    const state = /** @type {any} */ ({ me: { id: '1' }, rooms: {}, people: {}, limits: {} });
    it('are rows with a name, a sign, and a key of one letter', () => {
        for (const action of MESSAGE_ACTIONS) {
            assert.match(action.id, /^[a-z-]+$/);
            assert.ok(labelOf(action, MESSAGE, state));
            if (action.shortcut) assert.equal([...action.shortcut].length <= 1 || /^[A-Z]\w+$/.test(action.shortcut), true, action.id);
        }
        assert.equal(new Set(MESSAGE_ACTIONS.map(({ id }) => id)).size, MESSAGE_ACTIONS.length);
    });
    it('fit the message: nothing to copy where there is no text', () => {
        const ids = (/** @type {any} */ message) => actionsFor(message, state).map(({ id }) => id);
        assert.ok(ids(MESSAGE).includes('copy'));
        assert.ok(!ids({ ...MESSAGE, text: null, deleted: true }).includes('copy'));
    });
});
