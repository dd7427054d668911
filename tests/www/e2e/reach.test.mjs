// Reach: by keyboard alone, on a small screen, in the dark, by a screen reader.
import { after, before } from 'node:test';
import { assert, suite, test } from '../../harness/suite.mjs';
import { closeBrowser, enter, leave, openAs, openBrowser, openPage, picture, problems, say, sees, signIn } from './browser.mjs';

const its = suite({ accounts: ['ada', 'bob'] }, async (stack) => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => stack.signIn(handle)));
    for (const name of ['Alpha', 'Beta', 'Gamma']) {
        const room = await ada.room(name, { people: [bob], kind: name === 'Beta' ? 'channel' : 'group' });
        await bob.send(room.id, `Welcome to ${name}. The plan is at https://plans.example.org/${name.toLowerCase()}, please have a look before Friday.`);
        await ada.send(room.id, 'Thank you!');
        await bob.send(room.id, 'Any time. Is everybody fine with six o’clock?');
    }
});
before(openBrowser);
after(closeBrowser);

test('from sign-in to a sent message with the keyboard alone', async () => {
    const page = await openPage(its.stack.url);
    await page.waitForSelector('#handle:focus');
    await page.keyboard.type('ada');
    await page.keyboard.press('Tab');
    await page.keyboard.type('ada-password');
    await page.keyboard.press('Enter');
    await page.waitForSelector('html[data-state=online]');
    await page.keyboard.press('Control+k');
    await page.waitForSelector('dialog input:focus');
    await page.keyboard.type('bet');
    await page.keyboard.press('Enter');
    await page.locator('.room-title', { hasText: 'Beta' }).waitFor();
    await page.waitForSelector('#compose:focus');
    await page.keyboard.type('typed without a mouse');
    await page.keyboard.press('Enter');
    await sees(page, 'typed without a mouse');
    // The list: one stop for Tab, arrows inside.
    await page.focus('.room-link[aria-current]');
    const focused = () => page.evaluate(() => document.activeElement?.querySelector('.room-name')?.textContent);
    const first = await focused();
    await page.keyboard.press('ArrowDown');
    const second = await focused();
    assert.notEqual(first, second);
    assert.equal(await page.locator('.room-link[tabindex="0"]').count(), 1);
    await page.keyboard.press('Enter');
    await page.locator('.room-title', { hasText: String(second) }).waitFor();
    // A menu and a dialog give the focus back where it was.
    await page.focus('[aria-label="Your account"]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.menu-item:focus');
    await page.keyboard.press('Escape');
    await page.waitForSelector('[aria-label="Your account"]:focus');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.waitForSelector('[aria-label="Your account"]:focus');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('everything is reachable on every width, in light and dark, and nothing is cut off', async () => {
    for (const dark of [false, true]) {
        for (const [width, height] of [[320, 568], [390, 844], [768, 1024], [1100, 800], [1280, 800]]) {
            const name = `${width}-${dark ? 'dark' : 'light'}`;
            const page = await openPage(its.stack.url, { width, height, dark });
            await page.waitForSelector('#handle');
            await signIn(page, 'ada');
            await picture(page, `look-${name}-list`);
            const narrow = width < 720;
            assert.equal(await page.isVisible('.welcome'), !narrow);
            await enter(page, 'Gamma');
            await picture(page, `look-${name}-room`);
            const cut = await page.evaluate(() => [...document.querySelectorAll('button, a, input, textarea, h1, .msg')]
                .filter((node) => node.checkVisibility() && !node.closest('.sr'))
                .map((node) => [node.className, node.getBoundingClientRect()])
                .filter(([, box]) => /** @type {DOMRect} */ (box).left < -1 || /** @type {DOMRect} */ (box).right > innerWidth + 1)
                .map(([what]) => what));
            assert.deepEqual(cut, [], name);
            assert.equal(await page.isVisible('.side'), width >= 1100, name);
            assert.equal(await page.isVisible('.sidebar'), !narrow, name);
            if (width < 1100) {
                await page.click('.room-head [aria-label="People"]');
                await page.locator('.side .person', { hasText: 'Bob' }).waitFor();
                await page.keyboard.press('Escape');
                await page.waitForSelector('.room');
            }
            if (narrow) {
                await page.click('.back');
                await page.waitForSelector('.sidebar');
                await page.goBack();
                await page.locator('.room-title', { hasText: 'Gamma' }).waitFor();
            }
            await leave(page);
        }
    }
    assert.deepEqual(problems, []);
}, { timeout: 300_000 });

test('a screen reader is told of what is new, once, and not of what is old', async () => {
    const page = await openAs(its.stack.url, 'ada');
    const bob = await openAs(its.stack.url, 'bob');
    await enter(page, 'Alpha');
    await enter(bob, 'Alpha');
    const log = page.getByRole('log');
    assert.equal(await log.getAttribute('aria-live'), 'polite');
    await page.waitForFunction(() => document.querySelector('[role=log]')?.getAttribute('aria-busy') === 'false');
    /** Text that is added inside the log, as a live region announces it. */
    await page.evaluate(() => {
        const heard = /** @type {string[]} */ (/** @type {any} */ (globalThis).heard = []);
        new MutationObserver((changes) => {
            for (const change of changes) for (const node of change.addedNodes) if (node.textContent?.trim()) heard.push(node.textContent);
        }).observe(/** @type {Node} */ (document.querySelector('[role=log]')), { childList: true, subtree: true });
    });
    await say(bob, 'please announce this');
    await sees(page, 'please announce this');
    await say(page, 'and this of my own');
    await sees(page, 'and this of my own');
    const heard = await page.evaluate(() => /** @type {string[]} */ (/** @type {any} */ (globalThis).heard));
    assert.equal(heard.filter((text) => text.includes('please announce this')).length, 1);
    assert.equal(heard.filter((text) => text.includes('and this of my own')).length, 1);
    assert.match(heard.find((text) => text.includes('please announce this')) ?? '', /Bob/);
    await leave(page, bob);
    assert.deepEqual(problems, []);
});
