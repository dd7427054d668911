/**
 * As whom servers run. PostgreSQL refuses root, and Apache gives its rights up, so under root every
 * program of a test runs as "nobody"; otherwise as the caller.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

const ROOT = process.getuid?.() === 0;

function lookUp() {
  if (!ROOT) return {};
  const id = (/** @type {string} */ flag) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** For child_process.spawn: {uid, gid} or nothing. @type {{uid?: number, gid?: number}} */
export const runAs = lookUp();

/** Hands a file or folder to the user that servers run as. @param {string} at */
export function giveAway(at) {
  if (runAs.uid !== undefined && runAs.gid !== undefined) fs.chownSync(at, runAs.uid, runAs.gid);
}

/** A new folder that servers may write to. @param {string} at @param {number} [mode] */
export function makeDir(at, mode = 0o755) {
  fs.mkdirSync(at, { mode });
  fs.chmodSync(at, mode);
  giveAway(at);
  return at;
}

/** A file that servers may read, and nobody else if mode says so. @param {string} at @param {string} text */
export function writeFile(at, text, mode = 0o644) {
  fs.writeFileSync(at, text, { mode });
  fs.chmodSync(at, mode);
  giveAway(at);
  return at;
}
