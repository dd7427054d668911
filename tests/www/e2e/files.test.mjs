// Attachments in the page: picked, dropped, pasted; pictures, cards, the large picture; lost connections.
import { after, before } from 'node:test';
import { noise, upload } from '../../harness/client/files.mjs';
import { png } from '../../harness/images.mjs';
import { assert, suite, test } from '../../harness/suite.mjs';
import { until } from '../../harness/until.mjs';
import { uuid7 } from '../../harness/client/api.mjs';
import { axeFaults, closeBrowser, enter, leave, online, openAs, openBrowser, picture, problems, say } from './browser.mjs';

const its = suite({ accounts: ['ada', 'bob', 'cyd'], files: true });
before(openBrowser);
after(closeBrowser);

/** @typedef {import('playwright-core').Page} Page */

const sunset = () => png(1600, 900, (x, y) => [255 - y / 8, 120 + (y / 900) * 60 + (x % 200 < 4 ? 40 : 0), 60 + (x / 1600) * 150]);
const portrait = () => png(600, 1200, (x, y) => [40 + (x / 600) * 90, 90 + (y / 1200) * 130, 160 - (y / 1200) * 60]);

/** @param {Page} page @param {{name: string, mimeType: string, buffer: Buffer}[]} files */
const pick = (page, files) => page.setInputFiles('.attach-button input', files);
const png1 = () => ({ name: 'sunset.png', mimeType: 'image/png', buffer: sunset() });
const pdf = { name: 'Minutes of the meeting.pdf', mimeType: 'application/pdf', buffer: Buffer.concat([Buffer.from('%PDF-1.4\n1 0 obj\n'), noise(180000)]) };

/** Waits until the last message shows that many files as stored. @param {Page} page @param {string} selector @param {number} count */
const carries = (page, selector, count) => page.waitForFunction(([wanted, n]) => {
  const all = document.querySelectorAll('.msg[data-state=sent][data-seq]');
  return all[all.length - 1]?.querySelectorAll(wanted).length === n;
}, /** @type {const} */ ([selector, count]));

/** All pictures of the page have come. @param {Page} page */
const pictures = (page) => page.waitForFunction(() => [...document.querySelectorAll('.file-picture img')].every((i) => /** @type {HTMLImageElement} */ (i).complete && /** @type {HTMLImageElement} */ (i).naturalWidth > 0));

/** Drops files as a person does. @param {Page} page @param {string} on @param {{name: string, mimeType: string, buffer: Buffer}[]} files @param {'drop' | 'dragenter'} [upTo] */
async function drop(page, on, files, upTo = 'drop') {
  const data = await page.evaluateHandle((all) => {
    const transfer = new DataTransfer();
    for (const { name, type, text } of all) transfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name, { type }));
    return transfer;
  }, files.map((f) => ({ name: f.name, type: f.mimeType, text: f.buffer.toString('base64') })));
  for (const type of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent(on, type, { dataTransfer: data });
    if (type === upTo) break;
  }
  return data;
}

test('several files picked at once go with one message, and everybody sees them', async () => {
  const ada = await its.stack.signIn('ada');
  const bob = await its.stack.signIn('bob');
  const room = await ada.room('Pictures', { people: [bob] });
  const page = await openAs(its.stack.url, 'ada');
  const other = await openAs(its.stack.url, 'bob', { width: 390, height: 844, dark: true });
  for (const one of [page, other]) await enter(one, 'Pictures');
  await pick(page, [png1(), pdf, { name: 'portrait.png', mimeType: 'image/png', buffer: portrait() }]);
  await page.waitForFunction(() => document.querySelectorAll('.attach[data-state=done]').length === 3);
  await picture(page, 'files-composer');
  assert.deepEqual(await axeFaults(page), []);
  await say(page, 'From the weekend');
  for (const one of [page, other]) {
    await carries(one, '.file-picture', 2);
    await carries(one, '.file-card', 1);
    await pictures(one);
  }
  assert.equal(await page.locator('.attach').count(), 0);
  await picture(page, 'files-message');
  for (const one of [page, other]) assert.deepEqual(await axeFaults(one), []);
  await picture(other, 'files-message-narrow-dark');
  const [message] = (await bob.messages(room.id)).messages;
  assert.deepEqual(message.files.map((/** @type {any} */ f) => f.name), ['sunset.png', 'Minutes of the meeting.pdf', 'portrait.png']);
  const [save] = await Promise.all([other.waitForEvent('download'), other.click('.file-card')]);
  assert.equal(save.suggestedFilename(), pdf.name);
  await leave(page, other);
  assert.deepEqual(problems, []);
});

test('a picture without words, its place kept from the first, is shown large and closed by the keyboard', async () => {
  const ada = await its.stack.signIn('ada');
  const room = await ada.room('Large');
  for (const [name, bytes] of /** @type {[string, Buffer][]} */ ([['sunset.png', sunset()], ['portrait.png', portrait()]])) {
    const file = await upload(ada, room.id, name, bytes);
    await ada.ok('POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: '', files: [file.id] } });
  }
  const page = await openAs(its.stack.url, 'ada');
  // The pictures never come: the page must not be another one for that.
  await page.route('**/api/files/**', (route) => setTimeout(() => route.continue().catch(() => {}), 1200));
  await page.locator('.room-preview', { hasText: 'Picture' }).first().waitFor();
  await enter(page, 'Large');
  const boxes = () => page.$$eval('.file-picture', (all) => all.map((n) => { const b = n.getBoundingClientRect(); return [Math.round(b.width), Math.round(b.height)]; }));
  const early = await boxes();
  assert.deepEqual(early, [[380, 214], [150, 300]]);
  await page.unroute('**/api/files/**');
  await pictures(page);
  assert.deepEqual(await boxes(), early, 'the layout moved when the pictures came');
  await picture(page, 'files-pictures');
  await page.locator('.file-picture').last().focus();
  await page.keyboard.press('Enter');
  const large = page.locator('.lightbox img');
  await page.waitForFunction(() => (/** @type {HTMLImageElement | null} */ (document.querySelector('.lightbox img'))?.naturalWidth ?? 0) === 600);
  await picture(page, 'files-lightbox-portrait');
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => (/** @type {HTMLImageElement | null} */ (document.querySelector('.lightbox img'))?.naturalWidth ?? 0) === 1600);
  assert.equal(await large.getAttribute('alt'), 'sunset.png');
  await page.waitForFunction(() => !document.querySelector('.lightbox-stage.loading'));
  await picture(page, 'files-lightbox');
  assert.deepEqual(await axeFaults(page), []);
  const fits = await page.evaluate(() => { const b = /** @type {Element} */ (document.querySelector('.lightbox img')).getBoundingClientRect(); return b.left >= 0 && b.top >= 0 && b.right <= innerWidth && b.bottom <= innerHeight && b.width / b.height; });
  assert.ok(Math.abs(Number(fits) - 1600 / 900) < 0.02, `it does not fit: ${fits}`);
  await page.keyboard.press('Escape');
  await large.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('title')), 'portrait.png');
  await leave(page);
  assert.deepEqual(problems, []);
});

test('files that are dropped on the room or pasted are attached, and can be taken back', async () => {
  const ada = await its.stack.signIn('ada');
  await ada.room('Dropped');
  const page = await openAs(its.stack.url, 'ada', { dark: true });
  await enter(page, 'Dropped');
  await drop(page, '.log', [png1()], 'dragenter');
  await page.waitForSelector('.drop-hint');
  await picture(page, 'files-drop-dark');
  await drop(page, '.log', [png1()]);
  await page.waitForFunction(() => document.querySelectorAll('.attach').length === 1 && !document.querySelector('.drop-hint'));
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(['pasted'], 'note.txt', { type: 'text/plain' }));
    document.querySelector('#compose')?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await page.waitForFunction(() => document.querySelectorAll('.attach[data-state=done]').length === 2);
  await page.click('[aria-label="Remove sunset.png"]');
  await page.waitForFunction(() => document.querySelectorAll('.attach').length === 1);
  await page.click('.send');
  await carries(page, '.file-card', 1);
  assert.equal(await page.locator('.file-name').last().textContent(), 'note.txt');
  // Beside the room a file is not taken, and does not take the page's place either.
  await drop(page, '.sidebar', [png1()]);
  assert.equal(await page.locator('.attach').count(), 0);
  await leave(page);
  assert.deepEqual(problems, []);
});

test('an upload goes on where it stopped when the connection is lost, and the message waits for it', async () => {
  const ada = await its.stack.signIn('ada');
  const room = await ada.room('Broken off');
  const page = await openAs(its.stack.url, 'ada');
  await enter(page, 'Broken off');
  const bytes = noise(2_000_000);
  let chunks = 0;
  await page.route(/\/api\/files\/\d+\?offset=/, async (route) => {
    chunks++;
    // Some get lost on the way there, some answers on the way back, and for a while there is nothing at all.
    if (chunks === 5 || (chunks > 12 && chunks < 16)) return route.abort('connectionreset');
    if (chunks === 8) {
      await route.fetch();
      return route.abort('connectionreset');
    }
    return route.continue();
  });
  await pick(page, [{ name: 'large.bin', mimeType: 'application/octet-stream', buffer: bytes }]);
  await page.fill('#compose', 'when it is there');
  await page.press('#compose', 'Enter');
  await page.waitForSelector('.composer[data-armed]');
  await page.waitForSelector('.attach[data-state=stalled]');
  await picture(page, 'files-stalled');
  await carries(page, '.file-card', 1);
  assert.ok(chunks < Math.ceil(bytes.length / 65536) + 12, `${chunks} chunks were sent: it began anew`);
  const [message] = (await ada.messages(room.id)).messages;
  assert.equal(message.text, 'when it is there');
  const back = await ada.call('GET', `/api/files/${message.files[0].id}`);
  assert.ok(back.bytes.equals(bytes));
  await leave(page);
  assert.deepEqual(problems, []);
});

/** A tone. @param {number} seconds */
function wav(seconds) {
  const n = 8000 * seconds;
  const bytes = Buffer.alloc(44 + n, 128);
  bytes.write('RIFF');
  bytes.writeUInt32LE(36 + n, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(8000, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(n, 40);
  for (let i = 0; i < n; i++) bytes[44 + i] = 128 + 60 * Math.sin((i * 440 * 2 * Math.PI) / 8000);
  return bytes;
}

test('files go into a thread as well, and the words of a picture can be changed or taken away', async () => {
  const ada = await its.stack.signIn('ada');
  const room = await ada.room('Threads');
  const root = await ada.send(room.id, 'Show me');
  const page = await openAs(its.stack.url, 'ada');
  await enter(page, 'Threads');
  await page.locator('.room .msg', { hasText: 'Show me' }).hover();
  await page.click('.msg-tools [data-action=thread]');
  await page.waitForSelector('#thread-compose:focus');
  await drop(page, '.thread .log', [png1()], 'dragenter');
  await page.waitForSelector('.thread .drop-hint');
  await drop(page, '.thread .log', [png1()]);
  await page.waitForFunction(() => document.querySelectorAll('.thread .attach[data-state=done]').length === 1 && !document.querySelector('.room .attach'));
  await page.fill('#thread-compose', 'Here');
  await page.press('#thread-compose', 'Enter');
  await page.waitForSelector('.thread .msg[data-state=sent] .file-picture');
  await pictures(page);
  await picture(page, 'files-thread');
  const [reply] = (await ada.messages(room.id, { thread: root.seq })).messages;
  assert.deepEqual([reply.text, reply.files.length, reply.thread], ['Here', 1, root.seq]);
  const file = await upload(ada, room.id, 'portrait.png', portrait());
  await ada.ok('POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'Words', files: [file.id] } });
  const line = page.locator('.room .msg', { has: page.locator('.file-picture') });
  await line.hover();
  await page.keyboard.press('Escape');
  await page.locator('#compose').focus();
  await page.keyboard.press('ArrowUp');
  await line.locator('.edit-area').fill('');
  await line.locator('.edit-area').press('Enter');
  await page.waitForFunction(() => document.querySelector('.room .msg:has(.file-picture) .text')?.textContent === '');
  await picture(page, 'files-edited');
  assert.deepEqual((await ada.messages(room.id)).messages.map((/** @type {any} */ m) => [m.text, m.files?.length]), [['Show me', undefined], ['', 1]]);
  await leave(page);
  assert.deepEqual(problems, []);
});

test('a sound is played in the page, from any place in it', async () => {
  const ada = await its.stack.signIn('ada');
  const room = await ada.room('Sound');
  const file = await upload(ada, room.id, 'tone.wav', wav(60));
  await ada.ok('POST', `/api/rooms/${room.id}/messages`, { body: { client_id: uuid7(), text: 'Listen', files: [file.id] } });
  const page = await openAs(its.stack.url, 'ada', { dark: true });
  await enter(page, 'Sound');
  const at = await page.locator('.file-player audio').evaluate((/** @type {HTMLAudioElement} */ audio) => new Promise((resolve, reject) => {
    audio.addEventListener('error', () => reject(new Error(`the player says ${audio.error?.message}`)));
    audio.addEventListener('loadedmetadata', () => { audio.currentTime = 45; });
    audio.addEventListener('seeked', () => resolve([Math.round(audio.duration), audio.currentTime]));
    audio.preload = 'metadata';
    audio.load();
  }));
  assert.deepEqual(at, [60, 45]);
  await picture(page, 'files-sound-dark');
  await leave(page);
  assert.deepEqual(problems, []);
});

test('what is too large, empty or too many is said at once', async () => {
  const ada = await its.stack.signIn('ada');
  await ada.room('Refused');
  const page = await openAs(its.stack.url, 'ada', { width: 390, height: 844 });
  await enter(page, 'Refused');
  await pick(page, [{ name: 'nothing.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) }]);
  await page.locator('.toast', { hasText: '“nothing.txt” is empty.' }).waitFor();
  await pick(page, Array.from({ length: 12 }, (_, i) => ({ name: `file ${i}.txt`, mimeType: 'text/plain', buffer: Buffer.from(`file ${i}`) })));
  await page.locator('.toast', { hasText: 'A message takes 10 files.' }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.attach[data-state=done]').length === 10);
  await picture(page, 'files-many-narrow');
  await page.click('.send');
  await carries(page, '.file-card', 10);
  await picture(page, 'files-cards-narrow');
  await leave(page);
  assert.deepEqual(problems, []);
});

test('without uploads there is no button, and nothing is taken', async () => {
  its.stack.config.files_dir = '';
  its.stack.writeConf();
  await Promise.all([its.stack.handlers?.restart(), its.stack.files?.restart()]);
  await until('the handlers', async () => (await its.stack.signIn('cyd')) !== undefined);
  const cyd = await its.stack.signIn('cyd');
  await cyd.room('Without');
  const page = await openAs(its.stack.url, 'cyd');
  await enter(page, 'Without');
  await online(page);
  assert.equal(await page.locator('.attach-button').isVisible(), false);
  await drop(page, '.log', [png1()]);
  assert.equal(await page.locator('.attach').count(), 0);
  await leave(page);
});
