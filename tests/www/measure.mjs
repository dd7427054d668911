/**
 * Measures the page with a long room, in real Chromium against a real stack. Not a test: figures go to
 * docs/EVIDENCE.md. Best with programs built without sanitizers.
 *
 *     CONFAB_BUILD=/path/to/build node tests/www/measure.mjs [messages] [seconds]
 *
 *   nodes    message elements at most, while the log is scrolled back and forth
 *   heap     JavaScript heap after a collection, and the renderer's own memory
 *   frames   of a steady scroll far back in the history, from Chromium's trace: those presented and those
 *            dropped, and the longest task of the main thread
 *            how busy the main thread was meanwhile; `still` is a page of mere text, scrolled alike: what the machine can do at that time
 *   sending  from the key to the frame that shows the message, and to its acknowledgement
 */
import fs from 'node:fs';
import { startStack } from '../harness/stack.mjs';
import { closeBrowser, enter, openAs, openBrowser } from './e2e/browser.mjs';

const MESSAGES = Number(process.argv[2] ?? 100_000);
const SECONDS = Number(process.argv[3] ?? 10);
const SENDERS = 12;
const SPEED = 1_600; // pixels in a second
const SENDS = 60;
/** What scrolls. @type {'touch' | 'mouse'} */
const SOURCE = 'mouse';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').CDPSession} Session */

const LINES = [
    'ok', 'Thank you!', '🎉', 'Is everybody fine with six o’clock?', 'The plan is at https://plans.example.org/garden, please have a look before Friday.',
    'I would rather meet at seven: the train arrives at 18:40, and we still need to carry the tables into the garden.\nWho brings the lamps?',
];

/** @param {import('../harness/stack.mjs').Stack} stack @param {number} count */
async function fill(stack, count) {
    const people = await Promise.all(['ada', 'bob', 'cleo'].map((handle) => stack.signIn(handle)));
    const room = await people[0].room('Long', { people: people.slice(1) });
    let next = 0;
    const work = async () => {
        while (next < count) {
            const n = next;
            next += 1;
            await people[n % 3].send(room.id, `${n}: ${LINES[n % LINES.length]}`);
            if (n % 10_000 === 0) console.error(`filled ${n}`);
        }
    };
    await Promise.all(Array.from({ length: SENDERS }, work));
    for (const one of people) await one.ok('PUT', `/api/rooms/${room.id}/read`, { body: { seq: (await one.ok('GET', `/api/rooms/${room.id}`)).last_seq } });
    return room;
}

/** @param {Session} cdp @returns {Promise<(name: string) => number>} */
async function metrics(cdp) {
    const { metrics: list } = await cdp.send('Performance.getMetrics');
    return (name) => list.find((one) => one.name === name)?.value ?? 0;
}

/** @param {Session} cdp */
async function heap(cdp) {
    await cdp.send('HeapProfiler.collectGarbage');
    const value = await metrics(cdp);
    return { heapMb: value('JSHeapUsedSize') / 2 ** 20, domNodes: value('Nodes') };
}

/** The private memory of the renderers, in MB. @param {Page} page */
async function rendererMb(page) {
    const browser = await /** @type {import('playwright-core').Browser} */ (page.context().browser()).newBrowserCDPSession();
    const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
    const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => {
        const text = fs.readFileSync(`/proc/${id}/smaps_rollup`, 'utf8');
        return [...text.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].reduce((sum, [, kb]) => sum + Number(kb), 0) / 1024;
    });
    return Math.max(...sizes);
}

/** @param {Page} page @param {Session} cdp @param {number} seconds @param {1 | -1} way @param {string} [what] */
async function scroll(page, cdp, seconds, way, what = '.log-scroll') {
    const box = /** @type {{x: number, y: number, width: number, height: number}} */ (await page.locator(what).boundingBox());
    await page.mouse.move(box.x - 30, box.y + 200);
    await cdp.send('Input.synthesizeScrollGesture', {
        x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2), yDistance: way * seconds * SPEED, speed: SPEED, gestureSourceType: SOURCE, preventFling: true,
    });
}

/** @param {Session} cdp @param {() => Promise<unknown>} work */
async function traced(cdp, work) {
    /** @type {any[]} */
    const events = [];
    cdp.on('Tracing.dataCollected', ({ value }) => events.push(...value));
    const done = new Promise((resolve) => { cdp.once('Tracing.tracingComplete', resolve); });
    await cdp.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['cc', 'viz', 'toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'disabled-by-default-display.framedisplayed'] } });
    await work();
    await cdp.send('Tracing.end');
    await done;
    return events;
}

/**
 * What the display showed while the gesture ran: frames in a second, and the gaps between them. Chromium's own
 * screen here has 60 frames in a second, so 16.7 ms is the least gap, and one of 33 ms a frame that was left out.
 * @param {any[]} events
 */
function frames(events) {
    const shown = events.filter((one) => one.name === 'Display::FrameDisplayed').map((one) => one.ts / 1000).sort((a, b) => a - b);
    const moved = events.filter((one) => one.name === 'Scroll Delta This Frame').map((one) => one.ts / 1000).sort((a, b) => a - b);
    const during = shown.filter((at) => at >= moved[0] && at <= moved[moved.length - 1]);
    const gaps = during.slice(1).map((at, i) => at - during[i]).sort((a, b) => a - b);
    const main = events.find((one) => one.name === 'thread_name' && one.args?.name === 'CrRendererMain' && events.some((other) => other.name === 'FunctionCall' && other.pid === one.pid && other.tid === one.tid));
    const tasks = events.filter((one) => /RunTask$/.test(one.name) && one.pid === main?.pid && one.tid === main?.tid).map((one) => one.dur / 1000).sort((a, b) => b - a);
    const at = (/** @type {number} */ share) => gaps[Math.floor(share * (gaps.length - 1))];
    return {
        seconds: (during[during.length - 1] - during[0]) / 1000, perSecond: 1000 * gaps.length / (during[during.length - 1] - during[0]),
        gapP50: at(0.5), gapP95: at(0.95), gapP99: at(0.99), gapMost: at(1), leftOutPercent: 100 * gaps.filter((gap) => gap > 25).length / gaps.length,
        longestTasksMs: tasks.slice(0, 5),
    };
}

/** The same scroll over a page of mere text. @param {Page} page */
async function still(page) {
    const other = await page.context().newPage();
    await other.setContent(`<div id="still" style="height: 700px; overflow: auto">${'<p style="background: #eee; border-radius: 18px; padding: 8px">A line of text that stands still, however it is scrolled.</p>'.repeat(3000)}</div>`);
    await other.evaluate(() => { /** @type {HTMLElement} */ (document.querySelector('#still')).scrollTop = 60_000; });
    const cdp = await other.context().newCDPSession(other);
    const result = frames(await traced(cdp, () => scroll(other, cdp, SECONDS, 1, '#still')));
    await other.close();
    return result;
}

/** @param {Page} page */
async function sending(page) {
    /** @type {{frame: number, painted: number, stored: number}[]} */
    const times = [];
    for (let i = 0; i < SENDS; i += 1) {
        await page.fill('#compose', `measured ${i}`);
        const seen = page.evaluate((text) => new Promise((/** @type {(times: any) => void} */ resolve) => {
            const find = () => [...document.querySelectorAll('.msg')].reverse().find((node) => node.querySelector('.text')?.textContent === text);
            document.addEventListener('keydown', () => {
                const start = performance.now();
                let frame = 0;
                const look = () => {
                    frame += 1;
                    if (!find()) {
                        requestAnimationFrame(look);
                        return;
                    }
                    const shown = frame;
                    // What is there in this frame is painted when the next task runs.
                    const channel = new MessageChannel();
                    channel.port1.onmessage = () => {
                        const painted = performance.now() - start;
                        const wait = () => {
                            if (/** @type {HTMLElement} */ (find()).dataset.state === 'sent') resolve({ frame: shown, painted, stored: performance.now() - start });
                            else setTimeout(wait, 1);
                        };
                        wait();
                    };
                    channel.port2.postMessage(0);
                };
                requestAnimationFrame(look);
            }, { capture: true, once: true });
        }), `measured ${i}`);
        await page.waitForTimeout(30);
        await page.press('#compose', 'Enter');
        times.push(await seen);
    }
    const at = (/** @type {'frame' | 'painted' | 'stored'} */ key, /** @type {number} */ share) => times.map((one) => one[key]).sort((a, b) => a - b)[Math.floor(share * (times.length - 1))];
    return { frameMost: at('frame', 1), paintedP50: at('painted', 0.5), paintedP99: at('painted', 0.99), storedP50: at('stored', 0.5) };
}

const stack = await startStack({ accounts: ['ada', 'bob', 'cleo'] });
try {
    const room = await fill(stack, MESSAGES);
    await openBrowser();
    const page = await openAs(stack.url, 'ada');
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable');
    await enter(page, 'Long');
    await page.waitForTimeout(1000);
    const atFirst = await heap(cdp);
    await page.evaluate(() => {
        const told = /** @type {any} */ (globalThis).most = { messages: 0 };
        new MutationObserver(() => { told.messages = Math.max(told.messages, document.querySelectorAll('.msg').length); }).observe(/** @type {Node} */ (document.querySelector('.log-list')), { childList: true });
    });
    // Far back, by its address; from there on by scrolling.
    await page.evaluate(([id, seq]) => { location.hash = `#/room/${id}/${seq}`; }, [room.id, Math.round(MESSAGES / 2)]);
    await page.waitForSelector('.msg.target');
    await scroll(page, cdp, 2, 1);
    const stillBefore = await still(page);
    await page.bringToFront();
    const back = frames(await traced(cdp, () => scroll(page, cdp, SECONDS, 1)));
    const before = await metrics(cdp);
    const forth = frames(await traced(cdp, () => scroll(page, cdp, SECONDS, -1)));
    const after = await metrics(cdp);
    const share = (/** @type {string} */ name) => 100 * (after(name) - before(name)) / SECONDS;
    const work = { busyPercent: share('TaskDuration'), scriptPercent: share('ScriptDuration'), layoutPercent: share('LayoutDuration'), stylePercent: share('RecalcStyleDuration') };
    const stillAfter = await still(page);
    await page.bringToFront();
    const wheel = Number(await page.evaluate(() => document.querySelector('.msg[data-seq]')?.getAttribute('data-seq')));
    for (let i = 0; i < 40; i += 1) {
        await page.evaluate(() => { /** @type {HTMLElement} */ (document.querySelector('.log-scroll')).scrollTop = 0; });
        await page.waitForTimeout(60);
    }
    const afterwards = await heap(cdp);
    const result = {
        messages: MESSAGES, firstSeqAfterScroll: wheel, messageNodesMost: await page.evaluate(() => /** @type {any} */ (globalThis).most.messages),
        heapAtFirst: atFirst, heapAfterwards: afterwards, rendererPrivateMb: await rendererMb(page), stillBefore, back, forth, work, stillAfter, seconds: SECONDS,
        sending: await page.keyboard.press('Alt+End').then(() => page.waitForTimeout(1000)).then(() => sending(page)),
    };
    console.log(JSON.stringify(result, (_, value) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value), 2));
} finally {
    await closeBrowser();
    await stack.stop();
}
