// Emoji and completion: chosen with the mouse, with the keyboard, on a phone; and forgotten at the end.
import { after, before } from 'node:test';
import { assert, suite, test } from '../../harness/suite.mjs';
import { closeBrowser, enter, leave, openAs, openBrowser, picture, problems, sees } from './browser.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cleo'] }, async (stack) => {
    const [ada, bob, cleo] = await Promise.all(['ada', 'bob', 'cleo'].map((handle) => stack.signIn(handle)));
    const room = await ada.room('Emoji', { people: [bob, cleo] });
    await bob.send(room.id, 'hello');
});
before(openBrowser);
after(closeBrowser);

const focused = (/** @type {import('playwright-core').Page} */ page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label') || document.activeElement?.id);

test('an emoji is found by its name, goes where the cursor is, and stands among those used lately', async () => {
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Emoji');
    assert.equal(await page.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('emoji-data.js'))), false, 'the table is loaded before anybody asks for it');
    await page.fill('#compose', 'one two');
    await page.focus('#compose');
    await page.keyboard.press('Home');
    await page.click('[aria-label=Emoji]');
    await page.waitForSelector('.emoji-cell');
    await page.keyboard.type('fox');
    await page.locator('.emoji-cell[aria-label=fox]').waitFor();
    await page.keyboard.press('Enter');
    assert.equal(await page.inputValue('#compose'), '🦊one two');
    assert.equal(await focused(page), 'compose');
    await page.click('[aria-label=Emoji]');
    await page.waitForSelector('[data-group="Used lately"] .emoji-cell');
    await picture(page, 'emoji-picker');
    await page.click('[data-group="Used lately"] .emoji-cell');
    assert.equal(await page.inputValue('#compose'), '🦊🦊one two');
    await page.press('#compose', 'Enter');
    await sees(page, '🦊🦊one two');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('the picker works by keyboard alone and gives the focus back', async () => {
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Emoji');
    await page.focus('[aria-label=Emoji]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.emoji-cell');
    assert.equal(await focused(page), 'Search emoji');
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(page), 'grinning face');
    for (const key of ['ArrowRight', 'ArrowDown', 'End', 'ArrowRight', 'ArrowLeft', 'Home', 'ArrowUp']) await page.keyboard.press(key);
    assert.equal(await focused(page), 'grinning face');
    assert.equal(await page.locator('.emoji-cell[tabindex="0"]').count(), 1);
    await page.keyboard.press('ArrowUp');
    assert.equal(await focused(page), 'Search emoji');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.emoji-picker', { state: 'detached' });
    assert.equal(await focused(page), 'Emoji');
    // A skin tone is chosen once and remembered.
    await page.keyboard.press('Enter');
    await page.waitForSelector('.emoji-cell');
    await page.click('.emoji-tone[aria-label=Medium]');
    await page.fill('.emoji-picker input', 'thumbs up');
    await page.locator('.emoji-cell', { hasText: '👍🏽' }).waitFor();
    await page.press('.emoji-picker input', 'Enter');
    assert.equal(await page.inputValue('#compose'), '👍🏽');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('the picker fits the smallest screen', async () => {
    const page = await openAs(its.stack.url, 'ada', { width: 320, height: 568, dark: true });
    await enter(page, 'Emoji');
    await page.click('[aria-label=Emoji]');
    await page.waitForSelector('.emoji-cell');
    await picture(page, 'emoji-picker-320');
    const box = await page.locator('.emoji-picker').boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= 320 && box.y >= 0 && box.y + box.height <= 568);
    const cells = await page.$$eval('.emoji-row:first-child .emoji-cell', (nodes) => nodes.map((node) => node.getBoundingClientRect().width));
    assert.ok(cells.every((width) => width >= 32), 'big enough for a finger');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('letters after : and @ bring suggestions, which a screen reader is told of', async () => {
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Emoji');
    await page.focus('#compose');
    await page.keyboard.type('hip :tad');
    await page.waitForSelector('[role=option]');
    const told = () => page.evaluate(() => {
        const id = document.querySelector('#compose')?.getAttribute('aria-activedescendant') ?? '';
        const option = document.getElementById(id);
        return option && [option.getAttribute('aria-selected'), option.parentElement?.getAttribute('role'), option.textContent];
    });
    assert.deepEqual(await told(), ['true', 'listbox', '🎉:tada:']);
    assert.match(await page.textContent('.complete [role=status]') ?? '', /suggestion/);
    await page.keyboard.press('Tab');
    assert.equal(await page.inputValue('#compose'), 'hip 🎉 ');
    assert.equal(await page.getAttribute('#compose', 'aria-activedescendant'), null);
    await page.keyboard.type('@');
    await page.waitForSelector('[role=option]');
    assert.deepEqual(await page.$$eval('[role=option] .complete-label', (nodes) => nodes.map((node) => node.textContent)), ['Bob', 'Cleo', '@room']);
    await page.keyboard.press('ArrowDown');
    await picture(page, 'complete-people');
    await page.keyboard.press('Enter');
    assert.equal(await page.inputValue('#compose'), 'hip 🎉 @cleo ');
    // Escape says no, and Enter sends again.
    await page.keyboard.type('@b');
    await page.waitForSelector('[role=option]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('[role=option]', { state: 'detached' });
    await page.keyboard.press('Enter');
    await sees(page, 'hip 🎉 @cleo @b');
    // What was put in can be undone as what was typed.
    await page.keyboard.type('x :tada');
    await page.waitForSelector('[role=option]');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+z');
    assert.match(await page.inputValue('#compose'), /^x :tada/);
    await leave(page);
    assert.deepEqual(problems, []);
});

test('signing out forgets what was used', async () => {
    const page = await openAs(its.stack.url, 'bob');
    await enter(page, 'Emoji');
    await page.click('[aria-label=Emoji]');
    await page.click('.emoji-cell >> nth=3');
    assert.notEqual(await page.evaluate(() => localStorage.getItem('confab.emoji.recent')), null);
    await page.fill('#compose', '');
    await page.click('[aria-label="Your account"]');
    await page.locator('.menu-item', { hasText: 'Sign out' }).click();
    await page.waitForSelector('#handle');
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
    await leave(page);
    assert.deepEqual(problems, []);
});
