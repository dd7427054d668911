/**
 * Real browsers for the tests of the page: Debian's Chromium, driven by playwright-core. Every page is
 * watched: an uncaught error in it, or something that its content security policy refused, fails the test
 * that looks at `problems`.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { TOP } from '../../harness/paths.mjs';
import { passwordOf } from '../../harness/stack.mjs';

const PROGRAM = process.env.CONFAB_CHROMIUM || '/usr/bin/chromium';
const ARTEFACTS = path.join(TOP, 'tests/artefacts');
const WAIT_MS = 20_000;

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').BrowserContext} Context */
/** @typedef {{query?: string, width?: number, height?: number, dark?: boolean, context?: Context}} Options */

/** @type {import('playwright-core').Browser | undefined} */
let browser;
/** What pages have complained about. @type {string[]} */
export const problems = [];

export async function openBrowser() {
    browser = await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox'] });
}

export async function closeBrowser() {
    await browser?.close();
}

/** @param {Page} page @param {string} name */
function watch(page, name) {
    page.on('pageerror', (error) => problems.push(`${name}: ${error.stack}`));
    page.on('console', (message) => {
        // A server that a test has stopped cannot be reached, which Chromium writes down.
        if (message.type() === 'error' && !/Failed to load resource|WebSocket connection to/.test(message.text())) problems.push(`${name}: ${message.text()}`);
    });
}

/** A page at the sign-in. @param {string} url @param {Options} [options] @returns {Promise<Page>} */
export async function openPage(url, { query = '', width = 1280, height = 800, dark = false, context } = {}) {
    const home = context ?? await /** @type {import('playwright-core').Browser} */ (browser).newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale: 'en-GB' });
    const page = await home.newPage();
    page.setDefaultTimeout(WAIT_MS);
    watch(page, query || 'page');
    await page.goto(`${url}/${query}`);
    return page;
}

/** @param {Page} page @param {string} handle */
export async function signIn(page, handle) {
    await page.fill('#handle', handle);
    await page.fill('#password', passwordOf(handle));
    await page.click('button[type=submit]');
    await online(page);
}

/** Somebody's page, signed in and connected. @param {string} url @param {string} handle @param {Options} [options] */
export async function openAs(url, handle, options = {}) {
    const page = await openPage(url, options);
    await signIn(page, handle);
    return page;
}

/** @param {Page} page @param {number} [timeout] */
export const online = (page, timeout = WAIT_MS) => page.waitForSelector('html[data-state=online]', { timeout });

/** @param {Page} page @param {string} name */
export async function enter(page, name) {
    await page.locator('.room-link', { hasText: name }).first().click();
    await page.locator('.room-title', { hasText: name }).waitFor();
    await page.waitForSelector('.msg, .panel');
}

/** @param {Page} page @param {string} text */
export async function say(page, text) {
    await page.fill('#compose', text);
    await page.press('#compose', 'Enter');
}

/** Waits until the page shows a message as stored. @param {Page} page @param {string} text @param {number} [timeout] */
export async function sees(page, text, timeout = WAIT_MS) {
    await page.waitForFunction((wanted) => [...document.querySelectorAll('.msg[data-state=sent][data-seq]')]
        .some((node) => node.querySelector('.text')?.textContent === wanted), text, { timeout });
}

/** What the log shows as stored, in order. @param {Page} page @returns {Promise<{seq: number, text: string}[]>} */
export const shown = (page) => page.$$eval('.msg[data-seq]', (nodes) => nodes.map((node) => ({
    seq: Number(/** @type {HTMLElement} */ (node).dataset.seq), text: node.querySelector('.text')?.textContent ?? '',
})));

/** @param {Page} page @param {string} key @returns {Promise<string | undefined>} */
export const told = (page, key) => page.evaluate((name) => document.documentElement.dataset[name], key);

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe-core finds wrong with the page as it stands, serious and worse. Each fault in a line.
 * @param {Page} page @param {string} [within]  a part of it only @returns {Promise<string[]>}
 */
export async function axeFaults(page, within) {
    // Evaluated by the debugger: the page's own policy would refuse the script, as it should.
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
    return page.evaluate(async (part) => {
        await Promise.all(document.getAnimations().map((one) => one.effect?.getComputedTiming().iterations === Infinity ? null : one.finished.catch(() => {})));
        const { violations } = await /** @type {any} */ (globalThis).axe.run(part ?? document, { resultTypes: ['violations'] });
        return violations.filter((/** @type {any} */ one) => one.impact === 'serious' || one.impact === 'critical')
            .flatMap((/** @type {any} */ one) => one.nodes.slice(0, 4).map((/** @type {any} */ node) => `${one.id}: ${node.target.join(' ')}: ${node.failureSummary?.split('\n').slice(1).join(' ')}`));
    }, within);
}

/** Keeps a picture for people to look at. @param {Page} page @param {string} name */
export async function picture(page, name) {
    fs.mkdirSync(ARTEFACTS, { recursive: true });
    await page.screenshot({ path: path.join(ARTEFACTS, `${name}.png`), animations: 'disabled' });
}

/** Ends a page's whole browser profile. @param {Page[]} pages */
export async function leave(...pages) {
    for (const page of pages) await page.context().close();
}
