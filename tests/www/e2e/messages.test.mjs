// Reaching a message: with the mouse, by keyboard, by a long press, and by its address.
import { after, before } from 'node:test';
import { assert, suite, test } from '../../harness/suite.mjs';
import { allShortcuts } from '../../../www/js/view/keyhelp.js';
import { closeBrowser, enter, leave, online, openAs, openBrowser, openPage, picture, problems, sees } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

const LONG = 420;
/** @type {{id: string}} */
let long;
const its = suite({ accounts: ['ada', 'bob'] }, async (stack) => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => stack.signIn(handle)));
    const room = await ada.room('Short', { people: [bob] });
    for (const text of ['first', 'a second one with https://example.org/ in it', 'third']) await bob.send(room.id, text);
    await ada.send(room.id, 'my own');
    long = await ada.room('Long', { people: [bob] });
    for (let i = 1; i <= LONG; i += 1) await bob.send(long.id, `line ${i}`);
    await ada.room('Empty one', { people: [bob] });
});
before(openBrowser);
after(closeBrowser);

const focusedText = (/** @type {Page} */ page) => page.evaluate(() => document.activeElement?.querySelector('.text')?.textContent ?? document.activeElement?.id);
const copied = (/** @type {Page} */ page) => page.evaluate(() => navigator.clipboard.readText());
/** @param {Page} page */
const mayCopy = (page) => page.context().grantPermissions(['clipboard-read', 'clipboard-write']);

test('the mouse finds the actions beside the message', async () => {
    const page = await openAs(its.stack.url, 'ada');
    await mayCopy(page);
    await enter(page, 'Short');
    assert.equal(await page.isVisible('.msg-tools'), false);
    await page.hover('.msg:has-text("first") .text');
    await page.click('.msg-tools [data-action=react]');
    await page.waitForSelector('.emoji-picker');
    await page.keyboard.press('Escape');
    await page.hover('.msg:has-text("first") .text');
    await page.click('.msg-tools .more');
    await page.click('.menu [data-action=copy]');
    await page.locator('.toast', { hasText: 'copied' }).waitFor();
    assert.equal(await copied(page), 'first');
    await page.hover('.msg:has-text("my own") .text');
    await picture(page, 'message-bar');
    await page.click('.msg-tools .more');
    await page.waitForSelector('.menu-item:focus');
    await picture(page, 'message-menu');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.msg-tools .more:focus');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('the keyboard goes through the messages: one stop for Tab, arrows inside, letters for actions', async () => {
    const page = await openAs(its.stack.url, 'ada');
    await mayCopy(page);
    await enter(page, 'Short');
    await page.focus('#compose');
    await page.keyboard.press('Shift+Tab');
    for (let i = 0; i < 4 && !(await page.evaluate(() => document.activeElement?.matches('.msg'))); i += 1) await page.keyboard.press('Shift+Tab');
    assert.equal(await focusedText(page), 'my own');
    assert.equal(await page.locator('.msg[tabindex="0"]').count(), 1);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    assert.equal(await focusedText(page), 'a second one with https://example.org/ in it');
    assert.equal(await page.getByRole('article').filter({ hasText: 'a second one' }).getAttribute('tabindex'), '0');
    await page.keyboard.press('c');
    await page.locator('.toast', { hasText: 'copied' }).waitFor();
    assert.equal(await copied(page), 'a second one with https://example.org/ in it');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.menu-item[data-action=react]:focus');
    while (!(await page.evaluate(() => document.activeElement?.matches('[data-action=link]')))) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=menu]', { state: 'detached' });
    await page.waitForFunction(() => navigator.clipboard.readText().then((text) => text.includes('#/room/')));
    assert.match(await copied(page), new RegExp(`^${its.stack.url}/#/room/\\d+/\\d+$`));
    assert.equal(await focusedText(page), 'a second one with https://example.org/ in it', 'the focus is back');
    await page.keyboard.press('Home');
    assert.equal(await focusedText(page), 'first');
    await page.keyboard.press('Escape');
    assert.equal(await focusedText(page), 'compose');
    await page.keyboard.press('Alt+m');
    assert.equal(await focusedText(page), 'first');
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowDown');
    assert.equal(await focusedText(page), 'compose');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('the keyboard reads back through the whole history', async () => {
    const page = await openAs(its.stack.url, 'ada');
    await page.goto(`${its.stack.url}/#/room/${long.id}/380`);
    await page.waitForSelector('.msg[data-seq="380"]:focus');
    let last = '';
    for (let at = 0; at < 300; at += 1) {
        await page.keyboard.press('ArrowUp');
        const now = String(await focusedText(page));
        if (now === last) await page.waitForTimeout(40);
        last = now;
    }
    assert.ok(Number(last.split(' ')[1]) < 200, `came only to “${last}”`);
    assert.ok(await page.locator('.msg').count() < 300);
    await leave(page);
    assert.deepEqual(problems, []);
}, { timeout: 180_000 });

test('a long press opens the menu on a phone, at the bottom of the screen', async () => {
    const browser = (await openPage(its.stack.url)).context().browser();
    const context = await /** @type {import('playwright-core').Browser} */ (browser).newContext({ viewport: { width: 320, height: 568 }, hasTouch: true, isMobile: true, locale: 'en-GB' });
    const page = await openAs(its.stack.url, 'ada', { context });
    await enter(page, 'Short');
    const box = /** @type {{x: number, y: number}} */ (await page.locator('.msg:has-text("first") .bubble').boundingBox());
    const touch = await context.newCDPSession(page);
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: box.x + 20, y: box.y + 10 }] });
    await page.waitForSelector('[role=menu]');
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await page.waitForTimeout(100);
    const sheet = /** @type {{x: number, y: number, width: number, height: number}} */ (await page.locator('[role=menu]').boundingBox());
    assert.ok(sheet.x === 0 && sheet.width === 320 && Math.round(sheet.y + sheet.height) === 568);
    await picture(page, 'message-menu-320');
    await page.locator('[role=menuitem]', { hasText: 'Copy link' }).tap();
    await page.waitForSelector('[role=menu]', { state: 'detached' });
    // A tap shows the dots, which open it as well; a short touch while scrolling does not.
    await page.locator('.msg:has-text("third") .bubble').tap();
    await page.locator('.msg-tools .more').tap();
    await page.waitForSelector('[role=menu]');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('a message’s address opens the log at it, also far back, and one finds to the newest again', async () => {
    const page = await openAs(its.stack.url, 'ada');
    await page.goto(`${its.stack.url}/#/room/${long.id}/100`);
    await page.waitForSelector('.msg[data-seq="100"].target');
    await page.waitForSelector('.msg[data-seq="100"]:focus');
    const view = /** @type {{y: number, height: number}} */ (await page.locator('.log-scroll').boundingBox());
    const line = /** @type {{y: number}} */ (await page.locator('.msg[data-seq="100"]').boundingBox());
    assert.ok(line.y > view.y && line.y < view.y + view.height / 2);
    await picture(page, 'permalink');
    // Another one, while that room is open, and again after a reload.
    await page.evaluate((id) => { location.hash = `#/room/${id}/300`; }, long.id);
    await page.waitForSelector('.msg[data-seq="300"].target');
    await page.reload();
    await online(page);
    await page.waitForSelector('.msg[data-seq="300"]:focus');
    await page.keyboard.press('Alt+End');
    await sees(page, `line ${LONG}`);
    // A link in a message that leads here is followed in this tab.
    await (await its.stack.signIn('bob')).send(long.id, `see ${its.stack.url}/#/room/${long.id}/50`);
    await page.click('.msg .text a >> nth=-1');
    await page.waitForSelector('.msg[data-seq="50"].target');
    assert.equal(page.context().pages().length, 1);
    // One that is no message, and a room that is none.
    await page.evaluate((id) => { location.hash = `#/room/${id}/999999`; }, long.id);
    await page.locator('.toast', { hasText: 'not here any more' }).waitFor();
    await leave(page);
    assert.deepEqual(problems, []);
});

test('? shows every shortcut, and those of the page do what it says', async () => {
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Short');
    await page.focus('#compose');
    await page.keyboard.type('?');
    assert.equal(await page.inputValue('#compose'), '?');
    await page.keyboard.press('Control+/');
    await page.waitForSelector('.key-help');
    assert.deepEqual((await page.$$eval('.key-row', (nodes) => nodes.map((node) => /** @type {HTMLElement} */ (node).dataset.shortcut))).sort(), allShortcuts().map(({ id }) => id).sort());
    await picture(page, 'keyboard-help');
    await page.keyboard.press('Escape');
    await page.focus('.room-link[aria-current]');
    await page.keyboard.press('?');
    await page.waitForSelector('.key-help');
    await page.keyboard.press('Escape');
    const titles = async () => page.textContent('.room-title');
    const was = await titles();
    await page.keyboard.press('Alt+ArrowUp');
    await page.waitForFunction((title) => document.querySelector('.room-title')?.textContent !== title, was);
    await page.keyboard.press('Alt+ArrowDown');
    await page.waitForFunction((title) => document.querySelector('.room-title')?.textContent === title, was);
    await (await its.stack.signIn('bob')).send(long.id, 'something new');
    await page.locator('.room-link[data-unread]', { hasText: 'Long' }).waitFor();
    await page.keyboard.press('Alt+Shift+ArrowUp');
    await page.locator('.room-title', { hasText: 'Long' }).waitFor();
    await page.keyboard.press('Alt+e');
    await page.waitForSelector('.emoji-picker');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Alt+w');
    await page.waitForSelector('#compose:focus');
    await leave(page);
    assert.deepEqual(problems, []);
});
