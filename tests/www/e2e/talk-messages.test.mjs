// What people do with messages, seen by two of them over each transport: edit, delete, react, quote, pin, save.
import { after, before } from 'node:test';
import { assert, suite, test } from '../../harness/suite.mjs';
import { axeFaults, closeBrowser, enter, leave, online, openAs, openBrowser, picture, problems, say, sees } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

const WAYS = ['ws', 'sse', 'poll'];
const its = suite({ accounts: ['ada', 'bob', 'cem'] });
before(openBrowser);
after(closeBrowser);

const line = (/** @type {Page} */ page, /** @type {string} */ text) => page.locator('.log-list .msg', { has: page.locator('.text', { hasText: new RegExp(`^${text}$`) }) });
const at = (/** @type {any} */ m, tail = '') => `/api/rooms/${m.room}/messages/${m.seq}${tail}`;

/** @param {Page} page @param {string} text */
async function openMenu(page, text) {
    await line(page, text).first().locator('.text').hover();
    await page.locator('.msg-tools .more').click();
}

/** @param {Page} page @param {string} text @param {string} action */
async function act(page, text, action) {
    await openMenu(page, text);
    await page.locator(`.menu [data-action=${action}]`).click();
}

/** A room of two with a message of each in it, and a page of each. @param {string} name @param {string} way */
async function twoPages(name, way) {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => its.stack.signIn(handle)));
    const room = await ada.room(name, { people: [bob] });
    const first = await bob.send(room.id, 'from bob');
    const second = await ada.send(room.id, 'from ada');
    const pages = await Promise.all([openAs(its.stack.url, 'ada', { query: `?share=solo&transport=${way}` }), openAs(its.stack.url, 'bob', { query: `?transport=${way}` })]);
    for (const page of pages) await enter(page, name);
    return { room, ada, bob, first, second, pages };
}

for (const way of WAYS) {
    test(`two people edit, react and delete, and see it at once, over ${way}`, async () => {
        const { pages: [a, b] } = await twoPages(`Live ${way}`, way);
        // Edit: in place, with Enter.
        await act(a, 'from ada', 'edit');
        await a.waitForSelector('.edit-area:focus');
        await a.keyboard.press('Control+A');
        await a.keyboard.type('*better* from ada');
        await a.keyboard.press('Enter');
        await line(b, 'better from ada').locator('.edited').waitFor();
        assert.equal(await line(b, 'better from ada').locator('em').textContent(), 'better');
        await line(a, 'better from ada').locator('.edited').waitFor();
        await a.locator('.room-link[aria-current]', { hasText: 'You: better from ada' }).waitFor();
        // Reactions: through the menu, then by the button that is there, and away again.
        await openMenu(b, 'better from ada');
        await b.locator('.menu-emoji', { hasText: '👍' }).click();
        const button = line(a, 'better from ada').locator('.reaction[data-emoji="👍"]');
        await button.waitFor();
        assert.match(String(await button.getAttribute('aria-label')), /^👍 1: Bob$/);
        await button.click();
        await line(b, 'better from ada').locator('.reaction[data-emoji="👍"]', { hasText: '2' }).waitFor();
        assert.equal(await line(b, 'better from ada').locator('.reaction').first().getAttribute('title'), 'You and Ada reacted with 👍');
        await line(b, 'better from ada').locator('.reaction[data-emoji="👍"]').click();
        await line(a, 'better from ada').locator('.reaction[data-emoji="👍"]', { hasText: '1' }).waitFor();
        await picture(a, `talk-messages-${way}`);
        // Delete, after a question.
        await act(a, 'better from ada', 'delete');
        await a.locator('dialog .button.danger').click();
        for (const page of [a, b]) {
            await page.locator('.msg', { hasText: 'This message was deleted.' }).waitFor();
            assert.equal(await page.locator('.reaction').count(), 0);
        }
        await leave(a, b);
        assert.deepEqual(problems, []);
    }, { timeout: 120_000 });

    test(`what is done to messages while one is away is there after the reconnect, over ${way}`, async () => {
        const { room, bob, first, second, pages: [a, b] } = await twoPages(`Away ${way}`, way);
        const third = await bob.send(room.id, 'to be gone');
        await sees(a, 'to be gone');
        await leave(b);
        // Neither stream nor answers reach the page, while the others go on.
        await a.route('**/{api,push}/**', (route) => route.abort());
        await its.stack.pusher?.stop();
        await a.waitForSelector('html[data-state=offline]', { timeout: 60_000 });
        await bob.ok('PATCH', at(first), { body: { text: 'from bob, anew' } });
        await bob.ok('PUT', at(second, '/reactions'), { body: { emoji: '🎉' }, status: 204 });
        await bob.ok('PUT', at(second, '/reactions'), { body: { emoji: '👀' }, status: 204 });
        await bob.ok('DELETE', at(second, '/reactions'), { query: { emoji: '👀' }, status: 204 });
        await bob.ok('PUT', at(second, '/pin'), { status: 204 });
        await bob.ok('DELETE', at(third), { status: 204 });
        await bob.send(room.id, 'and a new one');
        // What I do meanwhile is shown at once, and arrives.
        await openMenu(a, 'from bob');
        await a.locator('.menu-emoji', { hasText: '❤️' }).click();
        await line(a, 'from bob').locator('.reaction[aria-pressed=true]').waitFor();
        await its.stack.pusher?.start();
        await a.unroute('**/{api,push}/**');
        await online(a, 60_000);
        await sees(a, 'from bob, anew');
        await line(a, 'from ada').locator('.reaction[data-emoji="🎉"]').waitFor();
        assert.equal(await line(a, 'from ada').locator('.reaction:not(.add)').count(), 1);
        await line(a, 'from ada').locator('.flag', { hasText: 'Pinned' }).waitFor();
        await a.locator('.notice', { hasText: 'Bob pinned a message' }).waitFor();
        await a.locator('.msg', { hasText: 'This message was deleted.' }).waitFor();
        await sees(a, 'and a new one');
        await a.waitForFunction(async (path) => {
            const { messages } = await (await fetch(path)).json();
            return messages[0].reactions?.[0]?.emoji === '❤️';
        }, `/api/rooms/${room.id}/messages`, { timeout: 30_000 });
        await line(a, 'from bob, anew').locator('.reaction', { hasText: '1' }).waitFor();
        await leave(a);
        assert.deepEqual(problems, []);
    }, { timeout: 180_000 });
}

test('what the server refuses is taken back with a remark, and an edit is not lost', async () => {
    const { room, bob, second, pages: [a, b] } = await twoPages('Refused', 'ws');
    await leave(b);
    await act(a, 'from ada', 'edit');
    await a.waitForSelector('.edit-area:focus');
    await its.stack.postgres.sql(`UPDATE confab.message SET sent_at = sent_at - interval '30 days' WHERE feed_id = ${room.id}`);
    await a.keyboard.type(', later');
    await a.keyboard.press('Enter');
    await a.locator('.toast', { hasText: 'The change was not saved: It is too old' }).waitFor();
    assert.equal(await a.inputValue('.edit-area'), 'from ada, later');
    await a.keyboard.press('Escape');
    await line(a, 'from ada').waitFor();
    // Twenty kinds are there already.
    for (let i = 0; i < 20; i += 1) await bob.ok('PUT', at(second, '/reactions'), { status: 204, body: { emoji: String.fromCodePoint(0x1f600 + i) } });
    await line(a, 'from ada').locator('.reaction:not(.add)').nth(19).waitFor();
    await openMenu(a, 'from ada');
    await a.locator('.menu-emoji', { hasText: '👀' }).click();
    await a.locator('.toast', { hasText: 'The reaction was not added' }).waitFor();
    assert.equal(await line(a, 'from ada').locator('.reaction:not(.add)').count(), 20);
    await leave(a);
    assert.deepEqual(problems, []);
});

test('saved and pinned messages are marked, a quote leads back to what it quotes', async () => {
    const { room, first, pages: [a, b] } = await twoPages('Marks', 'ws');
    await act(a, 'from bob', 'save');
    await line(a, 'from bob').locator('.flag.saved').waitFor();
    await act(a, 'from bob', 'pin');
    await line(b, 'from bob').locator('.flag', { hasText: 'Pinned' }).waitFor();
    assert.equal(await line(b, 'from bob').locator('.flag.saved').count(), 0);
    await b.locator('.notice a', { hasText: 'a message' }).waitFor();
    await act(a, 'from bob', 'quote');
    await a.waitForSelector('#compose:focus');
    assert.equal(await a.inputValue('#compose'), `> [Bob](${its.stack.url}/#/room/${room.id}/${first.seq}):\n> from bob\n\n`);
    await a.keyboard.type('I agree');
    await a.keyboard.press('Enter');
    const quote = b.locator('.msg', { hasText: 'I agree' }).locator('blockquote');
    await quote.waitFor();
    await picture(b, 'talk-quote');
    await quote.locator('a').click();
    await b.waitForSelector(`.msg[data-seq="${first.seq}"].target`);
    assert.equal(b.context().pages().length, 1);
    await leave(a, b);
    assert.deepEqual(problems, []);
});

test('the keyboard alone reads, writes, reacts, edits and deletes', async () => {
    const { pages: [a, b] } = await twoPages('Keys', 'ws');
    await a.focus('#compose');
    await a.keyboard.type('writen by keys');
    await a.keyboard.press('Enter');
    await sees(b, 'writen by keys');
    // Up: my last message.
    await a.keyboard.press('ArrowUp');
    await a.waitForSelector('.edit-area:focus');
    await a.keyboard.press('Control+A');
    await a.keyboard.type('written by keys');
    await a.keyboard.press('Enter');
    await a.waitForSelector('#compose:focus');
    await sees(b, 'written by keys');
    // To the messages, up to Bob's, a reaction by the picker.
    await a.keyboard.press('Alt+m');
    await a.keyboard.press('Home');
    await a.keyboard.press('r');
    await a.waitForSelector('.emoji-picker input:focus');
    await a.keyboard.type('tada');
    await a.waitForSelector('.emoji-cell');
    await a.keyboard.press('Enter');
    await line(b, 'from bob').locator('.reaction[data-emoji="🎉"]').waitFor();
    await a.waitForFunction(() => document.activeElement?.querySelector('.text')?.textContent === 'from bob');
    // By the menu's row of emoji.
    await a.keyboard.press('Enter');
    await a.waitForSelector('.menu-item:focus');
    await a.keyboard.press('ArrowUp');
    await a.waitForSelector('.menu-emoji:focus');
    await a.keyboard.press('ArrowRight');
    await a.keyboard.press('Enter');
    await line(b, 'from bob').locator('.reaction:not(.add)').nth(1).waitFor();
    // e edits, Escape leaves it, Delete asks.
    await a.keyboard.press('End');
    await a.keyboard.press('e');
    await a.waitForSelector('.edit-area:focus');
    await a.keyboard.type(' no');
    await a.keyboard.press('Escape');
    await a.waitForFunction(() => document.activeElement?.querySelector('.text')?.textContent === 'written by keys');
    await a.keyboard.press('Delete');
    await a.waitForSelector('dialog[open]');
    await a.keyboard.press('Tab');
    await a.locator('dialog .button.danger').focus();
    await a.keyboard.press('Enter');
    await b.locator('.msg', { hasText: 'This message was deleted.' }).waitFor();
    await leave(a, b);
    assert.deepEqual(problems, []);
});

test('a moderator deletes what others wrote; members do not find the way to', async () => {
    const { pages: [a, b] } = await twoPages('Moderated', 'ws');
    await openMenu(b, 'from ada');
    assert.equal(await b.locator('.menu [data-action=delete], .menu [data-action=edit]').count(), 0);
    await b.keyboard.press('Escape');
    await act(a, 'from bob', 'delete');
    await a.locator('dialog', { hasText: 'Delete the message of Bob?' }).locator('.button.danger').click();
    await b.locator('.msg', { hasText: 'This message was deleted.' }).waitFor();
    await say(b, 'why?');
    await sees(a, 'why?');
    await leave(a, b);
    assert.deepEqual(problems, []);
});

test('all of it together fits on wide and narrow screens, by day and by night', async () => {
    const [ada, bob, cem] = await Promise.all(['ada', 'bob', 'cem'].map((handle) => its.stack.signIn(handle)));
    const room = await ada.room('Garden committee', { people: [bob, cem] });
    const post = (/** @type {any} */ who, /** @type {string} */ text) => who.send(room.id, text);
    const react = (/** @type {any} */ who, /** @type {any} */ m, /** @type {string} */ emoji) => who.ok('PUT', at(m, '/reactions'), { status: 204, body: { emoji } });
    const plan = await post(bob, 'The plan for **Saturday**:\n\n1. meet at nine\n2. dig the beds\n3. lunch, @cem brings bread');
    for (const who of [ada, bob, cem]) await react(who, plan, '👍');
    await react(cem, plan, '🥖');
    await react(ada, plan, '🌱');
    await ada.ok('PUT', at(plan, '/pin'), { status: 204 });
    const mine = await post(ada, 'I can bring the wheelbarrow, and two spades if somebody picks me up');
    await react(bob, mine, '🎉');
    await ada.ok('PATCH', at(mine), { body: { text: 'I can bring the wheelbarrow, and two spades if somebody picks me up at the station' } });
    await ada.ok('PUT', at(mine, '/saved'), { status: 204 });
    await post(cem, '🌻');
    await post(cem, '@ada I will, at half past eight?');
    const gone = await post(bob, 'wrong room');
    await bob.ok('DELETE', at(gone), { status: 204 });
    await ada.ok('PATCH', `/api/rooms/${room.id}`, { body: { topic: 'Beds, hedges and the pond' } });
    const last = await post(bob, '> [Cem](https://example.org/):\n> I will, at half past eight?\n\nTake the van then');
    await cem.put(`/api/rooms/${room.id}/read`, { seq: last.seq });
    const b = await openAs(its.stack.url, 'bob');
    await enter(b, 'Garden committee');
    for (const [name, width, height, dark] of /** @type {[string, number, number, boolean][]} */ ([['wide-light', 1280, 860, false], ['wide-dark', 1280, 860, true], ['narrow-light', 390, 844, false], ['narrow-dark', 320, 640, true]])) {
        const page = await openAs(its.stack.url, 'ada', { width, height, dark });
        await enter(page, 'Garden committee');
        await sees(page, 'I can bring the wheelbarrow, and two spades if somebody picks me up at the station');
        await page.waitForSelector('.seen-faces');
        await b.fill('#compose', '');
        await b.focus('#compose');
        await b.keyboard.type('Ok');
        await page.waitForFunction(() => /is writing/.test(document.querySelector('.typing-text')?.textContent ?? ''));
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth || [...document.querySelectorAll('.log-scroll, .msg')].some((node) => node.scrollWidth > node.clientWidth + 1)), false, `${name} is too wide`);
        await picture(page, `talk-all-${name}`);
        await page.evaluate(() => { /** @type {HTMLElement} */ (document.activeElement)?.blur(); });
        await line(page, 'I can bring .* station').locator('.text').hover();
        await page.locator('.msg-tools .more').click();
        await page.waitForSelector('.menu-emoji');
        await picture(page, `talk-menu-${name}`);
        await page.locator('.menu [data-action=edit]').click();
        await page.waitForSelector('.edit-area:focus');
        await picture(page, `talk-edit-${name}`);
        assert.deepEqual(await axeFaults(page, '.room'), []);
        await page.keyboard.press('Escape');
        await leave(page);
    }
    await leave(b);
    assert.deepEqual(problems, []);
}, { timeout: 180_000 });
