/**
 * One HTTP request on a connection of its own: over TCP or a Unix socket, any header, any method.
 * fetch() would hide or forbid half of what tests need (Host, Origin, Cookie, Unix sockets).
 */
import http from 'node:http';

/**
 * @typedef {{status: number, headers: http.IncomingHttpHeaders, text: string, bytes: Buffer, body: any, rawHeaders: string[]}} Answer
 * body: the parsed JSON, if the answer is that; bytes: as they came.
 *
 * @param {{url?: string, socketPath?: string, path: string, method?: string, headers?: Record<string, string | string[]>,
 *   body?: string | Buffer, timeout?: number, signal?: AbortSignal}} options
 * @returns {Promise<Answer>}
 */
export function request({ url, socketPath, path, method = 'GET', headers = {}, body, timeout = 30000, signal }) {
  return new Promise((resolve, reject) => {
    const target = socketPath ? { socketPath } : { host: new URL(url ?? '').hostname, port: new URL(url ?? '').port };
    const all = { Host: url ? new URL(url).host : 'localhost', Connection: 'close', ...headers };
    if (body !== undefined && !('Content-Length' in all) && !('Transfer-Encoding' in all)) {
      Object.assign(all, { 'Content-Length': String(Buffer.byteLength(body)) });
    }
    const req = http.request({ ...target, path, method, headers: all, agent: false, signal });
    const timer = setTimeout(() => req.destroy(new Error(`no answer to ${method} ${path} within ${timeout} ms`)), timeout);
    req.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    req.on('response', (res) => {
      /** @type {Buffer[]} */
      const chunks = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      res.on('end', () => {
        clearTimeout(timer);
        if (!res.complete) return reject(new Error(`the answer to ${method} ${path} broke off`));
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        let parsed;
        if (/^application\/([a-z.]+\+)?json\b/.test(res.headers['content-type'] ?? '') && text !== '') parsed = JSON.parse(text);
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text, bytes, body: parsed, rawHeaders: res.rawHeaders });
      });
    });
    req.end(body);
  });
}
