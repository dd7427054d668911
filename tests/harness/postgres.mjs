/** A PostgreSQL server of one test: a copy of the template's cluster, on a Unix socket alone. */
import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { pgBin } from './paths.mjs';
import { Proc } from './proc.mjs';
import { runAs } from './user.mjs';

const run = promisify(execFile);
export const ADMIN = 'confab_admin';

/** @param {string} dir a folder that exists, is empty and belongs to the user that servers run as */
export function initCluster(dir) {
  // One-megabyte WAL segments keep the copies small.
  const options = ['-D', dir, '-U', ADMIN, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '--wal-segsize=1'];
  execFileSync(path.join(pgBin(), 'initdb'), options, { cwd: dir, stdio: 'pipe', env: { PATH: process.env.PATH, TZ: 'UTC' }, ...runAs });
}

/** @param {string} from @param {string} to */
export function copyCluster(from, to) {
  execFileSync('cp', ['-a', '--reflink=auto', from, to]);
}

export class Postgres extends Proc {
  /**
   * @param {{data: string, socketDir: string, logDir: string, settings?: Record<string, string>}} options
   */
  constructor({ data, socketDir, logDir, settings = {} }) {
    const all = {
      listen_addresses: '',
      unix_socket_directories: socketDir,
      max_connections: '80',
      shared_buffers: '32MB',
      jit: 'off',
      // A process that is killed loses nothing that the kernel has; only a power cut would.
      fsync: 'off',
      log_min_messages: 'warning',
      log_checkpoints: 'off',
      log_line_prefix: '%m [%p] %u ',
      ...settings,
    };
    super({
      name: 'postgres',
      logDir,
      cwd: data,
      command: () => [path.join(pgBin(), 'postgres'), '-D', data, ...Object.entries(all).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
      ready: async () => (await this.sql('SELECT 1', { db: 'postgres' })) === '1',
      stopSignal: 'SIGINT',
    });
    this.data = data;
    this.socketDir = socketDir;
  }

  /** The immediate stop: no checkpoint, recovery at the next start. */
  async crash() {
    await this.stop({ signal: 'SIGQUIT' });
  }

  /**
   * Runs SQL and returns what psql prints, unaligned, without headers.
   * @param {string} text
   * @param {{db?: string, user?: string}} [options]
   */
  async sql(text, { db = 'confab', user = ADMIN } = {}) {
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', this.socketDir, '-U', user, '-d', db, '-c', text];
    const { stdout } = await run(path.join(pgBin(), 'psql'), args, { maxBuffer: 64 << 20, env: { PATH: process.env.PATH, TZ: 'UTC' } });
    return stdout.trimEnd();
  }

  /** As sql, every row as an array of texts. @param {string} text @param {{db?: string, user?: string}} [options] */
  async rows(text, options) {
    const out = await this.sql(text, options);
    return out === '' ? [] : out.split('\n').map((line) => line.split('|'));
  }
}
