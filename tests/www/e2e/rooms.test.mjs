// Everything that can be done with rooms, through the page.
import { after, before } from 'node:test';
import { assert, suite, test } from '../../harness/suite.mjs';
import { closeBrowser, enter, leave, openAs, openBrowser, picture, problems, say, sees } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

const its = suite({ accounts: ['ada', 'bob', 'cem'] });
before(openBrowser);
after(closeBrowser);

/** @param {Page} page @param {string} entry */
async function begin(page, entry) {
    await page.click('[aria-label="New conversation"]');
    await page.locator('.menu-item', { hasText: entry }).click();
    await page.waitForSelector('dialog[open]');
}

/** @param {Page} page @param {string} entry */
async function roomMenu(page, entry) {
    await page.click('[aria-label="Room menu"]');
    await page.locator('.room-head .menu-item', { hasText: entry }).click();
}

/** @param {Page} page @param {string} name @param {'attached' | 'detached'} [state] */
const listed = (page, name, state = 'attached') => page.locator('.room-link', { hasText: name }).waitFor({ state });

test('a direct message is begun by finding a person, and reaches them', async () => {
    const [ada, bob] = [await openAs(its.stack.url, 'ada'), await openAs(its.stack.url, 'bob')];
    await begin(ada, 'New message');
    await ada.fill('#people-search', 'bo');
    await ada.locator('.option', { hasText: '@bob' }).waitFor();
    await ada.press('#people-search', 'ArrowDown');
    await ada.keyboard.press('Enter');
    await ada.locator('.room-title', { hasText: 'Bob' }).waitFor();
    await ada.waitForSelector('.panel:has-text("beginning of your conversation")');
    await say(ada, 'Hello, Bob');
    await bob.locator('.room-link[data-unread]', { hasText: 'Hello, Bob' }).waitFor();
    assert.match(await bob.title(), /^\(1\) /);
    await enter(bob, 'Ada');
    await bob.waitForSelector('.marker');
    await bob.waitForFunction(() => !document.querySelector('.room-link[data-unread]'));
    await say(bob, 'Hello, Ada');
    await sees(ada, 'Hello, Ada');
    // The same room again, not another one.
    await begin(bob, 'New message');
    await bob.fill('#people-search', 'ada');
    await bob.locator('.option', { hasText: '@ada' }).click();
    await bob.waitForSelector('dialog', { state: 'detached' });
    assert.equal(await bob.locator('.room-link').count(), 1);
    await leave(ada, bob);
    assert.deepEqual(problems, []);
});

test('a group is made, renamed, given a moderator, left, and deleted, and everybody’s page follows', async () => {
    const [ada, bob, cem] = [await openAs(its.stack.url, 'ada'), await openAs(its.stack.url, 'bob'), await openAs(its.stack.url, 'cem')];
    // A channel needs a name; a group may be called after those in it.
    await begin(ada, 'New channel');
    await ada.click('dialog button[type=submit]');
    await ada.waitForSelector('dialog .hint.bad');
    await ada.keyboard.press('Escape');
    await ada.waitForSelector('dialog', { state: 'detached' });
    await begin(ada, 'New group');
    await ada.fill('dialog [name=name]', 'Book club');
    for (const person of ['@bob', '@cem']) await ada.locator('dialog .option', { hasText: person }).click();
    await picture(ada, 'new-group');
    await ada.click('dialog button[type=submit]');
    await ada.locator('.room-title', { hasText: 'Book club' }).waitFor();
    for (const page of [bob, cem]) await listed(page, 'Book club');
    await enter(bob, 'Book club');
    await roomMenu(ada, 'Name and settings');
    await ada.fill('dialog [name=name]', 'Reading circle');
    await ada.click('dialog button[type=submit]');
    await bob.locator('.room-title', { hasText: 'Reading circle' }).waitFor();
    await bob.locator('.notice', { hasText: 'Ada renamed this to “Reading circle”' }).waitFor();
    await ada.click('[aria-label="More about Bob"]');
    await ada.locator('.menu-item', { hasText: 'Make moderator' }).click();
    await bob.locator('.person', { hasText: 'Moderator' }).waitFor();
    await bob.click('[aria-label="More about Cem"]');
    await bob.locator('.menu-item', { hasText: 'Remove from room' }).click();
    await bob.click('dialog button.danger');
    await listed(cem, 'Reading circle', 'detached');
    await roomMenu(ada, 'Add people');
    await ada.locator('dialog .option', { hasText: '@cem' }).click();
    await ada.click('dialog button[type=submit]');
    await listed(cem, 'Reading circle');
    await enter(cem, 'Reading circle');
    await roomMenu(cem, 'Leave');
    await cem.click('dialog button.danger');
    await listed(cem, 'Reading circle', 'detached');
    await ada.locator('.notice', { hasText: 'Cem left' }).waitFor();
    await roomMenu(ada, 'Delete');
    await picture(ada, 'delete-room');
    await ada.click('dialog button.danger');
    await listed(ada, 'Reading circle', 'detached');
    await listed(bob, 'Reading circle', 'detached');
    await bob.waitForSelector('.welcome h2');
    await leave(ada, bob, cem);
    assert.deepEqual(problems, []);
});

test('a public channel is found by those who are not in it, and joined', async () => {
    const [ada, bob] = [await openAs(its.stack.url, 'ada'), await openAs(its.stack.url, 'bob')];
    await begin(ada, 'New channel');
    await ada.fill('dialog [name=name]', 'Announcements');
    await ada.click('dialog button[type=submit]');
    await ada.locator('.room-title', { hasText: 'Announcements' }).waitFor();
    await say(ada, 'Said before you came');
    await sees(ada, 'Said before you came');
    await begin(bob, 'Browse public rooms');
    await bob.fill('dialog input', 'announ');
    await bob.click('[aria-label="Join Announcements"]');
    await sees(bob, 'Said before you came');
    await bob.locator('.notice', { hasText: 'You joined' }).waitFor();
    await ada.locator('.notice', { hasText: 'Bob joined' }).waitFor();
    // After a reload the same lines are there, made of the same events.
    await ada.reload();
    await sees(ada, 'Said before you came');
    await ada.locator('.notice', { hasText: 'Bob joined' }).waitFor();
    await leave(ada, bob);
    assert.deepEqual(problems, []);
});

test('a room that is not ours, or is no room at all, is told so', async () => {
    const ada = await its.stack.signIn('ada');
    const room = await ada.room('Not for Bob');
    const bob = await openAs(its.stack.url, 'bob');
    for (const id of [room.id, '123456789012', 'nonsense']) {
        await bob.evaluate((hash) => { location.hash = hash; }, `#/room/${id}`);
        await bob.locator('.toast:not([hidden])', { hasText: 'not in it' }).waitFor();
        assert.doesNotMatch(await bob.content(), /Not for Bob/);
        await bob.waitForFunction(() => location.hash === '');
    }
    await leave(bob);
    assert.deepEqual(problems, []);
});
