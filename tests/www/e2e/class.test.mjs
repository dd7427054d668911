// A classroom with five browsers in it: seats, hands, the check, walking about, polls.
import { after, before } from 'node:test';
import { uuid7 } from '../../harness/client/api.mjs';
import { assert, suite, test } from '../../harness/suite.mjs';
import { axeFaults, closeBrowser, enter, leave, openAs, openBrowser, picture, problems, say, sees } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

const HANDLES = ['ada', 'bob', 'cyd', 'dan', 'eve'];
/** @type {any} */
let ada;
/** @type {any[]} */
let people;
/** @type {{id: string}} */
let lesson;
const its = suite({ accounts: HANDLES }, async (stack) => {
    people = await Promise.all(HANDLES.map((handle) => stack.signIn(handle)));
    [ada] = people;
    lesson = await ada.room('Geometry', { kind: 'classroom', people: people.slice(1) });
    await ada.put(`/api/rooms/${lesson.id}/class/floor`, { rows: 3, columns: 4, seats: 2 });
});
before(openBrowser);
after(closeBrowser);

/** @param {Page} page @param {number} desk @param {number} seat */
const seat = (page, desk, seat) => page.locator(`.desk[data-desk="${desk}"] .seat`).nth(seat - 1);
/** @param {Page} page @param {number} desk @param {number} n @param {string} name */
const sits = (page, desk, n, name) => page.waitForFunction(([d, s, who]) => document.querySelectorAll(`.desk[data-desk="${d}"] .seat`)[Number(s) - 1]?.getAttribute('aria-label')?.includes(`: ${who}`), [String(desk), String(n), name]);
/** @param {Page} page */
const queue = (page) => page.$$eval('.hands li .hand-name', (nodes) => nodes.map((node) => node.firstChild?.textContent));
/** @param {Page} page @param {string} query */
const open = async (page) => {
    await page.locator('.room-link', { hasText: 'Geometry' }).first().click();
    await page.waitForSelector('.classroom[data-status=ready]');
};

test('five people in a class: seats, hands in order, a check, a poll, on all transports', async () => {
    const ways = ['ws', 'sse', 'poll', 'ws', 'ws'];
    /** @type {Page[]} */
    const pages = await Promise.all(HANDLES.map((handle, i) => openAs(its.stack.url, handle, { query: `?transport=${ways[i]}`, dark: i === 1, width: 1360, height: 860 })));
    const [teacher, bob, cyd, dan, eve] = pages;
    for (const page of pages) await open(page);

    // Seats: who presses gets it, everybody sees it, and nobody gets a seat that is taken.
    await seat(bob, 1, 1).click();
    await seat(cyd, 1, 2).click();
    await seat(dan, 6, 1).click();
    for (const page of [teacher, cyd, dan, eve]) await sits(page, 1, 1, 'Bob');
    await sits(teacher, 1, 2, 'Cyd');
    await sits(bob, 6, 1, 'Dan');
    assert.equal(await teacher.locator('.walker', { hasText: 'Bob' }).count(), 0, 'who sits is not on the floor a second time');
    await eve.locator('.walker', { hasText: 'Ada' }).waitFor();

    // Hands: the server's order, the same for all.
    for (const page of [cyd, eve, bob]) {
        await page.click('[data-tool=hand]');
        await page.waitForSelector('[data-tool=hand][aria-pressed=true]');
        await teacher.waitForFunction((n) => document.querySelectorAll('.hands li').length === n, [cyd, eve, bob].indexOf(page) + 1);
    }
    assert.deepEqual(await queue(teacher), ['Cyd', 'Eve', 'Bob']);
    await teacher.click('.hands li:first-child button:has-text("Call")');
    await dan.waitForSelector('.hands li[data-called] .hand-name:has-text("Cyd")');
    assert.match(String(await bob.textContent('[data-tool=hand]')), /3/, 'a student sees the own place');

    // The check: who has said what, and who has not.
    await teacher.click('.class-tools [aria-label=Teach]');
    await teacher.click('[role=menuitem]:has-text("Ask all")');
    await bob.click('.answer[data-answer=done]');
    await cyd.click('.answer[data-answer=question]');
    await teacher.waitForFunction(() => document.querySelector('.answer[data-answer=done] .answer-count')?.textContent === '1' && document.querySelector('.answer[data-answer=question] .answer-count')?.textContent === '1');
    const waiting = await teacher.textContent('.waiting');
    assert.match(String(waiting), /Dan/);
    assert.match(String(waiting), /Eve/);
    assert.doesNotMatch(String(waiting), /Bob|Cyd/);

    // Walking: eve goes to the middle, and the others see her go there.
    const box = await eve.locator('.floor').boundingBox();
    assert.ok(box);
    await eve.mouse.click(box.x + box.width * 0.5, box.y + box.height * 0.955);
    await teacher.waitForFunction(() => { const node = /** @type {HTMLElement | null} */ ([...document.querySelectorAll('.walker')].find((one) => one.textContent?.includes('Eve'))); return node && Math.abs(parseFloat(node.style.top) - 95.5) < 3; });
    await eve.locator('.walker[data-me]').focus();
    await eve.keyboard.press('Shift+ArrowRight');
    await bob.waitForFunction(() => { const node = /** @type {HTMLElement | null} */ ([...document.querySelectorAll('.walker')].find((one) => one.textContent?.includes('Eve'))); return node && parseFloat(node.style.left) > 55; });
    await dan.click('.sign[aria-label="React with 🎉"]');
    await teacher.waitForSelector('.seat.taken[data-person] .sign-badge:has-text("🎉")');

    // A poll in the chat beside it.
    await ada.post(`/api/rooms/${lesson.id}/messages`, { client_id: uuid7(), text: 'How many corners has a cube?', choices: ['6', '8', '12'] });
    await bob.click('.poll-choice:has-text("8")');
    await cyd.click('.poll-choice:has-text("8")');
    await teacher.waitForFunction(() => document.querySelectorAll('.poll-choice .poll-count')[1]?.textContent === '2');
    await say(dan, 'I am not sure');
    await sees(teacher, 'I am not sure');

    await picture(teacher, 'class-teacher');
    await picture(bob, 'class-student-dark');
    assert.deepEqual(await axeFaults(teacher, '.classroom'), []);
    assert.deepEqual(await axeFaults(bob, '.classroom'), []);

    // A seat outlives the stream: dan's page is gone, his seat is not.
    await leave(dan);
    await sits(teacher, 6, 1, 'Dan');
    for (const page of [teacher, bob, cyd, eve]) await leave(page);
    assert.deepEqual(problems, []);
});

test('on a phone the class is a list, and all of it works by keys', async () => {
    const page = await openAs(its.stack.url, 'dan', { width: 320, height: 720 });
    await open(page);
    await page.waitForSelector('.class-table');
    assert.ok(!(await page.locator('.floor').isVisible()));
    const row = page.locator('.class-table tr', { hasText: 'Bob' });
    assert.match(String(await row.textContent()), /Desk 1, seat 1/);
    await page.locator('[data-tool=hand]').focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-tool=hand][aria-pressed=true]');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, `${wide} px wide`);
    await picture(page, 'class-phone');
    await leave(page);
    assert.deepEqual(problems, []);
});

test('the teacher moves a desk and everybody has it there; a seat that is refused goes back', async () => {
    const teacher = await openAs(its.stack.url, 'ada', { width: 1360, height: 860 });
    const bob = await openAs(its.stack.url, 'bob', { query: '?transport=sse', width: 1360, height: 860 });
    for (const page of [teacher, bob]) await open(page);
    await teacher.click('.class-tools [aria-label=Teach]');
    await teacher.click('[role=menuitem]:has-text("Move the desks")');
    const desk = await teacher.locator('.desk[data-desk="12"]').boundingBox();
    const floor = await teacher.locator('.floor').boundingBox();
    assert.ok(desk && floor);
    await teacher.mouse.move(desk.x + desk.width / 2, desk.y + desk.height / 2);
    await teacher.mouse.down();
    await teacher.mouse.move(floor.x + floor.width * 0.5, floor.y + floor.height * 0.8, { steps: 5 });
    await teacher.mouse.up();
    await bob.waitForFunction(() => Math.abs(parseFloat(/** @type {HTMLElement} */ (document.querySelector('.desk[data-desk="12"]')).style.left) - 50) < 2);
    await teacher.click('[data-tool=done]');
    // Cyd has it already; bob's page does not know yet what the server will say.
    await people[2].put(`/api/rooms/${lesson.id}/class/seat`, { desk: 9, seat: 1 });
    await seat(bob, 9, 1).click();
    await sits(bob, 9, 1, 'Cyd');
    await leave(teacher);
    await leave(bob);
    assert.deepEqual(problems, []);
});

test('who does not want to be disturbed is seen to be so, who is invisible is not there, and a name may be another here', async () => {
    const bob = await openAs(its.stack.url, 'bob', { width: 1360, height: 860 });
    const eve = await openAs(its.stack.url, 'eve', { query: '?transport=poll', width: 1360, height: 860 });
    for (const page of [bob, eve]) await open(page);
    const choose = async (/** @type {string} */ label) => {
        await eve.click('[aria-label="Your account"]');
        await eve.click(`[role=menuitem]:has-text("${label}")`);
    };
    await bob.click('[aria-label=People]');
    await bob.locator('.person[data-here]', { hasText: 'Eve' }).waitFor();
    await choose('Do not disturb');
    await bob.locator('.person[data-here]', { hasText: 'Eve' }).locator('.here-dot[data-status=dnd]').waitFor();
    await choose('Be invisible');
    await bob.waitForFunction(() => ![...document.querySelectorAll('.person[data-here]')].some((node) => node.textContent?.includes('Eve')));
    await choose('Available');
    await bob.locator('.person[data-here]', { hasText: 'Eve' }).waitFor();
    await eve.click('[data-tool=name]');
    await eve.fill('dialog input[name=name]', 'Evelyn the Great');
    await eve.click('dialog button[type=submit]');
    await bob.locator('.walker', { hasText: 'Evelyn the Great' }).waitFor();
    await leave(bob);
    await leave(eve);
    assert.deepEqual(problems, []);
});
