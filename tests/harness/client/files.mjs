/** Uploading and downloading as a client does it, with all that can be done wrongly on the way. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { uuid7 } from './api.mjs';

export const CHUNK = 65536;

/** @typedef {import('./api.mjs').Api} Api */

/** Bytes that no two places share. @param {number} size @param {number} [seed] */
export function noise(size, seed = 1) {
  const bytes = Buffer.alloc(size);
  let x = seed * 2654435761 + 1;
  for (let i = 0; i < size; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

/** @param {Api} api @param {string} room @param {string} name @param {number} size @param {string} [clientId] */
export function begin(api, room, name, size, clientId = uuid7()) {
  return api.ok('POST', `/api/rooms/${room}/files`, { status: 201, body: { client_id: clientId, name, size } });
}

/** One chunk, as it comes. @param {Api} api @param {string} id @param {number} offset @param {Buffer} chunk @param {Record<string, string>} [headers] */
export function put(api, id, offset, chunk, headers = {}) {
  return api.call('PUT', `/api/files/${id}`, { query: { offset }, raw: chunk, headers: { 'Content-Type': 'application/octet-stream', ...headers } });
}

/** The whole: the File. @param {Api} api @param {string} room @param {string} name @param {Buffer} bytes */
export async function upload(api, room, name, bytes) {
  const { id } = await begin(api, room, name, bytes.length);
  let answer;
  for (let at = 0; at < bytes.length; at += CHUNK) {
    answer = await put(api, id, at, bytes.subarray(at, at + CHUNK));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.offset, Math.min(at + CHUNK, bytes.length));
  }
  return answer?.body.file;
}

/** @param {Api} api @param {string} id @param {Record<string, string>} [headers] @param {string} [rest] */
export function download(api, id, headers = {}, rest = '') {
  return api.call('GET', `/api/files/${id}${rest}`, { headers, timeout: 60000 });
}

/** Names of the files in a folder and all below it. @param {string} dir @returns {string[]} */
export function filesIn(dir) {
  return fs.readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? filesIn(path.join(dir, e.name)) : [path.join(dir, e.name)]));
}
