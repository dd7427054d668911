// Beside the log: threads, threads I follow, mentions, saved and pinned messages, what a room is about.
import { after, before } from 'node:test';
import { uuid7 } from '../../harness/client/api.mjs';
import { assert, suite, test } from '../../harness/suite.mjs';
import { closeBrowser, enter, leave, online, openAs, openBrowser, picture, problems, say, sees } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {any} */
let ada, bob, cyd;
/** @type {{id: string}} */
let club;
const its = suite({ accounts: ['ada', 'bob', 'cyd'] }, async (stack) => {
    [ada, bob, cyd] = await Promise.all(['ada', 'bob', 'cyd'].map((handle) => stack.signIn(handle)));
    club = await ada.room('Book club', { people: [bob, cyd] });
    await ada.ok('PATCH', `/api/rooms/${club.id}`, { body: { topic: 'Now reading: Middlemarch', description: 'One book a month. See https://example.org/books' } });
});
before(openBrowser);
after(closeBrowser);

/** @param {any} who @param {any} root @param {string} text @param {object} [more] */
const reply = async (who, root, text, more = {}) => (await who.ok('POST', `/api/rooms/${root.room}/messages`, { status: 201, body: { client_id: uuid7(), text, thread: root.seq, ...more } })).message;
/** @param {any} message @param {string} tail */
const at = (message, tail) => `/api/rooms/${message.room}/messages/${message.seq}/${tail}`;
/** The line of the log that says this. @param {Page} page @param {string} text */
const line = (page, text) => page.locator('.room .msg', { has: page.locator('.text', { hasText: text }) }).last();
/** @param {Page} page */
const replies = (page) => page.$$eval('.thread .msg[data-seq] .text', (nodes) => nodes.map((node) => node.textContent));
/** @param {Page} page @param {string} text */
const says = async (page, text) => {
    await page.fill('#thread-compose', text);
    await page.press('#thread-compose', 'Enter');
};
/** @param {Page} page @param {string} text */
const inThread = (page, text) => page.locator('.thread .msg[data-state=sent][data-seq] .text', { hasText: text }).waitFor();
/** How much is said to be new. @param {Page} page @param {string} kind */
const count = (page, kind) => page.$eval(`.mine-button[data-kind=${kind}] .badge`, (node) => (/** @type {HTMLElement} */ (node).hidden ? 0 : Number(node.textContent)));
/** @param {Page} page @param {string} kind @param {number} n */
const badge = (page, kind, n) => page.waitForFunction(([name, wanted]) => {
    const node = /** @type {HTMLElement | null} */ (document.querySelector(`.mine-button[data-kind=${name}] .badge`));
    return wanted ? node?.textContent === String(wanted) && !node.hidden : node?.hidden;
}, /** @type {const} */ ([kind, n]));

test('two people talk in a thread, one over a WebSocket, one by long-poll; the room sees only how many replies', async () => {
    const root = await ada.send(club.id, 'Which chapter did you like best?');
    const [a, b, c] = await Promise.all([openAs(its.stack.url, 'ada'), openAs(its.stack.url, 'bob', { query: '?transport=poll' }), openAs(its.stack.url, 'cyd', { query: '?transport=sse' })]);
    for (const page of [a, b, c]) await enter(page, 'Book club');
    await line(b, 'Which chapter').hover();
    await b.click('.msg-tools [data-action=thread]');
    await b.waitForSelector('#thread-compose:focus');
    assert.equal(await b.evaluate(() => location.hash), `#/room/${club.id}/thread/${root.seq}`);
    await says(b, 'The one with the railway');
    await inThread(b, 'The one with the railway');
    await line(a, 'Which chapter').locator('.thread-foot', { hasText: '1 reply' }).waitFor();
    await line(a, 'Which chapter').locator('.thread-new', { hasText: '1 new' }).waitFor();
    await badge(a, 'threads', 1);
    assert.equal(await a.locator('.room .msg', { hasText: 'railway' }).count(), 0);
    await picture(a, 'thread-summary');
    await line(a, 'Which chapter').locator('.thread-foot').click();
    await inThread(a, 'The one with the railway');
    await badge(a, 'threads', 0);
    await says(a, 'Oh yes, that one!');
    await inThread(b, 'Oh yes, that one!');
    await says(b, 'And the last page.');
    await inThread(a, 'And the last page.');
    await line(c, 'Which chapter').locator('.thread-foot', { hasText: '3 replies' }).waitFor();
    assert.equal(await line(c, 'Which chapter').locator('.thread-new').count(), 0, 'who does not follow has nothing new');
    assert.deepEqual(await replies(a), ['Which chapter did you like best?', 'The one with the railway', 'Oh yes, that one!', 'And the last page.']);
    await picture(a, 'thread');
    // The address brings one back to it.
    await a.reload();
    await online(a);
    await inThread(a, 'And the last page.');
    await a.goBack();
    await a.locator('.thread').waitFor({ state: 'detached' });
    await leave(a, b, c);
    assert.deepEqual(problems, []);
});

test('a reply is edited, reacted to and deleted in its thread, for everybody there', async () => {
    const root = await ada.send(club.id, 'Where shall we meet?');
    const mine = await reply(bob, root, 'At the libary');
    const page = await openAs(its.stack.url, 'ada');
    await page.goto(`${its.stack.url}/#/room/${club.id}/thread/${root.seq}`);
    await inThread(page, 'At the libary');
    await bob.ok('PATCH', `/api/rooms/${club.id}/messages/${mine.seq}`, { body: { text: 'At the library' } });
    await inThread(page, 'At the library');
    await bob.ok('DELETE', `/api/rooms/${club.id}/messages/${mine.seq}`, { status: 204 });
    await page.locator('.thread .msg', { hasText: 'deleted' }).waitFor();
    await reply(bob, root, 'At mine, then');
    await inThread(page, 'At mine, then');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('a reply that was sent to the room as well stands in both, and leads from there to its thread', async () => {
    await ada.send(club.id, 'Next book?');
    const [a, b] = await Promise.all([openAs(its.stack.url, 'ada'), openAs(its.stack.url, 'bob')]);
    for (const page of [a, b]) await enter(page, 'Book club');
    await line(a, 'Next book?').hover();
    await a.click('.msg-tools [data-action=thread]');
    await a.fill('#thread-compose', 'I vote for Emma');
    await a.check('#thread-in-room');
    await a.press('#thread-compose', 'Enter');
    await sees(b, 'I vote for Emma');
    assert.equal(await a.isChecked('#thread-in-room'), false, 'the next one is for the thread alone');
    await a.locator('.thread .msg', { hasText: 'I vote for Emma' }).locator('.thread-ref').waitFor();
    await line(b, 'I vote for Emma').locator('.thread-ref', { hasText: 'Replied to “Next book?”' }).click();
    await inThread(b, 'I vote for Emma');
    assert.deepEqual(await replies(b), ['Next book?', 'I vote for Emma']);
    await leave(a, b);
    assert.deepEqual(problems, []);
});

test('a reply waits while there is no connection, keeps its thread, and drafts stay per thread', async () => {
    const one = await ada.send(club.id, 'First subject');
    const other = await ada.send(club.id, 'Second subject');
    const page = await openAs(its.stack.url, 'ada');
    await page.goto(`${its.stack.url}/#/room/${club.id}/thread/${one.seq}`);
    await page.fill('#thread-compose', 'half a thought');
    await page.goto(`${its.stack.url}/#/room/${club.id}/thread/${other.seq}`);
    await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.querySelector('#thread-compose')).value === '');
    await page.goto(`${its.stack.url}/#/room/${club.id}/thread/${one.seq}`);
    await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.querySelector('#thread-compose')).value === 'half a thought');
    await page.fill('#compose', 'something for the room');
    assert.equal(await page.inputValue('#thread-compose'), 'half a thought');
    await its.stack.pusher?.stop();
    await its.stack.handlers?.stop();
    await says(page, 'written in the dark');
    await page.locator('.thread .msg[data-state=pending]', { hasText: 'written in the dark' }).waitFor();
    assert.equal(await page.locator('.room .msg', { hasText: 'written in the dark' }).count(), 0);
    await its.stack.handlers?.start();
    await its.stack.pusher?.start();
    await inThread(page, 'written in the dark');
    const { messages } = await ada.get(`/api/rooms/${club.id}/messages`, { thread: one.seq });
    assert.deepEqual(messages.map((/** @type {any} */ m) => m.text), ['written in the dark']);
    await leave(page);
    assert.deepEqual(problems, []);
});

test('what came while one was away is in the open thread afterwards', async () => {
    const root = await ada.send(club.id, 'While away');
    const page = await openAs(its.stack.url, 'ada');
    await page.goto(`${its.stack.url}/#/room/${club.id}/thread/${root.seq}`);
    await reply(bob, root, 'before');
    await inThread(page, 'before');
    await its.stack.pusher?.stop();
    for (let i = 1; i <= 5; i += 1) await reply(bob, root, `missed ${i}`);
    await its.stack.pusher?.start();
    await inThread(page, 'missed 5');
    assert.deepEqual((await replies(page)).slice(1), ['before', ...[1, 2, 3, 4, 5].map((i) => `missed ${i}`)]);
    await leave(page);
    assert.deepEqual(problems, []);
});

test('a long thread comes in pages, begins at the first unread reply, and stays in place while older ones come', async () => {
    const root = await ada.send(club.id, 'The long one');
    for (let i = 1; i <= 130; i += 1) await reply(i % 2 ? bob : cyd, root, `reply ${i}`);
    await ada.ok('PATCH', `/api/rooms/${club.id}/threads/${root.seq}`, { body: { read: root.seq + 125 } });
    const page = await openAs(its.stack.url, 'ada');
    await page.goto(`${its.stack.url}/#/room/${club.id}/thread/${root.seq}`);
    await page.locator('.thread .marker', { hasText: 'New replies' }).waitFor();
    assert.ok((await replies(page)).length < 130);
    await picture(page, 'thread-unread');
    await page.locator('.thread .log-scroll').hover();
    for (let i = 0; i < 60 && !(await replies(page)).includes('reply 1'); i += 1) {
        await page.mouse.wheel(0, -1500);
        await page.waitForTimeout(80);
    }
    assert.deepEqual((await replies(page)).slice(0, 3), ['The long one', 'reply 1', 'reply 2']);
    assert.equal((await replies(page)).length, 131);
    await leave(page);
    assert.deepEqual(problems, []);
}, { timeout: 180_000 });

test('one follows a thread and stops, and other devices are told', async () => {
    const root = await bob.send(club.id, 'Not my business');
    await reply(cyd, root, 'or is it');
    const [page, other] = await Promise.all([openAs(its.stack.url, 'ada'), openAs(its.stack.url, 'ada')]);
    for (const one of [page, other]) await one.goto(`${its.stack.url}/#/room/${club.id}/thread/${root.seq}`);
    await page.locator('.follow', { hasText: /^Follow$/ }).click();
    await page.locator('.follow[aria-pressed=true]').waitFor();
    await other.locator('.follow[aria-pressed=true]').waitFor();
    await other.locator('.follow').click();
    await page.locator('.follow[aria-pressed=false]').waitFor();
    await page.click('.follow');
    await page.click('.side-close');
    await other.click('.side-close');
    const before = await count(page, 'threads');
    await reply(cyd, root, 'it is');
    await badge(page, 'threads', before + 1);
    await badge(other, 'threads', before + 1);
    await page.click('.mine-button[data-kind=threads]');
    await page.locator('.item[data-unread]', { hasText: 'Not my business' }).waitFor();
    assert.match(String(await page.locator('.item').first().textContent()), /Not my business/, 'unread ones first');
    await picture(page, 'threads');
    await page.locator('.item', { hasText: 'Not my business' }).click();
    await inThread(page, 'it is');
    await badge(page, 'threads', before);
    await badge(other, 'threads', before);
    // Back to where one came from.
    await page.click('.side-close');
    await page.locator('.item', { hasText: 'Not my business' }).waitFor();
    await leave(page, other);
    assert.deepEqual(problems, []);
});

test('an old thread that one follows is counted although nothing of it is on the page', async () => {
    const room = await ada.room('Old threads', { people: [bob] });
    const root = await ada.send(room.id, 'long ago');
    for (let i = 0; i < 90; i += 1) await bob.send(room.id, `later ${i}`);
    await ada.put(`/api/rooms/${room.id}/read`, { seq: root.seq + 200 });
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Old threads');
    await sees(page, 'later 89');
    const before = await count(page, 'threads');
    await reply(bob, root, 'still there?');
    await badge(page, 'threads', before + 1);
    await leave(page);
    assert.deepEqual(problems, []);
});

test('mentions are counted, listed and opened in their place; so are saved and pinned messages', async () => {
    const room = await bob.room('Lists', { people: [ada] });
    const early = await bob.send(room.id, 'early one for @ada');
    for (let i = 0; i < 120; i += 1) await bob.send(room.id, `filler ${i}`);
    await ada.put(`/api/rooms/${room.id}/read`, { seq: early.seq + 500 });
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Lists');
    await page.click('.mine-button[data-kind=mentions]');
    await page.locator('.item', { hasText: 'early one for @ada' }).waitFor();
    await bob.send(room.id, 'and @ada again');
    await page.locator('.item', { hasText: 'and @ada again' }).waitFor();
    await picture(page, 'mentions');
    await page.locator('.item', { hasText: 'early one' }).click();
    await page.waitForSelector(`.msg[data-seq="${early.seq}"].target`);
    // In a thread it opens there.
    const root = await ada.send(room.id, 'a root');
    await reply(bob, root, 'psst, @ada');
    await badge(page, 'mentions', 1);
    await page.locator('.item', { hasText: 'psst' }).click();
    await page.waitForSelector('.thread .msg.target');
    await badge(page, 'mentions', 0);
    await page.click('.side-close');

    await page.click('.mine-button[data-kind=saved]');
    await page.locator('.side .panel', { hasText: 'Nothing saved yet' }).waitFor();
    await ada.ok('PUT', at(early, 'saved'), { status: 204 });
    await page.locator('.side .item', { hasText: 'early one' }).waitFor();
    await page.hover('.side .item');
    await page.click('.side [aria-label="Remove from saved"]');
    await page.locator('.side .panel', { hasText: 'Nothing saved yet' }).waitFor();
    await picture(page, 'saved-empty');

    await page.click('.pins-button');
    await page.locator('.side .panel', { hasText: 'Nothing pinned here' }).waitFor();
    await bob.ok('PUT', at(early, 'pin'), { status: 204 });
    await page.locator('.side .item', { hasText: 'early one' }).waitFor();
    await page.hover('.side .item');
    await page.click('.side [aria-label="Unpin"]');
    await page.locator('.side .panel', { hasText: 'Nothing pinned here' }).waitFor();
    await bob.ok('PUT', at(early, 'pin'), { status: 204 });
    await page.locator('.side .item', { hasText: 'early one' }).waitFor();
    await bob.ok('DELETE', `/api/rooms/${room.id}/messages/${early.seq}`, { status: 204 });
    await page.locator('.side .item', { hasText: 'early one' }).waitFor({ state: 'detached' });
    await leave(page);
    assert.deepEqual(problems, []);
}, { timeout: 180_000 });

test('the address of a reply opens its thread, and one of no thread says so', async () => {
    const root = await ada.send(club.id, 'An address');
    const one = await reply(bob, root, 'linked to');
    const page = await openAs(its.stack.url, 'ada');
    for (const address of [`${root.seq + 1}`, `thread/${root.seq}/${one.seq}`]) {
        await page.evaluate((hash) => { location.hash = hash; }, `#/room/${club.id}/${address}`);
        await page.waitForSelector(`.thread .msg[data-seq="${one.seq}"].target`);
        await page.evaluate((id) => { location.hash = `#/room/${id}`; }, club.id);
        await page.waitForSelector('.thread', { state: 'detached' });
    }
    await page.evaluate((id) => { location.hash = `#/room/${id}/thread/999999`; }, club.id);
    await page.locator('.thread .panel .button', { hasText: 'Retry' }).waitFor();
    await page.setViewportSize({ width: 800, height: 700 });
    await page.click('.side-back');
    await page.waitForSelector('.room .log-scroll');
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.waitForSelector('.side .person');
    await page.setViewportSize({ width: 800, height: 700 });
    await page.waitForSelector('.room .log-scroll');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('a reply that is refused says so in its thread, and in the list of conversations', async () => {
    const root = await ada.send(club.id, 'To be taken back');
    const page = await openAs(its.stack.url, 'ada');
    await page.goto(`${its.stack.url}/#/room/${club.id}/thread/${root.seq}`);
    await page.waitForSelector('#thread-compose');
    await its.stack.pusher?.stop();
    await ada.ok('DELETE', `/api/rooms/${club.id}/messages/${root.seq}`, { status: 204 });
    await says(page, 'too late');
    await page.locator('.thread .msg[data-state=failed] .reason').waitFor();
    await page.locator('.room-preview', { hasText: 'Not sent: too late' }).waitFor();
    await its.stack.pusher?.start();
    await page.locator('.thread .msg[data-state=failed] .link', { hasText: 'Delete' }).click();
    await page.locator('.thread .msg[data-state=failed]').waitFor({ state: 'detached' });
    await leave(page);
    assert.deepEqual(problems, []);
});

test('a list that could not be loaded says so and is tried again; a long one has more', async () => {
    const room = await bob.room('Many', { people: [ada] });
    for (let i = 0; i < 40; i += 1) await bob.send(room.id, `@ada number ${i}`);
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Many');
    let away = true;
    await page.route('**/api/mentions*', (route) => (away ? route.fulfill({ status: 422, contentType: 'application/problem+json', body: '{"type":"/problems/invalid","title":"No","status":422,"detail":"Not today."}' }) : route.continue()));
    await page.click('.mine-button[data-kind=mentions]');
    await page.locator('.side .panel', { hasText: 'Not today.' }).waitFor();
    away = false;
    await page.locator('.side .button', { hasText: 'Retry' }).click();
    await page.locator('.item', { hasText: 'number 39' }).waitFor();
    const before = await page.locator('.item').count();
    await page.locator('.items-below .button').click();
    await page.locator('.item', { hasText: 'number 0' }).first().waitFor();
    assert.ok(await page.locator('.item').count() > before);
    await leave(page);
    assert.deepEqual(problems, []);
});

test('a room tells what it is about', async () => {
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Book club');
    await page.locator('.room-topic', { hasText: 'Now reading: Middlemarch' }).click();
    await page.locator('.room-info', { hasText: 'One book a month' }).waitFor();
    assert.equal(await page.getAttribute('.room-info a', 'href'), 'https://example.org/books');
    await ada.ok('PATCH', `/api/rooms/${club.id}`, { body: { topic: 'Now reading: Emma' } });
    await page.locator('.room-topic', { hasText: 'Emma' }).waitFor();
    await page.locator('.room-info', { hasText: 'Emma' }).waitFor();
    await picture(page, 'room-info');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('everything beside the log works by keyboard alone', async () => {
    const root = await bob.send(club.id, 'By keyboard');
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Book club');
    await sees(page, 'By keyboard');
    await page.keyboard.press('Alt+m');
    await page.waitForSelector(`.msg[data-seq="${root.seq}"]:focus`);
    await page.keyboard.press('t');
    await page.waitForSelector('#thread-compose:focus');
    await page.keyboard.type('typed');
    await page.keyboard.press('Shift+Tab');
    for (let i = 0; i < 8 && !(await page.evaluate(() => document.activeElement?.matches('.follow'))); i += 1) await page.keyboard.press('Shift+Tab');
    await page.waitForSelector('.follow:focus');
    await page.keyboard.press('Alt+p');
    await page.waitForSelector('#thread-compose:focus');
    await page.keyboard.press('Tab');
    for (let i = 0; i < 8 && !(await page.evaluate(() => document.activeElement?.id === 'thread-in-room')); i += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('Alt+p');
    await page.keyboard.press('Enter');
    await sees(page, 'typed');
    await page.keyboard.press('Escape');
    await page.waitForSelector(`.room .msg[data-seq="${root.seq}"]:focus`);
    await page.keyboard.press('Alt+t');
    await page.waitForSelector('.item:focus');
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#thread-compose:focus');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.item:focus');
    await ada.ok('PUT', at(root, 'saved'), { status: 204 });
    await page.keyboard.press('Alt+s');
    await page.waitForSelector('.item:focus');
    await page.keyboard.press('Tab');
    await page.waitForSelector('.item-remove:focus');
    await page.keyboard.press('Enter');
    await page.locator('.side .panel', { hasText: 'Nothing saved yet' }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForSelector('.items', { state: 'detached' });
    assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), 'BODY');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('on a phone a panel is in the place of the log, with a way back, and nothing is wider than the screen', async () => {
    const page = await openAs(its.stack.url, 'ada', { width: 320, height: 640 });
    const fits = async (/** @type {string} */ what) => assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth
        && [...document.querySelectorAll('.side *, .mine *')].every((node) => node.getBoundingClientRect().right <= innerWidth + 1 || node.closest('.msg-tools, .sr, [hidden]') || getComputedStyle(node.parentElement ?? node).overflow !== 'visible')), what);
    await picture(page, 'mine-320');
    await fits('the list of rooms');
    for (const kind of ['threads', 'mentions', 'saved']) {
        await page.click(`.mine-button[data-kind=${kind}]`);
        await page.waitForSelector('.side .item, .side .panel');
        await fits(kind);
        await picture(page, `${kind}-320`);
        await page.click('.side-back');
    }
    await enter(page, 'Book club');
    assert.equal(await page.isVisible('.side'), false);
    await line(page, 'Which chapter').scrollIntoViewIfNeeded();
    const top = await page.evaluate(() => document.querySelector('.room .log-scroll')?.scrollTop);
    await line(page, 'Which chapter').locator('.thread-foot').click();
    await inThread(page, 'The one with the railway');
    assert.equal(await page.isVisible('.room'), false);
    await fits('a thread');
    await picture(page, 'thread-320');
    await page.click('.side-back');
    await page.waitForSelector('.room .log-scroll');
    assert.ok(Math.abs(Number(await page.evaluate(() => document.querySelector('.room .log-scroll')?.scrollTop)) - Number(top)) < 60, 'the log is where it was');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('in the dark, and on a tablet', async () => {
    const page = await openAs(its.stack.url, 'ada', { dark: true });
    await enter(page, 'Book club');
    await say(page, 'in the dark');
    await line(page, 'Which chapter').scrollIntoViewIfNeeded();
    await line(page, 'Which chapter').locator('.thread-foot').click();
    await inThread(page, 'And the last page.');
    await picture(page, 'thread-dark');
    await page.click('.mine-button[data-kind=threads]');
    await page.waitForSelector('.item');
    await picture(page, 'threads-dark');
    await page.setViewportSize({ width: 800, height: 700 });
    await picture(page, 'threads-dark-800');
    await leave(page);
    assert.deepEqual(problems, []);
});
