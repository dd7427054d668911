/**
 * Mounts of our own: run again as root inside a mount namespace of this process alone, where a small disk
 * can be made and filled without anybody else seeing it. Not as root, the fault "disk full" is left out.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const UNSHARE = ['-m', '--propagation', 'private'];

/** Returns where it may not or need not; otherwise runs this program again inside, and ends with its exit code. */
export async function enterOwnMounts() {
  if (process.env.CONFAB_FAULTS_MOUNTS || process.getuid?.() !== 0) return;
  if (spawnSync('unshare', [...UNSHARE, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status !== 0) return;
  const env = { ...process.env, CONFAB_FAULTS_MOUNTS: 'own' };
  const child = spawn('unshare', [...UNSHARE, process.execPath, ...process.argv.slice(1)], { stdio: 'inherit', env });
  // It does not outlive us.
  process.once('exit', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  process.exit(code ?? 1);
}
