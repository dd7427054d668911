/**
 * Mounts of our own: run again as root inside a mount namespace of this process alone, where a small disk
 * can be made and filled without anybody else seeing it. Not as root, the fault "disk full" is left out.
 */
import { spawnSync } from 'node:child_process';

/** Returns where it may not or need not; otherwise runs this program again inside, and ends with its exit code. */
export function enterOwnMounts() {
  if (process.env.CONFAB_FAULTS_MOUNTS || process.getuid?.() !== 0) return;
  const possible = spawnSync('unshare', ['-m', '--propagation', 'private', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
  if (!possible) return;
  const env = { ...process.env, CONFAB_FAULTS_MOUNTS: 'own' };
  const { status } = spawnSync('unshare', ['-m', '--propagation', 'private', process.execPath, ...process.argv.slice(1)], { stdio: 'inherit', env });
  process.exit(status ?? 1);
}
