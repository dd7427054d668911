// axe-core finds no serious fault: on every page, in every dialog, menu and popup, in light and in dark.
import { randomUUID } from 'node:crypto';
import { after, before } from 'node:test';
import { assert, suite, test } from '../../harness/suite.mjs';
import { axeFaults, closeBrowser, enter, leave, openBrowser, openPage, problems, say, sees, signIn } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

const its = suite({ accounts: ['ada', 'bob', 'cleo'] }, async (stack) => {
    const [ada, bob, cleo] = await Promise.all(['ada', 'bob', 'cleo'].map((handle) => stack.signIn(handle)));
    for (const [name, kind] of [['Kitchen', 'group'], ['News', 'channel']]) {
        const room = await ada.room(name, { people: [bob, cleo], kind, visibility: kind === 'channel' ? 'public' : 'private' });
        await bob.send(room.id, `Welcome to ${name}: https://plans.example.org/`);
        await ada.send(room.id, 'Thank you!');
        await bob.send(room.id, '🎉');
        for (let i = 0; i < 5; i += 1) await cleo.send(room.id, `and ${i} more`);
        // One of everything that a message may have.
        const rich = await bob.send(room.id, '# Plan\n\n| what | who |\n|---|---|\n| lamps | @ada |\n\n> quoted\n\n1. one\n2. two\n\n```c\nint main(void);\n```\n~~old~~ **new** `code` @room');
        for (const one of [ada, cleo]) await one.ok('PUT', `/api/rooms/${room.id}/messages/${rich.seq}/reactions`, { status: 204, body: { emoji: '🎉' } });
        await cleo.ok('POST', `/api/rooms/${room.id}/messages`, { status: 201, body: { client_id: randomUUID(), text: 'a reply in a thread', thread: rich.seq } });
        await ada.ok('PUT', `/api/rooms/${room.id}/messages/${rich.seq}/pin`, { status: 204 });
        await ada.ok('PUT', `/api/rooms/${room.id}/messages/${rich.seq}/saved`, { status: 204 });
        await ada.send(room.id, 'the last one, my own');
    }
    await ada.room('Empty', { people: [bob] });
    const direct = await ada.ok('POST', '/api/rooms/direct', { status: 201, body: { person: bob.me.id, client_id: randomUUID() } });
    await bob.send(direct.id, 'just between us');
});
before(openBrowser);
after(closeBrowser);

/**
 * Every state of the page that is worth a look: how one comes there, and how back. Whoever adds a dialog or a
 * view adds a row. `from`: where it is opened from, which on a phone is another screen.
 * @type {{name: string, from: 'list' | 'room', open: (page: Page) => Promise<unknown>, close?: (page: Page) => Promise<unknown>}[]}
 */
const VIEWS = [
    { name: 'the list alone', from: 'list', open: async () => {} },
    { name: 'a room', from: 'list', open: (page) => enter(page, 'Kitchen') },
    { name: 'a channel', from: 'list', open: (page) => enter(page, 'News') },
    { name: 'a room without messages', from: 'list', open: (page) => enter(page, 'Empty') },
    { name: 'notes and direct rooms', from: 'list', open: (page) => page.locator('.room-link', { hasText: 'Bob' }).first().click() },
    { name: 'a message with its bar', from: 'list', open: (page) => enter(page, 'Kitchen').then(() => page.hover('.msg >> nth=1', { position: { x: 4, y: 4 } })) },
    { name: 'a message with its menu', from: 'room', open: (page) => page.click('.msg-tools .more'), close: escape },
    { name: 'a message with the focus', from: 'room', open: (page) => page.keyboard.press('Alt+m') },
    { name: 'the emoji picker', from: 'room', open: (page) => page.click('[aria-label=Emoji]').then(() => page.waitForSelector('.emoji-cell')), close: escape },
    { name: 'the emoji search', from: 'room', open: (page) => page.click('[aria-label=Emoji]').then(() => page.fill('.emoji-picker input', 'cat')), close: escape },
    { name: 'suggestions', from: 'room', open: (page) => page.focus('#compose').then(() => page.keyboard.type('@')).then(() => page.waitForSelector('[role=option]')), close: (page) => page.fill('#compose', '') },
    { name: 'the switcher', from: 'room', open: (page) => page.keyboard.press('Control+k'), close: escape },
    { name: 'the keyboard help', from: 'room', open: (page) => page.keyboard.press('Control+/'), close: escape },
    ...['New message', 'New group', 'New channel', 'Browse public rooms'].map((entry) => ({ name: entry, from: /** @type {const} */ ('list'), open: (/** @type {Page} */ page) => menu(page, 'New conversation', entry), close: escape })),
    ...['Your profile', 'Password', 'Your sessions'].map((entry) => ({ name: entry, from: /** @type {const} */ ('list'), open: (/** @type {Page} */ page) => menu(page, 'Your account', entry), close: escape })),
    { name: 'Sound and notifications', from: 'list', open: (page) => menu(page, 'Your account', 'Sound and notifications'), close: escape },
    { name: 'the search', from: 'list', open: (page) => page.keyboard.press('Control+Shift+F').then(() => page.waitForSelector('#message-search')), close: escape },
    ...[['Threads', 'Alt+t'], ['Mentions', 'Alt+n'], ['Saved', 'Alt+s']].map(([name, keys]) => ({
        name, from: /** @type {const} */ ('room'), open: (/** @type {Page} */ page) => page.keyboard.press(keys).then(() => page.waitForTimeout(400)), close: panel,
    })),
    ...['Pinned messages', 'People', 'About this room'].map((entry) => ({
        name: entry, from: /** @type {const} */ ('room'), open: (/** @type {Page} */ page) => menu(page, 'Room menu', entry, 'body').then(() => page.waitForTimeout(400)), close: panel,
    })),
    { name: 'a thread', from: 'room', open: (page) => page.focus('.msg:has(table)').then(() => page.keyboard.press('t')).then(() => page.waitForSelector('#thread-compose')), close: panel },
    { name: 'a message being edited', from: 'room', open: (page) => page.focus('.msg[data-own] >> nth=-1').then(() => page.keyboard.press('e')).then(() => page.waitForTimeout(300)), close: (page) => page.keyboard.press('Escape') },
    { name: 'choosing a reaction', from: 'room', open: (page) => page.focus('.msg[data-own] >> nth=-1').then(() => page.keyboard.press('r')).then(() => page.waitForSelector('.emoji-cell')), close: escape },
    { name: 'the room menu', from: 'room', open: (page) => page.click('[aria-label="Room menu"]'), close: escape },
    ...['Notifications', 'Go to a day', 'Name and settings', 'Add people', 'Archive', 'Leave', 'Delete'].map((entry) => ({ name: entry, from: /** @type {const} */ ('room'), open: (/** @type {Page} */ page) => menu(page, 'Room menu', entry), close: escape })),
];

/** @param {Page} page */
async function escape(page) {
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog, .popup, .menu', { state: 'detached' });
}

/** What stands beside the log goes; on a phone it stands in its place. @param {Page} page */
async function panel(page) {
    const shut = page.locator('.side-close:visible, .side-back:visible, .panel-head [aria-label=Close]:visible').first();
    if (await shut.count()) await shut.click();
}

/** @param {Page} page @param {string} button @param {string} entry @param {string} [comes] */
async function menu(page, button, entry, comes = 'dialog[open]') {
    await page.click(`[aria-label="${button}"]`);
    await page.locator('.menu-item', { hasText: entry }).first().click();
    await page.waitForSelector(comes);
    await page.waitForTimeout(150);
}

for (const [width, dark] of /** @type {[number, boolean][]} */ ([[1280, false], [1280, true], [320, true], [320, false]])) {
    test(`no serious fault at ${width} px, ${dark ? 'dark' : 'light'}`, async () => {
        const page = await openPage(its.stack.url, { width, height: width === 320 ? 568 : 800, dark });
        /** @type {string[]} */
        const faults = [];
        const look = async (/** @type {string} */ where) => { for (const fault of await axeFaults(page)) faults.push(`${where}: ${fault}`); };
        await page.waitForSelector('#handle');
        await look('the sign-in');
        await page.fill('#handle', 'nobody');
        await page.fill('#password', 'at all');
        await page.keyboard.press('Enter');
        await page.waitForSelector('.problem:not(:empty)');
        await look('a refused sign-in');
        await signIn(page, 'ada');
        for (const view of VIEWS) {
            const inRoom = width < 720 ? await page.isVisible('.back') : true;
            if (width < 720 && inRoom && view.from === 'list') await page.click('.back');
            if (!inRoom && view.from === 'room') await enter(page, 'Kitchen');
            await view.open(page);
            await look(view.name);
            await view.close?.(page);
        }
        if (width > 720) {
            await enter(page, 'Kitchen');
            await its.stack.web.stop();
            await say(page, 'while nobody is there');
            await page.waitForSelector('.banner:not([hidden])', { timeout: 30_000 });
            await look('without a connection');
            await its.stack.web.start();
            await sees(page, 'while nobody is there', 60_000);
        }
        assert.deepEqual([...new Set(faults)], []);
        await leave(page);
        assert.deepEqual(problems, []);
    }, { timeout: 240_000 });
}
