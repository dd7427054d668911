// confab-thumb, the program that looks at uploads: what it finds, and that no bytes do it harm.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import zlib from 'node:zlib';
import { gif, jpeg, png, pngBomb, turned, webp } from '../harness/images.mjs';
import { program } from '../harness/paths.mjs';
import { assert, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

/** @param {Buffer} bytes @returns {Promise<{code: number | null, line: string, thumbnail: Buffer, errors: string, ms: number}>} */
function look(bytes) {
  return new Promise((resolve) => {
    const began = Date.now();
    const child = spawn(program('confab-thumb'), [], { env: { LC_ALL: 'C' } });
    /** @type {Buffer[]} */
    const out = [];
    let errors = '';
    child.stdout.on('data', (d) => out.push(d));
    child.stderr.on('data', (d) => (errors += d));
    // It need not read what it does not want.
    child.stdin.on('error', () => {});
    child.stdin.end(bytes);
    child.on('close', (code) => {
      const all = Buffer.concat(out);
      const end = all.indexOf(10);
      resolve({ code, line: all.subarray(0, end).toString(), thumbnail: all.subarray(end + 1), errors, ms: Date.now() - began });
    });
  });
}

/** Width and height of a WebP as our encoder makes them. @param {Buffer} b */
function webpSize(b) {
  const at = b.indexOf('VP8 ') >= 0 && b.indexOf('VP8X') < 0 ? b.indexOf('VP8 ') + 8 : -1;
  if (at > 0) return [b.readUInt16LE(at + 6) & 0x3fff, b.readUInt16LE(at + 8) & 0x3fff];
  return [b.readUIntLE(24, 3) + 1, b.readUIntLE(27, 3) + 1];
}

test('it has given up its rights before it reads a byte', async () => {
  const child = spawn(program('confab-thumb'), [], { env: { LC_ALL: 'C' } });
  const status = () => Object.fromEntries(fs.readFileSync(`/proc/${child.pid}/status`, 'utf8').split('\n').map((l) => l.split(/:\s+/)));
  try {
    await until('it to wait for the file', () => status().NoNewPrivs === '1');
    const limits = fs.readFileSync(`/proc/${child.pid}/limits`, 'utf8');
    assert.match(limits, /^Max cpu time\s+8\s+8\s/m);
    assert.match(limits, /^Max file size\s+0\s+0\s/m);
    assert.match(limits, /^Max core file size\s+0\s+0\s/m);
    // A sanitizer needs memory and calls of its own; a plain build has neither.
    if (!fs.readFileSync(program('confab-thumb')).includes('__asan_init')) {
      await until('the filter', () => status().Seccomp === '2');
      assert.match(fs.readFileSync(`/proc/${child.pid}/limits`, 'utf8'), /^Max address space\s+805306368\s/m);
      assert.match(fs.readFileSync(`/proc/${child.pid}/limits`, 'utf8'), /^Max open files\s+0\s+0\s/m);
    }
  } finally {
    child.kill('SIGKILL');
  }
});

test('types are told by the bytes, sizes of pictures as well', async () => {
  const zip = Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0\0\0', 'latin1'), Buffer.alloc(60)]);
  const pdf = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\n');
  for (const [bytes, line] of /** @type {[Buffer, string | RegExp][]} */ ([
    [png(30, 20), 'image/png 30 20'],
    [jpeg, 'image/jpeg 48 32'],
    [gif, 'image/gif 48 32'],
    [webp, 'image/webp 900 300'],
    [Buffer.from('Just some words.\n'), 'text/plain 0 0'],
    [Buffer.from('<!doctype html><html><script>alert(1)</script></html>'), 'text/html 0 0'],
    [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), 'image/svg+xml 0 0'],
    [pdf, 'application/pdf 0 0'],
    [zip, 'application/zip 0 0'],
    [zlib.gzipSync(Buffer.from('inside')), 'application/gzip 0 0'],
    [Buffer.from([0]), /^application\/octet-stream 0 0$/],
  ])) {
    const found = await look(bytes);
    assert.equal(found.code, 0, found.errors);
    if (typeof line === 'string') assert.equal(found.line, line);
    else assert.match(found.line, line);
  }
});

test('a large picture gets a thumbnail within 640 by 640, a small one needs none', async () => {
  assert.equal((await look(png(200, 100))).thumbnail.length, 0);
  for (const [bytes, size] of /** @type {[Buffer, number[]][]} */ ([[png(1600, 900), [640, 360]], [png(300, 1500), [128, 640]], [webp, [640, 213]], [png(1000, 2), [640, 1]]])) {
    const { thumbnail, line } = await look(bytes);
    assert.equal(thumbnail.subarray(0, 4).toString(), 'RIFF', line);
    assert.deepEqual(webpSize(thumbnail), size, line);
  }
});

test('a photograph is shown as the camera was held', async () => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    const found = await look(turned(orientation));
    assert.equal(found.line, orientation >= 5 ? 'image/jpeg 32 48' : 'image/jpeg 48 32', `orientation ${orientation}`);
    if (orientation === 1) continue;
    assert.deepEqual(webpSize(found.thumbnail), orientation >= 5 ? [32, 48] : [48, 32]);
  }
});

test('a small file of a huge picture is not decoded', async () => {
  const bomb = pngBomb(30000, 30000);
  assert.ok(bomb.length < 2e6, String(bomb.length));
  const found = await look(bomb);
  assert.deepEqual([found.code, found.line, found.thumbnail.length], [0, 'image/png 30000 30000', 0]);
  assert.ok(found.ms < 3000, `${found.ms} ms`);
  // One that lies about its size is decoded within bounds, or not at all.
  const liar = Buffer.from(bomb);
  liar.writeUInt32BE(100, 16);
  liar.writeUInt32BE(100, 20);
  assert.equal((await look(liar)).thumbnail.length, 0);
});

test('pictures that were cut off or bent do no harm', async () => {
  const whole = [png(700, 60), jpeg, gif, webp, turned(6)];
  let random = 7;
  const next = (/** @type {number} */ most) => (random = (Math.imul(random, 1103515245) + 12345) & 0x7fffffff) % most;
  for (const bytes of whole) {
    const bent = [bytes.subarray(0, 10), bytes.subarray(0, 30), bytes.subarray(0, bytes.length >> 1), bytes.subarray(0, bytes.length - 1)];
    for (let i = 0; i < 25; i++) {
      const copy = Buffer.from(bytes);
      for (let k = 0; k <= next(6); k++) copy[next(copy.length)] = next(256);
      bent.push(copy);
    }
    for (const one of bent) {
      const found = await look(one);
      assert.equal(found.code, 0, `${found.errors}\n${one.toString('base64')}`);
      assert.match(found.line, /^[A-Za-z0-9._+-]+\/[A-Za-z0-9._+-]+ \d+ \d+$/);
      assert.ok(found.thumbnail.length === 0 || found.thumbnail.subarray(0, 4).toString() === 'RIFF');
    }
  }
});
