// Searching messages, through the page.
import { after, before } from 'node:test';
import { assert, suite, test } from '../../harness/suite.mjs';
import { axeFaults, closeBrowser, enter, leave, openAs, openBrowser, picture, problems } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

const its = suite({ accounts: ['ada', 'bob', 'cem'] });
before(openBrowser);
after(closeBrowser);

/** @type {any} */
let ada;
/** @type {any} */
let club;
/** Sends without regard to the limit on how fast one may. @param {any} who @param {string} room @param {string} text */
async function send(who, room, text) {
    await its.stack.postgres.sql('DELETE FROM confab.bucket');
    return who.send(room, text);
}

/** Rooms with something to find, once. */
async function talk() {
    if (ada) return;
    const [a, bob, cem] = await Promise.all(['ada', 'bob', 'cem'].map((handle) => its.stack.signIn(handle)));
    club = await a.room('Book club', { people: [bob, cem] });
    const work = await a.room('Workshop', { kind: 'channel', people: [bob] });
    const notes = (await bob.post('/api/rooms/direct', { person: a.me.id, client_id: crypto.randomUUID() }));
    await send(bob, club.id, 'Has anybody begun with the Odyssey? I find the new translation a joy to read aloud.');
    for (let i = 0; i < 130; i += 1) await send(i % 3 ? a : cem, club.id, `Chapter ${i}: something that nobody will look for`);
    await send(cem, club.id, 'An odyssey through the library: https://library.example/catalogue/odyssey-wilson had one copy left, and I had to ask at three desks before somebody found it behind the counter where returned books wait to be put back on their shelves by the volunteers on Thursdays.');
    await send(a, work.id, 'The **translations** of the interface are ready for review');
    await send(bob, notes.id, 'Shall we read the Odyssey together?');
    its.stack.ctl(['work', '--once']);
    ada = a;
}

/** @param {Page} page @param {string} text */
async function search(page, text) {
    await page.keyboard.press('Control+Shift+F');
    await page.waitForSelector('dialog.search[open]');
    await page.fill('#message-search', text);
}
/** @param {Page} page @param {number} n */
const hits = (page, n) => page.waitForFunction((wanted) => document.querySelectorAll('.hit').length === wanted, n);

test('a message far back is found by the keyboard alone, and opened where it stands', async () => {
    await talk();
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Workshop');
    await search(page, 'odys');
    await hits(page, 3);
    assert.deepEqual(await page.$$eval('.hit-who', (nodes) => nodes.map((node) => node.textContent)), ['Bob', 'Cem', 'Bob']);
    assert.deepEqual(await page.$$eval('.hit-where', (nodes) => nodes.map((node) => node.textContent)), ['to you', 'in Book club', 'in Book club']);
    assert.deepEqual(await page.$$eval('.hit:last-child mark', (nodes) => nodes.map((node) => node.textContent).slice(0, 1)), ['Odyssey']);
    for (let i = 0; i < 3; i += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.locator('.room-title', { hasText: 'Book club' }).waitFor();
    await page.locator('.msg .text', { hasText: 'Has anybody begun' }).waitFor();
    await page.waitForFunction(() => {
        const node = [...document.querySelectorAll('.msg .text')].find((one) => one.textContent?.startsWith('Has anybody begun'));
        const box = node?.getBoundingClientRect();
        return Boolean(box && box.top >= 0 && box.bottom <= innerHeight);
    });
    // It comes back with what was found.
    await page.keyboard.press('Control+Shift+F');
    await hits(page, 3);
    assert.equal(await page.inputValue('#message-search'), 'odys');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('a reply is opened in its thread', async () => {
    await talk();
    const { messages } = await ada.get(`/api/rooms/${club.id}/messages`, { limit: 1 });
    await its.stack.postgres.sql('DELETE FROM confab.bucket');
    await ada.ok('POST', `/api/rooms/${club.id}/messages`, { status: 201, body: { client_id: crypto.randomUUID(), text: 'marginalia of Penelope', thread: messages[0].seq } });
    its.stack.ctl(['work', '--once']);
    const page = await openAs(its.stack.url, 'ada');
    await search(page, 'penelope');
    await hits(page, 1);
    await page.click('.hit');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.locator('.text', { hasText: 'marginalia of Penelope' }).first().waitFor();
    assert.match(page.url(), new RegExp(`#/room/${club.id}/thread/${messages[0].seq}/\\d+$`));
    await leave(page);
    assert.deepEqual(problems, []);
});

test('filters are typed or pressed, and a wrong one is told', async () => {
    await talk();
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Book club');
    await page.click('.room-head [aria-label="Search messages"]');
    await page.waitForSelector('.search-help');
    await page.fill('#message-search', 'odyssey from:bob in:"Book club"');
    await hits(page, 1);
    await page.fill('#message-search', 'odyssey');
    await hits(page, 3);
    await page.click('.search-chip:has-text("Links")');
    await hits(page, 1);
    assert.equal(await page.inputValue('#message-search'), 'odyssey has:link');
    assert.equal(await page.getAttribute('.search-chip:has-text("Links")', 'aria-pressed'), 'true');
    await page.fill('#message-search', 'odyssey in:here');
    await hits(page, 2);
    for (const [text, says] of [['from:nobody', 'Nobody here has the handle'], ['x', 'at least two letters'], ['has:fun', '“has:” is followed'], ['unheardof', 'No message has all of that']]) {
        await page.fill('#message-search', text);
        await page.locator('.search-panel > .found-says', { hasText: says }).waitFor();
        assert.equal(await page.locator('.hit').count(), 0);
    }
    await leave(page);
    assert.deepEqual(problems, []);
});

test('many are shown page by page', async () => {
    await talk();
    const page = await openAs(its.stack.url, 'ada');
    await search(page, 'chapter');
    await hits(page, 20);
    await page.click('.hits-below .button');
    await hits(page, 40);
    const texts = await page.$$eval('.hit-text', (nodes) => nodes.map((node) => node.textContent?.split(':')[0]));
    assert.deepEqual(texts, Array.from({ length: 40 }, (_, i) => `Chapter ${129 - i}`));
    await leave(page);
    assert.deepEqual(problems, []);
});

test('a search that fails is told and tried again', async () => {
    await talk();
    const page = await openAs(its.stack.url, 'ada');
    let broken = true;
    await page.route('**/api/search**', (route) => (broken ? route.fulfill({ status: 403, contentType: 'application/problem+json', body: '{"type":"/problems/forbidden","title":"Not allowed","status":403}' }) : route.continue()));
    await search(page, 'odyssey');
    await page.locator('.search-panel > .found-says', { hasText: 'Not allowed' }).waitFor();
    broken = false;
    await page.click('.search-panel > .found-says .link');
    await hits(page, 3);
    await leave(page);
    assert.deepEqual(problems, []);
});

test('pictures, wide and narrow, light and dark', async () => {
    await talk();
    for (const dark of [false, true]) {
        const wide = await openAs(its.stack.url, 'ada', { dark });
        await enter(wide, 'Book club');
        await wide.keyboard.press('Control+Shift+F');
        await wide.waitForSelector('.search-help');
        await picture(wide, `search-empty-${dark ? 'dark' : 'light'}`);
        assert.deepEqual(await axeFaults(wide), []);
        await wide.fill('#message-search', 'odyssey');
        await hits(wide, 3);
        await picture(wide, `search-wide-${dark ? 'dark' : 'light'}`);
        await leave(wide);
        const narrow = await openAs(its.stack.url, 'ada', { dark, width: 375, height: 720 });
        await narrow.locator('.room-link', { hasText: 'Book club' }).click();
        await narrow.click('.room-head [aria-label="Search messages"]');
        await narrow.fill('#message-search', 'odyssey');
        await hits(narrow, 3);
        await picture(narrow, `search-narrow-${dark ? 'dark' : 'light'}`);
        assert.deepEqual(await axeFaults(narrow), []);
        await leave(narrow);
    }
    assert.deepEqual(problems, []);
});
