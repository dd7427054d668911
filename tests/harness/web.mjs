/**
 * The web server in front: lighttpd or Apache with the very configs of contrib/, their @placeholders@
 * filled in.
 *
 * | kind            | handlers                                    |
 * |-----------------|---------------------------------------------|
 * | lighttpd        | FastCGI on a Unix socket (`--listen`)       |
 * | lighttpd-cgi    | plain CGI                                   |
 * | apache-proxy    | mod_proxy_fcgi to the same socket           |
 * | apache-fcgid    | mod_fcgid starts them                       |
 * | apache-cgi      | plain CGI by mod_cgid                       |
 *
 * @typedef {'lighttpd' | 'lighttpd-cgi' | 'apache-proxy' | 'apache-fcgid' | 'apache-cgi'} WebKind
 */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { TOP, server } from './paths.mjs';
import { freePort } from './ports.mjs';
import { Proc } from './proc.mjs';
import { SANITIZER_ENV } from './template.mjs';
import { makeDir, writeFile } from './user.mjs';

/** @type {Record<WebKind, {flavour: 'lighttpd' | 'apache', api: string, ownHandlers: boolean, modules?: string[]}>} */
const KINDS = {
  lighttpd: { flavour: 'lighttpd', api: 'confab-fastcgi', ownHandlers: false },
  'lighttpd-cgi': { flavour: 'lighttpd', api: 'confab-cgi', ownHandlers: true },
  'apache-proxy': { flavour: 'apache', api: 'confab-proxy-fcgi', ownHandlers: false, modules: ['proxy_fcgi'] },
  'apache-fcgid': { flavour: 'apache', api: 'confab-fcgid', ownHandlers: true, modules: ['fcgid'] },
  'apache-cgi': { flavour: 'apache', api: 'confab-cgi', ownHandlers: true, modules: ['cgid', 'env'] },
};
const APACHE_MODULES = '/usr/lib/apache2/modules';
const APACHE_BASE = ['mpm_event', 'authz_core', 'alias', 'dir', 'headers', 'mime', 'setenvif', 'proxy', 'proxy_http'];

/** Does this web server start the handlers itself? @param {WebKind} kind */
export const startsHandlers = (kind) => KINDS[kind].ownHandlers;

/** A config of contrib/ with its places filled in. @param {string} template in contrib/ @param {Record<string, string>} values */
export function filled(template, values) {
  const text = fs.readFileSync(path.join(TOP, 'contrib', template), 'utf8');
  return text.replace(/@([a-z_]+)@/g, (whole, name) => {
    if (!(name in values)) throw new Error(`${template}: nothing for ${whole}`);
    return values[name];
  });
}

/** Does somebody take connections there? @param {net.NetConnectOpts} where @returns {Promise<boolean>} */
export function accepts(where) {
  return new Promise((resolve) => {
    const socket = net.connect(where, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Extra environment of plain CGI and mod_fcgid processes: web servers pass none of their own. @param {string} how */
const environment = (how) =>
  Object.entries(SANITIZER_ENV)
    .map(([name, value]) => `${how} ${name} "${value}"`)
    .join('\n');

export class Web extends Proc {
  /**
   * @param {{kind: WebKind, dir: string, logDir: string, www: string, program: string, conf: string,
   *   apiSocket: string, filesSocket?: string, pushSocket: string, pushMax?: number, processes?: number, fcgidDefaults?: boolean, address?: string, name?: string}} options
   *   address: where it listens; it has to cover 127.0.0.1
   */
  constructor(options) {
    const { kind, dir, logDir, name = 'web' } = options;
    const { flavour } = KINDS[kind];
    super({
      name,
      logDir,
      cwd: dir,
      env: SANITIZER_ENV,
      command: () =>
        flavour === 'lighttpd' ? [server('lighttpd'), '-D', '-f', path.join(dir, 'server.conf')] : [server('apache2'), '-D', 'FOREGROUND', '-f', path.join(dir, 'server.conf')],
      ready: () => accepts({ port: this.port, host: '127.0.0.1' }),
      stopSignal: flavour === 'lighttpd' ? 'SIGINT' : 'SIGTERM',
    });
    this.kind = kind;
    this.port = 0;
    this.options = options;
    makeDir(dir);
    makeDir(path.join(dir, 'upload'));
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The first start chooses the port, and another one if that is taken between choice and bind. @param {{timeout?: number}} [options] */
  async start(options) {
    if (this.port !== 0) return super.start(options);
    for (let attempt = 0; ; attempt++) {
      this.port = await freePort();
      this.#write();
      try {
        return await super.start(options);
      } catch (error) {
        if (attempt >= 5 || !/[Aa]ddress already in use/.test(this.logTail() + this.#errorLog())) throw error;
        this.complaints.length = 0;
      }
    }
  }

  #errorLog() {
    const at = path.join(this.options.logDir, 'web-error.log');
    return fs.existsSync(at) ? fs.readFileSync(at, 'utf8') : '';
  }

  #write() {
    const { kind, dir, logDir, www, program, conf, apiSocket, filesSocket = apiSocket, pushSocket, pushMax = 60, processes = 8, address = '127.0.0.1' } = this.options;
    const { flavour, api, modules = [] } = KINDS[kind];
    const values = {
      www,
      program,
      conf,
      api_socket: apiSocket,
      files_socket: filesSocket,
      push_socket: pushSocket,
      push_max: String(pushMax),
      processes: String(processes),
      address,
      port: String(this.port),
      state: dir,
      log: path.join(logDir, 'web-error.log'),
      site: path.join(dir, 'site.conf'),
      api: path.join(dir, 'api.conf'),
      types: '/etc/mime.types',
      load: [...APACHE_BASE, ...modules].map((m) => `LoadModule ${m}_module ${APACHE_MODULES}/mod_${m}.so`).join('\n'),
      extra: '',
    };
    if (kind === 'apache-fcgid') values.extra = `FcgidIPCDir ${dir}\nFcgidProcessTableFile ${dir}/fcgid_shm\n${environment('FcgidInitialEnv')}`;
    if (kind === 'apache-cgi') values.extra = `ScriptSock ${dir}/cgid.sock\n${environment('SetEnv')}`;
    writeFile(path.join(dir, 'site.conf'), filled(`${flavour}/confab-site.conf.in`, values));
    const text = filled(`${flavour}/${api}.conf.in`, values);
    // As on a host whose configuration is not ours to write.
    writeFile(path.join(dir, 'api.conf'), this.options.fcgidDefaults ? text.replace(/^FcgidMaxRequestLen .*$/gm, '') : text);
    writeFile(path.join(dir, 'server.conf'), filled(`${flavour}/server.conf.in`, values));
  }
}
