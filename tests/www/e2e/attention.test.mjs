// What rings and what does not; favourites, the archive, a room's settings; and going to a day.
import { randomUUID } from 'node:crypto';
import { after, before } from 'node:test';
import { assert, suite, test } from '../../harness/suite.mjs';
import { closeBrowser, enter, leave, openAs, openBrowser, openPage, picture, problems, say, sees, signIn } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

const its = suite({ accounts: ['ada', 'bob', 'cleo'] });
before(openBrowser);
after(closeBrowser);

const names = (/** @type {Page} */ page) => page.$$eval('.room-name', (nodes) => nodes.filter((node) => node.checkVisibility()).map((node) => node.textContent));

/** @param {Page} page @param {string} button @param {string} entry */
async function menu(page, button, entry) {
    await page.click(`[aria-label="${button}"]`);
    await page.locator('.menu-item', { hasText: entry }).first().click();
}

/** @param {Page} page @param {string} room @param {string} entry */
async function inRoomMenu(page, room, entry) {
    await enter(page, room);
    await menu(page, 'Room menu', entry);
}

/** @param {Page} page */
async function save(page) {
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('dialog', { state: 'detached' });
}

/** @param {Page} page @param {string} room */
const badge = (page, room) => page.evaluate((name) => {
    const link = [...document.querySelectorAll('.room-link')].find((one) => one.querySelector('.room-name')?.textContent === name);
    return [...link?.querySelectorAll('.badge') ?? []].filter((node) => !/** @type {HTMLElement} */ (node).hidden).map((node) => node.textContent).join(' ');
}, room);

/** Notes what the page would let be heard and shown. @param {Page} page @param {string} permission */
async function listen(page, permission) {
    await page.context().addInitScript((state) => {
        const told = /** @type {any} */ (globalThis).told = { rang: 0, shown: [], asked: 0 };
        const make = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function start(...args) { told.rang += 1; return make.apply(this, args); };
        /** @type {any} */ (globalThis).Notification = class {
            static permission = state;

            static async requestPermission() {
                told.asked += 1;
                this.permission = 'granted';
                return 'granted';
            }

            onclick = () => {};

            /** @param {string} title @param {any} options */
            constructor(title, options) {
                told.shown.push({ title, body: options.body, tag: options.tag });
                told.last = this;
            }

            close() {}
        };
    }, permission);
}

const told = (/** @type {Page} */ page) => page.evaluate(() => { const { rang, shown, asked } = /** @type {any} */ (globalThis).told; return { rang, shown, asked }; });

test('badges and the title follow what a room may ring for', async () => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => its.stack.signIn(handle)));
    const loud = await ada.room('Loud', { people: [bob] });
    const calm = await ada.room('Calm', { people: [bob] });
    const quiet = await ada.room('Quiet', { people: [bob] });
    await ada.room('Elsewhere', { people: [bob] });
    const page = await openAs(its.stack.url, 'ada');
    await inRoomMenu(page, 'Calm', 'Notifications');
    await picture(page, 'room-notifications');
    await page.check('dialog [value=mentions]');
    await save(page);
    await inRoomMenu(page, 'Quiet', 'Notifications');
    await page.selectOption('dialog [name=mute]', 'hour');
    await save(page);
    await page.locator('.room-link', { hasText: 'Quiet' }).locator('.room-muted').waitFor();
    await enter(page, 'Elsewhere');
    for (const room of [loud, calm, quiet]) for (const text of ['one', 'two']) await bob.send(room.id, text);
    await bob.send(calm.id, '@ada are you there?');
    await page.waitForFunction(() => document.title.startsWith('(3)'));
    assert.deepEqual([await badge(page, 'Loud'), await badge(page, 'Calm'), await badge(page, 'Quiet')], ['2', '@1', '']);
    assert.equal(await page.locator('.room-link[data-unread]', { hasText: 'Quiet' }).count(), 1, 'a muted room still shows that something is new');
    assert.match(await page.getAttribute('link[rel=icon]', 'href') ?? '', /new/);
    await picture(page, 'badges');
    // Another device follows.
    const other = await openAs(its.stack.url, 'ada');
    await other.locator('.room-link', { hasText: 'Quiet' }).locator('.room-muted').waitFor();
    await inRoomMenu(page, 'Quiet', 'Notifications');
    await page.selectOption('dialog [name=mute]', 'no');
    await save(page);
    await other.locator('.room-link', { hasText: 'Quiet' }).locator('.room-muted').waitFor({ state: 'hidden' });
    await leave(page, other);
    assert.deepEqual(problems, []);
});

test('a new message rings in one tab, not where it is read, and shows a notification only if allowed', async () => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => its.stack.signIn(handle)));
    const room = await ada.room('Rings', { people: [bob] });
    await ada.room('Besides', { people: [bob] });
    const page = await openPage(its.stack.url);
    await listen(page, 'default');
    await page.reload();
    await signIn(page, 'ada');
    await enter(page, 'Rings');
    await bob.send(room.id, 'read at once');
    await sees(page, 'read at once');
    await page.waitForTimeout(400);
    assert.deepEqual(await told(page), { rang: 0, shown: [], asked: 0 }, 'who reads is not rung for, and nobody is asked unbidden');
    // Asked by a click.
    await menu(page, 'Your account', 'Sound and notifications');
    await picture(page, 'notifications');
    await page.click('text=Allow notifications');
    await page.waitForSelector('dialog [name=notices]:checked');
    await page.keyboard.press('Escape');
    assert.equal((await told(page)).asked, 1);
    // A second tab of the same browser: one of them tells.
    const second = await openPage(its.stack.url, { context: page.context() });
    await second.waitForSelector('html[data-state=online]');
    for (const tab of [page, second]) {
        await tab.evaluate(() => {
            /** @type {any} */ (globalThis).Notification.permission = 'granted';
            document.hasFocus = () => false;
        });
    }
    await enter(page, 'Besides');
    await bob.send(room.id, 'while you were away');
    await page.waitForTimeout(1000);
    const both = [await told(page), await told(second)];
    assert.equal(both.reduce((sum, one) => sum + one.shown.length, 0), 1);
    assert.equal(both.reduce((sum, one) => sum + one.rang, 0), 2, 'one sound of two notes');
    assert.deepEqual(both.flatMap((one) => one.shown), [{ title: 'Bob – Rings', body: 'while you were away', tag: `confab-${room.id}` }]);
    // A click on it opens the room at the message.
    const teller = both[0].shown.length ? page : second;
    await teller.evaluate(() => /** @type {any} */ (globalThis).told.last.onclick());
    await teller.locator('.room-title', { hasText: 'Rings' }).waitFor();
    // Sound off is off.
    await menu(page, 'Your account', 'Sound and notifications');
    await page.uncheck('dialog [name=sound]');
    await page.keyboard.press('Escape');
    await enter(page, 'Besides');
    if (await second.isVisible('.room-title')) await enter(second, 'Besides');
    const rang = (await told(page)).rang + (await told(second)).rang;
    await page.waitForTimeout(1600);
    await bob.send(room.id, 'in silence');
    await page.waitForTimeout(1000);
    assert.equal((await told(page)).rang + (await told(second)).rang, rang);
    await leave(page);
    assert.deepEqual(problems, []);
});

test('favourites stand on top in one’s own order, on every device', async () => {
    const cleo = await its.stack.signIn('cleo');
    for (const name of ['First', 'Second', 'Third', 'Fourth']) await cleo.room(name, {});
    const page = await openAs(its.stack.url, 'cleo');
    for (const name of ['First', 'Third', 'Second']) {
        await inRoomMenu(page, name, 'Add to favourites');
        await page.waitForFunction((wanted) => [...document.querySelectorAll('[aria-label=Favourites] .room-name')].some((node) => node.textContent === wanted), name);
    }
    assert.deepEqual(await names(page), ['First', 'Third', 'Second', 'Fourth']);
    await inRoomMenu(page, 'Second', 'Move up');
    await page.waitForFunction(() => document.querySelectorAll('[aria-label=Favourites] .room-name')[1].textContent === 'Second');
    await inRoomMenu(page, 'First', 'Move down');
    await page.waitForFunction(() => document.querySelectorAll('[aria-label=Favourites] .room-name')[0].textContent === 'Second');
    await inRoomMenu(page, 'Third', 'Remove from favourites');
    await page.waitForFunction(() => document.querySelectorAll('[aria-label=Favourites] .room-name').length === 2);
    const other = await openAs(its.stack.url, 'cleo');
    assert.deepEqual(await names(other), ['Second', 'First', 'Fourth', 'Third']);
    await picture(other, 'favourites');
    await leave(page, other);
    assert.deepEqual(problems, []);
});

test('a room’s topic, description and settings are changed by its moderators; the archive closes it', async () => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => its.stack.signIn(handle)));
    const room = await ada.room('Project', { people: [bob] });
    await bob.send(room.id, 'hello');
    const page = await openAs(its.stack.url, 'ada');
    const there = await openAs(its.stack.url, 'bob');
    await enter(there, 'Project');
    await inRoomMenu(page, 'Project', 'Name and settings');
    await page.fill('dialog [name=topic]', 'The roof');
    await page.fill('dialog [name=description]', 'Everything about the house.');
    await page.uncheck('dialog [name=notices]');
    await picture(page, 'room-settings');
    await save(page);
    await there.locator('.room-head', { hasText: 'The roof' }).waitFor();
    assert.deepEqual(await ada.ok('GET', `/api/rooms/${room.id}`).then(({ topic, description, notices, receipts }) => ({ topic, description, notices, receipts })),
        { topic: 'The roof', description: 'Everything about the house.', notices: false, receipts: true });
    await there.click('[aria-label="Room menu"]');
    assert.equal(await there.locator('.menu-item', { hasText: 'settings' }).count(), 0, 'a member may not');
    await there.keyboard.press('Escape');
    await menu(page, 'Room menu', 'Archive');
    await save(page);
    for (const one of [page, there]) {
        await one.waitForSelector('.composer-closed:not([hidden])');
        assert.equal(await one.isVisible('#compose'), false);
        await one.waitForSelector('button.rooms-head[aria-expanded=true]');
    }
    await picture(there, 'archive');
    await menu(page, 'Room menu', 'Take out of the archive');
    await there.waitForSelector('#compose');
    await say(there, 'back again');
    await sees(page, 'back again');
    await leave(page, there);
    assert.deepEqual(problems, []);
});

test('a public room is found by its name, with its topic; a group without a name is called after its people', async () => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => its.stack.signIn(handle)));
    const room = await bob.room('Bird watching', { kind: 'channel', visibility: 'public' });
    await bob.ok('PATCH', `/api/rooms/${room.id}`, { body: { topic: 'Cranes are coming', description: 'Who saw what, and where.' } });
    await ada.ok('POST', '/api/rooms', { status: 201, body: { client_id: randomUUID(), kind: 'group', people: [bob.me.id] } });
    const page = await openAs(its.stack.url, 'ada');
    await menu(page, 'New conversation', 'Browse public rooms');
    await page.fill('dialog input[type=search]', 'bird');
    const line = page.locator('.browse-room', { hasText: 'Bird watching' });
    await line.waitFor();
    assert.match(await line.textContent() ?? '', /Cranes are coming.*Who saw what/s);
    await picture(page, 'browse');
    await line.locator('button').click();
    await page.locator('.room-title', { hasText: 'Bird watching' }).waitFor();
    assert.ok((await names(page)).includes('Bob'));
    await leave(page);
    assert.deepEqual(problems, []);
});

test('a day is gone to, by the menu and by a day’s heading', async () => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => its.stack.signIn(handle)));
    const room = await ada.room('Diary', { people: [bob] });
    for (let i = 1; i <= 150; i += 1) await bob.send(room.id, `day ${i}`);
    // As if one had been sent every day up to today.
    await its.stack.postgres.sql(`UPDATE confab.message SET sent_at = now() - make_interval(days => (150 - no)::int) WHERE feed_id = ${room.id} AND no > 0`);
    const page = await openAs(its.stack.url, 'ada');
    await inRoomMenu(page, 'Diary', 'Go to a day');
    const day = new Date();
    day.setDate(day.getDate() - 100);
    await page.fill('dialog [name=day]', `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`);
    await picture(page, 'go-to-a-day');
    await save(page);
    await page.locator('.msg.target', { hasText: 'day 50' }).waitFor();
    await page.locator('.day button').first().click();
    await page.click('dialog .chip >> text=Today');
    await page.locator('.msg.target', { hasText: 'day 150' }).waitFor();
    await leave(page);
    assert.deepEqual(problems, []);
});
