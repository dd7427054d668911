// Signing in and out, sessions, profile, and what stays in the browser afterwards: nothing.
import { after, before } from 'node:test';
import { assert, suite, test } from '../../harness/suite.mjs';
import { closeBrowser, enter, leave, openAs, openBrowser, openPage, picture, problems, say, sees, signIn, told } from './browser.mjs';

const its = suite({ accounts: ['ada', 'bob'] });
before(openBrowser);
after(closeBrowser);

/** @param {import('playwright-core').Page} page @param {string} entry */
async function accountMenu(page, entry) {
    await page.click('[aria-label="Your account"]');
    await page.locator('.menu-item', { hasText: entry }).click();
}

/** What the browser still holds of anybody. @param {import('playwright-core').Page} page */
const left = (page) => page.evaluate(async () => {
    /** @type {IDBDatabase} */
    const database = await new Promise((resolve) => {
        const request = indexedDB.open('confab');
        request.onsuccess = () => resolve(request.result);
    });
    const rows = database.objectStoreNames.contains('outbox') ? await new Promise((resolve) => {
        const request = database.transaction('outbox').objectStore('outbox').count();
        request.onsuccess = () => resolve(request.result);
    }) : 0;
    database.close();
    return { rows, local: Object.keys(localStorage), session: Object.keys(sessionStorage), hash: location.hash, cookie: document.cookie };
});
const NOTHING = { rows: 0, local: [], session: [], hash: '', cookie: '' };

test('a wrong password is refused in words, the right one opens the page, and a reload stays signed in', async () => {
    const page = await openPage(its.stack.url);
    await picture(page, 'signin');
    await page.fill('#handle', 'ada');
    await page.fill('#password', 'not it');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => (document.querySelector('.problem')?.textContent ?? '') !== '');
    assert.equal(await told(page, 'state'), 'signed-out');
    await signIn(page, 'ada');
    assert.equal(await page.evaluate(() => document.cookie), '');
    await page.reload();
    await page.waitForSelector('html[data-state=online]');
    await leave(page);
    assert.deepEqual(problems, []);
});

for (const share of ['worker', 'locks', 'solo']) {
    test(`tabs share by ${share}: all follow, all survive the first one, and signing out in one wipes every one`, async () => {
        const ada = await its.stack.signIn('ada');
        const name = `Tabs by ${share}`;
        const room = await ada.room(name);
        const query = `?share=${share}`;
        const first = await openAs(its.stack.url, 'ada', { query });
        const context = first.context();
        const second = await openPage(its.stack.url, { query, context });
        await second.waitForSelector('html[data-state=online]');
        assert.equal(await told(second, 'share'), share);
        for (const page of [first, second]) await enter(page, name);
        await say(first, 'from the first tab');
        await sees(second, 'from the first tab');
        await first.close();
        await ada.send(room.id, 'after the first tab went');
        await sees(second, 'after the first tab went', 30_000);
        await say(second, 'from the second tab');
        await sees(second, 'from the second tab');
        const third = await openPage(its.stack.url, { query, context });
        await enter(third, name);
        await sees(third, 'from the second tab');
        await second.fill('#compose', 'a draft that nobody else may read');
        await third.click('[aria-label="Your account"]');
        await third.locator('.menu-item', { hasText: 'Sign out' }).click();
        for (const page of [third, second]) {
            await page.waitForSelector('#handle');
            assert.deepEqual(await left(page), NOTHING);
            assert.doesNotMatch(await page.content(), /draft|from the second tab/);
        }
        // Somebody else signs in at the same browser: both tabs are theirs now.
        await signIn(second, 'bob');
        await third.waitForSelector('html[data-state=online]');
        assert.equal(await third.locator('.room-link', { hasText: name }).count(), 0);
        await leave(second);
        assert.deepEqual(problems, []);
    });
}

test('tabs of one browser hold one connection to the server', async () => {
    const page = await openAs(its.stack.url, 'bob');
    const streams = async () => {
        const text = (await (await fetch(`${its.stack.url}/push/metrics`)).text());
        return [...text.matchAll(/^confab_push_connections\{[^}]*\} (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
    };
    const one = await streams();
    const more = [];
    for (let i = 0; i < 3; i += 1) {
        const tab = await openPage(its.stack.url, { context: page.context() });
        await tab.waitForSelector('html[data-state=online]');
        more.push(tab);
    }
    assert.equal(await streams(), one);
    await leave(page);
});

test('ending the other sessions closes their pages within a second or two, with a word', async () => {
    const here = await openAs(its.stack.url, 'ada');
    const there = await openAs(its.stack.url, 'ada');
    await accountMenu(here, 'Your sessions');
    await here.waitForSelector('.session');
    await picture(here, 'sessions');
    const before = Date.now();
    await here.click('text=Sign out everywhere else');
    await there.waitForSelector('#handle');
    assert.ok(Date.now() - before < 5000);
    assert.match(await there.textContent('.remark') ?? '', /ended/);
    assert.deepEqual(await left(there), NOTHING);
    await here.waitForFunction(() => document.querySelectorAll('.session').length === 1);
    await leave(here, there);
    assert.deepEqual(problems, []);
});

test('name and picture change everywhere at once; the password changes when the old one is right', async () => {
    const ada = await openAs(its.stack.url, 'ada');
    const bob = await openAs(its.stack.url, 'bob');
    await (await its.stack.signIn('ada')).room('Profiles', { people: [await its.stack.signIn('bob')] });
    await enter(ada, 'Profiles');
    await say(ada, 'who am I');
    await enter(bob, 'Profiles');
    await accountMenu(ada, 'Your profile');
    await ada.fill('dialog [name=avatar]', 'not an emoji');
    await ada.click('dialog button[type=submit]');
    await ada.waitForSelector('dialog .bad, dialog .problem:not(:empty)');
    await ada.click('dialog .palette button:nth-child(3)');
    await ada.fill('dialog [name=name]', 'Ada Augusta');
    await picture(ada, 'profile');
    await ada.click('dialog button[type=submit]');
    await bob.locator('.msg .who', { hasText: 'Ada Augusta' }).waitFor();
    await bob.waitForSelector('.msg .avatar[data-emoji]');
    await accountMenu(bob, 'Password');
    await bob.fill('dialog [name=old]', 'wrong');
    for (const name of ['new', 'again']) await bob.fill(`dialog [name=${name}]`, 'bob-password');
    await bob.click('dialog button[type=submit]');
    await bob.waitForSelector('dialog .bad, dialog .problem:not(:empty)');
    assert.equal(await told(bob, 'state'), 'online');
    await bob.fill('dialog [name=old]', 'bob-password');
    await bob.click('dialog button[type=submit]');
    await bob.waitForSelector('dialog', { state: 'detached' });
    await leave(ada, bob);
    assert.deepEqual(problems, []);
});
