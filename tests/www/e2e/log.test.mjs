// The log: reading back, coming back, failing to load, and text that tries to break out.
import { after, before } from 'node:test';
import { assert, suite, test } from '../../harness/suite.mjs';
import { calm } from '../../../www/js/lib/text.js';
import { closeBrowser, enter, leave, online, openAs, openBrowser, picture, problems, say, sees, shown, told } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

const its = suite({ accounts: ['ada', 'bob'] });
before(openBrowser);
after(closeBrowser);

/** A room of two with so many messages from Bob. @param {string} name @param {number} count */
async function filled(name, count) {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => its.stack.signIn(handle)));
    const room = await ada.room(name, { people: [bob] });
    for (let i = 1; i <= count; i += 1) await bob.send(room.id, `${name} ${i}${i % 7 === 0 ? `\n${'a longer line '.repeat(12)}` : ''}`);
    return { room, ada, bob };
}

/** @param {Page} page */
async function withoutHoles(page) {
    const seqs = (await shown(page)).map(({ seq }) => seq);
    for (let i = 1; i < seqs.length; i += 1) assert.equal(seqs[i], seqs[i - 1] + 1, 'messages are missing or twice');
    return seqs;
}

test('older messages come without a jump, the page stays small, and one finds back to the newest', async () => {
    const { room, ada, bob } = await filled('Long', 420);
    await ada.put(`/api/rooms/${room.id}/read`, { seq: (await ada.get(`/api/rooms/${room.id}`)).last_seq });
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Long');
    await page.waitForFunction(() => {
        const box = /** @type {HTMLElement} */ (document.querySelector('.log-scroll'));
        return box.scrollHeight - box.scrollTop - box.clientHeight < 4;
    });
    let nodes = 0;
    for (;;) {
        const was = await page.evaluate(() => {
            const box = /** @type {HTMLElement} */ (document.querySelector('.log-scroll'));
            box.scrollTop = Math.min(box.scrollTop, 400);
            const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.msg[data-seq]')]);
            const row = rows.find((one) => one.getBoundingClientRect().top > box.getBoundingClientRect().top);
            return { first: rows[0].dataset.seq, seq: row?.dataset.seq, top: row?.getBoundingClientRect().top };
        });
        const grown = await page.waitForFunction((first) => /** @type {HTMLElement} */ (document.querySelector('.msg[data-seq]')).dataset.seq !== first, was.first, { timeout: 3000 }).catch(() => null);
        if (!grown) break;
        await page.waitForTimeout(60);
        const top = await page.evaluate((seq) => document.querySelector(`.msg[data-seq="${seq}"]`)?.getBoundingClientRect().top, was.seq);
        assert.ok(Math.abs(Number(top) - Number(was.top)) < 2, `the line jumped from ${was.top} to ${top}`);
        nodes = Math.max(nodes, await page.locator('.msg').count());
    }
    assert.match((await shown(page))[0].text, /^Long 1$/);
    assert.ok(nodes < 300, `${nodes} messages in the page`);
    await withoutHoles(page);
    await bob.send(room.id, 'meanwhile');
    await page.waitForFunction(() => document.querySelector('.jump .count')?.textContent === '1');
    await picture(page, 'log-old');
    await page.click('.jump');
    await sees(page, 'meanwhile');
    await withoutHoles(page);
    await leave(page);
    assert.deepEqual(problems, []);
}, { timeout: 180_000 });

test('many unread messages open at the first of them, and are read by scrolling down', async () => {
    const { ada, room } = await filled('Unread', 130);
    const page = await openAs(its.stack.url, 'ada');
    await page.locator('.badge:not([hidden])', { hasText: '99+' }).waitFor();
    await enter(page, 'Unread');
    await page.waitForSelector('.marker');
    const place = await page.evaluate(() => {
        const box = /** @type {Element} */ (document.querySelector('.log-scroll')).getBoundingClientRect();
        const marker = /** @type {Element} */ (document.querySelector('.marker')).getBoundingClientRect();
        return marker.top >= box.top && marker.bottom <= box.bottom;
    });
    assert.ok(place, 'the line of the new ones is not in sight');
    await picture(page, 'log-unread');
    for (let i = 0; i < 80 && (await shown(page)).at(-1)?.text !== 'Unread 130'; i += 1) {
        await page.evaluate(() => { /** @type {Element} */ (document.querySelector('.log-scroll')).scrollTop += 900; });
        await page.waitForTimeout(60);
    }
    await page.evaluate(() => { /** @type {Element} */ (document.querySelector('.log-scroll')).scrollTop = 1e9; });
    await page.waitForFunction(() => !document.querySelector('.room-link[aria-current] .badge:not([hidden])'));
    await page.waitForTimeout(2500);
    assert.equal((await ada.get(`/api/rooms/${room.id}`)).unread, 0);
    await leave(page);
    assert.deepEqual(problems, []);
}, { timeout: 180_000 });

test('a page that missed hundreds of messages has them all, in order, when it is back', async () => {
    const { room, bob } = await filled('Away', 5);
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Away');
    await sees(page, 'Away 5');
    await its.stack.pusher?.stop();
    for (let i = 6; i <= 330; i += 1) await bob.send(room.id, `Away ${i}`);
    await its.stack.pusher?.start();
    await online(page, 60_000);
    await page.waitForFunction(() => document.querySelector('.room-link[aria-current] .room-preview')?.textContent?.endsWith('Away 330'), null, { timeout: 60_000 });
    await page.evaluate(() => { /** @type {Element} */ (document.querySelector('.log-scroll')).scrollTop = 1e9; });
    if (await page.isVisible('.jump')) await page.click('.jump');
    await sees(page, 'Away 330');
    await withoutHoles(page);
    await leave(page);
    assert.deepEqual(problems, []);
}, { timeout: 180_000 });

test('a load that fails says so and offers to try again, and is never an empty room', async () => {
    const { room } = await filled('Fragile', 3);
    const page = await openAs(its.stack.url, 'ada');
    await page.route(`**/api/rooms/${room.id}/messages*`, (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"type":"/problems/internal","title":"Our fault","status":500,"detail":"It is our fault."}' }));
    await page.locator('.room-link', { hasText: 'Fragile' }).click();
    await page.waitForSelector('.skeletons');
    await page.waitForSelector('.panel[role=alert]', { timeout: 30_000 });
    assert.doesNotMatch(await page.textContent('.log') ?? '', /Nothing has been said/);
    await picture(page, 'log-failed');
    await page.unroute(`**/api/rooms/${room.id}/messages*`);
    await page.click('.panel .button');
    await sees(page, 'Fragile 3');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('a refused message stays, with the reason, until it is sent again or deleted', async () => {
    const { room } = await filled('Refused', 1);
    const page = await openAs(its.stack.url, 'ada', { query: '?transport=sse&share=solo' });
    await enter(page, 'Refused');
    const refuse = () => page.route(`**/api/rooms/${room.id}/messages`, (route) => (route.request().method() === 'POST'
        ? route.fulfill({ status: 403, contentType: 'application/problem+json', body: '{"type":"/problems/forbidden","title":"No","status":403,"detail":"Your role does not allow it."}' }) : route.continue()));
    await refuse();
    await say(page, 'first try');
    await page.locator('.msg[data-state=failed]', { hasText: 'Your role does not allow it.' }).waitFor();
    await picture(page, 'log-refused');
    // It is still there after a reload.
    await page.reload();
    await page.waitForSelector('.msg[data-state=failed]');
    await page.unroute(`**/api/rooms/${room.id}/messages`);
    await page.locator('.fate button', { hasText: 'Retry' }).click();
    await sees(page, 'first try');
    await refuse();
    await say(page, 'second try');
    await page.waitForSelector('.msg[data-state=failed]');
    await page.locator('.fate button', { hasText: 'Delete' }).click();
    await page.waitForSelector('.msg[data-state=failed]', { state: 'detached' });
    assert.deepEqual((await shown(page)).map(({ text }) => text), ['Refused 1', 'first try']);
    await leave(page);
    assert.deepEqual(problems, []);
});

test('text is only text: no markup, no script, no unsafe link, nothing wider than its bubble', async () => {
    const { room, bob } = await filled('Nasty', 0);
    const nasty = [
        '<img src=x onerror="document.title=1"><script>document.title=2</script><b>bold</b>',
        'javascript:alert(1) data:text/html,<p> https://good.example/path?q=1. http://user@evil.example/',
        'W'.repeat(1500),
        `https://long.example/${'x'.repeat(900)}`,
        '\u202eright to left \u0628\u0627\u0644\u0639\u0631\u0628\u064a\u0629 and back',
        `Z${'\u0310\u0352\u0334'.repeat(300)}algo`,
        Array.from({ length: 60 }, (_, i) => `line ${i}`).join('\n'),
    ];
    for (const text of nasty) await bob.send(room.id, text);
    for (const width of [320, 390, 768, 1280]) {
        const page = await openAs(its.stack.url, 'ada', { width, height: 700 });
        await enter(page, 'Nasty');
        for (const text of nasty) await sees(page, calm(text));
        assert.match(await page.title(), /Confab$/);
        const found = await page.evaluate(() => ({
            tags: [...new Set([...document.querySelectorAll('.msg .text *')].map((node) => node.tagName))],
            links: [...document.querySelectorAll('.msg .text a')].map((node) => [/** @type {HTMLAnchorElement} */ (node).href.slice(0, 30), node.getAttribute('rel')]),
            wide: document.documentElement.scrollWidth > innerWidth,
            out: [...document.querySelectorAll('.bubble')].filter((node) => node.getBoundingClientRect().right > /** @type {Element} */ (document.querySelector('.log-scroll')).getBoundingClientRect().right).length,
        }));
        assert.deepEqual(found, {
            tags: ['P', 'A'], wide: false, out: 0,
            links: [['https://good.example/path?q=1', 'noopener noreferrer nofollow'], ['https://long.example/xxxxxxxxx', 'noopener noreferrer nofollow']],
        });
        await leave(page);
    }
    assert.deepEqual(problems, []);
}, { timeout: 180_000 });

test('a draft is kept per room, the counter warns, Shift+Enter breaks the line, and blank text is not sent', async () => {
    await filled('Draft one', 1);
    await filled('Draft two', 1);
    const page = await openAs(its.stack.url, 'ada');
    await enter(page, 'Draft one');
    await page.fill('#compose', 'half a thought');
    await enter(page, 'Draft two');
    assert.equal(await page.inputValue('#compose'), '');
    await enter(page, 'Draft one');
    assert.equal(await page.inputValue('#compose'), 'half a thought');
    await page.reload();
    await page.waitForSelector('.msg');
    assert.equal(await page.inputValue('#compose'), 'half a thought');
    await page.fill('#compose', '  \n ');
    await page.press('#compose', 'Enter');
    await page.fill('#compose', '🦊'.repeat(1990));
    assert.equal(await page.textContent('.left'), '10');
    await page.fill('#compose', '🦊'.repeat(2001));
    assert.equal(await page.textContent('.left'), '-1');
    await page.press('#compose', 'Enter');
    assert.equal(await page.locator('.msg').count(), 1);
    await page.fill('#compose', 'one');
    await page.press('#compose', 'Shift+Enter');
    await page.keyboard.type('two');
    await page.press('#compose', 'Enter');
    await sees(page, 'one\ntwo');
    assert.equal(await told(page, 'transport'), 'ws');
    await leave(page);
    assert.deepEqual(problems, []);
});
