// Three browsers, one on each transport, talk through real servers, which are killed under them.
import { after, before } from 'node:test';
import { assert, suite, test } from '../../harness/suite.mjs';
import { closeBrowser, enter, leave, online, openAs, openBrowser, picture, problems, say, sees, shown, told } from './browser.mjs';

const WAYS = ['ws', 'sse', 'poll'];
const its = suite({ accounts: ['ada', 'bob', 'cem'] });
before(openBrowser);
after(closeBrowser);

/** A room with all three, and a page of each in it. @param {string} name */
async function threePages(name) {
    const [ada, bob, cem] = await Promise.all(['ada', 'bob', 'cem'].map((handle) => its.stack.signIn(handle)));
    const room = await ada.room(name, { people: [bob, cem] });
    const pages = await Promise.all(['ada', 'bob', 'cem'].map((handle, i) => openAs(its.stack.url, handle, { query: `?transport=${WAYS[i]}` })));
    for (const page of pages) await enter(page, name);
    return { room, pages, ada };
}

/** All pages show the same messages: each text once, in the order of their numbers. @param {import('playwright-core').Page[]} pages @param {string[]} texts */
async function sameEverywhere(pages, texts) {
    for (const page of pages) for (const text of texts) await sees(page, text, 60_000);
    const logs = await Promise.all(pages.map(shown));
    for (const log of logs) {
        assert.deepEqual(log, logs[0]);
        assert.deepEqual([...log].sort((a, b) => a.seq - b.seq), log);
        assert.deepEqual(log.map(({ text }) => text).sort(), [...texts].sort());
    }
}

test('three browsers talk over three transports, and see the same log and each other', async () => {
    const { pages } = await threePages('Kitchen');
    assert.deepEqual(await Promise.all(pages.map((page) => told(page, 'transport'))), WAYS);
    const texts = [];
    for (let round = 0; round < 3; round += 1) {
        for (const [i, page] of pages.entries()) {
            texts.push(`${WAYS[i]} ${round}`);
            await say(page, `${WAYS[i]} ${round}`);
        }
    }
    await sameEverywhere(pages, texts);
    for (const page of pages) await page.waitForFunction(() => document.querySelector('.room-facts')?.textContent === '3 people · 3 here');
    for (const [i, page] of pages.entries()) await picture(page, `talk-${WAYS[i]}`);
    await leave(pages[2]);
    // Whoever leaves is missed by the others, at once or at the end of the lease.
    for (const page of pages.slice(0, 2)) await page.waitForFunction(() => document.querySelector('.room-facts')?.textContent === '3 people · 2 here', null, { timeout: 100_000 });
    await leave(...pages.slice(0, 2));
    assert.deepEqual(problems, []);
}, { timeout: 180_000 });

test('what is written while servers are killed arrives once, in order, at every browser', async () => {
    const { pages } = await threePages('Storm');
    const { pusher, handlers, web, postgres } = its.stack;
    const texts = [];
    for (const [name, victim] of Object.entries({ pusher, handlers, web, postgres })) {
        for (const [i, page] of pages.entries()) {
            texts.push(`before ${name}, ${WAYS[i]}`);
            await say(page, `before ${name}, ${WAYS[i]}`);
        }
        await victim?.kill();
        for (const [i, page] of pages.entries()) {
            texts.push(`without ${name}, ${WAYS[i]}`);
            await say(page, `without ${name}, ${WAYS[i]}`);
        }
        await victim?.start();
        for (const page of pages) await online(page, 90_000);
    }
    await sameEverywhere(pages, texts);
    for (const page of pages) assert.equal(await page.locator('.msg[data-state=pending], .msg[data-state=failed]').count(), 0);
    await leave(...pages);
    assert.deepEqual(problems, []);
}, { timeout: 400_000 });

test('while the web server is away the page says so, keeps what is written, and sends it after a reload too', async () => {
    const { room, pages, ada } = await threePages('Patience');
    await its.stack.web.stop();
    for (const page of pages) {
        await page.waitForSelector('html[data-state=offline]');
        await page.waitForSelector('.banner:not([hidden])');
    }
    for (const [i, page] of pages.entries()) {
        await say(page, `queued ${WAYS[i]}`);
        await page.waitForSelector('.msg[data-state=pending]');
    }
    await picture(pages[0], 'talk-offline');
    await its.stack.web.start();
    // One of them does not wait: it is loaded anew, and its message is still there to be sent.
    await pages[1].reload();
    for (const page of pages) {
        await page.waitForSelector('html[data-state=online]', { timeout: 60_000 });
        for (const way of WAYS) await sees(page, `queued ${way}`, 60_000);
    }
    const { messages } = await ada.messages(room.id);
    assert.deepEqual(messages.map((/** @type {any} */ message) => message.text).sort(), WAYS.map((way) => `queued ${way}`).sort());
    await leave(...pages);
    assert.deepEqual(problems, []);
}, { timeout: 240_000 });

test('without WebSocket the page falls back to SSE, without both to long-poll, without the pusher to the handlers', async () => {
    const ada = await its.stack.signIn('ada');
    const bob = await its.stack.signIn('bob');
    const room = await ada.room('Fallback', { people: [bob] });
    for (const [blocked, way] of /** @type {[string[], string][]} */ ([[['/push/ws'], 'sse'], [['/push/ws', '/push/events'], 'poll']])) {
        // The hub of the page itself: what the browser blocks for a page it does not block for a shared worker.
        const page = await openAs(its.stack.url, 'bob', { query: '?share=solo' });
        await page.addInitScript((paths) => {
            const RealSocket = globalThis.WebSocket;
            const realFetch = globalThis.fetch;
            if (paths.includes('/push/ws')) {
                globalThis.WebSocket = /** @type {any} */ (class extends RealSocket {
                    constructor(/** @type {string} */ url) { super(url.replace('/push/ws', '/push/blocked')); }
                });
            }
            globalThis.fetch = (input, init) => (paths.some((blockedPath) => String(input).startsWith(blockedPath))
                ? Promise.reject(new TypeError('blocked')) : realFetch(input, init));
        }, blocked);
        await page.reload();
        await online(page, 60_000);
        assert.equal(await told(page, 'transport'), way);
        await enter(page, 'Fallback');
        await ada.send(room.id, `over ${way}`);
        await sees(page, `over ${way}`);
        await leave(page);
    }
    const page = await openAs(its.stack.url, 'bob');
    await enter(page, 'Fallback');
    await its.stack.pusher?.stop();
    await page.waitForSelector('html[data-transport=sync]', { timeout: 60_000 });
    await ada.send(room.id, 'without a pusher');
    await sees(page, 'without a pusher', 30_000);
    await say(page, 'I hear you');
    await sees(page, 'I hear you');
    await its.stack.pusher?.start();
    await page.waitForSelector('html[data-transport=ws]', { timeout: 60_000 });
    await leave(page);
    assert.deepEqual(problems, []);
}, { timeout: 300_000 });
