// Markdown in the page: what it draws, and what hostile messages cannot do to it.
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { TOP } from '../../harness/paths.mjs';
import { until } from '../../harness/until.mjs';
import { assert, suite, test } from '../../harness/suite.mjs';
import { closeBrowser, enter, leave, online, openAs, openBrowser, picture, problems } from './browser.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** What one message may cost the page's main thread, all in all: in processor time, so that a busy machine does not count. */
const COST_MS = 50;
/** With the longest that an operator is likely to allow, on a slow machine. */
const MOST_MS = 400;
const ROUNDS = 5;
/** The limit that a server has by itself: the time above is kept with it. */
const USUAL = Number(/OPTION\(message_max, INT, "(\d+)"/.exec(fs.readFileSync(path.join(TOP, 'common/option.def'), 'utf8'))?.[1]);
/** And one that an operator might set. */
const MOST = 20_000;

const its = suite({ accounts: ['ada', 'bob'], config: { message_max: MOST } });
before(openBrowser);
after(closeBrowser);

const many = (/** @type {string} */ piece, /** @type {number} */ limit) => piece.repeat(Math.max(0, Math.floor(limit / [...piece].length)));
const table = (/** @type {number} */ columns, /** @type {number} */ rows, cell = 'x') => [`|${many(`${cell}|`, (cell.length + 1) * columns)}`,
    `|${many('---|', 4 * columns)}`, ...Array.from({ length: rows }, () => `|${many(`${cell}|`, (cell.length + 1) * columns)}`)].join('\n');
const SCHEMES = ['javascript:pwned()', 'JaVaScRiPt:pwned()', 'java\tscript:pwned()', 'javascript&colon;pwned()', '&#106;avascript:pwned()', 'javascript%3Apwned()',
    '\u0001javascript:pwned()', 'data:text/html,<script>opener.pwned()</script>', 'data:text/html;base64,PHNjcmlwdD5wd25lZCgpPC9zY3JpcHQ+', 'vbscript:pwned()', 'blob:null/1',
    'file:///etc/passwd', 'view-source:http://x.org', '//x.org', '/api/session', '#/room/1', 'http://x.org:javascript:pwned()@y.org'];

/** Each is one message of at most so many code points. @param {number} points @returns {Record<string, string>} */
const hostile = (points) => ({
    'script elements': '<script>pwned()</script> **x** <SCRIPT SRC=//x.org/x.js></SCRIPT>\n<script>\npwned()\n</script>',
    'event handlers': '<img src=x onerror=pwned()> <svg/onload=pwned()> <body onload=pwned()> **x** <details open ontoggle=pwned()> <a href="x" onmouseover="pwned()">a</a> <input autofocus onfocus=pwned()>',
    'frames and styles': '<iframe src="javascript:pwned()"></iframe> <iframe srcdoc="<script>parent.pwned()</script>"></iframe> <style>*{display:none}</style> <link rel=stylesheet href=//x.org> <meta http-equiv=refresh content="0;url=//x.org"> <base href=//x.org> <form action=//x.org><button>b</button></form> *x*',
    'attributes broken out of': '[a](http://x.org/"onmouseover="pwned()) [b](http://x.org/ "t" onclick=pwned()) ![c](http://x.org/"onerror="pwned()") [d](<http://x.org/" onclick="pwned()">)\n```"onclick="pwned()\nx\n```',
    'links to odd schemes': SCHEMES.map((to) => `[link](${to}) [link](<${to}>) ![image](${to}) <${to}>`).join(' *x*\n').slice(0, points),
    'odd schemes by reference': SCHEMES.map((to, i) => `[r${i}]: ${to}\n[r${i}] [x][r${i}]`).join('\n'),
    'templates and prototypes': '{{pwned()}} ${pwned()} `__proto__` [__proto__](http://x.org) @constructor :constructor: @__proto__\n```constructor\nx\n```',
    'bidirectional overrides': `\u202E\u202Eevil\u202D *txt.exe*\u2066\u2067\u2068 [moc.knab\u202E](https://x.org) \`\u202Ecode\` @bob\u202E ${many('\u202E\u2066', points / 4)}`,
    'marks that are never closed': 'x\u202E\u2067',
    'zero width': `a${many('\u200B\u200D\uFEFF\u2060', points - 1)}`,
    'zero width in a word': `**${many('a\u200D', points - 4)}**`,
    'tags and variation selectors': `\u{1F3F4}${many('\u{E0067}\uFE0F', points - 2)}`,
    'combining marks': `a${many('\u0301', points - 1)}`,
    'combining marks above and below': many(`Z${'\u0300\u0315\u0328\u0334\u0357\u033B\u1DC4\u20E3'.repeat(30)}`, points),
    'few marks on each of many letters': many(`Z${'\u0300\u0315\u0328\u0334\u0357\u033B\u1DC4\u20E3'.repeat(3)}`, points),
    'combining marks in all places': `**${many('\u0301', points / 6)}** \`${many('\u0336', points / 6)}\` [${many('\u0489', points / 6)}](https://x.org/)\n# ${many('\u0320', points / 6)}\n> ${many('\u035F', points / 6)}`,
    'quotes in quotes': `${many('> ', points / 4)}x`,
    'quotes and lists in each other': `${many('> - ', points / 4)}x`,
    'lists in lists': Array.from({ length: Math.sqrt(points) / 1.5 }, (_, i) => `${'  '.repeat(i)}- x`).join('\n'),
    'lists on one line': `${many('- ', points / 4)}x`,
    'emphasis in emphasis': many('*a _b ', points / 2) + many('_ *', points / 2),
    'brackets in brackets': many('[', points / 2) + many('](http://x.org)', points / 2),
    'a table with many columns': table(points / 20, 3),
    'a table with many rows': table(2, points / 10),
    'a table as large as it may be': table(20, points / 50 - 4, '*'),
    'a table of bold cells': table(9, points / 60 - 2, '**x**'),
    'a table of very wide cells': table(points / 160, 4, 'W'.repeat(28)),
    'many nodes': many('*a* ', points),
    'as many nodes as there may be': many('*a* ', Math.min(points, 4 * 660)),
    'many links': many('http://x.org/ ', Math.min(points, 14 * 900)),
    'many mentions': many('@ada ', Math.min(points, 5 * 900)),
    'a long word': many('W', points),
    'long words in bold, code, a link and a heading': `**${many('W', points / 6)}** \`${many('W', points / 6)}\` https://x.org/${many('W', Math.min(points / 6, 1900))} [${many('W', points / 6)}](https://x.org/)\n# ${many('W', points / 6)}\n@${'w'.repeat(32)}`,
    'a long line of code': `\`\`\`\n${many('W', points - 8)}\n\`\`\``,
    'many lines': many('x\n', points),
    'many lines of code': `\`\`\`c\n${many('x\n', points - 9)}\`\`\``,
    'many rules': many('***\n\n', points),
    'a long right-to-left word': many('\u0627\u0644\u0639', points),
    'blanks of all kinds': `x${many('\u00A0\u2003\u3000\u2028\u2029\u0085', points - 2)}x`,
    'ANSI sequences': '\u001B[31mred\u001B[0m \u001B]0;title\u0007 *x* \u001B[2J\u009B1m \u0008\u0008\u007F',
    'private characters': many('\u{F0041}*\u{F0100}*\u{FFFFD}', points),
    'many emoji': many('\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}', points),
    'large characters': many('\uFDFD\u{12219}\u{1242B}\u2E3B', points),
});

/** Runs before any script of the page. */
function trap() {
    const seen = /** @type {any} */ (window);
    seen.ran = [];
    seen.pwned = () => seen.ran.push('a script');
}

/** What leaves its place: elements of a message beyond its text, a text beyond its bubble, the page beyond the window. @param {Page} page @returns {Promise<string[]>} */
const strays = (page) => page.evaluate(() => {
    const SLACK = 1;
    /** @type {string[]} */
    const found = [];
    const out = (/** @type {DOMRect} */ a, /** @type {DOMRect} */ b) => a.left < b.left - SLACK || a.right > b.right + SLACK || a.top < b.top - SLACK || a.bottom > b.bottom + SLACK;
    for (const node of [document.documentElement, document.body, ...document.querySelectorAll('.log-scroll')]) {
        if (node.scrollWidth > node.clientWidth) found.push(`${node.className || node.tagName} scrolls sideways: ${node.scrollWidth} > ${node.clientWidth}`);
    }
    const log = /** @type {Element} */ (document.querySelector('.log-list')).getBoundingClientRect();
    if (log.right > innerWidth + SLACK) found.push('the log is wider than the window');
    let bottom = -Infinity;
    for (const message of document.querySelectorAll('.msg')) {
        const box = message.getBoundingClientRect();
        const bubble = /** @type {Element} */ (message.querySelector('.bubble')).getBoundingClientRect();
        const text = /** @type {Element} */ (message.querySelector('.text'));
        const place = text.getBoundingClientRect();
        const name = message.textContent?.slice(0, 30);
        if (box.top < bottom - SLACK) found.push(`${name}: above the end of the one before`);
        bottom = box.bottom;
        if (box.left < log.left - SLACK || box.right > log.right + SLACK || out(bubble, box)) found.push(`${name}: the bubble`);
        if (out(place, bubble)) found.push(`${name}: the text`);
        const style = getComputedStyle(text);
        if (style.overflowX !== 'clip' || style.overflowY !== 'clip' || parseFloat(style.overflowClipMargin) > 4) found.push(`${name}: paints outside`);
        if (style.unicodeBidi !== 'isolate') found.push(`${name}: its direction reaches others`);
        for (const inner of text.querySelectorAll('*')) {
            const scrolls = inner.parentElement?.closest('pre, .md-table');
            // The boxes of words within a line may reach out (blanks that hang, marks without a letter); clipped, they show nothing.
            const word = getComputedStyle(inner).display === 'inline';
            if (!scrolls && !word && out(inner.getBoundingClientRect(), place)) {
                const at = inner.getBoundingClientRect();
                found.push(`${name}: ${inner.tagName} ${inner.className} by ${[place.left - at.left, at.right - place.right, place.top - at.top, at.bottom - place.bottom].map(Math.round)}`);
            }
        }
    }
    return [...new Set(found)].slice(0, 10);
});

/** What nobody may put into a page. @param {Page} page @returns {Promise<string[]>} */
const planted = (page) => page.evaluate(() => {
    const ALLOWED = new Set(['P', 'EM', 'STRONG', 'S', 'CODE', 'PRE', 'BLOCKQUOTE', 'UL', 'OL', 'LI', 'HR', 'A', 'SPAN', 'DIV', 'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD', 'BUTTON', 'INPUT', 'svg', 'path']);
    const found = [.../** @type {any} */ (window).ran];
    for (const node of document.querySelectorAll('.text *')) {
        if (!ALLOWED.has(node.tagName)) found.push(node.tagName);
        for (const { name } of node.attributes) if (/^on|^style$|^src/i.test(name)) found.push(`${node.tagName} ${name}`);
        if (node instanceof HTMLAnchorElement) {
            if (!['http:', 'https:', 'mailto:'].includes(node.protocol)) found.push(node.href);
            if (node.rel !== 'noopener noreferrer nofollow' || node.target !== '_blank') found.push(`rel ${node.rel} target ${node.target}`);
        }
    }
    return found;
});

/** Two frames later. @param {Page} page */
const settled = (page) => page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))); }));

const median = (/** @type {number[]} */ list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** By what is posted there: people may not make as many as they like. @type {Record<string, {id: string}>} */
const rooms = {};

/**
 * Posts the corpus, each message `rounds` times into a room of its own that the page looks at.
 * @param {number} points @param {number} rounds @returns {Promise<Record<string, number>>} milliseconds of the main thread for each, as a median
 */
async function expose(points, rounds) {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => its.stack.signIn(handle)));
    const page = await openAs(its.stack.url, 'ada');
    const home = its.stack.url.replace(/\/$/, '');
    /** @type {string[]} */
    const wrong = [];
    page.on('dialog', (dialog) => { wrong.push(`dialog ${dialog.message()}`); void dialog.dismiss(); });
    page.on('popup', (popup) => wrong.push(`popup ${popup.url()}`));
    page.on('download', (download) => wrong.push(`download ${download.url()}`));
    page.on('request', (request) => { if (!request.url().startsWith(`${home}/`)) wrong.push(`request ${request.url()}`); });
    await page.addInitScript(trap);
    await page.reload();
    await online(page);
    page.on('framenavigated', (frame) => { if (frame.url() !== `${home}/` && !frame.url().startsWith(`${home}/#/room/`)) wrong.push(`navigation ${frame.url()}`); });
    /** @type {Record<string, number>} */
    const costs = {};
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const spent = async () => 1000 * ((await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);

    for (const [what, text] of Object.entries(hostile(points))) {
        const name = what;
        const room = rooms[what] ??= await ada.room(name, { people: [bob] });
        await bob.send(room.id, 'before');
        // By its address: the list of rooms moves as they are written to.
        await page.locator('.room-link', { hasText: name }).first().waitFor();
        await until('the room is open', async () => {
            await page.evaluate((id) => { location.hash = `#/room/${id}`; }, room.id);
            return page.locator('.room-title', { hasText: name }).waitFor({ timeout: 3000 }).then(() => true, () => false);
        });
        await page.waitForSelector('.msg');
        await settled(page);
        const times = [];
        const count = () => page.locator('.msg[data-seq]').count();
        const had = await count();
        for (let i = 1; i <= rounds; i += 1) {
            const before = await spent();
            await bob.send(room.id, text);
            await page.waitForFunction((n) => document.querySelectorAll('.msg[data-seq]').length === n, had + i, { polling: 100 });
            await settled(page);
            times.push(await spent() - before);
        }
        costs[what] = Math.round(median(times));
        await ada.send(room.id, 'behind');
        await until('the last one is there', async () => await count() === had + rounds + 1);
        for (const width of [1280, 320]) {
            await page.setViewportSize({ width, height: 800 });
            await settled(page);
            wrong.push(...(await strays(page)).map((stray) => `${name} at ${width} px: ${stray}`));
            if (process.env.CONFAB_PICTURES) await picture(page, `hostile-${name.replaceAll(' ', '-')}-${width}`);
        }
        await page.setViewportSize({ width: 1280, height: 800 });
        wrong.push(...(await planted(page)).map((one) => `${name}: ${one}`));
        assert.doesNotMatch(await page.title(), /pwned|title$/);
    }
    if (process.env.CONFAB_PICTURES) console.log(costs);
    await leave(page);
    assert.deepEqual(wrong, []);
    assert.deepEqual(problems, []);
    return costs;
}

test('hostile messages run nothing, go nowhere, stay in their bubbles and do not hold up the page', async () => {
    const costs = await expose(USUAL, ROUNDS);
    assert.deepEqual(Object.entries(costs).filter(([, ms]) => !(ms <= COST_MS)), []);
}, { timeout: 600_000 });

test('nor do ten times longer ones, where an operator allows them', async () => {
    const costs = await expose(MOST, 1);
    assert.deepEqual(Object.entries(costs).filter(([, ms]) => !(ms <= MOST_MS)), []);
}, { timeout: 600_000 });

const SHOWN = ['**bold**, *slanted*, ~~struck~~ and `code`; a [link](https://example.org/), https://example.org/a_b_c and @ada, @bob, @room :tada:', '',
    '# A heading', '- one', '- two', '  1. first', '  2. second', '- [x] done', '- [ ] to do', '', '> a quote', 'and an answer', '',
    '```js', 'const x = "<b>";', '\treturn x;', '```', '', '| name | count |', '|:-----|------:|', '| a | 1 |', '| b | 20 |', '', '***', '', 'the end'].join('\n');

test('Markdown is drawn as it was meant, the same from the live stream and from history', async () => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((handle) => its.stack.signIn(handle)));
    const room = await ada.room('Drawn', { people: [bob] });
    const page = await openAs(its.stack.url, 'ada');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await enter(page, 'Drawn');
    await bob.send(room.id, SHOWN);
    await bob.send(room.id, ':tada: :+1:');
    await page.locator('.bubble[data-big]').waitFor();
    const text = page.locator('.text').first();
    const html = () => text.evaluate((node) => node.innerHTML);
    const live = await html();
    const all = (/** @type {string} */ selector) => text.locator(selector).allTextContents();
    assert.deepEqual(await all('strong'), ['bold']);
    assert.deepEqual(await all('em'), ['slanted']);
    assert.deepEqual(await all('s'), ['struck']);
    assert.deepEqual(await all('a'), ['link', 'https://example.org/a_b_c']);
    assert.deepEqual(await all('.mention'), ['@ada', '@bob', '@room']);
    assert.deepEqual(await all('.mention[data-me]'), ['@ada', '@room']);
    assert.deepEqual(await all('.md-heading'), ['A heading']);
    assert.deepEqual(await all('ol li'), ['first', 'second']);
    assert.deepEqual(await text.locator('input').evaluateAll((boxes) => boxes.map((box) => /** @type {HTMLInputElement} */ (box).checked)), [true, false]);
    assert.deepEqual(await all('blockquote'), ['a quote']);
    assert.deepEqual(await all('.md-language'), ['js']);
    assert.deepEqual(await all('pre'), ['const x = "<b>";\n\treturn x;']);
    assert.deepEqual(await all('th, td'), ['name', 'count', 'a', '1', 'b', '20']);
    assert.equal(await text.locator('hr').count(), 1);
    await text.locator('.md-copy').click();
    await text.locator('.md-copy[aria-label=Copied]').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'const x = "<b>";\n\treturn x;');
    for (const [name, width, scheme] of /** @type {[string, number, 'light' | 'dark'][]} */ ([['wide', 1280, 'light'], ['narrow-dark', 320, 'dark']])) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: 900 });
        await picture(page, `markdown-${name}`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.reload();
    await online(page);
    await page.locator('.bubble[data-big]').waitFor();
    assert.equal(await html(), live);
    await leave(page);
    assert.deepEqual(problems, []);
});
