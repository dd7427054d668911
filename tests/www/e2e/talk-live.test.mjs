// What goes on around messages, live over each transport: who types, who has read, mentions, unread marks, system lines.
import { after, before } from 'node:test';
import { assert, suite, test } from '../../harness/suite.mjs';
import { closeBrowser, enter, leave, openAs, openBrowser, picture, problems, say, sees } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

const WAYS = ['ws', 'sse', 'poll'];
const its = suite({ accounts: ['ada', 'bob', 'cem', 'dea', 'eve'] });
before(openBrowser);
after(closeBrowser);

const line = (/** @type {Page} */ page, /** @type {string} */ text) => page.locator('.log-list .msg', { has: page.locator('.text', { hasText: new RegExp(`^${text}$`) }) });
const typing = (/** @type {Page} */ page, /** @type {string} */ text) => page.waitForFunction((wanted) => document.querySelector('.typing-text')?.textContent === wanted, text);
const badges = (/** @type {Page} */ page, /** @type {string} */ name) => page.evaluate((wanted) => [...document.querySelectorAll('.room-link')]
    .filter((link) => link.querySelector('.room-name')?.textContent === wanted)
    .flatMap((link) => [...link.querySelectorAll('.badge')].filter((node) => !(/** @type {HTMLElement} */ (node).hidden)).map((node) => node.textContent)), name);
const hasBadges = (/** @type {Page} */ page, /** @type {string} */ name, /** @type {string[]} */ wanted) => page.waitForFunction(({ room, texts }) => [...document.querySelectorAll('.room-link')]
    .some((link) => link.querySelector('.room-name')?.textContent === room && [...link.querySelectorAll('.badge')].filter((node) => !(/** @type {HTMLElement} */ (node).hidden)).map((node) => node.textContent).join(' ') === texts.join(' ')), { room: name, texts: wanted });
/** Is anybody looking? @param {Page} page @param {boolean} focus */
const look = (page, focus) => page.evaluate((has) => {
    document.hasFocus = () => has;
    window.dispatchEvent(new Event('focus'));
}, focus);

for (const way of WAYS) {
    test(`one sees who writes and who has read, over ${way}`, async () => {
        const [ada, bob, cem] = await Promise.all(['ada', 'bob', 'cem'].map((handle) => its.stack.signIn(handle)));
        const room = await ada.room(`Seen ${way}`, { people: [bob, cem] });
        await ada.send(room.id, 'who is there?');
        const pages = await Promise.all(['ada', 'bob', 'cem'].map((handle) => openAs(its.stack.url, handle, { query: `?transport=${way}` })));
        const [a, b, c] = pages;
        for (const page of pages) await enter(page, `Seen ${way}`);
        // Both have had it before their eyes.
        await line(a, 'who is there\\?').locator('.seen-faces[aria-label="Seen by Bob and Cem"], .seen-faces[aria-label="Seen by Cem and Bob"]').waitFor();
        assert.equal(await line(b, 'who is there\\?').locator('.seen-faces').getAttribute('aria-label'), 'Seen by Cem');
        // Not for oneself; each name once; gone with the message.
        await b.focus('#compose');
        await b.keyboard.type('It is');
        await typing(a, 'Bob is writing …');
        await c.focus('#compose');
        await c.keyboard.type('Me');
        await a.waitForFunction(() => /^(Bob and Cem|Cem and Bob) are writing …$/.test(document.querySelector('.typing-text')?.textContent ?? ''));
        await picture(a, `talk-typing-${way}`);
        await typing(b, 'Cem is writing …');
        await b.keyboard.type(' me');
        await b.keyboard.press('Enter');
        await sees(a, 'It is me');
        await typing(a, 'Cem is writing …');
        await line(a, 'It is me').locator('.seen-faces[aria-label="Seen by Cem"]').waitFor();
        await c.fill('#compose', '');
        await typing(a, '');
        await leave(...pages);
        assert.deepEqual(problems, []);
    }, { timeout: 120_000 });
}

test('a room that does not tell who has read shows nothing of it, from the moment it is told so', async () => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => its.stack.signIn(handle)));
    const room = await ada.room('Discreet', { people: [bob] });
    await ada.send(room.id, 'hello');
    const [a, b] = await Promise.all(['ada', 'bob'].map((handle) => openAs(its.stack.url, handle)));
    for (const page of [a, b]) await enter(page, 'Discreet');
    await a.waitForSelector('.seen-faces');
    await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { receipts: false } });
    await a.locator('.notice', { hasText: 'You turned off who has read' }).waitFor();
    await a.waitForSelector('.seen-faces', { state: 'detached' });
    await leave(a, b);
    assert.deepEqual(problems, []);
});

test('mentions count apart, stand out, and go as they are read; nothing is read while nobody looks', async () => {
    const [ada, bob, cem] = await Promise.all(['ada', 'bob', 'cem'].map((handle) => its.stack.signIn(handle)));
    const room = await ada.room('Mentions', { people: [bob, cem] });
    await ada.room('Elsewhere', { people: [bob] });
    const b = await openAs(its.stack.url, 'bob');
    await enter(b, 'Elsewhere');
    await ada.send(room.id, 'hello all');
    await ada.send(room.id, 'and @bob, of course');
    await ada.send(room.id, '@cem too, mail bob@bob.example');
    await cem.send(room.id, '@room tea is ready');
    await hasBadges(b, 'Mentions', ['@2', '4']);
    assert.match(await b.title(), /^\(4\) /);
    await picture(b, 'talk-badges');
    // An edit takes one away.
    const { messages } = await ada.messages(room.id);
    await cem.ok('PATCH', `/api/rooms/${room.id}/messages/${messages[3].seq}`, { body: { text: 'tea is ready' } });
    await hasBadges(b, 'Mentions', ['@1', '4']);
    await enter(b, 'Mentions');
    await b.waitForSelector('.marker');
    assert.equal(await b.locator('.msg[data-means]').count(), 1);
    await line(b, 'and @bob, of course').locator('.mention[data-me]').waitFor();
    await hasBadges(b, 'Mentions', []);
    await picture(b, 'talk-mention');
    // Nobody looks: it stays unread, in this tab and at the server.
    await look(b, false);
    await ada.send(room.id, 'still there, @bob?');
    await sees(b, 'still there, @bob?');
    await hasBadges(b, 'Mentions', ['@1', '1']);
    await b.waitForTimeout(2500);
    const mine = async () => bob.get(`/api/rooms/${room.id}`);
    assert.deepEqual([(await mine()).unread, (await mine()).mentions], [1, 1]);
    await look(b, true);
    await hasBadges(b, 'Mentions', []);
    await b.waitForFunction(async (path) => (await (await fetch(path)).json()).unread === 0, `/api/rooms/${room.id}`);
    await leave(b);
    assert.deepEqual(problems, []);
});

test('a message marked as unread stays so until one comes back, on every device', async () => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => its.stack.signIn(handle)));
    const room = await ada.room('Later', { people: [bob] });
    await ada.room('Other', { people: [bob] });
    for (const text of ['one', 'two', '@bob three', 'four']) await ada.send(room.id, text);
    const [desk, phone] = await Promise.all([openAs(its.stack.url, 'bob'), openAs(its.stack.url, 'bob', { width: 390, height: 780 })]);
    await enter(desk, 'Later');
    await hasBadges(desk, 'Later', []);
    await hasBadges(phone, 'Later', []);
    await line(desk, 'two').locator('.text').hover();
    await desk.locator('.msg-tools .more').click();
    await desk.locator('.menu [data-action=unread]').click();
    await hasBadges(desk, 'Later', ['@1', '3']);
    await hasBadges(phone, 'Later', ['@1', '3']);
    await desk.locator('.marker + .msg', { hasText: 'two' }).waitFor();
    // The room stays open and is looked at; it stays unread.
    await look(desk, true);
    await desk.mouse.wheel(0, 200);
    await desk.waitForTimeout(2600);
    assert.deepEqual(await badges(desk, 'Later'), ['@1', '3']);
    assert.equal((await bob.get(`/api/rooms/${room.id}`)).unread, 3);
    await enter(desk, 'Other');
    await enter(desk, 'Later');
    await hasBadges(desk, 'Later', []);
    await hasBadges(phone, 'Later', []);
    await leave(desk, phone);
    assert.deepEqual(problems, []);
});

test('what happens to a room is told in plain words, also far back and after a reload', async () => {
    const [ada, bob, cem] = await Promise.all(['ada', 'bob', 'cem'].map((handle) => its.stack.signIn(handle)));
    const room = await ada.room('Words', { people: [bob] });
    for (let i = 0; i < 70; i += 1) await bob.send(room.id, `line ${i}`);
    await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { topic: 'Tea & biscuits' } });
    for (let i = 70; i < 130; i += 1) await bob.send(room.id, `line ${i}`);
    const a = await openAs(its.stack.url, 'bob');
    await enter(a, 'Words');
    await ada.post(`/api/rooms/${room.id}/members`, { people: [cem.me.id] });
    await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { visibility: 'public', description: 'All about tea' } });
    await ada.ok('PATCH', `/api/rooms/${room.id}/members/${bob.me.id}`, { body: { role: 'moderator' } });
    await cem.post(`/api/rooms/${room.id}/leave`, {});
    const told = ['Ada added Cem', 'Ada changed the description and made this public', 'Ada made you a moderator', 'Cem left'];
    const notices = () => a.$$eval('.notice', (nodes) => nodes.map((node) => node.textContent));
    const live = async () => { for (const text of told) await a.locator('.notice', { hasText: text }).or(a.locator('.notice', { hasText: 'made this public and changed the description' })).first().waitFor(); };
    await live();
    await picture(a, 'talk-notices');
    await a.reload();
    await live();
    // Between the pages: the topic was set right below the first line of the newest page.
    for (let i = 0; i < 40 && !(await notices()).some((text) => text?.includes('Tea & biscuits')); i += 1) {
        await a.evaluate(() => { /** @type {Element} */ (document.querySelector('.log-scroll')).scrollTop = 0; });
        await a.waitForTimeout(150);
    }
    assert.ok((await notices()).includes('Ada set the topic to “Tea & biscuits”'));
    await say(a, 'I see');
    await sees(a, 'I see');
    await leave(a);
    assert.deepEqual(problems, []);
}, { timeout: 180_000 });

test('many who write, many who have read, and many who react are named in part', async () => {
    const names = ['ada', 'bob', 'cem', 'dea', 'eve'];
    const people = await Promise.all(names.map((handle) => its.stack.signIn(handle)));
    const room = await people[0].room('Crowd', { people: people.slice(1) });
    const sent = await people[0].send(room.id, 'all here?');
    const pages = await Promise.all(names.map((handle) => openAs(its.stack.url, handle)));
    for (const page of pages) await enter(page, 'Crowd');
    for (const one of people) await one.ok('PUT', `/api/rooms/${room.id}/messages/${sent.seq}/reactions`, { status: 204, body: { emoji: '🙋' } });
    await line(pages[0], 'all here\\?').locator('.reaction[data-emoji="🙋"]', { hasText: '5' }).waitFor();
    assert.match(String(await line(pages[0], 'all here\\?').locator('.reaction[data-emoji="🙋"]').getAttribute('title')), /^You, Bob, Cem, Dea and Eve reacted with 🙋$/);
    for (const [i, page] of pages.slice(1).entries()) {
        await page.focus('#compose');
        await page.keyboard.type('yes');
        if (i === 0) await typing(pages[0], 'Bob is writing …');
    }
    await pages[0].waitForFunction(() => / and 2 others are writing …$/.test(document.querySelector('.typing-text')?.textContent ?? ''));
    // A screen reader heard that it began, and not each change.
    assert.equal(await pages[0].textContent('.typing [role=status]'), 'Bob is writing …');
    await pages[0].waitForFunction(() => document.querySelectorAll('.seen-faces .avatar').length === 4);
    await picture(pages[0], 'talk-crowd');
    await leave(...pages);
    assert.deepEqual(problems, []);
}, { timeout: 120_000 });
