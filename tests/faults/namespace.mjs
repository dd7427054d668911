/**
 * Mounts and a network of our own: this program is run again, as root, inside namespaces of this process
 * alone, where a small disk can be filled and packets can be lost without anybody else seeing it. What
 * cannot be had (we are not root, there is no /dev/net/tun) is left out, and the faults that need it too.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MOUNTS = ['-m', '--propagation', 'private'];
const works = (/** @type {string[]} */ args) => spawnSync('unshare', args, { stdio: 'ignore' }).status === 0;

/** Compiles packets.c; returns the program, or nothing if that cannot be done. */
function packetsProgram() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'confab-packets-'));
  process.once('exit', () => fs.rmSync(dir, { recursive: true, force: true }));
  const source = path.join(path.dirname(fileURLToPath(import.meta.url)), 'packets.c');
  try {
    execFileSync(process.env.CC || 'cc', ['-std=gnu11', '-O2', '-o', path.join(dir, 'packets'), source], { stdio: 'ignore' });
    return path.join(dir, 'packets');
  } catch {
    return undefined;
  }
}

/** Returns where it may not or need not; otherwise runs this program again inside, and ends with its exit code. */
export async function enterOwnNamespaces() {
  if (process.env.CONFAB_FAULTS_OWN || process.getuid?.() !== 0) return;
  if (!works([...MOUNTS, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'])) return;
  const packets = packetsProgram();
  const network = packets !== undefined && works(['-n', packets, '--try']);
  const env = { ...process.env, CONFAB_FAULTS_OWN: 'mounts', ...(network ? { CONFAB_FAULTS_PACKETS: packets } : {}) };
  const child = spawn('unshare', [...MOUNTS, ...(network ? ['-n'] : []), process.execPath, ...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit', env });
  // It does not outlive us.
  process.once('exit', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  process.exit(code ?? 1);
}
